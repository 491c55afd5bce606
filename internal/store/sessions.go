package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var sessionColumns = []string{"id", "charger_id", "port_number", "state", "transaction_id", "assigned_id", "started_at",
	"start_written", "tag", "access_id", "vehicle_id", "customer_id", "meter_start", "energy", "ended_at", "end_reason",
	"packed", "transaction_text"}

// writeSession stores a session as it is now. The columns are for looking it
// up and listing it; packed holds all of it.
func (s *Store) writeSession(db *sqlite, v *charging.Session) error {
	packed, err := packSession(v)
	if err != nil {
		return notStorable(fmt.Errorf("session %d: %w", v.ID, err))
	}
	if err := db.putSession(v, packed); err != nil {
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

// putSession writes the row of a session. Mostly one that runs is new, and one
// that ended is there and changes in nothing by which it is found; then no index
// is touched.
func (db *sqlite) putSession(v *charging.Session, packed []byte) error {
	columns := []any{v.ID, v.ChargerID, int64(v.PortNumber), int64(v.State), v.TransactionID, v.AssignedID,
		timeOrNull(v.StartedAt), v.StartWritten, v.Tag, v.AccessID, v.VehicleID, v.CustomerID, int64(v.MeterStart),
		int64(v.Energy), timeOrNull(v.EndedAt), v.EndReason, packed, v.Transaction}
	if v.State != charging.SessionOpen {
		done, err := db.exec(updateSession, columns...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
	}
	_, err := db.exec(upsertSession, columns...)
	return err
}

// running returns the session as its port's newest record has it, while it is
// open there: the sessions table holds it as it was at its start. A session
// without a port is with its charger's own records.
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
	present, err := openSessions(session.PortNumber, packed)
	if err != nil {
		return nil, err
	}
	for _, open := range present {
		if open != nil && open.ID == session.ID {
			return open, nil
		}
	}
	return session, nil
}

// openSessions are those of a port's state, or of a charger's own.
func openSessions(port int, packed []byte) ([]*charging.Session, error) {
	if port == 0 {
		state, err := unpackChargerState(packed)
		if err != nil {
			return nil, err
		}
		return state.Floating, nil
	}
	state, err := unpackPortState(packed)
	if err != nil {
		return nil, err
	}
	return []*charging.Session{state.Session}, nil
}

// findFiled finds the sessions of a charger that are filed under a kind and a
// hash, the newest first.
var findFiled = newStatement(`SELECT s.packed FROM session_finds AS f JOIN sessions AS s ON s.id = f.session_id
	WHERE f.charger_id = $1 AND f.kind = $2 AND f.hash = $3 ORDER BY f.session_id DESC`)

// FindSession finds the newest session of the charger that has this id as
// TransactionID or AssignedID; nil, nil when there is none.
func (s *Store) FindSession(ctx context.Context, charger charging.ID, transactionID int64) (*charging.Session, error) {
	if transactionID == 0 {
		return nil, nil
	}
	return s.findSession(ctx, "looking for a session", charger, findByTransaction, transactionID, func(v *charging.Session) bool {
		return v.TransactionID == transactionID || v.AssignedID == transactionID
	})
}

// FindTransaction finds the newest session of the charger that has this text
// as its Transaction; nil, nil when there is none.
func (s *Store) FindTransaction(ctx context.Context, charger charging.ID, transaction string) (*charging.Session, error) {
	if transaction == "" {
		return nil, nil
	}
	return s.findSession(ctx, "looking for a session", charger, findByText, hashText(transaction), func(v *charging.Session) bool {
		return v.Transaction == transaction
	})
}

// FindStart finds the newest session that this StartTransaction began; nil,
// nil when there is none.
func (s *Store) FindStart(ctx context.Context, key charging.StartKey) (*charging.Session, error) {
	return s.findSession(ctx, "looking for the start of a session", key.ChargerID, findByStart, hashStart(key),
		func(v *charging.Session) bool { return startKeyOf(v) == key })
}

// findSession finds the newest session of a charger that is filed under a kind
// and a hash and is the one that is meant, as it is now; nil, nil for none.
func (s *Store) findSession(ctx context.Context, what string, charger charging.ID, kind, hash int64,
	meant func(*charging.Session) bool) (*charging.Session, error) {
	var found *charging.Session
	err := s.readingPast(ctx, what, charger, func(db *sqlite) (err error) {
		if found, err = db.findSession(ctx, charger, kind, hash, meant); err != nil || found == nil {
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

func (db *sqlite) findSession(ctx context.Context, charger charging.ID, kind, hash int64, meant func(*charging.Session) bool) (*charging.Session, error) {
	rows, err := db.query(ctx, findFiled, charger, kind, hash)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var packed sql.RawBytes
		if err := rows.Scan(&packed); err != nil {
			return nil, err
		}
		v, err := unpackSession(packed)
		if err != nil {
			return nil, err
		}
		if v.ChargerID == charger && meant(v) {
			return v, nil
		}
	}
	return nil, rows.Err()
}
