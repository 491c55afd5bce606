package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Webhooks is where webhooks are kept, and what is sent to them; *store.Store is
// one.
type Webhooks interface {
	AlertSettings(ctx context.Context) (*charging.AlertSettings, error)
	SaveWebhook(ctx context.Context, w charging.Webhook, actor string) error
	RemoveWebhook(ctx context.Context, id charging.ID, at time.Time, actor string) error
	// Deliveries returns a page, newest first.
	Deliveries(ctx context.Context, q charging.DeliveryQuery) ([]charging.Delivery, error)
	// Delivery returns one; nil when there is none.
	Delivery(ctx context.Context, id charging.ID) (*charging.Delivery, error)
	// DeliveryAttempts lists the tries of one, oldest first.
	DeliveryAttempts(ctx context.Context, id charging.ID) ([]charging.DeliveryAttempt, error)
	AddDeliveries(ctx context.Context, deliveries []charging.Delivery) error
}

const (
	deliveriesPage = 100
	// secretPrefix marks secrets of Standard Webhooks.
	secretPrefix = "whsec_"
	secretBytes  = 32
	// oldSecretFor is how long the secret before still signs, too.
	oldSecretFor = 24 * time.Hour
	maxURL       = 2048
)

// webhookRoutes are the programs that are told of events.
func (a *API) webhookRoutes() []route {
	if a.cfg.Webhooks == nil || a.cfg.Configuration == nil {
		return nil
	}
	own := func(answer answerFunc) http.HandlerFunc {
		return a.permitted(charging.PermitManage|charging.PermitOwn, unlimited(answer))
	}
	const list, one = "/api/admin/webhooks", "/api/admin/webhooks/{id}"
	return []route{
		{path: list, handle: own(a.listWebhooks), cors: true},
		{method: http.MethodPost, path: list, handle: own(a.postWebhook), cors: true},
		{path: one, handle: own(a.getWebhook), cors: true},
		{method: http.MethodPatch, path: one, handle: own(a.patchWebhook), cors: true},
		{method: http.MethodDelete, path: one, handle: own(a.deleteWebhook), cors: true},
		{method: http.MethodPost, path: one + "/rotate-secret", handle: own(a.rotateSecret), cors: true},
		{method: http.MethodPost, path: one + "/test", handle: own(a.testWebhook), cors: true},
		{path: one + "/deliveries", handle: own(a.listDeliveries), cors: true},
		{path: one + "/deliveries/{delivery}", handle: own(a.getDelivery), cors: true},
		{method: http.MethodPost, path: one + "/deliveries/{delivery}/replay", handle: own(a.replayDelivery), cors: true},
	}
}

// webhookJSON is a webhook as the API shows it. Its secret is shown once, when it
// was made.
type webhookJSON struct {
	ID             charging.ID `json:"id"`
	OrganizationID charging.ID `json:"organizationId"`
	Name           string      `json:"name"`
	URL            string      `json:"url"`
	Events         []string    `json:"events"`
	Disabled       bool        `json:"disabled"`
	OldSecretUntil instantJSON `json:"oldSecretUntil"`
	CreatedAt      instantJSON `json:"createdAt"`
	UpdatedAt      instantJSON `json:"updatedAt"`
	Secret         string      `json:"secret,omitempty"`
}

func webhookRow(w *charging.Webhook) webhookJSON {
	return webhookJSON{ID: w.ID, OrganizationID: w.OrganizationID, Name: w.Name, URL: w.URL, Events: append([]string{}, w.Events...),
		Disabled: w.Disabled, OldSecretUntil: instantJSON(w.OldUntil), CreatedAt: instantJSON(w.CreatedAt), UpdatedAt: instantJSON(w.UpdatedAt)}
}

func webhookID(w *charging.Webhook) charging.ID { return w.ID }

func (a *API) seesWebhook(key *charging.APIKey) func(*charging.Webhook) bool {
	return insideOf(a.fleet.Estate(), key, func(w *charging.Webhook) charging.ID { return w.OrganizationID })
}

// listWebhooks answers GET /api/admin/webhooks, by id.
func (a *API) listWebhooks(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	behind := p.before()
	if p.err != nil {
		return p.err
	}
	settings, err := a.cfg.Webhooks.AlertSettings(r.Context())
	if err != nil {
		return err
	}
	list, next := pageOf(settings.Webhooks, behind, webhookID, a.seesWebhook(key))
	rows := make([]webhookJSON, len(list))
	for i, hook := range list {
		rows[i] = webhookRow(hook)
	}
	a.writeData(w, r, http.StatusOK, listJSON[webhookJSON]{rows, pageAfter(next)})
	return nil
}

func (a *API) webhookOf(r *http.Request, key *charging.APIKey) (*charging.Webhook, error) {
	settings, err := a.cfg.Webhooks.AlertSettings(r.Context())
	if err != nil {
		return nil, err
	}
	return oneOf(r, settings.Webhooks, webhookID, a.seesWebhook(key))
}

// getWebhook answers GET /api/admin/webhooks/{id}.
func (a *API) getWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[webhookJSON]{webhookRow(hook)})
	return nil
}

// webhookBody is a webhook in a request.
type webhookBody struct {
	OrganizationID optional[charging.ID] `json:"organizationId"`
	Name           optional[string]      `json:"name"`
	URL            optional[string]      `json:"url"`
	Events         optional[[]string]    `json:"events"`
	Disabled       optional[bool]        `json:"disabled"`
}

// apply changes the webhook to what was given, and says what is wrong with it.
func (b *webhookBody) apply(w *charging.Webhook) *memberError {
	setText(&w.Name, &b.Name)
	setText(&w.URL, &b.URL)
	if b.Disabled.given {
		w.Disabled = b.Disabled.value
	}
	if b.Events.given {
		w.Events = nil
		for i, event := range b.Events.value {
			if !slices.Contains(charging.WebhookEvents, event) {
				return wrongMember(fmt.Sprintf("events[%d]", i), fmt.Sprintf("%q is none of %s", event, strings.Join(charging.WebhookEvents, ", ")))
			}
			if !slices.Contains(w.Events, event) {
				w.Events = append(w.Events, event)
			}
		}
	}
	if wrong := firstWrong(checkText("name", w.Name, maxText), checkText("url", w.URL, maxURL)); wrong != nil {
		return wrong
	}
	if w.Name == "" {
		return wrongMember("name", "must not be empty")
	}
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return wrongMember("url", "must be a web address without a password, such as https://hooks.example.org/yard")
	}
	return nil
}

func newSecret() []byte {
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails
	return secret
}

func secretText(secret []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// postWebhook answers POST /api/admin/webhooks.
func (a *API) postWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body webhookBody
	err := readMembers(w, r, maxBody, &body)
	if err != nil {
		return err
	}
	hook := charging.Webhook{Secret: newSecret(), CreatedAt: settingsNow()}
	if hook.OrganizationID, err = a.ownerOf(key, &body.OrganizationID); err != nil {
		return err
	}
	if wrong := body.apply(&hook); wrong != nil {
		return wrong.in("")
	}
	if hook.ID, err = a.cfg.Configuration.NextID(charging.IDWebhook); err != nil {
		return err
	}
	return a.saveWebhook(w, r, key, &hook, true)
}

// patchWebhook answers PATCH /api/admin/webhooks/{id}.
func (a *API) patchWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	var body webhookBody
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	if wrong := body.apply(hook); wrong != nil {
		return wrong.in("")
	}
	return a.saveWebhook(w, r, key, hook, false)
}

// rotateSecret answers POST /api/admin/webhooks/{id}/rotate-secret: a new secret
// signs from now on, and for a day the one before does too.
func (a *API) rotateSecret(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	hook.OldSecret, hook.OldUntil = hook.Secret, settingsNow().Add(oldSecretFor)
	hook.Secret = newSecret()
	return a.saveWebhook(w, r, key, hook, true)
}

func (a *API) saveWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey, hook *charging.Webhook, showSecret bool) error {
	hook.UpdatedAt = settingsNow()
	if err := a.cfg.Webhooks.SaveWebhook(r.Context(), *hook, actorOf(key)); err != nil {
		return err
	}
	row := webhookRow(hook)
	if showSecret {
		row.Secret = secretText(hook.Secret)
	}
	a.writeData(w, r, http.StatusOK, dataJSON[webhookJSON]{row})
	return nil
}

// deleteWebhook answers DELETE /api/admin/webhooks/{id}.
func (a *API) deleteWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	if err := a.cfg.Webhooks.RemoveWebhook(r.Context(), hook.ID, settingsNow(), actorOf(key)); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}

// deliveryJSON is one thing that is or was to be sent.
type deliveryJSON struct {
	ID          charging.ID     `json:"id"`
	MessageID   string          `json:"messageId"` // as webhook-id has it
	WebhookID   *charging.ID    `json:"webhookId"`
	ContactID   *charging.ID    `json:"contactId"`
	AlertID     *charging.ID    `json:"alertId"`
	Event       string          `json:"event"`
	Status      string          `json:"status"`
	CreatedAt   instantJSON     `json:"createdAt"`
	DeliveredAt instantJSON     `json:"deliveredAt"`
	NextAttempt instantJSON     `json:"nextAttemptAt"`
	Attempts    int             `json:"attempts"`
	LastStatus  *int            `json:"lastStatus"`
	LastError   *string         `json:"lastError"`
	Payload     json.RawMessage `json:"payload,omitempty"`
	Tries       []attemptJSON   `json:"tries,omitempty"`
}

type attemptJSON struct {
	At           instantJSON `json:"timestamp"`
	Milliseconds int64       `json:"durationMilliseconds"`
	Status       *int        `json:"status"`
	Error        *string     `json:"error"`
}

func deliveryRow(d *charging.Delivery) deliveryJSON {
	row := deliveryJSON{ID: d.ID, MessageID: fmt.Sprintf("msg_%d", d.ID), WebhookID: idOrNull(d.WebhookID), ContactID: idOrNull(d.ContactID),
		AlertID: idOrNull(d.AlertID), Event: d.Event, Status: "pending", CreatedAt: instantJSON(d.CreatedAt),
		DeliveredAt: instantJSON(d.DeliveredAt), NextAttempt: instantJSON(d.NextAt), Attempts: d.Attempts, LastStatus: numberOrNull(d.LastStatus),
		LastError: orNull(d.LastError)}
	switch {
	case !d.DeliveredAt.IsZero():
		row.Status = "delivered"
	case d.NextAt.IsZero():
		row.Status = "failed"
	}
	return row
}

// listDeliveries answers GET /api/admin/webhooks/{id}/deliveries, newest first.
func (a *API) listDeliveries(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	p := parametersOf(r)
	q := charging.DeliveryQuery{WebhookID: hook.ID, Before: p.before(), Limit: deliveriesPage + 1}
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Webhooks.Deliveries(r.Context(), q)
	if err != nil {
		return err
	}
	list, next := cutPage(list, deliveriesPage, func(d *charging.Delivery) int64 { return d.ID })
	rows := make([]deliveryJSON, len(list))
	for i := range list {
		rows[i] = deliveryRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[deliveryJSON]{rows, pageAfter(next)})
	return nil
}

// deliveryOf returns the delivery that the path names.
func (a *API) deliveryOf(r *http.Request, key *charging.APIKey) (*charging.Delivery, error) {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return nil, err
	}
	id, err := pathID(r, "delivery")
	if err != nil {
		return nil, err
	}
	d, err := a.cfg.Webhooks.Delivery(r.Context(), id)
	if err == nil && (d == nil || d.WebhookID != hook.ID) {
		err = errNotFound
	}
	return d, err
}

// getDelivery answers GET /api/admin/webhooks/{id}/deliveries/{delivery}, with its
// payload and each try.
func (a *API) getDelivery(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	d, err := a.deliveryOf(r, key)
	if err != nil {
		return err
	}
	tries, err := a.cfg.Webhooks.DeliveryAttempts(r.Context(), d.ID)
	if err != nil {
		return err
	}
	row := deliveryRow(d)
	row.Payload = rawOrNull(d.Body)
	for i := range tries {
		t := &tries[i]
		row.Tries = append(row.Tries, attemptJSON{instantJSON(t.At), t.Took.Milliseconds(), numberOrNull(t.Status), orNull(t.Error)})
	}
	a.writeData(w, r, http.StatusOK, dataJSON[deliveryJSON]{row})
	return nil
}

// replayDelivery answers POST /api/admin/webhooks/{id}/deliveries/{delivery}/replay:
// the same payload is sent again, as a message of its own.
func (a *API) replayDelivery(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	d, err := a.deliveryOf(r, key)
	if err != nil {
		return err
	}
	return a.deliver(w, r, a.cfg.Webhooks, charging.Delivery{WebhookID: d.WebhookID, AlertID: d.AlertID, Event: d.Event, Body: d.Body})
}

// testWebhook answers POST /api/admin/webhooks/{id}/test: an event that says that
// it is a test.
func (a *API) testWebhook(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	hook, err := a.webhookOf(r, key)
	if err != nil {
		return err
	}
	if hook.Disabled {
		return charging.Errorf(charging.Conflict, "disabled: the webhook is disabled; enable it first")
	}
	body, err := json.Marshal(map[string]any{"type": charging.EventTest, "timestamp": instantJSON(settingsNow()),
		"data": map[string]any{"webhook": map[string]any{"id": hook.ID, "name": hook.Name}}})
	if err != nil {
		return err
	}
	return a.deliver(w, r, a.cfg.Webhooks, charging.Delivery{WebhookID: hook.ID, Event: charging.EventTest, Body: body})
}

// deliver puts something into the outbox and answers with it.
func (a *API) deliver(w http.ResponseWriter, r *http.Request, outbox interface {
	AddDeliveries(ctx context.Context, deliveries []charging.Delivery) error
}, d charging.Delivery) error {
	var err error
	if d.ID, err = a.cfg.Configuration.NextID(charging.IDDelivery); err != nil {
		return err
	}
	d.CreatedAt = settingsNow()
	d.NextAt = d.CreatedAt
	if err := outbox.AddDeliveries(r.Context(), []charging.Delivery{d}); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[deliveryJSON]{deliveryRow(&d)})
	return nil
}
