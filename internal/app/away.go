package app

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/store"
)

// noteAway notes that the server was away since the last mark of its life, before
// this run makes new ones.
func (a *App) noteAway(ctx context.Context) error {
	return a.admin.store.ServerWasAway(ctx)
}

// noteStop has the stop of the server noted before the chargers are sent away.
func (a *App) noteStop(context.Context) error {
	a.undo.add("note of the stop", func(ctx context.Context) error {
		if err := a.admin.store.ServerAway(ctx, time.Now()); err != nil {
			a.log.Warn("the stop could not be noted: it counts from the last mark of life", "err", err)
		}
		return nil
	})
	return nil
}

// noteBack notes that chargers can reach the server again, and from then on when
// they cannot because nothing can be stored.
func (a *App) noteBack(ctx context.Context) error {
	if err := a.admin.store.ServerBack(ctx, time.Now()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &stallWatch{since: a.admin.fleet.StalledSince, store: a.admin.store}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				if err := w.look(ctx, now); err != nil && ctx.Err() == nil {
					a.log.Warn("it could not be noted that nothing could be stored for a while; chargers count as offline then", "err", err)
				}
			}
		}
	}()
	a.undo.add("watch of the store", func(context.Context) error {
		cancel()
		<-done
		return nil
	})
	return nil
}

// awayAfter is how long nothing can be stored before chargers are sent away
// (promise 1 of ARCHITECTURE.md).
const awayAfter = 10 * time.Second

// stallWatch notes the times in which nothing could be stored, once they are
// over.
type stallWatch struct {
	since func() time.Time // zero while the store works
	store *store.Store
	from  time.Time // when nothing could be stored any more; zero while it can
}

func (w *stallWatch) look(ctx context.Context, now time.Time) error {
	since := w.since()
	if !since.IsZero() {
		if w.from.IsZero() || since.Before(w.from) {
			w.from = since
		}
		return nil
	}
	from := w.from
	w.from = time.Time{}
	if from.IsZero() || now.Sub(from) < awayAfter {
		return nil
	}
	return w.store.AddServerOutage(ctx, from, now)
}
