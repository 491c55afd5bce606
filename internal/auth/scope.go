package auth

import (
	"slices"
	"strconv"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Hierarchy knows how organizations stand inside each other.
type Hierarchy interface {
	// Inside reports whether org is ancestor or stands below it.
	Inside(org, ancestor charging.ID) bool
}

// Scope is what a key sees: the sites of its organization and of those inside
// it, and of these only some when it is limited (contract 1.3). Limits to
// sites and to chargers form a union.
type Scope struct {
	organization charging.ID
	limited      bool
	sites        []charging.ID // sorted; seen whole
	chargers     []charging.ID // sorted
	nobody       bool          // sees nobody who charges
}

// ScopeOf returns the scope of a key.
func ScopeOf(k *charging.APIKey) Scope {
	return Scope{organization: k.OrganizationID, limited: k.Limited(), sites: sortedSet(k.Sites), chargers: sortedSet(k.Chargers),
		nobody: IsScreen(k)}
}

func sortedSet(ids []charging.ID) []charging.ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Limited reports whether the scope leaves out sites or chargers of its
// organizations.
func (s Scope) Limited() bool { return s.limited }

// Nobody reports whether the scope leaves out who charges: tags, vehicles,
// customers.
func (s Scope) Nobody() bool { return s.nobody }

// WholeSite reports whether the scope holds the site with all its chargers.
func (s Scope) WholeSite(h Hierarchy, site *charging.Site) bool {
	if !h.Inside(site.OrganizationID, s.organization) {
		return false
	}
	_, listed := slices.BinarySearch(s.sites, site.ID)
	return listed || !s.limited
}

// Charger reports whether the scope holds a charger of the site.
func (s Scope) Charger(h Hierarchy, site *charging.Site, charger charging.ID) bool {
	if !h.Inside(site.OrganizationID, s.organization) {
		return false
	}
	if !s.limited {
		return true
	}
	if _, listed := slices.BinarySearch(s.sites, site.ID); listed {
		return true
	}
	_, listed := slices.BinarySearch(s.chargers, charger)
	return listed
}

// Chargers lists the chargers by which the scope is limited, by id; those
// outside of its organizations too. The caller must not change the list.
func (s Scope) Chargers() []charging.ID { return s.chargers }

// String is equal for scopes that always see the same, whichever key they are
// of: "organization 3", "organization 3 sites 12 14 chargers 41".
func (s Scope) String() string {
	text := strconv.AppendInt([]byte("organization "), s.organization, 10)
	text = appendIDs(text, " sites", s.sites)
	text = appendIDs(text, " chargers", s.chargers)
	if s.nobody {
		text = append(text, " without people"...)
	}
	return string(text)
}

func appendIDs(dst []byte, word string, ids []charging.ID) []byte {
	if len(ids) == 0 {
		return dst
	}
	dst = append(dst, word...)
	for _, id := range ids {
		dst = strconv.AppendInt(append(dst, ' '), id, 10)
	}
	return dst
}
