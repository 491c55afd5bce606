package httpapi_test

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// aCharge is a session of charger 42 from one time of day to another: it takes
// 6 kWh, evenly, 24 kW from a minute after its start to a minute before its end.
func (y *yard) aCharge(tag, from, to string) {
	y.t.Helper()
	y.at(from)
	id := y.starts(42, 1, tag, 1000)
	start, end := clock(from), clock(to)
	y.now = start.Add(time.Minute)
	y.meters(42, 1, id, energyWh("1100"), powerW("24000"), soc("31"))
	y.now = end.Add(-time.Minute)
	y.meters(42, 1, id, energyWh("6900"), powerW("24000"), soc("62.5"))
	y.now = end
	y.meters(42, 1, id, energyWh("7000"), powerW("0"), soc("63"))
	y.stops(42, id, 7000)
}

// sessionsFound asks for sessions and returns their ids, or what is wrong.
func (y *yard) sessionsFound(key, query string) string {
	y.t.Helper()
	a := y.get("/api/charging-sessions?"+query, key)
	if a.StatusCode != http.StatusOK {
		return string(a.body)
	}
	var list struct{ Data []struct{ ID int64 } }
	if err := json.Unmarshal(a.body, &list); err != nil {
		y.t.Fatal(err)
	}
	var ids []string
	for _, s := range list.Data {
		ids = append(ids, fmt.Sprint(s.ID))
	}
	return strings.Join(ids, " ")
}

func TestChargingSessions(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00") // 1
	y.aCharge("CARD13", "09:00:00", "09:10:00")   // 2
	y.aCharge("NOBODY", "10:00:00", "10:10:00")   // 3
	y.at("11:00:00").starts(42, 1, "A0B1C2D3", 7000)
	first := y.sessionsFound(northlineKey, "")
	ids := strings.Fields(first)
	if len(ids) != 3 {
		t.Fatalf("%q", first)
	}
	three, two, one := ids[0], ids[1], ids[2] // newest first
	running := strings.Fields(y.sessionsFound(northlineKey, "includeInProgressSessions=true"))[0]
	for query, want := range map[string]string{
		"includeInProgressSessions=true":                                           running + " " + first,
		"includeInProgressSessions=false":                                          first,
		"startTimeAfter=2026-03-02T09:00:00Z":                                      three + " " + two,
		"startTimeBefore=2026-03-02T09:00:00Z":                                     one,
		"endTimeAfter=2026-03-02T09:10:00Z":                                        three + " " + two,
		"endTimeBefore=2026-03-02T09:10:00Z":                                       one,
		"endTimeAfter=2026-03-02T08:20:00%2B00:00&includeInProgressSessions=true":  first, // none that runs
		"startTimeAfter=2026-03-02T09:00:00Z&startTimeBefore=2026-03-02T09:00:00Z": "",
		"updatedAfter=2026-03-02T09:10:00.000Z":                                    two + " " + three,
		"updatedAfter=2026-03-02&includeInProgressSessions=1":                      one + " " + two + " " + three + " " + running,
		"siteIds[]=12":                                first,
		"siteIds=20":                                  "",
		"chargerIds[]=41":                             "",
		"chargerIds%5B%5D=42":                         first,
		"chargerIds=41&chargerIds=42":                 first,
		"customerIds[]=800":                           one,
		"customerNames[]=linehaul%20west":             two,
		"customerNames[]=Nobody":                      "",
		"customerNames=Linehaul East&customerIds=801": "",
		"unknown=1":                                   first,
		"startTimeAfter=yesterday":                    `{"error":"startTimeAfter: \"yesterday\" is no time; write it like 2026-03-02T06:00:00Z"}`,
		"includeInProgressSessions=maybe":             `{"error":"includeInProgressSessions: must be true or false"}`,
		"siteIds=x":                                   `{"error":"siteIds: \"x\" is no id; ids are whole numbers from 1"}`,
		"nextPageCursor=x":                            `{"error":"nextPageCursor: is none of this server's cursors; begin again without it"}`,
		"updatedAfter=2026-03-01&nextPageCursor=" + cursorOf("started 1772438400000000.1"): `{"error":"nextPageCursor: is none of this server's cursors; begin again without it"}`,
	} {
		if got := y.sessionsFound(northlineKey, strings.ReplaceAll(query, " ", "%20")); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	t.Run("scope", func(t *testing.T) {
		for key, want := range map[string]string{holdingKey: first, strangerKey: "", limitedKey: first} {
			if got := y.sessionsFound(key, ""); got != want {
				t.Errorf("%s: %q", key, got)
			}
		}
		y.limitedKey("cy_41", nil, []charging.ID{41})
		if got := y.sessionsFound("cy_41", "chargerIds=42"); got != "" {
			t.Errorf("%q", got)
		}
		y.wantAnswer(y.get("/api/charging-sessions", controlKey), 403, `{"error":"This API key may not do that: it lacks \"read\""}`)
	})
	t.Run("members", func(t *testing.T) {
		a := y.get("/api/charging-sessions?startTimeBefore=2026-03-02T09:00:00Z", northlineKey)
		want := `{"data":[{"id":` + one + `,"startTime":"2026-03-02T08:00:00.000Z","endTime":"2026-03-02T08:20:00.000Z",` +
			`"updatedAt":"2026-03-02T08:20:00.000Z","durationSeconds":1200,"chargingStartTime":"2026-03-02T08:01:00.000Z",` +
			`"chargingEndTime":"2026-03-02T08:19:00.000Z","chargingDurationSeconds":1080,"energyDeliveredKwh":6,"averageDemandKw":20,` +
			`"maxDemandKw":null,"socStartPercent":31,"socEndPercent":63,"ocppIdTag":"A0B1C2D3","ocppTransactionId":1,"tags":[],` +
			`"site":{"id":12,"name":"Harbor Depot","locationId":null},"charger":{"id":42,"name":"Post 1","manufacturer":null,"model":null,` +
			`"serialNumber":null,"externalId":null,"ocppId":"post-1","networkServiceProvider":"chargeyard","chargerType":"Level 2"},` +
			`"port":{"id":83,"name":"Only","portNumber":1,"maximumPowerKw":11},` +
			`"vehicle":{"id":700,"name":"Van 12","make":"Ravn","model":"Cargo E","vin":null},"rfid":{"id":310,"name":"Card 12"},` +
			`"customer":{"name":"Linehaul East"},"organization":{"id":3,"name":"Northline Couriers"}}],` +
			`"pagination":{"hasNextPage":false,"nextPageCursor":null}}`
		y.wantAnswer(a, 200, want)
	})
	t.Run("one that runs has no end", func(t *testing.T) {
		a := string(y.get("/api/charging-sessions?includeInProgressSessions", northlineKey).body)
		for _, member := range []string{`"endTime":null`, `"durationSeconds":null`, `"chargingEndTime":null`, `"averageDemandKw":null`} {
			if strings.Count(a, member) != 1 {
				t.Errorf("%s: %s", member, a)
			}
		}
	})
}

func TestSessionsArePagedWhileOthersCome(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	start := clock("00:00:00")
	session := func() {
		id := y.starts(42, 1, "A0B1C2D3", 0)
		y.now = y.now.Add(20 * time.Second)
		y.stops(42, id, 100)
		y.now = y.now.Add(time.Second)
	}
	y.now = start
	const before = 230
	for range before {
		session()
	}
	for _, more := range []string{"", "includeIntervals=true", "updatedAfter=2026-01-01"} {
		var all []int64
		cursor := ""
		for pages := 0; ; pages++ {
			var page struct {
				Data       []struct{ ID int64 }
				Pagination struct {
					HasNextPage    bool
					NextPageCursor *string
				}
			}
			a := y.get("/api/charging-sessions?"+more+"&nextPageCursor="+cursor, northlineKey)
			if err := json.Unmarshal(a.body, &page); err != nil || a.StatusCode != http.StatusOK {
				t.Fatalf("%s %s", a.Status, a.body)
			}
			for _, s := range page.Data {
				all = append(all, s.ID)
			}
			if !page.Pagination.HasNextPage {
				break
			}
			if size := map[bool]int{true: 50, false: 100}[more == "includeIntervals=true"]; len(page.Data) != size {
				t.Errorf("%q: a page of %d", more, len(page.Data))
			}
			cursor = *page.Pagination.NextPageCursor
			if pages < 3 {
				session()
			}
		}
		seen := slices.Clone(all)
		slices.Sort(seen)
		if unique := len(slices.Compact(seen)); unique != len(all) || unique < before {
			t.Errorf("%q: %d sessions, %d of them once", more, len(all), unique)
		}
		y.now = y.now.Add(time.Hour)
	}
}

func TestALateStopIsFoundByItsChange(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.at("03:00:00")
	id := y.starts(42, 1, "A0B1C2D3", 0)
	y.at("12:00:00")
	y.sends(42, "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":5000,"timestamp":"2026-03-02T04:00:00Z"}`, id))
	if got := y.sessionsFound(northlineKey, "endTimeAfter=2026-03-02T11:00:00Z"); got != "" {
		t.Errorf("by its end: %q", got)
	}
	if got := y.sessionsFound(northlineKey, "updatedAfter=2026-03-02T11:00:00Z"); len(strings.Fields(got)) != 1 {
		t.Errorf("by its change: %q", got)
	}
}

func TestIntervalsOfSessions(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00")
	var list struct {
		Data []struct {
			MaxDemandKw float64
			Intervals   []struct {
				StartTime, EndTime                               string
				EnergyDeliveredKwh, AverageDemandKw, MaxDemandKw float64
			}
		}
	}
	a := y.get("/api/charging-sessions?includeIntervals=true", northlineKey)
	if err := json.Unmarshal(a.body, &list); err != nil || len(list.Data) != 1 {
		t.Fatalf("%s", a.body)
	}
	got := fmt.Sprint(list.Data[0])
	want := "{18.44 [{2026-03-02T08:00:00.000Z 2026-03-02T08:15:00.000Z 4.611 18.44 24} {2026-03-02T08:15:00.000Z 2026-03-02T08:20:00.000Z 1.389 16.67 24}]}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if strings.Contains(string(a.body), "touEnergy") {
		t.Errorf("%s", a.body)
	}
}

func TestTariffPeriods(t *testing.T) {
	y := newIdleYard(t)
	const path = "/api/admin/sites/12/tariff-periods"
	y.wantAnswer(y.get(path, fullKey), 200, `{"data":[]}`)
	y.connects(42)
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00") // midnight in Los Angeles is at 08:00
	tou := func() string {
		body := string(y.get("/api/charging-sessions?includeTouEnergy=true", northlineKey).body)
		_, rest, _ := strings.Cut(body, `"touEnergy":`)
		rest, _, _ = strings.Cut(rest, `,"site"`)
		return rest
	}
	if got := tou(); got != "[]" {
		t.Errorf("%s", got)
	}
	periods := `[{"name":"First","daysOfWeek":[1],"startTime":"00:00","endTime":"00:10","startDate":null,"endDate":null},` +
		`{"name":"Rest","daysOfWeek":[1,2,3,4,5,6,7],"startTime":"00:00","endTime":"24:00","startDate":"2026-01-01","endDate":null}]`
	y.wantAnswer(y.put(path, fullKey, `{"periods":`+periods+`}`), 200, `{"data":`+periods+`}`)
	y.wantAnswer(y.get(path, fullKey), 200, `{"data":`+periods+`}`)
	if got := tou(); got != `[{"name":"First","energyKwh":3},{"name":"Rest","energyKwh":3}]` {
		t.Errorf("%s", got)
	}
	one := func(members string) string { return `{"periods":[{` + members + `}]}` }
	for body, want := range map[string]string{
		`{}`:              `periods: is missing; an empty list removes all`,
		`{"periods":1}`:   `periods: must be a list`,
		one(`"name":" "`): `periods[0].name: must not be empty`,
		one(`"name":"a"`): `periods[0].daysOfWeek: must name at least one day, 1 for Monday to 7 for Sunday`,
		one(`"name":"a","daysOfWeek":[8],"startTime":"00:00","endTime":"01:00"`):                                                 `periods[0].daysOfWeek: 8 is none; they are 1 for Monday to 7 for Sunday`,
		one(`"name":"a","daysOfWeek":[1],"startTime":"7","endTime":"08:00"`):                                                     `periods[0].startTime: must be from 00:00 to 23:59`,
		one(`"name":"a","daysOfWeek":[1],"startTime":"22:00","endTime":"06:00"`):                                                 `periods[0].endTime: must be after startTime, and 24:00 at most; a period over midnight is two`,
		one(`"name":"a","daysOfWeek":[1],"startTime":"22:00","endTime":"23:00","startDate":"summer"`):                            `periods[0].startDate: "summer" is no date; write it like 2026-06-01`,
		one(`"name":"a","daysOfWeek":[1],"startTime":"22:00","endTime":"23:00","startDate":"2026-02-01","endDate":"2026-01-01"`): `periods[0].endDate: is before startDate`,
	} {
		if a := y.put(path, fullKey, body); a.StatusCode != 400 || string(a.body) != mustJSON(map[string]string{"error": want}) {
			t.Errorf("%s: %s %s", body, a.Status, a.body)
		}
	}
	y.wantAnswer(y.get("/api/admin/sites/20/tariff-periods", fullKey), 404, `{"error":"Not found"}`)
	y.wantAnswer(y.put(path, northlineKey, `{"periods":[]}`), 403, `{"error":"This API key may not do that: it lacks \"manage\""}`)
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestAllThatIsKnownOfASession(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00")
	y.at("09:00:00").starts(42, 1, "CARD13", 7000)
	y.at("09:30:00").starts(42, 1, "CARD14", 8000) // its stop was lost
	ids := strings.Fields(y.sessionsFound(northlineKey, "includeInProgressSessions"))
	detail := func(id string) map[string]any {
		a := y.get("/api/sessions/"+id, northlineKey)
		var body struct{ Data map[string]any }
		if err := json.Unmarshal(a.body, &body); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		return body.Data
	}
	want := func(d map[string]any, members map[string]any) {
		t.Helper()
		for name, value := range members {
			if fmt.Sprint(d[name]) != fmt.Sprint(value) {
				t.Errorf("%s: got %v, want %v", name, d[name], value)
			}
		}
	}
	d := detail(ids[2])
	want(d, map[string]any{"state": "ended", "stopReason": "Local", "closedBy": "charger", "closedBecause": nil, "idTagStatus": "Accepted",
		"registerStartKwh": 1, "registerEndKwh": 7, "assignedTransactionId": 1, "accessId": 310, "messagesMissing": false,
		"curveThinned": false, "startTimeWritten": "2026-03-02T08:00:00Z", "energyDeliveredKwh": 6})
	if curve := d["curve"].([]any); len(curve) != 4 || fmt.Sprint(curve[1].(map[string]any)["powerKw"]) != "24" {
		t.Errorf("%v", d["curve"])
	}
	if gaps := fmt.Sprint(d["gaps"]); !strings.Contains(gaps, "2026-03-02T08:01:00.000Z") {
		t.Errorf("%v", gaps)
	}
	var kinds []string
	for _, m := range d["messages"].([]any) {
		kinds = append(kinds, fmt.Sprint(m.(map[string]any)["kind"]))
	}
	if got := strings.Join(kinds, " "); got != "sessionStopped meters meters meters sessionStarted" {
		t.Errorf("%s", got)
	}
	want(detail(ids[1]), map[string]any{"state": "closedProvisionally", "stopReason": "Superseded", "closedBy": "server",
		"closedBecause": "Another session began on the port, so its stop seems lost."})
	want(detail(ids[0]), map[string]any{"state": "running", "stopReason": nil, "closedBy": nil})
	y.wantAnswer(y.get("/api/sessions/"+ids[0], strangerKey), 404, `{"error":"Not found"}`)
	y.wantAnswer(y.get("/api/sessions/999999", northlineKey), 404, `{"error":"Not found"}`)
	y.wantAnswer(y.get("/api/sessions/x", northlineKey), 404, `{"error":"Not found"}`)
}

func TestExports(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	site := *y.fleet.Estate().Site(12)
	site.Name = "=1+1"
	y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{site}})
	y.aCharge("A0B1C2D3", "08:00:00", "08:20:00")
	y.aCharge("CARD13", "09:00:00", "09:10:00")
	t.Run("sessions as CSV", func(t *testing.T) {
		a := y.get("/api/export/sessions.csv?customerNames=Linehaul%20East", northlineKey)
		rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
		if err != nil || len(rows) != 2 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Fatalf("%v %s %s", err, a.Header, a.body)
		}
		got := map[string]string{}
		for i, name := range rows[0] {
			got[name] = rows[1][i]
		}
		for name, want := range map[string]string{"startTime": "2026-03-02T08:00:00.000Z", "energyDeliveredKwh": "6", "site": "'=1+1",
			"ocppIdTag": "A0B1C2D3", "customer": "Linehaul East", "durationSeconds": "1200", "portNumber": "1"} {
			if got[name] != want {
				t.Errorf("%s: got %q, want %q", name, got[name], want)
			}
		}
	})
	t.Run("sessions as lines of JSON", func(t *testing.T) {
		lines := strings.Split(strings.TrimSpace(string(y.get("/api/export/sessions.ndjson", northlineKey).body)), "\n")
		var row struct{ EnergyDeliveredKwh float64 }
		if err := json.Unmarshal([]byte(lines[0]), &row); err != nil || len(lines) != 2 || row.EnergyDeliveredKwh != 6 {
			t.Errorf("%v %s", err, lines)
		}
	})
	t.Run("readings", func(t *testing.T) {
		a := y.get("/api/export/readings.csv?chargerIds=42&startTimestamp=2026-03-02T08:30:00Z", northlineKey)
		rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
		if err != nil || len(rows) != 10 {
			t.Fatalf("%v %s", err, a.body)
		}
		if row := strings.Join(rows[2], ","); !strings.Contains(row, "2026-03-02T09:10:00.000Z,Power.Active.Import,,Outlet,Sample.Periodic,0,") {
			t.Errorf("%s", row)
		}
		lines := strings.Count(string(y.get("/api/export/readings.ndjson?endTimestamp=2026-03-02T08:30:00Z", northlineKey).body), "\n")
		if lines != 9 {
			t.Errorf("%d lines", lines)
		}
	})
	t.Run("scope and mistakes", func(t *testing.T) {
		if a := y.get("/api/export/sessions.ndjson", strangerKey); a.StatusCode != 200 || len(a.body) != 0 {
			t.Errorf("%s %s", a.Status, a.body)
		}
		for path, want := range map[string]string{
			"/api/export/sessions.csv?startTimeAfter=x":  `{"error":"startTimeAfter: \"x\" is no time; write it like 2026-03-02T06:00:00Z"}`,
			"/api/export/readings.ndjson?endTimestamp=x": `{"error":"endTimestamp: \"x\" is no time; write it like 2026-03-02T06:00:00Z"}`,
		} {
			y.wantAnswer(y.get(path, northlineKey), 400, want)
		}
	})
}

// broken is a client that goes away after the first write.
type broken struct {
	*httptest.ResponseRecorder
	writes int
}

func (b *broken) Write(p []byte) (int, error) {
	b.writes++
	if b.writes > 1 {
		return 0, http.ErrHandlerTimeout
	}
	return b.ResponseRecorder.Write(p)
}

func (b *broken) SetWriteDeadline(time.Time) error { return nil }

func TestAnExportOfAClientThatWentAwayEnds(t *testing.T) {
	y := newIdleYard(t)
	y.connects(42)
	y.now = clock("00:00:00")
	for range 1100 {
		id := y.starts(42, 1, "A0B1C2D3", 0)
		y.now = y.now.Add(20 * time.Second)
		y.stops(42, id, 100)
	}
	r := httptest.NewRequest(http.MethodGet, "/api/export/sessions.ndjson", nil)
	r.Header.Set("Authorization", "Bearer "+northlineKey)
	gone := &broken{ResponseRecorder: httptest.NewRecorder()}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler || gone.writes != 2 {
			t.Errorf("%v after %d writes", p, gone.writes)
		}
	}()
	y.api.ServeHTTP(gone, r)
	t.Error("it went on to the end")
}

func cursorOf(key string) string { return url.QueryEscape(base64URL(key)) }

func base64URL(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }
