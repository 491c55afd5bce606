package app

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// maxRefused is how many refused handshakes are listed at most.
const maxRefused = 1000

// Refused asks for the newest refused handshakes.
type Refused struct {
	Limit int `json:"limit"` // 0 for all that are kept
}

// RefusedRow is a refused handshake.
type RefusedRow struct {
	At       time.Time `json:"at"`
	FirstAt  time.Time `json:"firstAt"`
	Count    int       `json:"count"`
	Remote   string    `json:"remoteAddress"`
	Request  string    `json:"request"`
	Identity string    `json:"identity"`
	Status   int       `json:"status"`
	Reason   string    `json:"reason"`
	Fix      string    `json:"fix"`
}

func listRefused(ctx context.Context, a *Admin, in Refused) ([]RefusedRow, error) {
	limit := in.Limit
	if limit <= 0 {
		limit = maxRefused
	}
	list, err := a.store.Refusals(ctx, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]RefusedRow, 0, len(list))
	for _, r := range list {
		rows = append(rows, RefusedRow{r.At, r.FirstAt, r.Count, r.Remote, r.Request, r.Identity, r.Status, r.Reason, r.Fix})
	}
	return rows, nil
}

// Adoption asks for a charger that was refused as unknown to become known.
type Adoption struct {
	Identity string `json:"identity"`
	Site     string `json:"site"` // id or name; "" when there is only one
	Name     string `json:"name"` // "" for the identity
	Password string `json:"password"`
	Generate bool   `json:"generate"`
}

func adoptCharger(ctx context.Context, a *Admin, in Adoption) (MadeCharger, error) {
	list, err := a.store.Refusals(ctx, maxRefused)
	if err != nil {
		return MadeCharger{}, err
	}
	if charging.RefusedAs(list, in.Identity) {
		return addCharger(ctx, a, NewCharger{
			Identity: in.Identity, Site: in.Site, Name: in.Name, Password: in.Password, Generate: in.Generate,
		})
	}
	return MadeCharger{}, charging.Errorf(charging.NotFound,
		"no charger called %q was refused; \"chargeyard charger refused\" lists those that were, and \"chargeyard charger add\" enters one that never connected", in.Identity)
}

// adoptedSite is the site of adopted chargers when there is none yet.
const adoptedSite = "Adopted chargers"

// adopt enters an unknown charger at the oldest site, as it connects: what
// serve --adopt any does.
func (a *Admin) adopt(ctx context.Context, identity, _ string) (charging.ID, error) {
	var id charging.ID
	err := a.fleet.Update(ctx, func(e *fleet.Estate, fleets *fleet.IDs) (*charging.Change, error) {
		ids := a.ids(fleets)
		if c := e.ChargerByIdentity(identity); c != nil {
			id = c.ID
			return nil, nil
		}
		settings := charging.ChargerSettings{OCPPID: identity}
		var made []charging.Site
		if sites := e.Sites(); len(sites) > 0 {
			settings.SiteID = sites[0].ID
		} else {
			site, err := ids.Next(charging.IDSite)
			if err != nil {
				return nil, err
			}
			made = []charging.Site{{ID: site, OrganizationID: firstOrganization(e), Name: adoptedSite, Timezone: "UTC"}}
			settings.SiteID = site
		}
		ch, err := fleet.NewCharger(ids, settings, 0)
		if err != nil {
			return nil, err
		}
		ch.Actor, ch.At, ch.Sites = "adopt any", now(), made
		id = ch.Chargers[0].ID
		return ch, nil
	})
	return id, err
}

// FirstKey is what the first start makes.
type FirstKey struct {
	Organization string
	Key          string
}

// firstStart makes the first organization, and with wantKey the first API key,
// when there is none. It returns nil when nothing was to tell.
func (a *Admin) firstStart(ctx context.Context, wantKey bool) (*FirstKey, error) {
	var first *FirstKey
	err := a.fleet.Update(ctx, func(e *fleet.Estate, fleets *fleet.IDs) (*charging.Change, error) {
		ids := a.ids(fleets)
		first = nil
		ch := &charging.Change{Actor: "first start", At: now()}
		organization := charging.Organization{ID: firstOrganization(e), Name: "My organization"}
		if organization.ID == 0 {
			id, err := ids.Next(charging.IDOrganization)
			if err != nil {
				return nil, err
			}
			organization.ID = id
			ch.Organizations = []charging.Organization{organization}
		} else {
			organization = *e.Organization(organization.ID)
		}
		if wantKey && len(e.Keys()) == 0 {
			id, err := ids.Next(charging.IDKey)
			if err != nil {
				return nil, err
			}
			text := auth.NewKeyText()
			first = &FirstKey{organization.Name, text}
			ch.Keys = []charging.APIKey{{ID: id, OrganizationID: organization.ID, Name: "First key", Prefix: auth.KeyPrefix(text),
				Hash: auth.HashKey(text), Permissions: auth.DefaultPermissions, CreatedAt: ch.At}}
		}
		if ch.Organizations == nil && ch.Keys == nil {
			return nil, nil
		}
		return ch, nil
	})
	if err != nil {
		return nil, err
	}
	return first, nil
}
