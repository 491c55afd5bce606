package charging

// StartOrder asks for charging to start.
type StartOrder struct {
	Port     int              `json:"port"` // 0 for the only one that is free
	Tag      string           `json:"tag"`
	TagType  string           `json:"tagType"`  // in words of OCPP 2.x; "" for Central
	GroupTag string           `json:"groupTag"` // 2.x only; "" for none
	Profile  *ChargingProfile `json:"profile"`  // for the session; nil for none
}

// StopOrder asks for a session to stop.
type StopOrder struct {
	Session ID  `json:"session"` // 0 for the one on Port, or the only one
	Port    int `json:"port"`
}

// UnlockOrder asks for a connector to be unlocked.
type UnlockOrder struct {
	Port      int `json:"port"`      // 0 for the only one
	Connector int `json:"connector"` // 2.x only; 0 for the one in use
}

// ResetOrder asks for a reboot.
type ResetOrder struct {
	// Mode is soft, which ends sessions first (1.6) or waits for them to end
	// (2.x), or hard; "" is soft.
	Mode   string `json:"mode"`
	Port   int    `json:"port"`   // 2.x only; 0 for the whole charger
	Resume bool   `json:"resume"` // 2.1 only: sessions go on afterwards
}

// AvailabilityOrder takes a port or the charger into or out of service.
type AvailabilityOrder struct {
	Port      int   `json:"port"`      // 0 for the whole charger
	Connector int   `json:"connector"` // 2.x only; 0 for the whole port
	Operative *bool `json:"operative"`
}

// TriggerOrder asks for a message.
type TriggerOrder struct {
	// Message is boot, heartbeat, status, meters, session, log, diagnostics,
	// firmware or certificate, or the message's name in OCPP.
	Message   string `json:"message"`
	Port      int    `json:"port"`
	Connector int    `json:"connector"` // 2.x only
}

// ClearCacheOrder empties the charger's memory of tags.
type ClearCacheOrder struct{}

// ReserveOrder keeps a port for a tag.
type ReserveOrder struct {
	ID            int64   `json:"id"`   // 0 for a fresh one; that of a reservation replaces it
	Port          int     `json:"port"` // 0 for any
	Tag           string  `json:"tag"`
	TagType       string  `json:"tagType"`       // 2.x only; "" for Central
	GroupTag      string  `json:"groupTag"`      // "" for none
	Expires       Instant `json:"expires"`       // until when
	ConnectorType string  `json:"connectorType"` // 2.x only, without a port; "" for any
}

// CancelReservationOrder gives a reserved port back.
type CancelReservationOrder struct {
	ID int64 `json:"id"`
}

// The names of the orders.
func (*StartOrder) Name() string             { return "start" }
func (*StopOrder) Name() string              { return "stop" }
func (*UnlockOrder) Name() string            { return "unlock" }
func (*ResetOrder) Name() string             { return "reset" }
func (*AvailabilityOrder) Name() string      { return "availability" }
func (*TriggerOrder) Name() string           { return "trigger" }
func (*ClearCacheOrder) Name() string        { return "clear-cache" }
func (*ReserveOrder) Name() string           { return "reserve" }
func (*CancelReservationOrder) Name() string { return "cancel-reservation" }

func (o *StartOrder) check() error {
	if o.Tag == "" {
		return missing("tag", "name the access ID that the session is for")
	}
	if err := atLeast("port", int64(o.Port), 0); err != nil || o.Profile == nil {
		return err
	}
	if p := o.Profile.Purpose; p != "" && p != PurposeSession {
		return Errorf(Invalid, "profile.purpose: must be session in a start; leave it out")
	}
	return o.Profile.check("profile.")
}

func (o *StopOrder) check() error {
	return first(atLeast("session", o.Session, 0), atLeast("port", int64(o.Port), 0))
}

func (o *UnlockOrder) check() error {
	return first(atLeast("port", int64(o.Port), 0), atLeast("connector", int64(o.Connector), 0))
}

func (o *ResetOrder) check() error {
	return first(oneOf("mode", o.Mode, "soft", "hard"), atLeast("port", int64(o.Port), 0))
}

func (o *AvailabilityOrder) check() error {
	switch {
	case o.Operative == nil:
		return missing("operative", "true takes it into service, false out of it")
	case o.Connector > 0 && o.Port == 0:
		return missing("port", "a connector is one of a port")
	}
	return first(atLeast("port", int64(o.Port), 0), atLeast("connector", int64(o.Connector), 0))
}

func (o *TriggerOrder) check() error {
	switch {
	case o.Message == "":
		return missing("message", "name it: boot, heartbeat, status, meters, session, log, diagnostics, firmware or certificate")
	case o.Connector > 0 && o.Port == 0:
		return missing("port", "a connector is one of a port")
	}
	return first(atLeast("port", int64(o.Port), 0), atLeast("connector", int64(o.Connector), 0))
}

func (o *ClearCacheOrder) check() error { return nil }

func (o *ReserveOrder) check() error {
	switch {
	case o.Tag == "":
		return missing("tag", "name the access ID that the port is kept for")
	case o.Expires.IsZero():
		return missing("expires", "say until when the port is kept, such as 2026-03-02T08:00:00Z")
	case o.ConnectorType != "" && o.Port != 0:
		return Errorf(Invalid, "connectorType: goes without a port only; leave one of them out")
	}
	return first(atLeast("id", o.ID, 0), atLeast("port", int64(o.Port), 0))
}

func (o *CancelReservationOrder) check() error {
	if o.ID == 0 {
		return missing("id", "name the reservation, by the id that it was made with")
	}
	return atLeast("id", o.ID, 0)
}

// StartPort returns the port that a start is for: the named one, else the only
// one, else the only one that is free. Errors are Invalid.
func (o *StartOrder) StartPort(c *Charger) (int, error) {
	if o.Port > 0 {
		return o.Port, KnownPort(c, o.Port)
	}
	if len(c.Ports) == 1 {
		return c.Ports[0].Number, nil
	}
	var free []*Port
	for _, p := range c.Ports {
		if p.Session == nil && (p.Status == nil || p.Status.Status != Faulted && p.Status.Status != StatusUnavailable) {
			free = append(free, p)
		}
	}
	switch {
	case len(c.Ports) == 0:
		return 0, missing("port", "the charger has not told of its ports yet, so name the one to start on")
	case len(free) == 0:
		return 0, missing("port", "no port of the charger is free, so name the one to start on")
	case len(free) > 1:
		return 0, missing("port", "several are free: "+portList(free)+"; name the one to start on")
	}
	return free[0].Number, nil
}

// OnlyPort returns the port that an order is for which names n: that one, else
// the charger's only one. Errors are Invalid.
func OnlyPort(c *Charger, n int) (int, error) {
	if n > 0 {
		return n, KnownPort(c, n)
	}
	if len(c.Ports) == 1 {
		return c.Ports[0].Number, nil
	}
	if len(c.Ports) == 0 {
		return 0, missing("port", "the charger has not told of its ports yet, so name it")
	}
	return 0, missing("port", "the charger has "+portList(c.Ports)+"; name one")
}

// KnownPort refuses a port that the charger does not have. Any port passes of
// one that has not told of them yet.
func KnownPort(c *Charger, n int) error {
	if n == 0 || len(c.Ports) == 0 || c.Port(n) != nil {
		return nil
	}
	return Errorf(Invalid, "port: the charger has no port %d, only %s; a raw command reaches any", n, portList(c.Ports))
}

func portList(ports []*Port) string {
	text := ""
	for i, p := range ports {
		switch {
		case i == 0:
		case i == len(ports)-1:
			text += " and "
		default:
			text += ", "
		}
		text += itoa(int64(p.Number))
	}
	return text
}

// FindSession returns the session that the order is for. Errors are NotFound
// for one that does not run on the charger, Invalid when it is not clear which.
func (o *StopOrder) FindSession(c *Charger) (*Session, error) {
	var open []*Session
	for _, p := range c.Ports {
		if p.Session != nil {
			open = append(open, p.Session)
		}
	}
	open = append(open, c.Floating...)
	for _, s := range open {
		if o.Session != 0 && s.ID == o.Session || o.Session == 0 && o.Port != 0 && s.PortNumber == o.Port {
			return s, nil
		}
	}
	switch {
	case o.Session != 0:
		return nil, Errorf(NotFound, "session: %d does not run on this charger", o.Session)
	case o.Port != 0:
		return nil, Errorf(NotFound, "port: no session runs on port %d", o.Port)
	case len(open) == 0:
		return nil, Errorf(NotFound, "session: none runs on this charger")
	case len(open) > 1:
		return nil, missing("session", "several run on this charger; name one, or its port")
	}
	return open[0], nil
}
