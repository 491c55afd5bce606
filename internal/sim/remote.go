package sim

import "time"

// portsOf returns the port with that number, all for 0, and nil when there is
// no such port.
func (c *Charger) portsOf(number int64) []port {
	switch {
	case number == 0:
		return c.ports
	case number < 1 || number > int64(len(c.ports)):
		return nil
	default:
		return c.ports[number-1 : number]
	}
}

// order is the server's wish for a session.
type order struct {
	token, tokenType string
	id               int64 // of RequestStartTransaction
	profile          *profile
}

// remoteStartDelay lies between the answer to a remote start and the session's
// begin.
const remoteStartDelay = 200 * time.Millisecond

// remoteStart begins a session at a port that is free or at which a vehicle
// waits. If there is none yet, a vehicle comes. It returns nil when no port can
// do it.
func (c *Charger) remoteStart(ports []port, o *order, now instant) *port {
	for i := range ports {
		p := &ports[i]
		if !p.startable() || c.reservedForOthers(p, o.token) {
			continue
		}
		if p.phase == vacant {
			c.arrive(p, now)
		}
		p.visit.idTag, p.visit.tokenType, p.visit.remoteStart, p.visit.known = o.token, o.tokenType, o.id, true
		p.phase, p.next = remoteStarting, now+remoteStartDelay
		if o.profile != nil {
			o.profile.port = int64(p.number)
			c.addProfile(o.profile, now)
		}
		return p
	}
	return nil
}

// startable reports whether a session could begin at the port.
func (p *port) startable() bool {
	return !p.inoperative && (p.phase == vacant || p.phase == plugged || p.phase == refused || p.phase == finishing)
}

// remoteStop ends the session that matches; false when there is none.
func (c *Charger) remoteStop(now instant, match func(s *session) bool) bool {
	for i := range c.ports {
		if s := c.ports[i].session; s != nil && match(s) {
			c.endSession(&c.ports[i], now, reasonRemote)
			return true
		}
	}
	return false
}

// resetDelay lets the answer to Reset leave before the charger does.
const resetDelay = time.Second

// reset lets the charger boot again soon.
func (c *Charger) reset(reason string, now instant) {
	c.resetReason, c.resetAt = reason, now+resetDelay
}

// running counts the sessions.
func (c *Charger) running() int {
	n := 0
	for i := range c.ports {
		if c.ports[i].session != nil {
			n++
		}
	}
	return n
}

// resetWhenIdle lets the charger boot as soon as no session runs.
func (c *Charger) resetWhenIdle(now instant) {
	const look = 5 * time.Second
	c.later(now, look, func(now instant) {
		if c.running() > 0 {
			c.resetWhenIdle(now)
			return
		}
		c.reset(reasonSoftReset, now)
	})
}

// setAvailability puts ports in or out of service, and the charger itself when
// whole says so. It returns the status of the answer: a port with a vehicle
// changes when that has left.
func (c *Charger) setAvailability(ports []port, whole, inoperative bool, now instant) string {
	if whole && c.inoperative != inoperative {
		c.inoperative = inoperative
		c.pushStatus(nil)
	}
	answer := "Accepted"
	for i := range ports {
		p := &ports[i]
		p.inoperative = inoperative
		switch {
		case p.phase == faulted:
		case p.phase != vacant:
			answer = "Scheduled"
		case inoperative:
			p.next = never
			c.dropReservation(p)
			c.setFree(p)
		default:
			c.leave(p, now)
		}
	}
	return answer
}

// unlock releases the cable, which ends the session.
func (c *Charger) unlock(p *port, now instant) {
	if p.session != nil {
		c.endSession(p, now, reasonUnlockCommand)
	}
}

// trigger sends messages that the server asked for; false when it knows no
// such message.
func (c *Charger) trigger(message string, ports []port, whole bool, now instant) bool {
	switch message {
	case "BootNotification":
		if c.bootReason == "" {
			c.bootReason = bootTriggered
		}
		c.pushBoot()
	case "Heartbeat":
		c.pushHeartbeat()
	case "StatusNotification":
		c.triggerStatus(ports, whole)
	case "MeterValues":
		for i := range ports {
			c.advance(&ports[i], now)
			c.talk.sample(c, &ports[i], contextTrigger)
		}
	case "FirmwareStatusNotification":
		c.triggerTransfer(c.memory().update, c.talk.firmware)
	case "LogStatusNotification", "DiagnosticsStatusNotification":
		t := c.memory().log
		if t == nil {
			t = &transfer{asked: message == "DiagnosticsStatusNotification"}
		}
		c.talk.logs(c, t, t.statusOr("Idle"))
	case "SignChargePointCertificate", "SignChargingStationCertificate":
		c.signCertificate()
	default:
		return false
	}
	return true
}

func (c *Charger) triggerStatus(ports []port, whole bool) {
	if whole {
		c.pushStatus(nil)
	}
	for i := range ports {
		c.pushStatus(&ports[i])
	}
}

func (c *Charger) triggerTransfer(t *transfer, tell func(*Charger, *transfer, string)) {
	if t == nil {
		t = &transfer{}
	}
	tell(c, t, t.statusOr("Idle"))
}
