package command_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/store"
)

const chargerID = 41

// yard is a Service on a real fleet and a real store, with one charger behind a
// link that the test plays.
type yard struct {
	*command.Service
	t       testing.TB
	dir     string
	cfg     command.Config
	store   *store.Store
	fleet   *fleet.Fleet
	link    *link
	metrics *prometheus.Registry
	gen     uint64
	wrap    func(command.Fleet) command.Fleet // nil for none
}

func newYard(t testing.TB) *yard {
	y := &yard{t: t, dir: t.TempDir(), link: newLink("ocpp1.6")}
	y.start()
	y.update(&charging.Change{
		Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
		Sites:         []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}},
		Chargers: []charging.ChargerSettings{
			{ID: chargerID, SiteID: 12, Name: "Bay 4", OCPPID: "CP1"}, {ID: 42, SiteID: 12, Name: "Bay 5", OCPPID: "CP2"}},
		AccessIDs: []charging.AccessID{{ID: 310, OrganizationID: 3, Tag: "A0B1", Type: charging.TypeRFID}},
	})
	y.connect()
	t.Cleanup(func() { y.stop() })
	return y
}

func (y *yard) start() {
	y.t.Helper()
	var err error
	if y.store, err = store.Open(context.Background(), store.Options{Dir: y.dir}); err != nil {
		y.t.Fatal(err)
	}
	y.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, y.store, slog.New(slog.DiscardHandler), nil)
	if err := y.fleet.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
	y.metrics = prometheus.NewRegistry()
	var f command.Fleet = y.fleet
	if y.wrap != nil {
		f = y.wrap(f)
	}
	y.Service = command.New(y.cfg, y.link, f, y.store, slog.New(slog.DiscardHandler), y.metrics)
	if err := y.Service.Start(context.Background()); err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) stop() {
	if err := y.Service.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	y.stopBelow()
}

func (y *yard) stopBelow() {
	if err := y.fleet.Stop(context.Background()); err != nil {
		y.t.Error(err)
	}
	if err := y.store.Close(); err != nil {
		y.t.Error(err)
	}
}

// crash ends the server so that what is under way can keep nothing more, and
// starts it again on the same data.
func (y *yard) crash() {
	y.t.Helper()
	y.stopBelow()
	dead := y.Service
	y.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = dead.Stop(ctx)
	})
	y.link = newLink("ocpp1.6")
	y.start()
	y.connect()
}

func (y *yard) update(ch *charging.Change) {
	y.t.Helper()
	err := y.fleet.Update(context.Background(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return ch, nil })
	if err != nil {
		y.t.Fatal(err)
	}
}

// connect records the connection of the charger that the link plays.
func (y *yard) connect() {
	y.t.Helper()
	var err error
	y.gen, err = y.fleet.Connect(context.Background(), chargerID, charging.Connected{Protocol: y.link.protocol, Remote: "192.0.2.7:1"}, time.Now())
	if err != nil {
		y.t.Fatal(err)
	}
}

// speak makes the charger speak another version.
func (y *yard) speak(protocol string) {
	y.t.Helper()
	y.link.setProtocol(protocol)
	y.connect()
}

// tell hands an event of the charger in.
func (y *yard) tell(body charging.Body) charging.Outcome {
	y.t.Helper()
	out, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: chargerID, Generation: y.gen, Received: time.Now(), Body: body})
	if err != nil {
		y.t.Fatalf("%T: %v", body, err)
	}
	return out
}

func (y *yard) status(port int, word charging.Status) {
	y.t.Helper()
	y.tell(charging.PortStatusReported{Port: port, Status: word, ErrorCode: charging.NoError, Time: stamp(time.Now())})
}

func stamp(t time.Time) charging.Timestamp {
	return charging.Timestamp{Written: t.Format(time.RFC3339Nano), Parsed: t.UTC()}
}

func (y *yard) raw(action, payload string) charging.CommandRequest {
	return charging.CommandRequest{ChargerID: chargerID, Action: action, Payload: []byte(payload), Actor: "test"}
}

func (y *yard) order(name, body string) charging.CommandRequest {
	return charging.CommandRequest{ChargerID: chargerID, Order: name, Body: []byte(body), Actor: "test"}
}

// ask gives a command that must be taken and returns the first call of it.
func (y *yard) ask(r charging.CommandRequest) charging.CommandResult {
	y.t.Helper()
	given, err := y.Ask(context.Background(), r)
	if err != nil {
		y.t.Fatalf("%s%s: %v", r.Action, r.Order, err)
	}
	return given[0]
}

// refused gives a command that must not be taken and returns why.
func (y *yard) refused(r charging.CommandRequest) error {
	y.t.Helper()
	given, err := y.Ask(context.Background(), r)
	if err == nil {
		y.t.Fatalf("%s%s was taken: %+v", r.Action, r.Order, given[0])
	}
	return err
}

// wait waits for the end of a command.
func (y *yard) wait(c charging.CommandResult) charging.CommandResult {
	y.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	over, err := y.Wait(ctx, c.ID)
	if err != nil {
		y.t.Fatal(err)
	}
	return over
}

// sent waits until it is stored that a command left.
func (y *yard) sent(c charging.CommandResult) {
	y.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		now, err := y.Get(context.Background(), c.ID)
		if err != nil || time.Now().After(deadline) {
			y.t.Fatalf("%+v, %v", now.Command, err)
		}
		if now.Status == charging.CommandSent {
			return
		}
	}
}

// do gives a command and waits for its end.
func (y *yard) do(r charging.CommandRequest) charging.CommandResult {
	y.t.Helper()
	return y.wait(y.ask(r))
}

// kept returns a command as it is stored.
func (y *yard) kept(id charging.ID) *charging.Command {
	y.t.Helper()
	c, err := y.store.Command(context.Background(), id)
	if err != nil || c == nil {
		y.t.Fatalf("command %d: %v, %v", id, c, err)
	}
	return c
}

func (y *yard) settings() charging.ChargerSettings {
	return y.fleet.Estate().Charger(chargerID).ChargerSettings
}

func (y *yard) setPassword(password string) {
	y.t.Helper()
	c := y.settings()
	c.PasswordHash, c.NextPasswordHash = auth.HashChargerPassword(y.cfg.Secret, password), ""
	y.update(&charging.Change{Chargers: []charging.ChargerSettings{c}})
}

// link is a charger's connection as the test plays it: one call at a time.
type link struct {
	mu       sync.Mutex
	protocol string // "" while it is not connected
	sent     []charging.Call
	answer   func(charging.Call) charging.Answer
	slot     chan struct{}
	news     chan charging.Call // gets each call that left
}

func newLink(protocol string) *link {
	return &link{protocol: protocol, answer: accepted, slot: make(chan struct{}, 1), news: make(chan charging.Call, 1000)}
}

func (l *link) setProtocol(p string) {
	l.mu.Lock()
	l.protocol = p
	l.mu.Unlock()
}

func (l *link) onCall(answer func(charging.Call) charging.Answer) {
	l.mu.Lock()
	l.answer = answer
	l.mu.Unlock()
}

// actions are those of the calls that left, in order.
func (l *link) actions() (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.sent {
		list = append(list, c.Action)
	}
	return list
}

func (l *link) Protocol(charger charging.ID) (string, ocpp.Version, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if charger != chargerID || l.protocol == "" {
		return "", 0, false
	}
	return l.protocol, map[string]ocpp.Version{"ocpp1.6": ocpp.V16, "ocpp2.0.1": ocpp.V201, "ocpp2.1": ocpp.V21}[l.protocol], true
}

func (l *link) Call(ctx context.Context, c charging.Call) charging.Answer {
	late := time.NewTimer(time.Until(c.Deadline))
	defer late.Stop()
	select {
	case l.slot <- struct{}{}:
	case <-late.C:
		return failed(charging.CommandTimedOut, c.Action+" could not be sent before its deadline.")
	case <-ctx.Done():
		return failed(charging.CommandNotConnected, "taken back")
	}
	defer func() { <-l.slot }()
	l.mu.Lock()
	l.sent = append(l.sent, c)
	id, at, answer := "m"+strconv.Itoa(len(l.sent)), time.Now(), l.answer
	l.mu.Unlock()
	c.Sent(id, at)
	l.news <- c
	a := answer(c)
	a.MessageID, a.SentAt = id, at
	if a.Response != nil {
		a.AnsweredAt = time.Now()
	}
	return a
}

func failed(status charging.CommandStatus, why string) charging.Answer {
	return charging.Answer{Status: status, Error: &charging.CommandError{Description: why}}
}

func answered(response string) func(charging.Call) charging.Answer {
	return func(charging.Call) charging.Answer {
		return charging.Answer{Status: charging.CommandAnswered, Response: []byte(response)}
	}
}

func accepted(charging.Call) charging.Answer {
	return charging.Answer{Status: charging.CommandAnswered, Response: []byte(`{"status":"Accepted"}`)}
}

// held answers when the returned function is called.
func held(answer func(charging.Call) charging.Answer) (func(charging.Call) charging.Answer, func()) {
	gate := make(chan struct{})
	return func(c charging.Call) charging.Answer { <-gate; return answer(c) }, sync.OnceFunc(func() { close(gate) })
}

func payloadOf(t testing.TB, c charging.Call) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(c.Payload, &m); err != nil {
		t.Fatalf("%s: %v", c.Payload, err)
	}
	return m
}
