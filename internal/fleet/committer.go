package fleet

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxBatch is how many requests share a commit.
const maxBatch = 1024

// request is one thing for the committer: an event, a mark of life, rows to
// keep, or a change of the configuration.
type request struct {
	event    charging.Event
	memory   memory
	lifeMark time.Time // set for a mark of life
	add      func(*charging.Batch)
	plan     func(*Estate, *IDs) (*charging.Change, error)
	done     chan struct{}   // closed by reply
	ended    <-chan struct{} // closed when the committer has ended
	outcome  charging.Outcome
	err      error
}

func (f *Fleet) newRequest() *request { return &request{done: make(chan struct{}), ended: f.ended} }

// what names the request in logs.
func (r *request) what() string {
	if r.add != nil {
		return "rows"
	}
	return fmt.Sprintf("%T", r.event.Body)
}

func (r *request) reply(out charging.Outcome, err error) {
	r.outcome, r.err = out, err
	close(r.done)
}

func (r *request) wait(ctx context.Context) (charging.Outcome, error) {
	select {
	case <-r.done:
		return r.outcome, r.err
	case <-ctx.Done():
		return charging.Outcome{}, charging.Errorf(charging.Unavailable, "not stored in time: %w", context.Cause(ctx))
	case <-r.ended:
	}
	select {
	case <-r.done:
		return r.outcome, r.err
	default:
		return charging.Outcome{}, errStopping
	}
}

var errStopping = charging.Errorf(charging.Unavailable, "The server is stopping.")

func (f *Fleet) enqueue(ctx context.Context, r *request) error {
	select {
	case <-f.quit:
		return errStopping
	default:
	}
	select {
	case f.queue <- r:
		return nil
	case <-f.quit:
		return errStopping
	case <-ctx.Done():
		return charging.Errorf(charging.Unavailable, "not stored in time: %w", context.Cause(ctx))
	}
}

// commitLoop is the committer: it alone decides, commits and publishes.
func (f *Fleet) commitLoop(ctx context.Context) {
	defer close(f.ended)
	batch := make([]*request, 0, maxBatch)
	for {
		select {
		case r := <-f.queue:
			batch = f.gather(append(batch[:0], r))
			f.process(ctx, batch)
			clear(batch)
		case <-f.quit:
			f.drain(ctx, batch)
			return
		}
	}
}

// drain processes what was taken in before the end.
func (f *Fleet) drain(ctx context.Context, batch []*request) {
	for {
		batch = f.gather(batch[:0])
		if len(batch) == 0 {
			return
		}
		f.process(ctx, batch)
	}
}

// gather adds what waits, without waiting for more.
func (f *Fleet) gather(batch []*request) []*request {
	for len(batch) < maxBatch {
		select {
		case r := <-f.queue:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// process commits events together and changes of the configuration each by
// itself, in order.
func (f *Fleet) process(ctx context.Context, batch []*request) {
	defer f.stall.end()
	for len(batch) > 0 {
		f.stall.begin()
		if batch[0].plan != nil {
			f.change(ctx, batch[0])
			batch = batch[1:]
			continue
		}
		n := slices.IndexFunc(batch, func(r *request) bool { return r.plan != nil })
		if n < 0 {
			n = len(batch)
		}
		f.commitEvents(ctx, batch[:n])
		batch = batch[n:]
	}
}

// verdict is what a request will be answered once its batch is stored.
type verdict struct {
	outcome charging.Outcome
	err     error
}

// commitEvents decides, stores, publishes and answers, in this order.
func (f *Fleet) commitEvents(ctx context.Context, requests []*request) {
	began := time.Now()
	d, verdicts := f.decideAll(requests)
	if commitMode.answerFirst {
		answer(requests, verdicts)
		time.Sleep(commitMode.storeAfter)
	}
	if err := f.commit(ctx, &d.batch); err != nil {
		f.commitFailed(ctx, requests, d, verdicts, err)
		return
	}
	f.published(d.estate(), &d.batch)
	f.metrics.committed(len(requests), time.Since(began))
	if !commitMode.answerFirst {
		answer(requests, verdicts)
	}
}

func answer(requests []*request, verdicts []verdict) {
	for i, r := range requests {
		r.reply(verdicts[i].outcome, verdicts[i].err)
	}
}

func (f *Fleet) publish(e *Estate) {
	if f.estate.Swap(e) != e {
		f.followers.wake()
	}
}

// commit stores a batch, unless there is nothing in it.
func (f *Fleet) commit(ctx context.Context, b *charging.Batch) error {
	if empty(b) {
		return nil
	}
	if err := f.store.Commit(ctx, b); err != nil {
		return err
	}
	f.works()
	return nil
}

func (f *Fleet) decideAll(requests []*request) (*draft, []verdict) {
	d := newDraft(f.Estate())
	verdicts := make([]verdict, len(requests))
	for i, r := range requests {
		switch {
		case !r.lifeMark.IsZero():
			d.batch.LifeMark = r.lifeMark
			continue
		case r.add != nil:
			verdicts[i].err = f.keep(d, r.add)
			continue
		}
		verdicts[i].outcome, verdicts[i].err = f.decideOne(d, r)
	}
	return d, verdicts
}

// decideOne decides an event; a failure, even a panic, costs only this event.
func (f *Fleet) decideOne(d *draft, r *request) (out charging.Outcome, err error) {
	slot, ok := d.base.dir.slotOfCharger[r.event.ChargerID]
	if !ok {
		return out, charging.Errorf(charging.NotFound, "There is no charger with id %d.", r.event.ChargerID)
	}
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("an event could not be decided", "charger", r.event.ChargerID, "panic", p, "stack", string(debug.Stack()))
			out, err = charging.Outcome{}, charging.Errorf(charging.Internal, "deciding %T: %v", r.event.Body, p)
		}
	}()
	s := f.newStep(d, slot, &r.event, r.memory)
	if out, err = s.decide(); err != nil {
		return charging.Outcome{}, err
	}
	s.done(d, slot)
	return out, nil
}

// ownFault reports whether a failed commit is the batch's fault and not the
// store's.
func ownFault(err error) bool {
	kind := charging.KindOf(err)
	return kind == charging.Conflict || kind == charging.Invalid
}

// commitFailed finds out whether the batch was stored after all. If not, its
// events are decided and stored one by one, so that a bad one costs only its
// own answer; while the store cannot commit, nobody is answered.
func (f *Fleet) commitFailed(ctx context.Context, requests []*request, d *draft, verdicts []verdict, err error) {
	if !ownFault(err) {
		f.log.Error("the store could not commit; chargers are not answered until it can", "err", err)
		stored, ok := f.recover(ctx)
		if !ok {
			f.refuse(requests)
			return
		}
		if storedAfterAll(&d.batch, stored) {
			f.published(d.estate(), &d.batch)
			f.works()
			answer(requests, verdicts)
			return
		}
	}
	for _, r := range requests {
		f.commitAlone(ctx, r)
	}
	// Whatever became of each: a stall must not outlast the recovery, or
	// chargers would be kept out with nothing left to commit.
	f.works()
}

// storedAfterAll reports whether a batch whose commit failed is in the store,
// given the newest record there.
func storedAfterAll(b *charging.Batch, newest int64) bool {
	last := b.LastID()
	return last != 0 && newest >= last
}

// aloneTries is how often an event is tried that fails for no known reason,
// while the store commits other things.
const aloneTries = 5

// commitAlone decides and stores one request until it is stored or refused.
func (f *Fleet) commitAlone(ctx context.Context, r *request) {
	requests := []*request{r}
	for try := 1; ; try++ {
		f.stall.begin()
		d, verdicts := f.decideAll(requests)
		err := f.commit(ctx, &d.batch)
		if err != nil && !ownFault(err) {
			stored, ok := f.recover(ctx)
			if !ok {
				f.refuse(requests)
				return
			}
			if storedAfterAll(&d.batch, stored) {
				err = nil
			}
		}
		switch {
		case err == nil:
			f.published(d.estate(), &d.batch)
			f.works()
			answer(requests, verdicts)
			return
		case ownFault(err) || try == aloneTries && charging.KindOf(err) == charging.Internal:
			f.works() // for everything else
			f.log.Error("an event could not be stored", "charger", r.event.ChargerID, "event", r.what(), "err", err)
			r.reply(charging.Outcome{}, charging.Errorf(charging.Internal, "storing %s: %w", r.what(), err))
			return
		}
	}
}

// How long to wait between attempts to bring the store back.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// recover brings the store back, compares it with memory, tries it with a mark
// of life, and returns the newest record in it. It gives up only when the server ends.
func (f *Fleet) recover(ctx context.Context) (lastRecord int64, ok bool) {
	f.stall.failed()
	f.metrics.stalls.Inc()
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return 0, false
		}
		last, err := f.store.Reopen(ctx)
		if err == nil {
			err = f.compareWithStore(ctx)
		}
		if err == nil {
			err = f.store.Commit(ctx, &charging.Batch{LifeMark: time.Now()})
		}
		if err == nil {
			return last, true
		}
		f.log.Warn("the store still cannot commit", "err", err)
	}
}

// works notes that the store committed. The mark of life by which recover tries
// it does not count: a disk may have room for that and for nothing else.
func (f *Fleet) works() {
	if since := f.stall.over(); !since.IsZero() {
		f.log.Info("the store commits again", "stalled", time.Since(since).Round(time.Millisecond))
	}
}

func (f *Fleet) refuse(requests []*request) {
	for _, r := range requests {
		r.reply(charging.Outcome{}, errStopping)
	}
}
