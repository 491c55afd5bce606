package store

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// adoptedTransactions bounds which transaction ids of chargers' own move our
// sequence: the rest of the int32 range stays for us, so that one charger with
// a huge id cannot use the sequence up.
const adoptedTransactions = 1 << 30

// maxID returns the largest id of a kind.
func maxID(kind charging.IDKind) int64 {
	switch kind {
	case charging.IDTransaction, charging.IDRequest, charging.IDProfile:
		return math.MaxInt32
	default:
		return charging.MaxID
	}
}

// ReserveIDs durably takes n ids of that kind, all greater than above and than
// any given out or stored before, and returns the first. The error is Conflict
// when the kind has no more, which only the ids that OCPP holds in an int32 can
// come to: of transactions, requests and charging profiles there are
// 2,147,483,647 each.
func (s *Store) ReserveIDs(ctx context.Context, kind charging.IDKind, n int, above int64) (first int64, err error) {
	if n < 1 {
		return 0, charging.Errorf(charging.Internal, "reserving %d ids of %s", n, kind)
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.transact("reserving ids", func(db *sqlite) error {
		if first, err = db.mark(kind); err != nil {
			return err
		}
		first = max(first, above+1)
		if first > maxID(kind)-int64(n)+1 {
			return charging.Errorf(charging.Conflict, "%s ids are used up: %d of at most %d were given out", kind, first-1, maxID(kind))
		}
		return s.raise(db, kind, first+int64(n)-1)
	})
	if err != nil {
		return 0, err
	}
	return first, nil
}

// mark returns the next free id of a kind.
func (db *sqlite) mark(kind charging.IDKind) (int64, error) {
	var next int64
	err := db.queryRow(getMark, []any{string(kind)}, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	return next, err
}

// raise makes sure, within the present transaction, that id is never given
// out again.
func (s *Store) raise(db *sqlite, kind charging.IDKind, id int64) error {
	if id > 0 && (id < s.marks[kind] || id < s.raised[kind]) {
		return nil
	}
	if id <= 0 || id > maxID(kind) {
		return charging.Errorf(charging.Invalid, "%s id %d is out of range", kind, id)
	}
	if s.raised == nil {
		s.raised = make(map[charging.IDKind]int64)
	}
	s.raised[kind] = id + 1
	return nil
}

// writeMarks stores the marks that were raised in this transaction.
func (s *Store) writeMarks(db *sqlite) error {
	for kind, next := range s.raised {
		if _, err := db.exec(setMark, string(kind), next); err != nil {
			return err
		}
	}
	return nil
}

// loadMarks reads the marks into memory, so that commits need not.
func (s *Store) loadMarks(db *sqlite) error {
	s.marks, s.raised = make(map[charging.IDKind]int64), nil
	stmt, err := db.prepared(allMarks)
	if err != nil {
		return err
	}
	rows, err := stmt.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var next int64
		if err := rows.Scan(&kind, &next); err != nil {
			return err
		}
		s.marks[charging.IDKind(kind)] = next
	}
	return rows.Err()
}

// idKinds are all sequences.
var idKinds = []charging.IDKind{charging.IDOrganization, charging.IDSite, charging.IDCharger, charging.IDPort,
	charging.IDSession, charging.IDTransaction, charging.IDAccessID, charging.IDVehicle, charging.IDCustomer,
	charging.IDKey, charging.IDRecord, charging.IDRefusal, charging.IDMessage, charging.IDCommand, charging.IDRequest,
	charging.IDProfile, charging.IDUpload, charging.IDFirmware, charging.IDAlert, charging.IDAlertRule,
	charging.IDContact, charging.IDWebhook, charging.IDDelivery, charging.IDWindow, charging.IDExclusion, charging.IDDeparture,
	charging.IDReservation, charging.IDTariffPeriod, charging.IDUser, charging.IDAccessGroup, charging.IDSiteLimit, charging.IDErasure}
