package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestFreshnessIsToldOnlyToWhoAsks(t *testing.T) {
	y := newLiveYard(t)
	y.now = time.Now().UTC().Truncate(time.Millisecond).Add(-10 * time.Minute) // readings grow stale by the clock
	y.connects(41)
	began := y.now
	y.sends(41, "StatusNotification", `{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":"`+y.now.Add(-time.Minute).Format(time.RFC3339Nano)+`"}`)
	tx := y.starts(41, 1, "A0B1C2D3", 0)
	sample := y.now.Add(-30 * time.Second)
	y.metersAt(41, 1, tx, sample.Format(time.RFC3339Nano), powerW("11000"))
	y.now = time.Now().UTC().Truncate(time.Millisecond)
	y.metersAt(41, 1, tx, y.now.Format(time.RFC3339Nano), soc("50"))
	if plain := y.get("/api/sites", holdingKey); strings.Contains(string(plain.body), "freshness") {
		t.Error("nobody asked for it")
	}
	check := func() {
		t.Helper()
		written := func(at time.Time) string { return `"` + at.Format(charging.TimeLayout) + `"` }
		a := y.get("/api/sites?include=freshness", holdingKey)
		if a.StatusCode != http.StatusOK || a.Header.Get("ETag") == "" {
			t.Fatalf("%s %v", a.Status, a.Header)
		}
		c := newCopy()
		c.document(a.body)
		charger := decode(t, c.chargers[41].json).(map[string]any)
		port := charger["ports"].([]any)[0].(map[string]any)
		compare(t, port, "freshness", `{"asOf":`+written(began.Add(-time.Minute))+`,"receivedAt":`+written(began)+`,"stale":false,"source":"charger"}`)
		compare(t, port, "currentChargingSession.freshness", `{"powerKw":{"asOf":`+written(sample)+`,"receivedAt":`+written(began)+
			`,"stale":true,"source":"charger"},"currentA":null,"socPercent":{"asOf":`+written(y.now)+`,"receivedAt":`+written(y.now)+
			`,"stale":false,"source":"charger"},"voltage":null}`)
		compare(t, charger["ports"].([]any)[1].(map[string]any), "freshness", "null")
		// The same for one charger, and since a version.
		one := y.get("/api/chargers/41?include=freshness", holdingKey)
		if normal(one.body) != normal([]byte(`{"data":`+string(c.chargers[41].json)+`}`)) {
			t.Errorf("%s", one.body)
		}
		polled := newCopy()
		polled.since(y.get("/api/sites?since=&include=freshness", holdingKey).body)
		if normal(polled.chargers[41].json) != normal(c.chargers[41].json) {
			t.Errorf("%s", polled.chargers[41].json)
		}
	}
	check() // what it learned before anybody asked is in the store
	check()
	y.restart(y.now)
	y.connects(41)
	check() // so it is after a start
}

func TestValuesOfADisconnectedChargerAreStale(t *testing.T) {
	y := newLiveYard(t)
	y.now = time.Now().UTC().Truncate(time.Millisecond)
	y.connects(41)
	y.reportsStatus(41, 1, "Charging")
	tx := y.starts(41, 1, "A0B1C2D3", 0)
	y.meters(41, 1, tx, powerW("11000"))
	server := y.served()
	l := listen(t, server.URL+"/api/sites/stream?include=freshness", holdingKey, "")
	c := newCopy()
	c.event(t, l.next())
	stale := func(want bool) {
		t.Helper()
		port := decode(t, c.chargers[41].json).(map[string]any)["ports"].([]any)[0].(map[string]any)
		text := map[bool]string{true: "true", false: "false"}[want]
		compare(t, port, "freshness.stale", text)
		compare(t, port, "currentChargingSession.freshness.powerKw.stale", text)
	}
	stale(false)
	d := charging.Disconnected{LastSeen: y.now, Reason: "the socket was closed"}
	if err := y.fleet.Disconnect(t.Context(), 41, y.generations[41], d, y.now); err != nil {
		t.Fatal(err)
	}
	c.event(t, l.next())
	stale(true)
}

// A reading becomes stale by time alone, and a stream that tells freshness
// tells that too.
func TestAStreamTellsThatAReadingBecameStale(t *testing.T) {
	y := newLiveYard(t)
	site := *y.fleet.Estate().Site(12)
	site.Wishes.SampleInterval = 100 * time.Millisecond
	y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{site}})
	server := y.served()
	y.now = time.Now().UTC().Truncate(time.Millisecond)
	y.connects(41)
	tx := y.starts(41, 1, "A0B1C2D3", 0)
	l := listen(t, server.URL+"/api/sites/stream?include=freshness", holdingKey, "")
	l.told("snapshot")
	y.now = time.Now().UTC().Truncate(time.Millisecond)
	y.meters(41, 1, tx, powerW("11000"))
	reading := l.told("charger")
	compare(t, reading, "reasons", `["reading"]`)
	data := l.told("charger")
	compare(t, data, "reasons", `["stale"]`)
	port := data["charger"].(map[string]any)["ports"].([]any)[0].(map[string]any)
	compare(t, port, "currentChargingSession.freshness.powerKw.stale", "true")
}

func TestAStatusOfOCPP2ThatFollowsFromTheSessionIsInferred(t *testing.T) {
	y := newLiveYard(t)
	y.at("12:00:00").connects(41)
	report := func(body charging.Body) {
		t.Helper()
		if _, err := y.fleet.Handle(t.Context(), charging.Event{ChargerID: 41, Generation: y.generations[41], Received: y.now, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	source := func(status, want string) {
		t.Helper()
		c := newCopy()
		c.document(y.get("/api/sites?include=freshness", holdingKey).body)
		port := decode(t, c.chargers[41].json).(map[string]any)["ports"].([]any)[0].(map[string]any)
		compare(t, port, "ocppStatus.status", `"`+status+`"`)
		compare(t, port, "freshness.source", `"`+want+`"`)
	}
	connector := func(state string) charging.ConnectorReport {
		return charging.ConnectorReport{Port: 1, Connector: 1, State: state,
			Time: charging.Timestamp{Written: y.now.Format(time.RFC3339), Parsed: y.now}}
	}
	report(charging.ConditionsReported{States: []charging.ConnectorReport{connector("Available")}})
	source("Available", "charger")
	y.now = y.now.Add(time.Minute)
	report(charging.ConditionsReported{States: []charging.ConnectorReport{connector("Occupied")}})
	source("Preparing", "inferred")
}
