package provision

import "github.com/chargeyard/chargeyard/internal/charging"

// unique checks that the identities and external ids of the whole estate will
// stand once, also beside the chargers that the file does not name.
func (p *planner) unique() {
	identities := map[string]charging.ID{}
	externals := map[placeName]charging.ID{}
	claim := func(c *charging.Charger, path string) {
		if c.OCPPID != "" {
			if other := identities[c.OCPPID]; other != 0 {
				p.problem.add(path+".ocppId", "%q is the identity of charger %d already", c.OCPPID, other)
			}
			identities[c.OCPPID] = c.ID
		}
		if c.ExternalID != "" {
			k := placeName{p.siteOrgs[c.SiteID], c.ExternalID}
			if other := externals[k]; other != 0 {
				p.problem.add(path+".externalId", "%q is the externalId of charger %d in the same organization already", c.ExternalID, other)
			}
			externals[k] = c.ID
		}
	}
	for slot := range p.e.Len() {
		if c := p.e.At(slot); !p.drafted[c.ID] {
			claim(c, "data")
		}
	}
	for _, d := range p.drafts {
		claim(&d.Charger, d.path)
	}
}
