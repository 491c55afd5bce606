package fleet

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// IDSource is where new ids come from; *IDs is one.
type IDSource interface {
	Next(kind charging.IDKind) (charging.ID, error)
}

// NewCharger returns the change that enters a charger with ports 1 to ports.
// It gives it an id, and without a name its identity as one.
func NewCharger(ids IDSource, settings charging.ChargerSettings, ports int) (*charging.Change, error) {
	id, err := ids.Next(charging.IDCharger)
	if err != nil {
		return nil, err
	}
	settings.ID = id
	if settings.Name == "" {
		settings.Name = settings.OCPPID
	}
	ch := &charging.Change{Chargers: []charging.ChargerSettings{settings}}
	for number := 1; number <= ports; number++ {
		port, err := ids.Next(charging.IDPort)
		if err != nil {
			return nil, err
		}
		ch.Ports = append(ch.Ports, charging.PortSettings{ID: port, ChargerID: id, Number: number, Name: charging.DefaultPortName(number)})
	}
	return ch, nil
}

// CheckCharger says with a Conflict error which other charger has the identity
// or, in its organization, the external id of a charger that is to serve, and
// which of the two members it is.
func (e *Estate) CheckCharger(c *charging.ChargerSettings) (member string, err error) {
	if other := e.ChargerByIdentity(c.OCPPID); c.OCPPID != "" && other != nil && other.ID != c.ID {
		return "ocppId", charging.Errorf(charging.Conflict, "charger %d (%s) has the identity %q already", other.ID, other.Name, c.OCPPID)
	}
	if c.ExternalID == "" {
		return "", nil
	}
	organization := func(site charging.ID) charging.ID {
		if s := e.Site(site); s != nil {
			return s.OrganizationID
		}
		return 0
	}
	for slot := range e.Len() {
		other := e.At(slot)
		if other.ID != c.ID && other.ExternalID == c.ExternalID && organization(other.SiteID) == organization(c.SiteID) {
			return "externalId", charging.Errorf(charging.Conflict, "charger %d (%s) of the same organization has %q already", other.ID, other.Name, c.ExternalID)
		}
	}
	return "", nil
}

// CheckKey says with a NotFound error what a key is for or limited to that is
// not there, or not inside its organization.
func (e *Estate) CheckKey(key *charging.APIKey) error {
	if e.Organization(key.OrganizationID) == nil {
		return charging.Errorf(charging.NotFound, "there is no organization %d", key.OrganizationID)
	}
	for _, id := range key.Sites {
		if s := e.Site(id); s == nil || !e.Inside(s.OrganizationID, key.OrganizationID) {
			return charging.Errorf(charging.NotFound, "there is no site %d in organization %d", id, key.OrganizationID)
		}
	}
	for _, id := range key.Chargers {
		c := e.Charger(id)
		if c == nil || !e.Inside(e.Site(c.SiteID).OrganizationID, key.OrganizationID) {
			return charging.Errorf(charging.NotFound, "there is no charger %d in organization %d", id, key.OrganizationID)
		}
	}
	return nil
}

// Revoked returns the key as one that is not valid any more.
func Revoked(key *charging.APIKey, at time.Time) charging.APIKey {
	revoked := *key
	revoked.RevokedAt = at
	return revoked
}

// MaxDepth is how deep organizations may stand inside each other.
const MaxDepth = maxDepth

// CheckParent says with an Invalid error why an organization cannot stand inside
// another; 0 is none.
func (e *Estate) CheckParent(id, parent charging.ID) error {
	if parent == 0 {
		return nil
	}
	if e.Organization(parent) == nil {
		return charging.Errorf(charging.Invalid, "parentId: there is no organization %d", parent)
	}
	if id != 0 && e.Inside(parent, id) {
		return charging.Errorf(charging.Invalid, "parentId: organization %d stands inside this one", parent)
	}
	above := 0
	for up := parent; up != 0; up = e.Organization(up).ParentID {
		above++
	}
	if deep := above + e.depthBelow(id); deep >= maxDepth {
		return charging.Errorf(charging.Invalid, "parentId: organizations would stand %d deep; at most %d are allowed", deep+1, maxDepth)
	}
	return nil
}

// depthBelow is how many levels of organizations stand below one.
func (e *Estate) depthBelow(id charging.ID) int {
	deepest := 0
	for _, o := range e.Organizations() {
		levels := 0
		for up := o; up != nil && up.ID != id; up = e.Organization(up.ParentID) {
			if levels++; up.ParentID == 0 {
				levels = 0
				break
			}
		}
		deepest = max(deepest, levels)
	}
	return deepest
}
