package charging

import (
	"errors"
	"io/fs"
	"testing"
	"time"
)

func TestAppendThousandths(t *testing.T) {
	f := func(n int64, want string) {
		t.Helper()
		if got := string(AppendThousandths(nil, n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	f(180_000, "180")
	f(10_500, "10.5")
	f(1, "0.001")
	f(18_420, "18.42")
	f(0, "0")
	f(-500, "-0.5")
}

func TestMilliRoundsHalfAwayFromZero(t *testing.T) {
	f := func(m Milli, want int64) {
		t.Helper()
		if got := m.Thousand(); got != want {
			t.Errorf("%d: %d, want %d", m, got, want)
		}
	}
	f(499, 0)
	f(500, 1)
	f(-499, 0)
	f(-500, -1)
	f(1500, 2)
}

func TestTimestampIsBelievedWhenPlausible(t *testing.T) {
	f := func(what string, parsed time.Time, want time.Time) {
		t.Helper()
		if got := (Timestamp{Parsed: parsed}).Or(noon); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	f("none", time.Time{}, noon)
	f("1970", time.Unix(0, 0), noon)
	f("before 2015", time.Date(2014, 12, 31, 23, 59, 59, 0, time.UTC), noon)
	f("2015", time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC))
	f("five minutes ahead", noon.Add(5*time.Minute), noon.Add(5*time.Minute))
	f("more than five minutes ahead", noon.Add(5*time.Minute+1), noon)
	f("old but right", noon.Add(-100*24*time.Hour), noon.Add(-100*24*time.Hour))
}

func TestErrorKeepsKindTextAndCause(t *testing.T) {
	err := error(Errorf(Invalid, "reading the file: %w", fs.ErrNotExist))
	if KindOf(err) != Invalid || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("kind %v, cause lost: %v", KindOf(err), err)
	}
	if want := "reading the file: file does not exist"; err.Error() != want || MessageOf(err) != want {
		t.Errorf("text %q, want %q", err.Error(), want)
	}
	if MessageOf(Errorf(Internal, "secret")) != "" {
		t.Error("the text of an internal error reaches users")
	}
}

func TestNamesOfOCPPGoBothWays(t *testing.T) {
	for m := EnergyActiveImportRegister; m < measurandCount; m++ {
		if ParseMeasurand(m.String()) != m {
			t.Errorf("measurand %d", m)
		}
	}
	for p := PhaseNone; p < PhaseUnknown; p++ {
		if ParsePhase(p.String()) != p {
			t.Errorf("phase %d", p)
		}
	}
	for l := LocationOutlet; l < LocationUnknown; l++ {
		if ParseLocation(l.String()) != l {
			t.Errorf("location %d", l)
		}
	}
	for c := ContextSamplePeriodic; c < ContextUnknown; c++ {
		if ParseReadingContext(c.String()) != c {
			t.Errorf("context %d", c)
		}
	}
	if ParseMeasurand("soc") != SoC || ParseMeasurand("Fun") != MeasurandUnknown || ParsePhase("L9") != PhaseUnknown ||
		ParseLocation("Roof") != LocationUnknown || ParseReadingContext("Fun") != ContextUnknown {
		t.Error("unknown words or letter case")
	}
}

func TestTypeAndConnectorAreComputedUntilSet(t *testing.T) {
	port := func(w Milli, connector string) *Port {
		return &Port{PortSettings: PortSettings{MaxPower: w * 1_000_000, ConnectorType: connector}}
	}
	f := func(what string, c *Charger, wantType, wantConnector string) {
		t.Helper()
		if got := c.EffectiveType(); got != wantType {
			t.Errorf("%s: type %s, want %s", what, got, wantType)
		}
		if len(c.Ports) > 0 {
			if got := c.ConnectorType(c.Ports[0]); got != wantConnector {
				t.Errorf("%s: connector %s, want %s", what, got, wantConnector)
			}
		}
	}
	f("no port", &Charger{}, Level2, "")
	f("slow port", &Charger{Ports: []*Port{port(7, "")}}, Level2, "J1772")
	f("25 kW", &Charger{Ports: []*Port{port(25, "NACS")}}, Level2, "NACS")
	f("fast port", &Charger{Ports: []*Port{port(26, "")}}, DCFC, "CCS1")
	f("CHAdeMO", &Charger{Ports: []*Port{port(0, "CHAdeMO")}}, DCFC, "CHAdeMO")
	f("set", &Charger{ChargerSettings: ChargerSettings{Type: Level2}, Ports: []*Port{port(50, "")}}, Level2, "J1772")
}
