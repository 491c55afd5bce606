package v201

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
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
		v.Value, v.HasValue, v.Mutability = a.Value, a.HasValue, reading.Text(e, "mutability", a.Mutability)
		if a.HasValue && a.Value != "" && isSecret(v.Name) {
			v.Value = redacted
		}
		list = append(list, v)
	}
	return list
}

// attributeActual is the attribute that is meant when none is named.
const attributeActual = "Actual"

// redacted stands for a value that is a secret.
const redacted = "(removed: it is a secret)"

// secretNames are parts of names of variables whose values are secrets; such
// should be write-only, but not every charger keeps to that.
var secretNames = []string{"password", "authorizationkey", "privatekey", "secret", "passphrase", "simpin"}

// isSecret reports whether the values of a variable are secrets.
func isSecret(name string) bool {
	name = strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name))
	for _, part := range secretNames {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
