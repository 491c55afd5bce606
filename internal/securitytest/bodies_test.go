package securitytest

import (
	"strings"
	"testing"
)

// TestAStrangersIDInABodyIsLikeAnUnknownOne sends bodies with ids of another
// organization and with ids of nothing, which must be answered alike, and not like
// ids of one's own.
func TestAStrangersIDInABodyIsLikeAnUnknownOne(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	own, hidden := y.furnish(bay), y.furnish(foreign)
	child := y.made(y.named("full"), "/api/admin/organizations", bay, own)
	const period = `"startTimestamp":"2100-01-01T00:00:00Z","endTimestamp":"2100-01-01T01:00:00Z"`
	for _, row := range []struct{ method, path, body, kind string }{
		{"POST", "/api/ocpp/reservations", `{"portId":ID,"idTag":"A1","idTokenType":"ISO14443","expiryDate":"2100-01-01T00:00:00Z","reservationId":7}`, "ports"},
		{"POST", "/api/ocpp/reservations/cancel", `{"chargerId":ID,"reservationId":7}`, "chargers"},
		{"POST", "/api/ocpp/remote-start", `{"portId":ID,"idTag":"A1"}`, "ports"},
		{"POST", "/api/ocpp/remote-stop", `{"chargingSessionId":ID}`, "sessions"},
		{"POST", "/api/departure-times/vehicle", `{"vehicleId":ID,"departureTimes":[]}`, "vehicles"},
		{"POST", "/api/admin/chargers", `{"siteId":ID,"name":"C","ocppId":"new-one"}`, "sites"},
		{"POST", "/api/admin/chargers/" + own["chargers"] + "/move", `{"siteId":ID}`, "sites"},
		{"POST", "/api/admin/ports", `{"chargerId":ID,"portNumber":2}`, "chargers"},
		{"POST", "/api/admin/sites", `{"name":"S","timezone":"UTC","organizationId":ID}`, "organizations"},
		{"PATCH", "/api/admin/sites/" + own["sites"], `{"organizationId":ID}`, "organizations"},
		{"POST", "/api/admin/organizations", `{"name":"O","parentId":ID}`, "organizations"},
		{"PATCH", "/api/admin/organizations/" + child, `{"parentId":ID}`, "organizations"},
		{"POST", "/api/admin/users", `{"email":"a@example.org","role":"viewer","organizationId":ID}`, "organizations"},
		{"POST", "/api/admin/users", `{"email":"a@example.org","role":"viewer","siteIds":[ID]}`, "sites"},
		{"POST", "/api/admin/keys", `{"name":"K","organizationId":ID}`, "organizations"},
		{"POST", "/api/admin/keys", `{"name":"K","siteIds":[ID]}`, "sites"},
		{"POST", "/api/admin/keys", `{"name":"K","chargerIds":[ID]}`, "chargers"},
		{"POST", "/api/admin/maintenance-windows", `{"chargerIds":[ID],` + period + `}`, "chargers"},
		{"POST", "/api/admin/maintenance-windows", `{"siteId":ID,` + period + `}`, "sites"},
		{"POST", "/api/admin/exclusions", `{"siteId":ID,"reason":"vandalism",` + period + `}`, "sites"},
		{"POST", "/api/admin/exclusions", `{"chargerId":ID,"reason":"vandalism",` + period + `}`, "chargers"},
		{"POST", "/api/admin/exclusions", `{"portId":ID,"reason":"vandalism",` + period + `}`, "ports"},
		{"POST", "/api/admin/access-groups", `{"name":"G","siteIds":[ID]}`, "sites"},
		{"POST", "/api/admin/access-groups", `{"name":"G","chargerIds":[ID]}`, "chargers"},
		{"POST", "/api/admin/access-groups", `{"name":"G","siteIds":[71012],"accessIds":[ID]}`, "access-ids"},
		{"POST", "/api/admin/alert-contacts", `{"name":"C","webhookId":ID}`, "webhooks"},
		{"POST", "/api/admin/alert-contacts", `{"name":"C","email":"a@example.org","organizationId":ID}`, "organizations"},
		{"POST", "/api/admin/alert-rules", `{"name":"R","types":["offlineCharger"],"siteIds":[ID]}`, "sites"},
		{"POST", "/api/admin/alert-rules", `{"name":"R","types":["offlineCharger"],"chargerIds":[ID]}`, "chargers"},
		{"POST", "/api/admin/alert-rules", `{"name":"R","types":["offlineCharger"],"contactIds":[ID]}`, "alert-contacts"},
		{"POST", "/api/admin/webhooks", `{"name":"W","url":"https://hooks.example.org/","events":["alert.raised"],"organizationId":ID}`, "organizations"},
		{"POST", "/api/admin/erasures", `{"accessId":ID}`, "access-ids"},
	} {
		nothing := strings.Repeat("9", len(hidden[row.kind])+1)
		of := func(id string) (int, string) {
			a := y.ask(y.named("full"), row.method, y.URL+row.path, strings.ReplaceAll(row.body, "ID", id))
			return a.StatusCode, strings.ReplaceAll(string(a.body), id, "ID")
		}
		status, text := of(hidden[row.kind])
		want, unknown := of(nothing)
		if _, seen := of(own[row.kind]); seen == unknown {
			t.Errorf("%s %s %s says the same of %s of one's own: %s", row.method, row.path, row.body, row.kind, seen)
		}
		y.limitedLike(row.method, row.path, row.body, own[row.kind], nothing)
		if status < 400 || status >= 500 || status != want || text != unknown {
			t.Errorf("%s %s %s with a stranger's %s: %d %s; with no one's: %d %s", row.method, row.path, row.body, row.kind, status, text, want, unknown)
		}
	}
}

// limitedLike sends a body as a key that is limited to another charger of the
// site, with an id that it may not see and with one of nothing.
func (y *yard) limitedLike(method, path, body, hidden, nothing string) {
	y.t.Helper()
	var told [2]string
	for i, id := range []string{hidden, nothing} {
		a := y.ask(y.named("chgr"), method, y.URL+path, strings.ReplaceAll(body, "ID", id))
		told[i] = a.Status + " " + strings.ReplaceAll(string(a.body), id, "ID")
		if a.StatusCode < 400 || a.StatusCode >= 500 {
			y.t.Errorf("%s %s %s as a limited key: %s", method, path, body, told[i])
		}
	}
	if told[0] != told[1] {
		y.t.Errorf("%s %s %s as a limited key: %s; with no one's id: %s", method, path, body, told[0], told[1])
	}
}
