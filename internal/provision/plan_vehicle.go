package provision

import "github.com/chargeyard/chargeyard/internal/charging"

// vehicle finds or makes the vehicle of a row.
func (p *planner) vehicle(row *Vehicle) charging.ID {
	org := p.organizationOf(row.Organization, row.Path)
	old := p.findVehicle(row, org)
	customer := p.customer(row.Path+".customer", org, row.Customer, 0)
	if old == nil {
		return p.newVehicle(row, org, customer)
	}
	if p.persons.matched[old.ID] {
		p.problem.add(row.Path, "is vehicle %d, which another row of the file is too; tell them apart by \"vin\"", old.ID)
	}
	p.persons.matched[old.ID] = true
	p.persons.fromFile[row.ID] = old.ID
	next := *old
	var c changes
	c.text("name", &next.Name, row.Name)
	c.text("make", &next.Make, row.Make)
	c.text("model", &next.Model, row.Model)
	c.text("vin", &next.VIN, row.VIN)
	c.text("licensePlate", &next.LicensePlate, row.LicensePlate)
	c.id("customer", &next.CustomerID, customer)
	if c != nil {
		p.change.Vehicles = append(p.change.Vehicles, next)
		p.tell("change", "vehicle", next.ID, next.DisplayName(), row.Path, c)
	}
	return next.ID
}

func (p *planner) newVehicle(row *Vehicle, org, customer charging.ID) charging.ID {
	made := charging.Vehicle{
		ID:             p.ids.allot(charging.IDVehicle, row.ID),
		OrganizationID: org,
		Name:           row.Name,
		Make:           row.Make,
		Model:          row.Model,
		VIN:            row.VIN,
		LicensePlate:   row.LicensePlate,
		CustomerID:     customer,
	}
	p.persons.matched[made.ID] = true
	if row.ID != 0 {
		p.persons.fromFile[row.ID] = made.ID
	}
	p.persons.index(&made)
	p.change.Vehicles = append(p.change.Vehicles, made)
	p.tell("new", "vehicle", made.ID, made.DisplayName(), row.Path, nil)
	return made.ID
}

// findVehicle looks for the vehicle of a row by VIN, licence plate and name in
// turn. A weaker key counts only where the stronger ones do not speak against
// it.
func (p *planner) findVehicle(row *Vehicle, org charging.ID) *charging.Vehicle {
	x := &p.persons
	if id := x.vins[placeName{org, foldName(row.VIN)}]; id != 0 && row.VIN != "" {
		return x.vehicles[id]
	}
	fits := func(v *charging.Vehicle) bool {
		return v != nil && !x.matched[v.ID] && (v.VIN == "" || row.VIN == "")
	}
	if v := x.vehicles[x.plates[placeName{org, foldName(row.LicensePlate)}]]; row.LicensePlate != "" && fits(v) {
		return v
	}
	if v := p.e.Vehicle(row.ID); p.sameIDs && v != nil && !x.matched[v.ID] {
		return v
	}
	var named []*charging.Vehicle
	for _, id := range x.names[placeName{org, foldName(row.Name)}] {
		v := x.vehicles[id]
		if fits(v) && (v.LicensePlate == "" || row.LicensePlate == "") {
			named = append(named, v)
		}
	}
	switch {
	case len(named) == 1:
		return named[0]
	case len(named) > 1 && row.VIN == "" && row.LicensePlate == "":
		p.problem.add(row.Path+".name", "%q is the name of several vehicles (%d and %d); tell which by \"vin\" or \"licensePlate\"", row.Name, named[0].ID, named[1].ID)
	}
	return nil
}

// vehicleOf resolves the vehicle of an access ID, making it when the file tells
// enough of it; 0 when the file names none.
func (p *planner) vehicleOf(ref *Vehicle, org charging.ID) charging.ID {
	if ref == nil {
		return 0
	}
	x := &p.persons
	if id := x.fromFile[ref.ID]; ref.ID != 0 && id != 0 {
		return id
	}
	if id := x.vins[placeName{org, foldName(ref.VIN)}]; ref.VIN != "" && id != 0 {
		return id
	}
	if id := x.plates[placeName{org, foldName(ref.LicensePlate)}]; ref.LicensePlate != "" && id != 0 {
		return id
	}
	if v := p.e.Vehicle(ref.ID); p.sameIDs && v != nil {
		return v.ID
	}
	if ids := x.names[placeName{org, foldName(ref.Name)}]; ref.VIN == "" && len(ids) == 1 {
		return ids[0]
	}
	if ref.Name == "" && ref.VIN == "" && ref.LicensePlate == "" {
		p.problem.add(ref.Path, "vehicle %d is not in the file; add it to \"vehicles\"", ref.ID)
		return 0
	}
	customer := p.customer(ref.Path+".customer", org, ref.Customer, 0)
	return p.newVehicle(ref, org, customer)
}
