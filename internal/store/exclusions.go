package store

import (
	"context"
	"math"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var exclusionColumns = []string{"id", "site_id", "charger_id", "port_id", "from_at", "to_at", "reason", "comment", "proposed_by",
	"confirmed", "confirmed_by", "created_at", "updated_at"}

var (
	upsertExclusion = newStatement(upsert("exclusions", exclusionColumns))
	deleteExclusion = newStatement(`DELETE FROM exclusions WHERE id = $1`)
	readExclusion   = newStatement(selectFrom("exclusions", exclusionColumns) + ` WHERE id = $1`)
	pageExclusions  = newStatement(selectFrom("exclusions", exclusionColumns) + ` WHERE id < $1 AND to_at > $2 AND from_at < $3
		AND confirmed >= $4 AND confirmed <= $5 ORDER BY id DESC LIMIT $6`)
	exclusionsDuring = newStatement(selectFrom("exclusions", exclusionColumns) + ` WHERE to_at > $1 AND from_at < $2 ORDER BY from_at, id`)
)

func exclusionRow(x *charging.Exclusion) []any {
	return []any{x.ID, x.SiteID, x.ChargerID, x.PortID, x.From.UnixMicro(), x.To.UnixMicro(), string(x.Reason), x.Comment, x.ProposedBy,
		bit(x.Confirmed), x.ConfirmedBy, x.CreatedAt.UnixMicro(), x.UpdatedAt.UnixMicro()}
}

func exclusionPlaces(x *charging.Exclusion) []any {
	return []any{&x.ID, &x.SiteID, &x.ChargerID, &x.PortID, timeIn{&x.From}, timeIn{&x.To}, &x.Reason, &x.Comment, &x.ProposedBy,
		flagIn{&x.Confirmed}, &x.ConfirmedBy, timeIn{&x.CreatedAt}, timeIn{&x.UpdatedAt}}
}

func scanExclusion(row scanner) (x charging.Exclusion, err error) {
	err = row.Scan(exclusionPlaces(&x)...)
	return x, err
}

// AddExclusion stores a new exclusion, gives it its id and returns it.
func (s *Store) AddExclusion(_ context.Context, x charging.Exclusion, actor string) (*charging.Exclusion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("storing an exclusion", func(db *sqlite) (err error) {
		if x.ID, err = db.mark(charging.IDExclusion); err != nil {
			return err
		}
		return s.writeExclusion(db, &x, actor)
	})
	if err != nil {
		return nil, err
	}
	return &x, nil
}

func (s *Store) writeExclusion(db *sqlite, x *charging.Exclusion, actor string) error {
	row := exclusionRow(x)
	if _, err := db.exec(upsertExclusion, row...); err != nil {
		return err
	}
	if err := s.raise(db, charging.IDExclusion, x.ID); err != nil {
		return err
	}
	return db.note(noted{charging.IDExclusion, x.ID, exclusionColumns, row}, x.UpdatedAt, actor)
}

// ChangeExclusion changes an exclusion; an error of change leaves it as it is.
// There being none is NotFound.
func (s *Store) ChangeExclusion(_ context.Context, id charging.ID, actor string, change func(*charging.Exclusion) error) (*charging.Exclusion, error) {
	var x charging.Exclusion
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("changing an exclusion", func(db *sqlite) error {
		if err := db.queryRow(readExclusion, []any{id}, exclusionPlaces(&x)...); err != nil {
			return orNotFound(err, "There is no exclusion with id %d.", id)
		}
		if err := change(&x); err != nil {
			return err
		}
		x.ID = id
		return s.writeExclusion(db, &x, actor)
	})
	if err != nil {
		return nil, err
	}
	return &x, nil
}

// RemoveExclusion removes an exclusion. There being none is no error.
func (s *Store) RemoveExclusion(_ context.Context, id charging.ID, at time.Time, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("removing an exclusion", func(db *sqlite) error {
		return db.remove(deleteExclusion, charging.IDExclusion, id, at, actor)
	})
}

// Exclusion returns an exclusion; nil for none.
func (s *Store) Exclusion(ctx context.Context, id charging.ID) (*charging.Exclusion, error) {
	return readOne(ctx, s, "reading an exclusion", func(row scanner) (*charging.Exclusion, error) {
		x, err := scanExclusion(row)
		return &x, err
	}, readExclusion, id)
}

// Exclusions returns a page of at most 1,000 exclusions, newest first.
func (s *Store) Exclusions(ctx context.Context, q charging.ExclusionQuery) ([]charging.Exclusion, error) {
	before, ends, begins := int64(math.MaxInt64), int64(math.MinInt64), int64(math.MaxInt64)
	if q.Before > 0 {
		before = q.Before
	}
	if !q.EndAfter.IsZero() {
		ends = q.EndAfter.UnixMicro()
	}
	if !q.StartBefore.IsZero() {
		begins = q.StartBefore.UnixMicro()
	}
	least, most := int64(0), int64(1)
	if q.Confirmed != nil {
		least = bit(*q.Confirmed)
		most = least
	}
	return readList(ctx, s, "reading exclusions", scanExclusion, pageExclusions, before, ends, begins, least, most, pageLimit(q.Limit))
}

// ExclusionsDuring lists the exclusions that have a part in a time, by start.
func (s *Store) ExclusionsDuring(ctx context.Context, during charging.Span) ([]charging.Exclusion, error) {
	return readList(ctx, s, "reading exclusions", scanExclusion, exclusionsDuring, during.From.UnixMicro(), during.To.UnixMicro())
}
