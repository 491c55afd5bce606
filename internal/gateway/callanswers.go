package gateway

import (
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// complete ends the open call if it has that id; nil means that it has not.
func (l *link) complete(id string) *call {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calls.open
	if c == nil || c.id != id {
		return nil
	}
	l.calls.open = nil
	l.calls.unanswered = 0
	l.calls.fresh = false
	c.stopTimer()
	return c
}

// answered takes in the charger's answer to a call of ours.
func (l *link) answered(f *ocpp.Frame) {
	c := l.complete(f.ID)
	if c == nil {
		l.answeredLate(f.ID, "code", clip(f.Code, 100), "description", clip(f.Description, 300))
		return
	}
	now := time.Now()
	a := charging.Answer{Status: charging.CommandAnswered, MessageID: c.id, SentAt: c.sent, AnsweredAt: now}
	if f.Type == ocpp.CallResult {
		a.Response = append([]byte(nil), f.Payload...)
		l.keepCall(c, a.Response, now)
		if fault := l.dialog.indigestible(c.Action, f.Payload); fault != nil {
			l.refuseResult(f.RawID, c.Action, fault)
		}
	} else {
		a.Status = charging.CommandRefused
		a.Error = &charging.CommandError{Code: f.Code, Description: f.Description, Details: append([]byte(nil), f.Details...)}
		l.keepCall(c, appendErrorObject(nil, f.Code, f.Description, f.Details), now)
	}
	l.conclude(c, a, len(f.Oddities) > 0)
}

// answerBroken ends the call that an unreadable answer belongs to, so that
// nobody waits for the time-out.
func (l *link) answerBroken(fault *ocpp.FrameError, text []byte) {
	c := l.complete(fault.ID)
	if c == nil {
		l.answeredLate(fault.ID)
		return
	}
	now := time.Now()
	l.keepCall(c, appendBroken(nil, text), now)
	a := c.ended(charging.CommandUnknown, "The charger's answer to "+c.Action+" could not be read: "+fault.Reason+".")
	a.AnsweredAt = now
	if fault.Type == ocpp.CallResult && l.dialog.protocol.version == ocpp.V21 {
		l.refuseResult(fault.RawID, c.Action, ocpp.NewCallError(ocpp.V21, ocpp.ProblemFormation, fault.Reason))
	}
	l.conclude(c, a, true)
}

// answeredLate takes notice of an answer that nobody waits for; args are more
// about it for the log.
func (l *link) answeredLate(id string, args ...any) {
	l.mu.Lock()
	late := l.calls.late
	l.mu.Unlock()
	if id != "" && late.id == id {
		l.ignored("ignored an answer that came after its time", append(args,
			"action", late.action, "after", time.Since(late.sent).Round(time.Millisecond))...)
		return
	}
	l.ignored("ignored an answer to a call that is not open", append(args, "id", clip(id, maxMessageID))...)
}

// indigestible says what is wrong with a result, for versions that let the
// caller say so; nil when nothing is. A server that is not strict takes what it
// can read.
func (d *dialog) indigestible(action string, payload []byte) *ocpp.CallError {
	if d.protocol.version != ocpp.V21 {
		return nil
	}
	if len(payload) == 0 || payload[0] != '{' {
		return ocpp.NewCallError(d.protocol.version, ocpp.ProblemType, "the payload is no object")
	}
	row := d.protocol.table.Action(action)
	if row == nil || !d.g.cfg.Strict {
		return nil
	}
	return ocpp.Check(d.protocol.version, row.Response, payload)
}

// refuseResult tells the charger that its result could not be digested.
func (l *link) refuseResult(rawID []byte, action string, fault *ocpp.CallError) {
	if l.dialog.mayLog() {
		l.logger().Info("refused an answer", "action", action, "err", fault)
	}
	l.writer.send(ws.OpText, ocpp.AppendCallResultError(nil, rawID, fault.Code, fault.Description))
}

// resultRefused takes notice that the charger could not digest an answer of
// ours.
func (l *link) resultRefused(f *ocpp.Frame) {
	l.g.metrics.resultsRefused.Inc()
	if l.dialog.mayLog() {
		l.logger().Warn("the charger could not digest an answer", "id", clip(f.ID, maxMessageID),
			"code", clip(f.Code, 100), "description", clip(f.Description, 300))
	}
}

func (l *link) conclude(c *call, a charging.Answer, odd bool) {
	if odd && l.dialog.mayLog() {
		l.logger().Info("a call was answered oddly", "action", c.Action, "after", a.AnsweredAt.Sub(c.sent).Round(time.Millisecond), "status", a.Status)
	}
	over{c, a}.tell()
	l.advance()
}
