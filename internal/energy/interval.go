package energy

import (
	"cmp"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Course is how the energy of a session rose: what it had delivered at some
// times, and evenly in between.
type Course struct {
	points []point // by time, the first with nothing delivered
	powers []power // by time
}

type point struct {
	at     time.Time
	energy charging.Milli
}

type power struct {
	at    time.Time
	value charging.Milli
}

// CourseOf makes the course of a session out of what was known after each of its
// messages, in any order. end is when it ended, or until when it is looked at.
func CourseOf(v *charging.Session, known []charging.ProfilePoint, end time.Time) *Course {
	end = later(end, v.StartedAt)
	c := &Course{points: make([]point, 0, len(known)+2)}
	for i := range known {
		if p := &known[i]; p.At.After(v.StartedAt) && p.At.Before(end) {
			c.points = append(c.points, point{p.At, p.Energy})
		}
		if p := known[i].Latest.Power; !p.At.IsZero() {
			c.powers = append(c.powers, power{p.At, p.Value})
		}
	}
	c.points = append(c.points, point{v.StartedAt, 0}, point{end, v.Energy})
	slices.SortStableFunc(c.points, func(a, b point) int { return a.at.Compare(b.at) })
	slices.SortFunc(c.powers, func(a, b power) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.value, b.value)) })
	// A late message may have known less than one before it, and a stop that
	// corrects the sum may end below: what was delivered never falls.
	most := charging.Milli(0)
	for i := range c.points {
		most = min(max(most, c.points[i].energy), v.Energy)
		c.points[i].energy = most
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Start and End are the times of the course.
func (c *Course) Start() time.Time { return c.points[0].at }

// End is when the course ends.
func (c *Course) End() time.Time { return c.points[len(c.points)-1].at }

// At is what had been delivered at a time, in mWh.
func (c *Course) At(t time.Time) charging.Milli {
	i, found := slices.BinarySearchFunc(c.points, t, func(p point, t time.Time) int { return p.at.Compare(t) })
	for found && i+1 < len(c.points) && c.points[i+1].at.Equal(t) {
		i++ // of several at once the last
	}
	switch {
	case found:
		return c.points[i].energy
	case i == 0:
		return 0
	case i == len(c.points):
		return c.points[i-1].energy
	}
	a, b := c.points[i-1], c.points[i]
	share := float64(t.Sub(a.at)) / float64(b.at.Sub(a.at))
	return a.energy + charging.Milli(share*float64(b.energy-a.energy))
}

// quarterHour is the length of an interval (contract 5.2).
const quarterHour = 15 * time.Minute

// Interval is a quarter hour of a session, cut to it.
type Interval struct {
	Start, End time.Time
	Energy     charging.Milli // mWh
	// Demand is the mean power, MaxDemand the highest that was measured, in mW;
	// the mean where none was.
	Demand, MaxDemand charging.Milli
}

// Intervals are the quarter hours of UTC that the course touches, the first and
// the last cut to it. Their energies add up to that of the session.
func (c *Course) Intervals() []Interval {
	var list []Interval
	for from := c.Start(); from.Before(c.End()); {
		to := from.Truncate(quarterHour).Add(quarterHour)
		if to.After(c.End()) {
			to = c.End()
		}
		v := Interval{Start: from, End: to, Energy: c.At(to) - c.At(from)}
		if from.Equal(c.Start()) {
			v.Energy = c.At(to) // a meter that had something at once
		}
		v.Demand = Demand(v.Energy, to.Sub(from))
		v.MaxDemand = max(v.Demand, c.highest(from, to))
		list, from = append(list, v), to
	}
	return list
}

// MaxDemand is the highest mean of a quarter hour, in mW. Quarter hours that the
// session only touches count whole, as meters of demand count them, so that the
// few seconds of a cut one say nothing (contract 5.4).
func MaxDemand(intervals []Interval) charging.Milli {
	most := charging.Milli(0)
	for i := range intervals {
		most = max(most, Demand(intervals[i].Energy, quarterHour))
	}
	return most
}

// highest is the highest power that was measured from a time until before another.
func (c *Course) highest(from, to time.Time) charging.Milli {
	i, _ := slices.BinarySearchFunc(c.powers, from, func(p power, t time.Time) int { return p.at.Compare(t) })
	most := charging.Milli(0)
	for ; i < len(c.powers) && c.powers[i].at.Before(to); i++ {
		most = max(most, c.powers[i].value)
	}
	return most
}

// Demand is the mean power, in mW, of energy in mWh over a time; 0 over none.
func Demand(energy charging.Milli, over time.Duration) charging.Milli {
	if over <= 0 {
		return 0
	}
	return charging.Milli(float64(energy) * float64(time.Hour) / float64(over))
}

// PeriodEnergy is what a session took within tariff periods of one name.
type PeriodEnergy struct {
	Name   string
	Energy charging.Milli // mWh
}

// ByTariff is the energy of the course by tariff period, in the order in which
// the periods are listed; where several hold, the first counts. Energy at times
// of no period is left out.
func (c *Course) ByTariff(periods []charging.TariffPeriod, zone *time.Location) []PeriodEnergy {
	sums := make(map[string]charging.Milli)
	for from := c.Start(); from.Before(c.End()); {
		to := nextChange(periods, from.In(zone))
		if to.After(c.End()) {
			to = c.End()
		}
		i := slices.IndexFunc(periods, func(p charging.TariffPeriod) bool { return p.Holds(from.In(zone)) })
		if i >= 0 {
			sums[periods[i].Name] += c.At(to) - c.At(from)
		}
		from = to
	}
	list := []PeriodEnergy{}
	for i := range periods {
		name := periods[i].Name
		if !slices.ContainsFunc(list, func(p PeriodEnergy) bool { return p.Name == name }) {
			list = append(list, PeriodEnergy{name, sums[name]})
		}
	}
	return list
}

// nextChange is the next time after local at which another period may hold: a
// bound of one, midnight, or the clocks being set. Until then the day is reckoned
// with the offset of local, so that in an hour that comes twice each bound is met
// twice.
func nextChange(periods []charging.TariffPeriod, local time.Time) time.Time {
	year, month, day := local.Date()
	_, offset := local.Zone()
	at := func(minute int) time.Time {
		return time.Date(year, month, day, 0, minute, 0, 0, time.UTC).Add(-time.Duration(offset) * time.Second)
	}
	next := at(24 * 60)
	if _, set := local.ZoneBounds(); !set.IsZero() && set.Before(next) {
		next = set
	}
	for i := range periods {
		for _, bound := range []time.Time{at(periods[i].From), at(periods[i].To)} {
			if bound.After(local) && bound.Before(next) {
				next = bound
			}
		}
	}
	return next.UTC()
}
