package fleet_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// report is a message of session T on port 1.
func report(seq int64, t time.Time) charging.SessionReported {
	return charging.SessionReported{Transaction: "T", Seq: seq, HasSeq: true, Time: at(t), Port: 1}
}

func startedReport(seq int64, t time.Time) charging.SessionReported {
	r := report(seq, t)
	r.Phase = charging.PhaseStarted
	return r
}

func endedReport(seq int64, t time.Time) charging.SessionReported {
	r := report(seq, t)
	r.Phase, r.Reason = charging.PhaseEnded, "Local"
	return r
}

// with adds a register reading in Wh.
func with(r charging.SessionReported, wh int64, context charging.ReadingContext) charging.SessionReported {
	reading := sample(charging.EnergyActiveImportRegister, charging.Milli(wh*1000), r.Time.Parsed)
	reading.Context = context
	r.Readings = append(slices.Clone(r.Readings), reading)
	return r
}

func (y *yard) wantOdd(want string) {
	y.t.Helper()
	if got := y.lastOddities(); !slices.Contains(got, want) {
		y.t.Errorf("oddities %q, want %q among them", got, want)
	}
}

func TestReport(t *testing.T) {
	t.Run("a queued message older than a register that came by the port alone tells an earlier begin", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(0, y.now.Add(-time.Hour)))
		y.tell(meters(0, 0, 5000, y.now))
		queued := with(report(1, y.now.Add(-30*time.Minute)), 1000, charging.ContextSamplePeriodic)
		queued.Offline = true
		y.tell(queued)
		if wh := y.session().Energy.Thousand(); wh != 4000 {
			t.Errorf("%d Wh", wh)
		}
	})
	t.Run("opens a session, counts its energy and ends it", func(t *testing.T) {
		y := newYard(t)
		b := with(startedReport(0, y.now), 1000, charging.ContextTransactionBegin)
		b.Tag, b.HasTag, b.State, b.Connector, b.RemoteStart = "a0B1", true, charging.StateEVConnected, 1, 77
		out := y.tell(b)
		s := y.session()
		if out.Tag.Status != charging.TagAccepted || !out.HasTag || out.Session != s.ID || out.TransactionID != 0 {
			t.Errorf("%+v", out)
		}
		if s.AccessID != 310 || s.VehicleID != 700 || s.CustomerID != 8 || s.Tag != "a0B1" || s.Transaction != "T" ||
			s.TransactionID != 0 || s.AssignedID != 0 || s.RemoteStart != 77 || s.Connector != 1 {
			t.Errorf("%+v", s)
		}
		out = y.tell(with(report(1, y.now), 3500, charging.ContextSamplePeriodic))
		if out.HasTag || out.Energy.Thousand() != 2500 || y.session().Energy != out.Energy {
			t.Errorf("%+v", out)
		}
		ended := y.now
		out = y.tell(with(endedReport(2, y.now), 4000, charging.ContextTransactionEnd))
		y.noSession()
		last := y.recent()
		if out.Energy.Thousand() != 3000 || last.ID != s.ID || last.State != charging.SessionClosed || !last.EndedAt.Equal(ended) ||
			last.MeterStop.Thousand() != 4000 || last.Incomplete || last.EndReason != "Local" {
			t.Errorf("%+v", last)
		}
	})
	t.Run("sent again gets the same answer and changes nothing", func(t *testing.T) {
		y := newYard(t)
		first := with(startedReport(0, y.now), 1000, charging.ContextTransactionBegin)
		first.Tag, first.HasTag = "A0B1", true
		out := y.tell(first)
		version := y.charger().Version
		again := y.tell(first)
		if !again.Repeat || again.Tag.Status != out.Tag.Status || again.Session != out.Session || y.charger().Version != version {
			t.Errorf("%+v", again)
		}
		ended := with(endedReport(3, y.now), 2000, charging.ContextTransactionEnd)
		out = y.tell(ended)
		for _, seq := range []int64{3, 4} {
			ended.Seq = seq
			if again = y.tell(ended); !again.Repeat || again.Energy != out.Energy || again.Session != out.Session {
				t.Errorf("%+v", again)
			}
		}
	})
	t.Run("before its start makes the session, which the start corrects", func(t *testing.T) {
		y := newYard(t)
		began := y.now.Add(-time.Minute)
		y.tell(with(report(4, y.now), 3000, charging.ContextSamplePeriodic))
		y.wantOdd("start-missing")
		id := y.session().ID
		b := with(startedReport(3, began), 1000, charging.ContextTransactionBegin)
		b.Tag, b.HasTag = "A0B1", true
		y.tell(b)
		if s := y.session(); s.ID != id || !s.StartedAt.Equal(began) || s.Energy.Thousand() != 2000 || s.AccessID != 310 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("after the end adds data and never runs the session again", func(t *testing.T) {
		y := newYard(t)
		began := y.now.Add(-time.Hour)
		y.tell(with(endedReport(5, y.now), 9000, charging.ContextTransactionEnd))
		if s := y.recent(); !s.Incomplete || s.PortNumber != 1 {
			t.Errorf("%+v", s)
		}
		y.tell(startedReport(3, began))
		y.noSession()
		if s := y.recent(); !s.Incomplete || !s.StartedAt.Equal(began) {
			t.Errorf("%+v", s)
		}
		b := with(report(4, began.Add(time.Minute)), 2000, charging.ContextTransactionBegin)
		b.State = charging.StateCharging
		y.tell(b)
		y.noSession()
		if s := y.recent(); s.Incomplete || s.Energy.Thousand() != 7000 || len(y.charger().Recent) != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("notes what is missing", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(2, y.now))
		y.tell(report(6, y.now))
		y.wantOdd("gap: 3-5")
		y.tell(endedReport(7, y.now))
		if !y.recent().Incomplete {
			t.Error("counts as complete")
		}
		for _, seq := range []int64{5, 3, 4} {
			y.tell(report(seq, y.now))
		}
		if y.recent().Incomplete {
			t.Error("still counts as incomplete")
		}
	})
	t.Run("readings that the end repeats do not count twice", func(t *testing.T) {
		y := newYard(t)
		interval := func(r charging.SessionReported, t time.Time) charging.SessionReported {
			r.Readings = append(r.Readings, sample(charging.EnergyActiveImportInterval, 500_000, t))
			return r
		}
		y.tell(startedReport(0, y.now))
		one := y.now
		y.tell(interval(report(1, one), one))
		ended := interval(interval(endedReport(2, y.now), one), y.now)
		if out := y.tell(ended); out.Energy.Thousand() != 1000 {
			t.Errorf("%d Wh", out.Energy.Thousand())
		}
	})
	t.Run("a later tag is answered and does not change who charges", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(0, y.now))
		b := report(1, y.now)
		b.Tag, b.HasTag = "A0B1", true
		y.tell(b)
		b = endedReport(2, y.now)
		b.Tag, b.HasTag = "REVOKED", true
		if out := y.tell(b); out.Tag.Status != charging.TagBlocked {
			t.Errorf("%+v", out)
		}
		if s := y.recent(); s.Tag != "A0B1" || s.AccessID != 310 || s.TagStatus != charging.TagAccepted {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a token of type NoAuthorization is accepted, whatever its text", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Tag, b.HasTag, b.TagType = "button", true, "NoAuthorization"
		if out := y.tell(b); out.Tag.Status != charging.TagAccepted {
			t.Errorf("%+v", out)
		}
		if out := y.tell(charging.TagPresented{Tag: "button", Type: "Central"}); out.Tag.Status != charging.TagInvalid {
			t.Errorf("%+v", out)
		}
	})
	t.Run("a plain number is the session's transaction id", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Transaction = "5521"
		y.tell(b)
		if s := y.session(); s.TransactionID != 5521 || s.AssignedID != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of the offline time keeps its own times", func(t *testing.T) {
		y := newYard(t)
		began := y.now.Add(-26 * time.Hour)
		b := startedReport(0, began)
		b.Offline = true
		y.tell(b)
		b = endedReport(1, began.Add(time.Hour))
		b.Offline = true
		y.tell(b)
		if s := y.recent(); !s.StartedAt.Equal(began) || !s.EndedAt.Equal(began.Add(time.Hour)) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("survives a restart with all that it knows", func(t *testing.T) {
		y := newYard(t)
		b := with(startedReport(3, y.now), 1000, charging.ContextTransactionBegin)
		b.State = charging.StateCharging
		y.tell(b)
		y.restart()
		if out := y.tell(b); !out.Repeat {
			t.Errorf("%+v", out)
		}
		old := report(2, y.now)
		old.State = charging.StateIdle
		y.tell(old)
		if s := y.session(); s.Phase != charging.StateCharging {
			t.Errorf("%+v", s)
		}
		y.tell(with(endedReport(4, y.now), 2000, charging.ContextTransactionEnd))
		y.restart()
		if out := y.tell(report(4, y.now)); !out.Repeat || out.Energy.Thousand() != 1000 {
			t.Errorf("%+v", out)
		}
		if s := y.recent(); s.Incomplete || s.Energy.Thousand() != 1000 || s.Transaction != "T" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of a session of long ago finds it again", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(0, y.now))
		id := y.session().ID
		y.tell(endedReport(2, y.now))
		for i := range 20 {
			b := startedReport(0, y.now)
			b.Transaction = fmt.Sprint("X", i)
			y.tell(b)
			b.Phase, b.Seq = charging.PhaseEnded, 1
			y.tell(b)
		}
		y.restart()
		if out := y.tell(report(1, noon.Add(time.Second))); out.Session != id || out.Repeat {
			t.Errorf("%+v, want session %d", out, id)
		}
		if s := y.recent(); s.ID != id || s.Incomplete {
			t.Errorf("%+v", s)
		}
	})
}

// A station that went back to 1.6 and starts there is charging again: the
// session of before stays one of its own, for its end to come.
func TestAStartOf16DoesNotTakeOverASessionOf2x(t *testing.T) {
	y := newYard(t)
	y.connectAs("ocpp2.0.1", 0)
	began := y.now
	y.tell(charging.SessionReported{Transaction: "TX-1", Seq: 1, HasSeq: true, Port: 1, Time: at(began)})
	before := y.session().ID
	y.connect()
	y.tell(start("A0B1", 0, began.Add(time.Second)))
	if s := y.session(); s.ID == before || s.Transaction != "" {
		t.Errorf("%+v", s)
	}
	if s := y.recent(); s.ID != before || s.Transaction != "TX-1" || s.EndReason != charging.EndSuperseded {
		t.Errorf("%+v", s)
	}
}
