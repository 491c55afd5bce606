package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// shows checks members of an answer.
func shows(t *testing.T, got map[string]any, want map[string]any) {
	t.Helper()
	for member, value := range want {
		if n, ok := value.(int); ok {
			value = json.Number(itoa(n))
		}
		if got[member] != value {
			t.Errorf("%s: %v, want %v", member, got[member], value)
		}
	}
}

func itoa(n int) string { return strings.TrimSpace(string(sure(json.Marshal(n)))) }

func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// siteChargers are the ids of the chargers that /api/sites shows.
func (y *yard) siteChargers(key string) (ids []string) {
	y.t.Helper()
	for _, s := range y.sites(key) {
		for _, c := range s.(map[string]any)["chargers"].([]any) {
			ids = append(ids, idText(c.(map[string]any)))
		}
	}
	return ids
}

func TestAChargerIsEnteredWithAPasswordThatIsShownOnce(t *testing.T) {
	y := newFurnishedYard(t)
	a := y.post("/api/admin/chargers", fullKey, `{"siteId":13,"ocppId":"bay-7","generatePassword":true,"ports":2,"type":"DCFC","latitude":53.35}`)
	made := a.data(t)
	shows(t, made, map[string]any{"siteId": 13, "organizationId": 3, "name": "bay-7", "ocppId": "bay-7", "type": "DCFC",
		"latitude": json.Number("53.35"), "hasPassword": true, "connection": nil, "reported": nil, "retiredAt": nil})
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
	}
	if ports := made["ports"].([]any); len(ports) != 2 || ports[1].(map[string]any)["name"] != "Port 2" {
		t.Errorf("ports %v", made["ports"])
	}
	password, _ := made["password"].(string)
	c := y.fleet.Estate().ChargerByIdentity("bay-7")
	if len(password) != 40 || !auth.CheckChargerPassword(y.cfg.ChargerSecret, c.PasswordHash, []byte(password)) {
		t.Errorf("the password %q is not the charger's", password)
	}
	y.restart(y.now)
	again := y.get("/api/admin/chargers/"+idText(made), fullKey)
	shows(t, again.data(t), map[string]any{"hasPassword": true, "ocppId": "bay-7"})
	if text := string(again.body); strings.Contains(text, password) || strings.Contains(text, "hmac") {
		t.Errorf("the secret is shown again: %s", text)
	}
	for body, text := range map[string]string{
		`{"ocppId":"x"}`:                                "siteId: is missing; GET /api/admin/sites lists the sites",
		`{"siteId":90,"ocppId":"x"}`:                    "siteId: there is no site 90",
		`{"siteId":12}`:                                 "ocppId: is missing; it is the last part of the address that the charger connects to",
		`{"siteId":12,"ocppId":"a/b"}`:                  `ocppId: the identity "a/b" contains a slash; it is only the last part of the address that the charger connects to`,
		`{"siteId":12,"ocppId":"post-1"}`:               `ocppId: charger 42 (Post 1) has the identity "post-1" already`,
		`{"siteId":12,"ocppId":"x","ports":33}`:         "ports: must be from 0 to 32",
		`{"siteId":12,"ocppId":"x","latitude":91}`:      "latitude: must be a number from -90 to 90",
		`{"siteId":12,"ocppId":"x","type":"AC"}`:        "type: must be DCFC or Level 2",
		`{"siteId":12,"ocppId":"x","password":"short"}`: "password: must be from 8 to 64 characters; generatePassword makes one up",
		`{"siteId":12,"ocppId":"x","password":"long enough","generatePassword":true}`: "password: leave it out, or generatePassword; both cannot be",
		`{"siteId":12,"ocppId":"x","callTimeoutSeconds":601}`:                         "callTimeoutSeconds: must be a whole number from 1 to 600",
		`{"siteId":12,"ocppId":"x","certificateFingerprint":"zz"}`:                    "certificateFingerprint: must be the SHA-256 of the certificate as 64 hex digits, or null",
	} {
		y.post("/api/admin/chargers", fullKey, body).is(t, http.StatusBadRequest, text)
	}
}

func TestTheSettingsOfAChargerChange(t *testing.T) {
	y := newFurnishedYard(t)
	print := strings.Repeat("AB:", 31) + "AB"
	y.patch("/api/admin/chargers/41", fullKey, `{"name":"Bay Four","externalId":"E4","manufacturer":"Ohmworks","model":"OW","serialNumber":"S1",
		"latitude":53.3498,"longitude":-6.2603,"type":"DCFC","unknownIdTags":"accept","callTimeoutSeconds":45,"handsOff":true,"assumeOcpp16":true,
		"certificateFingerprint":"`+print+`","password":"the box under the roof"}`).data(t)
	y.restart(y.now)
	shows(t, y.get("/api/admin/chargers/41", fullKey).data(t), map[string]any{"name": "Bay Four", "externalId": "E4", "manufacturer": "Ohmworks",
		"model": "OW", "serialNumber": "S1", "latitude": json.Number("53.3498"), "longitude": json.Number("-6.2603"), "type": "DCFC",
		"unknownIdTags": "accept", "callTimeoutSeconds": 45, "handsOff": true, "assumeOcpp16": true,
		"certificateFingerprint": strings.Repeat("ab", 32), "hasPassword": true, "ocppId": "voltix-0917"})
	version := y.fleet.Estate().Version()
	y.patch("/api/admin/chargers/41", fullKey, `{"name":"Bay Four"}`).data(t)
	if y.fleet.Estate().Version() != version {
		t.Error("a change that changes nothing is stored")
	}
	shows(t, y.patch("/api/admin/chargers/41", fullKey, `{"name":null,"externalId":null,"manufacturer":null,"latitude":null,"type":null,"unknownIdTags":null,
		"callTimeoutSeconds":null,"handsOff":null,"certificateFingerprint":null,"password":null}`).data(t), map[string]any{"name": "voltix-0917",
		"externalId": nil, "manufacturer": nil, "latitude": nil, "longitude": json.Number("-6.2603"), "type": nil, "unknownIdTags": "inherit",
		"callTimeoutSeconds": nil, "handsOff": false, "assumeOcpp16": true, "certificateFingerprint": nil, "hasPassword": false})
	y.patch("/api/admin/chargers/41", fullKey, `{"ocppId":"post-1"}`).is(t, http.StatusBadRequest, `ocppId: charger 42 (Post 1) has the identity "post-1" already`)
	y.patch("/api/admin/chargers/42", fullKey, `{"externalId":"E9"}`).data(t)
	y.patch("/api/admin/chargers/41", fullKey, `{"externalId":"E9"}`).
		is(t, http.StatusBadRequest, `externalId: charger 42 (Post 1) of the same organization has "E9" already`)
	y.patch("/api/admin/chargers/41", fullKey, `{"siteId":13}`).is(t, http.StatusBadRequest, "siteId: is changed with POST /api/admin/chargers/41/move")
	if got := column(y.get("/api/admin/chargers?siteIds=12", fullKey).rows(t), "id"); len(got) != 2 {
		t.Errorf("chargers of the site: %v", got)
	}
	if got := y.get("/api/admin/chargers?siteIds=13", fullKey).rows(t); len(got) != 0 {
		t.Errorf("chargers of the empty site: %v", got)
	}
	y.get("/api/admin/chargers?retired=perhaps", fullKey).is(t, http.StatusBadRequest, "retired: must be true or false")
}

func TestMovingAChargerLeavesItsConnectionAndSession(t *testing.T) {
	y := newFurnishedYard(t)
	y.starts(41, 1, "A0B1C2D3", 1000)
	before := y.get("/api/chargers/41", fullKey).data(t)
	moved := y.post("/api/admin/chargers/41/move", fullKey, `{"siteId":13}`).data(t)
	shows(t, moved, map[string]any{"siteId": 13})
	after := y.get("/api/chargers/41", fullKey).data(t)
	if was, is := asText(before), asText(after); was != is {
		t.Errorf("before the move %s, after it %s", was, is)
	}
	if len(y.parts.link.dismissed) != 0 {
		t.Errorf("closed %v", y.parts.link.dismissed)
	}
	y.meters(41, 1, 0, energyWh("1500")) // the socket still speaks for it
	notes := y.get("/api/chargers/41/history?note=moved", fullKey).rows(t)
	if len(notes) != 1 {
		t.Fatalf("notes %v", notes)
	}
	if got := asText(notes[0]["detail"]); got != `{"actor":"key full","change":{"fromSiteId":12,"toSiteId":13},"kind":"moved"}` {
		t.Errorf("the history says %s", got)
	}
	y.post("/api/admin/chargers/41/move", fullKey, `{"siteId":90}`).is(t, http.StatusBadRequest, "siteId: there is no site 90")
	y.post("/api/admin/chargers/41/move", fullKey, `{"siteId":13}`).data(t) // where it is
	if got := y.get("/api/chargers/41/history?note=moved", fullKey).rows(t); len(got) != 1 {
		t.Errorf("a move to where it is makes history: %v", got)
	}
}

func asText(v any) string { return string(sure(json.Marshal(v))) }

func TestARetiredChargerVanishesAndItsHistoryStays(t *testing.T) {
	y := newFurnishedYard(t)
	y.sends(41, "BootNotification", `{"chargePointVendor":"V","chargePointModel":"M"}`)
	y.reportsStatus(41, 1, "Charging")
	y.starts(41, 1, "A0B1C2D3", 1000)
	history := len(y.get("/api/chargers/41/history", fullKey).rows(t))
	retired := y.post("/api/admin/chargers/41/retire", fullKey, "").data(t)
	if retired["retiredAt"] == nil || retired["connection"].(map[string]any)["status"] != "Disconnected" {
		t.Errorf("retired: %v", retired)
	}
	if got := y.parts.link.dismissed; !slices.Equal(got, []string{"41: the charger was retired"}) {
		t.Errorf("closed %v", got)
	}
	check := func() {
		t.Helper()
		if got := y.siteChargers(fullKey); slices.Contains(got, "41") || !slices.Contains(got, "42") {
			t.Errorf("/api/sites shows %v", got)
		}
		y.get("/api/chargers/41", fullKey).is(t, http.StatusNotFound, "Not found")
		if y.fleet.Estate().ChargerByIdentity("voltix-0917") != nil {
			t.Error("it is still found by its identity")
		}
		if got := column(y.get("/api/admin/chargers", fullKey).rows(t), "id"); slices.Contains(got, any(json.Number("41"))) {
			t.Errorf("the list of those that serve has %v", got)
		}
		if got := column(y.get("/api/admin/chargers?retired=true", fullKey).rows(t), "id"); len(got) != 1 || got[0] != json.Number("41") {
			t.Errorf("the list of the retired has %v", got)
		}
		rows := y.get("/api/chargers/41/history", fullKey).rows(t)
		if len(rows) != history+3 { // disconnected, the session, the note
			t.Errorf("%d records, were %d", len(rows), history)
		}
		if rows[0]["note"] != "retired" {
			t.Errorf("the newest record is %v", rows[0])
		}
	}
	check()
	// Its socket may still say something; nobody is told anything of it.
	if _, err := y.fleet.Handle(t.Context(), charging.Event{ChargerID: 41, Received: y.now, Body: charging.TagPresented{Tag: "X"}}); charging.KindOf(err) != charging.NotFound {
		t.Errorf("a message of a retired charger: %v", err)
	}
	y.post("/api/chargers/41/reset", fullKey, `{}`).is(t, http.StatusNotFound, "There is no charger with id 41.")
	y.restart(y.now)
	check()
	y.post("/api/admin/chargers/41/retire", fullKey, "").data(t) // again changes nothing
	y.post("/api/admin/chargers/41/replace", fullKey, "").is(t, http.StatusBadRequest, "The charger is retired; restore it first")
	check()

	// The session that ran ended with it.
	found, err := y.store.FindSession(t.Context(), 41, 1)
	if err != nil || found == nil || found.State != charging.SessionLapsed || found.EndReason != charging.EndChargerGone {
		t.Errorf("the session: %+v, %v", found, err)
	}

	sessions := y.get("/api/charging-sessions", fullKey).rows(t)
	if len(sessions) != 1 || sessions[0]["charger"].(map[string]any)["name"] != "Bay 4" || sessions[0]["site"].(map[string]any)["name"] != "Harbor Depot" {
		t.Errorf("past sessions: %v", sessions)
	}
	y.get("/api/sessions/"+asText(found.ID), fullKey).data(t)
	// A key that sees every charger that serves, here none, sees no other's that is
	// retired.
	y.manager(60, "cy_of_holding", 1, nil, nil)
	y.manager(61, "cy_of_buses", 4, nil, nil)
	y.manager(62, "cy_of_stranger", 9, nil, nil)
	for id, key := range map[string]string{"42": "cy_of_holding", "50": "cy_of_holding", "95": "cy_of_stranger"} {
		y.post("/api/admin/chargers/"+id+"/retire", key, "").data(t)
	}
	if got := y.get("/api/charging-sessions", "cy_of_buses").rows(t); len(got) != 0 {
		t.Errorf("another organization sees %v", got)
	}
	y.get("/api/sessions/"+asText(found.ID), "cy_of_buses").is(t, http.StatusNotFound, "Not found")

	// Its names are free, and then it cannot come back under them.
	other := y.post("/api/admin/chargers", fullKey, `{"siteId":12,"ocppId":"voltix-0917"}`).data(t)
	y.post("/api/admin/chargers/41/restore", fullKey, "").
		is(t, http.StatusBadRequest, `ocppId: charger `+idText(other)+` (voltix-0917) has the identity "voltix-0917" already`)
	y.patch("/api/admin/chargers/41", fullKey, `{"ocppId":"voltix-old"}`).data(t)
	restored := y.post("/api/admin/chargers/41/restore", fullKey, "").data(t)
	shows(t, restored, map[string]any{"retiredAt": nil, "ocppId": "voltix-old"})
	if got := y.siteChargers(fullKey); !slices.Contains(got, "41") {
		t.Errorf("/api/sites shows %v", got)
	}
	y.charger(41, "ocppId", `"voltix-old"`)
	y.restart(y.now)
	y.charger(41, "connectionStatus", asText(y.get("/api/chargers/41", fullKey).data(t)["connectionStatus"]))
	y.connects(41)
	y.reportsStatus(41, 1, "Available")
	y.port(82, "currentChargingSession", `null`)
}

func TestARetiredChargerIsSeenInThePast(t *testing.T) {
	y := newFurnishedYard(t)
	y.reportsStatus(41, 1, "Available")
	before := time.Now().UTC()
	time.Sleep(2 * time.Millisecond) // of the server's own clock
	y.post("/api/admin/chargers/41/retire", fullKey, "").data(t)
	text := string(y.get("/api/sites?at="+before.Add(time.Millisecond).Format(time.RFC3339Nano), fullKey).body)
	if !strings.Contains(text, `"ocppId":"voltix-0917"`) {
		t.Errorf("before it was retired: %s", text)
	}
	text = string(y.get("/api/sites?at="+time.Now().UTC().Format(time.RFC3339Nano), fullKey).body)
	if strings.Contains(text, `"ocppId":"voltix-0917"`) {
		t.Errorf("after it was retired: %s", text)
	}
}

func TestANewBoxTakesThePlaceOfAnOldOne(t *testing.T) {
	y := newFurnishedYard(t)
	y.sends(41, "BootNotification", `{"chargePointVendor":"V","chargePointModel":"M","chargePointSerialNumber":"OLD-1","firmwareVersion":"1.0"}`)
	y.reportsStatus(41, 1, "Charging")
	transaction := y.starts(41, 1, "A0B1C2D3", 1000)
	y.patch("/api/admin/chargers/41", fullKey, `{"password":"the old password","serialNumber":"SET-1","certificateFingerprint":"`+strings.Repeat("ab", 32)+`"}`).data(t)
	y.keep(func(b *charging.Batch) {
		b.Variables = []charging.ChargerVariables{{ChargerID: 41, Variables: []charging.Variable{{Name: "HeartbeatInterval", Value: "60"}}}}
		b.Lists = []charging.LocalList{{ChargerID: 41, Version: 7}}
	})
	if _, err := y.fleet.Handle(t.Context(), charging.Event{ChargerID: 41, Received: y.now, Body: charging.ProfileSet{Profile: 2, Actor: "test"}}); err != nil {
		t.Fatal(err)
	}
	oldHash := y.settings(41).PasswordHash
	a := y.post("/api/admin/chargers/41/replace", fullKey, `{"ocppId":"voltix-2000","serialNumber":"NEW-1"}`)
	made := a.data(t)
	shows(t, made, map[string]any{"id": 41, "siteId": 12, "name": "Bay 4", "ocppId": "voltix-2000", "serialNumber": "NEW-1", "reported": nil,
		"certificateFingerprint": nil, "hasPassword": true, "lowestSecurityProfile": 0})
	password, _ := made["password"].(string)
	hash := y.settings(41).PasswordHash
	if hash == oldHash || !auth.CheckChargerPassword(y.cfg.ChargerSecret, hash, []byte(password)) ||
		auth.CheckChargerPassword(y.cfg.ChargerSecret, hash, []byte("the old password")) {
		t.Error("the new box has not a password of its own")
	}
	if got := y.parts.link.dismissed; len(got) != 1 || got[0] != "41: another box has taken this charger's place" {
		t.Errorf("closed %v", got)
	}
	check := func() {
		t.Helper()
		y.charger(41, "serialNumber", `"NEW-1"`)
		y.charger(41, "firmwareVersion", `null`)
		y.port(82, "id", `82`)
		y.port(82, "ocppStatus", `null`)
		y.port(82, "currentChargingSession", `null`)
		if got := y.get("/api/chargers/41/variables", fullKey).rows(t); len(got) != 0 {
			t.Errorf("variables %v", got)
		}
		shows(t, y.get("/api/chargers/41/local-list", fullKey).data(t), map[string]any{"version": 0})
		shows(t, y.get("/api/admin/chargers/41", fullKey).data(t), map[string]any{"lowestSecurityProfile": 0, "reported": nil})
	}
	check()
	// What the old box still says comes to nothing.
	y.disconnectsAs(41, y.generations[41], "12:00:00")
	if got := y.get("/api/chargers/41/history?kind=disconnected", fullKey).rows(t); len(got) != 1 {
		t.Errorf("the end of the old connection is told %d times", len(got))
	}
	y.restart(y.now)
	check()
	notes := y.get("/api/chargers/41/history?note=replaced&port=0", fullKey).rows(t)
	if len(notes) != 1 || asText(notes[0]["detail"]) != `{"actor":"key full","change":{"newOcppId":"voltix-2000","newSerialNumber":"NEW-1",`+
		`"oldOcppId":"voltix-0917","oldSerialNumber":"SET-1"},"kind":"replaced"}` {
		t.Errorf("the history says %v", notes)
	}
	if booted := y.get("/api/chargers/41/history?kind=booted", fullKey).rows(t); len(booted) != 1 {
		t.Errorf("the history of the place: %v", booted)
	}
	// The new box serves under the same ids.
	y.connects(41)
	y.reportsStatus(41, 1, "Available")
	if next := y.starts(41, 1, "A0B1C2D3", 5); next == transaction {
		t.Error("the new box runs the old session")
	}
	y.port(82, "ocppStatus", asText(y.shown("ports", 82)["ocppStatus"]))
	// Without a password the new one needs none either, and it can be said so.
	shows(t, y.post("/api/admin/chargers/42/replace", fullKey, "").data(t), map[string]any{"hasPassword": false, "password": nil, "ocppId": "post-1"})
	shows(t, y.post("/api/admin/chargers/41/replace", fullKey, `{"generatePassword":false}`).data(t), map[string]any{"hasPassword": false, "password": nil})
	y.post("/api/admin/chargers/41/replace", fullKey, `{"ocppId":"post-1"}`).
		is(t, http.StatusBadRequest, `ocppId: charger 42 (Post 1) has the identity "post-1" already`)
}

func TestPortsAreManaged(t *testing.T) {
	y := newFurnishedYard(t)
	if got := column(y.get("/api/admin/ports", fullKey).rows(t), "id"); asText(got) != `[81,82,83]` {
		t.Errorf("ports %v", got)
	}
	if got := column(y.get("/api/admin/ports?chargerIds=42", fullKey).rows(t), "id"); asText(got) != `[83]` {
		t.Errorf("ports of 42: %v", got)
	}
	made := y.post("/api/admin/ports", fullKey, `{"chargerId":41,"portNumber":3,"maximumPowerKw":22.08,"connectorType":"NACS"}`).data(t)
	shows(t, made, map[string]any{"chargerId": 41, "portNumber": 3, "name": "Port 3", "maximumPowerKw": json.Number("22.08"), "connectorType": "NACS", "status": nil})
	path := "/api/admin/ports/" + idText(made)
	y.port(idNumber(t, made), "maximumPowerKw", `22.08`)
	shows(t, y.patch(path, fullKey, `{"name":"Rear","maximumPowerKw":null,"connectorType":null}`).data(t),
		map[string]any{"name": "Rear", "maximumPowerKw": nil, "connectorType": nil})
	y.restart(y.now)
	shows(t, y.get(path, fullKey).data(t), map[string]any{"name": "Rear", "maximumPowerKw": nil, "portNumber": 3})
	for body, text := range map[string]string{
		`{"chargerId":41,"portNumber":3}`:                    "portNumber: the charger has a port 3 already",
		`{"chargerId":41}`:                                   "portNumber: must be a whole number from 1 to 1000",
		`{"portNumber":4}`:                                   "chargerId: is missing",
		`{"chargerId":95,"portNumber":4}`:                    "chargerId: there is no charger 95",
		`{"chargerId":41,"portNumber":4,"maximumPowerKw":0}`: "maximumPowerKw: must be a number above 0, at most 10000, or null",
	} {
		y.post("/api/admin/ports", fullKey, body).is(t, http.StatusBadRequest, text)
	}
	y.patch(path, fullKey, `{"portNumber":4}`).is(t, http.StatusBadRequest, "portNumber: a port keeps its number, by which the charger knows it")
	y.patch(path, fullKey, `{"chargerId":42}`).is(t, http.StatusBadRequest, "chargerId: a port stays with its charger")

	y.delete(path, fullKey).data(t)
	y.get(path, fullKey).is(t, http.StatusNotFound, "Not found")
	y.connects(41)
	y.reportsStatus(41, 2, "Available")
	y.delete("/api/admin/ports/81", fullKey).is(t, http.StatusBadRequest, "The port has had a status or a session, so its history needs it")
	y.restart(y.now)
	y.get(path, fullKey).is(t, http.StatusNotFound, "Not found")
	if c := y.fleet.Estate().Charger(41); len(c.Ports) != 2 {
		t.Errorf("%d ports", len(c.Ports))
	}
}
