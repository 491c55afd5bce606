package gateway

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// handshake is a row of testdata/handshakes.jsonl: what a charger sends to open
// a connection, and what it gets.
type handshake struct {
	Name     string
	Source   string // where a charger like this was met, or the rule
	Identity string // of the charger that exists
	Password string // its password; "" for none
	Assume   bool   // OCPP 1.6 is assumed for it
	Query    bool   // an identity in the query is configured
	User     bool   // an identity as Basic user is configured
	Request  string
	Status   int
	Protocol string // echoed with 101
	Reason   string // given with another status
}

func readHandshakes(t *testing.T) []handshake {
	f, err := os.Open("testdata/handshakes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []handshake
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row handshake
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("no handshakes to try")
	}
	return rows
}

func TestHandshakesOfRealChargers(t *testing.T) {
	for _, row := range readHandshakes(t) {
		t.Run(row.Name, func(t *testing.T) { tryHandshake(t, row) })
	}
}

func tryHandshake(t *testing.T, row handshake) {
	cfg := Config{ChargerSecret: auth.ChargerSecret{1}, UserIdentity: row.User}
	if row.Query {
		cfg.QueryIdentity = []string{"chargePointId"}
	}
	y := listenYard(t, cfg)
	c := y.estate.chargers[0]
	c.OCPPID, c.AssumeOCPP16 = row.Identity, row.Assume
	if row.Password != "" {
		c.PasswordHash = auth.HashChargerPassword(cfg.ChargerSecret, row.Password)
	}
	resp, conn := y.ask(row.Request)
	if resp.StatusCode != row.Status {
		t.Fatalf("status %d, want %d", resp.StatusCode, row.Status)
	}
	if row.Status == http.StatusSwitchingProtocols {
		if got := resp.Header.Values("Sec-WebSocket-Protocol"); strings.Join(got, ",") != row.Protocol || len(got) > 1 {
			t.Errorf("protocol %q echoed, want %q", got, row.Protocol)
		}
		if got := resp.Header.Get("Sec-WebSocket-Accept"); got != "HSmrc0sMlYUkAGmm5OPpG2HaGWk=" {
			t.Errorf("accept key %q", got)
		}
		if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("extension %q negotiated", got)
		}
		conn.send(heartbeatCall)
		if got := conn.text(); !strings.HasPrefix(got, `[3,"h1",{"currentTime":"20`) {
			t.Errorf("answer to a Heartbeat: %s", got)
		}
		return
	}
	body, _ := io.ReadAll(resp.Body)
	reason, fix, _ := strings.Cut(string(body), "\n")
	if reason != row.Reason || len(fix) < 10 {
		t.Errorf("answer %q, want the reason %q and a fix", body, row.Reason)
	}
	if resp.Header.Get("Location") != "" {
		t.Error("a charger was redirected")
	}
	if row.Status == http.StatusUnauthorized && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), `Basic realm="`) {
		t.Errorf("WWW-Authenticate is %q", resp.Header.Get("WWW-Authenticate"))
	}
	eventually(t, "the refusal is kept", func() bool { return len(y.refusals.all()) == 1 })
	kept := y.refusals.all()[0]
	line, _, _ := strings.Cut(row.Request, "\r\n")
	if kept.Status != row.Status || kept.Reason != row.Reason || kept.Fix == "" || kept.Remote != "127.0.0.1" ||
		kept.Request != line || time.Since(kept.At) > time.Minute {
		t.Errorf("kept %+v", kept)
	}
}

func TestHandshakeIsRefusedWhileNothingCanBeStored(t *testing.T) {
	y := listenYard(t, Config{})
	y.estate.stall(time.Now().Add(-9 * time.Second))
	y.dial("CP1").conn.Close()
	y.estate.stall(time.Now().Add(-11 * time.Second))
	y.wantRefused(http.StatusServiceUnavailable, "the server cannot store anything at the moment", "30")

	y.estate.stall(time.Time{})
	y.estate.mu.Lock()
	y.estate.connect = func() error { return charging.Errorf(charging.Unavailable, "The disk is full.") }
	y.estate.mu.Unlock()
	y.wantRefused(http.StatusServiceUnavailable, "the server cannot store anything at the moment", "30")
	eventually(t, "the connection that may be stored after all is ended", func() bool { return len(y.estate.disconnects()) >= 2 })

	y.estate.mu.Lock()
	y.estate.connect = func() error { return charging.Errorf(charging.NotFound, "There is no charger with id 1.") }
	y.estate.mu.Unlock()
	y.wantRefused(http.StatusNotFound, "the charger was removed a moment ago", "")

	y.estate.mu.Lock()
	y.estate.connect = func() error { return errors.New("a fault of ours") }
	y.estate.mu.Unlock()
	y.wantRefused(http.StatusInternalServerError, "the server failed to record the connection", "")
}

func (y *yard) wantRefused(status int, reason, retryAfter string) {
	y.t.Helper()
	resp, _ := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n")
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != status || !strings.HasPrefix(string(body), reason+"\n") || resp.Header.Get("Retry-After") != retryAfter {
		y.t.Errorf("status %d, body %q, retry after %q", resp.StatusCode, body, resp.Header.Get("Retry-After"))
	}
}

func TestHandshakeIsRefusedWhileTheServerStops(t *testing.T) {
	y := listenYard(t, Config{})
	y.g.stopping.Store(true)
	y.wantRefused(http.StatusServiceUnavailable, "the server is stopping", "10")
}

func TestUnknownChargersAreAdoptedWhereThatIsWanted(t *testing.T) {
	var y *yard
	y = listenYard(t, Config{Adopt: func(_ context.Context, identity, remote string) (charging.ID, error) {
		switch identity {
		case "bad":
			return 0, charging.Errorf(charging.Invalid, "An identity has at least 4 characters.")
		case "broken":
			return 0, errors.New("something")
		case "later":
			return 0, charging.Errorf(charging.Unavailable, "The store is busy.")
		case "gone":
			return 99, nil
		}
		if remote != "127.0.0.1" {
			t.Errorf("adopting from %q", remote)
		}
		return y.add(charging.ChargerSettings{OCPPID: identity}).ID, nil
	}})
	c := y.dial("NEW-7")
	c.send(heartbeatCall)
	c.text()
	f := func(identity string, status int, text string) {
		t.Helper()
		resp, _ := y.ask("GET /ocpp/" + identity + " HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n")
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != status || string(body) != text {
			t.Errorf("%s: status %d, body %q", identity, resp.StatusCode, body)
		}
	}
	f("bad", 404, "the charger \"bad\" could not be adopted\nAn identity has at least 4 characters.\n")
	f("broken", 404, "the charger \"broken\" could not be adopted\nSee the server's log.\n")
	f("gone", 404, "the charger \"gone\" could not be adopted\nSee the server's log.\n")
	f("later", 503, "the server cannot store anything at the moment\nSee the server's log and \"chargeyard doctor\"; the charger tries again by itself.\n")
}

func TestRightPasswordIsNeverLockedOut(t *testing.T) {
	secret := auth.ChargerSecret{1}
	y := listenYard(t, Config{ChargerSecret: secret})
	y.estate.chargers[0].PasswordHash = auth.HashChargerPassword(secret, "right")
	basic := func(password string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("CP1:"+password))
	}
	y.g.guesses.hold = 0
	count := map[int]int{}
	for range 3 * patienceWithPair.burst {
		resp, _ := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\n" + basic("wrong") + "\r\n\r\n")
		count[resp.StatusCode]++
	}
	if count[401] < patienceWithPair.burst || count[401] > patienceWithPair.burst+2 || count[401]+count[429] != 3*patienceWithPair.burst {
		t.Errorf("statuses of %d wrong passwords: %v", 3*patienceWithPair.burst, count)
	}
	c := y.dial("CP1", basic("right"))
	c.send(heartbeatCall)
	c.text()
	if strings.Contains(y.log.String(), basic("wrong")[21:]) || strings.Contains(y.log.String(), "Authorization: ") {
		t.Error("the log shows credentials")
	}
	eventually(t, "the refusals are kept", func() bool { return len(y.refusals.all()) >= patienceWithPair.burst })
	if n := len(y.refusals.all()); n > patienceWithPair.burst+2 {
		t.Errorf("%d refusals kept of one address", n)
	}
}

func TestRequestLineHoldsNoCredentials(t *testing.T) {
	f := func(target, want string) {
		t.Helper()
		r := &http.Request{Method: "GET", RequestURI: target, Proto: "HTTP/1.1"}
		if got := requestLine(r, []string{"station"}); got != "GET "+want+" HTTP/1.1" {
			t.Errorf("%s is kept as %s", target, got)
		}
	}
	f("/ocpp/CP1", "/ocpp/CP1")
	f("/ws://user:secret@csms.example/CP1", "/ws://…@csms.example/CP1")
	f("http://user:secret@csms.example/ocpp/CP1", "http://…@csms.example/ocpp/CP1")
	f("/ocpp/user:secret@CP1", "/ocpp/…@CP1")
	f("/ocpp/user%3Asecret%40CP1", "/ocpp/…@CP1")
	f("/ocpp/lane:7", "/ocpp/lane:7")
	f("/ocpp/CP1?password=secret&chargePointId=CP1", "/ocpp/CP1?password=…&chargePointId=CP1")
	f("/ocpp/?station=7&x=secret&y", "/ocpp/?station=7&x=…&y")
	if got := requestLine(&http.Request{Method: "GET", RequestURI: "/" + strings.Repeat("a", 9000), Proto: "HTTP/1.1"}, nil); len(got) > 510 {
		t.Errorf("%d bytes of a request line kept", len(got))
	}
}

type failingRefusals struct{}

func (failingRefusals) AddRefusal(context.Context, charging.Refusal) error {
	return errors.New("no room")
}

func TestRefusalsThatCannotBeKeptAreCounted(t *testing.T) {
	y := newYard(t, Config{})
	defer y.stop()
	lost := make(chan struct{}, 2*refusalsWaiting)
	q := newRefusalQueue(failingRefusals{}, y.g.log, func() { lost <- struct{}{} })
	for range refusalsWaiting + 10 {
		q.add(charging.Refusal{Identity: "CP9"})
	}
	q.stop()
	if len(lost) != refusalsWaiting+10 {
		t.Errorf("%d of %d lost refusals counted", len(lost), refusalsWaiting+10)
	}
}
