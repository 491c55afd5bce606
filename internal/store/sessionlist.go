package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	readSession = newStatement(`SELECT packed FROM sessions WHERE id = $1`)
	allSessions = newStatement(`SELECT packed FROM sessions ORDER BY id`)
)

// SessionByID returns a session as it is now; nil, nil when there is none.
func (s *Store) SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error) {
	var found *charging.Session
	err := s.readingPast(ctx, "reading a session", 0, func(db *sqlite) error {
		var packed []byte
		err := db.readRow(ctx, readSession, []any{id}, &packed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if found, err = unpackSession(packed); err != nil {
			return err
		}
		found, err = db.running(ctx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Sessions returns a page of at most 1,000 sessions, in the order that the query
// wants. Sessions that run are as they are now.
func (s *Store) Sessions(ctx context.Context, q charging.SessionQuery) ([]*charging.Session, error) {
	var page []*charging.Session
	err := s.eachSession(ctx, "listing sessions", func(v *charging.Session) {
		if wanted(&q, v) {
			page = append(page, v)
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(page, func(a, b *charging.Session) int {
		if q.ByUpdate {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	return page[:min(len(page), pageLimit(q.Limit))], nil
}

// SessionTimes calls each with the start and the end of every session of these
// chargers, of all with nil, that overlaps the time from from until before to,
// in no order. The end of one that runs is zero.
func (s *Store) SessionTimes(ctx context.Context, chargers []charging.ID, from, to time.Time,
	each func(charger charging.ID, port int, start, end time.Time)) error {
	q := charging.SessionQuery{Chargers: chargers, StartBefore: to, Running: true}
	return s.eachSession(ctx, "reading when sessions were", func(v *charging.Session) {
		if wanted(&q, v) && (v.EndedAt.IsZero() || v.EndedAt.After(from) || !v.StartedAt.Before(from)) {
			each(v.ChargerID, v.PortNumber, v.StartedAt, v.EndedAt)
		}
	})
}

func (s *Store) eachSession(ctx context.Context, what string, each func(*charging.Session)) error {
	return s.readingPast(ctx, what, 0, func(db *sqlite) error {
		all, err := queryList(ctx, db, func(row scanner) (*charging.Session, error) {
			var packed []byte
			if err := row.Scan(&packed); err != nil {
				return nil, err
			}
			return unpackSession(packed)
		}, allSessions)
		for i := 0; i < len(all) && err == nil; i++ {
			var v *charging.Session
			if v, err = db.running(ctx, all[i]); err == nil {
				each(v)
			}
		}
		return err
	})
}

// wanted reports whether a query asks for a session.
func wanted(q *charging.SessionQuery, v *charging.Session) bool {
	switch {
	case !v.Shown(), v.EndedAt.IsZero() && !q.Running,
		q.Chargers != nil && !slices.Contains(q.Chargers, v.ChargerID),
		q.Customers != nil && !slices.Contains(q.Customers, v.CustomerID):
		return false
	}
	if !within(v.StartedAt, q.StartFrom, q.StartBefore) || !within(v.UpdatedAt, q.UpdatedFrom, time.Time{}) {
		return false
	}
	ends := !q.EndFrom.IsZero() || !q.EndBefore.IsZero()
	if ends && (v.EndedAt.IsZero() || !within(v.EndedAt, q.EndFrom, q.EndBefore)) {
		return false
	}
	switch {
	case q.After == charging.SessionKey{}:
		return true
	case q.ByUpdate:
		return cmp.Or(v.UpdatedAt.Compare(q.After.At), cmp.Compare(v.ID, q.After.ID)) > 0
	default:
		return cmp.Or(v.StartedAt.Compare(q.After.At), cmp.Compare(v.ID, q.After.ID)) < 0
	}
}

// within reports whether t is at or after from and before before; a bound that is
// zero holds nothing back.
func within(t, from, before time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (before.IsZero() || t.Before(before))
}
