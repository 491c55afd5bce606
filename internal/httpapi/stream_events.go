package httpapi

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// events writes server-sent events. Only the last of those that are sent
// together carries an id: who loses the connection in between gets all of them
// again.
type events struct {
	text []byte
	open bool // the last event is not ended yet
}

// begin starts an event, up to its data, which must not hold a line break.
func (b *events) begin(name string) {
	if b.open {
		b.text = append(b.text, "\n\n"...)
	}
	b.open = true
	b.text = append(append(append(b.text, "event: "...), name...), "\ndata: "...)
}

// end ends the last event under a version; nothing when there is none.
func (b *events) end(v version) []byte {
	if !b.open {
		return nil
	}
	b.text = append(append(append(b.text, "\nid: "...), v.String()...), "\n\n"...)
	return b.text
}

func (b *events) gone(chargers, sites []charging.ID) {
	for _, id := range chargers {
		b.begin("removed")
		b.text = append(appendInt(append(b.text, `{"id":`...), id), '}')
	}
	for _, id := range sites {
		b.begin("siteRemoved")
		b.text = append(appendInt(append(b.text, `{"id":`...), id), '}')
	}
}

func (b *events) site(e *fleet.Estate, s *charging.Site) {
	b.begin("site")
	b.text = append(appendSiteMembers(append(b.text, `{"site":`...), e, s), "}}"...)
}

func (b *events) charger(site charging.ID, why reasons, piece []byte) {
	b.begin("charger")
	b.text = appendInt(append(b.text, `{"siteId":`...), site)
	b.text = appendReasons(append(b.text, `,"reasons":`...), why)
	b.text = append(append(append(b.text, `,"charger":`...), piece...), '}')
}

// encode writes what the hub's readers are told of a change; nil for nothing.
func (h *hub) encode(c *change) []byte {
	var b events
	chargers, sites := gone(c.left, c.now, &h.sight, 0)
	if h.mode == modeCounters {
		b.gone(nil, sites)
		h.recount(&b, c, sites)
		return b.end(h.live.journal.now(&h.sight))
	}
	b.gone(chargers, sites)
	told := make(map[charging.ID]bool)
	tell := func(id charging.ID) {
		if s := c.now.Site(id); !told[id] && s != nil && h.sight.site(c.now, s) {
			told[id] = true
			b.site(c.now, s)
		}
	}
	for _, id := range c.sites {
		tell(id)
	}
	for _, changed := range c.chargers {
		if seenCharger(c.now, &h.sight, changed.Charger) == nil {
			continue
		}
		if changed.moved {
			tell(changed.SiteID) // it may be the first that is seen there
		}
		b.charger(changed.SiteID, changed.reasons, h.piece(c.now, changed.Charger))
	}
	return b.end(h.live.journal.now(&h.sight))
}

// piece is the JSON of a charger as the hub shows it.
func (h *hub) piece(e *fleet.Estate, c *charging.Charger) []byte {
	if h.mode != modeFresh {
		return h.view.pieces.get(e, c)
	}
	fresh := h.live.origins.freshness(e, time.Now())
	piece := appendChargerAs(nil, e, c, fresh)
	h.note(c.ID, fresh.next)
	return piece
}

// note remembers when a value of a charger becomes stale by itself; zero for
// never.
func (h *hub) note(id charging.ID, at time.Time) {
	if h.due == nil {
		h.due = make(map[charging.ID]time.Time)
	}
	if at.IsZero() {
		delete(h.due, id)
		return
	}
	h.due[id] = at
}

// encodeStale writes the chargers of which a value became stale meanwhile.
func (h *hub) encodeStale(e *fleet.Estate, now time.Time) []byte {
	var b events
	for id, at := range h.due {
		if now.Before(at) {
			continue
		}
		delete(h.due, id)
		if c := seenCharger(e, &h.sight, e.Charger(id)); c != nil {
			b.charger(c.SiteID, becauseStale, h.piece(e, c))
		}
	}
	return b.end(h.live.journal.now(&h.sight))
}

// snapshot is the whole document as an event.
func (h *hub) snapshot() [][]byte {
	e := h.live.journal.estate
	parts := [][]byte{[]byte("event: snapshot\ndata: ")}
	switch h.mode {
	case modeCounters:
		parts = append(parts, h.count(e))
	case modeFresh:
		h.due = nil
		parts = append(parts, joined(e, &h.sight, h.piece)...)
	default:
		if h.view.estate != e {
			h.view.refresh(e)
		}
		whole, _ := h.view.document.parts(identity)
		parts = append(parts, whole...)
	}
	return append(parts, []byte("\nid: "+h.live.journal.now(&h.sight).String()+"\n\n"))
}

// resumed is what changed while a client was away, and that it is over.
func (h *hub) resumed(d *delta) [][]byte {
	e := h.live.journal.estate
	var b events
	b.gone(d.chargers, d.leftSites)
	for _, s := range d.sites {
		b.site(e, s.Site)
		for _, c := range s.chargers {
			b.charger(s.ID, 0, h.piece(e, c))
		}
	}
	b.begin("resumed")
	b.text = append(appendInt(append(b.text, `{"changed":`...), int64(d.changedChargers)), '}')
	return [][]byte{b.end(h.live.journal.now(&h.sight))}
}

// joined writes a document whose chargers piece renders.
func joined(e *fleet.Estate, of *sight, piece func(*fleet.Estate, *charging.Charger) []byte) [][]byte {
	l := newLayout(e, of)
	parts := make([][]byte, 0, 2*len(l.slots)+1)
	for i, slot := range l.slots {
		parts = append(parts, []byte(l.between[i]), piece(e, e.At(int(slot))))
	}
	return append(parts, []byte(l.between[len(l.slots)]))
}
