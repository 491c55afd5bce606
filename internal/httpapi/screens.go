package httpapi

import (
	"net/http"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// screenRoutes are the links by which screens on walls show a site without a
// sign-in. Each has a key of its own, which sees that site, and of nobody who
// charges there.
func (a *API) screenRoutes() []route {
	const path = "/api/admin/sites/{id}/screens"
	return []route{
		a.managed(http.MethodGet, path, a.screens),
		a.managed(http.MethodPost, path, a.addScreen),
		a.managed(http.MethodDelete, path+"/{screenId}", a.revokeScreen),
	}
}

type screenJSON struct {
	ID         charging.ID `json:"id"`
	Name       string      `json:"name"`
	CreatedAt  instantJSON `json:"createdAt"`
	LastUsedAt instantJSON `json:"lastUsedAt"`
}

// madeScreen is a new screen; its link is shown this once.
type madeScreen struct {
	screenJSON
	Link string `json:"link"`
}

func (a *API) screenRow(k *charging.APIKey) screenJSON {
	return screenJSON{ID: k.ID, Name: k.Name, CreatedAt: instantJSON(k.CreatedAt), LastUsedAt: instantJSON(a.keyUses.last(k.ID))}
}

// screensOf returns the keys of a site's screens, by id; revoked ones are gone.
func screensOf(e *fleet.Estate, site *charging.Site) (list []*charging.APIKey) {
	for _, k := range e.Keys() {
		if auth.IsScreen(k) && k.RevokedAt.IsZero() && len(k.Sites) == 1 && k.Sites[0] == site.ID {
			list = append(list, k)
		}
	}
	return list
}

// screens answers GET /api/admin/sites/{id}/screens.
func (a *API) screens(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	site, err := siteOf(e, r, key)
	if err != nil {
		return err
	}
	rows := []screenJSON{}
	for _, k := range screensOf(e, site) {
		rows = append(rows, a.screenRow(k))
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]screenJSON]{rows})
	return nil
}

// addScreen answers POST /api/admin/sites/{id}/screens.
func (a *API) addScreen(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := siteOf(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b struct {
		Name optional[string] `json:"name"`
	}
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	text := auth.NewKeyText()
	made := charging.APIKey{Permissions: charging.PermitScreen, Prefix: auth.KeyPrefix(text), Hash: auth.HashKey(text)}
	if !b.Name.given {
		return charging.Errorf(charging.Invalid, "name: is missing; write where the screen hangs")
	}
	if err := nameGiven(b.Name, &made.Name); err != nil {
		return err
	}
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		site, err := siteOf(c.e, r, key)
		if err != nil {
			return err
		}
		made.OrganizationID, made.Sites, made.CreatedAt = site.OrganizationID, []charging.ID{site.ID}, c.At
		made.ID, err = c.ids.Next(charging.IDKey)
		c.Keys = []charging.APIKey{made}
		return err
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[madeScreen]{madeScreen{a.screenRow(&made), "/screen#" + text}})
	}
	return err
}

// revokeScreen answers DELETE /api/admin/sites/{id}/screens/{screenId}: the
// screen goes dark within a second.
func (a *API) revokeScreen(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "screenId")
	if err != nil {
		return err
	}
	var gone charging.APIKey
	err = a.changeAs(r.Context(), key, func(c *adminChange) error {
		site, err := siteOf(c.e, r, key)
		if err != nil {
			return err
		}
		for _, k := range screensOf(c.e, site) {
			if k.ID == id {
				gone = fleet.Revoked(k, c.At)
				c.Keys = []charging.APIKey{gone}
				return nil
			}
		}
		return errNotFound
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[screenJSON]{a.screenRow(&gone)})
	}
	return err
}
