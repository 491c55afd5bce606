package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Policy says how long what is kept.
type Policy struct {
	// Readings is how long readings are kept as they were sent; after it,
	// 15-minute values remain. 0 keeps them for ever.
	Readings time.Duration
}

// Pruned counts what Prune did.
type Pruned struct {
	Examined int64 // records
	Stripped int64 // records that lost their readings
	Deleted  int64 // records of meter values, of which a newer one of the same quarter hour remains
}

// Pruning is done in slices, between which others write.
const (
	pruneSlice  = 10 * time.Millisecond // the writer waits at most about this long
	prunePause  = 10 * time.Millisecond
	pruneRowsAt = 500 // rows that are read at once
	pruneWrites = 100 // rows that are written at once, to begin with
	// leastWrites keeps pruning ahead of what comes in where a commit alone
	// takes as long as a slice should, as on a rotating disk.
	leastWrites = 32
)

// prunedRow is a row of the history as pruning sees it.
type prunedRow struct {
	id       int64
	charger  charging.ID
	port     int
	kind     charging.RecordKind
	received time.Time
	readings []byte
	state    []byte

	strip, remove bool
	curve         bool
	key           curveKey
	values        curveValues
}

// Prune gives up readings that are older than the policy wants: their
// 15-minute values go to the curves, and of the meter values of one port and
// quarter hour only the last record remains, without its readings. Records of
// status, connections and sessions stay for ever, and so does the newest record
// of each port; so do commands, which are the audit of what was asked of
// chargers, and what is known of a charger's variables, local list and files.
// It goes on where it ended before, and works in slices of about 10 ms, or of
// 32 records where the disk is slow.
func (s *Store) Prune(ctx context.Context, policy Policy, now time.Time) (Pruned, error) {
	var done Pruned
	if policy.Readings <= 0 {
		return done, nil
	}
	cutoff := now.Add(-policy.Readings)
	var after int64
	err := s.readingPast(ctx, "pruning", 0, func(db *sqlite) (err error) {
		after, err = db.readMetaNumber(ctx, metaPruned)
		return err
	})
	writes := pruneWrites
	for err == nil {
		var plan []prunedRow
		err = s.reading("pruning", func(db *sqlite) (err error) {
			plan, err = db.planPruning(ctx, after, cutoff)
			return err
		})
		if err != nil || len(plan) == 0 {
			break
		}
		after = plan[len(plan)-1].id
		err = s.carryOut(ctx, plan, &writes, &done)
	}
	return done, err
}

// planPruning reads the next rows and decides about each.
func (db *sqlite) planPruning(ctx context.Context, after int64, cutoff time.Time) ([]prunedRow, error) {
	plan, err := db.readPruned(ctx, after, cutoff)
	if err != nil {
		return nil, err
	}
	for i := range plan {
		row := &plan[i]
		row.strip = row.readings != nil
		if row.key, row.values, row.curve, err = curveOf(row); err != nil {
			return nil, fmt.Errorf("record %d: %w", row.id, err)
		}
		if row.kind != charging.RecordMeters {
			continue
		}
		if row.remove, err = db.followed(ctx, row); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

func (db *sqlite) readPruned(ctx context.Context, after int64, cutoff time.Time) ([]prunedRow, error) {
	rows, err := db.query(ctx, pruneRows, after, pruneRowsAt)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var plan []prunedRow
	for rows.Next() {
		var row prunedRow
		var received int64
		if err := rows.Scan(&row.id, &row.charger, &row.port, &row.kind, &received, &row.readings, &row.state); err != nil {
			return nil, err
		}
		if row.received = time.UnixMicro(received).UTC(); !row.received.Before(cutoff) {
			break
		}
		plan = append(plan, row)
	}
	return plan, rows.Err()
}

// followed reports whether the port's next record is of meter values too and
// of the same quarter hour.
func (db *sqlite) followed(ctx context.Context, row *prunedRow) (bool, error) {
	var kind charging.RecordKind
	var received int64
	err := db.readRow(ctx, pruneNext, []any{row.charger, row.port, row.id}, &kind, &received)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	next := time.UnixMicro(received).UTC()
	return kind == charging.RecordMeters && next.Truncate(quarterHour).Equal(row.received.Truncate(quarterHour)), err
}

// carryOut writes a plan in slices; writes is how many rows a slice takes, and
// follows from how long the last one took.
func (s *Store) carryOut(ctx context.Context, plan []prunedRow, writes *int, done *Pruned) error {
	for len(plan) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		slice := plan[:min(*writes, len(plan))]
		plan = plan[len(slice):]
		took, err := s.pruneSlice(slice)
		if err != nil {
			return err
		}
		done.count(slice)
		switch {
		case took > pruneSlice*3/4:
			*writes = max(*writes/2, leastWrites)
		case took < pruneSlice/3:
			*writes = min(*writes*2, pruneRowsAt)
		}
		select {
		case <-ctx.Done():
		case <-time.After(prunePause):
		}
	}
	return nil
}

func (p *Pruned) count(slice []prunedRow) {
	p.Examined += int64(len(slice))
	for i := range slice {
		switch {
		case slice[i].remove:
			p.Deleted++
		case slice[i].strip:
			p.Stripped++
		}
	}
}

func (s *Store) pruneSlice(slice []prunedRow) (took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := time.Now()
	err = s.transact("pruning", func(db *sqlite) error {
		for i := range slice {
			if err := db.pruneOne(&slice[i]); err != nil {
				return err
			}
		}
		return db.setMeta(metaPruned, strconv.FormatInt(slice[len(slice)-1].id, 10))
	})
	return time.Since(start), err
}

func (db *sqlite) pruneOne(row *prunedRow) error {
	if row.curve {
		if err := db.addCurve(row.key, row.values); err != nil {
			return err
		}
	}
	var err error
	switch {
	case row.remove:
		if _, err = db.exec(pruneRecord, row.id); err == nil {
			_, err = db.exec(pruneEntry, row.charger, row.port, row.id)
		}
	case row.strip:
		_, err = db.exec(pruneReadings, row.id)
	}
	return err
}
