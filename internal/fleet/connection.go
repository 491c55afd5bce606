package fleet

import (
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
		Protocol: b.Protocol, Remote: b.Remote}
	if old := s.charger.Connection; old != nil && old.Connected {
		conn.Since = old.Since
		s.odd("replaces-connection: %s", old.Remote)
	}
	s.charger.Connection = &conn
	s.charger.ConnectedAs = s.ev.Generation
	s.charger.Flushing = true
	detail := fields{}.text("protocol", b.Protocol).text("remote", b.Remote).json()
	return charging.Outcome{}, s.record(charging.RecordConnected, nil, charging.Record{Detail: detail})
}

// disconnected ends the connection, unless a newer one speaks for the charger:
// a late close of an old socket changes nothing.
func (s *step) disconnected(b charging.Disconnected) (charging.Outcome, error) {
	old := s.charger.Connection
	if old == nil || !old.Connected || s.ev.Generation != s.charger.ConnectedAs {
		return repeat, nil
	}
	conn := *old
	conn.Connected = false
	if conn.Since = b.LastSeen; conn.Since.Before(old.Since) {
		conn.Since = old.Since
	}
	s.charger.Connection = &conn
	s.charger.ConnectedAs = 0
	s.charger.Flushing = false
	detail := fields{}.text("reason", b.Reason).json()
	return charging.Outcome{}, s.record(charging.RecordDisconnected, nil, charging.Record{Detail: detail})
}
