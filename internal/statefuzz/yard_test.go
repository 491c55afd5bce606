package statefuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	dialect16 "github.com/chargeyard/chargeyard/internal/dialect/v16"
	dialect201 "github.com/chargeyard/chargeyard/internal/dialect/v201"
	dialect21 "github.com/chargeyard/chargeyard/internal/dialect/v21"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
	"github.com/chargeyard/chargeyard/internal/store"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// key sees everything.
const key = "cy_statefuzz"

// yard is a whole server without sockets, whose clock is the caller's.
type yard struct {
	t     tester
	dir   string
	store *store.Store
	fleet *fleet.Fleet
	api   *httpapi.API
}

// template is a data folder with the test estate in it, made once: migrations
// cost more than a whole run.
var template = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "chargeyard-statefuzz-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	f := fleet.New(fleet.Config{}, s, slog.New(slog.DiscardHandler), nil)
	if err := f.Start(context.Background()); err != nil {
		return nil, err
	}
	err = f.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return estate(), nil })
	if err != nil {
		return nil, err
	}
	if err := f.Stop(context.Background()); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && err == nil {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	return files, err
})

// The chargers of the estate have ids from firstCharger on and no ports.
const (
	firstCharger = 41
	chargers     = 2
)

// knownTag is a card of the estate; every other tag is unknown.
const knownTag = "A0B1C2D3"

func estate() *charging.Change {
	ch := &charging.Change{
		Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
		Sites:         []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}},
		Customers:     []charging.Customer{{ID: 8, OrganizationID: 3, Name: "Linehaul"}},
		Vehicles:      []charging.Vehicle{{ID: 700, OrganizationID: 3, Name: "Van 12", CustomerID: 8}},
		AccessIDs:     []charging.AccessID{{ID: 310, OrganizationID: 3, Tag: knownTag, Type: charging.TypeRFID, Name: "Card 12", VehicleID: 700}},
		Keys: []charging.APIKey{{ID: 1, OrganizationID: 3, Name: "test", Hash: auth.HashKey(key), Permissions: charging.PermitRead,
			PerMinute: 1_000_000_000}},
	}
	for i := range chargers {
		ch.Chargers = append(ch.Chargers, charging.ChargerSettings{ID: charging.ID(firstCharger + i), SiteID: 12,
			Name: fmt.Sprint("Bay ", i), OCPPID: fmt.Sprint("CP", i)})
	}
	return ch
}

func newYard(t tester, dir string) *yard {
	t.Helper()
	files, err := template()
	if err != nil {
		t.Fatalf("the template: %v", err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatalf("%v", err)
		}
	}
	y := &yard{t: t, dir: dir}
	y.start()
	return y
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatalf("opening the store: %v", err)
	}
	log := slog.New(slog.DiscardHandler)
	// Its clock is not ours: silence is looked for by silences.
	y.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, y.store, log, prometheus.NewRegistry())
	if err := y.fleet.Start(context.Background()); err != nil {
		y.t.Fatalf("starting the fleet: %v", err)
	}
	y.api = httpapi.New(httpapi.Config{}, y.fleet, log, prometheus.NewRegistry())
}

func (y *yard) stop() {
	y.t.Helper()
	if err := y.fleet.Stop(context.Background()); err != nil {
		y.t.Fatalf("stopping the fleet: %v", err)
	}
	if err := y.store.Close(); err != nil {
		y.t.Fatalf("closing the store: %v", err)
	}
}

// restart ends the server, which was last alive at life, and starts it again on
// the same store.
func (y *yard) restart(life time.Time) {
	y.t.Helper()
	if err := y.store.Commit(context.Background(), &charging.Batch{LifeMark: life}); err != nil {
		y.t.Fatalf("marking life: %v", err)
	}
	y.stop()
	y.start()
}

func (y *yard) connect(charger charging.ID, protocol string, at time.Time) uint64 {
	y.t.Helper()
	g, err := y.fleet.Connect(context.Background(), charger, charging.Connected{Protocol: protocol, Remote: "192.0.2.7:1"}, at)
	if err != nil {
		y.t.Fatalf("connecting: %v", err)
	}
	return g
}

func (y *yard) disconnect(charger charging.ID, generation uint64, at time.Time) {
	y.t.Helper()
	err := y.fleet.Disconnect(context.Background(), charger, generation, charging.Disconnected{LastSeen: at, Reason: "test"}, at)
	if err != nil {
		y.t.Fatalf("disconnecting: %v", err)
	}
}

// silences has the server look for sessions whose stop is missing, as it does
// every few seconds.
func (y *yard) silences(now time.Time) {
	y.t.Helper()
	e := y.fleet.Estate()
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			if p.Session == nil {
				continue
			}
			_, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: c.ID, Received: now,
				Body: charging.SessionOverdue{Port: p.Number, Session: p.Session.ID, Reason: "test"}})
			if err != nil {
				y.t.Fatalf("looking for silence: %v", err)
			}
		}
	}
}

// protocol is what the yard needs of a version of OCPP.
type protocol struct {
	name    string
	version ocpp.Version
	table   *ocpp.Table
	// handle decodes a call, has its event stored by decide, and returns the
	// action as the table spells it and the payload of the answer.
	handle func(f *ocpp.Frame, e charging.Event, decide decider) (action string, answer []byte, fault *ocpp.CallError)
}

type decider func(charging.Event) charging.Outcome

var protocols = []protocol{
	{"ocpp1.6", ocpp.V16, v16.Table, handle16},
	{"ocpp2.0.1", ocpp.V201, v201.Table, handle201},
	{"ocpp2.1", ocpp.V21, v21.Table, handle21},
}

func handle16(f *ocpp.Frame, e charging.Event, decide decider) (string, []byte, *ocpp.CallError) {
	m, odd, fault := v16.Decode(f.Action, f.Payload)
	if fault != nil {
		return "", nil, fault
	}
	e.Oddities = odd
	out := decide(dialect16.Translate(m, e))
	return m.Action(), dialect16.Answer(m, out, dialect16.Settings{Now: e.Received}).AppendJSON(nil), nil
}

func handle201(f *ocpp.Frame, e charging.Event, decide decider) (string, []byte, *ocpp.CallError) {
	m, odd, fault := v201.Decode(f.Action, f.Payload)
	if fault != nil {
		return "", nil, fault
	}
	e.Oddities = odd
	out := decide(dialect201.Translate(m, e))
	return m.Action(), dialect201.Answer(m, out, dialect201.Settings{Now: e.Received}).AppendJSON(nil), nil
}

func handle21(f *ocpp.Frame, e charging.Event, decide decider) (string, []byte, *ocpp.CallError) {
	m, odd, fault := v21.Decode(f.Action, f.Payload)
	if fault != nil {
		return "", nil, fault
	}
	e.Oddities = odd
	out := decide(dialect21.Translate(m, e))
	settings := dialect21.Settings{Settings: dialect201.Settings{Version: ocpp.V21, Now: e.Received}}
	return m.Action(), dialect21.Answer(m, out, settings).AppendJSON(nil), nil
}

// say hands in a frame and returns the payload of its result; nil when it was
// refused. Every answer is held against the message table.
func (y *yard) say(p *protocol, e charging.Event, frame string) []byte {
	y.t.Helper()
	f, err := ocpp.ParseFrame([]byte(frame))
	if err != nil {
		return nil
	}
	action, answer, fault := p.handle(&f, e, func(e charging.Event) charging.Outcome {
		if e.Body == nil {
			return charging.Outcome{}
		}
		out, err := y.fleet.Handle(context.Background(), e)
		if err != nil {
			y.t.Fatalf("%s: %v", frame, err)
		}
		return out
	})
	if fault != nil {
		return nil
	}
	row := p.table.Action(action)
	if row == nil {
		y.t.Fatalf("%s became %q, which is no action", frame, action)
	}
	if row.Send {
		return nil
	}
	if fault := ocpp.Check(p.version, row.Response, answer); fault != nil {
		y.t.Fatalf("%s was answered %s: %v", frame, answer, fault)
	}
	return answer
}

// sites fetches GET /api/sites.
func (y *yard) sites() []site {
	y.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/sites", nil)
	r.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	y.api.ServeHTTP(w, r)
	var body struct{ Data []site }
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil || w.Code != http.StatusOK {
		y.t.Fatalf("GET /api/sites: %d, %v: %s", w.Code, err, w.Body)
	}
	return body.Data
}
