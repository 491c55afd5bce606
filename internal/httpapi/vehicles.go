package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const vehiclesPage = 100

// vehicleRoutes are the vehicles of the key's organization and of those inside
// it. They belong to no site: a key that is limited to sites or chargers may
// read them, without their tags, and change none (contract 1.3 no. 7).
func (a *API) vehicleRoutes() []route {
	if a.cfg.Configuration == nil {
		return nil
	}
	const read, control = charging.PermitRead, charging.PermitControl
	return []route{
		{path: "/api/vehicles", handle: a.permitted(read, a.listVehicles), cors: true},
		{path: "/api/vehicles/{id}", handle: a.permitted(read, a.getVehicle), cors: true},
		{method: http.MethodPost, path: "/api/vehicles", handle: a.permitted(control, unlimited(a.postVehicle)), cors: true},
		{method: http.MethodPatch, path: "/api/vehicles/{id}", handle: a.permitted(control, unlimited(a.patchVehicle)), cors: true},
	}
}

// vehicleJSON is a vehicle as the contract shows it (section 8).
type vehicleJSON struct {
	ID            charging.ID     `json:"id"`
	Name          *string         `json:"name"`
	Make          *string         `json:"make"`
	Model         *string         `json:"model"`
	VIN           *string         `json:"vin"`
	LicensePlate  *string         `json:"licensePlate"`
	HasTelematics bool            `json:"hasTelematics"` // there is no link to telematics yet
	Customer      *customerJSON   `json:"customer"`
	AccessIDs     []vehicleTagRow `json:"accessIds"`
}

type vehicleTagRow struct {
	ID     charging.ID `json:"id"`
	Tag    string      `json:"ocppIdTag"`
	Status string      `json:"authorizationStatus"`
}

// vehicleAnswer is the wrapper of a single vehicle, which is not data.
type vehicleAnswer struct {
	Vehicle vehicleJSON `json:"vehicle"`
}

// tagsOf returns the tags of vehicles, by vehicle, that the key may see. A tag
// is a credential, so a limited key sees none.
func tagsOf(e *fleet.Estate, key *charging.APIKey, vehicles []*charging.Vehicle) map[charging.ID][]vehicleTagRow {
	tags := make(map[charging.ID][]vehicleTagRow, len(vehicles))
	if key.Limited() {
		return tags
	}
	for _, v := range vehicles {
		tags[v.ID] = nil
	}
	for _, a := range e.AccessIDs() {
		if _, wanted := tags[a.VehicleID]; wanted && e.Inside(a.OrganizationID, key.OrganizationID) {
			tags[a.VehicleID] = append(tags[a.VehicleID], vehicleTagRow{a.ID, a.Tag, statusWord(a)})
		}
	}
	return tags
}

func vehicleRow(e *fleet.Estate, v *charging.Vehicle, tags []vehicleTagRow) vehicleJSON {
	if tags == nil {
		tags = []vehicleTagRow{}
	}
	return vehicleJSON{ID: v.ID, Name: orNull(v.Name), Make: orNull(v.Make), Model: orNull(v.Model), VIN: orNull(v.VIN),
		LicensePlate: orNull(v.LicensePlate), Customer: customerRef(e, v.CustomerID), AccessIDs: tags}
}

// listVehicles answers GET /api/vehicles, by id.
func (a *API) listVehicles(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	list := after(e.Vehicles(), func(v *charging.Vehicle) charging.ID { return v.ID }, behind, vehiclesPage,
		func(v *charging.Vehicle) bool { return e.Inside(v.OrganizationID, key.OrganizationID) })
	list, next := cutPage(list, vehiclesPage, func(v **charging.Vehicle) int64 { return (*v).ID })
	tags := tagsOf(e, key, list)
	rows := make([]vehicleJSON, len(list))
	for i, v := range list {
		rows[i] = vehicleRow(e, v, tags[v.ID])
	}
	a.writeData(w, r, http.StatusOK, listJSON[vehicleJSON]{rows, pageAfter(next)})
	return nil
}

// getVehicle answers GET /api/vehicles/{id}.
func (a *API) getVehicle(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	if v := e.Vehicle(id); v == nil || !e.Inside(v.OrganizationID, key.OrganizationID) {
		return errNotFound
	}
	a.answerVehicle(w, r, key, e, id)
	return nil
}

func (a *API) answerVehicle(w http.ResponseWriter, r *http.Request, key *charging.APIKey, e *fleet.Estate, id charging.ID) {
	v := e.Vehicle(id)
	a.writeData(w, r, http.StatusOK, vehicleAnswer{vehicleRow(e, v, tagsOf(e, key, []*charging.Vehicle{v})[id])})
}

// vehicleBody is a vehicle in a request.
type vehicleBody struct {
	vehicleDetails
	Name         optional[string]           `json:"name"`
	LicensePlate optional[string]           `json:"licensePlate"`
	Customer     optional[customerBody]     `json:"customer"`
	AccessIDs    optional[[]vehicleTagBody] `json:"accessIds"`
}

type vehicleTagBody struct {
	Tag    optional[string] `json:"ocppIdTag"`
	Status optional[string] `json:"authorizationStatus"`
}

func (b *vehicleBody) check() *memberError {
	wrong := firstWrong(checkText("name", b.Name.value, maxText), checkText("make", b.Make.value, maxText),
		checkText("model", b.Model.value, maxText), checkText("vin", b.VIN.value, maxText),
		checkText("licensePlate", b.LicensePlate.value, maxText), checkCustomer(&b.Customer))
	if wrong != nil {
		return wrong
	}
	tags := b.AccessIDs.value
	if len(tags) > maxBatch {
		return wrongMember("accessIds", fmt.Sprintf("has %d rows; at most %d are allowed", len(tags), maxBatch))
	}
	seen := make(map[string]bool, len(tags))
	for i := range tags {
		wrong := firstWrong(checkTag(&tags[i].Tag), checkStatus(&tags[i].Status))
		folded := charging.FoldTag(tags[i].Tag.value)
		if wrong == nil && seen[folded] {
			wrong = wrongMember("ocppIdTag", "is in the list twice")
		}
		if wrong != nil {
			return wrong.below("accessIds", i)
		}
		seen[folded] = true
	}
	return nil
}

// below places an error inside a row of a list.
func (e *memberError) below(list string, row int) *memberError {
	return wrongMember(joinMember(fmt.Sprintf("%s[%d]", list, row), e.member), e.reason)
}

// apply returns the vehicle with what was given.
func (b *vehicleBody) apply(v charging.Vehicle) charging.Vehicle {
	v = b.vehicleDetails.apply(v)
	setText(&v.Name, &b.Name)
	setText(&v.LicensePlate, &b.LicensePlate)
	return v
}

// readVehicle reads and checks the body of a request.
func readVehicle(w http.ResponseWriter, r *http.Request) (*vehicleBody, error) {
	var body struct {
		Vehicle optional[vehicleBody] `json:"vehicle"`
	}
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return nil, err
	}
	if !body.Vehicle.has() {
		return nil, charging.Errorf(charging.Invalid, "vehicle: is missing")
	}
	if wrong := body.Vehicle.value.check(); wrong != nil {
		return nil, wrong.in("vehicle")
	}
	return &body.Vehicle.value, nil
}

// postVehicle answers POST /api/vehicles.
func (a *API) postVehicle(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	b, err := readVehicle(w, r)
	if err != nil {
		return err
	}
	v := b.apply(charging.Vehicle{OrganizationID: key.OrganizationID})
	if v.Name == "" && v.VIN == "" && v.LicensePlate == "" {
		return charging.Errorf(charging.Invalid, "vehicle: needs at least one of name, vin and licensePlate")
	}
	err = a.changePeople(r.Context(), key, func(p *people) (err error) {
		if v.ID, err = p.ids.Next(charging.IDVehicle); err != nil {
			return err
		}
		return p.setVehicle(v, b)
	})
	if err != nil {
		return err
	}
	a.answerVehicle(w, r, key, a.fleet.Estate(), v.ID)
	return nil
}

// patchVehicle answers PATCH /api/vehicles/{id}: null removes, what is left out
// stays.
func (a *API) patchVehicle(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if e := a.fleet.Estate(); e.Vehicle(id) == nil || !e.Inside(e.Vehicle(id).OrganizationID, key.OrganizationID) {
		return errNotFound // before the body is looked at
	}
	b, err := readVehicle(w, r)
	if err != nil {
		return err
	}
	err = a.changePeople(r.Context(), key, func(p *people) error {
		old := p.vehicle(id)
		if old == nil || !p.sees(old.OrganizationID) {
			return errNotFound
		}
		return p.setVehicle(b.apply(*old), b)
	})
	if err != nil {
		return err
	}
	a.answerVehicle(w, r, key, a.fleet.Estate(), id)
	return nil
}

// setVehicle plans a vehicle, its customer and its tags.
func (p *people) setVehicle(v charging.Vehicle, b *vehicleBody) error {
	if wrong := p.checkVIN("vin", v.OrganizationID, v.VIN, v.ID); wrong != nil {
		return wrong.in("vehicle")
	}
	attached := make([]*charging.AccessID, len(b.AccessIDs.value))
	for i := range b.AccessIDs.value {
		var wrong *memberError
		if attached[i], wrong = p.findTag(v.OrganizationID, b.AccessIDs.value[i].Tag.value); wrong != nil {
			return wrong.below("accessIds", i).in("vehicle")
		}
	}
	var err error
	if v.CustomerID, err = p.customerOf(v.OrganizationID, &b.Customer, v.CustomerID); err != nil {
		return err
	}
	if old := p.vehicle(v.ID); old == nil || *old != v {
		p.putVehicle(v)
	}
	if !b.AccessIDs.given {
		return nil
	}
	return p.setTags(&v, b.AccessIDs.value, attached)
}

// setTags makes a vehicle's tags those of a list: unknown ones are created,
// those of other vehicles moved, and those that are missing detached (contract
// section 8).
func (p *people) setTags(v *charging.Vehicle, rows []vehicleTagBody, attached []*charging.AccessID) error {
	for _, old := range p.e.AccessIDs() {
		if old.VehicleID != v.ID || !p.sees(old.OrganizationID) {
			continue
		}
		if !slices.ContainsFunc(attached, func(a *charging.AccessID) bool { return a != nil && a.ID == old.ID }) {
			next := *old
			next.VehicleID = 0
			p.putAccessID(next)
		}
	}
	for i := range rows {
		if known := attached[i]; known != nil {
			next := *known
			next.VehicleID = v.ID
			if p.authorize(&next, &rows[i].Status); next != *known {
				p.putAccessID(next)
			}
			continue
		}
		id, err := p.ids.Next(charging.IDAccessID)
		if err != nil {
			return err
		}
		made := charging.AccessID{ID: id, OrganizationID: v.OrganizationID, Tag: rows[i].Tag.value, Type: charging.TypeVehicle,
			Name: strings.TrimSpace(v.DisplayName()), AuthorizedAt: p.now, CreatedAt: p.now, VehicleID: v.ID}
		p.authorize(&made, &rows[i].Status)
		p.putAccessID(made)
	}
	return nil
}
