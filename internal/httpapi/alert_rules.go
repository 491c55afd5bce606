package httpapi

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Bounds of thresholds.
const (
	maxOfflineMinutes = 7 * 24 * 60
	maxLateMinutes    = 24 * 60
	maxCompleted      = 10
	maxRuleMembers    = 10_000
)

// alertRuleRoutes are the rules by which alerts are raised and sent.
func (a *API) alertRuleRoutes() []route {
	if a.cfg.AlertSettings == nil || a.cfg.Configuration == nil {
		return nil
	}
	own := func(answer answerFunc) http.HandlerFunc { return a.permitted(charging.PermitManage, unlimited(answer)) }
	const list, one = "/api/admin/alert-rules", "/api/admin/alert-rules/{id}"
	return []route{
		{path: list, handle: own(a.listRules), cors: true},
		{method: http.MethodPost, path: list, handle: own(a.postRule), cors: true},
		{path: one, handle: own(a.getRule), cors: true},
		{method: http.MethodPatch, path: one, handle: own(a.patchRule), cors: true},
		{method: http.MethodDelete, path: one, handle: own(a.deleteRule), cors: true},
	}
}

// thresholdsJSON are the thresholds of a rule.
type thresholdsJSON struct {
	OfflineMinutes    int   `json:"offlineMinutes"`
	LowBatteryPercent int   `json:"lowBatteryPercent"`
	CompletedPercents []int `json:"completedPercents"`
	LateMinutes       int   `json:"lateMinutes"`
}

// ruleJSON is a rule as the API shows it.
type ruleJSON struct {
	ID             charging.ID          `json:"id"`
	OrganizationID charging.ID          `json:"organizationId"`
	Name           string               `json:"name"`
	Types          []charging.AlertKind `json:"types"`
	Thresholds     thresholdsJSON       `json:"thresholds"`
	Sites          []charging.ID        `json:"siteIds"`
	Chargers       []charging.ID        `json:"chargerIds"`
	Contacts       *[]charging.ID       `json:"contactIds"` // null for all
	MutedUntil     instantJSON          `json:"mutedUntil"`
	CreatedAt      instantJSON          `json:"createdAt"`
	UpdatedAt      instantJSON          `json:"updatedAt"`
}

func ruleRow(r *charging.AlertRule) ruleJSON {
	t := &r.Thresholds
	row := ruleJSON{ID: r.ID, OrganizationID: r.OrganizationID, Name: r.Name, Types: append([]charging.AlertKind{}, r.Kinds...),
		Thresholds: thresholdsJSON{t.OfflineMinutes, t.LowBatteryPercent, append([]int{}, t.CompletedPercents...), t.LateMinutes},
		Sites:      append([]charging.ID{}, r.Sites...), Chargers: append([]charging.ID{}, r.Chargers...), MutedUntil: instantJSON(r.MutedUntil),
		CreatedAt: instantJSON(r.CreatedAt), UpdatedAt: instantJSON(r.UpdatedAt)}
	if !r.Everyone {
		contacts := append([]charging.ID{}, r.Contacts...)
		row.Contacts = &contacts
	}
	return row
}

func ruleID(r *charging.AlertRule) charging.ID { return r.ID }

func (a *API) seesRule(key *charging.APIKey) func(*charging.AlertRule) bool {
	return insideOf(a.fleet.Estate(), key, func(r *charging.AlertRule) charging.ID { return r.OrganizationID })
}

// listRules answers GET /api/admin/alert-rules, by id.
func (a *API) listRules(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	list, next := pageOf(settings.Rules, behind, ruleID, a.seesRule(key))
	rows := make([]ruleJSON, len(list))
	for i, rule := range list {
		rows[i] = ruleRow(rule)
	}
	a.writeData(w, r, http.StatusOK, listJSON[ruleJSON]{rows, pageAfter(next)})
	return nil
}

func (a *API) ruleOf(r *http.Request, key *charging.APIKey) (*charging.AlertRule, *charging.AlertSettings, error) {
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return nil, nil, err
	}
	rule, err := oneOf(r, settings.Rules, ruleID, a.seesRule(key))
	return rule, settings, err
}

// getRule answers GET /api/admin/alert-rules/{id}.
func (a *API) getRule(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	rule, _, err := a.ruleOf(r, key)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[ruleJSON]{ruleRow(rule)})
	return nil
}

// ruleBody is a rule in a request.
type ruleBody struct {
	OrganizationID optional[charging.ID]          `json:"organizationId"`
	Name           optional[string]               `json:"name"`
	Types          optional[[]charging.AlertKind] `json:"types"`
	Thresholds     optional[thresholdsBody]       `json:"thresholds"`
	Sites          optional[[]charging.ID]        `json:"siteIds"`
	Chargers       optional[[]charging.ID]        `json:"chargerIds"`
	Contacts       optional[[]charging.ID]        `json:"contactIds"`
	MutedUntil     optional[string]               `json:"mutedUntil"`
}

// thresholdsBody are thresholds in a request; null is the default.
type thresholdsBody struct {
	OfflineMinutes    optional[int]   `json:"offlineMinutes"`
	LowBatteryPercent optional[int]   `json:"lowBatteryPercent"`
	CompletedPercents optional[[]int] `json:"completedPercents"`
	LateMinutes       optional[int]   `json:"lateMinutes"`
}

// apply changes the thresholds to what was given.
func (b *thresholdsBody) apply(t *charging.AlertThresholds) *memberError {
	usual := charging.DefaultThresholds()
	for _, m := range []struct {
		member      string
		to          *int
		from        *optional[int]
		usual       int
		least, most int
	}{
		{"offlineMinutes", &t.OfflineMinutes, &b.OfflineMinutes, usual.OfflineMinutes, 1, maxOfflineMinutes},
		{"lowBatteryPercent", &t.LowBatteryPercent, &b.LowBatteryPercent, usual.LowBatteryPercent, 0, 100},
		{"lateMinutes", &t.LateMinutes, &b.LateMinutes, usual.LateMinutes, 0, maxLateMinutes},
	} {
		switch {
		case m.from.null:
			*m.to = m.usual
		case m.from.given && (m.from.value < m.least || m.from.value > m.most):
			return wrongMember("thresholds."+m.member, fmt.Sprintf("must be a whole number from %d to %d", m.least, m.most))
		case m.from.given:
			*m.to = m.from.value
		}
	}
	if !b.CompletedPercents.given {
		return nil
	}
	list := slices.Clone(b.CompletedPercents.value)
	if b.CompletedPercents.null {
		list = usual.CompletedPercents
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > maxCompleted || len(list) > 0 && (list[0] < 1 || list[len(list)-1] > 100) {
		return wrongMember("thresholds.completedPercents", fmt.Sprintf("must be at most %d whole numbers from 1 to 100", maxCompleted))
	}
	t.CompletedPercents = list
	return nil
}

// apply changes the rule to what was given, and says what is wrong with it.
func (b *ruleBody) apply(r *charging.AlertRule, e *fleet.Estate, settings *charging.AlertSettings) *memberError {
	setText(&r.Name, &b.Name)
	if b.Types.given {
		r.Kinds = nil
		for i, kind := range b.Types.value {
			if !slices.Contains(charging.AlertKinds, kind) {
				return wrongMember(fmt.Sprintf("types[%d]", i), fmt.Sprintf("%q is none of %s", kind, kindWords()))
			}
			if !slices.Contains(r.Kinds, kind) {
				r.Kinds = append(r.Kinds, kind)
			}
		}
	}
	if b.Thresholds.null {
		r.Thresholds = charging.DefaultThresholds()
	}
	if wrong := firstWrong(checkText("name", r.Name, maxText), b.Thresholds.value.apply(&r.Thresholds),
		setInstant("mutedUntil", &r.MutedUntil, &b.MutedUntil), b.checkPlaces(r, e), b.checkContacts(r, e, settings)); wrong != nil {
		return wrong
	}
	if r.Name == "" {
		return wrongMember("name", "must not be empty")
	}
	setIDs(&r.Sites, &b.Sites)
	setIDs(&r.Chargers, &b.Chargers)
	setIDs(&r.Contacts, &b.Contacts)
	if b.Contacts.given {
		r.Everyone = b.Contacts.null
	}
	return nil
}

// setIDs takes over a list of ids, sorted; null is the empty list.
func setIDs(to *[]charging.ID, from *optional[[]charging.ID]) {
	if from.given {
		list := slices.Clone(from.value)
		slices.Sort(list)
		*to = slices.Compact(list)
	}
}

func (b *ruleBody) checkPlaces(r *charging.AlertRule, e *fleet.Estate) *memberError {
	site := func(id charging.ID) bool {
		s := e.Site(id)
		return s != nil && e.Inside(s.OrganizationID, r.OrganizationID)
	}
	charger := func(id charging.ID) bool {
		c := e.Charger(id)
		return c != nil && site(c.SiteID)
	}
	return firstWrong(checkThere("siteIds", "site", &b.Sites, site), checkThere("chargerIds", "charger", &b.Chargers, charger))
}

func (b *ruleBody) checkContacts(r *charging.AlertRule, e *fleet.Estate, settings *charging.AlertSettings) *memberError {
	return checkThere("contactIds", "contact", &b.Contacts, func(id charging.ID) bool {
		return slices.ContainsFunc(settings.Contacts, func(c charging.Contact) bool {
			return c.ID == id && (e.Inside(r.OrganizationID, c.OrganizationID) || e.Inside(c.OrganizationID, r.OrganizationID))
		})
	})
}

// checkThere looks for ids of a list that are of nothing of the organization.
func checkThere(member, what string, list *optional[[]charging.ID], there func(charging.ID) bool) *memberError {
	if len(list.value) > maxRuleMembers {
		return wrongMember(member, fmt.Sprintf("has %d ids; at most %d are allowed", len(list.value), maxRuleMembers))
	}
	for i, id := range list.value {
		if !there(id) {
			return wrongMember(fmt.Sprintf("%s[%d]", member, i), fmt.Sprintf("%d is the id of no %s of this organization", id, what))
		}
	}
	return nil
}

// postRule answers POST /api/admin/alert-rules.
func (a *API) postRule(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body ruleBody
	err := readMembers(w, r, maxBody, &body)
	if err != nil {
		return err
	}
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	rule := charging.AlertRule{Thresholds: charging.DefaultThresholds(), Everyone: true, CreatedAt: settingsNow()}
	if rule.OrganizationID, err = a.ownerOf(key, &body.OrganizationID); err != nil {
		return err
	}
	if wrong := body.apply(&rule, a.fleet.Estate(), settings); wrong != nil {
		return wrong.in("")
	}
	if rule.ID, err = a.cfg.Configuration.NextID(charging.IDAlertRule); err != nil {
		return err
	}
	return a.saveRule(w, r, key, &rule)
}

// patchRule answers PATCH /api/admin/alert-rules/{id}.
func (a *API) patchRule(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	rule, settings, err := a.ruleOf(r, key)
	if err != nil {
		return err
	}
	var body ruleBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	if wrong := body.apply(rule, a.fleet.Estate(), settings); wrong != nil {
		return wrong.in("")
	}
	return a.saveRule(w, r, key, rule)
}

func (a *API) saveRule(w http.ResponseWriter, r *http.Request, key *charging.APIKey, rule *charging.AlertRule) error {
	rule.UpdatedAt = settingsNow()
	if err := a.cfg.AlertSettings.SaveAlertRule(r.Context(), *rule, actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[ruleJSON]{ruleRow(rule)})
	return nil
}

// deleteRule answers DELETE /api/admin/alert-rules/{id}.
func (a *API) deleteRule(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	rule, _, err := a.ruleOf(r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.AlertSettings.RemoveAlertRule(r.Context(), rule.ID, settingsNow(), actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}
