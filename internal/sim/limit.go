package sim

import "time"

// limitAt returns what a port may give at a time: the least of its rating, the
// charger's limit and that of its transaction, or else of any transaction.
func (c *Charger) limitAt(p *port, t time.Time) watts {
	limit := c.rating()
	if c.mem == nil {
		return limit
	}
	begin := p.begun()
	if w, ok := c.strongest(purposeMax, p, t, begin); ok {
		limit = min(limit, w/watts(max(c.charging(), 1)))
	}
	if w, ok := c.strongest(purposeExternal, p, t, begin); ok {
		limit = min(limit, w/watts(max(c.charging(), 1)))
	}
	own, ok := c.strongest(purposeTx, p, t, begin)
	if c.mem.priority[p.number] {
		if w, has := c.strongest(purposePriority, p, t, begin); has {
			own, ok = w, true
		}
	}
	if !ok {
		own, ok = c.strongest(purposeDefault, p, t, begin)
	}
	if ok {
		if more, has := c.strongest(purposeLocal, p, t, begin); has {
			own += more
		}
		limit = min(limit, own)
	}
	if limit < c.least() {
		return 0
	}
	return limit
}

// begun returns when the session at a port began, the zero time without one.
func (p *port) begun() time.Time {
	if p.session == nil {
		return time.Time{}
	}
	return p.session.started
}

// least is what a vehicle needs to charge at all: 6 A on one phase, or about
// 1 kW of DC.
func (c *Charger) least() watts {
	if c.cfg.Make.DC {
		return 1000
	}
	return 6 * gridVolts
}

// charging counts the ports that share the charger's limit.
func (c *Charger) charging() int {
	n := 0
	for i := range c.ports {
		if c.ports[i].phase == charging {
			n++
		}
	}
	return n
}

// strongest returns the limit of the profile with the highest stack level of a
// purpose that holds at t. A default for the port goes before one for all.
func (c *Charger) strongest(purpose string, p *port, t, begin time.Time) (limit watts, ok bool) {
	stack, own := int64(-1), false
	for _, pr := range c.mem.profiles {
		if pr.Purpose != purpose || pr.port != 0 && pr.port != int64(p.number) {
			continue
		}
		at := pr.at(t, begin)
		if at == nil || pr.port == 0 && own || pr.Stack < stack && own == (pr.port != 0) {
			continue
		}
		if w, has := pr.watts(c, at); has {
			limit, ok, stack, own = w, true, pr.Stack, pr.port != 0
		}
	}
	return limit, ok
}

// relimitAll finds the limits of all ports again, and when they change next.
func (c *Charger) relimitAll(now instant) {
	if c.mem == nil {
		return
	}
	t := c.fleet.timeOf(now)
	c.mem.relimitAt = never
	for i := range c.ports {
		p := &c.ports[i]
		c.relimit(p, c.limitAt(p, t), now)
		for _, pr := range c.mem.profiles {
			if next := pr.next(t, p.begun()); !next.IsZero() {
				// A whole millisecond more, so that the next period holds for sure.
				c.mem.relimitAt = min(c.mem.relimitAt, now+next.Sub(t)+time.Millisecond)
			}
		}
	}
}

// relimit lets a port give another power from now on.
func (c *Charger) relimit(p *port, limit watts, now instant) {
	if limit == p.limit {
		return
	}
	if p.phase != charging {
		p.limit = limit
		return
	}
	c.advance(p, now)
	p.limit = limit
	if p.status != statusCharging && p.status != statusSuspendedEVSE {
		return // it begins just now
	}
	if limit == 0 && c.misbehaves(endsAtZero) {
		c.endSession(p, now, reasonOther)
		return
	}
	if status := p.chargingStatus(); status != p.status {
		c.setStatus(p, status, noError)
	} else {
		c.talk.state(c, p, whyLimit)
	}
	c.planCharging(p, now)
}

// addProfile installs a profile; one of equal rank is replaced.
func (c *Charger) addProfile(pr *profile, now instant) {
	m := c.memory()
	kept := m.profiles[:0]
	for _, other := range m.profiles {
		equal := other.Purpose == pr.Purpose && other.Stack == pr.Stack && other.port == pr.port
		if other.ID != pr.ID && !equal {
			kept = append(kept, other)
		}
	}
	pr.since = c.fleet.timeOf(now)
	m.profiles = append(kept, pr)
	c.relimitAll(now)
}

// removeProfiles removes the profiles that match and returns how many.
func (c *Charger) removeProfiles(now instant, match func(*profile) bool) int {
	if c.mem == nil {
		return 0
	}
	kept := c.mem.profiles[:0]
	for _, pr := range c.mem.profiles {
		if !match(pr) {
			kept = append(kept, pr)
		}
	}
	n := len(c.mem.profiles) - len(kept)
	clear(c.mem.profiles[len(kept):])
	c.mem.profiles = kept
	c.relimitAll(now)
	return n
}

// forgetTxProfiles removes the profiles that end with the session at a port.
func (c *Charger) forgetTxProfiles(p *port) {
	if c.mem == nil {
		return
	}
	kept := c.mem.profiles[:0]
	for _, pr := range c.mem.profiles {
		if pr.Purpose != purposeTx || pr.port != int64(p.number) {
			kept = append(kept, pr)
		}
	}
	clear(c.mem.profiles[len(kept):])
	c.mem.profiles = kept
	delete(c.mem.priority, p.number)
}
