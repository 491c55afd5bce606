package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// AlertSettings is where contacts and rules for alerts are kept; *store.Store is
// one.
type AlertSettings interface {
	AlertSettings(ctx context.Context) (*charging.AlertSettings, error)
	SaveContact(ctx context.Context, c charging.Contact, actor string) error
	RemoveContact(ctx context.Context, id charging.ID, at time.Time, actor string) error
	SaveAlertRule(ctx context.Context, r charging.AlertRule, actor string) error
	RemoveAlertRule(ctx context.Context, id charging.ID, at time.Time, actor string) error
	AddDeliveries(ctx context.Context, deliveries []charging.Delivery) error
}

const settingsPage = 100

// contactRoutes are the people and programs that are told of alerts.
func (a *API) contactRoutes() []route {
	if a.cfg.AlertSettings == nil || a.cfg.Configuration == nil {
		return nil
	}
	own := func(answer answerFunc) http.HandlerFunc { return a.permitted(charging.PermitManage, unlimited(answer)) }
	const list, one = "/api/admin/alert-contacts", "/api/admin/alert-contacts/{id}"
	return []route{
		{path: list, handle: own(a.listContacts), cors: true},
		{method: http.MethodPost, path: list, handle: own(a.postContact), cors: true},
		{path: one, handle: own(a.getContact), cors: true},
		{method: http.MethodPatch, path: one, handle: own(a.patchContact), cors: true},
		{method: http.MethodDelete, path: one, handle: own(a.deleteContact), cors: true},
		{method: http.MethodPost, path: one + "/test", handle: own(a.testContact), cors: true},
	}
}

// contactJSON is a contact as the API shows it.
type contactJSON struct {
	ID             charging.ID  `json:"id"`
	OrganizationID charging.ID  `json:"organizationId"`
	Name           string       `json:"name"`
	Email          *string      `json:"email"`
	WebhookID      *charging.ID `json:"webhookId"`
	MutedUntil     instantJSON  `json:"mutedUntil"`
	CreatedAt      instantJSON  `json:"createdAt"`
	UpdatedAt      instantJSON  `json:"updatedAt"`
}

func contactRow(c *charging.Contact) contactJSON {
	return contactJSON{c.ID, c.OrganizationID, c.Name, orNull(c.Email), idOrNull(c.WebhookID), instantJSON(c.MutedUntil),
		instantJSON(c.CreatedAt), instantJSON(c.UpdatedAt)}
}

// pageOf returns the things behind an id that the key may see, by id, and the key
// of the next page.
func pageOf[T any](things []T, behind charging.ID, id func(*T) charging.ID, sees func(*T) bool) ([]*T, string) {
	var list []*T
	for i := range things {
		if thing := &things[i]; id(thing) > behind && sees(thing) {
			list = append(list, thing)
		}
	}
	return cutPage(list, settingsPage, func(t **T) int64 { return id(*t) })
}

// oneOf returns the thing that the path names, when the key may see it.
func oneOf[T any](r *http.Request, things []T, id func(*T) charging.ID, sees func(*T) bool) (*T, error) {
	wanted, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	for i := range things {
		if id(&things[i]) == wanted && sees(&things[i]) {
			return &things[i], nil
		}
	}
	return nil, errNotFound
}

func contactID(c *charging.Contact) charging.ID { return c.ID }

// insideOf makes a test of whether a key sees what belongs to an organization.
func insideOf[T any](e *fleet.Estate, key *charging.APIKey, organization func(*T) charging.ID) func(*T) bool {
	return func(t *T) bool { return e.Inside(organization(t), key.OrganizationID) }
}

func (a *API) seesContact(key *charging.APIKey) func(*charging.Contact) bool {
	return insideOf(a.fleet.Estate(), key, func(c *charging.Contact) charging.ID { return c.OrganizationID })
}

// listContacts answers GET /api/admin/alert-contacts, by id.
func (a *API) listContacts(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	list, next := pageOf(settings.Contacts, behind, contactID, a.seesContact(key))
	rows := make([]contactJSON, len(list))
	for i, c := range list {
		rows[i] = contactRow(c)
	}
	a.writeData(w, r, http.StatusOK, listJSON[contactJSON]{rows, pageAfter(next)})
	return nil
}

func (a *API) contactOf(r *http.Request, key *charging.APIKey) (*charging.Contact, *charging.AlertSettings, error) {
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return nil, nil, err
	}
	c, err := oneOf(r, settings.Contacts, contactID, a.seesContact(key))
	return c, settings, err
}

// getContact answers GET /api/admin/alert-contacts/{id}.
func (a *API) getContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, _, err := a.contactOf(r, key)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[contactJSON]{contactRow(c)})
	return nil
}

// contactBody is a contact in a request.
type contactBody struct {
	OrganizationID optional[charging.ID] `json:"organizationId"`
	Name           optional[string]      `json:"name"`
	Email          optional[string]      `json:"email"`
	WebhookID      optional[charging.ID] `json:"webhookId"`
	MutedUntil     optional[string]      `json:"mutedUntil"`
}

// apply changes the contact to what was given, and says what is wrong with it.
func (b *contactBody) apply(c *charging.Contact, e *fleet.Estate, settings *charging.AlertSettings) *memberError {
	setText(&c.Name, &b.Name)
	setText(&c.Email, &b.Email)
	if b.WebhookID.given {
		c.WebhookID = b.WebhookID.value
	}
	if wrong := firstWrong(setInstant("mutedUntil", &c.MutedUntil, &b.MutedUntil), checkText("name", c.Name, maxText),
		checkText("email", c.Email, maxText)); wrong != nil {
		return wrong
	}
	if c.Name == "" {
		return wrongMember("name", "must not be empty")
	}
	if parsed, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || parsed.Address != c.Email) {
		return wrongMember("email", "must be a mail address such as duty@example.org")
	}
	if b.WebhookID.has() && !usableHook(settings, e, c.WebhookID, c.OrganizationID) {
		return wrongMember("webhookId", "is the id of no webhook of this organization")
	}
	if c.Email == "" && c.WebhookID == 0 {
		return wrongMember("email", "or webhookId must be given, so that the contact can be told")
	}
	return nil
}

// usableHook reports whether the webhook is one of the organization or of one that
// it stands in.
func usableHook(settings *charging.AlertSettings, e *fleet.Estate, id, organization charging.ID) bool {
	for i := range settings.Webhooks {
		if w := &settings.Webhooks[i]; w.ID == id {
			return e.Inside(organization, w.OrganizationID)
		}
	}
	return false
}

// setInstant takes over a time; null or an empty text is none.
func setInstant(member string, to *time.Time, from *optional[string]) *memberError {
	if !from.given {
		return nil
	}
	*to = time.Time{}
	if from.value == "" {
		return nil
	}
	t, err := parseInstant(from.value)
	if err != nil {
		return wrongMember(member, "is no time; write it like 2026-03-02T06:00:00Z")
	}
	*to = t.Truncate(time.Millisecond)
	return nil
}

// ownerOf is the organization of a new thing: the one given, else the key's.
func (a *API) ownerOf(key *charging.APIKey, given *optional[charging.ID]) (charging.ID, error) {
	id := key.OrganizationID
	if given.has() {
		id = given.value
	}
	e := a.fleet.Estate()
	if e.Organization(id) == nil || !e.Inside(id, key.OrganizationID) {
		return 0, wrongMember("organizationId", "is the id of no organization").in("")
	}
	return id, nil
}

// settingsNow is the time of a change of settings.
func settingsNow() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// postContact answers POST /api/admin/alert-contacts.
func (a *API) postContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body contactBody
	err := readMembers(w, r, maxBody, &body)
	if err != nil {
		return err
	}
	settings, err := a.cfg.AlertSettings.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	c := charging.Contact{CreatedAt: settingsNow()}
	if c.OrganizationID, err = a.ownerOf(key, &body.OrganizationID); err != nil {
		return err
	}
	if wrong := body.apply(&c, a.fleet.Estate(), settings); wrong != nil {
		return wrong.in("")
	}
	if c.ID, err = a.cfg.Configuration.NextID(charging.IDContact); err != nil {
		return err
	}
	return a.saveContact(w, r, key, &c)
}

// patchContact answers PATCH /api/admin/alert-contacts/{id}.
func (a *API) patchContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, settings, err := a.contactOf(r, key)
	if err != nil {
		return err
	}
	var body contactBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	if wrong := body.apply(c, a.fleet.Estate(), settings); wrong != nil {
		return wrong.in("")
	}
	return a.saveContact(w, r, key, c)
}

func (a *API) saveContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Contact) error {
	c.UpdatedAt = settingsNow()
	if err := a.cfg.AlertSettings.SaveContact(r.Context(), *c, actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[contactJSON]{contactRow(c)})
	return nil
}

// deleteContact answers DELETE /api/admin/alert-contacts/{id}.
func (a *API) deleteContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, _, err := a.contactOf(r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.AlertSettings.RemoveContact(r.Context(), c.ID, settingsNow(), actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}

// testContact answers POST /api/admin/alert-contacts/{id}/test: the contact is
// told that this is a test.
func (a *API) testContact(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	c, _, err := a.contactOf(r, key)
	if err != nil {
		return err
	}
	if c.Email == "" {
		return charging.Errorf(charging.Invalid, "email: the contact has none; test its webhook at /api/admin/webhooks/%d/test", c.WebhookID)
	}
	body, err := json.Marshal(map[string]string{"subject": "Test of alerts by chargeyard",
		"text": "This is a test that was asked for by " + actorOf(key) + ".\n\n" + c.Name + " is told of alerts at this address. Nothing is wrong.\n"})
	if err != nil {
		return err
	}
	return a.deliver(w, r, a.cfg.AlertSettings, charging.Delivery{ContactID: c.ID, Event: charging.EventTest, Body: body})
}
