package sim

import (
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// stats is what all chargers of a fleet count together.
type stats struct {
	connected atomic.Int64
	sessions  atomic.Int64 // charging now
	queued    atomic.Int64 // transaction messages without an answer

	connects, refused, lost  atomic.Int64
	began, ended             atomic.Int64
	sent, answered           [actionCount]atomic.Int64
	rejected, unanswered     [actionCount]atomic.Int64
	repeated, givenUp, calls atomic.Int64
	drawn                    atomic.Int64 // in mJ
	latency                  histogram

	mu     sync.Mutex
	errors map[string]int64
}

// maxErrorTexts bounds how many different texts are counted apart.
const maxErrorTexts = 32

// fault counts an error by its text.
func (s *stats) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.errors == nil {
		s.errors = make(map[string]int64)
	}
	if _, known := s.errors[text]; !known && len(s.errors) >= maxErrorTexts {
		text = "other"
	}
	s.errors[text]++
}

// ActionCount is what became of the messages of one action.
type ActionCount struct {
	Action string `json:"action"`
	// Sent counts each time a message was sent, repeats too.
	Sent int64 `json:"sent"`
	// Answered counts results, Rejected errors that the server answered.
	Answered int64 `json:"answered"`
	Rejected int64 `json:"rejected"`
	// Unanswered counts those for which no answer came in time or before the
	// connection was lost.
	Unanswered int64 `json:"unanswered"`
}

// ErrorCount is how often an error happened.
type ErrorCount struct {
	Error string `json:"error"`
	Count int64  `json:"count"`
}

// Summary is what a fleet has done so far.
type Summary struct {
	Elapsed  time.Duration `json:"elapsedNs"`
	Chargers int           `json:"chargers"`
	// Connected are connected now; Connects counts connections that were made,
	// Refused those that were not, Lost those that ended unasked.
	Connected int64 `json:"connected"`
	Connects  int64 `json:"connects"`
	Refused   int64 `json:"refused"`
	Lost      int64 `json:"lost"`
	// Sessions run now; Began and Ended count them.
	Sessions int64 `json:"sessions"`
	Began    int64 `json:"began"`
	Ended    int64 `json:"ended"`
	// EnergyWh is the energy of all sessions.
	EnergyWh int64 `json:"energyWh"`
	// Messages counts those that were answered with a result.
	Messages int64         `json:"messages"`
	Actions  []ActionCount `json:"actions"`
	// Repeated counts transaction messages that were sent again, GivenUp those
	// dropped after the last attempt, Queued those that still wait.
	Repeated int64 `json:"repeated"`
	GivenUp  int64 `json:"givenUp"`
	Queued   int64 `json:"queued"`
	// Calls counts what the server called.
	Calls int64 `json:"calls"`
	// P50, P99 and Max are the time to an answer.
	P50    time.Duration `json:"p50Ns"`
	P99    time.Duration `json:"p99Ns"`
	Max    time.Duration `json:"maxNs"`
	Errors []ErrorCount  `json:"errors,omitempty"`
}

// summary reads the counters; fleet adds what only it knows.
func (s *stats) summary() *Summary {
	sum := &Summary{
		Connected: s.connected.Load(), Connects: s.connects.Load(), Refused: s.refused.Load(), Lost: s.lost.Load(),
		Sessions: s.sessions.Load(), Began: s.began.Load(), Ended: s.ended.Load(),
		EnergyWh: energy(s.drawn.Load()).wattHours(), Repeated: s.repeated.Load(), GivenUp: s.givenUp.Load(),
		Queued: s.queued.Load(), Calls: s.calls.Load(), Max: time.Duration(s.latency.max.Load()),
	}
	for a := range actionCount {
		c := ActionCount{Action: actionNames[a], Sent: s.sent[a].Load(), Answered: s.answered[a].Load(),
			Rejected: s.rejected[a].Load(), Unanswered: s.unanswered[a].Load()}
		sum.Messages += c.Answered
		if c.Sent > 0 {
			sum.Actions = append(sum.Actions, c)
		}
	}
	var now, none counts
	s.latency.read(&now)
	sum.P50, sum.P99 = now.quantile(0.5, &none), now.quantile(0.99, &none)
	s.mu.Lock()
	defer s.mu.Unlock()
	for text, n := range s.errors {
		sum.Errors = append(sum.Errors, ErrorCount{text, n})
	}
	sort.Slice(sum.Errors, func(i, j int) bool {
		a, b := sum.Errors[i], sum.Errors[j]
		return a.Count > b.Count || a.Count == b.Count && a.Error < b.Error
	})
	return sum
}
