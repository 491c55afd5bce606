package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const accessGroupsPage = 100

// accessGroupRoutes are the access groups: which access IDs may charge at
// certain places only.
func (a *API) accessGroupRoutes() []route {
	if a.cfg.Configuration == nil {
		return nil
	}
	own := func(answer answerFunc) http.HandlerFunc { return a.permitted(charging.PermitManage, unlimited(answer)) }
	const list, one = "/api/admin/access-groups", "/api/admin/access-groups/{id}"
	return []route{
		{path: list, handle: own(a.listAccessGroups), cors: true},
		{method: http.MethodPost, path: list, handle: own(a.postAccessGroup), cors: true},
		{path: one, handle: own(a.getAccessGroup), cors: true},
		{method: http.MethodPatch, path: one, handle: own(a.patchAccessGroup), cors: true},
		{method: http.MethodDelete, path: one, handle: own(a.deleteAccessGroup), cors: true},
	}
}

// accessGroupJSON is an access group as the API shows it.
type accessGroupJSON struct {
	ID             charging.ID   `json:"id"`
	OrganizationID charging.ID   `json:"organizationId"`
	Name           string        `json:"name"`
	AccessIDs      []charging.ID `json:"accessIds"`
	Sites          []charging.ID `json:"siteIds"`
	Chargers       []charging.ID `json:"chargerIds"`
}

func accessGroupRow(g *charging.AccessGroup) accessGroupJSON {
	list := func(ids []charging.ID) []charging.ID { return append([]charging.ID{}, ids...) }
	return accessGroupJSON{g.ID, g.OrganizationID, g.Name, list(g.AccessIDs), list(g.Sites), list(g.Chargers)}
}

// listAccessGroups answers GET /api/admin/access-groups, by id.
func (a *API) listAccessGroups(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	list := after(e.AccessGroups(), func(g *charging.AccessGroup) charging.ID { return g.ID }, behind, accessGroupsPage,
		func(g *charging.AccessGroup) bool { return e.Inside(g.OrganizationID, key.OrganizationID) })
	list, next := cutPage(list, accessGroupsPage, func(g **charging.AccessGroup) int64 { return (*g).ID })
	rows := make([]accessGroupJSON, len(list))
	for i, g := range list {
		rows[i] = accessGroupRow(g)
	}
	a.writeData(w, r, http.StatusOK, listJSON[accessGroupJSON]{rows, pageAfter(next)})
	return nil
}

// accessGroupOf returns the group that the path names.
func accessGroupOf(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.AccessGroup, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	g := e.AccessGroup(id)
	if g == nil || !e.Inside(g.OrganizationID, key.OrganizationID) {
		return nil, errNotFound
	}
	return g, nil
}

// getAccessGroup answers GET /api/admin/access-groups/{id}.
func (a *API) getAccessGroup(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	g, err := accessGroupOf(a.fleet.Estate(), r, key)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[accessGroupJSON]{accessGroupRow(g)})
	return nil
}

// accessGroupBody is an access group in a request.
type accessGroupBody struct {
	Name           optional[string]        `json:"name"`
	OrganizationID optional[charging.ID]   `json:"organizationId"`
	AccessIDs      optional[[]charging.ID] `json:"accessIds"`
	Sites          optional[[]charging.ID] `json:"siteIds"`
	Chargers       optional[[]charging.ID] `json:"chargerIds"`
}

// apply returns the group with what was given; null empties a list.
func (b *accessGroupBody) apply(g charging.AccessGroup) charging.AccessGroup {
	setText(&g.Name, &b.Name)
	for _, list := range []struct {
		to   *[]charging.ID
		from *optional[[]charging.ID]
	}{{&g.AccessIDs, &b.AccessIDs}, {&g.Sites, &b.Sites}, {&g.Chargers, &b.Chargers}} {
		if list.from.given {
			ids := slices.Clone(list.from.value)
			slices.Sort(ids)
			*list.to = slices.Compact(ids)
		}
	}
	return g
}

// check says what is wrong with a group as it would be. It looks at what was
// given only: what was there before stays, also when it is not there any more.
func (b *accessGroupBody) check(e *fleet.Estate, key *charging.APIKey, g *charging.AccessGroup) *memberError {
	sees := func(org charging.ID) bool { return e.Inside(org, key.OrganizationID) }
	if wrong := checkText("name", g.Name, maxText); wrong != nil {
		return wrong
	}
	switch {
	case g.Name == "":
		return wrongMember("name", "must not be empty")
	case len(g.Sites)+len(g.Chargers) == 0:
		return wrongMember("siteIds", "must name a site, or chargerIds a charger: the places where the group may charge")
	}
	return firstWrong(
		checkIDs("accessIds", "access ID", &b.AccessIDs, func(id charging.ID) bool {
			x := e.AccessID(id)
			return x != nil && sees(x.OrganizationID)
		}),
		checkIDs("siteIds", "site", &b.Sites, func(id charging.ID) bool {
			s := e.Site(id)
			return s != nil && sees(s.OrganizationID)
		}),
		checkIDs("chargerIds", "charger", &b.Chargers, func(id charging.ID) bool {
			c := e.Charger(id)
			if c == nil {
				return false
			}
			s := e.Site(c.SiteID)
			return s != nil && sees(s.OrganizationID)
		}))
}

// checkIDs looks for ids of a list that are of nothing that the key sees.
func checkIDs(member, what string, list *optional[[]charging.ID], there func(charging.ID) bool) *memberError {
	if n := len(list.value); n > charging.MaxGroupMembers {
		return wrongMember(member, fmt.Sprintf("has %d ids; at most %d are allowed", n, charging.MaxGroupMembers))
	}
	for i, id := range list.value {
		if !there(id) {
			return wrongMember(fmt.Sprintf("%s[%d]", member, i), fmt.Sprintf("%d is the id of no %s", id, what))
		}
	}
	return nil
}

// changeGroup makes one change of access groups.
func (a *API) changeGroup(ctx context.Context, key *charging.APIKey, plan func(*fleet.Estate, *fleet.IDs, *charging.Change) error) error {
	return a.cfg.Configuration.Update(ctx, func(e *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
		ch := &charging.Change{Actor: "key " + key.Name}
		if err := plan(e, ids, ch); err != nil {
			return nil, err
		}
		return ch, nil
	})
}

// postAccessGroup answers POST /api/admin/access-groups.
func (a *API) postAccessGroup(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b accessGroupBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var made charging.AccessGroup
	err := a.changeGroup(r.Context(), key, func(e *fleet.Estate, ids *fleet.IDs, ch *charging.Change) (err error) {
		made = b.apply(charging.AccessGroup{OrganizationID: key.OrganizationID})
		if b.OrganizationID.has() {
			made.OrganizationID = b.OrganizationID.value
		}
		if e.Organization(made.OrganizationID) == nil || !e.Inside(made.OrganizationID, key.OrganizationID) {
			return wrongMember("organizationId", "is the id of no organization").in("")
		}
		if wrong := b.check(e, key, &made); wrong != nil {
			return wrong.in("")
		}
		if made.ID, err = ids.Next(charging.IDAccessGroup); err != nil {
			return err
		}
		ch.AccessGroups = []charging.AccessGroup{made}
		return nil
	})
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[accessGroupJSON]{accessGroupRow(&made)})
	return nil
}

// patchAccessGroup answers PATCH /api/admin/access-groups/{id}: a list that is
// given replaces the one before, what is left out stays.
func (a *API) patchAccessGroup(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := accessGroupOf(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b accessGroupBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var next charging.AccessGroup
	err := a.changeGroup(r.Context(), key, func(e *fleet.Estate, _ *fleet.IDs, ch *charging.Change) error {
		old, err := accessGroupOf(e, r, key)
		if err != nil {
			return err
		}
		next = b.apply(*old)
		if wrong := b.check(e, key, &next); wrong != nil {
			return wrong.in("")
		}
		ch.AccessGroups = []charging.AccessGroup{next}
		return nil
	})
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[accessGroupJSON]{accessGroupRow(&next)})
	return nil
}

// deleteAccessGroup answers DELETE /api/admin/access-groups/{id}. Its access
// IDs may then charge where their other groups let them, or everywhere.
func (a *API) deleteAccessGroup(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	err := a.changeGroup(r.Context(), key, func(e *fleet.Estate, _ *fleet.IDs, ch *charging.Change) error {
		g, err := accessGroupOf(e, r, key)
		if err != nil {
			return err
		}
		ch.RemovedAccessGroups = []charging.ID{g.ID}
		return nil
	})
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}
