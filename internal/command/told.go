package command

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// told returns what the answer to a command says of the charger's
// configuration, so that it is kept with that answer (OCPP 1.6 §5.8, OCPP 2.0.1
// B06). Secrets were removed before.
func told(c *charging.Command) []charging.Variable {
	if c.Status != charging.CommandAnswered {
		return nil
	}
	switch c.Action {
	case v16.ActionGetConfiguration:
		return toldKeys(c)
	case v201.ActionGetVariables:
		return toldVariables(c)
	}
	return nil
}

func toldKeys(c *charging.Command) (list []charging.Variable) {
	answer, err := v16.DecodeGetConfigurationResponse(c.Response)
	if err != nil {
		return nil // the answer itself is kept as it came
	}
	for _, k := range answer.ConfigurationKey {
		v := charging.Variable{Name: k.Key, Attribute: "Actual", Value: k.Value, HasValue: k.HasValue, Mutability: "ReadWrite", ReportedAt: c.AnsweredAt}
		if k.Readonly {
			v.Mutability = "ReadOnly"
		}
		list = append(list, v)
	}
	return list
}

func toldVariables(c *charging.Command) (list []charging.Variable) {
	var answer struct {
		GetVariableResult []struct {
			AttributeStatus, AttributeType string
			AttributeValue                 *string
			Component                      struct {
				Name, Instance string
				EVSE           struct{ ID, ConnectorID int }
			}
			Variable struct{ Name, Instance string }
		}
	}
	if json.Unmarshal(c.Response, &answer) != nil {
		return nil
	}
	for _, r := range answer.GetVariableResult {
		if r.AttributeStatus != "Accepted" || r.AttributeValue == nil {
			continue
		}
		v := charging.Variable{Component: r.Component.Name, ComponentInstance: r.Component.Instance, EVSE: r.Component.EVSE.ID,
			Connector: r.Component.EVSE.ConnectorID, Name: r.Variable.Name, Instance: r.Variable.Instance, Attribute: "Actual",
			Value: *r.AttributeValue, HasValue: true, ReportedAt: c.AnsweredAt}
		if r.AttributeType != "" {
			v.Attribute = r.AttributeType
		}
		list = append(list, v)
	}
	return list
}
