package pki

import (
	"context"
	"crypto/x509"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The words of AuthorizeCertificateStatusEnumType (OCPP 2.0.1).
const (
	CertificateAccepted    = "Accepted"
	CertificateSignature   = "SignatureError"
	CertificateExpired     = "CertificateExpired"
	CertificateRevoked     = "CertificateRevoked"
	CertificateUnavailable = "NoCertificateAvailable"
	CertificateChain       = "CertChainError"
	ContractCancelled      = "ContractCancelled" // of the contract, so never of this room
)

// Verdict is what is to be answered about a contract certificate.
type Verdict struct {
	// Status is a word of AuthorizeCertificateStatusEnumType.
	Status string
	// Reason is a sentence for the log; "" when accepted.
	Reason string
	// Verified reports whether each answer of a responder was signed by a known
	// authority.
	Verified bool
}

// Offline is the verdict of a server that asks no responders, or reaches none:
// whether the certificate is revoked cannot be known.
func Offline() Verdict {
	return Verdict{Status: CertificateUnavailable, Reason: "responders are not asked, so whether the certificate is revoked is not known"}
}

// CheckHashes judges a contract certificate of which a charger sent only the
// hash data, leaf first. All responders are asked at once. Whatever is not
// certainly good is not accepted: a responder that is not reached, or knows
// nothing, gives NoCertificateAvailable.
func (c *OCSPClient) CheckHashes(ctx context.Context, list []HashData) Verdict {
	return c.checkAll(ctx, list, nil)
}

func (c *OCSPClient) checkAll(ctx context.Context, list []HashData, chain []*x509.Certificate) Verdict {
	if len(list) == 0 {
		return Verdict{Status: CertificateUnavailable, Reason: "the charger sent no hash data of the certificate"}
	}
	verdicts := make([]Verdict, len(list))
	var work sync.WaitGroup
	for i, data := range list {
		work.Go(func() { verdicts[i] = c.checkOne(ctx, data, chain) })
	}
	work.Wait()
	worst := Verdict{Status: CertificateAccepted, Verified: true}
	for _, v := range verdicts {
		worst.Verified = worst.Verified && v.Verified
		switch {
		case v.Status == CertificateRevoked && worst.Status != CertificateRevoked,
			v.Status == CertificateUnavailable && worst.Status == CertificateAccepted:
			worst.Status, worst.Reason = v.Status, v.Reason
		}
	}
	return worst
}

func (c *OCSPClient) checkOne(ctx context.Context, data HashData, chain []*x509.Certificate) Verdict {
	answer, err := c.ask(ctx, data, chain)
	switch {
	case err != nil:
		return Verdict{Status: CertificateUnavailable, Reason: charging.MessageOf(err)}
	case answer.Status == Revoked:
		// A revocation counts even when it cannot be verified.
		return Verdict{Status: CertificateRevoked, Reason: "the certificate with the serial number " + data.SerialNumber + " is revoked", Verified: answer.Verified}
	case answer.Status == Unknown:
		return Verdict{Status: CertificateUnavailable, Reason: "the responder does not know the certificate with the serial number " + data.SerialNumber, Verified: answer.Verified}
	case !answer.Verified && len(c.cfg.Roots) > 0:
		return Verdict{Status: CertificateUnavailable, Reason: "the responder's answer is signed by no known authority"}
	}
	return Verdict{Status: CertificateAccepted, Verified: answer.Verified}
}

// CheckChain judges a contract certificate that a charger sent whole, with its
// chain (Authorize, member certificate): time, signatures, the root it ends at,
// and then as CheckHashes does.
func (c *OCSPClient) CheckChain(ctx context.Context, text string) Verdict {
	chain, err := ParseChain(text)
	if err != nil {
		return Verdict{Status: CertificateChain, Reason: charging.MessageOf(err)}
	}
	if v := c.checkLinks(chain); v.Status != CertificateAccepted {
		return v
	}
	list, complete, err := HashChain(chain, c.cfg.Roots, "SHA256")
	if err != nil {
		return Verdict{Status: CertificateChain, Reason: charging.MessageOf(err)}
	}
	if !complete && len(list) == 0 {
		return Verdict{Status: CertificateUnavailable, Reason: "the issuer of the certificate is not known, so no responder can be asked"}
	}
	return c.checkAll(ctx, list, chain)
}

// checkLinks checks everything about a chain that needs no network.
func (c *OCSPClient) checkLinks(chain []*x509.Certificate) Verdict {
	now := c.now()
	for i, cert := range chain {
		who := quoted(cert.Subject.CommonName)
		if Expired(cert, now) {
			return Verdict{Status: CertificateExpired, Reason: "the certificate of " + who + " expired on " + day(cert.NotAfter)}
		}
		if now.Before(cert.NotBefore) {
			return Verdict{Status: CertificateExpired, Reason: "the certificate of " + who + " is valid only from " + day(cert.NotBefore) + " on"}
		}
		if i == len(chain)-1 {
			break
		}
		if next := chain[i+1]; cert.CheckSignatureFrom(next) != nil {
			if string(cert.RawIssuer) == string(next.RawSubject) {
				return Verdict{Status: CertificateSignature, Reason: "the certificate of " + who + " is not signed by " + quoted(next.Subject.CommonName)}
			}
			return Verdict{Status: CertificateChain, Reason: "the certificate of " + who + " is not followed by that of its issuer"}
		}
	}
	last := chain[len(chain)-1]
	if len(c.cfg.Roots) > 0 && !c.ends(last) {
		return Verdict{Status: CertificateChain, Reason: "the chain ends with " + quoted(last.Subject.CommonName) + ", which no known root issued"}
	}
	return Verdict{Status: CertificateAccepted}
}

// ends reports whether the last certificate of a chain is a known root or was
// issued by one.
func (c *OCSPClient) ends(last *x509.Certificate) bool {
	for _, root := range c.cfg.Roots {
		if last.Equal(root) {
			return true
		}
	}
	issuer := findIssuer(last, nil, c.cfg.Roots)
	return issuer != nil && issuer.IsCA && !Expired(issuer, c.now())
}
