package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// answer is a response of the API, its body read and decoded.
type answer struct {
	*http.Response
	body []byte
}

// get asks the API with a key, "" for none; headers are name, value, ….
// What it answers is held against openapi.yaml.
func (y *yard) get(path, key string, headers ...string) answer {
	y.t.Helper()
	return y.ask(http.MethodGet, path, key, headers...)
}

func (y *yard) ask(method, path, key string, headers ...string) answer {
	y.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return y.do(r)
}

func (y *yard) do(r *http.Request) answer {
	y.t.Helper()
	w := httptest.NewRecorder()
	y.api.ServeHTTP(w, r)
	result := w.Result()
	body, err := io.ReadAll(result.Body)
	if err != nil {
		y.t.Fatal(err)
	}
	a := answer{result, body}
	checkAgainstDescription(y.t, r, a)
	return a
}

// sites returns the data of GET /api/sites for a key.
func (y *yard) sites(key string) []any {
	y.t.Helper()
	a := y.get("/api/sites", key)
	if a.StatusCode != http.StatusOK {
		y.t.Fatalf("GET /api/sites: %s %s", a.Status, a.body)
	}
	return decode(y.t, a.body).(map[string]any)["data"].([]any)
}

// decode reads JSON keeping numbers as they are written.
func decode(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// shown finds an object by its list and id in what the holding's key sees.
func (y *yard) shown(list string, id charging.ID) map[string]any {
	y.t.Helper()
	want := json.Number(strconv.FormatInt(id, 10))
	var find func(name string, v any) map[string]any
	find = func(name string, v any) map[string]any {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				o := item.(map[string]any)
				if name == list && o["id"] == want {
					return o
				}
				if found := find(name, o); found != nil {
					return found
				}
			}
		case map[string]any:
			for _, child := range [...]string{"chargers", "ports"} {
				if found := find(child, v[child]); found != nil {
					return found
				}
			}
		}
		return nil
	}
	found := find("data", y.sites(holdingKey))
	if found == nil {
		y.t.Fatalf("%s %d is not shown", list, id)
	}
	return found
}

// charger, port and site compare a member, named with dots, with JSON.
func (y *yard) charger(id charging.ID, member, want string) {
	y.t.Helper()
	compare(y.t, y.shown("chargers", id), member, want)
}

func (y *yard) port(id charging.ID, member, want string) {
	y.t.Helper()
	compare(y.t, y.shown("ports", id), member, want)
}

func (y *yard) site(id charging.ID, member, want string) {
	y.t.Helper()
	compare(y.t, y.shown("data", id), member, want)
}

// session compares a member of a port's current session.
func (y *yard) session(port charging.ID, member, want string) {
	y.t.Helper()
	y.port(port, "currentChargingSession."+member, want)
}

func compare(t *testing.T, in map[string]any, member, want string) {
	t.Helper()
	var got any = in
	for name := range strings.SplitSeq(member, ".") {
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %q is asked of %v", member, name, got)
			return
		}
		value, there := object[name]
		if !there {
			t.Errorf("%s: there is no member %q", member, name)
			return
		}
		got = value
	}
	if diff := cmp.Diff(decode(t, []byte(want)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", member, diff)
	}
}
