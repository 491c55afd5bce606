package nettest

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

const (
	// faultEach is one piece of data in how many that meets a fault.
	faultEach = 25
	// settleTime is how long chargers may take to say what they kept once the
	// links are good again.
	settleTime = 90 * time.Second
)

// badLinks lets chargers live behind a proxy that breaks their connections, and
// then looks for what was answered and is lost, or is there twice.
func (r *round) badLinks(t *testing.T) {
	p := startProxy(t, r.s.address, r.seed)
	told := newLedger()
	fleets := []*sim.Fleet{
		r.fleet(t, p, told, 0, linkedChargers/2, false), r.fleet(t, p, told, linkedChargers/2, linkedChargers, true),
	}
	p.each.Store(faultEach)
	for _, f := range fleets {
		f.Start()
		defer f.Stop()
	}
	time.Sleep(time.Duration(4000+r.chance.IntN(1500)) * time.Millisecond)
	p.each.Store(0)
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	for _, f := range fleets {
		f.Freeze()
	}
	for _, f := range fleets {
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		sum := f.Summary()
		if sum.GivenUp > 0 {
			t.Errorf("the chargers gave up %d messages", sum.GivenUp)
		}
		r.report.add("connections through the proxy", sum.Connects)
		r.report.add("sessions begun behind it", sum.Began)
		r.report.add("sessions that ran on at the end", sum.Sessions)
	}
	found := r.compare(ctx, t, fleets, told)
	for i, loss := range found {
		if i == 30 {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Error(loss)
	}
	answered, repeated := told.count()
	r.report.add("messages answered behind it, each found once in the history", int64(answered))
	r.report.add("messages that were sent more than once", int64(repeated))
	r.report.add("answered messages lost, doubled or shown wrong", int64(len(found)))
	r.report.injected(p)
	if answered < 1000 {
		t.Errorf("only %d messages were answered: that is no load", answered)
	}
}

// fleet makes chargers to which much happens in little time. Half of each speak
// 2.0.1; some give a repeated message a new id, others its old one.
func (r *round) fleet(t *testing.T, p *proxy, told *ledger, from, to int, newIDs bool) *sim.Fleet {
	t.Helper()
	cfg := sim.Config{
		URL: "ws://" + p.address() + "/ocpp", Seed: r.seed, Speed: 120, Ramp: 500 * time.Millisecond,
		IDTags: []string{knownTag, knownTag, knownTag, blockedTag},
		Life: sim.Life{
			ArrivalsPerHour: 20, FirstArrivals: 0.5, SessionLength: 10 * time.Minute, UnknownTags: 0.05,
			SampleInterval: 60 * time.Second, FaultsPerHour: 1, FaultLength: 2 * time.Minute,
		},
		Retry: sim.Retry{
			Interval: 200 * time.Millisecond, NewIDs: newIDs, BackOffMin: 50 * time.Millisecond, BackOffMax: 400 * time.Millisecond,
		},
		CallTimeout: 3 * time.Second,
		Observer:    told,
		Compress:    true,
	}
	protocols := []string{sim.Protocol16, sim.Protocol201}
	for i := from; i < to; i++ {
		cfg.Chargers = append(cfg.Chargers, sim.ChargerConfig{Identity: named("link", i), Protocols: []string{protocols[i%2]}})
	}
	f, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
