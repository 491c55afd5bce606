package fleet

import (
	"cmp"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// splitRetired parts the chargers that serve from those that do not any more.
func splitRetired(all []*charging.Charger) (serving, retired []*charging.Charger) {
	serving = all
	if slices.ContainsFunc(all, func(c *charging.Charger) bool { return c.Retired() }) {
		serving = make([]*charging.Charger, 0, len(all))
		for _, c := range all {
			if c.Retired() {
				retired = append(retired, c)
			} else {
				serving = append(serving, c)
			}
		}
	}
	slices.SortFunc(retired, func(a, b *charging.Charger) int { return cmp.Compare(a.ID, b.ID) })
	return serving, retired
}

// retiredAt finds a retired charger.
func (d *directory) retiredAt(id charging.ID) (int, bool) {
	return slices.BinarySearchFunc(d.retired, id, func(c *charging.Charger, id charging.ID) int { return cmp.Compare(c.ID, id) })
}

// Retired lists the retired chargers by id. They stand in no slot, and neither
// Charger nor ChargerByIdentity finds them.
func (e *Estate) Retired() []*charging.Charger { return e.dir.retired }

// AnyCharger returns the charger with that id, retired or not, or nil. It is
// for what names or reads the past.
func (e *Estate) AnyCharger(id charging.ID) *charging.Charger {
	if c := e.Charger(id); c != nil {
		return c
	}
	if i, found := e.dir.retiredAt(id); found {
		return e.dir.retired[i]
	}
	return nil
}

// RetiredByIdentity returns the charger that was retired last of those with that
// OCPP identity, or nil.
func (e *Estate) RetiredByIdentity(ocppID string) *charging.Charger {
	var last *charging.Charger
	for _, c := range e.dir.retired {
		if ocppID != "" && c.OCPPID == ocppID && (last == nil || c.RetiredAt.After(last.RetiredAt)) {
			last = c
		}
	}
	return last
}

// Any goes through all chargers, retired ones too, by id.
func (e *Estate) Any() []*charging.Charger {
	all := make([]*charging.Charger, 0, e.Len()+len(e.dir.retired))
	for slot := range e.Len() {
		all = append(all, e.At(slot))
	}
	all = append(all, e.dir.retired...)
	slices.SortFunc(all, func(a, b *charging.Charger) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// chargerOfPort returns the charger with a port of that id, or nil.
func (e *Estate) chargerOfPort(id charging.ID) *charging.Charger {
	for _, c := range e.Any() {
		if slices.ContainsFunc(c.Ports, func(p *charging.Port) bool { return p.ID == id }) {
			return c
		}
	}
	return nil
}

// Port returns the port with that id and its charger, retired or not; nil for
// none.
func (e *Estate) Port(id charging.ID) (*charging.Charger, *charging.Port) {
	c := e.chargerOfPort(id)
	if c == nil {
		return nil, nil
	}
	return c, c.Ports[slices.IndexFunc(c.Ports, func(p *charging.Port) bool { return p.ID == id })]
}
