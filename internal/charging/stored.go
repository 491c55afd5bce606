package charging

import "time"

// Stored is everything that a store holds of the present: the configuration
// and each charger with the newest state of itself and its ports.
type Stored struct {
	Version       int64 // of the configuration
	Organizations []Organization
	Sites         []Site
	AccessIDs     []AccessID
	Vehicles      []Vehicle
	Customers     []Customer
	Keys          []APIKey
	AccessGroups  []AccessGroup
	// Chargers are whole: settings, boot, connection, status, Version, and
	// ports with their status and open session. Recent and Samples are empty.
	Chargers []*Charger
	// LastRecord is the id of the newest record; 0 for none.
	LastRecord int64
	// LifeMark is when the server that wrote it was last alive; zero for never.
	LifeMark time.Time
}

// Recalled is what a charger's memory holds beyond the present, read back when
// it first connects after a start of the server.
type Recalled struct {
	Sessions []*Session     // newest last
	Readings []PortReadings // of the newest records with readings, oldest first
	// Notes are the newest (64) RecordNote records of the charger, oldest
	// first; only Kind, Time, Received and Detail need be set.
	Notes []Record
}

// PortReadings are readings of one port.
type PortReadings struct {
	PortNumber int
	Readings   []Reading
}

// StartKey is what makes a StartTransaction the same as an earlier one
// (server-rules 6): the message id does not count.
type StartKey struct {
	ChargerID  ID
	PortNumber int
	Tag        string // compared exactly
	Written    string // the timestamp as written; "" for none
	MeterStart Milli
}
