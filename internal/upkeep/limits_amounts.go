package upkeep

import "github.com/chargeyard/chargeyard/internal/charging"

// Where W and A are changed into each other, nobody knows the voltage and the
// phases of a site. These are the bounds between which every usual grid lies, so
// that what follows is always on the safe side.
const (
	lowVolts  = 200 // a power takes at most so much current: at this voltage, on one phase
	highVolts = 240 // a current gives at most so much power: at this voltage, on three phases
	phases    = 3
	// onePhase is up to which power, in mW, a single port is taken for one of one
	// phase: 32 A at highVolts.
	onePhase charging.Milli = 7_700_000
)

// What lets vehicles charge at least (contract section 13).
const (
	leastAmps                = 8
	leastDC   charging.Milli = 5_000_000 // mW
)

// convert changes an amount into another unit so that it is rather too large.
func convert(v charging.Milli, from, to string) charging.Milli {
	switch {
	case from == to:
		return v
	case to == charging.UnitAmpere:
		return (v + lowVolts - 1) / lowVolts
	default:
		return v * highVolts * phases
	}
}

// effective is the smallest of a site's limits. When one is in A, all are.
func effective(limits []charging.SiteLimit) (limit charging.Milli, unit string) {
	unit = charging.UnitWatt
	for _, l := range limits {
		if l.Unit == charging.UnitAmpere {
			unit = charging.UnitAmpere
		}
	}
	for i, l := range limits {
		amount := l.Limit
		if l.Unit != unit { // W where the other is in A
			amount /= highVolts * phases
		}
		if i == 0 || amount < limit {
			limit = amount
		}
	}
	return limit, unit
}

// ratedPower is the most that a charger can take: what its ports can together.
// Where that is not known, known is false and it is what is usual.
func ratedPower(c *charging.Charger, unit string) (rated charging.Milli, known bool) {
	usual := charging.Milli(usualAC) * 1000
	if c.EffectiveType() == charging.DCFC {
		usual = usualDC * 1000
	}
	known = len(c.Ports) > 0
	for _, p := range c.Ports {
		if p.MaxPower <= 0 {
			known = false
			rated += usual
			continue
		}
		rated += p.MaxPower
	}
	if len(c.Ports) == 0 {
		rated = usual
	}
	return convert(rated, charging.UnitWatt, unit), known
}

// leastPower is what the vehicles at all ports of a charger need at least.
func leastPower(c *charging.Charger, unit string) (least charging.Milli) {
	fast := c.EffectiveType() == charging.DCFC
	for _, p := range c.Ports {
		var port charging.Milli
		switch {
		case fast:
			port = convert(leastDC, charging.UnitWatt, unit)
		case unit == charging.UnitAmpere:
			port = leastAmps * 1000
		default:
			port = charging.Milli(leastAmps*highVolts*phasesOf(p)) * 1000
		}
		if p.MaxPower > 0 {
			port = min(port, convert(p.MaxPower, charging.UnitWatt, unit))
		}
		least += port
	}
	return least
}

// phasesOf is how many phases a port has, as far as its power tells.
func phasesOf(p *charging.Port) int {
	if p.MaxPower > 0 && p.MaxPower <= onePhase {
		return 1
	}
	return phases
}

// inProfile is a limit as a profile has it.
type inProfile struct {
	unit   string
	limit  charging.Milli
	phases int // 0 where it does not matter
}

// profiles are the ways to tell a charger a limit, the best first. A DC charger
// is told in W only, because A says nothing of its power.
func profiles(c *charging.Charger, target charging.Milli, unit string) []inProfile {
	inWatts, inAmps := inProfile{unit: charging.UnitWatt, limit: target}, inProfile{unit: charging.UnitAmpere, limit: target}
	if unit == charging.UnitAmpere {
		inWatts.limit = target * lowVolts
	} else {
		inAmps.phases = phases
		if len(c.Ports) == 1 {
			inAmps.phases = phasesOf(c.Ports[0])
		}
		inAmps.limit = target / charging.Milli(highVolts*inAmps.phases)
	}
	switch {
	case c.EffectiveType() == charging.DCFC:
		return []inProfile{inWatts}
	case unit == charging.UnitAmpere:
		return []inProfile{inAmps, inWatts}
	default:
		return []inProfile{inWatts, inAmps}
	}
}
