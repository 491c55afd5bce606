package httpapi

import (
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// change is what is shown otherwise in one estate than in the one before.
type change struct {
	seq         uint64 // see journal
	before, now *fleet.Estate
	chargers    []changedCharger // there are in now
	sites       []charging.ID    // whose own members changed, or that are new
	left        []departure
}

type changedCharger struct {
	*charging.Charger
	reasons reasons
	moved   bool // it was not at this place before
}

// departure is a charger or a site that left the place where it was seen.
type departure struct {
	seq     uint64
	at      time.Time
	charger charging.ID // 0: the site itself
	site    charging.Site
	within  chain
}

// chain is the organization of a place and those around it: an auth.Hierarchy
// of the past that knows this one place.
type chain []charging.ID

// Inside reports whether ancestor is in the chain.
func (c chain) Inside(_, ancestor charging.ID) bool { return slices.Contains(c, ancestor) }

func chainOf(e *fleet.Estate, org charging.ID) chain {
	c := chain{org}
	for o := e.Organization(org); o != nil && o.ParentID != 0 && !slices.Contains(c, o.ParentID); o = e.Organization(o.ParentID) {
		c = append(c, o.ParentID)
	}
	return c
}

// compare says what changed from one estate to the next.
func compare(before, now *fleet.Estate) *change {
	c := &change{before: before, now: now}
	if !before.SameDirectory(now) {
		c.compareConfigured()
		return c
	}
	for was, is := range now.Changed(before) {
		if why := whyChanged(was, is); why != 0 {
			c.chargers = append(c.chargers, changedCharger{is, why, false})
		}
	}
	return c
}

// compareConfigured compares estates of different configurations.
func (c *change) compareConfigured() {
	moved := c.compareSites()
	for slot := range c.now.Len() {
		is := c.now.At(slot)
		was := c.before.Charger(is.ID)
		switch {
		case was == nil:
			c.chargers = append(c.chargers, changedCharger{is, becauseConfiguration, true})
			continue
		case was.SiteID != is.SiteID || moved[is.SiteID]:
			c.leave(was.ID, was.SiteID)
			c.chargers = append(c.chargers, changedCharger{is, whyChanged(was, is) | becauseConfiguration, true})
			continue
		}
		why := whyChanged(was, is)
		if c.renamed(was, is) {
			why |= becauseConfiguration
		}
		if why != 0 {
			c.chargers = append(c.chargers, changedCharger{is, why, false})
		}
	}
	for slot := range c.before.Len() {
		if was := c.before.At(slot); c.now.Charger(was.ID) == nil {
			c.leave(was.ID, was.SiteID)
		}
	}
}

// compareSites finds the sites that changed, and returns those that others see
// now than before.
func (c *change) compareSites() (moved map[charging.ID]bool) {
	moved = make(map[charging.ID]bool)
	for _, is := range c.now.Sites() {
		was := c.before.Site(is.ID)
		if was == nil {
			c.sites = append(c.sites, is.ID)
			continue
		}
		if !slices.Equal(chainOf(c.before, was.OrganizationID), chainOf(c.now, is.OrganizationID)) {
			moved[is.ID] = true
			c.leave(0, was.ID)
		}
		if moved[is.ID] || !sameHead(c.before, was, c.now, is) {
			c.sites = append(c.sites, is.ID)
		}
	}
	for _, was := range c.before.Sites() {
		if c.now.Site(was.ID) == nil {
			c.leave(0, was.ID)
		}
	}
	return moved
}

func sameHead(e *fleet.Estate, a *charging.Site, f *fleet.Estate, b *charging.Site) bool {
	return string(appendSiteMembers(nil, e, a)) == string(appendSiteMembers(nil, f, b))
}

// leave notes that a charger, or with 0 the site itself, left its place in the
// estate before.
func (c *change) leave(charger, site charging.ID) {
	s := c.before.Site(site)
	if s == nil {
		return // a charger of no site was never seen
	}
	c.left = append(c.left, departure{charger: charger, site: *s, within: chainOf(c.before, s.OrganizationID)})
}

// renamed reports whether the sessions of a charger show other names.
func (c *change) renamed(was, is *charging.Charger) bool {
	for _, p := range is.Ports {
		s := p.Session
		if s == nil || was.Port(p.Number) == nil {
			continue
		}
		if string(appendNames(nil, c.before, s)) != string(appendNames(nil, c.now, s)) {
			return true
		}
	}
	return false
}

func appendNames(dst []byte, e *fleet.Estate, s *charging.Session) []byte {
	dst = appendVehicle(dst, e.Vehicle(s.VehicleID))
	dst = appendRFID(dst, e.AccessID(s.AccessID))
	return appendCustomer(dst, e.Customer(s.CustomerID))
}

// empty reports whether nothing changed that anybody is shown.
func (c *change) empty() bool { return len(c.chargers)+len(c.sites)+len(c.left) == 0 }
