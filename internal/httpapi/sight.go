package httpapi

import (
	"iter"
	"slices"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// sight is what a request sees of an estate: the scope of its key, and of that
// only what the request asked for. Without filters it is the scope itself.
type sight struct {
	scope auth.Scope
	// sites and chargers are the ids asked for, sorted; nil for all. Given both,
	// a charger must meet both (contract 1.7).
	sites, chargers []charging.ID
}

// sightOf reads the filters siteIds and chargerIds of a request.
func sightOf(scope auth.Scope, p *parameters) sight {
	return sight{scope: scope, sites: p.ids("siteIds"), chargers: p.ids("chargerIds")}
}

// ids returns the ids of a list parameter, sorted; nil for none.
func (p *parameters) ids(name string) []charging.ID {
	var list []charging.ID
	for _, text := range p.texts(name) {
		id, err := parseID(text)
		if err != nil {
			p.wrong(name, "%q is no id; ids are whole numbers from 1", text)
			continue
		}
		list = append(list, id)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// wholeSite reports whether the site is seen with all its chargers, also
// without any.
func (s *sight) wholeSite(h auth.Hierarchy, site *charging.Site) bool {
	return s.chargers == nil && listed(s.sites, site.ID) && s.scope.WholeSite(h, site)
}

// charger reports whether a charger of the site is seen.
func (s *sight) charger(h auth.Hierarchy, site *charging.Site, id charging.ID) bool {
	return listed(s.sites, site.ID) && listed(s.chargers, id) && s.scope.Charger(h, site, id)
}

func listed(ids []charging.ID, id charging.ID) bool {
	if ids == nil {
		return true
	}
	_, found := slices.BinarySearch(ids, id)
	return found
}

// String is equal for sights that always see the same.
func (s *sight) String() string {
	text := s.scope.String()
	if s.sites != nil {
		text += " of sites" + idsText(s.sites)
	}
	if s.chargers != nil {
		text += " of chargers" + idsText(s.chargers)
	}
	return text
}

func idsText(ids []charging.ID) string {
	var text []byte
	for _, id := range ids {
		text = appendInt(append(text, ' '), id)
	}
	return string(text)
}

// seen goes through the sites that are seen, by id, each with the slots of its
// chargers that are seen (contract 3.4 no. 5 and 6, 1.3).
func (s *sight) seen(e *fleet.Estate) iter.Seq2[*charging.Site, []int32] {
	return func(yield func(*charging.Site, []int32) bool) {
		partly := sitesOf(e, s.scope.Chargers())
		for _, site := range e.Sites() {
			whole := s.scope.WholeSite(e, site)
			if !whole && !partly[site.ID] {
				continue
			}
			slots := s.slots(e, site)
			if len(slots) == 0 && !s.wholeSite(e, site) {
				continue
			}
			if !yield(site, slots) {
				return
			}
		}
	}
}

// slots returns those of the site's chargers that are seen.
func (s *sight) slots(e *fleet.Estate, site *charging.Site) []int32 {
	lo, hi := e.Slots(site.ID)
	seen := make([]int32, 0, hi-lo)
	for slot := lo; slot < hi; slot++ {
		if s.charger(e, site, e.At(slot).ID) {
			seen = append(seen, int32(slot))
		}
	}
	return seen
}

// site reports whether anything of the site is seen.
func (s *sight) site(e *fleet.Estate, site *charging.Site) bool {
	return s.wholeSite(e, site) || len(s.slots(e, site)) > 0
}

// sitesOf returns where these chargers stand, so that a key limited to a few
// need not be held against every site of the server.
func sitesOf(e *fleet.Estate, chargers []charging.ID) map[charging.ID]bool {
	sites := make(map[charging.ID]bool, len(chargers))
	for _, id := range chargers {
		if c := e.Charger(id); c != nil {
			sites[c.SiteID] = true
		}
	}
	return sites
}
