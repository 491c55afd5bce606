package fleet

import (
	"cmp"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// maxDepth bounds how deep organizations may nest.
const maxDepth = 16

// nouns is one kind of configured thing, by id.
type nouns[T any] struct {
	sorted []*T
	byID   map[charging.ID]*T
}

func newNouns[T any](all []T, id func(*T) charging.ID) nouns[T] {
	n := nouns[T]{sorted: make([]*T, len(all)), byID: make(map[charging.ID]*T, len(all))}
	for i := range all {
		n.sorted[i] = &all[i]
		n.byID[id(&all[i])] = &all[i]
	}
	slices.SortFunc(n.sorted, func(a, b *T) int { return cmp.Compare(id(a), id(b)) })
	return n
}

// merged returns n with the things of changes replaced or added. It returns n
// itself when there are none, so that unchanged kinds are shared.
func (n nouns[T]) merged(changes []T, id func(*T) charging.ID, removed ...charging.ID) nouns[T] {
	if len(changes) == 0 && len(removed) == 0 {
		return n
	}
	all := make([]T, 0, len(n.sorted)+len(changes))
	at := make(map[charging.ID]int, len(changes))
	for i := range changes {
		at[id(&changes[i])] = i
	}
	for _, old := range n.sorted {
		if _, replaced := at[id(old)]; !replaced && !slices.Contains(removed, id(old)) {
			all = append(all, *old)
		}
	}
	return newNouns(append(all, changes...), id)
}

// configuration is what operators set, but for the chargers themselves.
type configuration struct {
	version       int64
	organizations nouns[charging.Organization]
	sites         nouns[charging.Site]
	accessIDs     nouns[charging.AccessID]
	vehicles      nouns[charging.Vehicle]
	customers     nouns[charging.Customer]
	keys          nouns[charging.APIKey]
	accessGroups  nouns[charging.AccessGroup]
}

func organizationID(o *charging.Organization) charging.ID { return o.ID }
func siteID(s *charging.Site) charging.ID                 { return s.ID }
func accessIDID(a *charging.AccessID) charging.ID         { return a.ID }
func vehicleID(v *charging.Vehicle) charging.ID           { return v.ID }
func customerID(c *charging.Customer) charging.ID         { return c.ID }
func keyID(k *charging.APIKey) charging.ID                { return k.ID }
func accessGroupID(g *charging.AccessGroup) charging.ID   { return g.ID }

func configurationOf(s *charging.Stored) *configuration {
	return &configuration{
		version:       s.Version,
		organizations: newNouns(s.Organizations, organizationID),
		sites:         newNouns(s.Sites, siteID),
		accessIDs:     newNouns(s.AccessIDs, accessIDID),
		vehicles:      newNouns(s.Vehicles, vehicleID),
		customers:     newNouns(s.Customers, customerID),
		keys:          newNouns(s.Keys, keyID),
		accessGroups:  newNouns(s.AccessGroups, accessGroupID),
	}
}

func (c *configuration) with(ch *charging.Change) *configuration {
	return &configuration{
		version:       ch.Version,
		organizations: c.organizations.merged(ch.Organizations, organizationID, ch.RemovedOrganizations...),
		sites:         c.sites.merged(ch.Sites, siteID, ch.RemovedSites...),
		accessIDs:     c.accessIDs.merged(ch.AccessIDs, accessIDID),
		vehicles:      c.vehicles.merged(ch.Vehicles, vehicleID),
		customers:     c.customers.merged(ch.Customers, customerID),
		keys:          c.keys.merged(ch.Keys, keyID, ch.RemovedKeys...),
		accessGroups:  c.accessGroups.merged(ch.AccessGroups, accessGroupID, ch.RemovedAccessGroups...),
	}
}

type tagKey struct {
	organization charging.ID
	folded       string
}

type slotRange struct{ lo, hi int }

// directory is the configuration with everything needed to look things up. It
// is rebuilt when the configuration changes, and shared otherwise.
type directory struct {
	cfg            *configuration
	chargers       int
	slotsOfSite    map[charging.ID]slotRange
	slotOfCharger  map[charging.ID]int
	slotOfIdentity map[string]int
	slotOfFolded   map[string]int // -1 when several share it
	accessIDOfTag  map[tagKey]*charging.AccessID
	keyOfHash      map[[32]byte]*charging.APIKey
	// groupsOf are the access groups of each access ID that is in any.
	groupsOf map[charging.ID][]*charging.AccessGroup
	// retired are the chargers that stand in no slot, by id.
	retired []*charging.Charger
}

// newDirectory indexes chargers that are in slot order, and those that are
// retired, by id.
func newDirectory(cfg *configuration, chargers, retired []*charging.Charger) *directory {
	d := &directory{
		cfg:            cfg,
		retired:        retired,
		chargers:       len(chargers),
		slotsOfSite:    make(map[charging.ID]slotRange, len(cfg.sites.sorted)),
		slotOfCharger:  make(map[charging.ID]int, len(chargers)),
		slotOfIdentity: make(map[string]int, len(chargers)),
		slotOfFolded:   make(map[string]int, len(chargers)),
		accessIDOfTag:  make(map[tagKey]*charging.AccessID, len(cfg.accessIDs.sorted)),
		keyOfHash:      make(map[[32]byte]*charging.APIKey, len(cfg.keys.sorted)),
		groupsOf:       make(map[charging.ID][]*charging.AccessGroup),
	}
	for slot, c := range chargers {
		d.addCharger(slot, c)
	}
	for _, a := range cfg.accessIDs.sorted {
		d.accessIDOfTag[tagKey{a.OrganizationID, charging.FoldTag(a.Tag)}] = a
	}
	for _, k := range cfg.keys.sorted {
		d.keyOfHash[k.Hash] = k
	}
	for _, g := range cfg.accessGroups.sorted {
		for _, id := range g.AccessIDs {
			d.groupsOf[id] = append(d.groupsOf[id], g)
		}
	}
	return d
}

func (d *directory) addCharger(slot int, c *charging.Charger) {
	r, seen := d.slotsOfSite[c.SiteID]
	if !seen {
		r.lo = slot
	}
	r.hi = slot + 1
	d.slotsOfSite[c.SiteID] = r
	d.slotOfCharger[c.ID] = slot
	if c.OCPPID == "" {
		return
	}
	d.slotOfIdentity[c.OCPPID] = slot
	folded := charging.FoldTag(c.OCPPID)
	if _, taken := d.slotOfFolded[folded]; taken {
		slot = -1
	}
	d.slotOfFolded[folded] = slot
}
