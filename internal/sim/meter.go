package sim

import (
	"math"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// meterPoint is what the meter of a port shows at one time.
type meterPoint struct {
	make     *Make
	register energy
	power    watts
	limit    watts
	// soc is 0 to 1; volts is the battery's voltage when empty. Both are the
	// vehicle's and mean nothing for AC.
	soc   float64
	volts int64
	// noise moves the grid's voltage a little; any number will do.
	noise uint64
	// numbers writes values as 2.x has them: numbers, with units apart.
	numbers bool
}

// The contexts that a charger gives its samples (OCPP 1.6 §7.33).
const (
	contextPeriodic = "Sample.Periodic"
	contextTrigger  = "Trigger"
	contextClock    = "Sample.Clock"
	contextBegin    = "Transaction.Begin"
	contextEnd      = "Transaction.End"
)

// gridDecivolts returns the voltage of a phase against neutral, 226 to 234 V,
// in tenths of a volt.
func (m *meterPoint) gridDecivolts(phase int) int64 {
	n := (m.noise + uint64(phase)*0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	return 2260 + int64(n>>40%81)
}

// batteryDecivolts returns the voltage at the connector of a DC port, which
// rises with the state of charge, in tenths of a volt.
func (m *meterPoint) batteryDecivolts() int64 {
	return int64(math.Round(float64(m.volts) * (10 + 1.5*m.soc)))
}

// centiamps returns the current of power at a voltage in tenths of a volt, in
// hundredths of an ampere.
func centiamps(p watts, decivolts int64) int64 {
	if decivolts == 0 {
		return 0
	}
	return (int64(p)*1000 + decivolts/2) / decivolts
}

// appendMeterValue appends one element of meterValue.
func (m *meterPoint) appendMeterValue(dst []byte, at time.Time, context string) []byte {
	dst = append(dst, `{"timestamp":`...)
	dst = ocpp.AppendTime(dst, at)
	dst = append(dst, `,"sampledValue":[`...)
	s := sampleWriter{b: dst, context: context, numbers: m.numbers}
	s.energy(m)
	if context != contextBegin {
		s.power(m)
		if m.make.DC {
			s.direct(m)
		} else {
			s.alternating(m)
		}
	}
	return append(s.b, `]}`...)
}

// sampleWriter appends sampled values.
type sampleWriter struct {
	b       []byte
	context string
	numbers bool
	comma   bool
}

// add appends a sampled value of n times 10^-decimals. All its texts are plain.
func (s *sampleWriter) add(measurand, phase, unit string, n int64, decimals int) {
	if s.comma {
		s.b = append(s.b, ',')
	}
	s.comma = true
	quote := !s.numbers
	s.b = append(s.b, `{"value":`...)
	if quote {
		s.b = append(s.b, '"')
	}
	s.b = appendDecimal(s.b, n, decimals)
	if quote {
		s.b = append(s.b, '"')
	}
	s.b = append(s.b, `,"context":"`...)
	s.b = append(s.b, s.context...)
	s.b = append(s.b, `","measurand":"`...)
	s.b = append(s.b, measurand...)
	if phase != "" {
		s.b = append(s.b, `","phase":"`...)
		s.b = append(s.b, phase...)
	}
	if measurand == "SoC" {
		s.b = append(s.b, `","location":"EV`...)
	}
	if s.numbers {
		s.b = append(s.b, `","unitOfMeasure":{"unit":"`...)
		s.b = append(s.b, unit...)
		s.b = append(s.b, `"}}`...)
		return
	}
	s.b = append(s.b, `","unit":"`...)
	s.b = append(s.b, unit...)
	s.b = append(s.b, `"}`...)
}

func (s *sampleWriter) energy(m *meterPoint) {
	if m.make.Kilo {
		s.add("Energy.Active.Import.Register", "", "kWh", m.register.wattHours(), 3)
	} else {
		s.add("Energy.Active.Import.Register", "", "Wh", m.register.wattHours(), 0)
	}
}

func (s *sampleWriter) power(m *meterPoint) {
	s.inWatts("Power.Active.Import", m.power, m.make.Kilo)
}

func (s *sampleWriter) inWatts(measurand string, p watts, kilo bool) {
	if kilo {
		s.add(measurand, "", "kW", int64(p), 3)
	} else {
		s.add(measurand, "", "W", int64(p), 0)
	}
}

func (s *sampleWriter) direct(m *meterPoint) {
	u := m.batteryDecivolts()
	s.add("Current.Import", "", "A", centiamps(m.power, u), 2)
	if m.make.Rich {
		s.add("Voltage", "", "V", u, 1)
	}
	s.add("SoC", "", "Percent", int64(m.soc*100), 0)
	if m.make.Rich {
		s.inWatts("Power.Offered", m.limit, m.make.Kilo)
		s.add("Current.Offered", "", "A", centiamps(m.limit, u), 2)
		if s.numbers {
			return // 2.x has no measurand for it
		}
		s.add("Temperature", "", "Celsius", 25+30*int64(m.power)/int64(m.limit), 0)
	}
}

var (
	currentPhases = [3]string{"L1", "L2", "L3"}
	voltagePhases = [3]string{"L1-N", "L2-N", "L3-N"}
)

func (s *sampleWriter) alternating(m *meterPoint) {
	phases := max(m.make.Phases, 1)
	if !m.make.PerPhase {
		u := m.gridDecivolts(0)
		if phases == 1 {
			s.add("Current.Import", "", "A", centiamps(m.power, u), 2)
		}
		s.add("Voltage", "", "V", u, 1)
		return
	}
	for i := range phases {
		s.add("Current.Import", currentPhases[i], "A", centiamps(m.power/watts(phases), m.gridDecivolts(i)), 2)
	}
	for i := range phases {
		s.add("Voltage", voltagePhases[i], "V", m.gridDecivolts(i), 1)
	}
}

// appendDecimal appends n times 10^-decimals, n not negative.
func appendDecimal(dst []byte, n int64, decimals int) []byte {
	scale := int64(1)
	for range decimals {
		scale *= 10
	}
	dst = strconv.AppendInt(dst, n/scale, 10)
	if decimals == 0 {
		return dst
	}
	dst = append(dst, '.')
	for scale /= 10; scale > 0; scale /= 10 {
		dst = append(dst, byte('0'+n/scale%10))
	}
	return dst
}
