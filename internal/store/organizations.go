package store

import "github.com/chargeyard/chargeyard/internal/charging"

var organizations = noun[charging.Organization]{
	kind:    charging.IDOrganization,
	columns: []string{"id", "parent_id", "name"},
	id:      func(o *charging.Organization) charging.ID { return o.ID },
	values:  func(o *charging.Organization) []any { return []any{idOrNull(o.ParentID), o.Name} },
	scan:    func(o *charging.Organization) []any { return []any{&o.ID, idIn{&o.ParentID}, &o.Name} },
}

var sites = noun[charging.Site]{
	kind: charging.IDSite,
	columns: []string{"id", "organization_id", "name", "address", "timezone", "location_id", "unknown_tags",
		"measurands", "sample_interval", "heartbeat", "offline"},
	id: func(s *charging.Site) charging.ID { return s.ID },
	values: func(s *charging.Site) []any {
		return []any{s.OrganizationID, s.Name, s.Address, s.Timezone, s.LocationID, s.UnknownTags.String(),
			s.Wishes.Measurands, s.Wishes.SampleInterval.Microseconds(), s.Wishes.Heartbeat.Microseconds(), s.Wishes.Offline}
	},
	scan: func(s *charging.Site) []any {
		return []any{&s.ID, &s.OrganizationID, &s.Name, &s.Address, &s.Timezone, &s.LocationID, policyIn{&s.UnknownTags},
			&s.Wishes.Measurands, durationIn{&s.Wishes.SampleInterval}, durationIn{&s.Wishes.Heartbeat}, &s.Wishes.Offline}
	},
}

var customers = noun[charging.Customer]{
	kind:    charging.IDCustomer,
	columns: []string{"id", "organization_id", "name"},
	id:      func(c *charging.Customer) charging.ID { return c.ID },
	values:  func(c *charging.Customer) []any { return []any{c.OrganizationID, c.Name} },
	scan:    func(c *charging.Customer) []any { return []any{&c.ID, &c.OrganizationID, &c.Name} },
}

var vehicles = noun[charging.Vehicle]{
	kind:    charging.IDVehicle,
	columns: []string{"id", "organization_id", "name", "make", "model", "vin", "license_plate", "customer_id"},
	id:      func(v *charging.Vehicle) charging.ID { return v.ID },
	values: func(v *charging.Vehicle) []any {
		return []any{v.OrganizationID, v.Name, v.Make, v.Model, v.VIN, v.LicensePlate, idOrNull(v.CustomerID)}
	},
	scan: func(v *charging.Vehicle) []any {
		return []any{&v.ID, &v.OrganizationID, &v.Name, &v.Make, &v.Model, &v.VIN, &v.LicensePlate, idIn{&v.CustomerID}}
	},
}
