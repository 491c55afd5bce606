package reading

import (
	"math"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Sample is one meter sample in the words of OCPP. A word that is "" has the
// specification's default (OCPP 1.6 §7.43, OCPP 2.0.1 SampledValueType).
type Sample struct {
	Value     string // a decimal number; 1.6 writes it as a text
	Measurand string
	Phase     string
	Location  string
	Context   string
	Unit      string // "" is the measurand's own
	// Exponent is the power of ten that Value counts in.
	Exponent int
	// Signed says that Value is a signed record instead of a number; SignedToo,
	// that one stands beside it.
	Signed, SignedToo bool
	// Raw is the sample as sent, as JSON.
	Raw string
}

// Of normalises a sample. What holds no usable number is kept as sent.
func Of(s *Sample, e *charging.Event) charging.Reading {
	r := charging.Reading{
		Measurand: charging.EnergyActiveImportRegister,
		Phase:     charging.ParsePhase(s.Phase),
		Location:  charging.ParseLocation(s.Location),
		Context:   charging.ParseReadingContext(s.Context),
	}
	if s.Measurand != "" {
		r.Measurand = charging.ParseMeasurand(s.Measurand)
	}
	whole := r.Measurand != charging.MeasurandUnknown && r.Phase != charging.PhaseUnknown &&
		r.Location != charging.LocationUnknown && r.Context != charging.ContextUnknown && !s.SignedToo
	if s.Signed {
		whole = false
	} else {
		var exact bool
		r.Value, r.Valid, exact = quantity(s, r.Measurand, e)
		whole = whole && r.Valid && exact
	}
	if !whole {
		r.Raw = s.Raw
	}
	return r
}

// quantity returns the value of a sample in thousandths of the base unit. exact
// is false when its unit was not believed.
func quantity(s *Sample, m charging.Measurand, e *charging.Event) (v charging.Milli, valid, exact bool) {
	want := dimensionOf(m)
	have, how := unit{dimension: want}, goodFit
	if s.Unit != "" {
		known := false
		if have, known = unitOf(s.Unit); !known {
			Note(e, "unknown-unit", s.Unit)
			return 0, false, false
		}
		how = fits(want, have.dimension)
	}
	if want == unknownDimension {
		return 0, false, false
	}
	switch how {
	case noFit:
		Note(e, "unit-of-another-kind", m.String()+" in "+s.Unit)
		return 0, false, false
	case oddFit:
		Note(e, "unit-of-another-kind", m.String()+" in "+s.Unit)
	}
	exp := have.exp + s.Exponent
	if want == pure && have.dimension == percent {
		exp -= 2
	}
	n, ok := ocpp.Thousandths(s.Value, exp)
	if !ok {
		Note(e, "no-number", m.String())
		return 0, false, false
	}
	return charging.Milli(inCelsius(n, have.dimension)), true, how != oddFit
}

// inCelsius returns thousandths of a degree Celsius; anything but a temperature
// stays as it is.
func inCelsius(n int64, d dimension) int64 {
	switch {
	case d == kelvin && n > math.MinInt64+273_150:
		return n - 273_150
	case d == fahrenheit && n < math.MaxInt64/5 && n > math.MinInt64/5+32_000:
		return int64(math.Round(float64((n-32_000)*5) / 9))
	default:
		return n
	}
}
