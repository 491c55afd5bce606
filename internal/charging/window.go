package charging

import "time"

// MaintenanceWindow is a time in which a charger is worked on: it counts
// neither as available nor as out of service, and raises no alerts (contract
// section 15).
type MaintenanceWindow struct {
	ID        ID
	ChargerID ID
	From, To  time.Time
	Comment   string // "" for none
	UserEmail string // who made it: an e-mail address, or "key NAME"
	CreatedAt time.Time
	UpdatedAt time.Time
}

// WindowQuery asks for maintenance windows, the latest start first. All limits
// hold together.
type WindowQuery struct {
	Chargers    []ID      // nil for those of all
	EndAfter    time.Time // whose end is after it; zero for no bound
	StartBefore time.Time // whose start is before it; zero for no bound
	After       WindowKey // of the last of the page before; zero for the first page
	Limit       int
}

// WindowKey is where a maintenance window stands in a list.
type WindowKey struct {
	From time.Time
	ID   ID
}
