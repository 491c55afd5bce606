package sim

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// samples decodes a meterValue as a strict server does.
func samples(t interface{ Fatalf(string, ...any) }, m meterPoint, context string) []v16.SampledValue {
	payload := []byte(`{"connectorId":1,"meterValue":[`)
	payload = m.appendMeterValue(payload, time.Unix(1_800_000_000, 0), context)
	payload = append(payload, `]}`...)
	message, odd, refusal := v16.DecodeStrict(v16.ActionMeterValues, payload)
	if refusal != nil || len(odd) > 0 {
		t.Fatalf("%s: %v %v", payload, refusal, odd)
	}
	return message.(*v16.MeterValues).MeterValue[0].SampledValue
}

// value returns the first sample of a measurand and phase, in base units.
func value(list []v16.SampledValue, measurand, phase string) (float64, bool) {
	for _, s := range list {
		if s.Measurand == measurand && s.Phase == phase {
			n, err := strconv.ParseFloat(s.Value, 64)
			if s.Unit == "kW" || s.Unit == "kWh" {
				n = math.Round(n * 1000)
			}
			return n, err == nil
		}
	}
	return 0, false
}

func somePoint(t *rapid.T, m *Make) meterPoint {
	p := meterPoint{make: m, limit: watts(m.MaxPower), soc: rapid.Float64Range(0, 1).Draw(t, "soc"), volts: 320,
		register: energy(rapid.Int64Range(0, 1e12).Draw(t, "register in Wh")) * wattHour, noise: rapid.Uint64().Draw(t, "noise")}
	p.power = watts(rapid.IntRange(0, m.MaxPower).Draw(t, "power"))
	return p
}

func TestMeter(t *testing.T) {
	for i := range Makes {
		m := &Makes[i]
		t.Run(m.Model+" sends samples that agree with each other", rapid.MakeCheck(func(t *rapid.T) {
			point := somePoint(t, m)
			list := samples(t, point, contextPeriodic)
			if m.Rich && len(list) != 8 || !m.Rich && len(list) > 4 {
				t.Fatalf("%d samples", len(list))
			}
			if wh, ok := value(list, "Energy.Active.Import.Register", ""); !ok || wh != float64(point.register.wattHours()) {
				t.Fatalf("register %v Wh, not %v", wh, point.register.wattHours())
			}
			if w, ok := value(list, "Power.Active.Import", ""); !ok || w != float64(point.power) {
				t.Fatalf("power %v W, not %v", w, point.power)
			}
			if _, ok := value(list, "SoC", ""); ok != m.DC {
				t.Fatalf("a state of charge: %v", ok)
			}
			checkCurrents(t, m, list, float64(point.power))
		}))
	}

	t.Run("a transaction begins with the register alone", func(t *testing.T) {
		list := samples(t, meterPoint{make: &Makes[0], limit: 1}, contextBegin)
		if len(list) != 1 || list[0].Context != "Transaction.Begin" {
			t.Errorf("%+v", list)
		}
	})

	t.Run("decimals", func(t *testing.T) {
		for _, c := range []struct {
			n        int64
			decimals int
			want     string
		}{{0, 0, "0"}, {0, 3, "0.000"}, {7, 3, "0.007"}, {12345, 3, "12.345"}, {2301, 1, "230.1"}, {99, 0, "99"}} {
			if got := string(appendDecimal(nil, c.n, c.decimals)); got != c.want {
				t.Errorf("%d with %d decimals: %s, not %s", c.n, c.decimals, got, c.want)
			}
		}
	})
}

// checkCurrents compares voltage times current with power.
func checkCurrents(t *rapid.T, m *Make, list []v16.SampledValue, power float64) {
	var sum float64
	pairs := 0
	for i, phase := range currentPhases {
		amps, hasAmps := value(list, "Current.Import", phase)
		volts, hasVolts := value(list, "Voltage", voltagePhases[i])
		if hasAmps && hasVolts {
			sum += amps * volts
			pairs++
		}
	}
	if amps, ok := value(list, "Current.Import", ""); ok {
		if volts, ok := value(list, "Voltage", ""); ok {
			sum, pairs = amps*volts, 1
		}
	}
	if m.PerPhase && pairs != m.Phases {
		t.Fatalf("%d pairs of current and voltage", pairs)
	}
	// Currents are rounded to 10 mA.
	if off := math.Abs(sum - power); pairs > 0 && off > 6*float64(pairs) {
		t.Fatalf("current times voltage is %v W, power %v W", sum, power)
	}
}
