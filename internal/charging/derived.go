package charging

import "time"

// Derived is what follows from a stretch of the history, and from the time that
// passes. It is stored in one transaction with its Mark, so that a crash neither
// loses nor doubles any of it: after one, the records above the mark are gone
// through again.
type Derived struct {
	// Mark is the id of the newest record that was gone through; 0 leaves the
	// stored mark as it is.
	Mark int64
	// Intervals are new or changed: one of the same charger, port and From
	// replaces what is stored.
	Intervals []ServiceInterval
	// Faults are new or changed; one with the same ID replaces what is stored.
	Faults []Fault
	// Alerts are new. One whose Incident is stored already is left out with its
	// Deliveries.
	Alerts []Alert
	// Deliveries are those that belong to no alert.
	Deliveries []Delivery
	// Failed is why a part could not do its work; then nothing is stored, and
	// the same stretch is gone through again.
	Failed error
}

// Empty reports whether there is nothing to store but perhaps the mark.
func (d *Derived) Empty() bool {
	return len(d.Intervals) == 0 && len(d.Faults) == 0 && len(d.Alerts) == 0 && len(d.Deliveries) == 0
}

// ServiceState is what a port, or the connection of a charger, was worth for a
// while (contract section 6).
type ServiceState uint8

// The service states. Their numbers are stored: never change one.
const (
	// ServiceAvailable is any status in which a port can be used or is used, and
	// of a charger, connected.
	ServiceAvailable ServiceState = iota + 1
	// ServiceFaulted is a port with the status Faulted.
	ServiceFaulted
	// ServiceUnavailable is a port out of service, and of a charger, disconnected.
	ServiceUnavailable
)

// ServiceInterval is a time in which the service state of a port did not change.
type ServiceInterval struct {
	ChargerID  ID
	PortNumber int // 0 for the charger's connection
	State      ServiceState
	From       time.Time
	To         time.Time // zero while it lasts
	// FromRecord and ToRecord are the records of the history that began and ended
	// it; 0 when none did.
	FromRecord, ToRecord int64
}

// Fault is an error that a charger reported (contract section 10). Its ID is
// that of the record of the history that told of it.
type Fault struct {
	ID         ID
	ChargerID  ID
	PortNumber int // 0 for the charger itself
	At         time.Time
	Received   time.Time
	Status     PortStatus
	Category   FaultCategory
	SessionID  ID // 0 for none
}

// FaultCategory is what an error did to charging (contract section 10).
type FaultCategory string

// The categories of faults, in the contract's words. A code that the charger's
// organization had muted when the fault came makes it muted, whatever it did.
const (
	FaultEndedCharging     FaultCategory = "endedCharging"
	FaultPreventedCharging FaultCategory = "preventedCharging"
	FaultMuted             FaultCategory = "muted"
	FaultOther             FaultCategory = "other"
)

// AlertKind is what an alert is about. The contract's five kinds are a closed
// set; all others are ours and shown under /api/admin only (contract section 9).
type AlertKind string

// Alert is something that somebody should know (contract section 9).
type Alert struct {
	ID             ID
	OrganizationID ID
	Kind           AlertKind
	At             time.Time // when it was raised
	Muted          bool
	ChargerID      ID     // 0 for none
	PortNumber     int    // 0 for none
	SessionID      ID     // 0 for none
	VehicleID      ID     // 0 for none
	Detail         string // JSON of the kind's own members; "" for none
	// Record is the one of the history that raised it; 0 when time did.
	Record int64
	// Incident is what the alert is about, however often it is seen: an alert of
	// an incident that is stored already is not stored again.
	Incident string
	// Contacts are who it was for.
	Contacts []ID
	// Deliveries are stored with it, when it is.
	Deliveries []Delivery
}

// Delivery is something to be sent: a row of the outbox.
type Delivery struct {
	ID          ID
	WebhookID   ID // either this or ContactID is set
	ContactID   ID
	AlertID     ID     // 0 for none
	Event       string // type of what is sent: "session.ended"
	Body        []byte // JSON
	CreatedAt   time.Time
	NextAt      time.Time // of the next attempt; zero when there is none
	Attempts    int
	DeliveredAt time.Time // zero until it was delivered
	// LastStatus and LastError are of the last attempt: the HTTP status, or why
	// there was none.
	LastStatus int
	LastError  string
}
