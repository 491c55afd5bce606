package securitytest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/loopback"
)

// The ids of the estate are long, so that a search finds no other number.
const (
	holding, northline, stranger = 61001, 61003, 61009 // organizations; the second stands in the first
	harbor                       = 71012               // a site of northline
	bay, post, lamp              = 81041, 81042, 81043 // chargers: two at harbor, one at sideLot
	foreign                      = 81095               // a charger of stranger
	nobody                       = 89999               // no charger
)

const estate = `{
	"organizations": [{"id": 61001, "name": "Holding"}, {"id": 61003, "name": "Northline", "parentId": 61001},
		{"id": 61004, "name": "Fernway", "parentId": 61001}, {"id": 61009, "name": "Stranger"}],
	"data": [
		{"id": 71012, "name": "Harbor Depot", "timezone": "UTC", "organization": {"id": 61003, "name": "Northline"}, "chargers": [
			{"id": 81041, "name": "Bay 4", "ocppId": "identity-bay", "ports": [{"id": 91041, "portNumber": 1}]},
			{"id": 81042, "name": "Gate Post", "ocppId": "identity-post", "ports": [{"id": 91042, "portNumber": 1}]}]},
		{"id": 71013, "name": "Side Lot", "timezone": "UTC", "organization": {"id": 61003, "name": "Northline"}, "chargers": [
			{"id": 81043, "name": "Lamp", "ocppId": "identity-lamp", "ports": [{"id": 91043, "portNumber": 1}]}]},
		{"id": 71020, "name": "Fernway Yard", "timezone": "UTC", "organization": {"id": 61004, "name": "Fernway"}, "chargers": [
			{"id": 81050, "name": "Fern Pillar", "ocppId": "identity-stand", "ports": [{"id": 91050, "portNumber": 1}]}]},
		{"id": 71090, "name": "Elsewhere", "timezone": "UTC", "organization": {"id": 61009, "name": "Stranger"}, "chargers": [
			{"id": 81095, "name": "Foreigner", "ocppId": "identity-foreign", "ports": [{"id": 91095, "portNumber": 1}]}]}]}`

// places are what a body may not hold of a place that its reader may not see.
var places = map[string][]string{
	"harbor":    {"Harbor Depot", "71012"},
	"bay":       {"Bay 4", "identity-bay", "81041", "91041"},
	"post":      {"Gate Post", "identity-post", "81042", "91042"},
	"side lot":  {"Side Lot", "Lamp", "identity-lamp", "71013", "81043", "91043"},
	"fernway":   {"Fernway Yard", "Fern Pillar", "identity-stand", "71020", "81050", "91050"},
	"elsewhere": {"Elsewhere", "Foreigner", "identity-foreign", "71090", "81095", "91095"},
}

// A bearer is somebody with an Authorization header.
type bearer struct {
	name    string // column of the table
	headers []string
	cookie  *http.Cookie // of a user
	sees    []string     // of places
	may     string       // permissions, "" for no valid key
}

// yard is a server with the estate, a connected charger at each place, and
// everybody who asks it.
type yard struct {
	*apptest.Server
	t       *testing.T
	bearers []*bearer
	// chargers are those that are connected, by id.
	chargers map[int]*obedient
	// addresses are where the doors of App.Routes are.
	addresses map[string]string
}

// identities are those of the chargers that are connected.
var identities = map[int]string{bay: "identity-bay", post: "identity-post", lamp: "identity-lamp", foreign: "identity-foreign"}

func newYard(t *testing.T) *yard {
	t.Helper()
	metrics, profiles := freeAddress(t), freeAddress(t)
	y := &yard{t: t, addresses: map[string]string{"metrics address": "http://" + metrics, "profiles": "http://" + profiles}}
	y.Server = apptest.Start(t, apptest.Options{Estate: estate, Settings: func(c *config.Config) {
		c.PprofListen, c.PublicURL = profiles, "http://charge.example.org"
	}})
	apptest.Start(t, apptest.Options{Settings: func(c *config.Config) { c.MetricsListen = metrics }})
	for _, door := range []string{"api", "chargers", "files"} {
		y.addresses[door] = y.URL
	}
	y.admit()
	y.chargers = map[int]*obedient{}
	for id, identity := range identities {
		y.chargers[id] = obeying(t, y.OCPP(), identity)
	}
	return y
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// admit makes the keys, in the order of the table's columns.
func (y *yard) admit() {
	y.t.Helper()
	const all = "read,control,manage"
	own, everything := []string{"harbor", "bay", "post", "side lot"}, []string{"harbor", "bay", "post", "side lot", "fernway"}
	revoked := y.key(app.NewKey{Name: "revoked", Organization: northline, Permissions: all})
	var rows []app.KeyRow
	y.MustDo(app.OpKeyList, app.None{}, &rows)
	y.MustDo(app.OpKeyRevoke, app.ByID{ID: rows[len(rows)-1].ID}, &app.None{})
	y.bearers = []*bearer{
		{name: "none"},
		{name: "malf", headers: []string{"Basic " + y.Key}},
		{name: "two", headers: []string{"Bearer " + y.Key, "Bearer " + y.Key}},
		{name: "unkn", headers: []string{"Bearer " + y.Key[:len(y.Key)-1] + "_"}},
		{name: "revo", headers: []string{"Bearer " + revoked}},
		{name: "expi", headers: []string{"Bearer " + y.key(app.NewKey{Name: "expired", Organization: northline, Permissions: all, ExpiresAt: time.Now().Add(-time.Second)})}},
		y.bearer("strg", app.NewKey{Organization: stranger, Permissions: all}, "elsewhere"),
		y.bearer("read", app.NewKey{Organization: northline, Permissions: "read"}, own...),
		y.bearer("ctrl", app.NewKey{Organization: northline, Permissions: "control"}, own...),
		y.bearer("mana", app.NewKey{Organization: northline, Permissions: "manage"}, own...),
		y.bearer("full", app.NewKey{Organization: northline, Permissions: all}, own...),
		y.bearer("site", app.NewKey{Organization: northline, Permissions: all, Sites: []charging.ID{harbor}}, "harbor", "bay", "post"),
		y.bearer("chgr", app.NewKey{Organization: northline, Permissions: all, Chargers: []charging.ID{post}}, "harbor", "post"),
		y.bearer("hold", app.NewKey{Organization: holding, Permissions: all}, everything...),
	}
}

func (y *yard) bearer(name string, key app.NewKey, sees ...string) *bearer {
	y.t.Helper()
	key.Name = name
	return &bearer{name: name, headers: []string{"Bearer " + y.key(key)}, sees: sees, may: key.Permissions}
}

func (y *yard) key(key app.NewKey) string {
	y.t.Helper()
	var made app.CreatedKey
	y.MustDo(app.OpKeyCreate, key, &made)
	return made.Key
}

func (y *yard) named(name string) *bearer {
	for _, b := range y.bearers {
		if b.name == name {
			return b
		}
	}
	y.t.Fatalf("nobody is called %s", name)
	return nil
}

// reply is an answer with its body.
type reply struct {
	*http.Response
	body []byte
}

// ask sends a request as it is written: no cleaned path, no redirects.
func (y *yard) ask(b *bearer, method, url, body string) reply {
	y.t.Helper()
	req, err := http.NewRequestWithContext(y.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	for _, h := range b.headers {
		req.Header.Add("Authorization", h)
	}
	if b.cookie != nil {
		req.AddCookie(b.cookie)
	}
	resp, err := direct.RoundTrip(req)
	if err != nil {
		y.t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") && method == http.MethodGet {
		return reply{resp, firstEvent(resp.Body)}
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		y.t.Fatalf("%s %s: %v", method, url, err)
	}
	return reply{resp, text}
}

// firstEvent reads the beginning of a stream, which has no end.
func firstEvent(body io.Reader) (text []byte) {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && (len(lines.Bytes()) > 0 || !bytes.Contains(text, []byte("data:"))) {
		text = append(append(text, lines.Bytes()...), '\n')
	}
	return text
}

// direct follows no redirects and unpacks nothing.
var direct = &http.Transport{DisableCompression: true}

// hides checks that a text holds nothing of what a bearer may not see.
func (y *yard) hides(b *bearer, what string, text string) {
	y.t.Helper()
	for place, marks := range places {
		for _, mark := range marks {
			if strings.Contains(text, mark) && !sees(b, place) {
				y.t.Errorf("%s as %s tells of %s: %q in %.300s", what, b.name, place, mark, text)
			}
		}
	}
}

func sees(b *bearer, place string) bool {
	for _, seen := range b.sees {
		if seen == place {
			return true
		}
	}
	return false
}

// of is the path of a charger's resource.
func of(charger int, what string) string { return fmt.Sprintf("/api/chargers/%d/%s", charger, what) }
