package sim

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws/wsflate"
)

// network is how a charger reaches the server, where it was told to change it.
type network struct {
	password *string // "" for what is configured
	slots    map[int64]networkProfile
	url      string // of the slot in use; "" for what is configured
	failures int    // connections in a row that the slot did not make
}

// networkProfile is one slot of SetNetworkProfile.
type networkProfile struct {
	Version  string `json:"ocppVersion"`
	URL      string `json:"ocppCsmsUrl"`
	Profile  int    `json:"securityProfile"`
	Password string `json:"basicAuthPassword"`
}

// networkAttempts is how often a new network profile is tried before the
// charger falls back to what it had (OCPP 2.0.1 B10).
const networkAttempts = 3

// reconnectDelay lets an answer leave before the charger hangs up.
const reconnectDelay = time.Second

// reconnect lets the charger dial again soon, with what it has learnt.
func (c *Charger) reconnect(now instant) {
	c.later(now, reconnectDelay, func(now instant) {
		c.hangUp(now)
		c.dialAt = now + reconnectDelay
	})
}

// hexPassword returns the bytes that an AuthorizationKey of 1.6 stands for.
func hexPassword(key string) string {
	if b, err := hex.DecodeString(key); err == nil {
		return string(b)
	}
	return key
}

func (c *Charger) changePassword(password string, now instant) {
	c.memory().network.password = &password
	c.reconnect(now)
}

// profileNow returns the security profile of the connection.
func (c *Charger) profileNow() int {
	u := c.upgradeLocked()
	switch secure := strings.HasPrefix(u.url, "wss:"); {
	case secure && len(u.tls.Certificates) > 0:
		return 3
	case secure:
		return 2
	case u.password != "":
		return 1
	}
	return 0
}

// mayRaise says whether the charger can go to a security profile: it needs a
// root for 2 and a certificate for 3, and it never goes down.
func (c *Charger) mayRaise(value string) bool {
	n, _ := strconv.Atoi(value)
	if n < c.profileNow() {
		return false
	}
	return n < 3 || c.certificate() != nil
}

func (c *Charger) raise(value string, now instant) {
	n, _ := strconv.Atoi(value)
	net := &c.memory().network
	if url := c.urlNow(); n >= 2 && strings.HasPrefix(url, "ws:") {
		net.url = "wss:" + strings.TrimPrefix(url, "ws:")
	}
	c.reconnect(now)
}

func (c *Charger) urlNow() string {
	if c.mem != nil && c.mem.network.url != "" {
		return c.mem.network.url
	}
	return c.fleet.cfg.URL
}

// certificate returns the client certificate, nil for none.
func (c *Charger) certificate() *tls.Certificate {
	if c.mem != nil && c.mem.keys.own != nil {
		return c.mem.keys.own
	}
	return c.cfg.Certificate
}

func setNetworkProfile(c *Charger, m *struct {
	Slot int64          `json:"configurationSlot"`
	Data networkProfile `json:"connectionData"`
}, _ instant) any {
	url := m.Data.URL
	if !strings.HasPrefix(url, "ws://") && !strings.HasPrefix(url, "wss://") || m.Data.Profile < c.profileNow() {
		return because("Rejected", "InvalidURL")
	}
	net := &c.memory().network
	if net.slots == nil {
		net.slots = make(map[int64]networkProfile)
	}
	net.slots[m.Slot] = m.Data
	return status("Accepted")
}

// knowsSlots says whether each slot of a priority is set; slot 1 is what the
// charger was configured with, until it is.
func (c *Charger) knowsSlots(value string) bool {
	for _, text := range strings.Split(value, ",") {
		slot, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return false
		}
		if _, set := c.memory().network.slots[slot]; !set && slot != 1 {
			return false
		}
	}
	return true
}

// useNetwork takes the first network profile of the priority, at a boot.
func (c *Charger) useNetwork() {
	if c.mem == nil {
		return
	}
	first, _, _ := strings.Cut(c.priority(), ",")
	slot, _ := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	profile, set := c.mem.network.slots[slot]
	if !set {
		c.mem.network.url = ""
		return
	}
	c.mem.network.url, c.mem.network.failures = strings.TrimRight(profile.URL, "/"), 0
	if profile.Password != "" {
		c.mem.network.password = &profile.Password
	}
}

// priority is the order of network profiles as it will hold after this boot.
func (c *Charger) priority() string {
	if v, waits := c.mem.pending[networkPriority.name()]; waits {
		return v
	}
	return c.get(networkPriority)
}

// unreachable counts a connection that a new network profile did not make.
func (c *Charger) unreachable() {
	if c.mem == nil || c.mem.network.url == "" {
		return
	}
	if c.mem.network.failures++; c.mem.network.failures >= networkAttempts {
		c.mem.network.url = ""
	}
}

// upgrade returns how the charger opens its next connection.
func (c *Charger) upgrade() upgrade {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.upgradeLocked()
}

func (c *Charger) upgradeLocked() upgrade {
	u := upgrade{url: c.urlNow(), identity: c.cfg.Identity, password: c.cfg.Password, protocols: c.cfg.Protocols,
		dial: c.fleet.dialerOf(c.index), tls: c.tlsConfig()}
	if c.mem != nil && c.mem.network.password != nil {
		u.password = *c.mem.network.password
	}
	if c.fleet.cfg.Compress && !slices.Equal(u.protocols, []string{Protocol16}) {
		u.extensions = []httphead.Option{wsflate.Parameters{ServerNoContextTakeover: true, ClientNoContextTakeover: true}.Option()}
	}
	if c.wrong != nil {
		for _, fault := range c.wrong.list {
			if fault.shake != nil {
				fault.shake(&u)
			}
		}
	}
	return u
}

// tlsConfig trusts what the fleet and the server's installed roots say.
func (c *Charger) tlsConfig() *tls.Config {
	cfg := &tls.Config{RootCAs: c.fleet.cfg.Roots, MinVersion: tls.VersionTLS12}
	if c.mem != nil && len(c.mem.keys.roots) > 0 {
		if cfg.RootCAs == nil {
			cfg.RootCAs = x509.NewCertPool()
		} else {
			cfg.RootCAs = cfg.RootCAs.Clone()
		}
		for _, r := range c.mem.keys.roots {
			if r.use == "CSMSRootCertificate" || r.use == "CentralSystemRootCertificate" {
				cfg.RootCAs.AddCert(r.cert)
			}
		}
	}
	if own := c.certificate(); own != nil {
		cfg.Certificates = []tls.Certificate{*own}
	}
	return cfg
}
