package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// maxUnanswered calls in a row end a connection: it only looks alive.
const maxUnanswered = 3

// call is one call of ours.
type call struct {
	charging.Call
	id    string // on the wire; "" until it leaves
	keep  int64  // its id in the log of raw messages; 0 for none
	sent  time.Time
	limit time.Duration // for the answer
	// timer is that of the deadline until it leaves, then that of the answer.
	timer *time.Timer
	done  chan charging.Answer // of capacity 1; gets one answer
}

// over is a call that ended, with what became of it.
type over struct {
	*call
	answer charging.Answer
}

func (o over) tell() { o.done <- o.answer }

// unsent is the answer about a call that did not leave.
func unsent(status charging.CommandStatus, why string) charging.Answer {
	return charging.Answer{Status: status, Error: &charging.CommandError{Description: why}}
}

// ended is the answer about a call that left.
func (c *call) ended(status charging.CommandStatus, why string) charging.Answer {
	a := unsent(status, why)
	a.MessageID, a.SentAt = c.id, c.sent
	return a
}

// calls are the calls of ours over one link: at most one is open, the others
// wait. The link's lock guards it.
type calls struct {
	open       *call
	waiting    []*call // those of operators before those in the background
	heldUntil  time.Time
	booting    bool // a boot came and is not answered yet
	fresh      bool // nothing was answered since the boot
	spoken     bool // the charger sent a call
	release    *time.Timer
	unanswered int
	dead       bool // the link ended
	// late is the call that was given up last, whose answer may still come.
	late lateCall
}

type lateCall struct {
	id, action string
	sent       time.Time
}

// add puts a call behind those of its rank.
func (q *calls) add(c *call) {
	at := len(q.waiting)
	if !c.Background {
		at = slices.IndexFunc(q.waiting, func(w *call) bool { return w.Background })
		if at < 0 {
			at = len(q.waiting)
		}
	}
	q.waiting = slices.Insert(q.waiting, at, c)
}

// remove takes back a call that waits; false when it does not.
func (q *calls) remove(c *call) bool {
	i := slices.Index(q.waiting, c)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	c.stopTimer()
	return true
}

// holdUntil lets no call leave before t.
func (q *calls) holdUntil(t time.Time) {
	q.heldUntil = t
	if q.release != nil {
		q.release.Stop()
		q.release = nil
	}
}

func (c *call) stopTimer() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

// callIDs makes message ids: unique over all connections and restarts, at most
// 36 characters.
type callIDs struct {
	prefix string
	last   atomic.Uint64
}

func (c *callIDs) init() {
	var b [9]byte
	rand.Read(b[:])
	c.prefix = hex.EncodeToString(b[:]) + "-"
}

func (c *callIDs) next() string { return c.prefix + strconv.FormatUint(c.last.Add(1), 36) }

// Call sends a call to a charger over its present connection, and returns what
// became of it: its status is always a final one.
//
// The calls of a charger leave one after another, those of operators before
// those in the background, and none after its deadline. When ctx ends first, a
// call that waits is taken back; one that left stays with the charger, and
// charging.CommandUnknown is returned.
func (g *Gateway) Call(ctx context.Context, c charging.Call) charging.Answer {
	l := g.links.current(c.ChargerID)
	if l == nil {
		g.metrics.calls.WithLabelValues(string(charging.CommandNotConnected)).Inc()
		return unsent(charging.CommandNotConnected, "The charger is not connected.")
	}
	if speaks := l.dialog.protocol.name; c.Protocol != "" && c.Protocol != speaks {
		g.metrics.calls.WithLabelValues(string(charging.CommandNotConnected)).Inc()
		return unsent(charging.CommandNotConnected, "The charger came back speaking "+speaks+", and "+c.Action+" is one of "+c.Protocol+".")
	}
	return l.call(ctx, c)
}

// Protocol returns the canonical name and the version of OCPP of a charger's
// present connection; ok is false when it has none.
func (g *Gateway) Protocol(charger charging.ID) (name string, version ocpp.Version, ok bool) {
	l := g.links.current(charger)
	if l == nil {
		return "", 0, false
	}
	return l.dialog.protocol.name, l.dialog.protocol.version, true
}

// ClientCertificate returns the certificate that a charger showed when it
// connected; nil when it showed none, or is not connected.
func (g *Gateway) ClientCertificate(charger charging.ID) *charging.ClientCertificate {
	if l := g.links.current(charger); l != nil {
		return l.dialog.certificate
	}
	return nil
}

// call is Call over this link.
func (l *link) call(ctx context.Context, what charging.Call) charging.Answer {
	c := &call{Call: what, keep: l.g.messageID(), done: make(chan charging.Answer, 1)}
	l.submit(c)
	var a charging.Answer
	select {
	case a = <-c.done:
	case <-ctx.Done():
		a = l.abandon(c, context.Cause(ctx))
	}
	l.g.metrics.calls.WithLabelValues(string(a.Status)).Inc()
	return a
}

func (l *link) submit(c *call) {
	l.mu.Lock()
	l.calls.add(c)
	if !c.Deadline.IsZero() {
		c.timer = time.AfterFunc(time.Until(c.Deadline), func() { l.expire(c) })
	}
	l.mu.Unlock()
	l.advance()
}

// advance sends the next call when it may leave.
func (l *link) advance() {
	next, ended := l.take()
	for _, o := range ended {
		o.tell()
	}
	if next != nil {
		l.tellSent(next)
		l.writer.sendLater(ws.OpText, ocpp.AppendCall(nil, next.id, next.Action, next.Payload))
	}
}

// take makes the next call the open one when it may leave.
func (l *link) take() (next *call, ended []over) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if next, ended = l.pick(time.Now()); next != nil {
		l.begin(next)
	}
	return next, ended
}

// pick takes the next call that may leave now, nil for none, and those that
// never will. l.mu is held.
func (l *link) pick(now time.Time) (next *call, ended []over) {
	q := &l.calls
	if q.dead {
		for _, c := range q.waiting {
			c.stopTimer()
			ended = append(ended, over{c, unsent(charging.CommandNotConnected, "The connection ended before "+c.Action+" was sent.")})
		}
		q.waiting = nil
		return nil, ended
	}
	if q.open != nil || q.booting || len(q.waiting) == 0 {
		return nil, nil
	}
	if wait := q.heldUntil.Sub(now); wait > 0 {
		if q.release == nil {
			q.release = time.AfterFunc(wait, l.released)
		}
		return nil, nil
	}
	for len(q.waiting) > 0 {
		c := q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		c.stopTimer()
		if !c.Deadline.IsZero() && !now.Before(c.Deadline) {
			ended = append(ended, over{c, tooLate(c)})
		} else if why := l.dialog.forbids(c); why != "" {
			ended = append(ended, over{c, unsent(charging.CommandNotConnected, why)})
		} else {
			return c, ended
		}
	}
	return nil, ended
}

func tooLate(c *call) charging.Answer {
	return unsent(charging.CommandTimedOut, c.Action+" could not be sent before its deadline.")
}

// begin makes a call the open one. l.mu is held, so that Sent is told before
// anything can come of it.
func (l *link) begin(c *call) {
	l.calls.open = c
	c.id = l.g.callIDs.next()
	c.sent = time.Now()
	c.limit = l.timeLimit(c)
	c.timer = time.AfterFunc(c.limit, func() { l.timedOut(c) })
	l.dialog.expectFrom(c)
	if c.Sent != nil {
		c.Sent(c.id, c.sent)
	}
}

// expire ends a call that waited until its deadline.
func (l *link) expire(c *call) {
	l.mu.Lock()
	found := l.calls.remove(c)
	l.mu.Unlock()
	if found {
		over{c, tooLate(c)}.tell()
	}
}

// released goes on after the time of heldUntil, which may have moved.
func (l *link) released() {
	l.mu.Lock()
	l.calls.release = nil
	l.mu.Unlock()
	l.advance()
}

// abandon gives up waiting for a call. One that left stays open until it is
// answered or timed out, because the charger works on it.
func (l *link) abandon(c *call, why error) charging.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls.remove(c) {
		return unsent(charging.CommandNotConnected, c.Action+" was taken back before it was sent: "+why.Error())
	}
	select {
	case a := <-c.done:
		return a
	default:
		return c.ended(charging.CommandUnknown, "The charger had not answered "+c.Action+" when the server stopped waiting: "+why.Error())
	}
}

// timedOut gives up an open call.
func (l *link) timedOut(c *call) {
	l.mu.Lock()
	q := &l.calls
	if q.open != c {
		l.mu.Unlock()
		return
	}
	q.open = nil
	q.late = lateCall{id: c.id, action: c.Action, sent: c.sent}
	q.unanswered++
	zombie := q.unanswered >= maxUnanswered
	l.mu.Unlock()

	l.keepCall(c, nil, time.Time{})
	over{c, c.ended(charging.CommandTimedOut, "The charger did not answer "+c.Action+" within "+c.limit.String()+".")}.tell()
	if zombie {
		l.close(ws.StatusGoingAway, "the charger left "+strconv.Itoa(maxUnanswered)+" calls in a row unanswered")
		return
	}
	l.advance()
}

// failCalls ends all calls of a link that ended.
func (l *link) failCalls() {
	l.mu.Lock()
	q := &l.calls
	q.dead = true
	if q.release != nil {
		q.release.Stop()
	}
	open := q.open
	q.open = nil
	l.mu.Unlock()
	if open != nil {
		open.stopTimer()
		l.keepCall(open, nil, time.Time{})
		over{open, open.ended(charging.CommandConnectionLost,
			"The connection ended before the charger answered "+open.Action+".")}.tell()
	}
	l.advance()
}
