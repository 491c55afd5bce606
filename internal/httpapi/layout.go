package httpapi

import (
	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const (
	documentHead = `{"data":[`
	documentTail = `]}`
)

// layout says which chargers a document shows and what stands between them. It
// holds for as long as the configuration is the same.
type layout struct {
	slots []int32 // of the chargers, in order
	// between[i] stands before the charger of slots[i]; the last one ends the
	// document. Sites, also those without chargers, are in here.
	between []string
}

// newLayout lists what a scope sees of an estate, sites and chargers by id
// (contract 3.4 no. 5 and 6, 1.3).
func newLayout(e *fleet.Estate, scope auth.Scope) *layout {
	l := &layout{}
	partly := sitesOf(e, scope.Chargers())
	text, sites := []byte(documentHead), 0
	for _, site := range e.Sites() {
		whole := scope.WholeSite(e, site)
		if !whole && !partly[site.ID] {
			continue
		}
		visible := visibleSlots(e, scope, site)
		if len(visible) == 0 && !whole {
			continue
		}
		if sites > 0 {
			text = append(text, ',')
		}
		sites++
		text = appendSiteHead(text, e, site)
		for i, slot := range visible {
			if i == 0 {
				l.between = append(l.between, string(text))
			} else {
				l.between = append(l.between, ",")
			}
			l.slots = append(l.slots, slot)
			text = text[:0]
		}
		text = append(text, siteTail...)
	}
	l.between = append(l.between, string(append(text, documentTail...)))
	return l
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

func visibleSlots(e *fleet.Estate, scope auth.Scope, site *charging.Site) []int32 {
	lo, hi := e.Slots(site.ID)
	visible := make([]int32, 0, hi-lo)
	for slot := lo; slot < hi; slot++ {
		if scope.Charger(e, site, e.At(slot).ID) {
			visible = append(visible, int32(slot))
		}
	}
	return visible
}

// segmentCount is how many segments the document has: always one at least.
func (l *layout) segmentCount() int {
	return max(1, (len(l.slots)+segmentChargers-1)/segmentChargers)
}

// segment returns the slots lo to hi-1 of the i-th segment, as places in slots.
func (l *layout) bounds(i int) (lo, hi int) {
	return i * segmentChargers, min((i+1)*segmentChargers, len(l.slots))
}
