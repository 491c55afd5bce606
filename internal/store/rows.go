package store

import (
	"context"
	"database/sql"
	"errors"
)

// scanner is a row, or rows that stand at one.
type scanner interface{ Scan(into ...any) error }

// pageLimit bounds what a caller asks for at once.
func pageLimit(limit int) int {
	if limit <= 0 {
		return pageSize
	}
	return min(limit, pageSize)
}

// readOne reads the row that a statement returns; nil for none.
func readOne[T any](ctx context.Context, s *Store, what string, scan func(scanner) (*T, error), st statement, args ...any) (*T, error) {
	var found *T
	err := s.reading(what, func(db *sqlite) error {
		stmt, err := db.reader(ctx, st)
		if err != nil {
			return err
		}
		found, err = scan(stmt.QueryRowContext(ctx, args...))
		if errors.Is(err, sql.ErrNoRows) {
			found, err = nil, nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// readList reads the rows that a statement returns.
func readList[T any](ctx context.Context, s *Store, what string, scan func(scanner) (T, error), st statement, args ...any) ([]T, error) {
	var list []T
	err := s.reading(what, func(db *sqlite) (err error) {
		list, err = queryList(ctx, db, scan, st, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func queryList[T any](ctx context.Context, db *sqlite, scan func(scanner) (T, error), st statement, args ...any) ([]T, error) {
	rows, err := db.query(ctx, st, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		thing, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, thing)
	}
	return list, rows.Err()
}
