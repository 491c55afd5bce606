package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// adminAlertJSON is an alert of any kind, with what made it and who is told.
type adminAlertJSON struct {
	ID             charging.ID        `json:"id"`
	Type           charging.AlertKind `json:"type"`
	StartTimestamp instantJSON        `json:"startTimestamp"`
	Muted          bool               `json:"muted"`
	Detail         json.RawMessage    `json:"detail"`
	// RecordID is the row of the charger's history that raised it; null when time
	// did.
	RecordID *int64        `json:"recordId"`
	Contacts []charging.ID `json:"contactIds"`
	alertContext
	Deliveries []deliveryJSON `json:"deliveries,omitempty"`
}

func (a *API) adminAlertRow(ctx context.Context, e *fleet.Estate, v *charging.Alert, known map[charging.ID]*charging.Session) (adminAlertJSON, error) {
	row := adminAlertJSON{ID: v.ID, Type: v.Kind, StartTimestamp: instantJSON(v.At), Muted: v.Muted, Detail: rawOrNull([]byte(v.Detail)),
		RecordID: idOrNull(v.Record), Contacts: append([]charging.ID{}, v.Contacts...)}
	var err error
	row.alertContext, err = a.alertContext(ctx, e, v, known)
	return row, err
}

// alertKinds reads the kinds of a request; none are all.
func alertKinds(p *parameters, name string) []charging.AlertKind {
	var list []charging.AlertKind
	for _, word := range p.texts(name) {
		if kind := charging.AlertKind(word); slices.Contains(charging.AlertKinds, kind) {
			list = append(list, kind)
			continue
		}
		p.wrong(name, "%q is none of %s", word, kindWords())
	}
	return list
}

func kindWords() string {
	words := make([]string, len(charging.AlertKinds))
	for i, kind := range charging.AlertKinds {
		words[i] = string(kind)
	}
	return strings.Join(words, ", ")
}

// listAdminAlerts answers GET /api/admin/alerts: alerts of all kinds, newest
// first, those that are muted too.
func (a *API) listAdminAlerts(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.AlertQuery{Kinds: alertKinds(p, "types"), From: p.instant("startTimestampAfter"), Contacts: p.ids("alertRecipientIds"),
		Muted: p.truth("includeMuted", true), Limit: alertsPage + 1}
	list, next, err := a.alertsSeen(r, key, p, q)
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	rows := make([]adminAlertJSON, len(list))
	sessions := make(map[charging.ID]*charging.Session)
	for i := range list {
		if rows[i], err = a.adminAlertRow(r.Context(), e, &list[i], sessions); err != nil {
			return err
		}
	}
	a.writeData(w, r, http.StatusOK, listJSON[adminAlertJSON]{rows, pageAfter(next)})
	return nil
}

// getAdminAlert answers GET /api/admin/alerts/{id}, with what is sent of it.
func (a *API) getAdminAlert(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	v, err := a.cfg.Alerts.Alert(r.Context(), id)
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	if v == nil || !seesAlert(e, key, v) {
		return errNotFound
	}
	row, err := a.adminAlertRow(r.Context(), e, v, map[charging.ID]*charging.Session{})
	if err != nil {
		return err
	}
	deliveries, err := a.cfg.Alerts.DeliveriesOfAlert(r.Context(), id)
	if err != nil {
		return err
	}
	for i := range deliveries {
		row.Deliveries = append(row.Deliveries, deliveryRow(&deliveries[i]))
	}
	a.writeData(w, r, http.StatusOK, dataJSON[adminAlertJSON]{row})
	return nil
}

func seesAlert(e *fleet.Estate, key *charging.APIKey, v *charging.Alert) bool {
	if v.ChargerID == 0 {
		return !key.Limited() && e.Inside(v.OrganizationID, key.OrganizationID)
	}
	c := e.Charger(v.ChargerID)
	if c == nil {
		return false
	}
	site := e.Site(c.SiteID)
	return site != nil && auth.ScopeOf(key).Charger(e, site, c.ID)
}
