package v16

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func TestEveryActionOfAChargerHasAHandler(t *testing.T) {
	n := 0
	for _, a := range wire.Table.Actions {
		if a.Direction&ocpp.FromCharger == 0 {
			continue
		}
		n++
		if _, ok := handlers[a.Name]; !ok {
			t.Errorf("%s has no handler", a.Name)
		}
	}
	if n != len(handlers) {
		t.Errorf("%d handlers for %d actions", len(handlers), n)
	}
}

// translated decodes and translates a payload, and returns the event with all
// its oddities.
func translated(t *testing.T, action, payload string) charging.Event {
	t.Helper()
	m, odd, fault := wire.Decode(action, []byte(payload))
	if fault != nil {
		t.Fatalf("%s %s: %v", action, payload, fault)
	}
	return Translate(m, charging.Event{ChargerID: 7, Generation: 3, MessageID: "id", Received: received, Oddities: odd})
}

func TestTranslateKeepsWhatTheEventCameWith(t *testing.T) {
	e := translated(t, "Heartbeat", `{"x":1}`)
	want := charging.Event{ChargerID: 7, Generation: 3, MessageID: "id", Received: received,
		Oddities: []string{"unknown-member: x"}}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b := translated(t, "BootNotification", `{}`).Body.(charging.Booted); b.At != received {
		t.Errorf("the boot is at %v, want the time of receipt", b.At)
	}
}

func TestStatusNotificationSpeaksTheWordsOfTheContract(t *testing.T) {
	f := func(payload string, want charging.PortStatusReported, odd ...string) {
		t.Helper()
		e := translated(t, "StatusNotification", payload)
		if diff := cmp.Diff(charging.Body(want), e.Body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", payload, diff)
		}
		if diff := cmp.Diff(odd, e.Oddities); diff != "" {
			t.Errorf("%s oddities (-want +got):\n%s", payload, diff)
		}
	}
	for _, word := range []charging.Status{"Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing",
		"Reserved", "Unavailable", "Faulted"} {
		f(`{"connectorId":1,"errorCode":"WeakSignal","status":"`+string(word)+`"}`,
			charging.PortStatusReported{Port: 1, Status: word, ErrorCode: "WeakSignal"})
	}
	f(`{"connectorId":1,"errorCode":"NoError","status":"Occupied"}`,
		charging.PortStatusReported{Port: 1, Status: charging.Preparing, ErrorCode: "NoError"}, "unknown-status: Occupied")
	f(`{"connectorId":1,"errorCode":"NoError","status":"Sleeping"}`,
		charging.PortStatusReported{Port: 1, ErrorCode: "NoError"}, "unknown-status: Sleeping")
	f(`{"connectorId":1,"errorCode":"Flooded","status":"Available"}`,
		charging.PortStatusReported{Port: 1, Status: "Available", ErrorCode: "OtherError"}, "unknown-error-code: Flooded")
	f(`{"connectorId":1,"status":"Available"}`,
		charging.PortStatusReported{Port: 1, Status: "Available", ErrorCode: "NoError"}, "missing-member: errorCode")
	f(`{"connectorId":1,"errorCode":"","status":"Faulted"}`,
		charging.PortStatusReported{Port: 1, Status: "Faulted", ErrorCode: "OtherError"})
	f(`{"connectorId":1,"errorCode":"NoError","status":"Faulted"}`,
		charging.PortStatusReported{Port: 1, Status: "Faulted", ErrorCode: "NoError"})
	f(`{"connectorId":1,"errorCode":"NoError","status":"Available","info":"  ","vendorErrorCode":" E7 ","vendorId":"NULL"}`,
		charging.PortStatusReported{Port: 1, Status: "Available", ErrorCode: "NoError", VendorErrorCode: "E7"},
		"placeholder: vendorId")
	f(`{"connectorId":99999999999,"errorCode":"NoError","status":"Available"}`,
		charging.PortStatusReported{Port: 1<<31 - 1, Status: "Available", ErrorCode: "NoError"},
		"connector-out-of-range: 99999999999")
}

func TestTransactionsNeedNothing(t *testing.T) {
	f := func(action, payload string, want charging.Body) {
		t.Helper()
		e := translated(t, action, payload)
		if diff := cmp.Diff(want, e.Body); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", action, payload, diff)
		}
	}
	f("StartTransaction", `{}`, charging.SessionStarted{})
	f("StopTransaction", `{}`, charging.SessionStopped{Reason: "Local"})
	f("MeterValues", `{}`, charging.MetersReported{})
	f("StartTransaction", `{"connectorId":-2,"idTag":7,"meterStart":"12.3456","reservationId":"9","timestamp":5}`,
		charging.SessionStarted{Tag: "7", MeterStart: 12_346, HasMeterStart: true, Reservation: 9,
			Time: charging.Timestamp{Written: "5"}})
	f("StartTransaction", `{"connectorId":1,"idTag":"A","meterStart":9223372036854775807}`,
		charging.SessionStarted{Port: 1, Tag: "A"})
	f("StopTransaction", `{"transactionId":"abc","meterStop":null,"reason":" Sleepy "}`,
		charging.SessionStopped{Reason: "Sleepy"})
}

func TestOddValuesOfTransactionsAreListed(t *testing.T) {
	f := func(action, payload string, odd ...string) {
		t.Helper()
		if diff := cmp.Diff(odd, translated(t, action, payload).Oddities); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", action, payload, diff)
		}
	}
	const at = `"timestamp":"2025-03-12T12:38:37Z"`
	f("StartTransaction", `{"connectorId":-2,"idTag":"A","meterStart":9223372036854775807,`+at+`}`,
		"connector-out-of-range: -2", "out-of-range: meterStart")
	f("StopTransaction", `{"transactionId":5,"meterStop":-9223372036854775807,`+at+`}`, "out-of-range: meterStop")
}

func TestTextsBeyondMeasureAreCut(t *testing.T) {
	e := translated(t, "Authorize", `{"idTag":"`+strings.Repeat("é", 300)+`"}`)
	if got := e.Body.(charging.TagPresented).Tag; got != strings.Repeat("é", 255) {
		t.Errorf("the tag has %d bytes", len(got))
	}
	if diff := cmp.Diff([]string{"too-long: idTag", "cut: idTag"}, e.Oddities); diff != "" {
		t.Error(diff)
	}
}

func TestReadingsAreNormalised(t *testing.T) {
	f := func(sample, want string, odd ...string) {
		t.Helper()
		e := translated(t, "MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"2025-03-12T12:38:37Z","sampledValue":[`+sample+`]}]}`)
		// The sample as sent is kept exactly when something of it was lost.
		want = strings.ReplaceAll(want, " RAW", " raw="+sample)
		const tail = " time=2025-03-12T12:38:37Z"
		got := strings.Replace(describe(e.Body)[1], tail, "", 1)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", sample, got, want)
		}
		if diff := cmp.Diff(odd, e.Oddities); diff != "" {
			t.Errorf("%s oddities (-want +got):\n%s", sample, diff)
		}
	}
	const periodic = " location=Outlet context=Sample.Periodic"
	f(`{"value":"5"}`, "0 Energy.Active.Import.Register value=5"+periodic)
	f(`{"value":"1,5","unit":"kWh"}`, "0 Energy.Active.Import.Register value=1500"+periodic)
	f(`{"value":"0.25","unit":"MWh"}`, "0 Energy.Active.Import.Register value=250000"+periodic, "unknown-unit: MWh")
	f(`{"value":"7","unit":"kwh"}`, "0 Energy.Active.Import.Register value=7000"+periodic, "spelling: kwh")
	f(`{"value":"7","unit":" kWh "}`, "0 Energy.Active.Import.Register value=7000"+periodic, "spelling:  kWh ")
	f(`{"value":"3","measurand":"Energy.Reactive.Export.Interval","unit":"kvarh"}`,
		"0 Energy.Reactive.Export.Interval value=3000"+periodic)
	f(`{"value":"7.4","measurand":"Power.Active.Import","unit":"kW"}`, "0 Power.Active.Import value=7400"+periodic)
	f(`{"value":"7.4","measurand":"Power.Active.Import"}`, "0 Power.Active.Import value=7.4"+periodic)
	f(`{"value":"7.4","measurand":"Power.Active.Import","unit":"kWh"}`, "0 Power.Active.Import value=7400"+periodic+" RAW",
		"unit-of-another-kind: Power.Active.Import in kWh")
	f(`{"value":"7.4","measurand":"Power.Active.Import","unit":"kVA"}`, "0 Power.Active.Import value=7400"+periodic+" RAW",
		"unit-of-another-kind: Power.Active.Import in kVA")
	f(`{"value":"7.4","measurand":"Power.Active.Import","unit":"A"}`, "0 Power.Active.Import"+periodic+" RAW",
		"unit-of-another-kind: Power.Active.Import in A")
	f(`{"value":"500","measurand":"Current.Import","phase":"L2","unit":"mA"}`, "0 Current.Import/L2 value=0.5"+periodic,
		"unknown-unit: mA")
	f(`{"value":"230","measurand":"Voltage","unit":"Bananas"}`, "0 Voltage"+periodic+" RAW", "unknown-unit: Bananas")
	f(`{"value":"57","measurand":"SoC","location":"EV","unit":"%"}`, "0 SoC value=57 location=EV context=Sample.Periodic",
		"unknown-unit: %")
	f(`{"value":"57","measurand":"SoC","location":"EV"}`, "0 SoC value=57 location=EV context=Sample.Periodic")
	f(`{"value":"49.98","measurand":"Frequency"}`, "0 Frequency value=49.98"+periodic)
	f(`{"value":"0.98","measurand":"Power.Factor"}`, "0 Power.Factor value=0.98"+periodic)
	f(`{"value":"98","measurand":"Power.Factor","unit":"Percent"}`, "0 Power.Factor value=0.98"+periodic)
	f(`{"value":"20.5","measurand":"Temperature","unit":"Celcius"}`, "0 Temperature value=20.5"+periodic)
	f(`{"value":"293.15","measurand":"Temperature","unit":"K"}`, "0 Temperature value=20"+periodic)
	f(`{"value":"68","measurand":"Temperature","unit":"Fahrenheit"}`, "0 Temperature value=20"+periodic)
	f(`{"value":"-4","measurand":"Temperature","unit":"Fahrenheit"}`, "0 Temperature value=-20"+periodic)
	f(`{"value":"900","measurand":"RPM"}`, "0 RPM value=900"+periodic)
	f(`{"value":"","measurand":"Voltage"}`, "0 Voltage"+periodic+" RAW", "no-number: Voltage")
	f(`{"value":"NaN","measurand":"Voltage"}`, "0 Voltage"+periodic+" RAW", "no-number: Voltage")
	f(`{"value":"-","measurand":"Voltage"}`, "0 Voltage"+periodic+" RAW", "no-number: Voltage")
	f(`{"value":"1e300","measurand":"Voltage"}`, "0 Voltage"+periodic+" RAW", "no-number: Voltage")
	f(`{"value":"5","measurand":"Weight","unit":"kg"}`, "0"+" "+periodic+" RAW", "unknown-measurand: Weight",
		"unknown-unit: kg")
	f(`{"value":"5","phase":"L9"}`, "0 Energy.Active.Import.Register value=5"+periodic+" RAW", "unknown-phase: L9")
	f(`{"value":"5","location":"Roof"}`, "0 Energy.Active.Import.Register value=5 context=Sample.Periodic RAW",
		"unknown-location: Roof")
	f(`{"value":"5","context":"transaction.begin"}`,
		"0 Energy.Active.Import.Register value=5 location=Outlet context=Transaction.Begin", "spelling: transaction.begin")
	f(`{"value":"a1b2","format":"SignedData","context":"Transaction.End"}`,
		"0 Energy.Active.Import.Register location=Outlet context=Transaction.End RAW")
	f(`{"value":"OCMF|{}|{}"}`, "0 Energy.Active.Import.Register"+periodic+" RAW")
}

func TestNotesKeepTheRestOfTheMessage(t *testing.T) {
	f := func(action, payload string, want charging.Noted) {
		t.Helper()
		if diff := cmp.Diff(charging.Body(want), translated(t, action, payload).Body); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", action, payload, diff)
		}
	}
	f("DiagnosticsStatusNotification", `{"status":"Uploading"}`,
		charging.Noted{Kind: charging.NoteDiagnostics, Status: "Uploading"})
	f("FirmwareStatusNotification", `{"status":"Rebooting"}`,
		charging.Noted{Kind: charging.NoteFirmware, Status: "Rebooting"})
	f("SignedFirmwareStatusNotification", `{"status":"InstallRebooting","requestId":7}`,
		charging.Noted{Kind: charging.NoteSignedFirmware, Status: "InstallRebooting", Detail: `{"requestId":7}`})
	f("LogStatusNotification", `{"status":"UploadFailure","requestId":"x"}`,
		charging.Noted{Kind: charging.NoteLog, Status: "UploadFailure"})
	f("SecurityEventNotification", `{"type":"ResetOrReboot","timestamp":"2025-03-12T12:38:37Z","techInfo":"by\n\"hand\""}`,
		charging.Noted{Kind: charging.NoteSecurityEvent, Status: "ResetOrReboot", Detail: `{"techInfo":"by\n\"hand\""}`,
			Time: charging.Timestamp{Written: "2025-03-12T12:38:37Z", Parsed: time.Date(2025, 3, 12, 12, 38, 37, 0, time.UTC)}})
	f("SignCertificate", `{"csr":"-----BEGIN\nMII"}`,
		charging.Noted{Kind: charging.NoteSignCertificate, Detail: `{"csr":"-----BEGIN\nMII"}`})
	f("DataTransfer", `{"vendorId":"com.example","messageId":"price","data":{"eur":0.3}}`,
		charging.Noted{Kind: charging.NoteDataTransfer,
			Detail: `{"vendorId":"com.example","messageId":"price","data":"{\"eur\":0.3}"}`})
	f("DataTransfer", `{"vendorId":"com.example","data":"AuthorizationKey=00FF"}`,
		charging.Noted{Kind: charging.NoteDataTransfer,
			Detail: `{"vendorId":"com.example","data":"(removed: it names a secret)"}`})
}

func TestAnswersFollowTheOutcome(t *testing.T) {
	f := func(action, payload string, out charging.Outcome, s Settings, want string) {
		t.Helper()
		m, _, fault := wire.Decode(action, []byte(payload))
		if fault != nil {
			t.Fatal(fault)
		}
		got := Answer(m, out, s).AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s %s:\n got %s\nwant %s", action, payload, got, want)
		}
		if fault := ocpp.Check(ocpp.V16, wire.Table.Action(action).Response, got); fault != nil {
			t.Errorf("%s: %v", got, fault)
		}
	}
	blocked := charging.Outcome{TransactionID: 12, HasTag: true, Tag: charging.TagDecision{
		Status: charging.TagBlocked, GroupTag: "FAMILY", ExpiresAt: received}}
	const info = `"idTagInfo":{"expiryDate":"2026-03-01T12:00:00.000Z","parentIdTag":"FAMILY","status":"Blocked"}`
	f("Authorize", `{"idTag":"A"}`, blocked, settings, `{`+info+`}`)
	f("StartTransaction", `{"idTag":"A"}`, blocked, settings, `{`+info+`,"transactionId":12}`)
	f("StopTransaction", `{"idTag":"A"}`, blocked, settings, `{`+info+`}`)
	f("StopTransaction", `{}`, blocked, settings, `{}`)
	f("StopTransaction", `{"idTag":"A"}`, charging.Outcome{}, settings, `{}`)

	long := charging.Outcome{Tag: charging.TagDecision{Status: charging.TagAccepted, GroupTag: strings.Repeat("G", 21)}}
	f("Authorize", `{"idTag":"A"}`, long, settings, `{"idTagInfo":{"status":"Accepted"}}`)
	f("Authorize", `{"idTag":"A"}`, charging.Outcome{}, settings, `{"idTagInfo":{"status":"Invalid"}}`)

	f("BootNotification", `{}`, charging.Outcome{}, Settings{Now: received},
		`{"status":"Accepted","currentTime":"2026-03-01T12:00:00.000Z","interval":0}`)
	f("BootNotification", `{}`, charging.Outcome{},
		Settings{Now: received.In(time.FixedZone("", -3600)), HeartbeatInterval: 90 * time.Second, Registration: wire.RegistrationPending},
		`{"status":"Pending","currentTime":"2026-03-01T12:00:00.000Z","interval":90}`)
	f("Heartbeat", `{}`, charging.Outcome{}, settings, `{"currentTime":"2026-03-01T12:00:00.000Z"}`)
	f("DataTransfer", `{"vendorId":"V"}`, charging.Outcome{}, settings, `{"status":"UnknownVendorId"}`)
	f("SignCertificate", `{"csr":"x"}`, charging.Outcome{}, settings, `{"status":"Rejected"}`)
	for _, action := range []string{"DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification",
		"SignedFirmwareStatusNotification"} {
		f(action, `{"status":"Idle"}`, charging.Outcome{}, settings, `{}`)
	}
	f("SecurityEventNotification", `{"type":"X"}`, charging.Outcome{}, settings, `{}`)
	f("MeterValues", `{}`, charging.Outcome{}, settings, `{}`)
	f("StatusNotification", `{"connectorId":1,"status":"Available"}`, charging.Outcome{}, settings, `{}`)
}
