package gateway

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// registration is how a charger's last boot was answered.
type registration uint32

const (
	neverBooted registration = iota
	accepted
	pending
	rejected
)

// registrationOf reads it from a boot; nil is that of a charger that never
// booted. A charger that ever was accepted stays so over reconnects.
func registrationOf(b *charging.Boot) registration {
	if b == nil {
		return neverBooted
	}
	return registrationNamed(b.Registration)
}

func registrationNamed(answer string) registration {
	switch answer {
	case charging.RegistrationPending:
		return pending
	case charging.RegistrationRejected:
		return rejected
	default:
		return accepted
	}
}

func (d *dialog) registered() registration { return registration(d.registration.Load()) }

// bootAnswered takes notice of the answer to a boot.
func (d *dialog) bootAnswered(out charging.Outcome) {
	d.registration.Store(uint32(registrationNamed(out.Registration)))
	d.expected.Store(nil)
}

// welcomes says how a message is taken before the boot was accepted: with an
// oddity, or not at all, and then why. A charger that never booted is served
// all the same, because some boot only after a power cycle; one that was told
// to wait is refused where the specification wants it (server-rules 4).
func (d *dialog) welcomes(action string) (odd charging.Oddity, why string) {
	if action == d.protocol.boot {
		return "", ""
	}
	switch r := d.registered(); r {
	case neverBooted:
		if d.g.cfg.Strict {
			return "", "send BootNotification first"
		}
		if !d.toldNoBoot.Load() {
			return "no-boot", ""
		}
	case pending, rejected:
		if d.expects(action) {
			return "", ""
		}
		if d.protocol.onlyAccepted || d.g.cfg.Strict {
			return "", "the boot was not accepted yet; send BootNotification again"
		}
		return "not-accepted", ""
	}
	return "", ""
}

// settings returns what answers are made from.
func (d *dialog) settings(out charging.Outcome, v verdict) settings {
	s := settings{now: time.Now(), interval: d.g.cfg.Heartbeat, registration: out.Registration,
		energyPrice: d.g.cfg.EnergyPrice, verdict: v}
	if registrationNamed(out.Registration) != accepted {
		s.interval = d.g.cfg.BootRetry
	}
	return s
}
