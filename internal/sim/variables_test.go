package sim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestVariables(t *testing.T) {
	get := func(component, variable string) string {
		return `{"getVariableData":[{"component":{"name":"` + component + `"},"variable":{"name":"` + variable + `"}}]}`
	}
	set := func(component, variable, value string) string {
		return `{"setVariableData":[{"attributeValue":"` + value + `","component":{"name":"` + component + `"},"variable":{"name":"` + variable + `"}}]}`
	}
	status := func(payload []byte) (status, value string) {
		var m map[string][]struct {
			Status string `json:"attributeStatus"`
			Value  string `json:"attributeValue"`
		}
		if json.Unmarshal(payload, &m) != nil {
			return string(payload), ""
		}
		for _, list := range m {
			return list[0].Status, list[0].Value
		}
		return "", ""
	}
	bubble(t, "variables are read and set with the usual refusals", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		for _, c := range []struct{ component, variable, value, want string }{
			{"OCPPCommCtrlr", "HeartbeatInterval", "20", "Accepted"},
			{"OCPPCommCtrlr", "HeartbeatInterval", "x", "Rejected"},
			{"OCPPCommCtrlr", "HeartbeatInterval", "0", "Rejected"},
			{"SmartChargingCtrlr", "ProfileStackLevel", "3", "Rejected"},
			{"SampledDataCtrlr", "TxUpdatedMeasurands", "Voltage,Nonsense", "Rejected"},
			{"SampledDataCtrlr", "TxUpdatedMeasurands", "Voltage,SoC", "Accepted"},
			{"AuthCtrlr", "LocalPreAuthorize", "maybe", "Rejected"},
			{"OCPPCommCtrlr", "NetworkConfigurationPriority", "4", "Rejected"},
			{"OCPPCommCtrlr", "NetworkConfigurationPriority", "1", "RebootRequired"},
			{"OCPPCommCtrlr", "Nonsense", "1", "UnknownVariable"},
			{"Nonsense", "Nonsense", "1", "UnknownComponent"},
		} {
			f := s.call("CP1", "SetVariables", set(c.component, c.variable, c.value))
			if got, _ := status(f.Payload); got != c.want {
				t.Errorf("%s.%s=%s: %s, not %s", c.component, c.variable, c.value, got, c.want)
			}
		}
		f := s.call("CP1", "GetVariables", get("ocppcommctrlr", "heartbeatinterval"))
		if got, value := status(f.Payload); got != "Accepted" || value != "20" {
			t.Errorf("%s", f.Payload)
		}
		f = s.call("CP1", "GetVariables", get("SecurityCtrlr", "BasicAuthPassword"))
		if got, _ := status(f.Payload); got != "Rejected" {
			t.Errorf("%s", f.Payload)
		}
		f = s.call("CP1", "GetVariables", `{"getVariableData":[{"component":{"name":"EVSE","evse":{"id":2}},"variable":{"name":"AvailabilityState"}}]}`)
		if got, value := status(f.Payload); got != "Accepted" || value != "Available" {
			t.Errorf("%s", f.Payload)
		}
	})

	bubble(t, "the device model is reported in parts", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		ask(t, s, "GetBaseReport", `{"requestId":5,"reportBase":"FullInventory"}`, accepted)
		parts := s.received("NotifyReport")
		if len(parts) < 4 || !strings.Contains(parts[0].payload, `"tbc":true`) || strings.Contains(parts[len(parts)-1].payload, `"tbc"`) {
			t.Errorf("%d parts", len(parts))
		}
		all := ""
		for i, g := range parts {
			all += g.payload
			if g.field("requestId") != "5" || g.field("seqNo") != string(rune('0'+i)) {
				t.Errorf("part %d: %.80s", i, g.payload)
			}
		}
		for _, want := range []string{`"name":"ItemsPerMessage"`, `{"name":"Connector","evse":{"id":2,"connectorId":1}}`, `"mutability":"WriteOnly"`} {
			if !strings.Contains(all, want) {
				t.Errorf("the report lacks %s", want)
			}
		}
		ask(t, s, "GetReport", `{"requestId":6,"componentVariable":[{"component":{"name":"ClockCtrlr"}}]}`, accepted)
		ask(t, s, "GetReport", `{"requestId":7,"componentVariable":[{"component":{"name":"CoffeeCtrlr"}}]}`, `{"status":"EmptyResultSet"}`)
	})

	bubble(t, "a periodic monitor speaks until it is cleared", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		monitor := `{"setMonitoringData":[{"value":60,"type":"Periodic","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`
		if f := s.call("CP1", "SetVariableMonitoring", monitor); !strings.Contains(string(f.Payload), `"id":1,`) {
			t.Errorf("%s", f.Payload)
		}
		time.Sleep(5*time.Minute + time.Second)
		if n := len(s.received("NotifyEvent")); n != 5 {
			t.Errorf("%d events in five minutes", n)
		}
		ask(t, s, "GetMonitoringReport", `{"requestId":1}`, accepted)
		ask(t, s, "ClearVariableMonitoring", `{"id":[1,2]}`, `{"clearMonitoringResult":[{"id":1,"status":"Accepted"},{"id":2,"status":"NotFound"}]}`)
		ask(t, s, "GetMonitoringReport", `{"requestId":2}`, `{"status":"EmptyResultSet"}`)
		time.Sleep(5 * time.Minute)
		if n := len(s.received("NotifyEvent")); n != 5 {
			t.Errorf("%d events after it was cleared", n)
		}
	})

	bubble(t, "clock-aligned meter values come at full minutes", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		ask(t, s, "SetVariables", set("AlignedDataCtrlr", "Interval", "60"),
			`{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"AlignedDataCtrlr"},"variable":{"name":"Interval"}}]}`)
		time.Sleep(3 * time.Minute)
		list := s.received("MeterValues")
		if len(list) != 6 { // of two EVSEs
			t.Errorf("%d in three minutes", len(list))
		}
		for _, g := range list {
			if g.at.Second() != 0 || !strings.Contains(g.payload, `"Sample.Clock"`) {
				t.Errorf("%v %s", g.at, g.payload)
			}
		}
	})
}
