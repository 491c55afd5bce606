package v201

import (
	"bytes"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 999_999_999, time.UTC)

func TestRequestsAreAsTheSchemasHaveThem(t *testing.T) {
	f := func(m Message) {
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
	now := ocpp.TimeOf(noon)
	samples := []MeterValue{{Timestamp: now, SampledValue: []SampledValue{
		{Value: "1.5", Context: "Sample.Clock", Measurand: "SoC", Phase: "L1", Location: "EV", Unit: "Percent", Multiplier: ocpp.IntOf(0),
			Signed: `{"signedMeterData":"a","signingMethod":"b","encodingMethod":"c","publicKey":"d"}`},
		{Value: "no number"}, {Value: "true"}}}}
	hash := HashData{"SHA512", "aa", "bb", "01", "http://ocsp.example"}
	f(&Authorize{IDToken: TokenOf("TAG \"1\"", "ISO14443")})
	f(&Authorize{IDToken: TokenOf("DE-1", "eMAID"), Certificate: "-----BEGIN\n", HashData: []HashData{hash}})
	f(&BootNotification{Reason: "PowerUp", VendorName: "V", Model: "M"})
	f(&BootNotification{Reason: "Watchdog", VendorName: "V", Model: "M", SerialNumber: "S", FirmwareVersion: "F", ICCID: "1", IMSI: "2"})
	f(&DataTransfer{VendorID: "V", MessageID: "M", Data: `{"a":[1]}`})
	f(&Get15118EVCertificate{SchemaVersion: "urn:x", CertificateAction: "Install", EXIRequest: "AA=="})
	f(&GetCertificateStatus{OCSPRequestData: hash})
	f(&Heartbeat{})
	f(&MeterValues{EVSEID: ocpp.IntOf(1), MeterValue: samples})
	f(&NotifyEvent{GeneratedAt: now, SeqNo: ocpp.IntOf(0), TBC: true, EventData: []EventData{{EventID: ocpp.IntOf(1), Timestamp: now,
		Trigger: "Delta", Cause: ocpp.IntOf(2), ActualValue: "Faulted", TechCode: "CX001", TechInfo: "i", Cleared: true, TransactionID: "t",
		EventNotificationType: "HardWiredNotification", VariableMonitoringID: ocpp.IntOf(3),
		Component: Component{Name: "Connector", Instance: "x", EVSE: EVSE{ocpp.IntOf(1), ocpp.IntOf(2)}},
		Variable:  Variable{Name: "AvailabilityState", Instance: "y"}}}})
	f(&NotifyReport{RequestID: ocpp.IntOf(1), GeneratedAt: now, SeqNo: ocpp.IntOf(0), TBC: true, ReportData: []ReportData{{
		Component: Component{Name: "EVSE", EVSE: EVSE{ID: ocpp.IntOf(1)}}, Variable: Variable{Name: "Power"},
		Attributes:      []VariableAttribute{{Type: "Actual", Value: "", HasValue: true, Mutability: "ReadOnly", Persistent: true, Constant: true}, {}},
		Characteristics: `{"dataType":"decimal","unit":"W","maxLimit":22000,"supportsMonitoring":true}`}}})
	f(&NotifyReport{RequestID: ocpp.IntOf(1), GeneratedAt: now, SeqNo: ocpp.IntOf(0)})
	f(&SignCertificate{CSR: "-----BEGIN\n", CertificateType: "V2GCertificate"})
	f(&StatusNotification{Timestamp: now, ConnectorStatus: "Faulted", EVSEID: ocpp.IntOf(1), ConnectorID: ocpp.IntOf(1)})
	f(&TransactionEvent{EventType: "Started", Timestamp: now, TriggerReason: "Authorized", SeqNo: ocpp.IntOf(0),
		TransactionInfo: TransactionInfo{TransactionID: "t"}})
	f(&TransactionEvent{EventType: "Ended", Timestamp: now, TriggerReason: "EVDeparted", SeqNo: ocpp.IntOf(9), Offline: true,
		NumberOfPhasesUsed: ocpp.IntOf(3), CableMaxCurrent: ocpp.IntOf(32), ReservationID: ocpp.IntOf(1),
		TransactionInfo: TransactionInfo{TransactionID: "t", ChargingState: "Idle", TimeSpentCharging: ocpp.IntOf(60),
			StoppedReason: "EVDisconnected", RemoteStartID: ocpp.IntOf(2)},
		EVSE: EVSE{ocpp.IntOf(1), ocpp.IntOf(1)}, IDToken: TokenOf("", TokenNoAuthorization), MeterValue: samples})

	f(&Notice{Name: ActionFirmwareStatusNotification, Status: "Installed", RequestID: ocpp.IntOf(3)})
	f(&Notice{Name: ActionLogStatusNotification, Status: "Uploaded", RequestID: ocpp.IntOf(3)})
	f(&Notice{Name: ActionPublishFirmwareStatusNotification, Status: "Idle"})
	f(&Notice{Name: ActionReservationStatusUpdate, Status: "Removed", RequestID: ocpp.IntOf(3)})
	f(&Notice{Name: ActionSecurityEventNotification, Status: "ResetOrReboot", Timestamp: now})
	f(&Notice{Name: ActionClearedChargingLimit, Status: "EMS", EVSEID: ocpp.IntOf(1)})
	f(&Notice{Name: ActionNotifyMonitoringReport, RequestID: ocpp.IntOf(1), SeqNo: ocpp.IntOf(0), TBC: true, Timestamp: now})
	f(&Notice{Name: ActionNotifyDisplayMessages, RequestID: ocpp.IntOf(1), TBC: true})
	f(&Notice{Name: ActionNotifyChargingLimit, Payload: `{"chargingLimit":{"chargingLimitSource":"EMS"},"evseId":1}`})
}

func TestResponsesAreAsTheSchemasHaveThem(t *testing.T) {
	f := func(action string, r Response, want string) {
		t.Helper()
		got := r.AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", action, got, want)
		}
		if fault := ocpp.Check(ocpp.V201, Table.Action(action).Response, got); fault != nil {
			t.Errorf("%s %s: %v", action, got, fault)
		}
	}
	full := IDTokenInfo{Status: "Accepted", CacheExpiryDateTime: noon, GroupIDToken: TokenOf("GROUP", TokenCentral)}
	const fullText = `"idTokenInfo":{"status":"Accepted","cacheExpiryDateTime":"2026-03-01T12:00:00.999Z","groupIdToken":{"idToken":"GROUP","type":"Central"}}`
	f("Authorize", &AuthorizeResponse{IDTokenInfo: full, CertificateStatus: "Accepted"}, `{`+fullText+`,"certificateStatus":"Accepted"}`)
	f("TransactionEvent", &TransactionEventResponse{}, `{}`)
	f("TransactionEvent", &TransactionEventResponse{HasCost: true, IDTokenInfo: full}, `{"totalCost":0,`+fullText+`}`)
	f("TransactionEvent", &TransactionEventResponse{HasCost: true, TotalCost: 12_340}, `{"totalCost":12.34}`)
	f("TransactionEvent", &TransactionEventResponse{HasCost: true, TotalCost: 1_005}, `{"totalCost":1.005}`)
	f("TransactionEvent", &TransactionEventResponse{HasCost: true, TotalCost: -500}, `{"totalCost":-0.5}`)
	f("BootNotification", &BootNotificationResponse{Status: "Accepted", CurrentTime: noon, Interval: 300},
		`{"currentTime":"2026-03-01T12:00:00.999Z","interval":300,"status":"Accepted"}`)
	f("Heartbeat", &HeartbeatResponse{CurrentTime: noon.In(time.FixedZone("", 7200))}, `{"currentTime":"2026-03-01T12:00:00.999Z"}`)
	f("DataTransfer", &StatusResponse{Status: DataTransferUnknownVendorID}, `{"status":"UnknownVendorId"}`)
	f("SignCertificate", &StatusResponse{Status: "Rejected", StatusInfo: StatusInfo{ReasonCode: "R", AdditionalInfo: "a"}},
		`{"status":"Rejected","statusInfo":{"reasonCode":"R","additionalInfo":"a"}}`)
	f("GetCertificateStatus", &CertificateStatusResponse{Status: "Accepted", OCSPResult: "AA=="}, `{"status":"Accepted","ocspResult":"AA=="}`)
	f("Get15118EVCertificate", &EVCertificateResponse{Status: "Failed"}, `{"status":"Failed","exiResponse":""}`)
	f("StatusNotification", EmptyResponse{}, `{}`)
}

func TestDecodeResponses(t *testing.T) {
	boot, err := DecodeBootNotificationResponse([]byte(`{"status":"Accepted","currentTime":"2026-03-01T12:00:00Z","interval":"300","customData":{}}`))
	if want := (BootNotificationResponse{Status: "Accepted", CurrentTime: noon.Truncate(time.Second), Interval: 300}); err != nil || boot != want {
		t.Errorf("boot %v, %v", boot, err)
	}
	auth, err := DecodeAuthorizeResponse([]byte(`{"idTokenInfo":{"status":"Blocked","groupIdToken":{"idToken":"G","type":"Central"},` +
		`"cacheExpiryDateTime":"2026-03-01T12:00:00Z","language1":"de"},"certificateStatus":"CertificateRevoked"}`))
	info := IDTokenInfo{Status: "Blocked", GroupIDToken: TokenOf("G", "Central"), CacheExpiryDateTime: noon.Truncate(time.Second)}
	if err != nil || auth.IDTokenInfo != info || auth.CertificateStatus != "CertificateRevoked" {
		t.Errorf("authorize %v, %v", auth, err)
	}
	event, err := DecodeTransactionEventResponse([]byte(`{"totalCost":1.5,"chargingPriority":2,"idTokenInfo":{"status":"Accepted"}}`))
	if want := (TransactionEventResponse{TotalCost: 1500, HasCost: true, IDTokenInfo: IDTokenInfo{Status: "Accepted"}}); err != nil || event != want {
		t.Errorf("transaction event %v, %v", event, err)
	}
	if r, err := DecodeStatusResponse([]byte(`{"status":"Scheduled","statusInfo":{"reasonCode":"R"}}`)); err != nil ||
		r != (StatusResponse{Status: "Scheduled", StatusInfo: StatusInfo{ReasonCode: "R"}}) {
		t.Errorf("status %v, %v", r, err)
	}
	if _, err := DecodeStatusResponse([]byte(`{"status":`)); err == nil {
		t.Error("a broken response gave no error")
	}
}
