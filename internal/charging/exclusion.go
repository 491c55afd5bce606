package charging

import (
	"strings"
	"time"
)

// ExclusionReason is why an outage does not count (23 CFR 680.116(b)(3)).
type ExclusionReason string

// The reasons for which outages do not count. They are stored.
const (
	ExcludeMaintenance ExclusionReason = "scheduledMaintenance"
	ExcludeVandalism   ExclusionReason = "vandalism"
	ExcludeDisaster    ExclusionReason = "naturalDisaster"
	ExcludeUtility     ExclusionReason = "utilityOutage"
	ExcludeVehicle     ExclusionReason = "vehicleFault"
	ExcludeInternet    ExclusionReason = "internetOutage"
	ExcludeClosed      ExclusionReason = "outsideOperatingHours"
)

// ExclusionReasons lists the reasons.
var ExclusionReasons = []ExclusionReason{ExcludeMaintenance, ExcludeVandalism, ExcludeDisaster, ExcludeUtility, ExcludeVehicle,
	ExcludeInternet, ExcludeClosed}

// ParseExclusionReason returns the reason with that name, else an Invalid error
// that lists them.
func ParseExclusionReason(word string) (ExclusionReason, error) {
	var words []string
	for _, r := range ExclusionReasons {
		if string(r) == word {
			return r, nil
		}
		words = append(words, string(r))
	}
	return "", Errorf(Invalid, "reason: %q is none of %s", word, strings.Join(words, ", "))
}

// Exclusion is a time in which outages do not count against the uptime, once
// somebody confirmed it. Exactly one of the ids is set.
type Exclusion struct {
	ID          ID
	SiteID      ID // all ports of the site's chargers
	ChargerID   ID // all ports of the charger
	PortID      ID
	From, To    time.Time
	Reason      ExclusionReason
	Comment     string // "" for none
	ProposedBy  string
	Confirmed   bool
	ConfirmedBy string // "" while it is not
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Concerns reports whether the exclusion is about a port of a charger.
func (x *Exclusion) Concerns(c *Charger, p *Port) bool {
	return x.PortID == p.ID || x.ChargerID == c.ID || x.SiteID != 0 && x.SiteID == c.SiteID
}

// ExclusionQuery asks for exclusions, newest first.
type ExclusionQuery struct {
	EndAfter    time.Time // whose end is after it; zero for no bound
	StartBefore time.Time // whose start is before it; zero for no bound
	Confirmed   *bool     // nil for both
	Before      ID        // id; 0 for the newest
	Limit       int
}
