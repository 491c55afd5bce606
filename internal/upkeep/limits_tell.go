package upkeep

import (
	"context"
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// limitActor is who tells chargers their limits, in the audit.
const limitActor = "site limit"

// tell tells a charger its limit; l.mu is held. From now on it may take as much
// as it is told, and less only once it has accepted.
func (l *Limits) tell(site charging.ID, c *charging.Charger, t *told, target charging.Milli, unit string) {
	before := t.ChargerLimit
	if t.ProfileID == 0 {
		id, err := l.fleet.NextID(charging.IDProfile)
		if err != nil {
			l.log.Warn("a charger cannot be told its limit", "charger", c.OCPPID, "err", err)
			return
		}
		t.ProfileID = id
	}
	if t.Bounded {
		t.Bound = max(convert(t.Bound, t.Unit, unit), target)
	}
	t.Unit, t.Told, t.Answer, t.Reason, t.ToldAt, t.AnsweredAt = unit, target, charging.LimitWaiting, "", micro(), time.Time{}
	ways := profiles(c, target, unit)
	t.SentUnit, t.Sent, t.CommandID = ways[0].unit, ways[0].limit, 0
	if !l.save(t) {
		t.ChargerLimit = before
		t.after = time.Now().Add(l.cfg.Answer)
		return
	}
	t.busy = true
	// What is known if this is refused: as before, in the unit of now.
	before.Bound, before.Unit = convert(before.Bound, before.Unit, unit), unit
	profile := t.ProfileID
	l.running.Go(func() {
		a := l.send(c, profile, ways)
		l.mu.Lock()
		l.answered(t, &before, a)
		l.mu.Unlock()
		l.kick(site)
	})
}

func micro() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// answer is what came of telling a charger.
type answer struct {
	charging.LimitAnswer
	reason  string
	command charging.ID
	sent    inProfile
	// gone says that the connection ended, so that the charger will come again.
	gone bool
}

// send tells a charger its limit in the ways that there are, until it accepts
// one.
func (l *Limits) send(c *charging.Charger, profile int64, ways []inProfile) (a answer) {
	for _, way := range ways {
		period := map[string]any{"limit": charging.Tenths(way.limit / 100)}
		if way.phases > 0 {
			period["phases"] = way.phases
		}
		body, err := json.Marshal(map[string]any{"profile": map[string]any{"id": profile, "purpose": charging.PurposeCharger,
			"kind": charging.KindAbsolute, "unit": way.unit, "periods": []any{period}}})
		if err != nil {
			return answer{LimitAnswer: charging.LimitImpossible, reason: err.Error(), sent: way}
		}
		a = l.order(c.ID, "charging-profile", body)
		a.sent = way
		if a.LimitAnswer != charging.LimitRejected && a.LimitAnswer != charging.LimitImpossible {
			return a
		}
	}
	return a
}

// order gives an order and waits for its answer.
func (l *Limits) order(charger charging.ID, name string, body []byte) answer {
	ctx, cancel := context.WithTimeout(l.ctx, 2*l.cfg.Answer+time.Minute)
	defer cancel()
	given, err := l.orders.Ask(ctx, charging.CommandRequest{ChargerID: charger, Order: name, Body: body, Actor: limitActor, Timeout: l.cfg.Answer})
	if err != nil {
		kind := charging.LimitImpossible
		if k := charging.KindOf(err); k == charging.Unavailable || k == charging.Internal || k == charging.Conflict {
			kind = charging.LimitNoAnswer
		}
		return answer{LimitAnswer: kind, reason: charging.MessageOf(err)}
	}
	r, err := l.orders.Wait(ctx, given[len(given)-1].ID)
	if err != nil {
		return answer{LimitAnswer: charging.LimitNoAnswer, reason: charging.MessageOf(err), command: given[len(given)-1].ID}
	}
	a := answer{command: r.ID}
	if r.Error != nil {
		a.reason = r.Error.Description
	}
	switch {
	case r.Status == charging.CommandNotConnected || r.Status == charging.CommandConnectionLost:
		a.LimitAnswer, a.gone = charging.LimitNoAnswer, true
	case r.Status != charging.CommandAnswered && r.Status != charging.CommandRefused:
		a.LimitAnswer = charging.LimitNoAnswer
	case r.Outcome == charging.OutcomeAccepted || name == "clear-charging-profile" && r.Outcome == charging.OutcomeNotFound:
		a.LimitAnswer = charging.LimitAccepted
	case r.Outcome == charging.OutcomeNotSupported:
		a.LimitAnswer = charging.LimitNotSupported
	default:
		a.LimitAnswer = charging.LimitRejected
	}
	return a
}

// answered takes note of what a charger said to its limit; before is what was
// known when it was told. l.mu is held.
func (l *Limits) answered(t *told, before *charging.ChargerLimit, a answer) {
	t.busy = false
	t.Answer, t.Reason, t.CommandID, t.SentUnit, t.Sent = a.LimitAnswer, a.reason, a.command, a.sent.unit, a.sent.limit
	if t.Answer != charging.LimitNoAnswer {
		t.AnsweredAt = micro()
	}
	switch a.LimitAnswer {
	case charging.LimitAccepted:
		t.Bound, t.Bounded, t.Confirmed = t.Told, true, true
		t.failed, t.failures = false, 0
	case charging.LimitNoAnswer:
		// It may have it or not. One that booted since may have forgotten the
		// one before, too.
		t.Bounded = t.Bounded && (t.Confirmed || a.gone)
		l.rest(t, min(l.cfg.Again<<min(t.failures, 10), l.cfg.Refused))
	default:
		t.Bound, t.Bounded = before.Bound, before.Bounded && t.Confirmed
		l.rest(t, l.cfg.Refused)
	}
	l.save(t)
}

// rest leaves a charger that failed alone for a while; l.mu is held.
func (l *Limits) rest(t *told, wait time.Duration) {
	t.failed, t.after = true, time.Now().Add(wait)
	t.failures++
	if c := l.fleet.Estate().Charger(t.ChargerID); c != nil {
		l.later(c.SiteID, wait)
	}
}

// clear takes the limit of a charger away whose site has none any more; l.mu is
// held.
func (l *Limits) clear(site charging.ID, t *told, reachable bool) {
	switch {
	case t.busy:
		return
	case t.ProfileID == 0:
		l.forget(t)
		return
	case !reachable || time.Now().Before(t.after):
		return
	}
	t.Bounded, t.Confirmed, t.Answer, t.Reason, t.ToldAt, t.AnsweredAt = false, false, charging.LimitWaiting, "", micro(), time.Time{}
	if !l.save(t) {
		t.after = time.Now().Add(l.cfg.Answer)
		return
	}
	t.busy = true
	profile := t.ProfileID
	l.running.Go(func() {
		body, _ := json.Marshal(map[string]int64{"id": profile})
		a := l.order(t.ChargerID, "clear-charging-profile", body)
		l.mu.Lock()
		l.cleared(t, a)
		l.mu.Unlock()
		l.kick(site)
	})
}

// cleared takes note of what a charger said to the end of its limit; l.mu is
// held.
func (l *Limits) cleared(t *told, a answer) {
	t.busy = false
	t.Answer, t.Reason, t.CommandID = a.LimitAnswer, a.reason, a.command
	switch a.LimitAnswer {
	case charging.LimitAccepted, charging.LimitNotSupported:
		l.forget(t)
		return
	case charging.LimitNoAnswer:
		l.rest(t, min(l.cfg.Again<<min(t.failures, 10), l.cfg.Refused))
	default:
		l.rest(t, l.cfg.Refused)
	}
	l.save(t)
}

// forget drops what a charger was told; l.mu is held.
func (l *Limits) forget(t *told) {
	if err := l.store.RemoveChargerLimit(l.ctx, t.ChargerID); err != nil {
		l.log.Error("the end of a charger's power limit could not be stored", "charger", t.ChargerID, "err", err)
		return
	}
	delete(l.told, t.ChargerID)
}
