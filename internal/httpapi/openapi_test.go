package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/httpapi"
)

var update = flag.Bool("update", false, "write openapi.yaml and openapi.json anew from the files of openapi/")

// description is openapi.yaml, read once.
var description = sync.OnceValues(func() (routers.Router, error) {
	for _, kind := range []string{"text/plain", "text/html", "text/css", "text/csv", "application/x-ndjson", "application/yaml", "image/png", "image/jpeg", "image/webp", "image/gif"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc)
})

// checkAgainstDescription holds a request and its answer against openapi.yaml.
// What the description does not know must be answered 404; compressed bodies
// are checked where they are unpacked.
func checkAgainstDescription(t *testing.T, r *http.Request, a answer) {
	t.Helper()
	router, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if r.Method == http.MethodHead {
		return // described by its GET
	}
	route, parameters, err := router.FindRoute(withoutSlash(r))
	if err != nil || strings.HasSuffix(r.URL.Path, "//") { // the router forgives more slashes than one
		preflight := r.Method == http.MethodOptions && a.StatusCode == http.StatusOK
		if a.StatusCode != http.StatusNotFound && !preflight {
			t.Errorf("%s %s is not described and was answered %s", r.Method, r.URL.Path, a.Status)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if r.GetBody != nil { // it was read
		if r.Body, err = r.GetBody(); err != nil {
			t.Fatal(err)
		}
	}
	// What does not fit the description must be refused.
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && a.StatusCode != http.StatusBadRequest {
		t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	if a.Header.Get("Content-Encoding") != "" {
		return
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.StatusCode, Header: a.Header,
		Body: io.NopCloser(bytes.NewReader(a.body)), Options: in.Options}
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("the answer to %s %s: %v", r.Method, r.URL.Path, err)
	}
}

func withoutSlash(r *http.Request) *http.Request {
	if n := len(r.URL.Path); n > 1 && r.URL.Path[n-1] == '/' {
		r = r.Clone(r.Context())
		r.URL.Path = r.URL.Path[:n-1]
	}
	return r
}

// everyPart is a configuration in which no part is missing, so that every route
// is there. None of the parts does anything.
func everyPart() httpapi.Config {
	// Under other names, because they have methods of their own names.
	type (
		anyHealth        = httpapi.Health
		anySessions      = httpapi.Sessions
		anyWindows       = httpapi.Windows
		anyExclusions    = httpapi.Exclusions
		anyFaults        = httpapi.Faults
		anyAlerts        = httpapi.Alerts
		anyAlertSettings = httpapi.AlertSettings
		anyPast          = httpapi.Past
		anyOverview      = httpapi.Overview
		anyStorage       = httpapi.Storage
		anySignIns       = httpapi.SignIns
	)
	return httpapi.Config{
		Messages: struct{ httpapi.Messages }{}, LiveMessages: struct{ httpapi.LiveMessages }{}, Sessions: struct{ anySessions }{}, Records: struct{ httpapi.Records }{}, Commands: struct{ httpapi.Commands }{},
		Settings: struct{ httpapi.ChargerSettings }{}, Files: struct{ httpapi.Files }{},
		Configuration: struct{ httpapi.Configuration }{}, Departures: struct{ httpapi.Departures }{},
		Administration: struct{ httpapi.Administration }{}, SignIns: struct{ anySignIns }{}, Connections: struct{ httpapi.Connections }{},
		Erasures:  struct{ httpapi.Erasures }{},
		Catalogue: func(string) ([]byte, bool) { return nil, false },
		Health:    struct{ anyHealth }{}, Windows: struct{ anyWindows }{}, Exclusions: struct{ anyExclusions }{},
		Faults: struct{ anyFaults }{}, Alerts: struct{ anyAlerts }{}, AlertSettings: struct{ anyAlertSettings }{},
		Webhooks:     struct{ httpapi.Webhooks }{},
		Reservations: struct{ httpapi.Reservations }{}, PowerLimits: struct{ httpapi.PowerLimits }{},
		Overview: struct{ anyOverview }{}, PowerCurves: struct{ httpapi.PowerCurves }{}, Storage: struct{ anyStorage }{},
		Past: struct{ anyPast }{}, Receipts: struct{ httpapi.Receipts }{}, OpenID: struct{ httpapi.OpenID }{}, Plans: struct{ httpapi.Plans }{},
	}
}

// joinedDescription joins the files of the description, one for each resource,
// behind openapi/base.yaml: their paths behind its paths, their schemas, which
// are the last of its components, behind its schemas. It compares the whole
// with openapi.yaml, or writes that.
func joinedDescription(t *testing.T) []byte {
	t.Helper()
	names, err := filepath.Glob("openapi/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	base, err := os.ReadFile("openapi/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, tail, ok := strings.Cut(string(base), "\ncomponents:\n")
	if !ok {
		t.Fatal("openapi/base.yaml has no components")
	}
	paths, schemas := head+"\n", "components:\n"+tail
	for _, name := range names {
		if name == "openapi/base.yaml" {
			continue
		}
		part, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		own, ok := strings.CutPrefix(string(part), "paths:\n")
		if !ok {
			t.Fatalf("%s must begin with paths:", name)
		}
		own, more, _ := strings.Cut(own, "components:\n  schemas:\n")
		paths, schemas = paths+own, schemas+more
	}
	joined := []byte(paths + schemas)
	if *update {
		if err := os.WriteFile("openapi.yaml", joined, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(joined, written) {
		t.Error("openapi.yaml is not what the files of openapi/ say; run go test ./internal/httpapi -run TestOpenAPI -update")
	}
	return joined
}

func TestOpenAPI(t *testing.T) {
	joinedDescription(t) // before it is read
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("describes every route and no other", func(t *testing.T) {
		var described []string
		for path, item := range doc.Paths.Map() {
			for method := range item.Operations() {
				described = append(described, method+" "+path)
			}
		}
		slices.Sort(described)
		if diff := cmp.Diff(emptyYard(t, everyPart()).api.Routes(), described); diff != "" {
			t.Errorf("(-served +described):\n%s", diff)
		}
	})
	t.Run("JSON is the same as YAML", func(t *testing.T) {
		text := joinedDescription(t)
		want, err := json.MarshalIndent(doc, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		if *update {
			if err := os.WriteFile("openapi.json", want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		y := newYard(t)
		if a := y.get("/api/openapi.yaml", ""); a.StatusCode != http.StatusOK || !*update && !bytes.Equal(a.body, text) {
			t.Errorf("/api/openapi.yaml: %s with %d bytes, want the file's %d", a.Status, len(a.body), len(text))
		}
		got, err := os.ReadFile("openapi.json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Error("openapi.json is not what openapi.yaml says; run go test ./internal/httpapi -run TestOpenAPI -update")
		}
		if a := y.get("/api/openapi.json", ""); *update == false && !bytes.Equal(a.body, want) {
			t.Errorf("/api/openapi.json: %s with %d bytes, want %d", a.Status, len(a.body), len(want))
		}
	})
	t.Run("every answer is described", func(t *testing.T) {
		y := emptyYard(t, httpapi.Config{})
		for _, known := range y.api.Routes() {
			method, path, _ := strings.Cut(known, " ")
			if method != http.MethodGet || strings.Contains(path, "{") {
				continue // told with their resources
			}
			if a := y.get(path, ""); a.StatusCode != http.StatusOK && !strings.HasPrefix(path, "/api/sites") {
				t.Errorf("GET %s: %s", path, a.Status)
			}
			if a := y.ask(http.MethodHead, path, ""); a.StatusCode != http.StatusOK && !strings.HasPrefix(path, "/api/sites") {
				t.Errorf("HEAD %s: %s", path, a.Status)
			}
		}
	})
}
