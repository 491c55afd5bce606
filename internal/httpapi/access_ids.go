package httpapi

import (
	"net/http"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const (
	accessIDsPage = 100
	// maxTagLength is how long a tag may be: an idToken of OCPP 2.0.1.
	maxTagLength = 36
)

// The words for whether a tag may charge (contract section 7).
const (
	wordAuthorized = "Authorized"
	wordRevoked    = "Revoked"
)

// accessIDRoutes are the access IDs of the key's organization and of those
// inside it. They belong to no site, and a tag is a credential: a key that is
// limited to sites or chargers sees none (contract 1.3 no. 7).
func (a *API) accessIDRoutes() []route {
	if a.cfg.Configuration == nil {
		return nil
	}
	const read, control = charging.PermitRead, charging.PermitControl
	return []route{
		{path: "/api/access-ids", handle: a.permitted(read, unlimited(a.listAccessIDs)), cors: true},
		{path: "/api/access-ids/{id}", handle: a.permitted(read, unlimited(a.getAccessID)), cors: true},
		{method: http.MethodPost, path: "/api/access-ids", handle: a.permitted(control, unlimited(a.postAccessID)), cors: true},
		{method: http.MethodPatch, path: "/api/access-ids/{id}", handle: a.permitted(control, unlimited(a.patchAccessID)), cors: true},
		{method: http.MethodPut, path: "/api/access-ids/batch", handle: a.permitted(control, unlimited(a.putAccessIDs)), cors: true},
	}
}

// unlimited makes a handler for what belongs to a whole organization, which a
// limited key is refused (contract 1.3 no. 7).
func unlimited(answer answerFunc) answerFunc {
	return func(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
		if key.Limited() {
			return errLimited
		}
		return answer(w, r, key)
	}
}

// accessIDJSON is an access ID as the contract shows it (section 7).
type accessIDJSON struct {
	ID           charging.ID     `json:"id"`
	Tag          string          `json:"ocppIdTag"`
	Type         string          `json:"type"`
	Name         string          `json:"name"`
	Status       string          `json:"authorizationStatus"`
	AuthorizedAt instantJSON     `json:"authorizedAt"`
	RevokedAt    instantJSON     `json:"revokedAt"`
	CreatedAt    instantJSON     `json:"createdAt"`
	UpdatedAt    instantJSON     `json:"updatedAt"`
	Vehicle      *vehicleRefJSON `json:"vehicle"`
	Customer     *customerJSON   `json:"customer"`
}

// vehicleRefJSON is a vehicle inside something else (contract section 2).
type vehicleRefJSON struct {
	ID    charging.ID `json:"id"`
	Name  string      `json:"name"`
	Make  *string     `json:"make"`
	Model *string     `json:"model"`
	VIN   *string     `json:"vin"`
}

func vehicleRef(v *charging.Vehicle) *vehicleRefJSON {
	if v == nil {
		return nil
	}
	return &vehicleRefJSON{ID: v.ID, Name: v.DisplayName(), Make: orNull(v.Make), Model: orNull(v.Model), VIN: orNull(v.VIN)}
}

func statusWord(a *charging.AccessID) string {
	if a.Revoked {
		return wordRevoked
	}
	return wordAuthorized
}

// accessIDRow shows an access ID. Three of its times are never null in the
// contract; what an import did not know is shown by the next that is known.
func accessIDRow(e *fleet.Estate, a *charging.AccessID) accessIDJSON {
	first := func(times ...time.Time) instantJSON {
		for _, t := range times {
			if !t.IsZero() {
				return instantJSON(t)
			}
		}
		return instantJSON(time.Unix(0, 0).UTC())
	}
	row := accessIDJSON{ID: a.ID, Tag: a.Tag, Type: a.Type, Name: a.Name, Status: statusWord(a),
		AuthorizedAt: first(a.AuthorizedAt, a.CreatedAt, a.UpdatedAt), CreatedAt: first(a.CreatedAt, a.AuthorizedAt, a.UpdatedAt),
		UpdatedAt: first(a.UpdatedAt, a.CreatedAt, a.AuthorizedAt),
		Vehicle:   vehicleRef(e.Vehicle(a.VehicleID)), Customer: customerRef(e, a.CustomerID)}
	if a.Revoked {
		row.RevokedAt = first(a.RevokedAt, a.UpdatedAt, a.CreatedAt)
	}
	return row
}

// accessIDAnswer is the wrapper of a single access ID, which is not data.
type accessIDAnswer struct {
	AccessID accessIDJSON `json:"accessId"`
}

// after returns the things behind an id, of a list that is in the order of ids,
// which keep wants: one more than a page, so that it shows whether there are
// more.
func after[T any](sorted []*T, id func(*T) charging.ID, behind charging.ID, page int, keep func(*T) bool) []*T {
	from := sort.Search(len(sorted), func(i int) bool { return id(sorted[i]) > behind })
	var list []*T
	for _, thing := range sorted[from:] {
		if keep(thing) {
			if list = append(list, thing); len(list) > page {
				break
			}
		}
	}
	return list
}

// listAccessIDs answers GET /api/access-ids, by id.
func (a *API) listAccessIDs(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	list := after(e.AccessIDs(), func(x *charging.AccessID) charging.ID { return x.ID }, behind, accessIDsPage,
		func(x *charging.AccessID) bool { return e.Inside(x.OrganizationID, key.OrganizationID) })
	list, next := cutPage(list, accessIDsPage, func(x **charging.AccessID) int64 { return (*x).ID })
	rows := make([]accessIDJSON, len(list))
	for i, x := range list {
		rows[i] = accessIDRow(e, x)
	}
	a.writeData(w, r, http.StatusOK, listJSON[accessIDJSON]{rows, pageAfter(next)})
	return nil
}

// getAccessID answers GET /api/access-ids/{id}.
func (a *API) getAccessID(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	e := a.fleet.Estate()
	if x := e.AccessID(id); x == nil || !e.Inside(x.OrganizationID, key.OrganizationID) {
		return errNotFound
	}
	a.answerAccessID(w, r, e, id)
	return nil
}

func (a *API) answerAccessID(w http.ResponseWriter, r *http.Request, e *fleet.Estate, id charging.ID) {
	a.writeData(w, r, http.StatusOK, accessIDAnswer{accessIDRow(e, e.AccessID(id))})
}

// accessIDBody is an access ID in a request.
type accessIDBody struct {
	Type      optional[string]         `json:"type"`
	Name      optional[string]         `json:"name"`
	Tag       optional[string]         `json:"ocppIdTag"`
	Status    optional[string]         `json:"authorizationStatus"`
	Vehicle   optional[vehicleDetails] `json:"vehicle"`
	VehicleID optional[charging.ID]    `json:"vehicleId"`
	Customer  optional[customerBody]   `json:"customer"`
}

// vehicleDetails are what an access ID may tell of its vehicle.
type vehicleDetails struct {
	Make  optional[string] `json:"make"`
	Model optional[string] `json:"model"`
	VIN   optional[string] `json:"vin"`
}

// apply returns the vehicle with the details that were given.
func (d *vehicleDetails) apply(v charging.Vehicle) charging.Vehicle {
	setText(&v.Make, &d.Make)
	setText(&v.Model, &d.Model)
	setText(&v.VIN, &d.VIN)
	return v
}

// setText takes over a text that was given; null and blanks are none.
func setText(to *string, from *optional[string]) {
	if from.given {
		*to = strings.TrimSpace(from.value)
	}
}

// checkTag says what is wrong with a tag. It is kept as it was sent.
func checkTag(tag *optional[string]) *memberError {
	const member = "ocppIdTag"
	switch {
	case !tag.given:
		return wrongMember(member, "is missing")
	case tag.null:
		return wrongMember(member, "must be a text")
	case strings.TrimSpace(tag.value) == "":
		return wrongMember(member, "must not be empty")
	case utf8.RuneCountInString(tag.value) > maxTagLength:
		return wrongMember(member, "must be at most 36 characters")
	}
	return checkText(member, tag.value, maxTagLength)
}

func checkStatus(status *optional[string]) *memberError {
	if status.given && status.value != wordAuthorized && status.value != wordRevoked {
		return wrongMember("authorizationStatus", "must be Authorized or Revoked")
	}
	return nil
}

func checkRequiredText(member string, text *optional[string]) *memberError {
	switch {
	case !text.given:
		return wrongMember(member, "is missing")
	case strings.TrimSpace(text.value) == "":
		return wrongMember(member, "must not be empty")
	}
	return checkText(member, text.value, maxText)
}

// checkDetails looks at what both a new and an old access ID may have.
func (b *accessIDBody) checkDetails() *memberError {
	v := &b.Vehicle.value
	return firstWrong(checkStatus(&b.Status), checkText("vehicle.make", v.Make.value, maxText),
		checkText("vehicle.model", v.Model.value, maxText), checkText("vehicle.vin", v.VIN.value, maxText), checkCustomer(&b.Customer))
}

// checkWhole looks at a body that must name everything.
func (b *accessIDBody) checkWhole() *memberError {
	if wrong := firstWrong(checkTag(&b.Tag), checkRequiredText("name", &b.Name)); wrong != nil {
		return wrong
	}
	switch {
	case !b.Type.given:
		return wrongMember("type", "is missing")
	case b.Type.value != charging.TypeRFID && b.Type.value != charging.TypeVehicle:
		return wrongMember("type", "must be RFID or Vehicle")
	case b.Vehicle.has() && b.VehicleID.has():
		return wrongMember("vehicleId", "cannot be given together with vehicle")
	}
	return b.checkDetails()
}

// postAccessID answers POST /api/access-ids.
func (a *API) postAccessID(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body struct {
		AccessID optional[accessIDBody] `json:"accessId"`
	}
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	b := &body.AccessID.value
	if !body.AccessID.has() {
		return charging.Errorf(charging.Invalid, "accessId: is missing")
	}
	if wrong := b.checkWhole(); wrong != nil {
		return wrong.in("accessId")
	}
	var made charging.ID
	err := a.changePeople(r.Context(), key, func(p *people) error {
		if known := p.e.FindTag(p.org, b.Tag.value); known != nil && known.OrganizationID == p.org {
			return charging.Errorf(charging.Invalid, "accessId.ocppIdTag: is that of access ID %d already", known.ID)
		}
		id, wrong, err := p.newAccessID(b, false)
		if wrong != nil {
			return wrong.in("accessId")
		}
		made = id
		return err
	})
	if err != nil {
		return err
	}
	a.answerAccessID(w, r, a.fleet.Estate(), made)
	return nil
}

// newAccessID plans a new access ID in the key's organization. By name, its
// vehicle may be one that is there already.
func (p *people) newAccessID(b *accessIDBody, byName bool) (charging.ID, *memberError, error) {
	vehicle, wrong, err := p.vehicleOfNew(b, byName)
	if wrong != nil || err != nil {
		return 0, wrong, err
	}
	customer, err := p.customerOf(p.org, &b.Customer, 0)
	if err != nil {
		return 0, nil, err
	}
	id, err := p.ids.Next(charging.IDAccessID)
	if err != nil {
		return 0, nil, err
	}
	made := charging.AccessID{ID: id, OrganizationID: p.org, Tag: b.Tag.value, Type: b.Type.value, Name: strings.TrimSpace(b.Name.value),
		AuthorizedAt: p.now, CreatedAt: p.now, VehicleID: vehicle, CustomerID: customer}
	p.authorize(&made, &b.Status)
	p.putAccessID(made)
	return id, nil, nil
}

// authorize takes over whether a tag may charge, and since when (contract
// section 7).
func (p *people) authorize(a *charging.AccessID, status *optional[string]) {
	switch revoke := status.value == wordRevoked; {
	case !status.given || revoke == a.Revoked:
	case revoke:
		a.Revoked, a.RevokedAt = true, p.now
	default:
		a.Revoked, a.RevokedAt, a.AuthorizedAt = false, time.Time{}, p.now
	}
}

// vehicleOfNew finds or plans the vehicle of a new access ID; 0 for none. One of
// the type Vehicle has a vehicle of its name unless the request says null.
func (p *people) vehicleOfNew(b *accessIDBody, byName bool) (charging.ID, *memberError, error) {
	if b.VehicleID.has() {
		v := p.vehicle(b.VehicleID.value)
		if v == nil || !p.sees(v.OrganizationID) {
			return 0, wrongMember("vehicleId", "is the id of no vehicle"), nil
		}
		return v.ID, nil, nil
	}
	if b.Vehicle.has() && b.Type.value == charging.TypeRFID {
		return 0, wrongMember("vehicle", "is for the type Vehicle; an RFID card is tied to a vehicle by vehicleId"), nil
	}
	if b.Type.value == charging.TypeRFID || b.Vehicle.null {
		return 0, nil, nil
	}
	return p.vehicleByName(p.org, strings.TrimSpace(b.Name.value), &b.Vehicle.value, byName)
}

// vehicleByName plans a vehicle with the details, or with byName the details of
// the vehicle that has the name.
func (p *people) vehicleByName(org charging.ID, name string, details *vehicleDetails, byName bool) (charging.ID, *memberError, error) {
	v := charging.Vehicle{OrganizationID: org, Name: name}
	if known := p.vehicleNamed(org, name); byName && known != nil {
		v = *known
	}
	next := details.apply(v)
	if wrong := p.checkVIN("vehicle.vin", org, next.VIN, next.ID); wrong != nil {
		return 0, wrong, nil
	}
	if next.ID == 0 {
		var err error
		if next.ID, err = p.ids.Next(charging.IDVehicle); err != nil {
			return 0, nil, err
		}
	}
	if next != v {
		p.putVehicle(next)
	}
	return next.ID, nil, nil
}
