package fleet_test

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestStart(t *testing.T) {
	t.Run("answers an id and the tag, and knows who charges", func(t *testing.T) {
		y := newYard(t)
		out := y.tell(start("a0B1", 5000, y.now))
		s := y.session()
		if out.TransactionID <= 0 || out.Tag.Status != charging.TagAccepted || s.TransactionID != out.TransactionID {
			t.Fatalf("outcome %+v, session %+v", out, s)
		}
		if s.AccessID != 310 || s.VehicleID != 700 || s.CustomerID != 8 || s.Tag != "a0B1" {
			t.Errorf("who charges: %+v", s)
		}
	})
	t.Run("a refused tag gets an id too and its session runs on", func(t *testing.T) {
		for tag, want := range map[string]charging.TagStatus{"NOBODY": charging.TagInvalid, "REVOKED": charging.TagBlocked, "FOREIGN": charging.TagInvalid} {
			y := newYard(t)
			if out := y.tell(start(tag, 0, y.now)); out.TransactionID <= 0 || out.Tag.Status != want {
				t.Errorf("%s: %+v, want %s", tag, out, want)
			}
			y.session()
		}
	})
	t.Run("a repeat gets the same answer, also after a restart and after the stop", func(t *testing.T) {
		y := newYard(t)
		b := start("A0B1", 5000, y.now)
		first := y.tell(b)
		check := func(when string) {
			t.Helper()
			if again := y.tell(b); again.TransactionID != first.TransactionID || again.Tag.Status != first.Tag.Status || !again.Repeat {
				t.Errorf("%s: %+v, want %+v", when, again, first)
			}
		}
		check("at once")
		y.restart()
		check("after a restart")
		y.tell(stop(first.TransactionID, 6000, y.now))
		check("after the stop")
		y.restart()
		y.now = y.now.Add(48 * time.Hour)
		check("days later, after a restart")
		y.noSession()
	})
	t.Run("a repeat on connector 0 gets the same answer, too", func(t *testing.T) {
		for _, ports := range []int{0, 1, 2} {
			y := newYard(t)
			for n := range ports {
				y.tell(status(n+1, charging.Available, y.now))
			}
			b := start("A0B1", 5000, y.now)
			b.Port = 0
			first := y.tell(b)
			y.restart()
			y.now = y.now.Add(time.Hour)
			for range 2 {
				if again := y.tell(b); !again.Repeat || again.TransactionID != first.TransactionID {
					t.Errorf("%d ports: %+v, want %+v", ports, again, first)
				}
			}
		}
	})
	t.Run("a repeat of a clock that is hours ahead gets the same answer", func(t *testing.T) {
		y := newYard(t)
		b := start("A0B1", 5000, y.now.Add(2*time.Hour))
		first := y.tell(b)
		y.now = y.now.Add(30 * time.Minute)
		if again := y.tell(b); again.TransactionID != first.TransactionID {
			t.Errorf("%+v, want %+v", again, first)
		}
	})
	t.Run("an id that a charger brought along is not given out", func(t *testing.T) {
		y := newYard(t)
		first := y.tell(start("A0B1", 0, y.now)).TransactionID
		y.tell(stop(first, 0, y.now))
		y.tell(status(2, charging.Charging, y.now))
		b := meters(first+1, 7000, 1500, y.now)
		b.Port = 2
		y.tell(b)
		if got := y.port(2).Session.TransactionID; got != first+1 {
			t.Fatalf("adopted as %d, want %d", got, first+1)
		}
		if out := y.tell(start("A0B1", 0, y.now)); out.TransactionID == first+1 {
			t.Errorf("%d again", out.TransactionID)
		}
	})
	t.Run("transaction ids are never used twice", func(t *testing.T) {
		y := newYard(t)
		seen := map[int64]bool{}
		for i := range 5 {
			out := y.tell(start("A0B1", int64(i), y.now))
			if seen[out.TransactionID] {
				t.Fatalf("id %d again", out.TransactionID)
			}
			seen[out.TransactionID] = true
			y.restart()
		}
	})
	t.Run("a newer start closes the open session with its last value", func(t *testing.T) {
		y := newYard(t)
		first := y.tell(start("A0B1", 1000, y.now))
		y.tell(meters(first.TransactionID, 7000, 3500, y.now))
		sampled := y.now.Add(-time.Second)
		second := y.tell(start("A0B1", 3600, y.now))
		if s := y.session(); s.TransactionID != second.TransactionID {
			t.Errorf("running: %d, want %d", s.TransactionID, second.TransactionID)
		}
		old := y.recent()
		if old.State != charging.SessionLapsed || old.Energy.Thousand() != 2500 || !old.EndedAt.Equal(sampled) {
			t.Errorf("closed: %+v", old)
		}
	})
	t.Run("without a sample the next start tells where the register stood", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		y.tell(start("A0B1", 3600, y.now))
		if old := y.recent(); old.Energy.Thousand() != 2600 || old.HasStop {
			t.Errorf("closed: %+v", old)
		}
	})
	t.Run("an older start out of a queue does not unseat the running session", func(t *testing.T) {
		y := newYard(t)
		live := y.tell(start("A0B1", 9000, y.now))
		queued := y.tell(start("A0B1", 1000, y.now.Add(-3*time.Hour)))
		if s := y.session(); s.TransactionID != live.TransactionID {
			t.Fatalf("running: %d, want %d", s.TransactionID, live.TransactionID)
		}
		y.tell(meters(queued.TransactionID, 7000, 3000, y.now.Add(-150*time.Minute)))
		if old := y.recent(); old.Energy.Thousand() != 2000 || !old.EndedAt.Equal(y.now.Add(-150*time.Minute-time.Second)) {
			t.Errorf("queued session after a sample: %+v", old)
		}
		y.tell(stop(queued.TransactionID, 4000, y.now.Add(-2*time.Hour)))
		if old := y.recent(); old.State != charging.SessionClosed || old.Energy.Thousand() != 3000 || old.TransactionID != queued.TransactionID {
			t.Errorf("queued session: %+v", old)
		}
		y.session()
	})
	t.Run("a start out of a queue is not shown as running after a later session", func(t *testing.T) {
		y := newYard(t)
		y.now = y.now.Add(24 * time.Hour)
		y.connect()
		y.tell(start("LIVE", 9000, y.now))
		y.tell(stop(y.session().AssignedID, 9500, y.now))
		queued := y.tell(start("A0B1", 1000, y.now.Add(-3*time.Hour)))
		y.noSession()
		y.wantOdd("start-from-queue")
		y.tell(stop(queued.TransactionID, 4000, y.now.Add(-2*time.Hour)))
		if s := y.recent(); s.State != charging.SessionClosed || s.Energy.Thousand() != 3000 || s.Tag != "A0B1" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("on a port beyond the limit it is answered and kept", func(t *testing.T) {
		y := newYard(t)
		for n := 1; n <= charging.MaxPortsPerCharger+3; n++ {
			y.tell(status(n, charging.Available, y.now))
		}
		if n := len(y.charger().Ports); n != charging.MaxPortsPerCharger {
			t.Errorf("%d ports, want %d", n, charging.MaxPortsPerCharger)
		}
		b := start("A0B1", 0, y.now)
		b.Port = 99
		out := y.tell(b)
		if y.tell(b).TransactionID != out.TransactionID || out.TransactionID <= 0 {
			t.Error("no steady answer")
		}
	})
}

func TestStop(t *testing.T) {
	t.Run("closes the session, a second one changes nothing", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(stop(id, 9000, y.now))
		y.noSession()
		s := y.recent()
		if s.State != charging.SessionClosed || s.Energy.Thousand() != 8000 || s.EndReason != "Local" {
			t.Fatalf("%+v", s)
		}
		if out := y.tell(stop(id, 9999, y.now)); !out.Repeat {
			t.Error("the second stop was taken over")
		}
		y.restart()
		if out := y.tell(stop(id, 9999, y.now)); !out.Repeat || y.recent().Energy != s.Energy {
			t.Error("the second stop was taken over after a restart")
		}
	})
	t.Run("without a usable id it is matched by tag, time and meter", func(t *testing.T) {
		for _, id := range []int64{0, -1, 1<<63 - 1} {
			y := newYard(t)
			y.tell(start("A0B1", 1000, y.now))
			y.tell(stop(id, 2000, y.now))
			y.noSession()
			if y.recent().Energy.Thousand() != 1000 {
				t.Errorf("id %d: %+v", id, y.recent())
			}
		}
	})
	t.Run("without a usable id and sent again changes nothing", func(t *testing.T) {
		undated := charging.Timestamp{Written: "1970-01-01T00:00:10Z", Parsed: time.Unix(10, 0).UTC()}
		for _, own := range []int64{-1, -12} {
			for _, when := range []charging.Timestamp{at(noon.Add(10 * time.Minute)), undated} {
				y := newYard(t)
				y.tell(start("A0B1", 1000, y.now))
				y.now = y.now.Add(20 * time.Minute)
				b := stop(own, 2000, y.now)
				b.Time = when
				if own != -1 {
					if when == undated {
						continue // the left-over of an earlier server, for all we know
					}
					b.Tag = "A0B1"
				}
				y.tell(b)
				y.noSession()
				other := start("A0B1", 0, y.now)
				other.Port = 2
				if when != undated {
					other.Time = at(noon.Add(5 * time.Minute)) // so that the repeat would fit it
					y.tell(other)
				}
				for range 2 {
					if out := y.tell(b); !out.Repeat {
						t.Errorf("id %d, %v: taken over again", own, when)
					}
					y.restart()
				}
				if n := len(y.charger().Recent); n > 1 {
					t.Errorf("id %d, %v: %d sessions", own, when, n)
				}
				if when != undated && y.port(2).Session == nil {
					t.Errorf("id %d: the repeat stopped another session", own)
				}
			}
		}
	})
	t.Run("the left-over of an earlier server stops nothing", func(t *testing.T) {
		y := newYard(t)
		y.tell(start("A0B1", 1000, y.now))
		y.tell(stop(17171717, 900, y.now.Add(-time.Hour)))
		y.tell(stop(17171718, 90_000, y.now)) // no tag, an id we never gave
		y.session()
	})
	t.Run("of another charger's session touches nothing", func(t *testing.T) {
		y := newYard(t)
		y.update(&charging.Change{Chargers: []charging.ChargerSettings{{ID: 42, SiteID: 12, Name: "Bay 5", OCPPID: "CP2"}}})
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		_, err := y.Handle(t.Context(), charging.Event{ChargerID: 42, Received: y.now, Body: stop(id, 2000, y.now)})
		if err != nil {
			t.Fatal(err)
		}
		y.session()
	})
	t.Run("before its start is joined with it", func(t *testing.T) {
		y := newYard(t)
		began := y.now.Add(-time.Hour)
		b := stop(-1, 4000, began.Add(30*time.Minute))
		b.Tag = "a0b1"
		y.tell(b)
		y.tell(b)
		parked := y.recent()
		out := y.tell(start("A0B1", 1000, began))
		if out.TransactionID <= 0 {
			t.Error("no id")
		}
		y.noSession()
		s := y.recent()
		if s.ID != parked.ID || s.Energy.Thousand() != 3000 || s.State != charging.SessionClosed || !s.StartedAt.Equal(began) || len(y.charger().Recent) != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("without tag and date hides no session that starts just then", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.SessionStopped{TransactionID: 0, TransactionKnown: true, HasMeter: true, MeterStop: 5_000, Reason: "Local"})
		y.tell(start("A0B1", 0, y.now.Add(-2*time.Second)))
		y.session()
	})
	t.Run("before its start, and after its samples, is joined with it", func(t *testing.T) {
		y := newYard(t)
		began := y.now
		y.tell(status(1, charging.Charging, y.now))
		y.tell(meters(-12, 7000, 1500, y.now))
		b := stop(-12, 2000, y.now)
		b.Tag = "A0B1"
		y.tell(b)
		y.tell(start("A0B1", 1000, began))
		y.noSession()
		if s := y.recent(); len(y.charger().Recent) != 1 || s.AssignedID == 0 || s.Energy.Thousand() != 1000 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("days later corrects a session that had lapsed", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		began := y.session().ID
		y.tell(start("A0B1", 5000, y.now))
		y.restart()
		y.now = y.now.Add(72 * time.Hour)
		y.tell(stop(id, 4000, y.now.Add(-71*time.Hour)))
		s := y.recent()
		if s.ID != began || s.State != charging.SessionClosed || s.MeterStop.Thousand() != 4000 || s.Energy.Thousand() != 3000 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("values of the begin in its data do not reset the session", func(t *testing.T) {
		y := newYard(t)
		id := y.tell(start("A0B1", 1000, y.now)).TransactionID
		y.tell(meters(id, 7000, 9000, y.now))
		b := stop(id, 9500, y.now)
		begin := sample(charging.EnergyActiveImportRegister, 1_000_000, y.now)
		begin.Context = charging.ContextTransactionBegin
		b.Readings = []charging.Reading{begin}
		y.tell(b)
		if s := y.recent(); s.Energy.Thousand() != 8500 {
			t.Errorf("%d Wh, want 8500", s.Energy.Thousand())
		}
	})
}
