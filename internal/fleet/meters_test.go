package fleet_test

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestMeters(t *testing.T) {
	t.Run("without an id belong to the session on the port", func(t *testing.T) {
		for _, id := range []int64{0, -1, 1<<63 - 1} {
			y := newYard(t)
			given := y.tell(start("A0B1", 1000, y.now)).TransactionID
			b := meters(id, 7000, 1500, y.now)
			b.TransactionKnown = true
			y.tell(b)
			if s := y.session(); s.Energy.Thousand() != 500 || s.TransactionID != given {
				t.Errorf("id %d: %+v", id, s)
			}
		}
	})
	t.Run("of the time before the session do not count", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		y.tell(meters(0, 7000, 900_000, y.now.Add(-time.Hour)))
		if s := y.session(); s.Energy != 0 || !s.Latest.Power.At.IsZero() {
			t.Errorf("%+v", s)
		}
	})
	t.Run("an id of the charger's own is taken over", func(t *testing.T) {
		y := newYard(t)
		given := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(meters(-12, 7000, 1500, y.now))
		y.tell(meters(-12, 7000, 1600, y.now))
		s := y.session()
		if s.TransactionID != -12 || s.AssignedID != given || s.Energy.Thousand() != 600 {
			t.Errorf("%+v", s)
		}
		y.tell(stop(-12, 2000, y.now))
		y.noSession()
	})
	t.Run("repeats are not kept twice, also across a restart", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		b := meters(id, 7000, 1500, y.now)
		y.tell(b)
		known := y.charger()
		if y.tell(b); y.charger() != known {
			t.Error("a repeat made another picture of the charger")
		}
		version := known.Version
		for _, when := range []string{"at once", "after a restart"} {
			if out := y.tell(b); !out.Repeat || y.charger().Version != version {
				t.Errorf("%s: taken over again", when)
			}
			y.restart()
		}
	})
	t.Run("of an unknown id adopt the session when the port charges", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(1662160391, 7000, 1500, y.now))
		y.tell(meters(1662160391, 7000, 1700, y.now))
		s := y.session()
		if s.TransactionID != 1662160391 || s.Energy.Thousand() != 200 || !s.Shown() {
			t.Errorf("%+v", s)
		}
		y.tell(stop(1662160391, 2500, y.now))
		y.noSession()
	})
	t.Run("of an id of its own are known by it when their start comes later", func(t *testing.T) {
		y := newYard(t)
		began := y.now
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(-12, 7000, 1500, y.now))
		given := y.tell(start("A0B1", 1000, began)).TransactionID
		if s := y.session(); s.TransactionID != -12 || s.AssignedID != given || s.Energy.Thousand() != 500 {
			t.Errorf("%+v", s)
		}
		y.tell(stop(-12, 2000, y.now))
		y.noSession()
		if s := y.recent(); s.AssignedID != given || s.Energy.Thousand() != 1000 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of an unknown id adopt nothing when it does not", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Available, y.now))
		y.tell(meters(1662160391, 0, 1500, y.now))
		y.noSession()
	})
	t.Run("after the stop leave the session closed", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(stop(id, 2000, y.now))
		y.tell(meters(id, 7000, 9000, y.now))
		y.noSession()
		if y.recent().Energy.Thousand() != 1000 {
			t.Error("the closed session changed")
		}
	})
	t.Run("of long ago do not reopen a session after which another ran", func(t *testing.T) {
		y := newYard(t)
		began := y.now.Add(-3 * time.Hour)
		first := y.tell(start("A0B1", 1000, began)).TransactionID
		second := y.tell(start("A0B1", 5000, began.Add(time.Hour))).TransactionID
		y.tell(stop(second, 6000, began.Add(2*time.Hour)))
		y.tell(meters(first, 7000, 3000, began.Add(30*time.Minute)))
		y.noSession()
		if s := y.recent(); s.TransactionID != first || s.Energy.Thousand() != 2000 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of the main meter count for a single port", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		b := meters(0, 7000, 1500, y.now)
		b.Port = 0
		y.tell(b)
		if y.session().Energy.Thousand() != 500 {
			t.Error("not attached")
		}
		y.tell(status(2, charging.Available, y.now))
		b = meters(0, 7000, 9500, y.now)
		b.Port = 0
		y.tell(b)
		if y.session().Energy.Thousand() != 500 {
			t.Error("attached although there are two ports")
		}
	})
	t.Run("an empty message is fine", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.MetersReported{Port: 1})
	})
}

func TestChargingWithoutTransaction(t *testing.T) {
	y := newYard(t)
	y.tell(status(1, charging.Charging, y.now))
	y.tell(meters(0, 7000, 1000, y.now))
	if y.session().Shown() {
		t.Error("shown after one sample")
	}
	y.tell(meters(0, 7000, 1300, y.now))
	s := y.session()
	if !s.Shown() || s.TransactionID != 0 || s.Tag != "" || s.Energy.Thousand() != 300 {
		t.Errorf("after two samples: %+v", s)
	}
	t.Run("its start may still come and continues it", func(t *testing.T) {
		out := y.tell(start("A0B1", 900, s.StartedAt.Add(-10*time.Second)))
		now := y.session()
		if now.ID != s.ID || now.TransactionID != out.TransactionID || now.Energy.Thousand() != 400 {
			t.Errorf("%+v", now)
		}
	})
	t.Run("an old start out of a queue does not keep its samples", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(0, 7000, 9000, y.now))
		id := y.tell(start("A0B1", 1000, y.now.Add(-3*time.Hour))).TransactionID
		y.tell(stop(id, 4000, y.now.Add(-2*time.Hour)))
		if s := y.recent(); s.Energy.Thousand() != 3000 {
			t.Errorf("%d Wh, want 3000", s.Energy.Thousand())
		}
	})
	t.Run("it is a transaction as soon as its samples name one", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(0, 7000, 1000, y.now))
		y.tell(meters(1662160391, 7000, 1300, y.now))
		y.tell(status(1, charging.Finishing, y.now))
		if s := y.session(); s.Observed() || s.TransactionID != 1662160391 || s.Energy.Thousand() != 300 {
			t.Errorf("%+v", s)
		}
		y.tell(stop(1662160391, 2000, y.now))
		y.noSession()
	})
	t.Run("it ends with the status", func(t *testing.T) {
		y := newYard(t)
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(0, 7000, 1000, y.now))
		y.tell(meters(0, 7000, 1300, y.now))
		y.tell(status(1, charging.Finishing, y.now))
		y.noSession()
		if y.recent().EndReason != charging.EndNoMorePower {
			t.Errorf("%+v", y.recent())
		}
	})
}

func TestLostStop(t *testing.T) {
	overdue := func(y *yard, after time.Duration) charging.Outcome {
		y.now = y.now.Add(after)
		return y.tell(charging.SessionOverdue{Port: 1, Session: y.session().ID, Reason: "test"})
	}
	t.Run("ten minutes after a live Available without samples", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(meters(id, 7000, 3000, y.now))
		sampled := y.now.Add(-time.Second)
		y.tell(status(1, charging.Available, y.now))
		y.session()
		overdue(y, 9*time.Minute)
		y.session()
		overdue(y, time.Minute)
		y.noSession()
		s := y.recent()
		if s.State != charging.SessionLapsed || !s.EndedAt.Equal(sampled) {
			t.Fatalf("%+v", s)
		}
		y.tell(meters(id, 7000, 3500, y.now))
		if again := y.session(); again.ID != s.ID || again.Energy.Thousand() != 2500 || !again.EndedAt.IsZero() {
			t.Errorf("not reopened: %+v", again)
		}
		if len(y.charger().Recent) != 0 {
			t.Error("it is still among the closed ones")
		}
	})
	t.Run("samples after Available keep it running", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(status(1, charging.Available, y.now))
		y.tell(meters(id, 7000, 3000, y.now))
		overdue(y, time.Hour)
		y.session()
	})
	t.Run("Finishing and SuspendedEV never end it", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		y.tell(status(1, charging.Finishing, y.now))
		y.tell(status(1, charging.SuspendedEV, y.now))
		overdue(y, 23*time.Hour)
		y.session()
	})
	t.Run("the status Charging is a sign of life", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		y.now = y.now.Add(20 * time.Hour)
		y.tell(status(1, charging.Charging, y.now))
		overdue(y, 20*time.Hour)
		y.session()
		overdue(y, 5*time.Hour)
		y.noSession()
	})
	t.Run("the time in which the server was away does not count", func(t *testing.T) {
		y := newYard(t)
		now := time.Now().UTC().Truncate(time.Second)
		y.now = now.Add(-2 * time.Hour)
		y.tell(start("A0B1", 1000, y.now))
		y.now = now.Add(-65 * time.Minute)
		y.tell(status(1, charging.Available, y.now))
		y.endAt(now.Add(-time.Hour))
		y.now = now
		overdue(y, 2*time.Minute)
		y.session()
		overdue(y, 4*time.Minute)
		y.noSession()
	})
	t.Run("a day of silence", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		overdue(y, 25*time.Hour)
		y.noSession()
	})
}
