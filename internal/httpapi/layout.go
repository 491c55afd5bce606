package httpapi

import "github.com/chargeyard/chargeyard/internal/fleet"

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

// newLayout lists what is seen of an estate, sites and chargers by id.
func newLayout(e *fleet.Estate, of *sight) *layout {
	l := &layout{}
	text, sites := []byte(documentHead), 0
	for site, slots := range of.seen(e) {
		if sites > 0 {
			text = append(text, ',')
		}
		sites++
		text = appendSiteHead(text, e, site)
		for i, slot := range slots {
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

// segmentCount is how many segments the document has: always one at least.
func (l *layout) segmentCount() int {
	return max(1, (len(l.slots)+segmentChargers-1)/segmentChargers)
}

// segment returns the slots lo to hi-1 of the i-th segment, as places in slots.
func (l *layout) bounds(i int) (lo, hi int) {
	return i * segmentChargers, min((i+1)*segmentChargers, len(l.slots))
}
