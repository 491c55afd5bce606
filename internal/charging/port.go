package charging

import "time"

// Status is a port's state in the nine words of OCPP 1.6 §7.7, which the API
// speaks for every version (contract 3.4 no. 26, 3.5 B).
type Status string

// The statuses of a port (OCPP 1.6 §7.7 ChargePointStatus).
const (
	Available         Status = "Available"
	Preparing         Status = "Preparing"
	Charging          Status = "Charging"
	SuspendedEV       Status = "SuspendedEV"
	SuspendedEVSE     Status = "SuspendedEVSE"
	Finishing         Status = "Finishing"
	Reserved          Status = "Reserved"
	StatusUnavailable Status = "Unavailable"
	Faulted           Status = "Faulted"
)

// NoError is the error code of a port without one (OCPP 1.6 §7.6).
const NoError = "NoError"

// OtherError stands for error codes outside the list of OCPP 1.6 §7.6.
const OtherError = "OtherError"

// PortStatus is the last status that a port (or, as port 0, a charger)
// reported.
type PortStatus struct {
	Status          Status
	At              time.Time // contract 3.4 no. 26
	ErrorCode       string    // one of the sixteen of OCPP 1.6 §7.6
	VendorErrorCode string    // "" for none
	VendorID        string    // "" for none
	Info            string    // "" for none
}

// PortSettings is what operators say of a port.
type PortSettings struct {
	ID            ID
	ChargerID     ID
	Number        int // 1.6 connectorId, 2.x EVSE id; 1 and up
	Name          string
	MaxPower      Milli  // mW; 0 for unknown
	ConnectorType string // "" while nobody set it: see Charger.ConnectorType
}

// MaxPortsPerCharger bounds how many ports messages can make (DESIGN, Words).
const MaxPortsPerCharger = 32

// Port is one outlet that charges one vehicle at a time: its settings and its
// present. It is immutable once published.
type Port struct {
	PortSettings
	Status  *PortStatus // nil until the port reported one
	Session *Session    // the session that is open, or nil
	// Connectors are those of a 2.x EVSE, by number; 1.6 has none.
	Connectors []Connector
	// Problems are those that are active on a 2.x EVSE, oldest first.
	Problems []Problem
	// Served says that a session of a 2.x port delivered energy or ended since
	// the port was last free: a vehicle that stays is then done.
	Served bool
	// Samples are hashes of the samples taken lately, newest last, by which a
	// repeat is known (server-rules 6 and 8). Only the committer reads it.
	Samples []uint64
}

// DefaultPortName is the name of a port that a message made.
func DefaultPortName(number int) string { return "Port " + itoa(int64(number)) }
