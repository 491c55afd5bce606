package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// hence is a time from now on, as requests and answers write it.
func hence(d time.Duration) string {
	return time.Now().UTC().Add(d).Truncate(time.Minute).Format("2006-01-02T15:04:05.000Z")
}

func (a answer) departures(t *testing.T) []map[string]any {
	t.Helper()
	list := []map[string]any{}
	for _, row := range a.envelope(t, http.StatusOK)["departureTimes"].([]any) {
		list = append(list, row.(map[string]any))
	}
	return list
}

func TestDeparturesOfAVehicleAreReplaced(t *testing.T) {
	y := newAccessYard(t)
	const path = "/api/departure-times/vehicle"
	soon, later, past := hence(2*time.Hour), hence(5*time.Hour), hence(-time.Hour)
	y.store.SyncDepartures(context.Background(), []charging.DepartureSync{{VehicleID: 700, OrganizationID: 3, KeyOrganizationID: 3, Now: clock("01:00:00"),
		Departures: []charging.Departure{{ID: 1, OrganizationID: 3, VehicleID: 700, At: clock("05:00:00"), TargetSoC: 50, CreatedAt: clock("01:00:00")}}}})
	rows := y.post(path, fullKey, `{"vehicleId":700,"departureTimes":[{"departureTime":"`+later+`","shiftName":"Late"},
		{"departureTime":"`+past+`","targetSoc":0},{"departureTime":"`+soon+`","routeName":"R7","targetSoc":80}]}`).departures(t)
	compare(t, map[string]any{"rows": []any{rows[0], rows[1], rows[2]}}, "rows", fmt.Sprintf(`[
		{"departureTime":%q,"outcome":"created","id":%v,"vehicleId":700,"vehicleVin":null,"shiftName":"Late","routeName":null,"targetSoc":90},
		{"departureTime":%q,"outcome":"skipped","id":null,"vehicleId":700,"vehicleVin":null,"shiftName":null,"routeName":null,"targetSoc":0},
		{"departureTime":%q,"outcome":"created","id":%v,"vehicleId":700,"vehicleVin":null,"shiftName":null,"routeName":"R7","targetSoc":80}]`,
		later, rows[0]["id"], past, soon, rows[2]["id"]))
	list := func() string {
		return fmt.Sprint(column(y.get("/api/departure-times?vehicleId=700", readerKey).rows(t), "departureTime"))
	}
	const old = "2026-03-02T05:00:00.000Z"
	if got := list(); got != fmt.Sprintf("[%s %s %s]", old, soon, later) {
		t.Errorf("stored: %s", got)
	}
	y.post(path, fullKey, `{"vehicleId":700,"departureTimes":[{"departureTime":"`+later+`"}]}`).departures(t)
	if got := list(); got != fmt.Sprintf("[%s %s]", old, later) {
		t.Errorf("replaced: %s", got)
	}
	y.restart(y.now)
	if got := list(); got != fmt.Sprintf("[%s %s]", old, later) {
		t.Errorf("after a restart: %s", got)
	}
	if rows := y.post(path, fullKey, `{"vehicleId":700,"departureTimes":[]}`).departures(t); len(rows) != 0 || list() != "["+old+"]" {
		t.Errorf("an empty list left %s", list())
	}
}

func TestAnUnknownVINIsLinkedAtTheNextSync(t *testing.T) {
	y := newAccessYard(t)
	const path = "/api/departure-times/vehicle"
	soon := hence(2 * time.Hour)
	row := y.post(path, fullKey, `{"vehicleVin":" RV77 ","departureTimes":[{"departureTime":"`+soon+`"}]}`).departures(t)[0]
	compare(t, row, "vehicleId", `null`)
	compare(t, row, "vehicleVin", `"RV77"`)
	y.post(path, fullKey, `{"vehicleVin":"rv77","departureTimes":[{"departureTime":"`+hence(3*time.Hour)+`"}]}`)
	made := idIn(y.post("/api/vehicles", fullKey, `{"vehicle":{"vin":"rv77"}}`).thing(t, "vehicle"))
	list := fmt.Sprintf("/api/departure-times?vehicleId=%d", made)
	if rows := y.get(list, readerKey).rows(t); len(rows) != 0 {
		t.Errorf("linked when the vehicle was made: %v", rows)
	}
	if next, err := y.store.NextDepartures(t.Context(), time.Now()); err != nil || len(next) != 0 {
		t.Errorf("%v %v", next, err)
	}
	// One of the VIN that is past by now stays, and gets its vehicle.
	y.store.SyncDepartures(context.Background(), []charging.DepartureSync{{VIN: "RV77", OrganizationID: 3, KeyOrganizationID: 3, Now: clock("01:00:00"),
		Departures: []charging.Departure{{ID: 1, OrganizationID: 3, VIN: "RV77", At: clock("05:00:00"), TargetSoC: 50, CreatedAt: clock("01:00:00")}}}})
	row = y.post(path, fullKey, `{"vehicleVin":"RV77","departureTimes":[{"departureTime":"`+soon+`"}]}`).departures(t)[0]
	compare(t, row, "vehicleId", fmt.Sprint(made))
	if got := fmt.Sprint(column(y.get(list, readerKey).rows(t), "departureTime")); got != "[2026-03-02T05:00:00.000Z "+soon+"]" {
		t.Errorf("linked: %s", got)
	}
	if next, err := y.store.NextDepartures(t.Context(), time.Now()); err != nil || len(next) != 1 || next[0].VehicleID != made {
		t.Errorf("%v %v", next, err)
	}
	t.Run("by the vehicle's id too", func(t *testing.T) {
		y.post(path, fullKey, `{"vehicleVin":"RV78","departureTimes":[{"departureTime":"`+soon+`"}]}`)
		made := idIn(y.post("/api/vehicles", parentKey, `{"vehicle":{"vin":"RV78"}}`).thing(t, "vehicle"))
		if y.fleet.Estate().Vehicle(made).OrganizationID != 1 {
			t.Fatal("the vehicle is not the parent's")
		}
		// A vehicle of another organization does not take what was kept there.
		rows := y.post(path, parentKey, fmt.Sprintf(`{"vehicleId":%d,"departureTimes":[]}`, made)).departures(t)
		if got := y.get(fmt.Sprintf("/api/departure-times?vehicleId=%d", made), parentKey).rows(t); len(rows)+len(got) != 0 {
			t.Errorf("%v", got)
		}
		own := idIn(y.post("/api/vehicles", fullKey, `{"vehicle":{"vin":"RV78"}}`).thing(t, "vehicle"))
		row := y.post(path, fullKey, fmt.Sprintf(`{"vehicleId":%d,"departureTimes":[{"departureTime":%q}]}`, own, soon)).departures(t)[0]
		compare(t, row, "vehicleVin", `"RV78"`)
		if got := y.get(fmt.Sprintf("/api/departure-times?vehicleId=%d", own), fullKey).rows(t); len(got) != 1 {
			t.Errorf("the one under the VIN was not replaced: %v", got)
		}
	})
}

func TestASyncIsRefusedWithAReason(t *testing.T) {
	y := newAccessYard(t)
	soon := hence(2 * time.Hour)
	y.post("/api/departure-times/vehicle", fullKey, `{"vehicleId":700,"departureTimes":[{"departureTime":"`+soon+`"}]}`)
	f := func(body, text string) {
		t.Helper()
		y.post("/api/departure-times/vehicle", fullKey, body).is(t, http.StatusBadRequest, text)
	}
	const one = "vehicleId: must be given or else vehicleVin, not both"
	f(`{"departureTimes":[]}`, one)
	f(`{"vehicleId":null,"vehicleVin":null,"departureTimes":[]}`, one)
	f(`{"vehicleId":700,"vehicleVin":"x","departureTimes":[]}`, one)
	f(`{"vehicleVin":" ","departureTimes":[]}`, "vehicleVin: must not be empty")
	f(`{"vehicleVin":5,"departureTimes":[]}`, "vehicleVin: must be a text")
	f(`{"vehicleId":700}`, "departureTimes: is missing")
	f(`{"vehicleId":700,"departureTimes":null}`, "departureTimes: is missing")
	f(`{"vehicleId":700,"departureTimes":{}}`, "departureTimes: must be a list")
	f(`{"vehicleId":700,"departureTimes":[{}]}`, "departureTimes[0].departureTime: is missing")
	f(`{"vehicleId":700,"departureTimes":[{"departureTime":"tomorrow"}]}`, `departureTimes[0].departureTime: "tomorrow" is no time; write it like 2026-03-02T06:00:00Z`)
	f(`{"vehicleId":700,"departureTimes":[{"departureTime":"`+soon+`"},{"departureTime":"`+strings.Replace(soon, ".000Z", "", 1)+`"}]}`,
		"departureTimes[1].departureTime: is that of departureTimes[0] already")
	for _, soc := range []string{"-1", "101"} {
		f(`{"vehicleId":700,"departureTimes":[{"departureTime":"`+soon+`","targetSoc":`+soc+`}]}`, "departureTimes[0].targetSoc: must be a whole number from 0 to 100")
	}
	f(`{"vehicleId":700,"departureTimes":[{"departureTime":"`+soon+`","targetSoc":80.5}]}`, "departureTimes.targetSoc: must be a whole number")
	f(`{"vehicleId":700,"departureTimes":[{"departureTime":"`+soon+`","routeName":"`+strings.Repeat("r", 256)+`"}]}`,
		"departureTimes[0].routeName: must be at most 255 characters")
	f(`{"vehicleId":700,"departureTimes":[`+strings.Repeat(`{"departureTime":"`+soon+`"},`, 1000)+`{"departureTime":"`+soon+`"}]}`,
		"departureTimes: has 1001 rows; at most 1000 are allowed")
	for _, id := range []string{"999999", "0", "-1"} {
		y.post("/api/departure-times/vehicle", fullKey, `{"vehicleId":`+id+`,"departureTimes":[]}`).is(t, http.StatusNotFound, "Not found")
	}
	y.configure(&charging.Change{Actor: "test", Vehicles: []charging.Vehicle{{ID: 790, OrganizationID: 9, VIN: "STRANGE"}}})
	y.post("/api/departure-times/vehicle", fullKey, `{"vehicleId":790,"departureTimes":[]}`).is(t, http.StatusNotFound, "Not found")
	row := y.post("/api/departure-times/vehicle", fullKey, `{"vehicleVin":"STRANGE","departureTimes":[{"departureTime":"`+soon+`"}]}`).departures(t)[0]
	compare(t, row, "vehicleId", `null`) // a stranger's vehicle is nobody's
	if rows := y.get("/api/departure-times?vehicleId=700", readerKey).rows(t); len(rows) != 1 {
		t.Errorf("what was refused changed the departures to %v", rows)
	}
}

func TestABatchOfSyncsTakesEachVehicleOnItsOwn(t *testing.T) {
	y := newAccessYard(t)
	soon := hence(2 * time.Hour)
	departure := `[{"departureTime":"` + soon + `"}]`
	rows := y.post("/api/departure-times/batch", fullKey, `{"vehicles":[{"vehicleId":700,"departureTimes":`+departure+`},
		{"vehicleId":999999,"departureTimes":[]},{"vehicleVin":"rv00000000000013","departureTimes":`+departure+`},
		{"vehicleId":701,"departureTimes":[]},{"vehicleVin":"UNKNOWN","departureTimes":`+departure+`},{"vehicleVin":"unknown","departureTimes":[]},
		{"departureTimes":[]},{"vehicleId":702},{"vehicleId":703,"departureTimes":[{"departureTime":"x"}]}]}`).results(t)
	for i := range rows {
		if list, ok := rows[i]["departureTimes"].([]any); ok {
			rows[i]["departureTimes"] = len(list)
		}
	}
	want := []string{
		"map[departureTimes:1 outcome:success vehicleId:700 vehicleVin:<nil>]",
		"map[error:Vehicle not found outcome:error vehicleId:999999 vehicleVin:<nil>]",
		"map[departureTimes:1 outcome:success vehicleId:701 vehicleVin:rv00000000000013]",
		"map[error:the vehicle is that of vehicles[2] already outcome:error vehicleId:701 vehicleVin:<nil>]",
		"map[departureTimes:1 outcome:success vehicleId:<nil> vehicleVin:UNKNOWN]",
		"map[error:the vehicle is that of vehicles[4] already outcome:error vehicleId:<nil> vehicleVin:unknown]",
		"map[error:vehicleId must be given or else vehicleVin, not both outcome:error vehicleId:<nil> vehicleVin:<nil>]",
		"map[error:departureTimes is missing outcome:error vehicleId:702 vehicleVin:<nil>]",
		`map[error:departureTimes[0].departureTime "x" is no time; write it like 2026-03-02T06:00:00Z outcome:error vehicleId:703 vehicleVin:<nil>]`,
	}
	for i := range want {
		if got := fmt.Sprint(rows[i]); got != want[i] {
			t.Errorf("row %d is\n%s, want\n%s", i, got, want[i])
		}
	}
	next, err := y.store.NextDepartures(t.Context(), time.Now())
	if err != nil || len(next) != 2 || next[0].VehicleID+next[1].VehicleID != 1401 {
		t.Errorf("next departures %+v %v", next, err)
	}
	const path = "/api/departure-times/batch"
	y.post(path, fullKey, `{}`).is(t, http.StatusBadRequest, "vehicles: is missing")
	y.post(path, fullKey, `{"vehicles":[{"vehicleId":"700"}]}`).is(t, http.StatusBadRequest, "vehicles[0].vehicleId: must be a whole number")
	y.post(path, fullKey, `{"vehicles":[`+strings.Repeat(`{},`, 1000)+`{}]}`).is(t, http.StatusBadRequest, "vehicles: has 1001 rows; at most 1000 are allowed")
	t.Run("many take several transactions", func(t *testing.T) {
		var bodies []string
		for i := range 700 {
			bodies = append(bodies, fmt.Sprintf(`{"vehicleVin":"M%d","departureTimes":%s}`, i, departure))
		}
		for i, row := range y.post(path, fullKey, `{"vehicles":[`+strings.Join(bodies, ",")+`]}`).results(t) {
			if row["outcome"] != "success" || row["vehicleVin"] != fmt.Sprintf("M%d", i) {
				t.Fatalf("row %d is %v", i, row)
			}
		}
	})
}

func TestDeparturesAreListedByTimeInPages(t *testing.T) {
	y := newAccessYard(t)
	var list []string
	for i := range 230 {
		list = append(list, fmt.Sprintf(`{"departureTime":%q}`, hence(time.Duration(300-i)*time.Hour)))
	}
	y.post("/api/departure-times/vehicle", fullKey, `{"vehicleId":700,"departureTimes":[`+strings.Join(list, ",")+`]}`).departures(t)
	y.post("/api/departure-times/vehicle", fullKey, `{"vehicleId":701,"departureTimes":[`+list[0]+`]}`)
	var seen []string
	for cursor := ""; ; {
		a := y.get("/api/departure-times?vehicleId=700&nextPageCursor="+cursor, readerKey)
		for _, at := range column(a.rows(t), "departureTime") {
			seen = append(seen, at.(string))
		}
		// More come, at times that were passed and at such that were not.
		at, _ := time.Parse(time.RFC3339, seen[len(seen)-1])
		var more []charging.Departure
		for i, d := range []time.Duration{-30 * time.Minute, 30 * time.Minute} {
			more = append(more, charging.Departure{ID: charging.ID(90_000 + 2*len(seen) + i), OrganizationID: 3, VehicleID: 700, At: at.Add(d), CreatedAt: at})
		}
		y.store.SyncDepartures(context.Background(), []charging.DepartureSync{{VehicleID: 700, OrganizationID: 3, KeyOrganizationID: 3,
			Now: time.Now().Add(9000 * time.Hour), Departures: more}})
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if len(seen) != len(list)+2 { // the two that came behind the first two pages
		t.Errorf("%d rows", len(seen))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] <= seen[i-1] {
			t.Errorf("%s comes after %s", seen[i], seen[i-1])
		}
	}
	last := seen[len(seen)-1]
	rows := y.get("/api/departure-times?vehicleId=700&afterTimestamp="+last, readerKey).rows(t)
	if len(rows) != 2 || rows[0]["departureTime"] != last { // and the one that came half an hour behind it
		t.Errorf("from the last on: %v", rows)
	}
	f := func(query string, status int, text string) {
		t.Helper()
		y.get("/api/departure-times"+query, readerKey).is(t, status, text)
	}
	f("", http.StatusBadRequest, "vehicleId: is missing")
	f("?vehicleId=x", http.StatusBadRequest, "vehicleId: must be a whole number from 1 to 9007199254740991")
	f("?vehicleId=700&afterTimestamp=x", http.StatusBadRequest, `afterTimestamp: "x" is no time; write it like 2026-03-02T06:00:00Z`)
	f("?vehicleId=700&nextPageCursor=MTA0", http.StatusBadRequest, "nextPageCursor: is none of this server's cursors; begin again without it")
	f("?vehicleId=999999", http.StatusNotFound, "Not found")
}

func TestDeparturesNeedAKeyThatMayWriteThem(t *testing.T) {
	y := newAccessYard(t)
	const body = `{"vehicleId":700,"departureTimes":[]}`
	for path, body := range map[string]string{"/api/departure-times/vehicle": body, "/api/departure-times/batch": `{"vehicles":[` + body + `]}`} {
		y.post(path, limitedKey, body).is(t, http.StatusForbidden, limitedText)
		y.post(path, readerKey, body).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	}
	if rows := y.get("/api/departure-times?vehicleId=700", limitedKey).rows(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	y.get("/api/departure-times?vehicleId=700", strangerKey).is(t, http.StatusNotFound, "Not found")
	if rows := y.post("/api/departure-times/vehicle", parentKey, body).departures(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}
