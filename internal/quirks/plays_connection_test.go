package quirks

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/app"
)

func refusalReachesTheOperator(k *play) {
	_, _, _, err := ws.Dialer{Timeout: patience}.Dial(context.Background(), k.OCPP()+"/"+k.identity)
	if err == nil {
		k.Fatal("a charger without a subprotocol was let in")
	}
	k.Eventually("the refusal is listed", func() bool {
		var rows json.RawMessage
		k.MustDo(app.OpChargerRefused, app.None{}, &rows)
		return strings.Contains(string(rows), k.identity) && strings.Contains(string(rows), "subprotocol")
	})
}

func passwordTakenAway(k *play) {
	empty, right := "", "a password of its own"
	k.password = &empty
	k.boot(ocpp16).close()
	k.MustDo(app.OpChargerPassword, app.ChargerPassword{Charger: k.identity, Password: right}, &app.ChangedPassword{})
	if _, err := k.dials(ocpp16); err == nil {
		k.Error("the empty password of a charger that has one was taken")
	}
	k.password = &right
	k.boot(ocpp16).close() // from now on, less is not accepted
	k.MustDo(app.OpChargerPassword, app.ChargerPassword{Charger: k.identity, Remove: true}, &app.ChangedPassword{})
	k.password = &empty
	k.boot(ocpp16).close()
	k.password = nil
	k.boot(ocpp16)
}

func bootLoop(k *play) {
	st := k.connect(ocpp16)
	for range 5 {
		kind, rest := st.exchange("1", "BootNotification", `{"chargePointVendor":"Maker","chargePointModel":"Box"}`)
		if kind != 3 || !strings.Contains(string(rest[0]), `"Accepted"`) {
			k.Errorf("answered %s", rest)
		}
	}
	st.says("Available")
	k.shows("Available")
}

func bootIsToldUTC(k *play) {
	for _, protocol := range []string{ocpp16, ocpp201, ocpp21} {
		st := k.connect(protocol)
		var answer struct{ CurrentTime string }
		for _, action := range []string{"BootNotification", "Heartbeat"} {
			payload := `{}`
			if action == "BootNotification" {
				payload = `{"chargePointVendor":"M","chargePointModel":"B"}`
				if protocol != ocpp16 {
					payload = `{"reason":"PowerUp","chargingStation":{"vendorName":"M","model":"B"}}`
				}
			}
			k.decode(st.sends(action, payload), &answer)
			told, err := time.Parse("2006-01-02T15:04:05.000Z", answer.CurrentTime)
			if off := time.Since(told); err != nil || off < -time.Second || off > patience {
				k.Errorf("%s: %s told %q, %v off, %v", protocol, action, answer.CurrentTime, off, err)
			}
		}
	}
}

func messageIDAgain(k *play) {
	st := k.connect(ocpp201)
	event := func(seq, state string) string {
		return `{"eventType":"` + map[bool]string{true: "Started", false: "Updated"}[seq == "0"] + `","timestamp":"` + now() + `","triggerReason":"CablePluggedIn","seqNo":` + seq +
			`,"evse":{"id":1,"connectorId":1},"transactionInfo":{"transactionId":"` + k.identity + `","chargingState":"` + state + `"}}`
	}
	for _, payload := range []string{event("0", "EVConnected"), event("1", "Charging"), event("1", "Charging"), event("2", "SuspendedEV")} {
		if kind, rest := st.exchange("always-the-same", "TransactionEvent", payload); kind != 3 {
			k.Errorf("%s: %s", payload, rest)
		}
	}
	k.shows("SuspendedEV")
}

func callsCross(k *play) {
	st := k.boot(ocpp16)
	asked := k.gives("commands", `{"action":"GetConfiguration","payload":{"key":["HeartbeatInterval"]}}`)
	c := st.gets("GetConfiguration")
	// A charger that does one thing at a time finishes its own first.
	st.says("Preparing")
	st.sends("Authorize", `{"idTag":"C0FFEE01"}`)
	st.lives()
	st.answers3(c, `{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"}]}`)
	asked.comes("answered", "")
	k.shows("Preparing")
}

func lateAnswer(k *play) {
	st := k.boot(ocpp16)
	asked := k.gives("commands", `{"action":"GetConfiguration","payload":{"key":["ChargingScheduleAllowedChargingRateUnit"]},"timeoutSeconds":1}`)
	late := st.gets("GetConfiguration")
	asked.comes("timedOut", "")
	st.answers3(late, `{"configurationKey":[{"key":"ChargingScheduleAllowedChargingRateUnit","readonly":true,"value":"Current"}]}`)
	st.answers3(call{id: "never-sent"}, `{}`)
	st.write(`[4,"never-sent-either","InternalError","",{}]`)
	st.lives()
	next := k.gives("clear-cache", `{}`)
	st.answers3(st.gets("ClearCache"), `{"status":"Accepted"}`)
	next.comes("answered", "accepted")
}

func probeOfAnotherVersion(k *play) {
	k.boot(ocpp16).close()
	probe := k.connect(ocpp16)
	st := k.connect(ocpp201, ocpp16)
	probe.conn.Close()
	if st.protocol != ocpp201 {
		k.Fatalf("%s was chosen", st.protocol)
	}
	if status := st.boots(); status != "Accepted" {
		k.Errorf("the boot was answered %s", status)
	}
	st.says("Occupied")
	k.shows("Preparing")
	asked := k.gives("clear-cache", `{}`)
	st.answers3(st.gets("ClearCache"), `{"status":"Accepted"}`)
	if told := asked.comes("answered", "accepted"); told["protocol"] != ocpp201 {
		k.Errorf("given over %v", told["protocol"])
	}
}

func nothingUnasked(k *play) {
	st := k.boot(ocpp16)
	// What a set-up needs, and nothing else, until it ends with the local list.
	for {
		select {
		case c := <-st.calls:
			switch c.action {
			case "GetConfiguration":
				st.answers3(c, `{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"}]}`)
			case "GetLocalListVersion":
				st.write(`[4,"` + c.id + `","NotSupported","",{}]`)
				st.lives()
				return
			default:
				k.Errorf("the server sent %s %s unasked", c.action, c.payload)
			}
		case <-time.After(patience):
			k.Fatal("the set-up did not end")
		}
	}
}

// setUp answers the calls of the set-up until one of another action comes.
func (st *station) setUp() call {
	st.k.Helper()
	for {
		select {
		case c := <-st.calls:
			switch c.action {
			case "GetBaseReport", "GetVariables", "GetLocalListVersion", "GetConfiguration":
				st.write(`[4,"` + c.id + `","NotSupported","",{}]`)
			default:
				return c
			}
		case <-time.After(patience):
			st.k.Fatal("nothing came")
		}
	}
}

func statusIsAskedFor(k *play) {
	st := k.boot(ocpp201)
	asked := k.gives("availability", `{"operative":false}`)
	c := st.setUp()
	if c.action != "ChangeAvailability" {
		k.Fatalf("the server sent %s %s", c.action, c.payload)
	}
	st.answers3(c, `{"status":"Accepted"}`)
	asked.comes("answered", "accepted")
	if c = st.setUp(); c.action != "TriggerMessage" || !strings.Contains(string(c.payload), `"StatusNotification"`) {
		k.Fatalf("the server sent %s %s", c.action, c.payload)
	}
	st.answers3(c, `{"status":"Accepted"}`)
	st.says("Unavailable")
	k.shows("Unavailable")
}

func statusBeforeTheBoot(k *play) {
	if r := k.post("/api/chargers/"+itoa(k.charger)+"/next-boot", `{"answer":"Pending"}`); r.status != 200 {
		k.Fatalf("next-boot: %d %s %v", r.status, r.body, r.err)
	}
	st := k.connect(ocpp201)
	if status := st.boots(); status != "Pending" {
		k.Fatalf("the boot was answered %s", status)
	}
	code := st.refused("StatusNotification", `{"evseId":1,"connectorId":1,"connectorStatus":"Occupied","timestamp":"`+now()+`"}`)
	if code != "SecurityError" {
		k.Errorf("refused with %s", code)
	}
	if status := st.boots(); status != "Accepted" {
		k.Fatalf("the second boot was answered %s", status)
	}
	c := st.setUp()
	if c.action != "TriggerMessage" {
		k.Fatalf("the server sent %s %s", c.action, c.payload)
	}
	st.answers3(c, `{"status":"Accepted"}`)
	st.says("Occupied")
	k.shows("Preparing")
}
