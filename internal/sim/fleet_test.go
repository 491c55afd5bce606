package sim

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestFleet(t *testing.T) {
	t.Run("what a restless fleet had answered is what the server was told", func(t *testing.T) {
		s := newServer(t)
		ledger := new(Ledger)
		f, err := New(Config{URL: s.listen(), Count: 20, Seed: 7, Speed: 25, Life: RestlessLife(), Retry: QuickRetry(),
			LocalAddrs: Loopbacks(3), Observer: ledger})
		if err != nil {
			t.Fatal(err)
		}
		f.Start()
		defer f.Stop()
		eventually(t, "200 sessions end", func() bool { return len(s.received("StopTransaction")) >= 200 })
		s.dropAll() // all at once, as when a server is killed
		eventually(t, "60 more sessions end", func() bool { return len(s.received("StopTransaction")) >= 260 })
		f.Freeze()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		compareLedger(t, s, f)
		sum := f.Summary()
		if sum.Connected != 20 || sum.Lost < 10 || sum.Queued != 0 || sum.GivenUp != 0 || sum.Messages < 1000 {
			t.Errorf("%+v", sum)
		}
		open := int64(0)
		for _, c := range f.Chargers() {
			for _, p := range c.Ports() {
				if p.Session != nil {
					open++
					if p.Session.TransactionID == 0 {
						t.Errorf("%s has a session without an id, all is answered", c.Identity())
					}
				}
			}
		}
		if sum.Began-sum.Ended != open || sum.Sessions != open {
			t.Errorf("%d sessions run, %d begun, %d ended, %d counted", open, sum.Began, sum.Ended, sum.Sessions)
		}
	})

	t.Run("the error says which setting is wrong", func(t *testing.T) {
		for _, c := range []struct {
			change func(cfg *Config)
			want   string
		}{
			{func(cfg *Config) { cfg.URL = "http://host/ocpp" }, `the URL "http://host/ocpp" is not one of a WebSocket: it must look like ws://HOST:8080/ocpp`},
			{func(cfg *Config) { cfg.Count = 0 }, "the number of chargers is 0: it must be from 1 to 1000000"},
			{func(cfg *Config) { cfg.Chargers = []ChargerConfig{{}} }, "charger 1 has no identity"},
			{func(cfg *Config) { cfg.Chargers = []ChargerConfig{{Identity: "a", Ports: 33}} }, `charger "a" has 33 ports: it must have 1 to 32`},
			{func(cfg *Config) { cfg.Chargers = []ChargerConfig{{Identity: "a", MaxPower: 5}} }, `charger "a" gives 5 W: it must be 1000 or more`},
			{func(cfg *Config) { cfg.Speed = -1 }, "neither the speed nor the ramp can be negative"},
			{func(cfg *Config) { cfg.Life.FaultsPerHour = -1 }, "faults per hour is -1: it cannot be negative"},
			{func(cfg *Config) { cfg.Life.Reboots = 2 }, "the share of reboots is 2: it must be from 0 to 1"},
		} {
			cfg := Config{URL: "ws://host/ocpp", Count: 1}
			c.change(&cfg)
			if _, err := New(cfg); err == nil || err.Error() != c.want {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		}
	})

	t.Run("a refusal is counted with the server's reason", func(t *testing.T) {
		s := newServer(t)
		s.password = "Basic Q1AxOnJpZ2h0" // CP1:right
		f, err := New(Config{URL: s.listen(), Retry: QuickRetry(), Chargers: []ChargerConfig{
			{Identity: "CP1", Password: "right"}, {Identity: "CP2", Password: "wrong"}}})
		if err != nil {
			t.Fatal(err)
		}
		f.Start()
		defer f.Stop()
		eventually(t, "one is in and one is refused", func() bool {
			sum := f.Summary()
			return sum.Connected == 1 && sum.Refused >= 2
		})
		want := "connect: refused with 401 Unauthorized: the password of <identity> is wrong"
		if list := f.Summary().Errors; len(list) != 1 || list[0].Error != want {
			t.Errorf("%+v\nwant %s", list, want)
		}
	})

	bubble(t, "the chargers start over the ramp", func(t *testing.T) {
		s := newServer(t)
		f := startOne(s, func(cfg *Config) { cfg.Chargers, cfg.Count, cfg.Ramp = nil, 100, 100*time.Second })
		for _, want := range []int64{10, 50, 100} {
			time.Sleep(time.Duration(want)*time.Second - time.Since(f.started) - time.Second/2)
			if n := f.Summary().Connected; n != want {
				t.Errorf("%d connected after %d s", n, want)
			}
		}
	})
}

// compareLedger compares what the chargers had answered with what came.
func compareLedger(t *testing.T, s *server, f *Fleet) {
	t.Helper()
	for _, c := range f.Chargers() {
		var told []string // distinct payloads, in the order in which they came first
		for _, g := range s.transactions() {
			if g.identity == c.Identity() && !slices.Contains(told, g.payload) {
				told = append(told, g.payload)
			}
		}
		var answered []string
		for _, e := range c.Answered() {
			if e.Action == "StatusNotification" {
				continue
			}
			answered = append(answered, string(e.Payload))
			if e.TransactionID == 0 {
				t.Errorf("%s %s was answered without a transaction", c.Identity(), e.Action)
			}
			if e.Attempt < 1 || e.AnsweredAt.Before(e.SentAt) || e.MessageID == "" {
				t.Errorf("%+v", e)
			}
		}
		if !slices.Equal(told, answered) {
			t.Errorf("%s: %d answered, %d told", c.Identity(), len(answered), len(told))
		}
	}
}
