package gateway

import (
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// message is a decoded call of some version.
type message interface {
	Action() string // as the specification spells it
}

// dialog is the OCPP conversation of one connection, without its socket.
type dialog struct {
	g          *Gateway
	protocol   *protocol
	charger    charging.ID
	remote     string // the charger's address
	generation uint64
	// turn is held while a message of the charger is decided, by whichever of
	// its connections.
	turn chan struct{}
	// registration is how the last boot was answered, on this connection or
	// earlier.
	registration atomic.Uint32
	// expected are the actions of messages that our calls asked for while the
	// charger was not accepted; nil for none.
	expected atomic.Pointer[[]string]
	// serial is that of the client certificate when it is what binds it to the
	// charger; "" when something else does.
	serial string
	// certificate is the client certificate that it showed; nil for none.
	certificate *charging.ClientCertificate
	// toldNoBoot says that an event of this connection was marked as coming
	// from a charger that never booted.
	toldNoBoot atomic.Bool
	// signing counts the charger's requests for a certificate that are being
	// signed.
	signing atomic.Int32
	// unreadable counts messages in a row that could not be understood.
	unreadable atomic.Int32
	// logged is when a message was last logged, in Unix seconds.
	logged atomic.Int64
}

const (
	// maxUnreadable messages in a row end a connection.
	maxUnreadable = 20
	// retryEvery is how often an event is tried again that could not be
	// stored.
	retryEvery = 250 * time.Millisecond
	// maxMessageID bounds what is kept of a message id; it is echoed whole.
	maxMessageID = 100
)

// reply is what to do about a call.
type reply struct {
	text []byte  // frame to send; nil for none
	end  *breach // how to close the connection; nil to keep it
	// after is done when the answer was sent; nil for nothing.
	after func()
	// keep is the id of the message in the log of raw ones, 0 for none; action
	// is its name as the specification spells it, else as sent.
	keep   int64
	action string
	// fault is what the answer refuses the message for; nil for none.
	fault *ocpp.CallError
}

// identity returns the charger's OCPP identity, "" when it was removed. It is
// looked up when needed: an idle link should be small.
func (d *dialog) identity() string {
	if c := d.g.fleet.Charger(d.charger); c != nil {
		return c.OCPPID
	}
	return ""
}

// answersAtOnce reports whether a call is answered without the store, even
// while others of the charger wait for it.
func (d *dialog) answersAtOnce(f *ocpp.Frame) bool {
	return f.Action == d.protocol.heartbeat
}

// answer handles a call and appends the frame of its answer to dst. It returns
// when the event is stored. A panic costs the answer of this call only. A SEND
// has no answer, whatever happens.
func (d *dialog) answer(dst []byte, f *ocpp.Frame, received time.Time) (r reply) {
	keep := d.g.messageID()
	defer func() {
		if p := recover(); p != nil {
			d.g.metrics.count(f.Action, outcomeFailed)
			d.g.log.Error("handling a message failed", "charger", d.charger, "action", f.Action, "id", clip(f.ID, maxMessageID),
				"panic", p, "stack", string(debug.Stack()))
			r = d.faulty(nil, f)
		}
		r.keep = keep
		if r.action == "" {
			r.action = f.Action
		}
		if f.Type == ocpp.Send {
			r.text = nil
		}
	}()
	d.tellReceived(keep, f, received)
	m, odd, fault := d.decode(f)
	if fault != nil {
		r = d.refuse(dst, f, fault)
		if fault.Problem == ocpp.ProblemFormation {
			r.end = d.tooManyUnreadable()
		}
		return r
	}
	d.understood()
	r = d.handle(dst, f, m, charging.Event{
		ChargerID: d.charger, Generation: d.generation, MessageID: clip(f.ID, maxMessageID), Message: keep,
		Received: received, Oddities: joined(f.Oddities, odd),
	})
	_, signed := cutSigned(f.Action)
	r.action = m.Action() + signed
	return r
}

// decode reads a call. What stands for an empty payload is refused by a strict
// server, too.
func (d *dialog) decode(f *ocpp.Frame) (message, []charging.Oddity, *ocpp.CallError) {
	if d.g.cfg.Strict && (slices.Contains(f.Oddities, "no-payload") || slices.Contains(f.Oddities, "empty-payload")) {
		return nil, nil, ocpp.NewCallError(d.protocol.version, ocpp.ProblemFormation, "the payload is no object")
	}
	return d.protocol.decode(f.Action, f.Payload, d.g.cfg.Strict)
}

// handle answers a message that was understood. ev becomes its event.
func (d *dialog) handle(dst []byte, f *ocpp.Frame, m message, ev charging.Event) reply {
	action := m.Action()
	odd, why := d.welcomes(action)
	if why != "" {
		return d.refuse(dst, f, ocpp.NewCallError(d.protocol.version, ocpp.ProblemSecurity, why))
	}
	ev = d.protocol.translate(m, ev)
	if ev.Body != nil && odd != "" {
		ev.Oddities = append(ev.Oddities, odd)
		d.toldNoBoot.Store(true)
	}
	if end := d.checkSerial(&ev); end != nil {
		return reply{end: end}
	}
	d.g.metrics.odd(ev.Oddities)
	question := d.protocol.asks(m)
	found := d.inquire(question)
	var out charging.Outcome
	if ev.Body != nil {
		var err error
		if out, err = d.decide(ev); err != nil {
			return d.failed(dst, f, action, err)
		}
	}
	if action == d.protocol.boot {
		d.bootAnswered(out)
	}
	d.g.metrics.count(action, outcomeAnswered)
	payload := newBuffer()
	payload.b = d.protocol.respond(payload.b, m, out, d.settings(out, found))
	dst = ocpp.AppendCallResult(dst, f.RawID, payload.b)
	d.g.buffers.release(payload)
	return reply{text: dst, after: d.sign(question, found)}
}

func joined(a, b []charging.Oddity) []charging.Oddity {
	if len(a) == 0 {
		return b
	}
	return append(a, b...)
}

// decide hands an event to fleet and returns when it is stored. While the store
// cannot commit, it waits: the charger keeps the message as long as it is not
// answered.
func (d *dialog) decide(ev charging.Event) (charging.Outcome, error) {
	select {
	case d.turn <- struct{}{}:
	case <-d.g.ctx.Done():
		return charging.Outcome{}, charging.Errorf(charging.Unavailable, "The server is stopping.")
	}
	defer func() { <-d.turn }()
	began := time.Now()
	for {
		out, err := d.g.fleet.Handle(d.g.ctx, ev)
		if err == nil || charging.KindOf(err) != charging.Unavailable || time.Since(began) >= stallLimit {
			return out, err
		}
		select {
		case <-time.After(retryEvery):
		case <-d.g.ctx.Done():
			return out, err
		}
	}
}

// failed says what to do about a call that was not stored.
func (d *dialog) failed(dst []byte, f *ocpp.Frame, action string, err error) reply {
	switch charging.KindOf(err) {
	case charging.Unavailable:
		d.g.metrics.count(action, outcomeUnanswered)
		return reply{end: &breach{statusTryAgainLater, charging.EndedByStore}}
	case charging.NotFound:
		d.g.metrics.count(action, outcomeFailed)
		return reply{end: &breach{ws.StatusPolicyViolation, "the charger was removed from the server"}}
	}
	d.g.metrics.count(action, outcomeFailed)
	d.g.log.Error("a message could not be handled", "charger", d.charger, "action", action, "id", f.ID, "err", err)
	return d.faulty(dst, f)
}

// faulty answers a message that we failed on.
func (d *dialog) faulty(dst []byte, f *ocpp.Frame) reply {
	fault := ocpp.NewCallError(d.protocol.version, ocpp.ProblemInternal, "the server failed on this message")
	return reply{text: ocpp.AppendCallError(dst, f.RawID, fault.Code, fault.Description), fault: fault}
}

// refuseBroken answers a message that is no frame.
func (d *dialog) refuseBroken(broken *ocpp.FrameError) reply {
	fault := ocpp.NewCallError(d.protocol.version, broken.Problem, broken.Reason)
	return reply{text: ocpp.AppendCallError(nil, broken.RawID, fault.Code, fault.Description), fault: fault}
}

func (d *dialog) refuse(dst []byte, f *ocpp.Frame, fault *ocpp.CallError) reply {
	d.g.metrics.count(f.Action, outcomeRefused)
	if d.mayLog() {
		d.g.log.Info("refused a message", "charger", d.charger, "action", clip(f.Action, 100), "id", clip(f.ID, maxMessageID), "err", fault)
	}
	return reply{text: ocpp.AppendCallError(dst, f.RawID, fault.Code, fault.Description), fault: fault}
}

// mayLog bounds what is logged about single messages of a charger: one a
// second.
func (d *dialog) mayLog() bool {
	now, last := time.Now().Unix(), d.logged.Load()
	return now != last && d.logged.CompareAndSwap(last, now)
}

// understood ends a row of messages that could not be.
func (d *dialog) understood() { d.unreadable.Store(0) }

// tooManyUnreadable counts a message that could not be understood; it returns
// how to end the connection when there were too many in a row.
func (d *dialog) tooManyUnreadable() *breach {
	if d.unreadable.Add(1) < maxUnreadable {
		return nil
	}
	return &breach{ws.StatusInvalidFramePayloadData, "too many messages in a row that are no OCPP"}
}
