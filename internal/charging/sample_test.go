package charging

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func reading(m Measurand, p Phase, v Milli) Reading {
	return Reading{Measurand: m, Phase: p, Value: v, Valid: true, Time: Timestamp{Written: "x", Parsed: noon}}
}

func located(r Reading, l Location) Reading { r.Location = l; return r }

func inContext(r Reading, c ReadingContext) Reading { r.Context = c; return r }

func TestSampleCombinesPhasesWithinOneElement(t *testing.T) {
	f := func(what string, got func(sample) quantity, want Milli, group ...Reading) {
		t.Helper()
		q := got(sampleOf(group, noon, true))
		if !q.ok || q.value != want {
			t.Errorf("%s: got %v, want %d", what, q, want)
		}
	}
	power := func(s sample) quantity { return s.power }
	current := func(s sample) quantity { return s.current }
	voltage := func(s sample) quantity { return s.voltage }
	register := func(s sample) quantity { return s.register }

	f("the total wins over phases", power, 7_000_000,
		reading(PowerActiveImport, PhaseL1, 2_000_000), reading(PowerActiveImport, PhaseNone, 7_000_000))
	f("power is the sum of phases", power, 6_500_000, reading(PowerActiveImport, PhaseL1, 2_000_000),
		reading(PowerActiveImport, PhaseL2N, 2_000_000), reading(PowerActiveImport, PhaseL3, 2_500_000), reading(PowerActiveImport, PhaseN, 9))
	f("current is the largest phase", current, 16_000, reading(CurrentImport, PhaseL1, 15_000),
		reading(CurrentImport, PhaseL2, 16_000), reading(CurrentImport, PhaseN, 30_000))
	f("voltage is the mean to neutral", voltage, 231_000, reading(Voltage, PhaseL1N, 230_000),
		reading(Voltage, PhaseL2, 232_000), reading(Voltage, PhaseL1L2, 400_000))
	f("voltage between phases is divided by the root of three", voltage, 230_940, reading(Voltage, PhaseL1L2, 400_000))
	f("a stray voltage is none", voltage, 230_000, reading(Voltage, PhaseL1N, 230_000), reading(Voltage, PhaseL2N, 2_000))
	f("one phase of the register is the total", register, 5_000, reading(EnergyActiveImportRegister, PhaseL1, 5_000))
	f("the outlet wins over the vehicle", power, 2_000_000,
		located(reading(PowerActiveImport, PhaseNone, 9_000_000), LocationEV), reading(PowerActiveImport, PhaseL1, 2_000_000))
	f("the vehicle counts when the outlet is silent", power, 9_000_000,
		located(reading(PowerActiveImport, PhaseNone, 9_000_000), LocationEV))
}

func TestSampleLeavesOutWhatDoesNotTell(t *testing.T) {
	f := func(what string, got func(sample) quantity, dc bool, group ...Reading) {
		t.Helper()
		if q := got(sampleOf(group, noon, dc)); q.ok {
			t.Errorf("%s: got %v, want nothing", what, q)
		}
	}
	power := func(s sample) quantity { return s.power }
	soc := func(s sample) quantity { return s.soc }
	for _, l := range []Location{LocationInlet, LocationCable, LocationBody} {
		f(l.String(), power, true, located(reading(PowerActiveImport, PhaseNone, 1), l))
	}
	f("begin of the transaction", power, true, inContext(reading(PowerActiveImport, PhaseNone, 1), ContextTransactionBegin))
	f("interruption", power, true, inContext(reading(PowerActiveImport, PhaseNone, 1), ContextInterruptionEnd))
	f("no number", power, true, Reading{Measurand: PowerActiveImport})
	f("SoC 0 on Level 2", soc, false, reading(SoC, PhaseNone, 0))
	f("SoC 255", soc, true, reading(SoC, PhaseNone, 255_000))
	f("SoC -1", soc, true, reading(SoC, PhaseNone, -1_000))
	f("stray voltage", func(s sample) quantity { return s.voltage }, true, reading(Voltage, PhaseNone, 2_000))
	if q := sampleOf([]Reading{reading(SoC, PhaseNone, 0)}, noon, true).soc; !q.ok {
		t.Error("SoC 0 on a DCFC is a sample")
	}
}

func TestGroupsGoByTime(t *testing.T) {
	readings := []Reading{
		{Group: 0, Time: Timestamp{Parsed: noon.Add(2 * time.Minute)}},
		{Group: 1, Time: Timestamp{Parsed: noon}}, {Group: 1, Time: Timestamp{Parsed: noon}},
		{Group: 2, Time: Timestamp{Parsed: noon.Add(time.Minute)}},
	}
	var order []uint16
	groups(readings, noon.Add(time.Hour), func(g []Reading, at time.Time) { order = append(order, g[0].Group) })
	if len(order) != 3 || order[0] != 1 || order[1] != 2 || order[2] != 0 {
		t.Errorf("order of groups: %v, want [1 2 0]", order)
	}
}
