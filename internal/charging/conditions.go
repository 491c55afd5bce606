package charging

import "time"

// StateOccupied is the state of a connector of 2.x that the shown statuses do
// not have (OCPP 2.0.1 ConnectorStatusEnumType).
const StateOccupied = "Occupied"

// Bounds on what messages can make of a port.
const (
	MaxConnectors = 16
	MaxProblems   = 64
)

// ShownConnector is the number of the connector that the port shows: that of
// the running session, else the first of Occupied, Reserved, Available, Faulted
// and Unavailable (DESIGN, Words). The EVSE as a whole, 0, speaks only while no
// connector did; so 0 stands for none, too.
func (p *Port) ShownConnector() int {
	if c := p.shown(); c != nil {
		return c.Number
	}
	return 0
}

func (p *Port) shown() *Connector {
	var best, whole *Connector
	for i := range p.Connectors {
		c := &p.Connectors[i]
		switch {
		case c.Number == 0:
			whole = c
		case p.Session != nil && p.Session.Connector != 0:
			if c.Number == p.Session.Connector {
				return c
			}
		case best == nil || connectorRank(c.State) < connectorRank(best.State):
			best = c
		}
	}
	if best == nil {
		return whole
	}
	return best
}

func connectorRank(state string) int {
	for i, s := range [...]string{StateOccupied, string(Reserved), string(Available), string(Faulted), string(StatusUnavailable)} {
		if s == state {
			return i
		}
	}
	return 9
}

// occupancy is the state of the connector that is shown; "" for unknown. A
// running session occupies it, whatever was reported before that: not every
// station says so.
func (p *Port) occupancy() string {
	c := p.shown()
	if p.Session == nil {
		if c == nil {
			return ""
		}
		return c.State
	}
	if c == nil {
		return StateOccupied
	}
	since := p.Session.StartedAt
	if c.State == string(Available) || c.State == string(Reserved) {
		since = latest(since, p.Session.PhaseAt)
	}
	if !c.At.After(since) {
		return StateOccupied
	}
	return c.State
}

// word is the status that the port shows (contract 3.5 B, server-rules 17.1);
// "" while nothing is known.
func (p *Port) word() Status {
	switch state := p.occupancy(); {
	case state == StateOccupied:
		return p.occupied()
	case state != "":
		return Status(state)
	case p.Served:
		return Finishing
	case p.Status != nil:
		return p.Status.Status
	}
	return ""
}

// occupied is the status of an occupied port.
func (p *Port) occupied() Status {
	phase := StateEVConnected
	if p.Session != nil {
		phase = p.Session.Phase
	}
	switch phase {
	case StateCharging:
		return Charging
	case StateSuspendedEV:
		return SuspendedEV
	case StateSuspendedEVSE:
		return SuspendedEVSE
	case StateEVConnected, StateIdle:
		if p.Served {
			return Finishing
		}
	}
	return Preparing
}

// Show derives the status of a 2.x port from its connectors, its session and
// its problems; a fault without a problem of its own is explained by those of
// the station. at is the time of the message that changed one of them; told
// says that it was a report of the shown connector, which counts also when it
// says what was shown already (contract 3.4 no. 26).
func (p *Port) Show(at time.Time, told bool, station []Problem) {
	switch state := p.occupancy(); {
	case p.Session != nil:
		p.Served = p.Served || p.Session.Energy > 0 || p.Session.Phase == StateCharging
	case state == string(Available), state == string(Reserved):
		p.Served = false
	}
	word := p.word()
	if word == "" {
		return
	}
	problems := p.Problems
	if word == Faulted && len(problems) == 0 {
		problems = station
	}
	p.Status = shownStatus(p.Status, word, problems, at, told)
}

// shownStatus is the status with that word and what the problems add to it; it
// is before itself when nothing changed.
func shownStatus(before *PortStatus, word Status, problems []Problem, at time.Time, told bool) *PortStatus {
	next := PortStatus{Status: word, At: at, ErrorCode: NoError}
	if worst := worstProblem(problems); worst != nil {
		next.ErrorCode, next.VendorErrorCode, next.Info = worst.ErrorCode, worst.TechCode, worst.Info
	} else if word == Faulted {
		next.ErrorCode = OtherError
	}
	if before != nil {
		same := next
		same.At = before.At
		if same == *before && (!told || at.Before(before.At)) {
			return before
		}
	}
	return &next
}

// unknownSeverity is what a problem counts as whose severity was not told: an
// error.
const unknownSeverity = 4

func (p *Problem) severity() int {
	if p.Severity < 0 {
		return unknownSeverity
	}
	return p.Severity
}

// worstProblem is the most severe, then the newest problem; nil for none.
func worstProblem(problems []Problem) *Problem {
	var worst *Problem
	for i := range problems {
		p := &problems[i]
		if worst == nil || p.severity() < worst.severity() || p.severity() == worst.severity() && !p.At.Before(worst.At) {
			worst = p
		}
	}
	return worst
}

// WithConnector returns the connectors with what one of them reported, in the
// order of their numbers; a word that is unknown ("") keeps the state. It
// returns them as they are when they are too many or nothing was ever known.
func WithConnector(connectors []Connector, r *ConnectorReport, at time.Time) []Connector {
	next := make([]Connector, 0, len(connectors)+1)
	own := Connector{Number: r.Connector, State: r.State, At: at}
	for _, c := range connectors {
		if c.Number == own.Number && own.State == "" {
			own.State = c.State
		}
		if c.Number < own.Number {
			next = append(next, c)
		}
	}
	if own.State == "" {
		return connectors
	}
	next = append(next, own)
	for _, c := range connectors {
		if c.Number > own.Number {
			next = append(next, c)
		}
	}
	if len(next) > MaxConnectors && len(next) > len(connectors) {
		return connectors
	}
	return next
}

// faultVariable is the variable of the problem that a Faulted state is.
const faultVariable = "AvailabilityState"

// IsFault reports whether the problem is that the connector is Faulted, which
// is a state of it, too.
func (p *Problem) IsFault() bool { return equalFold(p.Variable, faultVariable) }

// WithoutFault returns the problems without the one that a state of the
// connector was, once the connector is in another state.
func WithoutFault(problems []Problem, r *ConnectorReport) []Problem {
	if r.State == "" || r.State == string(Faulted) {
		return problems
	}
	return without(problems, func(p *Problem) bool {
		return p.Connector == r.Connector && p.IsFault()
	})
}

// Concerns reports whether the report is of a problem that is known: the same
// one, or, when it says that a part is well again without naming what was
// wrong, any of that part (server-rules 17.2; not every station repeats the
// code).
func (r *ProblemReport) Concerns(known *Problem) bool {
	key := r.ProblemKey
	if !r.Active && key.TechCode == "" {
		key.TechCode = known.TechCode
	}
	return known.ProblemKey == key
}

// WithProblem returns the active problems after a report: oldest first, of
// each kind the newest. Of too many, the oldest give way.
func WithProblem(problems []Problem, r *ProblemReport) []Problem {
	next := without(problems, r.Concerns)
	if !r.Active {
		return next
	}
	next = append(next[:len(next):len(next)], r.Problem)
	if len(next) > MaxProblems {
		next = next[1:]
	}
	return next
}

// without returns the problems that are not gone; nil for none.
func without(problems []Problem, gone func(*Problem) bool) []Problem {
	var kept []Problem
	for i := range problems {
		if !gone(&problems[i]) {
			kept = append(kept, problems[i])
		}
	}
	return kept
}

// ShowStation derives the status of the station itself, which is no port's
// (contract 3.4 no. 25). state is what it reported, "" when the message was of
// its problems.
func ShowStation(before *PortStatus, state string, problems []Problem, at time.Time) *PortStatus {
	word := Status(state)
	switch {
	case state == StateOccupied:
		word = Preparing
	case state == "" && before == nil:
		return nil
	case state == "":
		word = before.Status
	}
	return shownStatus(before, word, problems, at, state != "")
}
