package charging

import (
	"strconv"
	"strings"
	"time"
)

func itoa(id ID) string { return strconv.FormatInt(id, 10) }

// Access ID types (contract section 7).
const (
	TypeRFID    = "RFID"
	TypeVehicle = "Vehicle"
)

// AccessID is what a charger sends as id tag or token: a card, or a vehicle's
// own identification.
type AccessID struct {
	ID             ID
	OrganizationID ID
	Tag            string // as entered; compared with FoldTag
	Type           string // TypeRFID or TypeVehicle
	Name           string // "" for none
	Revoked        bool
	AuthorizedAt   time.Time
	RevokedAt      time.Time // zero unless Revoked
	ExpiresAt      time.Time // zero for never
	GroupTag       string    // "" for none; told to chargers as parentIdTag
	VehicleID      ID        // 0 for none
	CustomerID     ID        // 0 for none
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// FoldTag returns the form in which tags are compared: OCPP 1.6 idToken is a
// CiString, so letter case does not count; separators do.
func FoldTag(tag string) string { return strings.ToUpper(tag) }

// TagPolicy says what an unknown id tag is answered.
type TagPolicy uint8

const (
	// TagPolicyInherit takes the setting of the site, then of the server.
	TagPolicyInherit TagPolicy = iota
	// TagPolicyReject answers Invalid.
	TagPolicyReject
	// TagPolicyAccept answers Accepted.
	TagPolicyAccept
)

// String returns "", "reject" or "accept".
func (p TagPolicy) String() string {
	switch p {
	case TagPolicyReject:
		return "reject"
	case TagPolicyAccept:
		return "accept"
	default:
		return ""
	}
}

// ParseTagPolicy reads "", "reject" or "accept".
func ParseTagPolicy(s string) (TagPolicy, error) {
	switch s {
	case "":
		return TagPolicyInherit, nil
	case "reject":
		return TagPolicyReject, nil
	case "accept":
		return TagPolicyAccept, nil
	}
	return 0, Errorf(Invalid, "unknown id tags: %q is neither \"reject\" nor \"accept\"", s)
}

// TagStatus is the answer about an id tag, in the words of OCPP 1.6 §7.2.
type TagStatus string

// The statuses of an id tag (OCPP 1.6 §7.2 AuthorizationStatus).
const (
	TagAccepted     TagStatus = "Accepted"
	TagBlocked      TagStatus = "Blocked"
	TagExpired      TagStatus = "Expired"
	TagInvalid      TagStatus = "Invalid"
	TagConcurrentTx TagStatus = "ConcurrentTx"
)

// TagDecision is what a charger is told about an id tag.
type TagDecision struct {
	Status     TagStatus
	GroupTag   string    // "" for none
	ExpiresAt  time.Time // zero for none
	AccessID   ID        // 0 when the tag is unknown
	VehicleID  ID        // the vehicle behind the tag, 0 for none
	CustomerID ID        // the access ID's customer, else the vehicle's; 0 for none
}

// DecideTag answers an id tag. a is the access ID that it was found to be, nil
// when it is unknown, v the access ID's vehicle or nil, policy what applies to
// unknown tags (inherit counts as reject). An empty tag is free vending
// (server-rules 5).
func DecideTag(tag string, a *AccessID, v *Vehicle, policy TagPolicy, now time.Time) TagDecision {
	switch {
	case a == nil && (policy == TagPolicyAccept || tag == ""):
		return TagDecision{Status: TagAccepted}
	case a == nil:
		return TagDecision{Status: TagInvalid}
	}
	d := TagDecision{Status: TagAccepted, GroupTag: a.GroupTag, ExpiresAt: a.ExpiresAt, AccessID: a.ID,
		VehicleID: a.VehicleID, CustomerID: a.CustomerID}
	if d.CustomerID == 0 && v != nil {
		d.CustomerID = v.CustomerID
	}
	switch {
	case a.Revoked:
		d.Status = TagBlocked
	case !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(now):
		d.Status = TagExpired
	}
	return d
}
