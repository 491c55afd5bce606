package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// noun says how the things of one configured kind stand in their table.
type noun[T any] struct {
	kind    charging.IDKind // also its name in config_history
	columns []string        // "id" first
	// secret columns are left out of config_history.
	secret map[string]bool
	// more adds to config_history what stands outside the columns; nil for none.
	more   func(*T) map[string]any
	id     func(*T) charging.ID
	values func(*T) []any // in the order of columns, after the id
	scan   func(*T) []any // where to scan the columns, the id included
}

// row returns the values of all columns.
func (n *noun[T]) row(thing *T) []any {
	return append([]any{n.id(thing)}, n.values(thing)...)
}

// body is the row as JSON, without secrets, for config_history.
func (n *noun[T]) body(thing *T, row []any) (string, error) {
	members := make(map[string]any, len(row))
	if n.more != nil {
		maps.Copy(members, n.more(thing))
	}
	for i, column := range n.columns {
		if !n.secret[column] {
			members[column] = row[i]
		}
	}
	body, err := json.Marshal(members)
	return string(body), err
}

// pageSize is how many rows a read takes at once.
const pageSize = 1000

// loadAll reads a whole table, page by page.
func loadAll[T any](ctx context.Context, db *sqlite, st statement, n *noun[T]) ([]T, error) {
	var all []T
	for after := charging.ID(0); ; after = n.id(&all[len(all)-1]) {
		before := len(all)
		rows, err := db.query(ctx, st, after, pageSize)
		if err != nil {
			return nil, err
		}
		if all, err = scanPage(rows, all, n); err != nil {
			return nil, fmt.Errorf("reading the %ss: %w", n.kind, err)
		}
		if len(all)-before < pageSize {
			return all, nil
		}
	}
}

func scanPage[T any](rows *sql.Rows, all []T, n *noun[T]) ([]T, error) {
	defer rows.Close()
	for rows.Next() {
		var thing T
		if err := rows.Scan(n.scan(&thing)...); err != nil {
			return all, err
		}
		all = append(all, thing)
	}
	return all, rows.Err()
}
