package fleet_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// yard is a fleet on a real store, with one charger (id 41) at one site, two
// cards and a van.
type yard struct {
	*fleet.Fleet
	t     testing.TB
	dir   string
	store *store.Store
	now   time.Time       // of the next message
	gen   uint64          // of the charger's connection
	batch *charging.Batch // the newest with records
}

const chargerID = 41

func newYard(t testing.TB) *yard {
	y := &yard{t: t, dir: t.TempDir(), now: noon}
	y.start()
	y.update(&charging.Change{
		Organizations: []charging.Organization{{ID: 3, Name: "Northline"}, {ID: 4, Name: "Other"}, {ID: 5, ParentID: 3, Name: "North"}},
		Sites:         []charging.Site{{ID: 12, OrganizationID: 5, Name: "Harbor", Timezone: "UTC"}},
		Chargers:      []charging.ChargerSettings{{ID: chargerID, SiteID: 12, Name: "Bay 4", OCPPID: "CP1"}},
		Vehicles:      []charging.Vehicle{{ID: 700, OrganizationID: 3, Name: "Van 12", CustomerID: 8}},
		Customers:     []charging.Customer{{ID: 8, OrganizationID: 3, Name: "Linehaul"}},
		AccessIDs: []charging.AccessID{
			{ID: 310, OrganizationID: 3, Tag: "A0b1", Type: charging.TypeRFID, Name: "Card 12", VehicleID: 700},
			{ID: 311, OrganizationID: 3, Tag: "REVOKED", Type: charging.TypeRFID, Revoked: true, RevokedAt: noon},
			{ID: 312, OrganizationID: 4, Tag: "FOREIGN", Type: charging.TypeRFID},
		},
	})
	t.Cleanup(y.stop)
	return y
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatal(err)
	}
	y.Fleet = fleet.New(fleet.Config{}, y.store, slog.New(slog.DiscardHandler), nil)
	if err := y.Fleet.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	y.Watch(func(b *charging.Batch) {
		if len(b.Records) > 0 {
			y.batch = b
		}
	})
}

// lastOddities are those of the newest record. The batch was handed over before
// its events were answered.
func (y *yard) lastOddities() []charging.Oddity {
	return y.batch.Records[len(y.batch.Records)-1].Oddities
}

func (y *yard) stop() {
	if err := y.Fleet.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := y.store.Close(); err != nil {
		y.t.Error(err)
	}
}

// restart is a stop and start of the server on the same data.
func (y *yard) restart() {
	y.t.Helper()
	y.stop()
	y.start()
}

// endAt restarts the server as if it had last been alive at that time.
func (y *yard) endAt(alive time.Time) {
	y.t.Helper()
	if err := y.Fleet.Stop(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	if err := y.store.Commit(context.Background(), &charging.Batch{LifeMark: alive}); err != nil {
		y.t.Fatal(err)
	}
	y.restart()
}

func (y *yard) update(ch *charging.Change) {
	y.t.Helper()
	err := y.Fleet.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil })
	if err != nil {
		y.t.Fatal(err)
	}
}

// tell hands an event in and returns its outcome; a second passes.
func (y *yard) tell(body charging.Body) charging.Outcome {
	y.t.Helper()
	out, err := y.Handle(context.Background(), charging.Event{ChargerID: chargerID, Generation: y.gen, Received: y.now, Body: body})
	if err != nil {
		y.t.Fatalf("%T: %v", body, err)
	}
	y.now = y.now.Add(time.Second)
	return out
}

func (y *yard) connect() {
	y.t.Helper()
	y.connectAs("ocpp1.6", 0)
}

// connectAs connects the charger with a protocol and a security profile.
func (y *yard) connectAs(protocol string, profile int) {
	y.t.Helper()
	gen, err := y.Connect(context.Background(), chargerID,
		charging.Connected{Protocol: protocol, Remote: "192.0.2.7:1", Profile: profile}, y.now)
	if err != nil {
		y.t.Fatal(err)
	}
	y.gen = gen
	y.now = y.now.Add(time.Second)
}

func (y *yard) charger() *charging.Charger { return y.Estate().Charger(chargerID) }

func (y *yard) port(n int) *charging.Port {
	y.t.Helper()
	p := y.charger().Port(n)
	if p == nil {
		y.t.Fatalf("there is no port %d", n)
	}
	return p
}

// session returns the session that runs on port 1.
func (y *yard) session() *charging.Session {
	y.t.Helper()
	s := y.port(1).Session
	if s == nil {
		y.t.Fatal("no session is running")
	}
	return s
}

func (y *yard) noSession() {
	y.t.Helper()
	if p := y.charger().Port(1); p != nil && p.Session != nil {
		y.t.Fatalf("a session is running: %+v", p.Session)
	}
}

// recent returns the session that closed last.
func (y *yard) recent() *charging.Session {
	y.t.Helper()
	r := y.charger().Recent
	if len(r) == 0 {
		y.t.Fatal("no session closed lately")
	}
	return r[len(r)-1]
}

func at(t time.Time) charging.Timestamp {
	return charging.Timestamp{Written: t.Format(time.RFC3339), Parsed: t}
}

func status(port int, word charging.Status, t time.Time) charging.PortStatusReported {
	return charging.PortStatusReported{Port: port, Status: word, ErrorCode: charging.NoError, Time: at(t)}
}

func start(tag string, wh int64, t time.Time) charging.SessionStarted {
	return charging.SessionStarted{Port: 1, Tag: tag, HasMeterStart: true, MeterStart: charging.Milli(wh * 1000), Time: at(t)}
}

func stop(id, wh int64, t time.Time) charging.SessionStopped {
	return charging.SessionStopped{TransactionID: id, TransactionKnown: true, HasMeter: true,
		MeterStop: charging.Milli(wh * 1000), Time: at(t), Reason: "Local"}
}

func sample(m charging.Measurand, v charging.Milli, t time.Time) charging.Reading {
	return charging.Reading{Measurand: m, Value: v, Valid: true, Time: at(t)}
}

// connector is a report of the state of one connector.
func connector(port, number int, state string, t time.Time) charging.ConditionsReported {
	return charging.ConditionsReported{Time: at(t), States: []charging.ConnectorReport{{Port: port, Connector: number, State: state, Time: at(t)}}}
}

// meters is a message of port 1 with power in W and the register in Wh.
func meters(id int64, watts, wh int64, t time.Time) charging.MetersReported {
	return charging.MetersReported{Port: 1, TransactionID: id, TransactionKnown: id != 0, Readings: []charging.Reading{
		sample(charging.PowerActiveImport, charging.Milli(watts*1000), t),
		sample(charging.EnergyActiveImportRegister, charging.Milli(wh*1000), t),
	}}
}
