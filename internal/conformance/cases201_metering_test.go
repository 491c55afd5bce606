package conformance

func cases201Metering() []testCase {
	return []testCase{
		{id: "J_01", profile: "Core M", title: "clock-aligned MeterValues, no transaction", run: func(k *play) {
			st := k.station()
			st.call("MeterValues", `{"evseId":1,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Sample.Clock"}]}]}`)
			st.call("MeterValues", `{"evseId":0,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Sample.Clock","location":"Inlet"}]}]}`)
		}},
		{id: "J_02", profile: "Core M", title: "clock-aligned values inside a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "MeterValueClock", "Charging", withEnergy("Sample.Clock", 2000))
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 1.0 {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "J_03", profile: "Core M", title: "clock-aligned values with Ended", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Ended", "StopAuthorized", "Idle", withEnergy("Sample.Clock", 2000))
			st.charges(1, false)
		}},
		{id: "J_04", profile: "Core M", title: "signed clock-aligned values", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "MeterValueClock", "Charging", `,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":2000,"context":"Sample.Clock","signedMeterValue":{"signedMeterData":"AQID","signingMethod":"","encodingMethod":"OCMF","publicKey":""}}]}]`)
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 1.0 {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "J_07", profile: "Core M", title: "sampled values with Started, EVSE known", run: func(k *play) {
			st := k.station()
			tx := st.newTransaction(1)
			tx.event("Started", "CablePluggedIn", "EVConnected", withEnergy("Transaction.Begin", 1000))
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 0.0 {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "J_08", profile: "Core M", title: "Transaction.Begin while the EVSE is not known yet", run: func(k *play) {
			st := k.station()
			tx := st.newTransaction(0)
			tx.event("Started", "Authorized", "Idle", withToken(validTag))
			tx.port = 1
			tx.event("Updated", "CablePluggedIn", "EVConnected", withEnergy("Transaction.Begin", 1000))
			tx.event("Updated", "MeterValuePeriodic", "Charging", withEnergy("Sample.Periodic", 1500))
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 0.5 {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "J_09", profile: "Core M", title: "sampled values with Updated", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "MeterValuePeriodic", "Charging", withEnergy("Sample.Periodic", 2000))
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 1.0 {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "J_10", profile: "Core M", title: "sampled values with Ended", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Ended", "StopAuthorized", "Idle", `,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Transaction.Begin"},{"value":1500,"context":"Sample.Periodic"},{"value":3500,"context":"Transaction.End"}]}]`)
			st.charges(1, false)
		}},
		{id: "J_11", profile: "Core M", title: "signed sampled values", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "MeterValuePeriodic", "Charging", `,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":2000,"context":"Sample.Periodic","signedMeterValue":{"signedMeterData":"AQID","signingMethod":"","encodingMethod":"OCMF","publicKey":""}}]}]`)
			if s := st.session(1); s == nil || s["energyDeliveredKwh"] != 1.0 {
				k.Errorf("the session shows %v", s)
			}
		}},
	}
}
