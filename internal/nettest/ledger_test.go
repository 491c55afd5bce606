package nettest

import (
	"slices"
	"sync"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// A ledger is what all chargers said, told by the simulator: each message with
// every id under which it was sent, and whether its answer was read.
type ledger struct {
	mu       sync.Mutex
	messages map[messageKey]*message
}

// messageKey names a message of a charger, however often it was sent.
type messageKey struct {
	identity string
	seq      int64
}

type message struct {
	sim.Exchange // as sent last
	ids          []string
	answered     bool // with a result
	sent         int
}

func newLedger() *ledger { return &ledger{messages: make(map[messageKey]*message)} }

// Sent implements sim.Observer.
func (l *ledger) Sent(e *sim.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.of(e)
	m.sent++
	if !slices.Contains(m.ids, e.MessageID) {
		m.ids = append(m.ids, e.MessageID)
	}
}

// Answered implements sim.Observer.
func (l *ledger) Answered(e *sim.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.of(e)
	m.TransactionID = e.TransactionID
	m.answered = e.ErrorCode == ""
}

func (l *ledger) of(e *sim.Exchange) *message {
	key := messageKey{e.Identity, e.Seq}
	m := l.messages[key]
	if m == nil {
		m = &message{Exchange: *e}
		m.Payload, m.Result = slices.Clone(e.Payload), nil
		l.messages[key] = m
	}
	return m
}

// count returns how many messages were answered, and how many were sent more
// than once.
func (l *ledger) count() (answered, repeated int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		if m.answered {
			answered++
		}
		if m.sent > 1 {
			repeated++
		}
	}
	return answered, repeated
}

// portKey names a port of a charger.
type portKey struct {
	identity string
	port     int
}

// lastStatuses returns the last answered status of each port.
func (l *ledger) lastStatuses() map[portKey]*message {
	last := make(map[portKey]*message)
	for _, m := range l.messages {
		at := portKey{m.Identity, m.Port}
		if m.Status != "" && m.answered && (last[at] == nil || last[at].Seq < m.Seq) {
			last[at] = m
		}
	}
	return last
}
