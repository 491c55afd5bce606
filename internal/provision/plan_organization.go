package provision

import (
	"fmt"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// organizations finds or makes each organization of the file.
func (p *planner) organizations() {
	p.orgs = make([]charging.ID, len(p.doc.Organizations))
	p.orgNames = map[charging.ID]string{}
	tops := p.tops()
	first := p.emptyFirst()
	if first != nil && len(tops) == 1 {
		p.takeOver(first, tops[0])
		first = nil
	} else if first != nil && len(tops) > 1 {
		first = p.makeRoom(first)
	}
	for i := range p.doc.Organizations {
		p.organization(i, first)
	}
	p.root = p.rootOrganization(tops, first)
}

// tops lists the organizations of the file that stand in no other.
func (p *planner) tops() []int {
	var tops []int
	for i, o := range p.doc.Organizations {
		if o.Parent == none {
			tops = append(tops, i)
		}
	}
	return tops
}

// emptyFirst returns the organization of the first start while it is the only
// one and owns nothing but API keys; else nil.
func (p *planner) emptyFirst() *charging.Organization {
	all := p.e.Organizations()
	if len(all) != 1 || len(p.e.Sites())+len(p.e.AccessIDs())+len(p.e.Vehicles())+len(p.e.Customers()) > 0 {
		return nil
	}
	return all[0]
}

// takeOver gives the empty first organization the id and name of the file's
// only top organization, so that the first API key sees what is imported.
func (p *planner) takeOver(first *charging.Organization, i int) {
	o := p.doc.Organizations[i]
	next := *first
	next.Name = o.Name
	if o.ID != 0 {
		next.ID = o.ID
	}
	p.orgs[i] = next.ID
	p.orgNames[next.ID] = next.Name
	if next != *first {
		p.renumber(first, next, o.Path)
	}
}

// makeRoom lets the empty first organization become the parent of the file's
// organizations; it gives up its id when one of them has it.
func (p *planner) makeRoom(first *charging.Organization) *charging.Organization {
	for _, o := range p.doc.Organizations {
		if o.ID == first.ID && o.Name != first.Name {
			next := *first
			next.ID = p.ids.allot(charging.IDOrganization, 0)
			p.renumber(first, next, o.Path)
			return &next
		}
	}
	return first
}

// renumber changes the first organization and moves its API keys along.
func (p *planner) renumber(old *charging.Organization, next charging.Organization, path string) {
	var c changes
	if next.Name != old.Name {
		c = append(c, fmt.Sprintf("name %q -> %q", old.Name, next.Name))
	}
	if next.ID != old.ID {
		c = append(c, fmt.Sprintf("id %d -> %d", old.ID, next.ID))
		p.change.RemovedOrganizations = append(p.change.RemovedOrganizations, old.ID)
		p.ids.release(charging.IDOrganization, old.ID)
		p.ids.taken[idOf{charging.IDOrganization, next.ID}] = true
		for _, k := range p.e.Keys() {
			if k.OrganizationID == old.ID {
				moved := *k
				moved.OrganizationID = next.ID
				p.change.Keys = append(p.change.Keys, moved)
			}
		}
	}
	p.change.Organizations = append(p.change.Organizations, next)
	p.tell("change", "organization", next.ID, next.Name, path, c)
}

// organization finds or makes one organization of the file, its parents first.
// parent is where new top organizations go when the first start's is empty.
func (p *planner) organization(i int, parent *charging.Organization) charging.ID {
	if p.orgs[i] != 0 {
		return p.orgs[i]
	}
	o := p.doc.Organizations[i]
	var inside charging.ID
	if o.Parent != none {
		inside = p.organization(o.Parent, parent)
	}
	if old := p.findOrganization(o, inside); old != nil {
		p.orgs[i] = old.ID
		p.orgNames[old.ID] = o.Name
		p.changeOrganization(*old, o, inside)
		return old.ID
	}
	switch {
	case o.Parent != none:
	case parent != nil:
		inside = parent.ID
	default:
		inside = p.holding()
	}
	made := charging.Organization{ID: p.ids.allot(charging.IDOrganization, o.ID), ParentID: inside, Name: o.Name}
	p.orgs[i] = made.ID
	p.orgNames[made.ID] = made.Name
	p.change.Organizations = append(p.change.Organizations, made)
	p.tell("new", "organization", made.ID, made.Name, o.Path, nil)
	if inside == 0 && len(p.e.Organizations()) > 0 {
		p.note(o.Path, fmt.Sprintf("is new beside the others, so that no API key sees it yet; make one with: chargeyard key create --name NAME --org %d", made.ID))
	}
	return made.ID
}

// changeOrganization takes over what the file says of an organization that was
// found.
func (p *planner) changeOrganization(next charging.Organization, o Organization, inside charging.ID) {
	var c changes
	c.text("name", &next.Name, o.Name)
	if o.Parent != none && !p.e.Inside(inside, next.ID) {
		c.id("parentId", &next.ParentID, inside)
	}
	if c != nil {
		p.change.Organizations = append(p.change.Organizations, next)
		p.tell("change", "organization", next.ID, next.Name, o.Path, c)
	}
}

// findOrganization looks for an organization by name inside its parent. One
// whose parent the file does not tell is looked for at the top, then anywhere
// if the name is the only one. Last comes the id.
func (p *planner) findOrganization(o Organization, inside charging.ID) *charging.Organization {
	var anywhere []*charging.Organization
	for _, x := range p.e.Organizations() {
		if x.Name != o.Name || p.removed(x.ID) {
			continue
		}
		if x.ParentID == inside {
			return x
		}
		anywhere = append(anywhere, x)
	}
	if o.Parent == none && len(anywhere) == 1 {
		return anywhere[0]
	}
	if x := p.e.Organization(o.ID); p.sameIDs && x != nil {
		return x
	}
	if o.Parent == none && len(anywhere) > 1 {
		p.problem.add(o.Path+".name", "%q is the name of organizations %d and %d; tell which by a list \"organizations\" with \"id\", \"name\", \"parentId\", as \"chargeyard export\" writes it",
			o.Name, anywhere[0].ID, anywhere[1].ID)
	}
	return nil
}

// keepReused takes an organization off the list of removed ones when another
// has its id now.
func (p *planner) keepReused() {
	p.change.RemovedOrganizations = slices.DeleteFunc(p.change.RemovedOrganizations, func(id charging.ID) bool {
		return slices.ContainsFunc(p.change.Organizations, func(o charging.Organization) bool { return o.ID == id })
	})
}

func (p *planner) removed(id charging.ID) bool {
	return slices.Contains(p.change.RemovedOrganizations, id)
}

// holding returns the organization that only holds others together, if the
// whole estate stands in such a one; else 0.
func (p *planner) holding() charging.ID {
	var top charging.ID
	children := 0
	for _, o := range p.e.Organizations() {
		switch {
		case o.ParentID != 0:
			children++
		case top != 0:
			return 0
		default:
			top = o.ID
		}
	}
	for _, s := range p.e.Sites() {
		if s.OrganizationID == top {
			return 0
		}
	}
	if children == 0 {
		return 0
	}
	return top
}

// rootOrganization is where rows go that name no organization: the file's only
// top organization, else the estate's.
func (p *planner) rootOrganization(tops []int, first *charging.Organization) charging.ID {
	switch {
	case len(tops) == 1:
		return p.orgs[tops[0]]
	case first != nil:
		return first.ID
	}
	var root charging.ID
	for _, o := range p.e.Organizations() {
		if o.ParentID == 0 && root != 0 {
			return 0
		}
		if o.ParentID == 0 {
			root = o.ID
		}
	}
	return root
}

// organizationOf returns the organization of a row, and reports a row of which
// it is unclear.
func (p *planner) organizationOf(index int, path string) charging.ID {
	if index != none {
		return p.orgs[index]
	}
	if p.root == 0 {
		p.problem.add(path+".organization", "is missing; there are several organizations, so write {\"name\": …}")
	}
	return p.root
}

func (p *planner) tell(action, kind string, id charging.ID, name, path string, c changes) {
	p.report.Lines = append(p.report.Lines, Line{Action: action, Kind: kind, ID: id, Name: name, Path: path, Details: c})
}

func (p *planner) note(path, text string) {
	p.report.Notes = append(p.report.Notes, Note{path, text})
}
