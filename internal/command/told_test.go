package command

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestWhatAnAnswerSaysOfTheConfigurationIsKept(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f := func(action, response string, want []charging.Variable) {
		t.Helper()
		c := &charging.Command{Action: action, Status: charging.CommandAnswered, Response: []byte(response), AnsweredAt: at}
		if diff := cmp.Diff(want, told(c)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", action, response, diff)
		}
		c.Status = charging.CommandTimedOut
		if got := told(c); got != nil {
			t.Errorf("%s without an answer tells %+v", action, got)
		}
	}
	f("GetConfiguration", `{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"},{"key":"NumberOfConnectors","readonly":true,"value":"2"}],"unknownKey":["X"]}`,
		[]charging.Variable{
			{Name: "HeartbeatInterval", Attribute: "Actual", Value: "300", HasValue: true, Mutability: "ReadWrite", ReportedAt: at},
			{Name: "NumberOfConnectors", Attribute: "Actual", Value: "2", HasValue: true, Mutability: "ReadOnly", ReportedAt: at}})
	f("GetVariables", `{"getVariableResult":[`+
		`{"attributeStatus":"Accepted","attributeType":"Target","attributeValue":"7","component":{"name":"EVSE","evse":{"id":1,"connectorId":2}},"variable":{"name":"Power"}},`+
		`{"attributeStatus":"UnknownVariable","component":{"name":"EVSE"},"variable":{"name":"X"}}]}`,
		[]charging.Variable{{Component: "EVSE", EVSE: 1, Connector: 2, Name: "Power", Attribute: "Target", Value: "7", HasValue: true, ReportedAt: at}})
	f("GetVariables", `[]`, nil)
	f("Reset", `{"status":"Accepted"}`, nil)
}
