package conformance

import (
	"fmt"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func cases201Diagnostics() []testCase {
	return []testCase{
		{id: "N_01", profile: "DevMgmt M", title: "GetMonitoringReport by criteria (Delta, Threshold), empty set handled", run: func(k *play) {
			st := k.station()
			k.send(st, "GetMonitoringReport", `{"requestId":60,"monitoringCriteria":["ThresholdMonitoring"]}`, `{"status":"EmptyResultSet"}`)
			k.send(st, "GetMonitoringReport", `{"requestId":61,"monitoringCriteria":["DeltaMonitoring"]}`, `{"status":"Accepted"}`)
			st.reportMonitor()
			st.noted("monitoringReport", "AvailabilityState")
		}},
		{id: "N_02", profile: "DevMgmt M", title: "GetMonitoringReport by component/variable", run: func(k *play) {
			st := k.station()
			k.send(st, "GetMonitoringReport", `{"requestId":61,"componentVariable":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`, `{"status":"Accepted"}`)
			st.reportMonitor()
			st.noted("monitoringReport", "AvailabilityState")
		}},
		{id: "N_03", profile: "DevMgmt M", title: "… both", run: func(k *play) {
			st := k.station()
			k.send(st, "GetMonitoringReport", `{"requestId":61,"monitoringCriteria":["DeltaMonitoring"],"componentVariable":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`, `{"status":"Accepted"}`)
			st.reportMonitor()
			st.noted("monitoringReport", "AvailabilityState")
		}},
		{id: "N_05", profile: "DevMgmt M", title: "SetMonitoringBase All, FactoryDefault, HardWiredOnly", run: func(k *play) {
			st := k.station()
			for _, base := range []string{"All", "FactoryDefault", "HardWiredOnly"} {
				k.send(st, "SetMonitoringBase", `{"monitoringBase":"`+base+`"}`, `{"status":"Accepted"}`)
			}
		}},
		{id: "N_08", profile: "DevMgmt M", title: "SetVariableMonitoring one Delta monitor", run: exchange("SetVariableMonitoring", `{"setMonitoringData":[{"value":1,"type":"Delta","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`, `{"setMonitoringResult":[{"id":1,"status":"Accepted","type":"Delta","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`)},
		{id: "N_09", profile: "DevMgmt", title: "SetVariableMonitoring several", run: exchange("SetVariableMonitoring", `{"setMonitoringData":[{"value":1,"type":"Delta","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}},{"value":1,"type":"UpperThreshold","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`, `{"setMonitoringResult":[{"id":1,"status":"Accepted","type":"Delta","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}},{"id":2,"status":"Accepted","type":"UpperThreshold","severity":8,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)},
		{id: "N_16", profile: "DevMgmt M", title: "SetMonitoringLevel 4", run: exchange("SetMonitoringLevel", `{"severity":4}`, `{"status":"Accepted"}`)},
		{id: "N_17", profile: "DevMgmt M", title: "SetMonitoringLevel out of range, Rejected", run: exchange("SetMonitoringLevel", `{"severity":10}`, `{"status":"Rejected"}`)},
		{id: "N_18", profile: "DevMgmt M", title: "ClearVariableMonitoring split by ItemsPerMessage", run: func(k *play) {
			st := k.station()
			// The operator finds what the station allows, and a command is a message.
			st.call("NotifyReport", `{"requestId":1,"generatedAt":"`+now()+`","seqNo":0,"reportData":[{"component":{"name":"MonitoringCtrlr"},"variable":{"name":"ItemsPerMessage","instance":"ClearVariableMonitoring"},"variableAttribute":[{"type":"Actual","value":"2","mutability":"ReadOnly"}]}]}`)
			st.showsVariable("MonitoringCtrlr", "ItemsPerMessage", "2")
			k.send(st, "ClearVariableMonitoring", `{"id":[1,2]}`, `{"clearMonitoringResult":[{"id":1,"status":"Accepted"},{"id":2,"status":"Accepted"}]}`)
			k.send(st, "ClearVariableMonitoring", `{"id":[3]}`, `{"clearMonitoringResult":[{"id":3,"status":"Accepted"}]}`)
		}},
		{id: "N_21", profile: "DevMgmt M", title: "NotifyEvent of a HardWiredMonitor → empty response", run: func(k *play) {
			st := k.station()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Alerting","actualValue":"1","eventNotificationType":"HardWiredMonitor","variableMonitoringId":1,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
		}},
		{id: "N_24", profile: "DevMgmt M", title: "NotifyEvent periodic → empty response", run: func(k *play) {
			st := k.station()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Periodic","actualValue":"1","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
		}},
		{id: "N_25", profile: "Core M", title: "GetLog DiagnosticsLog", run: func(k *play) {
			st := k.station()
			k.send(st, "GetLog", `{"logType":"DiagnosticsLog","requestId":62,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"Accepted","filename":"d.log"}`)
			for _, status := range []string{"Uploading", "Uploaded"} {
				st.call("LogStatusNotification", `{"status":"`+status+`","requestId":62}`)
				st.noted("log", status)
			}
		}},
		{id: "N_27", profile: "Core M", title: "CustomerInformation report, data in NotifyCustomerInformation parts", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":true,"clear":false,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"two sessions","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "two sessions")
		}},
		{id: "N_28", profile: "Core M", title: "CustomerInformation report, no data", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":true,"clear":false,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"no data found","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "no data found")
		}},
		{id: "N_29", profile: "Core M", title: "CustomerInformation not accepted", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":true,"clear":false,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Rejected"}`)
		}},
		{id: "N_30", profile: "Core M", title: "CustomerInformation clear + report, data", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":true,"clear":true,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"two sessions","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "two sessions")
		}},
		{id: "N_31", profile: "Core M", title: "clear + report, no data", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":true,"clear":true,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"no data found","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "no data found")
		}},
		{id: "N_32", profile: "Core M", title: "clear only", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":false,"clear":true,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"cleared","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "cleared")
		}},
		{id: "N_34", profile: "Core M", title: "GetLog Rejected", run: exchange("GetLog", `{"logType":"DiagnosticsLog","requestId":62,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"Rejected"}`)},
		{id: "N_35", profile: "Core M", title: "GetLog SecurityLog", run: func(k *play) {
			st := k.station()
			k.send(st, "GetLog", `{"logType":"SecurityLog","requestId":62,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"Accepted","filename":"s.log"}`)
			for _, status := range []string{"Uploading", "Uploaded"} {
				st.call("LogStatusNotification", `{"status":"`+status+`","requestId":62}`)
				st.noted("log", status)
			}
		}},
		{id: "N_36", profile: "Core M", title: "second GetLog while uploading (AcceptedCanceled)", run: func(k *play) {
			st := k.station()
			k.send(st, "GetLog", `{"logType":"DiagnosticsLog","requestId":62,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"Accepted","filename":"d.log"}`)
			for _, status := range []string{"Uploading"} {
				st.call("LogStatusNotification", `{"status":"`+status+`","requestId":62}`)
				st.noted("log", status)
			}
			k.send(st, "GetLog", `{"logType":"DiagnosticsLog","requestId":63,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"AcceptedCanceled","filename":"d2.log"}`)
			st.call("LogStatusNotification", `{"status":"AcceptedCanceled","requestId":62}`)
		}},
		{id: "N_44", profile: "DevMgmt M", title: "ClearVariableMonitoring Rejected", run: exchange("ClearVariableMonitoring", `{"id":[1]}`, `{"clearMonitoringResult":[{"id":1,"status":"Rejected"}]}`)},
		{id: "N_46", profile: "LocalList M", title: "after clearing a customer that was on the local list → SendLocalList Differential", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":false,"clear":true,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.call("NotifyCustomerInformation", `{"data":"cleared","seqNo":0,"generatedAt":"`+now()+`","requestId":64}`)
			k.send(st, "SendLocalList", `{"versionNumber":2,"updateType":"Differential","localAuthorizationList":[{"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}]}`, `{"status":"Accepted"}`)
		}},
		{id: "N_47", profile: "DevMgmt M", title: "GetMonitoringReport without filter", run: func(k *play) {
			st := k.station()
			k.send(st, "GetMonitoringReport", `{"requestId":61}`, `{"status":"Accepted"}`)
			st.reportMonitor()
			st.noted("monitoringReport", "AvailabilityState")
		}},
		{id: "N_48", profile: "DevMgmt", title: "event of a write-only variable (empty actualValue)", run: func(k *play) {
			st := k.station()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Delta","actualValue":"","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
		}},
		{id: "N_49", profile: "DevMgmt M", title: "threshold cleared after reboot", run: func(k *play) {
			st := k.station()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Alerting","actualValue":"1","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"cleared":true,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			st.boot()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Alerting","actualValue":"1","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"cleared":true,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
		}},
		{id: "N_50", profile: "DevMgmt M", title: "periodic event after reboot", run: func(k *play) {
			st := k.station()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Periodic","actualValue":"1","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			st.boot()
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"tbc":false,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Periodic","actualValue":"1","eventNotificationType":"CustomMonitor","variableMonitoringId":1,"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}`)
		}},
		{id: "N_60", profile: "DevMgmt M", title: "GetMonitoringReport criteria + list of components", run: func(k *play) {
			st := k.station()
			k.send(st, "GetMonitoringReport", `{"requestId":61,"monitoringCriteria":["DeltaMonitoring"],"componentVariable":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"}}]}`, `{"status":"Accepted"}`)
			st.reportMonitor()
			st.noted("monitoringReport", "AvailabilityState")
		}},
		{id: "N_62", profile: "Core C", title: "clear by customerIdentifier", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":false,"clear":true,"customerIdentifier":"OpenChargeAlliance"}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"cleared","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "cleared")
		}},
		{id: "N_63", profile: "ISO15118 C", title: "clear by customerCertificate hash", run: func(k *play) {
			st := k.station()
			k.send(st, "CustomerInformation", `{"requestId":64,"report":false,"clear":true,"customerCertificate":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}`, `{"status":"Accepted"}`)
			for seq := range 2 {
				st.call("NotifyCustomerInformation", fmt.Sprintf(`{"data":"cleared","seqNo":%d,"tbc":%v,"generatedAt":%q,"requestId":64}`, seq, seq == 0, now()))
			}
			st.noted("customerInformation", "cleared")
		}},
	}
}

// reportMonitor reports a monitor for the request 61; 2.1 wants to know of what
// kind it is.
func (st *station) reportMonitor() {
	st.k.Helper()
	kind := ""
	if st.version == ocpp.V21 {
		kind = `,"eventNotificationType":"CustomMonitor"`
	}
	st.call("NotifyMonitoringReport", `{"requestId":61,"seqNo":0,"generatedAt":"`+now()+`","monitor":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"AvailabilityState"},"variableMonitoring":[{"id":1,"transaction":false,"value":1,"type":"Delta","severity":8`+kind+`}]}]}`)
}
