package securitytest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
)

// hostileBodies are bodies that cost a careless server dearly.
func hostileBodies() map[string]string {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 64<<20))
	_ = z.Close()
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	return map[string]string{
		"a compressed bomb":            bomb.String(),
		"lists in lists":               deep("[", "]", 500_000),
		"objects in objects":           deep(`{"payload":`, "}", 80_000),
		"a deep payload":               `{"action":"DataTransfer","payload":{"vendorId":"v","data":` + deep("[", "]", 9_000) + `}}`,
		"more than may be":             `{"a":"` + strings.Repeat("x", 1<<20) + `"}`,
		"a huge number":                `{"timeoutSeconds":1e999999999,"port":1e308,"profile":-9223372036854775809,"duration":99999999999999999999}`,
		"members twice":                `{"action":"Reset","action":"ClearCache","payload":{"type":"Soft"},"payload":{}}`,
		"members without end":          `{` + strings.Repeat(`"a":1,`, 150_000) + `"a":1}`,
		"bytes that are no text":       "{\"tag\":\"\xff\xfe\x00\",\"action\":\"\xc3\x28\"}",
		"NULs":                         strings.Repeat("\x00", 1000),
		"half":                         `{"action":"Reset","payload":{"ty`,
		"another type":                 `"action"`,
		"other types within":           `{"action":[],"payload":7,"tag":{},"port":"one","answer":1,"profile":"3","rotate":"yes","operative":null,"keys":5}`,
		"what JavaScript trips over":   `{"__proto__":{"a":1},"constructor":{"prototype":{}}}`,
		"lines for a log and a header": `{"action":"Reset\r\nSet-Cookie: a=b","tag":"\n{\"level\":\"ERROR\"}"}`,
	}
}

// TestNoBodyCostsMoreThanItsRefusal sends each hostile body to every route that
// reads one.
func TestNoBodyCostsMoreThanItsRefusal(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	full, all := y.named("full"), hostileBodies()
	for _, route := range y.Routes() {
		door, method, path := split(route)
		if door != "api" || method == http.MethodGet || method == http.MethodDelete || path == "/api/firmware" {
			continue // what is sent there is a file
		}
		for what, body := range all {
			began := time.Now()
			a := y.ask(full, method, y.urlOf(route, bay, nil), body)
			if a.StatusCode >= 500 || a.StatusCode == http.StatusUnauthorized {
				t.Errorf("%s, %s: %s %.200s", route, what, a.Status, a.body)
			}
			if a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %s: a header of the client's came back", route, what)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s, %s: took %v", route, what, took)
			}
		}
	}
	for what, body := range map[string]string{"a compressed bomb": all["a compressed bomb"], "more than may be": all["more than may be"]} {
		if a := y.ask(full, http.MethodPost, y.URL+of(bay, "commands"), body); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s %.200s", what, a.Status, a.body)
		}
	}
}

// TestAFileStaysInItsFolderWhateverItIsCalled uploads and hosts files under
// names that mean something elsewhere, also where somebody had put a link.
func TestAFileStaysInItsFolderWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	full := y.named("full")
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := files(t, y.Data())
	for i, name := range []string{
		"../../../a.log", "..%2f..%2fa.log", "%2e%2e%2f%2e%2e%2fa.log", "..%5c..%5ca.log", "/etc/a.log", "%00a.log", "a%0d%0aSet-Cookie:%20b.log",
		"%22;filename=b.html;.log", "%e2%80%aegol.a.log", strings.Repeat("a", 3000) + ".log", ".", "..", "~", "con.log", "a.log%00.html",
	} {
		if i == 0 {
			// Where the next file goes there is a link that leads out.
			if err := os.Symlink(outside, filepath.Join(y.Data(), "files", "uploads", "1")); err != nil {
				t.Fatal(err)
			}
		}
		upload := y.asked(bay)
		status, _ := y.rawWith(&bearer{}, "PUT", strings.TrimSuffix(upload, "/")+"/"+name, "lines")
		if status != http.StatusCreated && status != http.StatusForbidden && status != http.StatusNotFound && status != http.StatusBadRequest {
			t.Errorf("%.60s: %d", name, status)
		}
		a := y.ask(full, http.MethodGet, y.URL+"/api/uploads/"+y.first(full, of(bay, "uploads"))+"/file", "")
		kind, parameters, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		if a.StatusCode == http.StatusOK && (err != nil || kind != "attachment" || len(parameters) != 1 || strings.Contains(parameters["filename"], "/") ||
			a.Header.Get("Content-Type") != "application/octet-stream" || a.Header.Get("Set-Cookie") != "") {
			t.Errorf("%.60s comes back as %v", name, a.Header)
		}
		plain, err := url.PathUnescape(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{name, plain} {
			hosted := y.ask(full, http.MethodPost, y.URL+"/api/firmware?name="+url.QueryEscape(name), "bytes")
			var made struct{ Data struct{ Path string } }
			if err := json.Unmarshal(hosted.body, &made); err != nil || hosted.StatusCode != http.StatusBadRequest && !plainPath.MatchString(made.Data.Path) {
				t.Errorf("firmware %.60s: %s %s", name, hosted.Status, hosted.body)
			}
		}
	}
	if link, err := os.Lstat(filepath.Join(y.Data(), "files", "uploads", "1")); err != nil || !link.Mode().IsRegular() {
		t.Errorf("the link is still there: %v, %v", link, err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "untouched" {
		t.Errorf("what the link led to holds %q, %v", text, err)
	}
	for name := range files(t, y.Data()) {
		if !before[name] && !strings.HasPrefix(name, "files/uploads/") && !strings.HasPrefix(name, "files/firmware/") && !strings.HasPrefix(name, "messages/") {
			t.Errorf("there is a new file %s", name)
		}
	}
}

var plainPath = regexp.MustCompile(`^/firmware/[a-z2-7]{10}-[-._+=@0-9A-Za-z]{1,200}$`)

// asked has a charger asked for its log, and returns the address's path.
func (y *yard) asked(charger int) string {
	y.t.Helper()
	if a := y.ask(y.named("full"), http.MethodPost, y.URL+of(charger, "log?wait=false"), "{}"); a.StatusCode != http.StatusAccepted {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	return <-y.chargers[charger].upload
}

func files(t *testing.T, folder string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(folder, path)
			all[filepath.ToSlash(name)] = true
		}
		return nil // a file that went while we looked
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnUploadIsKeptAsItCameAndIsBounded sends a bomb, a page and too much.
func TestAnUploadIsKeptAsItCameAndIsBounded(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{Estate: estate, Settings: func(c *config.Config) {
		c.PublicURL, c.MaxUpload = "http://charge.example.org", 1
	}})
	y := &yard{Server: s, t: t, chargers: map[int]*obedient{bay: obeying(t, s.OCPP(), "identity-bay")}}
	y.bearers = []*bearer{{name: "full", headers: []string{"Bearer " + s.Key}}}
	bomb := hostileBodies()["a compressed bomb"]
	send := func(name, body string) int {
		t.Helper()
		return y.ask(&bearer{}, http.MethodPut, y.URL+y.asked(bay)+name, body).StatusCode
	}
	if got := send("logs.gz", bomb); got != http.StatusCreated {
		t.Errorf("a compressed file: %d", got)
	}
	a := y.ask(y.named("full"), http.MethodGet, y.URL+"/api/uploads/"+y.first(y.named("full"), of(bay, "uploads"))+"/file", "")
	if string(a.body) != bomb || a.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes came back of %d", len(a.body), len(bomb))
	}
	if got := send("page.html", "<script>"); got != http.StatusForbidden {
		t.Errorf("a page: %d", got)
	}
	if got := send("long.log", strings.Repeat("x", 1<<20+1)); got != http.StatusForbidden {
		t.Errorf("too long a file: %d", got)
	}
	for name := range files(t, filepath.Join(y.Data(), "files")) {
		if strings.HasSuffix(name, ".part") {
			t.Errorf("%s was left behind", name)
		}
	}
}

// TestTheServerCallsNobodyThatAStrangerNames hands in addresses of a listener
// beside the server: as firmware, as a place for logs, and, by a charger, as the
// responder for a certificate.
func TestTheServerCallsNobodyThatAStrangerNames(t *testing.T) {
	t.Parallel()
	var called atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			called.Add(1)
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, responders := range [][]string{nil, {"any"}, {"ocsp.example.org"}} {
		s := apptest.Start(t, apptest.Options{Estate: estate, Settings: func(c *config.Config) { c.OCSP = responders }})
		y := &yard{Server: s, t: t}
		full := &bearer{headers: []string{"Bearer " + s.Key}}
		obeying(t, s.OCPP(), "identity-bay")
		young := connected(t, s.OCPP(), "identity-post", "ocpp2.0.1")
		young.call(t, "BootNotification", `{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}`)
		for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0.0.0.0", "user@127.0.0.1"} {
			address := "http://" + host + ":" + port + "/"
			y.ask(full, http.MethodPost, y.URL+of(bay, "firmware?wait=false"), fmt.Sprintf(`{"location":%q}`, address))
			y.ask(full, http.MethodPost, y.URL+of(bay, "log?wait=false"), fmt.Sprintf(`{"location":%q}`, address))
			young.call(t, "GetCertificateStatus", fmt.Sprintf(`{"ocspRequestData":{"hashAlgorithm":"SHA256","issuerNameHash":"%064d","issuerKeyHash":"%064d",
				"serialNumber":"1","responderURL":%q}}`, 1, 2, address))
		}
		s.Stop()
	}
	if n := called.Load(); n != 0 {
		t.Errorf("the server called %d times", n)
	}
}
