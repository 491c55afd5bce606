package pki

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	defaultOCSPTimeout = 4 * time.Second // a driver waits at the charger
	maxOCSPResponse    = 64 << 10
	maxOCSPCached      = 1000
	maxOCSPAge         = 24 * time.Hour // a revocation is noticed within a day
	ocspClockSkew      = 5 * time.Minute
)

// Status is what a responder says of a certificate.
type Status string

// What a responder can say.
const (
	Good    Status = "good"
	Revoked Status = "revoked"
	Unknown Status = "unknown"
)

// OCSPConfig says how responders are asked.
type OCSPConfig struct {
	// Hosts are the only hosts that are asked, as host or host:port; they may
	// have any address. Without any, every host with a public address is asked:
	// chargers name the responders, and must not reach into our network so.
	Hosts []string
	// Roots are certificates of authorities, roots and those below, whose
	// certificates drivers use. With any, an answer counts only when one of them
	// or a responder of theirs signed it, and a chain only when it ends at one
	// of them. Without, answers count when their own signature is right.
	Roots []*x509.Certificate
	// Timeout is for one question; 0 means 4 seconds.
	Timeout time.Duration
}

// OCSPClient asks responders whether certificates are revoked. Its methods may
// be called from any goroutine.
type OCSPClient struct {
	cfg  OCSPConfig
	http *http.Client
	now  func() time.Time

	mu     sync.Mutex
	cached map[HashData]*OCSPAnswer
}

// OCSPAnswer is what a responder answered.
type OCSPAnswer struct {
	// DER is the answer itself, as GetCertificateStatus wants it in base64.
	DER    []byte
	Status Status
	// Verified reports whether the answer is signed by a known authority or a
	// responder of it. Else only its own signature was checked, with a
	// certificate that came with it, or none was possible.
	Verified             bool
	ThisUpdate, NextTime time.Time
}

// NewOCSPClient makes a client.
func NewOCSPClient(cfg OCSPConfig) *OCSPClient {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultOCSPTimeout
	}
	c := &OCSPClient{cfg: cfg, now: time.Now, cached: map[HashData]*OCSPAnswer{}}
	c.http = &http.Client{Transport: guardedTransport(len(cfg.Hosts) > 0), CheckRedirect: c.checkRedirect}
	return c
}

// Ask asks the responder that data names. The error is charging.Invalid when
// the question makes no sense, charging.Refused when that responder may not be
// asked, and charging.Unavailable when there was no answer that counts; a
// caller then answers with the failure that OCPP specifies.
func (c *OCSPClient) Ask(ctx context.Context, data HashData) (*OCSPAnswer, error) {
	return c.ask(ctx, data, nil)
}

// ask is Ask with the chain of the certificate, whose issuers check the answer.
func (c *OCSPClient) ask(ctx context.Context, data HashData, chain []*x509.Certificate) (*OCSPAnswer, error) {
	if err := c.checkURL(data.ResponderURL); err != nil {
		return nil, err
	}
	if found := c.fromCache(data); found != nil {
		return found, nil
	}
	question, err := newQuestion(data)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	der, err := c.post(ctx, data.ResponderURL, question)
	if err != nil {
		return nil, err
	}
	answer, err := c.read(der, data, chain)
	if err != nil {
		return nil, err
	}
	c.keep(data, answer)
	return answer, nil
}

// newQuestion makes the request of RFC 6960, of the hashes as they are.
func newQuestion(data HashData) ([]byte, error) {
	h, err := algorithm(data.Algorithm)
	if err != nil {
		return nil, err
	}
	serial, err := data.serial()
	if err != nil {
		return nil, err
	}
	name, err := hex.DecodeString(data.IssuerNameHash)
	if err != nil || len(name) != h.Size() {
		return nil, charging.Errorf(charging.Invalid, "the hash of the issuer's name is not one of %s in hex", data.Algorithm)
	}
	key, err := hex.DecodeString(data.IssuerKeyHash)
	if err != nil || len(key) != h.Size() {
		return nil, charging.Errorf(charging.Invalid, "the hash of the issuer's key is not one of %s in hex", data.Algorithm)
	}
	request := ocsp.Request{HashAlgorithm: h, IssuerNameHash: name, IssuerKeyHash: key, SerialNumber: serial}
	return request.Marshal()
}

func (c *OCSPClient) post(ctx context.Context, address string, question []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(question))
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "%q is no address of a responder", address)
	}
	request.Header.Set("Content-Type", "application/ocsp-request")
	request.Header.Set("Accept", "application/ocsp-response")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, charging.Errorf(charging.Unavailable, "the responder %s cannot be asked: %w", address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, charging.Errorf(charging.Unavailable, "the responder %s answers with HTTP status %d", address, response.StatusCode)
	}
	der, err := io.ReadAll(io.LimitReader(response.Body, maxOCSPResponse+1))
	if err != nil {
		return nil, charging.Errorf(charging.Unavailable, "the answer of the responder %s broke off: %w", address, err)
	}
	if len(der) > maxOCSPResponse {
		return nil, charging.Errorf(charging.Unavailable, "the answer of the responder %s is longer than %d bytes", address, maxOCSPResponse)
	}
	return der, nil
}

// read checks an answer.
func (c *OCSPClient) read(der []byte, data HashData, chain []*x509.Certificate) (*OCSPAnswer, error) {
	serial, err := data.serial()
	if err != nil {
		return nil, err
	}
	issuer, known := c.issuer(data, chain)
	response, err := ocsp.ParseResponseForCert(der, &x509.Certificate{SerialNumber: serial}, issuer)
	if err != nil {
		return nil, charging.Errorf(charging.Unavailable, "the responder's answer cannot be used: %w", err)
	}
	if issuer != nil && !maySign(response.Certificate, issuer) {
		return nil, charging.Errorf(charging.Unavailable, "the responder's answer is signed by %s, which is not made for that", quoted(response.Certificate.Subject.CommonName))
	}
	now := c.now()
	switch {
	case response.ThisUpdate.After(now.Add(ocspClockSkew)):
		return nil, charging.Errorf(charging.Unavailable, "the responder's answer is from the future (%s)", response.ThisUpdate.UTC().Format(time.RFC3339))
	case !response.NextUpdate.IsZero() && response.NextUpdate.Before(now.Add(-ocspClockSkew)):
		return nil, charging.Errorf(charging.Unavailable, "the responder's answer is out of date since %s", response.NextUpdate.UTC().Format(time.RFC3339))
	}
	answer := &OCSPAnswer{DER: der, Status: Unknown, Verified: known, ThisUpdate: response.ThisUpdate, NextTime: response.NextUpdate}
	switch response.Status {
	case ocsp.Good:
		answer.Status = Good
	case ocsp.Revoked:
		answer.Status = Revoked
	}
	return answer, nil
}

// issuer returns the certificate of the issuer that data names; nil for not
// known. It is a known one when it is among the roots, or in a chain that was
// found to end at one of them.
func (c *OCSPClient) issuer(data HashData, chain []*x509.Certificate) (issuer *x509.Certificate, known bool) {
	if i := slices.IndexFunc(c.cfg.Roots, data.issuedBy); i >= 0 {
		return c.cfg.Roots[i], true
	}
	if i := slices.IndexFunc(chain, data.issuedBy); i >= 0 {
		return chain[i], len(c.cfg.Roots) > 0
	}
	return nil, false
}

// maySign reports whether a certificate that came with an answer may sign
// answers for the issuer: it is the issuer's own, or one made for responders
// (RFC 6960 4.2.2.2), whose signature is checked already.
func maySign(cert, issuer *x509.Certificate) bool {
	return cert == nil || cert.Equal(issuer) || slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning)
}

func (c *OCSPClient) fromCache(data HashData) *OCSPAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.cached[cacheKey(data)]
	if found == nil || !c.now().Before(found.NextTime) || c.now().Sub(found.ThisUpdate) > maxOCSPAge {
		return nil
	}
	return found
}

// keep remembers an answer until a newer one is due.
func (c *OCSPClient) keep(data HashData, answer *OCSPAnswer) {
	if answer.Status == Unknown || answer.NextTime.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cached) >= maxOCSPCached {
		for key := range c.cached {
			delete(c.cached, key) // any one: the next question brings it back
			break
		}
	}
	c.cached[cacheKey(data)] = answer
}

func cacheKey(data HashData) HashData {
	data.IssuerNameHash, data.IssuerKeyHash = strings.ToLower(data.IssuerNameHash), strings.ToLower(data.IssuerKeyHash)
	data.SerialNumber = strings.ToLower(data.SerialNumber)
	return data
}
