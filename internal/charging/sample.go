package charging

import (
	"math"
	"time"
)

// sample is what one meterValue element says about a session: at most one
// value a measurand, chosen and combined from its readings.
type sample struct {
	at                            time.Time
	power, current, soc, voltage  quantity // for display
	register, interval, socAtOnce quantity // for the sums and the start
}

// quantity is a value that may be absent.
type quantity struct {
	value Milli
	ok    bool
}

// sampleOf reads one group of readings taken at the same time. dc says that
// the charger is a DCFC, on which a SoC of 0 is one.
func sampleOf(group []Reading, at time.Time, dc bool) sample {
	return sample{
		at:        at,
		power:     pick(group, PowerActiveImport, showsPresent, sumPhases),
		current:   pick(group, CurrentImport, showsPresent, largestPhase),
		voltage:   usableVoltage(pick(group, Voltage, showsPresent, meanVoltage)),
		soc:       usableSoC(pick(group, SoC, showsPresent, firstPhase), dc),
		register:  pick(group, EnergyActiveImportRegister, notBegin, sumPhases),
		interval:  pick(group, EnergyActiveImportInterval, notBegin, sumPhases),
		socAtOnce: usableSoC(pick(group, SoC, always, firstPhase), dc),
	}
}

// showsPresent excludes contexts that tell of an earlier instant: the begin
// of a transaction is often sent again at its end (contract 3.4 no. 35).
func showsPresent(c ReadingContext) bool {
	return c != ContextTransactionBegin && c != ContextInterruptionBegin && c != ContextInterruptionEnd
}

// notBegin excludes the register at the begin, which the start itself tells.
func notBegin(c ReadingContext) bool { return c != ContextTransactionBegin }

func always(ReadingContext) bool { return true }

// pick chooses the value of a measurand within one group: at the outlet
// first, then at the vehicle, never elsewhere; without a phase first, else
// combined from the phases (contract 3.4 no. 36).
func pick(group []Reading, m Measurand, context func(ReadingContext) bool, combine func(*phases) quantity) quantity {
	for _, location := range [...]Location{LocationOutlet, LocationEV, LocationUnknown} {
		var ph phases
		for i := range group {
			r := &group[i]
			if r.Measurand != m || !r.Valid || r.Location != location || !context(r.Context) {
				continue
			}
			if r.Phase == PhaseNone {
				return quantity{r.Value, true}
			}
			ph.add(r.Phase, r.Value)
		}
		if q := combine(&ph); q.ok {
			return q
		}
	}
	return quantity{}
}

// phases are the values of one measurand by phase.
type phases struct {
	neutral [3]quantity // L1, L2, L3, against neutral or not said
	between [3]quantity // L1-L2, L2-L3, L3-L1
}

func (ph *phases) add(p Phase, v Milli) {
	switch {
	case p >= PhaseL1 && p <= PhaseL3:
		ph.neutral[p-PhaseL1] = quantity{v, true}
	case p >= PhaseL1N && p <= PhaseL3N:
		ph.neutral[p-PhaseL1N] = quantity{v, true}
	case p >= PhaseL1L2 && p <= PhaseL3L1:
		ph.between[p-PhaseL1L2] = quantity{v, true}
	}
}

func sumPhases(ph *phases) quantity {
	var sum quantity
	for _, q := range ph.neutral {
		if q.ok {
			sum.value += q.value
			sum.ok = true
		}
	}
	return sum
}

func largestPhase(ph *phases) quantity {
	var largest quantity
	for _, q := range ph.neutral {
		if q.ok && (!largest.ok || q.value > largest.value) {
			largest = q
		}
	}
	return largest
}

func firstPhase(ph *phases) quantity {
	for _, q := range ph.neutral {
		if q.ok {
			return q
		}
	}
	return quantity{}
}

// meanVoltage is the mean of the phases that carry a voltage against neutral,
// else of those against each other divided by the square root of three.
func meanVoltage(ph *phases) quantity {
	if q := meanOf(ph.neutral); q.ok {
		return q
	}
	q := meanOf(ph.between)
	q.value = Milli(math.Round(float64(q.value) / math.Sqrt(3)))
	return q
}

func meanOf(values [3]quantity) quantity {
	var sum, n Milli
	for _, q := range values {
		if usableVoltage(q).ok {
			sum += q.value
			n++
		}
	}
	if n == 0 {
		return quantity{}
	}
	return quantity{(sum + n/2) / n, true}
}

// strayVoltage is what an open phase may show without carrying a voltage
// (quirks: stray voltages of some volts while idle).
const strayVoltage Milli = 50_000

func usableVoltage(q quantity) quantity {
	if q.value < strayVoltage {
		return quantity{}
	}
	return q
}

// usableSoC drops values that chargers send for "unknown" (contract 3.4
// no. 31): outside 0 to 100 anywhere, and 0 where the vehicle cannot tell.
func usableSoC(q quantity, dc bool) quantity {
	if q.value < 0 || q.value > 100_000 || q.value == 0 && !dc {
		return quantity{}
	}
	return q
}

// groups goes through readings element by element, in the order of their
// times, an unbelievable time counting as received.
func groups(readings []Reading, received time.Time, each func(group []Reading, at time.Time)) {
	type span struct {
		lo, hi int
		at     time.Time
	}
	var few [8]span
	spans := few[:0]
	for lo := 0; lo < len(readings); {
		hi := lo + 1
		for hi < len(readings) && readings[hi].Group == readings[lo].Group {
			hi++
		}
		s := span{lo, hi, readings[lo].Time.Or(received)}
		i := len(spans)
		spans = append(spans, s)
		for ; i > 0 && spans[i-1].at.After(s.at); i-- {
			spans[i] = spans[i-1]
		}
		spans[i] = s
		lo = hi
	}
	for _, s := range spans {
		each(readings[s.lo:s.hi], s.at)
	}
}
