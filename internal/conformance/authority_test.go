package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// serverName is what the servers' certificates are made out to.
const serverName = "charge.example.org"

// shared is the authority of all servers: RSA keys take their time.
var shared struct {
	once      sync.Once
	folder    string
	authority *pki.Authority
	err       error
}

// newAuthority returns the authority that all servers have.
func newAuthority(t *testing.T) *pki.Authority {
	t.Helper()
	shared.once.Do(func() {
		if shared.folder, shared.err = os.MkdirTemp("", "conformance"); shared.err != nil {
			return
		}
		if shared.err = pki.Init(shared.folder, pki.Options{Organization: "Conformance", V2G: true}); shared.err != nil {
			return
		}
		if shared.authority, shared.err = pki.Load(shared.folder); shared.err != nil {
			return
		}
		shared.err = shared.authority.IssueServer(serverName, "127.0.0.1")
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.authority
}

// removeAuthority is called when all tests have run.
func removeAuthority() {
	if shared.folder != "" {
		os.RemoveAll(shared.folder)
	}
}

// withTLS has a server listen with TLS too.
func withTLS(c *config.Config) {
	c.TLSListen, c.CAFolder = "127.0.0.1:0", shared.folder
}

// wss is the address to which stations append their identity when they
// connect with TLS.
func (k *play) wss() string { return "wss://" + k.TLSAddr().String() + "/ocpp" }

// trust returns the settings of a station that trusts the server's authority.
func (k *play) trust() *tls.Config {
	k.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(k.authority.Bundle()) {
		k.Fatal("the authority has no roots")
	}
	return &tls.Config{RootCAs: roots, ServerName: serverName}
}

// present returns the settings of a station that presents a certificate,
// whatever authorities the server says it knows.
func (k *play) present(cert *tls.Certificate) *tls.Config {
	k.Helper()
	c := k.trust()
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	return c
}

func (k *play) newKey() *ecdsa.PrivateKey {
	k.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		k.Fatal(err)
	}
	return key
}

// signingRequest is a station's certificate request in PEM.
func (k *play) signingRequest(key crypto.Signer, name string) string {
	k.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Conformance"}, Country: []string{"NL"}}}, key)
	if err != nil {
		k.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// issue has the server's authority make a certificate for a station.
func (k *play) issue(identity string) *tls.Certificate {
	k.Helper()
	key := k.newKey()
	chain, _, err := k.authority.SignCSR([]byte(k.signingRequest(key, identity)), pki.Applicant{Identity: identity})
	if err != nil {
		k.Fatal(err)
	}
	return k.pair(string(chain), key)
}

// pair joins a chain in PEM and the key of its first certificate.
func (k *play) pair(chain string, key crypto.Signer) *tls.Certificate {
	k.Helper()
	pair := &tls.Certificate{PrivateKey: key}
	for _, cert := range k.parse(chain) {
		pair.Certificate = append(pair.Certificate, cert.Raw)
	}
	return pair
}

func (k *play) parse(chain string) (list []*x509.Certificate) {
	k.Helper()
	for rest := []byte(chain); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			k.Fatal(err)
		}
		list = append(list, cert)
	}
	if len(list) == 0 {
		k.Fatalf("%s holds no certificate", chain)
	}
	return list
}

// minted is a certificate that no authority of the server made.
type minted struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (m *minted) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.cert.Raw}))
}

// mint makes a certificate; parent is nil for one that signs itself, and change
// says what is special about it.
func mint(t testing.TB, name string, parent *minted, change func(*x509.Certificate)) *minted {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{CommonName: name, Organization: []string{"Conformance"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(template)
	}
	if parent == nil {
		parent = &minted{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &minted{cert, key}
}

// isAuthority makes a certificate one that signs others.
func isAuthority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
}
