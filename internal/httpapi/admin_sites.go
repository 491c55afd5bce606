package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const (
	maxAddress    = 500
	maxMeasurands = 1000
	maxInterval   = 24 * time.Hour // of what chargers are to do again and again
)

// adminSiteRoutes are sites. A key that is limited to sites may change those,
// but neither make nor remove any.
func (a *API) adminSiteRoutes() []route {
	const path = "/api/admin/sites"
	return []route{
		a.managed(http.MethodGet, path, a.adminSites),
		a.managed(http.MethodPost, path, unlimited(a.addSite)),
		a.managed(http.MethodGet, path+"/{id}", a.adminSite),
		a.managed(http.MethodPatch, path+"/{id}", a.changeSite),
		a.managed(http.MethodDelete, path+"/{id}", unlimited(a.removeSite)),
	}
}

type adminSiteJSON struct {
	ID             charging.ID `json:"id"`
	OrganizationID charging.ID `json:"organizationId"`
	Name           string      `json:"name"`
	Address        *string     `json:"address"`
	Timezone       string      `json:"timezone"`
	LocationID     *string     `json:"locationId"`
	UnknownIDTags  string      `json:"unknownIdTags"`
	Measurands     *string     `json:"measurands"`
	SampleInterval *int64      `json:"sampleIntervalSeconds"`
	Heartbeat      *int64      `json:"heartbeatSeconds"`
	Offline        *string     `json:"offlineAuthorization"`
	Chargers       int         `json:"numberOfChargers"`
	Retired        int         `json:"numberOfRetiredChargers"`
}

func adminSiteRow(e *fleet.Estate, s *charging.Site) adminSiteJSON {
	lo, hi := e.Slots(s.ID)
	return adminSiteJSON{ID: s.ID, OrganizationID: s.OrganizationID, Name: s.Name, Address: orNull(s.Address), Timezone: s.Timezone,
		LocationID: orNull(s.LocationID), UnknownIDTags: policyWord(s.UnknownTags), Measurands: orNull(s.Wishes.Measurands),
		SampleInterval: secondsOrNull(s.Wishes.SampleInterval), Heartbeat: secondsOrNull(s.Wishes.Heartbeat),
		Offline: orNull(s.Wishes.Offline), Chargers: hi - lo, Retired: retiredAt(e, s.ID)}
}

// retiredAt counts the retired chargers of a site.
func retiredAt(e *fleet.Estate, site charging.ID) (n int) {
	for _, c := range e.Retired() {
		if c.SiteID == site {
			n++
		}
	}
	return n
}

func siteOf(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.Site, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	site := e.Site(id)
	if site == nil || !auth.ScopeOf(key).WholeSite(e, site) {
		return nil, errNotFound
	}
	return site, nil
}

// adminSites answers GET /api/admin/sites, by id.
func (a *API) adminSites(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e, scope := a.fleet.Estate(), auth.ScopeOf(key)
	list, err := adminList(parametersOf(r), e.Sites(), func(s *charging.Site) charging.ID { return s.ID },
		func(s *charging.Site) bool { return scope.WholeSite(e, s) },
		func(s *charging.Site) adminSiteJSON { return adminSiteRow(e, s) })
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

// adminSite answers GET /api/admin/sites/{id}.
func (a *API) adminSite(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	s, err := siteOf(e, r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminSiteJSON]{adminSiteRow(e, s)})
	}
	return err
}

type siteBody struct {
	OrganizationID optional[charging.ID] `json:"organizationId"`
	Name           optional[string]      `json:"name"`
	Address        optional[string]      `json:"address"`
	Timezone       optional[string]      `json:"timezone"`
	LocationID     optional[string]      `json:"locationId"`
	UnknownIDTags  optional[string]      `json:"unknownIdTags"`
	Measurands     optional[string]      `json:"measurands"`
	SampleInterval optional[int64]       `json:"sampleIntervalSeconds"`
	Heartbeat      optional[int64]       `json:"heartbeatSeconds"`
	Offline        optional[string]      `json:"offlineAuthorization"`
}

// apply takes over what was given, all but the organization.
func (b *siteBody) apply(s *charging.Site) error {
	for _, err := range []error{
		nameGiven(b.Name, &s.Name),
		textGiven("address", b.Address, maxAddress, &s.Address),
		textGiven("locationId", b.LocationID, maxText, &s.LocationID),
		timezoneGiven(b.Timezone, &s.Timezone),
		policyGiven(b.UnknownIDTags, &s.UnknownTags),
		measurandsGiven(b.Measurands, &s.Wishes.Measurands),
		secondsGiven("sampleIntervalSeconds", b.SampleInterval, maxInterval, &s.Wishes.SampleInterval),
		secondsGiven("heartbeatSeconds", b.Heartbeat, maxInterval, &s.Wishes.Heartbeat),
		offlineGiven(b.Offline, &s.Wishes.Offline),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func timezoneGiven(given optional[string], to *string) error {
	if given.given {
		*to = given.value
	}
	if _, err := time.LoadLocation(*to); *to == "" || *to == "Local" || err != nil {
		return charging.Errorf(charging.Invalid, "timezone: must be an IANA name like America/Los_Angeles or UTC")
	}
	return nil
}

func measurandsGiven(given optional[string], to *string) error {
	if !given.given {
		return nil
	}
	list := strings.ReplaceAll(given.value, " ", "")
	if list != "" && slices.Contains(strings.Split(list, ","), "") {
		return charging.Errorf(charging.Invalid,
			"measurands: has an empty place between commas; write it like Energy.Active.Import.Register,Power.Active.Import,SoC")
	}
	*to = list
	return oneLine("measurands", list, maxMeasurands)
}

func offlineGiven(given optional[string], to *string) error {
	switch {
	case !given.given:
	case given.null, given.value == wordInherit:
		*to = ""
	case given.value == "yes", given.value == "no":
		*to = given.value
	default:
		return charging.Errorf(charging.Invalid, "offlineAuthorization: must be yes, no or inherit")
	}
	return nil
}

// addSite answers POST /api/admin/sites.
func (a *API) addSite(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b siteBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	made := charging.Site{Timezone: "UTC"}
	if err := b.apply(&made); err != nil {
		return err
	}
	err := a.changeAs(r.Context(), key, func(c *adminChange) (err error) {
		if made.OrganizationID, err = organizationGiven(c.e, key, "organizationId", b.OrganizationID); err != nil {
			return err
		}
		made.ID, err = c.ids.Next(charging.IDSite)
		c.Sites = []charging.Site{made}
		return err
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminSiteJSON]{adminSiteRow(a.fleet.Estate(), &made)})
	}
	return err
}

// changeSite answers PATCH /api/admin/sites/{id}.
func (a *API) changeSite(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := siteOf(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b siteBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var next charging.Site
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := siteOf(c.e, r, key)
		if err != nil {
			return err
		}
		next = *old
		if err := b.apply(&next); err != nil {
			return err
		}
		if b.OrganizationID.has() && b.OrganizationID.value != old.OrganizationID {
			if err := moveSite(c, &next, b.OrganizationID); err != nil {
				return err
			}
		}
		if next != *old {
			c.Sites = []charging.Site{next}
		}
		return nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminSiteJSON]{adminSiteRow(a.fleet.Estate(), &next)})
	}
	return err
}

// moveSite gives a site to another organization, in which its chargers' external
// ids must be free.
func moveSite(c *adminChange, s *charging.Site, to optional[charging.ID]) (err error) {
	if c.key.Limited() {
		return errLimited
	}
	if s.OrganizationID, err = organizationGiven(c.e, c.key, "organizationId", to); err != nil {
		return err
	}
	taken := make(map[string]bool)
	for slot := range c.e.Len() {
		other := c.e.At(slot)
		if other.ExternalID != "" && other.SiteID != s.ID && c.e.Site(other.SiteID).OrganizationID == s.OrganizationID {
			taken[other.ExternalID] = true
		}
	}
	for charger := range c.e.Chargers(s.ID) {
		if taken[charger.ExternalID] {
			return charging.Errorf(charging.Conflict, "organizationId: that organization has a charger with the external id %q already", charger.ExternalID)
		}
	}
	return nil
}

// removeSite answers DELETE /api/admin/sites/{id}: a site at which no charger
// stands, retired ones included, since past sessions are shown by where their
// charger stands. Retired chargers can be moved to another site.
func (a *API) removeSite(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		s, err := siteOf(c.e, r, key)
		if err != nil {
			return err
		}
		lo, hi := c.e.Slots(s.ID)
		var held []string
		if hi > lo {
			held = append(held, amount(hi-lo, "charger"))
		}
		if n := retiredAt(c.e, s.ID); n > 0 {
			held = append(held, amount(n, "retired charger"))
		}
		if held != nil {
			return charging.Errorf(charging.Invalid, "The site is not empty: it holds %s; move them to another site", strings.Join(held, ", "))
		}
		c.RemovedSites = []charging.ID{s.ID}
		return nil
	})
	if err != nil {
		return err
	}
	return a.done(w, r)
}
