package store

import (
	"context"
	"time"
)

// Of a table's ids the first and the last are found at once, while counting rows
// goes through all of them.
var rowSpans = newStatement(`SELECT
	coalesce((SELECT max(id) FROM history) - (SELECT min(id) FROM history) + 1, 0),
	coalesce((SELECT max(id) FROM sessions) - (SELECT min(id) FROM sessions) + 1, 0),
	coalesce((SELECT max(id) FROM alerts) - (SELECT min(id) FROM alerts) + 1, 0)`)

// Numbers say about how much is kept of the past.
type Numbers struct {
	// Records, Sessions and Alerts are as many as there can be at most: from the
	// first id to the last, with the gaps that restarts and pruning left.
	Records, Sessions, Alerts int64
	Oldest                    time.Time // when the oldest record was received; zero without records
}

// Numbers reads them. It is cheap.
func (s *Store) Numbers(ctx context.Context) (Numbers, error) {
	var n Numbers
	err := s.reading("reading how much is kept", func(db *sqlite) error {
		if err := db.readRow(ctx, rowSpans, nil, &n.Records, &n.Sessions, &n.Alerts); err != nil {
			return err
		}
		stmt, err := db.reader(ctx, oldestReceived)
		if err != nil {
			return err
		}
		return readTime(stmt.QueryRowContext(ctx), &n.Oldest)
	})
	return n, err
}
