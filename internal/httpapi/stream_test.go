package httpapi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// told is the next event of a stream, which must be of this name; it returns
// its data.
func (l *listener) told(name string) map[string]any {
	l.t.Helper()
	e := l.next()
	if e.name != name {
		l.t.Fatalf("%s %s, want %s", e.name, e.data, name)
	}
	return decode(l.t, []byte(e.data)).(map[string]any)
}

func TestAStreamTellsEachChangeWithItsReasons(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	y.at("12:00:00").connects(41)
	l := listen(t, server.URL+"/api/sites/stream", northlineKey, "")
	first := l.next()
	if first.name != "snapshot" || normal([]byte(first.data)) != y.truth(northlineKey, "") || first.id == "" {
		t.Fatalf("%+v", first)
	}
	tells := func(what, reasons string, id charging.ID, do func()) {
		t.Helper()
		do()
		e := l.next()
		data := decode(t, []byte(e.data)).(map[string]any)
		if got := fmt.Sprint(data["reasons"]); e.name != "charger" || got != reasons {
			t.Fatalf("%s: %s %s, want reasons %s", what, e.name, e.data, reasons)
		}
		shown := y.get(fmt.Sprintf("/api/chargers/%d", id), northlineKey).data(t)
		if fmt.Sprint(data["charger"]) != fmt.Sprint(shown) {
			t.Errorf("%s: the event has %v, GET %v", what, data["charger"], shown)
		}
	}
	tells("a connection", "[connected]", 42, func() { y.at("12:00:10").connects(42) })
	tells("a status", "[status]", 41, func() { y.at("12:00:20").reportsStatus(41, 1, "Preparing") })
	var tx int64
	tells("a start", "[sessionStarted]", 41, func() { y.at("12:00:30").connects(41); tx = y.starts(41, 1, "A0B1C2D3", 1000) })
	tells("a reading", "[reading]", 41, func() { y.at("12:01:30").meters(41, 1, tx, energyWh("1500"), powerW("30000")) })
	tells("a stop", "[sessionEnded]", 41, func() { y.at("12:02:30").stops(41, tx, 1600) })
	tells("a boot", "[configuration]", 41, func() {
		y.at("12:02:40").sends(41, "BootNotification", `{"chargePointVendor":"Voltix","chargePointModel":"VX"}`)
	})
	tells("a new port", "[status configuration]", 42, func() { y.at("12:02:50").reportsStatus(42, 2, "Available") })
	tells("an end", "[disconnected]", 42, func() { y.at("12:03:00").disconnects(42, "12:02:55") })
	y.at("12:03:10").sends(41, "DataTransfer", `{"vendorId":"nobody"}`) // shows nothing
	y.connects(50)                                                      // out of scope
	tells("a name", "[configuration]", 41, func() {
		s := y.settings(41)
		s.Name = "Bay Four"
		y.set(s)
	})
	s := y.settings(41)
	s.SiteID = 90
	y.set(s)
	if data := l.told("removed"); fmt.Sprint(data) != "map[id:41]" {
		t.Errorf("%v", data)
	}
	site := *y.fleet.Estate().Site(13)
	site.Address = "1 New Road"
	y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{site}})
	compare(t, l.told("site"), "site.address", `"1 New Road"`)
	site.OrganizationID = 9
	y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{site}})
	compare(t, l.told("siteRemoved"), "id", "13")
}

func TestAStreamBeginsWithProperHeaders(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	conn := must(net.Dial("tcp", server.Listener.Addr().String()))
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/sites/stream HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer %s\r\n\r\n", northlineKey)
	var got strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(got.String(), "event: snapshot\n") {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err, got.String())
		}
		got.Write(buffer[:n])
	}
	for _, want := range []string{"Content-Type: text/event-stream; charset=utf-8\r\n", "Cache-Control: no-store\r\n",
		"X-Accel-Buffering: no\r\n", "retry: 2000\n\n"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("there is no %q in\n%s", want, got.String())
		}
	}
	if strings.Contains(got.String(), "Content-Encoding") {
		t.Error("it is compressed")
	}
	if a := y.ask(http.MethodHead, "/api/sites/stream", northlineKey); a.StatusCode != http.StatusOK || len(a.body) > 0 {
		t.Errorf("HEAD: %s %q", a.Status, a.body)
	}
}

func TestStreamsAreLimitedToWhatIsAskedFor(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	for query, want := range map[string]string{
		"?siteIds=12":                             "12:41,42",
		"?siteIds=12&siteIds=13":                  "12:41,42 13:",
		"?siteIds[]=20&siteIds[]=90":              "20:50",
		"?chargerIds=42":                          "12:42",
		"?chargerIds=42&chargerIds[]=50":          "12:42 20:50",
		"?siteIds=20&chargerIds=42":               "",
		"?siteIds=20&chargerIds=42&chargerIds=50": "20:50",
		"?siteIds=999":                            "",
		"?siteIds=":                               "12:41,42 13: 20:50",
	} {
		l := listen(t, server.URL+"/api/sites/stream"+query, holdingKey, "")
		c := newCopy()
		c.event(t, l.next())
		if got := c.outline(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		l.close()
	}
	l := listen(t, server.URL+"/api/sites/stream?chargerIds=42", holdingKey, "")
	l.told("snapshot")
	y.at("12:00:00").connects(41)
	y.connects(42)
	compare(t, l.told("charger"), "charger.id", "42")
	resumed := listen(t, server.URL+"/api/sites/stream?chargerIds=41&lastEventId="+l.lastID, holdingKey, "")
	resumed.told("snapshot") // the id is of another view
	for query, text := range map[string]string{
		"?siteIds=x":          `siteIds: "x" is no id; ids are whole numbers from 1`,
		"?chargerIds=0":       `chargerIds: "0" is no id; ids are whole numbers from 1`,
		"?counters=perhaps":   `counters: must be true or false`,
		"?include=everything": `include: "everything" is none of freshness`,
	} {
		y.get("/api/sites/stream"+query, holdingKey).is(t, http.StatusBadRequest, text)
	}
	y.get("/api/sites/stream", "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	y.get("/api/sites/stream", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}

// outline is which chargers stand at which sites: "12:41,42 13:".
func (c *copyOf) outline() string {
	var list []string
	for _, site := range parse[struct {
		Data []struct {
			ID       charging.ID
			Chargers []identified
		}
	}]([]byte(c.text())).Data {
		var ids []string
		for _, charger := range site.Chargers {
			ids = append(ids, fmt.Sprint(charger.ID))
		}
		list = append(list, fmt.Sprint(site.ID)+":"+strings.Join(ids, ","))
	}
	return strings.Join(list, " ")
}

func TestCountersOfSitesAreToldInsteadOfChargers(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	l := listen(t, server.URL+"/api/sites/stream?counters=true", northlineKey, "")
	e := l.next()
	want := `{"data":[{"siteId":12,"name":"Harbor Depot","chargers":2,"connected":0,"ports":3,"available":0,"preparing":0,"charging":0,` +
		`"suspended":0,"finishing":0,"reserved":0,"unavailable":0,"faulted":0,"unknown":0,"offline":3,"sessions":0,"powerKw":0},` +
		`{"siteId":13,"name":"Empty Lot","chargers":0,"connected":0,"ports":0,"available":0,"preparing":0,"charging":0,` +
		`"suspended":0,"finishing":0,"reserved":0,"unavailable":0,"faulted":0,"unknown":0,"offline":0,"sessions":0,"powerKw":0}]}`
	if e.name != "snapshot" || e.data != want {
		t.Fatalf("%s %s", e.name, e.data)
	}
	counts := func(want string) {
		t.Helper()
		data := l.told("counters")
		got := fmt.Sprintf("%v %v %v/%v %v %v", data["siteId"], data["offline"], data["unknown"], data["charging"], data["sessions"], data["powerKw"])
		if got != want {
			t.Errorf("%s, want %s: %v", got, want, data)
		}
	}
	y.at("12:00:00").connects(41)
	counts("12 1 2/0 0 0")
	tx := y.starts(41, 1, "A0B1C2D3", 0)
	counts("12 1 2/0 1 0")
	y.reportsStatus(41, 1, "Charging")
	counts("12 1 1/1 1 0")
	y.at("12:01:00").meters(41, 1, tx, powerW("30500"))
	counts("12 1 1/1 1 30.5")
	y.at("12:02:00").meters(41, 1, tx, soc("50")) // counts nothing
	y.stops(41, tx, 100)
	counts("12 1 1/1 0 0")
	site := *y.fleet.Estate().Site(13)
	site.OrganizationID = 9
	y.configure(&charging.Change{Actor: "test", Sites: []charging.Site{site}})
	compare(t, l.told("siteRemoved"), "id", "13")
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	l := listen(t, server.URL+"/api/sites/stream", northlineKey, "")
	l.told("snapshot")
	y.at("12:00:00").connects(41)
	y.api.SetDraining()
	list := l.rest()
	last := list[len(list)-1]
	if last.name != "end" || last.data != `{"reason":"shutdown"}` || last.id != "" {
		t.Errorf("%+v", list)
	}
	y.get("/api/sites/stream", northlineKey).is(t, http.StatusServiceUnavailable, "The server is stopping.")
}

func TestAStreamEndsWithItsKey(t *testing.T) {
	y := newLiveYard(t)
	server := y.served()
	change := func(id charging.ID, change func(*charging.APIKey)) {
		for _, k := range y.fleet.Estate().Keys() {
			if k.ID == id {
				fresh := *k
				change(&fresh)
				y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{fresh}})
			}
		}
	}
	for name, do := range map[string]func(*charging.APIKey){
		"revoked":           func(k *charging.APIKey) { k.RevokedAt = time.Now() },
		"expired":           func(k *charging.APIKey) { k.ExpiresAt = time.Now() },
		"may not read":      func(k *charging.APIKey) { k.Permissions = charging.PermitControl },
		"sees other things": func(k *charging.APIKey) { k.Chargers = []charging.ID{41} },
	} {
		text := "cy_" + strings.ReplaceAll(name, " ", "_")
		y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{{ID: 77, OrganizationID: 3, Name: "k",
			Hash: auth.HashKey(text), Permissions: charging.PermitRead}}})
		l := listen(t, server.URL+"/api/sites/stream", text, "")
		l.told("snapshot")
		change(77, func(k *charging.APIKey) { k.Name = "renamed" }) // changes nothing
		change(77, do)
		if list := l.rest(); len(list) == 0 || list[len(list)-1].data != `{"reason":"key"}` {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestHowManyStreamsMayBeOpen(t *testing.T) {
	y := newLiveYard(t)
	y.cfg.StreamsPerKey, y.cfg.Streams = 2, 3
	y.restart(y.now)
	server := y.served()
	open := func(key string) *listener { return listen(t, server.URL+"/api/sites/stream", key, "") }
	one := open(northlineKey)
	open(northlineKey)
	a := y.get("/api/sites/stream", northlineKey)
	a.is(t, http.StatusTooManyRequests, "This API key has as many streams open as it may")
	if a.Header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
	open(holdingKey)
	y.get("/api/sites/stream", holdingKey).is(t, http.StatusServiceUnavailable, "The server has as many streams open as it may; try again later.")
	one.close()
	deadline := time.Now().Add(20 * time.Second)
	for { // until the server has noticed
		r := must(http.NewRequest(http.MethodGet, server.URL+"/api/sites/stream", nil))
		r.Header.Set("Authorization", "Bearer "+northlineKey)
		a := must(http.DefaultClient.Do(r))
		a.Body.Close()
		if a.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(a.Status)
		}
	}
}

// Who reads nothing for a while gets a new snapshot instead of everything that
// happened, and the server holds no more for it than a bounded queue.
func TestASlowReaderGetsANewSnapshot(t *testing.T) {
	y := newLiveYard(t)
	ch := &charging.Change{Actor: "test"}
	for i := range 200 {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(2000 + i), SiteID: 12, Name: strings.Repeat("long name ", 400)})
	}
	y.configure(ch)
	server := y.served()
	conn := must(net.Dial("tcp", server.Listener.Addr().String()))
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/sites/stream HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n", northlineKey)
	for round := range 30 { // 30 times 800 kB fit no socket
		for i := range ch.Chargers {
			ch.Chargers[i].Name = fmt.Sprint(round, strings.Repeat(" long name", 400))
		}
		y.configure(&charging.Change{Actor: "test", Chargers: ch.Chargers})
	}
	want := y.truth(northlineKey, "")
	l := &listener{t: t, body: struct {
		io.Reader
		io.Closer
	}{conn, conn}, events: make(chan event, 4096)}
	go l.read()
	c := newCopy()
	snapshots := 0
	for {
		e := l.next()
		if e.name == "snapshot" {
			snapshots++
		}
		c.event(t, e)
		if e.id != "" && normal([]byte(c.text())) == want { // the last event of those that were sent together
			break
		}
	}
	if snapshots < 2 {
		t.Errorf("%d snapshots came", snapshots)
	}
}
