package pki

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func newServer(t *testing.T, cfg Config) (*Server, *logged) {
	t.Helper()
	log, lines := newLog()
	cfg.Log = log
	s, err := NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, lines
}

// TC_A_04, TC_086: a client that knows only one suite gets in with each.
func TestEachCipherSuiteThatCertificationDemandsWorks(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a, Host: testHost})
	addr := serve(t, s)
	want := map[uint16]x509.PublicKeyAlgorithm{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: x509.ECDSA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: x509.ECDSA,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256:         x509.RSA,
		tls.TLS_RSA_WITH_AES_256_GCM_SHA384:         x509.RSA,
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:   x509.RSA,
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:   x509.RSA,
	}
	if len(want) != len(CipherSuites) {
		t.Fatalf("%d suites, want %d", len(CipherSuites), len(want))
	}
	for _, name := range []string{testHost, "", "old-name.example.org"} {
		for suite, kind := range want {
			config := client(a)
			config.CipherSuites, config.MaxVersion = []uint16{suite}, tls.VersionTLS12
			if name != testHost {
				// A charger that asks for another name and checks nothing.
				config.ServerName, config.InsecureSkipVerify = name, true
			}
			_, state, err := get(addr, config)
			if err != nil {
				t.Errorf("%s, name %q: %v", tls.CipherSuiteName(suite), name, err)
				continue
			}
			leaf := state.PeerCertificates[0]
			if state.CipherSuite != suite || leaf.PublicKeyAlgorithm != kind || leaf.Subject.CommonName != testHost || leaf.SerialNumber.Sign() <= 0 {
				t.Errorf("%s: got %s with a %s certificate of %s", tls.CipherSuiteName(suite), tls.CipherSuiteName(state.CipherSuite), leaf.PublicKeyAlgorithm, leaf.Subject.CommonName)
			}
		}
	}
}

func TestNewClientsGetTLS13AndHTTP11(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a})
	addr := serve(t, s)
	config := client(a)
	config.NextProtos = []string{"h2", "http/1.1"}
	_, state, err := get(addr, config)
	if err != nil || state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("got %+v, %v", state, err)
	}
}

// TC_A_06: a client below TLS 1.2 is cut off, and a later good one works.
func TestOldTLSIsRefusedAndTheNextConnectionWorks(t *testing.T) {
	a := newAuthority(t)
	s, lines := newServer(t, Config{Authority: a, MinVersion: tls.VersionTLS10})
	addr := serve(t, s)
	config := client(a)
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, _, err := get(addr, config); err == nil {
		t.Error("TLS 1.1 got in")
	}
	if _, _, err := get(addr, client(a)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`reason="the client knows only TLS versions that are no longer safe"`, "remote=127.0.0.1:", "sni=" + testHost, `fix="Update the charger's firmware: it needs TLS 1.2."`} {
		waitForLine(t, lines, want)
	}
}

func TestAClientThatSpeaksNoTLSIsTold(t *testing.T) {
	a := newAuthority(t)
	s, lines := newServer(t, Config{Authority: a})
	conn, err := net.Dial("tcp", serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if !strings.HasSuffix(string(answer), "This port speaks TLS only: use wss:// or https://.\n") {
		t.Errorf("got %q, %v", answer, err)
	}
	waitForLine(t, lines, `reason="the client speaks no TLS"`)
}

func TestAClientThatDoesNotTrustTheServerIsLoggedOnceAMinute(t *testing.T) {
	a := newAuthority(t)
	s, lines := newServer(t, Config{Authority: a})
	addr := serve(t, s)
	for range 3 {
		if _, _, err := get(addr, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: testHost}); err == nil {
			t.Error("trusted without a root")
		}
	}
	// Each failure is counted before the next connection succeeds or not.
	if _, _, err := get(addr, client(a)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return handshakes(t, s, resultUntrusted) == 3 })
	if n := strings.Count(lines.String(), "the client refuses the server's certificate"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, lines)
	}
	if handshakes(t, s, resultOK) != 1 {
		t.Error("the good handshake is not counted")
	}
}

// waitForLine waits for a text in the log: a client may be done with a refusal
// before the server has written it down.
func waitForLine(t *testing.T, lines *logged, text string) {
	t.Helper()
	waitFor(t, func() bool { return strings.Contains(lines.String(), text) })
}

// waitFor waits for what another goroutine is about to do.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatal("it did not happen")
		case <-tick.C:
		}
	}
}

// handshakes reads a counter as Prometheus would.
func handshakes(t *testing.T, s *Server, result string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(s)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.Metric {
			if family.GetName() == "chargeyard_tls_handshakes_total" && metric.Label[0].GetValue() == result {
				return metric.Counter.GetValue()
			}
		}
	}
	t.Fatalf("no counter of %s", result)
	return 0
}

func TestASlowClientKeepsNobodyWaiting(t *testing.T) {
	a := newAuthority(t)
	s, lines := newServer(t, Config{Authority: a, HandshakeTimeout: 50 * time.Millisecond})
	addr := serve(t, s)
	for range 20 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	if _, _, err := get(addr, client(a)); err != nil {
		t.Error(err)
	}
	waitFor(t, func() bool { return handshakes(t, s, resultTimeout) == 20 })
	waitForLine(t, lines, `reason="the client did not end the handshake in time"`)
}

func TestAClosedListenerEndsItsHandshakes(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := s.Listen(inner)
	conn, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := listener.Close(); err != nil { // returns when all its goroutines have
		t.Error(err)
	}
	if _, err := listener.Accept(); err == nil {
		t.Error("a closed listener accepts")
	}
}
