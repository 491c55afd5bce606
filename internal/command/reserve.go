package command

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// reserveWithin is how long a charger has to answer (contract section 12).
const reserveWithin = 30 * time.Second

// Reserve asks a charger to keep a port and returns what came of it, at the
// latest after 30 seconds; what comes later is kept all the same. A reservation
// that did not reach the charger is not kept. Errors are those of Ask.
func (r *Reservations) Reserve(ctx context.Context, v charging.Reservation, keyID charging.ID) (charging.CommandResult, error) {
	body, err := json.Marshal(map[string]any{"id": v.Number, "port": v.Port, "tag": v.Tag, "tagType": v.TagType, "groupTag": v.GroupTag,
		"expires": v.ExpiresAt.UTC().Format(time.RFC3339Nano)})
	if err != nil {
		return charging.CommandResult{}, charging.Errorf(charging.Internal, "writing an order: %w", err)
	}
	given, err := r.Ask(ctx, charging.CommandRequest{ChargerID: v.ChargerID, Order: "reserve", Body: body, Actor: v.Actor, KeyID: keyID,
		Timeout: reserveWithin})
	if err != nil {
		return charging.CommandResult{}, err
	}
	asked := given[len(given)-1]
	if asked.Status == charging.CommandNotConnected {
		return asked, nil
	}
	if v.ID, err = r.fleet.NextID(charging.IDReservation); err != nil {
		return asked, charging.Errorf(charging.Unavailable, "the reservation could not be stored: %w", err)
	}
	v.State, v.CommandID, v.CreatedAt = charging.ReservationUnknown, asked.ID, time.Now().UTC().Truncate(time.Microsecond)
	if err := r.keptIn.SaveReservations(ctx, []charging.Reservation{v}); err != nil {
		return asked, err
	}
	return r.await(ctx, asked, func(c charging.CommandResult) error { return r.reserved(&v, c) })
}

// Cancel asks a charger to give a reserved port back and returns what came of
// it, at the latest after 30 seconds. Errors are those of Ask.
func (r *Reservations) Cancel(ctx context.Context, charger charging.ID, number int64, actor string, keyID charging.ID) (charging.CommandResult, error) {
	body, err := json.Marshal(map[string]int64{"id": number})
	if err != nil {
		return charging.CommandResult{}, charging.Errorf(charging.Internal, "writing an order: %w", err)
	}
	given, err := r.Ask(ctx, charging.CommandRequest{ChargerID: charger, Order: "cancel-reservation", Body: body, Actor: actor, KeyID: keyID,
		Timeout: reserveWithin})
	if err != nil {
		return charging.CommandResult{}, err
	}
	return r.await(ctx, given[len(given)-1], func(c charging.CommandResult) error { return r.cancelled(charger, number, c) })
}

// ReservationsMade returns a page of reservations, newest first.
func (r *Reservations) ReservationsMade(ctx context.Context, q charging.ReservationQuery) ([]charging.Reservation, error) {
	return r.keptIn.Reservations(ctx, q)
}

// await waits until a command has come to its end and that is kept, or for as
// long as chargers have. What comes after that is kept without anybody waiting.
func (r *Reservations) await(ctx context.Context, asked charging.CommandResult, keep func(charging.CommandResult) error) (charging.CommandResult, error) {
	type end struct {
		charging.CommandResult
		err error
	}
	done := make(chan end, 1)
	r.followed.Go(func() {
		c, err := r.Wait(r.ctx, asked.ID)
		if err == nil && c.Status.Final() {
			if err = keep(c); err != nil {
				r.log.Error("what came of a reservation could not be stored", "command", asked.ID, "err", err)
			}
		}
		done <- end{c, err}
	})
	late := time.NewTimer(reserveWithin)
	defer late.Stop()
	select {
	case e := <-done:
		return e.CommandResult, e.err
	case <-late.C:
		return r.Get(ctx, asked.ID)
	case <-ctx.Done():
		return asked, nil // nobody waits for it any more
	}
}

// reserved keeps what a charger said to a reservation.
func (r *Reservations) reserved(v *charging.Reservation, c charging.CommandResult) error {
	accepted, refused := c.Outcome == charging.OutcomeAccepted, c.Status == charging.CommandAnswered || c.Status == charging.CommandRefused
	// Without an answer, one that left may be kept by the charger nevertheless.
	refused = refused || c.SentAt.IsZero()
	if !accepted && !refused {
		return nil
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	return r.finish(v.ChargerID, v.Number, func(live *charging.Reservation) bool {
		switch {
		case live.ID == v.ID:
			live.State, live.Answer = charging.ReservationAccepted, capital(c.Outcome)
			if !accepted {
				live.State, live.EndedAt = charging.ReservationRefused, now
			}
		case accepted && live.ID < v.ID: // its number was used again
			live.State, live.EndedAt = charging.ReservationReplaced, now
		default:
			return false
		}
		return true
	})
}

// cancelled keeps what a charger said to the end of a reservation. One that it
// does not know is none any more.
func (r *Reservations) cancelled(charger charging.ID, number int64, c charging.CommandResult) error {
	if c.Status != charging.CommandAnswered {
		return nil
	}
	state := charging.ReservationCancelled
	if c.Outcome != charging.OutcomeAccepted {
		state = charging.ReservationRemoved
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	return r.finish(charger, number, func(live *charging.Reservation) bool {
		if live.CreatedAt.After(c.CreatedAt) {
			return false
		}
		live.State, live.EndedAt = state, now
		return true
	})
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
