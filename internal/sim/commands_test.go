package sim

import (
	"strings"
	"testing"
	"time"
)

func TestCommands(t *testing.T) {
	// quiet is a charger of two ports at which nothing happens by itself.
	quiet := func(t *testing.T) (*server, *Fleet) {
		s := newServer(t)
		f := startOne(s, func(cfg *Config) {
			cfg.Chargers[0].Ports, cfg.Life.FirstArrivals, cfg.Life.SessionLength = 2, 0, 10*time.Hour
		})
		time.Sleep(time.Second)
		return s, f
	}
	// ask sends a command and compares its answer.
	ask := func(t *testing.T, s *server, action, payload, want string) {
		t.Helper()
		f := s.call("CP1", action, payload)
		if text := string(f.Payload) + f.Code; text != want {
			t.Errorf("%s %s was answered %s, not %s", action, payload, text, want)
		}
		time.Sleep(time.Second)
	}
	// since returns what was told after the first n messages.
	since := func(s *server, n int) string { return outline(s.received()[n:]) }

	bubble(t, "RemoteStart begins a session, RemoteStop ends it", func(t *testing.T) {
		s, _ := quiet(t)
		n := len(s.received())
		ask(t, s, "RemoteStartTransaction", `{"connectorId":2,"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
		if text := since(s, n); text != "2:Preparing Start 2:Charging" {
			t.Error(text)
		}
		if g := s.received("StartTransaction")[0]; g.field("idTag") != "REMOTE" {
			t.Errorf("%+v", g)
		}
		ask(t, s, "RemoteStartTransaction", `{"connectorId":2,"idTag":"REMOTE"}`, `{"status":"Rejected"}`)
		ask(t, s, "RemoteStartTransaction", `{"connectorId":3,"idTag":"REMOTE"}`, `{"status":"Rejected"}`)
		ask(t, s, "RemoteStartTransaction", `{"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
		ask(t, s, "RemoteStopTransaction", `{"transactionId":77}`, `{"status":"Rejected"}`)
		n = len(s.received())
		ask(t, s, "RemoteStopTransaction", `{"transactionId":1}`, `{"status":"Accepted"}`)
		if text := since(s, n); text != "Stop(1) 2:Finishing" {
			t.Error(text)
		}
		if g := s.received("StopTransaction")[0]; g.field("reason") != "Remote" {
			t.Errorf("%+v", g)
		}
	})

	bubble(t, "TriggerMessage sends what is asked for", func(t *testing.T) {
		s, _ := quiet(t)
		for _, c := range []struct{ payload, want, told string }{
			{`{"requestedMessage":"Heartbeat"}`, "Accepted", "Heartbeat"},
			{`{"requestedMessage":"StatusNotification"}`, "Accepted", "0:Available 1:Available 2:Available"},
			{`{"requestedMessage":"StatusNotification","connectorId":2}`, "Accepted", "2:Available"},
			{`{"requestedMessage":"StatusNotification","connectorId":0}`, "Accepted", "0:Available"},
			{`{"requestedMessage":"StatusNotification","connectorId":3}`, "Rejected", ""},
			{`{"requestedMessage":"MeterValues","connectorId":1}`, "Accepted", "MeterValues()"},
			{`{"requestedMessage":"BootNotification"}`, "Accepted", "BootNotification 0:Available 1:Available 2:Available"},
			{`{"requestedMessage":"FirmwareStatusNotification"}`, "Accepted", "FirmwareStatusNotification"},
			{`{"requestedMessage":"DiagnosticsStatusNotification"}`, "Accepted", "DiagnosticsStatusNotification"},
		} {
			n := len(s.received())
			ask(t, s, "TriggerMessage", c.payload, `{"status":"`+c.want+`"}`)
			if text := since(s, n); text != c.told {
				t.Errorf("%s: %s, not %s", c.payload, text, c.told)
			}
		}
		if g := s.received("MeterValues")[0]; !strings.Contains(g.payload, `"context":"Trigger"`) {
			t.Error(g.payload)
		}
	})

	for kind, reason := range map[string]string{"Hard": "HardReset", "Soft": "SoftReset"} {
		bubble(t, kind+" reset ends the session and boots", func(t *testing.T) {
			s, f := quiet(t)
			ask(t, s, "RemoteStartTransaction", `{"connectorId":1,"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
			n := len(s.received())
			ask(t, s, "Reset", `{"type":"`+kind+`"}`, `{"status":"Accepted"}`)
			time.Sleep(20 * time.Second)
			text := since(s, n)
			if !strings.HasPrefix(text, "BootNotification 0:Available 1:") || !strings.Contains(text, " Stop(1)") {
				t.Error(text)
			}
			if g := s.received("StopTransaction")[0]; g.field("reason") != reason {
				t.Errorf("%+v", g)
			}
			if sum := f.Summary(); sum.Connects != 2 || sum.Lost != 0 {
				t.Errorf("%+v", sum)
			}
		})
	}

	bubble(t, "ChangeAvailability takes a free port out at once, a busy one later", func(t *testing.T) {
		s, _ := quiet(t)
		ask(t, s, "RemoteStartTransaction", `{"connectorId":1,"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
		n := len(s.received())
		ask(t, s, "ChangeAvailability", `{"connectorId":0,"type":"Inoperative"}`, `{"status":"Scheduled"}`)
		if text := since(s, n); text != "0:Unavailable 2:Unavailable" {
			t.Error(text)
		}
		ask(t, s, "RemoteStartTransaction", `{"connectorId":2,"idTag":"REMOTE"}`, `{"status":"Rejected"}`)
		ask(t, s, "RemoteStopTransaction", `{"transactionId":1}`, `{"status":"Accepted"}`)
		time.Sleep(time.Minute)
		if text := since(s, n); text != "0:Unavailable 2:Unavailable Stop(1) 1:Finishing 1:Unavailable" {
			t.Error(text)
		}
		n = len(s.received())
		ask(t, s, "ChangeAvailability", `{"connectorId":0,"type":"Operative"}`, `{"status":"Accepted"}`)
		ask(t, s, "ChangeAvailability", `{"connectorId":9,"type":"Operative"}`, `{"status":"Rejected"}`)
		if text := since(s, n); text != "0:Available 1:Available 2:Available" {
			t.Error(text)
		}
	})

	bubble(t, "UnlockConnector ends the session", func(t *testing.T) {
		s, _ := quiet(t)
		ask(t, s, "RemoteStartTransaction", `{"connectorId":1,"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
		ask(t, s, "UnlockConnector", `{"connectorId":1}`, `{"status":"Unlocked"}`)
		ask(t, s, "UnlockConnector", `{"connectorId":5}`, `{"status":"NotSupported"}`)
		if g := s.received("StopTransaction"); len(g) != 1 || g[0].field("reason") != "UnlockCommand" {
			t.Errorf("%+v", g)
		}
	})

	bubble(t, "settings can be read and changed", func(t *testing.T) {
		s, _ := quiet(t)
		ask(t, s, "GetConfiguration", `{"key":["numberofconnectors","Nonsense"]}`,
			`{"configurationKey":[{"key":"NumberOfConnectors","readonly":true,"value":"2"}],"unknownKey":["Nonsense"]}`)
		ask(t, s, "ChangeConfiguration", `{"key":"MeterValueSampleInterval","value":"7"}`, `{"status":"Accepted"}`)
		ask(t, s, "ChangeConfiguration", `{"key":"HeartbeatInterval","value":"20"}`, `{"status":"Accepted"}`)
		ask(t, s, "ChangeConfiguration", `{"key":"HeartbeatInterval","value":"x"}`, `{"status":"Rejected"}`)
		ask(t, s, "ChangeConfiguration", `{"key":"NumberOfConnectors","value":"3"}`, `{"status":"Rejected"}`)
		ask(t, s, "ChangeConfiguration", `{"key":"Nonsense","value":"3"}`, `{"status":"NotSupported"}`)
		ask(t, s, "GetConfiguration", `{"key":["HeartbeatInterval"]}`,
			`{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"20"}]}`)
		if f := s.call("CP1", "GetConfiguration", `{}`); strings.Count(string(f.Payload), `"key"`) != 41 {
			t.Errorf("%s", f.Payload)
		}
		ask(t, s, "RemoteStartTransaction", `{"connectorId":1,"idTag":"REMOTE"}`, `{"status":"Accepted"}`)
		time.Sleep(2 * time.Minute)
		if n := len(s.received("MeterValues")); n != 17 {
			t.Errorf("%d samples in two minutes at 7 s", n)
		}
		if n := len(s.received("Heartbeat")); n < 5 {
			t.Errorf("%d heartbeats in two minutes at 20 s", n)
		}
	})

	bubble(t, "what it does not know is refused", func(t *testing.T) {
		s, _ := quiet(t)
		ask(t, s, "SetChargingProfile", `{}`, "OccurenceConstraintViolation")
		ask(t, s, "MakeCoffee", `{}`, "NotImplemented")
		ask(t, s, "Reset", `{}`, "OccurenceConstraintViolation")
		ask(t, s, "ClearCache", `{}`, `{"status":"Accepted"}`)
		ask(t, s, "DataTransfer", `{"vendorId":"x"}`, `{"status":"UnknownVendorId"}`)
	})
}
