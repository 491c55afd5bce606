package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Faults is where the errors that chargers reported are kept, and sessions that
// rows refer to; *store.Store is one.
type Faults interface {
	// Faults returns a page, newest first.
	Faults(ctx context.Context, q charging.FaultQuery) ([]charging.Fault, error)
	// SessionByID returns a session; nil when there is none.
	SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error)
	AlertSettings(ctx context.Context) (*charging.AlertSettings, error)
	SaveMutedErrors(ctx context.Context, m charging.MutedErrors, actor string) error
}

const (
	// errorsPage is how many rows a page has (contract section 10).
	errorsPage = 2000
	// maxMutedCodes bounds the codes that an organization mutes.
	maxMutedCodes = 200
)

// errorRoutes are the errors that chargers reported.
func (a *API) errorRoutes() []route {
	if a.cfg.Faults == nil {
		return nil
	}
	const read, manage = charging.PermitRead, charging.PermitManage
	const muted = "/api/admin/organizations/{id}/muted-errors"
	return []route{
		{path: "/api/errors", handle: a.permitted(read, a.listErrors), cors: true},
		{path: muted, handle: a.permitted(manage, unlimited(a.getMutedErrors)), cors: true},
		{method: http.MethodPut, path: muted, handle: a.permitted(manage, unlimited(a.putMutedErrors)), cors: true},
	}
}

// portOfRow is the port of an error or an alert (contract section 2).
type portOfRow struct {
	ID             charging.ID  `json:"id"`
	Name           string       `json:"name"`
	PortNumber     int          `json:"portNumber"`
	MaximumPowerKw *thousandths `json:"maximumPowerKw"`
}

// thousandths is a number in JSON with at most three decimals.
type thousandths int64

// MarshalJSON writes the number.
func (n thousandths) MarshalJSON() ([]byte, error) {
	return charging.AppendThousandths(nil, int64(n)), nil
}

func portRowOf(c *charging.Charger, number int) *portOfRow {
	p := c.Port(number)
	if p == nil {
		return nil
	}
	row := &portOfRow{ID: p.ID, Name: p.Name, PortNumber: p.Number}
	if p.MaxPower > 0 {
		kw := thousandths(p.MaxPower.Thousand())
		row.MaximumPowerKw = &kw
	}
	return row
}

// errorSession is the session of an error.
type errorSession struct {
	ID        charging.ID `json:"id"`
	StartTime instantJSON `json:"startTime"`
	EndTime   instantJSON `json:"endTime"`
}

// errorJSON is an error as the contract shows it (section 10).
type errorJSON struct {
	ID           charging.ID            `json:"id"`
	Timestamp    instantJSON            `json:"timestamp"`
	Code         string                 `json:"ocppErrorCode"`
	VendorCode   *string                `json:"vendorErrorCode"`
	Info         *string                `json:"ocppInfo"`
	Status       string                 `json:"ocppStatus"`
	Category     charging.FaultCategory `json:"errorCategory"`
	Session      *errorSession          `json:"chargingSession"`
	Site         *siteRef               `json:"site"`
	Charger      *chargerRef            `json:"charger"`
	Port         *portOfRow             `json:"port"`
	Organization *organizationRef       `json:"organization"`
}

// listErrors answers GET /api/errors, newest first.
func (a *API) listErrors(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.FaultQuery{From: p.instant("afterTimestamp"), To: p.instant("beforeTimestamp"), Limit: errorsPage + 1,
		Chargers: []charging.ID{}}
	if !q.To.IsZero() { // a time is shown to the millisecond, and kept finer
		q.To = q.To.Truncate(time.Millisecond).Add(time.Millisecond - time.Microsecond)
	}
	at, id := p.timeKey()
	q.After = charging.FaultKey{At: at, ID: id}
	organizations := p.ids("organizationIds")
	e := a.fleet.Estate()
	for _, c := range a.chargersEver(key, p) {
		if inOrganizations(e, c, organizations) {
			q.Chargers = append(q.Chargers, c.ID)
		}
	}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Faults.Faults(r.Context(), q)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > errorsPage {
		list = list[:errorsPage]
		last := &list[errorsPage-1]
		next = timeKeyText(last.At, last.ID)
	}
	rows := make([]errorJSON, len(list))
	sessions := make(map[charging.ID]*charging.Session)
	for i := range list {
		if rows[i], err = a.errorRow(r.Context(), e, &list[i], sessions); err != nil {
			return err
		}
	}
	a.writeData(w, r, http.StatusOK, listJSON[errorJSON]{rows, pageAfter(next)})
	return nil
}

// inOrganizations reports whether a charger belongs to one of them; of none, to
// any.
func inOrganizations(e *fleet.Estate, c *charging.Charger, organizations []charging.ID) bool {
	if len(organizations) == 0 {
		return true
	}
	site := e.Site(c.SiteID)
	return site != nil && slices.Contains(organizations, site.OrganizationID)
}

// timeKey is the cursor of lists whose key is a time and an id.
func (p *parameters) timeKey() (at time.Time, id charging.ID) {
	text := p.cursor()
	if text == "" {
		return at, 0
	}
	at, id, ok := parseTimeKey(text)
	if !ok {
		p.wrongCursor()
	}
	return at, id
}

// parseTimeKey is the reverse of timeKeyText.
func parseTimeKey(text string) (at time.Time, id charging.ID, ok bool) {
	first, second, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(first, 10, 64)
	if err == nil {
		id, err = strconv.ParseInt(second, 10, 64)
	}
	if at = time.UnixMicro(micros).UTC(); err != nil || id <= 0 || timeKeyText(at, id) != text {
		return time.Time{}, 0, false
	}
	return at, id, true
}

func timeKeyText(at time.Time, id charging.ID) string {
	return strconv.FormatInt(at.UnixMicro(), 10) + "." + strconv.FormatInt(id, 10)
}

func (a *API) errorRow(ctx context.Context, e *fleet.Estate, f *charging.Fault, known map[charging.ID]*charging.Session) (errorJSON, error) {
	row := errorJSON{ID: f.ID, Timestamp: instantJSON(f.At), Code: f.Status.ErrorCode, VendorCode: orNull(f.Status.VendorErrorCode),
		Info: orNull(f.Status.Info), Status: string(f.Status.Status), Category: f.Category}
	if c := e.AnyCharger(f.ChargerID); c != nil {
		charger := chargerRefOf(c)
		row.Charger, row.Port = &charger, portRowOf(c, f.PortNumber)
		if s := e.Site(c.SiteID); s != nil {
			site, organization := siteRefOf(s), organizationRefOf(e, s)
			row.Site, row.Organization = &site, &organization
		}
	}
	s, err := a.sessionOfRow(ctx, f.SessionID, known)
	if s != nil {
		row.Session = &errorSession{s.ID, instantJSON(s.StartedAt), instantJSON(s.EndedAt)}
	}
	return row, err
}

// sessionOfRow reads the session that a row refers to, once for all rows.
func (a *API) sessionOfRow(ctx context.Context, id charging.ID, known map[charging.ID]*charging.Session) (*charging.Session, error) {
	if id == 0 {
		return nil, nil
	}
	s, ok := known[id]
	if ok {
		return s, nil
	}
	s, err := a.cfg.Faults.SessionByID(ctx, id)
	if err == nil {
		known[id] = s
	}
	return s, err
}

// mutedJSON are the codes that an organization does not want to hear of.
type mutedJSON struct {
	OrganizationID charging.ID `json:"organizationId"`
	Codes          []string    `json:"codes"`
	UpdatedAt      instantJSON `json:"updatedAt"`
}

// organizationInScope is the organization of the path.
func (a *API) organizationInScope(r *http.Request, key *charging.APIKey) (*charging.Organization, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	e := a.fleet.Estate()
	o := e.Organization(id)
	if o == nil || !e.Inside(id, key.OrganizationID) {
		return nil, errNotFound
	}
	return o, nil
}

// getMutedErrors answers GET /api/admin/organizations/{id}/muted-errors.
func (a *API) getMutedErrors(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	o, err := a.organizationInScope(r, key)
	if err != nil {
		return err
	}
	settings, err := a.cfg.Faults.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	row := mutedJSON{OrganizationID: o.ID, Codes: []string{}}
	for _, m := range settings.Muted {
		if m.OrganizationID == o.ID {
			row.Codes, row.UpdatedAt = append(row.Codes, m.Codes...), instantJSON(m.UpdatedAt)
		}
	}
	a.writeData(w, r, http.StatusOK, dataJSON[mutedJSON]{row})
	return nil
}

// putMutedErrors answers PUT /api/admin/organizations/{id}/muted-errors.
func (a *API) putMutedErrors(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	o, err := a.organizationInScope(r, key)
	if err != nil {
		return err
	}
	var body struct {
		Codes optional[[]string] `json:"codes"`
	}
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	if !body.Codes.has() {
		return wrongMember("codes", "is missing; give a list of error codes, empty for none").in("")
	}
	if len(body.Codes.value) > maxMutedCodes {
		return wrongMember("codes", "has more than "+strconv.Itoa(maxMutedCodes)+" codes").in("")
	}
	codes := []string{}
	for i, code := range body.Codes.value {
		place := "codes[" + strconv.Itoa(i) + "]"
		code = strings.TrimSpace(code)
		if wrong := checkText(place, code, maxText); wrong != nil {
			return wrong.in("")
		}
		if code == "" || strings.EqualFold(code, charging.NoError) {
			return wrongMember(place, "must be an error code of OCPP or of a vendor").in("")
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	m := charging.MutedErrors{OrganizationID: o.ID, Codes: codes, UpdatedAt: time.Now().UTC().Truncate(time.Millisecond)}
	if err := a.cfg.Faults.SaveMutedErrors(r.Context(), m, "key "+key.Name); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[mutedJSON]{mutedJSON{o.ID, codes, instantJSON(m.UpdatedAt)}})
	return nil
}
