package digest_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

const chargerID = 41

// yard is a real store and a real fleet whose history a digest follows. Time is
// what the test says.
type yard struct {
	t      *testing.T
	dir    string
	store  *store.Store
	fleet  *fleet.Fleet
	digest *digest.Digest
	parts  func() []digest.Part
	now    time.Time
	gen    uint64
}

func newYard(t *testing.T, parts func() []digest.Part) *yard {
	t.Helper()
	y := &yard{t: t, dir: t.TempDir(), parts: parts, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	y.start()
	t.Cleanup(func() { y.stop() })
	y.update(&charging.Change{
		Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
		Sites:         []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor Depot", Timezone: "UTC"}},
		Chargers:      []charging.ChargerSettings{{ID: chargerID, SiteID: 12, Name: "Bay 4", OCPPID: "bay-4", Type: charging.DCFC}},
		Ports: []charging.PortSettings{{ID: 81, ChargerID: chargerID, Number: 1, Name: "Left"},
			{ID: 82, ChargerID: chargerID, Number: 2, Name: "Right"}},
		AccessIDs: []charging.AccessID{{ID: 310, OrganizationID: 3, Tag: "CARD", Type: charging.TypeRFID}},
	})
	return y
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatal(err)
	}
	y.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, y.store, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err := y.fleet.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	y.digest = digest.New(y.store, slog.New(slog.DiscardHandler), y.parts()...)
	y.gen = 0
}

func (y *yard) stop() {
	y.t.Helper()
	if err := y.fleet.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := y.store.Close(); err != nil {
		y.t.Error(err)
	}
}

// restart is the end of the server and its start on the same data. The digest
// ends as in a crash: what it did not store is gone.
func (y *yard) restart() {
	y.t.Helper()
	y.stop()
	y.start()
}

func (y *yard) update(ch *charging.Change) {
	y.t.Helper()
	err := y.fleet.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil })
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) connects() {
	y.t.Helper()
	gen, err := y.fleet.Connect(context.Background(), chargerID, charging.Connected{Protocol: "ocpp1.6", Remote: "192.0.2.7:1"}, y.now)
	if err != nil {
		y.t.Fatal(err)
	}
	y.gen = gen
}

func (y *yard) tells(body charging.Body) charging.Outcome {
	y.t.Helper()
	out, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Generation: y.gen, Received: y.now, Body: body})
	if err != nil {
		y.t.Fatalf("%T: %v", body, err)
	}
	return out
}

// told is the time of the yard as chargers write it.
func (y *yard) told() charging.Timestamp {
	return charging.Timestamp{Parsed: y.now, Written: y.now.Format(time.RFC3339)}
}

func (y *yard) status(port int, status charging.Status, code string) {
	y.t.Helper()
	y.tells(charging.PortStatusReported{Port: port, Status: status, ErrorCode: code, Time: y.told()})
}

func (y *yard) starts(port int) int64 {
	y.t.Helper()
	return y.tells(charging.SessionStarted{Port: port, Tag: "CARD", Time: y.told(), HasMeterStart: true}).TransactionID
}

func (y *yard) stops(transaction int64) {
	y.t.Helper()
	y.tells(charging.SessionStopped{TransactionID: transaction, TransactionKnown: true, Time: y.told(), MeterStop: 1_000_000, HasMeter: true})
}

func (y *yard) after(length time.Duration) *yard {
	y.now = y.now.Add(length)
	return y
}

// step has the digest go through all that there is.
func (y *yard) step() {
	y.t.Helper()
	if err := y.digest.Step(context.Background(), y.now); err != nil {
		y.t.Fatal(err)
	}
}

// faults lists those that are stored, oldest first.
func (y *yard) faults() []charging.Fault {
	y.t.Helper()
	list, err := y.store.Faults(context.Background(), charging.FaultQuery{Limit: 2001})
	if err != nil {
		y.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// categories lists code and category of each fault, oldest first.
func (y *yard) categories() []string {
	y.t.Helper()
	var list []string
	for _, f := range y.faults() {
		list = append(list, f.Status.ErrorCode+" "+string(f.Category))
	}
	return list
}
