package pki

import (
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// with adds a client certificate to the settings of a client.
func with(config *tls.Config, m minted) *tls.Config {
	// Sent even when the server does not name its issuer.
	cert := m.tls()
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	return config
}

// TC_A_07, TC_087: a client certificate gets in with each suite and version.
func TestAClientCertificateGetsInWithEachSuite(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a})
	addr := serve(t, s)
	key := ecKey(t, elliptic.P256())
	_, cert, err := a.SignCSR(newCSR(t, key, "CP1"), Applicant{Identity: "CP1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range append(CipherSuites, 0) {
		config := with(client(a), minted{cert, key})
		if suite != 0 {
			config.CipherSuites, config.MaxVersion = []uint16{suite}, tls.VersionTLS12
		}
		if body, _, err := get(addr, config); err != nil || body != "CP1" {
			t.Errorf("%s: got %q, %v", tls.CipherSuiteName(suite), body, err)
		}
	}
	if body, _, err := get(addr, client(a)); err != nil || body != "" {
		t.Errorf("without a certificate: got %q, %v", body, err)
	}
}

// TC_A_08: a bad client certificate is cut off with a reason in the log, and a
// later good one works.
func TestABadClientCertificateIsRefusedWithItsReason(t *testing.T) {
	a := newAuthority(t)
	key := ecKey(t, elliptic.P256())
	stranger := mint(t, key, nil, authority("Stranger"))
	yesterday := time.Now().Add(-24 * time.Hour)
	bad := map[string]minted{
		`the client certificate of \"CP1\" comes from \"Stranger\", which is not among the roots of --tls-client-ca or the built-in authority`: mint(t, key, &stranger, nil),
		`the client certificate of \"CP1\" comes from \"CP1\", which is not among`:                                                             mint(t, key, nil, nil),
		`the client certificate of \"CP1\" expired on ` + yesterday.UTC().Format(time.DateOnly): mint(t, key, a.root(), func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = yesterday.Add(-time.Hour), yesterday
		}),
		`the client certificate of \"CP1\" is valid only from 2`: mint(t, key, a.root(), func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }),
		`is not made for clients (its extended key usage lacks clientAuth)`: mint(t, key, a.root(), func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}),
		`the client certificate of \"CP1\" has an RSA key of 1024 bits, and needs at least 2048`: mint(t, weakRSA(t), a.root(), nil),
	}
	good := mint(t, key, a.root(), nil)
	for want, m := range bad {
		s, lines := newServer(t, Config{Authority: a})
		addr := serve(t, s)
		config := with(client(a), m)
		config.MaxVersion = tls.VersionTLS12
		if _, _, err := get(addr, config); err == nil {
			t.Errorf("%s: got in", want)
		}
		waitFor(t, func() bool { return handshakes(t, s, resultCertificate) == 1 && strings.Contains(lines.String(), want) })
		if body, _, err := get(addr, with(client(a), good)); err != nil || body != "CP1" {
			t.Errorf("the good certificate: got %q, %v", body, err)
		}
		if strings.Contains(lines.String(), "BEGIN") {
			t.Error("the log holds a certificate")
		}
	}
}

func TestAnExpiredCertificateGetsInOnlyWhenAllowed(t *testing.T) {
	a := newAuthority(t)
	// It is one day old otherwise, and the certificate two.
	a.ecdsa.cert.NotBefore = time.Now().Add(-72 * time.Hour)
	s, _ := newServer(t, Config{Authority: a, AcceptExpired: true})
	addr := serve(t, s)
	key := ecKey(t, elliptic.P256())
	over := func(parent *minted) minted {
		return mint(t, key, parent, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		})
	}
	old := over(a.root())
	if body, _, err := get(addr, with(client(a), old)); err != nil || body != "CP1" {
		t.Errorf("got %q, %v", body, err)
	}
	if !Expired(old.cert, time.Now()) {
		t.Error("it is not called expired")
	}
	if _, _, err := get(addr, with(client(a), over(nil))); err == nil {
		t.Error("an expired one of a stranger got in")
	}
}

func TestRootsOfAFileCountBesideTheAuthority(t *testing.T) {
	a := newAuthority(t)
	key := ecKey(t, elliptic.P256())
	maker := mint(t, key, nil, authority("Maker"))
	file := filepath.Join(t.TempDir(), "maker.pem")
	write(t, file, maker.certPEM())
	s, _ := newServer(t, Config{Authority: a, ClientCAFiles: []string{file}})
	addr := serve(t, s)
	for _, parent := range []*minted{&maker, a.root()} {
		if body, _, err := get(addr, with(client(a), mint(t, key, parent, nil))); err != nil || body != "CP1" {
			t.Errorf("signed by %s: got %q, %v", parent.cert.Subject.CommonName, body, err)
		}
	}
}

func TestACertificateMatchesItsChargerOnly(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	cert := mint(t, key, nil, func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.Organization = "SN-77", []string{"Northline"}
		c.DNSNames = []string{"cp7.example.org"}
		c.URIs = []*url.URL{{Scheme: "urn", Opaque: "charger:7"}}
	}).cert
	print := Fingerprint(cert)
	f := func(identity, serial, fingerprint, organization, want string) {
		t.Helper()
		err := Match(cert, identity, serial, fingerprint, organization)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		refusal(t, err, charging.Refused, want)
	}
	f("sn-77", "", "", "", "")
	f("CP7", "SN-77", "", "Northline", "")
	f("cp7.example.org", "", "", "", "")
	f("urn:charger:7", "", "", "northline", "")
	f("CP9", "", strings.ToUpper(print), "Elsewhere", "")
	f("CP7", "", "", "", `the certificate is made out to "SN-77", the charger's identity is "CP7" and its serial number is not known`)
	f("CP7", "SN-78", "", "", `the certificate is made out to "SN-77", the charger's identity is "CP7" and its serial number "SN-78"`)
	f("", "", "", "", `the certificate is made out to "SN-77", the charger's identity is "" and its serial number is not known`)
	f("SN-77", "", "", "Southline", `the certificate names "Northline" as organization (O), and needs "Southline"`)
	f("SN-77", "", strings.Repeat("ab", 32), "", `the charger is bound to the certificate with the SHA-256 abababababababab…, and this one has `+print[:16]+`…`)
}

func TestAProxyHandsOnTheCertificateInEachForm(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a, ProxyHeaders: ProxyHeaderNames})
	key := ecKey(t, elliptic.P256())
	good := mint(t, key, a.root(), nil)
	armoured := url.PathEscape(string(good.certPEM()))
	bare := base64.StdEncoding.EncodeToString(good.cert.Raw)
	f := func(name, value, want string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/ocpp/CP1", nil)
		r.Header.Set(name, value)
		if cert, err := s.ClientCertificate(r, false); cert != nil || err != nil {
			t.Errorf("%s: believed without trust: %v, %v", name, cert, err)
		}
		cert, err := s.ClientCertificate(r, true)
		if want != "" {
			refusal(t, err, charging.Refused, want)
		} else if err != nil || !cert.Equal(good.cert) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	f("Client-Cert", ":"+bare+":", "")
	f("X-SSL-Client-Cert", armoured, "")
	f("X-SSL-Client-Cert", bare, "")
	f("X-Forwarded-Client-Cert", `By=spiffe://x;Hash=ab;Cert="`+armoured+`";Subject="CN=a,O=\"b;c\"";URI=`, "")
	f("X-Forwarded-Client-Cert", `Cert="c3B5"`+`,By=x;Chain="`+armoured+`"`, "")
	f("X-Forwarded-Tls-Client-Cert", url.PathEscape(bare)+","+bare, "")
	f("Client-Cert", bare, "the header Client-Cert holds no base64 between colons (RFC 9440)")
	f("X-Forwarded-Client-Cert", "Hash=ab", `the header X-Forwarded-Client-Cert has neither Cert="…" nor Chain="…"; let the proxy forward the certificate itself`)
	f("X-SSL-Client-Cert", "%zz", "the header X-Ssl-Client-Cert is not percent-encoded as it should be")
	f("X-SSL-Client-Cert", "c3B5", "the header X-Ssl-Client-Cert holds what is no certificate")
	stranger := mint(t, key, nil, authority("Stranger"))
	f("X-SSL-Client-Cert", url.PathEscape(string(mint(t, key, &stranger, nil).certPEM())),
		`the client certificate of "CP1" comes from "Stranger", which is not among the roots of --tls-client-ca or the built-in authority`)
}

func TestTwoHeadersWithCertificatesAreNotBelieved(t *testing.T) {
	a := newAuthority(t)
	s, _ := newServer(t, Config{Authority: a, ProxyHeaders: []string{"client-cert", "x-ssl-client-cert"}})
	good := mint(t, ecKey(t, elliptic.P256()), a.root(), nil)
	value := ":" + base64.StdEncoding.EncodeToString(good.cert.Raw) + ":"
	_, err := s.FromProxy(http.Header{"Client-Cert": {value}, "X-Ssl-Client-Cert": {value}})
	refusal(t, err, charging.Refused, "the request has more than one header with a client certificate; let the proxy remove those that it does not set itself")
	_, err = s.FromProxy(http.Header{"Client-Cert": {value, value}})
	refusal(t, err, charging.Refused, "the request has more than one header with a client certificate; let the proxy remove those that it does not set itself")
	if cert, err := s.FromProxy(http.Header{"X-Forwarded-Client-Cert": {value}}); cert != nil || err != nil {
		t.Error("a header that is not configured is believed")
	}
	_, err = NewServer(Config{Authority: a, ProxyHeaders: []string{"X-Cert"}})
	refusal(t, err, charging.Invalid, `"X-Cert" is no header with a client certificate; there are Client-Cert, X-Forwarded-Client-Cert, X-Forwarded-Tls-Client-Cert, X-Ssl-Client-Cert`)
}

func TestAServerBehindAProxyNeedsNoCertificateOfItsOwn(t *testing.T) {
	a := newAuthority(t)
	good := mint(t, ecKey(t, elliptic.P256()), a.root(), nil)
	for _, name := range []string{nameServerECDSA, nameServerRSA} {
		if err := os.Remove(certPath(a.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := NewServer(Config{Authority: a})
	refusal(t, err, charging.Invalid, "the authority in "+a.folder+` has made no server certificate yet; make it with "chargeyard ca server" and the name that chargers connect to`)
	s, _ := newServer(t, Config{Authority: a, ProxyOnly: true, ProxyHeaders: []string{"Client-Cert"}})
	cert, err := s.FromProxy(http.Header{"Client-Cert": {":" + base64.StdEncoding.EncodeToString(good.cert.Raw) + ":"}})
	if err != nil || !cert.Equal(good.cert) {
		t.Errorf("got %v", err)
	}
}
