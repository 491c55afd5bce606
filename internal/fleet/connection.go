package fleet

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// connected makes the event's connection the one that speaks for the charger.
// The newest wins; a socket that replaces another does not move the time since
// when the charger counts as connected (contract 3.4 no. 19).
func (s *step) connected(b charging.Connected) (charging.Outcome, error) {
	if s.ev.Generation <= s.charger.ConnectedAs {
		return repeat, nil
	}
	conn := charging.Connection{Connected: true, Since: s.ev.Received, Opened: s.ev.Received,
		Protocol: b.Protocol, Remote: b.Remote, Profile: b.Profile}
	if old := s.charger.Connection; old != nil && old.Connected {
		conn.Since = old.Since
		s.odd("replaces-connection: %s", old.Remote)
	}
	s.charger.Connection = &conn
	s.charger.ConnectedAs = s.ev.Generation
	s.charger.Flushing = true
	detail := fields{}.text("protocol", b.Protocol).text("remote", b.Remote).count("profile", int64(b.Profile)).json()
	return charging.Outcome{}, s.record(charging.RecordConnected, nil, charging.Record{Detail: detail})
}

// disconnected ends the connection, unless a newer one speaks for the charger:
// a late close of an old socket changes nothing.
func (s *step) disconnected(b charging.Disconnected) (charging.Outcome, error) {
	old := s.charger.Connection
	if old == nil || s.ev.Generation != s.charger.ConnectedAs || s.ev.Generation == 0 && !old.Connected {
		return repeat, nil
	}
	s.charger.Connection = ended(old, b.LastSeen)
	s.charger.ConnectedAs = 0
	s.charger.Flushing = false
	detail := fields{}.text("reason", b.Reason).json()
	return charging.Outcome{}, s.record(charging.RecordDisconnected, nil, charging.Record{Detail: detail})
}

// ended is a connection that ended when its charger was last seen.
func ended(old *charging.Connection, lastSeen time.Time) *charging.Connection {
	conn := *old
	if conn.Connected {
		conn.Connected = false
		if lastSeen.After(old.Since) {
			conn.Since = lastSeen
		}
	}
	return &conn
}

// showDisconnected shows a charger as disconnected while that cannot be
// stored: the one thing that is shown before it is (DESIGN, promise 1). The
// event that says so waits for the store and is decided as ever.
func (f *Fleet) showDisconnected(charger charging.ID, generation uint64, lastSeen time.Time) {
	for {
		e := f.estate.Load()
		c := e.Charger(charger)
		if c == nil || c.ConnectedAs != generation || c.Connection == nil || !c.Connection.Connected {
			return
		}
		shown := *c
		shown.Connection = ended(c.Connection, lastSeen)
		if f.estate.CompareAndSwap(e, e.with(map[int]*charging.Charger{e.dir.slotOfCharger[charger]: &shown})) {
			f.followers.wake()
			return
		}
	}
}
