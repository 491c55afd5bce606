package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is the chargers of a measurement, all connected.
type load struct {
	chargers []*charger
	answered atomic.Int64 // messages, for the progress line
}

// dialing is how many handshakes go on at one time.
const dialing = 128

// connect dials and boots n chargers.
func (t target) connect(ctx context.Context, prefix string, n int, done *atomic.Int64) (*load, error) {
	l := &load{chargers: make([]*charger, n)}
	err := l.inParallel(dialing, func(i int) error {
		identity := fmt.Sprintf("%s%d", prefix, i+1)
		c, err := t.dial(ctx, identity)
		if err != nil {
			return err
		}
		l.chargers[i] = &charger{conn: c, identity: identity, tag: identity}
		if err := l.chargers[i].boot(); err != nil {
			return err
		}
		done.Add(1)
		return nil
	})
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// inParallel calls f for each charger, at most n at a time, and returns the
// first errors.
func (l *load) inParallel(n int, f func(i int) error) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	var faults faults
	for range min(n, len(l.chargers)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(l.chargers); i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					faults.add(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return faults.err()
}

func (l *load) close() {
	for _, c := range l.chargers {
		if c != nil {
			c.sock.Close()
		}
	}
}

// faults collects errors, of which the first few are told.
type faults struct {
	mu    sync.Mutex
	count int
	first []error
}

func (f *faults) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count++; len(f.first) < 3 {
		f.first = append(f.first, err)
	}
}

func (f *faults) err() error { return errors.Join(f.first...) }

// sample is what was measured of a load.
type sample struct {
	took      time.Duration
	latencies []time.Duration // sorted
	faults    faults
}

// play lets every charger say what the scenario wants, until ctx ends. With a
// rate, messages are due at fixed times spread over the chargers (open loop),
// and count from then; else each charger sends as soon as it was answered
// (closed loop). Answers that come before measured begins do not count.
func (l *load) play(ctx context.Context, s *scenario, rate int, measured <-chan struct{}) *sample {
	out := &sample{}
	all := make([][]time.Duration, len(l.chargers))
	var wg sync.WaitGroup
	began := time.Now()
	for i, c := range l.chargers {
		wg.Go(func() {
			pace := newPace(rate, len(l.chargers), i, began)
			all[i] = l.playOne(ctx, c, s, pace, measured, &out.faults)
		})
	}
	counted := began
	select {
	case <-measured:
		counted = time.Now()
	case <-ctx.Done():
	}
	<-ctx.Done()
	out.took = time.Since(counted)
	wg.Wait()
	out.latencies = slices.Concat(all...)
	slices.Sort(out.latencies)
	return out
}

func (l *load) playOne(ctx context.Context, c *charger, s *scenario, p pace, measured <-chan struct{}, faults *faults) []time.Duration {
	var took []time.Duration
	counts := false
	for {
		due, ok := p.wait(ctx)
		if !ok {
			return took
		}
		err := s.say(c)
		switch {
		case errors.Is(err, errRefused):
			faults.add(err)
			continue
		case err != nil:
			faults.add(fmt.Errorf("%s: %w", c.identity, err))
			return took
		}
		l.answered.Add(1)
		if !counts {
			select {
			case <-measured:
				// The message before the first one that counts began earlier.
				counts = true
			default:
			}
			continue
		}
		if ctx.Err() != nil {
			return took // answered after the end
		}
		took = append(took, time.Since(due))
	}
}

// pace tells when a charger's messages are due.
type pace struct {
	next  time.Time
	every time.Duration // 0 is at once
}

func newPace(rate, chargers, index int, began time.Time) pace {
	if rate <= 0 {
		return pace{}
	}
	every := time.Duration(chargers) * time.Second / time.Duration(rate)
	return pace{next: began.Add(every * time.Duration(index) / time.Duration(chargers)), every: every}
}

// wait returns when the next message is due; false at the end.
func (p *pace) wait(ctx context.Context) (due time.Time, ok bool) {
	if p.every == 0 {
		return time.Now(), ctx.Err() == nil
	}
	due = p.next
	p.next = p.next.Add(p.every)
	if ahead := time.Until(due); ahead > 0 {
		select {
		case <-ctx.Done():
			return due, false
		case <-time.After(ahead):
		}
	}
	return due, ctx.Err() == nil
}
