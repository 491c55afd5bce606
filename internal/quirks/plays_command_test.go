package quirks

import (
	"strings"
	"time"
)

func errorOfFourElements(k *play) {
	st := k.boot(ocpp16)
	asked := k.gives("commands", `{"action":"GetConfiguration","payload":{"key":["HeartbeatInterval"]}}`)
	c := st.gets("GetConfiguration")
	st.write(`[4,"` + c.id + `","FormationViolation",""]`)
	told := asked.comes("refused", "")
	if failure, _ := told["error"].(map[string]any); failure["code"] != "FormationViolation" {
		k.Errorf("the operator is told %v", told["error"])
	}
	// What it cannot do for some keys, it may do for all.
	asked = k.gives("commands", `{"action":"GetConfiguration","payload":{}}`)
	c = st.gets("GetConfiguration")
	st.write(`[3,"` + c.id + `",{"configurationKey":[`)
	asked.comes("unknown", "")
	st.lives()
}

func triggerRejected(k *play) {
	st := k.boot(ocpp16)
	for _, body := range []string{`{"message":"meters","port":1}`, `{"message":"status"}`} {
		asked := k.gives("trigger", body)
		c := st.gets("TriggerMessage")
		if strings.Contains(string(c.payload), `"connectorId":0`) {
			k.Errorf("the charger was sent %s", c.payload)
		}
		st.answers3(c, `{"status":"Rejected"}`)
		asked.comes("answered", "rejected")
	}
	id := st.starts("C0FFEE01", 0)
	st.samples(id, `{"value":"500"}`)
	if k.session() == nil {
		k.Error("no session is shown")
	}
}

func oddConfiguration(k *play) {
	st := k.boot(ocpp16)
	asked := k.gives("commands", `{"action":"GetConfiguration","payload":{}}`)
	odd := `{"configurationKey":[{"key":"HeartbeatInterval","readonly":"false","value":300},{"key":"Unset","readonly":true}],"unknownKey":null}`
	st.answers3(st.gets("GetConfiguration"), odd)
	told := asked.comes("answered", "")
	if r, _ := told["response"].(map[string]any); len(r["configurationKey"].([]any)) != 2 {
		k.Errorf("the operator is told %v", told["response"])
	}
}

func startRejected(k *play) {
	st := k.boot(ocpp16)
	asked := k.gives("start", `{"tag":"C0FFEE01"}`)
	c := st.gets("RemoteStartTransaction")
	if !strings.Contains(string(c.payload), `"idTag":"C0FFEE01"`) {
		k.Errorf("the charger was sent %s", c.payload)
	}
	st.answers3(c, `{"status":"Rejected"}`)
	asked.comes("answered", "rejected")
	if r := k.post("/api/chargers/"+itoa(k.charger)+"/start", `{}`); r.status != 400 || !strings.Contains(string(r.body), "tag: is missing") {
		k.Errorf("a start without a tag: %d %s", r.status, r.body)
	}
}

func profileRejected(k *play) {
	st := k.boot(ocpp16)
	id := st.starts("C0FFEE01", 0)
	for _, status := range []string{"Rejected", "NotSupported"} {
		asked := k.gives("charging-profile", `{"port":1,"profile":{"purpose":"session","kind":"relative","stackLevel":0,"unit":"W","periods":[{"limit":9123.5}]}}`)
		c := st.gets("SetChargingProfile")
		for _, part := range []string{`"limit":9123.5`, `"chargingRateUnit":"W"`, `"chargingProfileKind":"Relative"`, `"transactionId":` + itoa(id), `"stackLevel":0`} {
			if !strings.Contains(string(c.payload), part) {
				k.Errorf("the charger was sent %s, without %s", c.payload, part)
			}
		}
		st.answers3(c, `{"status":"`+status+`"}`)
		asked.comes("answered", map[string]string{"Rejected": "rejected", "NotSupported": "notSupported"}[status])
	}
	// It asks about each remote start, with the operator's own tag.
	if answer := string(st.sends("Authorize", `{"idTag":"C0FFEE01"}`)); answer != `{"idTagInfo":{"status":"Accepted"}}` {
		k.Errorf("answered %s", answer)
	}
	st.quiet()
}

func profileRefused2x(k *play) {
	st := k.boot(ocpp201)
	asked := k.gives("charging-profile", `{"port":1,"profile":{"purpose":"default","unit":"A","periods":[{"limit":16}]}}`)
	c := st.gets("SetChargingProfile")
	st.write(`[4,"` + c.id + `","OccurrenceConstraintViolation","csChargingProfiles is missing",{}]`)
	told := asked.comes("refused", "")
	if failure, _ := told["error"].(map[string]any); !strings.Contains(failure["description"].(string), "csChargingProfiles") {
		k.Errorf("the operator is told %v", told["error"])
	}
	st.quiet()
	// Starting and stopping go on.
	next := k.gives("start", `{"tag":"C0FFEE01"}`)
	st.answers3(st.gets("RequestStartTransaction"), `{"status":"Accepted"}`)
	next.comes("answered", "accepted")
}

func inventoryHoldsNothingBack(k *play) {
	st := k.boot(ocpp201)
	st.sends("NotifyReport", `{"requestId":1,"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"reportData":[{"component":{"name":"AuthCtrlr"},`+
		`"variable":{"name":"Enabled"},"variableAttribute":[{"value":"true"}]}]}`)
	asked := k.gives("composite-schedule", `{"port":1,"duration":3600}`)
	st.answers3(st.gets("GetCompositeSchedule"), `{"status":"Rejected"}`)
	asked.comes("answered", "rejected")
}

// quiet sees that nothing is sent that nobody asked for.
func (st *station) quiet() {
	st.k.Helper()
	select {
	case c := <-st.calls:
		st.k.Errorf("the server sent %s %s besides", c.action, c.payload)
	case <-time.After(3 * time.Second):
	}
}
