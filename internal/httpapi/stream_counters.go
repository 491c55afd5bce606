package httpapi

import (
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// counters are what overviews show of a site. Every port counts once: as
// offline while its charger is not connected, else by its status.
type counters struct {
	chargers, connected, ports int64
	byStatus                   [len(counterWords)]int64
	sessions                   int64
	power                      charging.Milli // of the running sessions, as last read
}

// counterWords are the members of the counters by status.
var counterWords = [...]string{"available", "preparing", "charging", "suspended", "finishing", "reserved", "unavailable", "faulted", "unknown", "offline"}

const counterUnknown, counterOffline = 8, 9

var counterOf = map[charging.Status]int{charging.Available: 0, charging.Preparing: 1, charging.Charging: 2, charging.SuspendedEV: 3,
	charging.SuspendedEVSE: 3, charging.Finishing: 4, charging.Reserved: 5, charging.StatusUnavailable: 6, charging.Faulted: 7}

func (n *counters) add(c *charging.Charger) {
	n.chargers++
	connected := c.Connection != nil && c.Connection.Connected
	if connected {
		n.connected++
	}
	for _, p := range c.Ports {
		n.ports++
		n.byStatus[portCounter(connected, p.Status)]++
		if s := shownSession(p); s != nil {
			n.sessions++
			n.power += s.Latest.Power.Value
		}
	}
}

func portCounter(connected bool, s *charging.PortStatus) int {
	if !connected {
		return counterOffline
	}
	if s != nil {
		if i, known := counterOf[s.Status]; known {
			return i
		}
	}
	return counterUnknown
}

func (n *counters) appendJSON(dst []byte, s *charging.Site) []byte {
	dst = appendInt(append(dst, `{"siteId":`...), s.ID)
	dst = appendString(append(dst, `,"name":`...), s.Name)
	dst = appendInt(append(dst, `,"chargers":`...), n.chargers)
	dst = appendInt(append(dst, `,"connected":`...), n.connected)
	dst = appendInt(append(dst, `,"ports":`...), n.ports)
	for i, word := range counterWords {
		dst = append(append(append(dst, `,"`...), word...), `":`...)
		dst = appendInt(dst, n.byStatus[i])
	}
	dst = appendInt(append(dst, `,"sessions":`...), n.sessions)
	dst = charging.AppendThousandths(append(dst, `,"powerKw":`...), n.power.Thousand())
	return append(dst, '}')
}

// countSite counts what the hub sees of a site.
func (h *hub) countSite(e *fleet.Estate, slots []int32) (n counters) {
	for _, slot := range slots {
		n.add(e.At(int(slot)))
	}
	return n
}

// count counts everything anew and returns it as a document.
func (h *hub) count(e *fleet.Estate) []byte {
	text := []byte(documentHead)
	h.counted = make(map[charging.ID]counters)
	for site, slots := range h.sight.seen(e) {
		n := h.countSite(e, slots)
		if len(h.counted) > 0 {
			text = append(text, ',')
		}
		h.counted[site.ID] = n
		text = n.appendJSON(text, site)
	}
	return append(text, documentTail...)
}

// recount writes the counters of the sites that a change touched.
func (h *hub) recount(b *events, c *change, gone []charging.ID) {
	for _, id := range gone {
		delete(h.counted, id)
	}
	touched := slices.Clone(c.sites)
	for _, changed := range c.chargers {
		touched = append(touched, changed.SiteID)
	}
	for _, d := range c.left {
		touched = append(touched, d.site.ID)
	}
	slices.Sort(touched)
	for _, id := range slices.Compact(touched) {
		site := c.now.Site(id)
		if site == nil {
			continue
		}
		slots := h.sight.slots(c.now, site)
		if len(slots) == 0 && !h.sight.wholeSite(c.now, site) {
			continue
		}
		n := h.countSite(c.now, slots)
		old, known := h.counted[id]
		if known && old == n && !slices.Contains(c.sites, id) {
			continue
		}
		if h.counted == nil {
			h.counted = make(map[charging.ID]counters)
		}
		h.counted[id] = n
		b.begin("counters")
		b.text = n.appendJSON(b.text, site)
	}
}
