package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const everything = charging.PermitRead | charging.PermitControl | charging.PermitManage

// manager makes a key with all permissions.
func (y *yard) manager(id charging.ID, text string, organization charging.ID, sites, chargers []charging.ID) string {
	y.t.Helper()
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{{ID: id, OrganizationID: organization, Name: text,
		Hash: auth.HashKey(text), Permissions: everything, Sites: sites, Chargers: chargers}}})
	return text
}

func (y *yard) delete(path, key string) answer {
	y.t.Helper()
	return y.ask(http.MethodDelete, path, key)
}

// idText and idNumber are the id of a thing in an answer.
func idText(thing map[string]any) string { return string(thing["id"].(json.Number)) }

func idNumber(t *testing.T, thing map[string]any) charging.ID {
	t.Helper()
	id, err := thing["id"].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

const textLimited = "This API key is limited to specific sites or chargers"

// adminCalls is each route of the administration, as it could be called.
var adminCalls = []string{
	"GET /api/admin/organizations", "POST /api/admin/organizations", "GET /api/admin/organizations/3", "PATCH /api/admin/organizations/3",
	"DELETE /api/admin/organizations/3", "GET /api/admin/sites", "POST /api/admin/sites", "GET /api/admin/sites/12",
	"PATCH /api/admin/sites/12", "DELETE /api/admin/sites/12", "GET /api/admin/chargers", "POST /api/admin/chargers",
	"GET /api/admin/chargers/42", "PATCH /api/admin/chargers/42", "POST /api/admin/chargers/42/move", "POST /api/admin/chargers/42/replace",
	"POST /api/admin/chargers/42/retire", "POST /api/admin/chargers/42/restore", "GET /api/admin/ports", "POST /api/admin/ports",
	"GET /api/admin/ports/83", "PATCH /api/admin/ports/83", "DELETE /api/admin/ports/83", "GET /api/admin/users", "POST /api/admin/users",
	"GET /api/admin/users/1", "PATCH /api/admin/users/1", "DELETE /api/admin/users/1", "GET /api/admin/keys", "POST /api/admin/keys",
	"GET /api/admin/keys/5", "PATCH /api/admin/keys/5", "DELETE /api/admin/keys/5", "GET /api/admin/refused", "POST /api/admin/refused/adopt",
	"GET /api/admin/audit",
}

func (y *yard) call(call, key string) answer {
	y.t.Helper()
	method, path, _ := strings.Cut(call, " ")
	if method == http.MethodPost || method == http.MethodPatch {
		body := `{}`
		switch {
		case strings.HasSuffix(path, "/move"):
			body = `{"siteId":13}`
		case strings.HasSuffix(path, "/adopt"):
			body = `{"identity":"x","siteId":12}`
		}
		return y.send(method, path, key, "application/json", body)
	}
	return y.ask(method, path, key)
}

func TestTheAdministrationNeedsThePermissionManage(t *testing.T) {
	y := newFurnishedYard(t)
	before := y.fleet.Estate().Version()
	for _, call := range adminCalls {
		y.call(call, northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
		y.call(call, "cy_unknown").is(t, http.StatusUnauthorized, "Invalid API key")
	}
	if y.fleet.Estate().Version() != before {
		t.Error("something was changed")
	}
}

func TestALimitedKeyManagesOnlyWhatItSees(t *testing.T) {
	y := newFurnishedYard(t)
	charger := y.manager(20, "cy_of_charger", 3, nil, []charging.ID{42})
	site := y.manager(21, "cy_of_site", 3, []charging.ID{12}, nil)
	for _, what := range []string{"organizations", "users", "keys", "refused", "audit"} {
		for _, key := range []string{charger, site} {
			y.get("/api/admin/"+what, key).is(t, http.StatusForbidden, textLimited)
		}
	}
	for _, call := range adminCalls {
		if strings.Contains(call, "organizations") || strings.Contains(call, "users") || strings.Contains(call, "keys") ||
			strings.Contains(call, "refused") || call == "POST /api/admin/sites" || call == "DELETE /api/admin/sites/12" {
			y.call(call, site).is(t, http.StatusForbidden, textLimited)
		}
	}
	if got := column(y.get("/api/admin/chargers", charger).rows(t), "id"); len(got) != 1 || got[0] != json.Number("42") {
		t.Errorf("chargers %v", got)
	}
	if got := y.get("/api/admin/sites", charger).rows(t); len(got) != 0 {
		t.Errorf("sites %v", got)
	}
	if got := column(y.get("/api/admin/sites", site).rows(t), "id"); len(got) != 1 || got[0] != json.Number("12") {
		t.Errorf("sites %v", got)
	}
	y.get("/api/admin/sites/12", charger).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/chargers/41", charger).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/ports/81", charger).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/chargers/95", fullKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/ports/96", fullKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/sites/90", fullKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/admin/organizations/1", fullKey).is(t, http.StatusNotFound, "Not found") // above its own
	y.get("/api/admin/keys/3", fullKey).is(t, http.StatusNotFound, "Not found")

	y.patch("/api/admin/chargers/42", charger, `{"name":"Post One"}`).data(t)
	y.patch("/api/admin/ports/83", charger, `{"name":"The only"}`).data(t)
	y.patch("/api/admin/sites/12", site, `{"address":null}`).data(t)
	y.patch("/api/admin/sites/12", site, `{"organizationId":1}`).is(t, http.StatusForbidden, textLimited)
	y.post("/api/admin/chargers/42/move", site, `{"siteId":13}`).is(t, http.StatusBadRequest, "siteId: there is no site 13")
	y.post("/api/admin/chargers", site, `{"siteId":12,"ocppId":"new-here"}`).data(t)
	y.post("/api/admin/chargers", charger, `{"siteId":12,"ocppId":"newer"}`).is(t, http.StatusBadRequest, "siteId: there is no site 12")
}

func TestOrganizationsAreManaged(t *testing.T) {
	y := newFurnishedYard(t)
	holding := y.manager(20, "cy_boss", 1, nil, nil)
	got := y.get("/api/admin/organizations", holding).rows(t)
	if ids := column(got, "id"); len(ids) != 3 || got[0]["parentId"] != nil || got[1]["parentId"] != json.Number("1") {
		t.Errorf("organizations %v", got)
	}
	made := y.post("/api/admin/organizations", holding, `{"name":" Night Couriers ","parentId":3}`).data(t)
	if made["name"] != "Night Couriers" || made["parentId"] != json.Number("3") {
		t.Errorf("made %v", made)
	}
	path := "/api/admin/organizations/" + idText(made)
	if same := y.get(path, holding).data(t); same["name"] != made["name"] || same["parentId"] != json.Number("3") {
		t.Errorf("shown %v", same)
	}
	y.post("/api/admin/organizations", holding, `{}`).is(t, http.StatusBadRequest, "name: is missing")
	y.post("/api/admin/organizations", holding, `{"name":"X","parentId":9}`).is(t, http.StatusBadRequest, "parentId: there is no organization 9")
	y.patch("/api/admin/organizations/3", holding, `{"parentId":`+idText(made)+`}`).
		is(t, http.StatusBadRequest, "parentId: organization "+idText(made)+" stands inside this one")
	y.patch("/api/admin/organizations/1", holding, `{"parentId":3}`).is(t, http.StatusBadRequest, "parentId: a key cannot move its own organization")
	y.patch("/api/admin/organizations/3", holding, `{"parentId":null}`).
		is(t, http.StatusBadRequest, "parentId: must be an organization that this key sees, so that it stays in its sight")
	if moved := y.patch(path, holding, `{"parentId":4,"name":"Night Buses"}`).data(t); moved["parentId"] != json.Number("4") || moved["name"] != "Night Buses" {
		t.Errorf("moved %v", moved)
	}
	y.get(path, fullKey).is(t, http.StatusNotFound, "Not found") // organization 3 does not see it any more

	y.delete("/api/admin/organizations/3", holding).is(t, http.StatusBadRequest,
		"The organization is not empty: it holds 2 customers, 2 sites, 4 API keys, 4 vehicles, 5 access IDs")
	y.delete("/api/admin/organizations/1", holding).is(t, http.StatusBadRequest,
		"The organization is not empty: it holds 1 access ID, 2 API keys, 2 organizations")
	// One with a revoked key only is empty.
	id := idNumber(t, made)
	y.manager(21, "cy_night", id, nil, nil)
	y.delete(path, holding).is(t, http.StatusBadRequest, "The organization is not empty: it holds 1 API key")
	y.delete("/api/admin/keys/21", holding).data(t)
	y.delete(path, holding).data(t)
	y.get(path, holding).is(t, http.StatusNotFound, "Not found")
	y.restart(y.now)
	y.get(path, holding).is(t, http.StatusNotFound, "Not found")
	if got := y.get("/api/admin/organizations", holding).rows(t); len(got) != 3 {
		t.Errorf("after the restart: %v", got)
	}
}

func TestOrganizationsNestOnlySoDeep(t *testing.T) {
	y := newFurnishedYard(t)
	parent := 3 // the second level
	for level := 3; level <= 16; level++ {
		made := y.post("/api/admin/organizations", fullKey, `{"name":"Deeper","parentId":`+strconv.Itoa(parent)+`}`).data(t)
		parent = int(idNumber(t, made))
	}
	y.post("/api/admin/organizations", fullKey, `{"name":"Too deep","parentId":`+strconv.Itoa(parent)+`}`).
		is(t, http.StatusBadRequest, "parentId: organizations would stand 17 deep; at most 16 are allowed")
}

func TestSitesAreManaged(t *testing.T) {
	y := newFurnishedYard(t)
	made := y.post("/api/admin/sites", fullKey, `{"name":"New Yard","address":"1 Quay","timezone":"Europe/Dublin","locationId":"L1",
		"unknownIdTags":"accept","measurands":"SoC, Power.Active.Import","sampleIntervalSeconds":30,"heartbeatSeconds":300,"offlineAuthorization":"no"}`).data(t)
	for member, want := range map[string]any{"organizationId": json.Number("3"), "name": "New Yard", "address": "1 Quay", "timezone": "Europe/Dublin",
		"locationId": "L1", "unknownIdTags": "accept", "measurands": "SoC,Power.Active.Import", "sampleIntervalSeconds": json.Number("30"),
		"heartbeatSeconds": json.Number("300"), "offlineAuthorization": "no", "numberOfChargers": json.Number("0"), "numberOfRetiredChargers": json.Number("0")} {
		if made[member] != want {
			t.Errorf("%s: %v, want %v", member, made[member], want)
		}
	}
	path := "/api/admin/sites/" + idText(made)
	y.restart(y.now)
	cleared := y.patch(path, fullKey, `{"address":null,"unknownIdTags":null,"measurands":null,"sampleIntervalSeconds":null,"offlineAuthorization":"inherit"}`).data(t)
	for member, want := range map[string]any{"name": "New Yard", "address": nil, "unknownIdTags": "inherit", "measurands": nil,
		"sampleIntervalSeconds": nil, "heartbeatSeconds": json.Number("300"), "offlineAuthorization": nil} {
		if cleared[member] != want {
			t.Errorf("%s: %v, want %v", member, cleared[member], want)
		}
	}
	for body, text := range map[string]string{
		`{"name":""}`:                     "name: is missing",
		`{"name":null}`:                   "name: is missing",
		`{"timezone":"Mars/Olympus"}`:     "timezone: must be an IANA name like America/Los_Angeles or UTC",
		`{"timezone":null}`:               "timezone: must be an IANA name like America/Los_Angeles or UTC",
		`{"timezone":"Local"}`:            "timezone: must be an IANA name like America/Los_Angeles or UTC",
		`{"unknownIdTags":"maybe"}`:       "unknownIdTags: must be accept, reject or inherit",
		`{"sampleIntervalSeconds":0}`:     "sampleIntervalSeconds: must be a whole number from 1 to 86400",
		`{"heartbeatSeconds":86401}`:      "heartbeatSeconds: must be a whole number from 1 to 86400",
		`{"offlineAuthorization":"some"}`: "offlineAuthorization: must be yes, no or inherit",
		`{"measurands":"SoC,,Voltage"}`:   "measurands: has an empty place between commas; write it like Energy.Active.Import.Register,Power.Active.Import,SoC",
		`{"organizationId":9}`:            "organizationId: there is no organization 9",
		`{"address":"a\nb"}`:              "address: must be one line of plain text",
	} {
		y.patch(path, fullKey, body).is(t, http.StatusBadRequest, text)
	}
	y.delete("/api/admin/sites/12", fullKey).is(t, http.StatusBadRequest, "The site is not empty: it holds 2 chargers; move them to another site")
	y.post("/api/admin/chargers/41/retire", fullKey, "").data(t)
	y.delete("/api/admin/sites/12", fullKey).is(t, http.StatusBadRequest,
		"The site is not empty: it holds 1 charger, 1 retired charger; move them to another site")
	y.delete(path, fullKey).data(t)
	y.get(path, fullKey).is(t, http.StatusNotFound, "Not found")
	// A retired charger moves as any other, so that its site can go.
	y.post("/api/admin/chargers/41/move", fullKey, `{"siteId":13}`).data(t)
	y.post("/api/admin/chargers/42/move", fullKey, `{"siteId":13}`).data(t)
	y.delete("/api/admin/sites/12", fullKey).data(t)
	y.restart(y.now)
	y.get("/api/admin/sites/12", fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestASiteChangesItsOrganizationUnlessNamesCollide(t *testing.T) {
	y := newFurnishedYard(t)
	holding := y.manager(20, "cy_boss", 1, nil, nil)
	y.patch("/api/admin/chargers/41", holding, `{"externalId":"E1"}`).data(t)
	y.patch("/api/admin/chargers/50", holding, `{"externalId":"E1"}`).data(t) // of another organization
	y.patch("/api/admin/sites/12", holding, `{"organizationId":4}`).
		is(t, http.StatusBadRequest, `organizationId: that organization has a charger with the external id "E1" already`)
	y.patch("/api/admin/chargers/50", holding, `{"externalId":null}`).data(t)
	if got := y.patch("/api/admin/sites/12", holding, `{"organizationId":4}`).data(t); got["organizationId"] != json.Number("4") {
		t.Errorf("got %v", got)
	}
	y.get("/api/admin/sites/12", fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestAdministrativeListsPageToTheEndWhileRowsArrive(t *testing.T) {
	y := newFurnishedYard(t)
	ch := &charging.Change{Actor: "test"}
	for id := charging.ID(1000); id < 1150; id++ {
		ch.Sites = append(ch.Sites, charging.Site{ID: id, OrganizationID: 3, Name: "S", Timezone: "UTC"})
	}
	y.configure(ch)
	seen := map[any]bool{}
	path := "/api/admin/sites"
	for pages := 1; ; pages++ {
		a := y.get(path, fullKey)
		for _, id := range column(a.rows(t), "id") {
			if seen[id] {
				t.Errorf("site %v comes twice", id)
			}
			seen[id] = true
		}
		if a.next(t) == "" {
			if pages != 2 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		y.post("/api/admin/sites", fullKey, `{"name":"Late"}`).data(t)
		path = "/api/admin/sites?nextPageCursor=" + a.next(t)
	}
	if len(seen) != 153 { // of the estate 2, and one that arrived
		t.Errorf("%d sites", len(seen))
	}
	y.get("/api/admin/sites?nextPageCursor=!!", fullKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
}
