package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// unchecked asks without holding the answer against the description, whose
// router does not know slashes within a segment.
func (y *yard) unchecked(method, path, key string, headers ...string) answer {
	y.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+key)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	y.api.ServeHTTP(w, r)
	return answer{w.Result(), w.Body.Bytes()}
}

func TestChargersAreFoundByThreeIds(t *testing.T) {
	y := newLiveYard(t)
	odd := "NL/00 41%é"
	a, b := y.settings(41), y.settings(50)
	a.ExternalID, a.OCPPID = odd, "a/b c"
	b.ExternalID = odd // of another organization below the holding
	y.configure(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{a, b}})
	y.at("12:00:00").connects(41)
	want := func(id charging.ID, key string) string {
		c := newCopy()
		c.document(y.get("/api/sites", key).body)
		return normal([]byte(`{"data":` + string(c.chargers[id].json) + `}`))
	}
	for _, path := range []string{"/api/chargers/41", "/api/chargers/41/", "/api/chargers/by-external-id/" + url.PathEscape(odd),
		"/api/chargers/by-ocpp-id/" + url.PathEscape("a/b c"), "/api/chargers/by-ocpp-id/a%2Fb%20c/"} {
		got := y.unchecked(http.MethodGet, path, holdingKey)
		if got.StatusCode != http.StatusOK || normal(got.body) != want(41, holdingKey) {
			t.Errorf("%s: %s %s", path, got.Status, got.body)
		}
		tag := got.Header.Get("ETag")
		if again := y.unchecked(http.MethodGet, path, holdingKey, "If-None-Match", tag); again.StatusCode != http.StatusNotModified || tag == "" {
			t.Errorf("%s: %s with the tag %s", path, again.Status, tag)
		}
		if head := y.unchecked(http.MethodHead, path, holdingKey); head.StatusCode != http.StatusOK || len(head.body) != 0 || head.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: %s %q", path, head.Status, head.body)
		}
		if got := y.unchecked(http.MethodPost, path, holdingKey); got.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %s", path, got.Status)
		}
	}
	if got := y.get("/api/chargers/41", holdingKey); normal(got.body) != want(41, holdingKey) { // as it is described
		t.Errorf("%s", got.body)
	}
	// The literal segments come before ids.
	history := y.settings(42)
	history.ExternalID = "history"
	y.set(history)
	if got := y.get("/api/chargers/by-external-id/history", holdingKey); normal(got.body) != want(42, holdingKey) {
		t.Errorf("%s", got.body)
	}
	// A key of one organization sees its own charger of that name.
	if got := y.unchecked(http.MethodGet, "/api/chargers/by-external-id/"+url.PathEscape(odd), "cy_two"); normal(got.body) != want(50, "cy_two") {
		t.Errorf("%s", got.body)
	}
	before := y.get("/api/chargers/41", holdingKey).Header.Get("ETag")
	y.reportsStatus(41, 1, "Faulted")
	if after := y.get("/api/chargers/41", holdingKey); after.Header.Get("ETag") == before {
		t.Error("the tag is the same after a change")
	}
}

func TestChargersThatAKeyDoesNotSeeAreNotThere(t *testing.T) {
	y := newLiveYard(t)
	for _, path := range []string{"/api/chargers/95", "/api/chargers/by-ocpp-id/foreign", "/api/chargers/999", "/api/chargers/x", "/api/chargers/-1",
		"/api/chargers/by-external-id/none", "/api/chargers/by-ocpp-id/STAND", "/api/chargers/41.0"} {
		y.get(path, northlineKey).is(t, http.StatusNotFound, "Not found")
	}
	y.get("/api/chargers/41", "cy_two").is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/by-ocpp-id/voltix-0917", "cy_two").is(t, http.StatusNotFound, "Not found")
	y.get("/api/chargers/41", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	y.get("/api/chargers/41?include=x", holdingKey).is(t, http.StatusBadRequest, `include: "x" is none of freshness`)
	if a := y.get("/api/chargers/42", "cy_two"); a.StatusCode != http.StatusOK || !json.Valid(a.body) {
		t.Errorf("%s %s", a.Status, a.body)
	}
}
