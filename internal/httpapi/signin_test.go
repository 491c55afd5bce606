package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
)

const ownersPassword = "seven buses in the rain"

// browser is somebody's browser: it keeps the cookie.
type browser struct {
	*yard
	cookie  *http.Cookie
	address string
}

func (b *browser) send(method, path, body string, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if b.address != "" {
		r.RemoteAddr = b.address
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a := b.do(r)
	for _, c := range a.Cookies() {
		if c.Name != "chargeyard_sign_in" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			b.t.Errorf("the cookie is %v", c)
		}
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return a
}

// newOwner makes the first owner with the link of the first start.
func newOwner(y *yard) *browser {
	y.t.Helper()
	link, err := y.api.OwnerLink()
	if err != nil {
		y.t.Fatal(err)
	}
	b := &browser{yard: y}
	b.send("POST", "/api/sign-in/link", `{"token":"`+tokenOf(y.t, link)+`","email":"ada@example.org","name":"Ada","password":"`+ownersPassword+`"}`).data(y.t)
	return b
}

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	_, token, ok := strings.Cut(link, "/setup#")
	if !ok || len(token) < 52 {
		t.Fatalf("the link is %q", link)
	}
	return token
}

// newPerson has the owner add somebody, who signs in with the link.
func newPerson(owner *browser, role, more string) *browser {
	t := owner.t
	t.Helper()
	made := owner.send("POST", "/api/admin/users", `{"email":"`+role+`@example.org","role":"`+role+`"`+more+`}`).data(t)
	link := owner.send("POST", "/api/admin/users/"+idText(made)+"/link", "").data(t)
	b := &browser{yard: owner.yard}
	b.send("POST", "/api/sign-in/link", `{"token":"`+tokenOf(t, link["link"].(string))+`","password":"twelve yellow bays"}`).data(t)
	return b
}

func TestTheFirstOwnerIsMadeWithTheLinkOfTheStart(t *testing.T) {
	y := newIdleYard(t)
	shows(t, y.get("/api/sign-in/ways", "").data(t), map[string]any{"needsOwner": true, "password": true})
	old, err := y.api.OwnerLink()
	if err != nil {
		t.Fatal(err)
	}
	link, err := y.api.OwnerLink()
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{yard: y}
	token := `{"token":"` + tokenOf(t, link) + `"`
	const used = "This link was used already, or is too old. An owner makes a new one; on the server, \"chargeyard user link\" does"
	b.send("POST", "/api/sign-in/link/look", `{"token":"`+tokenOf(t, old)+`"}`).is(t, http.StatusBadRequest, used)
	shows(t, b.send("POST", "/api/sign-in/link/look", token+"}").data(t), map[string]any{"kind": "owner", "email": nil})
	b.send("POST", "/api/sign-in/link", token+`,"email":"ada"}`).is(t, http.StatusBadRequest, "email: must be an e-mail address such as ada@example.org")
	b.send("POST", "/api/sign-in/link", token+`,"email":"ada@example.org","password":"short"}`).is(t, http.StatusBadRequest, "password: must be at least 10 characters")
	b.send("GET", "/api/sign-in", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	who := b.send("POST", "/api/sign-in/link", token+`,"email":"ada@example.org","name":"Ada","password":"`+ownersPassword+`"}`).data(t)
	shows(t, who["user"].(map[string]any), map[string]any{"email": "ada@example.org", "role": "owner", "organizationId": 1})
	shows(t, b.send("GET", "/api/sign-in", "").data(t)["user"].(map[string]any), map[string]any{"name": "Ada"})
	b.send("POST", "/api/sign-in/link", token+`}`).is(t, http.StatusBadRequest, used)
	shows(t, y.get("/api/sign-in/ways", "").data(t), map[string]any{"needsOwner": false})
	if again, err := y.api.OwnerLink(); again != "" || err != nil {
		t.Errorf("another link for an owner: %q, %v", again, err)
	}
	y.restart(y.now)
	shows(t, b.send("GET", "/api/sign-in", "").data(t)["user"].(map[string]any), map[string]any{"email": "ada@example.org"})
	b.send("GET", "/api/sites", "").envelope(t, http.StatusOK)
}

func TestSigningInAndOut(t *testing.T) {
	y := newIdleYard(t)
	newOwner(y)
	b := &browser{yard: y}
	b.send("POST", "/api/sign-in", `{"email":"ada@example.org"}`).is(t, http.StatusBadRequest, "email and password are needed")
	for _, wrong := range []string{`{"email":"ada@example.org","password":"eight buses in the rain"}`, `{"email":"bo@example.org","password":"x"}`} {
		b.send("POST", "/api/sign-in", wrong).is(t, http.StatusUnauthorized, "The e-mail address or the password is wrong")
	}
	b.send("POST", "/api/sign-in", `{"email":" ADA@example.org","password":"`+ownersPassword+`"}`).data(t)
	rows := b.send("GET", "/api/admin/sign-ins", "").envelope(t, http.StatusOK)["data"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["own"] != true || rows[1].(map[string]any)["own"] != false {
		t.Errorf("signed in: %v", rows)
	}
	kept := *b.cookie
	b.send("DELETE", "/api/sign-in", "").data(t)
	if b.cookie != nil {
		t.Error("the browser keeps its cookie")
	}
	b.cookie = &kept
	b.send("GET", "/api/sites", "").is(t, http.StatusUnauthorized, "You are signed out; sign in again")
	b.send("DELETE", "/api/sign-in", "").data(t)
}

func TestRolesMayWhatTheyMay(t *testing.T) {
	y := newIdleYard(t)
	owner := newOwner(y)
	people := map[string]*browser{"owner": owner, "manager": newPerson(owner, "manager", ""), "viewer": newPerson(owner, "viewer", `,"siteIds":[12]`)}
	const onlyOwner, viewer = "Only an owner may do that; ask one", "A viewer may look, and not do that; ask a manager or an owner"
	for call, refused := range map[string]map[string]string{
		"GET /api/sites":                {},
		"GET /api/charging-sessions":    {},
		"POST /api/chargers/41/reset":   {"viewer": viewer},
		"GET /api/admin/sites":          {"viewer": viewer},
		"GET /api/admin/users":          {"viewer": viewer, "manager": onlyOwner},
		"GET /api/admin/keys":           {"viewer": viewer, "manager": onlyOwner},
		"GET /api/admin/organizations":  {"viewer": viewer, "manager": onlyOwner},
		"GET /api/admin/webhooks":       {"viewer": viewer, "manager": onlyOwner},
		"POST /api/admin/users/99/link": {"viewer": viewer, "manager": onlyOwner, "owner": ""},
	} {
		method, path, _ := strings.Cut(call, " ")
		for role, b := range people {
			body := ""
			if method == http.MethodPost {
				body = "{}"
			}
			a := b.send(method, path, body)
			text, no := refused[role]
			switch {
			case no && text == "":
				a.is(t, http.StatusNotFound, "Not found")
			case no:
				a.is(t, http.StatusForbidden, text)
			case a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusUnauthorized:
				t.Errorf("%s by the %s: %s %s", call, role, a.Status, a.body)
			}
		}
	}
	sites := people["viewer"].send("GET", "/api/sites", "").envelope(t, http.StatusOK)["data"].([]any)
	if len(sites) != 1 {
		t.Errorf("a viewer of one site sees %d", len(sites))
	}
}

func TestWhoIsChangedFeelsItAtOnce(t *testing.T) {
	y := newIdleYard(t)
	owner := newOwner(y)
	manager := newPerson(owner, "manager", "")
	id := idText(manager.send("GET", "/api/sign-in", "").data(t)["user"].(map[string]any))
	other := &browser{yard: y}
	other.send("POST", "/api/sign-in", `{"email":"manager@example.org","password":"twelve yellow bays"}`).data(t)

	manager.send("POST", "/api/sign-in/password", `{"old":"twelve green bays","new":"thirteen yellow bays"}`).is(t, http.StatusBadRequest, "old: is not your password")
	manager.send("POST", "/api/sign-in/password", `{"old":"twelve yellow bays","new":"13"}`).is(t, http.StatusBadRequest, "new: must be at least 10 characters")
	manager.send("POST", "/api/sign-in/password", `{"old":"twelve yellow bays","new":"thirteen yellow bays"}`).data(t)
	if a := other.send("GET", "/api/sites", ""); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another browser after the change of the password: %s", a.Status)
	}
	manager.send("GET", "/api/sites", "").envelope(t, http.StatusOK)
	manager.send("POST", "/api/sign-in/password", `{}`, "Authorization", "Bearer "+fullKey).is(t, http.StatusBadRequest, "A key has no password; sign in as a user")

	owner.send("PATCH", "/api/admin/users/"+id, `{"role":"viewer"}`).data(t)
	manager.send("GET", "/api/admin/sites", "").is(t, http.StatusForbidden, "A viewer may look, and not do that; ask a manager or an owner")
	owner.send("PATCH", "/api/admin/users/"+id, `{"disabled":true}`).data(t)
	manager.send("GET", "/api/sites", "").is(t, http.StatusUnauthorized, "You are signed out; sign in again")
	owner.send("POST", "/api/admin/users/"+id+"/link", "").is(t, http.StatusBadRequest, "User "+id+" is disabled; enable the user first")
	owner.send("PATCH", "/api/admin/users/"+id, `{"disabled":false}`).data(t)
	manager.send("GET", "/api/sites", "").envelope(t, http.StatusOK)

	rows := owner.send("GET", "/api/admin/sign-ins", "").envelope(t, http.StatusOK)["data"].([]any)
	manager.send("DELETE", "/api/admin/sign-ins/"+idText(rows[len(rows)-1].(map[string]any)), "").is(t, http.StatusNotFound, "Not found") // the owner's
	owner.send("DELETE", "/api/admin/sign-ins/"+idText(rows[0].(map[string]any)), "").data(t)
	manager.send("GET", "/api/sites", "").is(t, http.StatusUnauthorized, "You are signed out; sign in again")
	y.restart(y.now)
	manager.send("GET", "/api/sites", "").is(t, http.StatusUnauthorized, "You are signed out; sign in again")
}

func TestALinkOfARemovedUserIsGoodForNothing(t *testing.T) {
	y := newIdleYard(t)
	owner := newOwner(y)
	made := owner.send("POST", "/api/admin/users", `{"email":"bo@example.org","role":"viewer"}`).data(t)
	link := owner.send("POST", "/api/admin/users/"+idText(made)+"/link", "").data(t)["link"].(string)
	if _, err := y.api.UserLink(auth.LinkSignIn, idNumber(t, made)); err != nil {
		t.Fatal(err)
	}
	owner.send("DELETE", "/api/admin/users/"+idText(made), "").data(t)
	(&browser{yard: y}).send("POST", "/api/sign-in/link", `{"token":"`+tokenOf(t, link)+`","password":"twelve yellow bays"}`).
		is(t, http.StatusBadRequest, "This link was used already, or is too old. An owner makes a new one; on the server, \"chargeyard user link\" does")
}

func TestAPageOfAnotherSiteDoesNothingInANameOfAUser(t *testing.T) {
	y := newIdleYard(t)
	owner := newOwner(y)
	const text = "A page of another site may not do that in your name. If this is chargeyard's own page, the proxy before it must hand on the Host header as it came"
	for _, call := range []string{"POST /api/chargers/41/reset", "POST /api/sign-in", "DELETE /api/sign-in", "POST /api/sign-in/password"} {
		method, path, _ := strings.Cut(call, " ")
		owner.send(method, path, "{}", "Sec-Fetch-Site", "cross-site").is(t, http.StatusForbidden, text)
		owner.send(method, path, "{}", "Origin", "https://evil.example").is(t, http.StatusForbidden, text)
	}
	owner.send("GET", "/api/sites", "", "Sec-Fetch-Site", "cross-site").envelope(t, http.StatusOK) // which that page cannot read
	if a := owner.send("POST", "/api/chargers/41/reset", `{"hard":true}`, "Sec-Fetch-Site", "same-origin"); a.StatusCode == http.StatusForbidden {
		t.Errorf("its own page: %s", a.body)
	}
	// A key is sent by nobody's browser.
	if a := y.send(http.MethodPost, "/api/chargers/41/reset", fullKey, "application/json", "{}"); a.StatusCode == http.StatusForbidden {
		t.Errorf("a key: %s", a.body)
	}
}

func TestGuessesAtAPasswordAreSlowedAndKeepNobodyOut(t *testing.T) {
	y := newIdleYard(t)
	newOwner(y)
	thief := &browser{yard: y, address: "203.0.113.9:1000"}
	refused := 0
	for range 20 {
		a := thief.send("POST", "/api/sign-in", `{"email":"ada@example.org","password":"guess"}`)
		if a.StatusCode == http.StatusTooManyRequests {
			refused++
			if a.Header.Get("Retry-After") == "" {
				t.Error("it is not said when to come back")
			}
		}
	}
	if refused < 8 {
		t.Errorf("%d of 20 guesses were refused", refused)
	}
	ada := &browser{yard: y, address: "198.51.100.7:1000"}
	ada.send("POST", "/api/sign-in", `{"email":"ada@example.org","password":"`+ownersPassword+`"}`).data(t)
}

func TestAStreamEndsWithItsSignIn(t *testing.T) {
	y := newLiveYard(t)
	y.cfg.SignIns = y.store
	y.restart(y.now)
	owner := newOwner(y)
	server := y.served()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/sites/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(owner.cookie)
	opened, err := http.DefaultClient.Do(r)
	if err != nil || opened.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", opened, err)
	}
	defer opened.Body.Close()
	l := &listener{t: t, body: opened.Body, events: make(chan event, 100)}
	go l.read()
	if e := l.next(); e.name != "snapshot" {
		t.Fatalf("first came %s", e.name)
	}
	owner.send("DELETE", "/api/sign-in", "").data(t)
	deadline := time.After(30 * time.Second)
	for {
		select {
		case e := <-l.events:
			if e.name == "end" {
				return
			}
		case <-deadline:
			t.Fatal("the stream goes on")
		}
	}
}
