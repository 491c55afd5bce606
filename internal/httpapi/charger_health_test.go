package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// foremanKey may manage charger 42 only.
const foremanKey = "cy_foreman"

// newPastYard is a furnished yard at midnight of 2026-03-02, in which nothing has
// connected yet.
func newPastYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{t: t, cfg: httpapi.Config{RatePerMinute: 1_000_000, PublicURL: "https://charge.example.org"}, dir: t.TempDir(),
		now: clock("00:00:00"), parts: &parts{link: newLink(), url: "http://charge.example.org:8080"}}
	y.start()
	t.Cleanup(y.stop)
	estate := testEstate()
	const all = charging.PermitRead | charging.PermitControl | charging.PermitManage
	estate.Keys = append(estate.Keys,
		charging.APIKey{ID: 5, OrganizationID: 3, Name: "full", Hash: auth.HashKey(fullKey), Permissions: all},
		charging.APIKey{ID: 6, OrganizationID: 3, Name: "limited", Hash: auth.HashKey(limitedKey), Permissions: charging.PermitRead,
			Chargers: []charging.ID{42}},
		charging.APIKey{ID: 7, OrganizationID: 3, Name: "foreman", Hash: auth.HashKey(foremanKey), Permissions: all, Chargers: []charging.ID{42}})
	y.configure(estate)
	return y
}

// digests has what follows from the history worked out, from the stored mark on.
func (y *yard) digests() {
	y.t.Helper()
	d := digest.New(y.store, slog.New(slog.DiscardHandler), digest.NewIntervals(), &digest.Faults{})
	if err := d.Step(context.Background(), y.now); err != nil {
		y.t.Fatal(err)
	}
}

// reportsError has a port report an error with a status.
func (y *yard) reportsError(charger charging.ID, port int, status, code string) {
	y.t.Helper()
	y.sends(charger, "StatusNotification", `{"connectorId":`+strconv.Itoa(port)+`,"errorCode":"`+code+`","status":"`+status+
		`","timestamp":"`+y.now.Format(time.RFC3339)+`"}`)
}

// aNight is what charger 41 went through before 10 o'clock.
func (y *yard) aNight() {
	y.t.Helper()
	y.connects(41)
	y.reportsStatus(41, 1, "Available")
	y.reportsStatus(41, 2, "Available")
	y.at("01:00:00").reportsError(41, 1, "Faulted", "GroundFailure")
	y.at("01:10:00").reportsStatus(41, 1, "Available")
	y.at("02:00:00")
	session := y.starts(41, 1, "A0B1C2D3", 0)
	y.reportsStatus(41, 1, "Charging")
	y.at("03:00:00").stops(41, session, 10_000)
	y.reportsStatus(41, 1, "Available")
	y.at("04:01:30").disconnects(41, "04:00:00")
	y.at("04:15:00").connects(41)
	y.reportsStatus(41, 1, "Available")
	y.at("05:00:00").reportsStatus(41, 2, "Unavailable")
	y.at("05:30:00").reportsStatus(41, 2, "Available")
	y.post("/api/admin/maintenance-windows", fullKey,
		`{"chargerId":41,"startTimestamp":"2026-03-02T05:10:00Z","endTimestamp":"2026-03-02T05:20:00Z"}`).envelope(y.t, http.StatusOK)
	y.digests()
}

const theNight = "?startTimestamp=2026-03-01T00:00:00Z&endTimestamp=2026-03-02T10:00:00Z"

func TestChargerHealth(t *testing.T) {
	y := newPastYard(t)
	y.aNight()
	a := y.get("/api/charger-health"+theNight, fullKey)
	errs := `{"endedEarly":0,"failedToStart":0,"other":1,"total":1}`
	none := `{"endedEarly":0,"failedToStart":0,"other":0,"total":0}`
	// First connected at midnight: 36,000 s. Ten minutes of maintenance are taken
	// out of all classes.
	left := `"uptime":{"faultedSeconds":600,"availableSeconds":33900,"unavailableSeconds":900,"uptimePercent":95.76},
		"utilization":{"chargingSessionSeconds":3600,"utilizationPercent":10},"errorCounts":` + errs + `,"chargingSessionsCount":1`
	right := `"uptime":{"faultedSeconds":0,"availableSeconds":33300,"unavailableSeconds":2100,"uptimePercent":94.07},
		"utilization":{"chargingSessionSeconds":0,"utilizationPercent":0},"errorCounts":` + none + `,"chargingSessionsCount":0`
	both := `"uptime":{"faultedSeconds":600,"availableSeconds":67200,"unavailableSeconds":3000,"uptimePercent":94.92}`
	idle := `"uptime":{"faultedSeconds":0,"availableSeconds":0,"unavailableSeconds":0,"uptimePercent":100},
		"utilization":{"chargingSessionSeconds":0,"utilizationPercent":0},"errorCounts":` + none + `,"chargingSessionsCount":0`
	want := `{"summary":{"startTime":"2026-03-01T00:00:00.000Z","endTime":"2026-03-02T10:00:00.000Z","errorCounts":` + errs + `,
		"chargingSessionsCount":1,` + both + `},"data":[
		{"chargerId":41,"serialNumber":null,"name":"Bay 4","activeTimeInIntervalSeconds":36000,"site":{"id":12,"name":"Harbor Depot"},
		"connectivity":{"onlineSeconds":35100,"offlineSeconds":900,"onlinePercent":97.5},
		"maintenance":{"maintenanceSeconds":600,"maintenancePercent":1.67},` + both + `,
		"utilization":{"chargingSessionSeconds":3600,"utilizationPercent":5},"errorCounts":` + errs + `,"chargingSessionsCount":1,
		"reportUrl":"https://charge.example.org/reports/health/41",
		"ports":[{"id":82,"name":"Left",` + left + `},{"id":81,"name":"Right",` + right + `}]},
		{"chargerId":42,"serialNumber":null,"name":"Post 1","activeTimeInIntervalSeconds":0,"site":{"id":12,"name":"Harbor Depot"},
		"connectivity":{"onlineSeconds":0,"offlineSeconds":0,"onlinePercent":0},
		"maintenance":{"maintenanceSeconds":0,"maintenancePercent":0},` + idle + `,
		"reportUrl":"https://charge.example.org/reports/health/42","ports":[{"id":83,"name":"Only",` + idle + `}]}]}`
	if diff := cmp.Diff(decode(t, []byte(want)), decode(t, a.body)); a.StatusCode != http.StatusOK || diff != "" {
		t.Errorf("%s (-want +got)\n%s", a.Status, diff)
	}
}

func TestChargerHealthIsOfTheTimeAndChargersAskedFor(t *testing.T) {
	y := newPastYard(t)
	y.aNight()
	f := func(query, key string, want ...charging.ID) {
		t.Helper()
		a := y.get("/api/charger-health"+query, key)
		if got := idsOf(t, a.rows(t), "chargerId"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	f(theNight+"&siteIds[]=12", fullKey, 41, 42)
	f(theNight+"&siteIds=20", holdingKey, 50)
	f(theNight+"&siteIds=20", northlineKey)
	f(theNight+"&chargerIds[]=42&chargerIds[]=50", northlineKey, 42)
	f(theNight+"&chargerIds=41&siteIds=20", holdingKey)
	f(theNight, limitedKey, 42)
	f(theNight+"&chargerIds=41", limitedKey)
	f(theNight, strangerKey, 95)

	// Only from 1:05 to 4:05: half the fault, a part of the time offline, and the
	// session, which began in it.
	row := y.get("/api/charger-health?startTimestamp=2026-03-02T01:05:00Z&endTimestamp=2026-03-02T04:05:00Z&chargerIds=41", fullKey).rows(t)[0]
	compare(t, row, "activeTimeInIntervalSeconds", "10800")
	compare(t, row, "connectivity", `{"onlineSeconds":10500,"offlineSeconds":300,"onlinePercent":97.22}`)
	compare(t, row, "uptime", `{"faultedSeconds":300,"availableSeconds":20700,"unavailableSeconds":600,"uptimePercent":95.83}`)
	compare(t, row, "chargingSessionsCount", "1")
	compare(t, row, "errorCounts.total", "0") // the fault began before
	// A session that began before is used time, and not counted.
	row = y.get("/api/charger-health?startTimestamp=2026-03-02T02:30:00Z&endTimestamp=2026-03-02T04:00:00Z&chargerIds=41", fullKey).rows(t)[0]
	compare(t, row, "utilization.chargingSessionSeconds", "1800")
	compare(t, row, "chargingSessionsCount", "0")
}

// idsOf are the ids in a member of rows.
func idsOf(t *testing.T, rows []map[string]any, member string) (ids []charging.ID) {
	t.Helper()
	for _, v := range column(rows, member) {
		id, err := v.(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestChargerHealthRefusesWhatIsNoTime(t *testing.T) {
	y := newPastYard(t)
	f := func(query, text string) {
		t.Helper()
		y.get("/api/charger-health?"+query, fullKey).is(t, http.StatusBadRequest, text)
	}
	const order = "startTimestamp: must be before endTimestamp and in the past"
	f("startTimestamp=2026-03-02T01:00:00Z&endTimestamp=2026-03-02T01:00:00Z", order)
	f("startTimestamp=2026-03-02T01:00:01Z&endTimestamp=2026-03-02T01:00:00Z", order)
	f("startTimestamp=2999-01-01", order)
	f("endTimestamp=yesterday", `endTimestamp: "yesterday" is no time; write it like 2026-03-02T06:00:00Z`)
	f("siteIds[]=x", `siteIds: "x" is no id; ids are whole numbers from 1`)
	f("chargerIds=0", `chargerIds: "0" is no id; ids are whole numbers from 1`)
}

func TestChargerHealthEndsNowAtTheLatest(t *testing.T) {
	y := newPastYard(t)
	began := time.Now().UTC().Truncate(time.Second)
	for _, query := range []string{"", "?endTimestamp=2999-01-01T00:00:00Z"} {
		summary := y.get("/api/charger-health"+query, fullKey).envelope(t, http.StatusOK)["summary"].(map[string]any)
		start, end := instant(t, summary["startTime"]), instant(t, summary["endTime"])
		if end.Before(began) || end.After(time.Now()) || end.Sub(start) != 30*24*time.Hour {
			t.Errorf("%q: from %v to %v", query, start, end)
		}
	}
}

func instant(t *testing.T, text any) time.Time {
	t.Helper()
	at, err := time.Parse(charging.TimeLayout, text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestChargerHealthIsAskedForTenTimesAMinute(t *testing.T) {
	y := newPastYard(t)
	for range 10 {
		y.get("/api/charger-health", fullKey).envelope(t, http.StatusOK)
	}
	a := y.get("/api/charger-health", fullKey)
	a.is(t, http.StatusTooManyRequests, "Rate limit exceeded")
	if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 || after > 6 {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	y.get("/api/charger-health", northlineKey).envelope(t, http.StatusOK) // another key
	y.get("/api/maintenance-windows", fullKey).envelope(t, http.StatusOK) // other resources
	y.get("/api/charger-health", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}

// TestTimeInWhichTheServerWasAwayIsNobodys kills the server for an hour.
func TestTimeInWhichTheServerWasAwayIsNobodys(t *testing.T) {
	y := newPastYard(t)
	y.connects(41)
	y.reportsStatus(41, 1, "Available")
	y.digests()
	y.restart(clock("02:00:00"))
	if err := y.store.ServerWasAway(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := y.store.ServerBack(t.Context(), clock("03:00:00")); err != nil {
		t.Fatal(err)
	}
	y.at("03:02:00").connects(41) // within the five minutes that it may take
	y.at("03:02:01").reportsStatus(41, 1, "Available")
	y.digests()
	row := y.get("/api/charger-health?startTimestamp=2026-03-02&endTimestamp=2026-03-02T10:00:00Z&chargerIds=41", fullKey).rows(t)[0]
	compare(t, row, "activeTimeInIntervalSeconds", "36000")
	compare(t, row, "connectivity", `{"onlineSeconds":32280,"offlineSeconds":0,"onlinePercent":100}`)
	compare(t, row, "uptime", `{"faultedSeconds":0,"availableSeconds":32280,"unavailableSeconds":0,"uptimePercent":100}`)
	uptime := y.get("/api/admin/uptime?months=1&endTimestamp=2026-03-02T10:00:00Z&chargerIds=41", fullKey).rows(t)[0]
	compare(t, uptime, "year.outageMinutes", "0")
	compare(t, uptime, "year.serverAwayMinutes", "62")
}
