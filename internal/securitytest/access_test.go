package securitytest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// access is what every route answers to everybody. The columns: no key, a
// header of another kind, two headers, a key that does not exist, a revoked one,
// an expired one, one of another organization, then of the charger's own
// organization with read, control, manage and all permissions, one limited to
// the charger's site, one limited to another charger of that site, and one of
// the organization around it. Where a route has an id, it is that of the
// charger "bay", or of something of it.
const access = `
route                                                         none malf two  unkn revo expi strg read ctrl mana full site chgr hold
api: GET /                                                    200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /healthz                                             200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /readyz                                              200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /metrics                                             200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /api/openapi.yaml                                    200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /api/openapi.json                                    200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /api/sites                                           401  401  401  401  401  401  200  200  403  403  200  200  200  200
api: GET /api/ocpp-messages                                   401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/ocpp-messages/{id}                              401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/ocpp/actions                                    401  401  401  401  401  401  200  200  403  403  200  200  200  200
api: GET /api/chargers/{id}/variables                         401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}/history                           401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}/local-list                        401  401  401  401  401  401  404  200  403  403  200  403  404  200
api: GET /api/chargers/{id}/commands                          401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/chargers/{id}/uploads                           401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/commands/{id}                                   401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: GET /api/uploads/{id}/file                               401  401  401  401  401  401  404  200  403  403  200  200  404  200
api: POST /api/chargers/{id}/commands                         401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/availability                     401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/cancel-reservation               401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/certificates                     401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/charging-profile                 401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/clear-cache                      401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/clear-charging-profile           401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/composite-schedule               401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/configuration                    401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/data-transfer                    401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/delete-certificate               401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/firmware                         401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/get-configuration                401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/install-certificate              401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/local-list                       401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/local-list-version               401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/log                              401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/report                           401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/reserve                          401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/reset                            401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/start                            401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/stop                             401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/trigger                          401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/unlock                           401  401  401  401  401  401  404  403  202  403  202  202  404  202
api: POST /api/chargers/{id}/next-boot                        401  401  401  401  401  401  404  403  403  200  200  200  404  200
api: POST /api/chargers/{id}/security-profile                 401  401  401  401  401  401  404  403  403  200  200  200  404  200
api: POST /api/chargers/{id}/password                         401  401  401  401  401  401  404  403  403  200  200  200  404  200
api: GET /api/firmware                                        401  401  401  401  401  401  200  403  403  200  200  403  403  200
api: POST /api/firmware                                       401  401  401  401  401  401  200  403  403  200  200  403  403  200
api: DELETE /api/firmware/{id}                                401  401  401  401  401  401  404  403  403  200  200  403  403  200
api: GET /api/docs                                            200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /api/sign-in/ways                                    200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: POST /api/sign-in                                        400  400  400  400  400  400  400  400  400  400  400  400  400  400
api: POST /api/sign-in/link                                   400  400  400  400  400  400  400  400  400  400  400  400  400  400
api: POST /api/sign-in/link/look                              400  400  400  400  400  400  400  400  400  400  400  400  400  400
api: DELETE /api/sign-in                                      200  200  200  200  200  200  200  200  200  200  200  200  200  200
api: GET /api/docs.css                                        200  200  200  200  200  200  200  200  200  200  200  200  200  200
chargers: GET /ocpp/{identity}                                426  426  426  426  426  426  426  426  426  426  426  426  426  426
files: PUT /uploads/{token}/{name}                            404  404  404  404  404  404  404  404  404  404  404  404  404  404
files: POST /uploads/{token}/{name}                           404  404  404  404  404  404  404  404  404  404  404  404  404  404
files: GET /firmware/{name}                                   404  404  404  404  404  404  404  404  404  404  404  404  404  404
metrics address: GET /metrics                                 200  200  200  200  200  200  200  200  200  200  200  200  200  200
profiles: GET /debug/pprof/                                   200  200  200  200  200  200  200  200  200  200  200  200  200  200
profiles: GET /debug/pprof/profile                            200  -    -    -    -    -    -    -    -    -    -    -    -    -
profiles: GET /debug/pprof/trace                              200  200  200  200  200  200  200  200  200  200  200  200  200  200
`

// bodies are those of requests that need one. An order is not waited for.
var bodies = map[string]string{
	"commands":               `{"action":"ClearCache"}`,
	"availability":           `{"operative":true}`,
	"cancel-reservation":     `{"id":1}`,
	"certificates":           `{"types":["csms"]}`,
	"charging-profile":       `{"port":1,"profile":{"purpose":"default","unit":"A","periods":[{"limit":16}]}}`,
	"composite-schedule":     `{"duration":60}`,
	"configuration":          `{"key":"HeartbeatInterval","value":"60"}`,
	"data-transfer":          `{"vendorId":"v"}`,
	"delete-certificate":     `{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"1"}`,
	"firmware":               `{"location":"https://firmware.example.org/a.bin"}`,
	"install-certificate":    `{"type":"csms","certificate":"PEM"}`,
	"local-list":             `{"entries":[{"tag":"A1"}]}`,
	"reserve":                `{"port":1,"tag":"A1","expires":"2100-01-01T00:00:00Z"}`,
	"reset":                  `{"mode":"soft"}`,
	"start":                  `{"port":1,"tag":"A1"}`,
	"stop":                   `{"port":2}`,
	"trigger":                `{"message":"heartbeat"}`,
	"unlock":                 `{"port":1}`,
	"next-boot":              `{"answer":"Accepted"}`,
	"security-profile":       `{"profile":0}`,
	"password":               `{"rotate":true}`,
	"clear-charging-profile": `{}`,
}

// TestEveryRouteIsOpenToWhomTheTableSays tries every route as everybody.
func TestEveryRouteIsOpenToWhomTheTableSays(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	table := parseAccess(t, y)
	for _, route := range y.Routes() {
		if table[route] == nil {
			t.Errorf("%q is served, and the table does not say to whom", route)
		}
	}
	things := y.furnish(bay)
	for _, route := range inOrder(table) {
		row := table[route]
		if !slices.Contains(y.Routes(), route) {
			t.Errorf("the table has %q, which is not served", route)
			continue
		}
		for _, b := range y.bearers {
			if row[b.name] == "-" {
				continue
			}
			sent := y.bodyOf(route, bay, things)
			a := y.ask(b, y.methodOf(route), y.urlOf(route, bay, things), sent)
			if got := strconv.Itoa(a.StatusCode); got != row[b.name] {
				t.Errorf("%s as %s: %s, want %s: %.200s", route, b.name, got, row[b.name], a.body)
			}
			checkRefusal(t, route, b, a)
			if y.methodOf(route) == http.MethodGet && row["none"] != "200" {
				y.showsNoSecret(b, route, string(a.body))
			}
			if strings.HasPrefix(route, "api: ") && row["none"] != "200" { // what is open to all is the same for all
				y.hides(b, route, withoutWhatWasAsked(string(a.body), sent, things))
			}
		}
	}
}

// showsNoSecret checks that reading gives nobody what is shown once, when it is
// made, nor what is kept of it.
func (y *yard) showsNoSecret(b *bearer, route, text string) {
	y.t.Helper()
	secrets := []string{"whsec_", "$argon2", "$pbkdf2", y.Key}
	for _, other := range y.bearers {
		for _, h := range other.headers {
			secrets = append(secrets, strings.TrimPrefix(strings.TrimPrefix(h, "Bearer "), "Basic "))
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			y.t.Errorf("%s as %s shows %.10s… in %.300s", route, b.name, secret, text)
		}
	}
}

// withoutWhatWasAsked is an answer without the ids that stood in the question: a
// refusal names them.
func withoutWhatWasAsked(answer, question string, things map[string]string) string {
	for _, kind := range []string{"sites", "chargers", "ports"} {
		if strings.Contains(question, things[kind]) && strings.HasPrefix(answer, `{"error":`) {
			answer = strings.ReplaceAll(answer, things[kind], "ID")
		}
	}
	return answer
}

// inOrder are the routes of the table, those last that remove things.
func inOrder(table map[string]map[string]string) (list []string) {
	last := ""
	for _, route := range slices.Sorted(maps.Keys(table)) {
		switch {
		case strings.HasSuffix(route, "/retire"):
			last = route
		case !strings.Contains(removing, route+" "):
			list = append(list, route)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(removing), "\n")[1:] {
		cells := strings.Fields(line)
		if route := strings.Join(cells[:len(cells)-8], " "); route != last {
			list = append(list, route)
		}
	}
	return append(list, last)
}

// checkRefusal checks that a refusal says what it must and nothing else.
func checkRefusal(t *testing.T, route string, b *bearer, a reply) {
	t.Helper()
	body := string(a.body)
	switch a.StatusCode {
	case http.StatusUnauthorized:
		want := `{"error":"Invalid API key"}`
		if slices.Contains([]string{"none", "malf", "two"}, b.name) {
			want = `{"error":"Invalid Authorization header"}`
		}
		if body != want || a.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s as %s: %s %v", route, b.name, body, a.Header)
		}
	case http.StatusForbidden:
		limited := `{"error":"This API key is limited to specific sites or chargers"}`
		if !strings.HasPrefix(body, `{"error":"This API key may not do that: it lacks \"`) && body != limited {
			t.Errorf("%s as %s: %s", route, b.name, body)
		}
	case http.StatusMethodNotAllowed:
		t.Errorf("%s as %s: %s", route, b.name, a.Status)
	}
}

// TestWhatIsHiddenAnswersLikeWhatDoesNotExist compares, on every route with an
// id, the whole answer about something hidden with that about nothing.
func TestWhatIsHiddenAnswersLikeWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	hidden, nothing := y.furnish(foreign), map[string]string{}
	for kind, id := range hidden {
		nothing[kind] = strings.Repeat("9", len(id))
	}
	for _, route := range y.Routes() {
		if !strings.HasPrefix(route, "api: ") || !strings.Contains(route, "{id}") && !strings.HasPrefix(route, "api: GET /api/ocpp-messages") {
			continue
		}
		for _, b := range y.bearers {
			if b.name == "strg" {
				continue
			}
			is := y.ask(b, y.methodOf(route), y.urlOf(route, foreign, hidden), y.bodyOf(route, foreign, hidden))
			isNot := y.ask(b, y.methodOf(route), y.urlOf(route, nobody, nothing), y.bodyOf(route, nobody, nothing))
			if told, want := tells(is), tells(isNot); anonymous(told, hidden) != anonymous(want, nothing) {
				t.Errorf("%s as %s: hidden\n%s\nand nothing\n%s", route, b.name, told, want)
			}
			if is.StatusCode < 400 {
				t.Errorf("%s as %s: %s", route, b.name, is.Status)
			}
		}
	}
}

// tells is all that an answer tells, but for what differs between any two.
func tells(a reply) string {
	header := a.Header.Clone()
	for _, name := range []string{"X-Request-Id", "Date", "Ratelimit", "X-Ratelimit-Remaining"} {
		header.Del(name)
	}
	return fmt.Sprint(a.Status, "\n", header, "\n", string(a.body))
}

// anonymous is a text without the ids that were asked for, which some repeat.
func anonymous(text string, things map[string]string) string {
	for _, id := range things {
		text = strings.ReplaceAll(text, "firmware file "+id+";", "firmware file ID;")
	}
	return text
}

func parseAccess(t *testing.T, y *yard) map[string]map[string]string {
	t.Helper()
	table := map[string]map[string]string{}
	y.parse(table, access, y.bearers, nil)
	keyless := map[string]string{}
	for _, b := range y.bearers[:6] {
		keyless[b.name] = "401"
	}
	y.parse(table, keyed, y.bearers[6:], keyless)
	y.parse(table, removing, y.bearers[6:], keyless)
	return table
}

// parse reads a table of what these bearers are answered; all rows have what is
// given, too.
func (y *yard) parse(table map[string]map[string]string, text string, bearers []*bearer, given map[string]string) {
	y.t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	columns := strings.Fields(lines[0])[1:]
	for i, b := range bearers {
		if len(columns) != len(bearers) || columns[i] != b.name {
			y.t.Fatalf("the columns are %v", columns)
		}
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		cut := len(cells) - len(columns)
		row := maps.Clone(given)
		if row == nil {
			row = map[string]string{}
		}
		for i, name := range columns {
			row[name] = cells[cut+i]
		}
		table[strings.Join(cells[:cut], " ")] = row
	}
}

// split takes a route apart: "api: GET /api/sites".
func split(route string) (door, method, path string) {
	door, rest, _ := strings.Cut(route, ": ")
	method, path, _ = strings.Cut(rest, " ")
	return door, method, path
}

func (y *yard) methodOf(route string) string {
	_, method, _ := split(route)
	return method
}

// urlOf fills in a route: for a charger, with the ids of what belongs to it.
// What is removed by a request is made anew for each.
func (y *yard) urlOf(route string, charger int, things map[string]string) string {
	door, method, path := split(route)
	id := idOf(path, things)
	switch {
	case strings.HasPrefix(path, "/api/chargers/by-ocpp-id/"):
		id = identities[charger]
	case strings.HasPrefix(path, "/api/chargers/by-external-id/"):
		id = fmt.Sprint("external-", charger)
	case method == http.MethodDelete && path == "/api/firmware/{id}" && charger == bay:
		id = y.freshFirmware()
	}
	path = strings.NewReplacer("{id}", id, "{delivery}", things["deliveries"], "{scheduleId}", "none", "{screenId}", "9999999", "{identity}", "identity-bay", "{token}", "TOKEN", "{name}", "a.log").Replace(path)
	query := parameters(path, things)
	switch {
	case path == "/api/ocpp-messages", path == "/api/ocpp-messages/stream":
		query = "?chargerId=" + strconv.Itoa(charger)
	case path == "/api/ocpp/actions":
		query = "?protocol=ocpp1.6"
	case path == "/api/firmware":
		query = "?name=a.bin"
	case strings.HasPrefix(path, "/debug/"):
		query = "?seconds=0.05"
		if strings.HasSuffix(path, "profile") {
			query = "?seconds=1"
		}
	case method == http.MethodPost:
		query = "?wait=false"
	}
	return y.addresses[door] + path + query
}

func (y *yard) freshFirmware() string {
	y.t.Helper()
	a := y.ask(y.named("full"), http.MethodPost, y.URL+"/api/firmware?name=gone.bin", "bytes")
	_, after, _ := strings.Cut(string(a.body), `"id":`)
	id, _, _ := strings.Cut(after, ",")
	return id
}

func (y *yard) bodyOf(route string, charger int, things map[string]string) string {
	_, method, path := split(route)
	if method == http.MethodGet {
		return ""
	}
	if path == "/api/firmware" {
		return "bytes"
	}
	if body := newBodies[method+" "+path]; body != "" {
		return filled(body, charger, things)
	}
	if body := bodies[path[strings.LastIndexByte(path, '/')+1:]]; body != "" && strings.HasPrefix(path, "/api/chargers/") {
		return body
	}
	return "{}"
}
