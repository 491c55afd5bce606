package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Alerts is where alerts are kept, with what is sent of them, and sessions that
// rows refer to; *store.Store is one.
type Alerts interface {
	// Alerts returns a page, newest first.
	Alerts(ctx context.Context, q charging.AlertQuery) ([]charging.Alert, error)
	// Alert returns the alert with that id; nil for none.
	Alert(ctx context.Context, id charging.ID) (*charging.Alert, error)
	// FollowAlerts has tell called when some were stored, until stop. NewestAlert
	// is the id of the last one, and AlertsAfter returns those behind an id in
	// order.
	FollowAlerts(tell func()) (stop func())
	NewestAlert(ctx context.Context) (charging.ID, error)
	AlertsAfter(ctx context.Context, id charging.ID, limit int) ([]charging.Alert, error)
	DeliveriesOfAlert(ctx context.Context, alert charging.ID) ([]charging.Delivery, error)
	SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error)
}

// alertsPage is how many alerts a page has.
const alertsPage = 100

// alertRoutes are the alerts, as the contract has them and as administrators do.
func (a *API) alertRoutes() []route {
	if a.cfg.Alerts == nil {
		return nil
	}
	const read, manage = charging.PermitRead, charging.PermitManage
	return []route{
		{path: "/api/alerts", handle: a.permitted(read, a.listAlerts), cors: true},
		{path: "/api/alerts/stream", handle: a.permitted(read, a.streamAlerts), cors: true},
		{path: "/api/admin/alerts", handle: a.permitted(manage, a.listAdminAlerts), cors: true},
		{path: "/api/admin/alerts/{id}", handle: a.permitted(manage, a.getAdminAlert), cors: true},
	}
}

// alertSession is the session of an alert (contract section 9).
type alertSession struct {
	ID        charging.ID  `json:"id"`
	StartTime instantJSON  `json:"startTime"`
	EndTime   instantJSON  `json:"endTime"`
	Duration  *int64       `json:"durationSeconds"`
	Energy    thousandths  `json:"energyDeliveredKwh"`
	SoCStart  *thousandths `json:"socStartPercent"`
	SoCEnd    *thousandths `json:"socEndPercent"`
}

// alertVehicle is the vehicle of an alert (contract section 2).
type alertVehicle struct {
	ID    charging.ID `json:"id"`
	Name  string      `json:"name"`
	Make  *string     `json:"make"`
	Model *string     `json:"model"`
	VIN   *string     `json:"vin"`
}

// alertContext is what an alert is about, besides its own detail.
type alertContext struct {
	Session      *alertSession    `json:"chargingSession"`
	Site         *siteRef         `json:"site"`
	Charger      *chargerRef      `json:"charger"`
	Port         *portOfRow       `json:"port"`
	Vehicle      *alertVehicle    `json:"vehicle"`
	Organization *organizationRef `json:"organization"`
}

// alertJSON is an alert as the contract shows it: of the five details exactly the
// one of its type is not null (section 9).
type alertJSON struct {
	ID                charging.ID        `json:"id"`
	Type              charging.AlertKind `json:"type"`
	StartTimestamp    instantJSON        `json:"startTimestamp"`
	Muted             bool               `json:"muted"`
	LowBattery        json.RawMessage    `json:"lowBattery"`
	ChargingCompleted json.RawMessage    `json:"chargingCompleted"`
	SessionError      json.RawMessage    `json:"chargingSessionError"`
	OfflineCharger    json.RawMessage    `json:"offlineCharger"`
	LateCharging      json.RawMessage    `json:"lateCharging"`
	alertContext
}

// listAlerts answers GET /api/alerts: alerts of the contract's kinds, newest first.
func (a *API) listAlerts(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.AlertQuery{Kinds: charging.ContractAlerts, From: p.instant("startTimestampAfter"), Contacts: p.ids("alertRecipientIds"),
		Muted: p.truth("includeMuted", false), Limit: alertsPage + 1}
	list, next, err := a.alertsSeen(r, key, p, q)
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	rows := make([]alertJSON, len(list))
	sessions := make(map[charging.ID]*charging.Session)
	for i := range list {
		if rows[i], err = a.alertRow(r.Context(), e, &list[i], sessions); err != nil {
			return err
		}
	}
	a.writeData(w, r, http.StatusOK, listJSON[alertJSON]{rows, pageAfter(next)})
	return nil
}

// alertsSeen returns a page of the alerts that the key may see: those of its
// chargers, and unless it is limited, those of its organizations without one.
func (a *API) alertsSeen(r *http.Request, key *charging.APIKey, p *parameters, q charging.AlertQuery) (list []charging.Alert, next string, err error) {
	q.After.At, q.After.ID = p.timeKey()
	q.Chargers, q.Organizations = make(map[charging.ID]bool), make(map[charging.ID]bool)
	for _, c := range a.chargersEver(key, p) {
		q.Chargers[c.ID] = true
	}
	if !key.Limited() && p.text("siteIds") == "" && p.text("chargerIds") == "" {
		e := a.fleet.Estate()
		for _, o := range e.Organizations() {
			q.Organizations[o.ID] = e.Inside(o.ID, key.OrganizationID)
		}
	}
	if p.err != nil {
		return nil, "", p.err
	}
	if list, err = a.cfg.Alerts.Alerts(r.Context(), q); err != nil {
		return nil, "", err
	}
	if len(list) > alertsPage {
		list = list[:alertsPage]
		next = timeKeyText(list[alertsPage-1].At, list[alertsPage-1].ID)
	}
	return list, next, nil
}

func (a *API) alertRow(ctx context.Context, e *fleet.Estate, v *charging.Alert, known map[charging.ID]*charging.Session) (alertJSON, error) {
	row := alertJSON{ID: v.ID, Type: v.Kind, StartTimestamp: instantJSON(v.At), Muted: v.Muted}
	if detail := rawOrNull([]byte(v.Detail)); detail != nil {
		switch v.Kind {
		case charging.AlertLowBattery:
			row.LowBattery = detail
		case charging.AlertChargingCompleted:
			row.ChargingCompleted = detail
		case charging.AlertSessionError:
			row.SessionError = detail
		case charging.AlertOfflineCharger:
			row.OfflineCharger = detail
		case charging.AlertLateCharging:
			row.LateCharging = detail
		}
	}
	var err error
	row.alertContext, err = a.alertContext(ctx, e, v, known)
	return row, err
}

func (a *API) alertContext(ctx context.Context, e *fleet.Estate, v *charging.Alert, known map[charging.ID]*charging.Session) (alertContext, error) {
	var row alertContext
	if o := e.Organization(v.OrganizationID); o != nil {
		row.Organization = &organizationRef{o.ID, o.Name}
	}
	if c := e.AnyCharger(v.ChargerID); c != nil {
		charger := chargerRefOf(c)
		row.Charger, row.Port = &charger, portRowOf(c, v.PortNumber)
		if s := e.Site(c.SiteID); s != nil {
			site := siteRefOf(s)
			row.Site = &site
		}
	}
	if c := e.Vehicle(v.VehicleID); c != nil {
		row.Vehicle = &alertVehicle{c.ID, c.DisplayName(), orNull(c.Make), orNull(c.Model), orNull(c.VIN)}
	}
	if v.SessionID == 0 {
		return row, nil
	}
	s, ok := known[v.SessionID]
	if !ok {
		var err error
		if s, err = a.cfg.Alerts.SessionByID(ctx, v.SessionID); err != nil {
			return row, err
		}
		known[v.SessionID] = s
	}
	if s != nil {
		row.Session = alertSessionOf(s)
	}
	return row, nil
}

func alertSessionOf(s *charging.Session) *alertSession {
	row := &alertSession{ID: s.ID, StartTime: instantJSON(s.StartedAt), EndTime: instantJSON(s.EndedAt), Energy: thousandths(s.Energy.Thousand())}
	if !s.EndedAt.IsZero() {
		seconds := int64(s.EndedAt.Sub(s.StartedAt) / time.Second)
		row.Duration = &seconds
		if soc := s.Latest.SoC; !soc.At.IsZero() {
			end := thousandths(soc.Value)
			row.SoCEnd = &end
		}
	}
	if s.HasSoCStart {
		start := thousandths(s.SoCStart)
		row.SoCStart = &start
	}
	return row
}
