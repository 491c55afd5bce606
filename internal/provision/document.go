package provision

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Document is an estate file. Zero values mean that the file says nothing, or
// null: neither ever removes what is known.
type Document struct {
	// Server is the id of the server whose ids the file holds; "" when unknown.
	Server        string
	Organizations []Organization
	Sites         []Site
	Customers     []Customer
	Vehicles      []Vehicle
	AccessIDs     []AccessID
	// Notes are things that were ignored and that the operator should know of.
	Notes []Note
}

// Note is a remark about one place of the file.
type Note struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// none stands for "no organization named" and "no parent named".
const none = -1

// Organization is an organization that the file names somewhere.
type Organization struct {
	Path   string
	ID     charging.ID
	Name   string
	Parent int // index in Document.Organizations, or none
}

// Site is a row of "data".
type Site struct {
	Path         string
	ID           charging.ID
	Name         string
	Address      string
	Timezone     string
	LocationID   string
	UnknownTags  string // "", "reject", "accept", or "inherit" to take the setting back
	Wishes       Wishes
	Organization int // index in Document.Organizations, or none
	Chargers     []Charger
}

// Wishes are what the file says of the configuration of a site's chargers.
type Wishes struct {
	Measurands     string         // "inherit" takes the setting back
	SampleInterval *time.Duration // nil when the file does not say; 0 takes the setting back
	Heartbeat      *time.Duration // likewise
	Offline        string         // "", "yes", "no", or "inherit" to take the setting back
}

// Charger is a row of a site's "chargers".
type Charger struct {
	Path         string
	ID           charging.ID
	Name         string
	OCPPID       string
	ExternalID   string
	Manufacturer string
	Model        string
	SerialNumber string
	Firmware     string
	Latitude     string
	Longitude    string
	Type         string
	UnknownTags  string // as Site.UnknownTags
	Password     string
	PasswordHash string
	AssumeOCPP16 *bool // nil when the file does not say
	HandsOff     *bool // likewise
	CallTimeout  *time.Duration
	Fingerprint  string // 64 hex digits, or "none" to take the binding back
	Ports        []Port
}

// Port is a row of a charger's "ports".
type Port struct {
	Path          string
	ID            charging.ID
	Number        int
	Name          string
	MaxPower      charging.Milli
	ConnectorType string
}

// Customer is a row of "customers".
type Customer struct {
	Path         string
	ID           charging.ID
	Name         string
	Organization int
}

// Vehicle is a row of "vehicles", or the "vehicle" of an access ID.
type Vehicle struct {
	Path         string
	ID           charging.ID
	Name         string
	Make         string
	Model        string
	VIN          string
	LicensePlate string
	Customer     string // by name
	Organization int
}

// AccessID is a row of "accessIds".
type AccessID struct {
	Path         string
	ID           charging.ID
	Tag          string
	Type         string
	Name         string
	Status       string // "", "Authorized" or "Revoked"
	GroupTag     string
	AuthorizedAt time.Time
	RevokedAt    time.Time
	ExpiresAt    time.Time
	CreatedAt    time.Time
	Vehicle      *Vehicle // nil when the file names none
	Customer     string   // by name
	Organization int
}
