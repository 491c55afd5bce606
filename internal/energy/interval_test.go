package energy

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const kWh charging.Milli = 1_000_000

func TestIntervalsAreQuarterHoursCutToTheSession(t *testing.T) {
	start := instant(t, "2026-03-01T02:10:00Z")
	v := &charging.Session{StartedAt: start, Energy: 4 * kWh}
	known := []charging.ProfilePoint{
		{At: start.Add(20 * time.Minute), Energy: 3 * kWh, Latest: charging.LatestReadings{Power: charging.Latest{Value: 30_000_000, At: start.Add(20 * time.Minute)}}},
	}
	got := CourseOf(v, known, start.Add(40*time.Minute)).Intervals()
	want := []struct {
		from, to         string
		energy           charging.Milli
		demand, greatest charging.Milli
	}{
		{"2026-03-01T02:10:00Z", "2026-03-01T02:15:00Z", 750_000, 9_000_000, 9_000_000},
		{"2026-03-01T02:15:00Z", "2026-03-01T02:30:00Z", 2_250_000, 9_000_000, 9_000_000},
		{"2026-03-01T02:30:00Z", "2026-03-01T02:45:00Z", 750_000, 3_000_000, 30_000_000},
		{"2026-03-01T02:45:00Z", "2026-03-01T02:50:00Z", 250_000, 3_000_000, 3_000_000},
	}
	if len(got) != len(want) {
		t.Fatalf("%d intervals: %+v", len(got), got)
	}
	for i, w := range want {
		g := got[i]
		if !g.Start.Equal(instant(t, w.from)) || !g.End.Equal(instant(t, w.to)) || g.Energy != w.energy || g.Demand != w.demand || g.MaxDemand != w.greatest {
			t.Errorf("%d: got %+v, want %+v", i, g, w)
		}
	}
}

func TestTheGreatestDemandIsOfWholeQuarterHours(t *testing.T) {
	list := []Interval{{Energy: kWh, Demand: 360 * 1_000_000}, {Energy: 2 * kWh}} // the first of ten seconds
	if got := MaxDemand(list); got != 8_000_000 {
		t.Errorf("%d mW", got)
	}
}

func TestASessionThatTookNoTimeHasNoInterval(t *testing.T) {
	start := instant(t, "2026-03-01T02:10:00Z")
	if got := CourseOf(&charging.Session{StartedAt: start, Energy: kWh}, nil, start).Intervals(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// courses draws a session and what was known of it, late and odd messages too.
func courses(t *rapid.T) (*charging.Session, *Course) {
	start := time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 100_000).Draw(t, "start")) * time.Second)
	length := time.Duration(rapid.IntRange(1, 200_000).Draw(t, "seconds")) * time.Second
	v := &charging.Session{StartedAt: start, Energy: charging.Milli(rapid.Int64Range(0, 500_000_000).Draw(t, "energy"))}
	var known []charging.ProfilePoint
	for range rapid.IntRange(0, 20).Draw(t, "points") {
		at := start.Add(time.Duration(rapid.Int64Range(-1000, 250_000).Draw(t, "at")) * time.Second)
		known = append(known, charging.ProfilePoint{At: at, Energy: charging.Milli(rapid.Int64Range(0, 600_000_000).Draw(t, "known"))})
	}
	return v, CourseOf(v, known, start.Add(length))
}

func TestIntervalsAddUpToTheSession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, c := courses(t)
		list := c.Intervals()
		sum, at := charging.Milli(0), v.StartedAt
		for _, i := range list {
			if i.Energy < 0 || !i.Start.Equal(at) || !i.Start.Before(i.End) || i.End.Sub(i.Start) > quarterHour || i.MaxDemand < i.Demand {
				t.Fatalf("%+v", i)
			}
			sum, at = sum+i.Energy, i.End
		}
		if sum != v.Energy || !at.Equal(c.End()) {
			t.Fatalf("%d of %d mWh, to %v of %v", sum, v.Energy, at, c.End())
		}
	})
}

func TestEnergyByTariffPeriod(t *testing.T) {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	week := []int{1, 2, 3, 4, 5, 6, 7}
	day := []charging.TariffPeriod{{Name: "Peak", Days: week, From: 16 * 60, To: 21 * 60}, {Name: "Night", Days: week, From: 0, To: 24 * 60}}
	for name, c := range map[string]struct {
		from, to string // local
		periods  []charging.TariffPeriod
		hours    map[string]float64 // at 1 kW
	}{
		"across a bound":             {"2026-06-02T15:00:00-07:00", "2026-06-02T22:30:00-07:00", day, map[string]float64{"Peak": 5, "Night": 2.5}},
		"across midnight":            {"2026-06-02T20:00:00-07:00", "2026-06-03T02:00:00-07:00", day, map[string]float64{"Peak": 1, "Night": 5}},
		"an hour that does not come": {"2026-03-08T00:00:00-08:00", "2026-03-08T05:00:00-07:00", []charging.TariffPeriod{{Name: "Early", Days: week, From: 60, To: 4 * 60}}, map[string]float64{"Early": 2}},
		"an hour that comes twice":   {"2026-11-01T00:00:00-07:00", "2026-11-01T04:00:00-08:00", []charging.TariffPeriod{{Name: "Early", Days: week, From: 60, To: 2 * 60}}, map[string]float64{"Early": 2}},
		"on other days":              {"2026-06-02T15:00:00-07:00", "2026-06-02T16:00:00-07:00", []charging.TariffPeriod{{Name: "Weekend", Days: []int{6, 7}, From: 0, To: 24 * 60}}, map[string]float64{"Weekend": 0}},
		"out of season":              {"2026-06-30T22:00:00-07:00", "2026-07-01T02:00:00-07:00", []charging.TariffPeriod{{Name: "June", Days: week, From: 0, To: 24 * 60, FirstDate: "2026-06-01", LastDate: "2026-06-30"}}, map[string]float64{"June": 2}},
		"without periods":            {"2026-06-30T22:00:00-07:00", "2026-07-01T02:00:00-07:00", nil, map[string]float64{}},
	} {
		from, to := instant(t, c.from), instant(t, c.to)
		v := &charging.Session{StartedAt: from.UTC(), Energy: charging.Milli(float64(kWh) * to.Sub(from).Hours())}
		got := CourseOf(v, nil, to.UTC()).ByTariff(c.periods, zone)
		if len(got) != len(c.hours) {
			t.Errorf("%s: %+v", name, got)
		}
		for _, p := range got {
			if want := charging.Milli(c.hours[p.Name] * float64(kWh)); (p.Energy - want).Thousand() != 0 {
				t.Errorf("%s: %s took %d mWh, want %d", name, p.Name, p.Energy, want)
			}
		}
	}
}

func TestBoundsWithinAnHourThatComesTwiceAreMetTwice(t *testing.T) {
	week := []int{1, 2, 3, 4, 5, 6, 7}
	half := []charging.TariffPeriod{{Name: "Half", Days: week, From: 90, To: 2 * 60}}
	early := []charging.TariffPeriod{{Name: "Early", Days: week, From: 0, To: 2 * 60}}
	late := []charging.TariffPeriod{{Name: "Late", Days: week, From: 3 * 60, To: 24 * 60}}
	f := func(place, from, to string, periods []charging.TariffPeriod, hours float64) {
		t.Helper()
		zone, err := time.LoadLocation(place)
		if err != nil {
			t.Fatal(err)
		}
		start, end := instant(t, from).UTC(), instant(t, to).UTC()
		v := &charging.Session{StartedAt: start, Energy: charging.Milli(float64(kWh) * end.Sub(start).Hours())}
		got := CourseOf(v, nil, end).ByTariff(periods, zone)
		if want := charging.Milli(hours * float64(kWh)); len(got) != 1 || (got[0].Energy-want).Thousand() != 0 {
			t.Errorf("%s: got %+v, want %d mWh", place, got, want)
		}
	}
	f("America/Los_Angeles", "2026-11-01T00:00:00-07:00", "2026-11-01T04:00:00-08:00", half, 1)
	f("Europe/Madrid", "2026-10-25T00:00:00+02:00", "2026-10-25T06:00:00+01:00", []charging.TariffPeriod{{Name: "Half", Days: week, From: 150, To: 3 * 60}}, 1)
	// Clocks are set at half past an hour of UTC.
	f("Australia/Adelaide", "2026-10-04T01:00:00+09:30", "2026-10-04T05:00:00+10:30", early, 1)
	f("Australia/Adelaide", "2026-10-04T01:00:00+09:30", "2026-10-04T05:00:00+10:30", late, 2)
	// By half an hour.
	f("Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", "2026-04-05T04:00:00+10:30", []charging.TariffPeriod{{Name: "Half", Days: week, From: 105, To: 2 * 60}}, 0.5)
	// At midnight, to one in the morning.
	f("America/Asuncion", "2023-09-30T22:00:00-04:00", "2023-10-01T03:00:00-03:00", early, 1)
}

func TestPeriodsThatHoldAlwaysCountAll(t *testing.T) {
	always := []charging.TariffPeriod{{Name: "a", Days: []int{1, 3, 5}, From: 0, To: 700}, {Name: "b", Days: []int{1, 2, 3, 4, 5, 6, 7}, From: 0, To: 24 * 60}}
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v, c := courses(t)
		sum := c.At(c.Start()) // what a meter had at once
		for _, p := range c.ByTariff(always, zone) {
			sum += p.Energy
		}
		if sum != v.Energy {
			t.Fatalf("%d of %d mWh", sum, v.Energy)
		}
	})
}
