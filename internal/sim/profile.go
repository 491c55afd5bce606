package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// The purposes of charging profiles. 1.6 calls the first ChargePointMaxProfile.
const (
	purposeMax      = "ChargingStationMaxProfile"
	purposeMax16    = "ChargePointMaxProfile"
	purposeDefault  = "TxDefaultProfile"
	purposeTx       = "TxProfile"
	purposeExternal = "ChargingStationExternalConstraints"
	purposePriority = "PriorityCharging"
	purposeLocal    = "LocalGeneration"
)

// period is a part of a schedule that begins some seconds after its start.
type period struct {
	StartPeriod  int64    `json:"startPeriod"`
	Limit        *float64 `json:"limit"`
	Setpoint     *float64 `json:"setpoint"`
	NumberPhases int      `json:"numberPhases"`
}

// schedule is limits over time.
type schedule struct {
	ID      int64      `json:"id"`
	Start   *time.Time `json:"startSchedule"`
	Seconds int64      `json:"duration"` // 0 for no end
	Unit    string     `json:"chargingRateUnit"`
	Periods []period   `json:"chargingSchedulePeriod"`
}

// profile is a charging profile of any version.
type profile struct {
	ID          int64           `json:"id"`
	ID16        int64           `json:"chargingProfileId"`
	Transaction json.RawMessage `json:"transactionId"`
	Stack       int64           `json:"stackLevel"`
	Purpose     string          `json:"chargingProfilePurpose"`
	Kind        string          `json:"chargingProfileKind"`
	Recurrency  string          `json:"recurrencyKind"`
	ValidFrom   *time.Time      `json:"validFrom"`
	ValidTo     *time.Time      `json:"validTo"`
	Schedules   json.RawMessage `json:"chargingSchedule"`

	schedule schedule
	port     int64           // 0 for all
	since    time.Time       // when it came
	raw      json.RawMessage // as it came, for reports
}

// UnmarshalJSON keeps the text too.
func (p *profile) UnmarshalJSON(b []byte) error {
	type plain profile
	p.raw = bytes.Clone(b)
	return json.Unmarshal(b, (*plain)(p))
}

// read takes the schedule, of which 2.x has a list; the first is used.
func (p *profile) read() bool {
	if p.ID16 != 0 && p.ID == 0 {
		p.ID = p.ID16
	}
	if p.Purpose == purposeMax16 {
		p.Purpose = purposeMax
	}
	if len(p.Schedules) > 0 && p.Schedules[0] == '[' {
		var list []schedule
		if json.Unmarshal(p.Schedules, &list) != nil || len(list) == 0 {
			return false
		}
		p.schedule = list[0]
	} else if json.Unmarshal(p.Schedules, &p.schedule) != nil {
		return false
	}
	periods := p.schedule.Periods
	return len(periods) > 0 && periods[0].StartPeriod == 0 &&
		slices.IsSortedFunc(periods, func(a, b period) int { return cmp.Compare(a.StartPeriod, b.StartPeriod) })
}

// start returns when the schedule that holds at t began; a relative one begins
// with the session.
func (p *profile) start(t, session time.Time) time.Time {
	switch {
	case p.Kind == "Relative" && !session.IsZero():
		return session
	case p.schedule.Start == nil:
		return p.since
	case p.Kind == "Recurring":
		every := 24 * time.Hour
		if p.Recurrency == "Weekly" {
			every *= 7
		}
		begin := *p.schedule.Start
		if n := t.Sub(begin) / every; n > 0 {
			begin = begin.Add(n * every)
		}
		return begin
	}
	return *p.schedule.Start
}

// at returns the period that holds at t, nil for none.
func (p *profile) at(t, session time.Time) *period {
	if p.ValidFrom != nil && t.Before(*p.ValidFrom) || p.ValidTo != nil && !t.Before(*p.ValidTo) {
		return nil
	}
	gone := int64(t.Sub(p.start(t, session)) / time.Second)
	if gone < 0 || p.schedule.Seconds > 0 && gone >= p.schedule.Seconds {
		return nil
	}
	var found *period
	for i := range p.schedule.Periods {
		if p.schedule.Periods[i].StartPeriod <= gone {
			found = &p.schedule.Periods[i]
		}
	}
	return found
}

// next returns the first time after t at which another period may hold; the
// zero time for never.
func (p *profile) next(t, session time.Time) time.Time {
	var first time.Time
	consider := func(at time.Time) {
		if at.After(t) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	start := p.start(t, session)
	consider(start)
	for i := range p.schedule.Periods {
		consider(start.Add(time.Duration(p.schedule.Periods[i].StartPeriod) * time.Second))
	}
	if p.schedule.Seconds > 0 {
		consider(start.Add(time.Duration(p.schedule.Seconds) * time.Second))
	}
	switch {
	case p.Kind == "Recurring" && p.Recurrency == "Weekly":
		consider(start.Add(7 * 24 * time.Hour))
	case p.Kind == "Recurring":
		consider(start.Add(24 * time.Hour))
	}
	if p.ValidFrom != nil {
		consider(*p.ValidFrom)
	}
	if p.ValidTo != nil {
		consider(*p.ValidTo)
	}
	return first
}

// gridVolts and packVolts turn amperes into watts: a phase against neutral, and
// the battery of a DC port.
const (
	gridVolts = 230
	packVolts = 400
)

// watts returns the limit of a period for a charger.
func (p *profile) watts(c *Charger, at *period) (watts, bool) {
	limit := at.Limit
	if limit == nil {
		limit = at.Setpoint
	}
	if limit == nil {
		return 0, false
	}
	if p.schedule.Unit == "W" {
		return watts(*limit), true
	}
	return watts(*limit * float64(c.voltsTimesPhases(at.NumberPhases))), true
}

// voltsTimesPhases returns the power of one ampere; no phases stand for three.
func (c *Charger) voltsTimesPhases(phases int) int {
	if c.cfg.Make.DC {
		return packVolts
	}
	if phases == 0 {
		phases = 3
	}
	return gridVolts * min(phases, max(c.cfg.Make.Phases, 1))
}
