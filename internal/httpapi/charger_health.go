package httpapi

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// Health is where it is worked out how chargers did.
type Health interface {
	// Health calls each with every charger of the query, in its order.
	Health(ctx context.Context, q charging.HealthQuery, each func(*charging.ChargerHealth)) error
	// Uptime calls each with every port of the query's chargers, in their order.
	Uptime(ctx context.Context, q charging.UptimeQuery, each func(*charging.PortUptime)) error
	// Origin returns a record of the history as far as it says which message it
	// came from; nil for none.
	Origin(ctx context.Context, record int64) (*charging.Record, error)
}

const (
	// healthPerMinute is how often a key may ask for charger health (contract 1.6).
	healthPerMinute = 10
	defaultHealth   = 30 * 24 * time.Hour
)

// healthRoutes are how chargers did, and what is taken out of it.
func (a *API) healthRoutes() []route {
	const read, manage = charging.PermitRead, charging.PermitManage
	var list []route
	add := func(method, path string, handle http.HandlerFunc) {
		list = append(list, route{method: method, path: path, handle: handle, cors: true})
	}
	if a.cfg.Health != nil {
		add(http.MethodGet, "/api/charger-health", a.permitted(read, a.chargerHealth))
		add(http.MethodGet, "/api/admin/uptime", a.permitted(manage, a.uptime))
		add(http.MethodGet, "/api/admin/uptime.csv", a.permitted(manage, a.uptimeCSV))
	}
	if a.cfg.Windows != nil {
		add(http.MethodGet, "/api/maintenance-windows", a.permitted(read, a.listWindows))
		add(http.MethodPost, "/api/admin/maintenance-windows", a.permitted(manage, a.addWindows))
		add(http.MethodPatch, "/api/admin/maintenance-windows/{id}", a.permitted(manage, a.changeWindow))
		add(http.MethodDelete, "/api/admin/maintenance-windows/{id}", a.permitted(manage, a.removeWindow))
	}
	if a.cfg.Exclusions != nil {
		add(http.MethodGet, "/api/admin/exclusions", a.permitted(manage, a.listExclusions))
		add(http.MethodPost, "/api/admin/exclusions", a.permitted(manage, a.addExclusion))
		add(http.MethodGet, "/api/admin/exclusions/{id}", a.permitted(manage, a.getExclusion))
		add(http.MethodPatch, "/api/admin/exclusions/{id}", a.permitted(manage, a.changeExclusion))
		add(http.MethodDelete, "/api/admin/exclusions/{id}", a.permitted(manage, a.removeExclusion))
	}
	return list
}

// The objects of contract section 6.
type (
	serviceJSON struct {
		Faulted     int64   `json:"faultedSeconds"`
		Available   int64   `json:"availableSeconds"`
		Unavailable int64   `json:"unavailableSeconds"`
		Percent     float64 `json:"uptimePercent"`
	}
	errorCountsJSON struct {
		EndedEarly    int `json:"endedEarly"`
		FailedToStart int `json:"failedToStart"`
		Other         int `json:"other"`
		Total         int `json:"total"`
	}
	utilizationJSON struct {
		Seconds int64   `json:"chargingSessionSeconds"`
		Percent float64 `json:"utilizationPercent"`
	}
	healthSummaryJSON struct {
		StartTime instantJSON     `json:"startTime"`
		EndTime   instantJSON     `json:"endTime"`
		Errors    errorCountsJSON `json:"errorCounts"`
		Sessions  int             `json:"chargingSessionsCount"`
		Uptime    serviceJSON     `json:"uptime"`
	}
	connectivityJSON struct {
		Online  int64   `json:"onlineSeconds"`
		Offline int64   `json:"offlineSeconds"`
		Percent float64 `json:"onlinePercent"`
	}
	maintenanceJSON struct {
		Seconds int64   `json:"maintenanceSeconds"`
		Percent float64 `json:"maintenancePercent"`
	}
	portHealthJSON struct {
		ID          charging.ID     `json:"id"`
		Name        string          `json:"name"`
		Uptime      serviceJSON     `json:"uptime"`
		Utilization utilizationJSON `json:"utilization"`
		Errors      errorCountsJSON `json:"errorCounts"`
		Sessions    int             `json:"chargingSessionsCount"`
	}
	chargerHealthJSON struct {
		ChargerID    charging.ID      `json:"chargerId"`
		SerialNumber *string          `json:"serialNumber"`
		Name         string           `json:"name"`
		Active       int64            `json:"activeTimeInIntervalSeconds"`
		Site         organizationRef  `json:"site"` // id and name only
		Connectivity connectivityJSON `json:"connectivity"`
		Maintenance  maintenanceJSON  `json:"maintenance"`
		Uptime       serviceJSON      `json:"uptime"`
		Utilization  utilizationJSON  `json:"utilization"`
		Errors       errorCountsJSON  `json:"errorCounts"`
		Sessions     int              `json:"chargingSessionsCount"`
		ReportURL    string           `json:"reportUrl"`
		Ports        []portHealthJSON `json:"ports"`
	}
	healthJSON struct {
		Summary healthSummaryJSON   `json:"summary"`
		Data    []chargerHealthJSON `json:"data"`
	}
)

// chargerHealth answers GET /api/charger-health.
func (a *API) chargerHealth(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	now := time.Now()
	if left := a.healthLimit.take(key.ID, healthPerMinute, now); !left.ok {
		left.tell(w.Header())
		writeError(w, http.StatusTooManyRequests, textRateLimit)
		return nil
	}
	p := parametersOf(r)
	during := healthSpan(p, now)
	chargers := a.chargersSeen(key, p)
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	answer := healthJSON{Data: make([]chargerHealthJSON, 0, len(chargers))}
	var service charging.ServiceTimes
	var errs charging.ErrorCounts
	err := a.cfg.Health.Health(r.Context(), charging.HealthQuery{Span: during, Chargers: chargers}, func(h *charging.ChargerHealth) {
		row := a.chargerHealthRow(h)
		if site := e.Site(h.Charger.SiteID); site != nil {
			row.Site = organizationRef{ID: site.ID, Name: site.Name}
		}
		answer.Data = append(answer.Data, row)
		service, errs = service.Plus(h.Service), errs.Plus(h.Errors)
		answer.Summary.Sessions += h.Sessions
	})
	if err != nil {
		return err
	}
	s := &answer.Summary
	s.StartTime, s.EndTime = instantJSON(during.From), instantJSON(during.To)
	s.Uptime, s.Errors = serviceRow(service), errorCountsRow(errs)
	a.writeData(w, r, http.StatusOK, answer)
	return nil
}

// healthSpan is the time that is asked for, in whole seconds.
func healthSpan(p *parameters, now time.Time) charging.Span {
	from, to := p.instant("startTimestamp"), p.instant("endTimestamp")
	if from.IsZero() {
		from = now.Add(-defaultHealth)
	}
	if to.IsZero() || to.After(now) {
		to = now
	}
	during := charging.Span{From: from.UTC().Truncate(time.Second), To: to.UTC().Truncate(time.Second)}
	if !during.From.Before(during.To) {
		p.wrong("startTimestamp", "must be before endTimestamp and in the past")
	}
	return during
}

// chargersSeen lists the chargers that a request asks for and its key may see,
// by id.
func (a *API) chargersSeen(key *charging.APIKey, p *parameters) []*charging.Charger {
	e := a.fleet.Estate()
	of := sightOf(auth.ScopeOf(key), p)
	var list []*charging.Charger
	for _, slots := range of.seen(e) {
		for _, slot := range slots {
			list = append(list, e.At(int(slot)))
		}
	}
	slices.SortFunc(list, func(a, b *charging.Charger) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// chargersEver is chargersSeen with the retired ones, for lists of what was.
func (a *API) chargersEver(key *charging.APIKey, p *parameters) []*charging.Charger {
	list := a.chargersSeen(key, p)
	e, of := a.fleet.Estate(), sightOf(auth.ScopeOf(key), p)
	for _, c := range e.Retired() {
		if seenCharger(e, &of, c) != nil {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *charging.Charger) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (a *API) chargerHealthRow(h *charging.ChargerHealth) chargerHealthJSON {
	c := h.Charger
	row := chargerHealthJSON{
		ChargerID: c.ID, SerialNumber: orNull(c.EffectiveSerialNumber()), Name: c.Name, Active: seconds(h.Active),
		Connectivity: connectivityJSON{seconds(h.Online), seconds(h.Offline), percent(h.Online, h.Online+h.Offline)},
		Maintenance:  maintenanceJSON{seconds(h.Maintenance), percent(h.Maintenance, h.Active)},
		Uptime:       serviceRow(h.Service), Errors: errorCountsRow(h.Errors), Sessions: h.Sessions,
		Utilization: utilizationJSON{seconds(h.Charging), percent(h.Charging, h.Active*time.Duration(len(h.Ports)))},
		ReportURL:   a.cfg.PublicURL + "/reports/health/" + strconv.FormatInt(c.ID, 10),
		Ports:       make([]portHealthJSON, len(h.Ports)),
	}
	for i := range h.Ports {
		p := &h.Ports[i]
		row.Ports[i] = portHealthJSON{ID: p.Port.ID, Name: p.Port.Name, Uptime: serviceRow(p.Service),
			Utilization: utilizationJSON{seconds(p.Charging), percent(p.Charging, h.Active)},
			Errors:      errorCountsRow(p.Errors), Sessions: p.Sessions}
	}
	return row
}

func serviceRow(t charging.ServiceTimes) serviceJSON {
	row := serviceJSON{seconds(t.Faulted), seconds(t.Available), seconds(t.Unavailable), 100}
	if t.Sum() > 0 {
		row.Percent = percent(t.Available, t.Sum())
	}
	return row
}

func errorCountsRow(c charging.ErrorCounts) errorCountsJSON {
	return errorCountsJSON{c.EndedEarly, c.FailedToStart, c.Other, c.Total()}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// percent is part of whole, with two decimals; 0 of nothing.
func percent(part, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return rounded(float64(part)/float64(whole)*100, 2)
}

// rounded keeps some decimals of a number.
func rounded(x float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(x*scale) / scale
}
