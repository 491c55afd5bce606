package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

const (
	searchLimit, mostFound = 20, 100
	// maxSearch is how long a text may be that is searched for, in bytes.
	maxSearch = 200
)

func (a *API) searchRoutes() []route {
	if a.cfg.Sessions == nil {
		return nil
	}
	return []route{{path: "/api/search", handle: a.permitted(charging.PermitRead, a.search), cors: true}}
}

type foundJSON struct {
	Kind     string      `json:"kind"`
	ID       charging.ID `json:"id"`
	Name     string      `json:"name"`
	Matched  matchJSON   `json:"matched"`
	SiteID   *int64      `json:"siteId"`
	SiteName *string     `json:"siteName"`
}

type matchJSON struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// search answers GET /api/search.
func (a *API) search(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	text := strings.TrimSpace(p.text("q"))
	switch {
	case text == "":
		p.wrong("q", "say what to look for, such as a name or a serial number")
	case len(text) > maxSearch:
		p.wrong("q", "must not be longer than %d bytes", maxSearch)
	}
	limit := int(p.integer("limit", 1, mostFound, searchLimit))
	if p.err != nil {
		return p.err
	}
	f := &searcher{e: a.fleet.Estate(), key: key, of: sight{scope: auth.ScopeOf(key)}, text: strings.ToLower(text), limit: limit}
	f.estate()
	if err := a.findSession(r.Context(), f); err != nil {
		return err
	}
	f.people()
	a.writeData(w, r, http.StatusOK, dataJSON[[]foundJSON]{f.best()})
	return nil
}

// The ways in which a text is found in another, best first.
const (
	foundWhole = iota
	foundBeginning
	foundWithin
	foundWays
	foundNowhere = foundWays
)

// searcher looks for a text in what a key sees. It goes through everything, which is
// quick enough without an index, and keeps no more than is answered.
type searcher struct {
	e     *fleet.Estate
	key   *charging.APIKey
	of    sight
	text  string // in small letters
	limit int
	found [foundWays][]foundJSON
}

// field is a text by which a thing may be found.
type field struct{ name, text string }

// look adds a thing when one of its fields holds the text: by the field in which
// it is found best, of several the first.
func (f *searcher) look(fields []field, row func() foundJSON) {
	best, by := foundNowhere, field{}
	for _, one := range fields {
		if way := holds(one.text, f.text); way < best {
			best, by = way, one
		}
	}
	if best == foundNowhere || len(f.found[best]) >= f.limit {
		return
	}
	found := row()
	found.Matched = matchJSON{by.name, by.text}
	f.found[best] = append(f.found[best], found)
}

// estate looks through the sites, then through the chargers.
func (f *searcher) estate() {
	sites := f.sites()
	for _, one := range sites {
		s := one.site
		f.look([]field{{"name", s.Name}, {"locationId", s.LocationID}, {"address", s.Address}}, func() foundJSON {
			return foundJSON{Kind: "site", ID: s.ID, Name: s.Name, SiteID: &s.ID, SiteName: &s.Name}
		})
	}
	for _, one := range sites {
		s := one.site
		for _, slot := range one.slots {
			c := f.e.At(int(slot))
			fields := [...]field{{"name", c.Name}, {"ocppId", c.OCPPID}, {"serialNumber", c.EffectiveSerialNumber()}, {"externalId", c.ExternalID},
				{"manufacturer", c.EffectiveManufacturer()}, {"model", c.EffectiveModel()}}
			f.look(fields[:], func() foundJSON {
				return foundJSON{Kind: "charger", ID: c.ID, Name: c.Name, SiteID: &s.ID, SiteName: &s.Name}
			})
		}
	}
}

// seenSite is a site with the chargers that are seen of it.
type seenSite struct {
	site  *charging.Site
	slots []int32
}

func (f *searcher) sites() []seenSite {
	var list []seenSite
	for site, slots := range f.of.seen(f.e) {
		list = append(list, seenSite{site, slots})
	}
	return list
}

// findSession looks for the session with that id.
func (a *API) findSession(ctx context.Context, f *searcher) error {
	id, err := parseID(f.text)
	if err != nil {
		return nil
	}
	v, err := a.cfg.Sessions.SessionByID(ctx, id)
	if err != nil || v == nil || !v.Shown() {
		return err
	}
	c, unseen := adminCharger(f.e, f.key, v.ChargerID)
	if unseen != nil {
		return nil
	}
	number := strconv.FormatInt(id, 10)
	f.look([]field{{"id", number}}, func() foundJSON {
		row := foundJSON{Kind: "session", ID: id, Name: "Session " + number + " at " + c.Name}
		if s := f.e.Site(c.SiteID); s != nil {
			row.SiteID, row.SiteName = &s.ID, &s.Name
		}
		return row
	})
	return nil
}

// people looks through the access IDs, unless the key is limited: a tag is a
// credential (contract 1.3 no. 7); then through the vehicles.
func (f *searcher) people() {
	if !f.key.Limited() {
		for _, v := range f.e.AccessIDs() {
			if !f.e.Inside(v.OrganizationID, f.key.OrganizationID) {
				continue
			}
			f.look([]field{{"name", v.Name}, {"ocppIdTag", v.Tag}}, func() foundJSON {
				name := v.Name
				if name == "" {
					name = v.Tag
				}
				return foundJSON{Kind: "accessId", ID: v.ID, Name: name}
			})
		}
	}
	for _, v := range f.e.Vehicles() {
		if !f.e.Inside(v.OrganizationID, f.key.OrganizationID) {
			continue
		}
		f.look([]field{{"name", v.Name}, {"vin", v.VIN}, {"licensePlate", v.LicensePlate}}, func() foundJSON {
			return foundJSON{Kind: "vehicle", ID: v.ID, Name: v.DisplayName()}
		})
	}
}

// best is what was found, the best first, as much as was asked for.
func (f *searcher) best() []foundJSON {
	list := []foundJSON{}
	for _, rows := range f.found {
		list = append(list, rows[:min(len(rows), f.limit-len(list))]...)
	}
	return list
}

// holds says in which way a text holds another, which is in small letters and not
// empty.
func holds(text, part string) int {
	if len(text) < len(part) && isASCII(text) {
		return foundNowhere
	}
	at := indexFold(text, part)
	switch {
	case at < 0:
		return foundNowhere
	case at > 0:
		return foundWithin
	case len(text) == len(part) || strings.EqualFold(text, part):
		return foundWhole
	}
	return foundBeginning
}

// indexFold is where a text holds another, which is in small letters, without
// regard to letter case; -1 for nowhere. Plain ASCII, which nearly everything is,
// is not copied.
func indexFold(text, part string) int {
	if !isASCII(text) {
		return strings.Index(strings.ToLower(text), part)
	}
	first := part[0]
	for at := 0; at+len(part) <= len(text); at++ {
		if lower(text[at]) != first {
			continue
		}
		i := 1
		for i < len(part) && lower(text[at+i]) == part[i] {
			i++
		}
		if i == len(part) {
			return at
		}
	}
	return -1
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
