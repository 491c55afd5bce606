package securitytest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// TestEveryAnswerGuardsTheBrowserThatShowsIt looks at the headers of every
// route, for somebody with every permission, somebody limited and somebody
// without a key, and at those of what is not there.
func TestEveryAnswerGuardsTheBrowserThatShowsIt(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	things := y.furnish(bay)
	for _, route := range y.Routes() {
		if route == "profiles: GET /debug/pprof/profile" {
			continue // takes a second each time, and is written by the same code as its neighbours
		}
		for _, b := range []*bearer{{name: "none"}, y.named("full"), y.named("chgr")} {
			guards(t, route+" as "+b.name, y.ask(b, y.methodOf(route), y.urlOf(route, bay, things), y.bodyOf(route, bay, things)))
		}
	}
	for _, path := range []string{"/nothing", "/api/nothing", "/ocpp/unknown", "/uploads/", "/firmware/none", "/api/sites?nextPageCursor=x"} {
		guards(t, path, y.ask(y.named("full"), http.MethodGet, y.URL+path, ""))
		guards(t, path, y.ask(y.named("full"), http.MethodPost, y.URL+path, "{"))
	}
	guards(t, "broken JSON", y.ask(y.named("full"), http.MethodPost, y.URL+of(bay, "reset"), "{"))
}

func guards(t *testing.T, what string, a reply) {
	t.Helper()
	h := a.Header
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := h.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	policy := h.Get("Content-Security-Policy")
	framed := !strings.Contains(policy, "frame-ancestors 'none'") && !strings.Contains(policy, "sandbox")
	if framed || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'self'") && !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("%s: the policy is %q", what, policy)
	}
	if kept := h.Get("Cache-Control"); kept != "no-store" && kept != "private, no-cache" {
		t.Errorf("%s: Cache-Control is %q", what, kept)
	}
	for name := range h {
		if name == "Server" || name == "X-Powered-By" || strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" && !strings.Contains(what, "/api/sign-in") || name == "Strict-Transport-Security" {
			t.Errorf("%s: has %s: %q", what, name, h.Values(name))
		}
	}
	if kind := h.Get("Content-Type"); len(a.body) > 0 {
		isJSON := json.Valid(a.body) && (a.body[0] == '{' || a.body[0] == '[')
		if kind == "" || isJSON != strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "text/html") && !ourPage(what) {
			t.Errorf("%s: Content-Type is %q of %.100q", what, kind, a.body)
		}
	}
}

// ourPage reports whether a route is a page for people, made of nothing that
// others wrote.
func ourPage(what string) bool {
	return strings.HasPrefix(what, "profiles: ") || strings.HasPrefix(what, "api: GET /api/docs as ")
}

// TestNoOriginMayReadUnlessItIsNamed sends what a browser sends for a page of
// another origin.
func TestNoOriginMayReadUnlessItIsNamed(t *testing.T) {
	t.Parallel()
	const named = "https://console.example.org"
	f := func(allowed []string, origin, want string) {
		t.Helper()
		s := apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.CORSOrigins = allowed }})
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			req, _ := http.NewRequestWithContext(t.Context(), method, s.URL+"/api/sites", nil)
			req.Header.Set("Origin", origin)
			req.Header.Set("Authorization", "Bearer "+s.Key)
			if method == http.MethodOptions {
				req.Header.Set("Access-Control-Request-Method", "GET")
				req.Header.Set("Access-Control-Request-Headers", "authorization")
			}
			resp, err := direct.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s from %s, allowed %v: %q, want %q", method, origin, allowed, got, want)
			}
			if resp.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: credentials are allowed", method, origin)
			}
		}
		s.Stop()
	}
	f(nil, named, "")
	f(nil, "null", "")
	f([]string{named}, named, named)
	f([]string{named}, "https://console.example.org.evil.example", "")
	f([]string{named}, "http://console.example.org", "")
	f([]string{named}, "null", "")
}

// secureYard is a server with TLS of its own, and the roots to trust.
func secureYard(t *testing.T, publicURL string) (*apptest.Server, *x509.CertPool) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "ca")
	if err := pki.Init(folder, pki.Options{Organization: "Northline"}); err != nil {
		t.Fatal(err)
	}
	authority, err := pki.Load(folder)
	if err == nil {
		err = authority.IssueServer("127.0.0.1")
	}
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Bundle())
	return apptest.Start(t, apptest.Options{Settings: func(c *config.Config) {
		c.TLSListen, c.CAFolder, c.PublicURL = "127.0.0.1:0", folder, publicURL
	}}), roots
}

// TestBrowsersComeBackOverTLSWhereTheOperatorSaysSo looks for
// Strict-Transport-Security.
func TestBrowsersComeBackOverTLSWhereTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	f := func(publicURL, want string) {
		t.Helper()
		s, roots := secureYard(t, publicURL)
		secure := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
		defer secure.CloseIdleConnections()
		for url, over := range map[string]string{"https://" + s.TLSAddr().String(): want, s.URL: ""} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
			resp, err := secure.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Strict-Transport-Security"); got != over {
				t.Errorf("%s, public %q: %q, want %q", url, publicURL, got, over)
			}
		}
	}
	f("https://charge.example.org:8443", "max-age=31536000")
	f("http://charge.example.org:8080", "")
	f("", "")
}

// TestNothingWeakIsAgreedOnUnderTLS offers one version and suite at a time.
func TestNothingWeakIsAgreedOnUnderTLS(t *testing.T) {
	t.Parallel()
	s, roots := secureYard(t, "")
	agrees := func(version uint16, suites ...uint16) bool {
		conn, err := tls.Dial("tcp", s.TLSAddr().String(), &tls.Config{RootCAs: roots, MinVersion: version, MaxVersion: version, CipherSuites: suites})
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		if got := agrees(version); got != want {
			t.Errorf("%s: agreed %v, want %v", tls.VersionName(version), got, want)
		}
	}
	agreed := 0
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if len(suite.SupportedVersions) == 1 && suite.SupportedVersions[0] == tls.VersionTLS13 {
			continue // all of them are good, and crypto/tls lets nobody choose
		}
		if !agrees(tls.VersionTLS12, suite.ID) {
			continue
		}
		agreed++
		if !strings.Contains(suite.Name, "_AES_128_GCM_") && !strings.Contains(suite.Name, "_AES_256_GCM_") {
			t.Errorf("%s is agreed on", suite.Name)
		}
	}
	if agreed != len(pki.CipherSuites) {
		t.Errorf("%d suites of TLS 1.2 are agreed on, want %d", agreed, len(pki.CipherSuites))
	}
}
