package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Overview is where it is read what sites did; *store.Store is one.
type Overview interface {
	// Sessions returns a page in the order that the query wants.
	Sessions(ctx context.Context, q charging.SessionQuery) ([]*charging.Session, error)
	// EndedBriefly returns a page of sessions that ended, behind one, in the order of
	// their last change; of each whose it is, its times and its energy.
	EndedBriefly(ctx context.Context, after charging.SessionKey, limit int) ([]*charging.Session, error)
	// EnergyAt returns what sessions had delivered at a moment, as it was known
	// then; one of which nothing was known is left out.
	EnergyAt(ctx context.Context, sessions []*charging.Session, at time.Time) (map[charging.ID]charging.Milli, error)
	// AlertsBehind calls each with the alerts behind an id, without one with those
	// since a moment, and returns the id of the last.
	AlertsBehind(ctx context.Context, id charging.ID, since time.Time, each func(*charging.Alert)) (charging.ID, error)
}

func (a *API) overviewRoutes() []route {
	if a.cfg.Overview == nil {
		return nil
	}
	return []route{{path: "/api/overview", handle: a.permitted(charging.PermitScreen, a.overview), cors: true}}
}

// overviewJSON is what one wants to see of all sites at once.
type overviewJSON struct {
	Sites           []overviewSiteJSON `json:"sites"`
	OpenAlerts      int                `json:"openAlerts"`
	RefusedLastHour *int               `json:"refusedLastHour"`
}

type overviewSiteJSON struct {
	SiteID    charging.ID `json:"siteId"`
	Name      string      `json:"name"`
	Timezone  string      `json:"timezone"`
	Address   *string     `json:"address"`
	Latitude  decimalJSON `json:"latitude"`
	Longitude decimalJSON `json:"longitude"`
	// Counters are what the stream of counters tells of the site.
	Counters      json.RawMessage `json:"counters"`
	PowerKw       *thousandths    `json:"powerKw"`
	EnergyToday   thousandths     `json:"energyTodayKwh"`
	SessionsToday int             `json:"sessionsToday"`
	OpenAlerts    int             `json:"openAlerts"`
	LimitKw       *thousandths    `json:"limitKw"`
}

// overview answers GET /api/overview.
func (a *API) overview(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	at, corrected := p.instant("at"), p.view()
	now := time.Now()
	if at.After(now) {
		p.wrong("at", "%s is in the future", at.Format(time.RFC3339))
	}
	if p.err != nil {
		return p.err
	}
	var answer *overviewJSON
	var err error
	switch {
	case !at.IsZero() && a.cfg.Past != nil:
		answer, err = a.overviewAt(r.Context(), key, at, corrected)
	case p.text("view") != "":
		return errViewOfNothing
	default:
		answer, err = a.overviewNow(r.Context(), key, now)
	}
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil // nobody waits for it any more
	case err != nil:
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[*overviewJSON]{answer})
	return nil
}

// overviewNow makes the overview of the present; nobody else does meanwhile.
func (a *API) overviewNow(ctx context.Context, key *charging.APIKey, now time.Time) (*overviewJSON, error) {
	a.alertsOpen.mu.Lock()
	defer a.alertsOpen.mu.Unlock()
	// What was raised is read first: its cause is then in the estate, or gone.
	if err := a.alertsOpen.read(ctx, a.cfg.Overview, now); err != nil {
		return nil, err
	}
	e := a.fleet.Estate()
	a.alertsOpen.settle(e, now)
	a.days.mu.Lock()
	defer a.days.mu.Unlock()
	if err := a.days.catchUp(ctx, a.cfg.Overview, e, now); err != nil {
		return nil, err
	}
	o := overviewer{cfg: &a.cfg, e: e, now: now, days: a.days, alerts: a.alertsOpen.byCharger(), present: true}
	answer, err := o.answer(ctx, auth.ScopeOf(key))
	if err != nil {
		return nil, err
	}
	answer.RefusedLastHour, err = a.refusedLately(ctx, e, key, now)
	return answer, err
}

// overviewAt makes the overview of a moment of the past.
func (a *API) overviewAt(ctx context.Context, key *charging.APIKey, at time.Time, corrected bool) (*overviewJSON, error) {
	select {
	case a.past <- struct{}{}:
		defer func() { <-a.past }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	stored, err := a.cfg.Past.Past(ctx, at, corrected)
	if err != nil {
		return nil, err
	}
	e := fleet.EstateOf(stored)
	var alerts lastingAlerts
	if err := alerts.read(ctx, a.cfg.Overview, at); err != nil {
		return nil, err
	}
	alerts.settle(e, at)
	of := newDays()
	if err := of.catchUpTo(ctx, a.cfg.Overview, e, at); err != nil {
		return nil, err
	}
	o := overviewer{cfg: &a.cfg, e: e, now: at, days: of, alerts: alerts.byCharger()}
	return o.answer(ctx, auth.ScopeOf(key))
}

// overviewer makes an overview of an estate, of the present or of the past.
type overviewer struct {
	cfg     *Config
	e       *fleet.Estate
	now     time.Time
	days    *days
	alerts  map[charging.ID]int
	present bool
	// unknown are sessions that run since before the day and were not learned.
	unknown []*charging.Session
}

func (o *overviewer) answer(ctx context.Context, scope auth.Scope) (*overviewJSON, error) {
	of := sight{scope: scope}
	answer := o.look(&of)
	if len(o.unknown) > 0 { // once a day for each session
		if err := o.days.learn(ctx, o.cfg.Overview, o.e, o.now, o.unknown); err != nil {
			return nil, err
		}
		answer = o.look(&of)
	}
	return answer, nil
}

// look goes through the sites that are seen.
func (o *overviewer) look(of *sight) *overviewJSON {
	answer := &overviewJSON{Sites: []overviewSiteJSON{}}
	for site, slots := range of.seen(o.e) {
		row := o.site(site, slots)
		if o.present && o.cfg.PowerLimits != nil && of.wholeSite(o.e, site) {
			row.LimitKw = wattLimit(o.cfg.PowerLimits.Limits(site.ID))
		}
		answer.OpenAlerts += row.OpenAlerts
		answer.Sites = append(answer.Sites, row)
	}
	return answer
}

func (o *overviewer) site(site *charging.Site, slots []int32) overviewSiteJSON {
	row := overviewSiteJSON{SiteID: site.ID, Name: site.Name, Timezone: site.Timezone, Address: orNull(site.Address)}
	if row.Timezone == "" {
		row.Timezone = "UTC"
	}
	var n counters
	var measured bool
	var place middle
	var energy charging.Milli
	day := o.days.start(site, o.now)
	for _, slot := range slots {
		c := o.e.At(int(slot))
		n.add(c)
		place.add(c)
		row.OpenAlerts += o.alerts[c.ID]
		for _, p := range c.Ports {
			s := shownSession(p)
			if s == nil {
				continue
			}
			measured = measured || !s.Latest.Power.At.IsZero()
			if s.StartedAt.Before(day) && !o.days.learned(s, day) {
				o.unknown = append(o.unknown, s)
			}
		}
		o.days.add(day, c, &energy, &row.SessionsToday)
	}
	row.Counters = n.appendJSON(nil, site)
	if measured || n.sessions == 0 {
		row.PowerKw = kwhOf(n.power)
	}
	row.EnergyToday = thousandths(energy.Thousand())
	row.Latitude, row.Longitude = place.get()
	return row
}

// wattLimit is the smallest limit in kW; nil for none, or one in amperes.
func wattLimit(limits []charging.SiteLimit) *thousandths {
	var least *charging.SiteLimit
	for i := range limits {
		l := &limits[i]
		if l.Unit == charging.UnitWatt && (least == nil || l.Limit < least.Limit) {
			least = l
		}
	}
	if least == nil {
		return nil
	}
	return kwhOf(least.Limit)
}

// middle is the middle of the chargers that have a place.
type middle struct {
	latitude, longitude float64
	n                   int
}

func (m *middle) add(c *charging.Charger) {
	if c.Latitude == "" || c.Longitude == "" {
		return
	}
	latitude, wrong := strconv.ParseFloat(c.Latitude, 64)
	longitude, wrongToo := strconv.ParseFloat(c.Longitude, 64)
	if wrong == nil && wrongToo == nil {
		m.latitude, m.longitude, m.n = m.latitude+latitude, m.longitude+longitude, m.n+1
	}
}

func (m *middle) get() (latitude, longitude decimalJSON) {
	if m.n == 0 {
		return "", ""
	}
	text := func(sum float64) decimalJSON { return decimalJSON(strconv.FormatFloat(sum/float64(m.n), 'f', 6, 64)) }
	return text(m.latitude), text(m.longitude)
}

// refusedLately is how many different refusals came within the last hour, of those
// that GET /api/admin/refused shows to the key; nil when it may not see it.
func (a *API) refusedLately(ctx context.Context, e *fleet.Estate, key *charging.APIKey, now time.Time) (*int, error) {
	if a.cfg.Administration == nil || key.Limited() || auth.Permits(key, charging.PermitManage) != nil {
		return nil, nil
	}
	all, err := a.cfg.Administration.Refusals(ctx, maxRefused)
	if err != nil {
		return nil, err
	}
	n := 0
	for i := range all {
		if all[i].At.After(now.Add(-time.Hour)) && a.seesRefusal(e, key, &all[i]) {
			n++
		}
	}
	return &n, nil
}
