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
	switch f.Type {
	case ocpp.Call:
		l.heard(l.dialog.protocol.isBoot(f.Action))
		if l.dialog.answersAtOnce(&f) {
			l.writer.send(ws.OpText, l.dialog.answer(nil, &f, received).text)
			break
		}
		l.enqueue(job{frame: f, buf: buf, received: received})
		return nil
	case ocpp.CallResult, ocpp.CallErrorReply:
		l.dialog.understood()
		l.answered(&f)
	default:
		// 1.6 knows no other message type; its payload is ignored.
		l.ignored("ignored a message of an unknown type", "type", int(f.Type), "id", clip(f.ID, maxMessageID))
	}
	l.g.buffers.release(buf)
	return nil
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
	l.g.metrics.count("", outcomeUndecodable)
	if l.dialog.mayLog() {
		l.logger().Info("a message could not be read", "reason", fault.Reason, "id", fault.ID, "bytes", len(text))
	}
	switch {
	case fault.Problem == ocpp.ProblemMessageType:
		// server-rules 2.1: 1.6 ignores message types it does not know.
		return nil
	case fault.Type == ocpp.Call && len(fault.RawID) > 0:
		code := fault.Problem.Code(l.dialog.protocol.version)
		l.writer.send(ws.OpText, ocpp.AppendCallError(nil, fault.RawID, code, fault.Reason))
	case fault.Type == ocpp.CallResult || fault.Type == ocpp.CallErrorReply:
		l.answerBroken(fault)
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
		go l.work()
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
	out := newBuffer()
	r := l.dialog.answer(out.b, &j.frame, j.received)
	if r.text != nil {
		l.writer.send(ws.OpText, r.text)
	}
	smallBuffers.Put(out)
	if l.dialog.protocol.isBoot(j.frame.Action) {
		l.booted()
	}
	if r.end != nil {
		l.close(r.end.code, r.end.why)
	}
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
