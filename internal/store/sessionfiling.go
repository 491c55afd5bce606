package store

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Sessions are filed as records are (see filing.go): by what they are found, and
// in which lists they stand, is written some time after their row. What waits is
// in table session_due too, which the commit writes: one page, whatever the
// number of sessions. So a crash loses nothing of it.

// The kinds of what a session of a charger is found by. Their numbers are stored.
const (
	findOfCharger     int64 = iota // hash 0: all of the charger, by id
	findByTransaction              // the id that the charger or we gave it, as it is
	findByText                     // the hash of the charger's own text of 2.x
	findByStart                    // the hash of what makes a start
)

const (
	// sessionSlice is how many sessions a transaction files; it takes about 5 ms.
	sessionSlice = 128
	// fileSessionsFrom is how many are filed without waiting for fileEvery.
	fileSessionsFrom = 2048
	findRows         = 32
	listRows         = 16
	listedRows       = 16
)

var (
	findColumns   = []string{"charger_id", "kind", "hash", "session_id"}
	listColumns   = append([]string{"list", "of_customer", "of_charger", "at"}, listedColumns...)
	listedColumns = []string{"id", "charger_id", "port_number", "customer_id", "started_at", "ended_at", "updated_at"}

	insertDue = newStatement(insert("session_due", []string{"seq", "session_id"}))
	deleteDue = newStatement(`DELETE FROM session_due WHERE seq <= $1`)
	dueOnes   = newStatement(`SELECT d.seq, d.session_id, s.charger_id FROM session_due AS d
		JOIN sessions AS s ON s.id = d.session_id ORDER BY d.seq`)

	insertFind  = newStatement(insert("session_finds", findColumns) + ` ON CONFLICT DO NOTHING`)
	insertFinds = newStatement(insertMany("session_finds", findColumns, findRows) + ` ON CONFLICT DO NOTHING`)

	insertInList  = newStatement(insert("session_lists", listColumns) + ` ON CONFLICT DO NOTHING`)
	insertInLists = newStatement(insertMany("session_lists", listColumns, listRows) + ` ON CONFLICT DO NOTHING`)
	deleteInList  = newStatement(`DELETE FROM session_lists WHERE list = $1 AND of_customer = $2 AND of_charger = $3
		AND at = $4 AND id = $5`)
	readListed    = newStatement(selectFrom("session_listed", listedColumns) + ` WHERE id = $1`)
	insertListed  = newStatement(insert("session_listed", listedColumns))
	insertListeds = newStatement(insertMany("session_listed", listedColumns, listedRows))
	deleteListed  = newStatement(`DELETE FROM session_listed WHERE id = $1`)
)

// dueSession is a session that waits to be filed.
type dueSession struct {
	seq     int64 // its place in session_due
	id      charging.ID
	charger charging.ID
	session *charging.Session // nil: it is as in its row
}

// sessionFiling knows which sessions wait; it is under the store's mu.
type sessionFiling struct {
	waiting []dueSession // in the order of seq
	last    int64        // the newest place that was given
}

// stored notes the sessions of a committed batch.
func (f *sessionFiling) stored(sessions []*charging.Session) {
	for _, v := range sessions {
		f.last++
		f.waiting = append(f.waiting, dueSession{f.last, v.ID, v.ChargerID, v})
	}
}

// writeSessions stores sessions, and that they are to be filed.
func (s *Store) writeSessions(db *sqlite, sessions []*charging.Session) error {
	for i, v := range sessions {
		if err := s.writeSession(db, v); err != nil {
			return err
		}
		if _, err := db.exec(insertDue, s.sessionFiling.last+1+int64(i), v.ID); err != nil {
			return err
		}
	}
	return nil
}

// loadSessionFiling finds what an earlier process, or a failed commit, left.
func (s *Store) loadSessionFiling(db *sqlite) error {
	f := &s.sessionFiling
	f.waiting, f.last = nil, 0
	stmt, err := db.prepared(dueOnes)
	if err != nil {
		return err
	}
	rows, err := stmt.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var due dueSession
		if err := rows.Scan(&due.seq, &due.id, &due.charger); err != nil {
			return err
		}
		f.waiting = append(f.waiting, due)
		f.last = due.seq
	}
	if n := len(f.waiting); n >= 4*fileSessionsFrom {
		s.log.Info("sessions are filed so that they are found and listed", "sessions", n)
	}
	return rows.Err()
}

// fileSessions files what waits at the moment if some of it is of that charger,
// of any with 0. Others may write between its slices.
func (s *Store) fileSessions(ctx context.Context, charger charging.ID) error {
	s.mu.Lock()
	due := slices.ContainsFunc(s.sessionFiling.waiting, func(d dueSession) bool { return charger == 0 || d.charger == charger })
	s.mu.Unlock()
	if !due {
		return nil
	}
	s.filingMu.Lock()
	defer s.filingMu.Unlock()
	s.mu.Lock()
	sorted := slices.Clone(s.sessionFiling.waiting)
	s.mu.Unlock()
	if len(sorted) == 0 {
		return nil
	}
	upTo := sorted[len(sorted)-1].seq
	sorted = newestOfEach(sorted)
	for rest := sorted; len(rest) > 0; {
		slice := rest[:min(sessionSlice, len(rest))]
		rest = rest[len(slice):]
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.fileSessionSlice(slice, upTo, len(rest) == 0); err != nil {
			return err
		}
	}
	return nil
}

// newestOfEach sorts by charger and leaves of each session what came last.
func newestOfEach(due []dueSession) []dueSession {
	slices.SortFunc(due, func(a, b dueSession) int {
		return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.id, b.id), cmp.Compare(b.seq, a.seq))
	})
	return slices.CompactFunc(due, func(a, b dueSession) bool { return a.id == b.id })
}

// fileSessionSlice files a slice; with the last one all that were due are
// done. A slice that was filed before changes nothing.
func (s *Store) fileSessionSlice(slice []dueSession, upTo int64, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("filing sessions", func(db *sqlite) error {
		if err := db.fileSessions(slice); err != nil || !last {
			return err
		}
		_, err := db.exec(deleteDue, upTo)
		return err
	})
	if err != nil || !last {
		return err
	}
	f := &s.sessionFiling
	n, _ := slices.BinarySearchFunc(f.waiting, upTo+1, func(d dueSession, seq int64) int { return cmp.Compare(d.seq, seq) })
	if n == len(f.waiting) && n > 4*fileSessionsFrom {
		f.waiting = nil // gives its memory back
	} else {
		f.waiting = slices.Delete(f.waiting, 0, n)
	}
	return nil
}

// fileSessions writes by what sessions are found, and corrects the lists in
// which they stand.
func (db *sqlite) fileSessions(slice []dueSession) error {
	finds := make([]foundBy, 0, 4*len(slice))
	lists := make([]inList, 0, 4*len(slice))
	listeds := make([]listing, 0, len(slice))
	for _, due := range slice {
		v := due.session
		if v == nil {
			var packed []byte
			err := db.queryRow(readSession, []any{due.id}, &packed)
			if err == nil {
				v, err = unpackSession(packed)
			}
			if err != nil {
				return fmt.Errorf("session %d: %w", due.id, err)
			}
		}
		finds = appendFinds(finds, v)
		now, isListed := listedAs(v)
		same, err := db.unlist(v.ID, now, isListed)
		if err != nil {
			return err
		}
		if isListed && !same {
			listeds = append(listeds, now)
			lists = now.appendLists(lists)
		}
	}
	slices.SortFunc(finds, compareFinds)
	slices.SortFunc(lists, compareInLists)
	slices.SortFunc(listeds, func(a, b listing) int { return cmp.Compare(a.id, b.id) })
	if err := insertAll(db, finds, insertFind, insertFinds, findRows, foundBy.appendTo); err != nil {
		return err
	}
	if err := insertAll(db, lists, insertInList, insertInLists, listRows, inList.appendTo); err != nil {
		return err
	}
	return insertAll(db, listeds, insertListed, insertListeds, listedRows, listing.appendTo)
}

// insertAll inserts rows, many at once as far as they go.
func insertAll[T any](db *sqlite, all []T, one, many statement, rows int, appendTo func(T, []any) []any) error {
	var args []any
	for len(all) > 0 {
		n, st := 1, one
		if len(all) >= rows {
			n, st = rows, many
		}
		args = args[:0]
		for _, row := range all[:n] {
			args = appendTo(row, args)
		}
		if _, err := db.exec(st, args...); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// foundBy is one thing that a session is found by.
type foundBy struct {
	charger charging.ID
	kind    int64
	hash    int64
	session charging.ID
}

func (f foundBy) appendTo(args []any) []any {
	return append(args, f.charger, f.kind, f.hash, f.session)
}

func compareFinds(a, b foundBy) int {
	return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.kind, b.kind), cmp.Compare(a.hash, b.hash),
		cmp.Compare(a.session, b.session))
}

func appendFinds(finds []foundBy, v *charging.Session) []foundBy {
	of := func(kind, hash int64) { finds = append(finds, foundBy{v.ChargerID, kind, hash, v.ID}) }
	of(findOfCharger, 0)
	if v.TransactionID != 0 {
		of(findByTransaction, v.TransactionID)
	}
	if v.AssignedID != 0 && v.AssignedID != v.TransactionID {
		of(findByTransaction, v.AssignedID)
	}
	if v.Transaction != "" {
		of(findByText, hashText(v.Transaction))
	}
	of(findByStart, hashStart(startKeyOf(v)))
	return finds
}

// startKeyOf is the key by which the start of a session is found.
func startKeyOf(v *charging.Session) charging.StartKey {
	return charging.StartKey{ChargerID: v.ChargerID, PortNumber: v.PortNumber, Tag: v.Tag, Written: v.StartWritten,
		MeterStart: v.MeterStart}
}

// hashText and hashStart make stored hashes: never change them.
func hashText(text string) int64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int64(h.Sum64())
}

func hashStart(key charging.StartKey) int64 {
	return hashText(fmt.Sprintf("%d|%d|%s|%s", key.PortNumber, key.MeterStart, key.Written, key.Tag))
}
