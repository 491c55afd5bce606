package gateway

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// authority signs client certificates for a test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.root, _ = x509.ParseCertificate(der)
	return a
}

func (a *authority) issue(commonName string) *tls.Certificate {
	a.t.Helper()
	return a.issueUntil(commonName, time.Now().Add(time.Hour))
}

func (a *authority) issueUntil(commonName string, end time.Time) *tls.Certificate {
	a.t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: commonName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func fingerprintOf(c *tls.Certificate) string {
	sum := sha256.Sum256(c.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// secured serves a yard in plain and under TLS, where client certificates of
// the authority are verified.
func secured(t *testing.T, cfg Config) (*yard, *authority, *httptest.Server) {
	y := listenYard(t, cfg)
	ca := newAuthority(t)
	srv := httptest.NewUnstartedServer(y.g)
	pool := x509.NewCertPool()
	pool.AddCert(ca.root)
	srv.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return y, ca, srv
}

// attempt is how a charger connects.
type attempt struct {
	tls      bool
	cert     *tls.Certificate
	password string
	header   string
}

// connect tries a handshake, and returns the status and the answer's first line.
func (y *yard) connect(srv *httptest.Server, how attempt) (status int, reason string, c *client) {
	y.t.Helper()
	request := "GET /ocpp/CP1 HTTP/1.1\r\n" + handshakeHead + "Sec-WebSocket-Protocol: ocpp1.6\r\n" + how.header
	if how.password != "" {
		request += "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("CP1:"+how.password)) + "\r\n"
	}
	request += "\r\n"
	if !how.tls {
		resp, c := y.ask(request)
		return resp.StatusCode, firstLine(resp), c
	}
	config := &tls.Config{InsecureSkipVerify: true}
	if how.cert != nil {
		config.Certificates = []tls.Certificate{*how.cert}
	}
	conn, err := tls.Dial("tcp", srv.Listener.Addr().String(), config)
	if err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, request)
	c = &client{t: y.t, conn: conn, r: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		y.t.Fatal(err)
	}
	return resp.StatusCode, firstLine(resp), c
}

func firstLine(resp *http.Response) string {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return ""
	}
	body, _ := io.ReadAll(resp.Body)
	reason, fix, _ := strings.Cut(string(body), "\n")
	if len(fix) < 20 {
		return "no fix: " + reason
	}
	return reason
}

// lastProfile is the security profile of the last connection that was recorded.
func (e *memoryEstate) lastProfile() int {
	profile := -1
	for _, ev := range e.taken() {
		if c, ok := ev.Body.(charging.Connected); ok {
			profile = c.Profile
		}
	}
	return profile
}

var yardSecret = auth.ChargerSecret{7}

// TC_083 and TC_A_19: what is below the charger's profile is refused.
func TestConnectionNeedsTheProfileOfTheCharger(t *testing.T) {
	y, ca, srv := secured(t, Config{ChargerSecret: yardSecret})
	charger := y.estate.chargers[0]
	cert := ca.issue("CP1")
	const right = "right-password-0123"
	f := func(name string, least int, password string, how attempt, status int, reason string, profile int) {
		t.Helper()
		charger.Profile, charger.PasswordHash = least, ""
		if password != "" {
			charger.PasswordHash = auth.HashChargerPassword(yardSecret, password)
		}
		gotStatus, gotReason, c := y.connect(srv, how)
		c.conn.Close()
		if gotStatus != status || gotReason != reason {
			t.Errorf("%s: %d %q, want %d %q", name, gotStatus, gotReason, status, reason)
		}
		if got := y.estate.lastProfile(); status == 101 && got != profile {
			t.Errorf("%s: recorded with profile %d, want %d", name, got, profile)
		}
	}
	f("nothing", 0, "", attempt{}, 101, "", 0)
	f("a password nobody asked for", 0, "", attempt{password: "x"}, 101, "", 0)
	f("password", 0, right, attempt{password: right}, 101, "", 1)
	f("TLS without a password", 0, "", attempt{tls: true}, 101, "", 0)
	f("TLS and password", 0, right, attempt{tls: true, password: right}, 101, "", 2)
	f("certificate", 3, "", attempt{tls: true, cert: cert}, 101, "", 3)
	f("certificate, password ignored", 3, right, attempt{tls: true, cert: cert, password: "wrong"}, 101, "", 3)
	f("1: no password here", 1, "", attempt{password: right}, 403,
		"the charger connects with security profile 0, and needs at least 1", 0)
	f("1: wrong password", 1, right, attempt{password: "wrong"}, 401, "the charger's password is wrong", 0)
	f("1: no password sent", 1, right, attempt{}, 401, "the charger sent no password", 0)
	f("2 over ws", 2, right, attempt{password: right}, 403,
		"the charger connects without TLS, and needs at least security profile 2", 0)
	f("2: no password here", 2, "", attempt{tls: true}, 403,
		"the charger connects with security profile 0, and needs at least 2", 0)
	f("3 over ws", 3, right, attempt{password: right}, 403,
		"the charger connects without TLS, and needs at least security profile 3", 0)
	f("3 without a certificate", 3, right, attempt{tls: true, password: right}, 403,
		"the charger connects without a client certificate, and needs security profile 3", 0)
	f("somebody else's certificate", 0, "", attempt{tls: true, cert: ca.issue("CP2")}, 403,
		`the client certificate is not the charger's: the certificate is made out to "CP2", the charger's identity is "CP1" and its serial number is not known`, 0)
	charger.Fingerprint = fingerprintOf(cert)
	f("the certificate that it is bound to", 3, "", attempt{tls: true, cert: cert}, 101, "", 3)
	other := ca.issue("CP1")
	f("another one of the same name", 3, "", attempt{tls: true, cert: other}, 403,
		"the client certificate is not the charger's: the charger is bound to the certificate with the SHA-256 "+
			charger.Fingerprint[:16]+"…, and this one has "+fingerprintOf(other)[:16]+"…", 0)
}

func TestServerMayWantAProfileOfAllChargers(t *testing.T) {
	y, _, srv := secured(t, Config{ChargerSecret: yardSecret, MinProfile: 2})
	status, reason, _ := y.connect(srv, attempt{})
	if status != 403 || reason != "the charger connects without TLS, and needs at least security profile 2" {
		t.Errorf("%d %q", status, reason)
	}
	eventually(t, "the refusal is kept", func() bool { return len(y.refusals.all()) == 1 })
	if kept := y.refusals.all()[0]; kept.Status != 403 || kept.Identity != "CP1" || kept.Fix == "" {
		t.Errorf("kept %+v", kept)
	}
}

func TestTrustedProxyMayDoTLS(t *testing.T) {
	f := func(name string, trusted []netip.Prefix, header string, status int) {
		t.Helper()
		y := listenYard(t, Config{ChargerSecret: yardSecret, TrustedProxies: trusted})
		y.estate.chargers[0].Profile = 2
		y.estate.chargers[0].PasswordHash = auth.HashChargerPassword(yardSecret, "0123456789abcdef")
		got, reason, _ := y.connect(nil, attempt{password: "0123456789abcdef", header: header})
		if got != status {
			t.Errorf("%s: %d %s", name, got, reason)
		}
		if status == 101 && y.estate.lastProfile() != 2 {
			t.Errorf("%s: profile %d", name, y.estate.lastProfile())
		}
	}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	f("trusted", loopback, "X-Forwarded-Proto: https\r\n", 101)
	f("trusted, for WebSockets", loopback, "X-Forwarded-Proto: WSS\r\n", 101)
	f("the nearest proxy counts", loopback, "X-Forwarded-Proto: https, http\r\n", 403)
	f("trusted, in plain", loopback, "X-Forwarded-Proto: http\r\n", 403)
	f("trusted, without a word", loopback, "", 403)
	f("not trusted", nil, "X-Forwarded-Proto: https\r\n", 403)
}

func TestCertificateMayBeHandedOnByAProxy(t *testing.T) {
	ca := newAuthority(t)
	cert, _ := x509.ParseCertificate(ca.issue("CP1").Certificate[0])
	expired, _ := x509.ParseCertificate(ca.issueUntil("CP1", time.Now().Add(-time.Minute)).Certificate[0])
	y := listenYard(t, Config{ClientCertificate: func(r *http.Request, trusted bool) (*x509.Certificate, error) {
		switch r.Header.Get("Client-Cert") {
		case "":
			return nil, nil
		case "good":
			return cert, nil
		case "expired":
			return expired, nil
		}
		return nil, errors.New("the header Client-Cert is no certificate")
	}})
	status, _, _ := y.connect(nil, attempt{header: "Client-Cert: good\r\n"})
	if status != 101 || y.estate.lastProfile() != 3 {
		t.Errorf("status %d, profile %d", status, y.estate.lastProfile())
	}
	// Whether an expired one is let in is decided by whoever verified it.
	status, _, _ = y.connect(nil, attempt{header: "Client-Cert: expired\r\n"})
	if log := y.log.String(); status != 101 || !strings.Contains(log, "a charger came with an expired client certificate") {
		t.Errorf("status %d, log %s", status, log)
	}
	status, reason, _ := y.connect(nil, attempt{header: "Client-Cert: nonsense\r\n"})
	if status != 403 || reason != "the charger's client certificate cannot be used: the header Client-Cert is no certificate" {
		t.Errorf("status %d, reason %q", status, reason)
	}
}

func TestBootMustNameTheSerialNumberOfTheCertificate(t *testing.T) {
	y, ca, srv := secured(t, Config{})
	charger := y.estate.chargers[0]
	charger.SerialNumber = "SN-77"
	connect := func(serial string) *client {
		status, reason, c := y.connect(srv, attempt{tls: true, cert: ca.issue("sn-77")})
		if status != 101 {
			t.Fatalf("%d %s", status, reason)
		}
		c.send(`[2,"b","BootNotification",{"chargePointVendor":"a","chargePointModel":"b","chargePointSerialNumber":"` + serial + `"}]`)
		return c
	}
	if got := connect("SN-77").text(); !strings.HasPrefix(got, `[3,"b",`) {
		t.Errorf("the right serial number is answered %s", got)
	}
	before := len(y.estate.taken())
	connect("SN-78").wantClosed(1008, "the serial number is not that of the client certificate")
	for _, ev := range y.estate.taken()[before:] {
		if _, booted := ev.Body.(charging.Booted); booted {
			t.Error("the boot of another device was stored")
		}
	}
	eventually(t, "it is kept", func() bool { return len(y.refusals.all()) == 1 })
	want := `the charger boots with the serial number "SN-78", and its client certificate is made out to "sn-77"`
	if got := y.refusals.all()[0].Reason; got != want {
		t.Errorf("kept as %q, want %q", got, want)
	}

	// A boot without a serial number is of the charger that the certificate
	// names, which is known by that number the next time, too.
	if got := connect("").text(); !strings.HasPrefix(got, `[3,"b",`) {
		t.Errorf("no serial number is answered %s", got)
	}
	all := y.estate.taken()
	for _, ev := range all[len(all)-1:] {
		if boot, ok := ev.Body.(charging.Booted); !ok || boot.SerialNumber != "sn-77" {
			t.Errorf("stored %+v", ev.Body)
		}
	}

	// A certificate that names the identity says nothing about serial numbers.
	status, _, c := y.connect(srv, attempt{tls: true, cert: ca.issue("CP1")})
	if status != 101 {
		t.Fatalf("status %d", status)
	}
	c.send(`[2,"b","BootNotification",{"chargePointVendor":"a","chargePointModel":"b","chargePointSerialNumber":"SN-78"}]`)
	if got := c.text(); !strings.HasPrefix(got, `[3,"b",`) {
		t.Errorf("answered %s", got)
	}
}

// TC_073, TC_A_09, TC_A_10: until it is known whether a charger took its next
// password, both let it in.
func TestBothPasswordsLetInUntilOneIsUsed(t *testing.T) {
	f := func(present, next, sent string, status int, want ...bool) {
		t.Helper()
		var mu sync.Mutex
		var told []bool
		var charger *charging.Charger
		y := listenYard(t, Config{ChargerSecret: yardSecret, PasswordUsed: func(_ context.Context, _ charging.ID, hash string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, hash == charger.NextPasswordHash)
		}})
		charger = y.estate.chargers[0]
		if present != "" {
			charger.PasswordHash = auth.HashChargerPassword(yardSecret, present)
		}
		if next != "" {
			charger.NextPasswordHash = auth.HashChargerPassword(yardSecret, next)
		}
		got, reason, _ := y.connect(nil, attempt{password: sent})
		if got != status {
			t.Errorf("%d %s, want %d", got, reason, status)
		}
		eventually(t, "the password is told", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Equal(told, want)
		})
	}
	f("old-password-0123", "new-password-0123", "old-password-0123", 101, false)
	f("old-password-0123", "new-password-0123", "new-password-0123", 101, true)
	f("old-password-0123", "new-password-0123", "other", 401)
	f("old-password-0123", "", "old-password-0123", 101)
	f("", "new-password-0123", "new-password-0123", 101, true)
	f("", "new-password-0123", "", 401)
}
