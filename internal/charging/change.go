package charging

import "time"

// Change is a set of changes to the configuration, made in one transaction.
// Each list holds whole things that replace those with their id or are new.
type Change struct {
	// Base is the configuration version it was planned on; it is refused with
	// Conflict when another change came first. 0 skips the check.
	Base int64
	// Version is the configuration version that it makes; the fleet sets it.
	Version int64
	At      time.Time
	Actor   string // who changed it, for the audit: "import", "key Depot display"

	Organizations []Organization
	Sites         []Site
	Chargers      []ChargerSettings
	Ports         []PortSettings
	AccessIDs     []AccessID
	Vehicles      []Vehicle
	Customers     []Customer
	Keys          []APIKey
	AccessGroups  []AccessGroup
	// RemovedAccessGroups are ids of groups that ceased.
	RemovedAccessGroups []ID
	// RemovedOrganizations are ids that ceased, such as the first, empty
	// organization when an import renumbers it.
	RemovedOrganizations []ID
	// RemovedSites are ids of sites at which no charger stands, retired ones
	// included; RemovedPorts of ports that never had a status or session;
	// RemovedKeys of keys of an organization that ceases.
	RemovedSites, RemovedPorts, RemovedKeys []ID
	// Lives are what operators did with whole chargers. What changes in their
	// settings stands in Chargers.
	Lives []ChargerLife
}

// Permission is a right of an API key; permissions combine as bits.
type Permission uint8

// The permissions (contract 1.4).
const (
	PermitRead Permission = 1 << iota
	PermitControl
	PermitManage
	// PermitOwn is for users, keys and the like. A key has it with PermitManage and
	// does not store it; of users only owners have it.
	PermitOwn
	// PermitScreen is for a screen on a wall: what a site does, and of nobody who
	// charges there. It comes with PermitRead.
	PermitScreen
)

// APIKey is a key to the API. The key's text is not kept, only its hash.
type APIKey struct {
	ID             ID
	OrganizationID ID // sees this organization and those inside it
	Name           string
	Prefix         string   // first characters of the key, to recognise it by
	Hash           [32]byte // SHA-256 of the key's text
	Sites          []ID     // limits; with Chargers a union; both empty: no limit
	Chargers       []ID
	Permissions    Permission
	PerMinute      int // requests a minute; 0 for the server's default
	CreatedAt      time.Time
	RevokedAt      time.Time // zero while it is valid
	ExpiresAt      time.Time // zero for never
}

// Limited reports whether the key is limited to sites or chargers.
func (k *APIKey) Limited() bool { return len(k.Sites) > 0 || len(k.Chargers) > 0 }

// Refusal is one handshake that was refused, kept so that an operator sees why
// a charger does not appear.
type Refusal struct {
	ID       ID
	At       time.Time
	Remote   string // real address
	Request  string // request line, credentials removed
	Identity string // "" when there was none
	Status   int    // HTTP status that was answered
	Reason   string // plain words
	Fix      string // what to do about it
	// Count is how often it happened like this since FirstAt, and At the last
	// time. The store sets both.
	Count   int
	FirstAt time.Time
}

// IDKind names a sequence of ids; each kind counts for itself.
type IDKind string

// The sequences of ids. Their names are stored: never change one.
const (
	IDOrganization IDKind = "organization"
	IDSite         IDKind = "site"
	IDCharger      IDKind = "charger"
	IDPort         IDKind = "port"
	IDSession      IDKind = "session"
	IDTransaction  IDKind = "transaction" // int32: OCPP 1.6 transactionId
	IDAccessID     IDKind = "accessId"
	IDVehicle      IDKind = "vehicle"
	IDCustomer     IDKind = "customer"
	IDKey          IDKind = "key"
	IDRecord       IDKind = "record"
	IDRefusal      IDKind = "refusal"
	IDMessage      IDKind = "message"
	IDCommand      IDKind = "command"
	IDRequest      IDKind = "request" // int32: requestId, remoteStartId
	IDProfile      IDKind = "profile" // int32: chargingProfileId
	IDUpload       IDKind = "upload"
	IDFirmware     IDKind = "firmware"
	IDAlert        IDKind = "alert"
	IDAlertRule    IDKind = "alertRule"
	IDContact      IDKind = "contact"
	IDWebhook      IDKind = "webhook"
	IDDelivery     IDKind = "delivery"
	IDWindow       IDKind = "window"
	IDExclusion    IDKind = "exclusion"
	IDDeparture    IDKind = "departure"
	IDReservation  IDKind = "reservation"
	IDTariffPeriod IDKind = "tariffPeriod"
	IDUser         IDKind = "user"
	IDAccessGroup  IDKind = "accessGroup"
	IDSignIn       IDKind = "signIn"
)
