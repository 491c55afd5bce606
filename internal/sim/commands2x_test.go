package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// quiet2x is a charger of two EVSEs at which nothing happens by itself.
func quiet2x(t *testing.T, protocol string, change func(cfg *Config)) (*server, *Fleet) {
	s := newServer(t)
	f := start2x(s, protocol, func(cfg *Config) {
		cfg.Chargers[0].Ports, cfg.Life.FirstArrivals, cfg.Life.SessionLength = 2, 0, 10*time.Hour
		cfg.Life.SampleInterval = time.Hour
		if change != nil {
			change(cfg)
		}
	})
	time.Sleep(time.Second)
	return s, f
}

// ask sends a command, compares its answer and waits a second.
func ask(t *testing.T, s *server, action, payload, want string) {
	t.Helper()
	f := s.call("CP1", action, payload)
	if text := string(f.Payload) + f.Code; text != want {
		t.Errorf("%s %s was answered %s, not %s", action, payload, text, want)
	}
	time.Sleep(time.Second)
}

// told returns what was told after the first n messages.
func told(s *server, n int) string { return story(s.received()[n:]) }

// transactionOf returns the transaction of the last event.
func transactionOf(t *testing.T, s *server) string {
	t.Helper()
	list := s.received("TransactionEvent")
	var m struct {
		Info struct {
			ID string `json:"transactionId"`
		} `json:"transactionInfo"`
	}
	if err := json.Unmarshal([]byte(list[len(list)-1].payload), &m); err != nil {
		t.Fatal(err)
	}
	return m.Info.ID
}

const (
	accepted = `{"status":"Accepted"}`
	startOn1 = `{"evseId":1,"remoteStartId":7,"idToken":{"idToken":"REMOTE","type":"Central"}}`
)

func TestCommands2x(t *testing.T) {
	bubble(t, "RequestStart begins a transaction, RequestStop ends it", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		n := len(s.received())
		ask(t, s, "RequestStartTransaction", startOn1, accepted)
		want := "1:Occupied Started0(RemoteStart,EVConnected) Updated1(ChargingStateChanged,Charging)"
		if text := told(s, n); text != want {
			t.Error(text)
		}
		if first := s.received("TransactionEvent")[0].payload; !strings.Contains(first, `"remoteStartId":7`) ||
			!strings.Contains(first, `"idToken":{"idToken":"REMOTE","type":"Central"}`) {
			t.Error(first)
		}
		ask(t, s, "RequestStartTransaction", startOn1, `{"status":"Rejected","statusInfo":{"reasonCode":"TxInProgress"}}`)
		ask(t, s, "RequestStopTransaction", `{"transactionId":"other"}`, `{"status":"Rejected","statusInfo":{"reasonCode":"TxNotFound"}}`)
		tx := transactionOf(t, s)
		ask(t, s, "GetTransactionStatus", `{"transactionId":"`+tx+`"}`, `{"messagesInQueue":false,"ongoingIndicator":true}`)
		n = len(s.received())
		ask(t, s, "RequestStopTransaction", `{"transactionId":"`+tx+`"}`, accepted)
		if text := told(s, n); text != "Ended2(RemoteStop,EVConnectedRemote)" {
			t.Error(text)
		}
		ask(t, s, "GetTransactionStatus", `{"transactionId":"`+tx+`"}`, `{"messagesInQueue":false,"ongoingIndicator":false}`)
	})

	bubble(t, "triggers are answered, then obeyed", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		for _, c := range []struct{ payload, want, told string }{
			{`{"requestedMessage":"Heartbeat"}`, accepted, "Heartbeat"},
			{`{"requestedMessage":"StatusNotification","evse":{"id":2,"connectorId":1}}`, accepted, "2:Available"},
			{`{"requestedMessage":"StatusNotification"}`, `{"status":"Rejected","statusInfo":{"reasonCode":"MissingParam"}}`, ""},
			{`{"requestedMessage":"MeterValues","evse":{"id":1}}`, accepted, "MeterValues"},
			{`{"requestedMessage":"MeterValues","evse":{"id":9}}`, `{"status":"Rejected","statusInfo":{"reasonCode":"UnknownEvse"}}`, ""},
			{`{"requestedMessage":"BootNotification"}`, `{"status":"Rejected","statusInfo":{"reasonCode":"NotEnabled"}}`, ""},
			{`{"requestedMessage":"TransactionEvent"}`, `{"status":"Rejected","statusInfo":{"reasonCode":"TxNotFound"}}`, ""},
			{`{"requestedMessage":"FirmwareStatusNotification"}`, accepted, "FirmwareStatusNotification"},
			{`{"requestedMessage":"LogStatusNotification"}`, accepted, "LogStatusNotification"},
			{`{"requestedMessage":"SignChargingStationCertificate"}`, accepted, "SignCertificate"},
			{`{"requestedMessage":"SignV2GCertificate"}`, `{"status":"NotImplemented"}`, ""},
		} {
			n := len(s.received())
			ask(t, s, "TriggerMessage", c.payload, c.want)
			if text := told(s, n); text != c.told {
				t.Errorf("%s: %s, not %s", c.payload, text, c.told)
			}
		}
		ask(t, s, "RequestStartTransaction", startOn1, accepted)
		n := len(s.received())
		ask(t, s, "TriggerMessage", `{"requestedMessage":"TransactionEvent"}`, accepted)
		if text := told(s, n); text != "Updated2(Trigger,Charging)" {
			t.Error(text)
		}
	})

	bubble(t, "Reset boots at once, when idle, or goes on with its transactions", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol21, nil)
		ask(t, s, "RequestStartTransaction", startOn1, accepted)
		n := len(s.received())
		ask(t, s, "Reset", `{"type":"OnIdle"}`, `{"status":"Scheduled"}`)
		ask(t, s, "Reset", `{"type":"ImmediateAndResume"}`, accepted)
		time.Sleep(20 * time.Second)
		text := told(s, n)
		if !strings.HasPrefix(text, "BootNotification ") || !strings.HasSuffix(text, "(TxResumed,Charging)") {
			t.Error(text)
		}
		if boots := s.received("BootNotification"); !strings.Contains(boots[1].payload, `"reason":"RemoteReset"`) {
			t.Error(boots[1].payload)
		}
		ask(t, s, "RequestStopTransaction", `{"transactionId":"`+transactionOf(t, s)+`"}`, accepted)
		time.Sleep(30 * time.Second)
		if boots := s.received("BootNotification"); len(boots) != 3 {
			t.Errorf("%d boots", len(boots))
		}
		ask(t, s, "Reset", `{"type":"Immediate","evseId":5}`, `{"status":"Rejected","statusInfo":{"reasonCode":"UnknownEvse"}}`)
	})

	bubble(t, "a transaction may be limited by the server", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol21, nil)
		s.reacts(func(g got, usual reaction) reaction {
			if strings.Contains(g.payload, `"eventType":"Started"`) {
				usual.payload = `{"idTokenInfo":{"status":"Accepted"},"transactionLimit":{"maxEnergy":500}}`
			}
			return usual
		})
		ask(t, s, "RequestStartTransaction", startOn1, accepted)
		time.Sleep(30 * time.Minute)
		list := s.received("TransactionEvent")
		if text := chapter(list[len(list)-1]); !strings.Contains(text, "EnergyLimitReached") {
			t.Error(text)
		}
	})

	bubble(t, "a reservation keeps a port for its token until it expires", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		expiry := stamp(time.Now().Add(time.Minute))
		reserve := func(evse int, want string) {
			t.Helper()
			ask(t, s, "ReserveNow", fmt.Sprintf(`{"id":%d,"expiryDateTime":"%s","evseId":%d,"idToken":{"idToken":"MINE","type":"ISO14443"}}`, evse, expiry, evse), want)
		}
		n := len(s.received())
		reserve(1, accepted)
		reserve(2, accepted)
		reserve(3, `{"status":"Rejected"}`)
		ask(t, s, "RequestStartTransaction", startOn1, `{"status":"Rejected","statusInfo":{"reasonCode":"TxInProgress"}}`)
		ask(t, s, "RequestStartTransaction", strings.Replace(startOn1, "REMOTE", "MINE", 1), accepted)
		ask(t, s, "CancelReservation", `{"reservationId":9}`, `{"status":"Rejected"}`)
		time.Sleep(time.Minute)
		want := "1:Reserved 2:Reserved 1:Occupied Started0(RemoteStart,EVConnected) Updated1(ChargingStateChanged,Charging) 2:Available ReservationStatusUpdate"
		if text := told(s, n); text != want {
			t.Error(text)
		}
		if first := s.received("TransactionEvent")[0].payload; !strings.Contains(first, `"reservationId":1`) {
			t.Error(first)
		}
	})

	bubble(t, "availability, unlocking and the rest of every day", func(t *testing.T) {
		s, _ := quiet2x(t, Protocol201, nil)
		n := len(s.received())
		ask(t, s, "ChangeAvailability", `{"operationalStatus":"Inoperative","evse":{"id":2,"connectorId":1}}`, accepted)
		ask(t, s, "ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":2}}`, accepted)
		ask(t, s, "ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":3}}`, `{"status":"Rejected","statusInfo":{"reasonCode":"UnknownEvse"}}`)
		if text := told(s, n); text != "2:Unavailable 2:Available" {
			t.Error(text)
		}
		ask(t, s, "UnlockConnector", `{"evseId":1,"connectorId":1}`, `{"status":"Unlocked"}`)
		ask(t, s, "UnlockConnector", `{"evseId":1,"connectorId":2}`, `{"status":"UnknownConnector"}`)
		ask(t, s, "ClearCache", `{}`, accepted)
		ask(t, s, "CostUpdated", `{"totalCost":1.5,"transactionId":"x"}`, `{}`)
		ask(t, s, "DataTransfer", `{"vendorId":"org.chargeyard.sim","messageId":"ping"}`, `{"data":"pong","status":"Accepted"}`)
		ask(t, s, "SetDisplayMessage", `{"message":{"id":3,"priority":"InFront","message":{"format":"UTF8","content":"Hello"}}}`, accepted)
		ask(t, s, "GetDisplayMessages", `{"requestId":1}`, accepted)
		ask(t, s, "ClearDisplayMessage", `{"id":3}`, accepted)
		ask(t, s, "GetDisplayMessages", `{"requestId":2}`, `{"status":"Unknown"}`)
		if list := s.received("NotifyDisplayMessages"); len(list) != 1 || !strings.Contains(list[0].payload, "Hello") {
			t.Errorf("%+v", list)
		}
		ask(t, s, "CustomerInformation", `{"requestId":1,"report":true,"clear":false}`, `{"status":"Invalid"}`)
		ask(t, s, "CustomerInformation", `{"requestId":2,"report":true,"clear":true,"idToken":{"idToken":"X","type":"Central"}}`, accepted)
	})
}
