package command_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	dialect16 "github.com/chargeyard/chargeyard/internal/dialect/v16"
	dialect201 "github.com/chargeyard/chargeyard/internal/dialect/v201"
	dialect21 "github.com/chargeyard/chargeyard/internal/dialect/v21"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// spoken are the versions, as a test needs them.
var spoken = []struct {
	name    string
	table   *ocpp.Table
	call    func(charging.Order, *charging.OrderFacts) ([]charging.OrderCall, error)
	outcome func(action string, response []byte) string
}{
	{"1.6", v16.Table, dialect16.Call, dialect16.Outcome},
	{"2.0.1", v201.Table, dialect201.Call, dialect201.Outcome},
	{"2.1", v21.Table, dialect21.Call, dialect21.Outcome},
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// facts are those of a charger with two ports, of which the first is in use:
// the session is as each version knows it.
func facts(v ocpp.Version) *charging.OrderFacts {
	s := &charging.Session{ID: 500, PortNumber: 1, TransactionID: 77}
	if v != ocpp.V16 {
		s = &charging.Session{ID: 500, PortNumber: 1, Transaction: "tx-77", Connector: 2}
	}
	return &charging.OrderFacts{Now: noon, RequestID: 11, ProfileID: 22, ListVersion: 3, MaxGet: 2, Session: s,
		Charger: &charging.Charger{Ports: []*charging.Port{
			{PortSettings: charging.PortSettings{Number: 1}, Session: s, Connectors: []charging.Connector{{Number: 1}, {Number: 2}}},
			{PortSettings: charging.PortSettings{Number: 2}},
		}}}
}

const (
	hour     = `"unit":"A","periods":[{"limit":16}]`
	began16  = `"startSchedule":"2026-03-02T11:59:00.000Z"`
	period16 = `"chargingSchedulePeriod":[{"startPeriod":0,"limit":16.0,"numberPhases":3}]`
	absolute = `"chargingProfileKind":"Absolute","chargingSchedule":{` + began16 + `,"chargingRateUnit":"A",` + period16 + `}}`
	absolut2 = `"chargingProfileKind":"Absolute","chargingSchedule":[{"id":22,` + began16 + `,"chargingRateUnit":"A",` + period16 + `}]`
	hashes   = `"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"01"`
)

// said is what an order comes to: the calls in 1.6, and in 2.0.1 and 2.1, one a
// line, or after "!" why not. two21 is set where 2.1 differs from 2.0.1.
var said = []struct{ order, body, one6, two, two21 string }{
	{"start", `{"tag":"A0B1"}`, `RemoteStartTransaction {"connectorId":2,"idTag":"A0B1"}`,
		`RequestStartTransaction {"evseId":2,"remoteStartId":11,"idToken":{"idToken":"A0B1","type":"Central"}}`, ""},
	{"start", `{"tag":"A0B1","port":1,"tagType":"ISO14443","groupTag":"G"}`, `RemoteStartTransaction {"connectorId":1,"idTag":"A0B1"}`,
		`RequestStartTransaction {"evseId":1,"remoteStartId":11,"idToken":{"idToken":"A0B1","type":"ISO14443"},"groupIdToken":{"idToken":"G","type":"Central"}}`, ""},
	{"start", `{"tag":"A","port":1,"profile":{` + hour + `}}`,
		`RemoteStartTransaction {"connectorId":1,"idTag":"A","chargingProfile":{"chargingProfileId":22,"stackLevel":0,"chargingProfilePurpose":"TxProfile",` +
			`"chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A",` + period16 + `}}}`,
		`RequestStartTransaction {"evseId":1,"remoteStartId":11,"idToken":{"idToken":"A","type":"Central"},"chargingProfile":{"id":22,"stackLevel":0,` +
			`"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":[{"id":22,"chargingRateUnit":"A",` + period16 + `}]}}`, ""},
	{"stop", `{"session":500}`, `RemoteStopTransaction {"transactionId":77}`, `RequestStopTransaction {"transactionId":"tx-77"}`, ""},
	{"unlock", `{"port":1}`, `UnlockConnector {"connectorId":1}`, `UnlockConnector {"evseId":1,"connectorId":2}`, ""},
	{"unlock", `{"port":2}`, `UnlockConnector {"connectorId":2}`, `UnlockConnector {"evseId":2,"connectorId":1}`, ""},
	{"unlock", `{}`, `!port: is missing; the charger has 1 and 2; name one`, `!port: is missing; the charger has 1 and 2; name one`, ""},
	{"reset", `{}`, `Reset {"type":"Soft"}`, `Reset {"type":"OnIdle"}`, ""},
	{"reset", `{"mode":"hard"}`, `Reset {"type":"Hard"}`, `Reset {"type":"Immediate"}`, ""},
	{"reset", `{"port":2}`, `!port: OCPP 1.6 resets the whole charger only; leave it out`, `Reset {"type":"OnIdle","evseId":2}`, ""},
	{"reset", `{"resume":true}`, `!resume: only OCPP 2.1 can do that; leave it out`, `!resume: only OCPP 2.1 can do that; leave it out`, `Reset {"type":"ImmediateAndResume"}`},
	{"availability", `{"operative":false}`, `ChangeAvailability {"connectorId":0,"type":"Inoperative"}`, `ChangeAvailability {"operationalStatus":"Inoperative"}`, ""},
	{"availability", `{"port":2,"connector":1,"operative":true}`, `ChangeAvailability {"connectorId":2,"type":"Operative"}`,
		`ChangeAvailability {"evse":{"id":2,"connectorId":1},"operationalStatus":"Operative"}`, ""},
	{"availability", `{"port":2,"connector":2,"operative":true}`, `!connector: a port of OCPP 1.6 has one connector; leave it out`,
		`ChangeAvailability {"evse":{"id":2,"connectorId":2},"operationalStatus":"Operative"}`, ""},
	{"trigger", `{"message":"boot"}`, `TriggerMessage {"requestedMessage":"BootNotification"}`, `TriggerMessage {"requestedMessage":"BootNotification"}`, ""},
	{"trigger", `{"message":"status","port":1}`, `TriggerMessage {"requestedMessage":"StatusNotification","connectorId":1}`,
		`TriggerMessage {"evse":{"id":1,"connectorId":2},"requestedMessage":"StatusNotification"}`, ""},
	{"trigger", `{"message":"meters","port":1}`, `TriggerMessage {"requestedMessage":"MeterValues","connectorId":1}`,
		`TriggerMessage {"evse":{"id":1},"requestedMessage":"MeterValues"}`, ""},
	{"trigger", `{"message":"log"}`, `ExtendedTriggerMessage {"requestedMessage":"LogStatusNotification"}`, `TriggerMessage {"requestedMessage":"LogStatusNotification"}`, ""},
	{"trigger", `{"message":"certificate"}`, `ExtendedTriggerMessage {"requestedMessage":"SignChargePointCertificate"}`,
		`TriggerMessage {"requestedMessage":"SignChargingStationCertificate"}`, ""},
	{"trigger", `{"message":"TransactionEvent"}`, `TriggerMessage {"requestedMessage":"MeterValues"}`, `TriggerMessage {"requestedMessage":"TransactionEvent"}`, ""},
	{"trigger", `{"message":"SignV2G20Certificate"}`, `!message: OCPP 1.6 cannot ask for SignV2G20Certificate; it can for BootNotification, DiagnosticsStatusNotification, FirmwareStatusNotification, Heartbeat, MeterValues, StatusNotification`,
		`!message: OCPP 2.0.1 cannot ask for SignV2G20Certificate; it can for BootNotification, LogStatusNotification, FirmwareStatusNotification, Heartbeat, MeterValues, SignChargingStationCertificate, SignV2GCertificate, StatusNotification, TransactionEvent, SignCombinedCertificate, PublishFirmwareStatusNotification`,
		`TriggerMessage {"requestedMessage":"SignV2G20Certificate"}`},
	{"clear-cache", ``, `ClearCache {}`, `ClearCache {}`, ""},
	{"reserve", `{"port":2,"tag":"A","groupTag":"G","expires":"2026-03-02T14:00:00+01:00"}`,
		`ReserveNow {"connectorId":2,"expiryDate":"2026-03-02T13:00:00.000Z","idTag":"A","parentIdTag":"G","reservationId":11}`,
		`ReserveNow {"id":11,"expiryDateTime":"2026-03-02T13:00:00.000Z","idToken":{"idToken":"A","type":"Central"},"groupIdToken":{"idToken":"G","type":"Central"},"evseId":2}`, ""},
	{"reserve", `{"id":9,"tag":"A","expires":"2026-03-02","connectorType":"cType2"}`, `!connectorType: OCPP 1.6 reserves by port; leave it out`,
		`ReserveNow {"id":9,"expiryDateTime":"2026-03-02T00:00:00.000Z","connectorType":"cType2","idToken":{"idToken":"A","type":"Central"}}`, ""},
	{"cancel-reservation", `{"id":9}`, `CancelReservation {"reservationId":9}`, `CancelReservation {"reservationId":9}`, ""},
	{"charging-profile", `{"port":1,"profile":{` + hour + `}}`,
		`SetChargingProfile {"connectorId":1,"csChargingProfiles":{"chargingProfileId":22,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile",` + absolute + `}`,
		`SetChargingProfile {"evseId":1,"chargingProfile":{"id":22,"stackLevel":0,"chargingProfilePurpose":"TxDefaultProfile",` + absolut2 + `}}`, ""},
	{"charging-profile", `{"session":500,"profile":{` + hour + `}}`,
		`SetChargingProfile {"connectorId":1,"csChargingProfiles":{"chargingProfileId":22,"transactionId":77,"stackLevel":0,"chargingProfilePurpose":"TxProfile",` + absolute + `}`,
		`SetChargingProfile {"evseId":1,"chargingProfile":{"id":22,"stackLevel":0,"chargingProfilePurpose":"TxProfile",` + absolut2 + `,"transactionId":"tx-77"}}`, ""},
	{"charging-profile", `{"profile":{"id":5,"stackLevel":2,"purpose":"charger","kind":"recurring","recurrence":"daily","start":"2026-03-01T22:00:00Z","duration":3600,
		"validTo":"2026-12-31","minRate":6,"unit":"W","periods":[{"limit":6000.5,"phases":1},{"after":1800,"limit":0}]}}`,
		`SetChargingProfile {"connectorId":0,"csChargingProfiles":{"chargingProfileId":5,"stackLevel":2,"chargingProfilePurpose":"ChargePointMaxProfile",` +
			`"chargingProfileKind":"Recurring","recurrencyKind":"Daily","validTo":"2026-12-31T00:00:00.000Z","chargingSchedule":{"duration":3600,` +
			`"startSchedule":"2026-03-01T22:00:00.000Z","chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":6000.5,"numberPhases":1},` +
			`{"startPeriod":1800,"limit":0.0,"numberPhases":3}],"minChargingRate":6.0}}}`,
		`SetChargingProfile {"evseId":0,"chargingProfile":{"id":5,"stackLevel":2,"chargingProfilePurpose":"ChargingStationMaxProfile",` +
			`"chargingProfileKind":"Recurring","recurrencyKind":"Daily","validTo":"2026-12-31T00:00:00.000Z","chargingSchedule":[{"id":5,` +
			`"startSchedule":"2026-03-01T22:00:00.000Z","duration":3600,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":6000.5,"numberPhases":1},` +
			`{"startPeriod":1800,"limit":0.0,"numberPhases":3}],"minChargingRate":6.0}]}}`, ""},
	{"charging-profile", `{"port":1,"profile":{"purpose":"priority",` + hour + `}}`, `!profile.purpose: only OCPP 2.1 has priority; choose charger, default or session`,
		`!profile.purpose: only OCPP 2.1 has priority; choose charger, default or session`,
		`SetChargingProfile {"evseId":1,"chargingProfile":{"id":22,"stackLevel":0,"chargingProfilePurpose":"PriorityCharging",` + absolut2 + `}}`},
	{"clear-charging-profile", `{"id":5}`, `ClearChargingProfile {"id":5}`, `ClearChargingProfile {"chargingProfileId":5}`, ""},
	{"clear-charging-profile", `{"port":0,"purpose":"charger","stackLevel":0}`,
		`ClearChargingProfile {"connectorId":0,"chargingProfilePurpose":"ChargePointMaxProfile","stackLevel":0}`,
		`ClearChargingProfile {"chargingProfileCriteria":{"evseId":0,"chargingProfilePurpose":"ChargingStationMaxProfile","stackLevel":0}}`, ""},
	{"clear-charging-profile", `{}`, `ClearChargingProfile {}`, `ClearChargingProfile {"chargingProfileCriteria":{}}`, ""},
	{"composite-schedule", `{"duration":86400,"unit":"W"}`, `GetCompositeSchedule {"connectorId":0,"duration":86400,"chargingRateUnit":"W"}`,
		`GetCompositeSchedule {"duration":86400,"chargingRateUnit":"W","evseId":0}`, ""},
	{"local-list", `{"entries":[{"tag":"A","groupTag":"G","expires":"2026-12-31"},{"tag":"B","status":"Blocked"}]}`,
		`SendLocalList {"listVersion":4,"updateType":"Full","localAuthorizationList":[{"idTag":"A","idTagInfo":{"expiryDate":"2026-12-31T00:00:00.000Z","parentIdTag":"G","status":"Accepted"}},{"idTag":"B","idTagInfo":{"status":"Blocked"}}]}`,
		`SendLocalList {"versionNumber":4,"updateType":"Full","localAuthorizationList":[{"idToken":{"idToken":"A","type":"ISO14443"},"idTokenInfo":{"status":"Accepted","cacheExpiryDateTime":"2026-12-31T00:00:00.000Z","groupIdToken":{"idToken":"G","type":"Central"}}},{"idToken":{"idToken":"B","type":"ISO14443"},"idTokenInfo":{"status":"Blocked"}}]}`, ""},
	{"local-list", `{"version":9,"update":"differential","entries":[{"tag":"A","remove":true}]}`,
		`SendLocalList {"listVersion":9,"updateType":"Differential","localAuthorizationList":[{"idTag":"A"}]}`,
		`SendLocalList {"versionNumber":9,"updateType":"Differential","localAuthorizationList":[{"idToken":{"idToken":"A","type":"ISO14443"}}]}`, ""},
	{"local-list", `{}`, `SendLocalList {"listVersion":4,"updateType":"Full"}`, `SendLocalList {"versionNumber":4,"updateType":"Full"}`, ""},
	{"local-list-version", `{}`, `GetLocalListVersion {}`, `GetLocalListVersion {}`, ""},
	{"configuration", `{"key":"HeartbeatInterval","value":"300"}`, `ChangeConfiguration {"key":"HeartbeatInterval","value":"300"}`,
		`SetVariables {"setVariableData":[{"attributeValue":"300","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}}]}`, ""},
	{"configuration", `{"key":"SampledDataCtrlr.TxUpdatedMeasurands","value":""}`, `ChangeConfiguration {"key":"MeterValuesSampledData","value":""}`,
		`SetVariables {"setVariableData":[{"attributeValue":"","component":{"name":"SampledDataCtrlr"},"variable":{"name":"TxUpdatedMeasurands"}}]}`, ""},
	{"configuration", `{"key":"VendorKey","value":"1"}`, `ChangeConfiguration {"key":"VendorKey","value":"1"}`,
		`!key: "VendorKey" is no variable; write it like OCPPCommCtrlr.HeartbeatInterval, EVSE#1.Power or DeviceDataCtrlr.ItemsPerMessage[GetVariables]`, ""},
	{"get-configuration", `{"keys":["HeartbeatInterval","EVSE#1.Power/MaxSet","Connector[main]#1:2.Available[x]"]}`,
		"GetConfiguration {\"key\":[\"HeartbeatInterval\",\"EVSE#1.Power/MaxSet\"]}\nGetConfiguration {\"key\":[\"Connector[main]#1:2.Available[x]\"]}",
		`GetVariables {"getVariableData":[{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"}},{"attributeType":"MaxSet","component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"}}]}` + "\n" +
			`GetVariables {"getVariableData":[{"component":{"name":"Connector","instance":"main","evse":{"id":1,"connectorId":2}},"variable":{"name":"Available","instance":"x"}}]}`, ""},
	{"get-configuration", `{}`, `GetConfiguration {}`, `!keys: is missing; name variables, or have all reported with the order report`, ""},
	{"report", `{}`, `GetConfiguration {}`, `GetBaseReport {"requestId":11,"reportBase":"FullInventory"}`, ""},
	{"report", `{"kind":"summary"}`, `GetConfiguration {}`, `GetBaseReport {"requestId":11,"reportBase":"SummaryInventory"}`, ""},
	{"log", `{"location":"https://a.example/u?a=1&b=2","from":"2026-03-01","retries":0}`,
		`GetDiagnostics {"location":"https://a.example/u?a=1&b=2","retries":0,"startTime":"2026-03-01T00:00:00.000Z"}`,
		`GetLog {"logType":"DiagnosticsLog","requestId":11,"retries":0,"log":{"remoteLocation":"https://a.example/u?a=1&b=2","oldestTimestamp":"2026-03-01T00:00:00.000Z"}}`, ""},
	{"log", `{"kind":"security","location":"ftp://a/b","retryInterval":60}`,
		`GetLog {"logType":"SecurityLog","requestId":11,"retryInterval":60,"log":{"remoteLocation":"ftp://a/b"}}`,
		`GetLog {"logType":"SecurityLog","requestId":11,"retryInterval":60,"log":{"remoteLocation":"ftp://a/b"}}`, ""},
	{"log", `{}`, `!location: is missing; give the address to which the charger is to send the log`, `!location: is missing; give the address to which the charger is to send the log`, ""},
	{"firmware", `{"location":"https://a.example/f.bin"}`, `UpdateFirmware {"location":"https://a.example/f.bin","retrieveDate":"2026-03-02T12:00:00.000Z"}`,
		`UpdateFirmware {"requestId":11,"firmware":{"location":"https://a.example/f.bin","retrieveDateTime":"2026-03-02T12:00:00.000Z"}}`, ""},
	{"firmware", `{"location":"https://a/f","retrieveAt":"2026-03-03","installAt":"2026-03-04","signature":"c2ln","certificate":"PEM","retries":2,"retryInterval":30}`,
		`SignedUpdateFirmware {"retries":2,"retryInterval":30,"requestId":11,"firmware":{"location":"https://a/f","retrieveDateTime":"2026-03-03T00:00:00.000Z","installDateTime":"2026-03-04T00:00:00.000Z","signingCertificate":"PEM","signature":"c2ln"}}`,
		`UpdateFirmware {"retries":2,"retryInterval":30,"requestId":11,"firmware":{"location":"https://a/f","retrieveDateTime":"2026-03-03T00:00:00.000Z","installDateTime":"2026-03-04T00:00:00.000Z","signingCertificate":"PEM","signature":"c2ln"}}`, ""},
	{"firmware", `{"location":"https://a/f","installAt":"2026-03-04"}`, `!installAt: OCPP 1.6 schedules the installation of signed firmware only; leave it out`,
		`UpdateFirmware {"requestId":11,"firmware":{"location":"https://a/f","retrieveDateTime":"2026-03-02T12:00:00.000Z","installDateTime":"2026-03-04T00:00:00.000Z"}}`, ""},
	{"install-certificate", `{"type":"csms","certificate":"PEM"}`, `InstallCertificate {"certificateType":"CentralSystemRootCertificate","certificate":"PEM"}`,
		`InstallCertificate {"certificateType":"CSMSRootCertificate","certificate":"PEM"}`, ""},
	{"install-certificate", `{"type":"oem","certificate":"PEM"}`, `!type: OCPP 1.6 knows csms and manufacturer only`, `!type: only OCPP 2.1 has oem; choose csms, manufacturer, v2g or mo`,
		`InstallCertificate {"certificateType":"OEMRootCertificate","certificate":"PEM"}`},
	{"certificates", `{}`, "GetInstalledCertificateIds {\"certificateType\":\"CentralSystemRootCertificate\"}\nGetInstalledCertificateIds {\"certificateType\":\"ManufacturerRootCertificate\"}",
		`GetInstalledCertificateIds {}`, ""},
	{"certificates", `{"types":["manufacturer"]}`, `GetInstalledCertificateIds {"certificateType":"ManufacturerRootCertificate"}`,
		`GetInstalledCertificateIds {"certificateType":["ManufacturerRootCertificate"]}`, ""},
	{"delete-certificate", `{` + hashes + `}`, `DeleteCertificate {"certificateHashData":{` + hashes + `}}`, `DeleteCertificate {"certificateHashData":{` + hashes + `}}`, ""},
	{"data-transfer", `{"vendorId":"V","messageId":"M","data":{"a": 1}}`, `DataTransfer {"vendorId":"V","messageId":"M","data":"{\"a\":1}"}`,
		`DataTransfer {"vendorId":"V","messageId":"M","data":{"a":1}}`, ""},
	{"data-transfer", `{"vendorId":"V","data":"<x>"}`, `DataTransfer {"vendorId":"V","data":"<x>"}`, `DataTransfer {"vendorId":"V","data":"<x>"}`, ""},
}

func TestEveryOrderIsSaidInEveryVersion(t *testing.T) {
	had := map[string]bool{}
	for _, tt := range said {
		had[tt.order] = true
		for i, v := range spoken {
			want := tt.two
			switch {
			case i == 0:
				want = tt.one6
			case i == 2 && tt.two21 != "":
				want = tt.two21
			}
			t.Run(tt.order+" "+tt.body+" "+v.name, func(t *testing.T) {
				o, err := charging.ParseOrder(tt.order, []byte(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				list, err := v.call(o, facts(v.table.Version))
				if err != nil {
					want = strings.ReplaceAll(want, "OCPP 2.0.1", "OCPP 2."+v.name[2:])
					if got := "!" + charging.MessageOf(err); got != want {
						t.Errorf("got  %s\nwant %s", got, want)
					}
					return
				}
				var got []string
				for _, c := range list {
					got = append(got, c.Action+" "+string(c.Payload))
					if fault := ocpp.Check(v.table.Version, v.table.Action(c.Action).Request, c.Payload); fault != nil {
						t.Errorf("%s %s: %v", c.Action, c.Payload, fault)
					}
				}
				if d := cmp.Diff(want, strings.Join(got, "\n")); d != "" {
					t.Error(d)
				}
			})
		}
	}
	for _, name := range charging.OrderNames() {
		if !had[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}

func TestEveryStatusOfAnAnswerHasAnOutcome(t *testing.T) {
	for _, v := range spoken {
		for i := range v.table.Actions {
			a := &v.table.Actions[i]
			if a.Direction&ocpp.ToCharger == 0 {
				continue
			}
			for response := range responses(a) {
				if v.outcome(a.Name, []byte(response)) == "" {
					t.Errorf("%s %s: %s says nothing", v.name, a.Name, response)
				}
			}
		}
	}
}

// responses are answers with each of the statuses that they may have, alone or
// in a list.
func responses(a *ocpp.Action) map[string]bool {
	all := map[string]bool{}
	for _, m := range a.Response {
		if m.Name == "status" {
			for _, word := range m.Enum {
				all[`{"status":"`+word+`"}`] = true
			}
		}
		for _, inner := range m.Members {
			if m.List && m.Required && strings.HasSuffix(strings.ToLower(inner.Name), "status") {
				for _, word := range inner.Enum {
					b, _ := json.Marshal(map[string]any{m.Name: []any{map[string]string{inner.Name: word}}})
					all[string(b)] = true
				}
			}
		}
	}
	if len(all) == 0 {
		all[`{}`] = true
	}
	return all
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct{ version, action, response, want string }{
		{"1.6", "Reset", `{"status":"Accepted"}`, "accepted"},
		{"1.6", "Reset", `{"status":"ACCEPTED "}`, "accepted"},
		{"1.6", "Reset", `{"status":3}`, ""},
		{"1.6", "Reset", `nonsense`, ""},
		{"1.6", "ChangeAvailability", `{"status":"Scheduled"}`, "scheduled"},
		{"1.6", "UnlockConnector", `{"status":"UnlockFailed"}`, "unlockFailed"},
		{"1.6", "TriggerMessage", `{"status":"NotImplemented"}`, "notSupported"},
		{"1.6", "ChangeConfiguration", `{"status":"RebootRequired"}`, "rebootRequired"},
		{"1.6", "ClearChargingProfile", `{"status":"Unknown"}`, "notFound"},
		{"1.6", "GetConfiguration", `{"configurationKey":[{"key":"A","readonly":true}]}`, "accepted"},
		{"1.6", "GetConfiguration", `{"unknownKey":["A"]}`, "notFound"},
		{"1.6", "GetConfiguration", `{"configurationKey":[{}],"unknownKey":["A"]}`, "partly"},
		{"1.6", "GetDiagnostics", `{"fileName":"a.zip"}`, "accepted"},
		{"1.6", "GetDiagnostics", `{}`, "notFound"},
		{"1.6", "GetLocalListVersion", `{"listVersion":-1}`, "notSupported"},
		{"1.6", "GetLocalListVersion", `{"listVersion":"4"}`, "accepted"},
		{"1.6", "UpdateFirmware", `{}`, "accepted"},
		{"2.0.1", "UnlockConnector", `{"status":"OngoingAuthorizedTransaction"}`, "ongoingAuthorizedTransaction"},
		{"2.0.1", "GetLog", `{"status":"AcceptedCanceled"}`, "accepted"},
		{"2.0.1", "SetVariables", `{"setVariableResult":[{"attributeStatus":"Accepted"},{"attributeStatus":"RebootRequired"}]}`, "rebootRequired"},
		{"2.0.1", "SetVariables", `{"setVariableResult":[{"attributeStatus":"Accepted"},{"attributeStatus":"UnknownVariable"}]}`, "partly"},
		{"2.0.1", "SetVariables", `{"setVariableResult":[{"attributeStatus":"Rejected"},{"attributeStatus":"UnknownVariable"}]}`, "rejected"},
		{"2.0.1", "GetVariables", `{"getVariableResult":[{"attributeStatus":"UnknownComponent"}]}`, "notFound"},
		{"2.0.1", "GetVariables", `{}`, ""},
		{"2.1", "ClearTariffs", `{"clearTariffsResult":[{"status":"NoTariff"}]}`, "noTariff"},
		{"2.1", "Reset", `{"status":"Scheduled"}`, "scheduled"},
	} {
		for _, v := range spoken {
			if v.name != tt.version {
				continue
			}
			if got := v.outcome(tt.action, []byte(tt.response)); got != tt.want {
				t.Errorf("%s %s %s: %q, not %q", tt.version, tt.action, tt.response, got, tt.want)
			}
		}
	}
}
