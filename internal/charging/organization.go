package charging

import "time"

// ID names one thing of one kind: positive, below 2^53, never reused, stable
// for ever (contract 3.4 no. 14). Each kind counts for itself.
type ID = int64

// MaxID is the largest id, the largest integer that JSON readers hold exactly.
const MaxID ID = 1<<53 - 1

// Organization owns sites, and may stand inside a parent organization.
type Organization struct {
	ID       ID
	ParentID ID // 0 for a top organization
	Name     string
}

// Site is a place with chargers.
type Site struct {
	ID             ID
	OrganizationID ID
	Name           string
	Address        string // "" for none; one line
	Timezone       string // IANA name, never ""
	LocationID     string // "" for none; free text
	UnknownTags    TagPolicy
	Wishes         Wishes
}

// Wishes are what an operator wants of the configuration of a site's chargers;
// zero values take the server's settings.
type Wishes struct {
	Measurands     string        // of samples while charging, with commas, in OCPP's names
	SampleInterval time.Duration // between samples while charging
	Heartbeat      time.Duration
	// Offline says whether chargers may start charging for tags of their local
	// list while they are offline: "" the server's setting, "yes", "no".
	Offline string
}

// Customer is who pays for charging, by name.
type Customer struct {
	ID             ID
	OrganizationID ID
	Name           string
}

// Vehicle is a car, van or bus of an organization.
type Vehicle struct {
	ID             ID
	OrganizationID ID
	Name           string // "" for none
	Make           string
	Model          string
	VIN            string
	LicensePlate   string
	CustomerID     ID // 0 for none
}

// DisplayName is the vehicle's name, else its VIN, else its licence plate,
// else "Vehicle <id>" (contract 3.4 no. 37).
func (v *Vehicle) DisplayName() string {
	switch {
	case v.Name != "":
		return v.Name
	case v.VIN != "":
		return v.VIN
	case v.LicensePlate != "":
		return v.LicensePlate
	default:
		return "Vehicle " + itoa(v.ID)
	}
}
