package v16

import (
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

var purposes = map[string]string{
	charging.PurposeCharger: "ChargePointMaxProfile", charging.PurposeDefault: "TxDefaultProfile", charging.PurposeSession: "TxProfile",
}

// startedBefore is how far in the past a profile begins that is to hold from
// now on: a charger whose clock is behind would leave a gap (server-rules 10).
const startedBefore = time.Minute

// profile says a profile in OCPP 1.6. Purpose and kind are what an order takes
// that does not say.
func profile(p *charging.ChargingProfile, f *charging.OrderFacts, purpose, kind string) (object, error) {
	if p.Purpose != "" {
		purpose = p.Purpose
	}
	if p.Kind != "" {
		kind = p.Kind
	}
	word := purposes[purpose]
	switch {
	case word == "":
		return nil, lacks("profile.purpose", "only OCPP 2.1 has "+purpose+"; choose charger, default or session")
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
	schedule := object{put("startSchedule", begin), put("chargingRateUnit", p.Unit), put("chargingSchedulePeriod", periods(p))}
	if p.Duration > 0 {
		schedule = append(object{put("duration", p.Duration)}, schedule...)
	}
	if p.MinRate != nil {
		schedule = append(schedule, put("minChargingRate", *p.MinRate))
	}
	return object{
		put("chargingProfileId", id), put("stackLevel", p.StackLevel), put("chargingProfilePurpose", word),
		put("chargingProfileKind", capital(kind)), put("recurrencyKind", capital(p.Recurrence)),
		put("validFrom", p.ValidFrom.Time), put("validTo", p.ValidTo.Time), put("chargingSchedule", schedule),
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

func setProfile(o *charging.SetProfileOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	port, purpose := o.Port, charging.PurposeDefault
	if o.Session != 0 {
		purpose = charging.PurposeSession
	}
	if o.Profile.Purpose != "" {
		purpose = o.Profile.Purpose
	}
	p, err := profile(o.Profile, f, purpose, charging.KindAbsolute)
	if err != nil {
		return nil, err
	}
	if purpose == charging.PurposeSession {
		id, err := transactionOf(f)
		if err != nil {
			return nil, err
		}
		port = f.Session.PortNumber
		p = slices.Insert(p, 1, put("transactionId", id))
	}
	return calls(v16.ActionSetChargingProfile, charging.KnownPort(f.Charger, port), put("connectorId", port), put("csChargingProfiles", p))
}

func clearProfile(o *charging.ClearProfileOrder) ([]charging.OrderCall, error) {
	word := purposes[o.Purpose]
	if word == "" && o.Purpose != "" {
		return nil, lacks("purpose", "only OCPP 2.1 has "+o.Purpose+"; choose charger, default or session")
	}
	var m []ocpp.Field
	if o.ID != 0 {
		m = append(m, put("id", o.ID))
	}
	m = append(m, put("connectorId", o.Port), put("chargingProfilePurpose", word))
	if o.StackLevel != nil {
		m = append(m, put("stackLevel", *o.StackLevel))
	}
	return calls(v16.ActionClearChargingProfile, nil, m...)
}
