package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const testHost = "charge.example.org"

// madeOnce is an authority with server certificates that many tests copy, for
// RSA keys take their time.
var madeOnce = sync.OnceValues(func() (map[string][]byte, error) {
	folder, err := os.MkdirTemp("", "pki")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := Init(folder, Options{Organization: "Northline", V2G: true}); err != nil {
		return nil, err
	}
	a, err := Load(folder)
	if err != nil {
		return nil, err
	}
	if err := a.IssueServer(testHost, "127.0.0.1"); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, err
})

// newAuthority returns an authority of the test's own.
func newAuthority(t *testing.T) *Authority {
	t.Helper()
	files, err := madeOnce()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, data := range files {
		write(t, filepath.Join(folder, name), data)
	}
	a, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// logged collects log lines.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newLog() (*slog.Logger, *logged) {
	l := &logged{}
	return slog.New(slog.NewTextHandler(l, nil)), l
}

// serve runs an HTTP server with TLS, and returns its address.
func serve(t *testing.T, s *Server) string {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cert, err := s.ClientCertificate(r, false)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusForbidden)
		case cert != nil:
			_, _ = io.WriteString(w, cert.Subject.CommonName)
		}
	})
	server := &http.Server{Handler: handler}
	listener := s.Listen(inner)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return inner.Addr().String()
}

// client returns TLS settings of a client that trusts the authority.
func client(a *Authority) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.Bundle())
	return &tls.Config{RootCAs: pool, ServerName: testHost}
}

// get asks the server and returns the body.
func get(addr string, config *tls.Config) (string, *tls.ConnectionState, error) {
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Get("https://" + addr + "/")
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), response.TLS, err
}

// minted is a certificate that a test makes by itself.
type minted struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (m minted) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{m.cert.Raw}, PrivateKey: m.key, Leaf: m.cert}
}

func (m minted) certPEM() []byte { return encodePEM(m.cert) }

func (m minted) keyPEM(t *testing.T) []byte {
	t.Helper()
	data, err := encodeKey(m.key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// mint makes a certificate; change what is special about it. A nil parent
// signs itself.
func mint(t *testing.T, key crypto.Signer, parent *minted, change func(*x509.Certificate)) minted {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "CP1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
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
	return minted{cert, key}
}

func authority(cn string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage, c.ExtKeyUsage = cn, true, x509.KeyUsageCertSign, nil
	}
}

// root is the ECDSA root of an authority, for certificates that it would not
// make.
func (a *Authority) root() *minted { return &minted{a.ecdsa.cert, a.ecdsa.key} }

// newCSR makes a certificate request in PEM.
func newCSR(t *testing.T, key crypto.Signer, cn string) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: cn, Organization: []string{"Whoever"}}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: labelRequest, Bytes: der})
}

func weakRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// refusal fails unless err has this kind and this text.
func refusal(t *testing.T, err error, kind charging.Kind, text string) {
	t.Helper()
	if err == nil || err.Error() != text || charging.KindOf(err) != kind {
		t.Errorf("got %v (%v)\nwant %s (%v)", err, charging.KindOf(err), text, kind)
	}
}
