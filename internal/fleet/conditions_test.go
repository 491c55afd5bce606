package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// problem is a report of a problem of a connector of port 1.
func problem(tech, code string, active bool, t time.Time) charging.ConditionsReported {
	return charging.ConditionsReported{Time: at(t), Problems: []charging.ProblemReport{{Port: 1, Active: active, Problem: charging.Problem{
		ProblemKey: charging.ProblemKey{Component: "EVSE", Connector: 1, Variable: "Problem", TechCode: tech},
		ErrorCode:  code, Info: "about " + tech, Severity: 2, At: t}}}}
}

func (y *yard) word(port int) charging.Status {
	y.t.Helper()
	s := y.port(port).Status
	if s == nil {
		return ""
	}
	return s.Status
}

func (y *yard) wantWord(want charging.Status) {
	y.t.Helper()
	if got := y.word(1); got != want {
		y.t.Errorf("port 1 shows %q, want %q", got, want)
	}
}

func TestConditions(t *testing.T) {
	t.Run("a session is shown by its charging state, until the connector is free", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Available", y.now))
		y.wantWord(charging.Available)
		y.tell(connector(1, 1, "Occupied", y.now))
		y.wantWord(charging.Preparing)
		y.tell(startedReport(0, y.now))
		y.wantWord(charging.Preparing)
		seq := int64(0)
		for _, phase := range []charging.ChargingState{charging.StateCharging, charging.StateSuspendedEV, charging.StateSuspendedEVSE} {
			seq++
			b := report(seq, y.now)
			b.State = phase
			changed := y.now
			y.tell(b)
			y.wantWord(charging.Status(phase))
			seq++
			y.tell(report(seq, y.now))
			if got := y.port(1).Status.At; !got.Equal(changed) {
				t.Errorf("shown since %v, want %v", got, changed)
			}
		}
		b := report(seq+1, y.now)
		b.State = charging.StateEVConnected
		y.tell(b)
		y.wantWord(charging.Finishing)
		y.tell(endedReport(seq+2, y.now))
		y.wantWord(charging.Finishing)
		y.restart()
		y.tell(connector(1, 1, "Occupied", y.now))
		y.wantWord(charging.Finishing)
		y.tell(connector(1, 1, "Available", y.now))
		y.wantWord(charging.Available)
		y.tell(connector(1, 1, "Occupied", y.now))
		y.wantWord(charging.Preparing)
	})
	t.Run("a station that tells only of sessions is Available again after one", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Available", y.now))
		b := startedReport(0, y.now)
		b.State = charging.StateCharging
		y.tell(b)
		y.wantWord(charging.Charging)
		y.tell(endedReport(1, y.now))
		y.wantWord(charging.Available)
		y.tell(startedReport(0, y.now))
	})
	t.Run("a session that follows on another begins as Preparing", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Occupied", y.now))
		b := startedReport(0, y.now)
		b.State = charging.StateCharging
		y.tell(b)
		y.tell(endedReport(1, y.now))
		y.wantWord(charging.Finishing)
		b = startedReport(0, y.now)
		b.Transaction, b.State = "U", charging.StateEVConnected
		y.tell(b)
		y.wantWord(charging.Preparing)
	})
	t.Run("a problem gives the error code until it is gone", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Faulted", y.now))
		if s := y.port(1).Status; s.ErrorCode != charging.OtherError {
			t.Errorf("%+v", s)
		}
		y.tell(problem("CX002", "GroundFailure", true, y.now))
		want := &charging.PortStatus{Status: charging.Faulted, ErrorCode: "GroundFailure", VendorErrorCode: "CX002",
			Info: "about CX002", At: y.now.Add(-time.Second)}
		if diff := cmp.Diff(want, y.port(1).Status); diff != "" {
			t.Error(diff)
		}
		y.restart()
		if diff := cmp.Diff(want, y.port(1).Status); diff != "" {
			t.Errorf("after a restart: %s", diff)
		}
		y.tell(problem("CX002", "GroundFailure", false, y.now))
		y.tell(connector(1, 1, "Available", y.now))
		if s := y.port(1).Status; s.Status != charging.Available || s.ErrorCode != charging.NoError || s.Info != "" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a part that is well again ends its problems, named or not", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Available", y.now))
		wantCode := func(want string) {
			t.Helper()
			if s := y.port(1).Status; s.VendorErrorCode != want {
				t.Errorf("shows %+v, want the code %q", s, want)
			}
		}
		y.tell(problem("CX002", "GroundFailure", true, y.now))
		y.tell(problem("CX003", "HighTemperature", true, y.now))
		y.tell(problem("CX003", "HighTemperature", false, y.now))
		wantCode("CX002")
		elsewhere := problem("", "OtherError", false, y.now)
		elsewhere.Problems[0].Connector = 2
		y.tell(elsewhere)
		wantCode("CX002")
		y.tell(problem("CX003", "HighTemperature", true, y.now))
		y.tell(problem("", "OtherError", false, y.now))
		wantCode("")
		if s := y.port(1).Status; s.ErrorCode != charging.NoError || len(y.port(1).Problems) != 0 {
			t.Errorf("%+v", y.port(1))
		}
	})
	t.Run("a repeated report renews the time, a message about something else does not", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Available", y.now))
		told := y.now
		y.tell(connector(1, 1, "Available", y.now))
		y.tell(connector(1, 0, "Unavailable", y.now))
		if s := y.port(1).Status; !s.At.Equal(told) || s.Status != charging.Available {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of the station makes no port", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(0, 0, "Unavailable", y.now))
		b := problem("X1", "InternalError", true, y.now)
		b.Problems[0].Port = 0
		y.tell(b)
		c := y.charger()
		if len(c.Ports) != 0 || c.Status.Status != charging.StatusUnavailable || c.Status.ErrorCode != "InternalError" || len(c.Problems) != 1 {
			t.Errorf("%+v", c)
		}
		y.restart()
		if diff := cmp.Diff(c.Problems, y.charger().Problems); diff != "" {
			t.Errorf("after a restart: %s", diff)
		}
	})
	t.Run("a problem of the station explains the faults of its ports", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Faulted", y.now))
		y.tell(connector(2, 1, "Available", y.now))
		b := problem("CX008", "OtherError", true, y.now)
		b.Problems[0].Port = 0
		y.tell(b)
		if s := y.port(1).Status; s.VendorErrorCode != "CX008" || y.port(2).Status.VendorErrorCode != "" {
			t.Errorf("%+v", s)
		}
		b.Problems[0].Active = false
		y.tell(b)
		if s := y.port(1).Status; s.VendorErrorCode != "" || s.ErrorCode != charging.OtherError {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of several ports leaves a record with each", func(t *testing.T) {
		y := newYard(t)
		b := connector(1, 1, "Available", y.now)
		b.States = append(b.States, connector(2, 1, "Occupied", y.now).States...)
		b.States = append(b.States, connector(2, 2, "Faulted", y.now).States...)
		b.States = append(b.States, connector(0, 0, "Available", y.now).States...)
		b.Detail = `{"seqNo":0}`
		y.tell(b)
		if y.word(1) != charging.Available || y.word(2) != charging.Preparing {
			t.Errorf("%s, %s", y.word(1), y.word(2))
		}
		var ports []int
		whole := 0
		for _, r := range y.batch.Records {
			ports = append(ports, r.PortNumber)
			if r.Kind != charging.RecordConditions || (r.Port == nil) != (r.PortNumber == 0) {
				t.Errorf("%+v", r)
			}
			if strings.Contains(r.Detail, "seqNo") {
				whole++
			}
		}
		if diff := cmp.Diff([]int{1, 2, 0}, ports); diff != "" || whole != 1 {
			t.Errorf("%s; the message is kept %d times", diff, whole)
		}
	})
	t.Run("about nothing that has a place is kept with the charger", func(t *testing.T) {
		y := newYard(t)
		y.tell(charging.ConditionsReported{Time: at(y.now), Detail: `{"a":1}`})
		if r := y.batch.Records; len(r) != 1 || r[0].Detail != `{"message":{"a":1}}` || r[0].PortNumber != 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("out of the queue after a reconnect and older is ignored", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.now = y.now.Add(time.Hour)
		y.tell(connector(1, 1, "Available", y.now))
		y.tell(connector(0, 0, "Available", y.now))
		y.now = y.now.Add(time.Hour)
		y.connect()
		y.tell(connector(1, 1, "Faulted", y.now.Add(-90*time.Minute)))
		y.wantWord(charging.Available)
		y.wantOdd("older-than-shown")
		y.tell(connector(0, 0, "Faulted", y.now.Add(-90*time.Minute)))
		if s := y.charger().Status.Status; s != charging.Available {
			t.Errorf("the station shows %s", s)
		}
		y.tell(connector(1, 1, "Occupied", y.now.Add(-30*time.Minute)))
		y.wantWord(charging.Preparing)
	})
	t.Run("that are a fault and out of the queue leave no error behind", func(t *testing.T) {
		y := newYard(t)
		y.connect()
		y.now = y.now.Add(time.Hour)
		y.tell(connector(1, 1, "Available", y.now))
		y.now = y.now.Add(time.Hour)
		y.connect()
		// A NotifyEvent of AvailabilityState tells both.
		fault := func(t time.Time) charging.ConditionsReported {
			b := connector(1, 1, "Faulted", t)
			b.Problems = problem("", charging.OtherError, true, t).Problems
			b.Problems[0].Variable = "AvailabilityState"
			return b
		}
		y.tell(fault(y.now.Add(-90 * time.Minute)))
		if s := y.port(1).Status; s.Status != charging.Available || s.ErrorCode != charging.NoError {
			t.Errorf("%+v", s)
		}
		y.tell(fault(y.now))
		if s := y.port(1).Status; s.Status != charging.Faulted || s.ErrorCode != charging.OtherError {
			t.Errorf("%+v", s)
		}
		y.tell(connector(1, 1, "Available", y.now))
		if s := y.port(1).Status; s.Status != charging.Available || s.ErrorCode != charging.NoError {
			t.Errorf("%+v", s)
		}
	})
	t.Run("beyond the limits is kept and changes nothing", func(t *testing.T) {
		y := newYard(t)
		for n := range charging.MaxConnectors {
			y.tell(connector(1, n+1, "Available", y.now))
		}
		y.tell(connector(1, 99, "Faulted", y.now))
		y.wantOdd("connector-out-of-range: 99")
		for n := range charging.MaxPortsPerCharger {
			y.tell(connector(n+1, 1, "Available", y.now))
		}
		y.tell(connector(99, 1, "Available", y.now))
		y.wantOdd("port-out-of-range: 99")
		y.wantWord(charging.Available)
	})
	t.Run("are those of 2.x: a status of 1.6 ends them", func(t *testing.T) {
		y := newYard(t)
		y.tell(connector(1, 1, "Occupied", y.now))
		y.tell(problem("CX002", "GroundFailure", true, y.now))
		y.tell(status(1, charging.Charging, y.now))
		if p := y.port(1); p.Connectors != nil || p.Problems != nil || p.Status.Status != charging.Charging {
			t.Errorf("%+v", p)
		}
	})
}
