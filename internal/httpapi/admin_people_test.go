package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestUsersAreManagedAndTheirPasswordsNeverShown(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/users"
	made := y.post(path, fullKey, `{"email":"Ada@Example.org","name":"Ada","role":"owner","password":"correct horse battery"}`).data(t)
	shows(t, made, map[string]any{"email": "Ada@Example.org", "name": "Ada", "role": "owner", "organizationId": 3, "hasPassword": true, "disabled": false})
	own := path + "/" + idText(made)
	y.restart(y.now)
	shows(t, y.get(own, fullKey).data(t), map[string]any{"email": "Ada@Example.org", "role": "owner", "hasPassword": true})
	ada, err := y.store.UserByEmail(t.Context(), " ada@example.ORG")
	if err != nil || auth.SignedIn(ada, "correct horse battery") == nil || auth.SignedIn(ada, "wrong horse battery") != nil {
		t.Fatalf("%+v, %v: the password does not sign in", ada, err)
	}
	for _, shown := range []string{path, own, "/api/admin/audit?kind=user"} {
		text := string(y.get(shown, fullKey).body)
		if strings.Contains(text, "argon2") || strings.Contains(text, "horse") || strings.Contains(text, "password_hash") {
			t.Errorf("%s shows the password: %s", shown, text)
		}
	}
	for body, text := range map[string]string{
		`{"email":"ada@example.org","role":"viewer"}`:                           "email: user " + idText(made) + " has this address already",
		`{"email":"bob","role":"viewer"}`:                                       "email: must be an e-mail address such as ada@example.org",
		`{"role":"viewer"}`:                                                     "email: must be an e-mail address such as ada@example.org",
		`{"email":"bob@example.org"}`:                                           "role: must be owner, manager or viewer",
		`{"email":"bob@example.org","role":"viewer","password":"short"}`:        "password: must be at least 10 characters",
		`{"email":"bob@example.org","role":"owner","siteIds":[12]}`:             "siteIds: an owner is limited to no sites; make the user a manager or viewer",
		`{"email":"bob@example.org","role":"viewer","siteIds":[90]}`:            "siteIds: there is no site 90 in organization 3",
		`{"email":"bob@example.org","role":"viewer","organizationId":9}`:        "organizationId: there is no organization 9",
		`{"email":"bob@example.org","role":"viewer","password":"bbbbbbbbbbbb"}`: "password: must not be one character over and over",
	} {
		y.post(path, fullKey, body).is(t, http.StatusBadRequest, text)
	}
	bob := y.post(path, fullKey, `{"email":"bob@example.org","role":"viewer","siteIds":[13,12,12]}`).data(t)
	if got := asText(bob["siteIds"]); got != `[12,13]` || bob["hasPassword"] != false {
		t.Errorf("bob: %v", bob)
	}
	if got := column(y.get(path, fullKey).rows(t), "email"); len(got) != 2 {
		t.Errorf("users %v", got)
	}
	stranger := y.manager(30, "cy_foreign_manager", 9, nil, nil)
	if got := y.get(path, stranger).rows(t); len(got) != 0 {
		t.Errorf("a stranger sees %v", got)
	}
	y.get(own, stranger).is(t, http.StatusNotFound, "Not found")
	y.patch(own, stranger, `{"name":"X"}`).is(t, http.StatusNotFound, "Not found")
	y.delete(own, stranger).is(t, http.StatusNotFound, "Not found")
}

func TestAnOrganizationKeepsAnOwner(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/users"
	ada := path + "/" + idText(y.post(path, fullKey, `{"email":"ada@example.org","role":"owner"}`).data(t))
	bob := path + "/" + idText(y.post(path, fullKey, `{"email":"bob@example.org","role":"manager"}`).data(t))
	const last = "This is the last owner of organization 3; make somebody else one first"
	y.delete(ada, fullKey).is(t, http.StatusBadRequest, last)
	for _, body := range []string{`{"role":"manager"}`, `{"disabled":true}`, `{"role":"viewer","siteIds":[12]}`} {
		y.patch(ada, fullKey, body).is(t, http.StatusBadRequest, last)
	}
	y.patch(bob, fullKey, `{"role":"owner"}`).data(t)
	shows(t, y.patch(ada, fullKey, `{"role":"viewer","name":"Ada L","password":"another long one"}`).data(t), map[string]any{"role": "viewer", "name": "Ada L", "hasPassword": true})
	shows(t, y.patch(ada, fullKey, `{"password":null}`).data(t), map[string]any{"hasPassword": false, "name": "Ada L"})
	y.delete(bob, fullKey).is(t, http.StatusBadRequest, last)
	y.delete(ada, fullKey).data(t)
	y.get(ada, fullKey).is(t, http.StatusNotFound, "Not found")
	y.delete("/api/admin/organizations/3", y.manager(31, "cy_boss", 1, nil, nil)).is(t, http.StatusBadRequest,
		"The organization is not empty: it holds 1 user, 2 customers, 2 sites, 4 API keys, 4 vehicles, 5 access IDs")
}

func TestAKeyIsMadeShownOnceChangedAndRevoked(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/keys"
	made := y.post(path, fullKey, `{"name":"Display","permissions":["read"],"siteIds":[12],"requestsPerMinute":500,"expiresAt":"2999-01-01T00:00:00Z"}`).data(t)
	shows(t, made, map[string]any{"name": "Display", "organizationId": 3, "requestsPerMinute": 500, "expiresAt": "2999-01-01T00:00:00.000Z",
		"revokedAt": nil, "lastUsedAt": nil})
	if asText(made["permissions"]) != `["read"]` || asText(made["siteIds"]) != `[12]` || asText(made["chargerIds"]) != `[]` {
		t.Errorf("made %v", made)
	}
	text, own := made["key"].(string), path+"/"+idText(made)
	if len(y.sites(text)) != 1 {
		t.Error("the key does not see its site")
	}
	y.restart(y.now)
	if len(y.sites(text)) != 1 {
		t.Error("the key does not see its site after a restart")
	}
	all := y.get(path, fullKey)
	if strings.Contains(string(all.body), text) || strings.Contains(string(all.body), "hash") {
		t.Errorf("the list shows the key: %s", all.body)
	}
	shows(t, y.patch(own, fullKey, `{"name":"Display 2","chargerIds":[42],"siteIds":[],"requestsPerMinute":null,"expiresAt":null}`).data(t),
		map[string]any{"name": "Display 2", "requestsPerMinute": nil, "expiresAt": nil, "prefix": text[:9]})
	y.get("/api/chargers/41", text).is(t, http.StatusNotFound, "Not found")
	for body, want := range map[string]string{
		`{"chargerIds":[]}`:                    "siteIds: a limited key stays limited, so that nobody who has it sees more; make a new key",
		`{"siteIds":[90]}`:                     "siteIds: there is no site 90 in organization 3",
		`{"chargerIds":[95]}`:                  "chargerIds: there is no charger 95 in organization 3",
		`{"permissions":["read","control"]}`:   "permissions: cannot be changed; make a new key",
		`{"name":" "}`:                         "name: is missing",
		`{"requestsPerMinute":0}`:              "requestsPerMinute: must be from 1 to 1000000, or null for the server's default",
		`{"expiresAt":"2020-01-01T00:00:00Z"}`: "expiresAt: must be in the future; DELETE revokes a key at once",
		`{"expiresAt":"soon"}`:                 `expiresAt: "soon" is no time; write it like 2026-03-02T06:00:00Z`,
	} {
		y.patch(own, fullKey, body).is(t, http.StatusBadRequest, want)
	}
	y.delete("/api/admin/keys/5", fullKey).is(t, http.StatusBadRequest, "self: must be true for a key to revoke itself; it cannot undo that")
	if revoked := y.delete(own, fullKey).data(t); revoked["revokedAt"] == nil {
		t.Errorf("revoked %v", revoked)
	}
	y.get("/api/sites", text).is(t, http.StatusUnauthorized, "Invalid API key")
	y.patch(own, fullKey, `{"name":"Y"}`).is(t, http.StatusBadRequest, "The key is revoked; make a new one")
	y.restart(y.now)
	y.get("/api/sites", text).is(t, http.StatusUnauthorized, "Invalid API key")
	y.delete("/api/admin/keys/5?self=true", fullKey).data(t)
	y.get("/api/admin/keys", fullKey).is(t, http.StatusUnauthorized, "Invalid API key")
}

func TestAKeyGrantsNoMoreThanItHas(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/admin/keys"
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{{ID: 40, OrganizationID: 3, Name: "m", Hash: auth.HashKey("cy_read_manage"),
		Permissions: charging.PermitRead | charging.PermitManage}}})
	y.post(path, "cy_read_manage", `{"name":"X","permissions":["read","control"]}`).
		is(t, http.StatusBadRequest, `permissions: this key lacks "control" itself, so it cannot grant it`)
	if made := y.post(path, "cy_read_manage", `{"name":"X"}`).data(t); asText(made["permissions"]) != `["read"]` {
		t.Errorf("by default it grants %v", made["permissions"])
	}
	y.patch(path+"/5", "cy_read_manage", `{"name":"X"}`).is(t, http.StatusBadRequest, `The key may do more than this one: it has "control"`)
	y.post(path, fullKey, `{"name":"X","organizationId":1}`).is(t, http.StatusBadRequest, "organizationId: there is no organization 1")
	y.post(path, fullKey, `{"name":"X","siteIds":[20]}`).is(t, http.StatusBadRequest, "siteIds: there is no site 20 in organization 3")
	y.post(path, fullKey, `{"permissions":["read"]}`).is(t, http.StatusBadRequest, "name: is missing")
	if made := y.post(path, fullKey, `{"name":"X"}`).data(t); asText(made["permissions"]) != `["read","control"]` {
		t.Errorf("by default it grants %v", made["permissions"])
	}
}

func TestTheLastUseOfAKeyIsWrittenDownInOneBatch(t *testing.T) {
	y := newFurnishedYard(t)
	begun := time.Now().Add(-time.Second)
	y.sites(northlineKey)
	last := func(id string) string {
		text, _ := y.get("/api/admin/keys/"+id, fullKey).data(t)["lastUsedAt"].(string)
		return text
	}
	first := last("2")
	at, err := time.Parse(time.RFC3339Nano, first)
	if err != nil || at.Before(begun) || at.After(time.Now()) {
		t.Fatalf("last used at %q", first)
	}
	if stored, err := y.store.KeyUses(t.Context()); err != nil || len(stored) != 0 {
		t.Errorf("written down already: %v, %v", stored, err)
	}
	if err := y.api.SaveKeyUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	y.restart(y.now)
	if err := y.api.LoadKeyUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := last("2"); got != first {
		t.Errorf("after a restart %q, want %q", got, first)
	}
	if got := last("6"); got != "" {
		t.Errorf("a key that was never used: %q", got)
	}
}
