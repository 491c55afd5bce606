package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var stateBack = newStatement(`SELECT h.received, h.state FROM history_ports AS p JOIN history AS h ON h.id = p.id
	WHERE p.charger_id = $1 AND p.port_number = $2 ORDER BY p.id DESC LIMIT 1 OFFSET $3`)

// toldBack is how many records Told goes back at most.
const toldBack = 1 << 16

// Told returns when the message was received since which the state of a port is
// the same in one respect: that of the oldest record for which same holds
// without a gap up to the newest one. Zero when it does not hold for the newest,
// or when it has held for longer than is worth looking.
func (s *Store) Told(ctx context.Context, charger charging.ID, port int, same func(*charging.PortState) bool) (at time.Time, err error) {
	err = s.readingPast(ctx, "reading when something was told", charger, func(db *sqlite) error {
		at, err = db.told(ctx, charger, port, same)
		return err
	})
	return at, err
}

// told doubles its steps back until same does not hold any more, and halves
// them from there.
func (db *sqlite) told(ctx context.Context, charger charging.ID, port int, same func(*charging.PortState) bool) (time.Time, error) {
	at, holds, err := db.holdsBack(ctx, charger, port, 0, same)
	if err != nil || !holds {
		return time.Time{}, err
	}
	low, high := 0, 1 // it holds at low, and not at high
	for ; ; high *= 2 {
		if high > toldBack {
			return time.Time{}, nil
		}
		received, holds, err := db.holdsBack(ctx, charger, port, high, same)
		if err != nil {
			return time.Time{}, err
		}
		if !holds {
			break
		}
		low, at = high, received
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		received, holds, err := db.holdsBack(ctx, charger, port, middle, same)
		if err != nil {
			return time.Time{}, err
		}
		if holds {
			low, at = middle, received
		} else {
			high = middle
		}
	}
	return at, nil
}

// holdsBack asks same of the record that is so many back.
func (db *sqlite) holdsBack(ctx context.Context, charger charging.ID, port, back int, same func(*charging.PortState) bool) (time.Time, bool, error) {
	var received int64
	var packed []byte
	err := db.readRow(ctx, stateBack, []any{charger, port, back}, &received, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	state, err := unpackPortState(packed)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("charger %d, port %d: %w", charger, port, err)
	}
	return time.UnixMicro(received).UTC(), same(state), nil
}
