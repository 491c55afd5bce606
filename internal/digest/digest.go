package digest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Source is where the history is read and what follows is kept; *store.Store is
// one.
type Source interface {
	// Digested is the mark: the id of the newest record that was gone through.
	Digested(ctx context.Context) (mark int64, err error)
	// RecordsAfter returns the next records, oldest first, without meter values
	// and without readings; upTo is how far it went.
	RecordsAfter(ctx context.Context, after int64, limit int) (records []charging.Record, upTo int64, err error)
	// StatesAt calls each with the newest record up to the mark of every charger
	// (port 0) and of every port; of any kind, without readings.
	StatesAt(ctx context.Context, mark int64, each func(*charging.Record)) error
	OpenIntervals(ctx context.Context) ([]charging.ServiceInterval, error)
	// RecentFaults are those since a time, oldest first.
	RecentFaults(ctx context.Context, since time.Time) ([]charging.Fault, error)
	StoreDerived(ctx context.Context, d *charging.Derived) error
}

// A Refresher is a Part that goes by what people set.
type Refresher interface {
	// Refresh reads that anew: before records, which may be younger than what was
	// read last, and else before Tick.
	Refresh(ctx context.Context, now time.Time) error
}

// Beginning is what is known when the digest starts, or starts again.
type Beginning struct {
	// Mark is the id of the newest record that was gone through; 0 for none.
	Mark int64
	Now  time.Time
	// Intervals are the service intervals that last, by charger and port.
	Intervals []charging.ServiceInterval
	// Faults are those of the last day, oldest first.
	Faults []charging.Fault
}

// Part works out one thing that follows. Its methods are called by one goroutine
// at a time.
type Part interface {
	// Begin makes the part forget all that it knows. It is called before
	// anything else, and again after something could not be stored.
	Begin(ctx context.Context, b *Beginning) error
	// State is called after Begin with the newest record up to the mark of every
	// charger (port 0) and of every port: what stood when the digest ended. The
	// record itself was gone through already.
	State(r *charging.Record)
	// Digest adds to out what follows from a record. They come in the order of
	// their ids, without those of meter values.
	Digest(r *charging.Record, out *charging.Derived)
	// Tick adds what follows from the time alone. It is called each second, when
	// all records that there are were gone through.
	Tick(now time.Time, out *charging.Derived)
}

// Usual times of a Digest.
const (
	tickEvery = time.Second
	// collectFor is how long is waited after a first record, so that a busy
	// history is followed in few steps.
	collectFor = 200 * time.Millisecond
	// pagePause is between pages of a long stretch: others write then.
	pagePause = 20 * time.Millisecond
	// markEvery is how often a mark alone is stored; what lies behind it and
	// meant nothing is gone through again after a crash.
	markEvery  = 10 * time.Second
	longestGap = 30 * time.Second // between tries after a failure
	pageSize   = 500
	// longStretch is of how many ids a page may be without a pause after it.
	longStretch = 10_000
	// faultsBack is how far back the faults of Beginning go.
	faultsBack = 24 * time.Hour
)

// Digest follows the history.
type Digest struct {
	source Source
	parts  []Part
	log    *slog.Logger
	wake   chan struct{}

	begun    bool
	mark     int64 // in memory; the stored one may be older
	stored   int64
	storedAt time.Time
}

// New returns a Digest of these parts, which does nothing before Run or Step.
func New(source Source, log *slog.Logger, parts ...Part) *Digest {
	return &Digest{source: source, parts: parts, log: log.With("room", "digest"), wake: make(chan struct{}, 1)}
}

// Wake says that there are new records. It never waits, so the fleet's committer
// may call it.
func (d *Digest) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run follows the history until ctx ends.
func (d *Digest) Run(ctx context.Context) {
	gap := time.Duration(0)
	defer func() { d.end(context.WithoutCancel(ctx)) }()
	for ctx.Err() == nil {
		err := d.Step(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			gap = 0
		case gap == 0:
			d.log.Warn("what follows from the history could not be worked out or stored; it is tried again and again", "err", err)
			fallthrough
		default:
			gap = min(max(2*gap, tickEvery), longestGap)
		}
		d.wait(ctx, gap)
	}
}

// wait returns after gap, or without one when there are records or a second has
// passed.
func (d *Digest) wait(ctx context.Context, gap time.Duration) {
	if gap > 0 {
		pause(ctx, gap)
		return
	}
	timer := time.NewTimer(tickEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-d.wake:
		pause(ctx, collectFor)
	}
}

func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Step goes through all records that there are, then through what follows from
// the time. After an error the next step begins anew at the stored mark.
func (d *Digest) Step(ctx context.Context, now time.Time) error {
	err := d.step(ctx, now)
	if err != nil && !errors.Is(err, context.Canceled) { // which nothing that stores returns
		d.begun = false
	}
	return err
}

func (d *Digest) step(ctx context.Context, now time.Time) error {
	if !d.begun {
		if err := d.begin(ctx, now); err != nil {
			return err
		}
	}
	fresh := false
	for {
		records, upTo, err := d.source.RecordsAfter(ctx, d.mark, pageSize)
		if err != nil {
			return err
		}
		if upTo == d.mark {
			break
		}
		if len(records) > 0 {
			if err := d.refresh(ctx, now); err != nil {
				return err
			}
			fresh = true
		}
		out := &charging.Derived{}
		for i := range records {
			for _, p := range d.parts {
				d.guard(func() { p.Digest(&records[i], out) }, records[i].ID)
			}
		}
		long := len(records) == pageSize || upTo-d.mark > longStretch
		d.mark = upTo
		if err := d.store(ctx, out, now); err != nil {
			return err
		}
		if long {
			pause(ctx, pagePause)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if !fresh {
		if err := d.refresh(ctx, now); err != nil {
			return err
		}
	}
	out := &charging.Derived{}
	for _, p := range d.parts {
		d.guard(func() { p.Tick(now, out) }, 0)
	}
	return d.store(ctx, out, now)
}

// refresh has parts read anew what people set: after the records were read, so
// that what was set before one of them holds for it.
func (d *Digest) refresh(ctx context.Context, now time.Time) error {
	for _, p := range d.parts {
		if r, ok := p.(Refresher); ok {
			if err := r.Refresh(ctx, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin has the parts take up where the stored mark is.
func (d *Digest) begin(ctx context.Context, now time.Time) error {
	b := &Beginning{Now: now}
	var err error
	if b.Mark, err = d.source.Digested(ctx); err != nil {
		return err
	}
	if b.Intervals, err = d.source.OpenIntervals(ctx); err != nil {
		return err
	}
	if b.Faults, err = d.source.RecentFaults(ctx, now.Add(-faultsBack)); err != nil {
		return err
	}
	for _, p := range d.parts {
		if err := p.Begin(ctx, b); err != nil {
			return err
		}
	}
	if b.Mark > 0 {
		err = d.source.StatesAt(ctx, b.Mark, func(r *charging.Record) {
			for _, p := range d.parts {
				p.State(r)
			}
		})
		if err != nil {
			return err
		}
	}
	d.mark, d.stored, d.storedAt, d.begun = b.Mark, b.Mark, now, true
	return nil
}

// guard keeps a fault of ours about one record from stopping the server; the
// record is passed over.
func (d *Digest) guard(work func(), record int64) {
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("a fault of ours: what follows from a record could not be worked out; it is passed over",
				"record", record, "err", fmt.Sprint(p))
		}
	}()
	work()
}

// store keeps what follows, with the mark. A mark alone is stored now and then.
func (d *Digest) store(ctx context.Context, out *charging.Derived, now time.Time) error {
	if out.Failed != nil {
		return out.Failed
	}
	if out.Empty() && (d.mark == d.stored || now.Sub(d.storedAt) < markEvery) {
		return nil
	}
	out.Mark = d.mark
	if err := d.source.StoreDerived(ctx, out); err != nil {
		return err
	}
	d.stored, d.storedAt = d.mark, now
	return nil
}

// end stores the mark, so that the next start has little to go through again.
func (d *Digest) end(ctx context.Context) {
	if d.begun && d.mark != d.stored {
		if err := d.source.StoreDerived(ctx, &charging.Derived{Mark: d.mark}); err != nil {
			d.log.Warn("the mark of the digest could not be stored; the next start goes through a little of the history again", "err", err)
		}
	}
}
