package v201

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// notifyEvent sorts events into what they say of connectors, what they say of
// problems, and the rest, which is kept as sent.
func notifyEvent(m *wire.NotifyEvent, e *charging.Event) {
	b := charging.ConditionsReported{Time: reading.Time(m.GeneratedAt)}
	var rest []string
	for i := range m.EventData {
		d := &m.EventData[i]
		switch {
		case isState(d):
			r := stateReport(d, e)
			b.States = append(b.States, r)
			if r.State == string(charging.Faulted) {
				b.Problems = append(b.Problems, problemReport(d, e))
			}
		case isProblem(d):
			b.Problems = append(b.Problems, problemReport(d, e))
		default:
			rest = append(rest, d.Raw)
		}
	}
	if len(rest) > 0 {
		b.Detail = Detail(`{"eventData":[` + strings.Join(rest, ",") + `]}`)
	}
	e.Body = b
}

// The components and variables with a meaning here (OCPP 2.0.1 part 2,
// appendices). Their names are compared without regard to letter case.
const (
	componentConnector = "Connector"
	componentEVSE      = "EVSE"
	componentStation   = "ChargingStation"

	variableState = "AvailabilityState"
)

// isState reports whether an event tells the state of a connector, of an EVSE
// as a whole or of the charger (server-rules 13).
func isState(d *wire.EventData) bool {
	name := d.Component.Name
	return strings.EqualFold(d.Variable.Name, variableState) &&
		(strings.EqualFold(name, componentConnector) || strings.EqualFold(name, componentEVSE) ||
			strings.EqualFold(name, componentStation))
}

func stateReport(d *wire.EventData, e *charging.Event) charging.ConnectorReport {
	r := charging.ConnectorReport{State: stateOf(d.ActualValue), Time: reading.Time(d.Timestamp)}
	if r.State == "" {
		reading.Note(e, "unknown-status", d.ActualValue)
	}
	evse := &d.Component.EVSE
	if strings.EqualFold(d.Component.Name, componentStation) {
		return r
	}
	if r.Port = port(e, evse.ID); r.Port == 0 {
		reading.Note(e, "missing-member", "evse")
	}
	if strings.EqualFold(d.Component.Name, componentConnector) && r.Port != 0 {
		if r.Connector = connector(e, evse.ConnectorID); !evse.ConnectorID.Set {
			reading.Note(e, "missing-member", "connectorId")
		}
	}
	return r
}

// problemReport is what an event says of a problem.
func problemReport(d *wire.EventData, e *charging.Event) charging.ProblemReport {
	component := reading.Text(e, "component", d.Component.Name)
	if instance := reading.Text(e, "instance", d.Component.Instance); instance != "" {
		component += "/" + instance
	}
	return charging.ProblemReport{
		Port:   port(e, d.Component.EVSE.ID),
		Active: isActive(d),
		Problem: charging.Problem{
			ProblemKey: charging.ProblemKey{
				Component: component,
				Connector: connector(e, d.Component.EVSE.ConnectorID),
				Variable:  reading.Text(e, "variable", d.Variable.Name),
				TechCode:  reading.Text(e, "techCode", d.TechCode),
			},
			ErrorCode: errorCode(d),
			Info:      ocpp.RedactText(reading.Text(e, "techInfo", d.TechInfo)),
			Severity:  severity(d, e),
			At:        reading.Time(d.Timestamp).Or(e.Received),
		},
	}
}

// isActive reports whether the problem of an event is there.
func isActive(d *wire.EventData) bool {
	if d.Cleared {
		return false
	}
	switch value := strings.ToLower(strings.TrimSpace(d.ActualValue)); value {
	case "true", "1", "faulted":
		return true
	case "false", "0":
		return false
	}
	return d.Trigger == wire.TriggerAlerting
}

// unknownSeverity stands for a severity that was not told.
const unknownSeverity = -1

func severity(d *wire.EventData, e *charging.Event) int {
	switch s := d.Severity; {
	case !s.Set:
		return unknownSeverity
	case s.V < 0 || s.V > 9:
		reading.Note(e, "severity-out-of-range", s.Raw)
		return unknownSeverity
	default:
		return int(s.V)
	}
}
