package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var oddRecords = newStatement(`SELECT h.received, h.oddities, h.message FROM history_ports AS p JOIN history AS h ON h.id = p.id
	WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id < $3 AND p.id >= $4 AND h.received >= $5 AND h.oddities <> ''`)

// oddRecord is what is read of a record with oddities.
type oddRecord struct {
	received time.Time
	oddities []charging.Oddity
	message  int64
}

func scanOddRecord(row scanner) (r oddRecord, err error) {
	var received int64
	var oddities string
	var message sql.NullInt64
	if err := row.Scan(&received, &oddities, &message); err != nil {
		return r, err
	}
	r.received, r.message = time.UnixMicro(received).UTC(), message.Int64
	r.oddities, err = unpackOddities(oddities)
	return r, err
}

// quirkCounter counts quirks. A message that told of several ports has a record
// for each, and counts once.
type quirkCounter struct {
	byCode  map[string]*charging.Quirk
	counted map[quirkMessage]bool
}

type quirkMessage struct {
	code    string
	message int64
}

func (q *quirkCounter) add(r *oddRecord) {
	for i, oddity := range r.oddities {
		code := charging.OddityCode(oddity)
		if slices.ContainsFunc(r.oddities[:i], func(o charging.Oddity) bool { return charging.OddityCode(o) == code }) {
			continue // with another detail
		}
		v := q.byCode[code]
		if v == nil {
			v = &charging.Quirk{Code: code, First: r.received, Last: r.received}
			q.byCode[code] = v
		}
		if r.received.Before(v.First) {
			v.First = r.received
		}
		if r.received.After(v.Last) {
			v.Last = r.received
		}
		v.LastMessage = max(v.LastMessage, r.message)
		of := quirkMessage{code, r.message}
		if r.message != 0 && q.counted[of] {
			continue
		}
		q.counted[of] = true
		v.Count++
	}
}

// Quirks returns what was odd about a charger's records since a moment, by code,
// the most frequent first.
func (s *Store) Quirks(ctx context.Context, charger charging.ID, since time.Time) ([]charging.Quirk, error) {
	r := &historyReader{charger: charger, port: -1}
	what := "reading the quirks of a charger"
	if err := s.readingPast(ctx, what, charger, func(db *sqlite) error { return r.prepare(ctx, db) }); err != nil {
		return nil, err
	}
	q := quirkCounter{make(map[string]*charging.Quirk), make(map[quirkMessage]bool)}
	for _, of := range r.lineages {
		for before := int64(math.MaxInt64); before > 0; {
			// Each step is a page of its own: others may write in between.
			err := s.readingPast(ctx, what, charger, func(db *sqlite) (err error) {
				before, err = q.step(ctx, db, charger, of.port, before, since)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	list := make([]charging.Quirk, 0, len(q.byCode))
	for _, v := range q.byCode {
		list = append(list, *v)
	}
	slices.SortFunc(list, func(a, b charging.Quirk) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return list, nil
}

// step counts the next records of a port below an id, and returns how far it
// came; 0 for to the end.
func (q *quirkCounter) step(ctx context.Context, db *sqlite, charger charging.ID, port int, before int64, since time.Time) (int64, error) {
	var lowest, newest int64
	var count int
	if err := db.readRow(ctx, historyWindow, []any{charger, port, before, historySearch}, &lowest, &count, &newest); err != nil {
		return 0, err
	}
	if count == 0 || newest < since.UnixMicro() {
		return 0, nil
	}
	records, err := queryList(ctx, db, scanOddRecord, oddRecords, charger, port, before, lowest, since.UnixMicro())
	if err != nil {
		return 0, err
	}
	for i := range records {
		q.add(&records[i])
	}
	if count < historySearch {
		return 0, nil
	}
	return lowest, nil
}
