package v21

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/ocpptest"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const when = `"2024-04-26T14:35:02Z"`

func at(s string) ocpp.Time {
	t, _, _ := ocpp.ParseTime(s)
	return ocpp.Time{Written: s, T: t}
}

func number(v int64, raw string) ocpp.Int { return ocpp.Int{V: v, Set: true, Raw: raw} }

func TestDecode(t *testing.T) {
	f := func(action, payload string, want v201.Message, odd ...string) {
		t.Helper()
		got, gotOdd, fault := Decode(action, []byte(payload))
		if fault != nil {
			t.Fatalf("Decode(%s, %s): %v", action, payload, fault)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(v201.Notice{})); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", action, payload, diff)
		}
		if diff := cmp.Diff(odd, gotOdd); diff != "" {
			t.Errorf("%s %s: oddities (-want +got):\n%s", action, payload, diff)
		}
	}
	notice := func(name, status, payload string) *v201.Notice {
		return &v201.Notice{Name: name, Status: status, Payload: payload}
	}
	timed := func(n *v201.Notice) *v201.Notice {
		n.Timestamp = at("2024-04-26T14:35:02Z")
		return n
	}

	const swap = `{"batteryData":[{"evseId":1}],"eventType":"BatteryIn","idToken":{"idToken":"A","type":"Central"},"requestId":4}`
	n := notice("BatterySwap", "BatteryIn", swap)
	n.RequestID = number(4, "4")
	f("BatterySwap", swap, n)
	f("NotifyDERAlarm", `{"controlType":"VoltVar","timestamp":`+when+`}`,
		timed(notice("NotifyDERAlarm", "VoltVar", `{"controlType":"VoltVar","timestamp":`+when+`}`)))
	f("NotifyDERStartStop", `{"controlId":"c","started":true,"timestamp":`+when+`}`,
		timed(notice("NotifyDERStartStop", "", `{"controlId":"c","started":true,"timestamp":`+when+`}`)))
	f("NotifySettlement", `{"pspRef":"p","status":"Settled","settlementAmount":1.5,"settlementTime":`+when+`,"statusInfo":"x"}`,
		timed(notice("NotifySettlement", "Settled", `{"pspRef":"p","status":"Settled","settlementAmount":1.5,"settlementTime":`+when+`,"statusInfo":"x"}`)))
	f("NotifyPeriodicEventStream", `{"id":1,"pending":0,"basetime":`+when+`,"data":[{"t":0,"v":"1"}]}`,
		timed(notice("NotifyPeriodicEventStream", "", `{"id":1,"pending":0,"basetime":`+when+`,"data":[{"t":0,"v":"1"}]}`)))
	f("notifyprioritychargingRequest", `{"activated":true}`, notice("NotifyPriorityCharging", "", `{"activated":true}`),
		"action: notifyprioritychargingRequest", "missing-member: transactionId")
	f("ClosePeriodicEventStream", `{"id":1}`, notice("ClosePeriodicEventStream", "", `{"id":1}`))
	f("OpenPeriodicEventStream", `{"constantStreamData":{}}`, notice("OpenPeriodicEventStream", "", `{"constantStreamData":{}}`))
	f("PullDynamicScheduleUpdate", `{"chargingProfileId":7}`, notice("PullDynamicScheduleUpdate", "", `{"chargingProfileId":7}`))
	n = notice("ReportDERControl", "", `{"requestId":4,"tbc":true}`)
	n.RequestID, n.TBC = number(4, "4"), true
	f("ReportDERControl", `{"requestId":4,"tbc":true}`, n)
	f("VatNumberValidation", `{"vatNumber":"DE1","evseId":1}`, &VatNumberValidation{VatNumber: "DE1", EVSEID: number(1, "1")})
	f("GetCertificateChainStatus", `{"certificateStatusRequests":[{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a",`+
		`"issuerKeyHash":"b","serialNumber":"c"},"source":"OCSP","urls":["http://o"]}]}`,
		&GetCertificateChainStatus{Requests: []CertificateStatusRequest{{HashData: v201.HashData{HashAlgorithm: "SHA256", IssuerNameHash: "a",
			IssuerKeyHash: "b", SerialNumber: "c"}, Source: "OCSP", URLs: []string{"http://o"}}}})

	// The messages of 2.0.1 have the words and members of 2.1.
	f("TransactionEvent", `{"eventType":"Updated","timestamp":`+when+`,"triggerReason":"TxResumed","seqNo":1,"preconditioningStatus":"Ready",`+
		`"transactionInfo":{"transactionId":"t","operationMode":"ChargingOnly"},"idToken":{"idToken":"`+longToken+`","type":"DirectPayment"},`+
		`"meterValue":[{"timestamp":`+when+`,"sampledValue":[{"value":1,"measurand":"Voltage.Minimum","location":"Upstream"}]}]}`,
		&v201.TransactionEvent{EventType: "Updated", Timestamp: at("2024-04-26T14:35:02Z"), TriggerReason: "TxResumed", SeqNo: number(1, "1"),
			PreconditioningStatus: "Ready", TransactionInfo: v201.TransactionInfo{TransactionID: "t", OperationMode: "ChargingOnly"},
			IDToken: v201.TokenOf(longToken, "DirectPayment"),
			MeterValue: []v201.MeterValue{{Timestamp: at("2024-04-26T14:35:02Z"), SampledValue: []v201.SampledValue{{Value: "1",
				Measurand: "Voltage.Minimum", Location: "Upstream", Raw: `{"value":1,"measurand":"Voltage.Minimum","location":"Upstream"}`}}}}})
	f("ReservationStatusUpdate", `{"reservationId":1,"reservationUpdateStatus":"NoTransaction"}`,
		&v201.Notice{Name: "ReservationStatusUpdate", Status: "NoTransaction", RequestID: number(1, "1"),
			Payload: `{"reservationId":1,"reservationUpdateStatus":"NoTransaction"}`})
	f("Heartbeat", `{}`, new(v201.Heartbeat))
}

// longToken is longer than 2.0.1 allows.
const longToken = "0123456789012345678901234567890123456789"

func TestDecodeRefusesWhatLeavesNothingToActOn(t *testing.T) {
	f := func(action, payload, want string) {
		t.Helper()
		if m, _, fault := Decode(action, []byte(payload)); fault == nil || fault.Error() != want {
			t.Errorf("Decode(%s, %s) = %v, %v, want %s", action, payload, m, fault, want)
		}
	}
	f("VatNumberValidation", `{}`, "OccurrenceConstraintViolation: vatNumber is missing")
	f("GetCertificateChainStatus", `{}`, "OccurrenceConstraintViolation: certificateStatusRequests is missing")
	f("NotifyWebPaymentStarted", `{}`, "NotSupported: NotifyWebPaymentStarted is not sent in this direction")
	f("Fly", `{}`, "NotImplemented: unknown action Fly")
	f("BatterySwap", `{`, "FormatViolation: the payload is not well-formed JSON: member name expected at byte 1")
}

func TestDecodeStrictKnowsTheMembersOf21(t *testing.T) {
	f := func(action, payload, want string) {
		t.Helper()
		got := ""
		if _, _, fault := DecodeStrict(action, []byte(payload)); fault != nil {
			got = fault.Error()
		}
		if got != want {
			t.Errorf("DecodeStrict(%s, %s): %v, want %s", action, payload, got, want)
		}
	}
	f("LogStatusNotification", `{"status":"Idle","statusInfo":{"reasonCode":"R"}}`, "")
	f("NotifyDERAlarm", `{"controlType":"Odd","timestamp":`+when+`}`,
		"PropertyConstraintViolation: controlType is none of EnterService, FreqDroop, FreqWatt, FixedPFAbsorb, FixedPFInject, FixedVar, Gradients, "+
			"HFMustTrip, HFMayTrip, HVMustTrip, HVMomCess, HVMayTrip, LimitMaxDischarge, LFMustTrip, LVMustTrip, LVMomCess, LVMayTrip, "+
			"PowerMonitoringMustTrip, VoltVar, VoltWatt, WattPF, WattVar")
	f("StatusNotification", `{"timestamp":`+when+`,"connectorStatus":"Available","evseId":-1,"connectorId":1}`,
		"PropertyConstraintViolation: evseId must be at least 0")
	f("VatNumberValidation", `{"evseId":1}`, "OccurrenceConstraintViolation: vatNumber is missing")
}

func TestRequestsAreAsTheSchemasHaveThem(t *testing.T) {
	f := func(m v201.Message) {
		t.Helper()
		payload := m.AppendJSON(nil)
		got, odd, fault := DecodeStrict(m.Action(), payload)
		if fault != nil || len(odd) > 0 {
			t.Fatalf("DecodeStrict(%s, %s): %v %v", m.Action(), payload, odd, fault)
		}
		if !bytes.Equal(got.AppendJSON(nil), payload) {
			t.Errorf("%s reads back as %s", payload, got.AppendJSON(nil))
		}
	}
	hash := v201.HashData{HashAlgorithm: "SHA384", IssuerNameHash: "a", IssuerKeyHash: "b", SerialNumber: "c"}
	f(&VatNumberValidation{VatNumber: "DE1", EVSEID: ocpp.IntOf(1)})
	f(&VatNumberValidation{VatNumber: "DE1"})
	f(&GetCertificateChainStatus{Requests: []CertificateStatusRequest{{HashData: hash, Source: "CRL", URLs: []string{"http://o"}}}})
	f(&v201.TransactionEvent{EventType: "Ended", Timestamp: ocpp.TimeOf(noon), TriggerReason: "CostLimitReached", SeqNo: ocpp.IntOf(1),
		PreconditioningStatus: "Ready", EVSESleep: true, CostDetails: `{"totalCost":{"currency":"EUR","typeOfCost":"NormalCost","total":{"exclTax":1}},"totalUsage":{"energy":1,"chargingTime":2,"idleTime":3}}`,
		TransactionInfo: v201.TransactionInfo{TransactionID: "t", OperationMode: "Idle", TariffID: "T", TransactionLimit: `{"maxCost":1}`}})
	f(&v201.SignCertificate{CSR: "x", CertificateType: "V2G20Certificate", RequestID: ocpp.IntOf(1),
		HashRootCertificate: `{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"}`})
	f(&v201.Notice{Name: ActionClosePeriodicEventStream, Payload: `{"id":1}`})
	f(&v201.Notice{Name: ActionPullDynamicScheduleUpdate, Payload: `{"chargingProfileId":1}`})
}

func TestResponsesAreAsTheSchemasHaveThem(t *testing.T) {
	f := func(action string, r v201.Response, want string) {
		t.Helper()
		got := r.AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", action, got, want)
		}
		if fault := ocpp.Check(ocpp.V21, Table.Action(action).Response, got); fault != nil {
			t.Errorf("%s %s: %v", action, got, fault)
		}
	}
	f("VatNumberValidation", &VatNumberValidationResponse{VatNumber: "DE1", EVSEID: ocpp.IntOf(1), Status: "Rejected",
		StatusInfo: v201.StatusInfo{ReasonCode: "R"}}, `{"vatNumber":"DE1","evseId":1,"status":"Rejected","statusInfo":{"reasonCode":"R"}}`)
	f("GetCertificateChainStatus", &CertificateChainStatusResponse{Statuses: []CertificateStatus{{HashData: v201.HashData{HashAlgorithm: "SHA256",
		IssuerNameHash: "a", IssuerKeyHash: "b", SerialNumber: "c"}, Source: "OCSP", Status: StatusGood, NextUpdate: noon}}},
		`{"certificateStatus":[{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"},`+
			`"source":"OCSP","status":"Good","nextUpdate":"2026-03-01T12:00:00.000Z"}]}`)
}

func FuzzDecode(f *testing.F) {
	for i := range Table.Actions {
		a := &Table.Actions[i]
		f.Add(a.Name, []byte(`{}`))
		f.Add(a.Name, ocpptest.Full(a.Request))
	}
	f.Add("GetCertificateChainStatus", []byte(`{"certificateStatusRequests":{"urls":"x","certificateHashData":[]}}`))
	f.Add("VatNumberValidation", []byte("{\"vatNumber\":\"\xff\x00\",\"evseId\":-1}"))
	f.Add("BatterySwap", []byte(`{"eventType":{"a":1},"requestId":"4"}`))
	f.Fuzz(func(t *testing.T, action string, payload []byte) {
		m, odd, fault := Decode(action, payload)
		for _, o := range odd {
			if !utf8.ValidString(o) || len(o) > 200 {
				t.Errorf("oddity %q", o)
			}
		}
		if fault != nil {
			return
		}
		if Table.Action(m.Action()) == nil {
			t.Errorf("%s became a %s", action, m.Action())
		}
		text := m.AppendJSON(nil)
		if json.Valid(payload) && !json.Valid(text) {
			t.Errorf("%s is written as %q", m.Action(), text)
		}
		if _, kept := m.(*v201.Notice); kept {
			return // it is kept as sent
		}
		again, _, fault := Decode(m.Action(), text)
		if fault != nil {
			t.Fatalf("%s does not read back: %v", text, fault)
		}
		if twice := again.AppendJSON(nil); string(twice) != string(text) {
			t.Fatalf("%s reads back as %s", text, twice)
		}
	})
}
