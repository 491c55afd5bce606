package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/energy"
)

// sharing is a site's limit with those that share it.
type sharing struct {
	limit     charging.Milli
	unit      string
	chargers  []*charging.Charger
	consumers []energy.Consumer
	guessed   []bool // the rated power is not known
	division  energy.Division
}

// share divides the limits of a site over its chargers as they are now; nil
// without limits. l.mu is held.
func (l *Limits) share(site charging.ID, limits []charging.SiteLimit) *sharing {
	if len(limits) == 0 {
		return nil
	}
	s := &sharing{}
	s.limit, s.unit = effective(limits)
	now := time.Now()
	for c := range l.fleet.Estate().Chargers(site) {
		rated, known := ratedPower(c, s.unit)
		t := l.told[c.ID]
		consumer := energy.Consumer{Rated: rated, Least: leastPower(c, s.unit), Counts: rated, Fixed: !l.reachable(c)}
		if t != nil {
			consumer.Fixed = consumer.Fixed || t.failed && now.Before(t.after)
			if t.Bounded {
				consumer.Counts = convert(t.Bound, t.Unit, s.unit)
				if known {
					consumer.Counts = min(consumer.Counts, rated)
				}
			}
		}
		s.chargers, s.consumers, s.guessed = append(s.chargers, c), append(s.consumers, consumer), append(s.guessed, !known)
	}
	s.redivide()
	return s
}

func (s *sharing) redivide() { s.division = energy.Divide(s.limit, s.consumers) }

// reachable reports whether a charger can be called now.
func (l *Limits) reachable(c *charging.Charger) bool {
	_, _, connected := l.lines.Protocol(c.ID)
	return connected && accepted(c)
}

// seeTo brings the chargers of a site a step nearer to its limit, or to none;
// l.mu is held.
func (l *Limits) seeTo(site charging.ID) {
	s := l.share(site, l.limits[site])
	if s == nil {
		for c := range l.fleet.Estate().Chargers(site) {
			if t := l.told[c.ID]; t != nil {
				l.clear(site, t, l.reachable(c))
			}
		}
		l.judge(site, nil)
		return
	}
	now := time.Now()
	next := s.division.Next(s.limit, s.consumers)
	for i, c := range s.chargers {
		if s.consumers[i].Fixed {
			continue
		}
		t := l.told[c.ID]
		if t == nil {
			t = &told{ChargerLimit: charging.ChargerLimit{ChargerID: c.ID}}
			l.told[c.ID] = t
		}
		if t.busy || now.Before(t.after) {
			continue
		}
		// Besides those that get another limit: who has none yet, and who booted,
		// refused or did not answer, is told again what it may have now.
		target := s.division.Targets[i]
		again := !t.Bounded || !t.Confirmed || t.Answer != charging.LimitAccepted
		switch {
		case slices.Contains(next, i):
			l.tell(site, c, t, target, s.unit)
		case again:
			l.tell(site, c, t, min(target, s.consumers[i].Counts), s.unit)
		}
	}
	l.judge(site, s)
}

// judge takes note of whether a site's limit can be kept; l.mu is held.
func (l *Limits) judge(site charging.ID, s *sharing) {
	before, known := l.problems[site]
	if s == nil || s.division.Kept {
		if known {
			delete(l.problems, site)
			l.notKept.Set(float64(len(l.problems)))
			l.log.Info("the power limit of a site can be kept again", "site", site)
			l.note(site, before.chargers, "kept", "")
		}
		return
	}
	if known || l.setting[site] || time.Since(l.started) < l.cfg.Quiet {
		return // known, or told to who sets it, or chargers are coming back
	}
	p := problem{reason: l.reason(s)}
	for i, c := range s.chargers {
		if s.consumers[i].Fixed {
			p.chargers = append(p.chargers, c.ID)
		}
	}
	if len(p.chargers) == 0 {
		for _, c := range s.chargers {
			p.chargers = append(p.chargers, c.ID)
		}
	}
	l.problems[site] = p
	l.notKept.Set(float64(len(l.problems)))
	l.log.Warn("the power limit of a site cannot be kept", "site", site, "reason", p.reason)
	l.note(site, p.chargers, "notKept", p.reason)
}

// note puts it into the history of chargers that their site's limit is not
// kept, or is again.
func (l *Limits) note(site charging.ID, chargers []charging.ID, status, reason string) {
	detail, err := json.Marshal(struct {
		SiteID charging.ID `json:"siteId"`
		Reason string      `json:"reason,omitempty"`
	}{site, reason})
	if err != nil {
		return
	}
	l.running.Go(func() {
		for _, id := range chargers {
			ctx, cancel := context.WithTimeout(l.ctx, keepNoteWithin)
			_, err := l.fleet.Handle(ctx, charging.Event{ChargerID: id, Received: time.Now().UTC().Truncate(time.Microsecond),
				Body: charging.Noted{Kind: charging.NotePowerLimit, Status: status, Detail: string(detail)}})
			cancel()
			if err != nil && l.ctx.Err() == nil {
				l.log.Warn("a note about a site's power limit could not be kept", "charger", id, "err", err)
			}
		}
	})
}

const keepNoteWithin = 30 * time.Second

// namedAtMost is how many chargers a reason names.
const namedAtMost = 5

// reason says in plain words why a limit cannot be kept; l.mu is held.
func (l *Limits) reason(s *sharing) string {
	var whole []string
	least, others := charging.Milli(0), 0
	for i, c := range s.chargers {
		if consumer := &s.consumers[i]; !consumer.Fixed {
			least += consumer.Least
			others++
			continue
		}
		whole = append(whole, fmt.Sprintf("%s counts with %s (%s)", c.Name, amount(s.consumers[i].Counts, s.unit), l.hindrance(c)))
	}
	if n := len(whole); n > namedAtMost {
		whole = append(whole[:namedAtMost], strconv.Itoa(n-namedAtMost)+" more count likewise")
	}
	if others > 0 {
		rest := strconv.Itoa(others) + " others need"
		switch {
		case others == 1 && len(whole) > 0:
			rest = "the other charger needs"
		case others == 1:
			rest = "the charger needs"
		case len(whole) == 0:
			rest = "its chargers need"
		}
		whole = append(whole, rest+" at least "+amount(least, s.unit))
	}
	return fmt.Sprintf("%s is less than the %s that the site may take at least: %s", amount(s.limit, s.unit),
		amount(s.division.Least, s.unit), strings.Join(whole, ", "))
}

// hindrance says why a charger cannot be told its limit now; l.mu is held.
func (l *Limits) hindrance(c *charging.Charger) string {
	t := l.told[c.ID]
	switch {
	case t != nil && t.Bounded && !l.reachable(c):
		return "not connected, it had accepted that"
	case !l.reachable(c):
		return "not connected"
	case t == nil || t.Answer == charging.LimitWaiting:
		return "it has not answered yet"
	case t.Answer == charging.LimitNotSupported:
		return "it does not support charging profiles"
	case t.Answer == charging.LimitNoAnswer:
		return "it did not answer"
	case t.Answer == charging.LimitImpossible:
		return t.Reason
	}
	return "it rejected the charging profile"
}

// amount writes thousandths of W or A for people: 150 kW, 16 A.
func amount(v charging.Milli, unit string) string {
	unitOf := " " + unit
	f := float64(v) / 1000
	if unit == charging.UnitWatt {
		unitOf, f = " kW", f/1000
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".") + unitOf
}
