package conformance

import (
	"fmt"
)

func cases201Smart() []testCase {
	return []testCase{
		{id: "K_01", profile: "ISO15118 M, Smart M", title: "TxDefaultProfile on one EVSE: Absolute, validFrom/validTo, startSchedule, duration", run: exchange("SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)},
		{id: "K_02", profile: "Smart", title: "TxProfile without a transaction: Relative, startPeriod 0; Rejected handled", run: exchange("SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":[{"id":1,"duration":3600,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Rejected"}`)},
		{id: "K_03", profile: "ISO15118 M, Smart M", title: "ChargingStationMaxProfile on evseId 0", run: exchange("SetChargingProfile", `{"evseId":0,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"ChargingStationMaxProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)},
		{id: "K_04", profile: "ISO15118 M, Smart M", title: "replace: same profile id, other limit", run: func(k *play) {
			st := k.station()
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":7.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
		}},
		{id: "K_05", profile: "ISO15118 M, Smart M", title: "ClearChargingProfile by chargingProfileId only", run: exchange("ClearChargingProfile", `{"chargingProfileId":1}`, `{"status":"Accepted"}`)},
		{id: "K_06", profile: "ISO15118 M, Smart M", title: "ClearChargingProfile by purpose + stackLevel + evseId", run: exchange("ClearChargingProfile", `{"chargingProfileCriteria":{"evseId":1,"chargingProfilePurpose":"TxDefaultProfile","stackLevel":0}}`, `{"status":"Accepted"}`)},
		{id: "K_08", profile: "ISO15118 M, Smart M", title: "the same, nothing installed → Unknown handled", run: exchange("ClearChargingProfile", `{"chargingProfileCriteria":{"evseId":1,"chargingProfilePurpose":"TxDefaultProfile","stackLevel":0}}`, `{"status":"Unknown"}`)},
		{id: "K_10", profile: "ISO15118 M, Smart C", title: "TxDefaultProfile on evseId 0", run: exchange("SetChargingProfile", `{"evseId":0,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)},
		{id: "K_15", profile: "Smart M", title: "station without smart charging → CALLERROR/Rejected handled", run: func(k *play) {
			st := k.station()
			k.refused(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, "NotSupported")
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Rejected"}`)
		}},
		{id: "K_19", profile: "ISO15118 M, Smart M", title: "Recurring TxDefaultProfile with recurrencyKind", run: exchange("SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Recurring","recurrencyKind":"Daily","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)},
		{id: "K_29", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles evseId 0, ReportChargingProfiles parts", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":0,"chargingProfile":{}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_30", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles evseId > 0", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":1,"chargingProfile":{}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_31", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles without evseId", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"chargingProfile":{}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_32", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles by profile id", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"chargingProfile":{"chargingProfileId":[1]}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_33", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles by EVSE + stackLevel", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":1,"chargingProfile":{"stackLevel":0}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_34", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles by EVSE + chargingLimitSource", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":1,"chargingProfile":{"chargingLimitSource":["CSO"]}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_35", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles by EVSE + purpose", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":1,"chargingProfile":{"chargingProfilePurpose":"TxDefaultProfile"}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_36", profile: "ISO15118 M, Smart M", title: "GetChargingProfiles by EVSE + purpose + stackLevel", run: func(k *play) {
			st := k.station()
			k.send(st, "GetChargingProfiles", `{"requestId":41,"evseId":1,"chargingProfile":{"chargingProfilePurpose":"TxDefaultProfile","stackLevel":0}}`, `{"status":"Accepted"}`)
			for part := range 2 {
				st.call("ReportChargingProfiles", fmt.Sprintf(`{"requestId":41,"chargingLimitSource":"CSO","evseId":1,"tbc":%v,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`, part == 0))
			}
			st.noted("chargingProfiles", "TxDefaultProfile")
		}},
		{id: "K_37", profile: "Smart M", title: "RequestStart with TxProfile (Relative, no transactionId)", run: func(k *play) {
			st := k.station()
			k.send(st, "RequestStartTransaction", `{"remoteStartId":21,"evseId":1,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"},"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":[{"id":1,"duration":3600,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.newTransaction(1).event("Started", "RemoteStart", "Idle", withToken(validTag))
			st.charges(1, true)
		}},
		{id: "K_43", profile: "ISO15118 M, Smart M", title: "GetCompositeSchedule of an EVSE", run: exchange("GetCompositeSchedule", `{"duration":300,"chargingRateUnit":"A","evseId":1}`, `{"status":"Accepted","schedule":{"evseId":1,"duration":300,"scheduleStart":"2026-01-01T00:00:00.000Z","chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0}]}}`)},
		{id: "K_44", profile: "ISO15118 M, Smart M", title: "GetCompositeSchedule of the station (evseId 0)", run: exchange("GetCompositeSchedule", `{"duration":300,"chargingRateUnit":"A","evseId":0}`, `{"status":"Accepted","schedule":{"evseId":0,"duration":300,"scheduleStart":"2026-01-01T00:00:00.000Z","chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0}]}}`)},
		{id: "K_48", profile: "–", title: "NotifyChargingLimit answered", run: func(k *play) {
			st := k.station()
			st.call("NotifyChargingLimit", `{"evseId":1,"chargingLimit":{"chargingLimitSource":"SO"}}`)
			st.noted("chargingLimit", "SO")
		}},
		{id: "K_50", profile: "–", title: "ClearedChargingLimit answered, idle", run: func(k *play) {
			st := k.station()
			st.call("ClearedChargingLimit", `{"evseId":1,"chargingLimitSource":"SO"}`)
			st.noted("chargingLimitCleared", "SO")
		}},
		{id: "K_51", profile: "–", title: "ClearedChargingLimit + TransactionEvent ChargingRateChanged", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.call("ClearedChargingLimit", `{"evseId":1,"chargingLimitSource":"SO"}`)
			tx.event("Updated", "ChargingRateChanged", "Charging", "")
			st.shows(1, "Charging")
		}},
		{id: "K_52", profile: "–", title: "external constraints show up in ReportChargingProfiles", run: func(k *play) {
			st := k.station()
			st.call("NotifyChargingLimit", `{"evseId":1,"chargingLimit":{"chargingLimitSource":"SO"}}`)
			st.noted("chargingLimit", "SO")
			k.send(st, "GetChargingProfiles", `{"requestId":42,"chargingProfile":{"chargingProfilePurpose":"ChargingStationExternalConstraints"}}`, `{"status":"Accepted"}`)
			st.call("ReportChargingProfiles", `{"requestId":42,"chargingLimitSource":"SO","evseId":1,"chargingProfile":[{"id":1,"stackLevel":0,"chargingProfilePurpose":"ChargingStationExternalConstraints","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}]}`)
			st.noted("chargingProfiles", "ChargingStationExternalConstraints")
		}},
		{id: "K_53", profile: "ISO15118 M", title: "ISO 15118: NotifyEVChargingNeeds → SetChargingProfile → NotifyEVChargingSchedule", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.needs()
			st.noted("chargingNeeds", "evMaxCurrent")
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0}]}}`)
			st.noted("chargingSchedule", "chargingRateUnit")
		}},
		{id: "K_55", profile: "ISO15118 M", title: "EV schedule exceeds the limits → NotifyEVChargingSchedule Rejected, new profile, then Accepted", open: "the server does not plan energy yet, so it has no limit to hold an EV schedule against; it answers Accepted and an operator can send a new profile"},
		{id: "K_57", profile: "ISO15118 M", title: "renegotiation started by the EV", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.needs()
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0}]}}`)
			st.needs()
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":12.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":12.0}]}}`)
		}},
		{id: "K_58", profile: "ISO15118 M", title: "renegotiation started by the CSMS", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0}]}}`)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":10.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":10.0}]}}`)
		}},
		{id: "K_59", profile: "ISO15118 M", title: "the same, station re-sends charging needs", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			st.needs()
			st.call("NotifyEVChargingSchedule", `{"timeBase":"`+now()+`","evseId":1,"chargingSchedule":{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0}]}}`)
		}},
		{id: "K_60", profile: "ISO15118 M, Smart M", title: "TxProfile on a running transaction (transactionId)", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","transactionId":"`+tx.id+`","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
		}},
		{id: "K_70", profile: "Smart M", title: "two profiles, different id and stackLevel", run: func(k *play) {
			st := k.station()
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
			k.send(st, "SetChargingProfile", `{"evseId":1,"chargingProfile":{"id":2,"stackLevel":1,"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","validFrom":"2026-01-01T00:00:00.000Z","validTo":"2030-01-01T00:00:00.000Z","chargingSchedule":[{"id":1,"startSchedule":"2026-01-01T00:00:00.000Z","duration":86400,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0,"numberPhases":1}]}]}}`, `{"status":"Accepted"}`)
		}},
	}
}
