package conformance

import (
	"fmt"
)

func cases201Remote() []testCase {
	return []testCase{
		{id: "F_01", profile: "Core M", title: "RequestStart, cable first", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			k.send(st, "RequestStartTransaction", `{"remoteStartId":21,"evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			tx := st.newTransaction(1)
			if a := tx.event("Started", "RemoteStart", "EVConnected", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the token was answered %q", a.status())
			}
			tx.event("Updated", "ChargingStateChanged", "Charging", "")
			st.shows(1, "Charging")
		}},
		{id: "F_02", profile: "Core M", title: "RequestStart first, station asks Authorize → Accepted", run: func(k *play) {
			st := k.station()
			k.send(st, "RequestStartTransaction", `{"remoteStartId":21,"evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			if status := st.authorize(validTag); status != "Accepted" {
				k.Errorf("the token was answered %s", status)
			}
			st.newTransaction(1).event("Started", "RemoteStart", "Idle", withToken(validTag))
			st.charges(1, true)
		}},
		{id: "F_03", profile: "Core M", title: "RequestStart first, no Authorize", run: func(k *play) {
			st := k.station()
			k.send(st, "RequestStartTransaction", `{"remoteStartId":21,"evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.newTransaction(1).event("Started", "RemoteStart", "Idle", withToken(validTag))
			st.charges(1, true)
		}},
		{id: "F_04", profile: "Core M", title: "RequestStart, cable not plugged in → timeout", run: func(k *play) {
			st := k.station()
			k.send(st, "RequestStartTransaction", `{"remoteStartId":21,"evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			tx := st.newTransaction(1)
			tx.event("Started", "RemoteStart", "Idle", withToken(validTag))
			tx.event("Ended", "EVConnectTimeout", "Idle", "")
			st.charges(1, false)
		}},
		{id: "F_06", profile: "Core C", title: "UnlockConnector evseId + connectorId", run: exchange("UnlockConnector", `{"evseId":1,"connectorId":1}`, `{"status":"Unlocked"}`)},
		{id: "F_11", profile: "Core C", title: "trigger MeterValues, one EVSE", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"MeterValues","evse":{"id":1}}`, `{"status":"Accepted"}`)
			st.call("MeterValues", `{"evseId":1,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Trigger"}]}]}`)
		}},
		{id: "F_12", profile: "Core C", title: "trigger MeterValues, all", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"MeterValues"}`, `{"status":"Accepted"}`)
			st.call("MeterValues", `{"evseId":1,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Trigger"}]}]}`)
			st.call("MeterValues", `{"evseId":2,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Trigger"}]}]}`)
		}},
		{id: "F_13", profile: "Core C", title: "trigger TransactionEvent, one EVSE", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "TriggerMessage", `{"requestedMessage":"TransactionEvent","evse":{"id":1}}`, `{"status":"Accepted"}`)
			tx.event("Updated", "Trigger", "Charging", withEnergy("Trigger", 1600))
			st.charges(1, true)
		}},
		{id: "F_14", profile: "Core C", title: "trigger TransactionEvent, all", run: func(k *play) {
			st := k.station()
			one, two := st.charge(1, validTag), st.charge(2, otherTag)
			k.send(st, "TriggerMessage", `{"requestedMessage":"TransactionEvent"}`, `{"status":"Accepted"}`)
			one.event("Updated", "Trigger", "Charging", "")
			two.event("Updated", "Trigger", "Charging", "")
			st.charges(1, true)
			st.charges(2, true)
		}},
		{id: "F_15", profile: "Core C", title: "trigger LogStatusNotification (Idle)", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"LogStatusNotification"}`, `{"status":"Accepted"}`)
			st.call("LogStatusNotification", `{"status":"Idle"}`)
		}},
		{id: "F_18", profile: "Core C", title: "trigger FirmwareStatusNotification (Idle)", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"FirmwareStatusNotification"}`, `{"status":"Accepted"}`)
			st.call("FirmwareStatusNotification", `{"status":"Idle"}`)
		}},
		{id: "F_20", profile: "Core M", title: "trigger Heartbeat", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"Heartbeat"}`, `{"status":"Accepted"}`)
			st.call("Heartbeat", `{}`)
		}},
		{id: "F_23", profile: "Core C", title: "trigger StatusNotification, evse.id + connectorId, Available", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"StatusNotification","evse":{"id":1,"connectorId":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "F_24", profile: "Core C", title: "the same, Occupied", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"StatusNotification","evse":{"id":1,"connectorId":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Occupied")
			st.shows(1, "Preparing")
		}},
		{id: "F_27", profile: "Core M", title: "trigger answered NotImplemented", run: func(k *play) {
			st := k.station()
			k.send(st, "TriggerMessage", `{"requestedMessage":"FirmwareStatusNotification"}`, `{"status":"NotImplemented"}`)
		}},
		{id: "G_03", profile: "Core M", title: "ChangeAvailability EVSE → Inoperative (evse.id only)", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative","evse":{"id":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
		}},
		{id: "G_04", profile: "Core M", title: "EVSE → Operative", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "G_05", profile: "Core M", title: "whole station → Inoperative (evse omitted)", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative"}`, `{"status":"Accepted"}`)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
			st.status(2, "Unavailable")
			st.shows(2, "Unavailable")
		}},
		{id: "G_06", profile: "Core M", title: "whole station → Operative", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Operative"}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
			st.status(2, "Available")
			st.shows(2, "Available")
		}},
		{id: "G_07", profile: "Core M", title: "one connector → Inoperative (evse.id + evse.connectorId)", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative","evse":{"id":1,"connectorId":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
		}},
		{id: "G_08", profile: "Core M", title: "one connector → Operative", run: func(k *play) {
			st := k.station()
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Operative","evse":{"id":1,"connectorId":1}}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "G_11", profile: "Core M", title: "EVSE, transaction running (Scheduled)", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative","evse":{"id":1}}`, `{"status":"Scheduled"}`)
			tx.event("Ended", "StopAuthorized", "Idle", "")
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
		}},
		{id: "G_14", profile: "Core M", title: "station, transaction running", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative"}`, `{"status":"Scheduled"}`)
			tx.event("Ended", "StopAuthorized", "Idle", "")
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
			st.status(2, "Unavailable")
			st.shows(2, "Unavailable")
		}},
		{id: "G_17", profile: "Core M", title: "connector, transaction running", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "ChangeAvailability", `{"operationalStatus":"Inoperative","evse":{"id":1,"connectorId":1}}`, `{"status":"Scheduled"}`)
			tx.event("Ended", "StopAuthorized", "Idle", "")
			st.status(1, "Unavailable")
			st.shows(1, "Unavailable")
		}},
		{id: "G_20", profile: "Core M", title: "lock failure reported by NotifyEvent (ConnectorPlugRetentionLock/Problem) → empty response", run: func(k *play) {
			st := k.station()
			st.status(1, "Faulted")
			st.call("NotifyEvent", `{"generatedAt":"`+now()+`","seqNo":0,"eventData":[{"eventId":1,"timestamp":"`+now()+`","trigger":"Alerting","actualValue":"true","eventNotificationType":"HardWiredNotification","component":{"name":"ConnectorPlugRetentionLock","evse":{"id":1,"connectorId":1}},"variable":{"name":"Problem"}}]}`)
			status := st.port(1)["ocppStatus"].(map[string]any)
			if status["status"] != "Faulted" || status["errorCode"] != "ConnectorLockFailure" {
				k.Errorf("port 1 shows %v", status)
			}
		}},
		{id: "H_01", profile: "Reserv M", title: "ReserveNow on an EVSE, used", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			st.shows(1, "Reserved")
			tx := st.newTransaction(1)
			tx.event("Started", "Authorized", "Idle", withToken(validTag)+`,"reservationId":31`)
			st.charges(1, true)
		}},
		{id: "H_07", profile: "Reserv M", title: "reservation expires: ReservationStatusUpdate", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			st.call("ReservationStatusUpdate", `{"reservationId":31,"reservationUpdateStatus":"Expired"}`)
			st.noted("reservation", "Expired")
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "H_08", profile: "Reserv C", title: "ReserveNow without evseId", run: exchange("ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)},
		{id: "H_14", profile: "Reserv C", title: "unspecified reservations = free EVSEs → all Reserved", run: func(k *play) {
			st := k.station()
			for id := 31; id <= 32; id++ {
				k.send(st, "ReserveNow", fmt.Sprintf(`{"id":%d,"expiryDateTime":"2030-01-01T00:00:00.000Z","idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, id), `{"status":"Accepted"}`)
			}
			for port := 1; port <= 2; port++ {
				st.status(port, "Reserved")
				st.shows(port, "Reserved")
			}
		}},
		{id: "H_15", profile: "Reserv C", title: "ReserveNow by connectorType, evseId omitted", run: exchange("ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","connectorType":"cCCS2","idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)},
		{id: "H_17", profile: "Reserv M", title: "CancelReservation with the same id", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			k.send(st, "CancelReservation", `{"reservationId":31}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "H_19", profile: "Reserv M", title: "ReserveNow with groupIdToken", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"A11CE001","type":"ISO14443"},"groupIdToken":{"idToken":"GROUP-1","type":"Central"}}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			if status, of := st.authorizeGroup(groupTagB); status != "Accepted" || of != group {
				k.Errorf("the other token of the group was answered %s of %q", status, of)
			}
		}},
		{id: "H_20", profile: "Reserv M", title: "station drops the reservation because Faulted", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			st.status(1, "Faulted")
			st.call("ReservationStatusUpdate", `{"reservationId":31,"reservationUpdateStatus":"Removed"}`)
			st.noted("reservation", "Removed")
			st.shows(1, "Faulted")
		}},
		{id: "H_22", profile: "Reserv M", title: "station configured to reject", run: exchange("ReserveNow", `{"id":31,"expiryDateTime":"2030-01-01T00:00:00.000Z","evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Rejected"}`)},
		{id: "I_01", profile: "UI M", title: "running cost: CostUpdated or totalCost in responses", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			// 1 kWh until now, and another one.
			for i, want := range []float64{0.4, 0.8} {
				a := tx.event("Updated", "MeterValuePeriodic", "Charging", withEnergy("Sample.Periodic", 2000+1000*i))
				if a.TotalCost == nil || *a.TotalCost != want {
					k.Errorf("the station was told %s, want a cost of %v", mustJSON(a), want)
				}
			}
			k.send(st, "CostUpdated", `{"totalCost":1.25,"transactionId":"`+tx.id+`"}`, `{}`)
		}},
		{id: "I_02", profile: "UI M", title: "totalCost in the response to Ended", run: func(k *play) {
			st := k.station()
			if a := st.charge(1, validTag).end("StopAuthorized"); a.TotalCost == nil || *a.TotalCost != 1 {
				k.Errorf("the end of 2.5 kWh was told %s", mustJSON(a))
			}
		}},
	}
}
