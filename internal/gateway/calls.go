package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// CallError says that a charger refused a call.
type CallError struct {
	Action      string
	Code        string // as sent; ocpp.ParseErrorCode understands every spelling
	Description string
	Details     []byte // JSON
}

// Error returns what the charger said.
func (e *CallError) Error() string {
	s := "the charger refused " + e.Action + " with " + e.Code
	if e.Description != "" {
		s += ": " + e.Description
	}
	return s
}

const (
	// firstCallAfter is when calls may begin on a connection over which the
	// charger did not boot.
	firstCallAfter = 15 * time.Second
	// bootPause is how long a charger is left alone after the answer to its
	// boot; some drop a call that comes earlier (server-rules 1).
	bootPause = 2 * time.Second
	// maxUnanswered calls in a row end a connection: it only looks alive.
	maxUnanswered = 3
)

// call is one call of ours.
type call struct {
	id      string
	action  string
	payload []byte
	sent    time.Time
	timer   *time.Timer
	// abandoned says that nobody waits for the answer any more.
	abandoned bool
	done      chan callResult // of capacity 1
}

type callResult struct {
	payload []byte
	err     error
}

// calls are the calls of ours over one link: at most one is open, the others
// wait. The link's lock guards it.
type calls struct {
	open       *call
	waiting    []*call
	heldUntil  time.Time
	booting    bool // a boot came and is not answered yet
	spoken     bool // the charger sent a call
	release    *time.Timer
	unanswered int
	dead       bool // the link ended
}

// holdUntil lets no call leave before t.
func (c *calls) holdUntil(t time.Time) {
	c.heldUntil = t
	if c.release != nil {
		c.release.Stop()
		c.release = nil
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

// Call sends a call to a charger and returns the payload of the answer. Calls
// of one charger leave one after another; ctx bounds the whole wait, and from
// sending on the charger has Config.CallTimeout.
//
// Errors: *CallError when the charger refused; charging.Unavailable when it is
// not connected, did not answer in time, or its connection ended meanwhile.
func (g *Gateway) Call(ctx context.Context, charger charging.ID, action string, payload []byte) ([]byte, error) {
	l := g.links.current(charger)
	if l == nil {
		return nil, charging.Errorf(charging.Unavailable, "The charger is not connected.")
	}
	return g.callOver(ctx, l, action, payload)
}

// callOver is Call over a given connection.
func (g *Gateway) callOver(ctx context.Context, l *link, action string, payload []byte) ([]byte, error) {
	c := &call{id: g.callIDs.next(), action: action, payload: payload, done: make(chan callResult, 1)}
	l.submit(c)
	select {
	case r := <-c.done:
		return r.payload, r.err
	case <-ctx.Done():
		l.abandon(c)
		return nil, charging.Errorf(charging.Unavailable, "The charger has not answered %s: %w", action, context.Cause(ctx))
	}
}

func (l *link) submit(c *call) {
	l.mu.Lock()
	l.calls.waiting = append(l.calls.waiting, c)
	l.mu.Unlock()
	l.advance()
}

// advance sends the next call when it may leave.
func (l *link) advance() {
	l.mu.Lock()
	q := &l.calls
	if q.dead {
		waiting := q.waiting
		q.waiting = nil
		l.mu.Unlock()
		for _, c := range waiting {
			c.done <- callResult{err: connectionEnded(c.action)}
		}
		return
	}
	if q.open != nil || len(q.waiting) == 0 || q.booting {
		l.mu.Unlock()
		return
	}
	if wait := time.Until(q.heldUntil); wait > 0 {
		if q.release == nil {
			q.release = time.AfterFunc(wait, l.released)
		}
		l.mu.Unlock()
		return
	}
	c := q.waiting[0]
	q.waiting = q.waiting[1:]
	q.open = c
	c.sent = time.Now()
	c.timer = time.AfterFunc(l.g.cfg.CallTimeout, func() { l.timedOut(c) })
	l.mu.Unlock()

	l.writer.sendLater(ws.OpText, ocpp.AppendCall(nil, c.id, c.action, c.payload))
}

// released goes on after the time of heldUntil, which may have moved.
func (l *link) released() {
	l.mu.Lock()
	l.calls.release = nil
	l.mu.Unlock()
	l.advance()
}

// heard takes notice of a call of the charger. Nothing of ours leaves before
// the answer to a boot. A charger that booted earlier and begins with something
// else will not boot now.
func (l *link) heard(boot bool) {
	l.mu.Lock()
	q := &l.calls
	soon := time.Now().Add(bootPause)
	sooner := !boot && !q.spoken && l.dialog.accepted.Load() && soon.Before(q.heldUntil)
	if sooner {
		q.holdUntil(soon)
	}
	q.booting = q.booting || boot
	q.spoken = true
	l.mu.Unlock()
	if sooner {
		l.advance()
	}
}

// booted opens the way for calls a little after the answer to a boot.
func (l *link) booted() {
	l.mu.Lock()
	l.calls.booting = false
	l.calls.holdUntil(time.Now().Add(bootPause))
	l.mu.Unlock()
	l.advance()
}

// abandon gives up waiting for a call. One that was sent stays open until it is
// answered or timed out, because the charger works on it.
func (l *link) abandon(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.abandoned = true
	for i, w := range l.calls.waiting {
		if w == c {
			l.calls.waiting = append(l.calls.waiting[:i:i], l.calls.waiting[i+1:]...)
			return
		}
	}
}

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
	c.timer.Stop()
	return c
}

// answered takes in the charger's answer to a call of ours.
func (l *link) answered(f *ocpp.Frame) {
	c := l.complete(f.ID)
	if c == nil {
		l.ignored("ignored an answer to a call that is not open", "id", clip(f.ID, maxMessageID))
		return
	}
	var r callResult
	if f.Type == ocpp.CallResult {
		r.payload = append([]byte(nil), f.Payload...)
	} else {
		r.err = &CallError{Action: c.action, Code: f.Code, Description: f.Description, Details: append([]byte(nil), f.Details...)}
	}
	l.conclude(c, r, len(f.Oddities) > 0)
}

// answerBroken ends the call that an unreadable answer belongs to, so that
// nobody waits for the time-out.
func (l *link) answerBroken(fault *ocpp.FrameError) {
	if c := l.complete(fault.ID); c != nil {
		err := charging.Errorf(charging.Unavailable, "The charger's answer to %s could not be read: %s.", c.action, fault.Reason)
		l.conclude(c, callResult{err: err}, true)
	}
}

func (l *link) conclude(c *call, r callResult, odd bool) {
	l.g.metrics.calls.WithLabelValues(callOutcome(r.err)).Inc()
	if c.abandoned || odd {
		l.logger().Info("a call was answered late or oddly", "action", c.action, "after", time.Since(c.sent).Round(time.Millisecond), "err", r.err)
	}
	c.done <- r
	l.advance()
}

func (l *link) timedOut(c *call) {
	l.mu.Lock()
	if l.calls.open != c {
		l.mu.Unlock()
		return
	}
	l.calls.open = nil
	l.calls.unanswered++
	zombie := l.calls.unanswered >= maxUnanswered
	l.mu.Unlock()

	l.g.metrics.calls.WithLabelValues("timeout").Inc()
	c.done <- callResult{err: charging.Errorf(charging.Unavailable, "The charger did not answer %s within %s.", c.action, l.g.cfg.CallTimeout)}
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
		open.timer.Stop()
		open.done <- callResult{err: connectionEnded(open.action)}
	}
	l.advance()
}

func connectionEnded(action string) error {
	return charging.Errorf(charging.Unavailable, "The connection ended before the charger answered %s.", action)
}
