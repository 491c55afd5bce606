package gateway

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	dialect201 "github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/pki"
)

var row201 = protocol{
	name:          "ocpp2.0.1",
	version:       ocpp.V201,
	table:         v201.Table,
	boot:          v201.ActionBootNotification,
	heartbeat:     v201.ActionHeartbeat,
	refusesTypes:  true,
	refusesFrames: true,
	onlyAccepted:  true,
	deflates:      true,
	decode:        decode201,
	asks:          asks201,
	translate:     translate201,
	respond:       respond201,
}

func decode201(action string, payload []byte, strict bool) (message, []charging.Oddity, *ocpp.CallError) {
	if strict {
		return decoded(v201.DecodeStrict(action, payload))
	}
	return decoded(v201.Decode(action, payload))
}

// decoded gives a message of 2.x the type that the gateway has for it.
func decoded(m v201.Message, odd []charging.Oddity, fault *ocpp.CallError) (message, []charging.Oddity, *ocpp.CallError) {
	if fault != nil {
		return nil, odd, fault
	}
	return m, odd, nil
}

// asks201 serves the messages that 2.1 shares, too.
func asks201(m message) (q inquiry) {
	shared := m.(v201.Message)
	if csr, use, id := dialect201.CSROf(shared); csr != "" {
		q.signing = &SigningRequest{CSR: csr, Use: use, RequestID: id}
	}
	hashes, chain := dialect201.CertificatesOf(shared)
	q.chain = chain
	for i := range hashes {
		q.contract = append(q.contract, hash201(&hashes[i]))
	}
	if h := dialect201.OCSPRequestOf(shared); h != nil {
		name := hash201(h)
		q.status = &name
	}
	return q
}

func hash201(h *v201.HashData) pki.HashData {
	return pki.HashData{
		Algorithm: h.HashAlgorithm, IssuerNameHash: h.IssuerNameHash, IssuerKeyHash: h.IssuerKeyHash,
		SerialNumber: h.SerialNumber, ResponderURL: h.ResponderURL,
	}
}

func translate201(m message, e charging.Event) charging.Event {
	return dialect201.Translate(m.(v201.Message), e)
}

func respond201(dst []byte, m message, out charging.Outcome, s settings) []byte {
	return dialect201.Answer(m.(v201.Message), out, settings201(ocpp.V201, s)).AppendJSON(dst)
}

func settings201(version ocpp.Version, s settings) dialect201.Settings {
	return dialect201.Settings{
		Version: version, Now: s.now, HeartbeatInterval: s.interval, Registration: s.registration, EnergyPrice: s.energyPrice,
		CanSign: s.signs, CertificateStatus: s.contract, OCSPResult: s.status,
	}
}
