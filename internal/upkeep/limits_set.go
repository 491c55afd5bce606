package upkeep

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Limits returns the limits of a site that hold, oldest first.
func (l *Limits) Limits(site charging.ID) []charging.SiteLimit {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.limits[site])
}

// Set replaces the limit of its kind at a site, tells the chargers, and returns
// it once they have answered. A limit that then cannot be kept does not hold:
// what was there before does.
//
// Errors: Invalid when it cannot be kept, with the reason; Conflict while
// another limit of the site is being set; Unavailable when it cannot be stored.
func (l *Limits) Set(ctx context.Context, limit charging.SiteLimit) (charging.SiteLimit, error) {
	id, err := l.fleet.NextID(charging.IDSiteLimit)
	if err != nil {
		return limit, charging.Errorf(charging.Unavailable, "the limit could not be stored: %w", err)
	}
	limit.ID, limit.UUID, limit.CreatedAt = id, newUUID(), micro()
	if err := l.begin(limit.SiteID); err != nil {
		return limit, err
	}
	defer l.end(limit.SiteID)
	replaced, err := l.put(ctx, limit)
	if err != nil {
		return limit, err
	}
	reason, settled := "", false
	deadline := time.NewTimer(l.cfg.Answer + l.cfg.Answer/15)
	defer deadline.Stop()
	for late := false; !settled; {
		l.mu.Lock()
		reason, settled = l.outcome(limit.SiteID, late)
		changed := l.changed
		l.mu.Unlock()
		if settled {
			break
		}
		select {
		case <-changed:
		case <-deadline.C:
			late = true
		case <-l.ctx.Done():
			return limit, nil // it is stored, and goes on with the next start
		}
	}
	if reason != "" {
		if err := l.takeBack(ctx, limit, replaced); err != nil {
			return limit, err
		}
		return limit, cannotKeep(reason)
	}
	return limit, nil
}

func cannotKeep(reason string) error {
	return charging.Errorf(charging.Invalid, "limit: cannot be kept: %s", reason)
}

// begin keeps others from changing the limits of a site.
func (l *Limits) begin(site charging.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.setting[site] {
		return charging.Errorf(charging.Conflict, "another limit of this site is being set; try again when that is done")
	}
	l.setting[site] = true
	return nil
}

func (l *Limits) end(site charging.ID) {
	l.mu.Lock()
	delete(l.setting, site)
	l.mu.Unlock()
	l.kick(site)
}

// put makes a limit hold, if it can be kept as far as is known, and returns the
// one that it replaced.
func (l *Limits) put(ctx context.Context, limit charging.SiteLimit) (replaced *charging.SiteLimit, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := make([]charging.SiteLimit, 0, 2)
	store := []charging.SiteLimit{limit}
	for _, old := range l.limits[limit.SiteID] {
		if old.Kind != limit.Kind {
			next = append(next, old)
			continue
		}
		replaced = &old
		ended := old
		ended.RemovedAt = limit.CreatedAt
		store = append(store, ended)
	}
	next = append(next, limit)
	for c := range l.fleet.Estate().Chargers(limit.SiteID) {
		if _, known := ratedPower(c, limit.Unit); !known {
			return nil, charging.Errorf(charging.Invalid,
				"limit: cannot be kept: the power of charger %q is not known; set maximumPowerKw of its ports", c.Name)
		}
		if t := l.told[c.ID]; t != nil && t.failed { // it is asked anew
			t.failed, t.after = false, time.Time{}
		}
	}
	if s := l.share(limit.SiteID, next); !s.division.Kept {
		return nil, cannotKeep(l.reason(s))
	}
	if err := l.store.SaveSiteLimits(ctx, store, limit.CreatedAt, limit.Actor); err != nil {
		return nil, err
	}
	l.limits[limit.SiteID] = next
	l.kick(limit.SiteID)
	return replaced, nil
}

// outcome says whether the chargers of a site have answered, and why its limit
// cannot be kept. Those that are late count like those that refused. l.mu is
// held.
func (l *Limits) outcome(site charging.ID, late bool) (reason string, settled bool) {
	s := l.share(site, l.limits[site])
	if s == nil || len(s.chargers) == 0 {
		return "", true
	}
	if !s.division.Kept {
		return l.reason(s), true
	}
	for i := range s.consumers {
		if c := &s.consumers[i]; !c.Fixed && c.Counts > s.division.Targets[i] {
			if !late {
				return "", false
			}
			c.Fixed = true
		}
	}
	if late {
		s.redivide()
		if !s.division.Kept {
			return l.reason(s), true
		}
	}
	return "", true
}

// takeBack ends a limit that cannot be kept; the one before holds again.
func (l *Limits) takeBack(ctx context.Context, limit charging.SiteLimit, replaced *charging.SiteLimit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := limit
	ended.RemovedAt = micro()
	store := []charging.SiteLimit{ended}
	next := slices.DeleteFunc(slices.Clone(l.limits[limit.SiteID]), func(o charging.SiteLimit) bool { return o.ID == limit.ID })
	if replaced != nil {
		store, next = append(store, *replaced), append(next, *replaced)
		slices.SortFunc(next, func(a, b charging.SiteLimit) int { return int(a.ID - b.ID) })
	}
	return l.change(ctx, limit.SiteID, next, store, ended.RemovedAt, limit.Actor)
}

// change stores limits and makes others hold; l.mu is held.
func (l *Limits) change(ctx context.Context, site charging.ID, next, store []charging.SiteLimit, at time.Time, actor string) error {
	if err := l.store.SaveSiteLimits(ctx, store, at, actor); err != nil {
		return err
	}
	if l.limits[site] = next; len(next) == 0 {
		delete(l.limits, site)
		for c := range l.fleet.Estate().Chargers(site) {
			if t := l.told[c.ID]; t != nil {
				t.failed, t.after, t.failures = false, time.Time{}, 0
			}
		}
	}
	l.kick(site)
	return nil
}

// Remove ends a limit of a site; its chargers are told. Errors: NotFound for an
// unknown one, Conflict while another limit of the site is being set.
func (l *Limits) Remove(ctx context.Context, site charging.ID, uuid, actor string) error {
	if err := l.begin(site); err != nil {
		return err
	}
	defer l.end(site)
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.limits[site], func(o charging.SiteLimit) bool { return o.UUID == uuid })
	if i < 0 {
		return charging.Errorf(charging.NotFound, "Not found")
	}
	ended := l.limits[site][i]
	ended.RemovedAt = micro()
	next := slices.Delete(slices.Clone(l.limits[site]), i, i+1)
	return l.change(ctx, site, next, []charging.SiteLimit{ended}, ended.RemovedAt, actor)
}

// Power is how the limit of a site is divided over its chargers, and what these
// said to it.
func (l *Limits) Power(site charging.ID) charging.SitePower {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := charging.SitePower{State: charging.LimitNone, Unit: charging.UnitWatt}
	s := l.share(site, l.limits[site])
	if s == nil { // what the chargers may take without one
		s = l.share(site, []charging.SiteLimit{{Limit: 0, Unit: p.Unit}})
	} else {
		p.State, p.Limit, p.Unit = charging.LimitSettling, s.limit, s.unit
	}
	for i, c := range s.chargers {
		row := charging.ChargerPower{ChargerID: c.ID, Name: c.Name, Rated: s.consumers[i].Rated, Guessed: s.guessed[i],
			Least: s.consumers[i].Least, Target: s.division.Targets[i], Counts: s.consumers[i].Counts}
		_, _, row.Connected = l.lines.Protocol(c.ID)
		if p.State == charging.LimitNone {
			row.Target = row.Rated
		}
		if t := l.told[c.ID]; t != nil && t.ProfileID != 0 {
			told := t.ChargerLimit
			row.Told = &told
		}
		p.Sum += row.Counts
		p.Chargers = append(p.Chargers, row)
	}
	switch {
	case p.State == charging.LimitNone:
	case !s.division.Kept:
		p.State, p.Problem = charging.LimitNotKept, l.reason(s)
	case p.Sum <= p.Limit:
		p.State = charging.LimitKept
	}
	return p
}

// newUUID is a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
