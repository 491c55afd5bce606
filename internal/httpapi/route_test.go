package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRoutes(t *testing.T) {
	rs := newRoutes([]route{
		{method: http.MethodGet, path: "/"},
		{method: http.MethodGet, path: "/api/sites", cors: true},
		{method: http.MethodGet, path: "/api/chargers/{id}/commands", cors: true},
		{method: http.MethodPost, path: "/api/chargers/{id}/commands", cors: true},
		{method: http.MethodGet, path: "/api/firmware"},
		{method: http.MethodPost, path: "/api/firmware"},
		{method: http.MethodDelete, path: "/api/firmware/{id}"},
	})
	f := func(method, path, want, id string) {
		t.Helper()
		r := httptest.NewRequest(method, path, nil)
		got := ""
		if found := rs.find(r); found != nil {
			got = found.method + " " + found.path
		}
		if got != want || r.PathValue("id") != id {
			t.Errorf("%s %s: %q with id %q", method, path, got, r.PathValue("id"))
		}
	}
	f("GET", "/", "GET /", "")
	f("GET", "/api/sites", "GET /api/sites", "")
	f("GET", "/api/sites/", "GET /api/sites", "")
	f("HEAD", "/api/sites", "GET /api/sites", "")
	f("OPTIONS", "/api/sites", "GET /api/sites", "")
	f("POST", "/api/sites", "", "")
	f("GET", "/api/sites//", "", "")
	f("GET", "//api/sites", "", "")
	f("GET", "/API/sites", "", "")
	f("GET", "/api/chargers/41/commands", "GET /api/chargers/{id}/commands", "41")
	f("GET", "/api/chargers/41/commands/", "GET /api/chargers/{id}/commands", "41")
	f("POST", "/api/chargers/41/commands", "POST /api/chargers/{id}/commands", "41")
	f("GET", "/api/chargers//commands", "", "")
	f("GET", "/api/chargers/41", "", "")
	f("GET", "/api/chargers/41/42/commands", "", "")
	f("GET", "/api/chargers/a%20b/commands", "GET /api/chargers/{id}/commands", "a b")
	f("POST", "/api/firmware", "POST /api/firmware", "")
	f("DELETE", "/api/firmware", "", "")
	f("DELETE", "/api/firmware/3", "DELETE /api/firmware/{id}", "3")
	f("OPTIONS", "/api/firmware/3", "", "")
}
