package provision

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func (p *parser) customer(o *object) {
	c := Customer{
		Path:         o.at.String(),
		ID:           o.id("id"),
		Name:         o.text("name", maxName),
		Organization: p.organizationOf(o),
	}
	if c.Name == "" {
		o.bad("name", "is missing; a customer needs a name")
	} else {
		p.once(o, "name", "customer name", scoped{c.Organization, foldName(c.Name)})
	}
	p.once(o, "id", "customer", c.ID)
	p.doc.Customers = append(p.doc.Customers, c)
}

// foldName is the form in which names of customers and vehicles and VINs are
// compared (contract section 7).
func foldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// customerName reads a row's "customer": {"name": …}.
func (p *parser) customerName(row *object) string {
	o := row.object("customer")
	if o == nil {
		return ""
	}
	name := o.text("name", maxName)
	if name == "" {
		o.bad("name", "is missing; write the customer's name, or null instead of the customer")
	}
	return name
}

func (p *parser) vehicle(o *object) Vehicle {
	v := Vehicle{
		Path:         o.at.String(),
		ID:           o.id("id"),
		Name:         o.text("name", maxName),
		Make:         o.text("make", maxName),
		Model:        o.text("model", maxName),
		VIN:          o.text("vin", 50),
		LicensePlate: o.text("licensePlate", 50),
		Customer:     p.customerName(o),
		Organization: p.organizationOf(o),
	}
	if v.Name == "" && v.VIN == "" && v.LicensePlate == "" && v.ID == 0 {
		o.bad("name", "is missing; a vehicle needs at least one of name, vin and licensePlate")
	}
	return v
}

// vehicleRow reads a row of "vehicles", whose keys may stand once.
func (p *parser) vehicleRow(o *object) {
	v := p.vehicle(o)
	p.once(o, "id", "vehicle", v.ID)
	switch {
	case v.VIN != "":
		p.once(o, "vin", "vin", scoped{v.Organization, foldName(v.VIN)})
	case v.LicensePlate != "":
		p.once(o, "licensePlate", "licensePlate", scoped{v.Organization, foldName(v.LicensePlate)})
	case v.Name != "":
		p.once(o, "name", "vehicle name", scoped{v.Organization, foldName(v.Name)})
	}
	p.doc.Vehicles = append(p.doc.Vehicles, v)
}

func (p *parser) accessID(o *object) {
	a := AccessID{
		Path:         o.at.String(),
		ID:           o.id("id"),
		Tag:          o.text("ocppIdTag", maxTag),
		Type:         o.word("type", charging.TypeRFID, charging.TypeVehicle),
		Name:         o.text("name", maxName),
		Status:       o.word("authorizationStatus", "Authorized", "Revoked"),
		GroupTag:     o.text("parentIdTag", maxTag),
		AuthorizedAt: o.time("authorizedAt"),
		RevokedAt:    o.time("revokedAt"),
		ExpiresAt:    o.time("expiresAt"),
		CreatedAt:    o.time("createdAt"),
		Customer:     p.customerName(o),
		Organization: p.organizationOf(o),
		Vehicle:      p.vehicleRef(o),
	}
	if a.Tag == "" && o.members["ocppIdTag"] == nil {
		o.bad("ocppIdTag", "is missing; it is what the charger sends, 1 to %d characters", maxTag)
	}
	if a.Tag != "" {
		p.once(o, "ocppIdTag", "tag", scoped{a.Organization, charging.FoldTag(a.Tag)})
	}
	p.once(o, "id", "accessId", a.ID)
	p.doc.AccessIDs = append(p.doc.AccessIDs, a)
}

// vehicleRef reads which vehicle an access ID belongs to: "vehicle" with the
// members that tell it, or "vehicleId".
func (p *parser) vehicleRef(row *object) *Vehicle {
	if o := row.object("vehicle"); o != nil {
		v := p.vehicle(o)
		v.Organization = none
		return &v
	}
	if id := row.id("vehicleId"); id != 0 {
		return &Vehicle{Path: row.at.member("vehicleId").String(), ID: id, Organization: none}
	}
	return nil
}
