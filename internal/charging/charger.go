package charging

import "time"

// Charger types (contract 3.4 no. 15).
const (
	DCFC   = "DCFC"
	Level2 = "Level 2"
)

// ChargerSettings is what operators say of a charger.
type ChargerSettings struct {
	ID           ID
	SiteID       ID
	Name         string
	OCPPID       string // identity in the WebSocket URL; unique on the server; "" while unknown
	ExternalID   string // "" for none; unique in its organization
	Manufacturer string // "" while nobody set it; then the reported one shows
	Model        string
	SerialNumber string
	Firmware     string // imported; the reported one wins as soon as there is one
	Latitude     string // decimal degrees as JSON number text; "" for none
	Longitude    string
	Type         string // DCFC, Level2, or "" while nobody set it
	UnknownTags  TagPolicy
	PasswordHash string // auth's form; "" for a charger without a password
	// NextPasswordHash is that of a password that the charger is being given:
	// until its answer is known both are valid. "" for none.
	NextPasswordHash string
	// Fingerprint is the SHA-256 of the client certificate that the charger is
	// bound to, in hex; "" for none: then its names decide.
	Fingerprint string
	// CallTimeout is how long the charger has to answer; 0 for the server's.
	CallTimeout time.Duration
	// HandsOff leaves the charger's configuration and local list alone.
	HandsOff bool
	// AssumeOCPP16 serves a charger that offers no WebSocket subprotocol.
	AssumeOCPP16 bool
	// RetiredAt is when it was taken out of service for good; zero while it
	// serves. A retired charger is not let in, and its identity and external id
	// are free for others.
	RetiredAt time.Time
}

// Retired reports whether the charger was taken out of service for good.
func (c *ChargerSettings) Retired() bool { return !c.RetiredAt.IsZero() }

// Boot is what a charger reported of itself in its last BootNotification.
type Boot struct {
	At           time.Time
	Manufacturer string
	Model        string
	SerialNumber string
	Firmware     string
	ICCID        string
	IMSI         string
	MeterType    string
	MeterSerial  string
	Reason       string // of the boot, 2.x; "" for none
	Protocol     string // of the connection it came over
	// Registration is how it was answered; "" is RegistrationAccepted.
	Registration string
}

// Connection is whether a charger is connected, and since when.
type Connection struct {
	Connected bool
	// Since is the time of the last change; when disconnected, the last sign
	// of life (contract 3.4 no. 19 and 20).
	Since time.Time
	// Opened is when the present or last socket was accepted; unlike Since it
	// moves when a socket replaces another.
	Opened   time.Time
	Protocol string // "ocpp1.6"; of the present or last connection
	Remote   string // address of the present or last connection
	Profile  int    // security profile of the present or last connection
}

// ClientCertificate is what a charger proved with which TLS certificate.
type ClientCertificate struct {
	Subject   string // as RFC 2253 writes it
	ExpiresAt time.Time
}

// Charger is one charging station: settings, what it reported of itself, its
// connection and its ports. It is immutable once published.
type Charger struct {
	ChargerSettings
	Boot       *Boot       // nil until it booted
	Connection *Connection // nil until it ever connected
	Status     *PortStatus // of the station itself (connector 0), or nil
	Ports      []*Port     // by number
	// Problems are those that are active on the station itself (2.x).
	Problems []Problem
	// NextBoot is how the next boot is answered; "" is RegistrationAccepted.
	// It holds for one boot.
	NextBoot string
	// Profile is the lowest security profile that is accepted: the highest one
	// over which the charger ever booted, unless an operator set another.
	Profile int
	// Floating are open sessions of 2.x whose port the charger did not tell
	// yet, oldest first.
	Floating []*Session
	// Version is the id of the last record of this charger or its ports. It
	// only rises, and is the same after a restart.
	Version int64
	// Recent are the sessions of this charger that closed lately, newest
	// last, by which repeats and late messages are known.
	Recent []*Session
	// ConnectedAs is the generation of the connection that speaks for it; 0
	// when none does. It is not stored.
	ConnectedAs uint64
	// Flushing is set while a charger that reconnected may still be sending
	// what it queued. It is not stored.
	Flushing bool
	// Notes are hashes of the security events noted lately, by which a repeat
	// is known. Only the committer reads it.
	Notes []uint64
	// Warm says that Recent, Notes and the ports' Samples were read back from the
	// store since the server started. It is not stored.
	Warm bool
}

// Port returns the port with that number, or nil.
func (c *Charger) Port(number int) *Port {
	for _, p := range c.Ports {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// fastPower is the power from which a port can only be a DC port.
const fastPower Milli = 25_000_000

// EffectiveType is the type that the API shows: the one set, else DCFC with a
// CCS1, CCS2 or CHAdeMO port or any port over 25 kW, else Level 2
// (contract 3.4 no. 15).
func (c *Charger) EffectiveType() string {
	if c.Type != "" {
		return c.Type
	}
	for _, p := range c.Ports {
		switch p.ConnectorType {
		case "CCS1", "CCS2", "CHAdeMO":
			return DCFC
		}
		if p.MaxPower > fastPower {
			return DCFC
		}
	}
	return Level2
}

// ConnectorType is the connector type that the API shows for a port: the one
// set, else CCS1 on a DCFC and J1772 on a Level 2 (contract 3.4 no. 24).
func (c *Charger) ConnectorType(p *Port) string {
	switch {
	case p.ConnectorType != "":
		return p.ConnectorType
	case c.EffectiveType() == DCFC:
		return "CCS1"
	default:
		return "J1772"
	}
}

// Reported values show unless an operator set them (contract 3.4 no. 11).

// EffectiveManufacturer is the manufacturer that the API shows; "" for none.
func (c *Charger) EffectiveManufacturer() string {
	if c.Manufacturer != "" || c.Boot == nil {
		return c.Manufacturer
	}
	return c.Boot.Manufacturer
}

// EffectiveModel is the model that the API shows; "" for none.
func (c *Charger) EffectiveModel() string {
	if c.Model != "" || c.Boot == nil {
		return c.Model
	}
	return c.Boot.Model
}

// EffectiveSerialNumber is the serial number that the API shows; "" for none.
func (c *Charger) EffectiveSerialNumber() string {
	if c.SerialNumber != "" || c.Boot == nil {
		return c.SerialNumber
	}
	return c.Boot.SerialNumber
}

// EffectiveFirmware is the firmware version that the API shows: always the
// latest boot's, else the one set; "" for none.
func (c *Charger) EffectiveFirmware() string {
	if c.Boot != nil && c.Boot.Firmware != "" {
		return c.Boot.Firmware
	}
	return c.Firmware
}
