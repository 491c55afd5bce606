package v16

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func at(s string) ocpp.Time {
	t, _, _ := ocpp.ParseTime(s)
	return ocpp.Time{Written: s, T: t}
}

func number(v int64, raw string) ocpp.Int { return ocpp.Int{V: v, Set: true, Raw: raw} }

func TestDecode(t *testing.T) {
	f := func(name, action, payload string, want Message, odd ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			got, gotOdd, fault := Decode(action, []byte(payload))
			if fault != nil {
				t.Fatalf("Decode(%s, %s): %v", action, payload, fault)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(odd, gotOdd); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}

	f("a status", "StatusNotification",
		`{"connectorId":2,"errorCode":"NoError","status":"Preparing","timestamp":"2024-04-26T14:35:02Z"}`,
		&StatusNotification{ConnectorID: number(2, "2"), ErrorCode: "NoError", Status: "Preparing",
			Timestamp: at("2024-04-26T14:35:02Z")})
	f("an action in lower case", "heartbeat", `{}`, new(Heartbeat), "action: heartbeat")
	f("an action with a suffix", "StatusnotificationRequest", `{"connectorId":0,"errorCode":"NoError","status":"Available"}`,
		&StatusNotification{ConnectorID: number(0, "0"), ErrorCode: "NoError", Status: "Available"},
		"action: StatusnotificationRequest")
	f("an action with a short suffix", "HeartbeatReq", `{}`, new(Heartbeat), "action: HeartbeatReq")
	f("members of other types", "StatusNotification",
		`{"connectorId":"1","errorCode":7,"status":"available","info":true,"timestamp":null,"vendorId":{"a":1}}`,
		&StatusNotification{ConnectorID: number(1, "1"), ErrorCode: "7", Status: "Available", Info: "true"},
		"quoted-number: connectorId", "not-a-text: errorCode", "unknown-error-code: 7", "spelling: available",
		"not-a-text: info", "null: timestamp", "time-empty: timestamp", "not-a-text: vendorId")
	f("words outside the lists", "StatusNotification", `{"connectorId":1,"errorCode":"Flood","status":"Occupied"}`,
		&StatusNotification{ConnectorID: number(1, "1"), ErrorCode: "Flood", Status: "Occupied"},
		"unknown-error-code: Flood", "unknown-status: Occupied")
	f("a longer text than allowed", "StatusNotification",
		`{"connectorId":1,"errorCode":"NoError","status":"Charging","info":"`+strings.Repeat("i", 51)+`"}`,
		&StatusNotification{ConnectorID: number(1, "1"), ErrorCode: "NoError", Status: "Charging",
			Info: strings.Repeat("i", 51)}, "too-long: info")
	f("a tag twice and a member too many", "StartTransaction",
		`{"connectorId":1,"idTag":"TAG1","idTag":"TAG2","meterStart":0,"timestamp":"2023-11-16T10:00:00Z","extra":[{}]}`,
		&StartTransaction{ConnectorID: number(1, "1"), IDTag: "TAG2", MeterStart: number(0, "0"),
			Timestamp: at("2023-11-16T10:00:00Z")}, "duplicate-member: idTag", "unknown-member: extra")
	f("bytes that are no UTF-8", "Authorize", "{\"idTag\":\"A\xff\x00B\"}", &Authorize{IDTag: "A\uFFFDB"},
		"control-characters: idTag", "invalid-utf8: idTag")
	f("escapes", "Authorize", `{"idTag":"\u0041\ud83d\ude00\ud83d\/\n"}`, &Authorize{IDTag: "A😀\uFFFD/ "},
		"control-characters: idTag")
	f("an empty tag is free vending", "Authorize", `{"idTag":""}`, new(Authorize))
	f("a start of nothing", "StartTransaction", `{}`, new(StartTransaction), "missing-member: connectorId",
		"missing-member: idTag", "missing-member: meterStart", "missing-member: timestamp")
	f("a start that is no object", "StartTransaction", `"x"`, new(StartTransaction), "not-an-object: payload",
		"missing-member: connectorId", "missing-member: idTag", "missing-member: meterStart", "missing-member: timestamp")
	f("a stop with hints", "StopTransaction",
		`{"connectorId":1,"meterStop":"1625.4","timestamp":"","transactionId":null,"reason":"DeAuthorised"}`,
		&StopTransaction{ConnectorID: number(1, "1"), MeterStop: number(1625, "1625.4"), Reason: "DeAuthorised"},
		"unknown-member: connectorId", "quoted-number: meterStop", "not-a-whole-number: meterStop", "time-empty: timestamp",
		"null: transactionId", "unknown-reason: DeAuthorised")
	f("a transaction id beyond int64", "StopTransaction",
		`{"meterStop":1,"timestamp":"2024-01-01T00:00:00Z","transactionId":9223372036854775808}`,
		&StopTransaction{MeterStop: number(1, "1"), Timestamp: at("2024-01-01T00:00:00Z"),
			TransactionID: ocpp.Int{Raw: "9223372036854775808"}}, "not-a-number: transactionId")
	f("an object where a list belongs", "MeterValues",
		`{"connectorId":1,"meterValue":{"timestamp":"2024-04-16T17:28:55Z","sampledValue":{"value":1.5,"unit":"kwh"}}}`,
		&MeterValues{ConnectorID: number(1, "1"), MeterValue: []MeterValue{{Timestamp: at("2024-04-16T17:28:55Z"),
			SampledValue: []SampledValue{{Value: "1.5", Unit: "kWh", Raw: `{"value":1.5,"unit":"kwh"}`}}}}},
		"single-for-list: meterValue", "single-for-list: sampledValue", "not-a-text: value", "spelling: kwh")
	f("samples over several times", "MeterValues",
		`{"connectorId":1,"meterValue":[{"timestamp":"2022-03-25T07:59:21Z","sampledValue":[{"value":"1"},{"value":"2"}]},`+
			`{"timestamp":"2022-03-25T08:00:21Z","sampledValue":[]},{"timestamp":"2022-03-25T08:01:21Z","sampledValue":[{"value":"3"}]}]}`,
		&MeterValues{ConnectorID: number(1, "1"), MeterValue: []MeterValue{
			{Timestamp: at("2022-03-25T07:59:21Z"), SampledValue: []SampledValue{
				{Value: "1", Raw: `{"value":"1"}`}, {Value: "2", Raw: `{"value":"2"}`}}},
			{Timestamp: at("2022-03-25T08:00:21Z"), SampledValue: []SampledValue{}},
			{Timestamp: at("2022-03-25T08:01:21Z"), SampledValue: []SampledValue{{Value: "3", Raw: `{"value":"3"}`}}}}})
	f("broken JSON that can be mended", "MeterValues", `{"connectorId":1,"transactionId":,"meterValue":[,]}`,
		&MeterValues{ConnectorID: number(1, "1"), MeterValue: []MeterValue{}}, "missing-value", "stray-comma",
		"null: transactionId")
	f("more elements behind the payload", "Heartbeat", `{},{"a":1},"x"`, new(Heartbeat), "extra-elements")
	f("a data transfer of an object", "DataTransfer", `{"vendorId":"V","data":{"a":[1]}}`,
		&DataTransfer{VendorID: "V", Data: `{"a":[1]}`}, "not-a-text: data")
	f("a certificate request keeps its lines", "SignCertificate", `{"csr":"-----BEGIN\nMII\r\n"}`,
		&SignCertificate{CSR: "-----BEGIN\nMII\r\n"})
	f("a security event without a time", "SecurityEventNotification", `{"type":"ResetOrReboot"}`,
		&SecurityEventNotification{Type: "ResetOrReboot"}, "missing-member: timestamp")
	f("an upload status", "LogStatusNotification", `{"status":"Uploaded","requestId":"5"}`,
		&Progress{Name: "LogStatusNotification", Status: "Uploaded", RequestID: number(5, "5")}, "quoted-number: requestId")
}

func TestDecodeRefusesWhatLeavesNothingToActOn(t *testing.T) {
	f := func(action, payload string, code ocpp.ErrorCode, description string) {
		t.Helper()
		m, _, fault := Decode(action, []byte(payload))
		if fault == nil {
			t.Errorf("Decode(%s, %s) = %v, want %s", action, payload, m, code)
			return
		}
		if fault.Code != code || fault.Description != description {
			t.Errorf("Decode(%s, %s): %v, want %s: %s", action, payload, fault, code, description)
		}
	}
	f("Fly", `{}`, "NotImplemented", "unknown action Fly")
	f("Reset", `{"type":"Soft"}`, "NotSupported", "Reset is not sent in this direction")
	f("Fly", `{"a":`, "FormationViolation", "the payload is not well-formed JSON: value expected at byte 5")
	f("Authorize", `{"idTag":"A"`, "FormationViolation", "the payload is not well-formed JSON: comma expected at byte 12")
	f("StartTransaction", `{"idTag":"A"}}`, "FormationViolation",
		"the payload is not well-formed JSON: text after the end of the value at byte 13")
	f("Authorize", strings.Repeat(`{"a":`, 100)+`1`+strings.Repeat(`}`, 100), "FormationViolation",
		"the payload is not well-formed JSON: values nest too deep at byte 161")
	f("Authorize", `{}`, "OccurenceConstraintViolation", "idTag is missing")
	f("Authorize", `{"idTag":null}`, "OccurenceConstraintViolation", "idTag is missing")
	f("Authorize", `{"idTag":[1]}`, "TypeConstraintViolation", "idTag has the wrong type")
	f("StatusNotification", `{"errorCode":"NoError","status":"Available"}`, "OccurenceConstraintViolation",
		"connectorId is missing")
	f("StatusNotification", `{"connectorId":"x","status":"Available"}`, "TypeConstraintViolation",
		"connectorId has the wrong type")
	f("StatusNotification", `{"connectorId":-1,"status":"Available"}`, "PropertyConstraintViolation",
		"connectorId is negative")
	f("StatusNotification", `{"connectorId":1}`, "OccurenceConstraintViolation", "status is missing")
	f("StatusNotification", `{"connectorId":1,"status":""}`, "PropertyConstraintViolation", "status holds nothing usable")
	f("FirmwareStatusNotification", `{"status":{}}`, "TypeConstraintViolation", "status has the wrong type")
	f("SecurityEventNotification", `{}`, "OccurenceConstraintViolation", "type is missing")
	f("SignCertificate", `{"csr":""}`, "PropertyConstraintViolation", "csr holds nothing usable")
}

func TestDecodeStrictGivesTheExactCode(t *testing.T) {
	f := func(action, payload string, code ocpp.ErrorCode, description string) {
		t.Helper()
		_, _, fault := DecodeStrict(action, []byte(payload))
		if code == "" && fault != nil || code != "" && (fault == nil || fault.Code != code || fault.Description != description) {
			t.Errorf("DecodeStrict(%s, %s): %v, want %s: %s", action, payload, fault, code, description)
		}
	}
	status := `{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"2024-04-26T14:35:02.123+02:00"}`
	f("StatusNotification", status, "", "")
	f("statusNotification", status, "NotImplemented", "unknown action statusNotification")
	f("Reset", `{"type":"Soft"}`, "NotSupported", "Reset is not sent in this direction")
	f("StatusNotification", `{"connectorId":1,}`, "FormationViolation", "the payload is not well-formed JSON")
	f("StatusNotification", `[]`, "FormationViolation", "the payload is no object")
	f("Heartbeat", `{"a":1}`, "FormationViolation", "a is no member of the message")
	f("Authorize", `{"idTag":"A","idTag":"B"}`, "FormationViolation", "idTag is there twice")
	f("Authorize", `{}`, "OccurenceConstraintViolation", "idTag is missing")
	f("Authorize", `{"idTag":7}`, "TypeConstraintViolation", "idTag must be a text")
	f("Authorize", `{"idTag":"`+strings.Repeat("A", 21)+`"}`, "PropertyConstraintViolation",
		"idTag is longer than 20 characters")
	f("Authorize", `{"idTag":"`+strings.Repeat("é", 20)+`"}`, "", "")
	f("FirmwareStatusNotification", `{"status":"Done"}`, "PropertyConstraintViolation",
		"status is none of Downloaded, DownloadFailed, Downloading, Idle, InstallationFailed, Installing, Installed")
	f("StopTransaction", `{"meterStop":1.5,"timestamp":"2024-04-26T14:35:02Z","transactionId":1}`,
		"TypeConstraintViolation", "meterStop must be a whole number")
	f("StopTransaction", `{"meterStop":"1","timestamp":"2024-04-26T14:35:02Z","transactionId":1}`,
		"TypeConstraintViolation", "meterStop must be a number")
	f("StopTransaction", `{"meterStop":1,"timestamp":"2024-04-26","transactionId":1}`,
		"PropertyConstraintViolation", "timestamp is no RFC 3339 time")
	f("MeterValues", `{"connectorId":1,"meterValue":{}}`, "TypeConstraintViolation", "meterValue must be a list")
	f("MeterValues", `{"connectorId":1,"meterValue":[1]}`, "TypeConstraintViolation", "meterValue[0] must be an object")
	f("MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"2024-04-26T14:35:02Z","sampledValue":[{"value":"1"},{"value":2}]}]}`,
		"TypeConstraintViolation", "meterValue[0].sampledValue[1].value must be a text")
	f("MeterValues", `{"connectorId":1,"meterValue":[{"timestamp":"2024-04-26T14:35:02Z"}]}`,
		"OccurenceConstraintViolation", "meterValue[0].sampledValue is missing")
}

func TestCheckKnowsTheLimitsOfCommands(t *testing.T) {
	f := func(action, payload string, code ocpp.ErrorCode, description string) {
		t.Helper()
		fault := ocpp.Check(ocpp.V16, Table.Action(action).Request, []byte(payload))
		if code == "" && fault != nil || code != "" && (fault == nil || fault.Code != code || fault.Description != description) {
			t.Errorf("%s %s: %v, want %s: %s", action, payload, fault, code, description)
		}
	}
	profile := func(limit string) string {
		return `{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",` +
			`"chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":` +
			limit + `}]}}}`
	}
	f("SetChargingProfile", profile("6.0"), "", "")
	f("SetChargingProfile", profile("6.25"), "PropertyConstraintViolation",
		"csChargingProfiles.chargingSchedule.chargingSchedulePeriod[0].limit may have one decimal")
	f("SetChargingProfile", profile("1e99"), "PropertyConstraintViolation",
		"csChargingProfiles.chargingSchedule.chargingSchedulePeriod[0].limit is out of range")
	f("GetDiagnostics", `{"location":"nowhere"}`, "PropertyConstraintViolation", "location is no URI")
	f("GetDiagnostics", `{"location":"ftp://files.example/a"}`, "", "")
}

func TestDecodeCommandReadsWhatTheServerSends(t *testing.T) {
	f := func(m Message) {
		t.Helper()
		payload := m.AppendJSON(nil)
		got, odd, fault := DecodeCommand(m.Action(), payload)
		if fault != nil || len(odd) > 0 {
			t.Fatalf("DecodeCommand(%s, %s): %v %v", m.Action(), payload, odd, fault)
		}
		if !bytes.Equal(got.AppendJSON(nil), payload) {
			t.Errorf("%s reads back as %s", payload, got.AppendJSON(nil))
		}
		if fault := ocpp.Check(ocpp.V16, Table.Action(m.Action()).Request, payload); fault != nil {
			t.Errorf("%s %s: %v", m.Action(), payload, fault)
		}
	}
	f(&TriggerMessage{RequestedMessage: "StatusNotification", ConnectorID: ocpp.IntOf(1)})
	f(&TriggerMessage{RequestedMessage: "Heartbeat"})
	f(&RemoteStartTransaction{ConnectorID: ocpp.IntOf(1), IDTag: "TAG"})
	f(&RemoteStartTransaction{IDTag: "TAG", ChargingProfile: `{"chargingProfileId":1,"stackLevel":0,` +
		`"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A",` +
		`"chargingSchedulePeriod":[{"startPeriod":0,"limit":6.0}]}}`})
	f(&RemoteStopTransaction{TransactionID: ocpp.IntOf(12)})
	f(&Reset{Type: "Soft"})
	f(&ChangeAvailability{ConnectorID: ocpp.IntOf(0), Type: "Operative"})
	f(&UnlockConnector{ConnectorID: ocpp.IntOf(2)})
	f(&GetConfiguration{})
	f(&GetConfiguration{Key: []string{"HeartbeatInterval", "NumberOfConnectors"}})
	f(&ChangeConfiguration{Key: "HeartbeatInterval", Value: "300"})
	f(&ChangeConfiguration{Key: "MeterValuesSampledData", Value: ""})
	f(&ClearCache{})

	refused := func(action, payload string, code ocpp.ErrorCode, description string) {
		t.Helper()
		_, _, fault := DecodeCommand(action, []byte(payload))
		if fault == nil || fault.Code != code || fault.Description != description {
			t.Errorf("DecodeCommand(%s, %s): %v, want %s: %s", action, payload, fault, code, description)
		}
	}
	refused("Heartbeat", `{}`, "NotSupported", "Heartbeat is not sent in this direction")
	refused("UpdateFirmware", `{}`, "NotSupported", "UpdateFirmware is not served")
	refused("Reset", `{}`, "OccurenceConstraintViolation", "type is missing")
	refused("UnlockConnector", `{"connectorId":null}`, "OccurenceConstraintViolation", "connectorId is missing")
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 999_999_999, time.UTC)

func TestResponsesAreAsTheSchemasHaveThem(t *testing.T) {
	f := func(action string, r Response, want string) {
		t.Helper()
		got := r.AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", action, got, want)
		}
		if fault := ocpp.Check(ocpp.V16, Table.Action(action).Response, got); fault != nil {
			t.Errorf("%s %s: %v", action, got, fault)
		}
	}
	full := IDTagInfo{Status: "Accepted", ExpiryDate: noon, ParentIDTag: "GROUP"}
	f("Authorize", &AuthorizeResponse{full},
		`{"idTagInfo":{"expiryDate":"2026-03-01T12:00:00.999Z","parentIdTag":"GROUP","status":"Accepted"}}`)
	f("StartTransaction", &StartTransactionResponse{IDTagInfo: IDTagInfo{Status: "Invalid"}, TransactionID: 7},
		`{"idTagInfo":{"status":"Invalid"},"transactionId":7}`)
	f("StopTransaction", &StopTransactionResponse{}, `{}`)
	f("StopTransaction", &StopTransactionResponse{IDTagInfo{Status: "Blocked"}}, `{"idTagInfo":{"status":"Blocked"}}`)
	f("BootNotification", &BootNotificationResponse{Status: "Accepted", CurrentTime: noon, Interval: 300},
		`{"status":"Accepted","currentTime":"2026-03-01T12:00:00.999Z","interval":300}`)
	f("Heartbeat", &HeartbeatResponse{CurrentTime: noon.In(time.FixedZone("", 7200))},
		`{"currentTime":"2026-03-01T12:00:00.999Z"}`)
	f("DataTransfer", &DataTransferResponse{Status: DataTransferUnknownVendorID}, `{"status":"UnknownVendorId"}`)
	f("SignCertificate", &StatusResponse{Status: "Rejected"}, `{"status":"Rejected"}`)
	f("StatusNotification", EmptyResponse{}, `{}`)
	f("GetConfiguration", &GetConfigurationResponse{
		ConfigurationKey: []KeyValue{{Key: "A", Readonly: true}, {Key: "B", Value: "", HasValue: true}}, UnknownKey: []string{"C"}},
		`{"configurationKey":[{"key":"A","readonly":true},{"key":"B","readonly":false,"value":""}],"unknownKey":["C"]}`)
	f("GetConfiguration", &GetConfigurationResponse{}, `{}`)
}

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
	samples := []MeterValue{{Timestamp: ocpp.TimeOf(noon), SampledValue: []SampledValue{
		{Value: "1.5", Context: "Sample.Clock", Format: "Raw", Measurand: "SoC", Phase: "L1", Location: "EV", Unit: "Percent"},
		{Value: "2"}}}}
	f(&Authorize{IDTag: "TAG \"1\""})
	f(&BootNotification{ChargePointVendor: "V", ChargePointModel: "M"})
	f(&BootNotification{ChargePointVendor: "V", ChargePointModel: "M", ChargePointSerialNumber: "1",
		ChargeBoxSerialNumber: "2", FirmwareVersion: "3", ICCID: "4", IMSI: "5", MeterType: "6", MeterSerialNumber: "7"})
	f(&DataTransfer{VendorID: "V", MessageID: "M", Data: "{\"a\":\n1}"})
	f(&Heartbeat{})
	f(&MeterValues{ConnectorID: ocpp.IntOf(1), TransactionID: ocpp.IntOf(7), MeterValue: samples})
	f(&MeterValues{})
	f(&StartTransaction{ConnectorID: ocpp.IntOf(1), IDTag: "TAG", MeterStart: ocpp.IntOf(5), ReservationID: ocpp.IntOf(6),
		Timestamp: ocpp.TimeOf(noon)})
	f(&StopTransaction{IDTag: "TAG", MeterStop: ocpp.IntOf(9), Timestamp: ocpp.TimeOf(noon), TransactionID: ocpp.IntOf(7),
		Reason: "EVDisconnected", TransactionData: samples})
	f(&StopTransaction{Timestamp: ocpp.TimeOf(noon)})
	f(&StatusNotification{ConnectorID: ocpp.IntOf(1), ErrorCode: "GroundFailure", Info: "i", Status: "Faulted",
		Timestamp: ocpp.TimeOf(noon), VendorID: "v", VendorErrorCode: "e"})
	f(&Progress{Name: ActionDiagnosticsStatusNotification, Status: "Uploading"})
	f(&Progress{Name: ActionFirmwareStatusNotification, Status: "Installed"})
	f(&Progress{Name: ActionLogStatusNotification, Status: "Idle", RequestID: ocpp.IntOf(3)})
	f(&Progress{Name: ActionSignedFirmwareStatusNotification, Status: "InstallRebooting", RequestID: ocpp.IntOf(3)})
	f(&SecurityEventNotification{Type: "ResetOrReboot", Timestamp: ocpp.TimeOf(noon), TechInfo: "x"})
	f(&SignCertificate{CSR: "-----BEGIN\n"})
}

func TestDecodeResponses(t *testing.T) {
	boot, err := DecodeBootNotificationResponse([]byte(`{"status":"Accepted","currentTime":"2026-03-01T12:00:00Z","interval":"300"}`))
	want := BootNotificationResponse{Status: "Accepted", CurrentTime: noon.Truncate(time.Second), Interval: 300}
	if err != nil || boot != want {
		t.Errorf("boot %v, %v", boot, err)
	}
	auth, err := DecodeAuthorizeResponse([]byte(`{"idTagInfo":{"status":"Blocked","parentIdTag":"G","expiryDate":"2026-03-01T12:00:00Z"}}`))
	info := IDTagInfo{Status: "Blocked", ParentIDTag: "G", ExpiryDate: noon.Truncate(time.Second)}
	if err != nil || auth.IDTagInfo != info {
		t.Errorf("authorize %v, %v", auth, err)
	}
	start, err := DecodeStartTransactionResponse([]byte(`{"transactionId":12,"idTagInfo":{"status":"Accepted"}}`))
	if err != nil || start.TransactionID != 12 || start.IDTagInfo.Status != "Accepted" {
		t.Errorf("start %v, %v", start, err)
	}
	if stop, err := DecodeStopTransactionResponse([]byte(`{}`)); err != nil || stop.IDTagInfo.Status != "" {
		t.Errorf("stop %v, %v", stop, err)
	}
	transfer, err := DecodeDataTransferResponse([]byte(`{"status":"UnknownMessageId","data":{"a":1}}`))
	if err != nil || transfer.Status != "UnknownMessageId" || transfer.Data != `{"a":1}` {
		t.Errorf("data transfer %v, %v", transfer, err)
	}
	if r, err := DecodeStatusResponse([]byte(`{"status":"Scheduled"}`)); err != nil || r.Status != "Scheduled" {
		t.Errorf("status %v, %v", r, err)
	}
	if _, err := DecodeStatusResponse([]byte(`{"status":`)); err == nil {
		t.Error("a broken response gave no error")
	}
	conf, err := DecodeGetConfigurationResponse([]byte(`{"configurationKey":[{"key":"ChargeProfileMaxStackLevel",` +
		`"readonly":"true","value":5},{"key":"AuthorizationKey","readonly":false}],"unknownKey":"X"}`))
	wantConf := GetConfigurationResponse{ConfigurationKey: []KeyValue{
		{Key: "ChargeProfileMaxStackLevel", Readonly: true, Value: "5", HasValue: true}, {Key: "AuthorizationKey"}},
		UnknownKey: []string{"X"}}
	if diff := cmp.Diff(wantConf, conf); err != nil || diff != "" {
		t.Errorf("configuration %v:\n%s", err, diff)
	}
}

func TestMessagesKeepNothingOfThePayload(t *testing.T) {
	payload := []byte(`{"connectorId":1,"errorCode":"Odd","status":"Available","info":"kept"}`)
	m, odd, fault := Decode("StatusNotification", payload)
	if fault != nil {
		t.Fatal(fault)
	}
	clear(payload)
	if s := m.(*StatusNotification); s.Info != "kept" || s.ErrorCode != "Odd" || odd[0] != "unknown-error-code: Odd" {
		t.Errorf("%+v %q", s, odd)
	}
}
