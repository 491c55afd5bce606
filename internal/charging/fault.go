package charging

import (
	"slices"
	"time"
)

// FaultQuery asks for faults, newest first. All limits hold together.
type FaultQuery struct {
	// Chargers are whose faults are wanted; nil for those of all.
	Chargers []ID
	From, To time.Time // of At, both included; zero for no bound
	After    FaultKey  // of the last fault of the page before; zero for the first page
	Limit    int
}

// FaultKey is where a fault stands in a list.
type FaultKey struct {
	At time.Time
	ID ID
}

// MutedErrors are the error codes of an organization that count as muted
// (contract section 10): those of OCPP or of the vendor.
type MutedErrors struct {
	OrganizationID ID
	Codes          []string
	UpdatedAt      time.Time // zero while nobody set them
}

// Mutes reports whether the status has one of the codes, without regard to
// letter case.
func (m *MutedErrors) Mutes(s *PortStatus) bool {
	return slices.ContainsFunc(m.Codes, func(code string) bool {
		return equalFold(code, s.ErrorCode) || s.VendorErrorCode != "" && equalFold(code, s.VendorErrorCode)
	})
}
