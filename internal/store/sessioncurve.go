package store

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// profilePage is how many records of a port are read at once.
const profilePage = 1000

// profileSlack is how much the receipt of neighbouring records may be out of
// order.
const profileSlack = pastSkew

var portStates = newStatement(`SELECT h.id, h.received, h.happened, h.state FROM history_ports AS p JOIN history AS h ON h.id = p.id
	WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id > $3 AND p.id <= $4 ORDER BY p.id LIMIT $5`)

// SessionProfile returns what was known of a session after each message that its
// port sent while it ran, in the order of receipt. One that came out of an
// offline queue, while another ran, may have none. After readings were pruned it
// is one point a quarter hour.
func (s *Store) SessionProfile(ctx context.Context, v *charging.Session) ([]charging.ProfilePoint, error) {
	var points []charging.ProfilePoint
	var after, last int64
	err := s.readingPast(ctx, "reading the course of a session", v.ChargerID, func(db *sqlite) (err error) {
		began := v.StartSeen
		if began.IsZero() { // its start did not come
			began = v.StartedAt
		}
		if after, err = s.newestAbout(ctx, db, began.Add(-profileSlack)); err != nil {
			return err
		}
		last, err = s.newestAbout(ctx, db, v.UpdatedAt.Add(profileSlack))
		if v.State == charging.SessionOpen && err == nil {
			err = db.readRow(ctx, lastRecord, nil, &last)
		}
		return err
	})
	for err == nil && after < last {
		read := 0
		err = s.reading("reading the course of a session", func(db *sqlite) (err error) {
			points, after, read, err = db.profilePage(ctx, points, v, after, last)
			return err
		})
		if read < profilePage {
			break
		}
	}
	return points, err
}

// profilePage adds the points of the next records; after is the newest of them.
func (db *sqlite) profilePage(ctx context.Context, points []charging.ProfilePoint, v *charging.Session, after, last int64) (
	[]charging.ProfilePoint, int64, int, error) {
	rows, err := db.query(ctx, portStates, v.ChargerID, v.PortNumber, after, last, profilePage)
	if err != nil {
		return points, after, 0, err
	}
	defer rows.Close()
	read := 0
	for ; rows.Next(); read++ {
		var received int64
		var happened time.Time
		var packed []byte
		if err := rows.Scan(&after, &received, timeIn{&happened}, &packed); err != nil {
			return points, after, read, err
		}
		state, err := unpackPortState(packed)
		if err != nil {
			return points, after, read, err
		}
		if state.Session != nil && state.Session.ID == v.ID {
			at := charging.Timestamp{Parsed: happened}.Or(time.UnixMicro(received).UTC())
			points = append(points, charging.ProfilePoint{At: pointTime(state.Session, at), Energy: state.Session.Energy,
				Latest: state.Session.Latest, Record: after})
		}
	}
	return points, after, read, rows.Err()
}

// pointTime is when the newest sample of a session was taken, else when the
// message was.
func pointTime(v *charging.Session, at time.Time) time.Time {
	if !v.RegisterAt.IsZero() {
		return v.RegisterAt
	}
	return at
}

var commandsOfSession = newStatement(selectFrom("commands", commandColumns) + ` WHERE charger_id = $1 AND session_id = $2 ORDER BY id`)

// CommandsOfSession returns the commands that a session of the charger confirmed,
// oldest first.
func (s *Store) CommandsOfSession(ctx context.Context, charger, session charging.ID) ([]*charging.Command, error) {
	return readList(ctx, s, "reading the commands of a session", scanCommand, commandsOfSession, charger, session)
}
