package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var reservationColumns = []string{"id", "charger_id", "port_id", "port_number", "number", "tag", "tag_type", "group_tag", "expires_at",
	"state", "answer", "actor", "command_id", "session_id", "created_at", "ended_at"}

var (
	upsertReservation = newStatement(upsert("reservations", reservationColumns))
	pageReservations  = newStatement(selectFrom("reservations", reservationColumns) + ` WHERE id < $1 ORDER BY id DESC LIMIT $2`)
	liveReservations  = newStatement(selectFrom("reservations", reservationColumns) + ` WHERE charger_id = $1 AND number = $2
		AND state IN ('accepted', 'unknown') ORDER BY id`)
	allLiveReservations = newStatement(selectFrom("reservations", reservationColumns) + ` WHERE id > $1
		AND state IN ('accepted', 'unknown') AND expires_at > $2 ORDER BY id LIMIT $3`)
)

// SaveReservations stores reservations, new or changed, in one transaction.
func (s *Store) SaveReservations(_ context.Context, list []charging.Reservation) error {
	if len(list) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing reservations", func(db *sqlite) error {
		for i := range list {
			r := &list[i]
			_, err := db.exec(upsertReservation, r.ID, r.ChargerID, r.PortID, int64(r.Port), r.Number, r.Tag, r.TagType, r.GroupTag,
				r.ExpiresAt.UnixMicro(), string(r.State), r.Answer, r.Actor, idOrNull(r.CommandID), idOrNull(r.SessionID),
				r.CreatedAt.UnixMicro(), timeOrNull(r.EndedAt))
			if err != nil {
				return fmt.Errorf("reservation %d: %w", r.ID, err)
			}
			if err := s.raise(db, charging.IDReservation, r.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanReservation(row scanner) (r charging.Reservation, err error) {
	err = row.Scan(&r.ID, &r.ChargerID, &r.PortID, &r.Port, &r.Number, &r.Tag, &r.TagType, &r.GroupTag, timeIn{&r.ExpiresAt},
		&r.State, &r.Answer, &r.Actor, idIn{&r.CommandID}, idIn{&r.SessionID}, timeIn{&r.CreatedAt}, timeIn{&r.EndedAt})
	return r, err
}

// Reservations returns a page of reservations, newest first, at most 1,000.
func (s *Store) Reservations(ctx context.Context, q charging.ReservationQuery) ([]charging.Reservation, error) {
	if q.Chargers != nil && len(q.Chargers) == 0 {
		return nil, nil
	}
	wanted := make(map[charging.ID]bool, len(q.Chargers))
	for _, id := range q.Chargers {
		wanted[id] = true
	}
	limit, before := pageLimit(q.Limit), q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	var list []charging.Reservation
	for {
		// Each page is a read of its own: others may write in between.
		page, err := readList(ctx, s, "reading reservations", scanReservation, pageReservations, before, pageSize)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if q.Chargers != nil && !wanted[r.ChargerID] || len(q.States) > 0 && !slices.Contains(q.States, r.StateAt(q.Now)) {
				continue
			}
			if list = append(list, r); len(list) == limit {
				return list, nil
			}
		}
		if len(page) < pageSize {
			return list, nil
		}
		before = page[len(page)-1].ID
	}
}

// LiveReservations returns those of a charger with that number which nothing
// ended but perhaps their time, oldest first.
func (s *Store) LiveReservations(ctx context.Context, charger charging.ID, number int64) ([]charging.Reservation, error) {
	return readList(ctx, s, "looking for a reservation", scanReservation, liveReservations, charger, number)
}

// OpenReservations returns those of all chargers that hold now, oldest first.
func (s *Store) OpenReservations(ctx context.Context, now time.Time) ([]charging.Reservation, error) {
	var all []charging.Reservation
	for after := charging.ID(0); ; after = all[len(all)-1].ID {
		page, err := readList(ctx, s, "reading reservations", scanReservation, allLiveReservations, after, now.UnixMicro(), pageSize)
		all = append(all, page...)
		if err != nil || len(page) < pageSize {
			return all, err
		}
	}
}
