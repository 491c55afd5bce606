package v201

import (
	"math"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func meterValues(m *wire.MeterValues, e *charging.Event) {
	e.Body = charging.MetersReported{
		Port:             port(e, m.EVSEID),
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
		at := reading.Time(values[i].Timestamp)
		group := uint16(min(i, math.MaxUint16))
		for k := range values[i].SampledValue {
			s := sample(&values[i].SampledValue[k])
			r := reading.Of(&s, e)
			r.Group, r.Time = group, at
			list = append(list, r)
		}
	}
	return list
}

// maxMultiplier bounds the power of ten of a sample; nothing real comes near.
const maxMultiplier = 100

// sample is a sample as all versions have it.
func sample(s *wire.SampledValue) reading.Sample {
	return reading.Sample{Value: s.Value, Measurand: s.Measurand, Phase: s.Phase, Location: s.Location,
		Context: s.Context, Unit: s.Unit, Exponent: int(max(-maxMultiplier, min(maxMultiplier, s.Multiplier.V))),
		Signed: strings.HasPrefix(s.Value, "OCMF|"), SignedToo: s.Signed != "", Raw: s.Raw}
}
