package alert_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/alert"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

const chargerID = 41

var quiet = slog.New(slog.DiscardHandler)

// yard is a real store and a real fleet, followed by a digest that alerts and
// tells. Time is what the test says.
type yard struct {
	t      *testing.T
	dir    string
	store  *store.Store
	fleet  *fleet.Fleet
	digest *digest.Digest
	now    time.Time
	gen    uint64
}

func newYard(t *testing.T) *yard { return newYardAt(t, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)) }

func newYardAt(t *testing.T, now time.Time) *yard {
	t.Helper()
	y := &yard{t: t, dir: t.TempDir(), now: now}
	y.start()
	t.Cleanup(func() { y.stop() })
	y.update(&charging.Change{
		Organizations: []charging.Organization{{ID: 1, Name: "Holding"}, {ID: 3, ParentID: 1, Name: "Northline"}, {ID: 9, Name: "Stranger"}},
		Sites: []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor Depot", Timezone: "UTC"},
			{ID: 90, OrganizationID: 9, Name: "Elsewhere", Timezone: "UTC"}},
		Chargers:  []charging.ChargerSettings{{ID: chargerID, SiteID: 12, Name: "Bay 4", OCPPID: "bay-4", Type: charging.DCFC}},
		Ports:     []charging.PortSettings{{ID: 81, ChargerID: chargerID, Number: 1, Name: "Left"}},
		Vehicles:  []charging.Vehicle{{ID: 700, OrganizationID: 3, Name: "Van 12"}},
		AccessIDs: []charging.AccessID{{ID: 310, OrganizationID: 3, Tag: "CARD", Type: charging.TypeRFID, VehicleID: 700}},
	})
	return y
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatal(err)
	}
	y.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, y.store, quiet, prometheus.NewRegistry())
	if err := y.fleet.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	desk := alert.NewDesk(y.fleet, y.store)
	alerts := alert.NewAlerts(desk, y.store)
	y.digest = digest.New(y.store, quiet, &digest.Faults{Muted: desk.Muted, Classified: alerts.SessionError}, alerts, alert.NewEvents(desk))
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

func (y *yard) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) connects(remote string) {
	y.t.Helper()
	gen, err := y.fleet.Connect(context.Background(), chargerID, charging.Connected{Protocol: "ocpp1.6", Remote: remote}, y.now)
	y.must(err)
	y.gen = gen
}

func (y *yard) disconnects() {
	y.t.Helper()
	y.must(y.fleet.Disconnect(context.Background(), chargerID, y.gen, charging.Disconnected{LastSeen: y.now, Reason: "closed"}, y.now))
}

func (y *yard) tells(body charging.Body) charging.Outcome {
	y.t.Helper()
	out, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Generation: y.gen, Received: y.now, Body: body})
	y.must(err)
	return out
}

func (y *yard) told() charging.Timestamp {
	return charging.Timestamp{Parsed: y.now, Written: y.now.Format(time.RFC3339)}
}

func (y *yard) status(status charging.Status, code string) {
	y.t.Helper()
	y.tells(charging.PortStatusReported{Port: 1, Status: status, ErrorCode: code, Time: y.told()})
}

func (y *yard) starts() int64 {
	y.t.Helper()
	return y.tells(charging.SessionStarted{Port: 1, Tag: "CARD", Time: y.told(), HasMeterStart: true}).TransactionID
}

func (y *yard) stops(transaction int64) {
	y.t.Helper()
	y.tells(charging.SessionStopped{TransactionID: transaction, TransactionKnown: true, Time: y.told()})
}

// charged tells the charge of the vehicle, in percent.
func (y *yard) charged(transaction int64, percent int) {
	y.t.Helper()
	y.tells(charging.MetersReported{Port: 1, TransactionID: transaction, TransactionKnown: true, Readings: []charging.Reading{
		{Measurand: charging.SoC, Value: charging.Milli(percent) * 1000, Valid: true, Time: y.told(), Location: charging.LocationEV}}})
}

func (y *yard) after(length time.Duration) *yard {
	y.now = y.now.Add(length)
	return y
}

func (y *yard) step() *yard {
	y.t.Helper()
	y.must(y.digest.Step(context.Background(), y.now))
	return y
}

// alerts lists those that are stored, oldest first.
func (y *yard) alerts() []charging.Alert {
	y.t.Helper()
	list, err := y.store.Alerts(context.Background(), charging.AlertQuery{Muted: true, Limit: 1000})
	y.must(err)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

func (y *yard) contact(c charging.Contact) {
	y.t.Helper()
	y.must(y.store.SaveContact(context.Background(), c, "test"))
}

func (y *yard) rule(r charging.AlertRule) {
	y.t.Helper()
	y.must(y.store.SaveAlertRule(context.Background(), r, "test"))
}

func (y *yard) webhook(w charging.Webhook) {
	y.t.Helper()
	if w.Secret == nil {
		w.Secret = []byte("0123456789abcdef0123456789abcdef")
	}
	y.must(y.store.SaveWebhook(context.Background(), w, "test"))
}

// due lists what is to be sent to a webhook or a contact.
func (y *yard) due(webhook, contact charging.ID) []charging.Delivery {
	y.t.Helper()
	list, err := y.store.DueDeliveries(context.Background(), webhook, contact, y.now, 1000)
	y.must(err)
	return list
}
