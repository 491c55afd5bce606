package fleet

import (
	"cmp"
	"iter"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// blockSize is how many chargers share a block: a change copies one block and
// the list of blocks, so its cost hardly grows with the estate.
const blockSize = 64

type block [blockSize]*charging.Charger

// Estate is the whole estate at one instant. It is immutable; everything it
// returns may be kept and must not be changed.
//
// Chargers stand in slots 0 to Len-1, ordered by site and then charger id, so
// that the chargers of a site are neighbours.
type Estate struct {
	dir    *directory
	blocks []*block
}

// newEstate lays out the chargers under a directory made of cfg. Retired ones
// get no slot.
func newEstate(cfg *configuration, all []*charging.Charger) *Estate {
	chargers, retired := splitRetired(all)
	slices.SortFunc(chargers, func(a, b *charging.Charger) int {
		return cmp.Or(cmp.Compare(a.SiteID, b.SiteID), cmp.Compare(a.ID, b.ID))
	})
	e := &Estate{dir: newDirectory(cfg, chargers, retired)}
	for start := 0; start < len(chargers); start += blockSize {
		b := new(block)
		copy(b[:], chargers[start:])
		e.blocks = append(e.blocks, b)
	}
	return e
}

// with returns the estate with some slots replaced.
func (e *Estate) with(changed map[int]*charging.Charger) *Estate {
	next := &Estate{dir: e.dir, blocks: slices.Clone(e.blocks)}
	for slot, c := range changed {
		i := slot / blockSize
		if next.blocks[i] == e.blocks[i] {
			fresh := *e.blocks[i]
			next.blocks[i] = &fresh
		}
		next.blocks[i][slot%blockSize] = c
	}
	return next
}

// Version is the version of the configuration.
func (e *Estate) Version() int64 { return e.dir.cfg.version }

// SameDirectory reports whether both share their configuration, so that no
// name of a site, vehicle, card or customer can differ between them.
func (e *Estate) SameDirectory(o *Estate) bool { return e.dir == o.dir }

// Len is the number of chargers.
func (e *Estate) Len() int { return e.dir.chargers }

// At returns the charger in a slot from 0 to Len-1.
func (e *Estate) At(slot int) *charging.Charger {
	return e.blocks[slot/blockSize][slot%blockSize]
}

// Slots returns the slots lo to hi-1 of a site's chargers.
func (e *Estate) Slots(site charging.ID) (lo, hi int) {
	r := e.dir.slotsOfSite[site]
	return r.lo, r.hi
}

// Chargers goes through the chargers of a site by id.
func (e *Estate) Chargers(site charging.ID) iter.Seq[*charging.Charger] {
	lo, hi := e.Slots(site)
	return func(yield func(*charging.Charger) bool) {
		for slot := lo; slot < hi; slot++ {
			if !yield(e.At(slot)) {
				return
			}
		}
	}
}

// Charger returns the charger with that id, or nil.
func (e *Estate) Charger(id charging.ID) *charging.Charger {
	if slot, ok := e.dir.slotOfCharger[id]; ok {
		return e.At(slot)
	}
	return nil
}

// ChargerByIdentity returns the charger with that OCPP identity, or nil.
func (e *Estate) ChargerByIdentity(ocppID string) *charging.Charger {
	if slot, ok := e.dir.slotOfIdentity[ocppID]; ok {
		return e.At(slot)
	}
	return nil
}

// ChargerByIdentityFold finds an identity without regard to letter case; nil
// when there is none or more than one.
func (e *Estate) ChargerByIdentityFold(ocppID string) *charging.Charger {
	if slot, ok := e.dir.slotOfFolded[charging.FoldTag(ocppID)]; ok && slot >= 0 {
		return e.At(slot)
	}
	return nil
}

// Organizations lists all organizations by id.
func (e *Estate) Organizations() []*charging.Organization { return e.dir.cfg.organizations.sorted }

// Organization returns the organization with that id, or nil.
func (e *Estate) Organization(id charging.ID) *charging.Organization {
	return e.dir.cfg.organizations.byID[id]
}

// Inside reports whether org is ancestor or stands below it.
func (e *Estate) Inside(org, ancestor charging.ID) bool {
	for range maxDepth {
		if org == ancestor {
			return true
		}
		o := e.Organization(org)
		if o == nil || o.ParentID == 0 {
			return false
		}
		org = o.ParentID
	}
	return false
}

// Sites lists all sites by id.
func (e *Estate) Sites() []*charging.Site { return e.dir.cfg.sites.sorted }

// Site returns the site with that id, or nil.
func (e *Estate) Site(id charging.ID) *charging.Site { return e.dir.cfg.sites.byID[id] }

// AccessIDs lists all access IDs by id.
func (e *Estate) AccessIDs() []*charging.AccessID { return e.dir.cfg.accessIDs.sorted }

// AccessID returns the access ID with that id, or nil.
func (e *Estate) AccessID(id charging.ID) *charging.AccessID { return e.dir.cfg.accessIDs.byID[id] }

// Vehicles lists all vehicles by id.
func (e *Estate) Vehicles() []*charging.Vehicle { return e.dir.cfg.vehicles.sorted }

// Vehicle returns the vehicle with that id, or nil.
func (e *Estate) Vehicle(id charging.ID) *charging.Vehicle { return e.dir.cfg.vehicles.byID[id] }

// Customers lists all customers by id.
func (e *Estate) Customers() []*charging.Customer { return e.dir.cfg.customers.sorted }

// Customer returns the customer with that id, or nil.
func (e *Estate) Customer(id charging.ID) *charging.Customer { return e.dir.cfg.customers.byID[id] }

// Keys lists all API keys by id, revoked ones too.
func (e *Estate) Keys() []*charging.APIKey { return e.dir.cfg.keys.sorted }

// Key returns the API key with that SHA-256, or nil. It may be revoked.
func (e *Estate) Key(hash [32]byte) *charging.APIKey { return e.dir.keyOfHash[hash] }

// AccessGroups lists all access groups by id.
func (e *Estate) AccessGroups() []*charging.AccessGroup { return e.dir.cfg.accessGroups.sorted }

// AccessGroup returns the access group with that id, or nil.
func (e *Estate) AccessGroup(id charging.ID) *charging.AccessGroup {
	return e.dir.cfg.accessGroups.byID[id]
}

// AdmittedAt reports whether the access groups let an access ID charge at a
// charger: those that it is in, or none.
func (e *Estate) AdmittedAt(accessID charging.ID, c *charging.Charger) bool {
	groups := e.dir.groupsOf[accessID]
	return len(groups) == 0 || slices.ContainsFunc(groups, func(g *charging.AccessGroup) bool { return g.Holds(c) })
}

// FindTag looks a tag up in an organization, then in its parents, without
// regard to letter case; nil when it is unknown there (contract 3.4 no. 39).
func (e *Estate) FindTag(org charging.ID, tag string) *charging.AccessID {
	folded := charging.FoldTag(tag)
	for range maxDepth {
		if a := e.dir.accessIDOfTag[tagKey{org, folded}]; a != nil {
			return a
		}
		o := e.Organization(org)
		if o == nil || o.ParentID == 0 {
			return nil
		}
		org = o.ParentID
	}
	return nil
}
