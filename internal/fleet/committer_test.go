package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

// faulty is a real store whose commits can be made to fail.
type faulty struct {
	*store.Store
	mu     sync.Mutex
	before func(*charging.Batch) error // instead of the commit
	after  func(*charging.Batch) error // although it was committed
	loads  int                         // how many loads fail
}

func (s *faulty) Load(ctx context.Context) (*charging.Stored, error) {
	s.mu.Lock()
	s.loads--
	fails := s.loads >= 0
	s.mu.Unlock()
	if fails {
		return nil, errDisk
	}
	return s.Store.Load(ctx)
}

func (s *faulty) set(before, after func(*charging.Batch) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
}

func (s *faulty) Commit(ctx context.Context, b *charging.Batch) error {
	s.mu.Lock()
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(b); err != nil {
			return err
		}
	}
	if err := s.Store.Commit(ctx, b); err != nil {
		return err
	}
	if after != nil {
		return after(b)
	}
	return nil
}

// newFaulty is a yard whose store can be made to fail.
func newFaulty(t *testing.T) (*yard, *faulty) {
	return newFaultyWith(t, fleet.Config{LifeEvery: time.Hour})
}

func newFaultyWith(t *testing.T, cfg fleet.Config) (*yard, *faulty) {
	y := newYard(t)
	if err := y.Fleet.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	s := &faulty{Store: y.store}
	y.Fleet = fleet.New(cfg, s, slog.New(slog.DiscardHandler), nil)
	if err := y.Fleet.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return y, s
}

var errDisk = errors.New("no space left on device")

func TestNothingIsAnsweredWhileTheStoreCannotCommit(t *testing.T) {
	y, s := newFaulty(t)
	s.set(func(*charging.Batch) error { return errDisk }, nil)
	answered := make(chan charging.Outcome)
	go func() {
		out, err := y.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: noon, Body: start("A0B1", 0, noon)})
		if err != nil {
			t.Error(err)
		}
		answered <- out
	}()
	for y.StalledSince().IsZero() {
		select {
		case <-answered:
			t.Fatal("answered although it is not stored")
		case <-time.After(time.Millisecond):
		}
	}
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := y.Handle(short, charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Available, noon)})
	if charging.KindOf(err) != charging.Unavailable {
		t.Errorf("while it cannot commit: %v", err)
	}
	if p := y.charger().Port(1); p != nil {
		t.Error("something is shown that is not stored")
	}
	s.set(nil, nil)
	if out := <-answered; out.TransactionID <= 0 {
		t.Errorf("%+v", out)
	}
	y.session()
	if !y.StalledSince().IsZero() {
		t.Error("still counts as stalled")
	}
}

func TestADisconnectionIsShownWhileItCannotBeStored(t *testing.T) {
	y, s := newFaulty(t)
	y.connect()
	stored := y.charger().Version
	s.set(func(*charging.Batch) error { return errDisk }, nil)
	waiting := make(chan error, 2)
	go func() {
		_, err := y.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Available, noon)})
		waiting <- err
	}()
	for y.StalledSince().IsZero() {
		runtime.Gosched()
	}
	seen := y.now.Add(time.Minute)
	go func() {
		waiting <- y.Disconnect(context.Background(), chargerID, y.gen, charging.Disconnected{LastSeen: seen, Reason: "stall"}, seen)
	}()
	for y.charger().Connection.Connected {
		runtime.Gosched()
	}
	if c := y.charger(); c.Version != stored || !c.Connection.Since.Equal(seen) {
		t.Errorf("version %d (stored %d), %+v", c.Version, stored, c.Connection)
	}
	s.set(nil, nil)
	for range 2 {
		if err := <-waiting; err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if c := y.charger(); c.Connection.Connected || c.Version <= stored || !c.Connection.Since.Equal(seen) {
			t.Errorf("once stored: version %d, %+v", c.Version, c.Connection)
		}
		y.stop()
		y.start()
	}
}

func TestABatchThatWasStoredAfterAllIsNotStoredTwice(t *testing.T) {
	y, s := newFaulty(t)
	var failed atomic.Bool
	s.set(nil, func(b *charging.Batch) error {
		if len(b.Records) > 0 && failed.CompareAndSwap(false, true) {
			return errDisk
		}
		return nil
	})
	out := y.tell(start("A0B1", 0, y.now))
	if !failed.Load() {
		t.Fatal("the commit did not fail")
	}
	version := y.charger().Version
	y.stop()
	s.set(nil, nil)
	y.start()
	if got := y.session(); got.TransactionID != out.TransactionID || y.charger().Version != version {
		t.Errorf("stored %+v, version %d; answered %d, version %d", got, y.charger().Version, out.TransactionID, version)
	}
}

// A stall that outlasted its recovery would keep chargers out for good: while
// it lasts, no socket is accepted that could bring something to commit.
func TestAStallEndsWithTheRecoveryHoweverItCameAbout(t *testing.T) {
	y, s := newFaulty(t)
	var commits atomic.Int32
	// The first commit is not stored; the second is, but fails all the same.
	s.set(func(b *charging.Batch) error {
		if len(b.Records) > 0 && commits.Add(1) == 1 {
			return errDisk
		}
		return nil
	}, func(b *charging.Batch) error {
		if len(b.Records) > 0 && commits.Load() == 2 {
			return errDisk
		}
		return nil
	})
	first := y.tell(start("A0B1", 0, y.now))
	if since := y.StalledSince(); !since.IsZero() || commits.Load() != 2 {
		t.Errorf("stalled since %v after %d commits", since, commits.Load())
	}
	s.set(nil, nil)
	if again := y.session(); again.TransactionID != first.TransactionID {
		t.Errorf("session %+v, answered %d", again, first.TransactionID)
	}
}

func TestABadEventCostsOnlyItsOwnAnswer(t *testing.T) {
	y, s := newFaulty(t)
	bad := func(b *charging.Batch) error {
		for _, r := range b.Records {
			if r.MessageID == "bad" {
				return charging.Errorf(charging.Conflict, "constraint failed")
			}
		}
		return nil
	}
	s.set(bad, nil)
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			id := fmt.Sprint(i)
			if i == 7 {
				id = "bad"
			}
			_, errs[i] = y.Handle(context.Background(), charging.Event{ChargerID: chargerID, MessageID: id, Received: noon,
				Body: status(1+i, charging.Available, noon)})
		})
	}
	wg.Wait()
	for i, err := range errs {
		if (err != nil) != (i == 7) {
			t.Errorf("event %d: %v", i, err)
		}
	}
	if charging.KindOf(errs[7]) != charging.Internal || len(y.charger().Ports) != 19 {
		t.Errorf("%v; %d ports, want 19", errs[7], len(y.charger().Ports))
	}
}

func TestAnEventThatFailsForNoKnownReasonIsGivenUp(t *testing.T) {
	y, s := newFaulty(t)
	s.set(func(b *charging.Batch) error {
		if len(b.Records) > 0 {
			return errDisk // of no kind, while marks of life are stored
		}
		return nil
	}, nil)
	_, err := y.Handle(t.Context(), charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Available, noon)})
	if charging.KindOf(err) != charging.Internal || !errors.Is(err, errDisk) {
		t.Errorf("%v", err)
	}
	if !y.StalledSince().IsZero() || len(y.charger().Ports) != 0 {
		t.Errorf("stalled since %v, %d ports", y.StalledSince(), len(y.charger().Ports))
	}
}

func TestASessionThatCannotBeClosedDoesNotKeepTheNextOpen(t *testing.T) {
	y, s := newFaultyWith(t, fleet.Config{LifeEvery: time.Millisecond})
	y.update(&charging.Change{Chargers: []charging.ChargerSettings{{ID: 42, SiteID: 12, Name: "Bay 5", OCPPID: "CP2"}}})
	s.set(func(b *charging.Batch) error {
		for _, r := range b.Records {
			if r.ChargerID == chargerID && r.Kind == charging.RecordSessionOverdue {
				return charging.Errorf(charging.Conflict, "constraint failed")
			}
		}
		return nil
	}, nil)
	old := time.Now().Add(-48 * time.Hour)
	for _, id := range []charging.ID{chargerID, 42} {
		if _, err := y.Handle(t.Context(), charging.Event{ChargerID: id, Received: old, Body: start("A0B1", 0, old)}); err != nil {
			t.Fatal(err)
		}
	}
	for y.Estate().Charger(42).Port(1).Session != nil {
		runtime.Gosched()
	}
	y.session()
}

func TestAPlanThatPanicsCostsOnlyItsOwnChange(t *testing.T) {
	y := newYard(t)
	err := y.Update(t.Context(), func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{Actor: e.Site(999).Name}, nil
	})
	if charging.KindOf(err) != charging.Internal {
		t.Errorf("%v", err)
	}
	y.tell(status(1, charging.Available, y.now))
}

func TestAChangeThatWasStoredAfterAllIsShown(t *testing.T) {
	y, s := newFaulty(t)
	var failed atomic.Bool
	s.set(nil, func(b *charging.Batch) error {
		if b.Change != nil && failed.CompareAndSwap(false, true) {
			return errDisk
		}
		return nil
	})
	s.loads = 1
	for id := range charging.ID(2) {
		y.update(&charging.Change{Sites: []charging.Site{{ID: 13 + id, OrganizationID: 3, Name: "New", Timezone: "UTC"}}})
		if y.Estate().Site(13+id) == nil {
			t.Errorf("site %d is not shown", 13+id)
		}
	}
	if !y.StalledSince().IsZero() {
		t.Error("still counts as stalled")
	}
}

func TestAChangeThatFailsLeavesTheEstate(t *testing.T) {
	y, s := newFaulty(t)
	var failed atomic.Bool
	s.set(func(b *charging.Batch) error {
		if b.Change != nil && failed.CompareAndSwap(false, true) {
			return errDisk
		}
		return nil
	}, nil)
	before := y.Estate()
	err := y.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{Sites: []charging.Site{{ID: 13, OrganizationID: 3, Name: "New", Timezone: "UTC"}}}, nil
	})
	if !errors.Is(err, errDisk) || y.Estate() != before {
		t.Errorf("err %v, estate changed: %v", err, y.Estate() != before)
	}
	y.tell(status(1, charging.Available, y.now))
}

func TestStopRefusesWhatComesLater(t *testing.T) {
	y := newYard(t)
	for range 2 { // a second stop changes nothing
		if err := y.Fleet.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	_, err := y.Handle(context.Background(), charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Available, noon)})
	if charging.KindOf(err) != charging.Unavailable || charging.MessageOf(err) != "The server is stopping." {
		t.Errorf("%v", err)
	}
	y.Fleet = fleet.New(fleet.Config{}, y.store, slog.New(slog.DiscardHandler), nil)
	if err := y.Fleet.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownCharger(t *testing.T) {
	y := newYard(t)
	_, err := y.Handle(context.Background(), charging.Event{ChargerID: 999, Received: noon, Body: status(1, charging.Available, noon)})
	if charging.KindOf(err) != charging.NotFound || err.Error() != "There is no charger with id 999." {
		t.Errorf("%v", err)
	}
}

// Many chargers at once, read all the while: the estate is never torn and
// never older than the last answer.
func TestManyChargersAtOnce(t *testing.T) {
	y := newYard(t)
	const chargers, messages = 200, 10
	ch := &charging.Change{}
	for i := range chargers {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(1000 + i), SiteID: 12, Name: "c", OCPPID: fmt.Sprint("M", i)})
	}
	y.update(ch)
	var wg sync.WaitGroup
	for i := range chargers {
		wg.Go(func() {
			id := charging.ID(1000 + i)
			for n := range messages {
				at := noon.Add(time.Duration(n) * time.Second)
				if _, err := y.Handle(context.Background(), charging.Event{ChargerID: id, Received: at, Body: status(1, charging.Available, at)}); err != nil {
					t.Error(err)
					return
				}
				if got := y.Estate().Charger(id).Port(1).Status.At; !got.Equal(at) {
					t.Errorf("charger %d shows %v after the answer to %v", id, got, at)
				}
			}
		})
	}
	wg.Wait()
	y.restart()
	for i := range chargers {
		if c := y.Estate().Charger(charging.ID(1000 + i)); !c.Port(1).Status.At.Equal(noon.Add((messages - 1) * time.Second)) {
			t.Fatalf("charger %d after a restart: %+v", c.ID, c.Port(1).Status)
		}
	}
}
