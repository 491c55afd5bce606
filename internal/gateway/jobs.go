package gateway

import (
	"bytes"
	"errors"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// job is a call of the charger that waits to be handled.
type job struct {
	frame    ocpp.Frame // shares buf's memory
	buf      *buffer
	received time.Time
}

// receive takes in one message, whose buffer it releases or passes on.
func (l *link) receive(buf *buffer, binary bool) error {
	received := time.Now()
	if binary && !looksLikeFrame(buf.b) {
		l.ignored("ignored a binary message", "bytes", len(buf.b))
		l.g.buffers.release(buf)
		return nil
	}
	f, err := ocpp.ParseFrame(buf.b)
	if err != nil {
		defer l.g.buffers.release(buf)
		return l.receiveBroken(buf.b, err)
	}
	if binary {
		f.Oddities = append(f.Oddities, "binary-frame")
	}
	switch {
	case f.Type == ocpp.Call, f.Type == ocpp.Send && l.dialog.protocol.knows(f.Type):
		l.heard(l.dialog.protocol.isBoot(f.Action))
		if !l.dialog.answersAtOnce(&f) {
			l.enqueue(job{frame: f, buf: buf, received: received})
			return nil
		}
		if end := l.reply(&f, received); end != nil {
			l.g.buffers.release(buf)
			return end
		}
	case !l.dialog.protocol.knows(f.Type):
		l.unknownType(f.Type, f.RawID)
	case f.Type == ocpp.CallResultError:
		l.dialog.understood()
		l.resultRefused(&f)
	default:
		l.dialog.understood()
		l.answered(&f)
	}
	l.g.buffers.release(buf)
	return nil
}

// unknownType answers a message whose type the version does not know, where it
// wants an answer (server-rules 2.1).
func (l *link) unknownType(kind ocpp.MessageType, rawID []byte) {
	l.ignored("ignored a message of an unknown type", "type", int(kind), "id", clip(string(rawID), maxMessageID))
	if l.dialog.protocol.refusesTypes {
		code := ocpp.ProblemMessageType.Code(l.dialog.protocol.version)
		l.writer.send(ws.OpText, ocpp.AppendCallError(nil, rawID, code, "the message type is unknown"))
	}
}

// ignored counts a message that is left alone, and logs it.
func (l *link) ignored(what string, args ...any) {
	l.g.metrics.ignored.Inc()
	if l.dialog.mayLog() {
		l.logger().Info(what, args...)
	}
}

// looksLikeFrame reports whether a binary message may hold JSON text.
func looksLikeFrame(b []byte) bool {
	b = bytes.TrimLeft(b, "\xef\xbb\xbf\x00 \t\r\n")
	return len(b) > 0 && b[0] == '['
}

// receiveBroken answers a message that is no frame: the id is recovered when
// possible, and the socket kept.
func (l *link) receiveBroken(text []byte, err error) error {
	var fault *ocpp.FrameError
	if !errors.As(err, &fault) {
		return err
	}
	if fault.Problem == ocpp.ProblemMessageType {
		l.unknownType(fault.Type, fault.RawID)
		return nil
	}
	l.g.metrics.count("", outcomeUndecodable)
	if l.dialog.mayLog() {
		l.logger().Info("a message could not be read", "reason", fault.Reason, "id", fault.ID, "bytes", len(text))
	}
	received := time.Now()
	switch fault.Type {
	case ocpp.CallResult, ocpp.CallErrorReply:
		l.answerBroken(fault, text)
	case 0, ocpp.Call:
		var answer reply
		if len(fault.RawID) > 0 || l.dialog.protocol.refusesFrames {
			answer = l.dialog.refuseBroken(fault)
			l.writer.send(ws.OpText, answer.text)
		}
		l.dialog.keepBroken(fault.ID, text, answer, received)
	default:
		l.dialog.keepBroken(fault.ID, text, reply{}, received)
	}
	if end := l.dialog.tooManyUnreadable(); end != nil {
		return end
	}
	return nil
}

// enqueue hands a call to the worker, and waits while too many wait already.
func (l *link) enqueue(j job) {
	l.mu.Lock()
	for len(l.jobs) >= maxJobs && !l.draining {
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		l.mu.Unlock()
		<-room
		l.reader.hurry()
		l.mu.Lock()
	}
	defer l.mu.Unlock()
	if l.draining {
		l.g.buffers.release(j.buf)
		return
	}
	l.jobs = append(l.jobs, j)
	if !l.working {
		l.working = true
		l.g.crew.handle(l)
	}
}

// makeRoom wakes the reader; l.mu is held.
func (l *link) makeRoom() {
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
}

// work handles calls until none waits.
func (l *link) work() {
	for {
		l.mu.Lock()
		if len(l.jobs) == 0 {
			l.jobs = nil
			l.working = false
			ended, leaving := l.ended, l.leaving
			l.mu.Unlock()
			if leaving != nil {
				l.close(leaving.code, leaving.why)
			}
			if ended {
				l.finish()
			}
			return
		}
		j := l.jobs[0]
		l.jobs = l.jobs[1:]
		l.makeRoom()
		l.mu.Unlock()
		l.handle(j)
		l.g.buffers.release(j.buf)
	}
}

// handle answers one call.
func (l *link) handle(j job) {
	end := l.reply(&j.frame, j.received)
	if l.dialog.protocol.isBoot(j.frame.Action) {
		l.booted()
	}
	if end != nil {
		l.close(end.code, end.why)
	}
}

// reply has a call decided, sends the answer, and returns how to end the
// connection, nil to keep it. What need not be done before the answer follows
// it.
func (l *link) reply(f *ocpp.Frame, received time.Time) *breach {
	out := newBuffer()
	r := l.dialog.answer(out.b, f, received)
	if r.text != nil {
		l.writer.send(ws.OpText, r.text)
	}
	l.dialog.keepMessage(f, r, received)
	smallBuffers.Put(out)
	if r.after != nil {
		r.after()
	}
	return r.end
}

// leave ends the connection when the message in hand is answered; those behind
// it are left to the charger's queue.
func (l *link) leave(code ws.StatusCode, why string) {
	l.endsBecause(why)
	l.mu.Lock()
	for _, j := range l.jobs {
		l.g.buffers.release(j.buf)
	}
	l.jobs = nil
	l.draining = true
	l.makeRoom()
	working := l.working
	if working {
		l.leaving = &breach{code, why}
	}
	l.mu.Unlock()
	if !working {
		l.close(code, why)
	}
}
