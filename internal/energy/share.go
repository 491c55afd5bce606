package energy

import (
	"math/bits"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Consumer is a charger that shares a limit with others. All amounts count
// thousandths of the limit's unit.
type Consumer struct {
	// Rated is the most that it can take, and what its share is measured by.
	Rated charging.Milli
	// Least is what it needs at least to charge vehicles; at most Rated.
	Least charging.Milli
	// Counts is what it surely does not exceed now: Rated while it has accepted
	// nothing.
	Counts charging.Milli
	// Fixed says that it cannot be told anything now.
	Fixed bool
}

// Division is how a limit is divided.
type Division struct {
	// Targets are what each consumer should be told, in their order; of a fixed
	// one it is what it counts with.
	Targets []charging.Milli
	// Least is the sum that cannot be undercut: what fixed consumers count with,
	// and the least of the others.
	Least charging.Milli
	// Kept says that the targets are together within the limit. Otherwise they
	// are the least of each.
	Kept bool
}

// grain is the step of targets: chargers take limits with one decimal.
const grain charging.Milli = 100

// Divide divides a limit over consumers by their rated power, none below its
// least and none above its rated power. What fixed ones count with is taken off
// first.
func Divide(limit charging.Milli, all []Consumer) Division {
	d := Division{Targets: make([]charging.Milli, len(all))}
	left, weight := limit, charging.Milli(0)
	settled := make([]bool, len(all))
	for i := range all {
		c := &all[i]
		if c.Fixed {
			settled[i] = true
			d.Targets[i] = c.Counts
			d.Least += c.Counts
			left -= c.Counts
			continue
		}
		d.Targets[i] = min(c.Least, c.Rated)
		d.Least += d.Targets[i]
		weight += c.Rated
	}
	if d.Kept = d.Least <= limit; !d.Kept {
		return d
	}
	// Who would get less than its least is given that, and the rest is divided
	// again among the others.
	for again := true; again; {
		again = false
		for i := range all {
			if c := &all[i]; !settled[i] && share(left, c.Rated, weight) <= d.Targets[i] {
				settled[i], again = true, true
				left -= d.Targets[i]
				weight -= c.Rated
			}
		}
	}
	for i := range all {
		if !settled[i] {
			d.Targets[i] = share(left, all[i].Rated, weight)
		}
	}
	return d
}

// share is left·rated/weight, rounded down to a grain and at most rated.
func share(left, rated, weight charging.Milli) charging.Milli {
	switch {
	case left <= 0 || rated <= 0:
		return 0
	case left >= weight:
		return rated
	}
	high, low := bits.Mul64(uint64(left), uint64(rated))
	quotient, _ := bits.Div64(high, low, uint64(weight))
	return charging.Milli(quotient) / grain * grain
}

// worthwhile is which part of its rated power must be added for a consumer to be
// told: chargers wear out by being told, and shares move by roundings.
const worthwhile = 100

// Next returns the consumers that should be told their targets now: first all
// that are to take less. While one of these has not accepted, nobody gets more,
// and nobody ever gets more than what is left, so that the limit is not exceeded
// on the way either. Less than a hundredth of its rated power more is not worth
// telling.
func (d *Division) Next(limit charging.Milli, all []Consumer) []int {
	var lower, raise []int
	sum := charging.Milli(0)
	for i := range all {
		c := &all[i]
		sum += c.Counts
		switch {
		case c.Fixed:
		case d.Targets[i] < c.Counts:
			lower = append(lower, i)
		case d.Targets[i] > c.Counts+c.Rated/worthwhile:
			raise = append(raise, i)
		}
	}
	if len(lower) > 0 || !d.Kept {
		return lower
	}
	next := raise[:0]
	for _, i := range raise {
		if more := d.Targets[i] - all[i].Counts; sum+more <= limit {
			sum += more
			next = append(next, i)
		}
	}
	return next
}
