package httpapi

import (
	"context"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// PowerCurves is where it is read what power ports had; *store.Store is one.
type PowerCurves interface {
	// PowerDuring calls each with what was told of the power of ports in a time,
	// and with what was known when it began, in the order of receipt.
	PowerDuring(ctx context.Context, ports []charging.PortPlace, during charging.Span, each func(port int, p charging.PowerPoint)) error
	// SiteLimitsDuring returns the limits that held at some time of a span.
	SiteLimitsDuring(ctx context.Context, site charging.ID, during charging.Span) ([]charging.SiteLimit, error)
}

const (
	longestCurve = 8 * 24 * time.Hour
	// powerHolds is for how long a reading of power counts when no other follows:
	// longer than the quarter hour that pruned readings are apart.
	powerHolds = 20 * time.Minute
)

func (a *API) powerCurveRoutes() []route {
	if a.cfg.PowerCurves == nil {
		return nil
	}
	return []route{{path: "/api/sites/{id}/power-curve", handle: a.permitted(charging.PermitScreen, a.powerCurve), cors: true}}
}

type powerCurveJSON struct {
	SiteID      charging.ID      `json:"siteId"`
	From        instantJSON      `json:"from"`
	To          instantJSON      `json:"to"`
	StepSeconds int              `json:"stepSeconds"`
	Points      []powerPointJSON `json:"points"`
	LimitKw     *thousandths     `json:"limitKw"`
}

type powerPointJSON struct {
	Timestamp instantJSON  `json:"timestamp"`
	PowerKw   *thousandths `json:"powerKw"`
	LimitKw   *thousandths `json:"limitKw"`
}

// powerCurve answers GET /api/sites/{id}/power-curve.
func (a *API) powerCurve(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	e, of := a.fleet.Estate(), sight{scope: auth.ScopeOf(key)}
	site := e.Site(id)
	if site == nil || !of.site(e, site) {
		return errNotFound
	}
	now := time.Now()
	during, err := curveSpan(r, site, now)
	if err != nil {
		return err
	}
	answer, err := a.readCurve(r.Context(), e, &of, site, during, now)
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil // nobody waits for it any more
	case err != nil:
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[*powerCurveJSON]{answer})
	return nil
}

// readCurve reads what is seen of the power of a site. It may read much, as what
// reads the past does, so only a few do at the same time.
func (a *API) readCurve(ctx context.Context, e *fleet.Estate, of *sight, site *charging.Site, during charging.Span, now time.Time) (*powerCurveJSON, error) {
	select {
	case a.past <- struct{}{}:
		defer func() { <-a.past }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	curve := newCurve(during, now)
	if err := a.cfg.PowerCurves.PowerDuring(ctx, portsOf(e, of, site), during, curve.add); err != nil {
		return nil, err
	}
	curve.end()
	var limits []charging.SiteLimit
	if of.wholeSite(e, site) { // else they are not of what is seen
		var err error
		if limits, err = a.cfg.PowerCurves.SiteLimitsDuring(ctx, site.ID, during); err != nil {
			return nil, err
		}
	}
	answer := &powerCurveJSON{SiteID: site.ID, From: instantJSON(during.From), To: instantJSON(during.To), StepSeconds: int(curve.step / time.Second),
		Points: make([]powerPointJSON, len(curve.steps)), LimitKw: limitAt(limits, latest(during.To.Add(-time.Microsecond), now))}
	for i := range curve.steps {
		at := curve.from.Add(time.Duration(i) * curve.step)
		answer.Points[i] = powerPointJSON{instantJSON(at), curve.steps[i].power(), limitAt(limits, at)}
	}
	return answer, nil
}

// latest is a time, but not after now.
func latest(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}

// curveSpan reads from and to: by default the day of the site until now.
func curveSpan(r *http.Request, site *charging.Site, now time.Time) (charging.Span, error) {
	p := parametersOf(r)
	during := charging.Span{From: p.instant("from"), To: p.instant("to")}
	if during.To.IsZero() {
		during.To = now.UTC().Truncate(time.Microsecond)
	}
	if during.From.IsZero() {
		zone, err := time.LoadLocation(site.Timezone)
		if err != nil {
			zone = time.UTC // it was checked when it was set; a newer list of zones may lack it
		}
		during.From = dayStart(during.To.Add(-time.Microsecond), zone)
	}
	switch {
	case p.err != nil:
	case !during.From.Before(during.To):
		p.wrong("to", "must be after from")
	case during.To.Sub(during.From) > longestCurve:
		p.wrong("to", "must be at most 8 days after from")
	}
	return during, p.err
}

// portsOf are the ports of the site's chargers that are seen, those of retired ones
// too.
func portsOf(e *fleet.Estate, of *sight, site *charging.Site) []charging.PortPlace {
	var list []charging.PortPlace
	add := func(c *charging.Charger) {
		for _, p := range c.Ports {
			list = append(list, charging.PortPlace{ChargerID: c.ID, Number: p.Number})
		}
	}
	for _, slot := range of.slots(e, site) {
		add(e.At(int(slot)))
	}
	for _, c := range e.Retired() {
		if c.SiteID == site.ID && of.charger(e, site, c.ID) {
			add(c)
		}
	}
	return list
}

// limitAt is the smallest limit in kW that held at a moment; nil for none, or one
// in amperes.
func limitAt(limits []charging.SiteLimit, at time.Time) *thousandths {
	var held []charging.SiteLimit
	for i := range limits {
		if l := &limits[i]; !l.CreatedAt.After(at) && (l.RemovedAt.IsZero() || l.RemovedAt.After(at)) {
			held = append(held, *l)
		}
	}
	return wattLimit(held)
}

// curve adds up the power of ports, step by step.
type curve struct {
	from  time.Time
	until time.Time // up to which anything can be known: the end of the span, or now
	step  time.Duration
	steps []curveStep

	port   int
	points []charging.PowerPoint // of port
	own    []portStep            // of port
}

// curveStep is the power of a step.
type curveStep struct {
	sum     float64 // mW: of each port the mean of the time in which it is known
	known   bool    // that of any port is known
	charged bool    // that of a session is known
	missing bool    // a session ran of which nothing is known
}

// portStep is what a port did in a step.
type portStep struct {
	known            time.Duration
	sum              float64 // mW times the known nanoseconds
	charged, missing bool
}

// power is nil when nothing is known, or sessions ran and nothing is known of any.
func (s *curveStep) power() *thousandths {
	if !s.known || s.missing && !s.charged {
		return nil
	}
	return kwhOf(charging.Milli(math.Round(s.sum)))
}

// stepOf is how far the points of a curve are apart: there are some hundreds.
func stepOf(span time.Duration) time.Duration {
	switch {
	case span <= 26*time.Hour:
		return 5 * time.Minute
	case span <= 3*24*time.Hour:
		return 15 * time.Minute
	}
	return 30 * time.Minute
}

func newCurve(during charging.Span, now time.Time) *curve {
	span := during.To.Sub(during.From)
	step := stepOf(span)
	n := (span + step - 1) / step
	return &curve{from: during.From, until: latest(during.To, now), step: step, steps: make([]curveStep, n), own: make([]portStep, n)}
}

// add takes the next point; those of a port come one after another.
func (c *curve) add(port int, p charging.PowerPoint) {
	if port != c.port {
		c.end()
		c.port = port
	}
	c.points = append(c.points, p)
}

// end adds the port whose points came to the steps. Between sessions a port has no
// power; in a session each reading counts until the next, unless that is long in
// coming.
func (c *curve) end() {
	inOrder(c.points)
	for i, p := range c.points {
		until := c.until
		if i+1 < len(c.points) {
			until = latest(c.points[i+1].At, until)
		}
		known := until
		if p.SessionID != 0 {
			if known = p.At; p.Known {
				known = latest(p.At.Add(powerHolds), until)
			}
		}
		c.lay(p.At, known, func(s *portStep, lasts time.Duration) {
			s.known += lasts
			s.sum += float64(p.Power) * float64(lasts)
			s.charged = s.charged || p.SessionID != 0
		})
		c.lay(known, until, func(s *portStep, _ time.Duration) { s.missing = true })
	}
	c.points = c.points[:0]
	for i := range c.own {
		from, to := &c.own[i], &c.steps[i]
		if from.known > 0 {
			to.sum += from.sum / float64(from.known)
			to.known = true
		}
		to.charged = to.charged || from.charged
		to.missing = to.missing || from.missing && !from.charged
	}
	clear(c.own)
}

// nearTime is how far the times of what was received one after another may be the
// wrong way round because some are whole seconds.
const nearTime = 2 * time.Second

// inOrder sorts points, which are in the order of receipt, by their times. What a
// session told last does not count after its end, and small steps back are none.
func inOrder(points []charging.PowerPoint) {
	for i := 1; i < len(points); i++ {
		before, p := &points[i-1], &points[i]
		back := before.At.Sub(p.At)
		ends := before.SessionID != 0 && p.SessionID == 0
		if back > 0 && (ends || back < nearTime) {
			p.At = before.At
		}
	}
	slices.SortStableFunc(points, func(a, b charging.PowerPoint) int { return a.At.Compare(b.At) })
}

// lay tells the steps between two moments for how long these last in each.
func (c *curve) lay(from, to time.Time, each func(s *portStep, lasts time.Duration)) {
	begin, end := max(0, from.Sub(c.from)), min(to.Sub(c.from), c.until.Sub(c.from))
	for begin < end {
		i := begin / c.step
		next := min(end, (i+1)*c.step)
		each(&c.own[i], next-begin)
		begin = next
	}
}
