package charging

import "time"

// DefaultTargetSoC is the charge in percent that a vehicle should leave with
// when a departure does not say (contract section 14).
const DefaultTargetSoC = 90

// Departure is one planned departure of a vehicle (contract section 14).
type Departure struct {
	ID ID
	// OrganizationID is the vehicle's, or that of the key which wrote it while no
	// vehicle has the VIN.
	OrganizationID ID
	VehicleID      ID     // 0 while no vehicle has the VIN
	VIN            string // as written; "" when the vehicle was named by its id
	At             time.Time
	ShiftName      string // "" for none
	RouteName      string // "" for none
	TargetSoC      int    // percent, 0 to 100
	CreatedAt      time.Time
}

// DepartureSync replaces what is planned for one vehicle: its departures after
// Now cease, and Departures, which are all after Now, take their place. Those
// that were kept under the VIN of the vehicle are linked to it.
type DepartureSync struct {
	// OrganizationID is where the vehicle is, or the key's when it is unknown;
	// KeyOrganizationID is always the key's.
	OrganizationID, KeyOrganizationID ID
	VehicleID                         ID     // 0 for a VIN that no vehicle has
	VIN                               string // the vehicle's, or as written
	Now                               time.Time
	Departures                        []Departure
}

// DepartureQuery asks for the departures of one vehicle, by time.
type DepartureQuery struct {
	VehicleID ID
	From      time.Time    // included; zero for no bound
	After     DepartureKey // of the last row of the page before; zero for the first page
	Limit     int
}

// DepartureKey is where a departure stands in a list.
type DepartureKey struct {
	At time.Time
	ID ID
}
