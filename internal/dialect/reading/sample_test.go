package reading

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

func TestSamplesCountThousandthsOfTheirBaseUnit(t *testing.T) {
	f := func(s Sample, want charging.Milli, whole bool, odd ...string) {
		t.Helper()
		s.Raw = "raw"
		var e charging.Event
		r := Of(&s, &e)
		if !r.Valid || r.Value != want || (r.Raw == "") != whole {
			t.Errorf("%+v is %+v, want %d", s, r, want)
		}
		if diff := cmp.Diff(odd, e.Oddities); diff != "" {
			t.Errorf("%+v: oddities (-want +got):\n%s", s, diff)
		}
	}
	f(Sample{Value: "1.5"}, 1_500, true)
	f(Sample{Value: "1.5", Unit: "kWh"}, 1_500_000, true)
	f(Sample{Value: "1.5", Unit: "kWh", Exponent: -3}, 1_500, true)
	f(Sample{Value: "1.5", Exponent: 6}, 1_500_000_000, true)
	f(Sample{Value: "1.5", Unit: "MWh"}, 1_500_000_000, true)
	f(Sample{Value: "-0.0005"}, -1, true)
	f(Sample{Value: "2", Measurand: "Energy.Active.Net", Unit: "kWh"}, 2_000_000, true)
	f(Sample{Value: "2", Measurand: "Energy.Reactive.Net", Unit: "kvarh"}, 2_000_000, true)
	f(Sample{Value: "2", Measurand: "Energy.Apparent.Import", Unit: "kVAh"}, 2_000_000, true)
	f(Sample{Value: "98", Measurand: "Power.Factor", Unit: "Percent"}, 980, true)
	f(Sample{Value: "9.8", Measurand: "Power.Factor", Unit: "Percent", Exponent: 1}, 980, true)
	f(Sample{Value: "68", Measurand: "Temperature", Unit: "Fahrenheit"}, 20_000, true)
	f(Sample{Value: "293.15", Measurand: "Temperature", Unit: "K"}, 20_000, true)
	f(Sample{Value: "5", SignedToo: true}, 5_000, false)
	f(Sample{Value: "5", Phase: "L9"}, 5_000, false)
	f(Sample{Value: "5", Measurand: "Power.Active.Import", Unit: "Wh"}, 5_000, false,
		"unit-of-another-kind: Power.Active.Import in Wh")
}

func TestSamplesWithoutAUsableNumberAreKeptAsSent(t *testing.T) {
	f := func(s Sample, odd ...string) {
		t.Helper()
		s.Raw = "raw"
		var e charging.Event
		if r := Of(&s, &e); r.Valid || r.Raw != "raw" {
			t.Errorf("%+v is %+v", s, r)
		}
		if diff := cmp.Diff(odd, e.Oddities); diff != "" {
			t.Errorf("%+v: oddities (-want +got):\n%s", s, diff)
		}
	}
	f(Sample{Value: "5", Signed: true})
	f(Sample{Value: "5", Measurand: "Weight"})
	f(Sample{Value: "5", Measurand: "Weight", Unit: "kg"}, "unknown-unit: kg")
	f(Sample{Value: "5", Unit: "Bananas"}, "unknown-unit: Bananas")
	f(Sample{Value: "5", Unit: "A"}, "unit-of-another-kind: Energy.Active.Import.Register in A")
	f(Sample{Value: "NaN"}, "no-number: Energy.Active.Import.Register")
	f(Sample{Value: "5", Exponent: 100}, "no-number: Energy.Active.Import.Register")
}

func TestNumbersTextsAndTimes(t *testing.T) {
	var e charging.Event
	number := func(n ocpp.Int, want int) {
		t.Helper()
		if got := Number(&e, "port-out-of-range", n); got != want {
			t.Errorf("%+v is %d, want %d", n, got, want)
		}
	}
	number(ocpp.Int{}, 0)
	number(ocpp.IntOf(7), 7)
	number(ocpp.Int{Set: true, V: -1, Raw: "-1"}, 0)
	number(ocpp.Int{Set: true, V: 1 << 40, Raw: "1099511627776"}, 1<<31-1)
	if got := Text(&e, "model", "  M\t"); got != "M" {
		t.Errorf("the text is %q", got)
	}
	if got := Text(&e, "model", strings.Repeat("é", 256)); got != strings.Repeat("é", 255) {
		t.Errorf("the text has %d bytes", len(got))
	}
	want := []string{"port-out-of-range: -1", "port-out-of-range: 1099511627776", "cut: model"}
	if diff := cmp.Diff(want, e.Oddities); diff != "" {
		t.Error(diff)
	}
}
