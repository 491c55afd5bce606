package sim

import (
	"sync"
	"time"
)

// Exchange is one message of a charger and what became of it.
type Exchange struct {
	Identity string
	// Seq numbers the messages of a charger in the order in which what they
	// tell happened. It stays the same when a message is repeated.
	Seq    int64
	Action string
	// Port is the connector, 0 for the charger itself; -1 for none.
	Port int
	// Status is set for StatusNotification, and for NotifyEvent when it tells the
	// status of a port.
	Status string
	// MessageID is the one sent last.
	MessageID string
	// Payload is the request as sent last, Result what a CALLRESULT said. In an
	// Observer's methods both are only lent.
	Payload, Result []byte
	// ErrorCode is that of a CALLERROR.
	ErrorCode string
	// TransactionID is what StartTransaction was answered, or what the message
	// carried; 0 for none.
	TransactionID int64
	// Transaction is the charger's own id of 2.x, EventType and SeqNo are those
	// of TransactionEvent.
	Transaction, EventType string
	SeqNo                  int64
	// Attempt counts how often it was sent, from 1.
	Attempt int
	// Time is the message's timestamp, SentAt when it was last sent and
	// AnsweredAt when the answer was read.
	Time, SentAt, AnsweredAt time.Time
}

// Observer is told each transaction message and status. Its methods are called
// by many goroutines, but for one charger one after another and in order. They
// must be quick and must not call the charger or the fleet.
type Observer interface {
	// Sent is called just before a message is written to the socket, again for
	// each repeat.
	Sent(e *Exchange)
	// Answered is called when its result or error has been read.
	Answered(e *Exchange)
}

// Ledger is an Observer that keeps what each charger had answered with a
// result. The zero Ledger is ready.
type Ledger struct {
	mu       sync.Mutex
	answered map[string][]Exchange // by identity
}

// Sent implements Observer; what is not answered is no promise of the server.
func (l *Ledger) Sent(*Exchange) {}

// Answered implements Observer.
func (l *Ledger) Answered(e *Exchange) {
	if e.ErrorCode != "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answered == nil {
		l.answered = make(map[string][]Exchange)
	}
	l.answered[e.Identity] = append(l.answered[e.Identity], e.own())
}

// own returns a copy with its own memory.
func (e *Exchange) own() Exchange {
	kept := *e
	kept.Payload = append([]byte(nil), e.Payload...)
	kept.Result = append([]byte(nil), e.Result...)
	return kept
}

// AnsweredTo returns what a charger had answered with a result, in the order in
// which the answers came.
func (l *Ledger) AnsweredTo(identity string) []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Exchange(nil), l.answered[identity]...)
}

// Answered returns what the charger had answered with a result, in the order in
// which the answers came. It needs a *Ledger as the fleet's observer; without
// one it returns nothing.
func (c *Charger) Answered() []Exchange {
	if l, ok := c.fleet.cfg.Observer.(*Ledger); ok {
		return l.AnsweredTo(c.cfg.Identity)
	}
	return nil
}
