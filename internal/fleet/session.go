package fleet

import (
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
	port, err := s.ownPort(s.startPort(b.Port))
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
func (s *step) startPort(number int) int {
	if number != 0 || len(s.charger.Ports) > 1 {
		return number
	}
	s.odd("start-on-connector-0")
	if len(s.charger.Ports) == 1 {
		return s.charger.Ports[0].Number
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
	if open == nil {
		s.open(port, session)
		return
	}
	if session.Continues(open) {
		s.odd("start-after-samples")
		session.Continue(open)
		s.open(port, session)
		return
	}
	if b.Time.Plausible(s.ev.Received) && session.StartedAt.Before(open.StartedAt) {
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
	if old.RegisterAt.IsZero() && old.HasMeterStart && b.HasMeterStart && b.MeterStart >= old.MeterStart {
		// Without a sample, the next start tells where the register stood.
		old.Stop(&charging.SessionStopped{MeterStop: b.MeterStart, HasMeter: true}, s.ev.Received)
		old.HasStop, old.MeterStop = false, 0
	}
	old.Lapse(charging.EndSuperseded, s.ev.Received)
	s.remember(&old)
	s.open(port, session)
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
	readings := b.Readings
	if port != nil {
		readings, port.Samples = unseen(port.Samples, b.Readings, s.ev.Received)
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

// stoppedSession finds the session a stop is about: by its id, else the open
// one that fits by tag, time and meter, else a lapsed one that fits.
func (s *step) stoppedSession(b *charging.SessionStopped) *charging.Session {
	usable := b.TransactionKnown && charging.UsableTransactionID(b.TransactionID)
	if usable {
		if session := s.charger.SessionByTransaction(b.TransactionID); session != nil {
			return session
		}
		if s.memory.found != nil {
			return s.memory.found
		}
	}
	session := s.fittingSession(b)
	if session == nil {
		return nil
	}
	if usable && (b.Tag == "" || !b.Time.Plausible(s.ev.Received)) {
		// A foreign id needs more than the absence of a contradiction: it may
		// be the left-over of an earlier server.
		return nil
	}
	s.odd("matched-without-id: session %d", session.ID)
	return session
}

func (s *step) fittingSession(b *charging.SessionStopped) *charging.Session {
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
	if fit != nil {
		return fit
	}
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
	if s.sameParked(b) {
		return nil
	}
	id, err := s.fleet.ids.Next(charging.IDSession)
	if err != nil {
		return err
	}
	s.odd("stop-without-start")
	at := b.Time.Or(s.ev.Received)
	session := &charging.Session{ID: id, ChargerID: s.charger.ID, PortNumber: b.Port, TransactionID: b.TransactionID,
		StartedAt: at, Tag: b.Tag, UpdatedAt: s.ev.Received}
	session.Stop(b, s.ev.Received)
	s.remember(session)
	return s.record(charging.RecordSessionStopped, nil,
		charging.Record{Time: b.Time, Detail: stopDetail(b, 0), Readings: b.Readings})
}

// parked reports whether a session is a stop that waits for its start.
func parked(r *charging.Session) bool { return r.HasStop && r.StartSeen.IsZero() }

func (s *step) sameParked(b *charging.SessionStopped) bool {
	for _, r := range s.charger.Recent {
		if parked(r) && r.TransactionID == b.TransactionID && r.Tag == b.Tag && r.MeterStop == b.MeterStop &&
			r.EndedAt.Equal(b.Time.Or(s.ev.Received)) {
			return true
		}
	}
	return false
}

// parkedStop finds the stop that came before this start.
func (s *step) parkedStop(b *charging.SessionStarted) *charging.Session {
	if !b.Time.Plausible(s.ev.Received) {
		return nil
	}
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		r := s.charger.Recent[i]
		switch {
		case !parked(r), r.PortNumber != 0 && r.PortNumber != b.Port:
		case charging.UsableTransactionID(r.TransactionID) && r.Tag == "":
		case r.Tag != "" && charging.FoldTag(r.Tag) != charging.FoldTag(b.Tag):
		case b.Time.Parsed.After(r.EndedAt), r.MeterStop != 0 && b.MeterStart > r.MeterStop:
		default:
			return r
		}
	}
	return nil
}

// joinStop gives a new session the stop that came before it, and the id under
// which that was kept.
func (s *step) joinStop(session, stop *charging.Session) {
	session.ID = stop.ID
	session.Stop(&charging.SessionStopped{Time: charging.Timestamp{Parsed: stop.EndedAt}, MeterStop: stop.MeterStop,
		HasMeter: true, Reason: stop.EndReason}, s.ev.Received)
}
