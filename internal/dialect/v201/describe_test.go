package v201

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

var (
	received = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	accepted = charging.Outcome{Tag: charging.TagDecision{Status: charging.TagAccepted}, HasTag: true, Session: 5, Energy: 1_500_000}
	settings = Settings{Now: received, HeartbeatInterval: 5 * time.Minute}
)

// seen is what becomes of a frame.
type seen struct {
	Event    []string `json:"event,omitempty"` // the event, and a line for each of its parts
	Oddities []string `json:"oddities,omitempty"`
	Answer   string   `json:"answer,omitempty"` // the frame that answers
	Result   string   `json:"result,omitempty"` // what a frame says that is no call
}

// observe sends a frame the way that a charger's frames go.
func observe(t *testing.T, frame string) *seen {
	t.Helper()
	f, err := ocpp.ParseFrame([]byte(frame))
	if err != nil {
		return &seen{Result: err.Error()}
	}
	if f.Type != ocpp.Call {
		problem, _ := ocpp.ParseErrorCode(f.Code)
		return &seen{Oddities: f.Oddities, Result: string(problem.Code(ocpp.V201)) + " for " + f.ID}
	}
	m, odd, fault := wire.Decode(f.Action, f.Payload)
	if fault != nil {
		return &seen{Oddities: odd, Answer: string(ocpp.AppendCallError(nil, f.RawID, fault.Code, fault.Description))}
	}
	e := Translate(m, charging.Event{MessageID: f.ID, Received: received, Oddities: append(f.Oddities, odd...)})
	answer := respond(t, m, accepted, settings)
	return &seen{Event: describe(e.Body), Oddities: e.Oddities, Answer: string(ocpp.AppendCallResult(nil, f.RawID, []byte(answer)))}
}

// respond returns an answer, which must be as the schema has it.
func respond(t *testing.T, m wire.Message, out charging.Outcome, s Settings) string {
	t.Helper()
	answer := Answer(m, out, s).AppendJSON(nil)
	if fault := ocpp.Check(ocpp.V201, wire.Table.Action(m.Action()).Response, answer); fault != nil {
		t.Errorf("the answer %s to %s is not as the schema has it: %v", answer, m.Action(), fault)
	}
	return string(answer)
}

// describe writes an event in words: its kind and what is not zero.
func describe(body charging.Body) []string {
	d := &description{}
	switch b := body.(type) {
	case nil:
		return nil
	case charging.Booted:
		d.start("Booted")
		d.text("reason", b.Reason, "manufacturer", b.Manufacturer, "model", b.Model, "serial", b.SerialNumber,
			"firmware", b.Firmware, "iccid", b.ICCID, "imsi", b.IMSI)
	case charging.SessionReported:
		d.session(&b)
	case charging.ConditionsReported:
		d.conditions(&b)
	case charging.MetersReported:
		d.start("MetersReported")
		d.text("port", b.Port)
		if b.TransactionKnown {
			d.text("transaction", b.TransactionID)
		}
		d.readings(b.Readings)
	case charging.TagPresented:
		d.start("TagPresented")
		d.text("tag", b.Tag, "type", b.Type)
	case charging.VariablesReported:
		d.variables(&b)
	case charging.Noted:
		d.start("Noted")
		d.text("kind", b.Kind, "status", b.Status)
		d.count("port", int64(b.Port))
		d.count("request", b.RequestID)
		d.time(b.Time)
		d.text("detail", b.Detail)
	default:
		return []string{fmt.Sprintf("%T", body)}
	}
	return d.lines
}

type description struct{ lines []string }

func (d *description) start(kind string) { d.lines = append(d.lines, kind) }

// text adds names and values; those that are "" are left out.
func (d *description) text(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		if v := fmt.Sprint(pairs[i+1]); v != "" {
			d.lines[len(d.lines)-1] += fmt.Sprintf(" %s=%s", pairs[i], v)
		}
	}
}

func (d *description) count(name string, n int64) {
	if n != 0 {
		d.text(name, n)
	}
}

func (d *description) time(t charging.Timestamp) {
	switch {
	case !t.Parsed.IsZero():
		d.text("time", t.Parsed.Format(time.RFC3339Nano))
	case t.Written != "":
		d.text("unreadable", t.Written)
	}
}

func (d *description) session(b *charging.SessionReported) {
	d.start("SessionReported")
	d.text("phase", []string{"Updated", "Started", "Ended"}[b.Phase], "transaction", b.Transaction)
	if b.HasSeq {
		d.text("seq", b.Seq)
	}
	d.time(b.Time)
	d.text("trigger", b.Trigger)
	if b.Offline {
		d.text("offline", true)
	}
	d.count("port", int64(b.Port))
	d.count("connector", int64(b.Connector))
	if b.HasTag {
		d.lines[len(d.lines)-1] += " tag=" + b.Tag
		d.text("type", b.TagType)
	}
	d.text("state", b.State, "reason", b.Reason)
	d.count("remoteStart", b.RemoteStart)
	d.count("reservation", b.Reservation)
	d.readings(b.Readings)
}

func (d *description) conditions(b *charging.ConditionsReported) {
	d.start("ConditionsReported")
	d.time(b.Time)
	d.text("detail", b.Detail)
	for _, r := range b.States {
		d.start("state")
		d.text("port", r.Port, "connector", r.Connector, "state", r.State)
		d.time(r.Time)
	}
	for _, r := range b.Problems {
		d.start("problem")
		d.text("port", r.Port, "active", r.Active, "component", r.Component)
		d.count("connector", int64(r.Connector))
		d.text("variable", r.Variable, "code", r.TechCode, "error", r.ErrorCode, "info", r.Info)
		if r.Severity >= 0 {
			d.text("severity", r.Severity)
		}
		d.text("at", r.At.Format(time.RFC3339Nano))
	}
}

func (d *description) variables(b *charging.VariablesReported) {
	d.start("VariablesReported")
	d.text("request", b.RequestID, "seq", b.Seq, "more", b.More)
	for _, v := range b.Variables {
		d.start(strings.TrimSuffix(v.Component+"/"+v.ComponentInstance, "/"))
		d.count("evse", int64(v.EVSE))
		d.count("connector", int64(v.Connector))
		d.text("name", v.Name, "instance", v.Instance, "attribute", v.Attribute)
		if v.HasValue {
			d.lines[len(d.lines)-1] += " value=" + v.Value
		}
		d.text("mutability", v.Mutability, "characteristics", v.Characteristics)
	}
}

func (d *description) readings(list []charging.Reading) {
	for _, r := range list {
		d.start(fmt.Sprint(r.Group))
		d.lines[len(d.lines)-1] += " " + strings.TrimSuffix(r.Measurand.String()+"/"+r.Phase.String(), "/")
		if r.Valid {
			d.text("value", string(charging.AppendThousandths(nil, int64(r.Value))))
		}
		d.text("location", r.Location, "context", r.Context)
		d.time(r.Time)
		d.text("raw", r.Raw)
	}
}
