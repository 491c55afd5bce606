package httpapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Configuration is where what operators set is changed; *fleet.Fleet is one.
type Configuration interface {
	Update(ctx context.Context, plan func(*fleet.Estate, *fleet.IDs) (*charging.Change, error)) error
	NextID(kind charging.IDKind) (int64, error)
}

// customerJSON is a customer as the API shows it: by name only (contract
// section 2).
type customerJSON struct {
	Name string `json:"name"`
}

func customerRef(e *fleet.Estate, id charging.ID) *customerJSON {
	if c := e.Customer(id); c != nil {
		return &customerJSON{c.Name}
	}
	return nil
}

// customerBody is a customer in a request.
type customerBody struct {
	Name optional[string] `json:"name"`
}

// checkCustomer says what is wrong with a customer; null unlinks.
func checkCustomer(c *optional[customerBody]) *memberError {
	switch {
	case !c.has():
		return nil
	case !c.value.Name.has():
		return wrongMember("customer.name", "must be a text")
	case strings.TrimSpace(c.value.Name.value) == "":
		return wrongMember("customer.name", "must not be empty")
	}
	return checkText("customer.name", c.value.Name.value, maxText)
}

// people plans changes of access IDs, vehicles and customers. What was planned
// before is seen by what follows, so that a batch is one change. Every check
// comes before the first thing that it plans, so that a row that is refused
// leaves nothing behind.
type people struct {
	e   *fleet.Estate
	ids *fleet.IDs
	org charging.ID // of the key: sees it and those inside it
	now time.Time

	accessIDs planned[charging.AccessID]
	vehicles  planned[charging.Vehicle]
	customers planned[charging.Customer]

	tags          map[nameIn]charging.ID // of planned access IDs
	vins, clients map[nameIn]charging.ID // nil until somebody asks
	vehicleNames  map[nameIn][]charging.ID
	organizations []charging.ID // that the key sees, its own first
}

// nameIn is a name as it is compared, within an organization.
type nameIn struct {
	organization charging.ID
	folded       string
}

func foldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// planned are new and changed things of one kind.
type planned[T any] struct {
	list []*T
	byID map[charging.ID]*T
}

// put plans a thing, which nobody may change any more but by put.
func (p *planned[T]) put(id charging.ID, thing T) {
	if old := p.byID[id]; old != nil {
		*old = thing
		return
	}
	if p.byID == nil {
		p.byID = make(map[charging.ID]*T)
	}
	p.byID[id] = &thing
	p.list = append(p.list, &thing)
}

func (p *planned[T]) all() []T {
	var all []T
	for _, thing := range p.list {
		all = append(all, *thing)
	}
	return all
}

// changePeople makes one change out of what do plans. Times are those of the
// API, so of whole milliseconds.
func (a *API) changePeople(ctx context.Context, key *charging.APIKey, do func(*people) error) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return a.cfg.Configuration.Update(ctx, func(e *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
		p := &people{e: e, ids: ids, org: key.OrganizationID, now: now, tags: make(map[nameIn]charging.ID)}
		if err := do(p); err != nil {
			return nil, err
		}
		if len(p.accessIDs.list)+len(p.vehicles.list)+len(p.customers.list) == 0 {
			return nil, nil
		}
		return &charging.Change{Actor: "key " + key.Name, At: now,
			AccessIDs: p.accessIDs.all(), Vehicles: p.vehicles.all(), Customers: p.customers.all()}, nil
	})
}

// sees reports whether what belongs to an organization is there for the key.
func (p *people) sees(org charging.ID) bool { return p.e.Inside(org, p.org) }

func (p *people) accessID(id charging.ID) *charging.AccessID {
	if a := p.accessIDs.byID[id]; a != nil {
		return a
	}
	return p.e.AccessID(id)
}

func (p *people) vehicle(id charging.ID) *charging.Vehicle {
	if v := p.vehicles.byID[id]; v != nil {
		return v
	}
	return p.e.Vehicle(id)
}

// findTag returns the access ID of a tag: that of the organization, else of
// one above it that the key sees, else of the only other one that it sees.
func (p *people) findTag(org charging.ID, tag string) (*charging.AccessID, *memberError) {
	folded := charging.FoldTag(tag)
	if id := p.tags[nameIn{org, folded}]; id != 0 {
		return p.accessID(id), nil
	}
	if a := p.e.FindTag(org, tag); a != nil && p.sees(a.OrganizationID) {
		return p.accessID(a.ID), nil
	}
	var found *charging.AccessID
	for _, other := range p.visible() {
		a := p.e.FindTag(other, tag)
		if a == nil || a.OrganizationID != other || other == org {
			continue
		}
		if found != nil {
			return nil, wrongMember("ocppIdTag", fmt.Sprintf("is known in organizations %d and %d; use a key of one of them",
				found.OrganizationID, other))
		}
		found = p.accessID(a.ID)
	}
	return found, nil
}

// visible lists the organizations that the key sees.
func (p *people) visible() []charging.ID {
	if p.organizations == nil {
		for _, o := range p.e.Organizations() {
			if p.sees(o.ID) {
				p.organizations = append(p.organizations, o.ID)
			}
		}
	}
	return p.organizations
}

// putAccessID plans an access ID, new or changed now.
func (p *people) putAccessID(a charging.AccessID) {
	a.UpdatedAt = p.now
	p.accessIDs.put(a.ID, a)
	p.tags[nameIn{a.OrganizationID, charging.FoldTag(a.Tag)}] = a.ID
}

// putVehicle plans a vehicle.
func (p *people) putVehicle(v charging.Vehicle) {
	p.indexVehicles()
	if old := p.vehicle(v.ID); old != nil && old.VIN != "" {
		delete(p.vins, nameIn{old.OrganizationID, charging.FoldTag(old.VIN)})
	}
	p.vehicles.put(v.ID, v)
	p.indexVehicle(&v)
}

func (p *people) indexVehicles() {
	if p.vins != nil {
		return
	}
	p.vins, p.vehicleNames = make(map[nameIn]charging.ID), make(map[nameIn][]charging.ID)
	for _, v := range p.e.Vehicles() {
		p.indexVehicle(v)
	}
}

func (p *people) indexVehicle(v *charging.Vehicle) {
	if v.VIN != "" {
		p.vins[nameIn{v.OrganizationID, charging.FoldTag(v.VIN)}] = v.ID
	}
	name := nameIn{v.OrganizationID, foldName(v.Name)}
	p.vehicleNames[name] = append(p.vehicleNames[name], v.ID)
}

// checkVIN says whether a vehicle, 0 for a new one, may have a VIN: it is
// unique in an organization (contract section 8).
func (p *people) checkVIN(member string, org charging.ID, vin string, vehicle charging.ID) *memberError {
	if vin == "" {
		return nil
	}
	p.indexVehicles()
	if other := p.vins[nameIn{org, charging.FoldTag(vin)}]; other != 0 && other != vehicle {
		return wrongMember(member, fmt.Sprintf("is that of vehicle %d already", other))
	}
	return nil
}

// vehicleNamed returns the vehicle of that name without regard to letter case;
// nil for none. Where several have it, that of the lowest id counts.
func (p *people) vehicleNamed(org charging.ID, name string) *charging.Vehicle {
	p.indexVehicles()
	var found *charging.Vehicle
	for _, id := range p.vehicleNames[nameIn{org, foldName(name)}] {
		v := p.vehicle(id)
		if foldName(v.Name) == foldName(name) && (found == nil || v.ID < found.ID) {
			found = v
		}
	}
	return found
}

// customerOf returns who a request names: the customer of that name without
// regard to letter case, made if there is none; 0 for null. Left out, it is the
// one that stands.
func (p *people) customerOf(org charging.ID, body *optional[customerBody], stands charging.ID) (charging.ID, error) {
	switch {
	case !body.given:
		return stands, nil
	case body.null:
		return 0, nil
	}
	if p.clients == nil {
		p.clients = make(map[nameIn]charging.ID)
		for _, c := range p.e.Customers() {
			if at := (nameIn{c.OrganizationID, foldName(c.Name)}); p.clients[at] == 0 {
				p.clients[at] = c.ID
			}
		}
	}
	name := strings.TrimSpace(body.value.Name.value)
	at := nameIn{org, foldName(name)}
	if id := p.clients[at]; id != 0 {
		return id, nil
	}
	id, err := p.ids.Next(charging.IDCustomer)
	if err != nil {
		return 0, err
	}
	p.customers.put(id, charging.Customer{ID: id, OrganizationID: org, Name: name})
	p.clients[at] = id
	return id, nil
}
