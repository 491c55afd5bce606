package fleet

import (
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// sessionStarted opens a session, or knows that it was opened already. Its
// answer always carries a transaction id, also when the tag is refused.
func (s *step) sessionStarted(b charging.SessionStarted) (charging.Outcome, error) {
	tag := s.decideTag(b.Tag)
	if known := s.sameStart(&b); known != nil {
		// The same answer as before; what the tag may do today does not matter.
		tag.Status = known.TagStatus
		return charging.Outcome{TransactionID: known.AssignedID, Tag: tag, HasTag: true, Repeat: true}, nil
	}
	if number := startPort(s.charger, b.Port); number != b.Port {
		s.odd("start-on-connector-0")
		b.Port = number
	}
	port, err := s.ownPort(b.Port)
	if err != nil {
		return charging.Outcome{}, err
	}
	session, err := s.newSession(&b, tag)
	if err != nil {
		return charging.Outcome{}, err
	}
	switch stop := s.parkedStop(&b); {
	case stop != nil:
		// The stop came before its start: together they are one session.
		s.odd("stop-came-first")
		s.joinStop(session, stop)
		s.remember(session)
	case port == nil:
		s.odd("port-out-of-range: %d", b.Port)
		session.Lapse(charging.EndStopMissing, s.ev.Received)
		s.remember(session)
	default:
		s.place(port, session, &b)
	}
	detail := fields{}.number("transactionId", session.AssignedID).text("idTag", b.Tag).
		text("status", string(tag.Status)).number("meterStartWh", b.MeterStart.Thousand()).json()
	err = s.record(charging.RecordSessionStarted, port, charging.Record{Time: b.Time, Detail: detail})
	return charging.Outcome{TransactionID: session.AssignedID, Tag: tag, HasTag: true}, err
}

// startPort is the port a start is about: one for connector 0 can only mean
// the single port of its charger.
func startPort(c *charging.Charger, number int) int {
	switch {
	case number != 0 || len(c.Ports) > 1:
		return number
	case len(c.Ports) == 1:
		return c.Ports[0].Number
	}
	return 1
}

// sameStart finds the session that this start began, nil when it is new.
func (s *step) sameStart(b *charging.SessionStarted) *charging.Session {
	for _, p := range s.charger.Ports {
		if p.Session != nil && p.Session.SameStart(b, s.ev.Received) {
			return p.Session
		}
	}
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		if s.charger.Recent[i].SameStart(b, s.ev.Received) {
			return s.charger.Recent[i]
		}
	}
	if found := s.memory.found; found != nil && found.SameStart(b, s.ev.Received) {
		return found
	}
	return nil
}

func (s *step) newSession(b *charging.SessionStarted, tag charging.TagDecision) (*charging.Session, error) {
	id, err := s.fleet.ids.Next(charging.IDSession)
	if err != nil {
		return nil, err
	}
	transaction, err := s.fleet.ids.Next(charging.IDTransaction)
	if err != nil {
		return nil, err
	}
	session := &charging.Session{
		ID: id, ChargerID: s.charger.ID, PortNumber: b.Port,
		TransactionID: transaction, AssignedID: transaction,
		StartedAt: b.Time.Or(s.ev.Received), StartWritten: b.Time.Written, StartSeen: s.ev.Received,
		Tag: b.Tag, TagStatus: tag.Status, AccessID: tag.AccessID, VehicleID: tag.VehicleID, CustomerID: tag.CustomerID,
		Reservation: b.Reservation, UpdatedAt: s.ev.Received,
	}
	if b.HasMeterStart {
		session.Begin(b.MeterStart)
	}
	return session, nil
}

// place puts a new session on its port. The last start to arrive is current,
// unless its time is older than that of the open one: then it comes out of an
// offline queue, and its stop follows (contract 3.5 G).
func (s *step) place(port *charging.Port, session *charging.Session, b *charging.SessionStarted) {
	open := port.Session
	if open == nil && !s.ranAfter(session, b.Time, false) {
		s.open(port, session)
		return
	}
	if open != nil && open.Transaction == "" && session.Continues(open) {
		s.odd("start-after-samples")
		session.Continue(open)
		s.open(port, session)
		return
	}
	if open == nil || b.Time.Plausible(s.ev.Received) && session.StartedAt.Before(open.StartedAt) {
		s.odd("start-from-queue")
		session.Lapse(charging.EndSuperseded, s.ev.Received)
		s.remember(session)
		return
	}
	old := *open
	if old.Observed() {
		s.endObserved(port, old)
		s.open(port, session)
		return
	}
	s.odd("stop-missing: session %d", old.ID)
	if b.HasMeterStart {
		// Without a sample, the next start tells where the register stood.
		old.Estimate(b.MeterStart)
	}
	old.Lapse(charging.EndSuperseded, s.ev.Received)
	s.remember(&old)
	s.open(port, session)
}

// ranAfter reports whether another session, which closed meanwhile, began on
// the port after a message of this one. Without a sign that the message comes
// out of a queue its time proves nothing, and one that is not plausible never
// does: clocks are set back, ours too.
func (s *step) ranAfter(session *charging.Session, t charging.Timestamp, queued bool) bool {
	if !t.Plausible(s.ev.Received) {
		return false
	}
	return slices.ContainsFunc(s.charger.Recent, func(r *charging.Session) bool {
		return r.PortNumber == session.PortNumber && r.ID != session.ID && r.StartedAt.After(t.Parsed) &&
			(queued || s.outdated(t, r.StartedAt))
	})
}

// open makes a session the one that runs on the port.
func (s *step) open(port *charging.Port, session *charging.Session) {
	session.PortNumber = port.Number
	port.Session = session
	s.sessions = append(s.sessions, session)
}

// sessionStopped closes the session that the stop is about. A second stop
// changes nothing; a stop without a session is kept until its start comes.
func (s *step) sessionStopped(b charging.SessionStopped) (charging.Outcome, error) {
	out := charging.Outcome{}
	if b.Tag != "" {
		out.Tag, out.HasTag = s.decideTag(b.Tag), true
	}
	session := s.stoppedSession(&b)
	if session != nil && session.HasStop {
		out.Repeat = true
		return out, nil
	}
	if session == nil {
		return out, s.parkStop(&b)
	}
	port, err := s.ownPort(session.PortNumber)
	if err != nil {
		return out, err
	}
	closed := *session
	if usable(b.TransactionID, b.TransactionKnown) && b.TransactionID != closed.AssignedID {
		// So that the stop is known when it is sent again.
		s.rename(&closed, b.TransactionID)
	}
	if closed.StartSeen.IsZero() && closed.Tag == "" {
		closed.Tag = b.Tag // by which its start can join it, like a stop that came first
	}
	readings := b.Readings
	if port != nil {
		readings, port.Samples = unseen(port.Samples, b.Readings)
	}
	closed.Take(readings, s.ev.Received, s.charger.EffectiveType() == charging.DCFC, false)
	closed.Stop(&b, s.ev.Received)
	if port != nil && port.Session != nil && port.Session.ID == closed.ID {
		port.Session = nil
	}
	s.remember(&closed)
	r := charging.Record{Time: b.Time, Detail: stopDetail(&b, closed.AssignedID), Readings: readings}
	return out, s.record(charging.RecordSessionStopped, port, r)
}

func stopDetail(b *charging.SessionStopped, assigned int64) string {
	f := fields{}.number("transactionId", b.TransactionID).text("idTag", b.Tag).text("reason", b.Reason)
	if assigned != 0 {
		f = f.number("assignedId", assigned)
	}
	if b.HasMeter {
		f = f.number("meterStopWh", b.MeterStop.Thousand())
	}
	return f.json()
}

// usable reports whether a message names a session by an id.
func usable(id int64, known bool) bool { return known && charging.UsableTransactionID(id) }

// rename notes that the charger calls a session by an id of its own. Ours must
// never be the same.
func (s *step) rename(session *charging.Session, id int64) {
	session.TransactionID = id
	s.fleet.ids.avoid(id)
}

// stoppedSession finds the session a stop is about: by its id, else by its
// content. A stop that closed a session already is a repeat when its time
// tells so, or when nothing open fits it.
func (s *step) stoppedSession(b *charging.SessionStopped) *charging.Session {
	dated := b.Time.Plausible(s.ev.Received)
	if usable(b.TransactionID, b.TransactionKnown) {
		if session := s.charger.SessionByTransaction(b.TransactionID); session != nil {
			return session
		}
		if s.memory.found != nil {
			return s.memory.found
		}
		if b.Tag == "" || !dated {
			// A foreign id needs more than the absence of a contradiction: it
			// may be the left-over of an earlier server.
			return nil
		}
	} else if known := s.sameStop(b); known != nil && (dated || s.openFitting(b) == nil) {
		return known
	}
	session := s.openFitting(b)
	if session == nil {
		session = s.lapsedFitting(b)
	}
	if session != nil {
		s.odd("matched-without-id: session %d", session.ID)
	}
	return session
}

// sameStop finds the session that this stop closed already, nil when it is new.
func (s *step) sameStop(b *charging.SessionStopped) *charging.Session {
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		if s.charger.Recent[i].SameStop(b, s.ev.Received) {
			return s.charger.Recent[i]
		}
	}
	return nil
}

// openFitting finds the open session that fits a stop by tag, time and meter.
func (s *step) openFitting(b *charging.SessionStopped) *charging.Session {
	var fit *charging.Session
	for _, p := range s.charger.Ports {
		if p.Session == nil || !p.Session.Fits(b, s.ev.Received) {
			continue
		}
		if fit != nil && b.Tag == "" {
			return nil // either could be meant
		}
		if fit == nil || p.Session.StartedAt.After(fit.StartedAt) {
			fit = p.Session
		}
	}
	return fit
}

// lapsedFitting is openFitting for sessions that we closed ourselves.
func (s *step) lapsedFitting(b *charging.SessionStopped) *charging.Session {
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		if r := s.charger.Recent[i]; r.State == charging.SessionLapsed && r.Fits(b, s.ev.Received) {
			return r
		}
	}
	return nil
}

// parkStop keeps a stop whose start is unknown as a session of its own, so
// that nothing is lost and a start that comes later can join it.
func (s *step) parkStop(b *charging.SessionStopped) error {
	id, err := s.fleet.ids.Next(charging.IDSession)
	if err != nil {
		return err
	}
	s.odd("stop-without-start")
	at := b.Time.Or(s.ev.Received)
	session := &charging.Session{ID: id, ChargerID: s.charger.ID, PortNumber: b.Port, StartedAt: at, Tag: b.Tag,
		UpdatedAt: s.ev.Received}
	if usable(b.TransactionID, b.TransactionKnown) {
		s.rename(session, b.TransactionID)
	}
	session.Stop(b, s.ev.Received)
	s.remember(session)
	return s.record(charging.RecordSessionStopped, nil,
		charging.Record{Time: b.Time, Detail: stopDetail(b, 0), Readings: b.Readings})
}

// parked reports whether a session is a stop that waits for its start.
func parked(r *charging.Session) bool { return r.HasStop && r.StartSeen.IsZero() }

// parkedStop finds the stop that came before this start. One without tag and date
// says nothing about when its start was: it must not hide a session that runs.
func (s *step) parkedStop(b *charging.SessionStarted) *charging.Session {
	if !b.Time.Plausible(s.ev.Received) {
		return nil
	}
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		r := s.charger.Recent[i]
		switch {
		case !parked(r), r.PortNumber != 0 && r.PortNumber != b.Port:
		case r.TransactionID != 0 && r.Tag == "":
		case r.Tag != "" && charging.FoldTag(r.Tag) != charging.FoldTag(b.Tag):
		case r.Tag == "" && r.EndedAt.Equal(r.UpdatedAt.Truncate(time.Microsecond)): // undated
		case !b.Time.Parsed.Before(r.EndedAt), r.MeterStop != 0 && b.MeterStart > r.MeterStop:
		default:
			return r
		}
	}
	return nil
}

// joinStop gives a new session the stop that came before it, and the ids under
// which that was kept.
func (s *step) joinStop(session, stop *charging.Session) {
	session.ID = stop.ID
	if stop.TransactionID != 0 {
		session.TransactionID = stop.TransactionID
	}
	session.Stop(&charging.SessionStopped{Time: charging.Timestamp{Parsed: stop.EndedAt}, MeterStop: stop.MeterStop,
		HasMeter: stop.HasSegment, Reason: stop.EndReason}, s.ev.Received)
}
