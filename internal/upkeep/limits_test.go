package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/store"
)

// plant is a site whose chargers the test plays: what each may take, by the
// profile that it holds, and how it answers.
type plant struct {
	t      *testing.T
	store  *store.Store
	fleet  *fleet.Fleet
	limits *Limits

	mu       sync.Mutex
	chargers map[charging.ID]*consumer
	limit    charging.Milli // that holds; 0 for none
	wrong    string         // what must not be
	answers  map[charging.ID]charging.CommandResult
	last     charging.ID
}

// consumer is a charger of a plant.
type consumer struct {
	rated     charging.Milli
	profile   charging.Milli // -1 for none
	connected bool
	manner    manner
}

// manner is how a charger takes a profile.
type manner int

const (
	accepts manner = iota
	rejects
	supportsNothing
	takesAndKeepsSilent
	losesIt
	manners
)

func (c *consumer) may() charging.Milli {
	if c.profile >= 0 {
		return min(c.profile, c.rated)
	}
	return c.rated
}

func (p *plant) sum() (sum charging.Milli) {
	for _, c := range p.chargers {
		sum += c.may()
	}
	return sum
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p := &plant{t: t, store: st, fleet: fleet.New(fleet.Config{LifeEvery: time.Hour}, st, log, prometheus.NewRegistry()),
		chargers: make(map[charging.ID]*consumer), answers: make(map[charging.ID]charging.CommandResult)}
	if err := p.fleet.Start(ctx); err != nil {
		t.Fatal(err)
	}
	change := &charging.Change{Actor: "test", Organizations: []charging.Organization{{ID: 3, Name: "Northline"}},
		Sites: []charging.Site{{ID: siteID, OrganizationID: 3, Name: "Harbor", Timezone: "UTC"}}}
	for i, rated := range []charging.Milli{180_000_000, 50_000_000, 44_000_000, 7_400_000} {
		id := charging.ID(i + 1)
		change.Chargers = append(change.Chargers, charging.ChargerSettings{ID: id, SiteID: siteID, Name: fmt.Sprint("C", id), OCPPID: fmt.Sprint("C", id)})
		change.Ports = append(change.Ports, charging.PortSettings{ID: id, ChargerID: id, Number: 1, Name: "1", MaxPower: rated})
		p.chargers[id] = &consumer{rated: rated, profile: -1}
	}
	if err := p.fleet.Update(ctx, func(*fleet.Estate, *fleet.IDs) (*charging.Change, error) { return change, nil }); err != nil {
		t.Fatal(err)
	}
	p.start()
	t.Cleanup(func() {
		p.stop()
		if err := p.fleet.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *plant) start() {
	p.t.Helper()
	p.limits = NewLimits(LimitsConfig{AfterBoot: time.Millisecond, AfterConnect: time.Millisecond, Answer: 150 * time.Millisecond, Again: time.Millisecond,
		Refused: 4 * time.Millisecond, Quiet: time.Nanosecond}, p, p, p.fleet, p.store, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err := p.limits.Start(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plant) stop() {
	p.t.Helper()
	if err := p.limits.Stop(context.Background()); err != nil {
		p.t.Error(err)
	}
}

// Protocol implements Lines.
func (p *plant) Protocol(charger charging.ID) (string, ocpp.Version, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "ocpp1.6", ocpp.V16, p.chargers[charger].connected
}

// Ask implements Orders: the charger answers at once, in its manner.
func (p *plant) Ask(_ context.Context, r charging.CommandRequest) ([]charging.CommandResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.chargers[r.ChargerID]
	p.last++
	result := charging.CommandResult{Command: &charging.Command{ID: p.last, ChargerID: r.ChargerID, Status: charging.CommandAnswered}}
	switch {
	case !c.connected:
		result.Status = charging.CommandNotConnected
	case c.manner == rejects:
		result.Outcome = charging.OutcomeRejected
	case c.manner == supportsNothing:
		result.Outcome = charging.OutcomeNotSupported
	case c.manner == losesIt:
		result.Status = charging.CommandTimedOut
	default:
		result.Outcome = charging.OutcomeAccepted
		p.take(c, r)
		if c.manner == takesAndKeepsSilent {
			result.Status, result.Outcome = charging.CommandTimedOut, ""
		}
	}
	p.answers[p.last] = result
	return []charging.CommandResult{result}, nil
}

// take has a charger hold a profile, or lose it; p.mu is held.
func (p *plant) take(c *consumer, r charging.CommandRequest) {
	before := p.sum()
	if r.Order == "clear-charging-profile" {
		c.profile = -1
	} else {
		var body struct{ Profile charging.ChargingProfile }
		if err := json.Unmarshal(r.Body, &body); err != nil {
			p.wrong = err.Error()
			return
		}
		c.profile = charging.Milli(*body.Profile.Periods[0].Limit) * 100
	}
	if after := p.sum(); p.limit > 0 && after > before && after > p.limit {
		p.wrong = fmt.Sprintf("%s for charger %d: %d became %d, over %d", r.Order, r.ChargerID, before, after, p.limit)
	}
}

// Wait implements Orders.
func (p *plant) Wait(_ context.Context, id charging.ID) (charging.CommandResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers[id], nil
}

// connect connects a charger, or ends its connection.
func (p *plant) connect(id charging.ID, on bool) {
	p.t.Helper()
	p.mu.Lock()
	p.chargers[id].connected = on
	p.mu.Unlock()
	if !on {
		return
	}
	if _, err := p.fleet.Connect(context.Background(), id, charging.Connected{Protocol: "ocpp1.6"}, time.Now()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plant) boot(id charging.ID) {
	p.t.Helper()
	if _, err := p.fleet.Handle(context.Background(), charging.Event{ChargerID: id, Received: time.Now(), Body: charging.Booted{}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plant) behave(id charging.ID, m manner) {
	p.mu.Lock()
	p.chargers[id].manner = m
	p.mu.Unlock()
}

// set sets a limit and reports whether it holds.
func (p *plant) set(limit charging.Milli) bool {
	p.t.Helper()
	before := p.limits.Limits(siteID)
	p.mu.Lock()
	was := p.limit
	// While it is being set, the larger of the two must not be exceeded.
	p.limit = max(limit, was)
	if was == 0 {
		p.limit = 0
	}
	p.mu.Unlock()
	_, err := p.limits.Set(context.Background(), charging.SiteLimit{SiteID: siteID, Kind: charging.LimitCapacity, Limit: limit, Unit: charging.UnitWatt})
	after := p.limits.Limits(siteID)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.limit = limit
		if sum := p.sum(); sum > limit {
			p.wrong = fmt.Sprintf("a limit of %d holds, and chargers may take %d", limit, sum)
		}
		return true
	}
	p.limit = was
	if charging.KindOf(err) != charging.Invalid {
		p.t.Fatal(err)
	}
	if len(before) != len(after) || len(before) == 1 && before[0].UUID != after[0].UUID {
		p.t.Fatalf("a limit was refused, and %v became %v", before, after)
	}
	return false
}

func (p *plant) check(step string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != "" {
		p.t.Fatalf("%s: %s", step, p.wrong)
	}
}

// settles waits until the limit is kept by all.
func (p *plant) settles() {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		power := p.limits.Power(siteID)
		calm := power.State == charging.LimitKept
		for _, c := range power.Chargers {
			calm = calm && c.Told != nil && c.Told.Answer == charging.LimitAccepted && c.Told.Confirmed && c.Counts <= c.Target
		}
		if calm {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("after 30 s it is still %+v", power)
		}
	}
}

// TestTheLimitHoldsWhateverChargersDo plays chargers that refuse, keep silent,
// come, go and boot, limits that change, and a server that starts again. Nothing
// that a charger is told may ever lift what all may take together over the limit.
func TestTheLimitHoldsWhateverChargersDo(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newPlant(t)
			random := rand.New(rand.NewPCG(seed, 7))
			one := func() charging.ID { return charging.ID(1 + random.IntN(4)) }
			for id := charging.ID(1); id <= 4; id++ {
				p.connect(id, true)
			}
			for deadline := time.Now().Add(30 * time.Second); !p.set(200_000_000); { // a busy machine answers late
				if time.Now().After(deadline) {
					t.Fatal("the limit does not hold")
				}
			}
			for step := range 60 {
				what := ""
				switch random.IntN(6) {
				case 0, 1:
					id, m := one(), manner(random.IntN(int(manners)))
					what = fmt.Sprintf("charger %d behaves like %d", id, m)
					p.behave(id, m)
				case 2:
					id, on := one(), random.IntN(3) > 0
					what = fmt.Sprintf("charger %d connected %v", id, on)
					p.connect(id, on)
				case 3:
					id := one()
					what = fmt.Sprintf("charger %d boots", id)
					p.boot(id)
				case 4:
					limit := charging.Milli(20+random.IntN(300)) * 1_000_000
					what = fmt.Sprintf("limit %d: %v", limit, p.set(limit))
				case 5:
					what = "the server starts again"
					if random.IntN(3) == 0 {
						p.stop()
						p.start()
					}
				}
				time.Sleep(time.Duration(random.IntN(4)) * time.Millisecond)
				p.check(fmt.Sprintf("step %d, %s", step, what))
			}
			for id := charging.ID(1); id <= 4; id++ {
				p.behave(id, accepts)
				p.connect(id, true)
			}
			p.settles()
			p.check("at the end")
			p.mu.Lock()
			defer p.mu.Unlock()
			if sum := p.sum(); sum > p.limit {
				t.Errorf("chargers may take %d of %d", sum, p.limit)
			}
		})
	}
}
