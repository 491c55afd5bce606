package v201

import (
	"slices"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// StatusNotification tells the state of a connector (OCPP 2.0.1 G01). EVSE 0 is
// the charger itself, which the specification does not have.
type StatusNotification struct {
	Timestamp       ocpp.Time
	ConnectorStatus string   // a word of ConnectorStatusEnumType, or as sent; never ""
	EVSEID          ocpp.Int // set, and not negative
	ConnectorID     ocpp.Int // unset when absent
}

// Action returns ActionStatusNotification.
func (*StatusNotification) Action() string { return ActionStatusNotification }

// AppendJSON appends the request.
func (m *StatusNotification) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Time("timestamp", m.Timestamp.T)
	w.Text("connectorStatus", m.ConnectorStatus)
	w.Int("evseId", m.EVSEID.V)
	w.Int("connectorId", m.ConnectorID.V)
	return w.End()
}

func decodeStatusNotification(r *Reader) (Message, *ocpp.CallError) {
	m := new(StatusNotification)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "timestamp":
			m.Timestamp = o.Time()
		case "connectorStatus":
			m.ConnectorStatus = o.Word(r.words.ConnectorStatus)
		case "evseId":
			m.EVSEID = o.Int()
		case "connectorId":
			m.ConnectorID = o.Int()
		case "status":
			r.Odd.AddDetail("unknown-member", o.Name)
			m.ConnectorStatus = o.Word(r.words.ConnectorStatus)
		default:
			r.Other(&o)
		}
	}
	if !o.Has("evseId") && m.ConnectorID.Set {
		// As 1.6 has it: its connector n is the EVSE n.
		o.Want("evseId")
		m.EVSEID, m.ConnectorID = m.ConnectorID, ocpp.Int{}
	}
	switch {
	case !m.EVSEID.Set:
		return nil, o.Lack(ocpp.V201, "evseId")
	case m.EVSEID.V < 0:
		return nil, ocpp.NewCallError(ocpp.V201, ocpp.ProblemProperty, "evseId is negative")
	case m.ConnectorStatus == "":
		return nil, o.Lack(ocpp.V201, "connectorStatus")
	}
	o.Want("timestamp", "connectorId")
	return m, nil
}

// ConnectorStatus returns the word of ConnectorStatusEnumType that a charger
// wrote, in any letter case.
func ConnectorStatus(word string) (status string, ok bool) {
	status, _, ok = connectorStatusWords.Find(word)
	return status, ok
}

// IsChargingState reports whether word is one of ChargingStateEnumType.
func IsChargingState(word string) bool { return slices.Contains(chargingStateWords.List, word) }
