package health

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Store is where the past is read; *store.Store is one. What it returns of a
// time are all things that have a part in it.
type Store interface {
	// ServiceIntervals calls each with the service intervals of the chargers, by
	// charger, port and time.
	ServiceIntervals(ctx context.Context, chargers []charging.ID, during charging.Span, each func(charging.ServiceInterval)) error
	// SessionTimes calls each with the sessions of the chargers; the end of one
	// that runs is zero.
	SessionTimes(ctx context.Context, chargers []charging.ID, from, to time.Time, each func(charger charging.ID, port int, start, end time.Time)) error
	// FaultCounts calls each with how many faults of a category a port had; port
	// 0 is the charger itself.
	FaultCounts(ctx context.Context, during charging.Span, each func(charger charging.ID, port int, c charging.FaultCategory, n int)) error
	WindowsDuring(ctx context.Context, during charging.Span) ([]charging.MaintenanceWindow, error)
	ExclusionsDuring(ctx context.Context, during charging.Span) ([]charging.Exclusion, error)
	ServerOutages(ctx context.Context, during charging.Span) ([]charging.ServerOutage, error)
	// Origin returns a record of the history as far as it says which message it
	// came from; nil for none.
	Origin(ctx context.Context, record int64) (*charging.Record, error)
}

// Service answers how chargers did. Its methods may be called by any goroutine.
type Service struct{ store Store }

// New returns a Service over a store.
func New(store Store) *Service { return &Service{store} }

// Health calls each with every charger of the query, in its order. All times are
// cut to whole seconds, so that the parts add up.
func (s *Service) Health(ctx context.Context, q charging.HealthQuery, each func(*charging.ChargerHealth)) error {
	use, err := s.use(ctx, q)
	if err != nil {
		return err
	}
	return s.pasts(ctx, q.Span, q.Chargers, toSecond, func(p *past) {
		h := p.health()
		use.addTo(h)
		each(h)
	})
}

// Uptime calls each with every port of the query's chargers, in their order.
func (s *Service) Uptime(ctx context.Context, q charging.UptimeQuery, each func(*charging.PortUptime)) error {
	of := months(q.End, q.Months)
	bounds := charging.Span{From: of[0].To.Add(-year), To: q.End.UTC()}
	exclusions, err := s.store.ExclusionsDuring(ctx, bounds)
	if err != nil {
		return err
	}
	return s.pasts(ctx, bounds, q.Chargers, unchanged, func(p *past) {
		for _, port := range p.charger.Ports {
			each(p.uptime(port, exclusions, of, q.Detail))
		}
	})
}

// Origin returns a record that began or ended an outage, as far as it says which
// message it came from; nil for none.
func (s *Service) Origin(ctx context.Context, record int64) (*charging.Record, error) {
	return s.store.Origin(ctx, record)
}

func toSecond(t time.Time) time.Time { return t.Truncate(time.Second) }

func unchanged(t time.Time) time.Time { return t }

// pasts reads what is known of the chargers in one pass and calls each with every
// one of them.
func (s *Service) pasts(ctx context.Context, bounds charging.Span, chargers []*charging.Charger, round func(time.Time) time.Time,
	each func(*past)) error {
	outages, err := s.store.ServerOutages(ctx, bounds)
	if err != nil {
		return err
	}
	for i := range outages {
		outages[i].From, outages[i].To = round(outages[i].From), round(outages[i].To)
	}
	windows, err := s.store.WindowsDuring(ctx, bounds)
	if err != nil {
		return err
	}
	windowsOf := map[charging.ID][]charging.MaintenanceWindow{}
	for _, w := range windows {
		w.From, w.To = round(w.From), round(w.To)
		windowsOf[w.ChargerID] = append(windowsOf[w.ChargerID], w)
	}
	next := 0
	begin := func() *past {
		c := chargers[next]
		return &past{bounds: bounds, charger: c, intervals: map[int][]charging.ServiceInterval{}, windows: windowsOf[c.ID], outages: outages}
	}
	var now *past
	advance := func() {
		each(now)
		next, now = next+1, nil
	}
	err = s.store.ServiceIntervals(ctx, idsOf(chargers), bounds, func(v charging.ServiceInterval) {
		for next < len(chargers) && chargers[next].ID < v.ChargerID {
			if now == nil {
				now = begin()
			}
			advance()
		}
		if next == len(chargers) || chargers[next].ID != v.ChargerID {
			return
		}
		if now == nil {
			now = begin()
		}
		v.From, v.To = round(v.From), round(v.To)
		now.intervals[v.PortNumber] = append(now.intervals[v.PortNumber], v)
	})
	if err != nil {
		return err
	}
	for next < len(chargers) {
		if now == nil {
			now = begin()
		}
		advance()
	}
	return nil
}

func idsOf(chargers []*charging.Charger) []charging.ID {
	ids := make([]charging.ID, len(chargers))
	for i, c := range chargers {
		ids[i] = c.ID
	}
	return ids
}

// use is what ports were used for, and what went wrong then.
type use map[portKey]*counts

type portKey struct {
	charger charging.ID
	port    int
}

type counts struct {
	charging time.Duration
	sessions int
	errors   charging.ErrorCounts
}

func (u use) of(charger charging.ID, port int) *counts {
	k := portKey{charger, port}
	if u[k] == nil {
		u[k] = &counts{}
	}
	return u[k]
}

func (s *Service) use(ctx context.Context, q charging.HealthQuery) (use, error) {
	u := use{}
	err := s.store.SessionTimes(ctx, idsOf(q.Chargers), q.From, q.To, func(charger charging.ID, port int, start, end time.Time) {
		c := u.of(charger, port)
		if !start.Before(q.From) && start.Before(q.To) {
			c.sessions++
		}
		if end.IsZero() {
			end = q.To
		}
		from, to := toSecond(later(start, q.From)), toSecond(earlier(end, q.To))
		c.charging += max(0, to.Sub(from))
	})
	if err != nil {
		return nil, err
	}
	err = s.store.FaultCounts(ctx, q.Span, func(charger charging.ID, port int, category charging.FaultCategory, n int) {
		e := &u.of(charger, port).errors
		switch category {
		case charging.FaultEndedCharging:
			e.EndedEarly += n
		case charging.FaultPreventedCharging:
			e.FailedToStart += n
		case charging.FaultOther:
			e.Other += n
		}
	})
	return u, err
}

// addTo adds the use of a charger and its ports to how it did. What is of no port
// is of the charger all the same.
func (u use) addTo(h *charging.ChargerHealth) {
	for i := range h.Ports {
		p := &h.Ports[i]
		if c := u[portKey{h.Charger.ID, p.Port.Number}]; c != nil {
			p.Charging, p.Sessions, p.Errors = c.charging, c.sessions, c.errors
		}
	}
	ports := []int{0}
	for _, p := range h.Charger.Ports {
		ports = append(ports, p.Number)
	}
	for _, port := range ports {
		if c := u[portKey{h.Charger.ID, port}]; c != nil {
			h.Charging += c.charging
			h.Sessions += c.sessions
			h.Errors = h.Errors.Plus(c.errors)
		}
	}
}
