package digest_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
)

var quiet = slog.New(slog.DiscardHandler)

// oneByOne ends a step after one record, as a crash would: done says that there
// was none left.
type oneByOne struct {
	digest.Source
	served bool
	upTo   int64
	done   bool
}

func (s *oneByOne) RecordsAfter(ctx context.Context, after int64, _ int) ([]charging.Record, int64, error) {
	if s.served {
		return nil, after, nil
	}
	s.served = true
	records, upTo, err := s.Source.RecordsAfter(ctx, after, 1)
	s.upTo, s.done = upTo, upTo == after
	return records, upTo, err
}

// failing fails to store so often, either before or after it really did.
type failing struct {
	digest.Source
	before, after int
}

var errCrash = errors.New("the disk is gone")

func (s *failing) StoreDerived(ctx context.Context, d *charging.Derived) error {
	if s.before > 0 {
		s.before--
		return errCrash
	}
	if err := s.Source.StoreDerived(ctx, d); err != nil {
		return err
	}
	if s.after > 0 {
		s.after--
		return errCrash
	}
	return nil
}

// counter derives a delivery from each record, so that a doubled one shows.
type counter struct{ next *charging.ID }

func (counter) Begin(context.Context, *digest.Beginning) error { return nil }
func (counter) State(*charging.Record)                         {}
func (counter) Tick(time.Time, *charging.Derived)              {}

func (c counter) Digest(r *charging.Record, out *charging.Derived) {
	*c.next++
	out.Deliveries = append(out.Deliveries, charging.Delivery{ID: *c.next, WebhookID: 1, Event: "test", Body: []byte(`{}`), CreatedAt: r.Received})
}

func (y *yard) deliveries() int {
	y.t.Helper()
	list, err := y.store.Deliveries(context.Background(), charging.DeliveryQuery{WebhookID: 1, Limit: 1000})
	if err != nil {
		y.t.Fatal(err)
	}
	return len(list)
}

func TestWhatFollowsIsNeitherLostNorDoubledByACrash(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after int
	}{{"before it is stored", 3, 0}, {"after it was stored", 0, 1}} {
		t.Run(c.name, func(t *testing.T) {
			var next charging.ID
			y := newYard(t, func() []digest.Part { return []digest.Part{counter{&next}} })
			y.connects()
			for range 20 {
				y.after(time.Second).status(1, charging.Available, charging.NoError)
			}
			source := &failing{Source: y.store, before: c.before, after: c.after}
			d := digest.New(source, quiet, counter{&next})
			for range c.before + c.after {
				if err := d.Step(context.Background(), y.now); !errors.Is(err, errCrash) {
					t.Fatalf("%v, want that the disk is gone", err)
				}
			}
			if err := d.Step(context.Background(), y.now); err != nil {
				t.Fatal(err)
			}
			if got := y.deliveries(); got != 21 {
				t.Errorf("%d, want one for each of 21 records", got)
			}
		})
	}
	t.Run("of the whole server", func(t *testing.T) {
		var next charging.ID
		y := newYard(t, func() []digest.Part { return []digest.Part{counter{&next}} })
		y.connects()
		y.status(1, charging.Available, charging.NoError)
		y.step()
		y.after(time.Second).status(1, charging.Preparing, charging.NoError) // never gone through
		y.restart()
		y.connects()
		y.step()
		y.restart()
		y.step()
		// Two connections, two statuses, and two ends of a connection that the
		// server noted when it started.
		if got := y.deliveries(); got != 6 {
			t.Errorf("%d, want one for each of 6 records", got)
		}
	})
}

func TestMeterValuesArePassedOverAndTheMarkGoesOn(t *testing.T) {
	var next charging.ID
	y := newYard(t, func() []digest.Part { return []digest.Part{counter{&next}} })
	y.connects()
	tx := y.starts(1)
	y.step()
	before, err := y.store.Digested(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		y.after(time.Second).tells(charging.MetersReported{Port: 1, TransactionID: tx, TransactionKnown: true, Readings: []charging.Reading{
			{Measurand: charging.EnergyActiveImportRegister, Value: charging.Milli(i * 1000), Valid: true, Time: y.told()}}})
	}
	y.after(time.Minute).step() // long enough that a mark alone is stored
	after, err := y.store.Digested(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := y.deliveries(); got != 2 || after != before+30 {
		t.Errorf("%d records were gone through, want 2; the mark went from %d to %d, want 30 more", got, before, after)
	}
}

func TestALongHistoryIsGoneThroughInPages(t *testing.T) {
	var next charging.ID
	y := newYard(t, func() []digest.Part { return []digest.Part{counter{&next}} })
	y.connects()
	for range 1100 { // more than two pages
		y.after(time.Second).status(1, charging.Available, charging.NoError)
	}
	y.step()
	if next != 1101 {
		t.Errorf("%d records were gone through, want 1101", next)
	}
}

// panicky fails at one record.
type panicky struct{ counter }

func (p panicky) Digest(r *charging.Record, out *charging.Derived) {
	if r.Kind == charging.RecordTag {
		panic("a fault of ours")
	}
	p.counter.Digest(r, out)
}

func TestAFaultOfOursCostsOneRecord(t *testing.T) {
	var next charging.ID
	y := newYard(t, func() []digest.Part { return []digest.Part{panicky{counter{&next}}} })
	y.connects()
	y.tells(charging.TagPresented{Tag: "CARD"})
	y.status(1, charging.Available, charging.NoError)
	y.step()
	if got := y.deliveries(); got != 2 {
		t.Errorf("%d, want those of the connection and the status", got)
	}
}

// memory is a Source without a disk, so that time can be that of the test.
type memory struct {
	last   atomic.Int64
	stored []charging.Derived
}

func (m *memory) Digested(context.Context) (int64, error) { return 0, nil }
func (m *memory) RecordsAfter(_ context.Context, after int64, _ int) ([]charging.Record, int64, error) {
	var list []charging.Record
	last := m.last.Load()
	for id := after + 1; id <= last; id++ {
		list = append(list, charging.Record{ID: id, Port: &charging.PortState{}})
	}
	return list, last, nil
}
func (m *memory) StatesAt(context.Context, int64, func(*charging.Record)) error { return nil }
func (m *memory) OpenIntervals(context.Context) ([]charging.ServiceInterval, error) {
	return nil, nil
}
func (m *memory) RecentFaults(context.Context, time.Time) ([]charging.Fault, error) { return nil, nil }
func (m *memory) StoreDerived(_ context.Context, d *charging.Derived) error {
	m.stored = append(m.stored, *d)
	return nil
}

// ticks counts what it is called with.
type ticks struct {
	counter
	at []time.Duration
	t0 time.Time
}

func (p *ticks) Tick(now time.Time, _ *charging.Derived) { p.at = append(p.at, now.Sub(p.t0)) }

func TestRunCollectsForAMomentAndWakesEachSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var next charging.ID
		source, part := &memory{}, &ticks{counter: counter{&next}, t0: time.Now()}
		d := digest.New(source, quiet, part)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.Run(ctx); close(done) }()
		synctest.Wait() // the first step found nothing
		for range 100 { // a burst of records is one step
			source.last.Add(1)
			d.Wake()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if len(source.stored) != 1 || source.stored[0].Mark != 100 {
			t.Errorf("stored %d times, want once up to 100", len(source.stored))
		}
		time.Sleep(3 * time.Second)
		cancel()
		<-done
		var got []time.Duration
		for _, at := range part.at {
			got = append(got, at.Round(100*time.Millisecond))
		}
		want := []time.Duration{0, 200 * time.Millisecond, 400 * time.Millisecond, 1400 * time.Millisecond, 2400 * time.Millisecond}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ticks (-want +got):\n%s", diff)
		}
	})
}
