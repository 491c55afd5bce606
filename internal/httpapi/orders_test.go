package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// ordersTested are the orders with a body each, and what they become in OCPP 1.6.
var ordersTested = map[string]struct{ body, action string }{
	"start":                  {`{"port":1,"tag":"A0B1C2D3"}`, "RemoteStartTransaction"},
	"stop":                   {`{"port":1}`, "RemoteStopTransaction"},
	"unlock":                 {`{"port":1}`, "UnlockConnector"},
	"reset":                  {``, "Reset"},
	"availability":           {`{"operative":false}`, "ChangeAvailability"},
	"trigger":                {`{"message":"status","port":1}`, "TriggerMessage"},
	"clear-cache":            {`{}`, "ClearCache"},
	"reserve":                {`{"port":2,"tag":"A0B1C2D3","expires":"2036-03-02T08:00:00Z"}`, "ReserveNow"},
	"cancel-reservation":     {`{"id":7}`, "CancelReservation"},
	"charging-profile":       {`{"port":1,"profile":{"purpose":"default","unit":"A","periods":[{"limit":16}]}}`, "SetChargingProfile"},
	"clear-charging-profile": {`{}`, "ClearChargingProfile"},
	"composite-schedule":     {`{"port":1,"duration":3600}`, "GetCompositeSchedule"},
	"local-list":             {`{"entries":[{"tag":"A0B1C2D3"}]}`, "SendLocalList"},
	"local-list-version":     {``, "GetLocalListVersion"},
	"configuration":          {`{"key":"HeartbeatInterval","value":"300"}`, "ChangeConfiguration"},
	"get-configuration":      {`{"keys":["HeartbeatInterval"]}`, "GetConfiguration"},
	"report":                 {`{}`, "GetConfiguration"},
	"log":                    {`{}`, "GetDiagnostics"},
	"firmware":               {`{"location":"https://firmware.example.org/fw.bin"}`, "UpdateFirmware"},
	"install-certificate":    {`{"type":"csms","certificate":"-----BEGIN CERTIFICATE-----"}`, "InstallCertificate"},
	"certificates":           {`{"types":["csms"]}`, "GetInstalledCertificateIds"},
	"delete-certificate":     {`{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c"}`, "DeleteCertificate"},
	"data-transfer":          {`{"vendorId":"com.example","data":"x"}`, "DataTransfer"},
}

func TestEveryOrderHasAPath(t *testing.T) {
	y := newFurnishedYard(t)
	y.starts(41, 1, "A0B1C2D3", 0)
	for _, name := range charging.OrderNames() {
		known, ok := ordersTested[name]
		if !ok {
			t.Errorf("%s is not tested", name)
			continue
		}
		row := y.post("/api/chargers/41/"+name, fullKey, known.body).data(t)
		if row["order"] != name || row["action"] != known.action || row["status"] != "answered" || row["actor"] != "key full" {
			t.Errorf("%s: %v", name, row)
		}
		if c := y.parts.link.last(t); c.Action != known.action {
			t.Errorf("%s: %s left", name, c.Action)
		}
	}
}

func TestOrdersAreTranslatedForTheVersionOfTheCharger(t *testing.T) {
	y := newFurnishedYard(t)
	row := y.post("/api/chargers/42/start", limitedKey, `{"tag":"A0B1C2D3","colour":"ignored"}`).data(t)
	compare(t, row, "action", `"RequestStartTransaction"`)
	compare(t, row, "protocol", `"ocpp2.0.1"`)
	compare(t, row, "payload.evseId", `1`)
	t.Run("an order of several calls names them all", func(t *testing.T) {
		y.starts(41, 1, "A0B1C2D3", 0)
		row := y.post("/api/chargers/42/get-configuration", fullKey, `{"keys":["HeartbeatInterval","OCPPCommCtrlr.WebSocketPingInterval"]}`).data(t)
		compare(t, row, "action", `"GetVariables"`)
		if row["commands"] != nil {
			t.Errorf("one call names %v", row["commands"])
		}
	})
	t.Run("one to a charger that is not connected is kept as it was written", func(t *testing.T) {
		y.parts.link.hangsUp(42)
		row := y.post("/api/chargers/42/reset", fullKey, `{"mode":"hard"}`).data(t)
		compare(t, row, "status", `"notConnected"`)
		compare(t, row, "payload", `{"mode":"hard"}`)
	})
}

func TestAnOrderThatTakesSeveralCallsNamesThem(t *testing.T) {
	y := newFurnishedYard(t)
	told := charging.ChargerVariables{ChargerID: 41, Variables: []charging.Variable{
		{Name: "GetConfigurationMaxKeys", Attribute: "Actual", Value: "1", HasValue: true, ReportedAt: y.now}}}
	y.keep(func(b *charging.Batch) { b.Variables = append(b.Variables, told) })
	row := y.post("/api/chargers/41/get-configuration", fullKey, `{"keys":["HeartbeatInterval","ResetRetries"]}`).data(t)
	ids := row["commands"].([]any)
	if len(ids) != 2 || ids[1] != row["id"] || y.parts.link.count() != 2 {
		t.Errorf("%v, %d calls", row, y.parts.link.count())
	}
	compare(t, y.get(fmt.Sprintf("/api/commands/%v", ids[0]), fullKey).data(t), "payload", `{"key":["HeartbeatInterval"]}`)
}

func TestAnOrderThatDoesNotFitIsRefused(t *testing.T) {
	y := newFurnishedYard(t)
	is := func(name, body string, status int, text string) {
		t.Helper()
		y.post("/api/chargers/41/"+name, fullKey, body).is(t, status, text)
	}
	const bad = http.StatusBadRequest
	is("start", `{}`, bad, "tag: is missing; name the access ID that the session is for")
	is("start", `{"tag":"A"}`, bad, "port: is missing; several are free: 1 and 2; name the one to start on")
	is("start", `{"tag":"A","port":3}`, bad, "port: the charger has no port 3, only 1 and 2; a raw command reaches any")
	is("start", `{"tag":"A","port":"1"}`, bad, "port: must be a whole number")
	is("start", `[]`, bad, "body: must be a JSON object")
	is("start", `{"tag"`, bad, "body: is no JSON: unexpected end of JSON input")
	is("stop", ``, http.StatusNotFound, "session: none runs on this charger")
	is("stop", `{"session":5}`, http.StatusNotFound, "session: 5 does not run on this charger")
	is("reset", `{"mode":"warm"}`, bad, `mode: "warm" is none of soft, hard`)
	is("firmware", `{"file":9}`, http.StatusNotFound, "There is no firmware file 9; GET /api/firmware lists them")
	is("firmware", `{}`, bad, "location: is missing; give the address of the firmware, or as file the id of one that this server hosts")
	if y.parts.link.count() != 0 {
		t.Error("something was sent")
	}
	y.post("/api/chargers/41/dance", fullKey, `{}`).is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/41/reset", fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestALogGoesToThisServer(t *testing.T) {
	y := newFurnishedYard(t)
	row := y.post("/api/chargers/41/log", fullKey, `{}`).data(t)
	uploads := y.get("/api/chargers/41/uploads", northlineKey).rows(t)
	if len(uploads) != 1 || uploads[0]["commandId"] != row["id"] || uploads[0]["kind"] != "diagnostics" || uploads[0]["receivedAt"] != nil {
		t.Errorf("%v", uploads)
	}
	y.get(fmt.Sprintf("/api/uploads/%v/file", uploads[0]["id"]), northlineKey).is(t, http.StatusNotFound, "The charger has not sent this file yet")
}

func TestWithoutAnAddressOfItsOwnTheServerSaysSo(t *testing.T) {
	y := newFurnishedYard(t)
	y.stop()
	y.parts.url = ""
	y.start()
	const text = "chargers cannot be told where this server is; start it with --public-url, such as http://charge.example.org:8080, or give a location"
	y.post("/api/chargers/41/log", fullKey, `{}`).is(t, http.StatusBadRequest, text)
	compare(t, y.post("/api/chargers/41/log", fullKey, `{"location":"ftp://files.example.org/logs"}`).data(t), "payload.location", `"ftp://files.example.org/logs"`)
}
