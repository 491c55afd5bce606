package health

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestMonths(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	f := func(end time.Time, n int, want ...charging.Span) {
		t.Helper()
		if diff := cmp.Diff(want, months(end, n)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	march := day("2026-03-10").Add(time.Hour)
	f(march, 1, charging.Span{From: day("2026-03-01"), To: march})
	f(march, 3, charging.Span{From: day("2026-01-01"), To: day("2026-02-01")},
		charging.Span{From: day("2026-02-01"), To: day("2026-03-01")}, charging.Span{From: day("2026-03-01"), To: march})
	// The very end of a month is its own end, not the next one's beginning.
	f(day("2026-03-01"), 1, charging.Span{From: day("2026-02-01"), To: day("2026-03-01")})
	// Months of other zones are those of UTC.
	f(march.In(time.FixedZone("", -12*3600)), 1, charging.Span{From: day("2026-03-01"), To: march})
}

func TestTheFormulaOfTheRegulation(t *testing.T) {
	whole := charging.UptimeTimes{Active: year, Outage: 26_280 * time.Minute, Excluded: 10_512 * time.Minute}
	// ((525600 - (26280 - 10512)) / 525600) * 100
	if got := whole.YearPercent(); got != 97 {
		t.Errorf("%v, want 97", got)
	}
	young := charging.UptimeTimes{Active: 1000 * time.Minute, Outage: 100 * time.Minute, Excluded: 50 * time.Minute}
	if y, a := young.YearPercent(), young.ActivePercent(); y < 99.99 || a != 95 {
		t.Errorf("of a young port %v and %v", y, a)
	}
	never := charging.UptimeTimes{}
	if never.YearPercent() != 100 || never.ActivePercent() != 100 {
		t.Error("a port that was never there had outages")
	}
}

// uptime is that of the port 81 (1) of charger 41 by month up to a minute.
func (m *memory) uptime(t interface{ Fatal(...any) }, end, n int, detail bool) *charging.PortUptime {
	var found *charging.PortUptime
	q := charging.UptimeQuery{End: at(end), Months: n, Detail: detail, Chargers: []*charging.Charger{twoPorts()}}
	err := New(m).Uptime(context.Background(), q, func(u *charging.PortUptime) {
		if u.Port.ID == 81 {
			found = u
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOutagesAreCountedOnceAndTraced(t *testing.T) {
	m := &memory{outages: []charging.ServerOutage{{From: at(300), To: at(310)}}}
	m.was(0, -2000, up, 100, out, 160, up, still)
	m.was(1, -2000, up, 150, faulty, 200, up, 290, out, 320, up, 400, faulty, still)
	m.was(charging.StationPort, -2000, up, 190, out, 220, up, still)
	m.window(180, 195)
	m.exclusions = []charging.Exclusion{
		{ID: 1, PortID: 81, From: at(90), To: at(120), Reason: charging.ExcludeUtility, Confirmed: true},
		{ID: 2, SiteID: 12, From: at(110), To: at(130), Reason: charging.ExcludeInternet, Confirmed: true},
		{ID: 3, ChargerID: 41, From: at(130), To: at(160), Reason: charging.ExcludeVandalism}, // proposed only
		{ID: 4, PortID: 82, From: at(130), To: at(160), Reason: charging.ExcludeVandalism, Confirmed: true},
	}
	u := m.uptime(t, 500, 1, true)
	excluded := func(from, to int, window, exclusion charging.ID, why charging.ExclusionReason) charging.ExcludedSpan {
		return charging.ExcludedSpan{Span: charging.Span{From: at(from), To: at(to)}, WindowID: window, ExclusionID: exclusion, Reason: why}
	}
	outage := func(from, to int, state charging.ServiceState, cause charging.OutageCause, began, ended int64, x ...charging.ExcludedSpan) charging.Outage {
		return charging.Outage{Span: charging.Span{From: at(from), To: at(to)}, State: state, Cause: cause, Began: began, Ended: ended, Excluded: x}
	}
	want := []charging.Outage{
		outage(100, 160, out, charging.CauseOffline, 2, 4, excluded(100, 120, 0, 1, charging.ExcludeUtility), excluded(110, 130, 0, 2, charging.ExcludeInternet)),
		outage(160, 200, faulty, charging.CausePort, 1002, 1004, excluded(180, 195, 1, 0, charging.ExcludeMaintenance)),
		outage(200, 220, out, charging.CauseStation, -998, -996),
		outage(290, 300, out, charging.CausePort, 1006, 1008),
		outage(310, 320, out, charging.CausePort, 1006, 1008),
		outage(400, 500, faulty, charging.CausePort, 1010, 0),
	}
	want[0].ExcludedFor, want[1].ExcludedFor, want[5].Lasts = minutesOf(30), minutesOf(15), true
	if diff := cmp.Diff(want, u.Outages); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	month := u.Months[0]
	if month.Active != minutesOf(500) || month.Outage != minutesOf(240) || month.Excluded != minutesOf(45) || month.Away != minutesOf(10) {
		t.Errorf("month %+v", month.UptimeTimes)
	}
	if y := month.Year; y.Active != minutesOf(2500) || y.Outage != minutesOf(240) || !y.To.Equal(at(500)) || y.To.Sub(y.From) != year {
		t.Errorf("year %+v", y)
	}
}

func TestOutagesAreCutAtTheEndsOfMonths(t *testing.T) {
	const day = 24 * 60
	m := &memory{}
	m.was(0, -400*day, up, still)
	m.was(1, -400*day, up, -60, faulty, 30, up, still) // over midnight at the end of February
	u := m.uptime(t, 5*day, 2, false)
	if feb, mar := u.Months[0], u.Months[1]; feb.Outage != minutesOf(60) || mar.Outage != minutesOf(30) ||
		feb.Active != minutesOf(28*day) || mar.Active != minutesOf(5*day) || feb.Year.Outage != minutesOf(60) || mar.Year.Outage != minutesOf(90) {
		t.Errorf("%+v", u.Months)
	}
	if u.Outages != nil {
		t.Error("outages nobody asked for")
	}
}

// TestOutagesAddUp compares uptime with the classes of health, without windows,
// which they treat differently.
func TestOutagesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := somePast(rt)
		m.windows = nil
		for range rapid.IntRange(0, 3).Draw(rt, "exclusions") {
			begin := rapid.IntRange(-20, 120).Draw(rt, "from")
			m.exclusions = append(m.exclusions, charging.Exclusion{ID: 1, ChargerID: 41, Confirmed: true,
				From: at(begin), To: at(begin + rapid.IntRange(1, 60).Draw(rt, "for"))})
		}
		service := m.health(rt, 0, 100).Ports[0].Service
		u := m.uptime(rt, 100, 1, true)
		month := u.Months[0]
		if month.Outage != service.Faulted+service.Unavailable {
			rt.Fatalf("an outage of %v, and health says %+v", month.Outage, service)
		}
		var sum, excluded time.Duration
		for i, o := range u.Outages {
			if i > 0 && o.From.Before(u.Outages[i-1].To) {
				rt.Fatalf("outages overlap: %+v", u.Outages)
			}
			sum += o.To.Sub(o.From)
			excluded += o.ExcludedFor
		}
		if year := month.Year; sum != year.Outage || excluded != year.Excluded || year.Excluded > year.Outage {
			rt.Fatalf("outages of %v and %v excluded, want %+v", sum, excluded, year)
		}
	})
}
