package crashtest

import (
	"slices"
	"sync"
	"time"

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
	action        string
	port          int
	status        string
	payload       []byte
	ids           []string
	transactionID int64
	transaction   string    // the charger's own id of 2.x; "" in 1.6
	event         string    // the kind of a TransactionEvent
	answered      bool      // with a result
	at            time.Time // when the answer was read
}

func newLedger() *ledger { return &ledger{messages: make(map[messageKey]*message)} }

// Sent implements sim.Observer.
func (l *ledger) Sent(e *sim.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.message(e)
	if !slices.Contains(m.ids, e.MessageID) {
		m.ids = append(m.ids, e.MessageID)
	}
	m.payload = append(m.payload[:0], e.Payload...)
}

// Answered implements sim.Observer.
func (l *ledger) Answered(e *sim.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.message(e)
	m.transactionID = e.TransactionID
	m.answered, m.at = e.ErrorCode == "", e.AnsweredAt
}

func (l *ledger) message(e *sim.Exchange) *message {
	key := messageKey{e.Identity, e.Seq}
	m := l.messages[key]
	if m == nil {
		m = &message{action: e.Action, port: e.Port, status: e.Status, transaction: e.Transaction, event: e.EventType}
		l.messages[key] = m
	}
	return m
}

// answered counts the messages that were answered with a result.
func (l *ledger) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, m := range l.messages {
		if m.answered {
			n++
		}
	}
	return n
}

// waiting counts the messages that were sent and have no answer.
func (l *ledger) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, m := range l.messages {
		if !m.answered && len(m.ids) > 0 {
			n++
		}
	}
	return n
}

// reported reports whether a charger of 2.x began a transaction.
func (l *ledger) reported() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		if m.transaction != "" {
			return true
		}
	}
	return false
}

// answeredNow is a ledger of what is answered by now.
func (l *ledger) answeredNow() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := newLedger()
	for key, m := range l.messages {
		own := *m
		own.ids, own.payload = slices.Clone(m.ids), slices.Clone(m.payload)
		now.messages[key] = &own
	}
	return now
}
