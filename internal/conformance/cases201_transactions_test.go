package conformance

func cases201Transactions() []testCase {
	return []testCase{
		{id: "E_01", profile: "Core M", title: "TxStartPoint PowerPathClosed", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			st.authorize(validTag)
			tx := st.newTransaction(1)
			tx.event("Started", "ChargingStateChanged", "Charging", withToken(validTag)+withEnergy("Transaction.Begin", 1000))
			st.charges(1, true)
			st.shows(1, "Charging")
		}},
		{id: "E_02", profile: "Core M", title: "TxStartPoint EnergyTransfer", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			st.authorize(validTag)
			tx := st.newTransaction(1)
			if a := tx.event("Started", "ChargingStateChanged", "Charging", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the token was answered %q", a.status())
			}
			st.charges(1, true)
		}},
		{id: "E_03", profile: "Core M", title: "local start, plug first", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.shows(1, "Charging")
			st.charges(1, true)
			tx.end("StopAuthorized")
			st.charges(1, false)
			st.shows(1, "Available")
		}},
		{id: "E_04", profile: "Core M", title: "local start, authorize first", run: func(k *play) {
			st := k.station()
			st.authorize(validTag)
			tx := st.newTransaction(1)
			tx.event("Started", "Authorized", "Idle", withToken(validTag))
			st.status(1, "Occupied")
			tx.event("Updated", "CablePluggedIn", "EVConnected", "")
			st.shows(1, "Preparing")
			tx.event("Updated", "ChargingStateChanged", "Charging", "")
			st.shows(1, "Charging")
		}},
		{id: "E_07", profile: "Core M", title: "TxStopPoint PowerPathClosed, local stop", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "StopAuthorized", "EVConnected", "")
			tx.event("Ended", "StopAuthorized", "EVConnected", withEnergy("Transaction.End", 3500)+withToken(validTag))
			st.charges(1, false)
		}},
		{id: "E_08", profile: "Core M", title: "TxStopPoint EnergyTransfer, StopAuthorized", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "StopAuthorized", "EVConnected", "")
			tx.event("Ended", "StopAuthorized", "EVConnected", withEnergy("Transaction.End", 3500)+withToken(validTag))
			st.charges(1, false)
		}},
		{id: "E_09", profile: "Core M", title: "TxStartPoint EVConnected (transaction without idToken yet)", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			tx := st.newTransaction(1)
			if a := tx.event("Started", "CablePluggedIn", "EVConnected", ""); a.IDTokenInfo != nil {
				k.Errorf("a start without a token was told of %v", *a.IDTokenInfo)
			}
			st.charges(1, true)
			st.shows(1, "Preparing")
			if a := tx.event("Updated", "Authorized", "", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the token was answered %q", a.status())
			}
			if s := st.session(1); s == nil || s["ocppIdTag"] != validTag {
				k.Errorf("the session shows %v", s)
			}
		}},
		{id: "E_10", profile: "Core M", title: "TxStartPoint Authorized", run: func(k *play) {
			st := k.station()
			st.authorize(validTag)
			tx := st.newTransaction(1)
			if a := tx.event("Started", "Authorized", "Idle", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the token was answered %q", a.status())
			}
			st.charges(1, true)
		}},
		{id: "E_11", profile: "Core M", title: "TxStartPoint DataSigned", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			st.authorize(validTag)
			tx := st.newTransaction(1)
			tx.event("Started", "SignedDataReceived", "EVConnected", withToken(validTag)+`,"meterValue":[{"timestamp":"`+now()+`","sampledValue":[{"value":1000,"context":"Transaction.Begin","signedMeterValue":{"signedMeterData":"AQID","signingMethod":"","encodingMethod":"OCMF","publicKey":""}}]}]`)
			tx.event("Updated", "ChargingStateChanged", "Charging", "")
			st.charges(1, true)
		}},
		{id: "E_12", profile: "Core M", title: "TxStartPoint ParkingBayOccupancy (no cable yet)", run: func(k *play) {
			st := k.station()
			tx := st.newTransaction(1)
			tx.event("Started", "EVDetected", "Idle", "")
			st.charges(1, true)
			st.status(1, "Occupied")
			tx.event("Updated", "CablePluggedIn", "EVConnected", "")
			tx.event("Updated", "Authorized", "Charging", withToken(validTag))
			st.shows(1, "Charging")
		}},
		{id: "E_14", profile: "Core M", title: "stop by unplugging at the station", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Ended", "EVCommunicationLost", "Idle", "")
			st.status(1, "Available")
			st.charges(1, false)
			st.shows(1, "Available")
		}},
		{id: "E_15", profile: "Core M", title: "local StopAuthorized", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			if a := tx.event("Ended", "StopAuthorized", "EVConnected", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the token of the end was answered %q", a.status())
			}
			st.charges(1, false)
			st.shows(1, "Finishing")
		}},
		{id: "E_16", profile: "Core M", title: "invalid token in a TransactionEvent → Invalid/Unknown → station ends with DeAuthorized", run: func(k *play) {
			st := k.station()
			tx := st.newTransaction(1)
			tx.event("Started", "CablePluggedIn", "EVConnected", "")
			if a := tx.event("Updated", "Authorized", "", withToken(unknownTag)); a.status() != "Invalid" && a.status() != "Unknown" {
				k.Errorf("the token was answered %q", a.status())
			}
			tx.event("Ended", "Deauthorized", "EVConnected", "")
			st.charges(1, false)
		}},
		{id: "E_17", profile: "Core M", title: "EV-side disconnect deauthorizes", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.status(1, "Available")
			tx.event("Updated", "EVCommunicationLost", "Idle", "")
			st.charges(1, true)
			tx.event("Ended", "Deauthorized", "Idle", "")
			st.charges(1, false)
		}},
		{id: "E_19", profile: "Core M", title: "TxStopPoint ParkingBayUnoccupied", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "StopAuthorized", "EVConnected", withToken(validTag))
			st.status(1, "Available")
			tx.event("Updated", "EVCommunicationLost", "Idle", "")
			st.charges(1, true)
			tx.event("Ended", "EVDeparted", "Idle", "")
			st.charges(1, false)
		}},
		{id: "E_20", profile: "Core M", title: "EV-side disconnect ends the transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			st.status(1, "Available")
			tx.event("Ended", "EVCommunicationLost", "Idle", withEnergy("Transaction.End", 3500))
			st.charges(1, false)
		}},
		{id: "E_21", profile: "Core M", title: "RequestStopTransaction with the station's transactionId", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "RequestStopTransaction", `{"transactionId":"`+tx.id+`"}`, `{"status":"Accepted"}`)
			tx.event("Updated", "RemoteStop", "EVConnected", "")
			tx.event("Ended", "RemoteStop", "EVConnected", "")
			st.charges(1, false)
		}},
		{id: "E_22", profile: "Core M", title: "stop because the EV suspends", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "ChargingStateChanged", "SuspendedEV", "")
			st.shows(1, "SuspendedEV")
			tx.event("Ended", "ChargingStateChanged", "SuspendedEV", "")
			st.charges(1, false)
		}},
		{id: "E_26", profile: "Core M", title: "EV-side disconnect suspends, charging resumes later in the same transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			tx.event("Updated", "EVCommunicationLost", "SuspendedEVSE", "")
			st.charges(1, true)
			tx.event("Updated", "CablePluggedIn", "Charging", "")
			st.shows(1, "Charging")
			tx.end("StopAuthorized")
			st.charges(1, false)
		}},
		{id: "E_29", profile: "Core C", title: "GetTransactionStatus(transactionId): ongoing, messages queued", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "GetTransactionStatus", `{"transactionId":"`+tx.id+`"}`, `{"ongoingIndicator":true,"messagesInQueue":true}`)
		}},
		{id: "E_30", profile: "Core C", title: "the same, nothing queued", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "GetTransactionStatus", `{"transactionId":"`+tx.id+`"}`, `{"ongoingIndicator":true,"messagesInQueue":false}`)
		}},
		{id: "E_31", profile: "Core C", title: "the same, ended, messages queued", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "GetTransactionStatus", `{"transactionId":"`+tx.id+`"}`, `{"ongoingIndicator":false,"messagesInQueue":true}`)
		}},
		{id: "E_33", profile: "Core C", title: "GetTransactionStatus without id, queued", run: func(k *play) {
			st := k.station()
			st.charge(1, validTag)
			k.send(st, "GetTransactionStatus", `{}`, `{"messagesInQueue":true}`)
		}},
		{id: "E_34", profile: "Core C", title: "GetTransactionStatus without id, nothing queued", run: func(k *play) {
			st := k.station()
			st.charge(1, validTag)
			k.send(st, "GetTransactionStatus", `{}`, `{"messagesInQueue":false}`)
		}},
		{id: "E_38", profile: "Core M", title: "EV not ready (SuspendedEV first)", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			tx := st.newTransaction(1)
			tx.event("Started", "Authorized", "SuspendedEV", withToken(validTag))
			st.shows(1, "SuspendedEV")
			tx.event("Updated", "ChargingStateChanged", "Charging", "")
			st.shows(1, "Charging")
		}},
		{id: "E_39", profile: "Core M", title: "EVConnectionTimeOut deauthorizes", run: func(k *play) {
			st := k.station()
			st.authorize(validTag)
			tx := st.newTransaction(1)
			tx.event("Started", "Authorized", "Idle", withToken(validTag))
			tx.event("Ended", "EVConnectTimeout", "Idle", "")
			st.charges(1, false)
		}},
		{id: "E_53", profile: "Core M", title: "every new transaction may start at seqNo 0", run: func(k *play) {
			st := k.station()
			for range 2 {
				tx := st.charge(1, validTag)
				if tx.seq != 3 {
					k.Fatalf("the case sent %d messages", tx.seq)
				}
				tx.end("StopAuthorized")
				st.charges(1, false)
			}
		}},
	}
}
