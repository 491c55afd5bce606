package gateway

import (
	"sync"
	"sync/atomic"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// registry knows the link that speaks for each charger, and every link that has
// not ended.
type registry struct {
	mu      sync.RWMutex
	berths  map[charging.ID]*berth
	all     map[*link]struct{}
	shut    bool          // no link is added any more
	empty   chan struct{} // closed when shut and nothing is left
	isEmpty bool
}

// berth is the place of one charger. It outlives connections.
type berth struct {
	// turn is held while a message of the charger is handled.
	turn chan struct{}
	// pingless says that the charger cannot stand pings.
	pingless atomic.Bool
	// current, latest and alarms are guarded by the registry's lock.
	current *link // nil while disconnected
	latest  uint64
	alarms  alarms
}

func (r *registry) init() {
	r.berths = make(map[charging.ID]*berth)
	r.all = make(map[*link]struct{})
	r.empty = make(chan struct{})
}

// add makes l the current link of its charger and returns the one that it
// replaces. It is not made current, and false returned, when a newer one is
// there already or the registry is shut. In each case l belongs to the registry
// until done.
func (r *registry) add(l *link) (old *link, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.berths[l.dialog.charger]
	if b == nil {
		b = &berth{turn: make(chan struct{}, 1)}
		r.berths[l.dialog.charger] = b
	}
	l.berth, l.dialog.turn = b, b.turn
	r.all[l] = struct{}{}
	if r.shut || b.latest > l.dialog.generation {
		return nil, false
	}
	old, b.current, b.latest = b.current, l, l.dialog.generation
	return old, true
}

// remove lets no call go over l any more. A newer link is not touched.
func (r *registry) remove(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.berth.current == l {
		l.berth.current = nil
	}
}

// done forgets a link whose end is recorded.
func (r *registry) done(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, l)
	r.checkEmpty()
}

// close lets no link be added, and returns a channel that is closed when the
// last one ended.
func (r *registry) close() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shut = true
	r.checkEmpty()
	return r.empty
}

func (r *registry) checkEmpty() {
	if r.shut && len(r.all) == 0 && !r.isEmpty {
		r.isEmpty = true
		close(r.empty)
	}
}

// current returns the link that speaks for a charger, or nil.
func (r *registry) current(charger charging.ID) *link {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if b := r.berths[charger]; b != nil {
		return b.current
	}
	return nil
}

// appendAll appends every link to dst.
func (r *registry) appendAll(dst []*link) []*link {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for l := range r.all {
		dst = append(dst, l)
	}
	return dst
}
