package securitytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// signedIn is a user who is signed in.
func (y *yard) signedIn(name string, user app.NewUser) *bearer {
	y.t.Helper()
	user.Email, user.Password, user.Organization = name+"@example.org", "yonder-hill-"+name, northline
	y.MustDo(app.OpUserCreate, user, &app.MadeUser{})
	a := y.ask(&bearer{}, http.MethodPost, y.URL+"/api/sign-in", fmt.Sprintf(`{"email":%q,"password":%q}`, user.Email, user.Password))
	cookies := a.Cookies()
	if a.StatusCode != http.StatusOK || len(cookies) != 1 {
		y.t.Fatalf("signing in as %s: %s %s", name, a.Status, a.body)
	}
	return &bearer{name: name, cookie: cookies[0]}
}

// TestPeopleMayWhatAKeyOfTheirRoleMay holds what users get on every route against
// what a key gets that may the same.
func TestPeopleMayWhatAKeyOfTheirRoleMay(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	things := y.furnish(bay)
	viewer := y.signedIn("viewer", app.NewUser{Role: "viewer"})
	like := map[*bearer]*bearer{
		viewer: y.named("read"),
		y.signedIn("site-viewer", app.NewUser{Role: "viewer", Sites: []charging.ID{71013}}): y.bearer("side", app.NewKey{Organization: northline, Permissions: "read", Sites: []charging.ID{71013}}),
		y.signedIn("owner", app.NewUser{Role: "owner"}):                                     y.named("full"),
	}
	manager := y.signedIn("manager", app.NewUser{Role: "manager"})
	for _, route := range y.Routes() {
		_, method, path := split(route)
		if !strings.HasPrefix(route, "api: ") || strings.HasPrefix(path, "/api/sign-in") || strings.HasPrefix(path, "/api/admin/sign-ins") {
			continue // about oneself
		}
		url, body := y.urlOf(route, bay, things), y.bodyOf(route, bay, things)
		if removes(method, path) { // nothing would be left for who comes second
			if is := y.ask(viewer, method, url, body); is.StatusCode != http.StatusForbidden {
				t.Errorf("%s: a viewer gets %s", route, is.Status)
			}
			continue
		}
		for user, key := range like {
			is, want := y.ask(user, method, url, body), y.ask(key, method, url, body)
			if is.StatusCode != want.StatusCode && !alike(is.StatusCode, want.StatusCode) {
				t.Errorf("%s: %s gets %s, a key of the same rights %s: %s", route, user.name, is.Status, want.Status, is.body)
			}
		}
		is, full := y.ask(manager, method, url, body), y.ask(y.named("full"), method, url, body)
		owned := slices.ContainsFunc([]string{"/api/admin/users", "/api/admin/keys", "/api/admin/organizations", "/api/admin/webhooks"},
			func(p string) bool { return strings.HasPrefix(path, p) }) && !strings.HasSuffix(path, "/muted-errors")
		switch {
		case owned && method != http.MethodGet && is.StatusCode != http.StatusForbidden:
			t.Errorf("%s: a manager gets %s", route, is.Status)
		case !owned && is.StatusCode != full.StatusCode && !alike(is.StatusCode, full.StatusCode):
			t.Errorf("%s: a manager gets %s, a key %s: %s", route, is.Status, full.Status, is.body)
		}
	}
}

// removes reports what can be done once.
func removes(method, path string) bool {
	return method == http.MethodDelete || strings.HasSuffix(path, "/retire") || strings.HasSuffix(path, "/replace") || strings.HasSuffix(path, "/restore") ||
		strings.HasSuffix(path, "/cancel") || strings.HasSuffix(path, "/remote-stop") || strings.HasSuffix(path, "/rotate-secret")
}

// alike reports whether two answers differ only in who came first.
func alike(a, b int) bool {
	let := func(status int) bool {
		return status < 300 || status == http.StatusBadRequest || status == http.StatusConflict
	}
	return let(a) && let(b)
}

// TestAScreenReachesWhatAWallShowsAndNothingElse asks every route as a screen.
func TestAScreenReachesWhatAWallShowsAndNothingElse(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	things := y.furnish(bay)
	a := y.ask(y.named("full"), http.MethodPost, fmt.Sprintf("%s/api/admin/sites/%d/screens", y.URL, harbor), `{"name":"Office"}`)
	var made struct{ Data struct{ Link string } }
	if err := json.Unmarshal(a.body, &made); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("making a screen: %s %s", a.Status, a.body)
	}
	screen := &bearer{name: "screen", headers: []string{"Bearer " + strings.TrimPrefix(made.Data.Link, "/screen#")}, sees: []string{"harbor", "bay", "post"}}
	shown := []string{"GET /api/sites", "GET /api/sites/stream", "GET /api/overview", "GET /api/sites/{id}/power-curve", "GET /api/sites/{id}/plan",
		"GET /api/sites/{id}/plan/picture", "GET /api/sign-in", "DELETE /api/sign-in",
		"GET /api/admin/sign-ins"} // its own: none
	for _, route := range y.Routes() {
		_, method, path := split(route)
		if !strings.HasPrefix(route, "api: ") {
			continue
		}
		url, body := y.urlOf(route, bay, things), y.bodyOf(route, bay, things)
		is := y.ask(screen, method, url, body)
		if slices.Contains(shown, method+" "+path) {
			if is.StatusCode != http.StatusOK && !strings.HasSuffix(path, "/picture") {
				t.Errorf("%s: a screen gets %s: %s", route, is.Status, is.body)
			}
			y.hides(screen, route, string(is.body))
			continue
		}
		if open := y.ask(y.named("none"), method, url, body); is.StatusCode < 400 && open.StatusCode >= 400 {
			t.Errorf("%s: a screen gets %s: %s", route, is.Status, is.body)
		}
	}
}
