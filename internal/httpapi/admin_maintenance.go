package httpapi

import (
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// longestWindow bounds windows and exclusions: a longer one is a slip.
	longestWindow = 366 * 24 * time.Hour
	maxComment    = 1000
)

// actorOf is who changes something with a key.
func actorOf(key *charging.APIKey) string {
	if auth.IsUser(key) {
		return "user " + key.Name
	}
	return "key " + key.Name
}

// wholeSiteInScope returns a site that the key sees with all its chargers.
func (a *API) wholeSiteInScope(key *charging.APIKey, id charging.ID) (*charging.Site, error) {
	e := a.fleet.Estate()
	site := e.Site(id)
	if site == nil || !auth.ScopeOf(key).WholeSite(e, site) {
		return nil, errNotFound
	}
	return site, nil
}

// windowBody is the body of a POST or PATCH about a window.
type windowBody struct {
	SiteID     optional[charging.ID] `json:"siteId"`
	ChargerID  optional[charging.ID] `json:"chargerId"`
	ChargerIDs []charging.ID         `json:"chargerIds"`
	Start      optional[string]      `json:"startTimestamp"`
	End        optional[string]      `json:"endTimestamp"`
	Comment    optional[string]      `json:"comment"`
}

// periodOf takes over the members of a body that say from when until when.
func periodOf(start, end optional[string], from, to *time.Time) error {
	for _, m := range []struct {
		name  string
		given optional[string]
		to    *time.Time
	}{{"startTimestamp", start, from}, {"endTimestamp", end, to}} {
		if !m.given.has() {
			if m.to.IsZero() || m.given.null {
				return charging.Errorf(charging.Invalid, "%s: is missing; write it like 2026-03-02T06:00:00Z", m.name)
			}
			continue
		}
		t, err := parseInstant(m.given.value)
		if err != nil {
			return charging.Errorf(charging.Invalid, "%s: %q is no time; write it like 2026-03-02T06:00:00Z", m.name, m.given.value)
		}
		*m.to = t.Truncate(time.Millisecond)
	}
	switch {
	case !from.Before(*to):
		return charging.Errorf(charging.Invalid, "endTimestamp: must be after startTimestamp")
	case to.Sub(*from) > longestWindow:
		return charging.Errorf(charging.Invalid, "endTimestamp: must be within 366 days after startTimestamp")
	}
	return nil
}

// commentOf takes over the comment of a body; null removes it.
func commentOf(given optional[string], to *string) error {
	if !given.given {
		return nil
	}
	if wrong := checkText("comment", given.value, maxComment); wrong != nil {
		return wrong.in("")
	}
	*to = given.value
	return nil
}

// addWindows answers POST /api/admin/maintenance-windows: one window for each of
// the chargers, or for each of the site's.
func (a *API) addWindows(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body windowBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	proto := charging.MaintenanceWindow{UserEmail: actorOf(key), CreatedAt: now, UpdatedAt: now}
	if err := periodOf(body.Start, body.End, &proto.From, &proto.To); err != nil {
		return err
	}
	if err := commentOf(body.Comment, &proto.Comment); err != nil {
		return err
	}
	chargers, err := a.listedChargers(key, body.SiteID, body.ChargerID, body.ChargerIDs)
	if err != nil {
		return err
	}
	if len(chargers) == 0 {
		return charging.Errorf(charging.Invalid, "chargerIds: name at least one charger, or a site with chargers as siteId")
	}
	windows := make([]charging.MaintenanceWindow, len(chargers))
	for i, id := range chargers {
		windows[i] = proto
		windows[i].ChargerID = id
	}
	made, err := a.cfg.Windows.AddWindows(r.Context(), windows, actorOf(key))
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]windowJSON]{a.windowRows(made)})
	return nil
}

// windowInScope returns the window that the path names.
func (a *API) windowInScope(r *http.Request, key *charging.APIKey) (*charging.MaintenanceWindow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	m, err := a.cfg.Windows.Window(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, errNotFound
	}
	_, err = a.chargerInScope(key, m.ChargerID)
	return m, err
}

// changeWindow answers PATCH /api/admin/maintenance-windows/{id}, by which a
// window is ended early, too.
func (a *API) changeWindow(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	m, err := a.windowInScope(r, key)
	if err != nil {
		return err
	}
	var body windowBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	changed, err := a.cfg.Windows.ChangeWindow(r.Context(), m.ID, actorOf(key), func(m *charging.MaintenanceWindow) error {
		m.UpdatedAt = time.Now().UTC().Truncate(time.Microsecond)
		if err := periodOf(body.Start, body.End, &m.From, &m.To); err != nil {
			return err
		}
		return commentOf(body.Comment, &m.Comment)
	})
	if err != nil {
		return asUnknown(err)
	}
	a.writeData(w, r, http.StatusOK, dataJSON[windowJSON]{a.windowRow(changed)})
	return nil
}

// asUnknown makes of a thing that went meanwhile one that never was.
func asUnknown(err error) error {
	if charging.KindOf(err) == charging.NotFound {
		return errNotFound
	}
	return err
}

// removeWindow answers DELETE /api/admin/maintenance-windows/{id}.
func (a *API) removeWindow(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	m, err := a.windowInScope(r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.Windows.RemoveWindow(r.Context(), m.ID, time.Now(), actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}
