package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// NotifyEvent tells of variables that changed or that a monitor watches (OCPP
// 2.0.1 N07).
type NotifyEvent struct {
	GeneratedAt ocpp.Time
	SeqNo       ocpp.Int
	TBC         bool // more parts follow
	EventData   []EventData
}

// EventData is one event (OCPP 2.0.1 EventDataType).
type EventData struct {
	EventID               ocpp.Int
	Timestamp             ocpp.Time
	Trigger               string // a word of EventTriggerEnumType, or as sent; "" when absent
	Cause                 ocpp.Int
	ActualValue           string // "" also of a variable that cannot be read
	TechCode              string
	TechInfo              string
	Cleared               bool
	TransactionID         string
	Component             Component
	VariableMonitoringID  ocpp.Int
	EventNotificationType string
	Variable              Variable
	Severity              ocpp.Int // only 2.1 has it
	// Raw is the event as sent, as JSON. It is not written.
	Raw string
}

// The triggers of an event (OCPP 2.0.1 EventTriggerEnumType).
const (
	TriggerAlerting = "Alerting"
	TriggerDelta    = "Delta"
	TriggerPeriodic = "Periodic"
)

// Action returns ActionNotifyEvent.
func (*NotifyEvent) Action() string { return ActionNotifyEvent }

// AppendJSON appends the request.
func (m *NotifyEvent) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Time("generatedAt", m.GeneratedAt.T)
	w.Int("seqNo", m.SeqNo.V)
	if m.TBC {
		w.Bool("tbc", true)
	}
	w.Value("eventData", func(dst []byte) []byte { return ocpp.AppendList(dst, m.EventData, appendEventData) })
	return w.End()
}

func appendEventData(dst []byte, e *EventData) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("eventId", e.EventID.V)
	w.Time("timestamp", e.Timestamp.T)
	w.Text("trigger", e.Trigger)
	w.OptInt("cause", e.Cause)
	w.Text("actualValue", e.ActualValue)
	w.OptText("techCode", e.TechCode)
	w.OptText("techInfo", e.TechInfo)
	if e.Cleared {
		w.Bool("cleared", true)
	}
	w.OptText("transactionId", e.TransactionID)
	w.OptInt("variableMonitoringId", e.VariableMonitoringID)
	w.Text("eventNotificationType", e.EventNotificationType)
	w.OptInt("severity", e.Severity)
	w.Value("component", e.Component.append)
	w.Value("variable", e.Variable.append)
	return w.End()
}

func decodeNotifyEvent(r *Reader) (Message, *ocpp.CallError) {
	m := new(NotifyEvent)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "generatedAt":
			m.GeneratedAt = o.Time()
		case "seqNo":
			m.SeqNo = o.Int()
		case "tbc":
			m.TBC = r.flag(&o)
		case "eventData":
			for l := o.List(); l.Next(); {
				mark := r.Mark()
				e := r.eventData(l.Object())
				e.Raw = r.Since(mark)
				m.EventData = append(m.EventData, e)
			}
		default:
			r.Other(&o)
		}
	}
	o.Want("generatedAt", "seqNo", "eventData")
	return m, nil
}

func (r *Reader) eventData(o ocpp.Object) (e EventData) {
	value := false
	for o.Next() {
		switch o.Name {
		case "eventId":
			e.EventID = o.Int()
		case "timestamp":
			e.Timestamp = o.Time()
		case "trigger":
			e.Trigger = o.Word(r.words.EventTrigger)
		case "actualValue":
			value = true
			e.ActualValue = o.Lines(2500)
		case "techCode":
			e.TechCode = o.Text(50)
		case "techInfo":
			e.TechInfo = o.Lines(500)
		case "cleared":
			e.Cleared = r.flag(&o)
		case "component":
			e.Component = r.component(o.Object())
		case "variable":
			e.Variable = r.variable(o.Object())
		default:
			r.moreOfEvent(&o, &e)
		}
	}
	// Only what is not there: an Object remembers the first of its members only.
	if e.Timestamp.Written == "" {
		o.Want("timestamp")
	}
	if e.Trigger == "" {
		o.Want("trigger")
	}
	if !value {
		o.Want("actualValue")
	}
	if e.Component.Name == "" {
		o.Want("component")
	}
	if e.Variable.Name == "" {
		o.Want("variable")
	}
	return e
}

func (r *Reader) moreOfEvent(o *ocpp.Object, e *EventData) {
	switch o.Name {
	case "cause":
		e.Cause = o.Int()
	case "transactionId":
		e.TransactionID = o.Text(36)
	case "variableMonitoringId":
		e.VariableMonitoringID = o.Int()
	case "eventNotificationType":
		e.EventNotificationType = o.Word(r.words.EventNotification)
	case "severity":
		e.Severity = o.Int()
	default:
		r.Other(o)
	}
}
