package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// NotifyReport is a part of a report about a charger's variables (OCPP 2.0.1
// B07).
type NotifyReport struct {
	RequestID   ocpp.Int
	GeneratedAt ocpp.Time
	SeqNo       ocpp.Int
	TBC         bool // more parts follow
	ReportData  []ReportData
}

// ReportData is what a report says of one variable (OCPP 2.0.1
// ReportDataType).
type ReportData struct {
	Component  Component
	Variable   Variable
	Attributes []VariableAttribute
	// Characteristics are data type, unit, limits and values, as JSON; "" for
	// none.
	Characteristics string
}

// VariableAttribute is one value of a variable (OCPP 2.0.1
// VariableAttributeType).
type VariableAttribute struct {
	Type       string // Actual, Target, MinSet or MaxSet; "" means Actual
	Value      string
	HasValue   bool   // a value that only can be written is not told
	Mutability string // ReadOnly, WriteOnly or ReadWrite; "" means ReadWrite
	Persistent bool
	Constant   bool
}

// Action returns ActionNotifyReport.
func (*NotifyReport) Action() string { return ActionNotifyReport }

// AppendJSON appends the request.
func (m *NotifyReport) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("requestId", m.RequestID.V)
	w.Time("generatedAt", m.GeneratedAt.T)
	w.Int("seqNo", m.SeqNo.V)
	if m.TBC {
		w.Bool("tbc", true)
	}
	if len(m.ReportData) > 0 {
		w.Value("reportData", func(dst []byte) []byte { return ocpp.AppendList(dst, m.ReportData, appendReportData) })
	}
	return w.End()
}

func appendReportData(dst []byte, d *ReportData) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("component", d.Component.append)
	w.Value("variable", d.Variable.append)
	w.Value("variableAttribute", func(dst []byte) []byte {
		return ocpp.AppendList(dst, d.Attributes, appendAttribute)
	})
	optRaw(&w, "variableCharacteristics", d.Characteristics)
	return w.End()
}

func appendAttribute(dst []byte, a *VariableAttribute) []byte {
	w := ocpp.NewWriter(dst)
	w.OptText("type", a.Type)
	if a.HasValue {
		w.Text("value", a.Value)
	}
	w.OptText("mutability", a.Mutability)
	if a.Persistent {
		w.Bool("persistent", true)
	}
	if a.Constant {
		w.Bool("constant", true)
	}
	return w.End()
}

func decodeNotifyReport(r *Reader) (Message, *ocpp.CallError) {
	m := new(NotifyReport)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "requestId":
			m.RequestID = o.Int()
		case "generatedAt":
			m.GeneratedAt = o.Time()
		case "seqNo":
			m.SeqNo = o.Int()
		case "tbc":
			m.TBC = r.flag(&o)
		case "reportData":
			for l := o.List(); l.Next(); {
				m.ReportData = append(m.ReportData, r.reportData(l.Object()))
			}
		default:
			r.Other(&o)
		}
	}
	o.Want("requestId", "generatedAt", "seqNo")
	return m, nil
}

func (r *Reader) reportData(o ocpp.Object) (d ReportData) {
	for o.Next() {
		switch o.Name {
		case "component":
			d.Component = r.component(o.Object())
		case "variable":
			d.Variable = r.variable(o.Object())
		case "variableAttribute":
			for l := o.List(); l.Next(); {
				d.Attributes = append(d.Attributes, r.attribute(l.Object()))
			}
		case "variableCharacteristics":
			d.Characteristics = o.Raw()
		default:
			r.Other(&o)
		}
	}
	o.Want("component", "variable", "variableAttribute")
	return d
}

func (r *Reader) attribute(o ocpp.Object) (a VariableAttribute) {
	for o.Next() {
		switch o.Name {
		case "type":
			a.Type = o.Word(r.words.AttributeType)
		case "value":
			a.Value, a.HasValue = o.Lines(2500), true
		case "mutability":
			a.Mutability = o.Word(r.words.Mutability)
		case "persistent":
			a.Persistent = r.flag(&o)
		case "constant":
			a.Constant = r.flag(&o)
		default:
			r.Other(&o)
		}
	}
	return a
}
