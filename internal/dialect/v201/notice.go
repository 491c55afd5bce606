package v201

import (
	"bytes"
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// noted makes the handler of a message that is kept and answered with nothing.
func noted(kind charging.NoteKind) handler { return handle(note(kind), answerEmpty[*wire.Notice]) }

func note(kind charging.NoteKind) func(m *wire.Notice, e *charging.Event) {
	return func(m *wire.Notice, e *charging.Event) { e.Body = NoteOf(kind, m, e) }
}

// NoteOf is a notice as it is kept.
func NoteOf(kind charging.NoteKind, m *wire.Notice, e *charging.Event) charging.Noted {
	return charging.Noted{
		Kind: kind, Port: port(e, m.EVSEID), RequestID: m.RequestID.V, Time: reading.Time(m.Timestamp),
		Status: reading.Text(e, "status", m.Status), Detail: Detail(m.Payload),
	}
}

// Detail returns a message, or a part of one, as it is kept: compact JSON without
// secrets; "" for the empty object. What is not quite JSON is kept as a text.
func Detail(payload string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(payload)); err != nil {
		// What a cursor reads over is not always JSON to the letter.
		if payload == "" {
			return ""
		}
		return string(ocpp.AppendString(nil, ocpp.RedactText(payload)))
	}
	if b.String() == "{}" {
		return ""
	}
	return string(ocpp.Redact(b.Bytes()))
}

func port(e *charging.Event, n ocpp.Int) int { return reading.Number(e, "evse-out-of-range", n) }

func connector(e *charging.Event, n ocpp.Int) int {
	return reading.Number(e, "connector-out-of-range", n)
}
