package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// What a stream of chance decides about. Each has its own, so that what the
// network does to one decision leaves the others as they were.
const (
	chanceFaults uint64 = iota + 1
	chanceDrops
	chanceBackOff
	chanceVisits // and on: one stream a port and visit
)

// chance is a stream of decisions.
type chance struct{ pcg rand.PCG }

// newChance returns the stream for a purpose of the charger with that index.
func newChance(seed uint64, charger int, purpose uint64) chance {
	var c chance
	c.pcg.Seed(seed^0x9e3779b97f4a7c15, uint64(charger)<<32^purpose*0xbf58476d1ce4e5b9)
	c.pcg.Uint64() // the first number of neighbouring seeds is alike
	return c
}

// visitChance returns the stream for what the n-th visitor of a port does.
func visitChance(seed uint64, charger, port int, n uint32) chance {
	return newChance(seed, charger, chanceVisits+uint64(port)<<32+uint64(n))
}

// float returns a number in [0, 1).
func (c *chance) float() float64 { return float64(c.pcg.Uint64()>>11) / (1 << 53) }

// below returns a whole number in [0, n).
func (c *chance) below(n int) int { return int(c.float() * float64(n)) }

// yes returns true with that probability.
func (c *chance) yes(share float64) bool { return c.float() < share }

// between returns a number in [lo, hi).
func (c *chance) between(lo, hi float64) float64 { return lo + (hi-lo)*c.float() }

// span returns a time in [lo, hi).
func (c *chance) span(lo, hi time.Duration) time.Duration {
	return time.Duration(c.between(float64(lo), float64(hi)))
}

// wait returns the time to the next of things that happen perHour times an
// hour, independently of each other; never is returned for 0.
func (c *chance) wait(perHour float64) time.Duration {
	if perHour <= 0 {
		return never
	}
	hours := -math.Log(1-c.float()) / perHour
	return time.Duration(min(hours, 1e6) * float64(time.Hour))
}

// around returns a time of which mean is the average, at least a tenth of it.
func (c *chance) around(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * (0.1 - 0.9*math.Log(1-c.float())))
}
