package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Two devices with one identity show in two ways, and each raises the alarm, at
// most once in alarmQuiet: their connections replace each other from different
// addresses, more than flapLimit times within flapWindow; or the boots of one
// charger come with serial numbers that take turns within serialWindow.
const (
	flapLimit    = 3
	flapWindow   = time.Minute
	serialWindow = time.Hour
	alarmQuiet   = 10 * time.Minute
)

const duplicateFix = "Give each charger an identity of its own; a copied configuration often brings the old one along."

// replaced takes notice of a link that a newer one of the same charger
// replaced. From the same address that is a reconnect whose end we did not see.
// From different ones, again and again, it is two devices with one identity:
// each throws the other out, and both seem broken.
func (g *Gateway) replaced(old, l *link) {
	g.metrics.replaced.Inc()
	if old.dialog.remote == l.dialog.remote || !g.links.flapped(l.berth, time.Now()) {
		return
	}
	g.duplicate(&l.dialog, "connections from "+old.dialog.remote+" and "+l.dialog.remote+" keep replacing each other")
}

// bootedAs takes notice of the serial number of a boot.
func (g *Gateway) bootedAs(d *dialog, serial string) {
	serial = clip(serial, 100)
	if serial == "" {
		return
	}
	if other := g.links.tookTurns(d.charger, serial, d.generation, time.Now()); other != "" {
		g.duplicate(d, "boots with the serial numbers "+quoted(other)+" and "+quoted(serial)+" take turns")
	}
}

func (g *Gateway) duplicate(d *dialog, how string) {
	g.metrics.duplicates.Inc()
	reason := "two devices seem to use the identity " + quoted(d.identity()) + ": " + how
	g.warn(d, "two devices seem to use one identity", reason, duplicateFix)
}

// warn keeps among the refused handshakes what is wrong with a connection that
// stood, so that people see it where they look for chargers that fail.
func (g *Gateway) warn(d *dialog, what, reason, fix string) {
	identity := d.identity()
	g.log.Warn(what, "identity", identity, "remote", d.remote, "reason", reason, "fix", fix)
	g.refusals.add(charging.Refusal{
		At: time.Now().UTC().Truncate(time.Microsecond), Remote: d.remote, Identity: identity,
		Status: http.StatusSwitchingProtocols, Reason: reason, Fix: fix,
	})
}

// alarms are what is remembered of one charger to tell that two devices use its
// identity.
type alarms struct {
	replacements [flapLimit + 1]time.Time // the last ones, as a ring
	next         int
	// now is the serial number of the last boot, before the one that it took
	// over from on an earlier connection, at turned.
	now, before string
	generation  uint64
	turned      time.Time
	last        time.Time // alarm
}

// due reports whether an alarm may be raised again, and notes it.
func (a *alarms) due(at time.Time) bool {
	if !a.last.IsZero() && at.Sub(a.last) < alarmQuiet {
		return false
	}
	a.last = at
	return true
}

// flapped counts a replacement from another address, and reports whether the
// alarm is due.
func (r *registry) flapped(b *berth, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &b.alarms
	a.replacements[a.next] = at
	a.next = (a.next + 1) % len(a.replacements)
	oldest := a.replacements[a.next] // of the last flapLimit+1
	return !oldest.IsZero() && at.Sub(oldest) <= flapWindow && a.due(at)
}

// tookTurns notes the serial number of a boot. It returns the other one when
// two take turns over different connections, and the alarm is due; else "". A
// device that was exchanged turns once only.
func (r *registry) tookTurns(charger charging.ID, serial string, generation uint64, at time.Time) (other string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.berths[charger]
	if b == nil {
		return ""
	}
	a := &b.alarms
	if strings.EqualFold(a.now, serial) {
		a.generation = generation
		return ""
	}
	if strings.EqualFold(a.before, serial) && a.generation != generation && at.Sub(a.turned) <= serialWindow && a.due(at) {
		other = a.now
	}
	a.before, a.now, a.generation, a.turned = a.now, strings.Clone(serial), generation, at
	return other
}
