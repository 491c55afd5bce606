package conformance

import (
	"fmt"
	"slices"
	"time"
)

func cases16() []testCase {
	return slices.Concat(cases16Core(), cases16Security())
}

func cases16Core() []testCase {
	return []testCase{
		{id: "001", profile: "Core", title: "cold boot: BootNotification Accepted, StatusNotification of 0 and all connectors, heartbeats at the given interval", run: func(k *play) {
			st := k.connect(dial{})
			if status := st.bootAs("PowerUp"); status != "Accepted" {
				k.Fatalf("the boot was answered %s", status)
			}
			for port := range 3 {
				st.status(port, "Available")
			}
			st.call("Heartbeat", `{}`)
			st.shows(1, "Available")
			st.shows(2, "Available")
		}},
		{id: "003", profile: "Core", title: "session, plug first: Authorize Accepted, StartTransaction Accepted", run: func(k *play) {
			st := k.station()
			st.status(1, "Preparing")
			if status := st.authorize(validTag); status != "Accepted" {
				k.Errorf("the tag was answered %s", status)
			}
			tx := st.start16(1, validTag)
			if tx.IDTagInfo.Status != "Accepted" {
				k.Errorf("the start was answered %s", tx.IDTagInfo.Status)
			}
			st.status(1, "Charging")
			st.charges(1, true)
			st.stop16(tx.TransactionID, "Local", `,"idTag":"`+validTag+`"`)
			st.status(1, "Finishing")
			st.status(1, "Available")
			st.charges(1, false)
		}},
		{id: "004_1", profile: "Core", title: "session, identification first", run: func(k *play) {
			st := k.station()
			if status := st.authorize(validTag); status != "Accepted" {
				k.Errorf("the tag was answered %s", status)
			}
			st.status(1, "Preparing")
			tx := st.start16(1, validTag)
			st.status(1, "Charging")
			st.charges(1, true)
			st.stop16(tx.TransactionID, "", "")
		}},
		{id: "004_2", profile: "Core", title: "identification first, connection time-out: Preparing → Available, no transaction", run: func(k *play) {
			st := k.station()
			if status := st.authorize(validTag); status != "Accepted" {
				k.Errorf("the tag was answered %s", status)
			}
			st.status(1, "Preparing")
			st.shows(1, "Preparing")
			st.status(1, "Available")
			st.shows(1, "Available")
			st.charges(1, false)
		}},
		{id: "005_1", profile: "Core", title: "EV-side disconnect: StopTransaction EVDisconnected", run: func(k *play) {
			st := k.station()
			tx := st.start16(1, validTag)
			st.status(1, "SuspendedEV")
			st.shows(1, "SuspendedEV")
			st.stop16(tx.TransactionID, "EVDisconnected", "")
			st.status(1, "Finishing")
			st.status(1, "Available")
			st.charges(1, false)
		}},
		{id: "007", profile: "Core", title: "start with a cached id: no Authorize, StartTransaction.conf Accepted", run: func(k *play) {
			st := k.station()
			st.status(1, "Preparing")
			if tx := st.start16(1, validTag); tx.IDTagInfo.Status != "Accepted" {
				k.Errorf("the start from the cache was answered %s", tx.IDTagInfo.Status)
			}
		}},
		{id: "061", profile: "Core", title: "ClearCache", run: exchange("ClearCache", `{}`, `{"status":"Accepted"}`)},
		{id: "010", profile: "Core", title: "remote start, cable first (station sends Authorize)", run: func(k *play) {
			st := k.station()
			st.status(1, "Preparing")
			k.send(st, "RemoteStartTransaction", `{"idTag":"`+validTag+`","connectorId":1}`, `{"status":"Accepted"}`)
			if status := st.authorize(validTag); status != "Accepted" {
				k.Errorf("the tag was answered %s", status)
			}
			st.start16(1, validTag)
			st.status(1, "Charging")
			st.charges(1, true)
		}},
		{id: "011_1", profile: "Core", title: "remote start first", run: func(k *play) {
			st := k.station()
			k.send(st, "RemoteStartTransaction", `{"idTag":"`+validTag+`","connectorId":1}`, `{"status":"Accepted"}`)
			st.authorize(validTag)
			st.status(1, "Preparing")
			st.start16(1, validTag)
			st.charges(1, true)
		}},
		{id: "011_2", profile: "Core", title: "remote start, time-out", run: func(k *play) {
			st := k.station()
			k.send(st, "RemoteStartTransaction", `{"idTag":"`+validTag+`","connectorId":1}`, `{"status":"Accepted"}`)
			st.authorize(validTag)
			st.status(1, "Preparing")
			st.status(1, "Available")
			st.charges(1, false)
		}},
		{id: "012", profile: "Core", title: "remote stop (reason Remote)", run: func(k *play) {
			st := k.station()
			tx := st.start16(1, validTag)
			st.status(1, "Charging")
			k.send(st, "RemoteStopTransaction", fmt.Sprintf(`{"transactionId":%d}`, tx.TransactionID), `{"status":"Accepted"}`)
			st.stop16(tx.TransactionID, "Remote", "")
			st.charges(1, false)
		}},
		{id: "013", profile: "Core", title: "Reset Hard → boot", run: func(k *play) {
			st := k.station()
			k.send(st, "Reset", `{"type":"Hard"}`, `{"status":"Accepted"}`)
			st.close()
			again := k.reconnect(dial{identity: st.identity}, st.charger)
			if status := again.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
		}},
		{id: "014", profile: "Core", title: "Reset Soft → boot", run: func(k *play) {
			st := k.station()
			k.send(st, "Reset", `{"type":"Soft"}`, `{"status":"Accepted"}`)
			st.close()
			again := k.reconnect(dial{identity: st.identity}, st.charger)
			if status := again.bootAs("RemoteReset"); status != "Accepted" {
				k.Errorf("the boot after the reset was answered %s", status)
			}
		}},
		{id: "017_1", profile: "Core", title: "unlock, no session: Unlocked", run: exchange("UnlockConnector", `{"connectorId":1}`, `{"status":"Unlocked"}`)},
		{id: "017_2", profile: "Core", title: "unlock, fixed cable: NotSupported", run: exchange("UnlockConnector", `{"connectorId":1}`, `{"status":"NotSupported"}`)},
		{id: "018_1", profile: "Core", title: "unlock during a session: StopTransaction UnlockCommand", run: func(k *play) {
			st := k.station()
			tx := st.start16(1, validTag)
			st.status(1, "Charging")
			k.send(st, "UnlockConnector", `{"connectorId":1}`, `{"status":"Unlocked"}`)
			st.stop16(tx.TransactionID, "UnlockCommand", "")
			st.charges(1, false)
		}},
		{id: "019_1", profile: "Core", title: "GetConfiguration without key list", run: exchange("GetConfiguration", `{}`, `{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"},{"key":"NumberOfConnectors","readonly":true,"value":"2"}]}`)},
		{id: "019_2", profile: "Core", title: "GetConfiguration key = SupportedFeatureProfiles", run: exchange("GetConfiguration", `{"key":["SupportedFeatureProfiles"]}`, `{"configurationKey":[{"key":"SupportedFeatureProfiles","readonly":true,"value":"Core,RemoteTrigger"}]}`)},
		{id: "021", profile: "Core", title: "ChangeConfiguration MeterValueSampleInterval = 60", run: exchange("ChangeConfiguration", `{"key":"MeterValueSampleInterval","value":"60"}`, `{"status":"Accepted"}`)},
		{id: "023_1", profile: "Core", title: "Authorize unknown tag → Invalid", run: func(k *play) {
			if status := k.station().authorize(unknownTag); status != "Invalid" {
				k.Errorf("the tag was answered %s", status)
			}
		}},
		{id: "023_2", profile: "Core", title: "Authorize expired tag → Expired", run: func(k *play) {
			if status := k.station().authorize(expiredTag); status != "Expired" {
				k.Errorf("the tag was answered %s", status)
			}
		}},
		{id: "023_3", profile: "Core", title: "Authorize blocked tag → Blocked", run: func(k *play) {
			if status := k.station().authorize(blockedTag); status != "Blocked" {
				k.Errorf("the tag was answered %s", status)
			}
		}},
		{id: "024", profile: "Core", title: "lock failure: status Faulted, ConnectorLockFailure", run: func(k *play) {
			st := k.station()
			st.authorize(validTag)
			st.call("StatusNotification", `{"connectorId":1,"errorCode":"ConnectorLockFailure","status":"Faulted","timestamp":"`+now()+`"}`)
			st.shows(1, "Faulted")
			if status := st.port(1)["ocppStatus"].(map[string]any); status["errorCode"] != "ConnectorLockFailure" {
				k.Errorf("port 1 shows %v", status)
			}
		}},
		{id: "026", profile: "Core", title: "remote start Rejected", run: exchange("RemoteStartTransaction", `{"idTag":"C0FFEE01","connectorId":1}`, `{"status":"Rejected"}`)},
		{id: "028", profile: "Core", title: "remote stop with an unknown transactionId, Rejected", run: exchange("RemoteStopTransaction", `{"transactionId":4711}`, `{"status":"Rejected"}`)},
		{id: "030", profile: "Core", title: "unlock: UnlockFailed", run: exchange("UnlockConnector", `{"connectorId":1}`, `{"status":"UnlockFailed"}`)},
		{id: "031", profile: "Core", title: "unlock of an unknown connectorId: NotSupported", run: exchange("UnlockConnector", `{"connectorId":3}`, `{"status":"NotSupported"}`)},
		{id: "032_1", profile: "Core", title: "power loss: StopTransaction PowerLoss after boot", run: func(k *play) {
			st := k.station()
			tx := st.start16(1, validTag)
			st.status(1, "Charging")
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			st.boot()
			st.stop16(tx.TransactionID, "PowerLoss", "")
			st.charges(1, false)
		}},
		{id: "037_1", profile: "Core", title: "offline start, valid tag: StartTransaction.conf Accepted", run: func(k *play) {
			st := k.station()
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if tx := st.start16At(1, validTag, ago(time.Minute), ""); tx.IDTagInfo.Status != "Accepted" {
				k.Errorf("the offline start was answered %s", tx.IDTagInfo.Status)
			}
			st.charges(1, true)
		}},
		{id: "037_3", profile: "Core", title: "offline start, invalid tag: conf Invalid (with an id) → station stops with DeAuthorized", run: func(k *play) {
			st := k.station()
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			tx := st.start16At(1, unknownTag, ago(time.Minute), "")
			if tx.IDTagInfo.Status != "Invalid" {
				k.Errorf("the offline start was answered %s", tx.IDTagInfo.Status)
			}
			st.stop16(tx.TransactionID, "DeAuthorized", "")
			st.charges(1, false)
		}},
		{id: "039", profile: "Core", title: "whole transaction offline: start and stop delivered later", run: func(k *play) {
			st := k.station()
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			tx := st.start16At(1, validTag, ago(time.Hour), "")
			st.stop16(tx.TransactionID, "Local", `,"idTag":"`+validTag+`"`)
			st.charges(1, false)
			again := st.start16At(1, otherTag, ago(time.Minute), "")
			if again.TransactionID == tx.TransactionID {
				k.Errorf("two transactions have the id %d", tx.TransactionID)
			}
		}},
		{id: "040_1", profile: "Core", title: "ChangeConfiguration unknown key: NotSupported", run: exchange("ChangeConfiguration", `{"key":"NoSuchKey","value":"1"}`, `{"status":"NotSupported"}`)},
		{id: "040_2", profile: "Core", title: "ChangeConfiguration bad value: Rejected", run: exchange("ChangeConfiguration", `{"key":"MeterValueSampleInterval","value":"-1"}`, `{"status":"Rejected"}`)},
		{id: "064", profile: "Core", title: "incoming DataTransfer: UnknownVendorId/UnknownMessageId/Rejected (Accepted earns a warning)", run: func(k *play) {
			var answer struct{ Status string }
			k.decode(k.station().call("DataTransfer", `{"vendorId":"org.example.unknown","messageId":"x"}`), &answer)
			if answer.Status != "UnknownVendorId" {
				k.Errorf("answered %s", answer.Status)
			}
		}},
		{id: "042_1", profile: "LocalAuthList", title: "GetLocalListVersion on a station without lists (-1 or CALLERROR)", run: func(k *play) {
			st := k.station()
			k.send(st, "GetLocalListVersion", `{}`, `{"listVersion":-1}`)
			k.refused(st, "GetLocalListVersion", `{}`, "NotSupported")
		}},
		{id: "042_2", profile: "LocalAuthList", title: "GetLocalListVersion 0", run: exchange("GetLocalListVersion", `{}`, `{"listVersion":0}`)},
		{id: "043_1", profile: "LocalAuthList", title: "SendLocalList Full, NotSupported", run: exchange("SendLocalList", `{"listVersion":1,"updateType":"Full","localAuthorizationList":[{"idTag":"C0FFEE01","idTagInfo":{"status":"Accepted"}}]}`, `{"status":"NotSupported"}`)},
		{id: "043_3", profile: "LocalAuthList", title: "SendLocalList Full, Failed", run: exchange("SendLocalList", `{"listVersion":1,"updateType":"Full","localAuthorizationList":[{"idTag":"C0FFEE01","idTagInfo":{"status":"Accepted"}}]}`, `{"status":"Failed"}`)},
		{id: "043_4", profile: "LocalAuthList", title: "SendLocalList Full, every entry with idTagInfo", run: exchange("SendLocalList", `{"listVersion":1,"updateType":"Full","localAuthorizationList":[{"idTag":"C0FFEE01","idTagInfo":{"status":"Accepted"}}]}`, `{"status":"Accepted"}`)},
		{id: "043_5", profile: "LocalAuthList", title: "SendLocalList Differential, every entry with idTagInfo", run: exchange("SendLocalList", `{"listVersion":2,"updateType":"Differential","localAuthorizationList":[{"idTag":"C0FFEE01","idTagInfo":{"status":"Accepted"}}]}`, `{"status":"Accepted"}`)},
		{id: "044_1", profile: "Firmware", title: "UpdateFirmware: Downloading … Installed with reboot", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"location":"https://firmware.example.org/fw.bin","retrieveDate":"`+now()+`"}`, `{}`)
			for _, status := range []string{"Downloading", "Downloaded", "Installing", "Installed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`"}`)
				st.noted("firmware", status)
			}
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			st.boot()
		}},
		{id: "044_2", profile: "Firmware", title: "DownloadFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"location":"https://firmware.example.org/fw.bin","retrieveDate":"`+now()+`"}`, `{}`)
			for _, status := range []string{"Downloading", "DownloadFailed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`"}`)
				st.noted("firmware", status)
			}
		}},
		{id: "044_3", profile: "Firmware", title: "InstallationFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"location":"https://firmware.example.org/fw.bin","retrieveDate":"`+now()+`"}`, `{}`)
			for _, status := range []string{"Downloading", "Downloaded", "Installing", "InstallationFailed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`"}`)
				st.noted("firmware", status)
			}
		}},
		{id: "045_1", profile: "Firmware", title: "GetDiagnostics: Uploading, Uploaded", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDiagnostics", `{"location":"https://logs.example.org/up"}`, `{"fileName":"diag.log"}`)
			for _, status := range []string{"Uploading", "Uploaded"} {
				st.call("DiagnosticsStatusNotification", `{"status":"`+status+`"}`)
				st.noted("diagnostics", status)
			}
		}},
		{id: "045_2", profile: "Firmware", title: "GetDiagnostics: UploadFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDiagnostics", `{"location":"https://logs.example.org/up"}`, `{"fileName":"diag.log"}`)
			for _, status := range []string{"Uploading", "UploadFailed"} {
				st.call("DiagnosticsStatusNotification", `{"status":"`+status+`"}`)
				st.noted("diagnostics", status)
			}
		}},
		{id: "046", profile: "Reservation", title: "ReserveNow(connector), used: StartTransaction carries reservationId", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			st.shows(1, "Reserved")
			st.authorize(validTag)
			st.start16At(1, validTag, now(), `,"reservationId":7`)
			st.status(1, "Charging")
			st.charges(1, true)
		}},
		{id: "047", profile: "Reservation", title: "reservation expires (expiryDate = now + offset)", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "048_1", profile: "Reservation", title: "ReserveNow Faulted", run: exchange("ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Faulted"}`)},
		{id: "048_2", profile: "Reservation", title: "ReserveNow Occupied", run: exchange("ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Occupied"}`)},
		{id: "048_3", profile: "Reservation", title: "ReserveNow Unavailable", run: exchange("ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Unavailable"}`)},
		{id: "048_4", profile: "Reservation", title: "ReserveNow Rejected", run: exchange("ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Rejected"}`)},
		{id: "049", profile: "Reservation", title: "ReserveNow connectorId 0", run: exchange("ReserveNow", `{"connectorId":0,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Accepted"}`)},
		{id: "051", profile: "Reservation", title: "CancelReservation with the same reservationId", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"C0FFEE01","reservationId":7}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			k.send(st, "CancelReservation", `{"reservationId":7}`, `{"status":"Accepted"}`)
			st.status(1, "Available")
			st.shows(1, "Available")
		}},
		{id: "052", profile: "Reservation", title: "CancelReservation Rejected", run: exchange("CancelReservation", `{"reservationId":7}`, `{"status":"Rejected"}`)},
		{id: "053", profile: "Reservation", title: "ReserveNow with parentIdTag; later Authorize.conf returns the same parentIdTag", run: func(k *play) {
			st := k.station()
			k.send(st, "ReserveNow", `{"connectorId":1,"expiryDate":"2030-01-01T00:00:00.000Z","idTag":"`+groupTagA+`","parentIdTag":"`+group+`","reservationId":7}`, `{"status":"Accepted"}`)
			st.status(1, "Reserved")
			if status, parent := st.authorizeGroup(groupTagB); status != "Accepted" || parent != group {
				k.Errorf("the other tag of the group was answered %s of %q", status, parent)
			}
			if tx := st.start16At(1, groupTagB, now(), `,"reservationId":7`); tx.IDTagInfo.Status != "Accepted" {
				k.Errorf("the start was answered %s", tx.IDTagInfo.Status)
			}
		}},
		{id: "054", profile: "RemoteTrigger", title: "TriggerMessage MeterValues(connector), Heartbeat, StatusNotification(connector), DiagnosticsStatusNotification, FirmwareStatusNotification", run: func(k *play) {
			st := k.station()
			trigger := func(message, connector string) {
				k.send(st, "TriggerMessage", `{"requestedMessage":"`+message+`"`+connector+`}`, `{"status":"Accepted"}`)
			}
			trigger("MeterValues", `,"connectorId":1`)
			st.call("MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":"1000","context":"Trigger"}]}]}`)
			trigger("Heartbeat", "")
			st.call("Heartbeat", `{}`)
			trigger("StatusNotification", `,"connectorId":1`)
			st.status(1, "Available")
			trigger("DiagnosticsStatusNotification", "")
			st.call("DiagnosticsStatusNotification", `{"status":"Idle"}`)
			trigger("FirmwareStatusNotification", "")
			st.call("FirmwareStatusNotification", `{"status":"Idle"}`)
		}},
		{id: "055", profile: "RemoteTrigger", title: "TriggerMessage MeterValues with connectorId = number of connectors + 1, Rejected", run: exchange("TriggerMessage", `{"requestedMessage":"MeterValues","connectorId":3}`, `{"status":"Rejected"}`)},
		{id: "056", profile: "SmartCharging", title: "SetChargingProfile TxDefaultProfile, Absolute, validFrom, validTo, startSchedule, duration, limit 6.0 A / 6000.0 W", run: func(k *play) {
			st := k.station()
			k.send(st, "SetChargingProfile", `{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":{"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}}}`, `{"status":"Accepted"}`)
			k.send(st, "SetChargingProfile", `{"connectorId":1,"csChargingProfiles":{"chargingProfileId":2,"stackLevel":1,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":{"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":6000.0,"numberPhases":1}]}}}`, `{"status":"Accepted"}`)
		}},
		{id: "057", profile: "SmartCharging", title: "SetChargingProfile TxProfile with the running transactionId", run: func(k *play) {
			st := k.station()
			tx := st.start16(1, validTag)
			st.status(1, "Charging")
			k.send(st, "SetChargingProfile", fmt.Sprintf(`{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"transactionId":%d,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":{"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}}}`, tx.TransactionID), `{"status":"Accepted"}`)
		}},
		{id: "059", profile: "SmartCharging", title: "RemoteStart with TxProfile: Relative, startPeriod 0, no transactionId", run: func(k *play) {
			st := k.station()
			k.send(st, "RemoteStartTransaction", `{"idTag":"`+validTag+`","connectorId":1,"chargingProfile":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":{"duration":3600,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}}}`, `{"status":"Accepted"}`)
			st.authorize(validTag)
			st.start16(1, validTag)
			st.charges(1, true)
		}},
		{id: "066", profile: "SmartCharging", title: "GetCompositeSchedule connector, duration, chargingRateUnit", run: exchange("GetCompositeSchedule", `{"connectorId":1,"duration":300,"chargingRateUnit":"A"}`, `{"status":"Accepted","connectorId":1,"scheduleStart":"2026-01-01T00:00:00.000Z","chargingSchedule":{"duration":300,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0}]}}`)},
		{id: "067", profile: "SmartCharging", title: "three TxDefaultProfiles on stack levels n, n+1, n+2; clear by id only, then by connector + purpose + stackLevel", run: func(k *play) {
			st := k.station()
			for level := range 3 {
				k.send(st, "SetChargingProfile", fmt.Sprintf(`{"connectorId":1,"csChargingProfiles":{"chargingProfileId":%d,"stackLevel":%d,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","chargingSchedule":{"startSchedule":"2026-01-01T00:00:00.000Z","chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":%d.0}]}}}`, level+1, level, level+6), `{"status":"Accepted"}`)
			}
			k.send(st, "ClearChargingProfile", `{"id":1}`, `{"status":"Accepted"}`)
			k.send(st, "ClearChargingProfile", `{"connectorId":1,"chargingProfilePurpose":"TxDefaultProfile","stackLevel":1}`, `{"status":"Accepted"}`)
		}},
	}
}
