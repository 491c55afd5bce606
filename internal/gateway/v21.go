package gateway

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	dialect21 "github.com/chargeyard/chargeyard/internal/dialect/v21"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
	"github.com/chargeyard/chargeyard/internal/pki"
)

var row21 = protocol{
	name:          "ocpp2.1",
	version:       ocpp.V21,
	table:         v21.Table,
	boot:          v21.ActionBootNotification,
	heartbeat:     v21.ActionHeartbeat,
	refusesFrames: true,
	onlyAccepted:  true,
	deflates:      true,
	decode:        decode21,
	asks:          asks21,
	translate:     translate21,
	respond:       respond21,
}

func decode21(action string, payload []byte, strict bool) (message, []charging.Oddity, *ocpp.CallError) {
	if strict {
		return decoded(v21.DecodeStrict(action, payload))
	}
	return decoded(v21.Decode(action, payload))
}

// maxStatuses is how many certificates of a chain are asked about (OCPP 2.1
// GetCertificateChainStatusRequest).
const maxStatuses = 4

func asks21(m message) inquiry {
	q := asks201(m)
	requests := dialect21.ChainOf(m.(v201.Message))
	for i := range requests[:min(len(requests), maxStatuses)] {
		q.statuses = append(q.statuses, hash21(&requests[i]))
	}
	return q
}

// hash21 names a certificate with the responder to ask. A revocation list is
// not read, so it names none.
func hash21(r *v21.CertificateStatusRequest) pki.HashData {
	h := hash201(&r.HashData)
	h.ResponderURL = ""
	if r.Source == "OCSP" && len(r.URLs) > 0 {
		h.ResponderURL = r.URLs[0]
	}
	return h
}

func translate21(m message, e charging.Event) charging.Event {
	return dialect21.Translate(m.(v201.Message), e)
}

func respond21(dst []byte, m message, out charging.Outcome, s settings) []byte {
	answer := dialect21.Settings{Settings: settings201(ocpp.V21, s)}
	requests := dialect21.ChainOf(m.(v201.Message))
	for i, found := range s.statuses {
		if found != nil {
			answer.ChainStatuses = append(answer.ChainStatuses, status21(&requests[i], found, s.now))
		}
	}
	return dialect21.Answer(m.(v201.Message), out, answer).AppendJSON(dst)
}

var statuses21 = map[pki.Status]string{pki.Good: v21.StatusGood, pki.Revoked: v21.StatusRevoked, pki.Unknown: v21.StatusUnknown}

// statusAgain is when to ask again about a status that has no end.
const statusAgain = time.Hour

func status21(r *v21.CertificateStatusRequest, found *pki.OCSPAnswer, now time.Time) v21.CertificateStatus {
	next := found.NextTime
	if next.IsZero() {
		next = now.Add(statusAgain)
	}
	return v21.CertificateStatus{HashData: r.HashData, Source: r.Source, Status: statuses21[found.Status], NextUpdate: next}
}
