package provision

import "github.com/chargeyard/chargeyard/internal/charging"

// IDs gives out ids that were never used; the fleet's satisfies it.
type IDs interface {
	Next(kind charging.IDKind) (charging.ID, error)
}

// Untaken gives out ids that belong to nothing, for a plan that is only shown.
// They count down from the largest id.
type Untaken struct{ used charging.ID }

// Next returns another id.
func (u *Untaken) Next(charging.IDKind) (charging.ID, error) {
	u.used++
	return charging.MaxID - u.used, nil
}

type idOf struct {
	kind charging.IDKind
	id   charging.ID
}

// Gave reports whether an id came from here.
func (u *Untaken) Gave(id charging.ID) bool { return id >= charging.MaxID-u.used }

// allocator gives new things their ids: the file's where it is free, else one
// of the server's own that neither the estate nor the file uses.
type allocator struct {
	source IDs
	taken  map[idOf]bool // in the estate, or given out
	wanted map[idOf]bool // by the file
	err    error         // the first failure of the source
}

func newAllocator(source IDs, doc *Document, e *estate) *allocator {
	a := &allocator{source: source, taken: make(map[idOf]bool, 3*e.Len()+64), wanted: map[idOf]bool{}}
	for _, o := range e.Organizations() {
		a.taken[idOf{charging.IDOrganization, o.ID}] = true
	}
	for _, s := range e.Sites() {
		a.taken[idOf{charging.IDSite, s.ID}] = true
	}
	for slot := range e.Len() {
		c := e.At(slot)
		a.taken[idOf{charging.IDCharger, c.ID}] = true
		for _, p := range c.Ports {
			a.taken[idOf{charging.IDPort, p.ID}] = true
		}
	}
	for _, x := range e.AccessIDs() {
		a.taken[idOf{charging.IDAccessID, x.ID}] = true
	}
	for _, x := range e.Vehicles() {
		a.taken[idOf{charging.IDVehicle, x.ID}] = true
	}
	for _, x := range e.Customers() {
		a.taken[idOf{charging.IDCustomer, x.ID}] = true
	}
	a.want(doc)
	return a
}

func (a *allocator) want(doc *Document) {
	for _, o := range doc.Organizations {
		a.wanted[idOf{charging.IDOrganization, o.ID}] = true
	}
	for _, s := range doc.Sites {
		a.wanted[idOf{charging.IDSite, s.ID}] = true
		for _, c := range s.Chargers {
			a.wanted[idOf{charging.IDCharger, c.ID}] = true
			for _, p := range c.Ports {
				a.wanted[idOf{charging.IDPort, p.ID}] = true
			}
		}
	}
	for _, x := range doc.AccessIDs {
		a.wanted[idOf{charging.IDAccessID, x.ID}] = true
	}
	for _, x := range doc.Vehicles {
		a.wanted[idOf{charging.IDVehicle, x.ID}] = true
	}
	for _, x := range doc.Customers {
		a.wanted[idOf{charging.IDCustomer, x.ID}] = true
	}
}

// allot returns the id of a new thing, which is that of the file if it is free.
func (a *allocator) allot(kind charging.IDKind, inFile charging.ID) charging.ID {
	if k := (idOf{kind, inFile}); inFile != 0 && !a.taken[k] {
		a.taken[k] = true
		return inFile
	}
	for a.err == nil {
		id, err := a.source.Next(kind)
		if err != nil {
			a.err = err
			break
		}
		if k := (idOf{kind, id}); !a.taken[k] && !a.wanted[k] {
			a.taken[k] = true
			return id
		}
	}
	return 0
}

// release frees the id of a thing that gives it up.
func (a *allocator) release(kind charging.IDKind, id charging.ID) {
	delete(a.taken, idOf{kind, id})
}
