package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var windowColumns = []string{"id", "charger_id", "from_at", "to_at", "comment", "user_email", "created_at", "updated_at"}

var (
	upsertWindow  = newStatement(upsert("maintenance_windows", windowColumns))
	deleteWindow  = newStatement(`DELETE FROM maintenance_windows WHERE id = $1`)
	readWindow    = newStatement(selectFrom("maintenance_windows", windowColumns) + ` WHERE id = $1`)
	pageOfWindows = newStatement(selectFrom("maintenance_windows", windowColumns) + ` WHERE (from_at < $1 OR from_at = $1 AND id < $2)
		AND to_at > $3 ORDER BY from_at DESC, id DESC LIMIT $4`)
	windowsDuring = newStatement(selectFrom("maintenance_windows", windowColumns) + ` WHERE to_at > $1 AND from_at < $2 ORDER BY charger_id, from_at, id`)
)

func windowRow(w *charging.MaintenanceWindow) []any {
	return []any{w.ID, w.ChargerID, w.From.UnixMicro(), w.To.UnixMicro(), w.Comment, w.UserEmail, w.CreatedAt.UnixMicro(), w.UpdatedAt.UnixMicro()}
}

func scanWindow(row scanner) (w charging.MaintenanceWindow, err error) {
	err = row.Scan(windowPlaces(&w)...)
	return w, err
}

func windowPlaces(w *charging.MaintenanceWindow) []any {
	return []any{&w.ID, &w.ChargerID, timeIn{&w.From}, timeIn{&w.To}, &w.Comment, &w.UserEmail, timeIn{&w.CreatedAt}, timeIn{&w.UpdatedAt}}
}

// noted is a row with its columns, as it stands in config_history.
type noted struct {
	kind    charging.IDKind
	id      charging.ID
	columns []string
	row     []any // nil for a thing that was removed
}

// note writes a version of a thing that stands outside of the configuration to
// config_history. Its versions count for themselves, so that two changes under
// one version of the configuration are both kept.
func (db *sqlite) note(n noted, at time.Time, actor string) error {
	version, err := db.nextVersion(n.kind, n.id)
	if err != nil {
		return err
	}
	body := []byte(removedBody)
	if n.row != nil {
		members := make(map[string]any, len(n.row))
		for i, column := range n.columns {
			members[column] = n.row[i]
		}
		if body, err = json.Marshal(members); err != nil {
			return err
		}
	}
	return db.writeVersion(n.kind, n.id, edition{version, at, actor}, string(body))
}

// AddWindows stores new maintenance windows, all or none, gives them their ids
// and returns them.
func (s *Store) AddWindows(_ context.Context, windows []charging.MaintenanceWindow, actor string) ([]charging.MaintenanceWindow, error) {
	made := append([]charging.MaintenanceWindow(nil), windows...)
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("storing maintenance windows", func(db *sqlite) error {
		next, err := db.mark(charging.IDWindow)
		if err != nil {
			return err
		}
		for i := range made {
			made[i].ID = next
			if err := s.writeWindow(db, &made[i], actor); err != nil {
				return err
			}
			next++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (s *Store) writeWindow(db *sqlite, w *charging.MaintenanceWindow, actor string) error {
	row := windowRow(w)
	if _, err := db.exec(upsertWindow, row...); err != nil {
		return err
	}
	if err := s.raise(db, charging.IDWindow, w.ID); err != nil {
		return err
	}
	return db.note(noted{charging.IDWindow, w.ID, windowColumns, row}, w.UpdatedAt, actor)
}

// ChangeWindow changes a maintenance window; an error of change leaves it as it
// is. There being none is NotFound.
func (s *Store) ChangeWindow(_ context.Context, id charging.ID, actor string, change func(*charging.MaintenanceWindow) error) (*charging.MaintenanceWindow, error) {
	var w charging.MaintenanceWindow
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("changing a maintenance window", func(db *sqlite) error {
		if err := db.queryRow(readWindow, []any{id}, windowPlaces(&w)...); err != nil {
			return orNotFound(err, "There is no maintenance window with id %d.", id)
		}
		if err := change(&w); err != nil {
			return err
		}
		w.ID = id
		return s.writeWindow(db, &w, actor)
	})
	if err != nil {
		return nil, err
	}
	return &w, nil
}

// RemoveWindow removes a maintenance window. There being none is no error.
func (s *Store) RemoveWindow(_ context.Context, id charging.ID, at time.Time, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("removing a maintenance window", func(db *sqlite) error {
		return db.remove(deleteWindow, charging.IDWindow, id, at, actor)
	})
}

// remove deletes a row and notes that it was there.
func (db *sqlite) remove(st statement, kind charging.IDKind, id charging.ID, at time.Time, actor string) error {
	result, err := db.exec(st, id)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		return err
	}
	return db.note(noted{kind: kind, id: id}, at, actor)
}

// Window returns a maintenance window; nil for none.
func (s *Store) Window(ctx context.Context, id charging.ID) (*charging.MaintenanceWindow, error) {
	return readOne(ctx, s, "reading a maintenance window", func(row scanner) (*charging.MaintenanceWindow, error) {
		w, err := scanWindow(row)
		return &w, err
	}, readWindow, id)
}

// Windows returns a page of at most 1,000 maintenance windows, the latest start
// first.
func (s *Store) Windows(ctx context.Context, q charging.WindowQuery) ([]charging.MaintenanceWindow, error) {
	limit := pageLimit(q.Limit)
	before, id, ends := int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64)
	if !q.StartBefore.IsZero() {
		before, id = q.StartBefore.UnixMicro(), 0
	}
	if !q.EndAfter.IsZero() {
		ends = q.EndAfter.UnixMicro()
	}
	if at := q.After.From.UnixMicro(); !q.After.From.IsZero() && at < before {
		before, id = at, q.After.ID
	}
	var wanted map[charging.ID]bool
	if q.Chargers != nil {
		wanted = idSet(q.Chargers)
	}
	var found []charging.MaintenanceWindow
	for len(found) < limit {
		page, err := readList(ctx, s, "reading maintenance windows", scanWindow, pageOfWindows, before, id, ends, pageSize)
		if err != nil || len(page) == 0 {
			return found, err
		}
		last := &page[len(page)-1]
		before, id = last.From.UnixMicro(), last.ID
		for _, w := range page {
			if wanted == nil || wanted[w.ChargerID] {
				found = append(found, w)
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	return found[:min(len(found), limit)], nil
}

// WindowsDuring lists the maintenance windows that have a part in a time, by
// charger and start.
func (s *Store) WindowsDuring(ctx context.Context, during charging.Span) ([]charging.MaintenanceWindow, error) {
	return readList(ctx, s, "reading maintenance windows", scanWindow, windowsDuring, during.From.UnixMicro(), during.To.UnixMicro())
}

// WindowsAt lists the maintenance windows of an instant, by charger.
func (s *Store) WindowsAt(ctx context.Context, at time.Time) ([]charging.MaintenanceWindow, error) {
	return s.WindowsDuring(ctx, charging.Span{From: at, To: at.Add(time.Microsecond)})
}

// orNotFound turns there being no row into a NotFound error with this sentence.
func orNotFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return charging.Errorf(charging.NotFound, format, args...)
	}
	return err
}
