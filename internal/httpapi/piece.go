package httpapi

import (
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// pieces keeps the JSON of each charger as it was last asked for, for all
// scopes together. A piece is good for as long as the charger is the same
// object and no name in the configuration changed.
type pieces struct {
	nobody bool // without who charges
	mu     sync.Mutex
	of     *fleet.Estate // whose directory the pieces belong to
	text   map[charging.ID]piece
}

type piece struct {
	charger *charging.Charger
	json    []byte
}

// get returns the JSON of a charger as it stands in the estate. The caller
// must not change it.
func (p *pieces) get(e *fleet.Estate, c *charging.Charger) []byte {
	if known, ok := p.known(e, c); ok {
		return known
	}
	shown := c
	if p.nobody {
		shown = withoutPeople(c)
	}
	json := appendCharger(make([]byte, 0, 512+512*len(c.Ports)), e, shown)
	p.keep(e, piece{c, json})
	return json
}

func (p *pieces) known(e *fleet.Estate, c *charging.Charger) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil || !p.of.SameDirectory(e) {
		return nil, false
	}
	known, ok := p.text[c.ID]
	return known.json, ok && known.charger == c
}

func (p *pieces) keep(e *fleet.Estate, fresh piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.of == nil || e.Version() > p.of.Version():
		p.text = make(map[charging.ID]piece, e.Len())
	case !p.of.SameDirectory(e):
		return // a slow reader of an older configuration
	}
	// The newest estate of the directory is held, so that no old one is.
	p.of = e
	p.text[fresh.charger.ID] = fresh
}

// withoutPeople returns a charger as a screen on a wall may show it: nothing in
// its sessions tells who charges.
func withoutPeople(c *charging.Charger) *charging.Charger {
	shown := *c
	shown.Ports = make([]*charging.Port, len(c.Ports))
	for i, p := range c.Ports {
		port := *p
		if p.Session != nil {
			s := *p.Session
			s.Tag, s.AccessID, s.VehicleID, s.CustomerID = "", 0, 0, 0
			port.Session = &s
		}
		shown.Ports[i] = &port
	}
	return &shown
}
