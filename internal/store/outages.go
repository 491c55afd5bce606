package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	openOutage = newStatement(`SELECT from_at FROM server_outages WHERE to_at IS NULL ORDER BY from_at LIMIT 1`)
	addOutage  = newStatement(`INSERT INTO server_outages (from_at, to_at) VALUES ($1, $2)
		ON CONFLICT (from_at) DO UPDATE SET to_at = excluded.to_at`)
	endOutages    = newStatement(`UPDATE server_outages SET to_at = CASE WHEN from_at > $1 THEN from_at ELSE $1 END WHERE to_at IS NULL`)
	outagesDuring = newStatement(`SELECT from_at, to_at FROM server_outages WHERE from_at < $2 AND (to_at IS NULL OR to_at > $1 AND to_at > from_at)
		ORDER BY from_at`)
)

// ServerAway notes that no charger can reach the server from now on, which is
// also a sign of its life. It is no error when it is noted already.
func (s *Store) ServerAway(_ context.Context, from time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("noting that the server stops", func(db *sqlite) error {
		if err := db.setLifeMark(from); err != nil {
			return err
		}
		return db.beginOutage(from.UnixMicro())
	})
}

// ServerWasAway notes, at the start of the server, that it was away since the
// last mark of its life, unless the stop itself was noted, or there was no life
// before.
func (s *Store) ServerWasAway(_ context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("noting that the server was away", func(db *sqlite) error {
		life, err := db.metaNumber(metaLifeMark)
		if err != nil || life == 0 {
			return err
		}
		return db.beginOutage(life)
	})
}

func (db *sqlite) beginOutage(from int64) error {
	var since int64
	err := db.queryRow(openOutage, nil, &since)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = db.exec(addOutage, from, nil)
	return err
}

// ServerBack notes that chargers can reach the server again.
func (s *Store) ServerBack(_ context.Context, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("noting that the server is back", func(db *sqlite) error {
		_, err := db.exec(endOutages, at.UnixMicro())
		return err
	})
}

// AddServerOutage keeps a time in which no charger could reach the server.
func (s *Store) AddServerOutage(_ context.Context, from, to time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("noting that the server was away", func(db *sqlite) error {
		_, err := db.exec(addOutage, from.UnixMicro(), timeOrNull(to))
		return err
	})
}

// ServerOutages lists the outages of the server that have a part in a time,
// oldest first.
func (s *Store) ServerOutages(ctx context.Context, during charging.Span) ([]charging.ServerOutage, error) {
	return readList(ctx, s, "reading when the server was away", func(row scanner) (o charging.ServerOutage, err error) {
		err = row.Scan(timeIn{&o.From}, timeIn{&o.To})
		return o, err
	}, outagesDuring, during.From.UnixMicro(), during.To.UnixMicro())
}
