package v21

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	base "github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

func chainStatus(m *wire.GetCertificateChainStatus, e *charging.Event) {
	e.Body = charging.Noted{Kind: charging.NoteCertificateStatus, Detail: base.Detail(string(m.AppendJSON(nil)))}
}

// ChainOf returns the certificates whose status a message asks for; none for
// any other message.
func ChainOf(m v201.Message) []wire.CertificateStatusRequest {
	if q, ok := m.(*wire.GetCertificateChainStatus); ok {
		return q.Requests
	}
	return nil
}

// The bounds of an answer about a chain.
const (
	maxChain = 4
	// askAgain is when to ask again about a status that is not known.
	askAgain = time.Hour
)

// The sources of the status of a certificate (OCPP 2.1
// CertificateStatusSourceEnumType).
const (
	sourceCRL  = "CRL"
	sourceOCSP = "OCSP"
)

// answerChainStatus answers each request with what is known about it. A status
// that is not known is Failed: no certificate is good or revoked by default.
func answerChainStatus(m *wire.GetCertificateChainStatus, s Settings) v201.Response {
	response := new(wire.CertificateChainStatusResponse)
	for _, q := range m.Requests[:min(len(m.Requests), maxChain)] {
		response.Statuses = append(response.Statuses, statusOf(&q, &s))
	}
	return response
}

func statusOf(q *wire.CertificateStatusRequest, s *Settings) wire.CertificateStatus {
	source := sourceOCSP
	if q.Source == sourceCRL {
		source = sourceCRL
	}
	hash := sendable(q.HashData)
	for _, known := range s.ChainStatuses {
		if sendable(known.HashData) == hash && known.Source == source {
			known.HashData = hash
			return known
		}
	}
	return wire.CertificateStatus{HashData: hash, Source: source, Status: wire.StatusFailed, NextUpdate: s.Now.Add(askAgain)}
}

// How long the names of a certificate may be in what we send.
const (
	maxHash   = 128
	maxSerial = 40
)

// sendable returns the names of a certificate as an answer may have them, which
// echoes what the charger sent.
func sendable(h v201.HashData) v201.HashData {
	switch h.HashAlgorithm {
	case "SHA256", "SHA384", "SHA512":
	default:
		h.HashAlgorithm = "SHA256"
	}
	h.IssuerNameHash, h.IssuerKeyHash = cut(h.IssuerNameHash, maxHash), cut(h.IssuerKeyHash, maxHash)
	h.SerialNumber, h.ResponderURL = cut(h.SerialNumber, maxSerial), ""
	return h
}

// cut returns the first characters of s, at most limit.
func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}
