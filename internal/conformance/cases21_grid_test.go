package conformance

import "fmt"

// noSetpoints is why cases are open in which a vehicle follows setpoints.
const noSetpoints = "the server sends no setpoints by itself, and says so to NotifyEVChargingNeeds in dynamic control mode; an operator can send them all the same"

func cases21Vehicle() []testCase {
	return []testCase{
		{id: "K_117", profile: only21, title: "ISO 15118-20 dynamic control mode, charging schedule adjusted", open: noSetpoints},
		{id: "K_126", profile: only21, title: "ISO 15118-20 dynamic control mode, no charging profile set", run: func(k *play) {
			st := k.station()
			st.charge(1, validTag)
			var answer struct{ Status string }
			k.decode(st.call("NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC_BPT","controlMode":"DynamicControl","v2xChargingParameters":{"maxChargePower":11000,"maxDischargePower":11000}}}`), &answer)
			if answer.Status != "NoChargingProfile" {
				k.Errorf("the vehicle's needs were answered %s", answer.Status)
			}
			st.noted("chargingNeeds", "maxDischargePower")
		}},
		{id: "Q_102", profile: only21, title: "V2X authorization by ISO 15118-20, allowed energy transfer",
			open: "the server does not know what energy transfers a driver may use, so its answer to Authorize tells none; an operator can send NotifyAllowedEnergyTransfer"},
		{id: "Q_107", profile: only21, title: "charging only, before V2X begins", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Absolute", `"limit":11000,"operationMode":"ChargingOnly"`), accepted)
			tx.mode("ChargingOnly")
			k.send(st, "NotifyAllowedEnergyTransfer", `{"transactionId":"`+tx.id+`","allowedEnergyTransfer":["DC_BPT"]}`, accepted)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Absolute", `"setpoint":-5000,"operationMode":"CentralSetpoint"`), accepted)
			tx.mode("CentralSetpoint")
		}},
		{id: "Q_108", profile: only21, title: "central V2X control with a charging schedule", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Absolute", `"setpoint":7000,"operationMode":"CentralSetpoint"},{"startPeriod":1800,"setpoint":-7000,"operationMode":"CentralSetpoint"`), accepted)
			tx.mode("CentralSetpoint")
		}},
		{id: "Q_109", profile: only21, title: "central V2X control with a dynamic setpoint, pushed", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Dynamic", `"setpoint":7000,"operationMode":"CentralSetpoint"`), accepted)
			tx.mode("CentralSetpoint")
			for _, setpoint := range []int{3000, -6000} {
				k.send(st, "UpdateDynamicSchedule", fmt.Sprintf(`{"chargingProfileId":81,"scheduleUpdate":{"setpoint":%d}}`, setpoint), accepted)
				tx.event("Updated", "ChargingRateChanged", "Charging", "")
			}
		}},
		{id: "Q_117", profile: only21, title: "frequency support, central V2X control, pushed", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Dynamic", `"setpoint":0,"operationMode":"CentralFrequency"`), accepted)
			tx.mode("CentralFrequency")
			k.send(st, "UpdateDynamicSchedule", `{"chargingProfileId":81,"scheduleUpdate":{"setpoint":-2500}}`, accepted)
		}},
		{id: "Q_120", profile: only21, title: "frequency support, local V2X control, AFRR signal", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Absolute", `"operationMode":"LocalFrequency","v2xBaseline":1000,"v2xSignalWattCurve":[{"signal":-100,"power":-7000},{"signal":100,"power":7000}]`), accepted)
			tx.mode("LocalFrequency")
			k.send(st, "AFRRSignal", `{"timestamp":"2026-01-01T00:00:00.000Z","signal":50}`, accepted)
			k.send(st, "AFRRSignal", `{"timestamp":"2026-01-01T00:00:04.000Z","signal":-50}`, `{"status":"Rejected"}`)
		}},
		{id: "Q_124", profile: only21, title: "local V2X control for load balancing", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetChargingProfile", tx.v2xProfile("Absolute", `"limit":11000,"dischargeLimit":-11000,"operationMode":"LocalLoadBalancing"`), accepted)
			tx.mode("LocalLoadBalancing")
		}},
	}
}

// v2xProfile is a TxProfile of the transaction; period is the first period
// without its start.
func (tx *transaction) v2xProfile(kind, period string) string {
	start := `"startSchedule":"2026-01-01T00:00:00.000Z",`
	if kind == "Dynamic" {
		start = ""
	}
	return fmt.Sprintf(`{"evseId":%d,"chargingProfile":{"id":81,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":%q,"transactionId":%q,"chargingSchedule":[{"id":1,%s"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,%s}]}]}}`,
		tx.port, kind, tx.id, start, period)
}

// mode reports that the vehicle's operation mode changed.
func (tx *transaction) mode(mode string) {
	tx.st.k.Helper()
	tx.info = `,"operationMode":"` + mode + `"`
	tx.event("Updated", "OperationModeChanged", "Charging", "")
	tx.st.charges(tx.port, true)
	tx.st.shows(tx.port, "Charging")
}

func cases21Grid() []testCase {
	return []testCase{
		{id: "R_107", profile: only21, title: "SetDERControl, GetDERControl, ReportDERControl, ClearDERControl", run: func(k *play) {
			st := k.station()
			k.send(st, "SetDERControl", `{"isDefault":true,"controlId":"D1","controlType":"FixedVar","fixedVar":{"priority":1,"setpoint":20,"unit":"PctMaxVar"}}`, accepted)
			k.send(st, "SetDERControl", `{"isDefault":false,"controlId":"D2","controlType":"VoltWatt","curve":{"priority":2,"yUnit":"PctMaxW","curveData":[{"x":106,"y":100},{"x":110,"y":0}]}}`, `{"status":"Accepted","supersededIds":["D0"]}`)
			k.send(st, "GetDERControl", `{"requestId":91,"controlType":"FixedVar"}`, accepted)
			st.call("ReportDERControl", `{"requestId":91,"tbc":false,"fixedVar":[{"id":"D1","isDefault":true,"isSuperseded":false,"fixedVar":{"priority":1,"setpoint":20,"unit":"PctMaxVar"}}]}`)
			st.noted("derReport", "PctMaxVar")
			k.send(st, "ClearDERControl", `{"isDefault":true,"controlId":"D1"}`, accepted)
			k.send(st, "ClearDERControl", `{"isDefault":true,"controlId":"D1"}`, `{"status":"NotFound"}`)
		}},
		{id: "R_108", profile: only21, title: "the station reports a DER event", run: func(k *play) {
			st := k.station()
			st.call("NotifyDERStartStop", `{"controlId":"D2","started":true,"timestamp":"`+now()+`","supersededIds":["D1"]}`)
			st.noted("derStartStop", "D2")
			st.call("NotifyDERAlarm", `{"controlType":"VoltWatt","gridEventFault":"OverVoltage","timestamp":"`+now()+`"}`)
			st.noted("derAlarm", "OverVoltage")
			st.call("NotifyDERAlarm", `{"controlType":"VoltWatt","gridEventFault":"OverVoltage","alarmEnded":true,"timestamp":"`+now()+`"}`)
			st.noted("derAlarm", "alarmEnded")
		}},
		{id: "S_102", profile: only21, title: "battery swap, remote start, not enough batteries", run: exchange("RequestBatterySwap",
			`{"requestId":95,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, `{"status":"Rejected","statusInfo":{"reasonCode":"NoBatteryAvailable"}}`)},
		{id: "S_103", profile: only21, title: "battery swap, remote start, enough batteries", run: func(k *play) {
			st := k.station()
			k.send(st, "RequestBatterySwap", `{"requestId":95,"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}`, accepted)
			for _, event := range []string{"BatteryIn", "BatteryOut"} {
				st.call("BatterySwap", `{"eventType":"`+event+`","requestId":95,"idToken":`+token(validTag)+`,"batteryData":[{"evseId":1,"serialNumber":"B-`+event+`","soC":20,"soH":95}]}`)
				st.noted("batterySwap", "B-"+event)
			}
		}},
	}
}
