package health

import (
	"cmp"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// year is the time that 23 CFR 680.116(b) reckons with.
const year = charging.YearMinutes * time.Minute

// months returns the calendar months of UTC that end with that of end, which end
// cuts, the oldest first.
func months(end time.Time, n int) []charging.Span {
	end = end.UTC()
	list := make([]charging.Span, n)
	first := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, time.UTC)
	if first.Equal(end) { // the month that ends here
		first = first.AddDate(0, -1, 0)
	}
	for i := n - 1; i >= 0; i-- {
		list[i] = charging.Span{From: first, To: end}
		first, end = first.AddDate(0, -1, 0), first
	}
	return list
}

// uptime works out the uptime of a port in each of the months.
func (p *past) uptime(port *charging.Port, exclusions []charging.Exclusion, of []charging.Span, detail bool) *charging.PortUptime {
	known, away := p.known(port.Number).and(p.active()), p.away()
	outages := p.portOutages(port.Number, known.without(away))
	down := make([]charging.Span, len(outages))
	for i := range outages {
		down[i] = outages[i].Span
	}
	excluding := p.excluding(port, exclusions)
	excluded := make([]charging.Span, len(excluding))
	for i := range excluding {
		excluded[i] = excluding[i].Span
	}
	out, away := over(down...), away.and(known)
	uncounted := out.and(over(excluded...))
	times := func(s charging.Span) charging.UptimeTimes {
		return charging.UptimeTimes{Span: s, Active: known.within(s).length(), Outage: out.within(s).length(),
			Excluded: uncounted.within(s).length(), Away: away.within(s).length()}
	}
	u := &charging.PortUptime{Charger: p.charger, Port: port}
	for _, month := range of {
		u.Months = append(u.Months, charging.MonthUptime{UptimeTimes: times(month),
			Year: times(charging.Span{From: month.To.Add(-year), To: month.To})})
	}
	if detail {
		u.Outages = told(outages, excluding, earlier(of[0].From, of[len(of)-1].To.Add(-year)))
	}
	return u
}

// told returns the outages that reach beyond a time, each with what excludes it.
func told(outages []charging.Outage, excluding []charging.ExcludedSpan, from time.Time) []charging.Outage {
	var list []charging.Outage
	for _, o := range outages {
		if !o.To.After(from) {
			continue
		}
		o.Excluded = clipped(excluding, o.Span)
		spans := make([]charging.Span, len(o.Excluded))
		for i := range o.Excluded {
			spans[i] = o.Excluded[i].Span
		}
		o.ExcludedFor = over(spans...).length()
		list = append(list, o)
	}
	return list
}

// portOutages lists the outages of a port within the time that counts. Of those
// that overlap, the gravest cause has the time: they never overlap.
func (p *past) portOutages(port int, counted spans) []charging.Outage {
	var all []charging.Outage
	for _, source := range []struct {
		cause charging.OutageCause
		port  int
	}{{charging.CauseOffline, 0}, {charging.CausePort, port}, {charging.CauseStation, charging.StationPort}} {
		found := p.outagesOf(source.port, source.cause, counted)
		taken := make([]charging.Span, len(found))
		for i := range found {
			taken[i] = found[i].Span
		}
		counted = counted.without(over(taken...))
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b charging.Outage) int { return a.From.Compare(b.From) })
	return all
}

// outagesOf cuts the times that count out of the intervals of one source.
func (p *past) outagesOf(port int, cause charging.OutageCause, counted spans) []charging.Outage {
	var list []charging.Outage
	next := 0
	for i := range p.intervals[port] {
		v := &p.intervals[port][i]
		if v.State == charging.ServiceAvailable {
			continue
		}
		whole := p.spanOf(v)
		for next < len(counted) && !counted[next].To.After(whole.From) {
			next++
		}
		for k := next; k < len(counted) && counted[k].From.Before(whole.To); k++ {
			part := charging.Span{From: later(whole.From, counted[k].From), To: earlier(whole.To, counted[k].To)}
			list = append(list, charging.Outage{Span: part, State: v.State, Cause: cause, Began: v.FromRecord, Ended: v.ToRecord,
				Lasts: v.To.IsZero() && part.To.Equal(p.bounds.To)})
		}
	}
	return list
}

// excluding lists what excludes outages of a port: maintenance windows, and the
// exclusions that somebody confirmed.
func (p *past) excluding(port *charging.Port, exclusions []charging.Exclusion) []charging.ExcludedSpan {
	var list []charging.ExcludedSpan
	for _, w := range p.windows {
		list = append(list, charging.ExcludedSpan{Span: charging.Span{From: w.From, To: w.To}, WindowID: w.ID,
			Reason: charging.ExcludeMaintenance})
	}
	for i := range exclusions {
		if x := &exclusions[i]; x.Confirmed && x.Concerns(p.charger, port) {
			list = append(list, charging.ExcludedSpan{Span: charging.Span{From: x.From, To: x.To}, ExclusionID: x.ID, Reason: x.Reason})
		}
	}
	slices.SortFunc(list, func(a, b charging.ExcludedSpan) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.WindowID, b.WindowID), cmp.Compare(a.ExclusionID, b.ExclusionID))
	})
	return list
}

// clipped returns the parts of spans that lie in another.
func clipped(list []charging.ExcludedSpan, in charging.Span) []charging.ExcludedSpan {
	var parts []charging.ExcludedSpan
	for _, x := range list {
		x.From, x.To = later(x.From, in.From), earlier(x.To, in.To)
		if x.From.Before(x.To) {
			parts = append(parts, x)
		}
	}
	return parts
}
