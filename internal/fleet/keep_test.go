package fleet_test

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestKeep(t *testing.T) {
	t.Run("stores rows, in a batch of what else waits", func(t *testing.T) {
		y, s := newFaulty(t)
		var stored []*charging.Batch
		s.set(nil, func(b *charging.Batch) error { stored = append(stored, b); return nil })
		err := y.Keep(t.Context(), func(b *charging.Batch) {
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: chargerID})
			b.Records = append(b.Records, charging.Record{ID: 1})
		})
		if err != nil || len(stored) != 1 || len(stored[0].Variables) != 1 || len(stored[0].Records) != 0 {
			t.Errorf("%v, %+v", err, stored)
		}
	})
	t.Run("is done again when the commit failed", func(t *testing.T) {
		y, s := newFaulty(t)
		fails := 1
		s.set(func(b *charging.Batch) error {
			if fails--; fails >= 0 {
				return errDisk
			}
			return nil
		}, nil)
		calls := 0
		err := y.Keep(t.Context(), func(b *charging.Batch) {
			calls++
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: chargerID})
		})
		if err != nil || calls != 2 {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
	t.Run("a panic costs only its own rows", func(t *testing.T) {
		y := newYard(t)
		err := y.Keep(t.Context(), func(*charging.Batch) { panic("oops") })
		if charging.KindOf(err) != charging.Internal || err.Error() != "making rows: oops" {
			t.Errorf("%v", err)
		}
		y.tell(status(1, charging.Available, y.now))
	})
	t.Run("rows that the store refuses cost only themselves", func(t *testing.T) {
		y, s := newFaulty(t)
		s.set(func(b *charging.Batch) error {
			if len(b.Variables) > 0 {
				return charging.Errorf(charging.Invalid, "bad row")
			}
			return nil
		}, nil)
		err := y.Keep(t.Context(), func(b *charging.Batch) {
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: chargerID})
		})
		if charging.KindOf(err) != charging.Internal || err.Error() != "storing rows: bad row" {
			t.Errorf("%v", err)
		}
		y.tell(status(1, charging.Available, y.now))
	})
	t.Run("is refused when the server has ended", func(t *testing.T) {
		y := newYard(t)
		if err := y.Fleet.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := y.Keep(t.Context(), func(*charging.Batch) {}); charging.KindOf(err) != charging.Unavailable {
			t.Errorf("%v", err)
		}
	})
}

func TestNextIDGivesEachOnce(t *testing.T) {
	y := newYard(t)
	first, err := y.NextID(charging.IDCommand)
	if err != nil {
		t.Fatal(err)
	}
	y.restart()
	second, err := y.NextID(charging.IDCommand)
	if err != nil || first <= 0 || second <= first {
		t.Errorf("%d, then %d, %v", first, second, err)
	}
}

func TestWatch(t *testing.T) {
	t.Run("tells of each batch once it is shown, in order", func(t *testing.T) {
		y := newYard(t)
		var told []int64
		stop := y.Watch(func(b *charging.Batch) {
			for _, r := range b.Records {
				told = append(told, r.ID)
				if y.charger().Version < r.ID {
					t.Error("told before it is shown")
				}
			}
		})
		for range 3 {
			y.tell(status(1, charging.Available, y.now))
		}
		stop()
		stop()
		y.tell(status(1, charging.Available, y.now))
		if len(told) != 3 || told[0] >= told[1] || told[1] >= told[2] {
			t.Errorf("%v", told)
		}
	})
	t.Run("tells of a change of the configuration", func(t *testing.T) {
		y := newYard(t)
		var told *charging.Change
		defer y.Watch(func(b *charging.Batch) { told = b.Change })()
		y.update(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{{ID: 42, SiteID: 12}}})
		if told == nil || told.Actor != "test" {
			t.Errorf("%+v", told)
		}
	})
	t.Run("does not tell of what could not be stored", func(t *testing.T) {
		y, s := newFaulty(t)
		s.set(func(*charging.Batch) error { return charging.Errorf(charging.Invalid, "bad") }, nil)
		told := 0
		defer y.Watch(func(*charging.Batch) { told++ })()
		if _, err := y.Handle(t.Context(), charging.Event{ChargerID: chargerID, Received: noon, Body: status(1, charging.Available, noon)}); err == nil {
			t.Error("answered")
		}
		if told != 0 {
			t.Errorf("told %d times", told)
		}
	})
	t.Run("a panic of a watcher ends nothing", func(t *testing.T) {
		y := newYard(t)
		defer y.Watch(func(*charging.Batch) { panic("oops") })()
		y.tell(status(1, charging.Available, y.now))
		y.tell(status(1, charging.Available, y.now))
	})
}
