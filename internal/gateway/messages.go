package gateway

import (
	"time"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// MessageLog keeps raw messages; package messagelog implements it. Append must
// not wait for a disk and must not keep Payload and Response, whose memory is
// used again.
type MessageLog interface {
	Append(m charging.Message)
}

// maxBroken bounds what is kept of a message that is no frame, in bytes.
const maxBroken = 16 << 10

// messageID returns the id under which a message is going to be kept; 0 when
// none is kept.
func (g *Gateway) messageID() int64 {
	if g.cfg.Messages == nil {
		return 0
	}
	id, err := g.cfg.NextMessageID()
	if err != nil {
		g.metrics.messagesLost.Inc()
		return 0
	}
	return id
}

// newMessage begins a message of the log, between this charger and the server.
func (d *dialog) newMessage(id int64) charging.Message {
	return charging.Message{ID: id, ChargerID: d.charger, Identity: d.identity(), Protocol: d.protocol.name}
}

// received begins the message of a call of the charger.
func (d *dialog) received(id int64, f *ocpp.Frame, action string, at time.Time) charging.Message {
	m := d.newMessage(id)
	m.FromCharger, m.Action, m.MessageID = true, clip(action, 100), clip(f.ID, maxMessageID)
	m.At, m.Payload = at, ocpp.Redact(f.Payload)
	return m
}

// keepMessage keeps a call of the charger with the answer that was sent.
func (d *dialog) keepMessage(f *ocpp.Frame, r reply, received time.Time) {
	if r.keep == 0 {
		return
	}
	m := d.received(r.keep, f, r.action, received)
	switch {
	case r.text == nil:
	case r.fault != nil:
		m.Answered = time.Now()
		m.Response = appendErrorObject(nil, string(r.fault.Code), r.fault.Description, nil)
	default:
		m.Answered = time.Now()
		m.Response = ocpp.Redact(resultOf(r.text, f.RawID))
	}
	d.g.keep(m)
}

// resultOf returns the payload in the frame of a result.
func resultOf(text, rawID []byte) []byte { return text[len(`[3,`)+len(rawID)+1 : len(text)-1] }

// keepBroken keeps what came that is no frame, as a message without an action.
func (d *dialog) keepBroken(id string, text []byte, answer reply, received time.Time) {
	keep := d.g.messageID()
	if keep == 0 {
		return
	}
	m := d.newMessage(keep)
	m.FromCharger, m.MessageID = true, clip(id, maxMessageID)
	m.At, m.Payload = received, appendBroken(nil, text)
	if answer.text != nil {
		m.Answered = time.Now()
		m.Response = appendErrorObject(nil, string(answer.fault.Code), answer.fault.Description, nil)
	}
	d.g.keep(m)
}

// sentCall begins the message of a call of ours that left.
func (l *link) sentCall(c *call) charging.Message {
	m := l.dialog.newMessage(c.keep)
	m.Action, m.MessageID, m.At = c.Action, c.id, c.sent
	m.Payload = emptyObject
	if len(c.Payload) > 0 {
		m.Payload = ocpp.Redact(c.Payload)
	}
	return m
}

// keepCall keeps a call of ours that left, with its answer; nil when none came.
func (l *link) keepCall(c *call, response []byte, answered time.Time) {
	if c.keep == 0 {
		return
	}
	m := l.sentCall(c)
	m.Answered = answered
	if response != nil {
		m.Response = ocpp.Redact(response)
	}
	l.g.keep(m)
}

var emptyObject = []byte("{}")

// appendErrorObject appends a refusal as an object of its elements.
func appendErrorObject(dst []byte, code, description string, details []byte) []byte {
	dst = ocpp.AppendString(append(dst, `{"errorCode":`...), code)
	dst = ocpp.AppendString(append(dst, `,"errorDescription":`...), description)
	dst = append(dst, `,"errorDetails":`...)
	if len(details) == 0 {
		details = emptyObject
	}
	return append(append(dst, details...), '}')
}

// appendBroken appends a text that is no frame as a JSON string, without its
// secrets.
func appendBroken(dst, text []byte) []byte {
	if len(text) > maxBroken {
		text = text[:maxBroken]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	return ocpp.AppendString(dst, ocpp.RedactText(string(text)))
}
