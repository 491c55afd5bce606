package httpapi_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// copyOf is what a client makes of a document, of the events of a stream, and of
// answers to since: the estate as it believes it to be.
type copyOf struct {
	sites    map[charging.ID]map[string]json.RawMessage // without their chargers
	chargers map[charging.ID]copiedCharger
}

type copiedCharger struct {
	site charging.ID
	json json.RawMessage
}

func newCopy() *copyOf {
	return &copyOf{make(map[charging.ID]map[string]json.RawMessage), make(map[charging.ID]copiedCharger)}
}

type identified struct{ ID charging.ID }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func parse[T any](text []byte) (v T) {
	if err := json.Unmarshal(text, &v); err != nil {
		panic(string(text) + ": " + err.Error())
	}
	return v
}

// site takes over a site with the chargers that it is told with.
func (c *copyOf) site(text json.RawMessage) {
	members := parse[map[string]json.RawMessage](text)
	id := parse[identified](text).ID
	for _, charger := range parse[[]json.RawMessage](members["chargers"]) {
		c.charger(id, charger)
	}
	delete(members, "chargers")
	c.sites[id] = members
}

func (c *copyOf) charger(site charging.ID, text json.RawMessage) {
	c.chargers[parse[identified](text).ID] = copiedCharger{site, text}
}

func (c *copyOf) removeSite(id charging.ID) {
	delete(c.sites, id)
	for charger, known := range c.chargers {
		if known.site == id {
			delete(c.chargers, charger)
		}
	}
}

// document takes over a whole document.
func (c *copyOf) document(text json.RawMessage) {
	*c = *newCopy()
	for _, site := range parse[struct{ Data []json.RawMessage }](text).Data {
		c.site(site)
	}
}

// event takes over what a stream told.
func (c *copyOf) event(t *testing.T, e event) {
	t.Helper()
	data := json.RawMessage(e.data)
	switch e.name {
	case "snapshot":
		c.document(data)
	case "charger":
		told := parse[struct {
			SiteID  charging.ID
			Charger json.RawMessage
		}](data)
		if c.sites[told.SiteID] == nil {
			t.Errorf("charger of site %d, which was not told: %s", told.SiteID, data)
		}
		c.charger(told.SiteID, told.Charger)
	case "removed":
		delete(c.chargers, parse[identified](data).ID)
	case "site":
		site := parse[struct{ Site map[string]json.RawMessage }](data).Site
		c.sites[parse[charging.ID](site["id"])] = site
	case "siteRemoved":
		c.removeSite(parse[identified](data).ID)
	}
}

// since takes over an answer to since and returns its version.
func (c *copyOf) since(text json.RawMessage) (version string, full bool) {
	d := parse[struct {
		Data struct {
			Version string
			Full    bool
			Sites   []json.RawMessage
			Removed struct{ Chargers, Sites []charging.ID }
		}
	}](text).Data
	if d.Full {
		*c = *newCopy()
	}
	for _, id := range d.Removed.Chargers {
		delete(c.chargers, id)
	}
	for _, id := range d.Removed.Sites {
		c.removeSite(id)
	}
	for _, site := range d.Sites {
		c.site(site)
	}
	return d.Version, d.Full
}

// text is the document that the copy amounts to.
func (c *copyOf) text() string {
	type site struct {
		id   charging.ID
		json map[string]json.RawMessage
	}
	var sites []site
	for id, members := range c.sites {
		sites = append(sites, site{id, members})
	}
	slices.SortFunc(sites, func(a, b site) int { return cmp.Compare(a.id, b.id) })
	list := make([]map[string]json.RawMessage, 0)
	for _, s := range sites {
		whole := map[string]json.RawMessage{}
		for name, value := range s.json {
			whole[name] = value
		}
		var ids []charging.ID
		for id, known := range c.chargers {
			if known.site == s.id {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		chargers := []json.RawMessage{}
		for _, id := range ids {
			chargers = append(chargers, c.chargers[id].json)
		}
		whole["chargers"] = must(json.Marshal(chargers))
		list = append(list, whole)
	}
	return string(must(json.Marshal(map[string]any{"data": list})))
}

// normal writes JSON with its members in one order.
func normal(text []byte) string { return string(must(json.Marshal(parse[any](text)))) }

// event is one server-sent event.
type event struct{ name, data, id string }

// listener is a client of a stream on a real socket.
type listener struct {
	t      *testing.T
	body   io.ReadCloser
	events chan event
	lastID string
}

// listen opens a stream; lastID is sent when it is not "".
func listen(t *testing.T, url, key, lastID string) *listener {
	t.Helper()
	r := must(http.NewRequest(http.MethodGet, url, nil))
	r.Header.Set("Authorization", "Bearer "+key)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s", url, a.Status, must(io.ReadAll(a.Body)))
	}
	l := &listener{t: t, body: a.Body, events: make(chan event, 4096)}
	t.Cleanup(l.close)
	go l.read()
	return l
}

func (l *listener) close() { l.body.Close() }

func (l *listener) read() {
	defer close(l.events)
	lines := bufio.NewReaderSize(l.body, 1<<20)
	var e event
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte(": "))
		switch string(name) {
		case "event":
			e.name = string(value)
		case "data":
			e.data = string(value)
		case "id":
			e.id = string(value)
		case "":
			if e.name != "" {
				l.events <- e
			}
			e = event{}
		}
	}
}

// next waits for an event.
func (l *listener) next() event {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		if !ok {
			l.t.Fatal("the stream ended")
		}
		if e.id != "" {
			l.lastID = e.id
		}
		return e
	case <-time.After(20 * time.Second):
		l.t.Fatal("no event came")
	}
	return event{}
}

// until takes events over into a copy until it shows what is wanted.
func (l *listener) until(c *copyOf, want string) {
	l.t.Helper()
	for normal([]byte(c.text())) != want {
		c.event(l.t, l.next())
	}
}

// rest returns what still comes until the stream ends.
func (l *listener) rest() (list []event) {
	for {
		select {
		case e, ok := <-l.events:
			if !ok {
				return list
			}
			list = append(list, e)
		case <-time.After(20 * time.Second):
			l.t.Fatal("the stream does not end")
		}
	}
}
