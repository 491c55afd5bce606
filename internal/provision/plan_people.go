package provision

import "github.com/chargeyard/chargeyard/internal/charging"

// persons indexes customers, vehicles and access IDs of the estate and of the
// file, by organization and folded key.
type persons struct {
	customers map[placeName]charging.ID
	vins      map[placeName]charging.ID
	plates    map[placeName]charging.ID
	names     map[placeName][]charging.ID
	tags      map[placeName]*charging.AccessID
	vehicles  map[charging.ID]*charging.Vehicle
	fromFile  map[charging.ID]charging.ID // a vehicle's id in the file -> its id here
	matched   map[charging.ID]bool        // vehicles that a row was found to be
}

func (p *planner) people() {
	x := &p.persons
	x.customers, x.vins, x.plates = map[placeName]charging.ID{}, map[placeName]charging.ID{}, map[placeName]charging.ID{}
	x.names, x.tags = map[placeName][]charging.ID{}, map[placeName]*charging.AccessID{}
	x.vehicles, x.fromFile = map[charging.ID]*charging.Vehicle{}, map[charging.ID]charging.ID{}
	x.matched = map[charging.ID]bool{}
	for _, c := range p.e.Customers() {
		x.customers[placeName{c.OrganizationID, foldName(c.Name)}] = c.ID
	}
	for _, v := range p.e.Vehicles() {
		x.index(v)
	}
	for _, a := range p.e.AccessIDs() {
		x.tags[placeName{a.OrganizationID, charging.FoldTag(a.Tag)}] = a
	}
	for i := range p.doc.Customers {
		c := &p.doc.Customers[i]
		p.customer(c.Path, p.organizationOf(c.Organization, c.Path), c.Name, c.ID)
	}
	for i := range p.doc.Vehicles {
		p.vehicle(&p.doc.Vehicles[i])
	}
	seen := map[placeName]string{}
	for i := range p.doc.AccessIDs {
		a := &p.doc.AccessIDs[i]
		org := p.organizationOf(a.Organization, a.Path)
		k := placeName{org, charging.FoldTag(a.Tag)}
		if first := seen[k]; first != "" {
			p.problem.add(a.Path+".ocppIdTag", "%q is also at %s.ocppIdTag; it may stand once in an organization", a.Tag, first)
			continue
		}
		seen[k] = a.Path
		p.accessID(a, org, x.tags[k])
	}
}

func (x *persons) index(v *charging.Vehicle) {
	x.vehicles[v.ID] = v
	if v.VIN != "" {
		x.vins[placeName{v.OrganizationID, foldName(v.VIN)}] = v.ID
	}
	if v.LicensePlate != "" {
		x.plates[placeName{v.OrganizationID, foldName(v.LicensePlate)}] = v.ID
	}
	if v.Name != "" {
		k := placeName{v.OrganizationID, foldName(v.Name)}
		x.names[k] = append(x.names[k], v.ID)
	}
}

// customer finds a customer by name, ignoring case, or makes it; 0 for no name.
func (p *planner) customer(path string, org charging.ID, name string, inFile charging.ID) charging.ID {
	if name == "" {
		return 0
	}
	k := placeName{org, foldName(name)}
	if id := p.persons.customers[k]; id != 0 {
		p.renameCustomer(path, id, name, inFile != 0)
		return id
	}
	if old := p.e.Customer(inFile); p.sameIDs && old != nil {
		p.persons.customers[k] = old.ID
		p.renameCustomer(path, old.ID, name, true)
		return old.ID
	}
	made := charging.Customer{ID: p.ids.allot(charging.IDCustomer, inFile), OrganizationID: org, Name: name}
	p.persons.customers[k] = made.ID
	p.change.Customers = append(p.change.Customers, made)
	p.tell("new", "customer", made.ID, made.Name, path, nil)
	return made.ID
}

// renameCustomer takes over the spelling of a row of "customers".
func (p *planner) renameCustomer(path string, id charging.ID, name string, isRow bool) {
	old := p.e.Customer(id)
	if old == nil || !isRow {
		return
	}
	next := *old
	var c changes
	if c.text("name", &next.Name, name); c != nil {
		p.change.Customers = append(p.change.Customers, next)
		p.tell("change", "customer", id, name, path, c)
	}
}
