package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// adminPage is how many rows a page of an administrative list has.
const adminPage = 100

// Administration is what the administration reads and keeps beside the
// configuration; *store.Store is one.
type Administration interface {
	Users(ctx context.Context) ([]charging.User, error)
	// UserByEmail returns the user with an address; nil for none.
	UserByEmail(ctx context.Context, email string) (*charging.User, error)
	// UpdateUsers changes one user. plan sees all as they are; nothing else
	// changes them meanwhile.
	UpdateUsers(ctx context.Context, at time.Time, actor string, plan func([]charging.User) (charging.UserChange, error)) error
	// KeyUses returns when keys were last used, SaveKeyUses stores it.
	KeyUses(ctx context.Context) (map[charging.ID]time.Time, error)
	SaveKeyUses(ctx context.Context, uses map[charging.ID]time.Time) error
	// Audit returns what was changed and commanded, newest first.
	Audit(ctx context.Context, q charging.AuditQuery) ([]charging.AuditRow, error)
	// OrganizationContents counts what is in an organization beside the estate.
	OrganizationContents(ctx context.Context, id charging.ID) (map[string]int, error)
	// Refusals are refused handshakes, newest first.
	Refusals(ctx context.Context, limit int) ([]charging.Refusal, error)
	// FollowRefusals has tell called when some were stored, until stop.
	FollowRefusals(tell func()) (stop func())
}

// Connections closes connections of chargers.
type Connections interface {
	// Dismiss closes the connection of a charger, if there is one, and says why.
	Dismiss(charger charging.ID, why string)
	// ClientCertificate returns what a connected charger showed; nil for none.
	ClientCertificate(charger charging.ID) *charging.ClientCertificate
}

// adminRoutes are the administration. All of it needs the permission manage.
func (a *API) adminRoutes() []route {
	if a.cfg.Configuration == nil || a.cfg.Administration == nil {
		return nil
	}
	var list []route
	for _, routes := range [][]route{
		a.adminOrganizationRoutes(), a.adminSiteRoutes(), a.screenRoutes(), a.adminChargerRoutes(), a.adminPortRoutes(), a.adminUserRoutes(),
		a.adminKeyRoutes(), a.adminRefusedRoutes(), a.adminAuditRoutes(),
	} {
		list = append(list, routes...)
	}
	return list
}

// owned makes a route for what only owners may do, and keys that may manage.
func (a *API) owned(method, path string, answer answerFunc) route {
	return route{method: method, path: path, handle: a.permitted(charging.PermitManage|charging.PermitOwn, answer), cors: true}
}

// managed makes a route that needs the permission manage.
func (a *API) managed(method, path string, answer answerFunc) route {
	return route{method: method, path: path, handle: a.permitted(charging.PermitManage, answer), cors: true}
}

// adminChange plans one change of the configuration.
type adminChange struct {
	e   *fleet.Estate
	ids *fleet.IDs
	key *charging.APIKey
	// Change is what is planned. When it stays empty nothing is stored.
	*charging.Change
}

// changeAs makes one change of the configuration in the name of a key.
func (a *API) changeAs(ctx context.Context, key *charging.APIKey, plan func(*adminChange) error) error {
	return a.cfg.Configuration.Update(ctx, func(e *fleet.Estate, ids *fleet.IDs) (*charging.Change, error) {
		c := &adminChange{e, ids, key, &charging.Change{Actor: actorOf(key), At: time.Now().UTC().Truncate(time.Microsecond)}}
		if err := plan(c); err != nil {
			return nil, err
		}
		if c.empty() {
			return nil, nil
		}
		return c.Change, nil
	})
}

func (c *adminChange) empty() bool {
	return len(c.Organizations)+len(c.Sites)+len(c.Chargers)+len(c.Ports)+len(c.Keys)+len(c.Lives)+
		len(c.RemovedOrganizations)+len(c.RemovedSites)+len(c.RemovedPorts)+len(c.RemovedKeys) == 0
}

// sees reports whether an organization is the key's own or stands below it.
func sees(e *fleet.Estate, key *charging.APIKey, organization charging.ID) bool {
	return e.Organization(organization) != nil && e.Inside(organization, key.OrganizationID)
}

// organizationGiven is the organization that a body names, the key's own by
// default.
func organizationGiven(e *fleet.Estate, key *charging.APIKey, member string, given optional[charging.ID]) (charging.ID, error) {
	if !given.has() {
		return key.OrganizationID, nil
	}
	if !sees(e, key, given.value) {
		return 0, charging.Errorf(charging.Invalid, "%s: there is no organization %d", member, given.value)
	}
	return given.value, nil
}

// siteGiven is a site that a body names, which the key must see whole.
func siteGiven(e *fleet.Estate, key *charging.APIKey, member string, given optional[charging.ID]) (*charging.Site, error) {
	if !given.has() {
		return nil, charging.Errorf(charging.Invalid, "%s: is missing; GET /api/admin/sites lists the sites", member)
	}
	site := e.Site(given.value)
	if site == nil || !auth.ScopeOf(key).WholeSite(e, site) {
		return nil, charging.Errorf(charging.Invalid, "%s: there is no site %d", member, given.value)
	}
	return site, nil
}

// adminCharger returns a charger that the key sees, retired or not.
func adminCharger(e *fleet.Estate, key *charging.APIKey, id charging.ID) (*charging.Charger, error) {
	c := e.AnyCharger(id)
	if c == nil {
		return nil, errNotFound
	}
	if site := e.Site(c.SiteID); site == nil || !auth.ScopeOf(key).Charger(e, site, c.ID) {
		return nil, errNotFound
	}
	return c, nil
}

// nameGiven takes over the name of a thing, which cannot be without one.
func nameGiven(given optional[string], to *string) error {
	if given.given {
		setText(to, &given)
	}
	if *to == "" {
		return charging.Errorf(charging.Invalid, "name: is missing")
	}
	return oneLine("name", *to, maxText)
}

// textGiven takes over a text; null and blanks are none.
func textGiven(member string, given optional[string], most int, to *string) error {
	if !given.given {
		return nil
	}
	setText(to, &given)
	return oneLine(member, *to, most)
}

func oneLine(member, text string, most int) error {
	if wrong := checkText(member, text, most); wrong != nil {
		return wrong.in("")
	}
	if !utf8.ValidString(text) {
		return charging.Errorf(charging.Invalid, "%s: must be text in UTF-8", member)
	}
	return nil
}

// secondsGiven takes over a duration in whole seconds; null takes it back.
func secondsGiven(member string, given optional[int64], most time.Duration, to *time.Duration) error {
	if !given.given {
		return nil
	}
	d := time.Duration(given.value) * time.Second
	if given.has() && (given.value < 1 || given.value > int64(most/time.Second)) {
		return charging.Errorf(charging.Invalid, "%s: must be a whole number from 1 to %d", member, int64(most/time.Second))
	}
	*to = d
	return nil
}

// policyGiven takes over what unknown tags are answered; null inherits.
func policyGiven(given optional[string], to *charging.TagPolicy) error {
	switch {
	case !given.given:
	case given.null, given.value == wordInherit:
		*to = charging.TagPolicyInherit
	case given.value == "accept":
		*to = charging.TagPolicyAccept
	case given.value == "reject":
		*to = charging.TagPolicyReject
	default:
		return charging.Errorf(charging.Invalid, "unknownIdTags: must be accept, reject or inherit")
	}
	return nil
}

const wordInherit = "inherit"

func policyWord(p charging.TagPolicy) string {
	if p == charging.TagPolicyInherit {
		return wordInherit
	}
	return p.String()
}

// secondsOrNull is a duration in seconds, null for none.
func secondsOrNull(d time.Duration) *int64 {
	if d == 0 {
		return nil
	}
	s := int64(d / time.Second)
	return &s
}

// decimalJSON is a number that is kept as text; "" is null.
type decimalJSON string

// MarshalJSON writes the number.
func (d decimalJSON) MarshalJSON() ([]byte, error) { return appendDecimal(nil, string(d)), nil }

// degreesGiven takes over a latitude or longitude; null removes it.
func degreesGiven(member string, given optional[json.Number], most float64, to *string) error {
	if !given.given {
		return nil
	}
	if given.null {
		*to = ""
		return nil
	}
	f, err := given.value.Float64()
	if err != nil || f < -most || f > most {
		return charging.Errorf(charging.Invalid, "%s: must be a number from -%g to %g", member, most, most)
	}
	*to = given.value.String()
	return nil
}

// adminList is a page of what keep wants of a list that is in the order of ids.
func adminList[T, R any](p *parameters, sorted []*T, id func(*T) charging.ID, keep func(*T) bool, row func(*T) R) (listJSON[R], error) {
	behind := p.before()
	if p.err != nil {
		return listJSON[R]{}, p.err
	}
	list := after(sorted, id, behind, adminPage, keep)
	list, next := cutPage(list, adminPage, func(t **T) int64 { return id(*t) })
	rows := make([]R, len(list))
	for i, t := range list {
		rows[i] = row(t)
	}
	return listJSON[R]{rows, pageAfter(next)}, nil
}

// done is the answer to what leaves nothing to show.
func (a *API) done(w http.ResponseWriter, r *http.Request) error {
	a.writeData(w, r, http.StatusOK, dataJSON[struct{}]{})
	return nil
}

// sortByID puts things in the order of their ids.
func sortByID[T any](list []*T, id func(*T) charging.ID) {
	slices.SortFunc(list, func(a, b *T) int { return cmp.Compare(id(a), id(b)) })
}
