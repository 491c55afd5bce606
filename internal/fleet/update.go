package fleet

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Update changes the configuration in one transaction. plan is called by the
// committer with the present estate and a source of ids, and returns the
// change; nil means that there is nothing to do. Because nothing else is
// committed meanwhile, a plan never has to be made again; it must be quick and
// must not call the fleet.
func (f *Fleet) Update(ctx context.Context, plan func(*Estate, *IDs) (*charging.Change, error)) error {
	r := f.newRequest()
	r.plan = plan
	if err := f.enqueue(ctx, r); err != nil {
		return err
	}
	_, err := r.wait(ctx)
	return err
}

// change plans, stores and publishes one change.
func (f *Fleet) change(ctx context.Context, r *request) {
	e := f.Estate()
	ch, err := r.plan(e, f.ids)
	if err != nil || ch == nil {
		r.reply(charging.Outcome{}, err)
		return
	}
	next := planned(e, ch)
	err = f.commit(ctx, &charging.Batch{Change: ch})
	switch {
	case err == nil:
		f.ids.raiseFor(ch)
		f.publish(next)
		f.works()
	case !ownFault(err):
		f.log.Error("the store could not commit a change", "actor", ch.Actor, "err", err)
		if _, ok := f.recover(ctx); ok {
			err = f.afterFailedChange(ctx, ch, next, err)
		}
		f.works()
	}
	r.reply(charging.Outcome{}, err)
}

// planned completes a change and returns the estate that it makes.
func planned(e *Estate, ch *charging.Change) *Estate {
	ch.Base, ch.Version = e.Version(), e.Version()+1
	if ch.At.IsZero() {
		ch.At = time.Now()
	}
	return newEstate(e.dir.cfg.with(ch), changedChargers(e, ch))
}

// afterFailedChange finds out whether the change was stored after all.
func (f *Fleet) afterFailedChange(ctx context.Context, ch *charging.Change, next *Estate, cause error) error {
	stored, err := f.store.Load(ctx)
	if err != nil {
		return err
	}
	if stored.Version != ch.Version {
		return cause
	}
	f.ids.raiseFor(ch)
	f.publish(next)
	return nil
}
