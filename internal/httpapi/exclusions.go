package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Exclusions is where it is kept which outages do not count.
type Exclusions interface {
	// Exclusions returns a page, newest first.
	Exclusions(ctx context.Context, q charging.ExclusionQuery) ([]charging.Exclusion, error)
	// Exclusion returns the exclusion with that id; nil for none.
	Exclusion(ctx context.Context, id charging.ID) (*charging.Exclusion, error)
	AddExclusion(ctx context.Context, x charging.Exclusion, actor string) (*charging.Exclusion, error)
	// ChangeExclusion has an exclusion changed; an error of change leaves it as
	// it is.
	ChangeExclusion(ctx context.Context, id charging.ID, actor string, change func(*charging.Exclusion) error) (*charging.Exclusion, error)
	RemoveExclusion(ctx context.Context, id charging.ID, at time.Time, actor string) error
}

const exclusionsPage = 100

type exclusionJSON struct {
	ID          charging.ID  `json:"id"`
	SiteID      *charging.ID `json:"siteId"`
	ChargerID   *charging.ID `json:"chargerId"`
	PortID      *charging.ID `json:"portId"`
	Start       instantJSON  `json:"startTimestamp"`
	End         instantJSON  `json:"endTimestamp"`
	Reason      string       `json:"reason"`
	Comment     *string      `json:"comment"`
	ProposedBy  string       `json:"proposedBy"`
	Confirmed   bool         `json:"confirmed"`
	ConfirmedBy *string      `json:"confirmedBy"`
	CreatedAt   instantJSON  `json:"createdAt"`
	UpdatedAt   instantJSON  `json:"updatedAt"`
}

func exclusionRow(x *charging.Exclusion) exclusionJSON {
	return exclusionJSON{ID: x.ID, SiteID: idOrNull(x.SiteID), ChargerID: idOrNull(x.ChargerID), PortID: idOrNull(x.PortID),
		Start: instantJSON(x.From), End: instantJSON(x.To), Reason: string(x.Reason), Comment: orNull(x.Comment), ProposedBy: x.ProposedBy,
		Confirmed: x.Confirmed, ConfirmedBy: orNull(x.ConfirmedBy), CreatedAt: instantJSON(x.CreatedAt), UpdatedAt: instantJSON(x.UpdatedAt)}
}

// exclusionBody is the body of a POST or PATCH about an exclusion.
type exclusionBody struct {
	SiteID     optional[charging.ID] `json:"siteId"`
	ChargerID  optional[charging.ID] `json:"chargerId"`
	PortID     optional[charging.ID] `json:"portId"`
	Start      optional[string]      `json:"startTimestamp"`
	End        optional[string]      `json:"endTimestamp"`
	Reason     optional[string]      `json:"reason"`
	Comment    optional[string]      `json:"comment"`
	ProposedBy optional[string]      `json:"proposedBy"`
	Confirmed  optional[bool]        `json:"confirmed"`
}

// over takes over what the body says.
func (b *exclusionBody) over(x *charging.Exclusion, actor string) error {
	x.UpdatedAt = time.Now().UTC().Truncate(time.Microsecond)
	if err := periodOf(b.Start, b.End, &x.From, &x.To); err != nil {
		return err
	}
	if b.Reason.given || x.Reason == "" {
		reason, err := charging.ParseExclusionReason(b.Reason.value)
		if err != nil {
			return err
		}
		x.Reason = reason
	}
	if err := commentOf(b.Comment, &x.Comment); err != nil {
		return err
	}
	if b.ProposedBy.has() && b.ProposedBy.value != "" {
		if wrong := checkText("proposedBy", b.ProposedBy.value, maxText); wrong != nil {
			return wrong.in("")
		}
		x.ProposedBy = b.ProposedBy.value
	}
	switch {
	case !b.Confirmed.given:
	case b.Confirmed.value && !x.Confirmed:
		x.Confirmed, x.ConfirmedBy = true, actor
	case !b.Confirmed.value:
		x.Confirmed, x.ConfirmedBy = false, ""
	}
	return nil
}

// addExclusion answers POST /api/admin/exclusions.
func (a *API) addExclusion(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body exclusionBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	x := charging.Exclusion{SiteID: body.SiteID.value, ChargerID: body.ChargerID.value, PortID: body.PortID.value, ProposedBy: actorOf(key)}
	if err := a.checkExcluded(key, &x); err != nil {
		return err
	}
	if err := body.over(&x, actorOf(key)); err != nil {
		return err
	}
	x.CreatedAt = x.UpdatedAt
	made, err := a.cfg.Exclusions.AddExclusion(r.Context(), x, actorOf(key))
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[exclusionJSON]{exclusionRow(made)})
	return nil
}

// checkExcluded says what is wrong with what a new exclusion is about.
func (a *API) checkExcluded(key *charging.APIKey, x *charging.Exclusion) error {
	named, member, id := 0, "portId", charging.ID(0)
	for _, m := range []struct {
		name string
		id   charging.ID
	}{{"siteId", x.SiteID}, {"chargerId", x.ChargerID}, {"portId", x.PortID}} {
		if m.id != 0 {
			named, member, id = named+1, m.name, m.id
		}
	}
	if named != 1 {
		return charging.Errorf(charging.Invalid, "portId: name one port as portId, one charger as chargerId or one site as siteId")
	}
	if !a.seesExcluded(a.fleet.Estate(), key, x) {
		return charging.Errorf(charging.Invalid, "%s: there is none with id %d", member, id)
	}
	return nil
}

// seesExcluded reports whether a key sees all that an exclusion is about.
func (a *API) seesExcluded(e *fleet.Estate, key *charging.APIKey, x *charging.Exclusion) bool {
	if x.SiteID != 0 {
		_, err := a.wholeSiteInScope(key, x.SiteID)
		return err == nil
	}
	charger := x.ChargerID
	if x.PortID != 0 {
		charger = chargerOfPort(e, x.PortID)
	}
	_, err := a.chargerInScope(key, charger)
	return err == nil
}

// chargerOfPort returns the charger that has a port; 0 for none.
func chargerOfPort(e *fleet.Estate, port charging.ID) charging.ID {
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			if p.ID == port {
				return c.ID
			}
		}
	}
	return 0
}

// listExclusions answers GET /api/admin/exclusions.
func (a *API) listExclusions(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	q := charging.ExclusionQuery{EndAfter: p.instant("afterTimestamp"), StartBefore: p.instant("beforeTimestamp"), Before: p.before(), Limit: exclusionsPage + 1}
	if p.values.Has("confirmed") {
		confirmed := p.truth("confirmed", false)
		q.Confirmed = &confirmed
	}
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	var seen []charging.Exclusion
	for len(seen) <= exclusionsPage {
		list, err := a.cfg.Exclusions.Exclusions(r.Context(), q)
		if err != nil {
			return err
		}
		for i := range list {
			if a.seesExcluded(e, key, &list[i]) {
				seen = append(seen, list[i])
			}
		}
		if len(list) < q.Limit {
			break
		}
		q.Before = list[len(list)-1].ID
	}
	seen, next := cutPage(seen, exclusionsPage, func(x *charging.Exclusion) int64 { return x.ID })
	rows := make([]exclusionJSON, len(seen))
	for i := range seen {
		rows[i] = exclusionRow(&seen[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[exclusionJSON]{rows, pageAfter(next)})
	return nil
}

// exclusionInScope returns the exclusion that the path names.
func (a *API) exclusionInScope(r *http.Request, key *charging.APIKey) (*charging.Exclusion, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	x, err := a.cfg.Exclusions.Exclusion(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if x == nil || !a.seesExcluded(a.fleet.Estate(), key, x) {
		return nil, errNotFound
	}
	return x, nil
}

// getExclusion answers GET /api/admin/exclusions/{id}.
func (a *API) getExclusion(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	x, err := a.exclusionInScope(r, key)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[exclusionJSON]{exclusionRow(x)})
	return nil
}

// changeExclusion answers PATCH /api/admin/exclusions/{id}, by which one is
// confirmed. What it is about stays.
func (a *API) changeExclusion(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	x, err := a.exclusionInScope(r, key)
	if err != nil {
		return err
	}
	var body exclusionBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	changed, err := a.cfg.Exclusions.ChangeExclusion(r.Context(), x.ID, actorOf(key), func(x *charging.Exclusion) error {
		return body.over(x, actorOf(key))
	})
	if err != nil {
		return asUnknown(err)
	}
	a.writeData(w, r, http.StatusOK, dataJSON[exclusionJSON]{exclusionRow(changed)})
	return nil
}

// removeExclusion answers DELETE /api/admin/exclusions/{id}.
func (a *API) removeExclusion(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	x, err := a.exclusionInScope(r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.Exclusions.RemoveExclusion(r.Context(), x.ID, time.Now(), actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}
