package fleet

import (
	"context"
	"runtime/debug"
	"slices"
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
	b, next, err := f.planned(r)
	if err != nil || b == nil {
		r.reply(charging.Outcome{}, err)
		return
	}
	ch := b.Change
	err = f.commit(ctx, b)
	if err != nil && !ownFault(err) {
		f.log.Error("the store could not commit a change", "actor", ch.Actor, "err", err)
		if f.changeStored(ctx, ch) {
			err = nil
		}
		f.works()
	}
	if err == nil {
		f.ids.raiseFor(ch)
		f.published(next, b)
	}
	r.reply(charging.Outcome{}, err)
}

// planned returns a batch with a complete change, and the estate that it makes;
// nil when there is nothing to do. A panic costs only this change.
func (f *Fleet) planned(r *request) (b *charging.Batch, next *Estate, err error) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("a change could not be planned", "panic", p, "stack", string(debug.Stack()))
			b, err = nil, charging.Errorf(charging.Internal, "planning a change: %v", p)
		}
	}()
	e := f.Estate()
	ch, err := r.plan(e, f.ids)
	if err != nil || ch == nil {
		return nil, nil, err
	}
	ch.Base, ch.Version = e.Version(), e.Version()+1
	if ch.At.IsZero() {
		ch.At = time.Now()
	}
	chargers := newChanging(e, ch)
	b = &charging.Batch{Change: ch}
	if err = f.live(chargers, b); err != nil {
		return nil, nil, err
	}
	return b, newEstate(e.dir.cfg.with(ch), chargers.all), nil
}

// changeStored brings the store back and reports whether a change whose commit
// failed was stored after all.
func (f *Fleet) changeStored(ctx context.Context, ch *charging.Change) bool {
	for {
		if _, ok := f.recover(ctx); !ok {
			return false
		}
		stored, err := f.store.Load(ctx)
		if err == nil {
			return stored.Version == ch.Version
		}
		f.log.Warn("the store could not say whether a change was stored; it is asked again", "actor", ch.Actor, "err", err)
	}
}

// changing are the chargers of an estate with a change merged into them. Those
// that stay keep their order, which makes laying out the next estate cheap.
type changing struct {
	e   *Estate
	ch  *charging.Change
	all []*charging.Charger // retired ones too
	own map[charging.ID]*charging.Charger
}

func newChanging(e *Estate, ch *charging.Change) *changing {
	c := &changing{e: e, ch: ch, all: make([]*charging.Charger, e.Len(), e.Len()+len(e.dir.retired)+len(ch.Chargers)),
		own: make(map[charging.ID]*charging.Charger, len(ch.Chargers))}
	for slot := range e.Len() {
		c.all[slot] = e.At(slot)
	}
	c.all = append(c.all, e.dir.retired...)
	for i := range ch.Chargers {
		c.ownOf(ch.Chargers[i].ID).ChargerSettings = ch.Chargers[i]
	}
	for i := range ch.Ports {
		setPort(c.ownOf(ch.Ports[i].ChargerID), &ch.Ports[i])
	}
	for _, id := range ch.RemovedPorts {
		if charger := e.chargerOfPort(id); charger != nil {
			own := c.ownOf(charger.ID)
			own.Ports = slices.DeleteFunc(own.Ports, func(p *charging.Port) bool { return p.ID == id })
		}
	}
	return c
}

// ownOf returns a copy of a charger that may be changed, a new one for an id
// that nobody has.
func (c *changing) ownOf(id charging.ID) *charging.Charger {
	if own := c.own[id]; own != nil {
		return own
	}
	own := &charging.Charger{}
	c.own[id] = own
	at, known := c.e.dir.slotOfCharger[id]
	if !known {
		at, known = c.e.dir.retiredAt(id)
		at += c.e.Len()
	}
	if !known {
		c.all = append(c.all, own)
		return own
	}
	*own = *c.all[at]
	own.Ports = slices.Clone(own.Ports)
	c.all[at] = own
	return own
}

// setPort gives a port its settings. A port that a message made meanwhile keeps
// its id, so that nobody sees it change.
func setPort(c *charging.Charger, settings *charging.PortSettings) {
	i, found := slices.BinarySearchFunc(c.Ports, settings.Number, func(p *charging.Port, n int) int { return p.Number - n })
	if !found {
		c.Ports = slices.Insert(c.Ports, i, &charging.Port{PortSettings: *settings})
		return
	}
	p := *c.Ports[i]
	settings.ID = p.ID
	p.PortSettings = *settings
	c.Ports[i] = &p
}
