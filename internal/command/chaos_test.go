package command_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/command"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/store"
)

// TestEveryCommandEndsOnceAndTruly gives commands to a charger that answers
// late, wrongly or never, over a connection that breaks and comes back in
// another version, on a store that stalls, in a server that ends and starts
// again; whatever happens, what the package promises has to hold.
//
// The bubble of synctest ends only when no goroutine is left, so that one that
// outlives Stop is found as well.
func TestEveryCommandEndsOnceAndTruly(t *testing.T) {
	fewerChecks(t, "8") // each opens several databases
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			c := newChaos(t, rt)
			defer c.clear()
			rt.Repeat(map[string]func(*rapid.T){
				"ask":           c.ask,
				"ask for many":  c.askForMany,
				"ask with key":  c.askWithKey,
				"time passes":   func(rt *rapid.T) { time.Sleep(rapid.SampledFrom(moments).Draw(rt, "for")) },
				"disconnect":    func(*rapid.T) { c.air.connect("") },
				"connect":       c.connect,
				"another comes": c.anotherComes,
				"store stalls":  c.storeStalls,
				"restart":       c.restart,
				"crash":         c.crash,
				"":              func(rt *rapid.T) { c.look(rt) },
			})
			c.settle(rt)
		})
	})
}

// fewerChecks makes so many checks, unless the command line asks for a number.
func fewerChecks(t *testing.T, n string) {
	checks := flag.Lookup("rapid.checks")
	if was := checks.Value.String(); was == checks.DefValue {
		if err := checks.Value.Set(n); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = checks.Value.Set(was) })
	}
}

// chaos is a server whose surroundings fail.
type chaos struct {
	t       *testing.T
	dir     string
	air     *air
	store   *shakyStore
	fleet   *fleet.Fleet
	service *command.Service
	gen     int       // of the server, from 1 on
	began   time.Time // it

	mu      sync.Mutex
	asked   []*asking
	told    map[charging.ID]charging.CommandStatus // final, to somebody
	faults  []string
	pending sync.WaitGroup
}

// asking is one Ask.
type asking struct {
	number int // of the call on the air
	key    string
	run    int // of the server
	done   bool
	given  *charging.CommandResult
	err    error
}

func newChaos(t *testing.T, rt *rapid.T) *chaos {
	c := &chaos{t: t, dir: t.TempDir(), air: newAir(), told: make(map[charging.ID]charging.CommandStatus)}
	c.start(rt)
	err := c.fleet.Update(t.Context(), func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) {
		return &charging.Change{
			Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
			Sites:         []charging.Site{{ID: 12, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}},
			Chargers:      []charging.ChargerSettings{{ID: chargerID, SiteID: 12, Name: "Bay 4", OCPPID: "CP1"}},
		}, nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	c.air.connect("ocpp1.6")
	return c
}

func (c *chaos) start(rt *rapid.T) {
	st, err := store.Open(context.Background(), store.Options{Dir: c.dir})
	if err != nil {
		rt.Fatal(err)
	}
	c.gen++
	c.began = time.Now()
	c.store = newShakyStore(st)
	c.air.live(c.gen)
	c.fleet = fleet.New(fleet.Config{LifeEvery: time.Hour}, c.store, slog.New(slog.DiscardHandler), nil)
	if err := c.fleet.Start(context.Background()); err != nil {
		rt.Fatal(err)
	}
	c.service = command.New(command.Config{}, &wire{air: c.air, run: c.gen, store: st}, c.fleet, st, slog.New(slog.DiscardHandler), nil)
	if err := c.service.Start(context.Background()); err != nil {
		rt.Fatal(err)
	}
}

// moments are how long nothing happens.
var moments = []time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, 5 * time.Second, 12 * time.Second, 31 * time.Second}

func drawTime(rt *rapid.T, label string, most time.Duration) time.Duration {
	return time.Duration(rapid.IntRange(0, int(most/time.Millisecond)).Draw(rt, label)) * time.Millisecond
}

func drawFate(rt *rapid.T) fate {
	f := fate{
		ends:  rapid.SampledFrom([]string{"answer", "answer", "refuse", "silent", "lose", "lose before"}).Draw(rt, "ends"),
		wait:  drawTime(rt, "leaves after", 2*time.Second),
		takes: drawTime(rt, "takes", 20*time.Second),
	}
	if rapid.IntRange(0, 9).Draw(rt, "blocked") == 0 {
		f.wait = drawTime(rt, "blocked for", 2*time.Minute)
	}
	return f
}

func (c *chaos) ask(rt *rapid.T) { c.give(c.air.plan(drawFate(rt)), "") }

func (c *chaos) askForMany(rt *rapid.T) {
	f := drawFate(rt)
	for range rapid.IntRange(30, 110).Draw(rt, "n") {
		c.give(c.air.plan(f), "")
	}
}

// askWithKey asks under one of two keys, mostly for what was asked for under it
// before.
func (c *chaos) askWithKey(rt *rapid.T) {
	key := rapid.SampledFrom([]string{"k1", "k2"}).Draw(rt, "key")
	c.mu.Lock()
	i := slices.IndexFunc(c.asked, func(a *asking) bool { return a.key == key })
	var number int
	if i >= 0 && rapid.IntRange(0, 4).Draw(rt, "new request") > 0 {
		number = c.asked[i].number
	}
	c.mu.Unlock()
	if number == 0 {
		number = c.air.plan(drawFate(rt))
	}
	c.give(number, key)
}

// give asks, and looks at what is stored as soon as there is an answer.
func (c *chaos) give(number int, key string) {
	a := &asking{number: number, key: key, run: c.gen}
	c.mu.Lock()
	c.asked = append(c.asked, a)
	c.mu.Unlock()
	service, st := c.service, c.store.Store
	c.pending.Go(func() {
		given, err := service.Ask(context.Background(), charging.CommandRequest{ChargerID: chargerID, Action: "DataTransfer",
			Payload: fmt.Appendf(nil, `{"vendorId":"v","data":"%d"}`, number), Actor: "test", IdempotencyKey: key})
		c.mu.Lock()
		a.done, a.err = true, err
		if err == nil {
			a.given = &given[0]
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
		c.compare(st, given[0].Command, "Ask")
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			now, err := service.Wait(ctx, given[0].ID)
			cancel()
			if err != nil { // the store was closed under it
				return
			}
			if c.compare(st, now.Command, "Wait") || service != c.current() {
				return
			}
		}
	})
}

func (c *chaos) current() *command.Service {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.service
}

func (c *chaos) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// rank orders the statuses of a command.
func rank(s charging.CommandStatus) int {
	switch {
	case s == charging.CommandQueued:
		return 0
	case s == charging.CommandSent:
		return 1
	}
	return 2
}

// compare holds what somebody was told against what is stored at that moment;
// it reports whether that was final.
func (c *chaos) compare(st *store.Store, told *charging.Command, by string) (final bool) {
	kept, err := st.Command(context.Background(), told.ID)
	if err != nil {
		return false // closed meanwhile
	}
	switch {
	case kept == nil:
		c.fault("%s told of command %d, which is not stored", by, told.ID)
	case rank(kept.Status) < rank(told.Status):
		c.fault("%s told %q of command %d, and stored is %q", by, told.Status, told.ID, kept.Status)
	case told.Status.Final() && kept.Status != told.Status:
		c.fault("%s told %q of command %d, and stored is %q", by, told.Status, told.ID, kept.Status)
	}
	if told.Status.Final() {
		c.mu.Lock()
		c.told[told.ID] = told.Status
		c.mu.Unlock()
	}
	return told.Status.Final()
}

func (c *chaos) connect(rt *rapid.T) {
	c.air.connect(rapid.SampledFrom([]string{"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}).Draw(rt, "protocol"))
}

// anotherComes has the charger come back in another version just when somebody
// has looked in which one it speaks.
func (c *chaos) anotherComes(rt *rapid.T) {
	c.air.afterLook(rapid.SampledFrom([]string{"ocpp1.6", "ocpp2.0.1"}).Draw(rt, "protocol"), rapid.IntRange(1, 4).Draw(rt, "looks"))
}

func (c *chaos) storeStalls(rt *rapid.T) {
	c.store.stall(rapid.SampledFrom([]string{"hang", "fail", "fail after all"}).Draw(rt, "how"), rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, 45 * time.Second}).Draw(rt, "for"))
}

func (c *chaos) restart(rt *rapid.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.service.Stop(ctx); err != nil && ctx.Err() == nil {
		rt.Fatal(err)
	}
	c.stopBelow(rt)
	c.begin(rt)
}

func (c *chaos) stopBelow(rt *rapid.T) {
	c.store.heal()
	if err := c.fleet.Stop(context.Background()); err != nil {
		rt.Fatal(err)
	}
	synctest.Wait() // whoever was told looks before it is closed
	if err := c.store.Close(); err != nil {
		rt.Fatal(err)
	}
}

// crash ends the server so that what is under way neither reaches the charger
// nor can be kept any more, and starts another one on the same data.
func (c *chaos) crash(rt *rapid.T) {
	c.air.live(-1)
	c.air.connect(c.air.protocol)
	dead := c.service
	c.stopBelow(rt)
	c.begin(rt)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_ = dead.Stop(gone) // nobody waits for it
}

func (c *chaos) begin(rt *rapid.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start(rt)
}

// look checks what must hold at every moment.
func (c *chaos) look(rt *rapid.T) {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := 0
	for _, a := range c.asked {
		if a.given != nil && a.run == c.gen && a.given.Status == charging.CommandQueued && c.told[a.given.ID] == "" && c.air.sends(a.number) == 0 {
			waiting++
		}
	}
	if waiting > 100 {
		rt.Errorf("%d commands wait", waiting)
	}
	c.report(rt)
}

func (c *chaos) report(rt *rapid.T) {
	for _, f := range slices.Concat(c.faults, c.air.takeFaults()) {
		rt.Error(f)
	}
	c.faults = nil
}

// settle lets everything come to its end and looks at all that is stored.
func (c *chaos) settle(rt *rapid.T) {
	c.store.heal()
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	rows, err := c.store.Commands(context.Background(), charging.CommandQuery{ChargerID: chargerID, Limit: 1000})
	if err != nil {
		rt.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	claimed := make(map[int]int)
	for _, row := range rows {
		if !row.Status.Final() {
			rt.Errorf("command %d is %s for ever", row.ID, row.Status)
		}
		if told := c.told[row.ID]; told != "" && told != row.Status {
			rt.Errorf("command %d was told to be %s and is %s", row.ID, told, row.Status)
		}
		number := numberIn(row.Payload)
		if !row.SentAt.IsZero() || row.Status == charging.CommandUnknown {
			claimed[number]++
		}
		if why := c.untrue(row, c.air.sent[number]); why != "" {
			rt.Errorf("command %d is %s: %s", row.ID, row.Status, why)
		}
	}
	byKey := make(map[string]charging.ID)
	for _, a := range c.asked {
		sent := len(c.air.sent[a.number])
		switch {
		case !a.done:
			rt.Errorf("call %d: Ask never came back", a.number)
		case sent > 1:
			rt.Errorf("call %d was sent %d times", a.number, sent)
		case sent == 1 && claimed[a.number] == 0:
			rt.Errorf("call %d was sent, and no row says so", a.number)
		case a.err == nil && a.key != "":
			if first := byKey[a.key]; first != 0 && first != a.given.ID {
				rt.Errorf("key %s stands for commands %d and %d", a.key, first, a.given.ID)
			}
			byKey[a.key] = a.given.ID
		case a.err != nil && a.key == "" && sent != 0:
			rt.Errorf("call %d was sent, and who asked was told %v", a.number, a.err)
		}
	}
	c.report(rt)
}

// untrue says what is wrong with the final row of a command, given the frames
// that left for it.
func (c *chaos) untrue(row *charging.Command, sent []*sending) string {
	var result charging.CommandStatus
	if len(sent) > 0 {
		result = sent[0].result
	}
	switch row.Status {
	case charging.CommandAnswered, charging.CommandRefused, charging.CommandConnectionLost:
		if result != row.Status {
			return fmt.Sprintf("it came to %q", result)
		}
	case charging.CommandTimedOut, charging.CommandNotConnected:
		if !row.SentAt.IsZero() && result != row.Status {
			return fmt.Sprintf("it was sent and came to %q", result)
		}
	case charging.CommandUnknown:
		if c.gen == 1 || row.CreatedAt.After(c.began) && result != charging.CommandUnknown {
			return "the server did not end since"
		}
	}
	return ""
}

// clear ends what is left, so that the next check begins with nothing.
func (c *chaos) clear() {
	c.store.heal()
	c.air.connect("")
	if err := c.service.Stop(context.Background()); err != nil {
		c.t.Error(err)
	}
	if err := errors.Join(c.fleet.Stop(context.Background()), c.store.Close()); err != nil {
		c.t.Error(err)
	}
	c.pending.Wait()
}
