package conformance

import (
	"fmt"
	"net/http"
)

func cases201Provisioning() []testCase {
	return []testCase{
		{id: "B_01", profile: "Core M", title: "BootNotification Accepted, connector states, heartbeat", run: func(k *play) {
			st := k.connect(dial{})
			if status := st.bootAs("PowerUp"); status != "Accepted" {
				k.Fatalf("the boot was answered %s", status)
			}
			st.status(1, "Available")
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Delta","actualValue":"Available","eventNotificationType":"HardWiredNotification","component":{"name":"Connector","evse":{"id":2,"connectorId":1}},"variable":{"name":"AvailabilityState"}}]}`)
			st.call("Heartbeat", `{}`)
			st.shows(1, "Available")
			st.shows(2, "Available")
		}},
		{id: "B_02", profile: "Core C", title: "first Pending, then Accepted", run: func(k *play) {
			st := k.connect(dial{})
			k.nextBoot(st, "Pending")
			if status := st.bootAs("PowerUp"); status != "Pending" {
				k.Errorf("the first boot was answered %s", status)
			}
			if status := st.bootAs("PowerUp"); status != "Accepted" {
				k.Errorf("the second boot was answered %s", status)
			}
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "B_06", profile: "Core M", title: "GetVariables of one variable (OCPPCommCtrlr.OfflineThreshold), attributeType absent or Actual", run: exchange("GetVariables", `{"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}}]}`, `{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"60","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}}]}`)},
		{id: "B_07", profile: "Core C", title: "GetVariables of two (OfflineThreshold, AuthorizeRemoteStart) in one message", run: exchange("GetVariables", `{"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}},{"component":{"name":"AuthCtrlr"},"variable":{"name":"AuthorizeRemoteStart"}}]}`, `{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"60","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}},{"attributeStatus":"Accepted","attributeValue":"false","component":{"name":"AuthCtrlr"},"variable":{"name":"AuthorizeRemoteStart"}}]}`)},
		{id: "B_08", profile: "Core", title: "five variables requested while the station allows 4 per message → split 4 + 1", run: func(k *play) {
			st := k.station()
			// What the station allows is known from its report.
			st.call("NotifyReport", `{"requestId":1,"generatedAt":"`+now()+`","seqNo":0,"reportData":[{"component":{"name":"DeviceDataCtrlr"},"variable":{"name":"ItemsPerMessage","instance":"GetVariables"},"variableAttribute":[{"type":"Actual","value":"4","mutability":"ReadOnly"}]}]}`)
			p := k.ask(st, "get-configuration", `{"keys":["OCPPCommCtrlr.OfflineThreshold","AuthCtrlr.AuthorizeRemoteStart","OCPPCommCtrlr.HeartbeatInterval","TxCtrlr.EVConnectionTimeOut","SampledDataCtrlr.TxUpdatedInterval"]}`)
			counts := []int{4, 1}
			for _, want := range counts {
				got := st.expect("GetVariables")
				var asked struct{ GetVariableData []map[string]any }
				k.decode(got.payload, &asked)
				if len(asked.GetVariableData) != want {
					k.Errorf("asked for %d variables, want %d", len(asked.GetVariableData), want)
				}
				var results []map[string]any
				for _, d := range asked.GetVariableData {
					d["attributeStatus"], d["attributeValue"] = "Accepted", "1"
					results = append(results, d)
				}
				st.answer(got, string(mustJSON(map[string]any{"getVariableResult": results})))
			}
			if told := p.wait(); told["status"] != "answered" {
				k.Errorf("the operator sees %v", told)
			}
		}},
		{id: "B_09", profile: "Core M", title: "SetVariables OfflineThreshold = \"123\"", run: exchange("SetVariables", `{"setVariableData":[{"attributeValue":"123","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}}]}`, `{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}}]}`)},
		{id: "B_10", profile: "Core C", title: "SetVariables of two in one message", run: exchange("SetVariables", `{"setVariableData":[{"attributeValue":"123","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}},{"attributeValue":"false","component":{"name":"AuthCtrlr"},"variable":{"name":"AuthorizeRemoteStart"}}]}`, `{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"OfflineThreshold"}},{"attributeStatus":"Accepted","component":{"name":"AuthCtrlr"},"variable":{"name":"AuthorizeRemoteStart"}}]}`)},
		{id: "B_12", profile: "Core C, DevMgmt M", title: "GetBaseReport ConfigurationInventory, multi-part NotifyReport shown to the operator", run: func(k *play) {
			st := k.station()
			k.send(st, "GetBaseReport", `{"requestId":11,"reportBase":"ConfigurationInventory"}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyReport", fmt.Sprintf(`{"requestId":11,"generatedAt":%q,"seqNo":%d,"tbc":%v,"reportData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"Part%d"},"variableAttribute":[{"type":"Actual","value":"v%d","mutability":"ReadWrite"}]}]}`, now(), seq, seq == 0, seq, seq))
			}
			for seq := range 2 {
				st.showsVariable("OCPPCommCtrlr", fmt.Sprintf("Part%d", seq), fmt.Sprintf("v%d", seq))
			}
		}},
		{id: "B_13", profile: "Core C", title: "GetBaseReport FullInventory", run: func(k *play) {
			st := k.station()
			k.send(st, "GetBaseReport", `{"requestId":11,"reportBase":"FullInventory"}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyReport", fmt.Sprintf(`{"requestId":11,"generatedAt":%q,"seqNo":%d,"tbc":%v,"reportData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"Part%d"},"variableAttribute":[{"type":"Actual","value":"v%d","mutability":"ReadWrite"}]}]}`, now(), seq, seq == 0, seq, seq))
			}
			for seq := range 2 {
				st.showsVariable("OCPPCommCtrlr", fmt.Sprintf("Part%d", seq), fmt.Sprintf("v%d", seq))
			}
		}},
		{id: "B_14", profile: "DevMgmt M", title: "GetBaseReport SummaryInventory", run: func(k *play) {
			st := k.station()
			k.send(st, "GetBaseReport", `{"requestId":11,"reportBase":"SummaryInventory"}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyReport", fmt.Sprintf(`{"requestId":11,"generatedAt":%q,"seqNo":%d,"tbc":%v,"reportData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"Part%d"},"variableAttribute":[{"type":"Actual","value":"v%d","mutability":"ReadWrite"}]}]}`, now(), seq, seq == 0, seq, seq))
			}
			for seq := range 2 {
				st.showsVariable("OCPPCommCtrlr", fmt.Sprintf("Part%d", seq), fmt.Sprintf("v%d", seq))
			}
		}},
		{id: "B_18", profile: "DevMgmt M", title: "GetReport with criteria Problem, then Available, + EVSE 1 AvailabilityState; EmptyResultSet handled", run: func(k *play) {
			st := k.station()
			k.send(st, "GetReport", `{"requestId":12,"componentCriteria":["Problem"]}`, `{"status":"EmptyResultSet"}`)
			k.send(st, "GetReport", `{"requestId":13,"componentCriteria":["Available"],"componentVariable":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`, `{"status":"Accepted"}`)
			st.call("NotifyReport", `{"requestId":13,"generatedAt":"`+now()+`","seqNo":0,"reportData":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"},"variableAttribute":[{"type":"Actual","value":"Available","mutability":"ReadOnly"}]}]}`)
			st.showsVariable("EVSE", "AvailabilityState", "Available")
		}},
		{id: "B_20", profile: "Core M", title: "Reset OnIdle, idle station", run: func(k *play) {
			st := k.station()
			k.send(st, "Reset", `{"type":"OnIdle"}`, `{"status":"Accepted"}`)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if status := st.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
		}},
		{id: "B_21", profile: "Core M", title: "Reset OnIdle during a transaction (Scheduled)", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "Reset", `{"type":"OnIdle"}`, `{"status":"Scheduled"}`)
			tx.end("ResetCommand")
			st.charges(1, false)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if status := st.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
		}},
		{id: "B_22", profile: "Core M", title: "Reset Immediate during a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "Reset", `{"type":"Immediate"}`, `{"status":"Accepted"}`)
			tx.end("ResetCommand")
			st.charges(1, false)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if status := st.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
		}},
		{id: "B_25", profile: "Core C", title: "Reset of one EVSE (evseId), idle", run: func(k *play) {
			st := k.station()
			k.send(st, "Reset", `{"type":"OnIdle","evseId":1}`, `{"status":"Accepted"}`)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "B_26", profile: "Core C", title: "Reset of one EVSE OnIdle during a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "Reset", `{"type":"OnIdle","evseId":1}`, `{"status":"Scheduled"}`)
			tx.end("ResetCommand")
			st.charges(1, false)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "B_27", profile: "Core C", title: "Reset of one EVSE Immediate during a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "Reset", `{"type":"Immediate","evseId":1}`, `{"status":"Accepted"}`)
			tx.end("ResetCommand")
			st.charges(1, false)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "B_30", profile: "Core C", title: "not yet accepted: any other CALL → CALLERROR SecurityError", run: func(k *play) {
			st := k.connect(dial{})
			k.nextBoot(st, "Pending")
			st.bootAs("PowerUp")
			if code := st.callRefused("Heartbeat", `{}`); code != "SecurityError" {
				k.Errorf("a Heartbeat before the boot was accepted was refused with %s", code)
			}
			if code := st.callRefused("StatusNotification", `{"timestamp":"`+now()+`","connectorStatus":"Available","evseId":1,"connectorId":1}`); code != "SecurityError" {
				k.Errorf("a status before the boot was accepted was refused with %s", code)
			}
			if status := st.bootAs("PowerUp"); status != "Accepted" {
				k.Errorf("the second boot was answered %s", status)
			}
		}},
		{id: "B_31", profile: "Core C", title: "Pending/Rejected, then TriggerMessage BootNotification before the interval is over → Accepted", run: func(k *play) {
			for _, answer := range []string{"Pending", "Rejected"} {
				st := k.connect(dial{})
				k.nextBoot(st, answer)
				if status := st.bootAs("PowerUp"); status != answer {
					k.Errorf("the boot was answered %s, want %s", status, answer)
				}
				k.send(st, "TriggerMessage", `{"requestedMessage":"BootNotification"}`, `{"status":"Accepted"}`)
				if status := st.bootAs("Triggered"); status != "Accepted" {
					k.Errorf("the triggered boot was answered %s", status)
				}
			}
		}},
		{id: "B_42", profile: "Core M", title: "SetNetworkProfile: slot, URL, interface, timeout, JSON, OCPP20, profile", run: exchange("SetNetworkProfile", `{"configurationSlot":1,"connectionData":{"ocppVersion":"OCPP20","ocppTransport":"JSON","ocppCsmsUrl":"wss://csms.example.org/ocpp","messageTimeout":30,"securityProfile":2,"ocppInterface":"Wired0"}}`, `{"status":"Accepted"}`)},
		{id: "B_44", profile: "Core M", title: "SetNetworkProfile answered Failed", run: exchange("SetNetworkProfile", `{"configurationSlot":1,"connectionData":{"ocppVersion":"OCPP20","ocppTransport":"JSON","ocppCsmsUrl":"wss://csms.example.org/ocpp","messageTimeout":30,"securityProfile":2,"ocppInterface":"Wired0"}}`, `{"status":"Failed"}`)},
		{id: "B_58", profile: "Core M", title: "upgrade offering only an unknown subprotocol → refused; a list with one good entry → that one selected", run: func(k *play) {
			identity := k.identity()
			k.addCharger(identity, "")
			if _, status, err := k.open(dial{identity: identity, protocols: []string{"ocpp0.1"}}); err == nil || status != http.StatusBadRequest {
				k.Errorf("an unknown subprotocol alone was answered %d %v", status, err)
			}
			st, _, err := k.open(dial{identity: identity, protocols: []string{"ocpp0.1", k.v.protocol}})
			if err != nil || st.protocol != k.v.protocol {
				k.Errorf("a list with a known one was answered %v", err)
			}
		}},
	}
}
