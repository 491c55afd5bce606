package gateway

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// replaced takes notice of a link that a newer one of the same charger
// replaced. From the same address that is a reconnect whose end we did not see.
// From different ones, again and again, it is two devices with one identity:
// each throws the other out, and both seem broken.
func (g *Gateway) replaced(old, l *link) {
	g.metrics.replaced.Inc()
	if old.remote == l.remote {
		return
	}
	now := time.Now()
	if !g.links.flapped(l.berth, now) {
		return
	}
	g.metrics.duplicates.Inc()
	identity := ""
	if c := g.fleet.Charger(l.dialog.charger); c != nil {
		identity = c.OCPPID
	}
	reason := "two devices seem to use the identity " + quoted(identity) + ": connections from " + old.remote +
		" and " + l.remote + " keep replacing each other"
	const fix = "Give each charger an identity of its own; a copied configuration often brings the old one along."
	g.log.Warn("two devices seem to use one identity", "identity", identity, "remote", l.remote, "other", old.remote, "fix", fix)
	g.refusals.add(charging.Refusal{
		At: now.UTC().Truncate(time.Microsecond), Remote: l.remote, Identity: identity,
		Status: 101, Reason: reason, Fix: fix,
	})
}
