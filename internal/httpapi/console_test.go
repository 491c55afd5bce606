package httpapi_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chargeyard/chargeyard/internal/httpapi"
)

const testPage = `<!doctype html><title>yard</title><script type="module" src="/assets/index-abc.js"></script>`

func newConsoleYard(t *testing.T) *yard {
	return emptyYard(t, httpapi.Config{Console: httpapi.Console{
		Files: fstest.MapFS{
			"index.html":          {Data: []byte(testPage)},
			"assets/index-abc.js": {Data: []byte(strings.Repeat("console.log('yard');\n", 100))},
			"icon.svg":            {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		},
		Pages: []string{"/", "/sites/{id}"},
	}})
}

// visit asks as a browser does.
func visit(y *yard, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	y.api.ServeHTTP(w, r)
	return w
}

func TestABrowserGetsTheConsoleAndAProgramTheText(t *testing.T) {
	y := newConsoleYard(t)
	for _, path := range []string{"/", "/sites/12", "/sites/12/"} {
		w := visit(y, path)
		if w.Code != http.StatusOK || w.Body.String() != testPage || w.Header().Get("Content-Type") != "text/html; charset=utf-8" ||
			w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v\n%s", path, w.Code, w.Header(), w.Body)
		}
	}
	if got := visit(y, "/", "Accept", "*/*").Body.String(); !strings.Contains(got, "charging station management server") {
		t.Errorf("a program is told\n%s", got)
	}
	for _, path := range []string{"/nothing", "/sites", "/sites/12/13", "/assets/other.js", "/api/nothing", "/assets/", "/assets/../index.html"} {
		if w := visit(y, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestFilesOfTheConsoleAreKeptAndCompressed(t *testing.T) {
	y := newConsoleYard(t)
	plain := visit(y, "/assets/index-abc.js")
	small := visit(y, "/assets/index-abc.js", "Accept-Encoding", "gzip, br")
	if plain.Header().Get("Content-Encoding") != "" || small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len() >= plain.Body.Len() {
		t.Fatalf("plain %v, compressed %v", plain.Header(), small.Header())
	}
	for _, w := range []*httptest.ResponseRecorder{plain, small} {
		if w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Vary") != "Accept-Encoding" ||
			w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("headers %v", w.Header())
		}
	}
	unpacked, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || string(text) != plain.Body.String() {
		t.Errorf("unpacked: %v", err)
	}
	etag := small.Header().Get("ETag")
	if etag == plain.Header().Get("ETag") {
		t.Error("both codings have one ETag")
	}
	again := visit(y, "/assets/index-abc.js", "Accept-Encoding", "gzip", "If-None-Match", etag)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d", again.Code)
	}
	if w := visit(y, "/icon.svg", "Accept-Encoding", "gzip"); w.Header().Get("Content-Type") != "image/svg+xml" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("the picture: %v", w.Header())
	}
}

func TestTheMapTakesTilesFromWhereTheOperatorSays(t *testing.T) {
	y := newFurnishedYard(t)
	if got := asText(y.get("/api/console", northlineKey).data(t)); got != `{"mapTiles":null}` {
		t.Errorf("without tiles the console is told %s", got)
	}
	type anySignIns = httpapi.SignIns // nobody is signed in
	y = emptyYard(t, httpapi.Config{
		SignIns: struct{ anySignIns }{},
		Tiles:   httpapi.MapTiles{URL: "https://tiles.example.org:8443/{z}/{x}/{y}.png?key=1", Credit: "© Example"},
		Console: httpapi.Console{Files: fstest.MapFS{"index.html": {Data: []byte(testPage)}, "icon.svg": {Data: []byte("<svg/>")}}, Pages: []string{"/", "/map"}},
	})
	y.configure(testEstate())
	want := `{"mapTiles":{"credit":"© Example","url":"https://tiles.example.org:8443/{z}/{x}/{y}.png?key=1"}}`
	if got := asText(y.get("/api/console", northlineKey).data(t)); got != want {
		t.Errorf("the console is told %s, want %s", got, want)
	}
	// The page may load pictures from there, and nothing else.
	const policy = "default-src 'self'; img-src 'self' https://tiles.example.org:8443; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	for _, path := range []string{"/", "/map"} {
		if got := visit(y, path).Header().Get("Content-Security-Policy"); got != policy {
			t.Errorf("%s: the policy is %q", path, got)
		}
	}
	if got := visit(y, "/icon.svg").Header().Get("Content-Security-Policy"); got != "" {
		t.Errorf("a file's policy is %q", got)
	}
}
