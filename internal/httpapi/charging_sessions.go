package httpapi

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Sessions is where the sessions of chargers are read; *store.Store is one.
type Sessions interface {
	// Sessions returns a page in the order that the query wants.
	Sessions(ctx context.Context, q charging.SessionQuery) ([]*charging.Session, error)
	// SessionByID returns a session as it is now; nil for none.
	SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error)
	// SessionProfile returns what was known of a session after each of its
	// messages.
	SessionProfile(ctx context.Context, v *charging.Session) ([]charging.ProfilePoint, error)
	// CommandsOfSession returns the commands that a session confirmed.
	CommandsOfSession(ctx context.Context, charger, session charging.ID) ([]*charging.Command, error)
	// Tariff returns the tariff periods of a site.
	Tariff(ctx context.Context, site charging.ID) ([]charging.TariffPeriod, error)
	SaveTariff(ctx context.Context, site charging.ID, periods []charging.TariffPeriod, at time.Time, actor string) error
}

// Page sizes of sessions (contract 1.5).
const (
	sessionsPage          = 100
	sessionsIntervalsPage = 50
)

func (a *API) sessionRoutes() []route {
	if a.cfg.Sessions == nil {
		return nil
	}
	const read, manage = charging.PermitRead, charging.PermitManage
	const tariff = "/api/admin/sites/{id}/tariff-periods"
	return []route{
		{path: "/api/charging-sessions", handle: a.permitted(read, a.chargingSessions), cors: true},
		{path: "/api/sessions/{id}", handle: a.permitted(read, a.sessionDetail), cors: true},
		{path: "/api/export/sessions.csv", handle: a.permitted(read, a.exportSessions), cors: true},
		{path: "/api/export/sessions.ndjson", handle: a.permitted(read, a.exportSessions), cors: true},
		{path: "/api/export/readings.csv", handle: a.permitted(read, a.exportReadings), cors: true},
		{path: "/api/export/readings.ndjson", handle: a.permitted(read, a.exportReadings), cors: true},
		{path: tariff, handle: a.ofWholeSite(manage, a.getTariff), cors: true},
		{method: http.MethodPut, path: tariff, handle: a.ofWholeSite(manage, a.putTariff), cors: true},
	}
}

// oneEach lets each key do one thing at a time.
type oneEach struct {
	mu   sync.Mutex
	busy map[charging.ID]bool
}

// begin reports whether the key may; then done must be called.
func (o *oneEach) begin(key charging.ID) (done func(), ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[key] {
		return nil, false
	}
	if o.busy == nil {
		o.busy = make(map[charging.ID]bool)
	}
	o.busy[key] = true
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.busy, key)
	}, true
}

// sessionRequest is what a request wants of a list of sessions.
type sessionRequest struct {
	query     charging.SessionQuery
	intervals bool
	tariff    bool
}

// sessionRequestOf reads the parameters of contract 5.1, and updatedAfter, which
// is ours.
func (a *API) sessionRequestOf(r *http.Request, key *charging.APIKey) (sessionRequest, error) {
	p := parametersOf(r)
	q := charging.SessionQuery{
		StartFrom: p.instant("startTimeAfter"), StartBefore: p.instant("startTimeBefore"),
		EndFrom: p.instant("endTimeAfter"), EndBefore: p.instant("endTimeBefore"),
		UpdatedFrom: p.instant("updatedAfter"), Running: p.truth("includeInProgressSessions", false),
	}
	q.ByUpdate = !q.UpdatedFrom.IsZero()
	q.After = p.sessionKey(q.ByUpdate)
	req := sessionRequest{query: q, intervals: p.truth("includeIntervals", false), tariff: p.truth("includeTouEnergy", false)}
	seen := a.chargersEver(key, p)
	e := a.fleet.Estate()
	if len(seen) < e.Len()+len(e.Retired()) {
		req.query.Chargers = make([]charging.ID, len(seen))
		for i, c := range seen {
			req.query.Chargers[i] = c.ID
		}
	}
	req.query.Customers = customersNamed(e, key, p.ids("customerIds"), p.texts("customerNames"))
	return req, p.err
}

// customersNamed are the customers that are asked for by id and by name, as far
// as the key sees them; nil when none was asked for. Given both, a customer must
// meet both.
func customersNamed(e *fleet.Estate, key *charging.APIKey, ids []charging.ID, names []string) []charging.ID {
	if ids == nil && names == nil {
		return nil
	}
	found := []charging.ID{}
	for _, c := range e.Customers() {
		if e.Inside(c.OrganizationID, key.OrganizationID) && listed(ids, c.ID) && named(names, c.Name) {
			found = append(found, c.ID)
		}
	}
	return found
}

func named(names []string, name string) bool {
	for _, n := range names {
		if foldName(n) == foldName(name) {
			return true
		}
	}
	return names == nil
}

// sessionKey is the cursor of lists of sessions: it says by what they are
// ordered, so that one of another order is refused.
func (p *parameters) sessionKey(byUpdate bool) charging.SessionKey {
	text := p.cursor()
	if text == "" {
		return charging.SessionKey{}
	}
	rest, ok := strings.CutPrefix(text, sessionOrder(byUpdate))
	at, id, parsed := parseTimeKey(rest)
	if !ok || !parsed {
		p.wrongCursor()
		return charging.SessionKey{}
	}
	return charging.SessionKey{At: at, ID: id}
}

func sessionOrder(byUpdate bool) string {
	if byUpdate {
		return "updated "
	}
	return "started "
}

// nextSession is the cursor behind a session.
func nextSession(q *charging.SessionQuery, v *charging.Session) string {
	at := v.StartedAt
	if q.ByUpdate {
		at = v.UpdatedAt
	}
	return sessionOrder(q.ByUpdate) + timeKeyText(at, v.ID)
}

// chargingSessions answers GET /api/charging-sessions (contract section 5).
func (a *API) chargingSessions(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	req, err := a.sessionRequestOf(r, key)
	if err != nil {
		return err
	}
	size := sessionsPage
	if req.intervals {
		size = sessionsIntervalsPage
		done, ok := a.courses.begin(key.ID)
		if !ok {
			w.Header().Set("Retry-After", "1")
			writeError(w, http.StatusTooManyRequests, textRateLimit)
			return nil
		}
		defer done()
	}
	req.query.Limit = size + 1
	list, err := a.cfg.Sessions.Sessions(r.Context(), req.query)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > size {
		list = list[:size]
		next = nextSession(&req.query, list[size-1])
	}
	now := time.Now()
	e := a.fleet.Estate()
	tariffs := tariffs{of: a.cfg.Sessions, sites: make(map[charging.ID][]charging.TariffPeriod)}
	rows := make([]sessionJSON, len(list))
	for i, v := range list {
		rows[i] = sessionRow(e, v)
		if req.intervals || req.tariff {
			if err := a.addCourse(r.Context(), &rows[i], v, req, tariffs, now); err != nil {
				return err
			}
		}
	}
	a.writeData(w, r, http.StatusOK, listJSON[sessionJSON]{rows, pageAfter(next)})
	return nil
}

// tariffs remembers the tariff periods of sites for one answer.
type tariffs struct {
	of    Sessions
	sites map[charging.ID][]charging.TariffPeriod
}

func (t tariffs) get(ctx context.Context, site charging.ID) ([]charging.TariffPeriod, error) {
	periods, known := t.sites[site]
	if known {
		return periods, nil
	}
	periods, err := t.of.Tariff(ctx, site)
	t.sites[site] = periods
	return periods, err
}

// sessionInScope returns a session of a charger that the key sees.
func (a *API) sessionInScope(r *http.Request, key *charging.APIKey) (*charging.Session, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	v, err := a.cfg.Sessions.SessionByID(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if v == nil || !v.Shown() {
		return nil, errNotFound
	}
	_, err = adminCharger(a.fleet.Estate(), key, v.ChargerID)
	return v, err
}
