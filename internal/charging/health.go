package charging

import "time"

// HealthQuery asks how chargers did over a time (contract section 6). Span is in
// whole seconds.
type HealthQuery struct {
	Span
	Chargers []*Charger // by id
}

// ServiceTimes are how long ports were in each service state.
type ServiceTimes struct{ Available, Faulted, Unavailable time.Duration }

// Sum is how long they were in any.
func (t ServiceTimes) Sum() time.Duration { return t.Available + t.Faulted + t.Unavailable }

// Plus adds the times of another port.
func (t ServiceTimes) Plus(o ServiceTimes) ServiceTimes {
	return ServiceTimes{t.Available + o.Available, t.Faulted + o.Faulted, t.Unavailable + o.Unavailable}
}

// ErrorCounts count faults by what they did to charging.
type ErrorCounts struct{ EndedEarly, FailedToStart, Other int }

// Plus adds the counts of another port.
func (c ErrorCounts) Plus(o ErrorCounts) ErrorCounts {
	return ErrorCounts{c.EndedEarly + o.EndedEarly, c.FailedToStart + o.FailedToStart, c.Other + o.Other}
}

// Total is their sum.
func (c ErrorCounts) Total() int { return c.EndedEarly + c.FailedToStart + c.Other }

// PortHealth is how a port did.
type PortHealth struct {
	Port     *Port
	Service  ServiceTimes
	Charging time.Duration // time in sessions
	Errors   ErrorCounts
	Sessions int // those that began
}

// ChargerHealth is how a charger did.
type ChargerHealth struct {
	Charger *Charger
	// Active is the time since the charger first connected. Online, Offline and
	// the server's own outages, Away, make it up.
	Active, Online, Offline, Away time.Duration
	Maintenance                   time.Duration
	Service                       ServiceTimes // sum over the ports
	Charging                      time.Duration
	// Errors and Sessions are those of the ports and of the charger itself.
	Errors   ErrorCounts
	Sessions int
	Ports    []PortHealth
}

// YearMinutes are those of a year in 23 CFR 680.116(b).
const YearMinutes = 525_600

// UptimeQuery asks for the uptime of ports by month.
type UptimeQuery struct {
	End      time.Time  // of the last month, which it cuts
	Months   int        // how many, back from End
	Chargers []*Charger // by id
	Detail   bool       // with the outages
}

// UptimeTimes are the parts of a time that uptime is worked out from.
type UptimeTimes struct {
	Span
	Active   time.Duration // since the port first told its status
	Outage   time.Duration
	Excluded time.Duration // of the outage
	Away     time.Duration // outages of the server itself, in none of the others but Active
}

// YearPercent is the formula of 23 CFR 680.116(b): the share of a year, whatever
// the time, that was no outage that counts.
func (t *UptimeTimes) YearPercent() float64 { return t.percentOf(YearMinutes * time.Minute) }

// ActivePercent is the same over Active, for months and for ports younger than a
// year; 100 when the port was not there.
func (t *UptimeTimes) ActivePercent() float64 {
	if t.Active <= 0 {
		return 100
	}
	return t.percentOf(t.Active)
}

func (t *UptimeTimes) percentOf(whole time.Duration) float64 {
	down := t.Outage - t.Excluded
	return float64(whole-down) / float64(whole) * 100
}

// MonthUptime is the uptime of a port in a month, and in the 525,600 minutes
// that end with it.
type MonthUptime struct {
	UptimeTimes
	Year UptimeTimes
}

// PortUptime is the uptime of a port.
type PortUptime struct {
	Charger *Charger
	Port    *Port
	Months  []MonthUptime // the oldest first
	// Outages are those of the months and of the last one's Year, oldest first;
	// empty when they were not asked for.
	Outages []Outage
}
