package sim

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

// The bounds of charging profiles, which settings tell too.
const (
	maxStack    = 10
	maxPeriods  = 24
	maxProfiles = 20
)

func compareText(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// refuseProfile returns why a profile cannot be installed, as a reason code of
// 2.x, and "" when it can.
func (c *Charger) refuseProfile(p *profile) string {
	ports := c.portsOf(p.port)
	switch {
	case ports == nil:
		return "UnknownEvse"
	case !p.read() || len(p.schedule.Periods) > maxPeriods:
		return "InvalidSchedule"
	case p.Stack < 0 || p.Stack > maxStack:
		return "InvalidStackLevel"
	case p.Purpose == purposeExternal:
		return "InvalidProfile"
	case p.Purpose == purposeMax && (p.port != 0 || p.Kind == "Relative"):
		return "InvalidProfile"
	case p.Kind == "Relative" && p.schedule.Start != nil:
		return "InvalidSchedule"
	case c.mem != nil && len(c.mem.profiles) >= maxProfiles:
		return "TooManyElements"
	}
	if p.Purpose == purposeTx {
		if p.port == 0 || ports[0].session == nil {
			return "TxNotFound"
		}
		s := ports[0].session
		if id := transactionText(p.Transaction); id != "" && id != s.text() {
			return "TxNotFound"
		}
	}
	return ""
}

// text returns the id of a session's transaction as text, "" as long as it is
// not known.
func (s *session) text() string {
	if s.transaction != "" || !s.known {
		return s.transaction
	}
	b, _ := json.Marshal(s.id) // a number is always marshallable
	return string(b)
}

// compositePeriod is one period of the schedule that all profiles make.
type compositePeriod struct {
	StartPeriod  int64   `json:"startPeriod"`
	Limit        float64 `json:"limit"`
	NumberPhases int     `json:"numberPhases,omitempty"`
}

// compositeSchedule is what a port, or all together, may draw over time.
type compositeSchedule struct {
	start   time.Time
	unit    string
	periods []compositePeriod
}

// composite answers what holds over the next seconds.
func (c *Charger) composite(number, seconds int64, unit string, now instant) (*compositeSchedule, bool) {
	ports := c.portsOf(number)
	if ports == nil || seconds <= 0 {
		return nil, false
	}
	if unit == "" {
		unit = "W"
	}
	s := &compositeSchedule{start: c.fleet.timeOf(now).Truncate(time.Second), unit: unit}
	end := s.start.Add(time.Duration(seconds) * time.Second)
	for t := s.start; t.Before(end) && len(s.periods) < maxPeriods; t = c.nextLimit(ports, t) {
		p := compositePeriod{StartPeriod: int64(t.Sub(s.start) / time.Second), Limit: c.compositeLimit(ports, number == 0, unit, t)}
		if unit == "A" && !c.cfg.Make.DC {
			p.NumberPhases = max(c.cfg.Make.Phases, 1)
		}
		if n := len(s.periods); n == 0 || s.periods[n-1].Limit != p.Limit && s.periods[n-1].StartPeriod != p.StartPeriod {
			s.periods = append(s.periods, p)
		}
	}
	return s, true
}

// nextLimit returns when the limit of ports may change after t; long after when
// never.
func (c *Charger) nextLimit(ports []port, t time.Time) time.Time {
	first := t.Add(365 * 24 * time.Hour)
	if c.mem == nil {
		return first
	}
	for _, pr := range c.mem.profiles {
		for i := range ports {
			if next := pr.next(t, ports[i].begun()); !next.IsZero() && next.Before(first) {
				first = next
			}
		}
	}
	return first
}

// compositeLimit returns the limit of ports together, in the unit, with at most
// one decimal.
func (c *Charger) compositeLimit(ports []port, whole bool, unit string, t time.Time) float64 {
	sum := watts(0)
	for i := range ports {
		sum += c.limitAt(&ports[i], t)
	}
	if whole && c.mem != nil {
		if w, ok := c.strongest(purposeMax, &ports[0], t, time.Time{}); ok {
			sum = min(sum, w)
		}
	}
	limit := float64(sum)
	if unit == "A" {
		limit /= float64(c.voltsTimesPhases(0))
	}
	return math.Floor(limit*10) / 10
}
