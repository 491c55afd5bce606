package conformance

func cases201Display() []testCase {
	return []testCase{
		{id: "O_01", profile: "UI M", title: "SetDisplayMessage", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)},
		{id: "O_02", profile: "UI M", title: "GetDisplayMessages all", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDisplayMessages", `{"requestId":71}`, `{"status":"Accepted"}`)
			st.call("NotifyDisplayMessages", `{"requestId":71,"tbc":false,"messageInfo":[{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}]}`)
			st.noted("displayMessages", "Welcome")
		}},
		{id: "O_03", profile: "UI M", title: "GetDisplayMessages, none configured (Unknown)", run: exchange("GetDisplayMessages", `{"requestId":71}`, `{"status":"Unknown"}`)},
		{id: "O_04", profile: "UI M", title: "ClearDisplayMessage", run: exchange("ClearDisplayMessage", `{"id":1}`, `{"status":"Accepted"}`)},
		{id: "O_05", profile: "UI M", title: "ClearDisplayMessage unknown id", run: exchange("ClearDisplayMessage", `{"id":99}`, `{"status":"Unknown"}`)},
		{id: "O_06", profile: "UI M", title: "SetDisplayMessage for a transaction", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","transactionId":"`+tx.id+`","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)
		}},
		{id: "O_07", profile: "UI M", title: "GetDisplayMessages by id", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDisplayMessages", `{"requestId":71,"id":[1]}`, `{"status":"Accepted"}`)
			st.call("NotifyDisplayMessages", `{"requestId":71,"tbc":false,"messageInfo":[{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}]}`)
			st.noted("displayMessages", "Welcome")
		}},
		{id: "O_08", profile: "UI M", title: "GetDisplayMessages by priority", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDisplayMessages", `{"requestId":71,"priority":"NormalCycle"}`, `{"status":"Accepted"}`)
			st.call("NotifyDisplayMessages", `{"requestId":71,"tbc":false,"messageInfo":[{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}]}`)
			st.noted("displayMessages", "Welcome")
		}},
		{id: "O_09", profile: "UI M", title: "GetDisplayMessages by state", run: func(k *play) {
			st := k.station()
			k.send(st, "GetDisplayMessages", `{"requestId":71,"state":"Idle"}`, `{"status":"Accepted"}`)
			st.call("NotifyDisplayMessages", `{"requestId":71,"tbc":false,"messageInfo":[{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}]}`)
			st.noted("displayMessages", "Welcome")
		}},
		{id: "O_10", profile: "UI M", title: "SetDisplayMessage UnknownTransaction", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","transactionId":"none","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"UnknownTransaction"}`)},
		{id: "O_11", profile: "UI M", title: "GetDisplayMessages with an unknown id", run: exchange("GetDisplayMessages", `{"requestId":71,"id":[99]}`, `{"status":"Unknown"}`)},
		{id: "O_12", profile: "UI M", title: "replace: same message id", run: func(k *play) {
			st := k.station()
			for range 2 {
				k.send(st, "SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)
			}
		}},
		{id: "O_13", profile: "UI M", title: "startDateTime", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","startDateTime":"2030-01-01T00:00:00.000Z","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)},
		{id: "O_14", profile: "UI M", title: "endDateTime", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","endDateTime":"2030-01-01T00:00:00.000Z","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)},
		{id: "O_17", profile: "UI M", title: "NotSupportedPriority", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"AlwaysFront","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"NotSupportedPriority"}`)},
		{id: "O_18", profile: "UI M", title: "NotSupportedState", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","state":"Charging","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"NotSupportedState"}`)},
		{id: "O_19", profile: "UI M", title: "NotSupportedMessageFormat", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","message":{"format":"HTML","content":"Welcome"}}}`, `{"status":"NotSupportedMessageFormat"}`)},
		{id: "O_25", profile: "UI M", title: "state Charging", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","state":"Charging","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)},
		{id: "O_26", profile: "UI M", title: "SetDisplayMessage Rejected", run: exchange("SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Rejected"}`)},
		{id: "O_27", profile: "UI M", title: "transaction + startDateTime", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","transactionId":"`+tx.id+`","startDateTime":"2030-01-01T00:00:00.000Z","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)
		}},
		{id: "O_28", profile: "UI M", title: "transaction + endDateTime", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "SetDisplayMessage", `{"message":{"id":1,"priority":"NormalCycle","transactionId":"`+tx.id+`","endDateTime":"2030-01-01T00:00:00.000Z","message":{"format":"UTF8","content":"Welcome"}}}`, `{"status":"Accepted"}`)
		}},
		{id: "P_02", profile: "Core M", title: "incoming DataTransfer, unknown vendor → UnknownVendorId / UnknownMessageId / Rejected", run: func(k *play) {
			var answer struct{ Status string }
			k.decode(k.station().call("DataTransfer", `{"vendorId":"org.example.unknown","messageId":"x"}`), &answer)
			if answer.Status != "UnknownVendorId" {
				k.Errorf("answered %s", answer.Status)
			}
		}},
		{id: "P_03", profile: "Core M", title: "customData in a message must not be refused", run: func(k *play) {
			st := k.station()
			st.call("StatusNotification", `{"timestamp":"`+now()+`","connectorStatus":"Unavailable","evseId":1,"connectorId":1,"customData":{"vendorId":"org.example","more":{"deep":[1,2,3]}}}`)
			st.shows(1, "Unavailable")
			k.send(st, "DataTransfer", `{"vendorId":"org.example","customData":{"vendorId":"org.example"}}`, `{"status":"Accepted","customData":{"vendorId":"org.example"}}`)
		}},
	}
}
