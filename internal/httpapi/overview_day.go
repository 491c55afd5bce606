package httpapi

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// What sites did on their day is kept, and each request adds what ended since the
// one before: the sessions of the past are not gone through again. It is worked
// out of stored sessions, so a restart costs one reading of the day.

const (
	// dayOverlap is how much of what was read is read again: sessions that change
	// at the same time are not stored in the order of their times.
	dayOverlap = 2 * time.Minute
	// dayPage is how many sessions are read at once.
	dayPage = 1000
	// longestDay is how long a day of a site may be, with a clock that is set back.
	longestDay = 26 * time.Hour
	// daySweep is how often what belongs to days before is forgotten.
	daySweep = time.Hour
)

// days is what the chargers did on the day of their site.
type days struct {
	mu    sync.Mutex
	zones map[string]*time.Location
	read  time.Time // up to this change sessions were read; zero for none
	swept time.Time

	ended     map[charging.ID]endedSession
	ofCharger map[charging.ID]dayOfCharger
	// before is what sessions that began on the day before had delivered when the
	// day began.
	before map[charging.ID]energyBefore
}

// endedSession is what a session that ended adds to a day.
type endedSession struct {
	charger charging.ID
	day     time.Time // its beginning
	updated time.Time
	energy  charging.Milli
	began   int // 1 when it began on that day
}

// dayOfCharger is what the sessions of a charger add up to that ended on a day.
type dayOfCharger struct {
	day    time.Time
	energy charging.Milli
	began  int
}

type energyBefore struct {
	day    time.Time
	energy charging.Milli
}

func newDays() *days {
	return &days{zones: make(map[string]*time.Location), ended: make(map[charging.ID]endedSession),
		ofCharger: make(map[charging.ID]dayOfCharger), before: make(map[charging.ID]energyBefore)}
}

// start is when the day of a site began at which it is now.
func (d *days) start(site *charging.Site, now time.Time) time.Time {
	zone := d.zones[site.Timezone]
	if zone == nil {
		var err error
		if zone, err = time.LoadLocation(site.Timezone); err != nil {
			zone = time.UTC // it was checked when it was set; a newer list of zones may lack it
		}
		d.zones[site.Timezone] = zone
	}
	return dayStart(now, zone)
}

// dayStart is when the day began, in a zone: its first instant where clocks are set
// at midnight, so that there is none, or two.
func dayStart(now time.Time, zone *time.Location) time.Time {
	year, month, day := now.In(zone).Date()
	start := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if start.Day() != day {
		start = start.Add(time.Hour)
	}
	if before := start.Add(-time.Hour); before.Day() == day {
		start = before
	}
	return start.UTC()
}

// startOf is when the day of a charger's site began; zero for a charger of none.
func (d *days) startOf(e *fleet.Estate, charger charging.ID, now time.Time) time.Time {
	if c := e.AnyCharger(charger); c != nil {
		if site := e.Site(c.SiteID); site != nil {
			return d.start(site, now)
		}
	}
	return time.Time{}
}

// catchUp reads the sessions that ended since the last time. d.mu is held.
func (d *days) catchUp(ctx context.Context, from Overview, e *fleet.Estate, now time.Time) error {
	if now.Sub(d.swept) > daySweep {
		d.sweep(now)
	}
	after := charging.SessionKey{At: now.Add(-longestDay)}
	if !d.read.IsZero() {
		after.At = d.read.Add(-dayOverlap)
	}
	for {
		page, err := from.EndedBriefly(ctx, after, dayPage)
		if err != nil {
			return err
		}
		if err := d.take(ctx, from, e, now, page); err != nil {
			return err
		}
		if len(page) > 0 {
			last := page[len(page)-1]
			after = charging.SessionKey{At: last.UpdatedAt, ID: last.ID}
			if after.At.After(d.read) {
				d.read = after.At
			}
		}
		if len(page) < dayPage {
			return nil
		}
	}
}

// catchUpTo reads the sessions that ended on the days of a moment of the past, up
// to that moment.
func (d *days) catchUpTo(ctx context.Context, from Overview, e *fleet.Estate, at time.Time) error {
	q := charging.SessionQuery{EndFrom: at.Add(-longestDay), EndBefore: at.Add(time.Microsecond), Limit: dayPage}
	for {
		page, err := from.Sessions(ctx, q)
		if err != nil {
			return err
		}
		if err := d.take(ctx, from, e, at, page); err != nil {
			return err
		}
		if len(page) < dayPage {
			return nil
		}
		last := page[len(page)-1]
		q.After = charging.SessionKey{At: last.StartedAt, ID: last.ID}
	}
}

// take adds sessions that ended, in place of what was known of them.
func (d *days) take(ctx context.Context, from Overview, e *fleet.Estate, now time.Time, list []*charging.Session) error {
	if err := d.learn(ctx, from, e, now, list); err != nil {
		return err
	}
	for _, v := range list {
		d.drop(v.ID)
		day := d.startOf(e, v.ChargerID, now)
		if day.IsZero() || v.EndedAt.Before(day) {
			continue
		}
		s := endedSession{charger: v.ChargerID, day: day, updated: v.UpdatedAt, energy: d.since(v, day)}
		if !v.StartedAt.Before(day) {
			s.began = 1
		}
		sum := d.ofCharger[v.ChargerID]
		if !sum.day.Equal(day) {
			sum = dayOfCharger{day: day}
		}
		sum.energy, sum.began = sum.energy+s.energy, sum.began+s.began
		d.ended[v.ID], d.ofCharger[v.ChargerID] = s, sum
	}
	return nil
}

// drop takes a session out of its day.
func (d *days) drop(id charging.ID) {
	s, known := d.ended[id]
	if !known {
		return
	}
	delete(d.ended, id)
	if sum := d.ofCharger[s.charger]; sum.day.Equal(s.day) {
		sum.energy, sum.began = sum.energy-s.energy, sum.began-s.began
		d.ofCharger[s.charger] = sum
	}
}

// learn reads what sessions had delivered when the day began, of those that began
// before it and are not known yet.
func (d *days) learn(ctx context.Context, from Overview, e *fleet.Estate, now time.Time, list []*charging.Session) error {
	unknown := make(map[time.Time][]*charging.Session)
	for _, v := range list {
		day := d.startOf(e, v.ChargerID, now)
		if day.IsZero() || !v.StartedAt.Before(day) || !v.EndedAt.IsZero() && v.EndedAt.Before(day) {
			continue
		}
		if !d.learned(v, day) {
			unknown[day] = append(unknown[day], v)
		}
	}
	for day, list := range unknown {
		slices.SortFunc(list, func(a, b *charging.Session) int {
			return cmp.Or(cmp.Compare(a.ChargerID, b.ChargerID), cmp.Compare(a.PortNumber, b.PortNumber))
		})
		then, err := from.EnergyAt(ctx, list, day)
		if err != nil {
			return err
		}
		for _, v := range list {
			known, ok := then[v.ID]
			if !ok {
				known = energyUntil(v, day)
			}
			d.before[v.ID] = energyBefore{day, known}
		}
	}
	return nil
}

// learned reports whether it is known what a session had delivered when the day
// began.
func (d *days) learned(v *charging.Session, day time.Time) bool {
	known, ok := d.before[v.ID]
	return ok && known.day.Equal(day)
}

// energyUntil is how much of a session's energy falls before a moment when it came
// evenly: for those that were heard of only afterwards.
func energyUntil(v *charging.Session, at time.Time) charging.Milli {
	end := v.EndedAt
	if end.IsZero() {
		end = v.UpdatedAt
	}
	whole := end.Sub(v.StartedAt)
	if whole <= 0 || !end.After(at) {
		return v.Energy
	}
	return charging.Milli(float64(v.Energy) * (float64(at.Sub(v.StartedAt)) / float64(whole)))
}

// since is what a session delivered on a day.
func (d *days) since(v *charging.Session, day time.Time) charging.Milli {
	if !v.StartedAt.Before(day) {
		return v.Energy
	}
	return max(0, v.Energy-d.before[v.ID].energy)
}

// add adds what the chargers of a site did on its day. The sessions that run must
// have been learned.
func (d *days) add(day time.Time, c *charging.Charger, energy *charging.Milli, began *int) {
	for _, p := range c.Ports {
		s := shownSession(p)
		if s == nil {
			continue
		}
		if over, ended := d.ended[s.ID]; ended {
			if !s.UpdatedAt.After(over.updated) {
				continue // it ended since the estate was looked at
			}
			d.drop(s.ID) // it was taken up again
		}
		*energy += d.since(s, day)
		if !s.StartedAt.Before(day) {
			*began++
		}
	}
	if sum := d.ofCharger[c.ID]; sum.day.Equal(day) {
		*energy, *began = *energy+sum.energy, *began+sum.began
	}
}

// sweep forgets what belongs to days before.
func (d *days) sweep(now time.Time) {
	d.swept = now
	oldest := now.Add(-longestDay)
	for id, s := range d.ended {
		if s.day.Before(oldest) {
			delete(d.ended, id)
		}
	}
	for id, b := range d.before {
		if b.day.Before(oldest) {
			delete(d.before, id)
		}
	}
}
