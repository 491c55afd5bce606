package sim

import (
	"sort"
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
	// Status is set for StatusNotification.
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

// Ledger is an Observer that keeps what each charger sent and what was answered
// with a result. The zero Ledger is ready.
type Ledger struct {
	mu       sync.Mutex
	chargers map[string]*page
}

type page struct {
	answered []Exchange
	waiting  map[int64]Exchange
}

func (l *Ledger) page(identity string) *page {
	p := l.chargers[identity]
	if p == nil {
		p = &page{waiting: make(map[int64]Exchange)}
		if l.chargers == nil {
			l.chargers = make(map[string]*page)
		}
		l.chargers[identity] = p
	}
	return p
}

// Sent implements Observer.
func (l *Ledger) Sent(e *Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.page(e.Identity).waiting[e.Seq] = e.own()
}

// Answered implements Observer.
func (l *Ledger) Answered(e *Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.page(e.Identity)
	if e.ErrorCode == "" {
		delete(p.waiting, e.Seq)
		p.answered = append(p.answered, e.own())
	} else {
		p.waiting[e.Seq] = e.own()
	}
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
	return append([]Exchange(nil), l.page(identity).answered...)
}

// UnansweredTo returns what a charger sent and had no result for, by Seq. The
// server may have stored it or not.
func (l *Ledger) UnansweredTo(identity string) []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Exchange
	for _, e := range l.page(identity).waiting {
		list = append(list, e)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Seq < list[j].Seq })
	return list
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
