package alert

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// charge is what is known of a session's charge.
type charge struct {
	charger charging.ID
	told    charging.Milli // the charge that the rules were asked about last
	asked   bool
	low     bool // lowBattery was raised
	reached int  // the highest threshold of chargingCompleted that was raised
}

// socDetail are the members of lowBattery and chargingCompleted alerts (contract
// section 9).
type socDetail struct {
	Threshold int    `json:"socThreshold"`
	Percent   number `json:"socPercent"`
}

// charging raises alerts about the charge of vehicles, once for each session and
// threshold. A session that ended since the last look is looked at once more.
func (a *Alerts) charging(e *fleet.Estate, now time.Time, out *charging.Derived) {
	running := make(map[charging.ID]bool)
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			if s := p.Session; s != nil && s.Shown() {
				running[s.ID] = true
				a.lookAt(e, c, s, now, out)
			}
		}
	}
	for id, known := range a.charges {
		if running[id] {
			continue
		}
		if c := e.Charger(known.charger); c != nil {
			if s := a.findSession(c, id); s != nil {
				a.lookAt(e, c, s, now, out)
			}
		}
		delete(a.charges, id)
	}
}

// lookAt asks the rules about a session when its charge is another than before.
func (a *Alerts) lookAt(e *fleet.Estate, c *charging.Charger, s *charging.Session, now time.Time, out *charging.Derived) {
	known := a.charges[s.ID]
	if known == nil {
		known = &charge{charger: c.ID}
		a.charges[s.ID] = known
	}
	soc := s.Latest.SoC
	if soc.At.IsZero() || known.asked && known.told == soc.Value {
		return
	}
	at, ok := placeOf(e, c)
	if !ok {
		return
	}
	known.told, known.asked = soc.Value, true
	n := notice{at: now, place: at, port: s.PortNumber, session: s, since: s.StartedAt}
	if !known.low {
		known.low = a.lowBattery(e, n, soc.Value, out)
	}
	a.completed(e, n, known, soc.Value, out)
}

func percent(whole int) charging.Milli { return charging.Milli(whole) * 1000 }

// lowBattery raises an alert when the vehicle's charge is low.
func (a *Alerts) lowBattery(e *fleet.Estate, n notice, soc charging.Milli, out *charging.Derived) bool {
	n.kind = charging.AlertLowBattery
	order, groups := byThreshold(a.book.rulesFor(e, n.kind, n.place), func(t *charging.AlertThresholds) []int { return []int{t.LowBatteryPercent} })
	for _, threshold := range order {
		if soc > percent(threshold) {
			continue
		}
		n.incident = fmt.Sprintf("lowBattery/%d", n.session.ID)
		n.detail = socDetail{threshold, number(soc)}
		a.raise(out, n, groups[threshold])
		return true
	}
	return false
}

// completed raises an alert when the vehicle's charge reached a threshold above
// the one that it began with; of several at once, for the highest.
func (a *Alerts) completed(e *fleet.Estate, n notice, known *charge, soc charging.Milli, out *charging.Derived) {
	n.kind = charging.AlertChargingCompleted
	order, groups := byThreshold(a.book.rulesFor(e, n.kind, n.place), func(t *charging.AlertThresholds) []int { return t.CompletedPercents })
	for _, threshold := range slices.Backward(order) {
		if soc < percent(threshold) {
			continue
		}
		if threshold <= known.reached || n.session.HasSoCStart && n.session.SoCStart >= percent(threshold) {
			return
		}
		known.reached = threshold
		n.incident = fmt.Sprintf("chargingCompleted/%d/%d", n.session.ID, threshold)
		n.detail = socDetail{threshold, number(soc)}
		a.raise(out, n, groups[threshold])
		return
	}
}

// lateEvery is how often the end of charging is worked out.
const lateEvery = 30 * time.Second

// lateness is what was worked out for a session whose vehicle is to depart.
type lateness struct {
	eta, departure time.Time // the first ones
	late           int       // how often in a row it was too late
}

// lateDetail are the members of a lateCharging alert (contract section 9).
type lateDetail struct {
	OriginalETA       instant `json:"originalEta"`
	CurrentETA        instant `json:"currentEta"`
	OriginalDeparture instant `json:"originalDepartureTime"`
	CurrentDeparture  instant `json:"currentDepartureTime"`
}

// lateCharging raises alerts about vehicles whose charging will not be done when
// they are to depart. What is worked out must say so twice in a row.
func (a *Alerts) lateCharging(e *fleet.Estate, now time.Time, out *charging.Derived) {
	if a.departures == nil || now.Sub(a.lateAt) < lateEvery {
		return
	}
	a.lateAt = now
	ctx, cancel := context.WithTimeout(context.Background(), settingsTimeout)
	defer cancel()
	next, err := a.departures.NextDepartures(ctx, now)
	if err != nil {
		out.Failed = err
		return
	}
	byVehicle := make(map[charging.ID]*charging.Departure, len(next))
	for i := range next {
		byVehicle[next[i].VehicleID] = &next[i]
	}
	seen := make(map[charging.ID]*lateness)
	if len(next) > 0 {
		for slot := range e.Len() {
			for _, p := range e.At(slot).Ports {
				if s := p.Session; s != nil && s.VehicleID != 0 && byVehicle[s.VehicleID] != nil {
					seen[s.ID] = a.departing(e, e.At(slot), s, byVehicle[s.VehicleID], now, out)
				}
			}
		}
	}
	a.late = seen
}

// departing holds the end of a session's charging against a departure.
func (a *Alerts) departing(e *fleet.Estate, c *charging.Charger, s *charging.Session, d *charging.Departure, now time.Time,
	out *charging.Derived) *lateness {
	known := a.late[s.ID]
	if known == nil {
		known = &lateness{departure: d.At}
	}
	eta := Done(s, d.TargetSoC, now)
	if known.eta.IsZero() {
		known.eta = eta
	}
	at, ok := placeOf(e, c)
	if !ok || eta.IsZero() {
		known.late = 0
		return known
	}
	var holding []*charging.AlertRule
	for _, r := range a.book.rulesFor(e, charging.AlertLateCharging, at) {
		if eta.Sub(d.At) > time.Duration(r.Thresholds.LateMinutes)*time.Minute {
			holding = append(holding, r)
		}
	}
	if len(holding) == 0 {
		known.late = 0
		return known
	}
	if known.late++; known.late == 2 {
		a.raise(out, notice{kind: charging.AlertLateCharging, at: now, place: at, port: s.PortNumber, session: s,
			detail:   lateDetail{instant(known.eta), instant(eta), instant(known.departure), instant(d.At)},
			incident: fmt.Sprintf("lateCharging/%d", s.ID), since: s.StartedAt}, holding)
	}
	return known
}

// Done estimates when a session will have charged its vehicle to a percentage:
// by the power that flows and by how much energy a percent took so far, else by
// how fast the charge rose. It is zero when that cannot be told, and not after now
// when the vehicle is there already.
func Done(s *charging.Session, target int, now time.Time) time.Time {
	soc := s.Latest.SoC
	if soc.At.IsZero() {
		return time.Time{}
	}
	missing := float64(percent(target) - soc.Value)
	if missing <= 0 {
		return soc.At
	}
	risen := float64(soc.Value - s.SoCStart)
	if !s.HasSoCStart || risen < 1000 { // less than a percent tells nothing
		return time.Time{}
	}
	hours := 0.0
	if power := s.Latest.Power; !power.At.IsZero() && power.Value > 0 && s.Energy > 0 {
		hours = float64(s.Energy) / risen * missing / float64(power.Value)
	} else {
		hours = soc.At.Sub(s.StartedAt).Hours() / risen * missing
	}
	const longest = 30 * 24.0
	if hours > longest {
		hours = longest
	}
	from := soc.At
	if now.Sub(from) > time.Hour {
		from = now // an old reading says nothing about what passed since
	}
	return from.Add(time.Duration(hours * float64(time.Hour)))
}
