package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Windows is where maintenance windows are kept.
type Windows interface {
	// Windows returns a page, the latest start first.
	Windows(ctx context.Context, q charging.WindowQuery) ([]charging.MaintenanceWindow, error)
	// Window returns the window with that id; nil for none.
	Window(ctx context.Context, id charging.ID) (*charging.MaintenanceWindow, error)
	// AddWindows stores windows, all or none, and returns them with their ids.
	AddWindows(ctx context.Context, windows []charging.MaintenanceWindow, actor string) ([]charging.MaintenanceWindow, error)
	// ChangeWindow has a window changed; an error of change leaves it as it is.
	ChangeWindow(ctx context.Context, id charging.ID, actor string, change func(*charging.MaintenanceWindow) error) (*charging.MaintenanceWindow, error)
	RemoveWindow(ctx context.Context, id charging.ID, at time.Time, actor string) error
}

// windowsPage is how many windows a page has (contract section 15).
const windowsPage = 50

// windowJSON is a row of /api/maintenance-windows.
type windowJSON struct {
	ID           charging.ID      `json:"id"`
	Start        instantJSON      `json:"startTimestamp"`
	End          instantJSON      `json:"endTimestamp"`
	Comment      *string          `json:"comment"`
	UserEmail    string           `json:"userEmail"`
	CreatedAt    instantJSON      `json:"createdAt"`
	UpdatedAt    instantJSON      `json:"updatedAt"`
	Charger      *chargerRef      `json:"charger"`
	Site         *siteRef         `json:"site"`
	Organization *organizationRef `json:"organization"`
}

func (a *API) windowRow(m *charging.MaintenanceWindow) windowJSON {
	row := windowJSON{ID: m.ID, Start: instantJSON(m.From), End: instantJSON(m.To), Comment: orNull(m.Comment), UserEmail: m.UserEmail,
		CreatedAt: instantJSON(m.CreatedAt), UpdatedAt: instantJSON(m.UpdatedAt)}
	e := a.fleet.Estate()
	if c := e.AnyCharger(m.ChargerID); c != nil {
		charger := chargerRefOf(c)
		row.Charger = &charger
		if s := e.Site(c.SiteID); s != nil {
			site, organization := siteRefOf(s), organizationRefOf(e, s)
			row.Site, row.Organization = &site, &organization
		}
	}
	return row
}

func (a *API) windowRows(list []charging.MaintenanceWindow) []windowJSON {
	rows := make([]windowJSON, len(list))
	for i := range list {
		rows[i] = a.windowRow(&list[i])
	}
	return rows
}

// listWindows answers GET /api/maintenance-windows.
func (a *API) listWindows(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.WindowQuery{EndAfter: p.instant("afterTimestamp"), StartBefore: p.instant("beforeTimestamp"),
		Limit: windowsPage + 1, Chargers: []charging.ID{}}
	q.After.From, q.After.ID = p.timeKey()
	organizations := p.ids("organizationIds")
	e := a.fleet.Estate()
	for _, c := range a.chargersEver(key, p) {
		if inOrganizations(e, c, organizations) {
			q.Chargers = append(q.Chargers, c.ID)
		}
	}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Windows.Windows(r.Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > windowsPage {
		list = list[:windowsPage]
		last := &list[windowsPage-1]
		next = timeKeyText(last.From, last.ID)
	}
	a.writeData(w, r, http.StatusOK, listJSON[windowJSON]{a.windowRows(list), pageAfter(next)})
	return nil
}

// listedChargers returns the distinct chargers that a body names, by id.
func (a *API) listedChargers(key *charging.APIKey, site optional[charging.ID], one optional[charging.ID], many []charging.ID) ([]charging.ID, error) {
	ids := slices.Clone(many)
	if one.has() {
		ids = append(ids, one.value)
	}
	for _, id := range ids {
		if _, err := a.chargerInScope(key, id); err != nil {
			return nil, charging.Errorf(charging.Invalid, "chargerIds: there is no charger with id %d", id)
		}
	}
	if site.has() {
		if _, err := a.wholeSiteInScope(key, site.value); err != nil {
			return nil, charging.Errorf(charging.Invalid, "siteId: there is no site with id %d", site.value)
		}
		for c := range a.fleet.Estate().Chargers(site.value) {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
