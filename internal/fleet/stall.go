package fleet

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// slowCommit is how long a commit may take before the store counts as not
	// committing, from the beginning of that commit: a disk that hangs gives no
	// error.
	slowCommit = 2 * time.Second
	// watchEvery is how often it is looked for.
	watchEvery = time.Second
)

// stall knows since when nothing can be stored. Its times keep the monotonic
// reading, so that a clock that jumps makes no stall longer or shorter.
type stall struct {
	failing atomic.Pointer[time.Time] // since when commits fail; nil while they do not
	working atomic.Pointer[time.Time] // when the work of the committer began; nil while it waits
}

// begin notes that the committer decides and commits, end that it is done.
func (s *stall) begin() {
	now := time.Now()
	s.working.Store(&now)
}

func (s *stall) end() { s.working.Store(nil) }

// failed notes that a commit failed.
func (s *stall) failed() {
	now := time.Now()
	s.failing.CompareAndSwap(nil, &now)
}

// over notes that the store commits and returns since when it did not; zero
// when it always did.
func (s *stall) over() time.Time {
	if since := s.failing.Swap(nil); since != nil {
		return *since
	}
	return time.Time{}
}

// since returns since when nothing can be stored; zero while it can.
func (s *stall) since() time.Time {
	if since := s.failing.Load(); since != nil {
		return *since
	}
	if began := s.hanging(); !began.IsZero() {
		return began
	}
	return time.Time{}
}

// hanging returns when a commit began that does not come back.
func (s *stall) hanging() time.Time {
	if began := s.working.Load(); began != nil && time.Since(*began) >= slowCommit {
		return *began
	}
	return time.Time{}
}

// StalledSince returns since when the store cannot commit: a commit failed, or
// one has not come back for 2 s. It is zero while the store can.
func (f *Fleet) StalledSince() time.Time { return f.stall.since() }

// watchLoop tells of a commit that does not come back, which nobody else can
// while it lasts, and counts it.
func (f *Fleet) watchLoop(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var told time.Time
	for {
		select {
		case <-f.quit:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		began := f.stall.hanging()
		if f.stall.failing.Load() != nil {
			began = time.Time{} // that is told by whoever saw it fail
		}
		switch {
		case began.IsZero() == told.IsZero():
			continue
		case began.IsZero():
			f.log.Info("the store commits again", "stalled", time.Since(told).Round(time.Millisecond))
		default:
			f.metrics.stalls.Inc()
			f.log.Error("the store has not come back from a commit; chargers are not answered until it does", "since", began)
		}
		told = began
	}
}
