package securitytest

import (
	"strconv"
	"strings"
	"sync/atomic"
)

// keyed is what the routes answer that nobody reaches without a valid key; its
// columns are those of the table access behind the first six. 400 is the answer
// to a body without what is needed: whoever gets it was let in.
const keyed = `
route                                                                   strg read ctrl mana full site chgr hold
api: GET /api/access-ids                                                200  200  403  403  200  403  403  200
api: GET /api/sign-in                                                   200  200  200  200  200  200  200  200
api: POST /api/sign-in/password                                         400  400  400  400  400  400  400  400
api: GET /api/admin/sign-ins                                            200  200  200  200  200  200  200  200
api: DELETE /api/admin/sign-ins/{id}                                    404  404  404  404  404  404  404  404
api: POST /api/admin/users/{id}/link                                    404  403  403  200  200  403  403  200
api: GET /api/access-ids/{id}                                           404  200  403  403  200  403  403  200
api: POST /api/access-ids                                               200  403  200  403  200  403  403  200
api: PATCH /api/access-ids/{id}                                         404  403  200  403  200  403  403  200
api: PUT /api/access-ids/batch                                          400  403  400  403  400  403  403  400
api: GET /api/vehicles                                                  200  200  403  403  200  200  200  200
api: GET /api/vehicles/{id}                                             404  200  403  403  200  200  200  200
api: POST /api/vehicles                                                 200  403  200  403  200  403  403  200
api: PATCH /api/vehicles/{id}                                           404  403  200  403  200  403  403  200
api: GET /api/departure-times                                           404  200  403  403  200  200  200  200
api: POST /api/departure-times/vehicle                                  404  403  200  403  200  403  403  200
api: POST /api/departure-times/batch                                    400  403  400  403  400  403  403  400
api: GET /api/alerts                                                    200  200  403  403  200  200  200  200
api: GET /api/errors                                                    200  200  403  403  200  200  200  200
api: GET /api/charger-health                                            200  200  403  403  200  200  200  200
api: GET /api/maintenance-windows                                       200  200  403  403  200  200  200  200
api: GET /api/reservations                                              200  200  403  403  200  200  200  200
api: GET /api/charging-sessions                                         200  200  403  403  200  200  200  200
api: GET /api/sessions/{id}                                             404  200  403  403  200  200  404  200
api: GET /api/export/sessions.csv                                       200  200  403  403  200  200  200  200
api: GET /api/export/sessions.ndjson                                    200  200  403  403  200  200  200  200
api: GET /api/export/readings.csv                                       200  200  403  403  200  200  200  200
api: GET /api/export/readings.ndjson                                    200  200  403  403  200  200  200  200
api: GET /api/ocpp-messages/stream                                      404  200  403  403  200  200  404  200
api: GET /api/alerts/stream                                             200  200  403  403  200  200  200  200
api: GET /api/admin/refused/stream                                      200  403  403  200  200  403  403  200
api: GET /api/chargers/{id}/quirks                                      404  200  403  403  200  200  404  200
api: GET /api/sites/stream                                              200  200  403  403  200  200  200  200
api: GET /api/console                                                   200  200  403  403  200  200  200  200
api: GET /api/overview                                                  200  200  403  403  200  200  200  200
api: GET /api/search                                                    200  200  403  403  200  200  200  200
api: GET /api/sites/{id}/power-curve                                    404  200  403  403  200  200  200  200
api: GET /api/sites/{id}/plan                                           404  200  403  403  200  200  200  200
api: GET /api/sites/{id}/plan/picture                                   404  200  403  403  200  200  200  200
api: PUT /api/admin/sites/{id}/plan                                     404  403  403  200  200  200  404  200
api: PUT /api/admin/sites/{id}/plan/picture                             404  403  403  200  200  200  404  200
api: GET /api/admin/sites/{id}/screens                                  404  403  403  200  200  200  404  200
api: POST /api/admin/sites/{id}/screens                                 404  403  403  200  200  200  404  200
api: DELETE /api/admin/sites/{id}/screens/{screenId}                    404  403  403  404  404  404  404  404
api: GET /api/chargers/{id}/connection                                  404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}/commissioning                               404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}                                             404  200  403  403  200  200  404  200
api: GET /api/chargers/by-ocpp-id/{id}                                  404  200  403  403  200  200  404  200
api: GET /api/chargers/by-external-id/{id}                              404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}/intervals                                   404  200  403  403  200  200  404  200
api: POST /api/ocpp/reservations                                        404  403  200  403  200  200  404  200
api: POST /api/ocpp/reservations/cancel                                 404  403  200  403  200  200  404  200
api: POST /api/ocpp/remote-start                                        404  403  200  403  200  200  404  200
api: POST /api/ocpp/remote-stop                                         404  403  200  403  200  200  404  200
api: GET /api/site/{id}/limits                                          404  200  403  403  200  200  404  200
api: POST /api/site/{id}/limits                                         404  403  400  403  400  400  404  400
api: DELETE /api/site/{id}/limits/{scheduleId}                          404  403  404  403  404  404  404  404
api: GET /api/admin/sites/{id}/power                                    404  403  403  200  200  200  404  200
api: GET /api/admin/sites/{id}/tariff-periods                           404  403  403  200  200  200  404  200
api: PUT /api/admin/sites/{id}/tariff-periods                           404  403  403  200  200  200  404  200
api: GET /api/admin/sites                                               200  403  403  200  200  200  200  200
api: POST /api/admin/sites                                              200  403  403  200  200  403  403  200
api: GET /api/admin/sites/{id}                                          404  403  403  200  200  200  404  200
api: PATCH /api/admin/sites/{id}                                        404  403  403  200  200  200  404  200
api: DELETE /api/admin/sites/{id}                                       404  403  403  400  400  403  403  400
api: GET /api/admin/chargers                                            200  403  403  200  200  200  200  200
api: POST /api/admin/chargers                                           400  403  403  400  400  400  400  400
api: GET /api/admin/chargers/{id}                                       404  403  403  200  200  200  404  200
api: PATCH /api/admin/chargers/{id}                                     404  403  403  200  200  200  404  200
api: POST /api/admin/chargers/{id}/move                                 404  403  403  400  400  400  404  400
api: POST /api/admin/chargers/{id}/restore                              404  403  403  200  200  200  404  200
api: GET /api/admin/ports                                               200  403  403  200  200  200  200  200
api: POST /api/admin/ports                                              400  403  403  400  400  400  400  400
api: GET /api/admin/ports/{id}                                          404  403  403  200  200  200  404  200
api: PATCH /api/admin/ports/{id}                                        404  403  403  200  200  200  404  200
api: GET /api/admin/organizations                                       200  403  403  200  200  403  403  200
api: POST /api/admin/organizations                                      200  403  403  200  200  403  403  200
api: GET /api/admin/organizations/{id}                                  404  403  403  200  200  403  403  200
api: PATCH /api/admin/organizations/{id}                                404  403  403  200  200  403  403  200
api: DELETE /api/admin/organizations/{id}                               404  403  403  400  400  403  403  400
api: GET /api/admin/organizations/{id}/muted-errors                     404  403  403  200  200  403  403  200
api: PUT /api/admin/organizations/{id}/muted-errors                     404  403  403  200  200  403  403  200
api: GET /api/admin/users                                               200  403  403  200  200  403  403  200
api: POST /api/admin/users                                              200  403  403  200  200  403  403  200
api: GET /api/admin/users/{id}                                          404  403  403  200  200  403  403  200
api: PATCH /api/admin/users/{id}                                        404  403  403  200  200  403  403  200
api: GET /api/admin/keys                                                200  403  403  200  200  403  403  200
api: POST /api/admin/keys                                               200  403  403  400  200  403  403  200
api: GET /api/admin/keys/{id}                                           404  403  403  200  200  403  403  200
api: PATCH /api/admin/keys/{id}                                         404  403  403  400  200  403  403  200
api: GET /api/admin/refused                                             200  403  403  200  200  403  403  200
api: POST /api/admin/refused/adopt                                      400  403  403  400  400  403  403  400
api: GET /api/admin/storage                                             200  403  403  200  200  403  403  200
api: GET /api/admin/audit                                               200  403  403  200  200  403  403  200
api: GET /api/admin/erasures                                            200  403  403  200  200  403  403  200
api: POST /api/admin/erasures                                           400  403  403  400  400  403  403  400
api: GET /api/admin/alerts                                              200  403  403  200  200  200  200  200
api: GET /api/admin/alerts/{id}                                         404  403  403  404  404  404  404  404
api: GET /api/admin/uptime                                              200  403  403  200  200  200  200  200
api: GET /api/admin/uptime.csv                                          200  403  403  200  200  200  200  200
api: POST /api/admin/maintenance-windows                                400  403  403  200  200  200  400  200
api: PATCH /api/admin/maintenance-windows/{id}                          404  403  403  200  200  200  404  200
api: GET /api/admin/exclusions                                          200  403  403  200  200  200  200  200
api: POST /api/admin/exclusions                                         400  403  403  200  200  200  400  200
api: GET /api/admin/exclusions/{id}                                     404  403  403  200  200  200  404  200
api: PATCH /api/admin/exclusions/{id}                                   404  403  403  200  200  200  404  200
api: GET /api/admin/access-groups                                       200  403  403  200  200  403  403  200
api: POST /api/admin/access-groups                                      400  403  403  200  200  403  403  200
api: GET /api/admin/access-groups/{id}                                  404  403  403  200  200  403  403  200
api: PATCH /api/admin/access-groups/{id}                                404  403  403  200  200  403  403  200
api: GET /api/admin/alert-contacts                                      200  403  403  200  200  403  403  200
api: POST /api/admin/alert-contacts                                     200  403  403  200  200  403  403  200
api: GET /api/admin/alert-contacts/{id}                                 404  403  403  200  200  403  403  200
api: PATCH /api/admin/alert-contacts/{id}                               404  403  403  200  200  403  403  200
api: POST /api/admin/alert-contacts/{id}/test                           404  403  403  200  200  403  403  200
api: GET /api/admin/alert-rules                                         200  403  403  200  200  403  403  200
api: POST /api/admin/alert-rules                                        200  403  403  200  200  403  403  200
api: GET /api/admin/alert-rules/{id}                                    404  403  403  200  200  403  403  200
api: PATCH /api/admin/alert-rules/{id}                                  404  403  403  200  200  403  403  200
api: GET /api/admin/webhooks                                            200  403  403  200  200  403  403  200
api: POST /api/admin/webhooks                                           200  403  403  200  200  403  403  200
api: GET /api/admin/webhooks/{id}                                       404  403  403  200  200  403  403  200
api: PATCH /api/admin/webhooks/{id}                                     404  403  403  200  200  403  403  200
api: POST /api/admin/webhooks/{id}/rotate-secret                        404  403  403  200  200  403  403  200
api: POST /api/admin/webhooks/{id}/test                                 404  403  403  200  200  403  403  200
api: GET /api/admin/webhooks/{id}/deliveries                            404  403  403  200  200  403  403  200
api: GET /api/admin/webhooks/{id}/deliveries/{delivery}                 404  403  403  200  200  403  403  200
api: POST /api/admin/webhooks/{id}/deliveries/{delivery}/replay         404  403  403  200  200  403  403  200
`

// removing are the routes that leave nothing for the next who asks: each is tried
// with everybody who may not, and last with one who may.
const removing = `
route                                                                   strg read ctrl mana full site chgr hold
api: DELETE /api/admin/sites/{id}/plan/picture                          404  403  403  -    -    -    404  200
api: POST /api/admin/chargers/{id}/replace                              404  403  403  -    -    -    404  200
api: POST /api/admin/chargers/{id}/retire                               404  403  403  -    -    -    404  200
api: DELETE /api/admin/ports/{id}                                       404  403  403  -    -    -    404  400
api: DELETE /api/admin/users/{id}                                       404  403  403  -    -    403  403  200
api: DELETE /api/admin/keys/{id}                                        404  403  403  -    -    403  403  200
api: DELETE /api/admin/maintenance-windows/{id}                         404  403  403  -    -    -    404  200
api: DELETE /api/admin/exclusions/{id}                                  404  403  403  -    -    -    404  200
api: DELETE /api/admin/access-groups/{id}                               404  403  403  -    -    403  403  200
api: DELETE /api/admin/alert-rules/{id}                                 404  403  403  -    -    403  403  200
api: DELETE /api/admin/alert-contacts/{id}                              404  403  403  -    -    403  403  200
api: DELETE /api/admin/webhooks/{id}                                    404  403  403  -    -    403  403  200
`

// newBodies are the bodies of requests, by route; what is not here is sent {}.
// Names in capitals stand for ids of things.
var newBodies = map[string]string{
	"POST /api/access-ids":                           `{"accessId":{"type":"RFID","name":"Card","ocppIdTag":"CARD-NEXT"}}`,
	"PATCH /api/access-ids/{id}":                     `{"accessId":{"name":"Other"}}`,
	"POST /api/vehicles":                             `{"vehicle":{"name":"Van NEXT"}}`,
	"PATCH /api/vehicles/{id}":                       `{"vehicle":{"make":"M"}}`,
	"POST /api/departure-times/vehicle":              `{"vehicleId":VEHICLE,"departureTimes":[]}`,
	"POST /api/ocpp/reservations":                    `{"portId":PORT,"idTag":"A1","idTokenType":"ISO14443","expiryDate":"2100-01-01T00:00:00Z","reservationId":7}`,
	"POST /api/ocpp/reservations/cancel":             `{"chargerId":CHARGER,"reservationId":777}`,
	"POST /api/ocpp/remote-start":                    `{"portId":PORT,"idTag":"A1"}`,
	"POST /api/ocpp/remote-stop":                     `{"chargingSessionId":SESSION}`,
	"PUT /api/admin/sites/{id}/plan":                 `{"chargers":[]}`,
	"PUT /api/admin/sites/{id}/plan/picture":         "GIF89a\x01\x00\x01\x00\x00\x00\x00;",
	"POST /api/admin/sites/{id}/screens":             `{"name":"Office"}`,
	"PUT /api/admin/sites/{id}/tariff-periods":       `{"periods":[]}`,
	"POST /api/admin/sites":                          `{"name":"Site NEXT","timezone":"UTC"}`,
	"POST /api/admin/organizations":                  `{"name":"Organization NEXT"}`,
	"PUT /api/admin/organizations/{id}/muted-errors": `{"codes":["x"]}`,
	"POST /api/admin/users":                          `{"email":"uNEXT@example.org","role":"viewer","password":"furnished and long enough"}`,
	"POST /api/admin/keys":                           `{"name":"Key NEXT","permissions":["read"]}`,
	"PATCH /api/admin/keys/{id}":                     `{"name":"Key NEXT"}`,
	"POST /api/admin/maintenance-windows":            `{"chargerIds":[CHARGER],"startTimestamp":"2100-01-01T00:00:00Z","endTimestamp":"2100-01-01T01:00:00Z"}`,
	"POST /api/admin/exclusions":                     `{"chargerId":CHARGER,"startTimestamp":"2026-01-01T00:00:00Z","endTimestamp":"2026-01-01T01:00:00Z","reason":"vandalism"}`,
	"POST /api/admin/access-groups":                  `{"name":"Group NEXT","siteIds":[SITE]}`,
	"POST /api/admin/alert-contacts":                 `{"name":"Contact NEXT","email":"c@example.org"}`,
	"POST /api/admin/alert-rules":                    `{"name":"Rule NEXT","types":["offlineCharger"]}`,
	"POST /api/admin/webhooks":                       `{"name":"Webhook NEXT","url":"https://hooks.example.org/yard","events":["alert.raised"]}`,
}

// nextName makes names that are used once.
var nextName atomic.Int64

// filled puts ids into a body.
func filled(body string, charger int, things map[string]string) string {
	return strings.NewReplacer("NEXT", strconv.FormatInt(nextName.Add(1), 10), "VEHICLE", things["vehicles"], "SESSION", things["sessions"],
		"CHARGER", strconv.Itoa(charger), "PORT", things["ports"], "SITE", things["sites"]).Replace(body)
}

// idOf is the id that the path of a route stands for.
func idOf(path string, things map[string]string) string {
	segments := strings.Split(strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/admin"), "/")
	kind := segments[1]
	if kind == "site" {
		kind = "sites"
	}
	if id := things[kind]; id != "" {
		return id
	}
	return "1"
}

// parameters are what a route cannot be asked without.
func parameters(path string, things map[string]string) string {
	switch {
	case path == "/api/departure-times":
		return "?vehicleId=" + things["vehicles"]
	case strings.HasSuffix(path, "/intervals"):
		return "?kind=status"
	case path == "/api/search":
		return "?limit=100&q=a"
	}
	return ""
}
