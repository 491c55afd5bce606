package fleet

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// sessionOverdue closes a session provisionally, unless something was heard of
// it meanwhile.
func (s *step) sessionOverdue(b charging.SessionOverdue) (charging.Outcome, error) {
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
		port.Session = nil
		s.remember(&session)
	}
	detail := fields{}.number("session", session.ID).text("reason", b.Reason).json()
	return charging.Outcome{}, s.record(charging.RecordSessionOverdue, port, charging.Record{Detail: detail})
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
			if p.Session == nil {
				continue
			}
			reason := f.overdue(p.Session, now)
			if reason == "" {
				continue
			}
			_, err := f.Handle(ctx, charging.Event{ChargerID: c.ID, Received: now,
				Body: charging.SessionOverdue{Port: p.Number, Session: p.Session.ID, Reason: reason}})
			if err != nil {
				f.log.Warn("a session whose stop is missing could not be closed; it is tried again", "charger", c.OCPPID, "session", p.Session.ID, "err", err)
				if charging.KindOf(err) == charging.Unavailable {
					return
				}
				continue
			}
			f.log.Info("session closed provisionally", "charger", c.OCPPID, "port", p.Number, "session", p.Session.ID, "reason", reason)
		}
	}
}
