package charging

import (
	"slices"
	"strconv"
	"time"
)

// maxSeqRanges bounds how many runs of message numbers a session remembers:
// stations that count over all their sessions leave a gap with each message.
// What falls out is known by content instead.
const maxSeqRanges = 64

// TransactionNumber is a station's own id of a session as a number, when it is
// plain decimal text within 1 to MaxID; else 0 (contract 3.5 A).
func TransactionNumber(transaction string) int64 {
	n, err := strconv.ParseInt(transaction, 10, 64)
	if err != nil || n < 1 || n > MaxID || strconv.FormatInt(n, 10) != transaction {
		return 0
	}
	return n
}

// HasSeen reports whether the message with that number came already.
func (s *Session) HasSeen(seq int64) bool {
	for i := len(s.Seen) - 1; i >= 0; i-- {
		if seq >= s.Seen[i].From {
			return seq <= s.Seen[i].To
		}
	}
	return false
}

// newestSeq is the highest message number that came.
func (s *Session) newestSeq() (seq int64, ok bool) {
	if len(s.Seen) == 0 {
		return 0, false
	}
	return s.Seen[len(s.Seen)-1].To, true
}

// Gap returns the message numbers that are missing between the newest that
// came and seq.
func (s *Session) Gap(seq int64) (from, to int64, missing bool) {
	newest, ok := s.newestSeq()
	return newest + 1, seq - 1, ok && seq-1 > newest
}

// see notes that the message with that number came.
func (s *Session) see(seq int64) {
	next := make([]SeqRange, 0, len(s.Seen)+1)
	own := SeqRange{seq, seq}
	placed := false
	for _, r := range s.Seen {
		switch {
		case r.To+1 < own.From:
			next = append(next, r)
		case own.To+1 < r.From:
			if !placed {
				next, placed = append(next, own), true
			}
			next = append(next, r)
		default:
			own = SeqRange{min(own.From, r.From), max(own.To, r.To)}
		}
	}
	if !placed {
		next = append(next, own)
	}
	if len(next) > maxSeqRanges {
		next = next[1:]
	}
	s.Seen = next
}

// late reports whether the message is older than one that came already.
func (s *Session) late(r *SessionReported) bool {
	newest, ok := s.newestSeq()
	return r.HasSeq && ok && r.Seq < newest
}

// Repeats reports whether a message of the session is one that came already:
// by its number, else by its content. A start or an end that is still missing
// is never one, whatever its number.
func (s *Session) Repeats(r *SessionReported, received time.Time) bool {
	switch {
	case r.Phase == PhaseEnded:
		return s.HasStop
	case r.Phase == PhaseStarted && (!s.Began || !r.HasSeq):
		return s.Began && s.StartWritten == r.Time.Written
	case r.HasSeq:
		return s.HasSeen(r.Seq)
	}
	return len(r.Readings) == 0 && r.State != "" && r.State == s.Phase &&
		r.Time.Plausible(received) && s.PhaseAt.Equal(r.Time.Or(received))
}

// Report adds to the session what a message of it tells. fresh are those of its
// readings that did not come before; dc says that the charger is a DCFC.
// A message that is older than what came adds what it knows and never moves
// the session back (server-rules 14).
func (s *Session) Report(r *SessionReported, fresh []Reading, received time.Time, dc bool) {
	at := r.Time.Or(received)
	late := s.late(r)
	s.reportStart(r, at, received)
	if s.Connector == 0 {
		s.Connector = r.Connector
	}
	if s.RemoteStart == 0 {
		s.RemoteStart = r.RemoteStart
	}
	if s.Reservation == 0 {
		s.Reservation = r.Reservation
	}
	s.reportState(r, at)
	s.reportReadings(r, fresh, received, dc)
	if r.HasSeq {
		s.see(r.Seq)
	}
	if !late {
		s.AvailableAt = time.Time{}
	}
	if r.Phase == PhaseEnded && !s.HasStop {
		s.reportEnd(r, received)
	}
	s.Incomplete = s.HasStop && (!s.Began || len(s.Seen) > 1)
	s.UpdatedAt = received
}

// reportStart sets when the session began: as its start tells, and while that
// is missing, as its earliest message does.
func (s *Session) reportStart(r *SessionReported, at, received time.Time) {
	switch {
	case s.Began:
		return
	case r.Phase == PhaseStarted:
		s.Began = true
		s.StartedAt, s.StartWritten, s.StartSeen = at, r.Time.Written, received
	case s.StartedAt.IsZero() || at.Before(s.StartedAt):
		s.StartedAt = at
	}
	if s.HasStop && s.EndedAt.Before(s.StartedAt) {
		s.EndedAt = s.StartedAt
	}
}

// reportState takes over the charging state, unless a newer message told one.
func (s *Session) reportState(r *SessionReported, at time.Time) {
	switch r.State {
	case StateIdle, StateEVConnected, StateCharging, StateSuspendedEV, StateSuspendedEVSE:
	default:
		return
	}
	older := at.Before(s.PhaseAt)
	if r.HasSeq {
		older = r.Seq < s.PhaseSeq
	}
	if s.Phase != "" && older {
		return
	}
	s.Phase, s.PhaseSeq, s.PhaseAt = r.State, r.Seq, at
}

func (s *Session) reportEnd(r *SessionReported, received time.Time) {
	stop := SessionStopped{Time: r.Time, Reason: r.Reason}
	if stop.Reason == "" {
		stop.Reason = "Local"
	}
	end := lastRegister(r.Readings, received, ContextTransactionEnd)
	stop.MeterStop, stop.HasMeter = end.value, end.ok
	s.Stop(&stop, received)
}

// reportReadings adds readings. The register of the begin may come at any time,
// and what comes late may lie before what is known (server-rules 14).
func (s *Session) reportReadings(r *SessionReported, fresh []Reading, received time.Time, dc bool) {
	if len(r.Readings) == 0 {
		return
	}
	s.LastSample = received
	if !s.HasMeterStart {
		if begin := lastRegister(r.Readings, received, ContextTransactionBegin); begin.ok {
			s.beginLate(begin.value)
		}
	}
	late := s.late(r)
	if late || r.Offline {
		// A message out of a queue may be the newest of the session, and yet older
		// than a register that came by the port alone.
		groups(fresh, received, func(group []Reading, at time.Time) {
			register := pick(group, EnergyActiveImportRegister, notBegin, sumPhases)
			if register.ok && (at.Before(s.RegisterAt) || late && !group[0].Time.Plausible(received)) {
				s.beginLower(register.value)
			}
		})
	}
	if late {
		fresh = dated(fresh, received)
		if r.Phase == PhaseStarted && hasSoC(fresh, received, dc) {
			s.HasSoCStart = false // the start tells it, also when it comes after others
		}
	}
	s.Take(fresh, received, dc, false)
}

// hasSoC reports whether the readings tell a state of charge.
func hasSoC(readings []Reading, received time.Time, dc bool) (has bool) {
	groups(readings, received, func(group []Reading, _ time.Time) {
		has = has || usableSoC(pick(group, SoC, always, firstPhase), dc).ok
	})
	return has
}

// beginLate sets the register at which the session began, also when samples of
// it came before. When the register was reset since, what they tell stays.
func (s *Session) beginLate(meter Milli) {
	if !s.HasSegment {
		s.Begin(meter)
		return
	}
	s.MeterStart, s.HasMeterStart = meter, true
	fall := meter - s.Register
	if s.Base != 0 || fall > resetFall && fall > meter/100 {
		return
	}
	s.Segment, s.Register = meter, max(s.Register, meter)
	s.sumEnergy()
}

// beginLower takes a sample of before the first one that came as the begin,
// for want of the begin itself.
func (s *Session) beginLower(meter Milli) {
	if s.HasMeterStart || !s.HasSegment || s.Base != 0 || meter < 0 || meter >= s.Segment {
		return
	}
	s.Segment = meter
	s.sumEnergy()
}

// lastRegister is the newest import register with that context.
func lastRegister(readings []Reading, received time.Time, context ReadingContext) quantity {
	var last quantity
	if !slices.ContainsFunc(readings, func(r Reading) bool { return r.Context == context }) {
		return last
	}
	groups(readings, received, func(group []Reading, _ time.Time) {
		q := pick(group, EnergyActiveImportRegister, func(c ReadingContext) bool { return c == context }, sumPhases)
		if q.ok && q.value >= 0 {
			last = q
		}
	})
	return last
}

// dated returns the readings whose time can be believed.
func dated(readings []Reading, received time.Time) []Reading {
	kept := make([]Reading, 0, len(readings))
	for i := range readings {
		if readings[i].Time.Plausible(received) {
			kept = append(kept, readings[i])
		}
	}
	return kept
}

// Identify takes over who charges: the first tag by the order of the messages
// is the session's, whatever tag stops it. An empty one, free vending, gives
// way to any.
func (s *Session) Identify(r *SessionReported, d TagDecision) {
	switch {
	case !r.HasTag:
		return
	case s.TagStatus == "":
	case r.Tag == "":
		return
	case s.Tag != "" && r.Phase != PhaseStarted && (!r.HasSeq || r.Seq >= s.TagSeq):
		return
	}
	s.Tag, s.TagStatus, s.TagSeq = r.Tag, d.Status, r.Seq
	s.AccessID, s.VehicleID, s.CustomerID = d.AccessID, d.VehicleID, d.CustomerID
}

// SessionByStation finds a session of 2.x by the station's own id of it: open
// ones first, then those that closed lately, newest first; nil for none.
func (c *Charger) SessionByStation(transaction string) *Session {
	if transaction == "" {
		return nil
	}
	for _, p := range c.Ports {
		if p.Session != nil && p.Session.Transaction == transaction {
			return p.Session
		}
	}
	for _, s := range c.Floating {
		if s.Transaction == transaction {
			return s
		}
	}
	for i := len(c.Recent) - 1; i >= 0; i-- {
		if c.Recent[i].Transaction == transaction {
			return c.Recent[i]
		}
	}
	return nil
}
