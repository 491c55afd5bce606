package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const exclusionsPath = "/api/admin/exclusions"

func (y *yard) excludes(key, members, from, to string) map[string]any {
	y.t.Helper()
	return y.post(exclusionsPath, key, windowBody(members, from, to)).data(y.t)
}

func TestExclusions(t *testing.T) {
	y := newPastYard(t)
	x := y.excludes(fullKey, `"portId":81,"reason":"utilityOutage","comment":"Feeder 3",`, "01:00:00", "02:00:00")
	path := fmt.Sprintf("%s/%v", exclusionsPath, x["id"])
	for member, want := range map[string]string{"siteId": "null", "chargerId": "null", "portId": "81", "reason": `"utilityOutage"`, "comment": `"Feeder 3"`,
		"startTimestamp": `"2026-03-02T01:00:00.000Z"`, "endTimestamp": `"2026-03-02T02:00:00.000Z"`, "proposedBy": `"key full"`,
		"confirmed": "false", "confirmedBy": "null"} {
		compare(t, x, member, want)
	}
	patch := func(body string) answer {
		return y.send(http.MethodPatch, path, fullKey, "application/json", body)
	}
	x = patch(`{"confirmed":true,"endTimestamp":"2026-03-02T03:00:00Z"}`).data(t)
	compare(t, x, "confirmed", "true")
	compare(t, x, "confirmedBy", `"key full"`)
	compare(t, x, "endTimestamp", `"2026-03-02T03:00:00.000Z"`)
	compare(t, x, "comment", `"Feeder 3"`)
	x = patch(`{"confirmed":false,"comment":null,"reason":"vandalism","proposedBy":"Ms. Reyes","chargerId":42}`).data(t)
	for member, want := range map[string]string{"confirmed": "false", "confirmedBy": "null", "comment": "null", "reason": `"vandalism"`,
		"proposedBy": `"Ms. Reyes"`, "portId": "81", "chargerId": "null"} { // what it is about stays
		compare(t, x, member, want)
	}
	patch(`{"reason":"laziness"}`).is(t, http.StatusBadRequest, `reason: "laziness" is none of scheduledMaintenance, vandalism, naturalDisaster, `+
		`utilityOutage, vehicleFault, internetOutage, outsideOperatingHours`)
	patch(`{"endTimestamp":null}`).is(t, http.StatusBadRequest, "endTimestamp: is missing; write it like 2026-03-02T06:00:00Z")
	patch(`{"confirmed":"yes"}`).is(t, http.StatusBadRequest, "confirmed: must be true or false")
	if got := y.get(path, fullKey).data(t); fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("%v, want %v", got, x)
	}
	y.ask(http.MethodDelete, path, fullKey).envelope(t, http.StatusOK)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		y.ask(method, path, fullKey).is(t, http.StatusNotFound, "Not found")
	}
	patch(`{}`).is(t, http.StatusNotFound, "Not found")
}

func TestExclusionsRefuseWhatCannotBe(t *testing.T) {
	y := newPastYard(t)
	f := func(members, text string) {
		t.Helper()
		y.post(exclusionsPath, fullKey, windowBody(members, "01:00:00", "02:00:00")).is(t, http.StatusBadRequest, text)
	}
	const one = "portId: name one port as portId, one charger as chargerId or one site as siteId"
	f(`"reason":"vandalism",`, one)
	f(`"reason":"vandalism","portId":81,"siteId":12,`, one)
	f(`"reason":"vandalism","portId":96,`, "portId: there is none with id 96") // a stranger's
	f(`"reason":"vandalism","portId":999,`, "portId: there is none with id 999")
	f(`"reason":"vandalism","chargerId":95,`, "chargerId: there is none with id 95")
	f(`"reason":"vandalism","siteId":90,`, "siteId: there is none with id 90")
	f(`"portId":81,`, `reason: "" is none of scheduledMaintenance, vandalism, naturalDisaster, utilityOutage, vehicleFault, internetOutage, outsideOperatingHours`)
	f(`"portId":"81","reason":"vandalism",`, "portId: must be a whole number")
	y.post(exclusionsPath, fullKey, windowBody(`"portId":81,"reason":"vandalism",`, "02:00:00", "01:00:00")).
		is(t, http.StatusBadRequest, "endTimestamp: must be after startTimestamp")
	y.get(exclusionsPath, northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.get(exclusionsPath+"?confirmed=maybe", fullKey).is(t, http.StatusBadRequest, "confirmed: must be true or false")
	y.get(exclusionsPath+"/0", fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestExclusionsAreFilteredAndSeenInScope(t *testing.T) {
	y := newPastYard(t)
	y.excludes(fullKey, `"portId":81,"reason":"vandalism",`, "01:00:00", "02:00:00")
	y.excludes(fullKey, `"chargerId":42,"reason":"vandalism","confirmed":true,`, "03:00:00", "04:00:00")
	y.excludes(fullKey, `"siteId":12,"reason":"vandalism",`, "03:00:00", "06:00:00")
	y.excludes(foremanKey, `"portId":83,"reason":"vandalism",`, "03:00:00", "06:00:00")
	f := func(key, query string, want ...charging.ID) {
		t.Helper()
		if got := idsOf(t, y.get(exclusionsPath+query, key).rows(t), "id"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	f(fullKey, "", 4, 3, 2, 1)
	f(fullKey, "?confirmed=true", 2)
	f(fullKey, "?confirmed=false", 4, 3, 1)
	f(fullKey, "?afterTimestamp=2026-03-02T04:00:00Z", 4, 3)
	f(fullKey, "?beforeTimestamp=2026-03-02T03:00:00Z", 1)
	f(foremanKey, "", 4, 2) // not that of the whole site
	for _, id := range []int{1, 3} {
		path := fmt.Sprintf("%s/%d", exclusionsPath, id)
		y.get(path, foremanKey).is(t, http.StatusNotFound, "Not found")
		y.ask(http.MethodDelete, path, foremanKey).is(t, http.StatusNotFound, "Not found")
		y.send(http.MethodPatch, path, foremanKey, "application/json", `{"confirmed":true}`).is(t, http.StatusNotFound, "Not found")
	}
	y.post(exclusionsPath, foremanKey, windowBody(`"portId":81,"reason":"vandalism",`, "01:00:00", "02:00:00")).
		is(t, http.StatusBadRequest, "portId: there is none with id 81")
}

func TestExclusionsArePagedWhileMoreAreMade(t *testing.T) {
	y := newPastYard(t)
	for i := range 230 { // every second is out of the foreman's sight
		x := charging.Exclusion{ChargerID: 41 + charging.ID(i%2), From: clock("01:00:00"), To: clock("02:00:00"), Reason: charging.ExcludeUtility,
			CreatedAt: clock("00:00:00"), UpdatedAt: clock("00:00:00")}
		if _, err := y.store.AddExclusion(t.Context(), x, "test"); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[charging.ID]bool{}
	for cursor := ""; ; {
		a := y.get(exclusionsPath+"?nextPageCursor="+cursor, foremanKey)
		for _, id := range idsOf(t, a.rows(t), "id") {
			if seen[id] || id%2 != 0 && id <= 230 {
				t.Errorf("exclusion %d", id)
			}
			seen[id] = true
		}
		y.excludes(foremanKey, `"chargerId":42,"reason":"vandalism",`, "01:00:00", "02:00:00")
		if cursor = a.next(t); cursor == "" {
			break
		}
	}
	if len(seen) != 115 {
		t.Errorf("%d seen, want 115", len(seen))
	}
}
