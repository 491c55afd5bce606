package digest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// queueTime is how long after it connected a charger may be telling what it
// queued before.
const queueTime = 5 * time.Minute

// Intervals is the Part that makes service intervals: of each port, of each
// charger as a whole (charging.StationPort) and of its connection (port 0). They
// are kept apart, so that each change is traced to the one record that made it;
// what they mean together is worked out when it is asked for.
type Intervals struct {
	open map[place]charging.ServiceInterval
	gaps map[charging.ID]charging.Span // without a connection; the last of each charger
}

type place struct {
	charger charging.ID
	port    int
}

// NewIntervals returns a part that knows nothing yet.
func NewIntervals() *Intervals {
	return &Intervals{open: map[place]charging.ServiceInterval{}, gaps: map[charging.ID]charging.Span{}}
}

// Begin takes up the intervals that last.
func (p *Intervals) Begin(_ context.Context, b *Beginning) error {
	*p = *NewIntervals()
	for _, v := range b.Intervals {
		p.open[place{v.ChargerID, v.PortNumber}] = v
	}
	return nil
}

// State does nothing: the intervals that last say what stood.
func (p *Intervals) State(*charging.Record) {}

// Tick does nothing: time alone begins and ends no interval.
func (p *Intervals) Tick(time.Time, *charging.Derived) {}

// Digest begins and ends intervals where the state after the record differs
// from the one before.
func (p *Intervals) Digest(r *charging.Record, out *charging.Derived) {
	if c := r.Charger; c != nil {
		if c.Connection != nil {
			p.connection(r, out)
		}
		if c.Status != nil {
			p.turn(place{r.ChargerID, charging.StationPort}, serviceOf(c.Status.Status), p.statusAt(r, c.Status), r.ID, out)
		}
	}
	if r.Port != nil && r.Port.Status != nil {
		p.turn(place{r.ChargerID, r.PortNumber}, serviceOf(r.Port.Status.Status), p.statusAt(r, r.Port.Status), r.ID, out)
	}
}

// connection counts from the last sign of life, or when the server ended it,
// from when it did: until then nothing was wrong with the charger.
func (p *Intervals) connection(r *charging.Record, out *charging.Derived) {
	at, state := r.Charger.Connection.Since, charging.ServiceAvailable
	if !r.Charger.Connection.Connected {
		state = charging.ServiceUnavailable
		if r.Kind == charging.RecordDisconnected && endedByServer(r.Detail) {
			at = r.Received
		}
	}
	before, known := p.open[place{r.ChargerID, 0}]
	p.turn(place{r.ChargerID, 0}, state, at, r.ID, out)
	if now := p.open[place{r.ChargerID, 0}]; known && now.FromRecord == r.ID && state == charging.ServiceAvailable {
		p.gaps[r.ChargerID] = charging.Span{From: before.From, To: now.From}
	}
}

// statusAt is when a status began: at its receipt, since chargers' clocks are
// wrong in many ways; but one out of the queue of a charger that was offline
// began when it says, if that was then.
func (p *Intervals) statusAt(r *charging.Record, s *charging.PortStatus) time.Time {
	gap, known := p.gaps[r.ChargerID]
	if known && r.Received.Sub(gap.To) <= queueTime && !s.At.Before(gap.From) && s.At.Before(gap.To) {
		return s.At
	}
	return r.Received
}

// turn begins an interval when the state is another, and ends the one before.
func (p *Intervals) turn(at place, state charging.ServiceState, when time.Time, record int64, out *charging.Derived) {
	when = when.UTC().Truncate(time.Microsecond)
	if open, known := p.open[at]; known {
		if open.State == state {
			return
		}
		if when.Before(open.From) { // the server's clock was set back
			when = open.From
		}
		// One without length is replaced by the next, which has its place.
		if when.After(open.From) {
			open.To, open.ToRecord = when, record
			out.Intervals = append(out.Intervals, open)
		}
	}
	next := charging.ServiceInterval{ChargerID: at.charger, PortNumber: at.port, State: state, From: when, FromRecord: record}
	p.open[at] = next
	out.Intervals = append(out.Intervals, next)
}

func serviceOf(s charging.Status) charging.ServiceState {
	switch s {
	case charging.Faulted:
		return charging.ServiceFaulted
	case charging.StatusUnavailable:
		return charging.ServiceUnavailable
	}
	return charging.ServiceAvailable
}

func endedByServer(detail string) bool {
	var d struct {
		Reason string `json:"reason"`
	}
	if json.Unmarshal([]byte(detail), &d) != nil {
		return false
	}
	switch d.Reason {
	case charging.EndedByStop, charging.EndedByStore, charging.EndedByCrash:
		return true
	}
	return false
}
