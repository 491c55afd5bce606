package httpapi_test

var statusPoints = map[string]func(*yard){
	"no 25 ocppStatus is null until the port reported one": func(y *yard) {
		y.port(82, "ocppStatus", `null`)
		y.connects(41)
		y.reportsStatus(41, 0, "Faulted")
		y.port(82, "ocppStatus", `null`)
		y.reportsStatus(41, 1, "Available")
		y.port(82, "ocppStatus", `{"status":"Available","timestamp":"2026-03-02T12:00:00.000Z","errorCode":"NoError","vendorErrorCode":null,"info":null}`)
		y.port(81, "ocppStatus", `null`)
	},
	"no 25 a disconnected charger keeps its last status, also over a restart": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Reserved")
		y.at("12:10:00").disconnects(41, "12:10:00")
		y.port(82, "ocppStatus.status", `"Reserved"`)
		y.restart(clock("12:20:00"))
		y.port(82, "ocppStatus.status", `"Reserved"`)
		y.port(82, "ocppStatus.timestamp", `"2026-03-02T12:00:00.000Z"`)
	},
	"no 26 each status replaces the whole object": func(y *yard) {
		y.connects(41)
		y.sends(41, "StatusNotification", `{"connectorId":1,"status":"Faulted","errorCode":"GroundFailure","vendorErrorCode":"E-217","info":"Leak","vendorId":"v","timestamp":"2026-03-02T11:59:58Z"}`)
		y.port(82, "ocppStatus", `{"status":"Faulted","timestamp":"2026-03-02T11:59:58.000Z","errorCode":"GroundFailure","vendorErrorCode":"E-217","info":"Leak"}`)
		y.sends(41, "StatusNotification", `{"connectorId":1,"status":"Available","errorCode":"NoError","vendorErrorCode":"","info":"","timestamp":"2026-03-02T11:59:59Z"}`)
		y.port(82, "ocppStatus", `{"status":"Available","timestamp":"2026-03-02T11:59:59.000Z","errorCode":"NoError","vendorErrorCode":null,"info":null}`)
	},
	"no 26 the nine words of OCPP 1.6 pass through": func(y *yard) {
		y.connects(41)
		for _, word := range [...]string{"Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted"} {
			y.reportsStatus(41, 1, word)
			y.port(82, "ocppStatus.status", `"`+word+`"`)
		}
	},
	"no 26 an unknown status keeps the last one and Occupied is Preparing": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Sleeping")
		y.port(82, "ocppStatus", `null`)
		y.reportsStatus(41, 1, "Finishing")
		y.at("12:01:00").sends(41, "StatusNotification", `{"connectorId":1,"status":"Sleeping","errorCode":"WeakSignal"}`)
		y.port(82, "ocppStatus", `{"status":"Finishing","timestamp":"2026-03-02T12:01:00.000Z","errorCode":"WeakSignal","vendorErrorCode":null,"info":null}`)
		y.reportsStatus(41, 1, "Occupied")
		y.port(82, "ocppStatus.status", `"Preparing"`)
	},
	"no 26 an unknown error code is OtherError and a missing one NoError": func(y *yard) {
		y.connects(41)
		code := func(status, member, want string) {
			y.t.Helper()
			y.sends(41, "StatusNotification", `{"connectorId":1,"status":"`+status+`"`+member+`}`)
			y.port(82, "ocppStatus.errorCode", `"`+want+`"`)
		}
		code("Available", `,"errorCode":"Flooded"`, "OtherError")
		code("Available", ``, "NoError")
		code("Faulted", ``, "OtherError")
		for _, known := range [...]string{"ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature",
			"InternalError", "LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "OverVoltage",
			"PowerMeterFailure", "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal"} {
			code("Charging", `,"errorCode":"`+known+`"`, known)
		}
	},
	"no 26 the timestamp is the message's own while it can be believed": func(y *yard) {
		y.connects(41)
		stamp := func(member, want string) {
			y.t.Helper()
			y.sends(41, "StatusNotification", `{"connectorId":1,"status":"Available","errorCode":"NoError"`+member+`}`)
			y.port(82, "ocppStatus.timestamp", `"`+want+`"`)
		}
		y.at("12:10:00.25")
		const receipt = "2026-03-02T12:10:00.250Z"
		stamp(`,"timestamp":"2026-03-02T12:09:59Z"`, "2026-03-02T12:09:59.000Z")
		stamp(`,"timestamp":"2026-03-02T12:15:00Z"`, "2026-03-02T12:15:00.000Z")
		stamp(`,"timestamp":"2026-03-02T12:15:01Z"`, receipt)
		stamp(`,"timestamp":"2014-12-31T23:59:59Z"`, receipt)
		stamp(`,"timestamp":"1970-01-01T00:00:00Z"`, receipt)
		stamp(`,"timestamp":"soon"`, receipt)
		stamp(``, receipt)
		stamp(`,"timestamp":"2015-01-01T00:00:00Z"`, "2015-01-01T00:00:00.000Z")
	},
	"no 26 the timestamp is the last report, also when repeated": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Available")
		y.at("12:30:00").reportsStatus(41, 1, "Available")
		y.port(82, "ocppStatus.timestamp", `"2026-03-02T12:30:00.000Z"`)
	},
	"no 26 an older status counts, but not out of the queue after a reconnect": func(y *yard) {
		y.at("11:00:00").connects(41)
		y.at("11:00:01").reportsStatus(41, 1, "Available")
		y.at("11:30:00").reportsStatus(41, 1, "Charging")
		y.at("11:30:01").sends(41, "StatusNotification", `{"connectorId":1,"status":"Finishing","errorCode":"NoError","timestamp":"2026-03-02T11:10:00Z"}`)
		y.port(82, "ocppStatus.status", `"Finishing"`)
		y.at("11:40:00").reportsStatus(41, 1, "Charging")
		y.at("11:50:00").disconnects(41, "11:49:00")
		y.at("12:00:00").connects(41)
		y.at("12:00:02").sends(41, "StatusNotification", `{"connectorId":1,"status":"Preparing","errorCode":"NoError","timestamp":"2026-03-02T11:35:00Z"}`)
		y.port(82, "ocppStatus.status", `"Charging"`)
		y.port(82, "ocppStatus.timestamp", `"2026-03-02T11:40:00.000Z"`)
		y.at("12:00:03").sends(41, "StatusNotification", `{"connectorId":1,"status":"SuspendedEV","errorCode":"NoError","timestamp":"2026-03-02T11:55:00Z"}`)
		y.port(82, "ocppStatus.status", `"SuspendedEV"`)
	},
}
