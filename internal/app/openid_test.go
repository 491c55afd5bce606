package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/loopback"
)

// provider is an OpenID Connect provider on a socket of its own. Its fields say
// who comes, and what it does wrong.
type provider struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey

	mu       sync.Mutex
	claims   map[string]any // of the next ID token, over what is right
	signWith *ecdsa.PrivateKey
	asked    url.Values // of the last request for authorization
	down     bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, signWith: key}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		point, err := key.PublicKey.Bytes() // 4, x and y
		if err != nil {
			t.Error(err)
		}
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1",
			"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}}})
	})
	mux.HandleFunc("POST /token", p.token)
	return p
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// token checks what a provider checks: the client, its secret, the code and that
// who fetches it is who asked for it.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	if id != "yard" || secret != "client-s3cret" || r.FormValue("code") != "code-of-the-day" || proof != p.asked.Get("code_challenge") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error": "invalid_grant"}`)
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": "yard", "sub": "person-1", "nonce": p.asked.Get("nonce"), "email": "ada@example.org", "email_verified": true,
		"name": "Ada", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	for name, value := range p.claims {
		claims[name] = value
	}
	answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": p.signed(claims)})
}

func (p *provider) signed(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	one, two, err := ecdsa.Sign(rand.Reader, p.signWith, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	signature := make([]byte, 64)
	one.FillBytes(signature[:32])
	two.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// next says who comes next.
func (p *provider) next(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = claims
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	t *testing.T
	*http.Client
	base string
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base}
}

// goes fetches an address and returns where it leads.
func (b *browser) goes(address string) string {
	b.t.Helper()
	resp, err := b.Get(address)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		text, _ := io.ReadAll(resp.Body)
		b.t.Fatalf("%s: %s %s", address, resp.Status, text)
	}
	return resp.Header.Get("Location")
}

// leaves begins a sign-in, and returns the address of the way back.
func (b *browser) leaves(p *provider, next string) string {
	b.t.Helper()
	to := b.goes(b.base + "/api/sign-in/openid?next=" + url.QueryEscape(next))
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, p.URL+"/authorize?") {
		b.t.Fatalf("the browser was sent to %q", to)
	}
	p.mu.Lock()
	p.asked = u.Query()
	p.mu.Unlock()
	back := b.base + "/api/sign-in/openid/callback"
	if got := u.Query().Get("redirect_uri"); got != back {
		b.t.Fatalf("redirect_uri is %q", got)
	}
	return back + "?" + url.Values{"state": {u.Query().Get("state")}, "code": {"code-of-the-day"}}.Encode()
}

// signsIn goes the whole way, and returns where it ends.
func (b *browser) signsIn(p *provider) string {
	b.t.Helper()
	return b.goes(b.leaves(p, "/chargers"))
}

// is returns the address of who is signed in, "" for nobody.
func (b *browser) is() string {
	b.t.Helper()
	resp, err := b.Get(b.base + "/api/sign-in")
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var who struct {
		Data struct{ User struct{ Email, Role string } }
	}
	_ = json.NewDecoder(resp.Body).Decode(&who)
	return strings.TrimSpace(who.Data.User.Email + " " + who.Data.User.Role)
}

// file returns the name of a new file with a text.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// withOpenID starts a server at which people sign in by the provider.
func withOpenID(t *testing.T, p *provider, settings func(*config.Config)) *apptest.Server {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return apptest.Start(t, apptest.Options{Settings: func(c *config.Config) {
		c.Listen, c.PublicURL = address, "http://"+address
		c.OpenIDIssuer, c.OpenIDClient, c.OpenIDSecretFile = p.URL, "yard", file(t, "client-s3cret\n")
		if settings != nil {
			settings(c)
		}
	}})
}

func TestPeopleSignInByAnotherService(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := withOpenID(t, p, func(c *config.Config) {
		c.AdminEmail, c.AdminPasswordFile = "Ada@example.org", file(t, "yonder-hill-40\n")
	})

	ada := newBrowser(t, s.URL)
	if got := ada.signsIn(p); got != "/chargers" {
		t.Fatalf("it ended at %s", got)
	}
	if got := ada.is(); got != "Ada@example.org owner" {
		t.Errorf("signed in is %q", got)
	}

	// From now on it is the service's name of the person that counts: the address
	// there may change, and somebody else may get it.
	p.next(map[string]any{"email": "ada.married@example.org"})
	if again := newBrowser(t, s.URL); again.signsIn(p) != "/chargers" || again.is() != "Ada@example.org owner" {
		t.Errorf("with another address there she is %q", again.is())
	}
	p.next(map[string]any{"sub": "person-2"})
	if other := newBrowser(t, s.URL); other.signsIn(p) != "/sign-in?next=%2Fchargers&problem=other-person" || other.is() != "" {
		t.Errorf("somebody else with her address is %q", other.is())
	}

	// An account that got another address belongs to whom the service knows by it.
	change(t, s, "Ada@example.org", `{"email": "bo@example.org"}`)
	p.next(map[string]any{"email": "ada@example.org"})
	if old := newBrowser(t, s.URL); !strings.HasSuffix(old.signsIn(p), "problem=unknown-person") || old.is() != "" {
		t.Errorf("who had the account is %q", old.is())
	}
	p.next(map[string]any{"sub": "person-3", "email": "bo@example.org"})
	if bo := newBrowser(t, s.URL); bo.signsIn(p) != "/chargers" || bo.is() != "bo@example.org owner" {
		t.Errorf("who has it now is %q", bo.is())
	}

	var ways struct {
		Data struct{ OpenID struct{ Name string } }
	}
	_, body := s.Get("/api/sign-in/ways")
	if err := json.Unmarshal(body, &ways); err != nil || ways.Data.OpenID.Name != "127.0.0.1" {
		t.Errorf("the ways are %s", body)
	}
}

func TestASignInByAnotherServiceThatProvesNothingIsRefused(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := withOpenID(t, p, func(c *config.Config) {
		c.AdminEmail, c.AdminPasswordFile = "ada@example.org", file(t, "yonder-hill-41\n")
	})
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		claims     map[string]any
		key        *ecdsa.PrivateKey
	}{
		{"another nonce", "not-proven", map[string]any{"nonce": "of-another-trip"}, nil},
		{"another audience", "not-proven", map[string]any{"aud": "another-client"}, nil},
		{"another issuer", "not-proven", map[string]any{"iss": "https://login.example.org"}, nil},
		{"an old token", "not-proven", map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, nil},
		{"nobody", "not-proven", map[string]any{"sub": ""}, nil},
		{"another signature", "not-proven", nil, stranger},
		{"an address that was not verified", "email-unverified", map[string]any{"email_verified": false}, nil},
		{"no word about the address", "email-unverified", map[string]any{"email_verified": nil}, nil},
		{"no address", "email-unverified", map[string]any{"email": nil}, nil},
		{"somebody unknown", "unknown-person", map[string]any{"email": "eve@example.org"}, nil},
	} {
		p.next(c.claims)
		p.signWith = p.key
		if c.key != nil {
			p.signWith = c.key
		}
		b := newBrowser(t, s.URL)
		if got := b.signsIn(p); got != "/sign-in?next=%2Fchargers&problem="+c.want || b.is() != "" {
			t.Errorf("%s: it ended at %s as %q, want %s", c.name, got, b.is(), c.want)
		}
	}
}

func TestAWayBackIsGoodForItsBrowserOnce(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := withOpenID(t, p, func(c *config.Config) {
		c.AdminEmail, c.AdminPasswordFile = "ada@example.org", file(t, "yonder-hill-42\n")
	})
	const expired = "/sign-in?problem=expired"

	// Somebody lures a browser onto the way back of a sign-in of their own.
	mine, lured := newBrowser(t, s.URL), newBrowser(t, s.URL)
	back := mine.leaves(p, "/")
	if got := lured.goes(back); got != expired || lured.is() != "" {
		t.Errorf("another browser ended at %s as %q", got, lured.is())
	}
	if got := mine.goes(back); got != "/" || mine.is() == "" {
		t.Errorf("its own browser ended at %s", got)
	}
	if got := mine.goes(back); got != expired {
		t.Errorf("the second time it ended at %s", got)
	}
	wrong := newBrowser(t, s.URL)
	if got := wrong.goes(strings.Replace(wrong.leaves(p, "/"), "code-of-the-day", "another-code", 1)); got != "/sign-in?problem=not-proven" || wrong.is() != "" {
		t.Errorf("with a wrong code it ended at %s", got)
	}
	guessed := newBrowser(t, s.URL)
	guessed.leaves(p, "/")
	if got := guessed.goes(s.URL + "/api/sign-in/openid/callback?state=guessed&code=code-of-the-day"); got != expired || guessed.is() != "" {
		t.Errorf("with a guessed state it ended at %s", got)
	}
	cancelled := newBrowser(t, s.URL)
	state, _ := url.Parse(cancelled.leaves(p, "/"))
	if got := cancelled.goes(s.URL + "/api/sign-in/openid/callback?error=access_denied&state=" + state.Query().Get("state")); got != "/sign-in?problem=provider-refused" {
		t.Errorf("who cancelled ended at %s", got)
	}

	// Where it leads afterwards is always here.
	for _, next := range []string{"https://evil.example.org/", "//evil.example.org", `/\evil.example.org`, "/api/sign-in", "javascript:alert(1)", "/%2F/evil"} {
		b := newBrowser(t, s.URL)
		if got := b.goes(b.leaves(p, next)); got != "/" && got != "/%2F/evil" {
			t.Errorf("next=%s leads to %s", next, got)
		}
	}
}

func TestWhoIsNewByAnotherServiceMayLookAtMost(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := withOpenID(t, p, func(c *config.Config) { c.OpenIDNewUsers = "viewer" })
	p.next(map[string]any{"email": "new@example.org"})
	early := newBrowser(t, s.URL)
	if got := early.signsIn(p); !strings.HasSuffix(got, "problem=unknown-person") {
		t.Errorf("before there is an owner it ended at %s", got)
	}
	s.MustDo(app.OpUserCreate, app.NewUser{Email: "ada@example.org", Password: "yonder-hill-43"}, &app.MadeUser{})
	b := newBrowser(t, s.URL)
	if got := b.signsIn(p); got != "/chargers" || b.is() != "new@example.org viewer" {
		t.Fatalf("it ended at %s as %q", got, b.is())
	}

	// Who was disabled stays out.
	change(t, s, "new@example.org", `{"disabled": true}`)
	if b.is() != "" {
		t.Error("a disabled user is still signed in")
	}
	again := newBrowser(t, s.URL)
	if got := again.signsIn(p); !strings.HasSuffix(got, "problem=disabled") || again.is() != "" {
		t.Errorf("a disabled user ended at %s", got)
	}
}

// change changes a user over the API.
func change(t *testing.T, s *apptest.Server, email, body string) {
	t.Helper()
	var rows []app.UserRow
	s.MustDo(app.OpUserList, app.None{}, &rows)
	for _, row := range rows {
		if row.Email != email {
			continue
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, fmt.Sprintf("%s/api/admin/users/%d", s.URL, row.ID), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.Key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("changing %s: %s", email, resp.Status)
		}
		return
	}
	t.Fatalf("there is no %s among %v", email, rows)
}

func TestAServiceThatIsAwayIsSaidToBe(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := withOpenID(t, p, nil)
	p.down = true
	b := newBrowser(t, s.URL)
	if got := b.goes(s.URL + "/api/sign-in/openid?next=/alerts"); got != "/sign-in?next=%2Falerts&problem=provider-away" {
		t.Errorf("it ended at %s", got)
	}
	// The server is as quick as ever for those who need no service.
	if resp, body := s.Get("/api/sites"); resp.StatusCode != http.StatusOK {
		t.Errorf("GET /api/sites: %s %s", resp.Status, body)
	}
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	s.Eventually("the service is found once it is back", func() bool {
		return strings.HasPrefix(b.goes(s.URL+"/api/sign-in/openid"), p.URL)
	})
}

func TestTheFirstOwnerComesFromTheSettings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start := func(email, password string) *apptest.Server {
		return apptest.Start(t, apptest.Options{Data: data, Settings: func(c *config.Config) { c.AdminEmail, c.AdminPasswordFile = email, file(t, password+"\r\nmore") }})
	}
	s := start("ada@example.org", "yonder-hill-44")
	signIn := func(email, password string) int {
		resp, err := http.Post(s.URL+"/api/sign-in", "application/json", strings.NewReader(fmt.Sprintf(`{"email": %q, "password": %q}`, email, password)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := signIn("ada@example.org", "yonder-hill-44"); got != http.StatusOK {
		t.Errorf("the owner gets %d", got)
	}
	s.Stop()
	s = start("bo@example.org", "yonder-hill-45")
	if got := signIn("bo@example.org", "yonder-hill-45"); got != http.StatusUnauthorized {
		t.Errorf("while there is an owner, another one gets %d", got)
	}
	if got := signIn("ada@example.org", "yonder-hill-44"); got != http.StatusOK {
		t.Errorf("the owner gets %d after a restart", got)
	}
}

func TestAFirstOwnerThatCannotBeMadeStopsTheStart(t *testing.T) {
	t.Parallel()
	f := func(want, password string, named bool) {
		t.Helper()
		cfg := config.Default()
		cfg.Data, cfg.Listen, cfg.AdminEmail = t.TempDir(), "127.0.0.1:0", "ada@example.org"
		cfg.AdminPasswordFile = cfg.Data + "/none"
		if named {
			cfg.AdminPasswordFile = file(t, password)
		}
		a := app.New(cfg, slog.New(slog.DiscardHandler))
		err := a.Start(t.Context())
		t.Cleanup(func() { _ = a.Stop(t.Context()) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("--admin-password-file: the file cannot be read", "", false)
	f("--admin-password-file: there is nothing in the first line", "\nsecond", true)
	f("making the first owner (--admin-email): password: ", "short", true)
}
