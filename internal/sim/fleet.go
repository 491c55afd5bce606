package sim

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxDialing is how many chargers dial at one time.
const maxDialing = 256

// Fleet is virtual chargers that live together.
type Fleet struct {
	cfg      Config
	started  time.Time
	chargers []*Charger
	stats    stats
	idPrefix string // of message ids, so that they are unique over runs
	dialing  chan struct{}
	frozen   atomic.Bool

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New makes a fleet. Its chargers do nothing before Start. The error says which
// setting is wrong.
func New(cfg Config) (*Fleet, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	f := &Fleet{cfg: cfg, dialing: make(chan struct{}, maxDialing)}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.chargers = make([]*Charger, len(cfg.Chargers))
	n := len(cfg.Chargers)
	for i := range f.chargers {
		on := time.Duration(float64(cfg.Ramp) * float64(i) / float64(n))
		f.chargers[i] = newCharger(f, &cfg.Chargers[i], i, on)
	}
	return f, nil
}

// Start switches the chargers on, spread over the ramp. It must be called once.
func (f *Fleet) Start() {
	f.started = time.Now()
	f.idPrefix = strconv.FormatInt(f.started.UnixMilli(), 36) + "-"
	for _, c := range f.chargers {
		c.mu.Lock()
		c.armed = c.dialAt
		c.timer = time.AfterFunc(c.dialAt, c.tick)
		c.mu.Unlock()
	}
}

// Stop ends all chargers at once and waits for it. What is queued is lost, as
// in chargers that are scrapped.
func (f *Fleet) Stop() {
	f.cancel()
	for _, c := range f.chargers {
		c.stop()
	}
	f.running.Wait()
}

// Freeze stops time for vehicles, people, faults and lost connections. The
// chargers come online if they are not, and go on to say what is queued.
func (f *Fleet) Freeze() {
	f.frozen.Store(true)
	for _, c := range f.chargers {
		c.do(func(now instant) {
			if c.dialAt != never {
				c.dialAt = now
			}
		})
	}
}

// Settle waits until every charger is connected and has nothing left to say.
// The fleet should be frozen.
func (f *Fleet) Settle(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		restless := f.restless()
		if restless == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("charger %s still has %d messages to say: %w", restless.Identity(), restless.Queued(), ctx.Err())
		case <-tick.C:
		}
	}
}

// restless returns a charger with something left to say, or nil.
func (f *Fleet) restless() *Charger {
	for _, c := range f.chargers {
		c.mu.Lock()
		quiet := c.accepted && c.out.open == nil && c.out.queue.len() == 0 && c.out.live.len() == 0
		c.mu.Unlock()
		if !quiet {
			return c
		}
	}
	return nil
}

// Chargers returns the chargers in the order of the configuration.
func (f *Fleet) Chargers() []*Charger { return f.chargers }

// Summary returns what the fleet has done so far.
func (f *Fleet) Summary() *Summary {
	s := f.stats.summary()
	s.Elapsed, s.Chargers = time.Since(f.started), len(f.chargers)
	return s
}

// Run starts a fleet, writes its progress to out (nil for none) and stops it
// when ctx ends, which is no error.
func Run(ctx context.Context, cfg Config, out io.Writer) (*Summary, error) {
	f, err := New(cfg)
	if err != nil {
		return nil, err
	}
	f.Start()
	if out == nil {
		<-ctx.Done()
	} else {
		Watch(ctx, f, out, IsTerminal(out))
	}
	summary := f.Summary()
	f.Stop()
	return summary, nil
}

func (f *Fleet) now() instant { return time.Since(f.started) }

// timeOf returns the time of the clock at an instant.
func (f *Fleet) timeOf(at instant) time.Time { return f.started.Add(at) }

// real returns how long a simulated time takes on the clock.
func (f *Fleet) real(d time.Duration) time.Duration {
	if d == never {
		return never
	}
	return time.Duration(float64(d) / f.cfg.Speed)
}

// simulated returns the simulated time in ms at an instant.
func (f *Fleet) simulated(now instant) int64 {
	return int64(float64(now) * f.cfg.Speed / float64(time.Millisecond))
}
