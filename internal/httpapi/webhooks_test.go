package httpapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

func (y *yard) remove(path, key string) answer {
	y.t.Helper()
	return y.ask(http.MethodDelete, path, key)
}

func (y *yard) alertSettings() *charging.AlertSettings {
	y.t.Helper()
	settings, err := y.store.AlertSettings(context.Background())
	if err != nil {
		y.t.Fatal(err)
	}
	return settings
}

func pathOf(base string, row map[string]any) string { return fmt.Sprint(base, "/", row["id"]) }

// belongsToUs checks that a thing is neither seen nor changed by other keys.
func (y *yard) belongsToUs(t *testing.T, base, one string) {
	t.Helper()
	stranger := charging.APIKey{ID: 77, OrganizationID: 9, Name: "stranger", Hash: hashOf("cy_manager9"), Permissions: charging.PermitManage}
	limited := charging.APIKey{ID: 78, OrganizationID: 3, Name: "limited", Hash: hashOf("cy_manager42"), Permissions: charging.PermitManage, Chargers: []charging.ID{42}}
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{stranger, limited}})
	y.get(one, "cy_manager9").is(t, 404, "Not found")
	y.patch(one, "cy_manager9", `{"name":"mine"}`).is(t, 404, "Not found")
	y.remove(one, "cy_manager9").is(t, 404, "Not found")
	if rows := y.get(base, "cy_manager9").rows(t); len(rows) != 0 {
		t.Errorf("a stranger sees %v", rows)
	}
	const told = "This API key is limited to specific sites or chargers"
	y.get(base, "cy_manager42").is(t, 403, told)
	y.post(base, "cy_manager42", `{}`).is(t, 403, told)
	y.get(one, "cy_manager42").is(t, 403, told)
	y.get(base, northlineKey).is(t, 403, `This API key may not do that: it lacks "manage"`)
	y.get(base+"/999", fullKey).is(t, 404, "Not found")
	y.get(base+"?nextPageCursor=!", fullKey).is(t, 400, "nextPageCursor: is none of this server's cursors; begin again without it")
}

func TestContactsAreMadeChangedAndRemoved(t *testing.T) {
	y := newFurnishedYard(t)
	const base = "/api/admin/alert-contacts"
	hook := y.post("/api/admin/webhooks", fullKey, `{"name":"Hook","url":"https://hooks.example.org"}`).data(t)
	made := y.post(base, fullKey, `{"name":" Duty ","email":"duty@example.org"}`).data(t)
	if said(made["name"], made["email"], made["webhookId"], made["organizationId"], made["mutedUntil"]) != "Duty duty@example.org <nil> 3 <nil>" {
		t.Errorf("%v", made)
	}
	one := pathOf(base, made)
	changed := y.patch(one, fullKey, fmt.Sprintf(`{"email":null,"webhookId":%v,"mutedUntil":"2026-03-03T06:00:00+01:00"}`, hook["id"])).data(t)
	if changed["email"] != nil || changed["webhookId"] != hook["id"] || changed["name"] != "Duty" || changed["mutedUntil"] != "2026-03-03T05:00:00.000Z" {
		t.Errorf("%v", changed)
	}
	if got := y.get(one, fullKey).data(t); said(got) != said(changed) {
		t.Errorf("%v, want %v", got, changed)
	}
	for body, want := range map[string]string{
		`{"name":"x"}`:                                      "email: or webhookId must be given, so that the contact can be told",
		`{"email":"duty@example.org"}`:                      "name: must not be empty",
		`{"name":"x","email":"nobody"}`:                     "email: must be a mail address such as duty@example.org",
		`{"name":"x","email":"A <a@example.org>"}`:          "email: must be a mail address such as duty@example.org",
		`{"name":"x","webhookId":99}`:                       "webhookId: is the id of no webhook of this organization",
		`{"name":"x","email":"a@b.c","mutedUntil":"later"}`: "mutedUntil: is no time; write it like 2026-03-02T06:00:00Z",
		`{"name":"x","email":"a@b.c","organizationId":9}`:   "organizationId: is the id of no organization",
		`{"name":"a\nb","email":"a@b.c"}`:                   "name: must be one line of plain text",
		`{"name":5}`:                                        "name: must be a text",
		`[]`:                                                "The body must be a JSON object",
	} {
		y.post(base, fullKey, body).is(t, 400, want)
	}
	y.patch(one, fullKey, `{"webhookId":null}`).is(t, 400, "email: or webhookId must be given, so that the contact can be told")
	y.post(one+"/test", fullKey, "").is(t, 400, fmt.Sprintf("email: the contact has none; test its webhook at /api/admin/webhooks/%v/test", hook["id"]))
	y.patch(one, fullKey, `{"email":"duty@example.org"}`).data(t)
	sent := y.post(one+"/test", fullKey, "").data(t)
	if sent["status"] != "pending" || sent["contactId"] != made["id"] || sent["event"] != "webhook.test" {
		t.Errorf("%v", sent)
	}
	y.belongsToUs(t, base, one)
	y.remove(one, fullKey).envelope(t, 200)
	y.remove(one, fullKey).is(t, 404, "Not found")
	if got := y.alertSettings().Contacts; len(got) != 0 {
		t.Errorf("%v is still there", got)
	}
	d, err := y.store.Delivery(t.Context(), jsonNumber(t, sent["id"]))
	if err != nil || !d.NextAt.IsZero() || d.LastError != "the contact was removed" {
		t.Errorf("%+v %v, want that it is given up", d, err)
	}
}

func TestRulesAreMadeChangedAndRemoved(t *testing.T) {
	y := newFurnishedYard(t)
	const base = "/api/admin/alert-rules"
	contact := y.post("/api/admin/alert-contacts", fullKey, `{"name":"Duty","email":"duty@example.org"}`).data(t)
	plain := y.post(base, fullKey, `{"name":"All"}`).data(t)
	if said(plain["types"], plain["siteIds"], plain["chargerIds"], plain["contactIds"], plain["thresholds"]) !=
		"[] [] [] <nil> map[completedPercents:[80 100] lateMinutes:10 lowBatteryPercent:10 offlineMinutes:15]" {
		t.Errorf("%v", plain)
	}
	made := y.post(base, fullKey, fmt.Sprintf(`{"name":"Night","types":["offlineCharger","clockSkew","offlineCharger"],"siteIds":[12],"chargerIds":[42,41,42],
		"contactIds":[%v],"thresholds":{"offlineMinutes":30,"completedPercents":[90,70,90]}}`, contact["id"])).data(t)
	if said(made["types"], made["siteIds"], made["chargerIds"], made["contactIds"], made["thresholds"]) !=
		fmt.Sprintf("[offlineCharger clockSkew] [12] [41 42] [%v] map[completedPercents:[70 90] lateMinutes:10 lowBatteryPercent:10 offlineMinutes:30]", contact["id"]) {
		t.Errorf("%v", made)
	}
	one := pathOf(base, made)
	changed := y.patch(one, fullKey, `{"contactIds":null,"siteIds":[],"thresholds":{"offlineMinutes":null,"lateMinutes":0},"mutedUntil":"2026-03-03"}`).data(t)
	if said(changed["contactIds"], changed["siteIds"], changed["chargerIds"], changed["thresholds"], changed["mutedUntil"]) !=
		"<nil> [] [41 42] map[completedPercents:[70 90] lateMinutes:0 lowBatteryPercent:10 offlineMinutes:15] 2026-03-03T00:00:00.000Z" {
		t.Errorf("%v", changed)
	}
	if got := said(column(y.get(base, fullKey).rows(t), "name")); got != "[All Night]" {
		t.Error(got)
	}
	for body, want := range map[string]string{
		`{}`: "name: must not be empty",
		`{"name":"x","types":["boredom"]}`: `types[0]: "boredom" is none of lowBattery, chargingCompleted, chargingSessionError, offlineCharger, ` +
			`lateCharging, duplicateIdentity, clockSkew, securityEvent, firmwareFailed, rebooting`,
		`{"name":"x","siteIds":[90]}`:                            "siteIds[0]: 90 is the id of no site of this organization",
		`{"name":"x","chargerIds":[41,95]}`:                      "chargerIds[1]: 95 is the id of no charger of this organization",
		`{"name":"x","contactIds":[99]}`:                         "contactIds[0]: 99 is the id of no contact of this organization",
		`{"name":"x","thresholds":{"offlineMinutes":0}}`:         "thresholds.offlineMinutes: must be a whole number from 1 to 10080",
		`{"name":"x","thresholds":{"lowBatteryPercent":101}}`:    "thresholds.lowBatteryPercent: must be a whole number from 0 to 100",
		`{"name":"x","thresholds":{"lateMinutes":1441}}`:         "thresholds.lateMinutes: must be a whole number from 0 to 1440",
		`{"name":"x","thresholds":{"completedPercents":[0,50]}}`: "thresholds.completedPercents: must be at most 10 whole numbers from 1 to 100",
		`{"name":"x","organizationId":1}`:                        "organizationId: is the id of no organization",
	} {
		y.post(base, fullKey, body).is(t, 400, want)
	}
	y.belongsToUs(t, base, one)
	y.remove(one, fullKey).envelope(t, 200)
	y.remove(one, fullKey).is(t, 404, "Not found")
}

func TestWebhooksAreMadeChangedAndRemoved(t *testing.T) {
	y := newFurnishedYard(t)
	const base = "/api/admin/webhooks"
	made := y.post(base, fullKey, `{"name":"Planning","url":"https://hooks.example.org/yard","events":["session.ended","session.ended"]}`).data(t)
	secret, _ := made["secret"].(string)
	bytes, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(bytes) != 32 || !strings.HasPrefix(secret, "whsec_") || said(made["events"], made["disabled"]) != "[session.ended] false" {
		t.Errorf("%v", made)
	}
	one := pathOf(base, made)
	if got := y.get(one, fullKey).data(t); got["secret"] != nil || got["url"] != "https://hooks.example.org/yard" {
		t.Errorf("%v, want no secret any more", got)
	}
	if got := string(y.get(base, fullKey).body); strings.Contains(got, "whsec") {
		t.Errorf("a secret is listed: %s", got)
	}
	if got := y.patch(one, fullKey, `{"events":null,"name":"Plans"}`).data(t); said(got["events"], got["name"], got["secret"]) != "[] Plans <nil>" {
		t.Errorf("%v", got)
	}
	rotated := y.post(one+"/rotate-secret", fullKey, "").data(t)
	hook := y.alertSettings().Webhooks[0]
	if rotated["secret"] == secret || string(hook.OldSecret) != string(bytes) || time.Until(hook.OldUntil) < 23*time.Hour ||
		rotated["secret"] != "whsec_"+base64.StdEncoding.EncodeToString(hook.Secret) {
		t.Errorf("%v %+v", rotated, hook)
	}
	for body, want := range map[string]string{
		`{"url":"https://a.example"}`:                "name: must not be empty",
		`{"name":"x"}`:                               "url: must be a web address without a password, such as https://hooks.example.org/yard",
		`{"name":"x","url":"ftp://a.example"}`:       "url: must be a web address without a password, such as https://hooks.example.org/yard",
		`{"name":"x","url":"https://u:p@a.example"}`: "url: must be a web address without a password, such as https://hooks.example.org/yard",
		`{"name":"x","url":"https://"}`:              "url: must be a web address without a password, such as https://hooks.example.org/yard",
		`{"name":"x","url":"https://a.example","events":["rain"]}`: `events[0]: "rain" is none of alert.raised, session.started, session.ended, ` +
			`charger.connected, charger.disconnected, port.status`,
	} {
		y.post(base, fullKey, body).is(t, 400, want)
	}
	y.belongsToUs(t, base, one)
	y.remove(one, fullKey).envelope(t, 200)
	y.get(one, fullKey).is(t, 404, "Not found")
}

func TestDeliveriesAreLoggedAndSentAgain(t *testing.T) {
	y := newFurnishedYard(t)
	const base = "/api/admin/webhooks"
	one := pathOf(base, y.post(base, fullKey, `{"name":"Planning","url":"https://hooks.example.org/yard"}`).data(t))
	other := pathOf(base, y.post(base, fullKey, `{"name":"Other","url":"https://hooks.example.org/other"}`).data(t))
	sent := y.post(one+"/test", fullKey, "").data(t)
	d, err := y.store.Delivery(t.Context(), jsonNumber(t, sent["id"]))
	if err != nil {
		t.Fatal(err)
	}
	tried := *d
	tried.Attempts, tried.LastStatus, tried.LastError, tried.NextAt = 1, 503, "the receiver answered 503", d.NextAt.Add(5*time.Second)
	err = y.store.StoreAttempts(t.Context(), []charging.Attempted{{Delivery: tried,
		Attempt: charging.DeliveryAttempt{DeliveryID: d.ID, At: d.NextAt, Took: 250 * time.Millisecond, Status: 503, Error: "the receiver answered 503"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprint(one, "/deliveries/", sent["id"])
	got := y.get(path, fullKey).data(t)
	if said(got["status"], got["attempts"], got["lastStatus"], got["event"], got["payload"].(map[string]any)["type"]) != "pending 1 503 webhook.test webhook.test" {
		t.Errorf("%v", got)
	}
	if tries := got["tries"].([]any); len(tries) != 1 || said(tries[0].(map[string]any)["durationMilliseconds"]) != "250" {
		t.Errorf("%v", tries)
	}
	again := y.post(path+"/replay", fullKey, "").data(t)
	if again["id"] == sent["id"] || again["status"] != "pending" || again["attempts"] == nil {
		t.Errorf("%v", again)
	}
	copied, err := y.store.Delivery(t.Context(), jsonNumber(t, again["id"]))
	if err != nil || string(copied.Body) != string(d.Body) {
		t.Errorf("%s %v, want the same payload", copied.Body, err)
	}
	for range 120 {
		y.post(one+"/test", fullKey, "").data(t)
	}
	page := y.get(one+"/deliveries", fullKey)
	rest := y.get(one+"/deliveries?nextPageCursor="+page.next(t), fullKey)
	if len(page.rows(t)) != 100 || len(rest.rows(t)) != 22 || rest.next(t) != "" {
		t.Errorf("pages of %d and %d, want 100 and 22", len(page.rows(t)), len(rest.rows(t)))
	}
	y.get(fmt.Sprint(other, "/deliveries/", sent["id"]), fullKey).is(t, 404, "Not found")
	y.post(fmt.Sprint(other, "/deliveries/", sent["id"], "/replay"), fullKey, "").is(t, 404, "Not found")
	y.get(one+"/deliveries/x", fullKey).is(t, 404, "Not found")
	y.patch(one, fullKey, `{"disabled":true}`).data(t)
	y.post(one+"/test", fullKey, "").is(t, 400, "disabled: the webhook is disabled; enable it first")
}

func hashOf(key string) [32]byte { return auth.HashKey(key) }

func jsonNumber(t *testing.T, v any) charging.ID {
	t.Helper()
	n, ok := v.(json.Number)
	if !ok {
		t.Fatalf("%v is no number", v)
	}
	id, err := n.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// said is values with blanks between them.
func said(values ...any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }
