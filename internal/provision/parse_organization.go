package provision

// maxDepth is how deep organizations may stand inside each other.
const maxDepth = 8

// organizations reads the optional list that tells which organization stands
// inside which; GET /api/sites itself does not say.
func (p *parser) organizations(rows []*object) {
	parents := make([]*object, 0, len(rows))
	for _, o := range rows {
		org := Organization{Path: o.at.String(), ID: o.id("id"), Name: o.text("name", maxName), Parent: none}
		if org.Name == "" {
			o.bad("name", "is missing; an organization needs a name")
		}
		p.once(o, "id", "organization", org.ID)
		if org.ID != 0 {
			p.orgByID[org.ID] = len(p.doc.Organizations)
		}
		p.doc.Organizations = append(p.doc.Organizations, org)
		parents = append(parents, o)
	}
	for i, o := range parents {
		parent := o.id("parentId")
		if parent == 0 {
			continue
		}
		at, ok := p.orgByID[parent]
		if !ok {
			o.bad("parentId", "%d is not the id of an organization in this list", parent)
			continue
		}
		p.doc.Organizations[i].Parent = at
	}
	for i, o := range parents {
		p.checkDepth(i, o)
	}
}

func (p *parser) checkDepth(i int, o *object) {
	at := i
	for range maxDepth {
		if at = p.doc.Organizations[at].Parent; at == none {
			return
		}
	}
	o.bad("parentId", "puts the organization inside itself, or more than %d deep", maxDepth)
	p.doc.Organizations[i].Parent = none
}

// organizationOf reads the "organization" of a row and returns its index, or
// none when the row names none.
func (p *parser) organizationOf(row *object) int {
	o := row.object("organization")
	if o == nil {
		return none
	}
	id, name := o.id("id"), o.text("name", maxName)
	if at, known := p.orgByID[id]; known && id != 0 {
		if org := p.doc.Organizations[at]; name != "" && name != org.Name {
			o.bad("name", "%q differs from %q at %s for the same id %d; an organization has one name", name, org.Name, org.Path+".name", id)
		}
		return at
	}
	if name == "" {
		o.bad("name", "is missing; an organization needs a name")
		return none
	}
	if id == 0 {
		return p.organizationNamed(o, name)
	}
	return p.addOrganization(Organization{Path: o.at.String(), ID: id, Name: name, Parent: none})
}

func (p *parser) addOrganization(org Organization) int {
	at := len(p.doc.Organizations)
	if org.ID != 0 {
		p.orgByID[org.ID] = at
	}
	p.doc.Organizations = append(p.doc.Organizations, org)
	return at
}

// organizationNamed finds or adds the organization of a row without its id.
func (p *parser) organizationNamed(o *object, name string) int {
	found := none
	for i, org := range p.doc.Organizations {
		if org.Name != name {
			continue
		}
		if found != none {
			o.bad("name", "%q is the name of several organizations; add the \"id\"", name)
			return found
		}
		found = i
	}
	if found != none {
		return found
	}
	return p.addOrganization(Organization{Path: o.at.String(), Name: name, Parent: none})
}

// namesakes reports organizations that cannot be told apart: equal names
// inside the same parent.
func (p *parser) namesakes() {
	type place struct {
		parent int
		name   string
	}
	first := map[place]Organization{}
	for _, org := range p.doc.Organizations {
		at := place{org.Parent, org.Name}
		if other, repeated := first[at]; repeated && org.Name != "" {
			p.problems.add(org.Path+".name", "%q is also the name of the organization at %s; name them apart, or tell their parents in a list \"organizations\" with \"id\", \"name\", \"parentId\"",
				org.Name, other.Path)
			continue
		}
		first[at] = org
	}
}
