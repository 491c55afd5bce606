package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// adminOrganizationRoutes are the key's organization and those inside it.
func (a *API) adminOrganizationRoutes() []route {
	const path = "/api/admin/organizations"
	return []route{
		a.owned(http.MethodGet, path, unlimited(a.adminOrganizations)),
		a.owned(http.MethodPost, path, unlimited(a.addOrganization)),
		a.owned(http.MethodGet, path+"/{id}", unlimited(a.adminOrganization)),
		a.owned(http.MethodPatch, path+"/{id}", unlimited(a.changeOrganization)),
		a.owned(http.MethodDelete, path+"/{id}", unlimited(a.removeOrganization)),
	}
}

type adminOrganizationJSON struct {
	ID       charging.ID  `json:"id"`
	ParentID *charging.ID `json:"parentId"`
	Name     string       `json:"name"`
}

// organizationRow hides what stands above the key's own organization.
func organizationRow(key *charging.APIKey, o *charging.Organization) adminOrganizationJSON {
	row := adminOrganizationJSON{ID: o.ID, Name: o.Name}
	if o.ID != key.OrganizationID {
		row.ParentID = idOrNull(o.ParentID)
	}
	return row
}

func organizationOf(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.Organization, error) {
	id, err := pathID(r, "id")
	if err != nil || !sees(e, key, id) {
		return nil, errNotFound
	}
	return e.Organization(id), nil
}

// adminOrganizations answers GET /api/admin/organizations, by id.
func (a *API) adminOrganizations(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	list, err := adminList(parametersOf(r), e.Organizations(), func(o *charging.Organization) charging.ID { return o.ID },
		func(o *charging.Organization) bool { return sees(e, key, o.ID) },
		func(o *charging.Organization) adminOrganizationJSON { return organizationRow(key, o) })
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

// adminOrganization answers GET /api/admin/organizations/{id}.
func (a *API) adminOrganization(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	o, err := organizationOf(a.fleet.Estate(), r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminOrganizationJSON]{organizationRow(key, o)})
	}
	return err
}

type organizationBody struct {
	Name     optional[string]      `json:"name"`
	ParentID optional[charging.ID] `json:"parentId"`
}

// addOrganization answers POST /api/admin/organizations. A new organization
// stands inside one that the key sees, its own by default.
func (a *API) addOrganization(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b organizationBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var made charging.Organization
	err := a.changeAs(r.Context(), key, func(c *adminChange) (err error) {
		if err = nameGiven(b.Name, &made.Name); err != nil {
			return err
		}
		if made.ParentID, err = organizationGiven(c.e, key, "parentId", b.ParentID); err != nil {
			return err
		}
		if err = c.e.CheckParent(0, made.ParentID); err != nil {
			return err
		}
		made.ID, err = c.ids.Next(charging.IDOrganization)
		c.Organizations = []charging.Organization{made}
		return err
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminOrganizationJSON]{organizationRow(key, &made)})
	}
	return err
}

// changeOrganization answers PATCH /api/admin/organizations/{id}.
func (a *API) changeOrganization(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := organizationOf(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b organizationBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var next charging.Organization
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := organizationOf(c.e, r, key)
		if err != nil {
			return err
		}
		next = *old
		if err := nameGiven(b.Name, &next.Name); err != nil {
			return err
		}
		if b.ParentID.given {
			if err := moveOrganization(c, &next, b.ParentID); err != nil {
				return err
			}
		}
		if next != *old {
			c.Organizations = []charging.Organization{next}
		}
		return nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminOrganizationJSON]{organizationRow(key, &next)})
	}
	return err
}

// moveOrganization gives an organization another parent. A key cannot take its
// own organization, or any, out of what it sees.
func moveOrganization(c *adminChange, o *charging.Organization, parent optional[charging.ID]) error {
	switch {
	case o.ID == c.key.OrganizationID && !parent.has():
		return nil // as it is shown
	case o.ID == c.key.OrganizationID:
		return charging.Errorf(charging.Invalid, "parentId: a key cannot move its own organization")
	case !parent.has():
		return charging.Errorf(charging.Invalid, "parentId: must be an organization that this key sees, so that it stays in its sight")
	case !sees(c.e, c.key, parent.value):
		return charging.Errorf(charging.Invalid, "parentId: there is no organization %d", parent.value)
	}
	o.ParentID = parent.value
	return c.e.CheckParent(o.ID, o.ParentID)
}

// removeOrganization answers DELETE /api/admin/organizations/{id}, which must be
// empty. Keys of it that were revoked go with it.
func (a *API) removeOrganization(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	o, err := organizationOf(a.fleet.Estate(), r, key)
	if err != nil {
		return err
	}
	beside, err := a.cfg.Administration.OrganizationContents(r.Context(), o.ID)
	if err != nil {
		return err
	}
	err = a.changeAs(r.Context(), key, func(c *adminChange) error {
		o, err := organizationOf(c.e, r, key)
		if err != nil {
			return err
		}
		if held := heldBy(c.e, o.ID, beside); held != "" {
			return charging.Errorf(charging.Invalid, "The organization is not empty: it holds %s", held)
		}
		for _, k := range c.e.Keys() {
			if k.OrganizationID == o.ID {
				c.RemovedKeys = append(c.RemovedKeys, k.ID)
			}
		}
		c.RemovedOrganizations = []charging.ID{o.ID}
		return nil
	})
	if err != nil {
		return err
	}
	return a.done(w, r)
}

// heldBy says what is still in an organization: "2 sites, 1 API key"; "" for
// nothing.
func heldBy(e *fleet.Estate, id charging.ID, beside map[string]int) string {
	counts := map[string]int{}
	for what, n := range beside {
		counts[what] = n
	}
	count := func(what string, in charging.ID) {
		if in == id {
			counts[what]++
		}
	}
	for _, o := range e.Organizations() {
		count("organization", o.ParentID)
	}
	for _, s := range e.Sites() {
		count("site", s.OrganizationID)
	}
	for _, t := range e.AccessIDs() {
		count("access ID", t.OrganizationID)
	}
	for _, v := range e.Vehicles() {
		count("vehicle", v.OrganizationID)
	}
	for _, c := range e.Customers() {
		count("customer", c.OrganizationID)
	}
	for _, g := range e.AccessGroups() {
		count("access group", g.OrganizationID)
	}
	for _, k := range e.Keys() {
		if k.RevokedAt.IsZero() {
			count("API key", k.OrganizationID)
		}
	}
	var list []string
	for what, n := range counts {
		if n > 0 {
			list = append(list, amount(n, what))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// amount is a number of things: "1 site", "2 sites".
func amount(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
