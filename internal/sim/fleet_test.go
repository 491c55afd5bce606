package sim

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
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

// life is what a port told, in order.
type life struct {
	register       int64 // the last one told, in Wh
	at             time.Time
	power          float64
	soc            float64
	inTransaction  bool
	samples, stops int
	integral       float64 // Wh since the start, from the powers told
	meterStart     int64
}

func TestPhysics(t *testing.T) {
	for i := range Makes {
		t.Run(Makes[i].Model+" obeys physics over sessions, faults and power cuts", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				f := startOne(s, func(cfg *Config) {
					cfg.Life = DemoLife()
					cfg.Life.Haste, cfg.Life.ArrivalsPerHour = 1, 3
					cfg.Chargers[0] = ChargerConfig{Identity: "CP1", Make: Makes[i], Ports: 2, MeterStart: []int64{1000, 2000}}
				})
				time.Sleep(12 * time.Hour)
				f.Stop()
				lives := map[int64]*life{1: {register: 1000}, 2: {register: 2000}}
				ports := make(map[int64]int64)
				for _, g := range s.received() {
					message, odd, refusal := v16.DecodeStrict(g.action, []byte(g.payload))
					if refusal != nil || len(odd) > 0 {
						t.Fatalf("%s %s: %v %v", g.action, g.payload, refusal, odd)
					}
					switch m := message.(type) {
					case *v16.StartTransaction:
						ports[s.starts[g.identity+g.payload]] = m.ConnectorID.V
						lives[m.ConnectorID.V].start(t, m)
					case *v16.MeterValues:
						lives[m.ConnectorID.V].sample(t, m, f.Chargers()[0].cfg)
					case *v16.StopTransaction:
						lives[ports[m.TransactionID.V]].stop(t, m)
					}
				}
				for n, l := range lives {
					if l.samples < 50 || l.stops < 2 {
						t.Errorf("port %d: only %d samples and %d stops", n, l.samples, l.stops)
					}
				}
			})
		})
	}
}

func (l *life) start(t *testing.T, m *v16.StartTransaction) {
	if l.inTransaction || m.MeterStart.V != l.register {
		t.Errorf("starts with %d Wh after %d Wh; a transaction runs: %v", m.MeterStart.V, l.register, l.inTransaction)
	}
	*l = life{register: l.register, at: m.Timestamp.T, inTransaction: true, samples: l.samples, stops: l.stops, meterStart: l.register}
}

func (l *life) sample(t *testing.T, m *v16.MeterValues, cfg *ChargerConfig) {
	mv := m.MeterValue[0]
	wh, _ := value(mv.SampledValue, "Energy.Active.Import.Register", "")
	power, _ := value(mv.SampledValue, "Power.Active.Import", "")
	soc, hasSoC := value(mv.SampledValue, "SoC", "")
	hours := mv.Timestamp.T.Sub(l.at).Hours()
	gained := wh - float64(l.register)
	if !l.inTransaction || !m.TransactionID.Set || hours < 0 || gained < 0 {
		t.Errorf("%v Wh in %v h; a transaction runs: %v", gained, hours, l.inTransaction)
	}
	if power > float64(cfg.MaxPower) || gained > float64(cfg.MaxPower)*hours+1 {
		t.Errorf("%v W, %v Wh in %v h at a port of %d W", power, gained, hours, cfg.MaxPower)
	}
	if hasSoC != cfg.Make.DC || soc < l.soc || soc > 100 {
		t.Errorf("state of charge %v after %v", soc, l.soc)
	}
	if l.power > 0 && power > 0 {
		// Both ends charge, so power fell evenly between them, if at all.
		if mean := (power + l.power) / 2 * hours; gained < mean*0.99-1.1 || gained > mean*1.01+1.1 {
			t.Errorf("%v Wh in %v h between %v W and %v W", gained, hours, l.power, power)
		}
	}
	l.register, l.at, l.power, l.soc = int64(wh), mv.Timestamp.T, power, soc
	l.samples++
}

func (l *life) stop(t *testing.T, m *v16.StopTransaction) {
	if !l.inTransaction || m.MeterStop.V < l.register || m.Timestamp.T.Before(l.at) {
		t.Errorf("stops at %d Wh after %d Wh", m.MeterStop.V, l.register)
	}
	if data := m.TransactionData; len(data) > 0 {
		first, _ := value(data[0].SampledValue, "Energy.Active.Import.Register", "")
		last, _ := value(data[len(data)-1].SampledValue, "Energy.Active.Import.Register", "")
		if int64(first) != l.meterStart || int64(last) != m.MeterStop.V {
			t.Errorf("the data say %v to %v Wh, not %d to %d", first, last, l.meterStart, m.MeterStop.V)
		}
	}
	l.inTransaction, l.register = false, m.MeterStop.V
	l.stops++
}

func TestFaults(t *testing.T) {
	bubble(t, "a port fails with an error code, ends its session, and recovers", func(t *testing.T) {
		s := newServer(t)
		startOne(s, func(cfg *Config) { cfg.Life.SessionLength, cfg.Life.FaultsPerHour = 10*time.Hour, 10 })
		time.Sleep(2 * time.Hour)
		text := outline(s.received("StatusNotification"))
		if !strings.Contains(text, "1:Faulted 1:Finishing 1:Available") && !strings.Contains(text, "1:Faulted 1:Available") {
			t.Error(text)
		}
		codes := 0
		for _, g := range s.received("StatusNotification") {
			faulty := g.field("errorCode") != "NoError"
			if faulty != (g.field("status") == "Faulted") {
				t.Errorf("%s", g.payload)
			}
			if faulty {
				codes++
			}
		}
		if codes < 5 {
			t.Errorf("%s", strconv.Itoa(codes)+" faults in two hours at 10 an hour")
		}
		stops := s.received("StopTransaction")
		if len(stops) != 1 || stops[0].field("reason") != "EmergencyStop" {
			t.Errorf("%+v", stops)
		}
	})
}
