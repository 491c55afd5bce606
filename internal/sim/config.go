package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// ChargerConfig describes one virtual charger. Only Identity is needed; Complete
// fills the rest from a make.
type ChargerConfig struct {
	// Identity is the last segment of the URL; it is percent-encoded there.
	Identity string
	// Password is sent with Basic authentication; "" sends no header.
	Password string

	// Certificate is its client certificate for wss; nil stands for
	// Config.Certificate.
	Certificate *tls.Certificate
	// Protocols are the subprotocols that it offers, the one it likes best
	// first; empty stands for Config.Protocols.
	Protocols []string

	// Make is the charger's type; the zero Make stands for one of Makes.
	Make Make
	// Serial is the serial number; "" makes one from the identity.
	Serial string
	// Firmware is the firmware version; "" stands for the make's.
	Firmware string
	// Ports is the number of connectors, 1 to 32; 0 stands for the make's.
	Ports int
	// MaxPower is what a port can give, in W; 0 stands for the make's.
	MaxPower int
	// MeterStart are the registers of the ports at the start, in Wh; ports
	// without one begin with a believable number.
	MeterStart []int64

	// Misbehave are names of Misbehaviours; empty stands for Config.Misbehave.
	Misbehave []string

	// IDTags are the cards that people present here; empty stands for
	// Config.IDTags.
	IDTags []string
}

// Life says how much happens to a charger. Rates are per hour of simulated
// time; times are simulated times too, which pass Config.Speed times faster
// than the clock.
type Life struct {
	// ArrivalsPerHour is how many vehicles come to a free port in an hour.
	ArrivalsPerHour float64
	// FirstArrivals is the share of ports, 0 to 1, at which a vehicle stands
	// already when the charger starts.
	FirstArrivals float64
	// SessionLength is how long people let their vehicle charge, on average;
	// 0 lets most of them stay until it has what it wants.
	SessionLength time.Duration
	// Haste divides all times that people take: to find their card, to unplug.
	// 0 stands for 1.
	Haste float64
	// UnknownTags is the share of people, 0 to 1, with a card that nobody knows.
	UnknownTags float64

	// SampleInterval is the time between two MeterValues of a session; 0 stands
	// for 60 s.
	SampleInterval time.Duration
	// FaultsPerHour is how often one port of a charger fails and recovers.
	FaultsPerHour float64
	// FaultLength is how long that lasts on average; 0 stands for 5 min.
	FaultLength time.Duration
	// DisconnectsPerHour is how often a charger loses its connection.
	DisconnectsPerHour float64
	// Reboots is the share of lost connections, 0 to 1, that are power cuts.
	Reboots float64
	// OfflineLength is how long it is away on average; 0 stands for 2 min.
	OfflineLength time.Duration
}

// Retry says how a charger repeats. These are times of the clock.
type Retry struct {
	// Attempts is how often a transaction message is sent on connections that
	// hold before it is given up; 0 stands for no end.
	Attempts int
	// Interval is the wait after the first attempt that the server refused or
	// did not answer; it grows with each. 0 stands for 60 s.
	Interval time.Duration
	// NewIDs gives a repeated message a new message id; else it keeps its own.
	NewIDs bool
	// BackOffMin and BackOffMax bound the wait before a charger dials again; it
	// doubles with every attempt that fails. 0 stands for 2 s and 60 s.
	BackOffMin, BackOffMax time.Duration
}

// Config describes a fleet of virtual chargers.
type Config struct {
	// URL is what the identity is appended to, such as ws://HOST:8080/ocpp.
	URL string
	// Chargers are the chargers. When there are none, Count are made up, of
	// mixed makes, with identities of Prefix and a number; Prefix is "SIM-" if
	// empty. Password is theirs.
	Chargers []ChargerConfig
	Count    int
	Prefix   string
	Password string
	// Protocols are the subprotocols that chargers offer, the one they like best
	// first; empty stands for Protocol16 alone. Mixed gives each charger one of
	// them, in turn.
	Protocols []string
	Mixed     bool
	// IDTags are the cards of everybody; empty stands for one, "04A1B2C3D4E5F6".
	IDTags []string

	// Roots are the authorities whose servers chargers trust on wss and https;
	// nil stands for the system's. Certificate is the client certificate of
	// chargers that have none of their own.
	Roots       *x509.CertPool
	Certificate *tls.Certificate
	// Compress offers permessage-deflate on 2.x.
	Compress bool
	// Misbehave are names of Misbehaviours, for chargers that have none of their
	// own.
	Misbehave []string

	// Seed decides about everything that is left to chance.
	Seed uint64
	// Speed is how much faster than the clock vehicles charge and people live.
	// Timestamps are the clock's, so energy rises Speed times faster than power
	// tells. 0 stands for 1.
	Speed float64
	// Ramp is the time over which the chargers start, evenly.
	Ramp time.Duration
	Life Life
	// Retry is for all; its zero value follows OCPP 1.6.
	Retry Retry
	// CallTimeout is how long a charger waits for an answer; 0 stands for 30 s.
	CallTimeout time.Duration

	// LocalAddrs are the addresses that chargers dial from, in turn: one has
	// room for about 28,000 connections. Empty leaves the choice to the system.
	LocalAddrs []netip.Addr
	// Dial opens the network connection of a charger; nil dials TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Observer, if not nil, is told each transaction message and status.
	Observer Observer
	// Log is told what goes wrong; nil stands for silence.
	Log *slog.Logger
}

const (
	defaultSample      = 60 * time.Second
	defaultFault       = 5 * time.Minute
	defaultOffline     = 2 * time.Minute
	defaultRetry       = 60 * time.Second
	defaultBackOffMin  = 2 * time.Second
	defaultBackOffMax  = 60 * time.Second
	defaultCallTimeout = 30 * time.Second
	defaultIDTag       = "04A1B2C3D4E5F6"
	defaultPrefix      = "SIM-"
	maxPorts           = 32
	maxChargers        = 1_000_000
)

// complete fills what is left out and checks the rest.
func (cfg Config) complete() (Config, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return cfg, fmt.Errorf("the URL %q is not one of a WebSocket: it must look like ws://HOST:8080/ocpp", cfg.URL)
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	if len(cfg.IDTags) == 0 {
		cfg.IDTags = []string{defaultIDTag}
	}
	if len(cfg.Chargers) == 0 {
		if cfg.Count < 1 || cfg.Count > maxChargers {
			return cfg, fmt.Errorf("the number of chargers is %d: it must be from 1 to %d", cfg.Count, maxChargers)
		}
		cfg.Chargers = Generate(cfg)
	}
	if len(cfg.Protocols) == 0 {
		cfg.Protocols = []string{Protocol16}
	}
	cfg.Chargers = append([]ChargerConfig(nil), cfg.Chargers...)
	for i := range cfg.Chargers {
		if err := cfg.Chargers[i].complete(cfg, i); err != nil {
			return cfg, err
		}
	}
	if cfg.Speed < 0 || cfg.Ramp < 0 {
		return cfg, errors.New("neither the speed nor the ramp can be negative")
	}
	if err := cfg.Life.check(); err != nil {
		return cfg, err
	}
	setDefault(&cfg.Speed, 1)
	setDefault(&cfg.CallTimeout, defaultCallTimeout)
	setDefault(&cfg.Retry.Interval, defaultRetry)
	setDefault(&cfg.Retry.BackOffMin, defaultBackOffMin)
	setDefault(&cfg.Retry.BackOffMax, max(defaultBackOffMax, cfg.Retry.BackOffMin))
	setDefault(&cfg.Life.Haste, 1)
	setDefault(&cfg.Life.SampleInterval, defaultSample)
	setDefault(&cfg.Life.FaultLength, defaultFault)
	setDefault(&cfg.Life.OfflineLength, defaultOffline)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg, nil
}

func setDefault[T float64 | time.Duration](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}

func (l Life) check() error {
	for _, rate := range []struct {
		name  string
		value float64
	}{
		{"arrivals per hour", l.ArrivalsPerHour}, {"faults per hour", l.FaultsPerHour},
		{"disconnects per hour", l.DisconnectsPerHour}, {"haste", l.Haste},
	} {
		if !(rate.value >= 0) {
			return fmt.Errorf("%s is %v: it cannot be negative", rate.name, rate.value)
		}
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"first arrivals", l.FirstArrivals}, {"unknown tags", l.UnknownTags}, {"reboots", l.Reboots},
	} {
		if !(share.value >= 0 && share.value <= 1) {
			return fmt.Errorf("the share of %s is %v: it must be from 0 to 1", share.name, share.value)
		}
	}
	return nil
}

func (c *ChargerConfig) complete(cfg Config, index int) error {
	if c.Identity == "" {
		return fmt.Errorf("charger %d has no identity", index+1)
	}
	if c.Make == (Make{}) {
		c.Make = Makes[index%len(Makes)]
	}
	if c.Ports == 0 {
		c.Ports = c.Make.Ports
	}
	if c.Ports < 1 || c.Ports > maxPorts {
		return fmt.Errorf("charger %q has %d ports: it must have 1 to %d", c.Identity, c.Ports, maxPorts)
	}
	if c.MaxPower == 0 {
		c.MaxPower = c.Make.MaxPower
	}
	if c.MaxPower < 1000 {
		return fmt.Errorf("charger %q gives %d W: it must be 1000 or more", c.Identity, c.MaxPower)
	}
	if c.Serial == "" {
		c.Serial = serialOf(c.Identity)
	}
	if c.Firmware == "" {
		c.Firmware = c.Make.Firmware
	}
	if len(c.IDTags) == 0 {
		c.IDTags = cfg.IDTags
	}
	if len(c.Misbehave) == 0 {
		c.Misbehave = cfg.Misbehave
	}
	if _, err := mannersOf(c.Misbehave); err != nil {
		return err
	}
	if c.Certificate == nil {
		c.Certificate = cfg.Certificate
	}
	switch {
	case len(c.Protocols) > 0:
	case cfg.Mixed:
		c.Protocols = cfg.Protocols[index%len(cfg.Protocols):][:1]
	default:
		c.Protocols = cfg.Protocols
	}
	for _, p := range c.Protocols {
		if talks[p] == nil {
			return fmt.Errorf("charger %q is to speak %q: it must be one of %s, %s, %s",
				c.Identity, p, Protocol16, Protocol201, Protocol21)
		}
	}
	return nil
}

// Loopbacks returns n addresses of this machine, 127.0.0.2 and on, to dial from.
func Loopbacks(n int) []netip.Addr {
	addrs := make([]netip.Addr, 0, n)
	for a := netip.AddrFrom4([4]byte{127, 0, 0, 2}); len(addrs) < n; a = a.Next() {
		addrs = append(addrs, a)
	}
	return addrs
}
