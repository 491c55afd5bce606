package v201

import (
	"cmp"
	"math"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
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

// decoded reads a payload that must not be refused.
func decoded(t *testing.T, action, payload string) (wire.Message, []string) {
	t.Helper()
	m, odd, fault := wire.Decode(action, []byte(payload))
	if fault != nil {
		t.Fatalf("%s %s: %v", action, payload, fault)
	}
	return m, odd
}

// translated decodes and translates a payload, and returns the event with all
// its oddities.
func translated(t *testing.T, action, payload string) charging.Event {
	t.Helper()
	m, odd := decoded(t, action, payload)
	return Translate(m, charging.Event{ChargerID: 7, Generation: 3, MessageID: "id", Received: received, Oddities: odd})
}

func TestTranslateKeepsWhatTheEventCameWith(t *testing.T) {
	e := translated(t, "Heartbeat", `{"x":1}`)
	want := charging.Event{ChargerID: 7, Generation: 3, MessageID: "id", Received: received,
		Oddities: []string{"unknown-member: x"}}
	if diff := gocmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const (
	when     = `"2025-03-12T12:38:37Z"`
	whenText = " time=2025-03-12T12:38:37Z"
)

// check compares an event in words, one line a part.
func check(t *testing.T, action, payload, want string, odd ...string) {
	t.Helper()
	e := translated(t, action, payload)
	if diff := gocmp.Diff(strings.Split(want, "\n"), describe(e.Body)); diff != "" {
		t.Errorf("%s %s (-want +got):\n%s", action, payload, diff)
	}
	if diff := gocmp.Diff(odd, e.Oddities); diff != "" {
		t.Errorf("%s %s: oddities (-want +got):\n%s", action, payload, diff)
	}
}

func TestBootsTellWhatTheChargerIs(t *testing.T) {
	check(t, "BootNotification", `{"reason":"Watchdog","chargingStation":{"model":" M ","vendorName":"V","serialNumber":"S",`+
		`"firmwareVersion":"F","modem":{"iccid":"1","imsi":"2"}}}`,
		"Booted reason=Watchdog manufacturer=V model=M serial=S firmware=F iccid=1 imsi=2")
	if b := translated(t, "BootNotification", `{}`).Body.(charging.Booted); b.At != received {
		t.Errorf("the boot is at %v, want the time of receipt", b.At)
	}
}

func TestEventsOfTransactionsAreReportsOfSessions(t *testing.T) {
	check(t, "TransactionEvent", `{"eventType":"Started","timestamp":`+when+`,"triggerReason":"RemoteStart","seqNo":0,"offline":true,`+
		`"reservationId":5,"transactionInfo":{"transactionId":"t","chargingState":"SuspendedEV","remoteStartId":7},"evse":{"id":1,"connectorId":2},`+
		`"idToken":{"idToken":"a1","type":"ISO14443"},"meterValue":[{"timestamp":`+when+`,"sampledValue":[{"value":1.5}]}]}`,
		"SessionReported phase=Started transaction=t seq=0"+whenText+" trigger=RemoteStart offline=true port=1 connector=2 tag=a1 "+
			"type=ISO14443 state=SuspendedEV remoteStart=7 reservation=5\n"+
			"0 Energy.Active.Import.Register value=1.5 location=Outlet context=Sample.Periodic"+whenText)
	check(t, "TransactionEvent", `{"eventType":"Ended","timestamp":`+when+`,"triggerReason":"EVDeparted","seqNo":4,"transactionInfo":{"transactionId":"t"}}`,
		"SessionReported phase=Ended transaction=t seq=4"+whenText+" trigger=EVDeparted reason=Local")
	check(t, "TransactionEvent", `{"eventType":"Ended","timestamp":`+when+`,"triggerReason":"EVDeparted","seqNo":4,"transactionInfo":{"transactionId":"t","stoppedReason":"SOCLimitReached"}}`,
		"SessionReported phase=Ended transaction=t seq=4"+whenText+" trigger=EVDeparted reason=SOCLimitReached")
	check(t, "TransactionEvent", `{"eventType":"Resumed","timestamp":`+when+`,"triggerReason":"Odd","seqNo":-4,"transactionInfo":{"transactionId":"t","chargingState":"Sleeping"},"evse":{"id":-1}}`,
		"SessionReported phase=Updated transaction=t"+whenText+" trigger=Odd",
		"unknown-type: Resumed", "unknown-reason: Odd", "unknown-state: Sleeping", "evse-out-of-range: -1", "sequence-out-of-range: -4")
	if e := translated(t, "TransactionEvent", `{}`); e.Body == nil {
		t.Error("an event of nothing says nothing")
	}
}

func TestStatusNotificationTellsTheStateOfAConnector(t *testing.T) {
	f := func(members, want string, odd ...string) {
		t.Helper()
		check(t, "StatusNotification", `{"timestamp":`+when+`,`+members+`}`, "ConditionsReported"+whenText+"\nstate "+want+whenText, odd...)
	}
	for _, word := range []string{"Available", "Occupied", "Reserved", "Unavailable", "Faulted"} {
		f(`"connectorStatus":"`+word+`","evseId":2,"connectorId":1`, "port=2 connector=1 state="+word)
	}
	for _, word := range []string{"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"} {
		f(`"connectorStatus":"`+word+`","evseId":2,"connectorId":1`, "port=2 connector=1 state=Occupied", "unknown-status: "+word)
	}
	f(`"connectorStatus":"Sleeping","evseId":1,"connectorId":1`, "port=1 connector=1", "unknown-status: Sleeping")
	f(`"connectorStatus":"Available","evseId":0,"connectorId":3`, "port=0 connector=0 state=Available")
	f(`"connectorStatus":"Available","evseId":99999999999,"connectorId":-1`, "port=2147483647 connector=0 state=Available",
		"evse-out-of-range: 99999999999", "connector-out-of-range: -1")
	f(`"status":"Charging","errorCode":"NoError","connectorId":1`, "port=1 connector=0 state=Occupied", "unknown-member: status",
		"unknown-status: Charging", "unknown-member: errorCode", "missing-member: evseId")
}

func TestMeterValuesAreReadings(t *testing.T) {
	f := func(sample, want string, odd ...string) {
		t.Helper()
		want = strings.ReplaceAll(want, " RAW", whenText+" raw="+sample)
		if !strings.Contains(want, " raw=") {
			want += whenText
		}
		check(t, "MeterValues", `{"evseId":1,"meterValue":[{"timestamp":`+when+`,"sampledValue":[`+sample+`]}]}`,
			"MetersReported port=1\n"+want, odd...)
	}
	const periodic = " location=Outlet context=Sample.Periodic"
	f(`{"value":5}`, "0 Energy.Active.Import.Register value=5"+periodic)
	f(`{"value":1.46,"unitOfMeasure":{"unit":"kWh","multiplier":0}}`, "0 Energy.Active.Import.Register value=1460"+periodic)
	f(`{"value":1.005,"unitOfMeasure":{"multiplier":3}}`, "0 Energy.Active.Import.Register value=1005"+periodic)
	f(`{"value":123456,"unitOfMeasure":{"unit":"kWh","multiplier":-3}}`, "0 Energy.Active.Import.Register value=123456"+periodic)
	f(`{"value":"7","measurand":"Power.Active.Import","unitOfMeasure":{"unit":"kW"}}`, "0 Power.Active.Import value=7000"+periodic,
		"quoted-number: value")
	f(`{"value":74,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W","multiplier":2}}`, "0 Power.Active.Import value=7400"+periodic)
	f(`{"value":7,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"kWh"}}`, "0 Power.Active.Import value=7000"+periodic+" RAW",
		"unit-of-another-kind: Power.Active.Import in kWh")
	f(`{"value":57,"measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}}`,
		"0 SoC value=57 location=EV context=Sample.Periodic")
	f(`{"value":230,"measurand":"Voltage","phase":"L1-N","context":"Transaction.Begin","unitOfMeasure":{"unit":"Bananas"}}`,
		"0 Voltage/L1-N location=Outlet context=Transaction.Begin RAW", "unknown-unit: Bananas")
	f(`{"value":1,"unitOfMeasure":{"multiplier":9999999999}}`, "0 Energy.Active.Import.Register"+periodic+" RAW",
		"no-number: Energy.Active.Import.Register")
	f(`{"value":0,"unitOfMeasure":{"multiplier":-9999999999}}`, "0 Energy.Active.Import.Register value=0"+periodic)
	f(`{"value":5,"signedMeterValue":{"signedMeterData":"x"}}`, "0 Energy.Active.Import.Register value=5"+periodic+" RAW")
	f(`{"value":"OCMF|{}|{}"}`, "0 Energy.Active.Import.Register"+periodic+" RAW", "quoted-number: value")
	f(`{"value":5,"measurand":"Weight"}`, "0 "+periodic+" RAW", "unknown-measurand: Weight")
	check(t, "MeterValues", `{"connectorId":2,"transactionId":9,"meterValue":[]}`, "MetersReported port=2 transaction=9",
		"unknown-member: connectorId", "unknown-member: transactionId", "missing-member: evseId")
}

func TestTokensArePresented(t *testing.T) {
	check(t, "Authorize", `{"idToken":{"idToken":"04 a1","type":"ISO14443"}}`, "TagPresented tag=04 a1 type=ISO14443")
	check(t, "Authorize", `{"idToken":{"idToken":"","type":"NoAuthorization"}}`, "TagPresented type=NoAuthorization")
	check(t, "Authorize", `{"idToken":{"idToken":"`+strings.Repeat("é", 300)+`","type":"Central"}}`,
		"TagPresented tag="+strings.Repeat("é", 255)+" type=Central", "too-long: idToken", "cut: idToken")
}

func TestReportsAreVariables(t *testing.T) {
	check(t, "NotifyReport", `{"requestId":3,"generatedAt":`+when+`,"seqNo":1,"tbc":true,"reportData":[`+
		`{"component":{"name":"Connector","instance":"i","evse":{"id":1,"connectorId":2}},"variable":{"name":"AvailabilityState","instance":"v"},`+
		`"variableAttribute":[{"value":"Available","mutability":"ReadOnly"},{"type":"Target","mutability":"WriteOnly"}],`+
		`"variableCharacteristics":{"dataType": "OptionList"}},`+
		`{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"value":"hunter2"}]},`+
		`{"component":{"name":"SecurityCtrlr"},"variable":{"name":"OrganizationName"},"variableAttribute":[{"value":""}]},`+
		`{"component":{"name":"X"},"variable":{"name":"Y"},"variableAttribute":[]}]}`,
		"VariablesReported request=3 seq=1 more=true\n"+
			"Connector/i evse=1 connector=2 name=AvailabilityState instance=v attribute=Actual value=Available mutability=ReadOnly "+
			`characteristics={"dataType":"OptionList"}`+"\n"+
			"Connector/i evse=1 connector=2 name=AvailabilityState instance=v attribute=Target mutability=WriteOnly "+
			`characteristics={"dataType":"OptionList"}`+"\n"+
			"SecurityCtrlr name=BasicAuthPassword attribute=Actual value=***\n"+
			"SecurityCtrlr name=OrganizationName attribute=Actual value=\n"+
			"X name=Y attribute=Actual")
	v := translated(t, "NotifyReport", `{"reportData":[{"component":{"name":"X"},"variable":{"name":"Y"}}]}`).Body.(charging.VariablesReported)
	if v.Variables[0].ReportedAt != received || v.More {
		t.Errorf("%+v", v)
	}
}

func TestNotesKeepTheWholeMessage(t *testing.T) {
	f := func(action, payload, want string, odd ...string) {
		t.Helper()
		check(t, action, payload, "Noted "+want, odd...)
	}
	f("FirmwareStatusNotification", `{"status": "Installed", "requestId": 5}`,
		`kind=firmware status=Installed request=5 detail={"status":"Installed","requestId":5}`)
	f("LogStatusNotification", `{"status":"Idle"}`, `kind=log status=Idle detail={"status":"Idle"}`)
	f("PublishFirmwareStatusNotification", `{"status":"Published","location":["https://u:p@host/f"],"requestId":2}`,
		`kind=publishFirmware status=Published request=2 detail={"status":"Published","location":["https://***@host/f"],"requestId":2}`)
	f("SecurityEventNotification", `{"type":"ResetOrReboot","timestamp":`+when+`}`,
		`kind=securityEvent status=ResetOrReboot`+whenText+` detail={"type":"ResetOrReboot","timestamp":`+when+`}`)
	f("ReservationStatusUpdate", `{"reservationId":4,"reservationUpdateStatus":"Removed"}`,
		`kind=reservation status=Removed request=4 detail={"reservationId":4,"reservationUpdateStatus":"Removed"}`)
	f("NotifyChargingLimit", `{"chargingLimit":{"chargingLimitSource":"EMS"},"evseId":2}`,
		`kind=chargingLimit port=2 detail={"chargingLimit":{"chargingLimitSource":"EMS"},"evseId":2}`)
	f("ClearedChargingLimit", `{"chargingLimitSource":"EMS"}`, `kind=chargingLimitCleared status=EMS detail={"chargingLimitSource":"EMS"}`)
	f("NotifyCustomerInformation", `{"data":"x","seqNo":0,"generatedAt":`+when+`,"requestId":9}`,
		`kind=customerInformation request=9`+whenText+` detail={"data":"x","seqNo":0,"generatedAt":`+when+`,"requestId":9}`)
	f("NotifyDisplayMessages", `{"requestId":9}`, `kind=displayMessages request=9 detail={"requestId":9}`)
	f("NotifyMonitoringReport", `{"requestId":9,"seqNo":0,"generatedAt":`+when+`}`,
		`kind=monitoringReport request=9`+whenText+` detail={"requestId":9,"seqNo":0,"generatedAt":`+when+`}`)
	f("ReportChargingProfiles", `{"requestId":9,"chargingLimitSource":"CSO","chargingProfile":[{"id":1}],"evseId":1}`,
		`kind=chargingProfiles status=CSO port=1 request=9 detail={"requestId":9,"chargingLimitSource":"CSO","chargingProfile":[{"id":1}],"evseId":1}`)
	f("NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC"}}`,
		`kind=chargingNeeds port=1 detail={"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"DC"}}`)
	f("NotifyEVChargingSchedule", `{"timeBase":`+when+`,"chargingSchedule":{},"evseId":1}`,
		`kind=chargingSchedule port=1`+whenText+` detail={"timeBase":`+when+`,"chargingSchedule":{},"evseId":1}`)
	f("NotifyDisplayMessages", `{}`, `kind=displayMessages`, "missing-member: requestId")
	f("SignCertificate", `{"csr":"-----BEGIN\nMII","certificateType":"V2GCertificate"}`,
		`kind=signCertificate status=V2GCertificate detail={"csr":"-----BEGIN\nMII","certificateType":"V2GCertificate"}`)
	f("GetCertificateStatus", `{"ocspRequestData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"http://u:p@o"}}`,
		`kind=certificateStatus detail={"ocspRequestData":{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"http://***@o"}}`)
	f("Get15118EVCertificate", `{"iso15118SchemaVersion":"x","action":"Install","exiRequest":"AA=="}`,
		`kind=contractCertificate status=Install detail={"iso15118SchemaVersion":"x","action":"Install","exiRequest":"AA=="}`)
	f("DataTransfer", `{"vendorId":"com.example","messageId":"price","data":{"eur": 0.3}}`,
		`kind=dataTransfer detail={"vendorId":"com.example","messageId":"price","data":{"eur":0.3}}`)
	f("DataTransfer", `{"vendorId":"com.example","data":"AuthorizationKey=00FF"}`,
		`kind=dataTransfer detail={"vendorId":"com.example","data":"***"}`)
}

func TestAnswersFollowTheOutcome(t *testing.T) {
	f := func(action, payload string, out charging.Outcome, s Settings, want string) {
		t.Helper()
		m, _ := decoded(t, action, payload)
		if got := respond(t, m, out, s); got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", action, payload, got, want)
		}
	}
	tag := func(d charging.TagDecision) charging.Outcome { return charging.Outcome{Tag: d, HasTag: true} }
	const (
		token   = `"idToken":{"idToken":"A","type":"Central"}`
		started = `{"eventType":"Started"}`
		info    = `"idTokenInfo":{"status":"Blocked","cacheExpiryDateTime":"2026-03-01T12:00:00.000Z","groupIdToken":{"idToken":"FAMILY","type":"Central"}}`
	)
	blocked := tag(charging.TagDecision{Status: charging.TagBlocked, GroupTag: "FAMILY", ExpiresAt: received, AccessID: 3})
	f("Authorize", `{`+token+`}`, blocked, settings, `{`+info+`}`)
	f("Authorize", `{`+token+`}`, tag(charging.TagDecision{Status: charging.TagInvalid}), settings, `{"idTokenInfo":{"status":"Unknown"}}`)
	f("Authorize", `{`+token+`}`, tag(charging.TagDecision{Status: charging.TagInvalid, AccessID: 3}), settings, `{"idTokenInfo":{"status":"Invalid"}}`)
	f("Authorize", `{`+token+`}`, charging.Outcome{}, settings, `{"idTokenInfo":{"status":"Invalid"}}`)
	f("Authorize", `{`+token+`}`, tag(charging.TagDecision{Status: charging.TagAccepted, GroupTag: strings.Repeat("G", 37)}), settings,
		`{"idTokenInfo":{"status":"Accepted"}}`)

	f("TransactionEvent", `{"eventType":"Started",`+token+`}`, blocked, settings, `{`+info+`}`)
	f("TransactionEvent", `{"eventType":"Ended",`+token+`}`, blocked, settings, `{"totalCost":0,`+info+`}`)
	f("TransactionEvent", `{"eventType":"Updated"}`, blocked, settings, `{}`)
	f("TransactionEvent", `{"eventType":"Ended"}`, charging.Outcome{}, settings, `{"totalCost":0}`)
	f("TransactionEvent", `{"eventType":"Started","idToken":{"idToken":"","type":"NoAuthorization"}}`,
		tag(charging.TagDecision{Status: charging.TagInvalid}), settings, `{"idTokenInfo":{"status":"Accepted"}}`)
	priced := settings
	priced.EnergyPrice = 350 // 0.35 a kWh
	f("TransactionEvent", `{"eventType":"Ended"}`, charging.Outcome{Energy: 12_345_678}, priced, `{"totalCost":4.321}`)
	f("TransactionEvent", `{"eventType":"Updated"}`, charging.Outcome{Energy: 1_000_000}, priced, `{"totalCost":0.35}`)

	f("BootNotification", `{}`, charging.Outcome{}, Settings{Now: received},
		`{"currentTime":"2026-03-01T12:00:00.000Z","interval":0,"status":"Accepted"}`)
	f("BootNotification", `{}`, charging.Outcome{Registration: "Pending"}, Settings{Now: received, HeartbeatInterval: 90 * time.Second, Registration: "Accepted"},
		`{"currentTime":"2026-03-01T12:00:00.000Z","interval":90,"status":"Pending"}`)
	f("BootNotification", `{}`, charging.Outcome{}, Settings{Now: received, Registration: "Rejected"},
		`{"currentTime":"2026-03-01T12:00:00.000Z","interval":0,"status":"Rejected"}`)
	f("Heartbeat", `{}`, charging.Outcome{}, settings, `{"currentTime":"2026-03-01T12:00:00.000Z"}`)
	f("DataTransfer", `{"vendorId":"V"}`, charging.Outcome{}, settings, `{"status":"UnknownVendorId"}`)
	f("NotifyEVChargingNeeds", `{}`, charging.Outcome{}, settings, `{"status":"Accepted"}`)
	f("NotifyEVChargingSchedule", `{}`, charging.Outcome{}, settings, `{"status":"Accepted"}`)
	for _, a := range wire.Table.Actions {
		if a.Direction == ocpp.FromCharger && !hasMustMembers(a.Response) && a.Name != wire.ActionTransactionEvent {
			f(a.Name, cmp.Or(sendable[a.Name], `{}`), charging.Outcome{}, settings, `{}`)
		}
	}
}

// sendable are payloads of actions that are refused without any members.
var sendable = map[string]string{wire.ActionStatusNotification: `{"evseId":1,"connectorStatus":"Available"}`}

func hasMustMembers(members []ocpp.Member) bool {
	for i := range members {
		if members[i].Required {
			return true
		}
	}
	return false
}

func TestCertificatesAreAnsweredByWhatWasFound(t *testing.T) {
	f := func(action, payload string, s Settings, want string) {
		t.Helper()
		m, _ := decoded(t, action, payload)
		if got := respond(t, m, accepted, s); got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", action, payload, got, want)
		}
	}
	const (
		chain  = `{"idToken":{"idToken":"DE-1","type":"eMAID"},"certificate":"-----BEGIN"}`
		hashes = `{"idToken":{"idToken":"DE-1","type":"eMAID"},"iso15118CertificateHashData":[{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"d"}]}`
	)
	for _, payload := range []string{chain, hashes} {
		f("Authorize", payload, Settings{CertificateStatus: "Accepted"}, `{"idTokenInfo":{"status":"Accepted"},"certificateStatus":"Accepted"}`)
		f("Authorize", payload, Settings{CertificateStatus: "CertificateRevoked"},
			`{"idTokenInfo":{"status":"Invalid"},"certificateStatus":"CertificateRevoked"}`)
		f("Authorize", payload, Settings{}, `{"idTokenInfo":{"status":"Invalid"},"certificateStatus":"NoCertificateAvailable"}`)
	}
	f("SignCertificate", `{"csr":"x"}`, Settings{CanSign: true}, `{"status":"Accepted"}`)
	f("SignCertificate", `{"csr":"x"}`, Settings{},
		`{"status":"Rejected","statusInfo":{"reasonCode":"NoCertificateAuth","additionalInfo":"No certificate authority signs such certificates here."}}`)
	const noStatus = `{"status":"Failed","statusInfo":{"reasonCode":"NoStatus","additionalInfo":"The certificate's responder gave no usable answer."}}`
	f("GetCertificateStatus", `{}`, Settings{OCSPResult: "AA=="}, `{"status":"Accepted","ocspResult":"AA=="}`)
	f("GetCertificateStatus", `{}`, Settings{}, noStatus)
	f("GetCertificateStatus", `{}`, Settings{OCSPResult: strings.Repeat("A", 5501)}, noStatus)
	const noContract = `{"status":"Failed","statusInfo":{"reasonCode":"NoContractAuthority","additionalInfo":"No authority for contract certificates is connected."},"exiResponse":""}`
	f("Get15118EVCertificate", `{}`, Settings{EVCertificate: "AA=="}, `{"status":"Accepted","exiResponse":"AA=="}`)
	f("Get15118EVCertificate", `{}`, Settings{}, noContract)
	f("Get15118EVCertificate", `{}`, Settings{EVCertificate: strings.Repeat("A", 5601)}, noContract)

	m, _ := decoded(t, "Authorize", hashes)
	if h, pem := CertificatesOf(m); len(h) != 1 || h[0].SerialNumber != "c" || pem != "" {
		t.Errorf("certificates %v %q", h, pem)
	}
	m, _ = decoded(t, "SignCertificate", `{"csr":"x","requestId":4}`)
	if csr, use, id := CSROf(m); csr != "x" || use != "ChargingStationCertificate" || id != 4 {
		t.Errorf("request %q %q %d", csr, use, id)
	}
	if h, pem := CertificatesOf(m); h != nil || pem != "" {
		t.Errorf("certificates %v %q of a request to sign", h, pem)
	}
	m, _ = decoded(t, "GetCertificateStatus", `{"ocspRequestData":{"serialNumber":"c"}}`)
	if q := OCSPRequestOf(m); q == nil || q.SerialNumber != "c" {
		t.Errorf("question %v", q)
	}
	if csr, _, _ := CSROf(m); csr != "" || OCSPRequestOf(&wire.Heartbeat{}) != nil {
		t.Error("a message asks what it does not")
	}
}

func TestCostIsExact(t *testing.T) {
	f := func(energy charging.Milli, price, want int64) {
		t.Helper()
		if got := cost(energy, price); got != want {
			t.Errorf("cost(%d, %d) = %d, want %d", energy, price, got, want)
		}
	}
	f(0, 350, 0)
	f(1_000_000, 0, 0)
	f(-1, 350, 0)
	f(1_000_000, 350, 350)
	f(1_428, 350, 0) // 0.4998
	f(1_429, 350, 1) // 0.50015
	f(math.MaxInt64, math.MaxInt64, math.MaxInt64)
	f(math.MaxInt64, 1_000_000, math.MaxInt64)
}
