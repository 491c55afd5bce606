package v201

import (
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

var purposes = map[string]string{
	charging.PurposeCharger: "ChargingStationMaxProfile", charging.PurposeDefault: "TxDefaultProfile", charging.PurposeSession: "TxProfile",
}

// purposes21 are those that only 2.1 has.
var purposes21 = map[string]string{charging.PurposePriority: "PriorityCharging", charging.PurposeLocal: "LocalGeneration"}

func (s speaker) purpose(at, word string) (string, error) {
	if p := purposes[word]; p != "" {
		return p, nil
	}
	if p := purposes21[word]; p != "" && s.table.Version == ocpp.V21 {
		return p, nil
	}
	return "", lacks(at, "only OCPP 2.1 has "+word+"; choose charger, default or session")
}

// startedBefore is how far in the past a profile begins that is to hold from
// now on: a charger whose clock is behind would leave a gap (server-rules 10).
const startedBefore = time.Minute

// profile says a profile in OCPP 2.x. Purpose and kind are what an order takes
// that does not say.
func (s speaker) profile(p *charging.ChargingProfile, f *charging.OrderFacts, purpose, kind string) (object, error) {
	if p.Purpose != "" {
		purpose = p.Purpose
	}
	if p.Kind != "" {
		kind = p.Kind
	}
	word, err := s.purpose("profile.purpose", purpose)
	switch {
	case err != nil:
		return nil, err
	case purpose == charging.PurposeCharger && kind == charging.KindRelative:
		return nil, lacks("profile.kind", "a profile for the charger is not relative to a session; choose absolute or recurring")
	case f.RateUnits != nil && !slices.Contains(f.RateUnits, p.Unit):
		return nil, lacks("profile.unit", "this charger takes limits in "+strings.Join(f.RateUnits, " or ")+" only")
	}
	id := p.ID
	if id == 0 {
		id = f.ProfileID
	}
	begin := p.Start.Time
	if begin.IsZero() && kind == charging.KindAbsolute {
		begin = f.Now.Add(-startedBefore).Truncate(time.Second)
	}
	// A profile has one schedule, which can have the profile's id.
	schedule := object{put("id", id), put("startSchedule", begin)}
	if p.Duration > 0 {
		schedule = append(schedule, put("duration", p.Duration))
	}
	schedule = append(schedule, put("chargingRateUnit", p.Unit), put("chargingSchedulePeriod", periods(p)))
	if p.MinRate != nil {
		schedule = append(schedule, put("minChargingRate", *p.MinRate))
	}
	return object{
		put("id", id), put("stackLevel", p.StackLevel), put("chargingProfilePurpose", word), put("chargingProfileKind", capital(kind)),
		put("recurrencyKind", capital(p.Recurrence)), put("validFrom", p.ValidFrom.Time), put("validTo", p.ValidTo.Time),
		put("chargingSchedule", []object{schedule}),
	}, nil
}

// periods writes the number of phases out: chargers differ in what they take
// for granted.
func periods(p *charging.ChargingProfile) []object {
	list := make([]object, len(p.Periods))
	for i, l := range p.Periods {
		phases := l.Phases
		if phases == 0 {
			phases = 3
		}
		list[i] = object{put("startPeriod", l.After), put("limit", *l.Limit), put("numberPhases", phases)}
	}
	return list
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func (s speaker) setProfile(o *charging.SetProfileOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	port, purpose := o.Port, charging.PurposeDefault
	if o.Session != 0 {
		purpose = charging.PurposeSession
	}
	if o.Profile.Purpose != "" {
		purpose = o.Profile.Purpose
	}
	p, err := s.profile(o.Profile, f, purpose, charging.KindAbsolute)
	if err != nil {
		return nil, err
	}
	if purpose == charging.PurposeSession {
		id, err := transactionOf(f)
		if err != nil {
			return nil, err
		}
		if port = f.Session.PortNumber; port == 0 {
			return nil, charging.Errorf(charging.Conflict, "session: the charger did not tell on which port it runs yet")
		}
		p = append(p, put("transactionId", id))
	}
	return calls(v201.ActionSetChargingProfile, charging.KnownPort(f.Charger, port), put("evseId", port), put("chargingProfile", p))
}

// clearProfile names a profile by its id or by criteria, never by both
// (OCPP 2.0.1 K10).
func (s speaker) clearProfile(o *charging.ClearProfileOrder) ([]charging.OrderCall, error) {
	if o.ID != 0 {
		return calls(v201.ActionClearChargingProfile, nil, put("chargingProfileId", o.ID))
	}
	criteria := object{put("evseId", o.Port)}
	if o.Purpose != "" {
		word, err := s.purpose("purpose", o.Purpose)
		if err != nil {
			return nil, err
		}
		criteria = append(criteria, put("chargingProfilePurpose", word))
	}
	criteria = append(criteria, put("stackLevel", o.StackLevel))
	return calls(v201.ActionClearChargingProfile, nil, put("chargingProfileCriteria", criteria))
}
