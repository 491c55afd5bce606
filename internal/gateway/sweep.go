package gateway

import (
	"math/rand/v2"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	// sweepEvery is how exactly the rules of time are kept.
	sweepEvery = time.Second
	// restEvery is after how many sweeps those of the crew go home that were
	// not needed.
	restEvery = 5
	// silenceLimit is how long a charger that answers pings may be silent, and
	// the least for any other (DESIGN, silence).
	silenceLimit = 90 * time.Second
	// messageLimit is how long a message in fragments may take: what came of it
	// holds memory that others need.
	messageLimit = 2 * time.Minute
)

// sweep keeps the rules of time for all links from one goroutine: a timer a
// link would cost more than looking at each once a second.
func (g *Gateway) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var links []*link
	ticks := 0
	var clock wallClock
	for {
		select {
		case now := <-ticker.C:
			links = g.links.appendAll(links[:0])
			stalled := g.stalled(now)
			jump := clock.jumped(now)
			if jump != 0 {
				g.log.Warn("the clock of this machine was set", "by", jump.Round(time.Second))
			}
			for _, l := range links {
				if jump != 0 {
					l.moveWith(jump, now)
				}
				g.look(l, now, stalled)
			}
			clear(links)
			if ticks++; ticks%restEvery == 0 {
				g.crew.rest()
			}
		case <-g.ctx.Done():
			g.crew.close()
			return
		}
	}
}

// look applies the rules of time to one link.
func (g *Gateway) look(l *link, now time.Time, stalled bool) {
	if l.isDraining() {
		return
	}
	if stalled {
		// Silence and errors on an open socket would use up the charger's
		// attempts; offline it keeps its queue.
		l.close(statusTryAgainLater, charging.EndedByStore)
		return
	}
	if silent := now.Sub(time.Unix(0, l.lastFrame.Load())); silent >= g.silenceAllowed(l) && wasSetSince(now) == 0 {
		g.metrics.silent.Inc()
		l.cut("silent for " + silent.Round(time.Second).String())
		return
	}
	if begun := l.reader.unfinished.Load(); begun != 0 && now.Sub(time.Unix(0, begun)) >= messageLimit && wasSetSince(now) == 0 {
		l.close(ws.StatusPolicyViolation, "a message was not complete after "+messageLimit.String())
		return
	}
	if g.cfg.PingEvery > 0 && !now.Before(l.nextPing) && !l.berth.pingless.Load() && !l.pingsItself(now) {
		l.lastPing.Store(now.UnixNano())
		l.nextPing = now.Add(g.cfg.PingEvery*9/10 + rand.N(max(1, g.cfg.PingEvery/5)))
		l.writer.sendLater(ws.OpPing, []byte(pingPayload))
	}
	if !l.triggered && now.Sub(l.opened) >= firstCallAfter {
		l.triggered = true
		g.askForBoot(l)
	}
}

// pingsItself reports whether the charger sees to the pings: some lose their
// connection when both sides do.
func (l *link) pingsItself(now time.Time) bool {
	return now.Sub(time.Unix(0, l.pinged.Load())) < 2*l.g.cfg.PingEvery
}

// silenceAllowed is the one silence rule: 90 s for a charger that has answered
// a ping on this connection, else 2.5 heartbeat intervals, never under 90 s.
func (g *Gateway) silenceAllowed(l *link) time.Duration {
	if l.ponged.Load() {
		return silenceLimit
	}
	return max(silenceLimit, g.cfg.Heartbeat*5/2)
}

// askForBoot asks a charger that never booted to do so, once. It is served
// whatever it does about that: some boot only after a power cycle.
func (g *Gateway) askForBoot(l *link) {
	if c := g.fleet.Charger(l.dialog.charger); c == nil || c.Boot != nil || l.dialog.registered() != neverBooted {
		return
	}
	trigger := charging.Call{ChargerID: l.dialog.charger, Action: "TriggerMessage", Background: true,
		Payload: []byte(`{"requestedMessage":"` + l.dialog.protocol.boot + `"}`)}
	go func() {
		a := l.call(g.ctx, trigger)
		l.logger().Info("asked a charger that never booted for its BootNotification", "status", a.Status)
	}()
}
