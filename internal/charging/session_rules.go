package charging

import "time"

// socStartWithin is how soon after its start a session's first SoC counts as
// the one it began with (contract 3.4 no. 31).
const socStartWithin = 15 * time.Minute

// Take adds readings to the session. dc says that the charger is a DCFC. With
// sinceStart, readings of the time before the session are left out: so it must
// be when they were matched by port and not by the session's own id.
// It reports whether there was power above 0.
func (s *Session) Take(readings []Reading, received time.Time, dc, sinceStart bool) (power bool) {
	began := s.StartedAt.Truncate(time.Second)
	groups(readings, received, func(group []Reading, at time.Time) {
		if sinceStart && at.Before(began) {
			return
		}
		m := sampleOf(group, at, dc)
		if m.register.ok {
			s.takeRegister(m.register.value, at)
		}
		if m.interval.ok {
			s.Intervals += max(m.interval.value, 0)
			s.sumEnergy()
		}
		s.Latest.Power.take(m.power, at)
		s.Latest.Current.take(m.current, at)
		s.Latest.Voltage.take(m.voltage, at)
		s.Latest.SoC.take(m.soc, at)
		s.takeSoCStart(m.socAtOnce, at)
		if m.power.ok && m.power.value > 0 {
			power = true
			s.takeCharging(at)
		}
	})
	return power
}

// takeCharging notes that power flowed at that time.
func (s *Session) takeCharging(at time.Time) {
	if s.PowerFrom.IsZero() || at.Before(s.PowerFrom) {
		s.PowerFrom = at
	}
	s.PowerTo = latest(s.PowerTo, at)
}

// take keeps the newest value; an older sample never replaces a newer one.
func (l *Latest) take(q quantity, at time.Time) {
	if q.ok && !at.Before(l.At) {
		l.Value, l.At = q.value, at
	}
}

func (s *Session) takeSoCStart(q quantity, at time.Time) {
	if q.ok && !s.HasSoCStart && !at.After(s.StartedAt.Add(socStartWithin)) {
		s.SoCStart, s.HasSoCStart = q.value, true
	}
}

// A fall of the register by more than a hundredth and 100 Wh is a reset or a
// change of meter; a smaller one is noise (contract 3.4 no. 32).
const resetFall Milli = 100_000

// takeRegister adds the rise of the import register since the last sample.
func (s *Session) takeRegister(value Milli, at time.Time) {
	if value < 0 || at.Before(s.RegisterAt) {
		return
	}
	if !s.HasSegment {
		s.Segment, s.Register, s.HasSegment = value, value, true
	}
	s.RegisterAt = at
	fall := s.Register - value
	switch {
	case fall <= 0:
		s.Register = value
	case fall > resetFall && fall > s.Register/100:
		s.Base += s.Register - s.Segment
		s.Segment, s.Register = value, value
	}
	s.sumEnergy()
}

// sumEnergy adds up what the samples tell. It never falls while samples come,
// because each of its parts only rises.
func (s *Session) sumEnergy() {
	s.Energy = max(s.Base+s.Register-s.Segment, s.Intervals)
}

// Estimate says, for want of a sample, that the register had come to meter. A
// sample or a stop that comes later corrects it.
func (s *Session) Estimate(meter Milli) {
	if s.HasMeterStart && s.RegisterAt.IsZero() {
		s.Energy = max(s.Energy, meter-s.MeterStart)
	}
}

// Begin sets the register at which the session began.
func (s *Session) Begin(meter Milli) {
	s.MeterStart, s.HasMeterStart = meter, true
	s.Segment, s.Register, s.HasSegment = meter, meter, true
}

// Stop closes the session as its charger told.
func (s *Session) Stop(stop *SessionStopped, received time.Time) {
	at := stop.Time.Or(received)
	if at.Before(s.StartedAt) {
		at = s.StartedAt
	}
	s.State, s.HasStop = SessionClosed, true
	s.EndedAt, s.EndReason, s.UpdatedAt = at, stop.Reason, received
	if stop.HasMeter {
		s.MeterStop = stop.MeterStop
		s.takeStop(stop.MeterStop, at)
	}
	s.AvailableAt = time.Time{}
}

// takeStop adds the register of the stop, which is the last word whatever its
// clock says. Samples of later times came by the port alone, before this stop:
// they are of what charged there next, and do not count.
func (s *Session) takeStop(value Milli, at time.Time) {
	if s.RegisterAt.After(at) && value > 0 && value >= s.Segment {
		s.Register = value
	}
	s.takeRegister(value, latest(at, s.RegisterAt))
}

// Lapse closes the session provisionally, as of its last sign of life: a stop
// that comes later corrects it.
func (s *Session) Lapse(reason string, received time.Time) {
	s.State, s.EndReason, s.UpdatedAt = SessionLapsed, reason, received
	s.EndedAt = latest(s.StartedAt, s.Latest.Power.At, s.Latest.Current.At, s.Latest.SoC.At, s.Latest.Voltage.At, s.RegisterAt)
}

// Reopen lets a session run again that was closed provisionally.
func (s *Session) Reopen(received time.Time) {
	s.State, s.EndReason, s.EndedAt = SessionOpen, "", time.Time{}
	s.AvailableAt, s.UpdatedAt = time.Time{}, received
	s.sumEnergy()
}

// Overdue reports why the session counts as ended although no stop came: a
// live Available was not followed by samples for lostStop, or nothing was
// heard of it for silence. It returns "" while it does not.
func (s *Session) Overdue(now time.Time, lostStop, silence time.Duration) string {
	switch {
	case !s.AvailableAt.IsZero() && now.Sub(s.AvailableAt) >= lostStop:
		return "the port was Available and no sample followed"
	case now.Sub(s.LastSign()) >= silence:
		return "nothing was heard of the session"
	}
	return ""
}

// LastSign is when something was last heard of the session.
func (s *Session) LastSign() time.Time {
	return latest(s.LastSample, s.StartSeen, s.UpdatedAt, s.AvailableAt)
}

// Fits reports whether a stop that does not name the session by an id of ours
// can be its stop: by tag, time and meter (server-rules 6).
func (s *Session) Fits(stop *SessionStopped, received time.Time) bool {
	switch {
	case s.HasStop || s.Observed():
		return false
	case stop.Port != 0 && s.PortNumber != stop.Port:
		return false
	case stop.Tag != "" && s.Tag != "" && FoldTag(stop.Tag) != FoldTag(s.Tag):
		return false
	case stop.Time.Plausible(received) && stop.Time.Parsed.Before(s.StartedAt.Truncate(time.Second)):
		return false
	case stop.HasMeter && stop.MeterStop != 0 && s.HasMeterStart && stop.MeterStop < s.MeterStart:
		return false
	}
	return true
}

// UsableTransactionID reports whether a transaction id names a session at all: some
// chargers send these when they have none (server-rules 6).
func UsableTransactionID(id int64) bool {
	const maxInt32, maxInt64 = 1<<31 - 1, 1<<63 - 1
	return id != 0 && id != -1 && id != maxInt32 && id != maxInt64
}

// SameStart reports whether a start is a repeat of the one that began the
// session: by content, never by message id. A date makes it certain, even one
// that is ahead; without a date, equal content counts as a repeat only within
// the time in which chargers repeat. A start on connector 0 may have been
// given any port.
func (s *Session) SameStart(start *SessionStarted, received time.Time) bool {
	switch {
	case s.StartSeen.IsZero() || start.Port != 0 && s.PortNumber != start.Port:
		return false
	case s.Tag != start.Tag || s.HasMeterStart != start.HasMeterStart || s.MeterStart != start.MeterStart:
		return false
	case !start.Time.Parsed.Before(earliestPlausible):
		return s.StartWritten == start.Time.Written
	}
	return !s.HasStop && s.StartedAt.Equal(s.StartSeen.Truncate(time.Microsecond)) && received.Sub(s.StartSeen) <= retryWindow
}

// SameStop reports whether a stop that names no session is a repeat of the one
// that closed this one: by content, like SameStart.
func (s *Session) SameStop(stop *SessionStopped, received time.Time) bool {
	switch {
	case !s.HasStop || s.EndReason != stop.Reason || s.MeterStop != stop.MeterStop:
		return false
	case stop.Port != 0 && s.PortNumber != 0 && s.PortNumber != stop.Port:
		return false
	case stop.Tag != "" && s.Tag != "" && FoldTag(stop.Tag) != FoldTag(s.Tag):
		return false
	case stop.Time.Plausible(received):
		return s.EndedAt.Equal(latest(stop.Time.Or(received), s.StartedAt))
	}
	return received.Sub(s.UpdatedAt) <= retryWindow
}

// retryWindow is how long a charger may repeat a message whose time says
// nothing.
const retryWindow = 15 * time.Minute

// SessionByTransaction finds a session by the id the charger uses for it or
// the one we gave: open ones first, then those that closed lately, newest
// first; nil for none.
func (c *Charger) SessionByTransaction(id int64) *Session {
	for _, p := range c.Ports {
		if p.Session != nil && p.Session.called(id) {
			return p.Session
		}
	}
	for i := len(c.Recent) - 1; i >= 0; i-- {
		if c.Recent[i].called(id) {
			return c.Recent[i]
		}
	}
	return nil
}

func (s *Session) called(id int64) bool {
	return id != 0 && (s.TransactionID == id || s.AssignedID == id)
}

func latest(times ...time.Time) time.Time {
	var newest time.Time
	for _, t := range times {
		if t.After(newest) {
			newest = t
		}
	}
	return newest
}

// joinsWithin is how much later than charging was seen its start may say that
// it began.
const joinsWithin = 2 * time.Minute

// Continues reports whether a start that only now arrived is that of older: a
// session that we opened ourselves because its charger was charging.
func (s *Session) Continues(older *Session) bool {
	return older.StartSeen.IsZero() && !s.StartedAt.After(older.StartedAt.Add(joinsWithin))
}

// Continue takes over what is known of older: its id, the charger's own id for
// it, and its readings.
func (s *Session) Continue(older *Session) {
	s.ID, s.Latest, s.LastSample = older.ID, older.Latest, older.LastSample
	s.SoCStart, s.HasSoCStart = older.SoCStart, older.HasSoCStart
	s.PowerFrom, s.PowerTo = older.PowerFrom, older.PowerTo
	s.Intervals = older.Intervals
	if older.TransactionID != 0 {
		s.TransactionID = older.TransactionID
	}
	switch {
	case !s.HasSegment:
		s.Segment, s.HasSegment, s.Base = older.Segment, older.HasSegment, older.Base
		s.Register, s.RegisterAt = older.Register, older.RegisterAt
	case older.Register > s.Register:
		// A lower one is of the time before the start, and no reset.
		s.takeRegister(older.Register, older.RegisterAt)
	}
	s.sumEnergy()
}
