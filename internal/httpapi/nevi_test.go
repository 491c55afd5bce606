package httpapi_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	uptimePath = "/api/admin/uptime"
	tenOClock  = "endTimestamp=2026-03-02T10:00:00Z"
)

// TestUptimeIsTracedToMessages tells each outage of a night with the messages
// that began and ended it.
func TestUptimeIsTracedToMessages(t *testing.T) {
	y := newPastYard(t)
	y.aNight() // port 1: 10 min faulted; offline 15 min; port 2: 30 min unavailable, 10 of them in a window
	y.excludes(fullKey, `"chargerId":41,"reason":"utilityOutage","confirmed":true,`, "04:10:00", "04:40:00")
	y.excludes(fullKey, `"siteId":12,"reason":"internetOutage","confirmed":true,`, "04:05:00", "04:12:00") // overlaps: counts once
	y.excludes(fullKey, `"portId":82,"reason":"vandalism",`, "01:00:00", "02:00:00")                       // not confirmed
	rows := y.get(uptimePath+"?months=1&detail=true&chargerIds=41&"+tenOClock, fullKey).rows(t)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	left, right := rows[0], rows[1]
	compare(t, left, "port", `{"id":82,"name":"Left","portNumber":1}`)
	compare(t, left, "site", `{"id":12,"name":"Harbor Depot","locationId":null}`)
	// (525600 - (25 - 10)) / 525600
	year := `{"startTime":"2025-03-02T10:00:00.000Z","endTime":"2026-03-02T10:00:00.000Z","activeMinutes":600,"outageMinutes":25,
		"excludedMinutes":10,"serverAwayMinutes":0,"activeUptimePercent":97.5,"uptimePercent":99.997,"wholeYear":false}`
	compare(t, left, "year", year)
	month := left["months"].([]any)[0].(map[string]any)
	compare(t, month, "month", `"2026-03"`)
	compare(t, month, "startTime", `"2026-03-01T00:00:00.000Z"`)
	compare(t, month, "outageMinutes", "25")
	compare(t, month, "activeUptimePercent", "97.5")
	compare(t, month, "year", year)
	compare(t, right, "year.outageMinutes", "45")
	compare(t, right, "year.excludedMinutes", "20")

	outages := left["outages"].([]any)
	if len(outages) != 2 {
		t.Fatalf("outages %v", outages)
	}
	fault, offline := outages[0].(map[string]any), outages[1].(map[string]any)
	compare(t, fault, "startTime", `"2026-03-02T01:00:00.000Z"`)
	compare(t, fault, "endTime", `"2026-03-02T01:10:00.000Z"`)
	compare(t, fault, "minutes", "10")
	compare(t, fault, "state", `"faulted"`)
	compare(t, fault, "cause", `"port"`)
	compare(t, fault, "exclusions", "[]")
	compare(t, fault, "beganBy.receivedAt", `"2026-03-02T01:00:00.000Z"`)
	compare(t, offline, "cause", `"connection"`)
	compare(t, offline, "state", `"unavailable"`)
	compare(t, offline, "minutes", "15")
	compare(t, offline, "excludedMinutes", "10")
	compare(t, offline, "endedBy.messageId", "null") // a connection is no message
	if x := offline["exclusions"].([]any); len(x) != 2 {
		t.Errorf("exclusions %v", x)
	}
	// The records are those of the history, with the messages of the charger.
	history := y.get("/api/chargers/41/history?kind=status&port=1", fullKey).rows(t)
	for _, end := range []struct{ member, status string }{{"beganBy", "Faulted"}, {"endedBy", "Available"}} {
		origin := fault[end.member].(map[string]any)
		i := slices.IndexFunc(history, func(r map[string]any) bool { return r["id"] == origin["recordId"] })
		if i < 0 || history[i]["messageId"] != origin["messageId"] || origin["messageId"] == nil ||
			history[i]["detail"].(map[string]any)["status"] != end.status {
			t.Errorf("%s %v is not in %v", end.member, origin, history)
		}
	}
	window := right["outages"].([]any)[1].(map[string]any)["exclusions"].([]any)[0].(map[string]any)
	compare(t, window, "maintenanceWindowId", "1")
	compare(t, window, "reason", `"scheduledMaintenance"`)
	compare(t, window, "startTime", `"2026-03-02T05:10:00.000Z"`)
}

func TestAnOutageThatLastsHasNoEnd(t *testing.T) {
	y := newPastYard(t)
	y.connects(41)
	y.at("08:00:00").reportsError(41, 1, "Faulted", "GroundFailure")
	y.digests()
	u := y.get(uptimePath+"?months=1&detail=1&chargerIds=41&"+tenOClock, fullKey).rows(t)[0]
	o := u["outages"].([]any)[0].(map[string]any)
	compare(t, o, "endTime", "null")
	compare(t, o, "endedBy", "null")
	compare(t, o, "minutes", "120")
}

func TestUptimeIsOfTheMonthsAndChargersAskedFor(t *testing.T) {
	y := newPastYard(t)
	y.aNight()
	months := func(query string, want ...string) {
		t.Helper()
		u := y.get(uptimePath+query, fullKey).rows(t)[0]
		var got []string
		for _, m := range u["months"].([]any) {
			got = append(got, m.(map[string]any)["month"].(string))
		}
		if _, told := u["outages"]; told || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	months("?months=2&"+tenOClock, "2026-02", "2026-03")
	months("?"+tenOClock, "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03")
	months("?months=1&endTimestamp=2026-03-01T00:00:00Z", "2026-02") // the last whole month
	ports := func(query, key string, want ...string) {
		t.Helper()
		got := []string{}
		for _, u := range y.get(uptimePath+query, key).rows(t) {
			got = append(got, string(u["port"].(map[string]any)["id"].(json.Number)))
		}
		if !slices.Equal(got, append([]string{}, want...)) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	ports("", fullKey, "82", "81", "83")
	ports("?chargerIds=42", fullKey, "83")
	ports("?siteIds=13", fullKey)
	ports("", foremanKey, "83")
	ports("?chargerIds=41", foremanKey)
	never := y.get(uptimePath+"?chargerIds=42&"+tenOClock, fullKey).rows(t)[0]
	compare(t, never, "year.uptimePercent", "100")
	compare(t, never, "year.activeMinutes", "0")

	f := func(query, text string) {
		t.Helper()
		for _, path := range []string{uptimePath, uptimePath + ".csv"} {
			y.get(path+query, fullKey).is(t, http.StatusBadRequest, text)
		}
	}
	f("?months=0", "months: must be a whole number from 1 to 36")
	f("?months=37", "months: must be a whole number from 1 to 36")
	f("?detail=perhaps", "detail: must be true or false")
	f("?endTimestamp=x", `endTimestamp: "x" is no time; write it like 2026-03-02T06:00:00Z`)
	f("?chargerIds=x", `chargerIds: "x" is no id; ids are whole numbers from 1`)
	y.get(uptimePath, northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.get(uptimePath+".csv", limitedKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
}

func TestDetailsOfUptimeAreOfAHundredChargersAtMost(t *testing.T) {
	y := newPastYard(t)
	many := &charging.Change{Actor: "test"}
	for id := charging.ID(1001); id <= 1100; id++ {
		many.Chargers = append(many.Chargers, charging.ChargerSettings{ID: id, SiteID: 13, Name: "Post"})
	}
	y.configure(many)
	y.get(uptimePath+"?detail=true", fullKey).is(t, http.StatusBadRequest,
		"detail: is told of at most 100 chargers at once; name some as chargerIds or siteIds")
	y.get(uptimePath, fullKey).rows(t)
	y.get(uptimePath+"?detail=true&siteIds=13", fullKey).rows(t)
}

// csvLines reads a good answer.
func csvLines(t *testing.T, a answer) [][]string {
	t.Helper()
	if got := a.Header.Get("Content-Type"); a.StatusCode != http.StatusOK || got != "text/csv; charset=utf-8" {
		t.Fatalf("%s %s %s", a.Status, got, a.body)
	}
	lines, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestUptimeAsCSV(t *testing.T) {
	y := newPastYard(t)
	y.aNight()
	bay := y.settings(41)
	bay.Name = "=1+1" // what a spreadsheet would reckon
	y.set(bay)
	lines := csvLines(t, y.get(uptimePath+".csv?months=1&chargerIds=41&"+tenOClock, fullKey))
	want := [][]string{
		strings.Split("site_id,site,charger_id,charger,ocpp_id,port_id,port,port_number,month,start,end,active_minutes,outage_minutes,"+
			"excluded_minutes,server_away_minutes,active_uptime_percent,year_start,year_active_minutes,year_outage_minutes,"+
			"year_excluded_minutes,year_server_away_minutes,year_uptime_percent,year_active_uptime_percent,year_whole", ","),
		strings.Split("12,Harbor Depot,41,'=1+1,voltix-0917,82,Left,1,2026-03,2026-03-01T00:00:00.000Z,2026-03-02T10:00:00.000Z,600,25,0,0,95.833,"+
			"2025-03-02T10:00:00.000Z,600,25,0,0,99.995,95.833,false", ","),
		strings.Split("12,Harbor Depot,41,'=1+1,voltix-0917,81,Right,2,2026-03,2026-03-01T00:00:00.000Z,2026-03-02T10:00:00.000Z,600,45,10,0,94.167,"+
			"2025-03-02T10:00:00.000Z,600,45,10,0,99.993,94.167,false", ","),
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	lines = csvLines(t, y.get(uptimePath+".csv?months=1&detail=true&chargerIds=41&"+tenOClock, fullKey))
	if len(lines) != 5 { // the names, and two outages a port
		t.Fatalf("%q", lines)
	}
	head := strings.Split("start,end,minutes,excluded_minutes,state,cause,began_record_id,began_message_id,began_ocpp_message_id,"+
		"ended_record_id,ended_message_id,ended_ocpp_message_id,reasons", ",")
	if diff := cmp.Diff(head, lines[0][8:]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	outages := y.get(uptimePath+"?months=1&detail=true&chargerIds=41&"+tenOClock, fullKey).rows(t)[0]["outages"].([]any)
	fault := outages[0].(map[string]any)
	began, ended := fault["beganBy"].(map[string]any), fault["endedBy"].(map[string]any)
	row := []string{"2026-03-02T01:00:00.000Z", "2026-03-02T01:10:00.000Z", "10", "0", "faulted", "port", string(began["recordId"].(json.Number)),
		began["messageId"].(string), "", string(ended["recordId"].(json.Number)), ended["messageId"].(string), "", ""}
	if diff := cmp.Diff(row, lines[1][8:]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := lines[4][len(lines[4])-1]; got != "scheduledMaintenance" {
		t.Errorf("reasons %q", got)
	}
}
