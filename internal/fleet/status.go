package fleet

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// flushFor is how long after a reconnect a charger may be sending what it
// queued. A status of the present does not end it: some overtake the queue.
const flushFor = 5 * time.Minute

// statusReported takes over what a port, or as port 0 the charger, reports.
// Each status replaces the one before as a whole (contract 3.4 no. 26).
func (s *step) statusReported(b charging.PortStatusReported) (charging.Outcome, error) {
	port, err := s.ownPort(b.Port)
	if err != nil {
		return charging.Outcome{}, err
	}
	shown := &s.charger.Status
	if port != nil {
		shown = &port.Status
		port.Connectors, port.Problems = nil, nil // of 2.x, which it spoke before
	} else if b.Port != 0 {
		s.odd("port-out-of-range: %d", b.Port)
		shown = new(*charging.PortStatus)
	}
	next := &charging.PortStatus{Status: b.Status, At: b.Time.Or(s.ev.Received), ErrorCode: b.ErrorCode,
		VendorErrorCode: b.VendorErrorCode, VendorID: b.VendorID, Info: b.Info}
	stale := s.stale(b.Time, *shown)
	switch {
	case stale:
		s.odd("older-than-shown")
	case next.Status == "" && *shown == nil:
		// An unknown word says nothing, and there is none to keep.
	default:
		if next.Status == "" {
			next.Status = (*shown).Status
		}
		*shown = next
	}
	if port != nil && !stale && b.Status != "" {
		s.statusOfSession(port, next)
	}
	r := charging.Record{Time: b.Time, Detail: statusDetail(b)}
	return charging.Outcome{}, s.record(charging.RecordStatus, port, r)
}

// statusDetail keeps what the state after a record does not hold: the report
// itself, when it was not taken over.
func statusDetail(b charging.PortStatusReported) string {
	return fields{}.text("status", string(b.Status)).text("errorCode", b.ErrorCode).
		text("vendorErrorCode", b.VendorErrorCode).text("info", b.Info).json()
}

// stale reports whether a status comes out of the queue that a charger flushes
// after a reconnect and is older than what is shown: only then it is ignored.
// A clock that was set back must not freeze the picture.
func (s *step) stale(t charging.Timestamp, shown *charging.PortStatus) bool {
	if shown == nil {
		return s.outdated(t, time.Time{})
	}
	return s.outdated(t, shown.At)
}

// outdated is stale for anything that was told at a time.
func (s *step) outdated(t charging.Timestamp, told time.Time) bool {
	conn := s.charger.Connection
	if conn == nil || s.ev.Received.Sub(conn.Opened) > flushFor {
		s.charger.Flushing = false
	}
	return s.charger.Flushing && t.Plausible(s.ev.Received) &&
		t.Parsed.Before(conn.Opened.Truncate(time.Second)) && t.Parsed.Before(told)
}

// statusOfSession draws what a status says about the session on the port: a
// live Available marks a lost stop, and ends charging that was only observed;
// a vehicle that charges or waits is a sign that the session runs.
// It never ends a transaction (contract 3.4 no. 28 and 29).
func (s *step) statusOfSession(port *charging.Port, status *charging.PortStatus) {
	if port.Session == nil {
		return
	}
	session := *port.Session
	switch status.Status {
	case charging.Charging, charging.SuspendedEV, charging.SuspendedEVSE:
		session.AvailableAt, session.UpdatedAt = time.Time{}, s.ev.Received
	case charging.Available:
		if session.Observed() {
			s.endObserved(port, session)
			return
		}
		if !session.AvailableAt.IsZero() || !status.At.After(session.StartedAt) {
			return
		}
		session.AvailableAt = s.ev.Received
	default:
		if session.Observed() {
			s.endObserved(port, session)
		}
		return
	}
	port.Session = &session
}
