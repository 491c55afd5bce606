package v201

import (
	"strings"
	"testing"
)

// event is an event of NotifyEvent; members come beside those that all have.
func event(component, variable, members string) string {
	return `{"eventId":1,"timestamp":` + when + `,"eventNotificationType":"HardWiredNotification","component":` + component +
		`,"variable":{"name":"` + variable + `"},` + members + `}`
}

func notification(events ...string) string {
	return `{"generatedAt":` + when + `,"seqNo":0,"eventData":[` + strings.Join(events, ",") + `]}`
}

func TestEventsTellTheStateOfConnectors(t *testing.T) {
	f := func(component, value, want string, odd ...string) {
		t.Helper()
		check(t, "NotifyEvent", notification(event(component, "AvailabilityState", `"trigger":"Delta","actualValue":"`+value+`"`)),
			"ConditionsReported"+whenText+"\nstate "+want, odd...)
	}
	const connector = `{"name":"Connector","evse":{"id":1,"connectorId":2}}`
	f(connector, "Available", "port=1 connector=2 state=Available"+whenText)
	f(connector, "occupied", "port=1 connector=2 state=Occupied"+whenText)
	f(connector, "Sleeping", "port=1 connector=2"+whenText, "unknown-status: Sleeping")
	f(connector, "Faulted", "port=1 connector=2 state=Faulted"+whenText+
		"\nproblem port=1 active=true component=Connector connector=2 variable=AvailabilityState error=OtherError at=2025-03-12T12:38:37Z")
	f(`{"name":"connector","evse":{"id":1}}`, "Reserved", "port=1 connector=0 state=Reserved"+whenText, "missing-member: connectorId")
	f(`{"name":"EVSE","evse":{"id":3,"connectorId":1}}`, "Unavailable", "port=3 connector=0 state=Unavailable"+whenText)
	f(`{"name":"ChargingStation"}`, "Available", "port=0 connector=0 state=Available"+whenText)
	f(`{"name":"Connector"}`, "Available", "port=0 connector=0 state=Available"+whenText, "missing-member: evse")
}

func TestEventsTellProblems(t *testing.T) {
	f := func(component, variable, members, want string, odd ...string) {
		t.Helper()
		check(t, "NotifyEvent", notification(event(`{"name":"`+component+`","evse":{"id":1}}`, variable, members)),
			"ConditionsReported"+whenText+"\nproblem port=1 "+want+" at=2025-03-12T12:38:37Z", odd...)
	}
	const alerting, delta = `"trigger":"Alerting","actualValue":""`, `"trigger":"Delta","actualValue":`
	// What is there, and what is gone.
	f("EVSE", "Problem", delta+`"true"`, "active=true component=EVSE variable=Problem error=OtherError")
	f("EVSE", "problem", delta+`"TRUE"`, "active=true component=EVSE variable=problem error=OtherError")
	f("EVSE", "Problem", delta+`"false"`, "active=false component=EVSE variable=Problem error=OtherError")
	f("EVSE", "Problem", alerting, "active=true component=EVSE variable=Problem error=OtherError")
	f("EVSE", "Problem", `"trigger":"Alerting","actualValue":"false"`, "active=false component=EVSE variable=Problem error=OtherError")
	f("EVSE", "Problem", alerting+`,"cleared":true`, "active=false component=EVSE variable=Problem error=OtherError")
	f("EVSE", "Problem", `"trigger":"Periodic","actualValue":""`, "active=false component=EVSE variable=Problem error=OtherError")
	// The code comes first.
	f("EVSE", "Problem", alerting+`,"techCode":"CX002","techInfo":"RCD tripped","severity":1`,
		"active=true component=EVSE variable=Problem code=CX002 error=GroundFailure info=RCD tripped severity=1")
	for code, word := range map[string]string{"CX001": "ConnectorLockFailure", "cx003": "HighTemperature", "CX004": "OverCurrentFailure",
		"CX005": "OverVoltage", "CX006": "UnderVoltage", "CX008": "OtherError", "CX026": "OtherError", "GroundFailure": "GroundFailure",
		"readerfailure": "ReaderFailure", "MREC4OverCurrentFailure": "OverCurrentFailure", "OtherError": "OtherError"} {
		f("RCD", "Problem", alerting+`,"techCode":"`+code+`"`, "active=true component=RCD variable=Problem code="+code+" error="+word)
	}
	f("RCD", "Tripped", alerting+`,"techCode":"E-17","severity":12`,
		"active=true component=RCD variable=Tripped code=E-17 error=GroundFailure", "severity-out-of-range: 12")
	// Then the component.
	for component, word := range map[string]string{
		"ConnectorPlugRetentionLock": "ConnectorLockFailure", "EVRetentionLock": "ConnectorLockFailure",
		"ConnectorHolsterRelease": "ConnectorLockFailure", "CPPWMController": "EVCommunicationError",
		"ISO15118Ctrlr": "EVCommunicationError", "CHAdeMOCtrlr": "EVCommunicationError", "ConnectedEV": "EVCommunicationError",
		"GroundIsolationProtection": "GroundFailure", "RCDRecloser": "GroundFailure", "AirCoolingSystem": "HighTemperature",
		"LiquidCoolingSystem": "HighTemperature", "OverCurrentProtection": "OverCurrentFailure",
		"OverCurrentProtectionRecloser": "OverCurrentFailure", "FiscalMetering": "PowerMeterFailure",
		"ControlMetering": "PowerMeterFailure", "PowerContactor": "PowerSwitchFailure", "AcDcConverter": "PowerSwitchFailure",
		"AcPhaseSelector": "PowerSwitchFailure", "TokenReader": "ReaderFailure", "VehicleIdSensor": "ReaderFailure",
		"DataLink": "WeakSignal", "Modem": "WeakSignal", "LocalAuthListCtrlr": "LocalListConflict", "Controller": "InternalError",
		"LocalController": "InternalError", "ChargingStation": "InternalError", "TemperatureSensor": "OtherError",
		"EmergencyStopSensor": "OtherError", "Turbine": "OtherError"} {
		f(component, "Problem", delta+`"1"`, "active=true component="+component+" variable=Problem error="+word)
	}
	// Sensors that were set off, and monitors.
	f("TemperatureSensor", "Active", delta+`"true"`, "active=true component=TemperatureSensor variable=Active error=HighTemperature")
	f("TemperatureSensor", "Temperature", `"trigger":"Alerting","actualValue":"93.5"`,
		"active=true component=TemperatureSensor variable=Temperature error=HighTemperature")
	f("TemperatureSensor", "Temperature", delta+`"40","cleared":true`,
		"active=false component=TemperatureSensor variable=Temperature error=HighTemperature")
	f("EmergencyStopSensor", "Active", delta+`"false"`, "active=false component=EmergencyStopSensor variable=Active error=OtherError")
	f("UpstreamProtectionTrigger", "Active", delta+`"true"`, "active=true component=UpstreamProtectionTrigger variable=Active error=OtherError")
	f("ElectricalFeed", "Voltage", `"trigger":"Alerting","actualValue":"180","techInfo":"LowerThreshold"`,
		"active=true component=ElectricalFeed variable=Voltage error=UnderVoltage info=LowerThreshold")
	f("ELVSupply", "Voltage", `"trigger":"Alerting","actualValue":"30","techCode":"HighVolt"`,
		"active=true component=ELVSupply variable=Voltage code=HighVolt error=OverVoltage")
	f("ElectricalFeed", "Voltage", `"trigger":"Alerting","actualValue":"180"`,
		"active=true component=ElectricalFeed variable=Voltage error=OtherError")
	f("WiFi", "Signal", alerting+`,"techCode":"WeakSignal"`, "active=true component=WiFi variable=Signal code=WeakSignal error=WeakSignal")
	f("Meter", "AvailabilityState", delta+`"Faulted"`, "active=true component=Meter variable=AvailabilityState error=OtherError")
}

func TestProblemsAreNamedByPlaceAndCode(t *testing.T) {
	check(t, "NotifyEvent", notification(event(`{"name":"AcDcConverter","instance":"2","evse":{"id":1,"connectorId":2}}`, "Problem",
		`"trigger":"Delta","actualValue":"true","techCode":" E7 ","techInfo":"see http://u:p@host/x"`)),
		"ConditionsReported"+whenText+"\nproblem port=1 active=true component=AcDcConverter/2 connector=2 variable=Problem code=E7 "+
			"error=PowerSwitchFailure info=see http://***@host/x at=2025-03-12T12:38:37Z")
	check(t, "NotifyEvent", `{"eventData":[{"trigger":"Alerting","component":{"name":"ChargingStation"},"variable":{"name":"Problem"},"timestamp":"2099-01-01T00:00:00Z","actualValue":"true"}]}`,
		"ConditionsReported\nproblem port=0 active=true component=ChargingStation variable=Problem error=InternalError at=2026-03-01T12:00:00Z",
		"missing-member: generatedAt", "missing-member: seqNo")
}

func TestOtherEventsAreKeptAsSent(t *testing.T) {
	power := event(`{"name":"EVSE","evse":{"id":1}}`, "Power", `"trigger":"Periodic","actualValue":"7400"`)
	secret := event(`{"name":"SecurityCtrlr"}`, "BasicAuthPassword", `"trigger":"Delta","actualValue":"hunter2"`)
	active := event(`{"name":"VehicleIdSensor","evse":{"id":1}}`, "Active", `"trigger":"Delta","actualValue":"true"`)
	signal := event(`{"name":"WiFi"}`, "Signal", `"trigger":"Alerting","actualValue":"-90","techCode":"E1"`)
	check(t, "NotifyEvent", notification(power, secret, active, signal),
		"ConditionsReported"+whenText+` detail={"eventData":[`+power+`,`+strings.Replace(secret, "hunter2", "***", 1)+`,`+active+`,`+signal+`]}`)
	check(t, "NotifyEvent", notification(strings.ReplaceAll(power, `,"`, " ,\n\""),
		event(`{"name":"Connector","evse":{"id":1,"connectorId":1}}`, "AvailabilityState", `"trigger":"Delta","actualValue":"Occupied"`)),
		"ConditionsReported"+whenText+` detail={"eventData":[`+power+`]}`+"\nstate port=1 connector=1 state=Occupied"+whenText)
	check(t, "NotifyEvent", `{"generatedAt":`+when+`,"seqNo":0,"eventData":[{"timestamp":`+when+`,"trigger":"Delta","actualValue":"a`+"\x01"+`b","component":{"name":"X"},"variable":{"name":"Y"}}]}`,
		"ConditionsReported"+whenText+` detail="{\"eventData\":[{\"timestamp\":\"2025-03-12T12:38:37Z\",\"trigger\":\"Delta\",\"actualValue\":\"a\u0001b\",`+
			`\"component\":{\"name\":\"X\"},\"variable\":{\"name\":\"Y\"}}]}"`, "control-characters: actualValue")
}
