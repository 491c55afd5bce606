package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// unpack undoes the content coding of an answer.
func (y *yard) unpack(a answer) []byte {
	y.t.Helper()
	var r io.Reader = bytes.NewReader(a.body)
	switch coding := a.Header.Get("Content-Encoding"); coding {
	case "":
	case "gzip":
		member, err := gzip.NewReader(r)
		if err != nil {
			y.t.Fatal(err)
		}
		member.Multistream(false) // some browsers read no more than one member
		r = member
	case "zstd":
		d, err := zstd.NewReader(r)
		if err != nil {
			y.t.Fatal(err)
		}
		defer d.Close()
		r = d
	default:
		y.t.Fatalf("Content-Encoding %q", coding)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		y.t.Fatalf("%s: %v", a.Header.Get("Content-Encoding"), err)
	}
	return text
}

var httpPoints = map[string]func(*yard){
	"no 42 an ETag per scope, content and coding": func(y *yard) {
		tag := func(key string, headers ...string) string {
			y.t.Helper()
			a := y.get("/api/sites", key, headers...)
			tag := a.Header.Get("ETag")
			if !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) || len(tag) < 10 {
				y.t.Errorf("ETag %q is not strong", tag)
			}
			return tag
		}
		plain := tag(holdingKey)
		seen := map[string]bool{plain: true, tag(northlineKey): true, tag(strangerKey): true,
			tag(holdingKey, "Accept-Encoding", "gzip"): true, tag(holdingKey, "Accept-Encoding", "zstd"): true}
		if len(seen) != 5 {
			y.t.Errorf("5 contents have %d tags", len(seen))
		}
		if again := tag(holdingKey); again != plain {
			y.t.Errorf("the same content has the tags %s and %s", plain, again)
		}
		y.restart(clock("12:00:00"))
		if again := tag(holdingKey); again != plain {
			y.t.Error("the tag is another after a restart")
		}
		y.connects(41)
		changed := tag(holdingKey)
		if changed == plain {
			y.t.Error("the tag is the same after a change")
		}
		y.connects(95)
		if tag(holdingKey) != changed {
			y.t.Error("the tag changed with a charger outside of the scope")
		}
	},
	"no 42 If-None-Match is answered 304 without a body": func(y *yard) {
		whole := y.get("/api/sites", holdingKey)
		tag := whole.Header.Get("ETag")
		for _, header := range [...]string{tag, "W/" + tag, `"other", ` + tag, "*", `W/"x" ,` + tag} {
			a := y.get("/api/sites", holdingKey, "If-None-Match", header)
			if a.StatusCode != http.StatusNotModified || len(a.body) != 0 {
				y.t.Errorf("If-None-Match %s: %s with %d bytes", header, a.Status, len(a.body))
			}
			for _, name := range [...]string{"ETag", "Cache-Control", "Vary"} {
				if a.Header.Get(name) != whole.Header.Get(name) {
					y.t.Errorf("304: %s is %q, want %q", name, a.Header.Get(name), whole.Header.Get(name))
				}
			}
		}
		for _, header := range [...]string{`"other"`, strings.Trim(tag, `"`), ``} {
			if a := y.get("/api/sites", holdingKey, "If-None-Match", header); a.StatusCode != http.StatusOK {
				y.t.Errorf("If-None-Match %s: %s", header, a.Status)
			}
		}
		if a := y.get("/api/sites", holdingKey, "If-None-Match", tag, "Accept-Encoding", "gzip"); a.StatusCode != http.StatusOK {
			y.t.Errorf("the tag of another coding: %s", a.Status)
		}
		y.connects(41)
		if a := y.get("/api/sites", holdingKey, "If-None-Match", tag); a.StatusCode != http.StatusOK {
			y.t.Errorf("after a change: %s", a.Status)
		}
	},
	"no 42 caches may keep an answer for its key and must ask again": func(y *yard) {
		a := y.get("/api/sites", holdingKey)
		if got := a.Header.Get("Cache-Control"); got != "private, no-cache" {
			y.t.Errorf("Cache-Control %q", got)
		}
		if got := a.Header.Get("Vary"); got != "Authorization, Accept-Encoding" {
			y.t.Errorf("Vary %q", got)
		}
	},
	"no 42 every answer to a charger shows at once": func(y *yard) {
		y.connects(41)
		y.reportsStatus(41, 1, "Available")
		tx := y.starts(41, 1, "A0B1C2D3", 0)
		for i := range 50 {
			y.now = y.now.Add(1e9)
			y.meters(41, 1, tx, powerW(strings.Repeat("1", 1+i%5)+"000"))
			want := strings.Repeat("1", 1+i%5)
			y.session(82, "latestReadings.powerKw.value", want)
		}
	},
	"no 43 JSON in UTF-8, whatever Accept says": func(y *yard) {
		for _, accept := range [...]string{"", "text/html", "application/xml;q=1, */*;q=0"} {
			a := y.get("/api/sites", holdingKey, "Accept", accept)
			if got := a.Header.Get("Content-Type"); a.StatusCode != http.StatusOK || got != "application/json; charset=utf-8" {
				y.t.Errorf("Accept %q: %s %q", accept, a.Status, got)
			}
		}
	},
	"no 43 gzip and zstd on demand": func(y *yard) {
		y.connects(41)
		want := y.get("/api/sites", holdingKey).body
		f := func(accept, coding string) {
			y.t.Helper()
			a := y.get("/api/sites", holdingKey, "Accept-Encoding", accept)
			if got := a.Header.Get("Content-Encoding"); got != coding {
				y.t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, coding)
			}
			if !bytes.Equal(y.unpack(a), want) {
				y.t.Errorf("Accept-Encoding %q: another text", accept)
			}
			if got := a.Header.Get("Content-Length"); got == "" || a.ContentLength != int64(len(a.body)) {
				y.t.Errorf("Accept-Encoding %q: Content-Length %q for %d bytes", accept, got, len(a.body))
			}
		}
		f("gzip", "gzip")
		f("x-gzip", "gzip")
		f("zstd", "zstd")
		f("GZip, deflate, br, ZSTD", "zstd")
		f("gzip, deflate, br", "gzip")
		f("gzip;q=1.0, zstd;q=0.5", "gzip")
		f("zstd;q=0, gzip;q=0.1, identity;q=0.05", "gzip")
		f("gzip;q=0.5, identity", "")
		f("gzip;q=0, zstd;q=0", "")
		f("br, deflate", "")
		f("", "")
		f("identity", "")
		f("*", "gzip")
		f("gzip;q=0, *", "")
		f("identity;q=0, *;q=0", "") // nothing that we have: better this than an error
		f("identity;q=0, gzip", "gzip")
		f("gzip;q=nonsense", "")
		small := y.get("/api/sites", strangerKey, "Accept-Encoding", "gzip")
		if small.ContentLength < 1024 && small.Header.Get("Content-Encoding") != "" {
			y.t.Error("a small body is compressed")
		}
		a := y.get("/api/sites", strangerKey, "Accept-Encoding", "gzip, identity;q=0")
		if a.Header.Get("Content-Encoding") != "gzip" {
			y.t.Error("a small body is not compressed for a client that forbids anything else")
		}
	},
	"no 43 a 401 says what it wants": func(y *yard) {
		for _, key := range [...]string{"", "cy_wrong"} {
			a := y.get("/api/sites", key)
			if got := a.Header.Get("WWW-Authenticate"); a.StatusCode != http.StatusUnauthorized || got != "Bearer" {
				y.t.Errorf("%s, WWW-Authenticate %q", a.Status, got)
			}
		}
	},
	"no 44 errors have the contract's body": func(y *yard) {
		y.wantAnswer(y.get("/api/sites", "cy_wrong"), http.StatusUnauthorized, `{"error":"Invalid API key"}`)
		y.wantAnswer(y.get("/api/sites", ""), http.StatusUnauthorized, `{"error":"Invalid Authorization header"}`)
		y.wantAnswer(y.get("/api/sites", controlKey), http.StatusForbidden, `{"error":"This API key may not do that: it lacks \"read\""}`)
		y.wantAnswer(y.get("/api/site", holdingKey), http.StatusNotFound, notFoundBody)
		y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{slowKey()}})
		y.get("/api/sites", "cy_slow")
		a := y.get("/api/sites", "cy_slow")
		y.wantAnswer(a, http.StatusTooManyRequests, `{"error":"Rate limit exceeded"}`)
		if a.Header.Get("Retry-After") != "60" {
			y.t.Errorf("Retry-After %q, want 60", a.Header.Get("Retry-After"))
		}
		if got := a.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			y.t.Errorf("Content-Type %q", got)
		}
	},
}

func TestSitesOverASocket(t *testing.T) {
	f := busyFleet(t, 1000, 3)
	server := httptest.NewServer(newAPI(f))
	defer server.Close()
	ask := func(method string, headers ...string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api/sites", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+holdingKey)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, body
	}
	plain, want := ask(http.MethodGet, "Accept-Encoding", "identity")
	if plain.ContentLength != int64(len(want)) || len(want) < 500_000 || plain.TransferEncoding != nil {
		t.Errorf("Content-Length %d for %d bytes, %v", plain.ContentLength, len(want), plain.TransferEncoding)
	}
	if unpacked, body := ask(http.MethodGet); !unpacked.Uncompressed || !bytes.Equal(body, want) {
		t.Error("Go's own client reads another text from gzip")
	}
	for _, coding := range [...]string{"identity", "gzip", "zstd"} {
		whole, body := ask(http.MethodGet, "Accept-Encoding", coding)
		if got := (&yard{t: t}).unpack(answer{whole, body}); !bytes.Equal(got, want) {
			t.Errorf("%s is another text", coding)
		}
		head, none := ask(http.MethodHead, "Accept-Encoding", coding)
		if head.ContentLength != int64(len(body)) || len(none) != 0 || head.Header.Get("ETag") != whole.Header.Get("ETag") {
			t.Errorf("HEAD %s: Content-Length %d, want %d", coding, head.ContentLength, len(body))
		}
		if again, none := ask(http.MethodGet, "Accept-Encoding", coding, "If-None-Match", whole.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || len(none) != 0 {
			t.Errorf("%s asked again: %s", coding, again.Status)
		}
	}
}
