package charging

import "slices"

// AccessGroup says where some access IDs may charge. An access ID that is in no
// group may charge everywhere in its organization and those inside it; one that
// is in groups only at the places of any of them.
type AccessGroup struct {
	ID             ID
	OrganizationID ID
	Name           string
	AccessIDs      []ID
	Sites          []ID // all chargers of them
	Chargers       []ID
}

// Holds reports whether a charger is a place of the group.
func (g *AccessGroup) Holds(c *Charger) bool {
	return slices.Contains(g.Sites, c.SiteID) || slices.Contains(g.Chargers, c.ID)
}

// MaxGroupMembers bounds each list of an access group.
const MaxGroupMembers = 10_000
