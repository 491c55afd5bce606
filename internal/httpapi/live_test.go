package httpapi_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/httpapi"
)

// liveKeys are keys of different scopes that follow one estate.
var liveKeys = []string{holdingKey, northlineKey, strangerKey, "cy_site", "cy_two"}

// newLiveYard is a yard with keys limited to a site and to two chargers.
func newLiveYard(t *testing.T) *yard {
	y := emptyYard(t, httpapi.Config{})
	estate := testEstate()
	estate.At = y.now
	y.configure(estate)
	y.configure(&charging.Change{Actor: "test", At: y.now, Keys: []charging.APIKey{
		{ID: 11, OrganizationID: 1, Name: "site", Hash: auth.HashKey("cy_site"), Permissions: charging.PermitRead, Sites: []charging.ID{12}, PerMinute: 1e6},
		{ID: 12, OrganizationID: 1, Name: "two", Hash: auth.HashKey("cy_two"), Permissions: charging.PermitRead, Chargers: []charging.ID{42, 50}, PerMinute: 1e6},
	}})
	for _, k := range testEstate().Keys {
		k.PerMinute = 1e6
		y.configure(&charging.Change{Actor: "test", At: y.now, Keys: []charging.APIKey{k}})
	}
	return y
}

// chaos does something at random to the estate of a yard.
type chaos struct {
	*yard
	r     *rand.Rand
	open  map[charging.ID]int64 // transactions at port 1
	meter int
	fresh charging.ID
}

func newChaos(y *yard, seed uint64) *chaos {
	return &chaos{yard: y, r: rand.New(rand.NewPCG(seed, 5)), open: make(map[charging.ID]int64), fresh: 1000}
}

var chaosChargers = []charging.ID{41, 42, 50, 95}

func (c *chaos) step() {
	c.now = c.now.Add(time.Duration(1+c.r.IntN(90_000)) * time.Millisecond)
	id := chaosChargers[c.r.IntN(len(chaosChargers))]
	switch n := c.r.IntN(17); {
	case n < 4:
		c.reportsStatus(id, 1+c.r.IntN(2), []string{"Available", "Charging", "Faulted", "Preparing"}[c.r.IntN(4)])
	case n < 6:
		c.connects(id)
	case n < 7:
		if c.generations[id] != 0 {
			c.disconnects(id, c.now.Format("15:04:05.000"))
		}
	case n < 9:
		c.meter += 1000
		c.open[id] = c.starts(id, 1, []string{"A0B1C2D3", "CARD13", "NOBODY"}[c.r.IntN(3)], c.meter)
	case n < 12:
		if tx := c.open[id]; tx != 0 {
			c.meter += c.r.IntN(900)
			c.meters(id, 1, tx, energyWh(fmt.Sprint(c.meter)), powerW(fmt.Sprint(c.r.IntN(50_000))))
		}
	case n < 13:
		if tx := c.open[id]; tx != 0 {
			c.stops(id, tx, c.meter+1)
			delete(c.open, id)
		}
	case n < 14:
		c.sends(id, "BootNotification", fmt.Sprintf(`{"chargePointVendor":"V%d","chargePointModel":"M"}`, c.r.IntN(3)))
	default:
		c.reconfigure(id)
	}
}

// reconfigure moves and renames things, also out of the sight of keys and back.
func (c *chaos) reconfigure(id charging.ID) {
	ch := &charging.Change{Actor: "test", At: c.now}
	word := fmt.Sprintf("Name %d", c.r.IntN(1000))
	sites := []charging.ID{12, 13, 20, 90}
	e := c.fleet.Estate()
	switch c.r.IntN(9) {
	case 0:
		s := c.settings(id)
		s.Name = word
		ch.Chargers = append(ch.Chargers, s)
	case 1, 2:
		s := c.settings(id)
		s.SiteID = sites[c.r.IntN(len(sites))]
		ch.Chargers = append(ch.Chargers, s)
	case 3:
		s := *e.Site(sites[c.r.IntN(len(sites))])
		s.Name = word
		ch.Sites = append(ch.Sites, s)
	case 4:
		s := *e.Site(sites[c.r.IntN(len(sites))])
		s.OrganizationID = []charging.ID{1, 3, 4, 9}[c.r.IntN(4)]
		ch.Sites = append(ch.Sites, s)
	case 5:
		o := *e.Organization([]charging.ID{3, 4}[c.r.IntN(2)])
		o.Name = word
		if c.r.IntN(3) == 0 {
			o.ParentID = []charging.ID{0, 1, 9}[c.r.IntN(3)]
		}
		ch.Organizations = append(ch.Organizations, o)
	case 6:
		v := *e.Vehicle(700)
		v.Name = word
		ch.Vehicles = append(ch.Vehicles, v)
	case 7:
		a := *e.AccessID(313)
		a.Name = word
		ch.AccessIDs = append(ch.AccessIDs, a)
	case 8:
		c.fresh++
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: c.fresh, SiteID: sites[c.r.IntN(len(sites))], Name: word})
		if c.r.IntN(2) == 0 {
			ch.Sites = append(ch.Sites, charging.Site{ID: c.fresh, OrganizationID: 3, Name: word, Timezone: "UTC"})
		}
	}
	c.configure(ch)
}

// truth is what GET /api/sites shows a key.
func (y *yard) truth(key, query string) string {
	y.t.Helper()
	a := y.get("/api/sites"+query, key)
	if a.StatusCode != http.StatusOK {
		y.t.Fatalf("%s %s", a.Status, a.body)
	}
	return normal(a.body)
}

// Whatever happens, and however often clients go away and come back: who applies
// the events of a stream, or the answers to since, sees what GET /api/sites shows.
func TestCopiesFollowTheEstate(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			y := newLiveYard(t)
			c := newChaos(y, seed)
			server := y.served()
			streams := make([]*listener, len(liveKeys))
			streamed, polled := make([]*copyOf, len(liveKeys)), make([]*copyOf, len(liveKeys))
			versions := make([]string, len(liveKeys))
			resumed, kept := 0, 0
			for i, key := range liveKeys {
				streamed[i], polled[i] = newCopy(), newCopy()
				streams[i] = listen(t, server.URL+"/api/sites/stream", key, "")
			}
			for step := range 45 {
				c.step()
				if step%15 == 14 {
					y.api.SetDraining()
					for _, s := range streams {
						s.rest()
					}
					y.restart(c.now)
					server = y.served()
				}
				for i, key := range liveKeys {
					if step%15 == 14 || c.r.IntN(6) == 0 {
						streams[i].close()
						streams[i] = listen(t, server.URL+"/api/sites/stream", key, streams[i].lastID)
						if e := streams[i].next(); e.name != "snapshot" {
							resumed++
							streamed[i].event(t, e)
						} else {
							streamed[i].event(t, e)
						}
					}
					if c.r.IntN(3) > 0 {
						continue // it misses some
					}
					want := y.truth(key, "")
					streams[i].until(streamed[i], want)
					var full bool
					versions[i], full = polled[i].since(y.get("/api/sites?since="+versions[i], key).body)
					if !full {
						kept++
					}
					if got := normal([]byte(polled[i].text())); got != want {
						t.Fatalf("step %d, key %s: since leads to\n%s\nnot to\n%s", step, key, got, want)
					}
				}
			}
			if resumed == 0 || kept == 0 {
				t.Errorf("%d streams were resumed, %d answers to since were partial", resumed, kept)
			}
		})
	}
}

func TestTheVersionOutlivesARestartWithTheSameConfiguration(t *testing.T) {
	y := newLiveYard(t)
	y.at("12:00:00").connects(41)
	c := newCopy()
	version, full := c.since(y.get("/api/sites?since=", holdingKey).body)
	if !full {
		t.Error("without a version the answer is not everything")
	}
	y.at("12:01:00").connects(50)
	y.at("12:02:00").reportsStatus(50, 1, "Faulted")
	y.restart(clock("12:03:00")) // ends both connections
	a := y.get("/api/sites?since="+version, holdingKey)
	if version, full = c.since(a.body); full {
		t.Errorf("everything was told again: %s", a.body)
	}
	if want := y.truth(holdingKey, ""); normal([]byte(c.text())) != want {
		t.Errorf("%s\nnot %s", c.text(), want)
	}
	if strings.Contains(string(a.body), `"voltix-9999"`) || strings.Contains(string(a.body), `"ocppId":"post-1"`) {
		t.Errorf("a charger that did not change was told: %s", a.body)
	}
	y.set(y.settings(42))
	y.restart(clock("12:04:00"))
	if _, full = c.since(y.get("/api/sites?since="+version, holdingKey).body); !full {
		t.Error("what changed in the configuration while nobody looked cannot be known")
	}
}

func TestSinceOfAVersionThatIsNotKnownIsEverything(t *testing.T) {
	y := newLiveYard(t)
	own, _ := newCopy().since(y.get("/api/sites?since=", holdingKey).body)
	other, _ := newCopy().since(y.get("/api/sites?since=", strangerKey).body)
	for _, version := range []string{"", "x", "MTA0", other, own + "A", strings.ToUpper(own)} {
		if _, full := newCopy().since(y.get("/api/sites?since="+version, holdingKey).body); !full {
			t.Errorf("%q counts as known", version)
		}
	}
	a := y.get("/api/sites?since="+own, holdingKey)
	if _, full := newCopy().since(a.body); full || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", a.body, a.Header)
	}
	if a := y.get("/api/sites?since=", holdingKey, "Accept-Encoding", "gzip"); a.Header.Get("Content-Encoding") != "gzip" {
		t.Error("it is not compressed")
	}
}

// served is the API as it is now behind a real socket.
func (y *yard) served() *httptest.Server {
	s := httptest.NewServer(y.api)
	y.t.Cleanup(s.Close)
	return s
}
