package sim

import "slices"

func setProfile2x(c *Charger, m *struct {
	EVSE    int64   `json:"evseId"`
	Profile profile `json:"chargingProfile"`
}, now instant) any {
	p := &m.Profile
	p.port = m.EVSE
	if reason := c.refuseProfile(p); reason != "" {
		return because("Rejected", reason)
	}
	if c.mem != nil && slices.ContainsFunc(c.mem.profiles, func(o *profile) bool {
		return o.ID != p.ID && o.Stack == p.Stack && o.Purpose == p.Purpose && o.port == p.port && o.overlaps(p)
	}) {
		return because("Rejected", "DuplicateProfile") // K01.FR.06
	}
	c.addProfile(p, now)
	return status("Accepted")
}

// overlaps reports whether two profiles may hold at one time.
func (p *profile) overlaps(o *profile) bool {
	return (p.ValidTo == nil || o.ValidFrom == nil || o.ValidFrom.Before(*p.ValidTo)) &&
		(o.ValidTo == nil || p.ValidFrom == nil || p.ValidFrom.Before(*o.ValidTo))
}

func clearProfile2x(c *Charger, m *struct {
	ID       *int64 `json:"chargingProfileId"`
	Criteria *struct {
		EVSE    *int64 `json:"evseId"`
		Purpose string `json:"chargingProfilePurpose"`
		Stack   *int64 `json:"stackLevel"`
	} `json:"chargingProfileCriteria"`
}, now instant) any {
	n := c.removeProfiles(now, func(p *profile) bool {
		if m.ID != nil {
			return p.ID == *m.ID
		}
		k := m.Criteria
		return k == nil || (k.EVSE == nil || p.port == *k.EVSE) && (k.Purpose == "" || p.Purpose == k.Purpose) &&
			(k.Stack == nil || p.Stack == *k.Stack)
	})
	if n == 0 {
		return status("Unknown")
	}
	return status("Accepted")
}

func getProfiles(c *Charger, m *struct {
	Request  int64  `json:"requestId"`
	EVSE     *int64 `json:"evseId"`
	Criteria struct {
		Purpose string   `json:"chargingProfilePurpose"`
		Stack   *int64   `json:"stackLevel"`
		IDs     []int64  `json:"chargingProfileId"`
		Sources []string `json:"chargingLimitSource"`
	} `json:"chargingProfile"`
}, _ instant) any {
	var found []*profile
	if c.mem != nil {
		for _, p := range c.mem.profiles {
			k := &m.Criteria
			if (m.EVSE == nil || p.port == *m.EVSE) && (k.Purpose == "" || p.Purpose == k.Purpose) &&
				(k.Stack == nil || p.Stack == *k.Stack) && (len(k.IDs) == 0 || slices.Contains(k.IDs, p.ID)) &&
				(len(k.Sources) == 0 || slices.Contains(k.Sources, "CSO")) {
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 {
		return status("NoProfiles")
	}
	for i, p := range found {
		v := object{"requestId": m.Request, "chargingLimitSource": "CSO", "evseId": p.port, "chargingProfile": []any{p.raw}}
		if i < len(found)-1 {
			v["tbc"] = true
		}
		c.says(reportProfiles, v)
	}
	return status("Accepted")
}

func compositeSchedule2x(c *Charger, m *struct {
	EVSE     int64  `json:"evseId"`
	Duration int64  `json:"duration"`
	Unit     string `json:"chargingRateUnit"`
}, now instant) any {
	s, ok := c.composite(m.EVSE, m.Duration, m.Unit, now)
	if !ok {
		return because("Rejected", "UnknownEvse")
	}
	return object{"status": "Accepted", "schedule": object{"evseId": m.EVSE, "duration": m.Duration,
		"scheduleStart": stamp(s.start), "chargingRateUnit": s.unit, "chargingSchedulePeriod": s.periods}}
}
