package charging

// ChargingProfile is a limit of power over time, in plain words.
type ChargingProfile struct {
	ID int64 `json:"id"` // 0 for a fresh one; that of a profile replaces it
	// StackLevel ranks profiles of one purpose: the highest counts.
	StackLevel int64 `json:"stackLevel"`
	// Purpose is charger (all ports together), default (each session of a port)
	// or session (the one that runs); in 2.1 also priority and localGeneration.
	// "" is what fits the order.
	Purpose string `json:"purpose"`
	// Kind is absolute, relative to the start of the session, or recurring; ""
	// is absolute, and relative in a start.
	Kind       string         `json:"kind"`
	Recurrence string         `json:"recurrence"` // daily or weekly, of a recurring one
	ValidFrom  Instant        `json:"validFrom"`
	ValidTo    Instant        `json:"validTo"`
	Start      Instant        `json:"start"`    // of the first period; zero for now
	Duration   int64          `json:"duration"` // in seconds; 0 for no end
	Unit       string         `json:"unit"`     // A for each phase, or W for all together
	MinRate    *Tenths        `json:"minRate"`  // below which charging is no use; nil for none
	Periods    []ProfileLimit `json:"periods"`
}

// ProfileLimit is a limit that holds until the next one.
type ProfileLimit struct {
	After  int64   `json:"after"` // seconds after the start of the profile
	Limit  *Tenths `json:"limit"`
	Phases int     `json:"phases"` // 0 for 3
}

// The purposes of a profile.
const (
	PurposeCharger  = "charger"
	PurposeDefault  = "default"
	PurposeSession  = "session"
	PurposePriority = "priority"
	PurposeLocal    = "localGeneration"
)

// The kinds of a profile.
const (
	KindAbsolute  = "absolute"
	KindRelative  = "relative"
	KindRecurring = "recurring"
)

// SetProfileOrder gives the charger a profile.
type SetProfileOrder struct {
	Port    int              `json:"port"`    // 0 for the whole charger
	Session ID               `json:"session"` // that it is for; 0 for none
	Profile *ChargingProfile `json:"profile"`
}

// ClearProfileOrder takes profiles away: the one with that id, or all that fit
// what is said besides; without anything, all.
type ClearProfileOrder struct {
	ID         int64  `json:"id"`
	Port       *int   `json:"port"`    // 0 is the charger; nil for any
	Purpose    string `json:"purpose"` // see ChargingProfile; "" for any
	StackLevel *int64 `json:"stackLevel"`
}

// CompositeScheduleOrder asks what limit results from all profiles.
type CompositeScheduleOrder struct {
	Port     int    `json:"port"`     // 0 for the whole charger
	Duration int64  `json:"duration"` // in seconds
	Unit     string `json:"unit"`     // A or W; "" as the charger likes
}

// The names of the orders.
func (*SetProfileOrder) Name() string        { return "charging-profile" }
func (*ClearProfileOrder) Name() string      { return "clear-charging-profile" }
func (*CompositeScheduleOrder) Name() string { return "composite-schedule" }

func (p *ChargingProfile) check(path string) error {
	if err := first(
		oneOf(path+"purpose", p.Purpose, PurposeCharger, PurposeDefault, PurposeSession, PurposePriority, PurposeLocal),
		oneOf(path+"kind", p.Kind, KindAbsolute, KindRelative, KindRecurring),
		oneOf(path+"recurrence", p.Recurrence, "daily", "weekly"),
		oneOf(path+"unit", p.Unit, "A", "W"),
		atLeast(path+"id", p.ID, 0), atLeast(path+"stackLevel", p.StackLevel, 0), atLeast(path+"duration", p.Duration, 0),
	); err != nil {
		return err
	}
	switch {
	case p.Unit == "":
		return missing(path+"unit", "A limits each phase, W all phases together")
	case p.Kind == KindRecurring && p.Recurrence == "":
		return missing(path+"recurrence", "say daily or weekly")
	case p.Kind == KindRecurring && p.Start.IsZero():
		return missing(path+"start", "a recurring profile begins at a time, such as 2026-03-02T22:00:00Z")
	case p.Kind == KindRelative && !p.Start.IsZero():
		return Errorf(Invalid, "%sstart: a relative profile begins with its session; leave it out", path)
	case len(p.Periods) == 0:
		return missing(path+"periods", `give at least one, such as {"limit": 16}`)
	case p.Periods[0].After != 0:
		return Errorf(Invalid, "%speriods[0].after: must be 0, the first limit holds from the start", path)
	}
	for i, l := range p.Periods {
		at := path + "periods[" + itoa(int64(i)) + "]."
		switch {
		case l.Limit == nil:
			return missing(at+"limit", "in the unit of the profile")
		case *l.Limit < 0:
			return Errorf(Invalid, "%slimit: must be at least 0", at)
		case i > 0 && l.After <= p.Periods[i-1].After:
			return Errorf(Invalid, "%safter: must be later than the one before", at)
		case l.Phases < 0 || l.Phases > 3:
			return Errorf(Invalid, "%sphases: must be from 1 to 3", at)
		}
	}
	return nil
}

func (o *SetProfileOrder) check() error {
	if o.Profile == nil {
		return missing("profile", `give it, such as {"unit": "A", "periods": [{"limit": 16}]}`)
	}
	if err := first(o.Profile.check("profile."), atLeast("port", int64(o.Port), 0), atLeast("session", o.Session, 0)); err != nil {
		return err
	}
	switch p := o.Profile.Purpose; {
	case p == PurposeCharger && o.Port != 0:
		return Errorf(Invalid, "port: a profile for the charger holds for all ports; leave it out, or choose purpose default")
	case p == PurposeSession && o.Port == 0 && o.Session == 0:
		return missing("session", "name the session that the profile is for, or its port")
	case p != "" && p != PurposeSession && o.Session != 0:
		return Errorf(Invalid, "profile.purpose: must be session for a profile of one session")
	}
	return nil
}

func (o *ClearProfileOrder) check() error {
	if err := oneOf("purpose", o.Purpose, PurposeCharger, PurposeDefault, PurposeSession, PurposePriority, PurposeLocal); err != nil {
		return err
	}
	if o.ID != 0 && (o.Port != nil || o.Purpose != "" || o.StackLevel != nil) {
		return Errorf(Invalid, "id: names one profile; leave port, purpose and stackLevel out")
	}
	if o.Port != nil {
		return atLeast("port", int64(*o.Port), 0)
	}
	return atLeast("id", o.ID, 0)
}

func (o *CompositeScheduleOrder) check() error {
	if o.Duration <= 0 {
		return missing("duration", "say how many seconds to look ahead, such as 86400")
	}
	return first(oneOf("unit", o.Unit, "A", "W"), atLeast("port", int64(o.Port), 0))
}
