package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var sessionColumns = []string{"id", "charger_id", "port_number", "state", "transaction_id", "assigned_id", "started_at",
	"start_written", "tag", "access_id", "vehicle_id", "customer_id", "meter_start", "energy", "ended_at", "end_reason",
	"packed"}

// writeSession stores a session as it is now. The columns are for looking it
// up and listing it; packed holds all of it.
func (s *Store) writeSession(db *sqlite, v *charging.Session) error {
	packed, err := packSession(v)
	if err != nil {
		return fmt.Errorf("session %d: %w", v.ID, err)
	}
	_, err = db.exec(upsertSession, v.ID, v.ChargerID, int64(v.PortNumber), int64(v.State), v.TransactionID, v.AssignedID,
		timeOrNull(v.StartedAt), v.StartWritten, v.Tag, v.AccessID, v.VehicleID, v.CustomerID, int64(v.MeterStart),
		int64(v.Energy), timeOrNull(v.EndedAt), v.EndReason, packed)
	if err != nil {
		return fmt.Errorf("session %d: %w", v.ID, err)
	}
	if err := s.raise(db, charging.IDSession, v.ID); err != nil {
		return err
	}
	transaction := v.AssignedID
	if v.TransactionID > transaction && v.TransactionID < adoptedTransactions {
		transaction = v.TransactionID
	}
	if transaction == 0 {
		return nil
	}
	return s.raise(db, charging.IDTransaction, transaction)
}

// Recall bounds: how much of a charger's past is read back.
const (
	recalledSessions = 16
	recalledRecords  = 16  // with readings, a port
	recallSearch     = 256 // rows of a port that are looked through for them
)

// Recall reads the last 16 sessions of a charger and the readings of the last
// 16 records with readings of each of its ports, port 0 included.
func (s *Store) Recall(ctx context.Context, charger charging.ID) (*charging.Recalled, error) {
	recalled := new(charging.Recalled)
	err := s.reading("reading the past of a charger", func(db *sqlite) error {
		var err error
		if recalled.Sessions, err = db.recallSessions(ctx, charger); err != nil {
			return err
		}
		numbers, err := db.portNumbers(ctx, charger)
		if err != nil {
			return err
		}
		for _, number := range append([]int{0}, numbers...) {
			readings, err := db.recallReadings(ctx, charger, number)
			if err != nil {
				return err
			}
			recalled.Readings = append(recalled.Readings, readings...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recalled, nil
}

func (db *sqlite) recallSessions(ctx context.Context, charger charging.ID) ([]*charging.Session, error) {
	rows, err := db.query(ctx, recallSessions, charger, recalledSessions)
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

// recallReadings reads rows from the newest back, and stops when it has enough.
func (db *sqlite) recallReadings(ctx context.Context, charger charging.ID, port int) ([]charging.PortReadings, error) {
	rows, err := db.query(ctx, recallReadings, charger, port, recallSearch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []charging.PortReadings
	for len(found) < recalledRecords && rows.Next() {
		var id int64
		var packed sql.RawBytes
		if err := rows.Scan(&id, &packed); err != nil {
			return nil, err
		}
		if packed == nil {
			continue
		}
		readings, err := unpackReadings(packed)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", id, err)
		}
		found = append(found, charging.PortReadings{PortNumber: port, Readings: readings})
	}
	slices.Reverse(found)
	return found, rows.Err()
}

// running returns the session as its port's newest record has it, while it is
// open there: the sessions table holds it as it was at its start.
func (db *sqlite) running(ctx context.Context, session *charging.Session) (*charging.Session, error) {
	if session.State != charging.SessionOpen {
		return session, nil
	}
	var packed []byte
	err := db.readRow(ctx, newestState, []any{session.ChargerID, session.PortNumber}, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return session, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := unpackPortState(packed)
	if err != nil {
		return nil, err
	}
	if state.Session != nil && state.Session.ID == session.ID {
		return state.Session, nil
	}
	return session, nil
}

// FindSession finds the newest session of the charger that has this id as
// TransactionID or AssignedID; nil, nil when there is none.
func (s *Store) FindSession(ctx context.Context, charger charging.ID, transactionID int64) (*charging.Session, error) {
	var found *charging.Session
	err := s.reading("looking for a session", func(db *sqlite) error {
		var newest int64
		for _, st := range []statement{findTransaction, findAssigned} {
			var id int64
			var packed []byte
			err := db.readRow(ctx, st, []any{charger, transactionID}, &id, &packed)
			if errors.Is(err, sql.ErrNoRows) || err == nil && id <= newest {
				continue
			}
			if err != nil {
				return err
			}
			newest = id
			if found, err = unpackSession(packed); err != nil {
				return err
			}
		}
		if found == nil {
			return nil
		}
		var err error
		found, err = db.running(ctx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// FindStart finds the newest session that this StartTransaction began; nil,
// nil when there is none.
func (s *Store) FindStart(ctx context.Context, key charging.StartKey) (*charging.Session, error) {
	var found *charging.Session
	err := s.reading("looking for the start of a session", func(db *sqlite) error {
		var packed []byte
		err := db.readRow(ctx, findStart,
			[]any{key.ChargerID, key.PortNumber, key.Written, int64(key.MeterStart), key.Tag}, &packed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if found, err = unpackSession(packed); err != nil {
			return err
		}
		found, err = db.running(ctx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
