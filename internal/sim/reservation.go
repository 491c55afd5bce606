package sim

import (
	"slices"
	"time"
)

// reservation keeps a port, or one of all, for a card.
type reservation struct {
	id     int64
	port   int64 // 0 for any
	idTag  string
	group  string
	expire time.Time
}

// reserve keeps a port for somebody; the same id again replaces. It returns the
// status of the answer.
func (c *Charger) reserve(r *reservation, now instant) string {
	ports := c.portsOf(r.port)
	t := c.fleet.timeOf(now)
	if ports == nil || !r.expire.After(t) {
		return "Rejected"
	}
	c.cancelReservation(r.id)
	answer := "Rejected"
	for i := range ports {
		switch p := &ports[i]; {
		case p.phase == faulted:
			answer = "Faulted"
		case p.inoperative:
			answer = "Unavailable"
		case p.phase != vacant || c.reservationOf(p) != nil:
			answer = "Occupied"
		default:
			m := c.memory()
			m.reservations = append(m.reservations, r)
			c.later(now, r.expire.Sub(t), func(instant) { c.expireReservation(r) })
			if r.port != 0 {
				c.setStatus(p, statusReserved, noError)
			}
			return "Accepted"
		}
	}
	return answer
}

func (c *Charger) expireReservation(r *reservation) {
	if c.mem != nil && slices.Contains(c.mem.reservations, r) {
		c.cancelReservation(r.id)
		c.talk.reservation(c, r.id, "Expired")
	}
}

// cancelReservation frees what was kept under an id; false when nothing was.
func (c *Charger) cancelReservation(id int64) bool {
	if c.mem == nil {
		return false
	}
	i := slices.IndexFunc(c.mem.reservations, func(r *reservation) bool { return r.id == id })
	if i < 0 {
		return false
	}
	r := c.mem.reservations[i]
	c.mem.reservations = slices.Delete(c.mem.reservations, i, i+1)
	if ports := c.portsOf(r.port); r.port != 0 && ports[0].phase == vacant {
		c.setFree(&ports[0])
	}
	return true
}

// reservationOf returns what keeps a port, nil for nothing.
func (c *Charger) reservationOf(p *port) *reservation {
	if c.mem == nil {
		return nil
	}
	for _, r := range c.mem.reservations {
		if r.port == int64(p.number) {
			return r
		}
	}
	return nil
}

// reservedForOthers reports that a card may not use a port: it is kept for
// somebody else, or the last free ports are.
func (c *Charger) reservedForOthers(p *port, idTag string) bool {
	if c.mem == nil || len(c.mem.reservations) == 0 {
		return false
	}
	if r := c.reservationOf(p); r != nil {
		return r.idTag != idTag && (r.group == "" || r.group != idTag)
	}
	free, kept := 0, 0
	for i := range c.ports {
		if q := &c.ports[i]; (q.phase == vacant || q == p) && c.reservationOf(q) == nil {
			free++
		}
	}
	for _, r := range c.mem.reservations {
		switch {
		case r.port == 0 && r.idTag == idTag:
			return false
		case r.port == 0:
			kept++
		}
	}
	return free <= kept
}

// useReservation ends the reservation that a session fulfils and returns its
// id; 0 for none.
func (c *Charger) useReservation(p *port, idTag string) int64 {
	if c.mem == nil {
		return 0
	}
	for i, r := range c.mem.reservations {
		if r.idTag == idTag && (r.port == 0 || r.port == int64(p.number)) {
			c.mem.reservations = slices.Delete(c.mem.reservations, i, i+1)
			return r.id
		}
	}
	return 0
}

// dropReservation ends the reservation of a port that cannot keep it.
func (c *Charger) dropReservation(p *port) {
	if r := c.reservationOf(p); r != nil {
		c.mem.reservations = slices.DeleteFunc(c.mem.reservations, func(o *reservation) bool { return o == r })
		c.talk.reservation(c, r.id, "Removed")
	}
}
