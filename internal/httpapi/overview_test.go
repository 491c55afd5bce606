package httpapi_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// newDayYard is a furnished yard that was configured long ago and in which
// nothing has happened.
func newDayYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{t: t, cfg: httpapi.Config{RatePerMinute: 1_000_000}, dir: t.TempDir(), now: clock("12:00:00"), parts: &parts{link: newLink(), url: "http://charge.example.org:8080"}}
	y.start()
	t.Cleanup(y.stop)
	estate := testEstate()
	estate.At = clock("00:00:00").AddDate(0, 0, -7)
	key := func(id charging.ID, text string, may charging.Permission, chargers ...charging.ID) charging.APIKey {
		return charging.APIKey{ID: id, OrganizationID: 3, Name: text, Hash: auth.HashKey(text), Permissions: may, Chargers: chargers}
	}
	const read, control, manage = charging.PermitRead, charging.PermitControl, charging.PermitManage
	estate.Keys = append(estate.Keys, key(5, fullKey, read|control|manage), key(6, limitedKey, read|control, 42))
	y.configure(estate)
	return y
}

// overview returns an overview, and its sites by id.
func (y *yard) overview(query, key string) (sites map[string]map[string]any, whole map[string]any) {
	y.t.Helper()
	whole = y.get("/api/overview"+query, key).data(y.t)
	sites = make(map[string]map[string]any)
	for _, row := range whole["sites"].([]any) {
		site := row.(map[string]any)
		sites[fmt.Sprint(site["siteId"])] = site
	}
	return sites, whole
}

// today compares what a site did on its day: energy and sessions that began.
func (y *yard) today(site, query, key, want string) {
	y.t.Helper()
	sites, _ := y.overview(query, key)
	if got := fmt.Sprintf("%v kWh, %v", sites[site]["energyTodayKwh"], sites[site]["sessionsToday"]); got != want {
		y.t.Errorf("site %s %s: %s, want %s", site, query, got, want)
	}
}

// zoneAfterMidnight is a zone in which it is between one and two at night, and when
// the day began there.
func zoneAfterMidnight(now time.Time) (zone string, midnight time.Time) {
	ahead := (25 - now.UTC().Hour()) % 24 // hours that the zone is ahead of UTC
	if ahead > 12 {
		ahead -= 24
	}
	zone = fmt.Sprintf("Etc/GMT%+d", -ahead)
	if ahead == 0 {
		zone = "Etc/GMT"
	}
	at := now.UTC().Truncate(time.Hour).Add(-time.Hour)
	return zone, at
}

func (y *yard) zone(site charging.ID, zone string, at time.Time) {
	y.t.Helper()
	s := *y.fleet.Estate().Site(site)
	s.Timezone = zone
	y.configure(&charging.Change{Actor: "test", At: at, Sites: []charging.Site{s}})
}

func TestTheDayOfASiteIsItsOwn(t *testing.T) {
	y := newDayYard(t)
	zone, midnight := zoneAfterMidnight(time.Now())
	y.zone(12, zone, midnight.AddDate(0, 0, -2))
	from := func(minutes int) *yard { y.now = midnight.Add(time.Duration(minutes) * time.Minute); return y }
	from(-180).connects(41)
	y.connects(42)
	from(-90).starts(42, 1, "A0B1C2D3", 0)
	over := from(-80).fleet.Estate().Charger(42).Port(1).Session.TransactionID
	from(-70).stops(42, over, 3000) // all of it yesterday
	evening := from(-60).starts(41, 1, "A0B1C2D3", 1000)
	night := from(-30).starts(41, 2, "CARD13", 0)
	from(-10).meters(41, 1, evening, energyWh("4000"))
	from(-5).meters(41, 2, night, energyWh("2000"))
	y.today("12", "", northlineKey, "0 kWh, 0")
	from(20).meters(41, 1, evening, energyWh("9000"))
	y.today("12", "", northlineKey, "5 kWh, 0") // 9 - 1 - 3
	from(21).stops(41, night, 6000)
	y.today("12", "", northlineKey, "9 kWh, 0")
	morning := from(22).starts(42, 1, "CARD14", 500)
	y.today("12", "", northlineKey, "9 kWh, 1")
	from(30).stops(42, morning, 2000)
	y.today("12", "", northlineKey, "10.5 kWh, 1")
	y.today("12", "", limitedKey, "1.5 kWh, 1")
	from(40).stops(41, evening, 10_500)
	y.today("12", "", northlineKey, "12 kWh, 1")
	// A late stop corrects what was closed before.
	lost := from(41).starts(42, 1, "CARD15", 0)
	from(45).starts(42, 1, "CARD15", 800) // closes it, at what the meter says then
	y.today("12", "", northlineKey, "12.8 kWh, 3")
	from(46).stops(42, lost, 700)
	y.today("12", "", northlineKey, "12.7 kWh, 3")
	y.restart(y.now)
	y.today("12", "", northlineKey, "12.7 kWh, 3")
	sites, _ := y.overview("", strangerKey)
	if len(sites) != 1 || fmt.Sprint(sites["90"]["energyTodayKwh"]) != "0" {
		t.Errorf("a stranger sees %v", sites)
	}
}

func TestASessionThatWasHeardOfLaterIsDividedAtMidnight(t *testing.T) {
	y := newDayYard(t)
	zone, midnight := zoneAfterMidnight(time.Now())
	y.zone(12, zone, midnight.AddDate(0, 0, -2))
	y.now = midnight.Add(40 * time.Minute)
	y.connects(41) // and sends what it queued
	queued := y.startsAt(41, 1, "A0B1C2D3", 0, midnight.Add(-30*time.Minute).Format(time.RFC3339))
	y.now = midnight.Add(41 * time.Minute)
	y.sends(41, "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":8000,"timestamp":%q}`, queued, midnight.Add(10*time.Minute).Format(time.RFC3339)))
	y.today("12", "", northlineKey, "2 kWh, 0")
}

func TestTheOverviewOfThePastIsOfThatDay(t *testing.T) {
	y := newDayYard(t) // site 12 is in Los Angeles: its day begins at 08:00
	y.at("06:00:00").connects(41)
	transaction := y.at("07:00:00").starts(41, 1, "A0B1C2D3", 0)
	y.at("07:50:00").meters(41, 1, transaction, energyWh("3000"), powerW("7000"))
	y.at("09:00:00").meters(41, 1, transaction, energyWh("5000"), powerW("8000"))
	y.at("10:00:00").stops(41, transaction, 7000)
	offline := alertOf(501, 42, charging.AlertOfflineCharger, -60, `{}`) // 11:00
	y.at("10:30:00").connects(42)
	y.disconnects(42, "10:31:00")
	y.derives(&charging.Derived{Alerts: []charging.Alert{offline}})
	for _, c := range []struct{ at, today, power, sessions, alerts string }{
		{"06:30:00", "0 kWh, 0", "0", "0", "0"}, {"07:55:00", "3 kWh, 1", "7", "1", "0"}, {"08:30:00", "0 kWh, 0", "7", "1", "0"},
		{"09:30:00", "2 kWh, 0", "8", "1", "0"}, {"10:40:00", "4 kWh, 0", "0", "0", "0"}, {"11:30:00", "4 kWh, 0", "0", "0", "1"},
	} {
		query := "?at=2026-03-02T" + c.at + "Z"
		y.today("12", query, fullKey, c.today)
		sites, whole := y.overview(query, fullKey)
		compare(t, sites["12"], "powerKw", c.power)
		compare(t, sites["12"], "counters.sessions", c.sessions)
		compare(t, sites["12"], "openAlerts", c.alerts)
		compare(t, whole, "refusedLastHour", "null")
	}
	y.today("12", "?at=2026-03-03T07:59:00Z&view=corrected", fullKey, "4 kWh, 0")
	y.today("12", "?at=2026-03-03T08:01:00Z", fullKey, "0 kWh, 0")
	if sites, _ := y.overview("?at=2020-01-01T00:00:00Z", fullKey); len(sites) != 0 {
		t.Errorf("before there was anything: %v", sites)
	}
	y.get("/api/overview?at=yesterday", fullKey).is(t, http.StatusBadRequest, `at: "yesterday" is no time; write it like 2026-03-02T06:00:00Z`)
	y.get("/api/overview?at=2026-03-02T06:00:00Z&view=best", fullKey).is(t, http.StatusBadRequest, `view: "best" is none of received, corrected`)
	y.get("/api/overview?view=corrected", fullKey).is(t, http.StatusBadRequest, "view: says how the moment of the parameter at is meant, which is missing")
	y.get("/api/overview?at=9999-01-01", fullKey).is(t, http.StatusBadRequest, "at: 9999-01-01T00:00:00Z is in the future")
}

func TestTheOverviewHasTheCountersOfTheStream(t *testing.T) {
	y := newFurnishedYard(t)
	y.set(func() charging.ChargerSettings {
		c := y.settings(41)
		c.Latitude, c.Longitude = "47.6", "-122.3"
		return c
	}())
	y.set(func() charging.ChargerSettings {
		c := y.settings(42)
		c.Latitude, c.Longitude = "47.7", "-122.1"
		return c
	}())
	y.reportsStatus(41, 1, "Charging")
	sites, whole := y.overview("", northlineKey)
	if len(sites) != 2 || len(whole["sites"].([]any)) != 2 {
		t.Fatalf("%v", whole)
	}
	harbor := sites["12"]
	for member, want := range map[string]string{
		"name": `"Harbor Depot"`, "address": `"77 Pier Rd"`, "timezone": `"America/Los_Angeles"`, "latitude": "47.65", "longitude": "-122.2",
		"powerKw": "0", "limitKw": "null", "openAlerts": "0",
		"counters": `{"siteId":12,"name":"Harbor Depot","chargers":2,"connected":1,"ports":3,"available":0,"preparing":0,"charging":1,"suspended":0,
			"finishing":0,"reserved":0,"unavailable":0,"faulted":0,"unknown":1,"offline":1,"sessions":0,"powerKw":0}`,
	} {
		compare(t, harbor, member, want)
	}
	compare(t, sites["13"], "address", "null")
	compare(t, sites["13"], "latitude", "null")
	compare(t, sites["13"], "counters.chargers", "0")
	transaction := y.starts(41, 1, "A0B1C2D3", 0)
	sites, _ = y.overview("", northlineKey)
	compare(t, sites["12"], "powerKw", "null") // it charges, and nothing was measured
	y.meters(41, 1, transaction, powerW("88700"))
	y.limits("capacity", 100_000, "W")
	y.limits("cost", 90_000, "W")
	sites, _ = y.overview("", northlineKey)
	compare(t, sites["12"], "powerKw", "88.7")
	compare(t, sites["12"], "limitKw", "90")
	sites, whole = y.overview("", limitedKey)
	if len(sites) != 1 {
		t.Errorf("a limited key sees %v", sites)
	}
	compare(t, sites["12"], "counters.ports", "1")
	compare(t, sites["12"], "powerKw", "0")
	compare(t, sites["12"], "limitKw", "null") // it does not see the whole site
	compare(t, sites["12"], "latitude", "47.7")
	compare(t, whole, "refusedLastHour", "null")
	y.get("/api/overview", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get("/api/overview", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
}

func TestAnAlertIsOpenWhileItsCauseLasts(t *testing.T) {
	y := newFurnishedYard(t)
	now := y.now
	next := charging.ID(600)
	raise := func(kind charging.AlertKind, charger charging.ID, port int, session charging.ID, at time.Time, muted bool) {
		t.Helper()
		next++
		v := alertOf(next, charger, kind, 0, `{}`)
		v.At, v.PortNumber, v.SessionID, v.Muted = at, port, session, muted
		y.derives(&charging.Derived{Alerts: []charging.Alert{v}})
	}
	open := func(key, want string) {
		t.Helper()
		sites, whole := y.overview("", key)
		if got := fmt.Sprintf("%v of %v", sites["12"]["openAlerts"], whole["openAlerts"]); got != want {
			t.Errorf("%s open, want %s", got, want)
		}
	}
	y.now = now.Add(-3 * time.Hour)
	y.connects(42)
	y.disconnectsAs(42, y.generations[42], "00:00:00") // the time of the fleet counts when it is later
	raise(charging.AlertOfflineCharger, 42, 0, 0, now.Add(-2*time.Hour), false)
	open(northlineKey, "1 of 1")
	raise(charging.AlertOfflineCharger, 42, 0, 0, now.Add(-time.Hour), false) // another threshold of the same outage
	raise(charging.AlertChargingCompleted, 41, 1, 0, now.Add(-time.Hour), false)
	raise(charging.AlertClockSkew, 41, 0, 0, now.Add(-time.Hour), false)
	raise(charging.AlertOfflineCharger, 95, 0, 0, now.Add(-time.Hour), false)
	open(northlineKey, "1 of 1")
	open(limitedKey, "1 of 1")
	y.now = now.Add(-50 * time.Minute)
	transaction := y.starts(41, 1, "A0B1C2D3", 0)
	session := y.fleet.Estate().Charger(41).Port(1).Session.ID
	raise(charging.AlertLowBattery, 41, 1, session, now.Add(-49*time.Minute), false)
	raise(charging.AlertLateCharging, 41, 1, session, now.Add(-48*time.Minute), true)
	open(northlineKey, "2 of 2")
	open(limitedKey, "1 of 1")
	y.now = now.Add(-40 * time.Minute)
	y.sends(41, "StatusNotification", `{"connectorId":2,"errorCode":"GroundFailure","status":"Faulted"}`)
	raise(charging.AlertSessionError, 41, 2, 0, now.Add(-40*time.Minute), false)
	open(northlineKey, "3 of 3")
	y.restart(y.now) // and nothing is forgotten; it lost the connections, of which no alert came
	open(northlineKey, "3 of 3")
	y.connects(41)
	y.stops(41, transaction, 100)
	open(northlineKey, "2 of 2")
	y.now = now.Add(-30 * time.Minute)
	y.reportsStatus(41, 2, "Available")
	open(northlineKey, "1 of 1")
	y.connects(42)
	open(northlineKey, "0 of 0")
}

func TestRefusalsOfTheLastHourAreCountedForWhoSeesThem(t *testing.T) {
	y := newFurnishedYard(t)
	for _, r := range []charging.Refusal{
		{At: y.now.Add(-2 * time.Hour), Remote: "192.0.2.1:1", Identity: "old", Status: 404, Reason: "unknown"},
		{At: y.now.Add(-50 * time.Minute), Remote: "192.0.2.2:1", Identity: "new", Status: 404, Reason: "unknown"},
		{At: y.now.Add(-40 * time.Minute), Remote: "192.0.2.2:2", Identity: "new", Status: 404, Reason: "unknown"}, // alike
		{At: y.now.Add(-30 * time.Minute), Remote: "192.0.2.3:1", Identity: "voltix-0917", Status: 401, Reason: "wrong"},
		{At: y.now.Add(-30 * time.Minute), Remote: "192.0.2.4:1", Identity: "foreign", Status: 401, Reason: "wrong"}, // a stranger's
	} {
		if err := y.store.AddRefusal(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]string{fullKey: "2", northlineKey: "null", limitedKey: "null"} {
		_, whole := y.overview("", key)
		compare(t, whole, "refusedLastHour", want)
	}
}

// memoryOverview has sessions that ended, of which the first were seen so far.
type memoryOverview struct {
	list []*charging.Session // by change
	seen int
}

func (m *memoryOverview) Sessions(context.Context, charging.SessionQuery) ([]*charging.Session, error) {
	return nil, nil
}

func (m *memoryOverview) EndedBriefly(_ context.Context, after charging.SessionKey, limit int) ([]*charging.Session, error) {
	from, _ := slices.BinarySearchFunc(m.list[:m.seen], after, func(v *charging.Session, after charging.SessionKey) int {
		return cmp.Or(v.UpdatedAt.Compare(after.At), cmp.Compare(v.ID, after.ID+1))
	})
	return m.list[from:min(from+limit, m.seen)], nil
}

func (m *memoryOverview) EnergyAt(_ context.Context, list []*charging.Session, _ time.Time) (map[charging.ID]charging.Milli, error) {
	then := make(map[charging.ID]charging.Milli, len(list))
	for _, v := range list {
		then[v.ID] = v.Energy / 2
	}
	return then, nil
}

func (m *memoryOverview) AlertsBehind(_ context.Context, id charging.ID, _ time.Time, _ func(*charging.Alert)) (charging.ID, error) {
	return max(id, 1), nil
}

// BenchmarkOverview measures GET /api/overview of 10,000 ports at 100 sites on all
// of which a vehicle charges since before midnight, with 30,000 sessions of the day,
// of which 20 came since the last request.
func BenchmarkOverview(b *testing.B) {
	f := busyFleet(b, 10_000, 100)
	now := time.Now()
	of := &memoryOverview{}
	for i := range 100_000 {
		at := now.Add(-time.Hour).Add(time.Duration(i) * 100 * time.Millisecond)
		of.list = append(of.list, &charging.Session{ID: int64(1_000_000 + i), ChargerID: int64(i%5000 + 1), PortNumber: 1, State: charging.SessionClosed,
			StartedAt: at.Add(-time.Minute), EndedAt: at, UpdatedAt: at, Energy: 1_000_000})
	}
	of.seen = 30_000
	api := httpapi.New(httpapi.Config{Overview: of}, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	ask := func() *sink {
		r := httptest.NewRequest(http.MethodGet, "/api/overview", nil)
		r.Header.Set("Authorization", "Bearer "+holdingKey)
		w := &sink{header: make(http.Header)}
		api.ServeHTTP(w, r)
		return w
	}
	if w := ask(); w.status != http.StatusOK {
		b.Fatal(w.status)
	}
	for b.Loop() {
		of.seen = min(of.seen+20, len(of.list))
		if w := ask(); w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}
