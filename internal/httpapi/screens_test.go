package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
)

// screen makes a screen at a site and returns its key.
func (y *yard) screen(site string) (id, key string) {
	y.t.Helper()
	made := y.post("/api/admin/sites/"+site+"/screens", fullKey, `{"name":"Dispatch office"}`).data(y.t)
	link, _ := made["link"].(string)
	key, ok := strings.CutPrefix(link, "/screen#")
	if !ok {
		y.t.Fatalf("the link is %q", link)
	}
	return idText(made), key
}

func (y *yard) screens(site string) (rows []map[string]any) {
	y.t.Helper()
	for _, row := range y.get("/api/admin/sites/"+site+"/screens", fullKey).envelope(y.t, http.StatusOK)["data"].([]any) {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

func TestAScreenShowsItsSiteAndNobodyWhoChargesThere(t *testing.T) {
	y := newFurnishedYard(t)
	y.starts(41, 1, "A0B1C2D3", 0)
	_, key := y.screen("12")

	people := []string{"A0B1C2D3", `"rfid":{`, `"vehicle":{`, `"customer":{`}
	whole := string(y.get("/api/sites", northlineKey).body)
	for _, word := range people[:2] {
		if !strings.Contains(whole, word) {
			t.Fatalf("nobody charges: there is no %s in %s", word, whole)
		}
	}
	shown := y.get("/api/sites", key)
	if shown.StatusCode != http.StatusOK || !strings.Contains(string(shown.body), `"currentChargingSession":{"id":`) {
		t.Fatalf("a screen gets %s: %s", shown.Status, shown.body)
	}
	for _, word := range people {
		if strings.Contains(string(shown.body), word) {
			t.Errorf("a screen shows %s: %s", word, shown.body)
		}
	}
	if sites := y.sites(key); len(sites) != 1 {
		t.Errorf("it shows %d sites", len(sites))
	}
	// Who asks with another key for the same sees people still.
	if again := string(y.get("/api/sites", northlineKey).body); again != whole {
		t.Errorf("others see %s", again)
	}
	for _, path := range []string{"/api/overview", "/api/sites/12/power-curve", "/api/sites/12/plan", "/api/sign-in"} {
		if a := y.get(path, key); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", path, a.Status, a.body)
		}
	}
	if who := string(y.get("/api/sign-in", key).body); !strings.Contains(who, `"permissions":["screen"]`) {
		t.Errorf("who it is: %s", who)
	}
}

func TestAScreenMayDoNothingElse(t *testing.T) {
	y := newFurnishedYard(t)
	_, key := y.screen("12")
	const lacks = `This API key may not do that: it lacks "read"`
	for _, path := range []string{
		"/api/sites?at=2026-03-02T06:00:00Z", "/api/sites?since=", "/api/sites?include=freshness", "/api/sites/stream?include=freshness",
		"/api/chargers/41", "/api/chargers/41/history", "/api/chargers/41/connection", "/api/chargers/41/commissioning",
		"/api/charging-sessions", "/api/access-ids", "/api/vehicles", "/api/alerts", "/api/ocpp-messages?chargerId=41", "/api/search?q=bay",
	} {
		y.get(path, key).is(t, http.StatusForbidden, lacks)
	}
	y.get("/api/admin/sites/12/screens", key).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.post("/api/chargers/41/reset", key, `{}`).is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	for _, path := range []string{"/api/sites/13/power-curve", "/api/sites/13/plan", "/api/sites/90/plan"} {
		y.get(path, key).is(t, http.StatusNotFound, "Not found")
	}
}

func TestScreensAreListedAtTheirSiteAndRevoked(t *testing.T) {
	y := newFurnishedYard(t)
	id, key := y.screen("12")
	y.screen("13")
	y.get("/api/sites", key)
	rows := y.screens("12")
	if len(rows) != 1 || rows[0]["name"] != "Dispatch office" || rows[0]["lastUsedAt"] == nil || rows[0]["link"] != nil {
		t.Errorf("the screens are %v", rows)
	}
	if keys := string(y.get("/api/admin/keys", fullKey).body); strings.Contains(keys, "Dispatch office") {
		t.Errorf("a screen is among the keys: %s", keys)
	}
	y.get("/api/admin/keys/"+id, fullKey).is(t, http.StatusNotFound, "Not found")
	y.delete("/api/admin/keys/"+id, fullKey).is(t, http.StatusNotFound, "Not found")

	y.restart(y.now)
	y.delete("/api/admin/sites/13/screens/"+id, fullKey).is(t, http.StatusNotFound, "Not found")
	if a := y.delete("/api/admin/sites/12/screens/"+id, fullKey); a.StatusCode != http.StatusOK {
		t.Fatalf("revoking: %s %s", a.Status, a.body)
	}
	y.get("/api/sites", key).is(t, http.StatusUnauthorized, "Invalid API key")
	if rows := y.screens("12"); len(rows) != 0 {
		t.Errorf("a revoked screen is still there: %v", rows)
	}
	y.delete("/api/admin/sites/12/screens/"+id, fullKey).is(t, http.StatusNotFound, "Not found")

	y.post("/api/admin/sites/12/screens", fullKey, `{}`).is(t, http.StatusBadRequest, "name: is missing; write where the screen hangs")
	y.post("/api/admin/sites/12/screens", fullKey, `{"name":" "}`).is(t, http.StatusBadRequest, "name: is missing")
	y.post("/api/admin/sites/90/screens", fullKey, `{"name":"x"}`).is(t, http.StatusNotFound, "Not found")
}

func TestTheStreamOfAScreenTellsOfNobody(t *testing.T) {
	y := newFurnishedYard(t)
	_, key := y.screen("12")
	transaction := y.starts(41, 1, "A0B1C2D3", 0)
	server := y.served()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/sites/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said strings.Builder
	read := make([]byte, 4096)
	metered := false
	for !strings.Contains(said.String(), `"energyDeliveredKwh":1.5`) {
		n, err := resp.Body.Read(read)
		said.Write(read[:n])
		if err != nil {
			t.Fatalf("%v after %s", err, &said)
		}
		if !metered && strings.Contains(said.String(), `"currentChargingSession":{"id":`) {
			metered = true
			y.meters(41, 1, transaction, energyWh("1500"))
		}
	}
	if strings.Contains(said.String(), "A0B1C2D3") {
		t.Errorf("the stream says %s", &said)
	}
}
