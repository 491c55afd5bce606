package fleet

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// memory is what was read back from the store for one event, before the
// committer sees it: the committer itself never reads.
type memory struct {
	recalled *charging.Recalled // set for the first event of a charger since the start
	found    *charging.Session  // an older session that the event is about
}

// freshStart is how old a start may be for the sessions at hand to be all
// that it can repeat.
const freshStart = 2 * time.Minute

// recall reads back what the decision about ev may need.
func (f *Fleet) recall(ctx context.Context, c *charging.Charger, ev *charging.Event) (m memory, err error) {
	if !c.Warm {
		if m.recalled, err = f.store.Recall(ctx, c.ID); err != nil {
			return m, err
		}
	}
	switch b := ev.Body.(type) {
	case charging.SessionStopped:
		m.found, err = f.findSession(ctx, c, b.TransactionID, b.TransactionKnown)
	case charging.MetersReported:
		m.found, err = f.findSession(ctx, c, b.TransactionID, b.TransactionKnown)
	case charging.SessionReported:
		if b.Transaction != "" && c.SessionByStation(b.Transaction) == nil && !firstReport(&b, ev.Received) {
			m.found, err = f.store.FindTransaction(ctx, c.ID, b.Transaction)
		}
	case charging.SessionStarted:
		if b.Time.Plausible(ev.Received) && ev.Received.Sub(b.Time.Parsed) > freshStart {
			m.found, err = f.store.FindStart(ctx, charging.StartKey{ChargerID: c.ID, PortNumber: startPort(c, b.Port),
				Tag: b.Tag, Written: b.Time.Written, MeterStart: b.MeterStart})
		}
	}
	return m, err
}

// firstReport reports whether a message of a session that is not at hand can
// only be the first one of it: a start of the present.
func firstReport(b *charging.SessionReported, received time.Time) bool {
	return b.Phase == charging.PhaseStarted && b.Time.Plausible(received) && received.Sub(b.Time.Parsed) <= freshStart
}

func (f *Fleet) findSession(ctx context.Context, c *charging.Charger, id int64, known bool) (*charging.Session, error) {
	if !usable(id, known) || c.SessionByTransaction(id) != nil {
		return nil, nil
	}
	return f.store.FindSession(ctx, c.ID, id)
}

// warm fills the charger's memory with what was read back.
func (s *step) warm() {
	m := s.memory.recalled
	if s.charger.Warm || m == nil {
		return
	}
	s.charger.Warm = true
	for _, session := range m.Sessions {
		if session.State != charging.SessionOpen && !holds(s.charger.Recent, session.ID) {
			s.charger.Recent = append(s.charger.Recent[:len(s.charger.Recent):len(s.charger.Recent)], session)
		}
	}
	for _, r := range m.Readings {
		for i, p := range s.charger.Ports {
			if p.Number == r.PortNumber {
				own := *p
				_, own.Samples = unseen(own.Samples, r.Readings)
				s.charger.Ports[i] = &own
			}
		}
	}
	for i := range m.Notes {
		s.charger.Notes = append(s.charger.Notes, hashNote(m.Notes[i].Detail, m.Notes[i].Time.Written))
	}
}

func holds(sessions []*charging.Session, id charging.ID) bool {
	for _, s := range sessions {
		if s.ID == id {
			return true
		}
	}
	return false
}

// How many hashes a port keeps: trimmed to the newest keptSamples whenever
// maxSamples are reached, so that adding is cheap.
const (
	keptSamples = 384
	maxSamples  = 512
	keptNotes   = 64
)

// unseen returns the readings that are not among the known ones, and the
// known ones with theirs added. Readings of a charger without a clock cannot be
// told apart from later ones of equal value, so they count as unseen.
//
// It appends in place behind the present length, which nothing that was
// published can see; a decision that is dropped leaves only values that the
// next one overwrites.
func unseen(known []uint64, readings []charging.Reading) ([]charging.Reading, []uint64) {
	fresh := readings
	copied := false
	for i := range readings {
		r := &readings[i]
		repeat := false
		if r.Time.Dated() {
			h := hashReading(r)
			if repeat = knows(known, h); !repeat {
				known = remembered(known, h)
			}
		}
		switch {
		case repeat && !copied:
			fresh = append([]charging.Reading(nil), readings[:i]...)
			copied = true
		case !repeat && copied:
			fresh = append(fresh, *r)
		}
	}
	return fresh, known
}

// knows searches from the newest on, where repeats are.
func knows(known []uint64, h uint64) bool {
	for i := len(known) - 1; i >= 0; i-- {
		if known[i] == h {
			return true
		}
	}
	return false
}

func remembered(known []uint64, h uint64) []uint64 {
	if len(known) >= maxSamples {
		trimmed := make([]uint64, keptSamples, maxSamples)
		copy(trimmed, known[len(known)-keptSamples:])
		known = trimmed
	}
	return append(known, h)
}

// FNV-1a, 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashInt(h, v uint64) uint64 {
	for range 8 {
		h = (h ^ v&0xff) * fnvPrime
		v >>= 8
	}
	return h
}

func hashString(h uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// hashReading covers what makes a sample the same: time, measurand, phase,
// location, context and value.
func hashReading(r *charging.Reading) uint64 {
	h := hashInt(fnvOffset, uint64(r.Time.Parsed.UnixMicro()))
	h = hashInt(h, uint64(r.Measurand)|uint64(r.Phase)<<8|uint64(r.Location)<<16|uint64(r.Context)<<24)
	h = hashInt(h, uint64(r.Value))
	return hashString(h, r.Raw)
}

func hashNote(detail, written string) uint64 {
	return hashString(hashString(fnvOffset, detail)^0xff, written)
}
