package provision

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// accessID makes or changes the access ID of a row.
func (p *planner) accessID(row *AccessID, org charging.ID, old *charging.AccessID) {
	vehicle := p.vehicleOf(row.Vehicle, org)
	customer := p.customer(row.Path+".customer", org, row.Customer, 0)
	now := p.opts.Now.UTC().Truncate(time.Millisecond)
	if old == nil {
		made := newAccessID(row, now)
		made.ID = p.ids.allot(charging.IDAccessID, row.ID)
		made.OrganizationID, made.VehicleID, made.CustomerID = org, vehicle, customer
		p.change.AccessIDs = append(p.change.AccessIDs, made)
		p.tell("new", "accessId", made.ID, firstOf(made.Name, made.Tag), row.Path, nil)
		return
	}
	next := *old
	var c changes
	c.text("ocppIdTag", &next.Tag, row.Tag)
	c.text("type", &next.Type, row.Type)
	c.text("name", &next.Name, row.Name)
	c.text("parentIdTag", &next.GroupTag, row.GroupTag)
	c.id("vehicle", &next.VehicleID, vehicle)
	c.id("customer", &next.CustomerID, customer)
	authorization(&c, &next, row, now)
	c.time("expiresAt", &next.ExpiresAt, row.ExpiresAt)
	if c != nil {
		next.UpdatedAt = now
		p.change.AccessIDs = append(p.change.AccessIDs, next)
		p.tell("change", "accessId", next.ID, firstOf(next.Name, next.Tag), row.Path, c)
	}
}

func newAccessID(row *AccessID, now time.Time) charging.AccessID {
	made := charging.AccessID{
		Tag:          row.Tag,
		Type:         firstOf(row.Type, charging.TypeRFID),
		Name:         row.Name,
		Revoked:      row.Status == "Revoked",
		AuthorizedAt: timeOr(row.AuthorizedAt, now),
		ExpiresAt:    row.ExpiresAt,
		GroupTag:     row.GroupTag,
		CreatedAt:    timeOr(row.CreatedAt, now),
		UpdatedAt:    now,
	}
	if made.Revoked {
		made.RevokedAt = timeOr(row.RevokedAt, now)
	}
	return made
}

// authorization takes over whether a tag may charge, and since when (contract
// section 7).
func authorization(c *changes, next *charging.AccessID, row *AccessID, now time.Time) {
	switch {
	case row.Status == "Revoked" && !next.Revoked:
		next.Revoked = true
		next.RevokedAt = timeOr(row.RevokedAt, now)
		*c = append(*c, "revoked")
	case row.Status == "Authorized" && next.Revoked:
		next.Revoked = false
		next.RevokedAt = time.Time{}
		next.AuthorizedAt = timeOr(row.AuthorizedAt, now)
		*c = append(*c, "authorized again")
	default:
		c.time("authorizedAt", &next.AuthorizedAt, row.AuthorizedAt)
		if next.Revoked {
			c.time("revokedAt", &next.RevokedAt, row.RevokedAt)
		}
	}
}

// time takes over a time that the file gives, at the resolution of the API.
func (c *changes) time(field string, to *time.Time, from time.Time) {
	if from.IsZero() || from.Equal(to.Truncate(time.Millisecond)) {
		return
	}
	*c = append(*c, field)
	*to = from
}

func timeOr(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
