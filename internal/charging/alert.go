package charging

import (
	"slices"
	"time"
)

// The five kinds of alerts of the contract, a closed set (contract section 9).
const (
	AlertLowBattery        AlertKind = "lowBattery"
	AlertChargingCompleted AlertKind = "chargingCompleted"
	AlertSessionError      AlertKind = "chargingSessionError"
	AlertOfflineCharger    AlertKind = "offlineCharger"
	AlertLateCharging      AlertKind = "lateCharging"
)

// Our own kinds, which only /api/admin/alerts shows.
const (
	AlertDuplicateIdentity AlertKind = "duplicateIdentity"
	AlertClockSkew         AlertKind = "clockSkew"
	AlertSecurityEvent     AlertKind = "securityEvent"
	AlertFirmwareFailed    AlertKind = "firmwareFailed"
	AlertRebooting         AlertKind = "rebooting"
)

// ContractAlerts are the kinds of GET /api/alerts.
var ContractAlerts = []AlertKind{AlertLowBattery, AlertChargingCompleted, AlertSessionError, AlertOfflineCharger, AlertLateCharging}

// AlertKinds are all kinds, the contract's first.
var AlertKinds = append(slices.Clone(ContractAlerts), AlertDuplicateIdentity, AlertClockSkew, AlertSecurityEvent,
	AlertFirmwareFailed, AlertRebooting)

// AlertQuery asks for alerts, newest first. All limits hold together.
type AlertQuery struct {
	// Organizations and Chargers are whose alerts are wanted: an alert of a
	// charger goes by Chargers, one of none by Organizations. Nil for all.
	Organizations map[ID]bool
	Chargers      map[ID]bool
	Kinds         []AlertKind // empty for all
	Contacts      []ID        // for whom it was; empty for all
	Muted         bool        // those too
	From          time.Time   // of At, excluded: alerts after it
	After         AlertKey    // of the last alert of the page before
	Limit         int
}

// AlertKey is where an alert stands in a list.
type AlertKey struct {
	At time.Time
	ID ID
}

// AlertRule says what an organization, and those inside it, want to know, from
// when on, and who is told.
type AlertRule struct {
	ID             ID
	OrganizationID ID
	Name           string
	Kinds          []AlertKind // empty for all
	Thresholds     AlertThresholds
	// Sites and Chargers limit it; with both a union, with neither it holds for
	// all of the organization.
	Sites, Chargers []ID
	// Everyone has all contacts of the organization told, else Contacts.
	Everyone bool
	Contacts []ID
	// MutedUntil is until when nobody is told; its alerts are kept as muted.
	MutedUntil time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// AlertThresholds are from when on something is an alert.
type AlertThresholds struct {
	OfflineMinutes    int   // a charger is gone for so long
	LowBatteryPercent int   // the vehicle's charge is at or below it
	CompletedPercents []int // the vehicle's charge reached one of them
	LateMinutes       int   // charging ends so long after the departure
}

// DefaultThresholds hold for an organization without rules.
func DefaultThresholds() AlertThresholds {
	return AlertThresholds{OfflineMinutes: 15, LowBatteryPercent: 10, CompletedPercents: []int{80, 100}, LateMinutes: 10}
}

// AlertSettings is all that alerts are raised and sent by.
type AlertSettings struct {
	Rules    []AlertRule
	Contacts []Contact
	Webhooks []Webhook
	Muted    []MutedErrors
}
