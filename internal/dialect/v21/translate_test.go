package v21

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	base "github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

var (
	received = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	settings = Settings{Settings: base.Settings{Now: received}}
)

const when = `"2025-03-12T12:38:37Z"`

var whenTime = charging.Timestamp{Written: "2025-03-12T12:38:37Z", Parsed: time.Date(2025, 3, 12, 12, 38, 37, 0, time.UTC)}

func decoded(t *testing.T, action, payload string) (v201.Message, []string) {
	t.Helper()
	m, odd, fault := wire.Decode(action, []byte(payload))
	if fault != nil {
		t.Fatalf("%s %s: %v", action, payload, fault)
	}
	return m, odd
}

func TestEveryActionOfACharger(t *testing.T) {
	for _, a := range wire.Table.Actions {
		if a.Direction&ocpp.FromCharger == 0 {
			continue
		}
		_, here := handlers[a.Name]
		if in201 := v201.Table.Action(a.Name) != nil; here == in201 {
			t.Errorf("%s: handled here %v, known to 2.0.1 %v", a.Name, here, in201)
		}
	}
	for name := range handlers {
		if a := wire.Table.Action(name); a == nil || a.Direction&ocpp.FromCharger == 0 {
			t.Errorf("%s is handled and never sent", name)
		}
	}
}

func TestNotesKeepTheWholeMessage(t *testing.T) {
	f := func(action, payload string, want charging.Noted) {
		t.Helper()
		m, odd := decoded(t, action, payload)
		e := Translate(m, charging.Event{Received: received, Oddities: odd})
		want.Detail = payload
		if diff := cmp.Diff(charging.Body(want), e.Body); diff != "" || len(e.Oddities) > 0 {
			t.Errorf("%s %s: %q (-want +got):\n%s", action, payload, e.Oddities, diff)
		}
	}
	f("BatterySwap", `{"batteryData":[{}],"eventType":"BatteryOut","idToken":{},"requestId":4}`,
		charging.Noted{Kind: charging.NoteBatterySwap, Status: "BatteryOut", RequestID: 4})
	f("NotifyDERAlarm", `{"controlType":"VoltVar","timestamp":`+when+`}`,
		charging.Noted{Kind: charging.NoteDERAlarm, Status: "VoltVar", Time: whenTime})
	f("NotifyDERStartStop", `{"controlId":"c","started":true,"timestamp":`+when+`}`, charging.Noted{Kind: charging.NoteDERStartStop, Time: whenTime})
	f("ReportDERControl", `{"requestId":5,"tbc":true}`, charging.Noted{Kind: charging.NoteDERReport, RequestID: 5})
	f("NotifyPriorityCharging", `{"transactionId":"t","activated":true}`, charging.Noted{Kind: charging.NotePriorityCharging})
	f("NotifySettlement", `{"pspRef":"p","status":"Failed","settlementAmount":1.5,"settlementTime":`+when+`}`,
		charging.Noted{Kind: charging.NoteSettlement, Status: "Failed", Time: whenTime})
	f("OpenPeriodicEventStream", `{"constantStreamData":{"id":1}}`, charging.Noted{Kind: charging.NoteStreamOpened})
	f("ClosePeriodicEventStream", `{"id":1}`, charging.Noted{Kind: charging.NoteStreamClosed})
	f("NotifyPeriodicEventStream", `{"id":1,"pending":0,"basetime":`+when+`,"data":[{"t":0,"v":"1"}]}`,
		charging.Noted{Kind: charging.NoteStream, Time: whenTime})
	f("PullDynamicScheduleUpdate", `{"chargingProfileId":1}`, charging.Noted{Kind: charging.NoteDynamicSchedule})
	f("VatNumberValidation", `{"vatNumber":"DE1","evseId":2}`, charging.Noted{Kind: charging.NoteVatNumber, Port: 2})
	f("GetCertificateChainStatus", `{"certificateStatusRequests":[{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"},"source":"CRL","urls":["http://c"]}]}`,
		charging.Noted{Kind: charging.NoteCertificateStatus})
	f("ReservationStatusUpdate", `{"reservationId":1,"reservationUpdateStatus":"NoTransaction"}`,
		charging.Noted{Kind: charging.NoteReservation, Status: "NoTransaction", RequestID: 1})
}

func TestAnswers(t *testing.T) {
	f := func(action, payload string, out charging.Outcome, s Settings, want string) {
		t.Helper()
		m, _ := decoded(t, action, payload)
		got := Answer(m, out, s).AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s %s:\n got %s\nwant %s", action, payload, got, want)
		}
		if row := wire.Table.Action(action); !row.Send {
			if fault := ocpp.Check(ocpp.V21, row.Response, got); fault != nil {
				t.Errorf("%s: %v", got, fault)
			}
		}
	}
	none := charging.Outcome{}
	for _, action := range []string{"BatterySwap", "NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl", "NotifyPriorityCharging",
		"NotifySettlement", "ClosePeriodicEventStream", "NotifyPeriodicEventStream", "FirmwareStatusNotification"} {
		f(action, `{}`, none, settings, `{}`)
	}
	f("OpenPeriodicEventStream", `{}`, none, settings, `{"status":"Accepted"}`)
	f("PullDynamicScheduleUpdate", `{}`, none, settings,
		`{"status":"Rejected","statusInfo":{"reasonCode":"NoDynamicProfile","additionalInfo":"No dynamic charging profile was set from here."}}`)
	f("NotifyEVChargingNeeds", `{}`, none, settings, `{"status":"Accepted"}`)
	const refused = `"status":"Rejected","statusInfo":{"reasonCode":"NotValidated","additionalInfo":"VAT numbers are not validated here."}}`
	f("VatNumberValidation", `{"vatNumber":"DE1","evseId":2}`, none, settings, `{"vatNumber":"DE1","evseId":2,`+refused)
	f("VatNumberValidation", `{"vatNumber":"`+strings.Repeat("é", 21)+`","evseId":-2}`, none, settings,
		`{"vatNumber":"`+strings.Repeat("é", 20)+`",`+refused)

	group := charging.Outcome{HasTag: true, Tag: charging.TagDecision{Status: charging.TagAccepted, GroupTag: strings.Repeat("G", 255)}}
	f("Authorize", `{"idToken":{"idToken":"A","type":"Central"}}`, group, settings,
		`{"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"`+strings.Repeat("G", 255)+`","type":"Central"}}}`)
	ocsp := settings
	ocsp.OCSPResult, ocsp.EVCertificate = strings.Repeat("A", 18000), strings.Repeat("A", 17000)
	f("GetCertificateStatus", `{}`, none, ocsp, `{"status":"Accepted","ocspResult":"`+ocsp.OCSPResult+`"}`)
	f("Get15118EVCertificate", `{}`, none, ocsp, `{"status":"Accepted","exiResponse":"`+ocsp.EVCertificate+`"}`)
}

func TestStatusesOfAChainThatAreNotKnownFailed(t *testing.T) {
	const payload = `{"certificateStatusRequests":[` +
		`{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"1"},"source":"OCSP","urls":["http://o"]},` +
		`{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"2"},"source":"CRL","urls":["http://c"]},` +
		`{"certificateHashData":{"hashAlgorithm":"MD5","serialNumber":"` + "0123456789012345678901234567890123456789x" + `"}},{},{}]}`
	m, _ := decoded(t, "GetCertificateChainStatus", payload)
	if q := ChainOf(m); len(q) != 5 || q[1].URLs[0] != "http://c" {
		t.Errorf("asked %v", q)
	}
	if q := ChainOf(new(v201.Heartbeat)); q != nil {
		t.Errorf("a heartbeat asks %v", q)
	}
	s := settings
	s.ChainStatuses = []wire.CertificateStatus{{HashData: ChainOf(m)[1].HashData, Source: "CRL", Status: wire.StatusGood, NextUpdate: received}}
	got := Answer(m, charging.Outcome{}, s).AppendJSON(nil)
	status := func(hash, source, status, next string) string {
		return `{"certificateHashData":{` + hash + `},"source":"` + source + `","status":"` + status + `","nextUpdate":"2026-03-01T` + next + `:00:00.000Z"}`
	}
	const names = `"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":`
	want := `{"certificateStatus":[` + status(names+`"1"`, "OCSP", "Failed", "13") + `,` + status(names+`"2"`, "CRL", "Good", "12") + `,` +
		status(`"hashAlgorithm":"SHA256","issuerNameHash":"","issuerKeyHash":"","serialNumber":"0123456789012345678901234567890123456789"`, "OCSP", "Failed", "13") + `,` +
		status(`"hashAlgorithm":"SHA256","issuerNameHash":"","issuerKeyHash":"","serialNumber":""`, "OCSP", "Failed", "13") + `]}`
	if string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if fault := ocpp.Check(ocpp.V21, wire.Table.Action("GetCertificateChainStatus").Response, got); fault != nil {
		t.Error(fault)
	}
}

// FuzzFrames sends frames the way that a charger's frames go: every answer must
// be as the schema has it.
func FuzzFrames(f *testing.F) {
	for _, a := range wire.Table.Actions {
		f.Add(`[2,"a","` + a.Name + `",{}]`)
		f.Add(`[2,"a","` + a.Name + `",` + string(ocpptest.Full(a.Request)) + `]`)
	}
	f.Add(`[6,"a","NotifyPeriodicEventStream",{"id":1,"data":[]}]`)
	f.Add(`[2,"a","VatNumberValidation",{"vatNumber":"\ud800","evseId":1e3}]`)
	f.Fuzz(func(t *testing.T, frame string) {
		text, err := ocpp.ParseFrame([]byte(frame))
		if err != nil || text.Type != ocpp.Call && text.Type != ocpp.Send {
			return
		}
		m, odd, fault := wire.Decode(text.Action, text.Payload)
		if fault != nil {
			return
		}
		Translate(m, charging.Event{Received: received, Oddities: odd})
		row := wire.Table.Action(m.Action())
		answer := Answer(m, charging.Outcome{}, settings).AppendJSON(nil)
		if row.Send {
			return
		}
		if fault := ocpp.Check(ocpp.V21, row.Response, answer); fault != nil {
			t.Errorf("%s is answered %s: %v", frame, answer, fault)
		}
	})
}
