package charging

import "time"

// IDSiteLimit is the sequence of the limits of sites. The API knows a limit by
// its UUID; this is its id in the history of the configuration.
const IDSiteLimit IDKind = "siteLimit"

// LimitKind is what a site's power limit is for (contract section 13).
type LimitKind string

// The kinds of limits, in the contract's words. At most one of each is active
// at a site.
const (
	// LimitCapacity is what the site can bear.
	LimitCapacity LimitKind = "capacity"
	// LimitCost is what the site should take because of what power costs.
	LimitCost LimitKind = "cost"
)

// The units of limits, in OCPP's words.
const (
	UnitWatt   = "W"
	UnitAmpere = "A" // of each phase
)

// SiteLimit is a limit of the power that all chargers of a site take together
// (contract section 13).
type SiteLimit struct {
	ID     ID
	UUID   string // by which the API knows it
	SiteID ID
	Kind   LimitKind
	// Limit counts mW or mA, by Unit.
	Limit     Milli
	Unit      string // UnitWatt or UnitAmpere
	Source    string // "api"
	Actor     string // who set it: "key Depot display"
	CreatedAt time.Time
	// RemovedAt is when it was deleted or replaced; zero while it holds.
	RemovedAt time.Time
}

// LimitAnswer is what a charger said to the limit that it was told.
type LimitAnswer string

// The answers of chargers. Their words are stored and shown: never change one.
const (
	LimitUntold       LimitAnswer = ""             // it was never told, or not since it booted
	LimitWaiting      LimitAnswer = "waiting"      // it was told, and the answer is awaited
	LimitAccepted     LimitAnswer = "accepted"     //
	LimitRejected     LimitAnswer = "rejected"     // or answered with an error
	LimitNotSupported LimitAnswer = "notSupported" // it knows no such profiles
	LimitNoAnswer     LimitAnswer = "noAnswer"     // in time, or the connection was lost
	LimitImpossible   LimitAnswer = "impossible"   // no call could be made of it
)

// ChargerLimit is what one charger was told for the sake of its site's limit,
// and what is sure of it since.
type ChargerLimit struct {
	ChargerID ID
	// ProfileID is that of the charging profile: always the same for a charger,
	// so that each one replaces the one before.
	ProfileID int64
	// Unit is that of Told and Bound: UnitWatt or UnitAmpere.
	Unit string
	Told Milli // mW or mA; what the charger was told last
	// Bound is what it surely does not exceed; it counts while Bounded is set.
	// It is more than Told while a lower limit is not accepted.
	Bound   Milli
	Bounded bool
	// SentUnit and Sent are the limit as the profile had it: chargers that take
	// one unit only are told in that.
	SentUnit string
	Sent     Milli
	// Confirmed says that the charger did not boot since it accepted a limit.
	Confirmed  bool
	Answer     LimitAnswer
	Reason     string // for the answer, in plain words; "" for none
	CommandID  ID     // of the last call; 0 for none
	ToldAt     time.Time
	AnsweredAt time.Time
}

// NotePowerLimit is the kind of notes about a site's power limit that a charger
// keeps from being kept, and about its end. They are ours, no message's.
const NotePowerLimit NoteKind = "powerLimit"

// LimitState says how far a site's limit is kept.
type LimitState string

// The states of limits. Their words are shown.
const (
	LimitNone     LimitState = "none"     // the site has no limit
	LimitKept     LimitState = "kept"     // what all chargers count with is within it
	LimitSettling LimitState = "settling" // it will be, once chargers have accepted what they are told
	LimitNotKept  LimitState = "notKept"  // it cannot be kept
)

// SitePower is how the limit of a site is divided over its chargers.
type SitePower struct {
	State   LimitState
	Problem string // why it cannot be kept; "" when it can
	// Limit is the smallest of the site's limits, in mW or mA by Unit; all
	// amounts below are in the same.
	Limit    Milli
	Unit     string
	Sum      Milli // of what the chargers count with
	Chargers []ChargerPower
}

// ChargerPower is the share of one charger.
type ChargerPower struct {
	ChargerID ID
	Name      string
	Connected bool
	Rated     Milli
	Guessed   bool  // the rated power is not known; Rated is the usual one
	Least     Milli // below which it is not limited
	Target    Milli // that it should be told
	Counts    Milli // what it counts with
	// Told is what it was told; nil when it never was.
	Told *ChargerLimit
}
