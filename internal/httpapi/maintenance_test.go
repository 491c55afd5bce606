package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const windowsPath = "/api/admin/maintenance-windows"

// windowBody is the JSON of a window on 2026-03-02, with more members before it.
func windowBody(members, from, to string) string {
	return fmt.Sprintf(`{%s"startTimestamp":"2026-03-02T%sZ","endTimestamp":"2026-03-02T%sZ"}`, members, from, to)
}

func (y *yard) makesWindow(key, members, from, to string) []map[string]any {
	y.t.Helper()
	return y.post(windowsPath, key, windowBody(members, from, to)).rows(y.t)
}

func TestMaintenanceWindows(t *testing.T) {
	y := newPastYard(t)
	made := y.makesWindow(fullKey, `"chargerIds":[41],"comment":"Cable swap",`, "18:00:00", "20:00:00")
	row := made[0]
	created := row["createdAt"]
	want := map[string]any{}
	for name, v := range row {
		want[name] = v
	}
	for member, text := range map[string]string{"startTimestamp": `"2026-03-02T18:00:00.000Z"`, "endTimestamp": `"2026-03-02T20:00:00.000Z"`,
		"comment": `"Cable swap"`, "userEmail": `"key full"`, "site": `{"id":12,"name":"Harbor Depot","locationId":null}`,
		"organization": `{"id":3,"name":"Northline Couriers"}`,
		"charger": `{"id":41,"name":"Bay 4","manufacturer":null,"model":null,"serialNumber":null,"externalId":null,"ocppId":"voltix-0917",
			"networkServiceProvider":"chargeyard","chargerType":"DCFC"}`} {
		compare(t, row, member, text)
	}
	if row["updatedAt"] != created || len(made) != 1 {
		t.Errorf("made %v", made)
	}
	listed := y.get("/api/maintenance-windows", northlineKey)
	if diff := cmp.Diff([]map[string]any{want}, listed.rows(t)); diff != "" || listed.next(t) != "" {
		t.Errorf("(-made +listed)\n%s", diff)
	}
	path := fmt.Sprintf("%s/%v", windowsPath, row["id"])

	changed := y.send(http.MethodPatch, path, fullKey, "application/json", `{"endTimestamp":"2026-03-02T19:10:00+00:00","comment":null}`).data(t)
	compare(t, changed, "startTimestamp", `"2026-03-02T18:00:00.000Z"`)
	compare(t, changed, "endTimestamp", `"2026-03-02T19:10:00.000Z"`)
	compare(t, changed, "comment", "null")
	if changed["createdAt"] != created {
		t.Errorf("changed %v", changed)
	}
	y.send(http.MethodPatch, path, fullKey, "application/json", `{"endTimestamp":"2026-03-02T17:00:00Z"}`).
		is(t, http.StatusBadRequest, "endTimestamp: must be after startTimestamp")
	compare(t, y.get("/api/maintenance-windows", fullKey).rows(t)[0], "endTimestamp", `"2026-03-02T19:10:00.000Z"`)

	if got := y.ask(http.MethodDelete, path, fullKey).envelope(t, http.StatusOK); len(got) != 0 {
		t.Errorf("%v", got)
	}
	y.ask(http.MethodDelete, path, fullKey).is(t, http.StatusNotFound, "Not found")
	y.send(http.MethodPatch, path, fullKey, "application/json", `{}`).is(t, http.StatusNotFound, "Not found")
	if rows := y.get("/api/maintenance-windows", fullKey).rows(t); len(rows) != 0 {
		t.Errorf("still there: %v", rows)
	}
}

func TestMaintenanceWindowsAreMadeForEachCharger(t *testing.T) {
	y := newPastYard(t)
	chargersOf := func(rows []map[string]any) (ids []string) {
		for _, r := range rows {
			ids = append(ids, fmt.Sprint(r["charger"].(map[string]any)["id"]))
		}
		return ids
	}
	f := func(members string, want ...string) {
		t.Helper()
		if got := chargersOf(y.makesWindow(fullKey, members, "01:00:00", "02:00:00")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", members, got, want)
		}
	}
	f(`"siteId":12,`, "41", "42")
	f(`"chargerIds":[42,41,42],`, "41", "42")
	f(`"chargerId":42,"chargerIds":[],`, "42")
	f(`"siteId":12,"chargerId":42,`, "41", "42")
}

func TestMaintenanceWindowsRefuseWhatCannotBe(t *testing.T) {
	y := newPastYard(t)
	f := func(body, text string) {
		t.Helper()
		y.post(windowsPath, fullKey, body).is(t, http.StatusBadRequest, text)
	}
	f(``, "The body must be a JSON object")
	f(`{"chargerId":41}`, "startTimestamp: is missing; write it like 2026-03-02T06:00:00Z")
	f(`{"chargerId":41,"startTimestamp":"2026-03-02"}`, "endTimestamp: is missing; write it like 2026-03-02T06:00:00Z")
	f(`{"chargerId":41,"startTimestamp":"soon","endTimestamp":"2026-03-02"}`, `startTimestamp: "soon" is no time; write it like 2026-03-02T06:00:00Z`)
	f(windowBody(`"chargerId":41,`, "02:00:00", "02:00:00"), "endTimestamp: must be after startTimestamp")
	f(`{"chargerId":41,"startTimestamp":"2026-03-02","endTimestamp":"2027-03-04"}`, "endTimestamp: must be within 366 days after startTimestamp")
	f(windowBody("", "01:00:00", "02:00:00"), "chargerIds: name at least one charger, or a site with chargers as siteId")
	f(windowBody(`"siteId":13,`, "01:00:00", "02:00:00"), "chargerIds: name at least one charger, or a site with chargers as siteId")
	f(windowBody(`"chargerIds":[41,95],`, "01:00:00", "02:00:00"), "chargerIds: there is no charger with id 95") // a stranger's
	f(windowBody(`"chargerId":999,`, "01:00:00", "02:00:00"), "chargerIds: there is no charger with id 999")
	f(windowBody(`"siteId":90,`, "01:00:00", "02:00:00"), "siteId: there is no site with id 90")
	f(windowBody(`"chargerId":41,"comment":"`+strings.Repeat("x", 1001)+`",`, "01:00:00", "02:00:00"), "comment: must be at most 1000 characters")
	y.post(windowsPath, northlineKey, `{}`).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.ask(http.MethodDelete, windowsPath+"/x", fullKey).is(t, http.StatusNotFound, "Not found")
	y.ask(http.MethodDelete, windowsPath+"/1", fullKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/maintenance-windows?nextPageCursor=eA", fullKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
	y.get("/api/maintenance-windows?afterTimestamp=x", fullKey).is(t, http.StatusBadRequest,
		`afterTimestamp: "x" is no time; write it like 2026-03-02T06:00:00Z`)
	if rows := y.get("/api/maintenance-windows", fullKey).rows(t); len(rows) != 0 {
		t.Errorf("made %v", rows)
	}
}

// storedWindow is one from 1 to 2 o'clock, some days later.
func storedWindow(charger charging.ID, days int) charging.MaintenanceWindow {
	return charging.MaintenanceWindow{ChargerID: charger, From: clock("01:00:00").AddDate(0, 0, days), To: clock("02:00:00").AddDate(0, 0, days),
		UserEmail: "ops@example.org", CreatedAt: clock("00:00:00"), UpdatedAt: clock("00:00:00")}
}

func TestMaintenanceWindowsAreFiltered(t *testing.T) {
	y := newPastYard(t)
	y.makesWindow(fullKey, `"chargerId":41,`, "01:00:00", "02:00:00")          // 1
	y.makesWindow(fullKey, `"chargerId":42,`, "01:30:00", "04:00:00")          // 2
	y.makesWindow(fullKey, `"chargerId":41,`, "03:00:00", "05:00:00")          // 3
	made, err := y.store.AddWindows(t.Context(), []charging.MaintenanceWindow{ // 4 and 5, of other organizations
		storedWindow(50, 0), storedWindow(95, 0)}, "test")
	if err != nil || len(made) != 2 {
		t.Fatal(err)
	}
	f := func(key, query string, want ...charging.ID) {
		t.Helper()
		if got := idsOf(t, y.get("/api/maintenance-windows"+query, key).rows(t), "id"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	f(fullKey, "", 3, 2, 1)
	f(fullKey, "?afterTimestamp=2026-03-02T02:00:00Z", 3, 2) // whose end is after it
	f(fullKey, "?beforeTimestamp=2026-03-02T01:30:00Z", 1)
	f(fullKey, "?afterTimestamp=2026-03-02T02:30:00Z&beforeTimestamp=2026-03-02T03:00:00Z", 2)
	f(fullKey, "?chargerIds=41", 3, 1)
	f(fullKey, "?chargerIds[]=41&chargerIds[]=42", 3, 2, 1)
	f(fullKey, "?chargerIds=41&siteIds=12", 3, 1)
	f(fullKey, "?chargerIds=41&siteIds=13")
	f(fullKey, "?chargerIds=95")
	f(limitedKey, "", 2)
	f(strangerKey, "", 5)
	f(holdingKey, "", 3, 2, 4, 1) // all child organizations
	f(holdingKey, "?organizationIds=4", 4)
	f(holdingKey, "?organizationIds=4&organizationIds=9", 4)
	f(holdingKey, "?organizationIds=9")
	f(northlineKey, "?organizationIds=4")
}

func TestMaintenanceWindowsArePagedWhileMoreAreMade(t *testing.T) {
	y := newPastYard(t)
	var windows []charging.MaintenanceWindow
	for i := range 120 { // many begin at the same time
		windows = append(windows, storedWindow(41+charging.ID(i%2), i/50))
	}
	if _, err := y.store.AddWindows(t.Context(), windows, "test"); err != nil {
		t.Fatal(err)
	}
	seen := map[charging.ID]bool{}
	pages := 0
	for cursor := ""; ; {
		a := y.get("/api/maintenance-windows?chargerIds=41&chargerIds=42&nextPageCursor="+cursor, fullKey)
		ids := idsOf(t, a.rows(t), "id")
		for _, id := range ids {
			if seen[id] {
				t.Errorf("window %d comes twice", id)
			}
			seen[id] = true
		}
		if pages++; len(ids) != 50 && pages < 3 {
			t.Errorf("page %d has %d windows", pages, len(ids))
		}
		// One of the future and one of the past: the page after must not shift.
		y.makesWindow(fullKey, `"chargerId":41,`, "23:00:00", "23:30:00")
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	for id := charging.ID(1); id <= 120; id++ {
		if !seen[id] {
			t.Errorf("window %d is missed", id)
		}
	}
}

func TestALimitedKeyManagesOnlyItsChargersWindows(t *testing.T) {
	y := newPastYard(t)
	y.makesWindow(fullKey, `"chargerId":41,`, "01:00:00", "02:00:00")
	y.makesWindow(foremanKey, `"chargerId":42,`, "01:00:00", "02:00:00")
	y.post(windowsPath, foremanKey, windowBody(`"chargerId":41,`, "01:00:00", "02:00:00")).
		is(t, http.StatusBadRequest, "chargerIds: there is no charger with id 41")
	y.post(windowsPath, foremanKey, windowBody(`"siteId":12,`, "01:00:00", "02:00:00")).
		is(t, http.StatusBadRequest, "siteId: there is no site with id 12")
	y.ask(http.MethodDelete, windowsPath+"/1", foremanKey).is(t, http.StatusNotFound, "Not found")
	y.send(http.MethodPatch, windowsPath+"/1", foremanKey, "application/json", `{"comment":"x"}`).is(t, http.StatusNotFound, "Not found")
	y.ask(http.MethodDelete, windowsPath+"/2", foremanKey).envelope(t, http.StatusOK)
	if got := idsOf(t, y.get("/api/maintenance-windows", fullKey).rows(t), "id"); !slices.Equal(got, []charging.ID{1}) {
		t.Errorf("left %v", got)
	}
}
