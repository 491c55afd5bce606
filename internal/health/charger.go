package health

import (
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// past is what is known of a charger over a time.
type past struct {
	bounds    charging.Span
	charger   *charging.Charger
	intervals map[int][]charging.ServiceInterval // by port number, in order
	windows   []charging.MaintenanceWindow
	outages   []charging.ServerOutage
}

// spanOf is the part of an interval that lies in the bounds; one that lasts ends
// with them.
func (p *past) spanOf(v *charging.ServiceInterval) charging.Span {
	to := v.To
	if to.IsZero() {
		to = later(p.bounds.To, v.From)
	}
	return charging.Span{From: later(v.From, p.bounds.From), To: earlier(to, p.bounds.To)}
}

// in returns when a port (or charging.StationPort, or 0 for the connection) was
// in one of the states.
func (p *past) in(port int, states ...charging.ServiceState) spans {
	var all spans
	for i := range p.intervals[port] {
		if v := &p.intervals[port][i]; slices.Contains(states, v.State) {
			all = all.plus(p.spanOf(v))
		}
	}
	return all
}

// known returns when anything was known of a port, whatever it was.
func (p *past) known(port int) spans {
	return p.in(port, charging.ServiceAvailable, charging.ServiceFaulted, charging.ServiceUnavailable)
}

// active is the time since the charger first connected.
func (p *past) active() spans { return p.known(0) }

// away is when the server could not be reached, and while the charger, whose
// connection was lost by that, was on its way back.
func (p *past) away() spans {
	var list []charging.Span
	for _, o := range p.outages {
		to := o.To
		if to.IsZero() {
			to = later(p.bounds.To, o.From)
		}
		list = append(list, charging.Span{From: o.From, To: to})
		for i := range p.intervals[0] {
			v := &p.intervals[0][i]
			if v.State != charging.ServiceUnavailable || v.From.Before(o.From) || v.From.After(to) {
				continue
			}
			back := to.Add(charging.ReconnectGrace)
			if !v.To.IsZero() {
				back = earlier(back, v.To)
			}
			list = append(list, charging.Span{From: to, To: back})
		}
	}
	return over(list...).within(p.bounds)
}

// maintenance is when there was a maintenance window.
func (p *past) maintenance() spans {
	list := make([]charging.Span, len(p.windows))
	for i, w := range p.windows {
		list[i] = charging.Span{From: w.From, To: w.To}
	}
	return over(list...).within(p.bounds)
}

// health works out contract section 6 of the charger. What is counted of
// sessions and faults is added by the caller.
func (p *past) health() *charging.ChargerHealth {
	active, away := p.active(), p.away()
	maintenance := p.maintenance().and(active)
	h := &charging.ChargerHealth{
		Charger: p.charger, Active: active.length(), Away: away.and(active).length(), Maintenance: maintenance.length(),
		Online:  p.in(0, charging.ServiceAvailable).without(away).length(),
		Offline: p.in(0, charging.ServiceUnavailable).without(away).length(),
		Ports:   make([]charging.PortHealth, len(p.charger.Ports)),
	}
	uncounted := away.or(maintenance)
	for i, port := range p.charger.Ports {
		service := p.service(port.Number, active, uncounted)
		h.Ports[i] = charging.PortHealth{Port: port, Service: service}
		h.Service = h.Service.Plus(service)
	}
	return h
}

// service says how long a port was in each state: while the charger is offline
// it is unavailable, whatever it last told (contract section 6).
func (p *past) service(port int, active, uncounted spans) charging.ServiceTimes {
	counted := p.known(port).and(active).without(uncounted)
	offline := p.in(0, charging.ServiceUnavailable)
	reachable := counted.without(offline)
	faulted := p.in(port, charging.ServiceFaulted).or(p.in(charging.StationPort, charging.ServiceFaulted)).and(reachable)
	out := p.in(port, charging.ServiceUnavailable).or(p.in(charging.StationPort, charging.ServiceUnavailable)).
		and(reachable).without(faulted)
	t := charging.ServiceTimes{Faulted: faulted.length()}
	t.Unavailable = out.length() + counted.and(offline).length()
	t.Available = counted.length() - t.Faulted - t.Unavailable
	return t
}
