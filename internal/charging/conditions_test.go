package charging

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	one   = time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	two   = one.Add(time.Hour)
	three = two.Add(time.Hour)
)

func connectors(states ...string) []Connector {
	var all []Connector
	for i, state := range states {
		all = append(all, Connector{Number: i + 1, State: state, At: one})
	}
	return all
}

func running(phase ChargingState) *Session {
	return &Session{StartedAt: two, PhaseAt: two, Phase: phase, Transaction: "T"}
}

func TestWhatAPortOf2xShows(t *testing.T) {
	f := func(name string, p Port, want Status) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			p.Show(three, false, nil)
			var got Status
			if p.Status != nil {
				got = p.Status.Status
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	const occ = StateOccupied
	f("nothing was reported", Port{}, "")
	for _, word := range []Status{Available, Reserved, StatusUnavailable, Faulted} {
		f(string(word)+" passes through", Port{Connectors: connectors(string(word))}, word)
	}
	f("Occupied without a session", Port{Connectors: connectors(occ)}, Preparing)
	f("Occupied after the end of a session", Port{Connectors: connectors(occ), Served: true}, Finishing)
	f("Reserved after the end of a session", Port{Connectors: connectors("Reserved"), Served: true}, Reserved)
	f("Available after the end of a session", Port{Connectors: connectors("Available"), Served: true}, Available)
	for phase, word := range map[ChargingState]Status{StateCharging: Charging, StateSuspendedEV: SuspendedEV,
		StateSuspendedEVSE: SuspendedEVSE, StateEVConnected: Preparing, StateIdle: Preparing, "": Preparing} {
		f("Occupied, charging state '"+string(phase)+"'", Port{Connectors: connectors(occ), Session: running(phase)}, word)
		f("never told, charging state '"+string(phase)+"'", Port{Session: running(phase)}, word)
		f("Available before the session, charging state '"+string(phase)+"'",
			Port{Connectors: connectors("Available"), Session: running(phase)}, word)
	}
	for _, phase := range []ChargingState{StateEVConnected, StateIdle} {
		f(string(phase)+" after the first energy", Port{Connectors: connectors(occ),
			Session: &Session{StartedAt: two, PhaseAt: two, Phase: phase, Energy: 1}}, Finishing)
		f(string(phase)+" after it charged", Port{Connectors: connectors(occ), Session: running(phase), Served: true}, Finishing)
	}
	later := func(state string) []Connector { return []Connector{{Number: 1, State: state, At: three}} }
	f("Available after the session was heard of", Port{Connectors: later("Available"), Session: running(StateCharging)}, Available)
	f("Faulted during the session", Port{Connectors: later("Faulted"), Session: running(StateCharging)}, Faulted)
	f("Unavailable during the session", Port{Connectors: later("Unavailable"), Session: running(StateCharging)}, StatusUnavailable)
	f("Faulted before the session", Port{Connectors: connectors("Faulted"), Session: running(StateCharging)}, Charging)
	f("the busiest connector", Port{Connectors: connectors("Unavailable", "Available", occ)}, Preparing)
	f("Reserved before Available", Port{Connectors: connectors("Available", "Reserved")}, Reserved)
	f("Available before Faulted", Port{Connectors: connectors("Faulted", "Available")}, Available)
	f("Faulted before Unavailable", Port{Connectors: connectors("Unavailable", "Faulted")}, Faulted)
	onSecond := running(StateCharging)
	onSecond.Connector = 2
	f("the connector of the session", Port{Connectors: []Connector{{Number: 1, State: occ, At: three}, {Number: 2, State: "Faulted", At: three}},
		Session: onSecond}, Faulted)
	f("the connector of the session was never told", Port{Connectors: later("Faulted"), Session: onSecond}, Charging)
	f("the EVSE as a whole while no connector told", Port{Connectors: []Connector{{Number: 0, State: "Unavailable", At: one}}}, StatusUnavailable)
	f("the EVSE as a whole gives way to a connector", Port{Connectors: []Connector{{Number: 0, State: "Unavailable", At: one}, {Number: 1, State: "Available", At: one}}}, Available)
}

func TestServedEndsWhenThePortIsFree(t *testing.T) {
	p := Port{Connectors: connectors(StateOccupied), Session: running(StateCharging)}
	p.Show(two, false, nil)
	p.Session = running(StateEVConnected)
	p.Show(three, false, nil)
	if p.Status.Status != Finishing {
		t.Errorf("%s after charging", p.Status.Status)
	}
	p.Session, p.Connectors = nil, connectors(string(Available))
	p.Show(three, true, nil)
	p.Connectors = connectors(StateOccupied)
	p.Show(three, true, nil)
	if p.Status.Status != Preparing {
		t.Errorf("%s for the next vehicle", p.Status.Status)
	}
}

func TestTheErrorCodeOfAPortIsThatOfItsWorstProblem(t *testing.T) {
	problem := func(code string, severity int, at time.Time) Problem {
		return Problem{ProblemKey: ProblemKey{Component: code, TechCode: "T-" + code}, ErrorCode: code, Info: "about " + code, Severity: severity, At: at}
	}
	f := func(name string, state string, problems []Problem, want PortStatus) {
		t.Helper()
		p := Port{Connectors: connectors(state), Problems: problems}
		p.Show(two, true, nil)
		want.At = two
		if diff := cmp.Diff(&want, p.Status); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("none", "Available", nil, PortStatus{Status: Available, ErrorCode: NoError})
	f("Faulted without one", "Faulted", nil, PortStatus{Status: Faulted, ErrorCode: OtherError})
	f("the most severe", "Faulted", []Problem{problem("GroundFailure", 2, one), problem("HighTemperature", 5, two)},
		PortStatus{Status: Faulted, ErrorCode: "GroundFailure", VendorErrorCode: "T-GroundFailure", Info: "about GroundFailure"})
	f("the newest of equal ones", "Available", []Problem{problem("WeakSignal", 5, two), problem("HighTemperature", 5, one)},
		PortStatus{Status: Available, ErrorCode: "WeakSignal", VendorErrorCode: "T-WeakSignal", Info: "about WeakSignal"})
	station := Port{Connectors: connectors("Faulted")}
	station.Show(two, true, []Problem{problem("InternalError", 3, one)})
	if got := station.Status.ErrorCode; got != "InternalError" {
		t.Errorf("%s for a problem of the station", got)
	}
	f("an unknown severity is an error", "Faulted", []Problem{problem("WeakSignal", 5, one), problem("ReaderFailure", -1, one)},
		PortStatus{Status: Faulted, ErrorCode: "ReaderFailure", VendorErrorCode: "T-ReaderFailure", Info: "about ReaderFailure"})
}

func TestTheTimeOfAStatusIsThatOfTheMessageThatChangedIt(t *testing.T) {
	p := Port{Connectors: connectors("Available")}
	p.Show(one, true, nil)
	p.Show(two, true, nil)
	if !p.Status.At.Equal(two) {
		t.Error("a repeated report does not count")
	}
	p.Show(three, false, nil)
	if !p.Status.At.Equal(two) {
		t.Error("a message that told nothing of it counts")
	}
	p.Show(one, true, nil)
	if !p.Status.At.Equal(two) {
		t.Error("an old report that says the same moves the time back")
	}
	p.Session = running(StateCharging)
	p.Show(three, false, nil)
	if !p.Status.At.Equal(three) {
		t.Error("a charging state that changes the word does not count")
	}
}

func TestConnectorsAndProblemsAreKeptByNumberAndKey(t *testing.T) {
	states := WithConnector(nil, &ConnectorReport{Connector: 1}, one)
	if states != nil {
		t.Errorf("an unknown word made a connector: %v", states)
	}
	for _, n := range []int{3, 1, 2, 1} {
		states = WithConnector(states, &ConnectorReport{Connector: n, State: "Available"}, one)
	}
	states = WithConnector(states, &ConnectorReport{Connector: 2}, two)
	want := []Connector{{1, "Available", one}, {2, "Available", two}, {3, "Available", one}}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	for n := range 100 {
		states = WithConnector(states, &ConnectorReport{Connector: n, State: "Available"}, one)
	}
	if len(states) != MaxConnectors {
		t.Errorf("%d connectors", len(states))
	}
	var problems []Problem
	report := func(tech string, active bool) {
		problems = WithProblem(problems, &ProblemReport{Active: active, Problem: Problem{ProblemKey: ProblemKey{TechCode: tech}}})
	}
	report("A", true)
	report("B", true)
	report("A", true)
	if len(problems) != 2 || problems[0].TechCode != "B" {
		t.Errorf("%+v", problems)
	}
	report("A", false)
	report("B", false)
	if problems != nil {
		t.Errorf("%+v", problems)
	}
	for n := range 100 {
		report(string(rune('a'+n)), true)
	}
	if len(problems) != MaxProblems || problems[0].TechCode != string(rune('a'+100-MaxProblems)) {
		t.Errorf("%d problems, from %s", len(problems), problems[0].TechCode)
	}
	fault := []Problem{{ProblemKey: ProblemKey{Connector: 1, Variable: "availabilityState"}}, {ProblemKey: ProblemKey{Connector: 2, Variable: "AvailabilityState"}}}
	if left := WithoutFault(fault, &ConnectorReport{Connector: 1, State: "Available"}); len(left) != 1 || left[0].Connector != 2 {
		t.Errorf("%+v", left)
	}
	if left := WithoutFault(fault, &ConnectorReport{Connector: 1, State: "Faulted"}); len(left) != 2 {
		t.Errorf("%+v", left)
	}
}

func TestTheStationShowsItsOwnStateAndProblems(t *testing.T) {
	if s := ShowStation(nil, "", []Problem{{ErrorCode: "InternalError"}}, one); s != nil {
		t.Errorf("%+v", s)
	}
	s := ShowStation(nil, StateOccupied, nil, one)
	if s.Status != Preparing || s.ErrorCode != NoError {
		t.Errorf("%+v", s)
	}
	s = ShowStation(s, "", []Problem{{ErrorCode: "InternalError"}}, two)
	if s.Status != Preparing || s.ErrorCode != "InternalError" || !s.At.Equal(two) {
		t.Errorf("%+v", s)
	}
}
