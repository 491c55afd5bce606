package conformance

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/chargeyard/chargeyard/internal/config"
)

// mobility is the public key infrastructure of a mobility operator: a root, an
// authority below it, and an OCSP responder for the certificates of both.
type mobility struct {
	*httptest.Server
	root, sub *minted

	mu      sync.Mutex
	revoked map[string]bool // by serial number
}

func newMobility(t *testing.T) *mobility {
	t.Helper()
	m := &mobility{revoked: map[string]bool{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	m.root = mint(t, "MO root", nil, isAuthority)
	m.sub = mint(t, "MO sub", m.root, func(c *x509.Certificate) {
		isAuthority(c)
		c.OCSPServer = []string{m.URL}
	})
	return m
}

// asks has a server ask the responder, and know both authorities: those who send
// hash data alone show it no certificate.
func (m *mobility) asks(t *testing.T, c *config.Config) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mo.pem")
	if err := os.WriteFile(file, []byte(m.root.pem()+m.sub.pem()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.OCSP, c.ContractCA = []string{strings.TrimPrefix(m.URL, "http://")}, []string{file}
}

// contract makes the certificate of a driver's contract.
func (m *mobility) contract(t testing.TB, name string) *minted {
	return mint(t, name, m.sub, func(c *x509.Certificate) { c.OCSPServer = []string{m.URL} })
}

func (m *mobility) revoke(c *minted) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revoked[c.cert.SerialNumber.String()] = true
}

// ServeHTTP answers an OCSP request as the issuer that it names.
func (m *mobility) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	question, err := ocsp.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, issuer := range []*minted{m.root, m.sub} {
		_, key := issuerHashes(issuer.cert, question.HashAlgorithm)
		if !bytes.Equal(key, question.IssuerKeyHash) {
			continue
		}
		der, err := ocsp.CreateResponse(issuer.cert, issuer.cert, m.answer(question), issuer.key)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Write(der)
		return
	}
	w.Write(ocsp.UnauthorizedErrorResponse)
}

func (m *mobility) answer(q *ocsp.Request) ocsp.Response {
	a := ocsp.Response{Status: ocsp.Good, SerialNumber: q.SerialNumber, IssuerHash: q.HashAlgorithm,
		ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revoked[q.SerialNumber.String()] {
		a.Status, a.RevokedAt = ocsp.Revoked, time.Now().Add(-time.Hour)
	}
	return a
}

// issuerHashes are those by which OCSP names an issuer; the package of Go
// computes them for us.
func issuerHashes(issuer *x509.Certificate, h crypto.Hash) (name, key []byte) {
	der, err := ocsp.CreateRequest(issuer, issuer, &ocsp.RequestOptions{Hash: h})
	if err != nil {
		return nil, nil
	}
	r, err := ocsp.ParseRequest(der)
	if err != nil {
		return nil, nil
	}
	return r.IssuerNameHash, r.IssuerKeyHash
}

// hashData is the OCSPRequestData of a certificate.
func (m *mobility) hashData(cert, issuer *minted) map[string]any {
	name, key := issuerHashes(issuer.cert, crypto.SHA256)
	return map[string]any{"hashAlgorithm": "SHA256", "issuerNameHash": hex.EncodeToString(name), "issuerKeyHash": hex.EncodeToString(key),
		"serialNumber": cert.cert.SerialNumber.Text(16), "responderURL": m.URL}
}

// contractAnswer is what a driver with a contract certificate is told.
type contractAnswer struct {
	CertificateStatus string
	IDTokenInfo       struct{ Status string }
}

// authorizeContract presents a contract; with says how its certificate is told.
func (st *station) authorizeContract(with map[string]any) (a contractAnswer) {
	st.k.Helper()
	with["idToken"] = map[string]any{"idToken": contractTag, "type": "eMAID"}
	st.k.decode(st.call("Authorize", string(mustJSON(with))), &a)
	return a
}

func (k *play) contractHashes(contract *minted) map[string]any {
	return map[string]any{"iso15118CertificateHashData": []any{k.mobility.hashData(contract, k.mobility.sub), k.mobility.hashData(k.mobility.sub, k.mobility.root)}}
}

func playContractAccepted(k *play) {
	st := k.station()
	a := st.authorizeContract(k.contractHashes(k.mobility.contract(k, contractTag)))
	if a.CertificateStatus != "Accepted" || a.IDTokenInfo.Status != "Accepted" {
		k.Errorf("the contract was answered %+v", a)
	}
}

func playContractRevoked(k *play) {
	st := k.station()
	contract := k.mobility.contract(k, contractTag)
	k.mobility.revoke(contract)
	a := st.authorizeContract(k.contractHashes(contract))
	if a.CertificateStatus != "CertificateRevoked" || a.IDTokenInfo.Status == "Accepted" {
		k.Errorf("the revoked contract was answered %+v", a)
	}
}

func playContractChain(k *play) {
	st := k.station()
	good, revoked := k.mobility.contract(k, contractTag), k.mobility.contract(k, contractTag)
	k.mobility.revoke(revoked)
	for _, c := range []struct {
		contract *minted
		want     contractAnswer
	}{
		{good, contractAnswer{"Accepted", struct{ Status string }{"Accepted"}}},
		{revoked, contractAnswer{"CertificateRevoked", struct{ Status string }{"Invalid"}}},
	} {
		a := st.authorizeContract(map[string]any{"certificate": c.contract.pem() + k.mobility.sub.pem()})
		if a != c.want {
			k.Errorf("the chain was answered %+v, want %+v", a, c.want)
		}
	}
}

func playCertificateStatus(k *play) {
	st := k.station()
	contract := k.mobility.contract(k, contractTag)
	var answer struct{ Status, OCSPResult string }
	k.decode(st.call("GetCertificateStatus", string(mustJSON(map[string]any{"ocspRequestData": k.mobility.hashData(contract, k.mobility.sub)}))), &answer)
	der, err := base64.StdEncoding.DecodeString(answer.OCSPResult)
	if answer.Status != "Accepted" || err != nil {
		k.Fatalf("the status was answered %+v: %v", answer, err)
	}
	said, err := ocsp.ParseResponseForCert(der, contract.cert, k.mobility.sub.cert)
	if err != nil || said.Status != ocsp.Good {
		k.Errorf("the response is %+v, %v", said, err)
	}
	nobody := k.mobility.hashData(contract, contract)
	k.decode(st.call("GetCertificateStatus", string(mustJSON(map[string]any{"ocspRequestData": nobody}))), &answer)
	if answer.Status != "Failed" {
		k.Errorf("the status of a certificate of an unknown issuer was answered %s", answer.Status)
	}
}
