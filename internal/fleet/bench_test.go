package fleet_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// nowhere is a store that keeps nothing, to measure the fleet alone.
type nowhere struct{ last int64 }

func (s *nowhere) Load(context.Context) (*charging.Stored, error) { return &charging.Stored{}, nil }
func (s *nowhere) Commit(context.Context, *charging.Batch) error  { return nil }
func (s *nowhere) Reopen(context.Context) (int64, error)          { return 0, nil }
func (s *nowhere) Recall(context.Context, charging.ID) (*charging.Recalled, error) {
	return &charging.Recalled{}, nil
}
func (s *nowhere) ReserveIDs(_ context.Context, _ charging.IDKind, n int, above int64) (int64, error) {
	first := max(s.last, above) + 1
	s.last = first + int64(n) - 1
	return first, nil
}
func (s *nowhere) FindSession(context.Context, charging.ID, int64) (*charging.Session, error) {
	return nil, nil
}
func (s *nowhere) FindTransaction(context.Context, charging.ID, string) (*charging.Session, error) {
	return nil, nil
}
func (s *nowhere) FindStart(context.Context, charging.StartKey) (*charging.Session, error) {
	return nil, nil
}

// benchFleet has one site with n chargers.
func benchFleet(b *testing.B, n int) *fleet.Fleet {
	f := fleet.New(fleet.Config{LifeEvery: time.Hour}, &nowhere{}, slog.New(slog.DiscardHandler), nil)
	if err := f.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Stop(context.Background()) })
	ch := &charging.Change{Organizations: []charging.Organization{{ID: 1}}, Sites: []charging.Site{{ID: 1, OrganizationID: 1}}}
	for i := range n {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(i + 1), SiteID: 1, OCPPID: fmt.Sprint("CP", i)})
	}
	if err := f.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil }); err != nil {
		b.Fatal(err)
	}
	return f
}

// BenchmarkHandle is one event from the charger's goroutine through the
// committer and back, without a store. A change in a large site is to cost no
// more than in a small one.
func BenchmarkHandle(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprintf("status/chargers=%d", n), func(b *testing.B) {
			f := benchFleet(b, n)
			benchEvents(b, f, n, func(at time.Time) charging.Body { return status(1, charging.Available, at) })
		})
	}
	b.Run("meters8/chargers=1000", func(b *testing.B) {
		f := benchFleet(b, 1000)
		benchEvents(b, f, 1000, func(at time.Time) charging.Body {
			r := make([]charging.Reading, 8)
			for i := range r {
				r[i] = sample(charging.Measurand(1+i%20), charging.Milli(at.UnixMilli()), at)
			}
			return charging.MetersReported{Port: 1, Readings: r}
		})
	})
}

// BenchmarkReport is BenchmarkHandle for messages of 2.x sessions: each with 8
// readings, 60 to a session.
func BenchmarkReport(b *testing.B) {
	f := benchFleet(b, 1000)
	n := 0
	benchEvents(b, f, 1000, func(at time.Time) charging.Body {
		round := n / 1000 // each of the thousand chargers has told as many
		n++
		r := charging.SessionReported{Transaction: fmt.Sprint("T", round/60), Seq: int64(round % 60), HasSeq: true,
			Time: charging.Timestamp{Parsed: at}, Port: 1, State: charging.StateCharging, Readings: make([]charging.Reading, 8)}
		switch round % 60 {
		case 0:
			r.Phase = charging.PhaseStarted
		case 59:
			r.Phase = charging.PhaseEnded
		}
		for i := range r.Readings {
			r.Readings[i] = sample(charging.Measurand(1+i%20), charging.Milli(at.UnixMilli()), at)
		}
		return r
	})
}

func benchEvents(b *testing.B, f *fleet.Fleet, chargers int, body func(time.Time) charging.Body) {
	b.ReportAllocs()
	i, at := 0, noon
	for b.Loop() {
		i++
		at = at.Add(time.Millisecond)
		ev := charging.Event{ChargerID: charging.ID(1 + i%chargers), Received: at, Body: body(at)}
		if _, err := f.Handle(context.Background(), ev); err != nil {
			b.Fatal(err)
		}
	}
}
