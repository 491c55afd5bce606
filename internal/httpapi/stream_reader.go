package httpapi

import (
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// What may wait for a reader. One that takes less than comes gets a new
// snapshot instead of it.
const (
	maxWaiting      = 512
	maxWaitingBytes = 1 << 20
)

// Why a stream ends, as its last event tells.
const (
	endServer = "shutdown"
	endKey    = "key"
	endUnseen = "removed"
)

// reader is one stream: of a hub, with whose other readers it shares what waits
// for it, or of a feed of its own.
type reader struct {
	hub  *hub
	feed feed
	key  *charging.APIKey
	need charging.Permission
	told time.Time // when something was put last; under live.mu

	mu      sync.Mutex
	waiting [][]byte
	size    int
	lost    bool   // something was left out
	why     string // it ends; "" while it does not
	hurry   func() // lets a write that hangs fail soon
	wake    chan struct{}
}

// put has the reader send a text, which nobody may change any more.
func (r *reader) put(text []byte) {
	r.mu.Lock()
	switch {
	case r.lost:
	case len(r.waiting) >= maxWaiting || r.size+len(text) > maxWaitingBytes && len(r.waiting) > 0:
		r.waiting, r.size, r.lost = nil, 0, true
	default:
		r.waiting = append(r.waiting, text)
		r.size += len(text)
	}
	r.mu.Unlock()
	r.rouse()
}

func (r *reader) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// finish has the reader end once it has sent what waits.
func (r *reader) finish(why string) {
	r.mu.Lock()
	if r.why == "" {
		r.why = why
		if r.hurry != nil {
			r.hurry()
		}
	}
	r.mu.Unlock()
	r.rouse()
}

// take returns what waits, whether something was left out before it, and why
// the stream ends.
func (r *reader) take() (texts [][]byte, lost bool, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts, lost, why = r.waiting, r.lost, r.why
	r.waiting, r.size = nil, 0
	return texts, lost, why
}

// forget drops what waits, because a snapshot says it all.
func (r *reader) forget() {
	r.mu.Lock()
	r.waiting, r.size, r.lost = nil, 0, false
	r.mu.Unlock()
}
