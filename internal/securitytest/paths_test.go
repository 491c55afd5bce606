package securitytest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// methods are those of HTTP, and one that is none.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"}

// TestAMethodThatARouteDoesNotHaveIsNotFound tries every path of the API with
// every method, without a key and with one that may everything.
func TestAMethodThatARouteDoesNotHaveIsNotFound(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	served := map[string][]string{} // methods by path
	for _, route := range y.Routes() {
		if door, method, path := split(route); door == "api" {
			served[path] = append(served[path], method)
			if method == http.MethodGet {
				served[path] = append(served[path], http.MethodHead)
			}
		}
	}
	for path, has := range served {
		url := y.URL + strings.ReplaceAll(path, "{id}", fmt.Sprint(bay))
		for _, method := range methods {
			if slices.Contains(has, method) {
				continue
			}
			for _, b := range []*bearer{{name: "none"}, y.named("full"), y.named("strg")} {
				a := y.ask(b, method, url, "")
				body := `{"error":"Not found"}`
				if method == http.MethodHead {
					body = ""
				}
				if a.StatusCode != http.StatusNotFound || string(a.body) != body {
					t.Errorf("%s %s as %s: %s %.200s", method, path, b.name, a.Status, a.body)
				}
			}
		}
	}
}

// TestHeadTellsWhatGetTells has no way around the rules of GET.
func TestHeadTellsWhatGetTells(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	things := y.furnish(bay)
	for _, route := range y.Routes() {
		door, method, _ := split(route)
		if door != "api" || method != http.MethodGet {
			continue
		}
		for _, b := range y.bearers {
			url := y.urlOf(route, bay, things)
			get, head := y.ask(b, http.MethodGet, url, ""), y.ask(b, http.MethodHead, url, "")
			if head.StatusCode != get.StatusCode || len(head.body) != 0 || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
				t.Errorf("%s as %s: GET %s, HEAD %s %q", route, b.name, get.Status, head.Status, head.body)
			}
		}
	}
}

// around are ways to write a path so that a guard and what stands behind it
// might read it differently. The first line of a request is written as it is.
var around = []string{
	"//api/sites", "/api//sites", "/./api/sites", "/api/./sites", "/x/../api/sites", "/api/sites/../sites", "/api/sites/.",
	"/api/%73ites", "/%61pi/sites", "/api%2Fsites", "/api%2fsites", "/API/sites", "/api/Sites", "/api/sites//", "/api/sites/x",
	"/api/sites;x=1", "/api/sites%00", "/api/sites%20", "/api/sites%0a", "/api/sites%2e", "/api/sites%3f", "/api/sites%23",
	"/api\\sites", "/api/sites?x=/healthz", "/healthz/../api/sites", "/healthz/api/sites", "/ocpp/../api/sites", "/ocpp%2f..%2fapi/sites",
	"/uploads/../api/sites", "/uploads/%2e%2e/api/sites", "/firmware/../api/sites", "/firmware/..%2fapi%2fsites",
	"http://127.0.0.1/api/sites", "http://elsewhere.example/api/sites", "/api/sites#", "*", "/.", "/..", "/../../etc/passwd",
	"/api/chargers/81095/history", "/api/chargers/081095/history", "/api/chargers/+81095/history", "/api/chargers/81095.0/history",
	"/api/chargers/81042/../81095/history", "/api/chargers/81042%2f..%2f81095/history", "/api/chargers/81095%2fhistory",
	"/api/chargers/8109%35/history", "/api/chargers//81095/history", "/api/chargers/0x13cc7/history", "/api/chargers/81095/history/",
	"/api/chargers/81095%00/history", "/api/chargers/81042;81095/history", "/api/chargers/１/history",
	"/api/ocpp-messages?chargerId=81042&chargerId=81095", "/api/ocpp-messages?chargerId=81095&chargerId=81042",
	"/api/ocpp-messages?chargerId[]=81095", "/api/ocpp-messages?chargerId=81042%0081095", "/api/ocpp-messages?chargerId=81042,81095",
	"/uploads/../../secret.key", "/uploads/%2e%2e%2f%2e%2e%2fsecret.key", "/firmware/../../secret.key", "/firmware/..%2f..%2fchargeyard.db",
	"/firmware/%2e%2e%2f..%2fsecret.key", "/firmware/1", "/firmware/", "/firmware/.", "/debug/pprof/", "/control.sock", "/key.create", "/status",
}

// TestNoPathLeadsAround writes odd paths as nobody and as a key that is limited
// to one charger. None tells of another charger, and none is an error of the
// server.
func TestNoPathLeadsAround(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.furnish(foreign)
	long := strings.Repeat("a/", 10_000)
	for _, path := range append(around, "/api/"+long, "/api/chargers/"+strings.Repeat("9", 5_000)+"/history", "/uploads/"+long, "/ocpp/"+long) {
		for _, b := range []*bearer{{name: "none"}, y.named("chgr")} {
			status, body := y.raw(b, "GET", path)
			y.hides(b, path, body)
			switch status {
			case 200:
				if b.name == "none" || !strings.Contains(body, "identity-post") && !strings.Contains(path, "81042") {
					t.Errorf("%.60s as %s: %d %.200s", path, b.name, status, body)
				}
			case 400, 401, 404, 426:
			default:
				t.Errorf("%.60s as %s: %d %.200s", path, b.name, status, body)
			}
		}
	}
	if status, _ := y.raw(y.named("full"), "GET", "/api/"+strings.Repeat("a", 64<<10)); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a path of 64 KiB: %d", status)
	}
}

// raw writes a request line as it is.
func (y *yard) raw(b *bearer, method, target string) (status int, body string) {
	y.t.Helper()
	return y.rawWith(b, method, target, "")
}

func (y *yard) rawWith(b *bearer, method, target, content string) (status int, body string) {
	y.t.Helper()
	conn, err := net.Dial("tcp", y.Addr().String())
	if err != nil {
		y.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: charge.example.org\r\nConnection: close\r\nContent-Length: %d\r\n", method, target, len(content))
	for _, h := range b.headers {
		request += "Authorization: " + h + "\r\n"
	}
	// The server may answer and close before it has read all.
	_, _ = io.WriteString(conn, request+"\r\n"+content)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		y.t.Fatalf("%.60s: %v", target, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		y.t.Fatalf("%.60s: %v", target, err)
	}
	return resp.StatusCode, string(text)
}

// TestATagNamesWhatItsReaderSees holds that equal scopes share a document and
// its tag, and that the tag of one scope says nothing in another.
func TestATagNamesWhatItsReaderSees(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.Eventually("the chargers are connected and stay so", func() bool {
		a := y.ask(y.named("hold"), http.MethodGet, y.URL+"/api/sites", "")
		return strings.Count(string(a.body), `"status":"Connected"`) == 3
	})
	tags := map[string]string{}
	for _, b := range y.bearers {
		if b.sees == nil || !strings.Contains(b.may, "read") {
			continue
		}
		a := y.ask(b, http.MethodGet, y.URL+"/api/sites", "")
		y.hides(b, "GET /api/sites", string(a.body))
		for place, marks := range places {
			if sees(b, place) && !strings.Contains(string(a.body), marks[0]) {
				t.Errorf("%s does not see %s: %s", b.name, place, a.body)
			}
		}
		tag := a.Header.Get("ETag")
		scope := fmt.Sprint(b.sees)
		for other, known := range tags {
			if (known == tag) != (other == scope) {
				t.Errorf("%s has the tag %s; %s that of %s", scope, tag, other, known)
			}
		}
		tags[scope] = tag
	}
	if len(tags) != 5 {
		t.Fatalf("%d scopes", len(tags))
	}
	for scope, tag := range tags {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, y.URL+"/api/sites", nil)
		b := y.named("strg")
		req.Header.Set("Authorization", b.headers[0])
		req.Header.Set("If-None-Match", tag)
		resp, err := direct.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if (resp.StatusCode == http.StatusNotModified) != (scope == fmt.Sprint(b.sees)) {
			t.Errorf("the tag of %s, sent by %s: %s", scope, b.name, resp.Status)
		}
	}
}

// TestACursorOpensNothing takes the cursor of one charger's list to another's.
func TestACursorOpensNothing(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.furnish(foreign)
	y.furnish(bay)
	list := func(b *bearer, charger int, cursor string) string {
		return string(y.ask(b, http.MethodGet, fmt.Sprintf("%s/api/ocpp-messages?chargerId=%d&limit=1&nextPageCursor=%s", y.URL, charger, cursor), "").body)
	}
	theirs := list(y.named("strg"), foreign, "")
	_, after, found := strings.Cut(theirs, `"nextPageCursor":"`)
	if !found {
		t.Fatal(theirs)
	}
	cursor, _, _ := strings.Cut(after, `"`)
	for _, b := range y.bearers {
		y.hides(b, "another's cursor", list(b, bay, cursor))
		y.hides(b, "another's cursor and charger", list(b, foreign, cursor))
	}
}
