package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// finds returns what a search finds, shortened: kind, id and where.
func (y *yard) finds(text, key string) string {
	y.t.Helper()
	var list []string
	for _, row := range y.get("/api/search?q="+url.QueryEscape(text), key).rows(y.t) {
		list = append(list, fmt.Sprintf("%v %v %v", row["kind"], row["id"], row["matched"].(map[string]any)["field"]))
	}
	return strings.Join(list, ", ")
}

func newSearchYard(t *testing.T) *yard {
	t.Helper()
	y := newFurnishedYard(t)
	c := y.settings(41)
	c.ExternalID, c.SerialNumber, c.Manufacturer, c.Model = "NL-0041", "VX-000917", "Voltix", "VX-160"
	y.set(c)
	c = y.settings(42)
	c.Name, c.Manufacturer = "Säule Größe 1", "Voltix"
	y.set(c)
	return y
}

func TestSearchFindsThingsByWhatTheyAreCalled(t *testing.T) {
	y := newSearchYard(t)
	y.boots(42)
	y.starts(41, 1, "A0B1C2D3", 0)
	session := fmt.Sprint(y.fleet.Estate().Charger(41).Port(1).Session.ID)
	for _, c := range []struct{ key, text, want string }{
		{northlineKey, "bay 4", "charger 41 name"},
		{northlineKey, " BAY 4 ", "charger 41 name"},
		{northlineKey, "0917", "charger 41 ocppId"}, // the first field of those that hold it alike
		{northlineKey, "vx-000917", "charger 41 serialNumber"},
		{northlineKey, "VX-0009", "charger 41 serialNumber"},
		{northlineKey, "nl-0041", "charger 41 externalId"},
		{northlineKey, "NL", "charger 41 externalId, vehicle 701 licensePlate, vehicle 702 licensePlate"},
		{northlineKey, "vx-160", "charger 41 model"},
		{northlineKey, "voltix", "charger 41 manufacturer, charger 42 manufacturer"},
		{northlineKey, "säule", "charger 42 name"},
		{northlineKey, "GRÖSSE", ""}, // ß has no capital of its own here
		{northlineKey, "GRÖ", "charger 42 name"},
		{northlineKey, "harbor", "site 12 name"},
		{northlineKey, "Pier Rd", "site 12 address"},
		{northlineKey, "card 12", "accessId 310 name"},
		{northlineKey, "a0b1", "accessId 310 ocppIdTag"},
		{northlineKey, "card", "accessId 310 name, accessId 313 name, accessId 314 ocppIdTag, accessId 315 ocppIdTag"},
		{northlineKey, "GROUPCARD", ""}, // of the organization above
		{holdingKey, "GROUPCARD", "accessId 312 ocppIdTag"},
		{holdingKey, "card", "accessId 310 name, accessId 313 name, accessId 314 ocppIdTag, accessId 315 ocppIdTag, accessId 312 ocppIdTag"},
		{northlineKey, "rv0000", "vehicle 701 vin"},
		{northlineKey, "van", "vehicle 700 name"},
		{northlineKey, session, "session " + session + " id"},
		{strangerKey, session, ""},
		{northlineKey, "foreign", ""},
		{strangerKey, "foreign", "charger 95 name"},
		{strangerKey, "a", "accessId 390 name"},
		{limitedKey, "voltix", "charger 42 manufacturer"},
		{limitedKey, "harbor", "site 12 name"},
		{limitedKey, "Empty Lot", ""},
		{limitedKey, "card", ""}, // a tag is a credential
		{limitedKey, "van", "vehicle 700 name"},
		{limitedKey, session, ""},
		{northlineKey, "nothing is called so", ""},
	} {
		if c.text == session && len(session) == 1 { // it is within other names, too
			if !strings.Contains(y.finds(c.text, c.key), "session "+session+" id") == (c.want != "") {
				t.Errorf("%s: %s", c.text, y.finds(c.text, c.key))
			}
			continue
		}
		if got := y.finds(c.text, c.key); got != c.want {
			t.Errorf("%s finds %q: %s\nwant %s", c.key, c.text, got, c.want)
		}
	}
	rows := y.get("/api/search?q=bay", northlineKey).rows(t)
	compare(t, map[string]any{"row": rows[0]}, "row", `{"kind":"charger","id":41,"name":"Bay 4","matched":{"field":"name","text":"Bay 4"},"siteId":12,"siteName":"Harbor Depot"}`)
	rows = y.get("/api/search?q=CARD14", northlineKey).rows(t)
	compare(t, map[string]any{"row": rows[0]}, "row", `{"kind":"accessId","id":314,"name":"CARD14","matched":{"field":"ocppIdTag","text":"CARD14"},"siteId":null,"siteName":null}`)
}

func TestSearchAnswersTheBestFirst(t *testing.T) {
	y := newSearchYard(t)
	ch := &charging.Change{Actor: "test"}
	for i, name := range []string{"the Dock", "Dock 2", "dock", "Dockyard"} {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: int64(60 + i), SiteID: 12, Name: name})
	}
	ch.Vehicles = append(ch.Vehicles, charging.Vehicle{ID: 710, OrganizationID: 3, Name: "DOCK"})
	y.configure(ch)
	for limit, want := range map[string]string{
		"":         "charger 62, vehicle 710, charger 61, charger 63, charger 60",
		"&limit=3": "charger 62, vehicle 710, charger 61",
		"&limit=1": "charger 62",
	} {
		var list []string
		for _, row := range y.get("/api/search?q=dock"+limit, northlineKey).rows(t) {
			list = append(list, fmt.Sprintf("%v %v", row["kind"], row["id"]))
		}
		if got := strings.Join(list, ", "); got != want {
			t.Errorf("%s: %s, want %s", limit, got, want)
		}
	}
}

func TestSearchSaysWhatItNeeds(t *testing.T) {
	y := newSearchYard(t)
	for query, want := range map[string]string{
		"":                                   "q: say what to look for, such as a name or a serial number",
		"?q=":                                "q: say what to look for, such as a name or a serial number",
		"?q=+":                               "q: say what to look for, such as a name or a serial number",
		"?q=" + strings.Repeat("x", 201):     "q: must not be longer than 200 bytes",
		"?q=x&limit=0":                       "limit: must be a whole number from 1 to 100",
		"?q=x&limit=101":                     "limit: must be a whole number from 1 to 100",
		"?q=x&limit=ten":                     "limit: must be a whole number from 1 to 100",
		"?limit=5&q=" + url.QueryEscape(" "): "q: say what to look for, such as a name or a serial number",
	} {
		y.get("/api/search"+query, northlineKey).is(t, http.StatusBadRequest, want)
	}
	y.get("/api/search?q=bay", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get("/api/search?q=bay", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
}

// BenchmarkSearch searches 10,000 chargers and 20,000 vehicles: for what one of them
// is called, what nearly all hold, and what none does.
func BenchmarkSearch(b *testing.B) {
	f := busyFleet(b, 20_000, 200)
	cfg := everyPart()
	for name, text := range map[string]string{"one": "voltix-07777", "many": "vol", "none": "no such thing"} {
		b.Run(name, func(b *testing.B) {
			api := httpapi.New(httpapi.Config{Sessions: cfg.Sessions}, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "/api/search?q="+url.QueryEscape(text), nil)
				r.Header.Set("Authorization", "Bearer "+holdingKey)
				w := &sink{header: make(http.Header)}
				if api.ServeHTTP(w, r); w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
	}
}
