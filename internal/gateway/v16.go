package gateway

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	dialect16 "github.com/chargeyard/chargeyard/internal/dialect/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

var row16 = protocol{
	name:      "ocpp1.6",
	version:   ocpp.V16,
	table:     v16.Table,
	boot:      v16.ActionBootNotification,
	heartbeat: v16.ActionHeartbeat,
	decode:    decode16,
	asks:      asks16,
	translate: translate16,
	respond:   respond16,
}

func decode16(action string, payload []byte, strict bool) (message, []charging.Oddity, *ocpp.CallError) {
	decode := v16.Decode
	if strict {
		decode = v16.DecodeStrict
	}
	m, odd, fault := decode(action, payload)
	if fault != nil {
		return nil, odd, fault
	}
	return m, odd, nil
}

func translate16(m message, e charging.Event) charging.Event {
	return dialect16.Translate(m.(v16.Message), e)
}

func asks16(m message) inquiry {
	if request, ok := m.(*v16.SignCertificate); ok {
		return inquiry{signing: &SigningRequest{CSR: request.CSR, Use: UseCharger}}
	}
	return inquiry{}
}

func respond16(dst []byte, m message, out charging.Outcome, s settings) []byte {
	if m.Action() == v16.ActionSignCertificate && s.signs {
		return (&v16.StatusResponse{Status: "Accepted"}).AppendJSON(dst)
	}
	return dialect16.Answer(m.(v16.Message), out, dialect16.Settings{
		Now: s.now, HeartbeatInterval: s.interval, Registration: s.registration,
	}).AppendJSON(dst)
}
