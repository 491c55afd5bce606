package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	dialect "github.com/chargeyard/chargeyard/internal/dialect/v16"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/httpapi"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/store"
)

// yard is a whole server in a test but for sockets: a real store, a real fleet
// and the API. Chargers speak to it in OCPP 1.6 at times that the test sets.
type yard struct {
	t     *testing.T
	cfg   httpapi.Config
	dir   string
	store *store.Store
	fleet *fleet.Fleet
	api   *httpapi.API
	reg   *prometheus.Registry
	parts *parts // of a furnished yard; nil else

	now         time.Time
	generations map[charging.ID]uint64
	messages    int
}

// The keys of the test estate. All but the last two see everything of their
// organization.
const (
	holdingKey   = "cy_holding"   // organization 1 with 3 and 4 inside it
	northlineKey = "cy_northline" // organization 3
	strangerKey  = "cy_stranger"  // organization 9
	controlKey   = "cy_control"   // organization 3, may not read
)

// testEstate is two organizations inside a third, and a stranger.
func testEstate() *charging.Change {
	key := func(id, org charging.ID, text string) charging.APIKey {
		return charging.APIKey{ID: id, OrganizationID: org, Name: text, Hash: auth.HashKey(text), Permissions: charging.PermitRead}
	}
	control := key(4, 3, controlKey)
	control.Permissions = charging.PermitControl
	return &charging.Change{
		Actor: "test",
		Organizations: []charging.Organization{
			{ID: 1, Name: "Holding"}, {ID: 3, ParentID: 1, Name: "Northline Couriers"},
			{ID: 4, ParentID: 1, Name: "Fernway Buses"}, {ID: 9, Name: "Stranger"},
		},
		Sites: []charging.Site{
			{ID: 20, OrganizationID: 4, Name: "Fernway Yard", Timezone: "Europe/Lisbon"},
			{ID: 12, OrganizationID: 3, Name: "Harbor Depot", Address: "77 Pier Rd", Timezone: "America/Los_Angeles"},
			{ID: 13, OrganizationID: 3, Name: "Empty Lot", Timezone: "UTC"},
			{ID: 90, OrganizationID: 9, Name: "Elsewhere", Timezone: "UTC"},
		},
		Chargers: []charging.ChargerSettings{
			{ID: 42, SiteID: 12, Name: "Post 1", OCPPID: "post-1"},
			{ID: 41, SiteID: 12, Name: "Bay 4", OCPPID: "voltix-0917"},
			{ID: 50, SiteID: 20, Name: "Stand", OCPPID: "stand"},
			{ID: 95, SiteID: 90, Name: "Foreign", OCPPID: "foreign"},
		},
		Ports: []charging.PortSettings{
			{ID: 83, ChargerID: 42, Number: 1, Name: "Only", MaxPower: 11_000_000},
			{ID: 82, ChargerID: 41, Number: 1, Name: "Left", MaxPower: 160_000_000},
			{ID: 81, ChargerID: 41, Number: 2, Name: "Right", MaxPower: 160_000_000},
			{ID: 96, ChargerID: 95, Number: 1, Name: "Port 1"},
		},
		Customers: []charging.Customer{{ID: 800, OrganizationID: 3, Name: "Linehaul East"}, {ID: 801, OrganizationID: 3, Name: "Linehaul West"}},
		Vehicles: []charging.Vehicle{
			{ID: 700, OrganizationID: 3, Name: "Van 12", Make: "Ravn", Model: "Cargo E", CustomerID: 800},
			{ID: 701, OrganizationID: 3, VIN: "RV00000000000013", LicensePlate: "NL 13"},
			{ID: 702, OrganizationID: 3, LicensePlate: "NL 14"},
			{ID: 703, OrganizationID: 3},
		},
		AccessIDs: []charging.AccessID{
			{ID: 310, OrganizationID: 3, Tag: "A0B1C2D3", Type: charging.TypeRFID, Name: "Card 12", VehicleID: 700},
			{ID: 311, OrganizationID: 3, Tag: "EV700", Type: charging.TypeVehicle, VehicleID: 700},
			{ID: 312, OrganizationID: 1, Tag: "GROUPCARD", Type: charging.TypeRFID},
			{ID: 313, OrganizationID: 3, Tag: "CARD13", Type: charging.TypeRFID, Name: "Card 13", VehicleID: 701, CustomerID: 801},
			{ID: 314, OrganizationID: 3, Tag: "CARD14", Type: charging.TypeRFID, VehicleID: 702},
			{ID: 315, OrganizationID: 3, Tag: "CARD15", Type: charging.TypeRFID, VehicleID: 703},
			{ID: 390, OrganizationID: 9, Tag: "STRANGERCARD", Type: charging.TypeRFID, Name: "Stranger's"},
		},
		Keys: []charging.APIKey{key(1, 1, holdingKey), key(2, 3, northlineKey), key(3, 9, strangerKey), control},
	}
}

// newYard starts a server with the test estate. It is noon on 2026-03-02.
func newYard(t *testing.T) *yard {
	y := emptyYard(t, httpapi.Config{})
	y.configure(testEstate())
	return y
}

func emptyYard(t *testing.T, cfg httpapi.Config) *yard {
	t.Helper()
	y := &yard{t: t, cfg: cfg, dir: t.TempDir(), now: clock("12:00:00")}
	y.start()
	t.Cleanup(y.stop)
	return y
}

// clock returns a time of day on 2026-03-02.
func clock(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.999999999", "2026-03-02T"+s)
	if err != nil {
		panic(err)
	}
	return t
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatal(err)
	}
	y.reg = prometheus.NewRegistry()
	log := slog.New(slog.DiscardHandler)
	// The clock of the fleet would close sessions of long ago.
	y.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, y.store, log, y.reg)
	if err := y.fleet.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	y.generations = make(map[charging.ID]uint64)
	if y.parts != nil {
		y.parts.start(y, log)
	}
	y.cfg.Past, y.cfg.Receipts, y.cfg.Epoch = y.store, y.store, y.store.Epoch()
	_, people := y.cfg.SignIns.(*store.Store)
	if people {
		y.cfg.SignIns, y.cfg.Administration, y.cfg.Configuration = y.store, y.store, y.fleet
	}
	y.api = httpapi.New(y.cfg, y.fleet, log, y.reg)
	if people {
		if err := y.api.LoadPeople(context.Background()); err != nil {
			y.t.Fatal(err)
		}
	}
}

func (y *yard) stop() {
	y.t.Helper()
	if y.parts != nil {
		y.parts.stop(y)
	}
	if err := y.fleet.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := y.store.Close(); err != nil {
		y.t.Error(err)
	}
}

// restart ends the server as a crash would, which was last alive at life, and
// starts it again.
func (y *yard) restart(life time.Time) {
	y.t.Helper()
	if err := y.store.Commit(context.Background(), &charging.Batch{LifeMark: life}); err != nil {
		y.t.Fatal(err)
	}
	y.stop()
	y.start()
}

func (y *yard) configure(ch *charging.Change) {
	y.t.Helper()
	err := y.fleet.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil })
	if err != nil {
		y.t.Fatal(err)
	}
}

// settings returns those of a charger, to be changed.
func (y *yard) settings(charger charging.ID) charging.ChargerSettings {
	return y.fleet.Estate().Charger(charger).ChargerSettings
}

func (y *yard) set(settings charging.ChargerSettings) {
	y.t.Helper()
	y.configure(&charging.Change{Actor: "test", Chargers: []charging.ChargerSettings{settings}})
}

// at sets the time of receipt of what follows.
func (y *yard) at(s string) *yard {
	y.now = clock(s)
	return y
}

func (y *yard) connects(charger charging.ID) {
	y.t.Helper()
	g, err := y.fleet.Connect(context.Background(), charger, charging.Connected{Protocol: "ocpp1.6", Remote: "192.0.2.7"}, y.now)
	if err != nil {
		y.t.Fatal(err)
	}
	y.generations[charger] = g
}

// disconnects ends the charger's connection, last heard of at lastSeen.
func (y *yard) disconnects(charger charging.ID, lastSeen string) {
	y.t.Helper()
	y.disconnectsAs(charger, y.generations[charger], lastSeen)
}

func (y *yard) disconnectsAs(charger charging.ID, generation uint64, lastSeen string) {
	y.t.Helper()
	d := charging.Disconnected{LastSeen: clock(lastSeen), Reason: "the socket was closed"}
	if err := y.fleet.Disconnect(context.Background(), charger, generation, d, y.now); err != nil {
		y.t.Fatal(err)
	}
}

// sends has a charger call an action of OCPP 1.6 and returns the answer.
func (y *yard) sends(charger charging.ID, action, payload string) map[string]any {
	y.t.Helper()
	m, oddities, fault := wire.Decode(action, []byte(payload))
	if fault != nil {
		y.t.Fatalf("%s %s: %v", action, payload, fault)
	}
	y.messages++
	ev := dialect.Translate(m, charging.Event{ChargerID: charger, Generation: y.generations[charger],
		MessageID: strconv.Itoa(y.messages), Received: y.now, Oddities: oddities})
	var out charging.Outcome
	if ev.Body != nil { // a Heartbeat says nothing to store
		var err error
		if out, err = y.fleet.Handle(context.Background(), ev); err != nil {
			y.t.Fatalf("%s %s: %v", action, payload, err)
		}
	}
	var answer map[string]any
	text := dialect.Answer(m, out, dialect.Settings{Now: y.now, HeartbeatInterval: time.Minute}).AppendJSON(nil)
	if err := json.Unmarshal(text, &answer); err != nil {
		y.t.Fatalf("%s: %v", text, err)
	}
	return answer
}

func (y *yard) reportsStatus(charger charging.ID, port int, status string) {
	y.t.Helper()
	y.sends(charger, "StatusNotification", `{"connectorId":`+strconv.Itoa(port)+`,"errorCode":"NoError","status":"`+status+
		`","timestamp":"`+y.now.Format(time.RFC3339)+`"}`)
}

// starts begins a session now and returns its transaction id.
func (y *yard) starts(charger charging.ID, port int, tag string, meterWh int) int64 {
	y.t.Helper()
	return y.startsAt(charger, port, tag, meterWh, y.now.Format(time.RFC3339Nano))
}

func (y *yard) startsAt(charger charging.ID, port int, tag string, meterWh int, timestamp string) int64 {
	y.t.Helper()
	answer := y.sends(charger, "StartTransaction", `{"connectorId":`+strconv.Itoa(port)+`,"idTag":"`+tag+
		`","meterStart":`+strconv.Itoa(meterWh)+`,"timestamp":"`+timestamp+`"}`)
	return int64(answer["transactionId"].(float64))
}

func (y *yard) stops(charger charging.ID, transaction int64, meterWh int) {
	y.t.Helper()
	y.sends(charger, "StopTransaction", `{"transactionId":`+strconv.FormatInt(transaction, 10)+
		`,"meterStop":`+strconv.Itoa(meterWh)+`,"timestamp":"`+y.now.Format(time.RFC3339)+`"}`)
}

// meters sends samples of now, each as the JSON of a sampledValue.
func (y *yard) meters(charger charging.ID, port int, transaction int64, samples ...string) {
	y.t.Helper()
	y.metersAt(charger, port, transaction, y.now.Format(time.RFC3339), samples...)
}

func (y *yard) metersAt(charger charging.ID, port int, transaction int64, timestamp string, samples ...string) {
	y.t.Helper()
	named := ""
	if transaction != 0 {
		named = `"transactionId":` + strconv.FormatInt(transaction, 10) + `,`
	}
	y.sends(charger, "MeterValues", `{"connectorId":`+strconv.Itoa(port)+`,`+named+
		`"meterValue":[{"timestamp":"`+timestamp+`","sampledValue":[`+strings.Join(samples, ",")+`]}]}`)
}

// Samples in the forms that chargers send them.
func energyWh(v string) string { return `{"value":"` + v + `"}` }
func powerW(v string) string   { return `{"value":"` + v + `","measurand":"Power.Active.Import"}` }
func soc(v string) string {
	return `{"value":"` + v + `","measurand":"SoC","unit":"Percent","location":"EV"}`
}
