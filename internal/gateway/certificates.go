package gateway

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The uses of certificates that chargers ask to have signed (OCPP 2.0.1
// CertificateSigningUseEnumType).
const (
	UseCharger  = "ChargingStationCertificate"
	UseContract = "V2GCertificate"
)

// SigningRequest is a charger's request to sign a certificate.
type SigningRequest struct {
	ChargerID charging.ID
	Protocol  string // of the connection, such as "ocpp2.0.1"
	CSR       string // PEM
	Use       string // UseCharger, UseContract, or another word as sent
	RequestID int64  // to be told with the answer (2.1); 0 for none
}

// CertificateHash names a certificate as OCSP does (OCPP 2.0.1 OCSPRequestDataType).
type CertificateHash struct {
	Algorithm      string // SHA256, SHA384 or SHA512
	IssuerNameHash string // in hex
	IssuerKeyHash  string // in hex
	SerialNumber   string // in hex
	Responder      string // URL; "" for none
}

// Contract is the contract certificate that a vehicle shows.
type Contract struct {
	ChargerID charging.ID
	Token     string            // eMAID
	Chain     string            // PEM; "" when only hashes were sent
	Hashes    []CertificateHash // of the chain, leaf first; nil when only the chain was sent
}

// Certificates decides about certificates; nothing of it is called while a
// message of another charger waits.
type Certificates interface {
	// CanSign reports whether certificates of a use are signed here.
	CanSign(use string) bool
	// Sign signs a certificate and sends it to the charger. It is called in a
	// goroutine of its own, after the request was answered.
	Sign(ctx context.Context, r SigningRequest)
	// CheckContract returns a word of OCPP's AuthorizeCertificateStatusEnumType;
	// "" says nothing about it.
	CheckContract(ctx context.Context, c Contract) string
	// OCSP returns the response of a certificate's responder, as base64 of DER.
	OCSP(ctx context.Context, h CertificateHash) (string, error)
}

// certificateTimeout is how long an answer may wait for somebody else
// (server-rules 3).
const certificateTimeout = 5 * time.Second

// inquiry is what a message asks about certificates; its zero value is nothing.
type inquiry struct {
	signing  *SigningRequest
	contract *Contract
	ocsp     *CertificateHash
}

// verdict is what answers an inquiry.
type verdict struct {
	signs    bool   // a certificate is going to be signed
	contract string // as Certificates.CheckContract; "" for none
	ocsp     string // as Certificates.OCSP; "" for none
}

// inquire has an inquiry decided. Only this charger waits for it, and not long.
func (d *dialog) inquire(q inquiry) (v verdict) {
	certs := d.g.cfg.Certificates
	if certs == nil {
		return v
	}
	if q.signing != nil {
		v.signs = certs.CanSign(q.signing.Use)
	}
	if q.contract == nil && q.ocsp == nil {
		return v
	}
	ctx, cancel := context.WithTimeout(d.g.ctx, certificateTimeout)
	defer cancel()
	if q.contract != nil {
		q.contract.ChargerID = d.charger
		v.contract = certs.CheckContract(ctx, *q.contract)
	}
	if q.ocsp != nil {
		var err error
		if v.ocsp, err = certs.OCSP(ctx, *q.ocsp); err != nil && d.mayLog() {
			d.g.log.Info("the status of a certificate is not known", "identity", d.identity(), "responder", q.ocsp.Responder, "err", err)
		}
	}
	return v
}

// sign returns what hands a request over once it is answered; nil when it was
// refused.
func (d *dialog) sign(q inquiry, v verdict) func() {
	if q.signing == nil || !v.signs {
		return nil
	}
	r := *q.signing
	r.ChargerID, r.Protocol = d.charger, d.protocol.name
	return func() { d.g.background.Go(func() { d.g.cfg.Certificates.Sign(d.g.ctx, r) }) }
}
