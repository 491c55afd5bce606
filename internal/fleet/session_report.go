package fleet

import (
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// sessionReported adds a message of a 2.x session, whose messages may come in
// any order, to what is known of it (server-rules 14).
func (s *step) sessionReported(b charging.SessionReported) (charging.Outcome, error) {
	known := s.reportedSession(&b)
	out := charging.Outcome{HasTag: b.HasTag}
	if b.HasTag {
		out.Tag = s.decideTag(tagOf(b.Tag, b.TagType))
	}
	if known != nil && known.Repeats(&b, s.ev.Received) {
		if b.Tag == known.Tag && known.TagStatus != "" {
			// The same answer as before; what the tag may do today does not matter.
			out.Tag.Status = known.TagStatus
		}
		out.Repeat, out.Session, out.Energy = true, known.ID, known.Energy
		return out, nil
	}
	number := s.reportedPort(&b, known)
	port, err := s.ownPort(number)
	if err != nil {
		return charging.Outcome{}, err
	}
	if port == nil && number != 0 {
		s.odd("port-out-of-range: %d", number)
	}
	session, err := s.ownSession(&b, known)
	if err != nil {
		return charging.Outcome{}, err
	}
	fresh := b.Readings
	if port != nil {
		fresh, port.Samples = unseen(port.Samples, b.Readings)
	}
	if from, to, missing := session.Gap(b.Seq); b.HasSeq && missing {
		s.odd("gap: %d-%d", from, to)
	}
	session.Report(&b, fresh, s.ev.Received, s.dc())
	session.Identify(&b, out.Tag)
	s.placeReported(port, session, known, &b)
	out.Session, out.Energy = session.ID, session.Energy
	r := charging.Record{Time: b.Time, Detail: reportDetail(&b, &out), Readings: fresh}
	return out, s.recordReported(port, r)
}

// tagOf is the tag to decide about: a token of type NoAuthorization stands for
// none, whatever its text.
func tagOf(tag, kind string) string {
	if strings.EqualFold(kind, "NoAuthorization") {
		return ""
	}
	return tag
}

func reportDetail(b *charging.SessionReported, out *charging.Outcome) string {
	phase := "Updated"
	switch b.Phase {
	case charging.PhaseStarted:
		phase = "Started"
	case charging.PhaseEnded:
		phase = "Ended"
	}
	f := fields{}.number("session", out.Session).text("transaction", b.Transaction).text("event", phase)
	if b.HasSeq {
		f = f.number("seq", b.Seq)
	}
	f = f.text("trigger", b.Trigger).text("state", string(b.State))
	if b.Offline {
		f = f.raw("offline", "true")
	}
	if b.HasTag {
		f = f.text("idTag", b.Tag).text("tagType", b.TagType).text("status", string(out.Tag.Status))
	}
	return f.count("connector", int64(b.Connector)).count("remoteStart", b.RemoteStart).
		count("reservation", b.Reservation).text("reason", b.Reason).json()
}

// recordReported keeps the message with the port of its session. The charger's
// own state goes along when it holds sessions without a port and they changed.
func (s *step) recordReported(port *charging.Port, r charging.Record) error {
	if port != nil && s.floated {
		if err := s.record(charging.RecordSessionReported, nil, charging.Record{Time: r.Time, Detail: r.Detail}); err != nil {
			return err
		}
	}
	return s.record(charging.RecordSessionReported, port, r)
}

// reportedSession finds the session that a message is of: by the station's id,
// else, when it sent none, by its port; nil for a new one.
func (s *step) reportedSession(b *charging.SessionReported) *charging.Session {
	if b.Transaction == "" {
		return s.namelessSession(b)
	}
	if session := s.charger.SessionByStation(b.Transaction); session != nil {
		return session
	}
	return s.memory.found
}

// namelessSession finds the session of a message without an id: the one that
// runs on the port, or one that the message began or ended already.
func (s *step) namelessSession(b *charging.SessionReported) *charging.Session {
	open := s.openSession(b.Port)
	if open != nil && (b.Phase != charging.PhaseStarted || !open.Began || open.Repeats(b, s.ev.Received)) {
		s.odd("attached-by-port")
		return open
	}
	at := b.Time.Or(s.ev.Received)
	for i := len(s.charger.Recent) - 1; i >= 0; i-- {
		r := s.charger.Recent[i]
		switch {
		case r.Transaction != "" || !r.HasStop || !r.Began || b.Port != 0 && r.PortNumber != b.Port:
		case b.Phase == charging.PhaseStarted && r.StartWritten == b.Time.Written,
			b.Phase == charging.PhaseEnded && r.EndedAt.Equal(at):
			return r
		}
	}
	return nil
}

// openSession is the session that runs on a port; of port 0, the only one that
// runs on the charger at all. nil for none.
func (s *step) openSession(number int) *charging.Session {
	var only *charging.Session
	for _, p := range s.charger.Ports {
		switch {
		case p.Session == nil || p.Session.Observed():
		case p.Number == number:
			return p.Session
		case number == 0 && only != nil:
			return nil
		case number == 0:
			only = p.Session
		}
	}
	for _, f := range s.charger.Floating {
		if f.Transaction == "" && only == nil {
			only = f
		}
	}
	return only
}

// reportedPort is the port of the session: the one that was told first, since
// stations need to tell it only once. When a vehicle is connected and there is
// but one port, it can only be that.
func (s *step) reportedPort(b *charging.SessionReported, known *charging.Session) int {
	switch {
	case known != nil && known.PortNumber != 0:
		if b.Port != 0 && b.Port != known.PortNumber {
			s.odd("other-port: %d", b.Port)
		}
		return known.PortNumber
	case b.Port != 0 || b.State == "" || b.State == charging.StateIdle || len(s.charger.Ports) > 1:
		return b.Port
	}
	s.odd("port-assumed")
	return startPort(s.charger, 0)
}

// ownSession is a copy of the session that may be changed, or a new one.
func (s *step) ownSession(b *charging.SessionReported, known *charging.Session) (*charging.Session, error) {
	if known != nil {
		session := *known
		return &session, nil
	}
	id, err := s.fleet.ids.Next(charging.IDSession)
	if err != nil {
		return nil, err
	}
	if b.Phase != charging.PhaseStarted {
		s.odd("start-missing")
	}
	return &charging.Session{ID: id, ChargerID: s.charger.ID, Transaction: b.Transaction,
		TransactionID: charging.TransactionNumber(b.Transaction)}, nil
}

// placeReported puts a session where it belongs after a message of it: to the
// recent ones when it ended, on its port, or among those without one. known is
// the session as it was before, nil for a new one.
func (s *step) placeReported(port *charging.Port, session, known *charging.Session, b *charging.SessionReported) {
	if port != nil {
		session.PortNumber = port.Number
	}
	switch {
	case session.HasStop:
		s.settle(port, session)
	case port == nil:
		s.float(session)
		s.list(session, known)
		return
	case port.Session != nil && port.Session.ID == session.ID:
		port.Session = session
		s.list(session, known)
	case session.State == charging.SessionLapsed:
		s.revive(port, session, b)
	default:
		s.seat(port, session, b)
	}
	s.unfloat(session.ID)
	if port != nil {
		port.Show(b.Time.Or(s.ev.Received), false, s.charger.Problems)
	}
}

// settle keeps a session that its charger ended.
func (s *step) settle(port *charging.Port, session *charging.Session) {
	if port != nil && port.Session != nil && port.Session.ID == session.ID {
		port.Session, port.Served = nil, true
	}
	s.remember(session)
}

// seat makes a session the one that runs on the port, unless it comes out of
// an offline queue and another ran there after it. The one that ran until now
// is closed: its end seems lost (contract 3.5 G). A message without a plausible
// time proves no order: the server's own clock may have been set back.
func (s *step) seat(port *charging.Port, session *charging.Session, b *charging.SessionReported) {
	open := port.Session
	ordered := b.Time.Plausible(s.ev.Received)
	if open != nil && !open.Observed() && ordered && open.StartedAt.After(session.StartedAt) || s.overtaken(session, b) {
		s.odd("start-from-queue")
		session.Lapse(charging.EndSuperseded, s.ev.Received)
		s.remember(session)
		return
	}
	if open != nil {
		old := *open
		if old.Observed() {
			s.endObserved(port, old)
		} else {
			s.odd("stop-missing: session %d", old.ID)
			if session.HasMeterStart {
				// Without a sample, the next start tells where the register stood.
				old.Estimate(session.MeterStart)
			}
			old.Lapse(charging.EndSuperseded, s.ev.Received)
			s.remember(&old)
		}
	}
	s.open(port, session)
	port.Served = false
}

// revive lets a session run again that we had closed, or keeps it closed when
// another runs or ran on the port after that message of it.
func (s *step) revive(port *charging.Port, session *charging.Session, b *charging.SessionReported) {
	if port.Session != nil && !port.Session.Observed() || s.overtaken(session, b) {
		session.Lapse(session.EndReason, s.ev.Received)
		s.remember(session)
		return
	}
	s.odd("reopened: session %d", session.ID)
	if port.Session != nil {
		s.endObserved(port, *port.Session)
	}
	session.Reopen(s.ev.Received)
	s.forget(session.ID)
	s.open(port, session)
}

// overtaken is ranAfter for a message of 2.x, which may say that it was queued.
func (s *step) overtaken(session *charging.Session, b *charging.SessionReported) bool {
	return s.ranAfter(session, b.Time, b.Offline || session.EndReason == charging.EndSuperseded)
}

// listing is what a list of sessions shows of one, and what it is found by.
// While a session runs, it is stored as such only when this changes.
type listing struct {
	tag, written, transaction string
	started                   time.Time
	state                     charging.SessionState
	port, connector           int
	remoteStart, reservation  int64
	meterStart                charging.Milli
	hasMeterStart, began      bool
}

func listed(s *charging.Session) listing {
	return listing{tag: s.Tag, written: s.StartWritten, transaction: s.Transaction, started: s.StartedAt, state: s.State,
		port: s.PortNumber, connector: s.Connector, remoteStart: s.RemoteStart, reservation: s.Reservation,
		meterStart: s.MeterStart, hasMeterStart: s.HasMeterStart, began: s.Began}
}

// list stores a session that runs as such, when it is new or its listing
// changed.
func (s *step) list(session, known *charging.Session) {
	if known == nil || listed(session) != listed(known) {
		s.sessions = append(s.sessions, session)
	}
}

// floatingSessions is how many sessions may wait for their port.
const floatingSessions = 8

// float keeps a session whose port is unknown with the charger. Of too many,
// the oldest counts as ended.
func (s *step) float(session *charging.Session) {
	if session.State == charging.SessionLapsed {
		session.Reopen(s.ev.Received)
		s.forget(session.ID)
	}
	s.unfloat(session.ID)
	floating := slices.Clone(s.charger.Floating)
	if len(floating) >= floatingSessions {
		old := *floating[0]
		s.odd("stop-missing: session %d", old.ID)
		old.Lapse(charging.EndStopMissing, s.ev.Received)
		s.remember(&old)
		floating = floating[1:]
	}
	s.charger.Floating = append(floating, session)
	s.floated = true
}

// unfloat takes a session out of those without a port.
func (s *step) unfloat(id charging.ID) {
	if !holds(s.charger.Floating, id) {
		return
	}
	var rest []*charging.Session
	for _, f := range s.charger.Floating {
		if f.ID != id {
			rest = append(rest, f)
		}
	}
	s.charger.Floating = rest
	s.floated = true
}
