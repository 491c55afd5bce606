package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Departures is where planned departures are kept.
type Departures interface {
	// SyncDepartures carries out syncs in one transaction.
	SyncDepartures(ctx context.Context, syncs []charging.DepartureSync) error
	// DeparturesOf returns those of one vehicle, by time.
	DeparturesOf(ctx context.Context, q charging.DepartureQuery) ([]charging.Departure, error)
}

const (
	departuresPage = 100
	// maxDepartures is how many departures a sync may name of a vehicle.
	maxDepartures = 1000
	// syncRows bounds the departures of one transaction of a batch, so that
	// chargers never wait long for it.
	syncRows = 500
)

const (
	outcomeSkipped = "skipped"
	outcomeSuccess = "success"
)

var errNoVehicle = charging.Errorf(charging.NotFound, "Vehicle not found")

// departureRoutes are the planned departures of vehicles. Like these, they
// belong to no site: a limited key may read them and change none (contract 1.3
// no. 7).
func (a *API) departureRoutes() []route {
	if a.cfg.Departures == nil || a.cfg.Configuration == nil {
		return nil
	}
	const read, control = charging.PermitRead, charging.PermitControl
	return []route{
		{path: "/api/departure-times", handle: a.permitted(read, a.listDepartures), cors: true},
		{method: http.MethodPost, path: "/api/departure-times/vehicle", handle: a.permitted(control, unlimited(a.postDepartures)), cors: true},
		{method: http.MethodPost, path: "/api/departure-times/batch", handle: a.permitted(control, unlimited(a.postDepartureBatch)), cors: true},
	}
}

// plannedJSON is a departure as the contract shows it (section 14).
type plannedJSON struct {
	At        instantJSON  `json:"departureTime"`
	Outcome   string       `json:"outcome,omitempty"`
	ID        *charging.ID `json:"id"`
	VehicleID *charging.ID `json:"vehicleId"`
	VIN       *string      `json:"vehicleVin"`
	ShiftName *string      `json:"shiftName"`
	RouteName *string      `json:"routeName"`
	TargetSoC int          `json:"targetSoc"`
}

func plannedRow(d *charging.Departure, outcome string) plannedJSON {
	return plannedJSON{At: instantJSON(d.At), Outcome: outcome, ID: idOrNull(d.ID), VehicleID: idOrNull(d.VehicleID), VIN: orNull(d.VIN),
		ShiftName: orNull(d.ShiftName), RouteName: orNull(d.RouteName), TargetSoC: d.TargetSoC}
}

// listDepartures answers GET /api/departure-times, by time.
func (a *API) listDepartures(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.DepartureQuery{VehicleID: p.integer("vehicleId", 1, charging.MaxID, 0), From: p.instant("afterTimestamp"),
		Limit: departuresPage + 1}
	if p.text("vehicleId") == "" {
		p.wrong("vehicleId", "is missing")
	}
	q.After.At, q.After.ID = p.timeKey()
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	if v := e.Vehicle(q.VehicleID); v == nil || !e.Inside(v.OrganizationID, key.OrganizationID) {
		return errNotFound
	}
	list, err := a.cfg.Departures.DeparturesOf(r.Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > departuresPage {
		list = list[:departuresPage]
		last := &list[departuresPage-1]
		next = timeKeyText(last.At, last.ID)
	}
	rows := make([]plannedJSON, len(list))
	for i := range list {
		rows[i] = plannedRow(&list[i], "")
	}
	a.writeData(w, r, http.StatusOK, listJSON[plannedJSON]{rows, pageAfter(next)})
	return nil
}

// syncBody is a vehicle with its departures in a request.
type syncBody struct {
	VIN        optional[string]          `json:"vehicleVin"`
	VehicleID  optional[charging.ID]     `json:"vehicleId"`
	Departures optional[[]departureBody] `json:"departureTimes"`
}

type departureBody struct {
	At        optional[string] `json:"departureTime"`
	ShiftName optional[string] `json:"shiftName"`
	RouteName optional[string] `json:"routeName"`
	TargetSoC optional[int]    `json:"targetSoc"`
}

// parse returns the departures of a body, in their order.
func (b *syncBody) parse() ([]charging.Departure, *memberError) {
	switch {
	case b.VIN.has() == b.VehicleID.has():
		return nil, wrongMember("vehicleId", "must be given or else vehicleVin, not both")
	case b.VIN.has() && strings.TrimSpace(b.VIN.value) == "":
		return nil, wrongMember("vehicleVin", "must not be empty")
	case !b.Departures.has():
		return nil, wrongMember("departureTimes", "is missing")
	case len(b.Departures.value) > maxDepartures:
		return nil, wrongMember("departureTimes", fmt.Sprintf("has %d rows; at most %d are allowed", len(b.Departures.value), maxDepartures))
	}
	if wrong := checkText("vehicleVin", b.VIN.value, maxText); wrong != nil {
		return nil, wrong
	}
	list := make([]charging.Departure, len(b.Departures.value))
	seen := make(map[time.Time]int, len(list))
	for i := range list {
		d, wrong := b.Departures.value[i].parse()
		if wrong == nil {
			if first, twice := seen[d.At]; twice {
				wrong = wrongMember("departureTime", fmt.Sprintf("is that of departureTimes[%d] already", first))
			}
		}
		if wrong != nil {
			return nil, wrong.below("departureTimes", i)
		}
		seen[d.At], list[i] = i, d
	}
	return list, nil
}

// parse returns the departure at the resolution of the API.
func (b *departureBody) parse() (d charging.Departure, wrong *memberError) {
	if !b.At.has() {
		return d, wrongMember("departureTime", "is missing")
	}
	at, err := parseInstant(b.At.value)
	if err != nil {
		return d, wrongMember("departureTime", fmt.Sprintf("%q is no time; write it like 2026-03-02T06:00:00Z", b.At.value))
	}
	d = charging.Departure{At: at.Truncate(time.Millisecond), TargetSoC: charging.DefaultTargetSoC}
	if b.TargetSoC.has() {
		d.TargetSoC = b.TargetSoC.value
	}
	if d.TargetSoC < 0 || d.TargetSoC > 100 {
		return d, wrongMember("targetSoc", "must be a whole number from 0 to 100")
	}
	setText(&d.ShiftName, &b.ShiftName)
	setText(&d.RouteName, &b.RouteName)
	return d, firstWrong(checkText("shiftName", b.ShiftName.value, maxText), checkText("routeName", b.RouteName.value, maxText))
}

// vehicleFinder finds the vehicles that a key sees, by id or VIN.
type vehicleFinder struct {
	e    *fleet.Estate
	org  charging.ID
	vins map[string]*charging.Vehicle
}

func newVehicleFinder(e *fleet.Estate, org charging.ID) *vehicleFinder {
	f := &vehicleFinder{e: e, org: org, vins: make(map[string]*charging.Vehicle)}
	// Where several organizations have a VIN, the key's own comes first.
	for _, v := range e.Vehicles() {
		folded := charging.FoldTag(v.VIN)
		if folded == "" || !e.Inside(v.OrganizationID, org) {
			continue
		}
		if known := f.vins[folded]; known == nil || known.OrganizationID != org && v.OrganizationID == org {
			f.vins[folded] = v
		}
	}
	return f
}

// find returns the vehicle that a body names; nil for a VIN that none has.
func (f *vehicleFinder) find(b *syncBody) (*charging.Vehicle, error) {
	if !b.VehicleID.has() {
		return f.vins[charging.FoldTag(strings.TrimSpace(b.VIN.value))], nil
	}
	v := f.e.Vehicle(b.VehicleID.value)
	if v == nil || !f.e.Inside(v.OrganizationID, f.org) {
		return nil, errNoVehicle
	}
	return v, nil
}

// sync makes the sync of a vehicle, and says what becomes of each departure:
// those that are not after now are skipped. New ones get their ids.
func (a *API) sync(key *charging.APIKey, b *syncBody, v *charging.Vehicle, list []charging.Departure, now time.Time) (charging.DepartureSync, []plannedJSON, error) {
	s := charging.DepartureSync{OrganizationID: key.OrganizationID, KeyOrganizationID: key.OrganizationID,
		VIN: strings.TrimSpace(b.VIN.value), Now: now}
	if v != nil {
		s.OrganizationID, s.VehicleID = v.OrganizationID, v.ID
		if s.VIN == "" {
			s.VIN = v.VIN
		}
	}
	rows := make([]plannedJSON, len(list))
	for i := range list {
		d := &list[i]
		d.OrganizationID, d.VehicleID, d.VIN, d.CreatedAt = s.OrganizationID, s.VehicleID, s.VIN, now
		if !d.At.After(now) {
			rows[i] = plannedRow(d, outcomeSkipped)
			continue
		}
		var err error
		if d.ID, err = a.cfg.Configuration.NextID(charging.IDDeparture); err != nil {
			return s, nil, err
		}
		rows[i] = plannedRow(d, outcomeCreated)
		s.Departures = append(s.Departures, *d)
	}
	return s, rows, nil
}

// postDepartures answers POST /api/departure-times/vehicle.
func (a *API) postDepartures(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body syncBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	list, wrong := body.parse()
	if wrong != nil {
		return wrong.in("")
	}
	v, err := newVehicleFinder(a.fleet.Estate(), key.OrganizationID).find(&body)
	if err != nil {
		return errNotFound
	}
	s, rows, err := a.sync(key, &body, v, list, time.Now().UTC())
	if err != nil {
		return err
	}
	if err := a.cfg.Departures.SyncDepartures(r.Context(), []charging.DepartureSync{s}); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct {
		Departures []plannedJSON `json:"departureTimes"`
	}{rows})
	return nil
}

// syncRowJSON is what became of one vehicle of a batch.
type syncRowJSON struct {
	VehicleID  *charging.ID   `json:"vehicleId"`
	VIN        *string        `json:"vehicleVin"`
	Outcome    string         `json:"outcome"`
	Departures *[]plannedJSON `json:"departureTimes,omitempty"`
	Error      string         `json:"error,omitempty"`
}

// postDepartureBatch answers POST /api/departure-times/batch: each vehicle on
// its own.
func (a *API) postDepartureBatch(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	bodies, err := readBatch[syncBody](w, r, "vehicles")
	if err != nil {
		return err
	}
	finder := newVehicleFinder(a.fleet.Estate(), key.OrganizationID)
	now := time.Now().UTC()
	results := make([]syncRowJSON, len(bodies))
	seen := make(map[nameIn]int, len(bodies))
	var waiting []charging.DepartureSync
	size := 0
	for i := range bodies {
		s, err := a.syncRow(key, &bodies[i], finder, now, seen, i, &results[i])
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if size+len(s.Departures)+1 > syncRows && len(waiting) > 0 {
			if err := a.cfg.Departures.SyncDepartures(r.Context(), waiting); err != nil {
				return err
			}
			waiting, size = nil, 0
		}
		waiting, size = append(waiting, *s), size+len(s.Departures)+1
	}
	if len(waiting) > 0 {
		if err := a.cfg.Departures.SyncDepartures(r.Context(), waiting); err != nil {
			return err
		}
	}
	a.writeData(w, r, http.StatusOK, struct {
		Results []syncRowJSON `json:"results"`
	}{results})
	return nil
}

// syncRow makes the sync of one vehicle of a batch, nil when it is refused. A
// vehicle that comes again is, because its second list would undo the first.
func (a *API) syncRow(key *charging.APIKey, b *syncBody, finder *vehicleFinder, now time.Time, seen map[nameIn]int, at int, result *syncRowJSON) (*charging.DepartureSync, error) {
	result.Outcome = outcomeError
	if b.VehicleID.has() {
		result.VehicleID = &b.VehicleID.value
	}
	if b.VIN.has() {
		result.VIN = orNull(b.VIN.value)
	}
	list, wrong := b.parse()
	if wrong != nil {
		result.Error = wrong.plain()
		return nil, nil
	}
	v, err := finder.find(b)
	if err != nil {
		result.Error = charging.MessageOf(err)
		return nil, nil
	}
	which := nameIn{folded: charging.FoldTag(strings.TrimSpace(b.VIN.value))}
	if v != nil {
		which = nameIn{organization: v.ID}
	}
	if first, twice := seen[which]; twice {
		result.Error = fmt.Sprintf("the vehicle is that of vehicles[%d] already", first)
		return nil, nil
	}
	seen[which] = at
	s, rows, err := a.sync(key, b, v, list, now)
	if err != nil {
		return nil, err
	}
	*result = syncRowJSON{VehicleID: idOrNull(s.VehicleID), VIN: orNull(s.VIN), Outcome: outcomeSuccess, Departures: &rows}
	return &s, nil
}
