package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestReportAndPort(t *testing.T) {
	t.Run("the port may come late, and need come only once", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.ConditionsReported{States: []charging.ConnectorReport{{Port: 1, Connector: 1, State: "Available"}, {Port: 2, Connector: 1, State: "Available"}}})
		b := startedReport(0, y.now)
		b.Port, b.Tag, b.HasTag = 0, "A0B1", true
		out := y.tell(b)
		y.noSession()
		if f := y.charger().Floating; len(f) != 1 || f[0].ID != out.Session {
			t.Fatalf("%+v", f)
		}
		y.restart()
		if again := y.tell(b); !again.Repeat || again.Session != out.Session {
			t.Errorf("after a restart: %+v", again)
		}
		b = with(report(1, y.now), 1000, charging.ContextTransactionBegin)
		b.State = charging.StateCharging
		y.tell(b)
		if s := y.session(); s.ID != out.Session || s.AccessID != 310 || len(y.charger().Floating) != 0 {
			t.Errorf("%+v", s)
		}
		y.restart()
		if n := len(y.charger().Floating); n != 0 {
			t.Errorf("%d sessions still without a port after a restart", n)
		}
		b = with(endedReport(2, y.now), 3000, charging.ContextTransactionEnd)
		b.Port = 0
		if out := y.tell(b); out.Energy.Thousand() != 2000 {
			t.Errorf("%+v", out)
		}
		y.noSession()
	})
	t.Run("a session may end without a port", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Port = 0
		y.tell(b)
		b.Phase, b.Seq = charging.PhaseEnded, 1
		y.tell(b)
		if s := y.recent(); s.PortNumber != 0 || s.State != charging.SessionClosed || len(y.charger().Floating) != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a connected vehicle can only be on the single port", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Port, b.State = 0, charging.StateEVConnected
		y.tell(b)
		y.session()
		y.wantOdd("port-assumed")
	})
	t.Run("sessions without a port are not piled up", func(t *testing.T) {
		y := newYard(t)
		for i := range 12 {
			b := startedReport(0, y.now)
			b.Port, b.Transaction = 0, fmt.Sprint("F", i)
			y.tell(b)
		}
		c := y.charger()
		if len(c.Floating) != 8 || len(c.Recent) != 4 || c.Recent[3].Transaction != "F3" || c.Recent[3].State != charging.SessionLapsed {
			t.Fatalf("%d without a port, %d closed", len(c.Floating), len(c.Recent))
		}
		y.now = y.now.Add(25 * time.Hour)
		for _, f := range c.Floating {
			y.tell(charging.SessionOverdue{Session: f.ID, Reason: "test"})
		}
		if n := len(y.charger().Floating); n != 0 {
			t.Errorf("%d are still open after a day of silence", n)
		}
		b := report(1, y.now)
		b.Transaction = "F11"
		y.tell(b)
		if s := y.session(); s.Transaction != "F11" || s.State != charging.SessionOpen {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a newer start closes the open session with its last value", func(t *testing.T) {
		y := newYard(t)
		y.tell(with(startedReport(0, y.now), 1000, charging.ContextTransactionBegin))
		y.tell(with(report(1, y.now), 3000, charging.ContextSamplePeriodic))
		first := y.session().ID
		b := startedReport(0, y.now)
		b.Transaction = "U"
		y.tell(b)
		y.wantOdd(fmt.Sprintf("stop-missing: session %d", first))
		old := y.recent()
		if y.session().Transaction != "U" || old.ID != first || old.EndReason != charging.EndSuperseded || old.Energy.Thousand() != 2000 {
			t.Errorf("%+v", old)
		}
		y.tell(with(report(2, y.now), 3500, charging.ContextSamplePeriodic))
		if y.session().Transaction != "U" || y.recent().Energy.Thousand() != 2500 {
			t.Errorf("a late message of the old one: %+v", y.recent())
		}
		y.tell(endedReport(3, y.now))
		if s := y.recent(); s.State != charging.SessionClosed || y.session().Transaction != "U" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("an older start out of a queue does not unseat the running session", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Transaction = "live"
		y.tell(b)
		began := y.now.Add(-3 * time.Hour)
		y.tell(with(startedReport(0, began), 1000, charging.ContextTransactionBegin))
		y.wantOdd("start-from-queue")
		y.tell(with(report(1, began.Add(time.Hour)), 2000, charging.ContextSamplePeriodic))
		y.tell(with(endedReport(2, began.Add(2*time.Hour)), 5000, charging.ContextTransactionEnd))
		if s := y.recent(); y.session().Transaction != "live" || s.State != charging.SessionClosed || s.Energy.Thousand() != 4000 || !s.StartedAt.Equal(began) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a start out of a queue is not shown as running after a later session", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Transaction = "later"
		y.tell(b)
		b.Phase, b.Seq = charging.PhaseEnded, 1
		y.tell(b)
		queued := startedReport(0, y.now.Add(-3*time.Hour))
		queued.Offline = true
		y.tell(queued)
		y.noSession()
		y.wantOdd("start-from-queue")
	})
	t.Run("a session of a clock that was set back is shown as running", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Transaction = "before"
		y.tell(b)
		b.Phase, b.Seq = charging.PhaseEnded, 1
		y.tell(b)
		y.tell(startedReport(0, y.now.Add(-3*time.Hour)))
		y.session()
	})
	t.Run("a start after the server's clock was set back is shown as running", func(t *testing.T) {
		y := newYard(t)
		b := startedReport(0, y.now)
		b.Transaction = "before"
		y.tell(b)
		written := y.now.Add(time.Minute)
		y.now = y.now.Add(-time.Hour)
		y.tell(startedReport(0, written))
		if s := y.session(); s.Transaction == "before" || y.recent().Transaction != "before" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a session that was closed for silence runs again when it is heard of", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(0, y.now))
		id := y.session().ID
		y.now = y.now.Add(25 * time.Hour)
		y.tell(charging.SessionOverdue{Port: 1, Session: id, Reason: "test"})
		y.noSession()
		y.tell(report(1, y.now))
		if s := y.session(); s.ID != id || s.State != charging.SessionOpen || !s.EndedAt.IsZero() {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a lost end shows by the connector being free", func(t *testing.T) {
		y := newYard(t)
		y.tell(startedReport(0, y.now))
		y.tell(connector(1, 1, "Available", y.now))
		if y.session().AvailableAt.IsZero() {
			t.Error("not marked")
		}
		y.tell(report(1, y.now))
		if !y.session().AvailableAt.IsZero() {
			t.Error("still marked, although the session was heard of")
		}
	})
	t.Run("without the station's id it is of the session on the port", func(t *testing.T) {
		y := newYard(t)
		b := with(startedReport(0, y.now), 1000, charging.ContextTransactionBegin)
		b.Transaction = ""
		y.tell(b)
		y.tell(b)
		id := y.session().ID
		u := with(report(1, y.now), 2000, charging.ContextSamplePeriodic)
		u.Transaction = ""
		y.tell(u)
		if s := y.session(); s.ID != id || s.Energy.Thousand() != 1000 {
			t.Errorf("%+v", s)
		}
		e := endedReport(2, y.now)
		e.Transaction = ""
		y.tell(e)
		if out := y.tell(e); !out.Repeat || out.Session != id {
			t.Errorf("%+v", out)
		}
		if out := y.tell(b); !out.Repeat || out.Session != id {
			t.Errorf("%+v", out)
		}
		y.noSession()
		next := startedReport(0, y.now)
		next.Transaction = ""
		if out := y.tell(next); out.Session == id || out.Repeat {
			t.Errorf("%+v", out)
		}
	})
	t.Run("a port beyond the limit is answered and kept", func(t *testing.T) {
		y := newYard(t)
		for n := range charging.MaxPortsPerCharger {
			y.tell(connector(n+1, 1, "Available", y.now))
		}
		b := startedReport(0, y.now)
		b.Port = 99
		out := y.tell(b)
		if out.Session == 0 || len(y.charger().Ports) != charging.MaxPortsPerCharger || !y.tell(b).Repeat {
			t.Errorf("%+v", out)
		}
	})
	t.Run("the main meter of a 2.x charger is not that of its port", func(t *testing.T) {
		y := newYard(t)
		y.connectAs("ocpp2.0.1", 1)
		y.tell(with(startedReport(0, y.now), 1000, charging.ContextTransactionBegin))
		main := meters(0, 0, 900_000, y.now)
		main.Port = 0
		y.tell(main)
		if s := y.session(); s.Energy != 0 {
			t.Errorf("%d Wh", s.Energy.Thousand())
		}
	})
}
