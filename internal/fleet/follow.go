package fleet

import (
	"iter"
	"slices"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// followers are those who want to know that there is another estate.
type followers struct {
	mu  sync.Mutex
	all []chan struct{}
}

// Follow returns a channel that holds a value whenever the estate was replaced
// since the last receive, until stop is called. Unlike Watch it says nothing of
// what happened, loses nothing when its reader is slow, and tells of what is
// shown before it is stored, too (see showDisconnected).
func (f *Fleet) Follow() (changed <-chan struct{}, stop func()) {
	own := make(chan struct{}, 1)
	f.followers.mu.Lock()
	defer f.followers.mu.Unlock()
	f.followers.all = append(f.followers.all, own)
	return own, func() {
		f.followers.mu.Lock()
		defer f.followers.mu.Unlock()
		f.followers.all = slices.DeleteFunc(f.followers.all, func(o chan struct{}) bool { return o == own })
	}
}

// wake tells everybody that there is another estate; it never waits.
func (f *followers) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.all {
		select {
		case c <- struct{}{}:
		default: // it has not taken the last one yet
		}
	}
}

// EstateOf returns an estate that nobody changes, such as one of the past. It
// takes the chargers of s over.
func EstateOf(s *charging.Stored) *Estate { return newEstate(configurationOf(s), s.Chargers) }

// Changed goes through the chargers that are not the same as in an older estate
// of the same directory, as they were and as they are, in the order of slots.
func (e *Estate) Changed(old *Estate) iter.Seq2[*charging.Charger, *charging.Charger] {
	return func(yield func(was, is *charging.Charger) bool) {
		for i, b := range e.blocks {
			if b == old.blocks[i] {
				continue
			}
			for at, is := range b {
				if was := old.blocks[i][at]; was != is && !yield(was, is) {
					return
				}
			}
		}
	}
}
