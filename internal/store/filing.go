package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Filing is the second half of storing a record: its entry in history_ports,
// by which the past of a port is found. It is not part of the commit that a
// charger waits for, because the records of one commit are of many ports, and
// each entry would be on another page of the log. Later, in sorted slices, many
// entries share a page. Whoever reads the past of a charger has what waits filed
// first, so nobody sees the difference. After a crash the records above the mark
// "filed" are filed at the start.

const (
	// fileFrom is how many entries are filed without waiting for fileEvery.
	fileFrom = 8192
	// fileEvery is after how many rounds of the house the few are filed, and the
	// few sessions with them.
	fileEvery = 4
	// fileSlice is how many entries a transaction writes; it takes about 5 ms,
	// for which the writer waits.
	fileSlice = 1024
	// fileRows is how many entries a statement writes.
	fileRows = 32
)

// entry is what is filed of a record.
type entry struct {
	charger charging.ID
	port    int
	id      int64
}

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.port, b.port), cmp.Compare(a.id, b.id))
}

// filing knows what waits to be filed.
type filing struct {
	waiting []entry // in the order of ids; under the store's mu
	rounds  int     // of the house since the last filing
}

// stored notes the records of a committed batch; mu is held.
func (f *filing) stored(records []charging.Record) {
	for i := range records {
		r := &records[i]
		f.waiting = append(f.waiting, entry{r.ChargerID, r.PortNumber, r.ID})
	}
}

// fileFor files what waits if some of it is of that charger, of any with 0.
func (s *Store) fileFor(ctx context.Context, charger charging.ID) error {
	if err := s.fileSessions(ctx, charger); err != nil {
		return err
	}
	s.mu.Lock()
	due := slices.ContainsFunc(s.filing.waiting, func(e entry) bool { return charger == 0 || e.charger == charger })
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.fileAll(ctx)
}

// fileIfDue files what waits when it is much, or has waited for a while.
func (s *Store) fileIfDue(ctx context.Context) error {
	s.mu.Lock()
	n, sessions := len(s.filing.waiting), len(s.sessionFiling.waiting)
	s.filing.rounds++
	waited := s.filing.rounds >= fileEvery
	s.mu.Unlock()
	if sessions >= fileSessionsFrom || sessions > 0 && waited {
		if err := s.fileSessions(ctx, 0); err != nil {
			return err
		}
	}
	if n >= fileFrom || n > 0 && waited {
		return s.fileAll(ctx)
	}
	return nil
}

// fileAll files what waits at the moment. Others may write between its slices.
func (s *Store) fileAll(ctx context.Context) error {
	s.filingMu.Lock()
	defer s.filingMu.Unlock()
	s.mu.Lock()
	sorted := slices.Clone(s.filing.waiting)
	s.filing.rounds = 0
	s.mu.Unlock()
	if len(sorted) == 0 {
		return nil
	}
	upTo := sorted[len(sorted)-1].id
	slices.SortFunc(sorted, compareEntries)
	for rest := sorted; len(rest) > 0; {
		slice := rest[:min(fileSlice, len(rest))]
		rest = rest[len(slice):]
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.fileSlice(slice, upTo, len(rest) == 0); err != nil {
			return err
		}
	}
	return nil
}

// fileSlice writes a slice of entries; with the last one the mark moves on. A
// slice that was written before changes nothing.
func (s *Store) fileSlice(slice []entry, upTo int64, last bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("filing records", func(db *sqlite) error {
		if err := db.fileEntries(slice); err != nil || !last {
			return err
		}
		return db.setMeta(metaFiled, strconv.FormatInt(upTo, 10))
	})
	if err == nil && last {
		n := slices.IndexFunc(s.filing.waiting, func(e entry) bool { return e.id > upTo })
		if n < 0 {
			n = len(s.filing.waiting)
		}
		s.filing.waiting = slices.Delete(s.filing.waiting, 0, n)
	}
	return err
}

func (db *sqlite) fileEntries(entries []entry) error {
	args := make([]any, 0, 3*fileRows)
	for ; len(entries) >= fileRows; entries = entries[fileRows:] {
		args = args[:0]
		for _, e := range entries[:fileRows] {
			args = append(args, e.charger, int64(e.port), e.id)
		}
		if _, err := db.exec(fileMany, args...); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if _, err := db.exec(fileOne, e.charger, int64(e.port), e.id); err != nil {
			return err
		}
	}
	return nil
}

// loadFiling finds what an earlier process, or a failed commit, left unfiled;
// mu is held, or nobody else has the store.
func (s *Store) loadFiling(db *sqlite) error {
	filed, err := db.metaNumber(metaFiled)
	if err != nil {
		return err
	}
	s.filing.waiting = s.filing.waiting[:0]
	stmt, err := db.prepared(unfiled)
	if err != nil {
		return err
	}
	rows, err := stmt.Query(filed)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.charger, &e.port, &e.id); err != nil {
			return err
		}
		s.filing.waiting = append(s.filing.waiting, e)
	}
	return rows.Err()
}

// fileAtEnd leaves little to the next start; what cannot be filed now is filed
// then.
func (s *Store) fileAtEnd() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := errors.Join(s.fileSessions(ctx, 0), s.fileAll(ctx)); err != nil {
		s.log.Warn("filing the last records is left to the next start", "err", err)
	}
}

// readingPast is reading, of what is found by charger and port; charger 0 is
// any.
func (s *Store) readingPast(ctx context.Context, what string, charger charging.ID, read func(*sqlite) error) error {
	filing := s.fileFor(ctx, charger)
	return s.reading(what, func(db *sqlite) error {
		if filing != nil {
			return filing
		}
		return read(db)
	})
}
