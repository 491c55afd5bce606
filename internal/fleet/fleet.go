package fleet

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Config are the settings of a Fleet; zero values mean the defaults.
type Config struct {
	// UnknownTags is what unknown id tags are answered where neither charger
	// nor site says; inherit means reject.
	UnknownTags charging.TagPolicy
	// LostStopAfter is how long after a live Available without samples a
	// session counts as ended; 10 minutes by default.
	LostStopAfter time.Duration
	// SilenceAfter is how long a session of which nothing is heard counts as
	// running; 24 hours by default.
	SilenceAfter time.Duration
	// LifeEvery is how often the server marks that it lives; 5 seconds by
	// default. After a crash, connections end at the last mark.
	LifeEvery time.Duration
}

func (c Config) withDefaults() Config {
	if c.LostStopAfter <= 0 {
		c.LostStopAfter = 10 * time.Minute
	}
	if c.SilenceAfter <= 0 {
		c.SilenceAfter = 24 * time.Hour
	}
	if c.LifeEvery <= 0 {
		c.LifeEvery = 5 * time.Second
	}
	return c
}

// Fleet holds the live estate. Its methods may be called by any goroutine.
type Fleet struct {
	cfg     Config
	store   Store
	log     *slog.Logger
	metrics *metrics
	ids     *IDs

	watchers  watchers
	followers followers

	estate     atomic.Pointer[Estate]
	generation atomic.Uint64
	stall      stall

	started time.Time     // of this run
	away    time.Duration // between the last mark of life and this run

	queue   chan *request
	quit    chan struct{}  // closed by Stop: take no more
	ended   chan struct{}  // closed when the committer has ended
	stop    sync.Once      // of closing quit
	running sync.WaitGroup // committer and clock
	cancel  context.CancelFunc
}

// New returns a Fleet that is not running yet.
func New(cfg Config, store Store, log *slog.Logger, reg prometheus.Registerer) *Fleet {
	f := &Fleet{
		cfg: cfg.withDefaults(), store: store, log: log.With("room", "fleet"), metrics: newMetrics(reg),
		ids: newIDs(store), queue: make(chan *request, maxBatch), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	f.estate.Store(newEstate(configurationOf(&charging.Stored{}), nil))
	return f
}

// Start loads the estate, ends the connections that an earlier run left open,
// and begins to take events.
func (f *Fleet) Start(ctx context.Context) error {
	stored, err := f.store.Load(ctx)
	if err != nil {
		return err
	}
	f.publish(newEstate(configurationOf(stored), stored.Chargers))
	f.started = time.Now()
	if !stored.LifeMark.IsZero() {
		f.away = max(0, f.started.Sub(stored.LifeMark))
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	f.running.Go(func() { f.commitLoop(base) })
	f.running.Go(func() { f.watchLoop(base) })
	if err := f.endOldConnections(ctx, stored.LifeMark); err != nil {
		return err
	}
	f.running.Go(func() { f.clockLoop(base) })
	return nil
}

// endOldConnections marks chargers as disconnected that were connected when
// the server ended without saying so: at the last mark of its life, so that
// the gap is the server's and not theirs.
func (f *Fleet) endOldConnections(ctx context.Context, life time.Time) error {
	e := f.Estate()
	var pending []*request
	for slot := range e.Len() {
		c := e.At(slot)
		if c.Connection == nil || !c.Connection.Connected {
			continue
		}
		seen := life
		if seen.Before(c.Connection.Since) {
			seen = c.Connection.Since
		}
		r := f.newRequest()
		r.event = charging.Event{ChargerID: c.ID, Received: seen,
			Body: charging.Disconnected{LastSeen: seen, Reason: charging.EndedByCrash}}
		if err := f.enqueue(ctx, r); err != nil {
			return err
		}
		if pending = append(pending, r); len(pending) == maxBatch {
			if err := waitAll(ctx, pending); err != nil {
				return err
			}
			pending = pending[:0]
		}
	}
	return waitAll(ctx, pending)
}

func waitAll(ctx context.Context, pending []*request) error {
	for _, r := range pending {
		if _, err := r.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop commits what waits and ends. Events that come later are refused as
// Unavailable. When ctx ends first, what still waits is not answered.
func (f *Fleet) Stop(ctx context.Context) error {
	if f.cancel == nil {
		return nil
	}
	f.stop.Do(func() { close(f.quit) })
	done := make(chan struct{})
	go func() {
		f.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		f.cancel()
		return nil
	case <-ctx.Done():
		f.cancel()
		<-done
		return ctx.Err()
	}
}

// clockLoop marks the server's life and closes sessions whose stop is missing.
func (f *Fleet) clockLoop(ctx context.Context) {
	ticker := time.NewTicker(f.cfg.LifeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-f.quit:
			return
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if !f.StalledSince().IsZero() {
				continue
			}
			r := f.newRequest()
			r.lifeMark = now
			if f.enqueue(ctx, r) != nil {
				return
			}
			f.sweep(ctx, now)
		}
	}
}

// Estate returns the live picture. It is never older than the last answer.
func (f *Fleet) Estate() *Estate { return f.estate.Load() }

// Handle decides an event and returns its outcome once that is stored. Events
// of one charger must be handed in one after another. When ctx ends first, the
// event may still be stored, but must not be answered.
//
// Errors: NotFound for an unknown charger, Unavailable when the store cannot
// commit or the server ends, Internal when only this event failed.
func (f *Fleet) Handle(ctx context.Context, ev charging.Event) (charging.Outcome, error) {
	c := f.Estate().Charger(ev.ChargerID)
	if c == nil {
		return charging.Outcome{}, charging.Errorf(charging.NotFound, "There is no charger with id %d.", ev.ChargerID)
	}
	r := f.newRequest()
	r.event = ev
	var err error
	if r.memory, err = f.recall(ctx, c, &ev); err != nil {
		return charging.Outcome{}, charging.Errorf(charging.Unavailable, "reading back what is known of charger %d: %w", c.ID, err)
	}
	if err := f.enqueue(ctx, r); err != nil {
		return charging.Outcome{}, err
	}
	return r.wait(ctx)
}

// Connect records that a socket of the charger was accepted and returns its
// generation, which rises with every connection. The newest speaks for the
// charger.
func (f *Fleet) Connect(ctx context.Context, charger charging.ID, c charging.Connected, at time.Time) (uint64, error) {
	generation := f.generation.Add(1)
	_, err := f.Handle(ctx, charging.Event{ChargerID: charger, Generation: generation, Received: at, Body: c})
	return generation, err
}

// Disconnect records the end of a connection. Nothing happens when a newer one
// speaks for the charger. While the store cannot commit, the charger is shown
// as disconnected at once, and Disconnect waits.
func (f *Fleet) Disconnect(ctx context.Context, charger charging.ID, generation uint64, d charging.Disconnected, at time.Time) error {
	if !f.StalledSince().IsZero() {
		f.showDisconnected(charger, generation, d.LastSeen)
	}
	_, err := f.Handle(ctx, charging.Event{ChargerID: charger, Generation: generation, Received: at, Body: d})
	return err
}
