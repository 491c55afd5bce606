package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// How much of a charger's past is read back.
const (
	recalledSessions = 16
	recalledReadings = 16  // records with readings, a port
	recalledNotes    = 64  // of the charger
	recallSearch     = 256 // rows of a port that are looked through for them
)

// Recall reads the last 16 sessions of a charger, the readings of the last 16
// records with readings of each of its ports, port 0 included, and its last 64
// notes. It looks through the newest 256 records of each port.
func (s *Store) Recall(ctx context.Context, charger charging.ID) (*charging.Recalled, error) {
	recalled := new(charging.Recalled)
	err := s.readingPast(ctx, "reading the past of a charger", charger, func(db *sqlite) error {
		var err error
		if recalled.Sessions, err = db.recallSessions(ctx, charger); err != nil {
			return err
		}
		numbers, err := db.portNumbers(ctx, charger)
		if err != nil {
			return err
		}
		for _, number := range append([]int{0}, numbers...) {
			if err := db.recallPort(ctx, charger, number, recalled); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recalled, nil
}

// recallSessions finds the newest sessions of a charger.
var recallSessions = newStatement(`SELECT s.packed FROM session_finds AS f JOIN sessions AS s ON s.id = f.session_id
	WHERE f.charger_id = $1 AND f.kind = $2 AND f.hash = 0 ORDER BY f.session_id DESC LIMIT $3`)

func (db *sqlite) recallSessions(ctx context.Context, charger charging.ID) ([]*charging.Session, error) {
	rows, err := db.query(ctx, recallSessions, charger, findOfCharger, recalledSessions)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var sessions []*charging.Session
	for rows.Next() {
		var packed sql.RawBytes
		if err := rows.Scan(&packed); err != nil {
			return nil, err
		}
		session, err := unpackSession(packed)
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, session)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range sessions {
		if sessions[i], err = db.running(ctx, sessions[i]); err != nil {
			return nil, err
		}
	}
	slices.Reverse(sessions)
	return sessions, nil
}

func (db *sqlite) portNumbers(ctx context.Context, charger charging.ID) ([]int, error) {
	rows, err := db.query(ctx, recallPorts, charger)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var numbers []int
	for rows.Next() {
		var number int
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		numbers = append(numbers, number)
	}
	return numbers, rows.Err()
}

// recallPort reads the rows of a port from the newest back, and stops when it
// has enough. Notes are of the charger itself, port 0.
func (db *sqlite) recallPort(ctx context.Context, charger charging.ID, port int, recalled *charging.Recalled) error {
	rows, err := db.query(ctx, recallRecords, charger, port, recallSearch)
	if err != nil {
		return err
	}
	defer rows.Close()
	var readings []charging.PortReadings
	var notes []charging.Record
	for (len(readings) < recalledReadings || port == 0 && len(notes) < recalledNotes) && rows.Next() {
		var received int64
		var packed sql.RawBytes
		r := charging.Record{ChargerID: charger, PortNumber: port}
		if err := rows.Scan(&r.ID, &r.Kind, &received, timeIn{&r.Time.Parsed}, &r.Time.Written, &r.Detail, &packed); err != nil {
			return err
		}
		if r.Kind == charging.RecordNote && len(notes) < recalledNotes {
			r.Received = time.UnixMicro(received).UTC()
			notes = append(notes, r)
		}
		if packed == nil || len(readings) == recalledReadings {
			continue
		}
		found, err := unpackReadings(packed)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.ID, err)
		}
		readings = append(readings, charging.PortReadings{PortNumber: port, Readings: found})
	}
	slices.Reverse(readings)
	slices.Reverse(notes)
	recalled.Readings = append(recalled.Readings, readings...)
	recalled.Notes = append(recalled.Notes, notes...)
	return rows.Err()
}
