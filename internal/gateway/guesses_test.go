package gateway

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

func newGuesses() *guesses {
	var g guesses
	g.init()
	return &g
}

func TestWrongPasswordsAreTooManyByPairIdentityAndAddress(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	// n wrong passwords, and what the last of them is too many for.
	f := func(name string, n int, of func(i int) (identity, remote string), want guessed) {
		t.Helper()
		g := newGuesses()
		var last guessed
		for i := range n {
			identity, remote := of(i)
			last = g.count(identity, remote, start)
		}
		if last != want {
			t.Errorf("%s: %+v, want %+v", name, last, want)
		}
	}
	one := func(int) (string, string) { return "CP1", "192.0.2.1" }
	f("the first", 1, one, guessed{first: true})
	f("ten", 10, one, guessed{})
	f("eleven", 11, one, guessed{pair: true})
	everywhere := func(i int) (string, string) { return "CP1", fmt.Sprintf("10.0.%d.%d", i/250, i%250) }
	f("thirty addresses", 30, everywhere, guessed{first: true})
	f("one more", 31, everywhere, guessed{first: true, identity: true, byIdentity: 31})
	f("another after the alarm", 32, everywhere, guessed{first: true, identity: true})
	depot := func(i int) (string, string) { return fmt.Sprint("CP", i), "192.0.2.1" }
	f("a depot of 300", 300, depot, guessed{first: true})
	f("one more of them", 301, depot, guessed{first: true, address: true, byAddress: 301})
	network := func(i int) (string, string) { return "CP1", fmt.Sprintf("2001:db8::%x", i+1) }
	f("addresses of one IPv6 network", 11, network, guessed{pair: true})
}

func TestAnAlarmOfGuessesComesAgainWithWhatCameSince(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_700_000_000, 0)
	var alarms []int
	for range 1000 {
		if v := g.count("CP1", "192.0.2.1", now); v.byIdentity > 0 {
			alarms = append(alarms, v.byIdentity)
		}
	}
	now = now.Add(guessAlarmQuiet)
	for range 1000 {
		if v := g.count("CP1", "192.0.2.1", now); v.byIdentity > 0 {
			alarms = append(alarms, v.byIdentity)
		}
	}
	if len(alarms) != 2 || alarms[0] != 31 || alarms[1] != 1000 {
		t.Errorf("alarms of %v wrong passwords, want one at 31 and one of the 969 and 31 after it", alarms)
	}
}

func TestTheLongestQuietGuesserIsForgotten(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_700_000_000, 0)
	for range patienceWithPair.burst + 1 {
		g.count("CP1", "192.0.2.1", now)
	}
	for i := range 3 * guessersTracked {
		remote := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()
		if v := g.count(fmt.Sprint("CP", i), remote, now); v.pair || !v.first {
			t.Fatalf("the first wrong password of a stranger is %+v", v)
		}
	}
	for name, list := range map[string]*guessers{"pairs": &g.pairs, "identities": &g.identities, "addresses": &g.addresses} {
		if list.order.Len() != guessersTracked || len(list.known) != guessersTracked {
			t.Errorf("%d and %d %s tracked", list.order.Len(), len(list.known), name)
		}
	}
}

func TestGuessesRaiseTheAlarmAndNobodyElseIsHarmed(t *testing.T) {
	secret := auth.ChargerSecret{1}
	y := listenYard(t, Config{ChargerSecret: secret, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	y.g.guesses.hold = 0
	y.estate.chargers[0].PasswordHash = auth.HashChargerPassword(secret, "right")
	ask := func(remote, password string) (status int, body string) {
		resp, c := y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\nX-Forwarded-For: " + remote +
			"\r\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte("CP1:"+password)) + "\r\n\r\n")
		if resp.StatusCode == 101 {
			c.conn.Close()
			return 101, ""
		}
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	for range 40 {
		ask("192.0.2.1", "wrong")
	}
	const fix = "\nSet the same password in the charger (AuthorizationKey) and here, with \"chargeyard charger password\".\n"
	f := func(remote, password string, status int, body string) {
		t.Helper()
		gotStatus, gotBody := ask(remote, password)
		if gotStatus != status || gotBody != body {
			t.Errorf("%s with %s: %d %q, want %d %q", remote, password, gotStatus, gotBody, status, body)
		}
	}
	f("192.0.2.1", "wrong", 429, "too many wrong passwords from this address"+fix)
	f("192.0.2.2", "wrong", 401, "the charger's password is wrong"+fix) // the first from there
	f("192.0.2.2", "wrong", 429, "too many wrong passwords for this charger"+fix)
	f("192.0.2.1", "right", 101, "")
	f("192.0.2.2", "right", 101, "")
	if n := testutil.ToFloat64(y.g.metrics.guesses.WithLabelValues("identity")); n != 1 {
		t.Errorf("%v alarms counted", n)
	}
	if !strings.Contains(y.log.String(), "many wrong passwords") {
		t.Error("the log has no alarm")
	}
	eventually(t, "the alarm is listed", func() bool {
		for _, r := range y.refusals.all() {
			if r.Reason == `31 wrong passwords came for "CP1", lately from 192.0.2.1` {
				return true
			}
		}
		return false
	})
}

func TestAnswersToManyWrongPasswordsAreHeldBack(t *testing.T) {
	secret := auth.ChargerSecret{1}
	y := listenYard(t, Config{ChargerSecret: secret})
	y.g.guesses.hold = 50 * time.Millisecond
	y.estate.chargers[0].PasswordHash = auth.HashChargerPassword(secret, "right")
	wrong := func() time.Duration {
		began := time.Now()
		y.ask("GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Authorization: Basic Q1AxOnc=\r\n\r\n")
		return time.Since(began)
	}
	for range patienceWithPair.burst {
		wrong()
	}
	if took := wrong(); took < y.g.guesses.hold {
		t.Errorf("answered after %s", took)
	}
	if held := y.g.guesses.held.Load(); held != 0 {
		t.Errorf("%d answers are held back for ever", held)
	}
}

func TestRefusedHandshakesOfOneAddressAreNotAllLogged(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_700_000_000, 0)
	logged := 0
	for range 10_000 {
		if g.mayLog("192.0.2.1", now) {
			logged++
		}
	}
	if logged != patienceOfLog.burst {
		t.Errorf("%d of 10000 are logged at once", logged)
	}
	if !g.mayLog("192.0.2.2", now) || !g.mayLog("192.0.2.1", now.Add(2*patienceOfLog.every)) {
		t.Error("others, or later ones, are not logged")
	}
}

func TestAMessageInFragmentsMustEnd(t *testing.T) {
	inBubble(t, Config{}, func(y *yard) {
		y.estate.chargers[0].Boot = &charging.Boot{}
		c := y.pipe(y.estate.chargers[0])
		c.sendFrame(ws.NewFrame(ws.OpText, false, []byte(`[2,"x",`)))
		begun := time.Now()
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-time.After(30 * time.Second): // never silent
					if ws.WriteFrame(c.conn, ws.MaskFrame(ws.NewFrame(ws.OpContinuation, false, nil))) != nil {
						return
					}
				case <-stop:
					return
				}
			}
		}()
		c.wantClosed(1008, "a message was not complete after 2m0s")
		close(stop)
		if took := time.Since(begun); took < messageLimit || took > messageLimit+2*sweepEvery {
			t.Errorf("closed after %s", took)
		}
	})
}
