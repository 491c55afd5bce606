package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// slowKey may make one request a minute.
func slowKey() charging.APIKey {
	return charging.APIKey{ID: 70, OrganizationID: 3, Hash: auth.HashKey("cy_slow"), Permissions: charging.PermitRead, PerMinute: 1}
}

// calmFleet is an estate that stands still, with keys.
type calmFleet struct {
	estate  *fleet.Estate
	stalled time.Time
}

func (f *calmFleet) Estate() *fleet.Estate   { return f.estate }
func (f *calmFleet) StalledSince() time.Time { return f.stalled }

func (f *calmFleet) Follow() (changed <-chan struct{}, stop func()) { return nil, func() {} }
func (f *calmFleet) Watch(func(*charging.Batch)) (stop func())      { return func() {} }

func calm(tb testing.TB) *calmFleet {
	f := busyFleet(tb, 4, 1)
	change := testEstate()
	revoked, expired := slowKey(), slowKey()
	revoked.ID, revoked.Hash, revoked.RevokedAt = 71, auth.HashKey("cy_revoked"), clock("12:00:00")
	expired.ID, expired.Hash, expired.ExpiresAt = 72, auth.HashKey("cy_expired"), time.Now()
	change.Keys = append(change.Keys, slowKey(), revoked, expired)
	err := f.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return change, nil })
	if err != nil {
		tb.Fatal(err)
	}
	return &calmFleet{estate: f.Estate()}
}

// calmAPI serves a calm estate; ask is how to ask it.
func calmAPI(t *testing.T, cfg httpapi.Config) (f *calmFleet, api *httpapi.API, ask func(r *http.Request) answer) {
	f = calm(t)
	api = httpapi.New(cfg, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	y := &yard{t: t, api: api}
	return f, api, y.do
}

func request(method, path string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func withKey(key string) *http.Request {
	return request(http.MethodGet, "/api/sites", "Authorization", "Bearer "+key)
}

func TestKeysAreCheckedAsTheContractSays(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{})
	want := func(status int, text string, headers ...string) {
		t.Helper()
		a := ask(request(http.MethodGet, "/api/sites", headers...))
		if body := `{"error":"` + text + `"}`; a.StatusCode != status || status != http.StatusOK && string(a.body) != body {
			t.Errorf("%q: %s %s, want %d %s", headers, a.Status, a.body, status, body)
		}
	}
	const header, wrong, malformed = "Authorization", "Invalid API key", "Invalid Authorization header"
	want(http.StatusOK, "", header, "Bearer "+northlineKey)
	want(http.StatusOK, "", header, "bEARER  \t "+northlineKey+" ")
	want(http.StatusUnauthorized, malformed)
	want(http.StatusUnauthorized, malformed, header, northlineKey)
	want(http.StatusUnauthorized, malformed, header, "Basic "+northlineKey)
	want(http.StatusUnauthorized, malformed, header, "Bearer")
	want(http.StatusUnauthorized, malformed, header, "Bearer "+northlineKey, header, "Bearer "+northlineKey)
	want(http.StatusUnauthorized, wrong, header, "Bearer "+strings.ToUpper(northlineKey))
	want(http.StatusUnauthorized, wrong, header, "Bearer "+strings.Repeat("x", 1<<16))
	want(http.StatusUnauthorized, wrong, header, "Bearer cy_revoked")
	want(http.StatusUnauthorized, wrong, header, "Bearer cy_expired")
	if a := ask(request(http.MethodGet, "/api/sites?key="+holdingKey)); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a key in the query: %s", a.Status)
	}
}

func TestManyWrongKeysOfOneAddressRaiseTheAlarmAndKeepNobodyOut(t *testing.T) {
	f := calm(t)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		reg := prometheus.NewRegistry()
		api := httpapi.New(httpapi.Config{RatePerMinute: 60}, f, slog.New(slog.NewTextHandler(&log, nil)), reg)
		ask := (&yard{t: t, api: api}).do
		count := make(map[int]int)
		alarms := func() int {
			return strings.Count(log.String(), "many requests without a valid API key from one address")
		}
		for range 1000 {
			count[ask(withKey("cy_guess")).StatusCode]++
		}
		if count[401] != 60 || count[429] != 940 || alarms() != 1 {
			t.Errorf("1000 wrong keys: %v, %d alarms; want 60 of 401, the others 429, one alarm", count, alarms())
		}
		if a := ask(withKey("cy_guess")); a.Header.Get("Retry-After") != "1" || string(a.body) != `{"error":"Rate limit exceeded"}` {
			t.Errorf("one more: Retry-After %q, %s", a.Header.Get("Retry-After"), a.body)
		}
		if a := ask(withKey(holdingKey)); a.StatusCode != http.StatusOK {
			t.Errorf("a valid key from the same address: %s", a.Status)
		}
		elsewhere := withKey("cy_guess")
		elsewhere.RemoteAddr = "198.51.100.1:4711"
		if a := ask(elsewhere); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("a wrong key from another address: %s", a.Status)
		}
		time.Sleep(10 * time.Minute)
		for range 1000 {
			ask(withKey("cy_guess"))
		}
		if alarms() != 2 || strings.Contains(log.String(), "cy_guess") {
			t.Errorf("%d alarms after ten minutes, want 2, without the key:\n%s", alarms(), log.String())
		}
		expected := `# HELP chargeyard_http_wrong_key_alarms_total Alarms about many requests without a valid API key from one address.
# TYPE chargeyard_http_wrong_key_alarms_total counter
chargeyard_http_wrong_key_alarms_total 2
# HELP chargeyard_http_wrong_keys_total Requests without a valid API key, by their answer.
# TYPE chargeyard_http_wrong_keys_total counter
chargeyard_http_wrong_keys_total{answer="401"} 121
chargeyard_http_wrong_keys_total{answer="429"} 1881
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(expected), "chargeyard_http_wrong_key_alarms_total", "chargeyard_http_wrong_keys_total"); err != nil {
			t.Error(err)
		}
	})
}

func TestRateLimitIsPerKeyAndRefills(t *testing.T) {
	f := calm(t)
	synctest.Test(t, func(t *testing.T) {
		api := httpapi.New(httpapi.Config{}, f, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		ask := (&yard{t: t, api: api}).do
		tag := ask(withKey(holdingKey)).Header.Get("ETag")
		for i := 1; i < 200; i++ {
			r := withKey(holdingKey)
			switch i % 3 {
			case 0:
				r.Method = http.MethodHead
			case 1:
				r.Header.Set("If-None-Match", tag) // a 304 counts too
			}
			a := ask(r)
			if got := a.Header.Get("X-RateLimit-Remaining"); a.StatusCode >= 400 || got != strconv.Itoa(199-i) {
				t.Fatalf("request %d: %s, remaining %s", i, a.Status, got)
			}
		}
		a := ask(withKey(holdingKey))
		if a.StatusCode != http.StatusTooManyRequests || string(a.body) != `{"error":"Rate limit exceeded"}` {
			t.Errorf("request 201: %s %s", a.Status, a.body)
		}
		for name, want := range map[string]string{"Retry-After": "1", "X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0",
			"RateLimit-Policy": `"key";q=200;w=60`, "RateLimit": `"key";r=0;t=60`, "ETag": ""} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("429: %s is %q, want %q", name, got, want)
			}
		}
		if a := ask(withKey(northlineKey)); a.StatusCode != http.StatusOK {
			t.Errorf("another key: %s", a.Status)
		}
		time.Sleep(300 * time.Millisecond) // 200 a minute are one in 0.3 s
		if a := ask(withKey(holdingKey)); a.StatusCode != http.StatusOK {
			t.Errorf("after 0.3 s: %s", a.Status)
		}
		if a := ask(withKey(holdingKey)); a.StatusCode != http.StatusTooManyRequests {
			t.Errorf("once more: %s", a.Status)
		}
		time.Sleep(time.Minute)
		if got := ask(withKey(holdingKey)).Header.Get("RateLimit"); got != `"key";r=199;t=1` {
			t.Errorf("after a minute: RateLimit %s", got)
		}
	})
}

func TestRateLimitCanBeAKeysOwn(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{RatePerMinute: 3})
	if got := ask(withKey(holdingKey)).Header.Get("X-RateLimit-Limit"); got != "3" {
		t.Errorf("the server's limit is %s", got)
	}
	if a := ask(withKey("cy_slow")); a.StatusCode != http.StatusOK || a.Header.Get("X-RateLimit-Limit") != "1" {
		t.Errorf("the key's own limit is %s", a.Header.Get("X-RateLimit-Limit"))
	}
	if a := ask(withKey("cy_slow")); a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "60" {
		t.Errorf("over it: %s, Retry-After %s", a.Status, a.Header.Get("Retry-After"))
	}
}

func TestWrongKeysAreLimitedByAddressAndKeepNobodyOut(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{RatePerMinute: 2, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	try := func(key, client string) int {
		r := withKey(key)
		r.RemoteAddr = "10.0.0.1:5555"
		r.Header.Set("X-Forwarded-For", client)
		return ask(r).StatusCode
	}
	f := func(key, client string, want int) {
		t.Helper()
		if got := try(key, client); got != want {
			t.Errorf("%s from %s: %d, want %d", key, client, got, want)
		}
	}
	f("guess", "192.0.2.1", http.StatusUnauthorized)
	f("guess", "192.0.2.1", http.StatusUnauthorized)
	f("guess", "192.0.2.1", http.StatusTooManyRequests)
	f("guess", "192.0.2.2", http.StatusUnauthorized)
	f(holdingKey, "192.0.2.1", http.StatusOK)
	f("guess", "2001:db8:1:2::1", http.StatusUnauthorized)
	f("guess", "2001:db8:1:2::2", http.StatusUnauthorized)
	f("guess", "2001:db8:1:2:ffff::3", http.StatusTooManyRequests) // one client's network
	f("guess", "2001:db8:1:3::1", http.StatusUnauthorized)
}

func TestUnknownPathsAnswer404(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{})
	for _, path := range [...]string{"/api", "/api/", "/api/sites/12", "/api/sites//", "//api/sites", "/API/sites", "/api/../api/sites", "/favicon.ico", "/healthz/x"} {
		if a := ask(request(http.MethodGet, path)); a.StatusCode != http.StatusNotFound || string(a.body) != notFoundBody {
			t.Errorf("GET %s: %s %s", path, a.Status, a.body)
		}
	}
	for _, path := range [...]string{"/", "/healthz", "/readyz", "/metrics", "/api/openapi.yaml"} {
		if a := ask(request(http.MethodPost, path)); a.StatusCode != http.StatusNotFound || string(a.body) != notFoundBody {
			t.Errorf("POST %s: %s %s", path, a.Status, a.body)
		}
	}
}

func TestCORSAnswersPreflightsOfConfiguredOrigins(t *testing.T) {
	preflight := func(ask func(*http.Request) answer, origin string) answer {
		return ask(request(http.MethodOptions, "/api/sites", "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"))
	}
	_, _, ask := calmAPI(t, httpapi.Config{})
	if a := preflight(ask, "https://a.example"); a.StatusCode != http.StatusNotFound || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without configuration: %s", a.Status)
	}
	_, _, ask = calmAPI(t, httpapi.Config{CORSOrigins: []string{"https://a.example"}})
	a := preflight(ask, "https://a.example")
	if a.StatusCode != http.StatusOK || a.Header.Get("Access-Control-Allow-Origin") != "https://a.example" ||
		!strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "Authorization") || a.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD, POST, PUT, PATCH, DELETE" {
		t.Errorf("preflight: %s %v", a.Status, a.Header)
	}
	if a := preflight(ask, "https://b.example"); a.StatusCode != http.StatusNotFound {
		t.Errorf("another origin: %s", a.Status)
	}
	if a := ask(request(http.MethodOptions, "/api/sites", "Origin", "https://a.example")); a.StatusCode != http.StatusNotFound {
		t.Errorf("OPTIONS that is no preflight: %s", a.Status)
	}
	r := withKey(holdingKey)
	r.Header.Set("Origin", "https://a.example")
	a = ask(r)
	if a.StatusCode != http.StatusOK || a.Header.Get("Access-Control-Allow-Origin") != "https://a.example" ||
		!strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "ETag") {
		t.Errorf("a page's request: %s %v", a.Status, a.Header)
	}
	if got := strings.Join(a.Header.Values("Vary"), ", "); got != "Origin, Authorization, Accept-Encoding" {
		t.Errorf("Vary %q", got)
	}
	r = request(http.MethodGet, "/api/sites", "Origin", "https://a.example")
	if a := ask(r); a.StatusCode != http.StatusUnauthorized || a.Header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("a page must be able to read that its key is wrong: %s %v", a.Status, a.Header)
	}
	_, _, ask = calmAPI(t, httpapi.Config{CORSOrigins: []string{"*"}})
	if a := preflight(ask, "https://b.example"); a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("any origin: %v", a.Header)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	checkErr := error(nil)
	cfg := httpapi.Config{Checks: []httpapi.Check{{Name: "disk", Run: func(context.Context) error { return checkErr }}}}
	f, api, ask := calmAPI(t, cfg)
	want := func(path string, status int, body string) {
		t.Helper()
		a := ask(request(http.MethodGet, path))
		if a.StatusCode != status || string(a.body) != body || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %s, want %d %s", path, a.Status, a.body, status, body)
		}
	}
	want("/healthz", http.StatusOK, `{"status":"ok"}`)
	want("/readyz", http.StatusOK, `{"status":"ready","checks":[{"name":"store","ok":true,"error":null},{"name":"draining","ok":true,"error":null},{"name":"disk","ok":true,"error":null}]}`)
	checkErr = errors.New("The disk is full.")
	want("/readyz", http.StatusServiceUnavailable, `{"status":"not ready","error":"The disk is full.","checks":[{"name":"store","ok":true,"error":null},{"name":"draining","ok":true,"error":null},{"name":"disk","ok":false,"error":"The disk is full."}]}`)
	checkErr = nil
	f.stalled = clock("12:00:00")
	want("/readyz", http.StatusServiceUnavailable, `{"status":"not ready","error":"The database cannot be written since 2026-03-02T12:00:00.000Z; the log says why.","checks":[{"name":"store","ok":false,"error":"The database cannot be written since 2026-03-02T12:00:00.000Z; the log says why."},{"name":"draining","ok":true,"error":null},{"name":"disk","ok":true,"error":null}]}`)
	f.stalled = time.Time{}
	api.SetDraining()
	want("/readyz", http.StatusServiceUnavailable, `{"status":"not ready","error":"The server is stopping.","checks":[{"name":"store","ok":true,"error":null},{"name":"draining","ok":false,"error":"The server is stopping."},{"name":"disk","ok":true,"error":null}]}`)
	want("/healthz", http.StatusOK, `{"status":"ok"}`)
}

func TestIndexTellsWhereTheAPIIs(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{PublicURL: "https://charge.example.org"})
	a := ask(request(http.MethodGet, "/"))
	if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "https://charge.example.org/api/sites") {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

func TestEveryAnswerHasARequestID(t *testing.T) {
	_, _, ask := calmAPI(t, httpapi.Config{})
	seen := make(map[string]bool)
	for _, path := range [...]string{"/", "/nowhere", "/api/sites", "/healthz"} {
		id := ask(request(http.MethodGet, path)).Header.Get("X-Request-Id")
		if len(id) < 16 || seen[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		seen[id] = true
	}
	f := func(sent string, kept bool) {
		t.Helper()
		if got := ask(request(http.MethodGet, "/", "X-Request-Id", sent)).Header.Get("X-Request-Id"); (got == sent) != kept || got == "" {
			t.Errorf("%q became %q", sent, got)
		}
	}
	f("trace-1.2_3", true)
	f(strings.Repeat("a", 64), true)
	f(strings.Repeat("a", 65), false)
	f("two words", false)
	f("x\"y", false)
}

func TestAPanicAnswers500AndTheServerLives(t *testing.T) {
	var log bytes.Buffer
	broken := &calmFleet{} // without an estate nothing works
	api := httpapi.New(httpapi.Config{}, broken, slog.New(slog.NewJSONHandler(&log, nil)), prometheus.NewRegistry())
	ask := (&yard{t: t, api: api}).do
	a := ask(withKey(holdingKey))
	if a.StatusCode != http.StatusInternalServerError || string(a.body) != `{"error":"Internal server error"}` {
		t.Errorf("%s %s", a.Status, a.body)
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", log.Bytes(), err)
	}
	if line["level"] != "ERROR" || line["path"] != "/api/sites" || line["request_id"] != a.Header.Get("X-Request-Id") || line["stack"] == "" {
		t.Errorf("the log says %v", line)
	}
	if a := ask(request(http.MethodGet, "/healthz")); a.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s", a.Status)
	}
}

func TestRequestsAreLoggedWithoutTheirKeyAndCounted(t *testing.T) {
	var log bytes.Buffer
	f := calm(t)
	api := httpapi.New(httpapi.Config{}, f, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), prometheus.NewRegistry())
	ask := (&yard{t: t, api: api}).do
	ask(withKey(holdingKey))
	ask(request(http.MethodGet, "/somewhere/else"))
	text := log.String()
	for _, want := range [...]string{"method=GET", "path=/api/sites", "status=200", "client=192.0.2.1", "request_id=", "path=/somewhere/else status=404"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, holdingKey) {
		t.Error("the log holds a key")
	}
	metrics := string(ask(request(http.MethodGet, "/metrics")).body)
	for _, want := range [...]string{`chargeyard_http_request_seconds_count{route="/api/sites",status="200"} 1`, `chargeyard_http_request_seconds_count{route="other",status="404"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics does not say %s", want)
		}
	}
}
