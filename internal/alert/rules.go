package alert

import (
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// book is what the rules say, at one time.
type book struct {
	*charging.AlertSettings
	now time.Time
	// maintained are the chargers that are under maintenance now.
	maintained map[charging.ID]bool
}

// place is where something happened.
type place struct {
	organization charging.ID
	site         *charging.Site // nil for none
	charger      *charging.Charger
}

func placeOf(e *fleet.Estate, c *charging.Charger) (place, bool) {
	site := e.Site(c.SiteID)
	if site == nil {
		return place{}, false
	}
	return place{site.OrganizationID, site, c}, true
}

// rulesFor returns the rules that hold for a kind of alerts at a place: those of
// its organization and of the ones it stands in. While none of them has a rule for
// the kind, the defaults hold: everybody is told.
func (b *book) rulesFor(e *fleet.Estate, kind charging.AlertKind, at place) []*charging.AlertRule {
	var found []*charging.AlertRule
	any := false
	for i := range b.Rules {
		r := &b.Rules[i]
		if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, kind) || !e.Inside(at.organization, r.OrganizationID) {
			continue
		}
		any = true
		if holdsAt(r, at) {
			found = append(found, r)
		}
	}
	if !any {
		return []*charging.AlertRule{{OrganizationID: at.organization, Thresholds: charging.DefaultThresholds(), Everyone: true}}
	}
	return found
}

func holdsAt(r *charging.AlertRule, at place) bool {
	if len(r.Sites) == 0 && len(r.Chargers) == 0 {
		return true
	}
	return at.site != nil && slices.Contains(r.Sites, at.site.ID) || at.charger != nil && slices.Contains(r.Chargers, at.charger.ID)
}

// byThreshold groups rules that say the same, so that an incident is raised once
// for each threshold, lowest first.
func byThreshold(rules []*charging.AlertRule, thresholds func(*charging.AlertThresholds) []int) (order []int, groups map[int][]*charging.AlertRule) {
	groups = make(map[int][]*charging.AlertRule)
	for _, r := range rules {
		for _, t := range thresholds(&r.Thresholds) {
			if !slices.Contains(groups[t], r) {
				groups[t] = append(groups[t], r)
			}
		}
	}
	for t := range groups {
		order = append(order, t)
	}
	slices.Sort(order)
	return order, groups
}

// muted reports whether all rules are muted.
func (b *book) muted(rules []*charging.AlertRule) bool {
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(r *charging.AlertRule) bool { return !r.MutedUntil.After(b.now) })
}

// recipients are the contacts that the rules have told, without those that are
// muted.
func (b *book) recipients(e *fleet.Estate, rules []*charging.AlertRule, organization charging.ID) []*charging.Contact {
	var told []*charging.Contact
	for i := range b.Contacts {
		c := &b.Contacts[i]
		if c.MutedUntil.After(b.now) || !e.Inside(organization, c.OrganizationID) {
			continue
		}
		wanted := slices.ContainsFunc(rules, func(r *charging.AlertRule) bool {
			return !r.MutedUntil.After(b.now) && (r.Everyone || slices.Contains(r.Contacts, c.ID))
		})
		if wanted {
			told = append(told, c)
		}
	}
	return told
}

// hooksFor are the webhooks that are told of an event of an organization.
func (b *book) hooksFor(e *fleet.Estate, event string, organization charging.ID) []*charging.Webhook {
	var told []*charging.Webhook
	for i := range b.Webhooks {
		if w := &b.Webhooks[i]; w.Wants(event) && e.Inside(organization, w.OrganizationID) {
			told = append(told, w)
		}
	}
	return told
}

// wanted reports whether any webhook is told of an event.
func (b *book) wanted(event string) bool {
	return slices.ContainsFunc(b.Webhooks, func(w charging.Webhook) bool { return w.Wants(event) })
}

// mutes reports whether the organization, or one that it stands in, muted the
// error.
func (b *book) mutes(e *fleet.Estate, organization charging.ID, s *charging.PortStatus) bool {
	return slices.ContainsFunc(b.Muted, func(m charging.MutedErrors) bool {
		return m.Mutes(s) && e.Inside(organization, m.OrganizationID)
	})
}
