package pki

import (
	"context"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// files are a certificate and its key on disk.
type files struct{ cert, key string }

func newFiles(t *testing.T) files {
	folder := t.TempDir()
	return files{filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key")}
}

// put writes a certificate for so many days, and returns it.
func (f files) put(t *testing.T, days int) minted {
	t.Helper()
	m := serverCert(t, days)
	write(t, f.cert, m.certPEM())
	write(t, f.key, m.keyPEM(t))
	return m
}

func serverCert(t *testing.T, days int) minted {
	t.Helper()
	return mint(t, ecKey(t, elliptic.P256()), nil, func(c *x509.Certificate) {
		c.Subject.CommonName, c.DNSNames = testHost, []string{testHost}
		c.NotAfter = time.Now().AddDate(0, 0, days)
	})
}

func (f files) config(s *Config) Config {
	s.CertFiles, s.KeyFiles = []string{f.cert}, []string{f.key}
	return *s
}

// served is the certificate that a client would get now.
func served(t *testing.T, s *Server) *x509.Certificate {
	t.Helper()
	config, err := s.TLSConfig().GetConfigForClient(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := config.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func TestCertificatesAreReloadedAndABrokenOneKeepsTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFiles(t)
		first := f.put(t, 90)
		s, lines := newServer(t, f.config(&Config{Host: testHost}))
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx)
		is := func(want minted, when string) {
			t.Helper()
			time.Sleep(11 * time.Second) // two looks: the second finds that nothing changes any more
			synctest.Wait()
			if !served(t, s).Equal(want.cert) {
				t.Errorf("%s: another certificate is served", when)
			}
		}
		is(first, "at first")
		second := f.put(t, 120)
		is(second, "after a change")

		write(t, f.cert, []byte("no certificate"))
		is(second, "with a broken file")
		is(second, "later")
		broken := `level=ERROR msg="new certificates cannot be used, and the old ones stay" reason="the certificate file ` + f.cert + ` holds no PEM certificate; one begins with \"-----BEGIN CERTIFICATE-----\""`
		if n := strings.Count(lines.String(), broken); n != 1 {
			t.Errorf("the broken file is logged %d times:\n%s", n, lines)
		}
		if err := os.Remove(f.cert); err != nil {
			t.Fatal(err)
		}
		is(second, "without a file")
		third := f.put(t, 150)
		is(third, "after the repair")
		if n := strings.Count(lines.String(), "new certificates are in use"); n != 2 {
			t.Errorf("%d reloads are logged, want 2:\n%s", n, lines)
		}
		cancel()
		synctest.Wait()
	})
}

func TestACertificateIsNotReadBeforeItsKeyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFiles(t)
		f.put(t, 90)
		s, lines := newServer(t, f.config(&Config{}))
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx)
		next := serverCert(t, 1000)
		time.Sleep(9 * time.Second)
		write(t, f.cert, next.certPEM())
		time.Sleep(3 * time.Second) // a look between the two writes
		write(t, f.key, next.keyPEM(t))
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if !served(t, s).Equal(next.cert) || strings.Contains(lines.String(), "level=ERROR") {
			t.Errorf("the new certificate is not served, or an error is logged:\n%s", lines)
		}
		cancel()
		synctest.Wait()
	})
}

func TestACertificateThatEndsSoonIsWarnedOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFiles(t)
		f.put(t, 32)
		s, lines := newServer(t, f.config(&Config{ReloadEvery: time.Hour}))
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx)
		// An hour past each threshold the log has one warning more.
		passed := 0
		for warnings, left := range []int{31, 30, 14, 7, 1, 0} {
			sleep := 32 - left - passed
			passed += sleep
			time.Sleep(time.Duration(sleep) * 24 * time.Hour)
			if warnings == 1 {
				time.Sleep(time.Hour)
			}
			synctest.Wait()
			if got := strings.Count(lines.String(), "a certificate ends soon"); got != warnings {
				t.Errorf("%d days left: %d warnings, want %d", left, got, warnings)
			}
		}
		if got := strings.Count(lines.String(), "a certificate ends soon"); got != 5 {
			t.Errorf("%d warnings, want 5 (30, 14, 7, 1 and 0 days):\n%s", got, lines)
		}
		if !strings.Contains(lines.String(), `certificate=server-ecdsa subject="CN=`+testHost+`"`) {
			t.Error(lines)
		}
		cancel()
		synctest.Wait()
	})
}

func TestTheAuthorityRenewsTheServersCertificates(t *testing.T) {
	a := newAuthority(t)
	s, lines := newServer(t, Config{Authority: a})
	before := served(t, s)
	s.now = func() time.Time { return before.NotAfter.Add(-29 * 24 * time.Hour) }
	a.now = s.now
	s.keepUp()
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	after := served(t, s)
	if !after.NotAfter.After(before.NotAfter) || strings.Join(Hosts(after), " ") != testHost+" 127.0.0.1" {
		t.Errorf("got one for %v until %s", Hosts(after), after.NotAfter)
	}
	if !strings.Contains(lines.String(), "the server's certificates are renewed by the built-in authority") {
		t.Error(lines)
	}
}

func TestExpiryIsAMetricOfEachCertificate(t *testing.T) {
	a := newAuthority(t)
	maker := filepath.Join(t.TempDir(), "maker.pem")
	key := ecKey(t, elliptic.P256())
	write(t, maker, append(mint(t, key, nil, authority("One")).certPEM(), mint(t, key, nil, authority("Two")).certPEM()...))
	s, _ := newServer(t, Config{Authority: a, ClientCAFiles: []string{maker}})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "chargeyard_certificate_expiry_seconds" {
			for _, m := range family.Metric {
				got[m.Label[0].GetValue()] = m.Gauge.GetValue()
			}
		}
	}
	for _, name := range []string{"server-ecdsa", "server-rsa", "client-ca", "client-ca-2", "root-ecdsa", "root-rsa", "v2g-root", "v2g-sub"} {
		if got[name] < float64(time.Now().Unix()) {
			t.Errorf("%s: %v", name, got[name])
		}
	}
}

func TestFilesThatCannotBeServedAreExplained(t *testing.T) {
	a := newAuthority(t)
	good, other := newFiles(t), newFiles(t)
	good.put(t, 90)
	other.put(t, 90)
	in := func(name string, data []byte) string {
		file := filepath.Join(t.TempDir(), name)
		write(t, file, data)
		return file
	}
	f := func(cert, key string, kind charging.Kind, want string) {
		t.Helper()
		log, _ := newLog()
		_, err := NewServer(Config{CertFiles: []string{cert}, KeyFiles: []string{key}, Log: log})
		refusal(t, err, kind, want)
	}
	absent := filepath.Join(t.TempDir(), "absent.pem")
	f(absent, good.key, charging.NotFound, "the certificate file "+absent+" does not exist")
	f(good.cert, absent, charging.NotFound, "the key file "+absent+" does not exist")
	f(good.key, good.key, charging.Invalid, "the certificate file "+good.key+` holds no PEM certificate; one begins with "-----BEGIN CERTIFICATE-----"`)
	f(good.cert, good.cert, charging.Invalid, "the key file "+good.cert+` holds no PEM key; one begins with "-----BEGIN PRIVATE KEY-----"`)
	f(good.cert, other.key, charging.Invalid, "the key in "+other.key+" does not belong to the certificate in "+good.cert+"; each certificate needs its own key, and the file its own certificate first")
	locked := in("locked.key", []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	f(good.cert, locked, charging.Invalid, "the key in "+locked+" is encrypted with a passphrase; store it without one, readable by its owner only")
	garbled := in("garbled.key", []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f(good.cert, garbled, charging.Invalid, "the key in "+garbled+" cannot be used")

	weak := mint(t, weakRSA(t), nil, nil)
	cert, key := in("weak.pem", weak.certPEM()), in("weak.key", weak.keyPEM(t))
	f(cert, key, charging.Invalid, "the certificate in "+cert+" has an RSA key of 1024 bits, and needs at least 2048; chargers refuse it, so make one with a stronger key")
	over := mint(t, ecKey(t, elliptic.P256()), nil, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	cert, key = in("over.pem", over.certPEM()), in("over.key", over.keyPEM(t))
	f(cert, key, charging.Invalid, "the certificate in "+cert+" expired on "+day(over.cert.NotAfter)+"; renew it")

	_, err := NewServer(Config{})
	refusal(t, err, charging.Invalid, `TLS needs a certificate; name one with --tls-cert and --tls-key, or make an authority with "chargeyard ca init"`)
	_, err = NewServer(Config{CertFiles: []string{good.cert}})
	refusal(t, err, charging.Invalid, "there are 1 certificate files and 0 key files; each certificate needs its key, in the same order")
	_, err = NewServer(Config{Authority: a, ClientCAFiles: []string{good.key}})
	refusal(t, err, charging.Invalid, "the file of client roots "+good.key+` holds no PEM certificate; one begins with "-----BEGIN CERTIFICATE-----"`)
}

func TestANameThatIsNotTheHostsIsWarnedOf(t *testing.T) {
	f := newFiles(t)
	f.put(t, 90)
	_, lines := newServer(t, f.config(&Config{Host: "other.example.org"}))
	for _, want := range []string{
		"the certificate is not made out to other.example.org, so chargers and browsers refuse it",
		"there is no server certificate of this kind, so chargers that know no other cannot connect\" kind=rsa",
	} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, lines)
		}
	}
	m := mint(t, ecKey(t, elliptic.P256()), nil, func(c *x509.Certificate) { c.DNSNames = []string{testHost} })
	if got := nameDoubt(m.cert, testHost); got != "the common name of the certificate is not charge.example.org, so some chargers refuse it" {
		t.Error(got)
	}
}

func TestEachKindOfKeyIsJudged(t *testing.T) {
	f := func(key any, want string) {
		t.Helper()
		if got := weakness(key); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f(strong.Public(), "")
	f(ecKey(t, elliptic.P224()).Public(), "")
	f(ecKey(t, elliptic.P384()).Public(), "")
	f("none", "a key of an unknown kind; use ECDSA P-256 or RSA 2048")
}
