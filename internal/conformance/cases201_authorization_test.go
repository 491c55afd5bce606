package conformance

func cases201Authorization() []testCase {
	return []testCase{
		{id: "C_02", profile: "Core M", title: "Authorize unknown token → Invalid or Unknown", run: func(k *play) {
			if status := k.station().authorize(unknownTag); status != "Invalid" && status != "Unknown" {
				k.Errorf("the token was answered %s", status)
			}
		}},
		{id: "C_06", profile: "Core M", title: "Authorize blocked token → Blocked or Invalid", run: func(k *play) {
			if status := k.station().authorize(blockedTag); status != "Blocked" && status != "Invalid" {
				k.Errorf("the token was answered %s", status)
			}
		}},
		{id: "C_07", profile: "Core M", title: "Authorize expired token → Expired or Invalid", run: func(k *play) {
			if status := k.station().authorize(expiredTag); status != "Expired" && status != "Invalid" {
				k.Errorf("the token was answered %s", status)
			}
		}},
		{id: "C_08", profile: "Core M", title: "start from the station's cache → TransactionEvent response carries idTokenInfo Accepted", run: func(k *play) {
			st := k.station()
			st.status(1, "Occupied")
			if a := st.newTransaction(1).event("Started", "Authorized", "EVConnected", withToken(validTag)); a.status() != "Accepted" {
				k.Errorf("the cached token was answered %q", a.status())
			}
		}},
		{id: "C_20", profile: "Core M", title: "cached token no longer valid at the CSMS → Invalid/Unknown in the TransactionEvent response", run: func(k *play) {
			st := k.station()
			tx := st.newTransaction(1)
			if a := tx.event("Started", "Authorized", "EVConnected", withToken(unknownTag)); a.status() != "Invalid" && a.status() != "Unknown" {
				k.Errorf("the token that is no longer valid was answered %q", a.status())
			}
			tx.event("Ended", "Deauthorized", "", "")
			st.charges(1, false)
		}},
		{id: "C_37", profile: "Core M", title: "ClearCache Accepted", run: exchange("ClearCache", `{}`, `{"status":"Accepted"}`)},
		{id: "C_38", profile: "Core M", title: "ClearCache Rejected", run: exchange("ClearCache", `{}`, `{"status":"Rejected"}`)},
		{id: "C_39", profile: "Core M", title: "group id: both tokens Accepted with the same groupIdToken, in Authorize and TransactionEvent responses", run: func(k *play) {
			st := k.station()
			for _, tag := range []string{groupTagA, groupTagB} {
				if status, of := st.authorizeGroup(tag); status != "Accepted" || of != group {
					k.Errorf("%s was answered %s of %q", tag, status, of)
				}
			}
			tx := st.newTransaction(1)
			for i, tag := range []string{groupTagA, groupTagB} {
				kind, trigger := "Started", "Authorized"
				if i == 1 {
					kind, trigger = "Ended", "StopAuthorized"
				}
				a := tx.event(kind, trigger, "EVConnected", withToken(tag))
				if a.status() != "Accepted" || a.IDTokenInfo.GroupIDToken == nil || a.IDTokenInfo.GroupIDToken.IDToken != group {
					k.Errorf("%s with %s was answered %s", kind, tag, mustJSON(a))
				}
			}
		}},
		{id: "C_40", profile: "LocalList M", title: "group id with tokens from the local list: groupIdToken in TransactionEvent responses", run: func(k *play) {
			st := k.station()
			k.send(st, "SendLocalList", `{"versionNumber":1,"updateType":"Full","localAuthorizationList":[{"idToken":{"idToken":"A11CE001","type":"ISO14443"},"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"GROUP-1","type":"Central"}}}]}`, `{"status":"Accepted"}`)
			tx := st.newTransaction(1)
			for i, tag := range []string{groupTagA, groupTagB} {
				kind, trigger := "Started", "Authorized"
				if i == 1 {
					kind, trigger = "Ended", "StopAuthorized"
				}
				a := tx.event(kind, trigger, "EVConnected", withToken(tag))
				if a.status() != "Accepted" || a.IDTokenInfo.GroupIDToken == nil || a.IDTokenInfo.GroupIDToken.IDToken != group {
					k.Errorf("%s with %s was answered %s", kind, tag, mustJSON(a))
				}
			}
		}},
		{id: "C_43", profile: "LocalList M", title: "group id, list entry Invalid at the station but valid at the CSMS → Accepted with group", run: func(k *play) {
			st := k.station()
			k.send(st, "SendLocalList", `{"versionNumber":1,"updateType":"Full","localAuthorizationList":[{"idToken":{"idToken":"A11CE001","type":"ISO14443"},"idTokenInfo":{"status":"Invalid","groupIdToken":{"idToken":"GROUP-1","type":"Central"}}}]}`, `{"status":"Accepted"}`)
			if status, of := st.authorizeGroup(groupTagA); status != "Accepted" || of != group {
				k.Errorf("answered %s of %q", status, of)
			}
		}},
		{id: "C_47", profile: "Core M", title: "master pass group, UI: stop all transactions", run: func(k *play) {
			st := k.station()
			tx1 := st.charge(1, validTag)
			tx2 := st.charge(2, validTag)
			if status, of := st.authorizeGroup(masterTag); status != "Accepted" || of != masterPass {
				k.Errorf("the master pass was answered %s of %q", status, of)
			}
			if a := tx1.event("Ended", "StopAuthorized", "Idle", withToken(masterTag)); a.status() != "Accepted" {
				k.Errorf("the end by the master pass was answered %q", a.status())
			}
			st.charges(1, false)
			if a := tx2.event("Ended", "StopAuthorized", "Idle", withToken(masterTag)); a.status() != "Accepted" {
				k.Errorf("the end by the master pass was answered %q", a.status())
			}
			st.charges(2, false)
		}},
		{id: "C_48", profile: "Core M", title: "master pass group, UI: stop one transaction", run: func(k *play) {
			st := k.station()
			tx1 := st.charge(1, validTag)
			if status, of := st.authorizeGroup(masterTag); status != "Accepted" || of != masterPass {
				k.Errorf("the master pass was answered %s of %q", status, of)
			}
			if a := tx1.event("Ended", "StopAuthorized", "Idle", withToken(masterTag)); a.status() != "Accepted" {
				k.Errorf("the end by the master pass was answered %q", a.status())
			}
			st.charges(1, false)
		}},
		{id: "C_49", profile: "Core M", title: "master pass group without UI", run: func(k *play) {
			st := k.station()
			tx1 := st.charge(1, validTag)
			tx2 := st.charge(2, validTag)
			if status, of := st.authorizeGroup(masterTag); status != "Accepted" || of != masterPass {
				k.Errorf("the master pass was answered %s of %q", status, of)
			}
			if a := tx1.event("Ended", "StopAuthorized", "Idle", withToken(masterTag)); a.status() != "Accepted" {
				k.Errorf("the end by the master pass was answered %q", a.status())
			}
			st.charges(1, false)
			if a := tx2.event("Ended", "StopAuthorized", "Idle", withToken(masterTag)); a.status() != "Accepted" {
				k.Errorf("the end by the master pass was answered %q", a.status())
			}
			st.charges(2, false)
		}},
		{id: "C_50", profile: "ISO15118 M", title: "contract certificate hash data: CSMS does OCSP, answers idTokenInfo Accepted + certificateStatus Accepted", run: playContractAccepted},
		{id: "C_51", profile: "ISO15118 M", title: "the same, revoked → certificateStatus CertificateRevoked (and not Accepted)", run: playContractRevoked},
		{id: "C_52", profile: "ISO15118 M", title: "whole certificate chain given, CSMS derives the hash data itself and does OCSP", run: playContractChain},
		{id: "D_01", profile: "LocalList M", title: "SendLocalList Full, version > 0, not empty", run: exchange("SendLocalList", `{"versionNumber":1,"updateType":"Full","localAuthorizationList":[{"idToken":{"idToken":"C0FFEE01","type":"ISO14443"},"idTokenInfo":{"status":"Accepted"}}]}`, `{"status":"Accepted"}`)},
		{id: "D_02", profile: "LocalList M", title: "SendLocalList Differential, version higher than the station's", run: exchange("SendLocalList", `{"versionNumber":2,"updateType":"Differential","localAuthorizationList":[{"idToken":{"idToken":"C0FFEE01","type":"ISO14443"},"idTokenInfo":{"status":"Accepted"}}]}`, `{"status":"Accepted"}`)},
		{id: "D_03", profile: "LocalList M", title: "SendLocalList Differential with entries lacking idTokenInfo (= removal)", run: exchange("SendLocalList", `{"versionNumber":3,"updateType":"Differential","localAuthorizationList":[{"idToken":{"idToken":"C0FFEE01","type":"ISO14443"}}]}`, `{"status":"Accepted"}`)},
		{id: "D_04", profile: "LocalList M", title: "SendLocalList Full with an empty list (field omitted/empty)", run: exchange("SendLocalList", `{"versionNumber":4,"updateType":"Full"}`, `{"status":"Accepted"}`)},
		{id: "D_08", profile: "LocalList C", title: "GetLocalListVersion", run: exchange("GetLocalListVersion", `{}`, `{"versionNumber":4}`)},
		{id: "D_09", profile: "LocalList M", title: "GetLocalListVersion = 0 (no list)", run: exchange("GetLocalListVersion", `{}`, `{"versionNumber":0}`)},
	}
}
