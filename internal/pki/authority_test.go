package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestAnAuthorityIsMadeOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ca")
	refusal(t, Init(folder, Options{}), charging.Invalid, "an authority needs the name of its organization; chargers' certificates carry it")
	refusal(t, Init(folder, Options{Organization: "Northline", Years: 99}), charging.Invalid, "the roots can be valid for 1 to 50 years, and not for 99")
	_, err := Load(folder)
	refusal(t, err, charging.NotFound, "there is no authority in "+folder+`; make one with "chargeyard ca init"`)
	if err := Init(folder, Options{Organization: "Northline", Years: 10}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(keyPath(folder, NameRootECDSA))
	if err != nil {
		t.Fatal(err)
	}
	refusal(t, Init(folder, Options{Organization: "Northline"}), charging.Conflict,
		"there is an authority in "+folder+" already; chargers trust it, so it is never overwritten. Choose another folder with --ca-folder")
	after, err := os.ReadFile(keyPath(folder, NameRootECDSA))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the key changed")
	}
	for name, mode := range map[string]os.FileMode{".": 0o700 | os.ModeDir, "root-ecdsa.key": 0o600, "root-rsa.key": 0o600, "roots.pem": 0o644} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
	a, err := Load(folder)
	if err != nil || a.Organization() != "Northline" || a.HasV2G() || len(a.Roots()) != 2 {
		t.Fatalf("loaded %+v, %v", a, err)
	}
	if end := a.Roots()[0].Certificate.NotAfter; time.Until(end) < 3640*24*time.Hour {
		t.Errorf("the root ends on %s", end)
	}
}

func TestServerCertificatesVerifyWithTheRootOfTheirKind(t *testing.T) {
	a := newAuthority(t)
	list, err := a.ServerCertificates()
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	serials := map[string]bool{}
	for i, root := range a.clientRoots() {
		pool := x509.NewCertPool()
		pool.AddCert(root)
		cert := list[i].Certificate
		for _, host := range []string{testHost, "127.0.0.1"} {
			if _, err := cert.Verify(x509.VerifyOptions{DNSName: host, Roots: pool}); err != nil {
				t.Errorf("%s for %s: %v", list[i].Name, host, err)
			}
		}
		if root.PublicKeyAlgorithm != cert.PublicKeyAlgorithm || cert.Subject.String() != "CN="+testHost+",O=Northline" {
			t.Errorf("%s is one of %s", list[i].Name, cert.Subject)
		}
		serials[cert.SerialNumber.String()], serials[root.SerialNumber.String()] = true, true
	}
	if len(serials) != 4 {
		t.Errorf("serial numbers repeat: %v", serials)
	}
	roots, err := parseCertificates(a.Bundle())
	if err != nil || len(roots) != 2 {
		t.Errorf("the bundle has %d roots, %v", len(roots), err)
	}
	refusal(t, a.IssueServer(), charging.Invalid, "a server certificate needs the name or address that chargers connect to")
	refusal(t, a.IssueServer("https://x"), charging.Invalid, `"https://x" is no host name or address; write it like charge.example.org or 192.0.2.7, without scheme and port`)
}

func TestARequestIsSignedForItsChargerOnly(t *testing.T) {
	a := newAuthority(t)
	ec := ecKey(t, elliptic.P256())
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	want := Applicant{Identity: "CP1", Serial: "SN-77"}
	for _, csr := range [][]byte{newCSR(t, ec, "CP1"), newCSR(t, ec, "SN-77"), newCSR(t, strong, "CP1"), newCSR(t, ecKey(t, elliptic.P224()), "CP1")} {
		chain, cert, err := a.SignCSR(csr, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseCertificates(chain)
		if err != nil || len(got) != 1 || !got[0].Equal(cert) {
			t.Errorf("the chain has %d certificates, %v", len(got), err)
		}
		if err := Match(cert, want.Identity, want.Serial, "", "Northline"); err != nil {
			t.Error(err)
		}
		s := &Server{now: time.Now}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(a.Bundle())
		if err := s.verify(pool, got); err != nil {
			t.Error(err)
		}
		if left := time.Until(cert.NotAfter); left < 364*24*time.Hour || left > 366*24*time.Hour || cert.IsCA || len(cert.ExtKeyUsage) != 1 {
			t.Errorf("valid for %s, CA %v, usages %v", left, cert.IsCA, cert.ExtKeyUsage)
		}
	}
	f := func(csr []byte, want Applicant, kind charging.Kind, text string) {
		t.Helper()
		_, _, err := a.SignCSR(csr, want)
		refusal(t, err, kind, text)
	}
	f(newCSR(t, ec, "CP2"), want, charging.Refused, `the certificate request is made out to "CP2"; it must name the charger's identity "CP1" or its serial number "SN-77"`)
	f(newCSR(t, ec, ""), Applicant{Identity: "CP1"}, charging.Refused, `the certificate request is made out to nobody; it must name the charger's identity "CP1", for its serial number is not known`)
	f(newCSR(t, weakRSA(t), "CP1"), want, charging.Refused, "the certificate request has an RSA key of 1024 bits, and needs at least 2048")
	_, _, err = a.SignCSR(newCSR(t, ec, "CP1"), Applicant{Identity: "CP1", MaxSize: 100})
	if err == nil || charging.KindOf(err) != charging.Refused || !strings.HasSuffix(err.Error(), " bytes, and the charger takes at most 100") {
		t.Errorf("a chain that is too long: %v", err)
	}
	f(newCSR(t, ec, "CP1"), Applicant{Identity: "CP1", Validity: 10 * 365 * 24 * time.Hour}, charging.Invalid, "a charger's certificate can be valid for an hour to 5 years, and not for 87600h0m0s")
	f([]byte(" "), want, charging.Invalid, "the certificate request is empty")
	f([]byte("hello, world"), want, charging.Invalid, "the certificate request is neither PEM nor base64")
	f(encodePEM(a.ecdsa.cert), want, charging.Invalid, "the certificate request holds no block of CERTIFICATE REQUEST")
	f(newCSR(t, ec, "CP1")[:200], want, charging.Invalid, `the certificate request has no line "-----END CERTIFICATE REQUEST-----": it was cut off`)

	forged := newCSR(t, ec, "CP1")
	der, err := looseBlocks(string(forged), labelRequest)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(der[0], []byte("CP1"))
	der[0][at+2] = '9'
	_, _, err = a.SignCSR([]byte(base64.StdEncoding.EncodeToString(der[0])), Applicant{Identity: "CP9"})
	if err == nil || !strings.HasPrefix(err.Error(), "the signature of the certificate request is wrong, so it does not prove that the charger has the key") {
		t.Errorf("a forged request: %v", err)
	}
}

func TestARequestIsReadAsChargersWriteIt(t *testing.T) {
	text := string(newCSR(t, ecKey(t, elliptic.P256()), "CP1"))
	body := strings.TrimSuffix(strings.TrimPrefix(text, "-----BEGIN CERTIFICATE REQUEST-----\n"), "-----END CERTIFICATE REQUEST-----\n")
	for name, form := range map[string]string{
		"as it should be":    text,
		"CRLF":               strings.ReplaceAll(text, "\n", "\r\n"),
		"written line break": strings.ReplaceAll(text, "\n", `\n`),
		"written CRLF":       strings.ReplaceAll(text, "\n", `\r\n`),
		"one line":           strings.ReplaceAll(text, "\n", ""),
		"spaces":             strings.ReplaceAll(text, "\n", " "),
		"doubled breaks":     strings.ReplaceAll(text, "\n", "\n\n"),
		"no armour":          body,
		"no padding":         strings.TrimRight(strings.ReplaceAll(body, "\n", ""), "="),
		"old label":          strings.ReplaceAll(text, "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
		"text before it":     "Certificate Request:\n  Data:\n" + text,
	} {
		request, err := ParseCSR([]byte(form))
		if err != nil || request.Subject.CommonName != "CP1" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestV2GCertificatesComeFromTheirOwnRoot(t *testing.T) {
	a := newAuthority(t)
	want := Applicant{Identity: "CP1", V2G: true}
	chain, cert, err := a.SignCSR(newCSR(t, ecKey(t, elliptic.P256()), "CP1"), want)
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseCertificates(chain)
	if err != nil || len(list) != 2 || list[1].Subject.CommonName != "Northline V2G Sub CA" {
		t.Fatalf("chain of %d, %v", len(list), err)
	}
	roots, subs := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.v2gRoot)
	subs.AddCert(list[1])
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: subs}); err != nil {
		t.Error(err)
	}
	if got := cert.Subject.String(); !strings.Contains(got, "CN=CP1") || !strings.Contains(got, "0.9.2342.19200300.100.1.25=") {
		t.Errorf("subject %s", got)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.Bundle())
	if err := (&Server{now: time.Now}).verify(pool, list); err == nil {
		t.Error("a V2G certificate gets in as a client certificate")
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = a.SignCSR(newCSR(t, strong, "CP1"), want)
	refusal(t, err, charging.Refused, "a V2G certificate needs an EC key (ISO 15118), and the request has another one")
	a.v2gSub = nil
	_, _, err = a.SignCSR(newCSR(t, ecKey(t, elliptic.P256()), "CP1"), want)
	refusal(t, err, charging.Refused, `the authority signs no V2G certificates; make one that does with "chargeyard ca init --v2g"`)
}

func TestAnAuthorityWithAForeignKeyIsNotLoaded(t *testing.T) {
	a := newAuthority(t)
	m := minted{a.ecdsa.cert, ecKey(t, elliptic.P256())}
	write(t, keyPath(a.folder, NameRootECDSA), m.keyPEM(t))
	_, err := Load(a.folder)
	refusal(t, err, charging.Invalid, "the key in "+keyPath(a.folder, NameRootECDSA)+" does not belong to the certificate in "+certPath(a.folder, NameRootECDSA)+"; each certificate needs its own key, and the file its own certificate first")
	leaf := mint(t, m.key.(*ecdsa.PrivateKey), nil, nil)
	write(t, certPath(a.folder, NameRootECDSA), leaf.certPEM())
	_, err = Load(a.folder)
	refusal(t, err, charging.Invalid, "the certificate in "+certPath(a.folder, NameRootECDSA)+" is not one of an authority")
}
