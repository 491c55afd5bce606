package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/alert"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
)

// follows has a digest go through all that was stored.
func (y *yard) follows() {
	y.t.Helper()
	log := slog.New(slog.DiscardHandler)
	desk := alert.NewDesk(y.fleet, y.store)
	alerts := alert.NewAlerts(desk, y.store)
	d := digest.New(y.store, log, &digest.Faults{Muted: desk.Muted, Classified: alerts.SessionError}, alerts, alert.NewEvents(desk))
	if err := d.Step(context.Background(), y.now); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) derives(d *charging.Derived) {
	y.t.Helper()
	if err := y.store.StoreDerived(context.Background(), d); err != nil {
		y.t.Fatal(err)
	}
}

// alertOf is a stored alert of a charger, so many minutes after noon.
func alertOf(id, charger charging.ID, kind charging.AlertKind, minutes int, detail string) charging.Alert {
	org := map[charging.ID]charging.ID{41: 3, 42: 3, 50: 4, 95: 9}[charger]
	return charging.Alert{ID: id, OrganizationID: org, Kind: kind, At: clock("12:00:00").Add(time.Duration(minutes) * time.Minute),
		ChargerID: charger, Detail: detail, Incident: said(id)}
}

func TestAlertsAreListedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	y.at("12:00:00").connects(42)
	transaction := y.starts(42, 1, "A0B1C2D3", 1000)
	session := y.fleet.Estate().Charger(42).Port(1).Session.ID
	y.at("12:10:00").stops(42, transaction, 6000)
	completed := alertOf(502, 42, charging.AlertChargingCompleted, 5, `{"socThreshold":80,"socPercent":80.5}`)
	completed.PortNumber, completed.SessionID, completed.VehicleID, completed.Contacts = 1, session, 700, []charging.ID{7, 8}
	muted := alertOf(503, 41, charging.AlertOfflineCharger, 6, `{"thresholdMinutes":15}`)
	muted.Muted = true
	y.derives(&charging.Derived{Alerts: []charging.Alert{
		alertOf(501, 41, charging.AlertOfflineCharger, 0, `{"thresholdMinutes":15}`), completed, muted,
		alertOf(504, 41, charging.AlertClockSkew, 7, `{"secondsAhead":3600,"chargerTime":"2026-03-02T13:03:00.000Z"}`),
		alertOf(505, 50, charging.AlertOfflineCharger, 8, `{"thresholdMinutes":15}`),
		alertOf(506, 95, charging.AlertOfflineCharger, 9, `{"thresholdMinutes":15}`),
		{ID: 507, OrganizationID: 3, Kind: charging.AlertLowBattery, At: clock("12:10:00"), VehicleID: 701, Incident: "507", Detail: `{"socThreshold":10,"socPercent":9}`},
	}})
	ids := func(key, query string) string {
		t.Helper()
		return fmt.Sprint(column(y.get("/api/alerts"+query, key).rows(t), "id"))
	}
	for _, c := range []struct{ key, query, want string }{
		{northlineKey, "", "[507 502 501]"}, // never those of our own kinds
		{holdingKey, "", "[507 505 502 501]"},
		{strangerKey, "", "[506]"},
		{limitedKey, "", "[502]"}, // not that of the organization either
		{northlineKey, "?includeMuted=true", "[507 503 502 501]"},
		{northlineKey, "?includeMuted=false", "[507 502 501]"},
		{northlineKey, "?startTimestampAfter=2026-03-02T12:00:00.000Z", "[507 502]"},
		{northlineKey, "?startTimestampAfter=2026-03-02T11:59:59.999Z", "[507 502 501]"},
		{northlineKey, "?alertRecipientIds=7", "[502]"},
		{northlineKey, "?alertRecipientIds=9&alertRecipientIds=8", "[502]"},
		{northlineKey, "?alertRecipientIds[]=9", "[]"},
	} {
		if got := ids(c.key, c.query); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.key, c.query, got, c.want)
		}
	}
	row := y.get("/api/alerts", northlineKey).rows(t)[1]
	want := decode(t, []byte(fmt.Sprintf(`{"id":502,"type":"chargingCompleted","startTimestamp":"2026-03-02T12:05:00.000Z","muted":false,
		"lowBattery":null,"chargingCompleted":{"socThreshold":80,"socPercent":80.5},"chargingSessionError":null,"offlineCharger":null,"lateCharging":null,
		"chargingSession":{"id":%d,"startTime":"2026-03-02T12:00:00.000Z","endTime":"2026-03-02T12:10:00.000Z","durationSeconds":600,
			"energyDeliveredKwh":5,"socStartPercent":null,"socEndPercent":null},
		"site":{"id":12,"name":"Harbor Depot","locationId":null},
		"charger":{"id":42,"name":"Post 1","manufacturer":null,"model":null,"serialNumber":null,"externalId":null,"ocppId":"post-1",
			"networkServiceProvider":"chargeyard","chargerType":"Level 2"},
		"port":{"id":83,"name":"Only","portNumber":1,"maximumPowerKw":11},
		"vehicle":{"id":700,"name":"Van 12","make":"Ravn","model":"Cargo E","vin":null},
		"organization":{"id":3,"name":"Northline Couriers"}}`, session)))
	if diff := cmp.Diff(want, any(row)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	y.get("/api/alerts?startTimestampAfter=soon", northlineKey).is(t, 400, `startTimestampAfter: "soon" is no time; write it like 2026-03-02T06:00:00Z`)
	y.get("/api/alerts?alertRecipientIds=x", northlineKey).is(t, 400, `alertRecipientIds: "x" is no id; ids are whole numbers from 1`)
	y.get("/api/alerts?includeMuted=perhaps", northlineKey).is(t, 400, "includeMuted: must be true or false")
	y.get("/api/alerts?nextPageCursor=zz", northlineKey).is(t, 400, "nextPageCursor: is none of this server's cursors; begin again without it")
	y.get("/api/alerts", controlKey).is(t, 403, `This API key may not do that: it lacks "read"`)
	y.get("/api/alerts", "").is(t, 401, "Invalid Authorization header")
}

func TestAlertsArePagedToTheEndWhileNewOnesArrive(t *testing.T) {
	y := newFurnishedYard(t)
	var d charging.Derived
	for id := charging.ID(1); id <= 250; id++ { // several of one time
		d.Alerts = append(d.Alerts, alertOf(id, 41, charging.AlertOfflineCharger, int(id/3), `{"thresholdMinutes":15}`))
	}
	y.derives(&d)
	seen, cursor, next := map[any]int{}, "", charging.ID(1000)
	for page := 0; ; page++ {
		a := y.get("/api/alerts?nextPageCursor="+url.QueryEscape(cursor), northlineKey)
		for _, id := range column(a.rows(t), "id") {
			seen[id]++
		}
		y.derives(&charging.Derived{Alerts: []charging.Alert{alertOf(next, 41, charging.AlertOfflineCharger, 200, `{"thresholdMinutes":15}`)}})
		next++
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if len(seen) != 250 {
		t.Errorf("%d alerts, want 250", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("alert %v came %d times", id, n)
		}
	}
}

func TestAdminAlertsHaveAllKindsAndWhatIsSentOfThem(t *testing.T) {
	y := newFurnishedYard(t)
	skew := alertOf(504, 41, charging.AlertClockSkew, 7, `{"secondsAhead":3600,"chargerTime":"2026-03-02T13:03:00.000Z"}`)
	skew.Contacts, skew.Record = []charging.ID{7}, 88
	skew.Deliveries = []charging.Delivery{{ID: 9, ContactID: 7, AlertID: 504, Event: charging.EventAlertRaised, CreatedAt: skew.At, NextAt: skew.At}}
	muted := alertOf(503, 41, charging.AlertOfflineCharger, 6, `{"thresholdMinutes":15}`)
	muted.Muted = true
	y.derives(&charging.Derived{Alerts: []charging.Alert{muted, skew, alertOf(506, 95, charging.AlertClockSkew, 9, "")}})
	for query, want := range map[string]string{
		"": "[504 503]", "?includeMuted=false": "[504]", "?types=offlineCharger": "[503]", "?types=clockSkew&types=rebooting": "[504]",
		"?chargerIds=42": "[]", "?siteIds=12": "[504 503]",
	} {
		if got := fmt.Sprint(column(y.get("/api/admin/alerts"+query, fullKey).rows(t), "id")); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	row := y.get("/api/admin/alerts/504", fullKey).data(t)
	deliveries := row["deliveries"].([]any)
	if said(row["contactIds"], row["recordId"], row["detail"].(map[string]any)["secondsAhead"]) != "[7] 88 3600" || len(deliveries) != 1 ||
		deliveries[0].(map[string]any)["messageId"] != "msg_9" {
		t.Errorf("%v", row)
	}
	y.get("/api/admin/alerts?types=boredom", fullKey).is(t, 400, `types: "boredom" is none of lowBattery, chargingCompleted, chargingSessionError, `+
		`offlineCharger, lateCharging, duplicateIdentity, clockSkew, securityEvent, firmwareFailed, rebooting`)
	y.get("/api/admin/alerts/506", fullKey).is(t, 404, "Not found") // of a stranger
	y.get("/api/admin/alerts/999", fullKey).is(t, 404, "Not found")
	y.get("/api/admin/alerts", northlineKey).is(t, 403, `This API key may not do that: it lacks "manage"`)
}

func TestErrorsAreListedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	y.at("12:00:00").connects(41)
	y.connects(42)
	y.connects(50)
	transaction := y.starts(41, 1, "A0B1C2D3", 1000)
	session := y.fleet.Estate().Charger(41).Port(1).Session.ID
	y.at("12:10:00").sends(41, "StatusNotification", `{"connectorId":1,"errorCode":"EVCommunicationError","status":"Faulted",
		"vendorErrorCode":"E-217","info":"","timestamp":"2026-03-02T12:10:00.250Z"}`)
	y.at("12:12:00").stops(41, transaction, 6000)
	y.at("12:20:00").sends(42, "StatusNotification", `{"connectorId":0,"errorCode":"WeakSignal","status":"Available","info":"-110 dBm","timestamp":"2026-03-02T12:20:00Z"}`)
	y.at("12:30:00").sends(50, "StatusNotification", `{"connectorId":1,"errorCode":"OtherError","status":"Faulted","timestamp":"2026-03-02T12:30:00Z"}`)
	y.follows()
	list := y.get("/api/errors", holdingKey).rows(t)
	if got := said(column(list, "ocppErrorCode"), column(list, "errorCategory")); got != "[OtherError WeakSignal EVCommunicationError] [other other endedCharging]" {
		t.Fatal(got)
	}
	want := decode(t, []byte(fmt.Sprintf(`{"id":%v,"timestamp":"2026-03-02T12:10:00.250Z","ocppErrorCode":"EVCommunicationError","vendorErrorCode":"E-217",
		"ocppInfo":null,"ocppStatus":"Faulted","errorCategory":"endedCharging",
		"chargingSession":{"id":%d,"startTime":"2026-03-02T12:00:00.000Z","endTime":"2026-03-02T12:12:00.000Z"},
		"site":{"id":12,"name":"Harbor Depot","locationId":null},
		"charger":{"id":41,"name":"Bay 4","manufacturer":null,"model":null,"serialNumber":null,"externalId":null,"ocppId":"voltix-0917",
			"networkServiceProvider":"chargeyard","chargerType":"DCFC"},
		"port":{"id":82,"name":"Left","portNumber":1,"maximumPowerKw":160},"organization":{"id":3,"name":"Northline Couriers"}}`, list[2]["id"], session)))
	if diff := cmp.Diff(want, any(list[2])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list[1]["port"] != nil || list[1]["chargingSession"] != nil || list[1]["ocppInfo"] != "-110 dBm" {
		t.Errorf("%v, want neither port nor session", list[1])
	}
	for _, c := range []struct{ key, query, want string }{
		{northlineKey, "", "[42 41]"}, {limitedKey, "", "[42]"}, {strangerKey, "", "[]"},
		{holdingKey, "?organizationIds=4", "[50]"}, {holdingKey, "?organizationIds=4&organizationIds=9", "[50]"},
		{northlineKey, "?organizationIds=4", "[]"}, {holdingKey, "?siteIds[]=12", "[42 41]"}, {holdingKey, "?chargerIds=41&chargerIds=50", "[50 41]"},
		{holdingKey, "?chargerIds=41&siteIds=20", "[]"},
		{holdingKey, "?afterTimestamp=2026-03-02T12:20:00Z", "[50 42]"}, {holdingKey, "?afterTimestamp=2026-03-02T12:20:00.001Z", "[50]"},
		{holdingKey, "?beforeTimestamp=2026-03-02T12:20:00Z", "[42 41]"}, {holdingKey, "?beforeTimestamp=2026-03-02T12:10:00.250Z", "[41]"},
		{holdingKey, "?beforeTimestamp=2026-03-02T12:10:00.249Z", "[]"},
	} {
		var got []any
		for _, row := range y.get("/api/errors"+c.query, c.key).rows(t) {
			got = append(got, row["charger"].(map[string]any)["id"])
		}
		if said(got) != c.want {
			t.Errorf("%s %s: %v, want %s", c.key, c.query, got, c.want)
		}
	}
	y.get("/api/errors?afterTimestamp=soon", northlineKey).is(t, 400, `afterTimestamp: "soon" is no time; write it like 2026-03-02T06:00:00Z`)
	y.get("/api/errors?siteIds=x", northlineKey).is(t, 400, `siteIds: "x" is no id; ids are whole numbers from 1`)
	y.get("/api/errors?nextPageCursor=MQ", northlineKey).is(t, 400, "nextPageCursor: is none of this server's cursors; begin again without it")
	y.get("/api/errors", controlKey).is(t, 403, `This API key may not do that: it lacks "read"`)
}

func TestErrorsArePagedByTwoThousandWhileNewOnesArrive(t *testing.T) {
	y := newFurnishedYard(t)
	fault := func(id charging.ID, minutes int) charging.Fault {
		at := clock("00:00:00").Add(time.Duration(minutes) * time.Minute)
		return charging.Fault{ID: id, ChargerID: 41 + id%2, PortNumber: 1, At: at, Received: at, Category: charging.FaultOther,
			Status: charging.PortStatus{Status: charging.Faulted, ErrorCode: "GroundFailure"}}
	}
	var d charging.Derived
	for id := charging.ID(1); id <= 4500; id++ {
		d.Faults = append(d.Faults, fault(id, int(id/7)))
	}
	y.derives(&d)
	for key, want := range map[string]int{northlineKey: 4500, limitedKey: 2250} {
		seen, cursor, next := map[any]int{}, "", charging.ID(10_000)
		for {
			a := y.get("/api/errors?nextPageCursor="+url.QueryEscape(cursor), key)
			rows := a.rows(t)
			if cursor = a.next(t); cursor != "" && len(rows) != 2000 {
				t.Errorf("a page of %d", len(rows))
			}
			for _, id := range column(rows, "id") {
				seen[id]++
			}
			y.derives(&charging.Derived{Faults: []charging.Fault{fault(next, 2000)}})
			next++
			if cursor == "" {
				break
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: error %v came %d times", key, id, n)
			}
		}
		for id := range seen { // those that arrived before this key began
			if said(id) >= "10000" && len(said(id)) == 5 {
				delete(seen, id)
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d errors, want %d", key, len(seen), want)
		}
	}
}

func TestErrorCodesAreMuted(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/organizations/3/muted-errors"
	if got := y.get(path, fullKey).data(t); said(got["codes"], got["updatedAt"]) != "[] <nil>" {
		t.Errorf("%v, want none yet", got)
	}
	put := func(body string) answer { return y.send(http.MethodPut, path, fullKey, "application/json", body) }
	if got := put(`{"codes":["weaksignal"," E-217 ","E-217"]}`).data(t); said(got["codes"]) != "[weaksignal E-217]" || got["updatedAt"] == nil {
		t.Errorf("%v", got)
	}
	y.at("12:00:00").connects(42)
	y.sends(42, "StatusNotification", `{"connectorId":1,"errorCode":"WeakSignal","status":"Available","timestamp":"2026-03-02T12:00:00Z"}`)
	y.follows()
	put(`{"codes":[]}`).data(t) // what was muted stays so
	y.at("12:01:00").sends(42, "StatusNotification", `{"connectorId":1,"errorCode":"WeakSignal","status":"Charging","timestamp":"2026-03-02T12:01:00Z"}`)
	y.follows()
	if got := fmt.Sprint(column(y.get("/api/errors", northlineKey).rows(t), "errorCategory")); got != "[other muted]" {
		t.Error(got)
	}
	put(`{}`).is(t, 400, "codes: is missing; give a list of error codes, empty for none")
	put(`{"codes":"x"}`).is(t, 400, "codes: must be a list")
	put(`{"codes":["NoError"]}`).is(t, 400, "codes[0]: must be an error code of OCPP or of a vendor")
	put(`{"codes":["`+strings.Repeat("x", 256)+`"]}`).is(t, 400, "codes[0]: must be at most 255 characters")
	y.send(http.MethodPut, "/api/admin/organizations/9/muted-errors", fullKey, "application/json", `{"codes":[]}`).is(t, 404, "Not found")
	y.get("/api/admin/organizations/1/muted-errors", fullKey).is(t, 404, "Not found")
	y.get(path, northlineKey).is(t, 403, `This API key may not do that: it lacks "manage"`)
}
