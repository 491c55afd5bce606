package fleet

import (
	"runtime/debug"
	"slices"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// watchers are those who want to know of each batch.
type watchers struct {
	mu  sync.Mutex
	all []*watcher // replaced as a whole, never changed
}

type watcher struct{ tell func(*charging.Batch) }

// Watch has tell called with every batch once it is durable and published, in
// order, before its events are answered, until stop is called. It runs on the
// committer's goroutine: it must be quick, must not call the fleet, and must
// not change the batch. A call that is under way may end after stop returned.
func (f *Fleet) Watch(tell func(*charging.Batch)) (stop func()) {
	w := &watcher{tell: tell}
	f.watchers.mu.Lock()
	defer f.watchers.mu.Unlock()
	f.watchers.all = append(slices.Clone(f.watchers.all), w)
	return func() {
		f.watchers.mu.Lock()
		defer f.watchers.mu.Unlock()
		f.watchers.all = slices.DeleteFunc(slices.Clone(f.watchers.all), func(o *watcher) bool { return o == w })
	}
}

// published makes the estate that a stored batch led to the live one, and tells
// the watchers.
func (f *Fleet) published(e *Estate, b *charging.Batch) {
	f.publish(e)
	if empty(b) {
		return
	}
	f.watchers.mu.Lock()
	all := f.watchers.all
	f.watchers.mu.Unlock()
	for _, w := range all {
		f.tell(w, b)
	}
}

// tell calls one watcher; its panic must not end the committer.
func (f *Fleet) tell(w *watcher, b *charging.Batch) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("a watcher of the fleet failed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	w.tell(b)
}

// empty reports whether there is nothing to store in a batch.
func empty(b *charging.Batch) bool {
	return len(b.Records) == 0 && len(b.Sessions) == 0 && len(b.Ports) == 0 && b.Change == nil && b.LifeMark.IsZero() &&
		len(b.Commands) == 0 && len(b.Variables) == 0 && len(b.Lists) == 0 && len(b.Uploads) == 0 && len(b.Firmware) == 0
}
