package gateway

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// followers are told of messages as they are kept. While there are none, a
// message costs the look at one number.
type followers struct {
	count     atomic.Int32
	mu        sync.RWMutex
	ofCharger map[charging.ID][]*follower // a list is replaced, never changed
}

type follower struct {
	tell func(*charging.Message)
}

// FollowMessages has tell called with every message of a charger that is kept
// from now on, until stop: when it comes or leaves, and once more with what was
// answered, or without when nothing is going to be. tell is called while the
// charger waits, so it must return at once; the message is shared, and nobody may
// change it. Nothing is told where no messages are kept.
func (g *Gateway) FollowMessages(charger charging.ID, tell func(*charging.Message)) (stop func()) {
	f := &g.followers
	own := &follower{tell}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ofCharger == nil {
		f.ofCharger = make(map[charging.ID][]*follower)
	}
	f.ofCharger[charger] = append(slices.Clip(f.ofCharger[charger]), own)
	f.count.Add(1)
	return sync.OnceFunc(func() { f.remove(charger, own) })
}

func (f *followers) remove(charger charging.ID, own *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count.Add(-1)
	left := slices.DeleteFunc(slices.Clone(f.ofCharger[charger]), func(known *follower) bool { return known == own })
	if len(left) == 0 {
		delete(f.ofCharger, charger)
		return
	}
	f.ofCharger[charger] = left
}

// of returns who follows a charger.
func (f *followers) of(charger charging.ID) []*follower {
	if f.count.Load() == 0 {
		return nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.ofCharger[charger]
}

// keep hands a message to its log and to those who follow the charger.
func (g *Gateway) keep(m charging.Message) {
	g.cfg.Messages.Append(m)
	if list := g.followers.of(m.ChargerID); list != nil {
		tellAll(list, m)
	}
}

// tellAll tells of a message whose memory is used again.
func tellAll(list []*follower, m charging.Message) {
	m.Payload, m.Response = slices.Clone(m.Payload), slices.Clone(m.Response)
	for _, f := range list {
		f.tell(&m)
	}
}

// tellReceived tells of a call of the charger that is not answered yet. The
// second time its action is spelled as in the specification.
func (d *dialog) tellReceived(keep int64, f *ocpp.Frame, received time.Time) {
	if keep == 0 {
		return
	}
	if list := d.g.followers.of(d.charger); list != nil {
		m := d.received(keep, f, f.Action, received)
		tellAll(list, m)
	}
}

// tellSent tells of a call of ours that leaves now.
func (l *link) tellSent(c *call) {
	if c.keep == 0 {
		return
	}
	if list := l.g.followers.of(l.dialog.charger); list != nil {
		tellAll(list, l.sentCall(c))
	}
}
