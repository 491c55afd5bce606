package sim

import "time"

// watts is power, in W.
type watts int64

// energy is in mJ: W times milliseconds are exactly that, so that integrating
// power loses nothing.
type energy int64

const wattHour energy = 3600 * 1000

// over returns the energy of constant power over a time, in whole milliseconds.
func (p watts) over(d time.Duration) energy { return energy(int64(p) * d.Milliseconds()) }

// wattHours returns e in whole Wh, rounded down as a register shows it.
func (e energy) wattHours() int64 { return int64(e / wattHour) }

const (
	// chargeStep is how long power is taken as constant. At the steepest taper
	// power changes by less than 1 % in it.
	chargeStep = 5 * time.Second
	// storedPercent is how much of the energy at the outlet reaches the battery.
	storedPercent = 93
	// taperFloor is the share of its power that a battery still takes when full.
	taperFloor = 0.15
)

// vehicle is a car that is plugged in.
type vehicle struct {
	capacity energy
	stored   energy
	target   energy // where it stops; never above capacity
	max      watts  // what it takes below the knee
	knee     float64
	volts    int64 // the battery's voltage when empty, in V; DC only
}

// soc returns the state of charge, 0 to 1.
func (v *vehicle) soc() float64 { return float64(v.stored) / float64(v.capacity) }

// full reports whether the vehicle has what it wanted.
func (v *vehicle) full() bool { return v.stored >= v.target }

// power returns what the vehicle draws now from a port that offers limit.
func (v *vehicle) power(limit watts) watts {
	if v.full() {
		return 0
	}
	p := v.max
	if soc := v.soc(); soc > v.knee {
		left := max(0, (1-soc)/(1-v.knee))
		p = watts(float64(p) * (taperFloor + (1-taperFloor)*left))
	}
	return min(p, limit)
}

// charge lets the vehicle draw for d and returns the energy at the outlet. It
// ends early, exactly at the target, when that is reached.
func (v *vehicle) charge(d time.Duration, limit watts) (drawn energy) {
	d = d.Truncate(time.Millisecond)
	for d > 0 {
		p := v.power(limit)
		if p <= 0 {
			break
		}
		step := min(d, chargeStep)
		e := p.over(step)
		if missing := (v.target - v.stored) * 100 / storedPercent; e > missing {
			drawn += missing
			v.stored = v.target
			break
		}
		v.stored += e * storedPercent / 100
		drawn += e
		d -= step
	}
	return drawn
}

// timeToTarget returns how long the vehicle will draw from a port that offers
// limit, rounded up to a whole step, and at most a day.
func (v vehicle) timeToTarget(limit watts) time.Duration {
	var d time.Duration
	for d < 24*time.Hour && v.power(limit) > 0 {
		v.charge(chargeStep, limit)
		d += chargeStep
	}
	return d
}
