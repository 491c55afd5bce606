package quirks

import (
	"strconv"
	"strings"
	"time"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// starts begins a session of 1.6 and returns the id that it got.
func (st *station) starts(tag string, meter int) int64 {
	st.k.Helper()
	var answer struct {
		TransactionID int64
		IDTagInfo     struct{ Status string }
	}
	st.k.decode(st.sends("StartTransaction", `{"connectorId":1,"idTag":"`+tag+`","meterStart":`+strconv.Itoa(meter)+`,"timestamp":"`+now()+`"}`), &answer)
	if answer.TransactionID < 1 || answer.TransactionID > 1<<31-1 || answer.IDTagInfo.Status == "" {
		st.k.Errorf("the start was answered %+v", answer)
	}
	return answer.TransactionID
}

func (st *station) samples(id int64, values string) {
	st.k.Helper()
	st.sends("MeterValues", `{"connectorId":1,"transactionId":`+itoa(id)+`,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[`+values+`]}]}`)
}

func (st *station) stops(id int64, meter int) {
	st.k.Helper()
	st.sends("StopTransaction", `{"transactionId":`+itoa(id)+`,"meterStop":`+strconv.Itoa(meter)+`,"timestamp":"`+now()+`","reason":"Local"}`)
}

// event sends a TransactionEvent of the play's only session of 2.x.
func (st *station) event(phase string, seq int, state, more string) {
	st.k.Helper()
	st.sends("TransactionEvent", `{"eventType":"`+phase+`","timestamp":"`+now()+`","triggerReason":"ChargingStateChanged","seqNo":`+strconv.Itoa(seq)+
		`,"evse":{"id":1,"connectorId":1},"transactionInfo":{"transactionId":"`+st.k.identity+`","chargingState":"`+state+`"}`+more+`}`)
}

func unknownTag(k *play) {
	st := k.boot(ocpp16)
	for _, tag := range []string{`ABC\\`, `\\\\\\`, `0`, strings.Repeat("9", 60)} {
		if answer := string(st.sends("Authorize", `{"idTag":"`+tag+`"}`)); answer != `{"idTagInfo":{"status":"Invalid"}}` {
			k.Errorf("%s: answered %s", tag, answer)
		}
	}
}

func startInFinishing(k *play) {
	st := k.boot(ocpp16)
	id := st.starts("C0FFEE01", 1000)
	st.says("Charging")
	// Finishing comes first, and ends nothing.
	st.says("Finishing")
	if k.session() == nil {
		k.Error("Finishing ended the session")
	}
	st.stops(id, 3000)
	k.shows("Finishing")
	asked := k.gives("start", `{"tag":"C0FFEE01"}`)
	st.answers3(st.gets("RemoteStartTransaction"), `{"status":"Accepted"}`)
	asked.comes("answered", "accepted")
	if again := st.starts("C0FFEE01", 3000); again == id {
		k.Errorf("the id %d was given twice", id)
	}
	st.says("Charging")
	k.shows("Charging")
}

func limitZero(k *play) {
	st := k.boot(ocpp16)
	id := st.starts("C0FFEE01", 1000)
	st.says("Charging")
	asked := k.gives("charging-profile", `{"port":1,"profile":{"purpose":"session","unit":"A","periods":[{"limit":0}]}}`)
	c := st.gets("SetChargingProfile")
	if !strings.Contains(string(c.payload), `"limit":0`) || !strings.Contains(string(c.payload), `"transactionId":`+itoa(id)) {
		k.Errorf("the charger was sent %s", c.payload)
	}
	st.answers3(c, `{"status":"Accepted"}`)
	asked.comes("answered", "accepted")
	st.stops(id, 1500)
	st.says("Finishing")
	if s := k.session(); s != nil {
		k.Errorf("shown is %v", s)
	}
	k.shows("Finishing")
	next := k.gives("start", `{"port":1,"tag":"C0FFEE01"}`)
	st.answers3(st.gets("RemoteStartTransaction"), `{"status":"Accepted"}`)
	next.comes("answered", "accepted")
}

func finishingLongAndShort(k *play) {
	st := k.boot(ocpp16)
	for _, after := range [][]string{{"Finishing", "Finishing", "Available"}, {"Available"}, {"Finishing", "Preparing"}} {
		id := st.starts("C0FFEE01", 0)
		st.says("Charging")
		st.stops(id, 700)
		for _, status := range after {
			st.says(status)
			k.shows(status)
			if k.session() != nil {
				k.Errorf("a session runs in %s", status)
			}
		}
	}
}

func nothingFlowsAfterTheStop(k *play) {
	st := k.boot(ocpp16)
	id := st.starts("C0FFEE01", 1000)
	st.says("Charging")
	st.samples(id, `{"value":"7200","measurand":"Power.Active.Import","unit":"W"},{"value":"1500","measurand":"Energy.Active.Import.Register","unit":"Wh"}`)
	readings := func() map[string]any { return k.session()["latestReadings"].(map[string]any) }
	if power, _ := readings()["powerKw"].(map[string]any); power["value"] != 7.2 {
		k.Errorf("power %v", power)
	}
	st.stops(id, 2000)
	// Only the register is sent from now on.
	st.sends("MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":"2000"}]}]}`)
	if s := k.session(); s != nil {
		k.Errorf("shown is %v", s)
	}
	second := st.starts("C0FFEE01", 2000)
	if power := readings()["powerKw"]; power != nil {
		k.Errorf("the next session shows the power %v of the last", power)
	}
	st.stops(second, 2000)
}

func noMeterValues(k *play) {
	st := k.boot(ocpp16)
	id := st.starts("C0FFEE01", 1000)
	st.says("Charging")
	for name, v := range k.session()["latestReadings"].(map[string]any) {
		if v != nil {
			k.Errorf("%s is %v", name, v)
		}
	}
	st.stops(id, 9000)
	if s := k.session(); s != nil {
		k.Errorf("shown is %v", s)
	}
}

func availableInASession(k *play) {
	st := k.boot(ocpp201)
	st.event("Started", 0, "Charging", "")
	st.event("Updated", 1, "SuspendedEV", "")
	st.says("Available")
	if k.session() == nil {
		k.Error("Available ended the session")
	}
	st.event("Updated", 2, "Charging", "")
	k.shows("Charging")
	st.event("Ended", 3, "EVConnected", "")
	if s := k.session(); s != nil {
		k.Errorf("shown is %v", s)
	}
}

func portsBeyondTheInventory(k *play) {
	st := k.boot(ocpp201)
	st.sends("NotifyReport", `{"requestId":1,"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"reportData":[{"component":{"name":"ChargingStation"},`+
		`"variable":{"name":"Model"},"variableAttribute":[{"value":"Box"}]}]}`)
	st.sends("StatusNotification", `{"evseId":2,"connectorId":1,"connectorStatus":"Reserved","timestamp":"`+now()+`"}`)
	st.sends("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Delta","actualValue":"Available",`+
		`"eventNotificationType":"HardWiredNotification","component":{"name":"Connector","evse":{"id":3,"connectorId":1}},"variable":{"name":"AvailabilityState"}}]}`)
	if ports := k.Charger(k.identity)["ports"].([]any); len(ports) != 3 {
		k.Errorf("%d ports are shown", len(ports))
	}
}

func startWithoutPower(k *play) {
	st := k.boot(ocpp201)
	asked := k.gives("start", `{"tag":"C0FFEE01"}`)
	c := st.gets("RequestStartTransaction")
	var payload struct{ RemoteStartID int64 }
	k.decode(c.payload, &payload)
	st.answers3(c, `{"status":"Accepted"}`)
	told := asked.comes("answered", "accepted")
	if told["sessionId"] != nil || k.session() != nil {
		k.Errorf("a start counts as a session: %v", told)
	}
	st.event("Started", 0, "EVConnected", `,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}`)
	st.sends("TransactionEvent", `{"eventType":"Updated","timestamp":"`+now()+`","triggerReason":"RemoteStart","seqNo":1,"transactionInfo":{"transactionId":"`+
		k.identity+`","chargingState":"SuspendedEV","remoteStartId":`+itoa(payload.RemoteStartID)+`}}`)
	k.shows("SuspendedEV")
	if s := k.session(); s == nil || s["energyDeliveredKwh"] != 0.0 || s["latestReadings"].(map[string]any)["powerKw"] != nil {
		k.Errorf("shown is %v", s)
	}
	k.Eventually("the start is confirmed by its session", func() bool {
		_, body := k.Get("/api/commands/" + strconv.FormatFloat(told["id"].(float64), 'f', -1, 64))
		return !strings.Contains(string(body), `"confirmedAt":null`)
	})
}

func idsOfTheirOwn(k *play) {
	st := k.boot(ocpp16)
	seen := map[int64]bool{}
	for i := range 5 {
		id := st.starts([]string{"C0FFEE01", "NOBODY"}[i%2], 1000*i)
		if seen[id] {
			k.Errorf("the id %d was given twice", id)
		}
		seen[id] = true
		time.Sleep(2 * time.Millisecond) // so that no start repeats another
	}
}
