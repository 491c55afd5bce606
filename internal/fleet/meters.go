package fleet

import (
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// metersReported adds samples to the session they are about, and keeps them
// with their port when there is none.
func (s *step) metersReported(b charging.MetersReported) (charging.Outcome, error) {
	named := s.namedSession(&b)
	number := s.meteredPort(&b, named)
	port, err := s.ownPort(number)
	if err != nil {
		return charging.Outcome{}, err
	}
	if port == nil {
		if number != 0 {
			s.odd("port-out-of-range: %d", number)
		}
		return charging.Outcome{}, s.record(charging.RecordMeters, nil, charging.Record{Readings: b.Readings})
	}
	fresh, known := unseen(port.Samples, b.Readings)
	if len(b.Readings) > 0 && len(fresh) == 0 {
		return repeat, nil
	}
	port.Samples = known
	b.Readings = fresh
	switch {
	case named != nil:
		s.meterNamed(port, named, &b)
	case port.Session != nil:
		s.meterOpen(port, &b, true)
	default:
		if err := s.meterWithoutSession(port, &b); err != nil {
			return charging.Outcome{}, err
		}
	}
	return charging.Outcome{}, s.record(charging.RecordMeters, port, charging.Record{Time: firstTime(fresh), Readings: fresh})
}

func firstTime(readings []charging.Reading) charging.Timestamp {
	if len(readings) == 0 {
		return charging.Timestamp{}
	}
	return readings[0].Time
}

// namedSession finds the session that the message names by id, nil for none.
func (s *step) namedSession(b *charging.MetersReported) *charging.Session {
	if !usable(b.TransactionID, b.TransactionKnown) {
		return nil
	}
	if session := s.charger.SessionByTransaction(b.TransactionID); session != nil {
		return session
	}
	return s.memory.found
}

// meteredPort is the port that samples are of: that of the session they name,
// else the one they give. The main meter of a charger with a single port
// speaks for that port.
func (s *step) meteredPort(b *charging.MetersReported, named *charging.Session) int {
	switch {
	case named != nil && named.PortNumber != 0:
		if b.Port != named.PortNumber {
			s.odd("other-port: %d", b.Port)
		}
		return named.PortNumber
	case b.Port == 0 && len(s.charger.Ports) == 1 && !s.reportsSessions():
		s.odd("main-meter")
		return s.charger.Ports[0].Number
	}
	return b.Port
}

// reportsSessions says that the charger speaks 2.x: the samples of a session
// then come with the session, and the main meter is one of its own.
func (s *step) reportsSessions() bool {
	conn := s.charger.Connection
	return conn != nil && strings.HasPrefix(conn.Protocol, "ocpp2")
}

// meterNamed adds samples to the session they name. One that we had closed
// because no stop came runs again, unless another ran after it and the samples
// are old; one that its charger stopped stays closed.
func (s *step) meterNamed(port *charging.Port, named *charging.Session, b *charging.MetersReported) {
	switch {
	case port.Session != nil && port.Session.ID == named.ID:
		s.meterOpen(port, b, false)
	case named.HasStop:
		s.odd("sample-after-stop: session %d", named.ID)
	case (port.Session == nil || port.Session.Observed()) && !(named.EndReason == charging.EndSuperseded && s.past(b.Readings)):
		s.odd("reopened: session %d", named.ID)
		if port.Session != nil {
			s.endObserved(port, *port.Session)
		}
		again := *named
		again.Reopen(s.ev.Received)
		s.forget(again.ID)
		s.open(port, &again)
		s.meterOpen(port, b, false)
	default:
		late := *named
		late.Take(b.Readings, s.ev.Received, s.dc(), false)
		late.Lapse(late.EndReason, s.ev.Received)
		s.remember(&late)
	}
}

// meterOpen adds samples to the session that runs on the port.
func (s *step) meterOpen(port *charging.Port, b *charging.MetersReported, sinceStart bool) {
	if sinceStart && s.beforeSession(port.Session, b.Readings) {
		s.odd("before-session: %d", port.Session.ID)
		return
	}
	session := *port.Session
	power := session.Take(b.Readings, s.ev.Received, s.dc(), sinceStart)
	session.LastSample, session.UpdatedAt = s.ev.Received, s.ev.Received
	session.AvailableAt = time.Time{}
	switch {
	case usable(b.TransactionID, b.TransactionKnown):
		if session.TransactionID != b.TransactionID {
			// The charger calls it by an id of its own (quirks: negative ids,
			// ids of an earlier server); that is the one it obeys.
			s.odd("own-transaction-id: %d", b.TransactionID)
			s.rename(&session, b.TransactionID)
			session.Hint = 0 // a transaction, if it was only observed before
			s.sessions = append(s.sessions, &session)
		}
	case session.Observed() && power:
		if session.Hint++; session.Hint == 2 {
			s.sessions = append(s.sessions, &session)
		}
	case !session.Observed():
		s.odd("attached-by-port")
	}
	port.Session = &session
}

// beforeSession reports whether all readings are of the time before the
// session, such as the left-over of one that ran offline.
func (s *step) beforeSession(session *charging.Session, readings []charging.Reading) bool {
	began := session.StartedAt.Truncate(time.Second)
	for i := range readings {
		if !readings[i].Time.Or(s.ev.Received).Before(began) {
			return false
		}
	}
	return true
}

func (s *step) dc() bool { return s.charger.EffectiveType() == charging.DCFC }

// liveWithin is how old samples may be to speak of the present.
const liveWithin = 15 * time.Minute

// past reports whether samples are too old to speak of the present.
func (s *step) past(readings []charging.Reading) bool {
	return len(readings) > 0 && s.ev.Received.Sub(readings[len(readings)-1].Time.Or(s.ev.Received)) > liveWithin
}

// meterWithoutSession opens a session for samples that have none: one under
// the charger's id when it names an id that we do not know while it charges,
// one that is merely observed when there is power.
func (s *step) meterWithoutSession(port *charging.Port, b *charging.MetersReported) error {
	if len(b.Readings) == 0 || port.Status == nil {
		return nil
	}
	if s.past(b.Readings) {
		return nil
	}
	started := b.Readings[0].Time.Or(s.ev.Received)
	session := charging.Session{ChargerID: s.charger.ID, PortNumber: port.Number, StartedAt: started,
		LastSample: s.ev.Received, UpdatedAt: s.ev.Received}
	power := session.Take(b.Readings, s.ev.Received, s.dc(), false)
	named := usable(b.TransactionID, b.TransactionKnown)
	switch port.Status.Status {
	case charging.Charging:
	case charging.SuspendedEV, charging.SuspendedEVSE:
		if !named {
			return nil
		}
	default:
		return nil
	}
	if !named && !power {
		return nil
	}
	id, err := s.fleet.ids.Next(charging.IDSession)
	if err != nil {
		return err
	}
	session.ID = id
	if named {
		s.odd("adopted-transaction: %d", b.TransactionID)
		s.rename(&session, b.TransactionID)
		s.sessions = append(s.sessions, &session)
	} else {
		s.odd("charging-without-transaction")
		session.Hint = 1
	}
	port.Session = &session
	return nil
}

// endObserved ends charging that was seen without a transaction. What lasted a
// single sample was never shown and is not kept.
func (s *step) endObserved(port *charging.Port, session charging.Session) {
	port.Session = nil
	if !session.Shown() {
		return
	}
	session.Lapse(charging.EndNoMorePower, s.ev.Received)
	session.State = charging.SessionClosed
	s.remember(&session)
}
