package provision

import "github.com/chargeyard/chargeyard/internal/charging"

type placeName struct {
	parent charging.ID
	name   string
}

// sites finds or makes each site of the file.
func (p *planner) sites() {
	byName := map[placeName]*charging.Site{}
	p.siteOrgs = map[charging.ID]charging.ID{}
	for _, s := range p.e.Sites() {
		byName[placeName{s.OrganizationID, s.Name}] = s
		p.siteOrgs[s.ID] = s.OrganizationID
	}
	p.siteIDs = make([]charging.ID, len(p.doc.Sites))
	found := map[charging.ID]string{}
	for i := range p.doc.Sites {
		s := &p.doc.Sites[i]
		org := p.organizationOf(s.Organization, s.Path)
		old := byName[placeName{org, s.Name}]
		if old == nil && p.sameIDs {
			old = p.e.Site(s.ID)
		}
		if old == nil {
			p.siteIDs[i] = p.newSite(s, org)
			continue
		}
		if other := found[old.ID]; other != "" {
			p.problem.add(s.Path, "is the same site as %s (id %d); join the two rows", other, old.ID)
		}
		found[old.ID] = s.Path
		p.siteIDs[i] = old.ID
		p.changeSite(*old, s, org)
	}
}

func (p *planner) newSite(s *Site, org charging.ID) charging.ID {
	made := charging.Site{
		ID:             p.ids.allot(charging.IDSite, s.ID),
		OrganizationID: org,
		Name:           s.Name,
		Timezone:       s.Timezone,
	}
	if made.Timezone == "" {
		made.Timezone = "UTC"
		p.note(s.Path+".timezone", "is missing; UTC is taken")
	}
	var c changes
	siteDetails(&c, &made, s)
	p.siteOrgs[made.ID] = org
	p.change.Sites = append(p.change.Sites, made)
	p.tell("new", "site", made.ID, made.Name, s.Path, nil)
	return made.ID
}

func (p *planner) changeSite(next charging.Site, s *Site, org charging.ID) {
	var c changes
	c.text("name", &next.Name, s.Name)
	c.text("timezone", &next.Timezone, s.Timezone)
	c.id("organization", &next.OrganizationID, org)
	siteDetails(&c, &next, s)
	p.siteOrgs[next.ID] = next.OrganizationID
	if c != nil {
		p.change.Sites = append(p.change.Sites, next)
		p.tell("change", "site", next.ID, next.Name, s.Path, c)
	}
}

func siteDetails(c *changes, next *charging.Site, s *Site) {
	c.text("address", &next.Address, s.Address)
	c.text("locationId", &next.LocationID, s.LocationID)
	c.policy(&next.UnknownTags, s.UnknownTags)
	c.setting("measurands", &next.Wishes.Measurands, s.Wishes.Measurands, inherit)
	c.seconds("sampleIntervalSeconds", &next.Wishes.SampleInterval, s.Wishes.SampleInterval)
	c.seconds("heartbeatSeconds", &next.Wishes.Heartbeat, s.Wishes.Heartbeat)
	c.setting("offlineAuthorization", &next.Wishes.Offline, s.Wishes.Offline, inherit)
}
