package sim

import (
	"strconv"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// message is one call that a charger wants to make, or has made and waits for.
type message struct {
	seq     int64
	action  action
	port    *port    // nil for the charger itself
	session *session // of transaction messages
	status  string   // of StatusNotification, and of NotifyEvent about one
	event   string   // the kind of a TransactionEvent
	txSeq   int64    // the seqNo of a TransactionEvent
	// body is the payload. When open it lacks transactionId and the closing
	// brace, which are added once StartTransaction was answered.
	body *[]byte
	open bool
	time time.Time // the message's timestamp

	id       string // the message id; "" before it was sent
	attempts int    // how often it was sent
	failures int    // how often it failed on a connection that held
}

// fifo is a queue of messages; its head stays in place while it is sent.
type fifo struct {
	items []message
	head  int
}

func (q *fifo) len() int        { return len(q.items) - q.head }
func (q *fifo) first() *message { return &q.items[q.head] }

func (q *fifo) push(m message) { q.items = append(q.items, m) }

// pop forgets the head; its body may be used again.
func (q *fifo) pop() {
	putBuffer(q.items[q.head].body)
	q.items[q.head] = message{}
	q.head++
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > 16 {
			q.items = nil
		}
	case q.head >= 64 && q.head*2 >= len(q.items):
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}

// outbox is what a charger has to say. Transaction messages are kept, in
// order, until they are answered; what is live is said on this connection or
// never. One call at a time is open (server-rules 2).
type outbox struct {
	queue fifo // transaction messages
	live  fifo // all others
	seq   int64
	// backlog is the last seq of the time before this connection: what is live
	// goes before it.
	backlog int64
	retryAt instant // when the queue goes on after a failure
	// open is the queue whose head waits for its answer, nil for none.
	open     *fifo
	sentAt   instant
	deadline instant
	ids      uint32
	silent   int // calls in a row without an answer
}

// maxSilent is how many calls may stay without an answer before the charger
// takes the connection for dead.
const maxSilent = 3

// push queues a message.
func (c *Charger) push(m message) {
	if c.wrong != nil && c.swallow(&m) {
		putBuffer(m.body)
		return
	}
	c.out.seq++
	m.seq = c.out.seq
	if m.action.ofTransaction() {
		c.out.queue.push(m)
		c.fleet.stats.queued.Add(1)
		if c.wrong != nil {
			c.disorder(&m)
		}
	} else {
		c.out.live.push(m)
	}
}

// choose returns the queue whose head may be sent now, or nil.
func (o *outbox) choose(now instant, accepted bool) *fifo {
	ready := accepted && o.queue.len() > 0 && now >= o.retryAt
	switch {
	case o.live.len() == 0 && !ready:
		return nil
	case o.live.len() == 0:
		return &o.queue
	case !ready:
		return &o.live
	}
	if first := o.queue.first(); first.seq <= o.backlog || first.seq > o.live.first().seq {
		return &o.live
	}
	return &o.queue
}

// pump sends the next message if none is open.
func (c *Charger) pump(now instant) {
	if c.link != linkUp || c.out.open != nil {
		return
	}
	q := c.out.choose(now, c.accepted)
	if q == &c.out.queue && c.held() {
		if q = nil; c.out.live.len() > 0 {
			q = &c.out.live
		}
	}
	if q == nil {
		return
	}
	m := q.first()
	c.complete(m)
	if m.id == "" || c.fleet.cfg.Retry.NewIDs {
		c.out.ids++
		m.id = c.fleet.idPrefix + strconv.FormatUint(uint64(c.out.ids), 36)
		if c.wrong != nil {
			m.id = c.wrong.idOf(m.id)
		}
	}
	m.attempts++
	if m.attempts > 1 {
		c.fleet.stats.repeated.Add(1)
	}
	c.out.open, c.out.sentAt, c.out.deadline = q, now, now+c.fleet.cfg.CallTimeout
	c.fleet.stats.sent[m.action].Add(1)
	c.observeSent(m)
	frame := getBuffer()
	defer putBuffer(frame)
	if c.wrong == nil {
		*frame = ocpp.AppendCall(beginFrame(*frame), m.id, actionNames[m.action], *m.body)
		c.send(now, ws.OpText, *frame)
		return
	}
	*frame = c.wrong.twist(beginFrame(*frame), m)
	c.send(now, ws.OpText, *frame)
	if c.out.open == q {
		c.again(now, m)
	}
}

// complete adds the transaction id to a message that waited for it.
func (c *Charger) complete(m *message) {
	if !m.open {
		return
	}
	b := *m.body
	switch {
	case m.session.known:
		b = append(b, `,"transactionId":`...)
		b = strconv.AppendInt(b, m.session.id, 10)
	case m.action == stopTransaction:
		// The start was given up; -1 says so.
		b = append(b, `,"transactionId":-1`...)
	}
	*m.body = append(b, '}')
	m.open = false
}

// answered takes the answer to the open call.
func (c *Charger) answered(f *ocpp.Frame, now instant) {
	q := c.out.open
	if q == nil || q.first().id != f.ID {
		return // late, or never asked
	}
	m := q.first()
	s := &c.fleet.stats
	s.latency.add(now - c.out.sentAt)
	c.out.open, c.out.silent = nil, 0
	failed := f.Type != ocpp.CallResult
	if failed {
		s.rejected[m.action].Add(1)
		s.fault(actionNames[m.action] + " was answered " + f.Code)
	} else {
		s.answered[m.action].Add(1)
	}
	if m.session != nil && !failed {
		c.talk.learn(c, m, f.Payload, now)
	}
	c.observeAnswered(m, f)
	if failed && f.Code == string(ocpp.SecurityError) && m.action != bootNotification && c.booted {
		// The server does not know any more that it accepted the boot.
		c.accepted, c.booted, c.bootAt = false, false, now
	}
	if failed && m.action.ofTransaction() {
		c.postpone(m, now)
		return
	}
	// The head is taken out before it is acted on, which may push.
	done := *m
	if q == &c.out.queue {
		s.queued.Add(-1)
	}
	q.pop()
	c.act(&done, f, now)
}

// act does what the answer to a message of no transaction asks for.
func (c *Charger) act(m *message, f *ocpp.Frame, now instant) {
	failed := f.Type != ocpp.CallResult
	switch m.action {
	case bootNotification:
		c.bootAnswered(f, now)
	case statusNotification, notifyEvent:
		if !failed && m.status != "" && m.port != nil && m.port.told == m.seq {
			m.port.reported = true
		}
	case authorize:
		if m.port.phase == authorizing {
			good := !failed && c.talk.authorized(f.Payload)
			c.learnCard(m.port.visit.idTag, good)
			c.decideCard(m.port, now, good)
		}
	}
}

// overdue gives up waiting for the open call.
func (c *Charger) overdue(now instant) {
	q := c.out.open
	m := q.first()
	c.out.open = nil
	c.fleet.stats.unanswered[m.action].Add(1)
	c.fleet.stats.fault(actionNames[m.action] + " was not answered in time")
	if m.action.ofTransaction() {
		c.postpone(m, now)
	} else {
		done := *m
		q.pop()
		c.unsaid(&done, now)
	}
	if c.out.silent++; c.out.silent >= maxSilent {
		c.lose(now, errSilent)
	}
}

// unsaid goes on after a live message that will not be answered.
func (c *Charger) unsaid(m *message, now instant) {
	switch {
	case m.action == bootNotification:
		c.bootAt = now + c.fleet.cfg.Retry.BackOffMin
	case m.action == authorize && m.port.phase == authorizing:
		c.decideCard(m.port, now, c.trusts(m.port))
	}
}

// postpone keeps the head of the queue for another attempt, or gives it up
// after the last (OCPP 1.6 §3.7.1).
func (c *Charger) postpone(m *message, now instant) {
	m.failures++
	r := &c.fleet.cfg.Retry
	if r.Attempts == 0 || m.failures < r.Attempts {
		c.out.retryAt = now + r.Interval*time.Duration(m.failures)
		return
	}
	if m.action == startTransaction {
		m.session.lost = true
	}
	c.fleet.stats.givenUp.Add(1)
	c.fleet.stats.queued.Add(-1)
	c.out.queue.pop()
}

// disconnected forgets what can only be said on a connection.
func (c *Charger) disconnected(now instant) {
	o := &c.out
	if o.open != nil {
		c.fleet.stats.unanswered[o.open.first().action].Add(1)
		o.open = nil
	}
	o.silent, o.retryAt = 0, 0
	for o.live.len() > 0 {
		m := *o.live.first()
		o.live.pop()
		c.unsaid(&m, now)
	}
}

func (c *Charger) observeSent(m *message) {
	if o := c.fleet.cfg.Observer; o != nil && m.observed() {
		e := c.exchange(m)
		o.Sent(&e)
	}
}

func (c *Charger) observeAnswered(m *message, f *ocpp.Frame) {
	o := c.fleet.cfg.Observer
	if o == nil || !m.observed() {
		return
	}
	e := c.exchange(m)
	e.AnsweredAt = time.Now()
	if f.Type == ocpp.CallResult {
		e.Result = f.Payload
	} else {
		e.ErrorCode = f.Code
	}
	o.Answered(&e)
}

// observed reports whether observers are told of a message.
func (m *message) observed() bool { return m.action.ofTransaction() || m.status != "" }

func (c *Charger) exchange(m *message) Exchange {
	e := Exchange{Identity: c.cfg.Identity, Seq: m.seq, Action: actionNames[m.action], Status: m.status,
		MessageID: m.id, Payload: *m.body, Attempt: m.attempts, Time: m.time, SentAt: c.fleet.timeOf(c.out.sentAt)}
	if m.port != nil {
		e.Port = m.port.number
	}
	if m.session != nil {
		if m.session.known {
			e.TransactionID = m.session.id
		}
		e.Transaction, e.EventType, e.SeqNo = m.session.transaction, m.event, m.txSeq
	}
	return e
}
