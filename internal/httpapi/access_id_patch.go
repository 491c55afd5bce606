package httpapi

import (
	"net/http"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// patchAccessID answers PATCH /api/access-ids/{id}: null removes, what is left
// out stays. The tag and the type cannot be changed.
func (a *API) patchAccessID(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if e := a.fleet.Estate(); e.AccessID(id) == nil || !e.Inside(e.AccessID(id).OrganizationID, key.OrganizationID) {
		return errNotFound // before the body is looked at
	}
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
	wrong := b.checkDetails()
	if b.Name.given {
		wrong = firstWrong(checkRequiredText("name", &b.Name), wrong)
	}
	if wrong != nil {
		return wrong.in("accessId")
	}
	err = a.changePeople(r.Context(), key, func(p *people) error {
		old := p.accessID(id)
		if old == nil || !p.sees(old.OrganizationID) {
			return errNotFound
		}
		wrong, err := p.changeAccessID(old, b, false)
		if wrong != nil {
			return wrong.in("accessId")
		}
		return err
	})
	if err != nil {
		return err
	}
	a.answerAccessID(w, r, a.fleet.Estate(), id)
	return nil
}

// changeAccessID plans what a body changes of an access ID. One that changes
// nothing is not planned, so that its updatedAt stays.
func (p *people) changeAccessID(old *charging.AccessID, b *accessIDBody, byName bool) (*memberError, error) {
	next := *old
	if b.Name.given {
		next.Name = strings.TrimSpace(b.Name.value)
	}
	if byName {
		next.Type = b.Type.value
	}
	vehicle, wrong, err := p.vehicleOfKnown(&next, b, byName)
	if wrong != nil || err != nil {
		return wrong, err
	}
	next.VehicleID = vehicle
	if next.CustomerID, err = p.customerOf(old.OrganizationID, &b.Customer, old.CustomerID); err != nil {
		return nil, err
	}
	p.authorize(&next, &b.Status)
	if next != *old {
		p.putAccessID(next)
	}
	return nil, nil
}

// vehicleOfKnown finds, changes or plans the vehicle of an access ID that is
// there already; 0 for none.
func (p *people) vehicleOfKnown(a *charging.AccessID, b *accessIDBody, byName bool) (charging.ID, *memberError, error) {
	own := p.vehicle(a.VehicleID)
	switch {
	case b.Vehicle.null:
		return 0, nil, nil
	case !b.Vehicle.given && (own != nil || !byName || a.Type == charging.TypeRFID):
		return a.VehicleID, nil, nil
	case a.Type == charging.TypeRFID:
		// What was read may be sent back.
		if own != nil && b.Vehicle.value.apply(*own) == *own {
			return own.ID, nil, nil
		}
		return 0, wrongMember("vehicle", "is for the type Vehicle; an RFID card is tied to a vehicle by its accessIds"), nil
	case own != nil && (!byName || foldName(own.Name) == foldName(a.Name)):
		next := b.Vehicle.value.apply(*own)
		if wrong := p.checkVIN("vehicle.vin", next.OrganizationID, next.VIN, next.ID); wrong != nil {
			return 0, wrong, nil
		}
		if next != *own {
			p.putVehicle(next)
		}
		return own.ID, nil, nil
	}
	return p.vehicleByName(a.OrganizationID, a.Name, &b.Vehicle.value, byName)
}
