package sim

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// life is what a port told, in order.
type life struct {
	register       int64 // the last one told, in Wh
	meterStart     int64
	at             time.Time
	power, soc     float64
	inTransaction  bool
	samples, stops int
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
			t.Errorf("%d faults in two hours at 10 an hour", codes)
		}
		stops := s.received("StopTransaction")
		if len(stops) != 1 || stops[0].field("reason") != "EmergencyStop" {
			t.Errorf("%+v", stops)
		}
	})
}
