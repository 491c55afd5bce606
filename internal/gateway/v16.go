package gateway

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	dialect16 "github.com/chargeyard/chargeyard/internal/dialect/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// protocols are the versions of OCPP that are spoken here. A client's order of
// preference decides between them, not theirs.
var protocols = []protocol{{
	name:      "ocpp1.6",
	version:   ocpp.V16,
	table:     v16.Table,
	boot:      v16.ActionBootNotification,
	heartbeat: v16.ActionHeartbeat,
	decode:    decode16,
	translate: translate16,
	respond:   respond16,
	askToBoot: func() (string, []byte) {
		m := v16.TriggerMessage{RequestedMessage: v16.ActionBootNotification}
		return m.Action(), m.AppendJSON(nil)
	},
}}

// protocol16 is what a charger speaks that names no protocol.
var protocol16 = &protocols[0]

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

func respond16(dst []byte, m message, out charging.Outcome, s settings) []byte {
	return dialect16.Answer(m.(v16.Message), out, dialect16.Settings{
		Now: s.now, HeartbeatInterval: s.interval, Registration: s.registration,
	}).AppendJSON(dst)
}
