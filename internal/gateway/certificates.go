package gateway

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// UseCharger is what a certificate is for with which a charger proves itself to
// us (OCPP 2.0.1 CertificateSigningUseEnumType).
const UseCharger = "ChargingStationCertificate"

// SigningRequest is a charger's request to sign a certificate.
type SigningRequest struct {
	ChargerID charging.ID
	Protocol  string // of the connection, such as "ocpp2.0.1"
	CSR       string // PEM, as sent
	Use       string // UseCharger, "V2GCertificate", or another word as sent
	RequestID int64  // to be sent along with the certificate (2.1); 0 for none
}

// Signer has chargers' certificates signed.
type Signer interface {
	// CanSign reports whether certificates of a use are signed here.
	CanSign(use string) bool
	// Sign signs a certificate and sends it to the charger (CertificateSigned).
	// It is called in a goroutine of its own, after the request was answered; ctx
	// ends when the server stops.
	Sign(ctx context.Context, r SigningRequest)
}

// Responders know whether certificates are revoked; *pki.OCSPClient is them.
type Responders interface {
	Ask(ctx context.Context, h pki.HashData) (*pki.OCSPAnswer, error)
	// CheckHashes and CheckChain judge the certificate of a contract.
	CheckHashes(ctx context.Context, list []pki.HashData) pki.Verdict
	CheckChain(ctx context.Context, chain string) pki.Verdict
}

// certificateTimeout is how long an answer may wait for somebody else
// (server-rules 3).
const certificateTimeout = 5 * time.Second

// inquiry is what a message asks about certificates; its zero value is nothing.
type inquiry struct {
	signing *SigningRequest
	// contract and chain are a vehicle's: hashes, leaf first, or PEM.
	contract []pki.HashData
	chain    string
	// status is asked about, statuses is what 2.1 asks about a whole chain.
	status   *pki.HashData
	statuses []pki.HashData
}

// verdict is what answers an inquiry.
type verdict struct {
	signs    bool              // a certificate is going to be signed
	contract string            // a word of AuthorizeCertificateStatusEnumType; "" for not known
	status   string            // OCSP response, base64 of DER; "" for none
	statuses []*pki.OCSPAnswer // as inquiry.statuses; nil where it is not known
}

// maxSigning is how many requests of one connection are signed at a time: a
// charger needs one for each use, and waits for them.
const maxSigning = 4

// inquire has an inquiry decided. Only this charger waits for it, and not long.
func (d *dialog) inquire(q inquiry) (v verdict) {
	if q.signing != nil && d.g.cfg.Signer != nil {
		v.signs = d.signing.Load() < maxSigning && d.g.cfg.Signer.CanSign(q.signing.Use)
	}
	if d.g.cfg.Responders == nil || q.contract == nil && q.chain == "" && q.status == nil && q.statuses == nil {
		return v
	}
	ctx, cancel := context.WithTimeout(d.g.ctx, certificateTimeout)
	defer cancel()
	if q.contract != nil || q.chain != "" {
		v.contract = d.checkContract(ctx, q)
	}
	if q.status != nil {
		if answer := d.askResponder(ctx, *q.status); answer != nil {
			v.status = base64.StdEncoding.EncodeToString(answer.DER)
		}
	}
	for _, h := range q.statuses {
		v.statuses = append(v.statuses, d.askResponder(ctx, h))
	}
	return v
}

// checkContract judges the certificate of a contract: by its chain when that
// was sent, which says more than its hashes.
func (d *dialog) checkContract(ctx context.Context, q inquiry) string {
	var found pki.Verdict
	if q.chain != "" {
		found = d.g.cfg.Responders.CheckChain(ctx, q.chain)
	} else {
		found = d.g.cfg.Responders.CheckHashes(ctx, q.contract)
	}
	if found.Status != pki.CertificateAccepted && d.mayLog() {
		d.g.log.Info("a contract certificate was not accepted", "identity", d.identity(), "status", found.Status, "reason", found.Reason)
	}
	return found.Status
}

// askResponder returns what a responder answers; nil for nothing.
func (d *dialog) askResponder(ctx context.Context, h pki.HashData) *pki.OCSPAnswer {
	answer, err := d.g.cfg.Responders.Ask(ctx, h)
	if err == nil {
		return answer
	}
	if d.mayLog() {
		d.g.log.Info("the status of a certificate is not known", "identity", d.identity(), "responder", h.ResponderURL, "err", err)
	}
	return nil
}

// sign returns what hands a request over once it is answered; nil when it was
// refused.
func (d *dialog) sign(q inquiry, v verdict) func() {
	if q.signing == nil || !v.signs {
		return nil
	}
	r := *q.signing
	r.ChargerID, r.Protocol = d.charger, d.protocol.name
	d.signing.Add(1)
	return func() {
		d.g.background.Go(func() {
			defer d.signing.Add(-1)
			d.g.cfg.Signer.Sign(d.g.ctx, r)
		})
	}
}
