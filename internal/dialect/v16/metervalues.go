package v16

import (
	"math"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func meterValues(m *wire.MeterValues, e *charging.Event) {
	e.Body = charging.MetersReported{
		Port:             port(e, m.ConnectorID),
		TransactionID:    m.TransactionID.V,
		TransactionKnown: m.TransactionID.Set,
		Readings:         readings(m.MeterValue, e),
	}
}

// readings normalises the samples of a message. None is left out: those that
// hold no usable number are kept as sent.
func readings(values []wire.MeterValue, e *charging.Event) []charging.Reading {
	n := 0
	for i := range values {
		n += len(values[i].SampledValue)
	}
	if n == 0 {
		return nil
	}
	list := make([]charging.Reading, 0, n)
	for i := range values {
		at := timestamp(values[i].Timestamp)
		group := uint16(min(i, math.MaxUint16))
		for k := range values[i].SampledValue {
			r := reading(&values[i].SampledValue[k], e)
			r.Group, r.Time = group, at
			list = append(list, r)
		}
	}
	return list
}

// reading normalises one sample. What is missing has the specification's
// default (OCPP 1.6 §7.43).
func reading(s *wire.SampledValue, e *charging.Event) charging.Reading {
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
		r.Location != charging.LocationUnknown && r.Context != charging.ContextUnknown
	if isSigned(s) {
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

// isSigned reports whether a sample holds a signed record instead of a number.
func isSigned(s *wire.SampledValue) bool {
	return s.Format == "SignedData" || strings.HasPrefix(s.Value, "OCMF|")
}

// quantity returns the value of a sample in thousandths of the base unit. exact
// is false when its unit was not believed.
func quantity(s *wire.SampledValue, m charging.Measurand, e *charging.Event) (v charging.Milli, valid, exact bool) {
	want := dimensionOf(m)
	if want == unknownDimension {
		return 0, false, false
	}
	have, how := unit{dimension: want}, goodFit
	if s.Unit != "" {
		known := false
		if have, known = unitOf(s.Unit); !known {
			return 0, false, false // the decoder has listed the unit
		}
		how = fits(want, have.dimension)
	}
	switch how {
	case noFit:
		note(e, "unit-of-another-kind", m.String()+" in "+s.Unit)
		return 0, false, false
	case oddFit:
		note(e, "unit-of-another-kind", m.String()+" in "+s.Unit)
	}
	exp := have.exp
	if want == pure && have.dimension == percent {
		exp = -2
	}
	n, ok := ocpp.Thousandths(s.Value, exp)
	if !ok {
		note(e, "no-number", m.String())
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
