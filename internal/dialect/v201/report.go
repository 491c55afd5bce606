package v201

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func notifyReport(m *wire.NotifyReport, e *charging.Event) {
	b := charging.VariablesReported{RequestID: m.RequestID.V, Seq: m.SeqNo.V, More: m.TBC}
	for i := range m.ReportData {
		b.Variables = append(b.Variables, variables(&m.ReportData[i], e)...)
	}
	e.Body = b
}

// variables returns the attributes of one variable; one without any is there
// all the same.
func variables(d *wire.ReportData, e *charging.Event) []charging.Variable {
	v := charging.Variable{
		Component:         reading.Text(e, "component", d.Component.Name),
		ComponentInstance: reading.Text(e, "instance", d.Component.Instance),
		EVSE:              port(e, d.Component.EVSE.ID),
		Connector:         connector(e, d.Component.EVSE.ConnectorID),
		Name:              reading.Text(e, "variable", d.Variable.Name),
		Instance:          reading.Text(e, "instance", d.Variable.Instance),
		Attribute:         attributeActual,
		Characteristics:   Detail(d.Characteristics),
		ReportedAt:        e.Received,
	}
	if len(d.Attributes) == 0 {
		return []charging.Variable{v}
	}
	list := make([]charging.Variable, 0, len(d.Attributes))
	for i := range d.Attributes {
		a := &d.Attributes[i]
		v.Attribute = attributeActual
		if a.Type != "" {
			v.Attribute = reading.Text(e, "type", a.Type)
		}
		v.Mutability = reading.Text(e, "mutability", a.Mutability)
		v.Value, v.HasValue = valueOf(&v, a.Value), a.HasValue
		list = append(list, v)
	}
	return list
}

// attributeActual is the attribute that is meant when none is named.
const attributeActual = "Actual"

// valueOf returns a value of a variable as it is kept. Secrets should be
// write-only, but not every charger keeps to that.
func valueOf(v *charging.Variable, value string) string {
	if value != "" && (ocpp.NamesSecret(v.Name) || ocpp.NamesSecret(v.Instance)) {
		return ocpp.Redacted
	}
	return ocpp.RedactText(value)
}
