package v201

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func at(s string) ocpp.Time {
	t, _, _ := ocpp.ParseTime(s)
	return ocpp.Time{Written: s, T: t}
}

func number(v int64, raw string) ocpp.Int { return ocpp.Int{V: v, Set: true, Raw: raw} }

const when = `"2024-04-26T14:35:02Z"`

var whenAt = at("2024-04-26T14:35:02Z")

func TestDecode(t *testing.T) {
	f := func(name, action, payload string, want Message, odd ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			got, gotOdd, fault := Decode(action, []byte(payload))
			if fault != nil {
				t.Fatalf("Decode(%s, %s): %v", action, payload, fault)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Notice{})); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(odd, gotOdd); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}

	f("a status", "StatusNotification",
		`{"timestamp":`+when+`,"connectorStatus":"Occupied","evseId":2,"connectorId":1,"customData":{"vendorId":"v","x":[1]}}`,
		&StatusNotification{Timestamp: whenAt, ConnectorStatus: "Occupied", EVSEID: number(2, "2"), ConnectorID: number(1, "1")})
	f("a status of 1.6", "StatusNotification",
		`{"connectorId":2,"errorCode":"NoError","status":"Charging","timestamp":`+when+`}`,
		&StatusNotification{Timestamp: whenAt, ConnectorStatus: "Charging", EVSEID: number(2, "2")},
		"unknown-member: errorCode", "unknown-member: status", "unknown-status: Charging", "missing-member: evseId")
	f("a status without a connector", "statusnotificationrequest",
		`{"timestamp":`+when+`,"connectorStatus":"available","evseId":"1"}`,
		&StatusNotification{Timestamp: whenAt, ConnectorStatus: "Available", EVSEID: number(1, "1")},
		"action: statusnotificationrequest", "spelling: available", "quoted-number: evseId", "missing-member: connectorId")

	f("a boot", "BootNotification",
		`{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V","serialNumber":"S","firmwareVersion":"F","modem":{"iccid":"1","imsi":"2"}}}`,
		&BootNotification{Reason: "PowerUp", VendorName: "V", Model: "M", SerialNumber: "S", FirmwareVersion: "F", ICCID: "1", IMSI: "2"})
	f("a boot of 1.6", "BootNotification", `{"chargePointVendor":"V","chargePointModel":"M","chargeBoxSerialNumber":"S"}`,
		&BootNotification{VendorName: "V", Model: "M", SerialNumber: "S"},
		"unknown-member: chargePointVendor", "unknown-member: chargePointModel", "unknown-member: chargeBoxSerialNumber",
		"missing-member: reason", "missing-member: chargingStation")
	f("a boot of nothing", "BootNotification", `{}`, new(BootNotification),
		"missing-member: reason", "missing-member: chargingStation")
	f("a heartbeat with a member too many", "Heartbeat", `{"x":1,"customData":{"vendorId":"v"}}`, new(Heartbeat), "unknown-member: x")

	f("a token", "Authorize", `{"idToken":{"idToken":"04A1","type":"ISO14443","additionalInfo":[{"additionalIdToken":"x","type":"y"}]}}`,
		&Authorize{IDToken: IDToken{IDToken: "04A1", Type: "ISO14443", Additional: `[{"additionalIdToken":"x","type":"y"}]`, Set: true}})
	f("no token at all is one, too", "Authorize", `{"idToken":{"idToken":"","type":"NoAuthorization"}}`,
		&Authorize{IDToken: IDToken{Type: "NoAuthorization", Set: true}})
	f("a token as a text", "Authorize", `{"idToken":"04A1"}`, &Authorize{IDToken: IDToken{IDToken: "04A1", Set: true}},
		"not-an-object: idToken")
	f("a tag of 1.6", "Authorize", `{"idTag":"04A1"}`, &Authorize{IDToken: IDToken{IDToken: "04A1", Set: true}},
		"unknown-member: idTag")
	f("a token without a type", "Authorize", `{"idToken":{"idToken":"04A1"}}`,
		&Authorize{IDToken: IDToken{IDToken: "04A1", Set: true}}, "missing-member: type")
	f("a contract's certificate", "Authorize", `{"idToken":{"idToken":"DE-1","type":"eMAID"},"certificate":"-----BEGIN\nMII",`+
		`"iso15118CertificateHashData":[{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"01","responderURL":"http://o"}]}`,
		&Authorize{IDToken: IDToken{IDToken: "DE-1", Type: "eMAID", Set: true}, Certificate: "-----BEGIN\nMII",
			HashData: []HashData{{"SHA256", "aa", "bb", "01", "http://o"}}})

	f("an event of a transaction", "TransactionEvent",
		`{"eventType":"Started","timestamp":`+when+`,"triggerReason":"CablePluggedIn","seqNo":0,"offline":true,"numberOfPhasesUsed":3,`+
			`"cableMaxCurrent":32,"reservationId":5,"transactionInfo":{"transactionId":"t-1","chargingState":"EVConnected","remoteStartId":7,`+
			`"timeSpentCharging":60},"evse":{"id":1,"connectorId":2},"idToken":{"idToken":"A","type":"Central"},`+
			`"meterValue":[{"timestamp":`+when+`,"sampledValue":[{"value":1.5,"unitOfMeasure":{"unit":"kWh","multiplier":-1}}]}],"customData":{"vendorId":"v"}}`,
		&TransactionEvent{EventType: "Started", Timestamp: whenAt, TriggerReason: "CablePluggedIn", SeqNo: number(0, "0"), Offline: true,
			NumberOfPhasesUsed: number(3, "3"), CableMaxCurrent: number(32, "32"), ReservationID: number(5, "5"),
			TransactionInfo: TransactionInfo{TransactionID: "t-1", ChargingState: "EVConnected", RemoteStartID: number(7, "7"),
				TimeSpentCharging: number(60, "60")},
			EVSE:    EVSE{ID: number(1, "1"), ConnectorID: number(2, "2")},
			IDToken: IDToken{IDToken: "A", Type: "Central", Set: true},
			MeterValue: []MeterValue{{Timestamp: whenAt, SampledValue: []SampledValue{{Value: "1.5", Unit: "kWh",
				Multiplier: number(-1, "-1"), Raw: `{"value":1.5,"unitOfMeasure":{"unit":"kWh","multiplier":-1}}`}}}}})
	f("an event of nothing", "TransactionEvent", `{}`, new(TransactionEvent), "missing-member: eventType",
		"missing-member: timestamp", "missing-member: triggerReason", "missing-member: seqNo", "missing-member: transactionInfo")
	f("an event that is no object", "TransactionEvent", `[7]`, new(TransactionEvent), "not-an-object: payload",
		"missing-member: eventType", "missing-member: timestamp", "missing-member: triggerReason", "missing-member: seqNo",
		"missing-member: transactionInfo")
	f("an event whose parts have other types", "TransactionEvent",
		`{"eventType":"Ended","timestamp":`+when+`,"triggerReason":7,"seqNo":"9","offline":"TRUE","transactionInfo":"t","evse":1,"idToken":[],"meterValue":null}`,
		&TransactionEvent{EventType: "Ended", Timestamp: whenAt, TriggerReason: "7", SeqNo: number(9, "9"), Offline: true,
			MeterValue: []MeterValue{}},
		"not-a-text: triggerReason", "unknown-reason: 7", "quoted-number: seqNo", "quoted-boolean: offline",
		"not-an-object: transactionInfo", "missing-member: transactionId", "not-an-object: evse", "missing-member: id",
		"not-an-object: idToken")
	f("an event with the members of others", "TransactionEvent",
		`{"eventType":"Updated","timestamp":`+when+`,"triggerReason":"Authorized","seqNo":1,"transactionId":"t","evseId":1,"connectorId":2,"idTag":"A"}`,
		&TransactionEvent{EventType: "Updated", Timestamp: whenAt, TriggerReason: "Authorized", SeqNo: number(1, "1"),
			TransactionInfo: TransactionInfo{TransactionID: "t"}, EVSE: EVSE{ID: number(1, "1"), ConnectorID: number(2, "2")},
			IDToken: IDToken{IDToken: "A", Set: true}},
		"unknown-member: transactionId", "unknown-member: evseId", "unknown-member: connectorId", "unknown-member: idTag")
	f("what 2.1 added", "TransactionEvent",
		`{"eventType":"Ended","timestamp":`+when+`,"triggerReason":"EVDeparted","seqNo":1,"transactionInfo":{"transactionId":"t","stoppedReason":"Local",`+
			`"operationMode":"ChargingOnly","tariffId":"T","transactionLimit":{"maxCost":1}},"preconditioningStatus":"Ready","evseSleep":true,"costDetails":{"a":1}}`,
		&TransactionEvent{EventType: "Ended", Timestamp: whenAt, TriggerReason: "EVDeparted", SeqNo: number(1, "1"),
			TransactionInfo: TransactionInfo{TransactionID: "t", StoppedReason: "Local", OperationMode: "ChargingOnly", TariffID: "T",
				TransactionLimit: `{"maxCost":1}`},
			PreconditioningStatus: "Ready", EVSESleep: true, CostDetails: `{"a":1}`})

	f("meter values as 1.6 has them", "MeterValues",
		`{"connectorId":1,"transactionId":9,"meterValue":{"timestamp":`+when+`,"sampledValue":{"value":"1.5","unit":"kWh","format":"Raw"}}}`,
		&MeterValues{EVSEID: number(1, "1"), TransactionID: number(9, "9"), MeterValue: []MeterValue{{Timestamp: whenAt,
			SampledValue: []SampledValue{{Value: "1.5", Unit: "kWh", Raw: `{"value":"1.5","unit":"kWh","format":"Raw"}`}}}}},
		"unknown-member: connectorId", "unknown-member: transactionId", "single-for-list: meterValue",
		"single-for-list: sampledValue", "quoted-number: value", "unknown-member: unit", "unknown-member: format", "missing-member: evseId")
	f("samples with signatures and odd units", "MeterValues",
		`{"evseId":0,"meterValue":[{"timestamp":`+when+`,"sampledValue":[{"value":null,"unitOfMeasure":"W"},`+
			`{"value":-0.5e2,"measurand":"Weight","signedMeterValue":{"signedMeterData":"x"}}]}]}`,
		&MeterValues{EVSEID: number(0, "0"), MeterValue: []MeterValue{{Timestamp: whenAt, SampledValue: []SampledValue{
			{Unit: "W", Raw: `{"value":null,"unitOfMeasure":"W"}`},
			{Value: "-0.5e2", Measurand: "Weight", Signed: `{"signedMeterData":"x"}`,
				Raw: `{"value":-0.5e2,"measurand":"Weight","signedMeterValue":{"signedMeterData":"x"}}`}}}}},
		"null: value", "not-an-object: unitOfMeasure", "unknown-measurand: Weight")

	f("a problem", "NotifyEvent",
		`{"generatedAt":`+when+`,"seqNo":0,"tbc":true,"eventData":[{"eventId":1,"timestamp":`+when+`,"trigger":"Alerting","cause":4,"actualValue":true,`+
			`"techCode":"CX002","techInfo":"RCD","cleared":false,"transactionId":"t","variableMonitoringId":6,"eventNotificationType":"HardWiredNotification",`+
			`"severity":3,"component":{"name":"EVSE","instance":"a","evse":{"id":1,"connectorId":1}},"variable":{"name":"Problem","instance":"b"}}]}`,
		&NotifyEvent{GeneratedAt: whenAt, SeqNo: number(0, "0"), TBC: true, EventData: []EventData{{EventID: number(1, "1"), Timestamp: whenAt,
			Trigger: "Alerting", Cause: number(4, "4"), ActualValue: "true", TechCode: "CX002", TechInfo: "RCD", TransactionID: "t",
			VariableMonitoringID: number(6, "6"), EventNotificationType: "HardWiredNotification", Severity: number(3, "3"),
			Component: Component{Name: "EVSE", Instance: "a", EVSE: EVSE{ID: number(1, "1"), ConnectorID: number(1, "1")}},
			Variable:  Variable{Name: "Problem", Instance: "b"},
			Raw: `{"eventId":1,"timestamp":` + when + `,"trigger":"Alerting","cause":4,"actualValue":true,` +
				`"techCode":"CX002","techInfo":"RCD","cleared":false,"transactionId":"t","variableMonitoringId":6,"eventNotificationType":"HardWiredNotification",` +
				`"severity":3,"component":{"name":"EVSE","instance":"a","evse":{"id":1,"connectorId":1}},"variable":{"name":"Problem","instance":"b"}}`}}},
		"not-a-text: actualValue")
	f("an event without anything", "NotifyEvent", `{"eventData":{}}`, &NotifyEvent{EventData: []EventData{{Raw: `{}`}}},
		"single-for-list: eventData", "missing-member: timestamp", "missing-member: trigger", "missing-member: actualValue",
		"missing-member: component", "missing-member: variable", "missing-member: generatedAt", "missing-member: seqNo")

	f("a report", "NotifyReport",
		`{"requestId":3,"generatedAt":`+when+`,"seqNo":1,"tbc":true,"reportData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"},`+
			`"variableAttribute":[{"value":"300","mutability":"ReadWrite","persistent":true},{"type":"MaxSet"}],"variableCharacteristics":{"dataType":"integer","supportsMonitoring":false}}]}`,
		&NotifyReport{RequestID: number(3, "3"), GeneratedAt: whenAt, SeqNo: number(1, "1"), TBC: true, ReportData: []ReportData{{
			Component: Component{Name: "OCPPCommCtrlr"}, Variable: Variable{Name: "HeartbeatInterval"},
			Attributes:      []VariableAttribute{{Value: "300", HasValue: true, Mutability: "ReadWrite", Persistent: true}, {Type: "MaxSet"}},
			Characteristics: `{"dataType":"integer","supportsMonitoring":false}`}}})

	f("progress of an update", "FirmwareStatusNotification", `{"status":"Installed","requestId":5}`,
		&Notice{Name: "FirmwareStatusNotification", Status: "Installed", RequestID: number(5, "5"), Payload: `{"status":"Installed","requestId":5}`})
	f("an unknown progress", "LogStatusNotification", `{"status":"Flying","x":1}`,
		&Notice{Name: "LogStatusNotification", Status: "Flying", Payload: `{"status":"Flying","x":1}`},
		"unknown-status: Flying", "unknown-member: x")
	f("a reservation that ended", "ReservationStatusUpdate", `{"reservationId":4,"reservationUpdateStatus":"Expired"}`,
		&Notice{Name: "ReservationStatusUpdate", Status: "Expired", RequestID: number(4, "4"),
			Payload: `{"reservationId":4,"reservationUpdateStatus":"Expired"}`})
	f("a security event", "SecurityEventNotification", `{"type":"ResetOrReboot","timestamp":`+when+`}`,
		&Notice{Name: "SecurityEventNotification", Status: "ResetOrReboot", Timestamp: whenAt,
			Payload: `{"type":"ResetOrReboot","timestamp":` + when + `}`})
	f("a notice of nothing", "NotifyChargingLimit", `null`, &Notice{Name: "NotifyChargingLimit"}, "missing-member: chargingLimit")
	f("a schedule", "NotifyEVChargingSchedule", `{"timeBase":`+when+`,"chargingSchedule":{"id":1},"evseId":2}`,
		&Notice{Name: "NotifyEVChargingSchedule", EVSEID: number(2, "2"), Timestamp: whenAt,
			Payload: `{"timeBase":` + when + `,"chargingSchedule":{"id":1},"evseId":2}`})
	f("a part of a report about monitors", "NotifyMonitoringReport", `{"requestId":1,"seqNo":2,"tbc":true,"generatedAt":`+when+`}`,
		&Notice{Name: "NotifyMonitoringReport", RequestID: number(1, "1"), SeqNo: number(2, "2"), TBC: true, Timestamp: whenAt,
			Payload: `{"requestId":1,"seqNo":2,"tbc":true,"generatedAt":` + when + `}`})

	f("a certificate request keeps its lines", "SignCertificate", `{"csr":"-----BEGIN\nMII","certificateType":"V2GCertificate"}`,
		&SignCertificate{CSR: "-----BEGIN\nMII", CertificateType: "V2GCertificate"})
	f("a question to a responder", "GetCertificateStatus", `{"ocspRequestData":{"hashAlgorithm":"SHA1"}}`,
		&GetCertificateStatus{OCSPRequestData: HashData{HashAlgorithm: "SHA1"}}, "unknown-algorithm: SHA1",
		"missing-member: issuerNameHash", "missing-member: issuerKeyHash", "missing-member: serialNumber")
	f("a data transfer of an object", "DataTransfer", `{"vendorId":"V","data":{"a":[1]}}`,
		&DataTransfer{VendorID: "V", Data: `{"a":[1]}`})
	f("broken JSON that can be mended", "TransactionEvent", `{"eventType":"Ended","timestamp":`+when+`,"triggerReason":"Trigger","seqNo":,"transactionInfo":{"transactionId":"t"},}`,
		&TransactionEvent{EventType: "Ended", Timestamp: whenAt, TriggerReason: "Trigger", TransactionInfo: TransactionInfo{TransactionID: "t"}},
		"missing-value", "stray-comma", "null: seqNo")
}

func TestSignedMessagesAreReadWithoutTheirSignature(t *testing.T) {
	inner := base64.RawURLEncoding.EncodeToString([]byte(`{"idToken":{"idToken":"A?>","type":"Central"}}`))
	payload := []byte(`{"protected":"e30","payload":"` + inner + `","signature":"x"}`)
	want := &Authorize{IDToken: IDToken{IDToken: "A?>", Type: "Central", Set: true}}
	for _, action := range []string{"Authorize-Signed", "authorize-signed"} {
		m, odd, fault := Decode(action, payload)
		if fault != nil {
			t.Fatal(fault)
		}
		if diff := cmp.Diff(Message(want), m); diff != "" || odd[0] != "signature-unchecked" {
			t.Errorf("%s: oddities %q, %s", action, odd, diff)
		}
	}
	if m, _, fault := DecodeStrict("Authorize-Signed", payload); fault != nil || m.Action() != "Authorize" {
		t.Errorf("strictly: %v %v", m, fault)
	}
	f := func(action, payload string, want string) {
		t.Helper()
		if _, _, fault := Decode(action, []byte(payload)); fault == nil || fault.Error() != want {
			t.Errorf("%s %s: %v, want %s", action, payload, fault, want)
		}
		if _, _, fault := DecodeStrict(action, []byte(payload)); fault == nil || fault.Error() != want {
			t.Errorf("strictly %s %s: %v, want %s", action, payload, fault, want)
		}
	}
	f("Heartbeat-Signed", `{}`, "OccurrenceConstraintViolation: payload is missing")
	f("Heartbeat-Signed", `{"payload":"*"}`, "PropertyConstraintViolation: payload is not in base64url")
	f("Heartbeat-Signed", `{"payload":`, "FormatViolation: the payload is not well-formed JSON: value expected at byte 11")
	f("Fly-Signed", `{"payload":"e30="}`, "NotImplemented: unknown action Fly")
}

func TestDecodeRefusesWhatLeavesNothingToActOn(t *testing.T) {
	f := func(action, payload string, want string) {
		t.Helper()
		if m, _, fault := Decode(action, []byte(payload)); fault == nil || fault.Error() != want {
			t.Errorf("Decode(%s, %s) = %v, %v, want %s", action, payload, m, fault, want)
		}
	}
	f("Fly", `{}`, "NotImplemented: unknown action Fly")
	f("StartTransaction", `{}`, "NotImplemented: unknown action StartTransaction")
	f("BatterySwap", `{}`, "NotImplemented: unknown action BatterySwap")
	f("Reset", `{"type":"OnIdle"}`, "NotSupported: Reset is not sent in this direction")
	f("Fly", `{"a":`, "FormatViolation: the payload is not well-formed JSON: value expected at byte 5")
	f("TransactionEvent", `{"a":1`, "FormatViolation: the payload is not well-formed JSON: comma expected at byte 6")
	f("TransactionEvent", strings.Repeat(`{"evse":`, 40)+`1`+strings.Repeat(`}`, 40),
		"FormatViolation: the payload is not well-formed JSON: values nest too deep at byte 257")
	f("Authorize", `{}`, "OccurrenceConstraintViolation: idToken is missing")
	f("Authorize", `{"idToken":7}`, "TypeConstraintViolation: idToken has the wrong type")
	f("Authorize", `{"idToken":{}}`, "PropertyConstraintViolation: idToken holds nothing usable")
	f("StatusNotification", `{"connectorStatus":"Available"}`, "OccurrenceConstraintViolation: evseId is missing")
	f("StatusNotification", `{"evseId":-1,"connectorStatus":"Available"}`, "PropertyConstraintViolation: evseId is negative")
	f("StatusNotification", `{"evseId":1}`, "OccurrenceConstraintViolation: connectorStatus is missing")
	f("SignCertificate", `{"csr":""}`, "PropertyConstraintViolation: csr holds nothing usable")
}

func TestDecodeStrictGivesTheExactCode(t *testing.T) {
	f := func(action, payload string, want string) {
		t.Helper()
		_, _, fault := DecodeStrict(action, []byte(payload))
		got := ""
		if fault != nil {
			got = fault.Error()
		}
		if got != want {
			t.Errorf("DecodeStrict(%s, %s): %v, want %s", action, payload, got, want)
		}
	}
	status := `{"timestamp":` + when + `,"connectorStatus":"Available","evseId":1,"connectorId":1}`
	f("StatusNotification", status, "")
	f("statusNotification", status, "NotImplemented: unknown action statusNotification")
	f("StatusNotification", strings.Replace(status, "Available", "Charging", 1),
		"PropertyConstraintViolation: connectorStatus is none of Available, Occupied, Reserved, Unavailable, Faulted")
	f("Reset", `{}`, "NotSupported: Reset is not sent in this direction")
	f("Heartbeat", `{"a":1}`, "FormatViolation: a is no member of the message")
	f("Heartbeat", `{"customData":{"vendorId":"v","anything":[{}]}}`, "")
	f("TransactionEvent", `{"eventType":"Ended","timestamp":`+when+`,"triggerReason":"TxResumed","seqNo":1,"transactionInfo":{"transactionId":"t"}}`,
		"PropertyConstraintViolation: triggerReason is none of "+strings.Join(triggerReasonWords.List, ", "))
	f("MeterValues", `{"evseId":1,"meterValue":[{"timestamp":`+when+`,"sampledValue":[{"value":"1"}]}]}`,
		"TypeConstraintViolation: meterValue[0].sampledValue[0].value must be a number")
}

func TestMessagesKeepNothingOfThePayload(t *testing.T) {
	payload := []byte(`{"idToken":{"idToken":"kept","type":"Odd"}}`)
	m, odd, fault := Decode("Authorize", payload)
	if fault != nil {
		t.Fatal(fault)
	}
	clear(payload)
	if a := m.(*Authorize); a.IDToken.IDToken != "kept" || odd[0] != "unknown-type: Odd" {
		t.Errorf("%+v %q", a, odd)
	}
}
