package sim

import (
	"encoding/json"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// command obeys one action of the server and returns the answer, which is
// marshalled.
type command func(c *Charger, payload []byte, now instant) any

// on makes a command of a function that takes the payload decoded.
func on[T any](obey func(c *Charger, m *T, now instant) any) command {
	return func(c *Charger, payload []byte, now instant) any {
		m := new(T)
		if err := json.Unmarshal(payload, m); err != nil {
			return &ocpp.CallError{Code: ocpp.InternalError, Description: err.Error()}
		}
		return obey(c, m, now)
	}
}

// answers makes a command that is obeyed by its answer alone.
func answers(v any) command { return func(*Charger, []byte, instant) any { return v } }

// status is an answer that is a status, with the reason of 2.x if there is one.
func status(s string) object { return object{"status": s} }

// because is a status with the reason of 2.x, of at most 20 characters.
func because(s, reason string) object {
	return object{"status": s, "statusInfo": object{"reasonCode": reason}}
}

// called answers a call of the server.
func (c *Charger) called(f *ocpp.Frame, now instant) {
	c.fleet.stats.calls.Add(1)
	answer := c.obey(f, now)
	if f.Type == ocpp.Send {
		return
	}
	frame := getBuffer()
	defer putBuffer(frame)
	*frame = beginFrame(*frame)
	if refusal, refused := answer.(*ocpp.CallError); refused {
		*frame = ocpp.AppendCallError(*frame, f.RawID, refusal.Code, refusal.Description)
	} else {
		*frame = ocpp.AppendCallResult(*frame, f.RawID, appendJSON(nil, answer))
	}
	if c.wrong != nil {
		c.answerWrong(f, *frame, now)
		return
	}
	c.send(now, ws.OpText, *frame)
}

// obey does what the server calls for and returns the answer, or a
// *ocpp.CallError. What does not fit the version's table is refused: a server
// must send no such thing.
func (c *Charger) obey(f *ocpp.Frame, now instant) any {
	row := c.talk.table().Action(f.Action)
	version := c.talk.table().Version
	if row == nil || row.Direction&ocpp.ToCharger == 0 {
		return ocpp.NewCallError(version, ocpp.ProblemNotImplemented, "the charger does not know "+f.Action)
	}
	if fault := ocpp.Check(version, row.Request, f.Payload); fault != nil {
		c.fleet.stats.fault("a call of the server does not fit: " + f.Action + ": " + fault.Description)
		return fault
	}
	obey := c.talk.command(f.Action)
	if obey == nil {
		return ocpp.NewCallError(version, ocpp.ProblemNotSupported, "the charger does not support "+f.Action)
	}
	return obey(c, f.Payload, now)
}

// send writes a message for which beginFrame left room.
func (c *Charger) send(now instant, op ws.OpCode, frame []byte) {
	if c.link != linkUp {
		return
	}
	if c.wrong != nil && c.sendWrong(now, frame) {
		return
	}
	first := finalBit | byte(op)
	if c.deflate {
		if packed, ok := pack(frame); ok {
			first, frame = first|compressedBit, packed
		}
	}
	if err := writeFlagged(c.conn, first, frame); err != nil {
		c.lose(now, err)
	}
}
