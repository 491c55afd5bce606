package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// bulkKinds are the kinds of most records, as the index history_by_kind and
// statement historyOfKind name them. They are found among the records of their
// port, all others by their kind.
var bulkKinds = []charging.RecordKind{charging.RecordStatus, charging.RecordMeters, charging.RecordSessionReported,
	charging.RecordConditions}

// historySearch is how many records of a port are looked through at once.
const historySearch = 4096

// lineage is one of the rows of records that a question about the past goes
// through, from the newest back: those of a port, of a kind, or of a kind of
// notes.
type lineage struct {
	by   lineageBy
	port int
	kind charging.RecordKind
	note charging.NoteKind
}

type lineageBy uint8

const (
	byPort lineageBy = iota
	byKind
	byNote
)

// historyReader answers one question.
type historyReader struct {
	charger      charging.ID
	port         int64 // -1 for all
	kinds, notes string
	from, to     int64 // microseconds
	lineages     []lineage
}

// History returns a page of at most 1,000 records of a charger, newest first.
// Without Kinds it returns all, or with NoteKinds only those notes; with both,
// notes of those kinds and records of the other Kinds.
func (s *Store) History(ctx context.Context, q charging.HistoryQuery) ([]charging.Record, error) {
	r := newHistoryReader(&q)
	limit := pageLimit(q.Limit)
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	var records []charging.Record
	for before > 0 && len(records) < limit {
		// Each step is a page of its own: others may write in between.
		err := s.readingPast(ctx, "reading the past of a charger", q.ChargerID, func(db *sqlite) error {
			if err := r.prepare(ctx, db); err != nil {
				return err
			}
			ids, floor, err := r.step(ctx, db, before, limit-len(records))
			if err != nil {
				return err
			}
			before = floor
			records, err = appendRecords(ctx, db, records, ids)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

func newHistoryReader(q *charging.HistoryQuery) *historyReader {
	r := &historyReader{charger: q.ChargerID, port: -1, from: math.MinInt64, to: math.MaxInt64}
	if q.Port != nil {
		r.port = int64(*q.Port)
	}
	if !q.From.IsZero() {
		r.from = q.From.UnixMicro()
	}
	if !q.To.IsZero() {
		r.to = q.To.UnixMicro()
	}
	kinds := slices.Clone(q.Kinds)
	if len(q.NoteKinds) > 0 {
		kinds = slices.DeleteFunc(kinds, func(k charging.RecordKind) bool { return k == charging.RecordNote })
	}
	bulk := slices.ContainsFunc(kinds, func(k charging.RecordKind) bool { return slices.Contains(bulkKinds, k) })
	if bulk || len(kinds)+len(q.NoteKinds) == 0 { // among the records of the ports
		r.kinds = listed(kinds, func(k charging.RecordKind) string { return strconv.Itoa(int(k)) })
		r.notes = listed(q.NoteKinds, func(n charging.NoteKind) string { return string(n) })
		return r
	}
	for _, kind := range kinds {
		r.lineages = append(r.lineages, lineage{by: byKind, kind: kind})
	}
	for _, note := range q.NoteKinds {
		r.lineages = append(r.lineages, lineage{by: byNote, note: note})
	}
	return r
}

// listed writes words so that a statement can look one up; "" for none.
func listed[T any](things []T, text func(T) string) string {
	var b strings.Builder
	for i, thing := range things {
		if i == 0 {
			b.WriteByte(',')
		}
		b.WriteString(text(thing) + ",")
	}
	return b.String()
}

// prepare finds, once, which ports have records, when it is them that are gone
// through.
func (r *historyReader) prepare(ctx context.Context, db *sqlite) error {
	if len(r.lineages) > 0 {
		return nil
	}
	if r.port >= 0 {
		r.lineages = []lineage{{port: int(r.port)}}
		return nil
	}
	for last := -1; ; {
		var next sql.NullInt64
		if err := db.readRow(ctx, historyPorts, []any{r.charger, last}, &next); err != nil || !next.Valid {
			return err
		}
		last = int(next.Int64)
		r.lineages = append(r.lineages, lineage{port: last})
	}
}

// step returns the newest ids below before, newest first and at most n, and
// floor, from which on nothing was passed over; 0 when there is nothing more.
func (r *historyReader) step(ctx context.Context, db *sqlite, before int64, n int) (ids []int64, floor int64, err error) {
	for _, of := range r.lineages {
		found, reached, err := r.search(ctx, db, of, before, n)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, found...)
		floor = max(floor, reached)
	}
	slices.SortFunc(ids, func(a, b int64) int { return cmp.Compare(b, a) })
	ids = slices.Compact(ids)
	if below := slices.IndexFunc(ids, func(id int64) bool { return id < floor }); below >= 0 {
		ids = ids[:below]
	}
	if len(ids) > n {
		ids = ids[:n]
		floor = ids[n-1]
	}
	return ids, floor, nil
}

// search looks through one lineage below an id. It returns what it found and
// how far it came; 0 for to the end.
func (r *historyReader) search(ctx context.Context, db *sqlite, of lineage, before int64, n int) (ids []int64, floor int64, err error) {
	switch of.by {
	case byKind:
		ids, err = queryList(ctx, db, scanID, historyOfKind, r.charger, int64(of.kind), before, r.port, r.from, r.to, n)
	case byNote:
		ids, err = queryList(ctx, db, scanID, historyOfNote, r.charger, string(of.note), before, r.port, r.from, r.to, n)
	default:
		return r.searchPort(ctx, db, of.port, before, n)
	}
	if err == nil && len(ids) == n {
		floor = ids[n-1]
	}
	return ids, floor, err
}

func (r *historyReader) searchPort(ctx context.Context, db *sqlite, port int, before int64, n int) (ids []int64, floor int64, err error) {
	var lowest, newest int64
	var count int
	err = db.readRow(ctx, historyWindow, []any{r.charger, port, before, historySearch}, &lowest, &count, &newest)
	if err != nil {
		return nil, 0, err
	}
	ids, err = queryList(ctx, db, scanID, historyOfPort, r.charger, port, before, lowest, r.from, r.to, r.kinds, r.notes, n)
	switch {
	case err != nil:
		return nil, 0, err
	case len(ids) == n:
		return ids, ids[n-1], nil
	case count < historySearch || newest < r.from: // one that is out of order must not end the search
		return ids, 0, nil
	}
	return ids, lowest, nil
}

func scanID(row scanner) (id int64, err error) {
	err = row.Scan(&id)
	return id, err
}

// appendRecords reads records by id. Those that were pruned meanwhile are left
// out.
func appendRecords(ctx context.Context, db *sqlite, records []charging.Record, ids []int64) ([]charging.Record, error) {
	for _, id := range ids {
		stmt, err := db.reader(ctx, readRecord)
		if err != nil {
			return nil, err
		}
		record, err := scanRecord(stmt.QueryRowContext(ctx, id))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", id, err)
		}
		records = append(records, record)
	}
	return records, nil
}

func scanRecord(row scanner) (charging.Record, error) {
	var r charging.Record
	var received int64
	var oddities string
	var readings, state []byte
	err := row.Scan(&r.ID, &r.ChargerID, &r.PortNumber, &r.Kind, &received, timeIn{&r.Time.Parsed}, &r.Time.Written,
		&r.MessageID, &oddities, &r.Detail, &readings, &state, &r.Message)
	if err != nil {
		return r, err
	}
	r.Received = time.UnixMicro(received).UTC()
	if r.Oddities, err = unpackOddities(oddities); err != nil {
		return r, err
	}
	if r.Readings, err = unpackReadings(readings); err != nil {
		return r, err
	}
	if r.PortNumber == 0 {
		r.Charger, err = unpackChargerState(state)
	} else {
		r.Port, err = unpackPortState(state)
	}
	return r, err
}
