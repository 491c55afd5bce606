package sim

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// bootReasons are the words of 2.x for why a charger boots.
const (
	bootPower     = "PowerUp"
	bootRemote    = "RemoteReset"
	bootFirmware  = "FirmwareUpdate"
	bootTriggered = "Triggered"
)

func (c *Charger) pushBoot() {
	reason := c.bootReason
	if reason == "" {
		reason = bootPower
	}
	c.talk.boot(c, reason)
}

// bootAnswered begins to speak, or plans another boot.
func (c *Charger) bootAnswered(f *ocpp.Frame, now instant) {
	accepted, interval := false, time.Duration(0)
	if f.Type == ocpp.CallResult {
		accepted, interval = c.talk.booted(f.Payload)
	}
	if !accepted {
		if interval <= 0 {
			interval = defaultBootRetry
		}
		c.accepted, c.booted = false, false
		c.bootAt = now + interval
		return
	}
	if interval > 0 {
		c.heartbeatInterval = interval
	}
	c.heartbeatAt = now + c.heartbeatInterval
	reason := c.bootReason
	c.booted, c.bootReason = true, ""
	c.accept(now, true)
	c.bootDone(reason)
}

// bootDone tells what is told once after a boot: that an update is finished.
func (c *Charger) bootDone(reason string) {
	if c.talk.certificateType() != "" && reason != bootTriggered {
		c.security("StartupOfTheDevice", reason)
	}
	if c.resume {
		c.resume = false
		for i := range c.ports {
			if p := &c.ports[i]; p.session != nil {
				c.talk.state(c, p, "TxResumed")
			}
		}
	}
	if reason == bootFirmware && c.mem.update != nil {
		t := c.mem.update
		c.mem.update = nil
		c.talk.firmware(c, t, "Installed")
		c.security("FirmwareUpdated", c.firmware())
	}
}

// firmware returns the version that runs.
func (c *Charger) firmware() string {
	if c.mem != nil && c.mem.firmware != "" {
		return c.mem.firmware
	}
	return c.cfg.Firmware
}

// resetNow lets a Reset happen that was accepted before.
func (c *Charger) resetNow(now instant) {
	c.resetAt = never
	if c.bootReason == "" {
		c.bootReason = bootRemote
	}
	c.useNetwork()
	c.reboot(now, c.resetReason, rebootTime)
}

// alignedDue reports the meters of all ports at a full interval of the clock.
func (c *Charger) alignedDue(now instant) {
	c.alignMeters(now)
	for i := range c.ports {
		c.advance(&c.ports[i], now)
		c.talk.sample(c, &c.ports[i], contextClock)
	}
}

// alignMeters sets when clock-aligned meter values are due next.
func (c *Charger) alignMeters(now instant) {
	c.alignedAt = never
	every := c.alignedEvery
	if every <= 0 {
		return
	}
	t := c.fleet.timeOf(now)
	c.alignedAt = now + t.Truncate(every).Add(every).Sub(t)
}
