package fleet

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// sessionOverdue closes a session provisionally, unless something was heard of
// it meanwhile.
func (s *step) sessionOverdue(b charging.SessionOverdue) (charging.Outcome, error) {
	if b.Port == 0 {
		return s.floatingOverdue(b)
	}
	port, err := s.ownPort(b.Port)
	if err != nil {
		return charging.Outcome{}, err
	}
	if port == nil || port.Session == nil || port.Session.ID != b.Session || s.fleet.overdue(port.Session, s.ev.Received) == "" {
		return repeat, nil
	}
	session := *port.Session
	if session.Observed() {
		s.endObserved(port, session)
	} else {
		session.Lapse(charging.EndStopMissing, s.ev.Received)
		port.Session, port.Served = nil, session.Transaction != ""
		s.remember(&session)
	}
	return charging.Outcome{}, s.record(charging.RecordSessionOverdue, port, charging.Record{Detail: overdueDetail(b)})
}

func overdueDetail(b charging.SessionOverdue) string {
	return fields{}.number("session", b.Session).text("reason", b.Reason).json()
}

// floatingOverdue is sessionOverdue for a session whose port is unknown.
func (s *step) floatingOverdue(b charging.SessionOverdue) (charging.Outcome, error) {
	for _, open := range s.charger.Floating {
		if open.ID != b.Session || s.fleet.overdue(open, s.ev.Received) == "" {
			continue
		}
		session := *open
		session.Lapse(charging.EndStopMissing, s.ev.Received)
		s.unfloat(session.ID)
		s.remember(&session)
		return charging.Outcome{}, s.record(charging.RecordSessionOverdue, nil, charging.Record{Detail: overdueDetail(b)})
	}
	return repeat, nil
}

// overdue says why a session counts as ended. The time in which this server
// was away does not count: it could hear nothing then.
func (f *Fleet) overdue(session *charging.Session, now time.Time) string {
	if session.LastSign().Before(f.started) {
		now = now.Add(-f.away)
	}
	return session.Overdue(now, f.cfg.LostStopAfter, f.cfg.SilenceAfter)
}

// sweep looks for sessions whose stop seems lost.
func (f *Fleet) sweep(ctx context.Context, now time.Time) {
	e := f.Estate()
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			if p.Session != nil && !f.sweepOne(ctx, c, p.Session, now) {
				return
			}
		}
		for _, session := range c.Floating {
			if !f.sweepOne(ctx, c, session, now) {
				return
			}
		}
	}
}

// sweepOne closes a session when its stop seems lost. It returns false when the
// fleet takes no events now.
func (f *Fleet) sweepOne(ctx context.Context, c *charging.Charger, session *charging.Session, now time.Time) bool {
	reason := f.overdue(session, now)
	if reason == "" {
		return true
	}
	_, err := f.Handle(ctx, charging.Event{ChargerID: c.ID, Received: now,
		Body: charging.SessionOverdue{Port: session.PortNumber, Session: session.ID, Reason: reason}})
	if err != nil {
		f.log.Warn("a session whose stop is missing could not be closed; it is tried again", "charger", c.OCPPID, "session", session.ID, "err", err)
		return charging.KindOf(err) != charging.Unavailable
	}
	f.log.Info("session closed provisionally", "charger", c.OCPPID, "port", session.PortNumber, "session", session.ID, "reason", reason)
	return true
}
