package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// hour is so many hours after a moment.
func hour(n int) time.Time { return time.Date(2026, 3, 1, n, 0, 0, 0, time.UTC) }

func hours(from, to int) charging.Span { return charging.Span{From: hour(from), To: hour(to)} }

func aWindow(charger charging.ID, from, to int) charging.MaintenanceWindow {
	return charging.MaintenanceWindow{ChargerID: charger, From: hour(from), To: hour(to), Comment: "Cable swap", UserEmail: "key depot",
		CreatedAt: hour(0), UpdatedAt: hour(0)}
}

func addWindows(t *testing.T, s *Store, list ...charging.MaintenanceWindow) []charging.MaintenanceWindow {
	t.Helper()
	made, err := s.AddWindows(t.Context(), list, "key depot")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func windowIDs(t *testing.T, s *Store, q charging.WindowQuery) []charging.ID {
	t.Helper()
	list, err := s.Windows(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	ids := []charging.ID{}
	for _, w := range list {
		ids = append(ids, w.ID)
	}
	return ids
}

func TestWindowsAreListedTheLatestStartFirst(t *testing.T) {
	s := openTest(t)
	made := addWindows(t, s, aWindow(1, 5, 9), aWindow(2, 5, 6), aWindow(1, 8, 10), aWindow(2, 1, 2))
	f := func(q charging.WindowQuery, want ...charging.ID) {
		t.Helper()
		if want == nil {
			want = []charging.ID{}
		}
		if got := windowIDs(t, s, q); !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", q, got, want)
		}
	}
	f(charging.WindowQuery{}, 3, 2, 1, 4)
	f(charging.WindowQuery{Limit: 2}, 3, 2)
	f(charging.WindowQuery{After: charging.WindowKey{From: hour(5), ID: 2}}, 1, 4)
	f(charging.WindowQuery{Chargers: []charging.ID{2}}, 2, 4)
	f(charging.WindowQuery{Chargers: []charging.ID{2}, Limit: 1}, 2)
	f(charging.WindowQuery{Chargers: []charging.ID{}})
	f(charging.WindowQuery{EndAfter: hour(6)}, 3, 1) // whose end is after it, not at it
	f(charging.WindowQuery{StartBefore: hour(5)}, 4)
	f(charging.WindowQuery{EndAfter: hour(1), StartBefore: hour(8)}, 2, 1, 4)
	f(charging.WindowQuery{StartBefore: hour(8), After: charging.WindowKey{From: hour(5), ID: 2}}, 1, 4)

	got, err := s.Window(t.Context(), 1)
	if diff := cmp.Diff(&made[0], got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := s.Window(t.Context(), 99); got != nil || err != nil {
		t.Errorf("%+v %v", got, err)
	}
	for at, want := range map[int]int{0: 0, 1: 1, 2: 0, 5: 2, 8: 2, 9: 1, 10: 0} {
		if list, err := s.WindowsAt(t.Context(), hour(at)); err != nil || len(list) != want {
			t.Errorf("at %d: %d windows, want %d, %v", at, len(list), want, err)
		}
	}
}

// history lists actors and bodies of the versions of a thing.
func versions(t *testing.T, s *Store, kind charging.IDKind, id charging.ID) (list []string) {
	t.Helper()
	rows, err := s.db.readers.QueryContext(t.Context(), "SELECT actor || ' ' || body FROM config_history WHERE kind = $1 AND object_id = $2 ORDER BY version", string(kind), id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

func TestChangesOfWindowsAreKept(t *testing.T) {
	s := openTest(t)
	addWindows(t, s, aWindow(1, 5, 9))
	changed, err := s.ChangeWindow(t.Context(), 1, "key boss", func(w *charging.MaintenanceWindow) error {
		w.To, w.UpdatedAt = hour(6), hour(7)
		return nil
	})
	want := aWindow(1, 5, 6)
	want.ID, want.UpdatedAt = 1, hour(7)
	if diff := cmp.Diff(&want, changed); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	refused := charging.Errorf(charging.Invalid, "no")
	if _, err := s.ChangeWindow(t.Context(), 1, "key boss", func(w *charging.MaintenanceWindow) error {
		w.Comment = "never stored"
		return refused
	}); err != error(refused) {
		t.Errorf("%v", err)
	}
	if got, err := s.Window(t.Context(), 1); err != nil || got.Comment != "Cable swap" || !got.To.Equal(hour(6)) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.ChangeWindow(t.Context(), 9, "", nil); charging.KindOf(err) != charging.NotFound {
		t.Errorf("of one that is not there: %v", err)
	}
	for range 2 { // the second time there is none
		if err := s.RemoveWindow(t.Context(), 1, hour(8), "key boss"); err != nil {
			t.Fatal(err)
		}
	}
	got := versions(t, s, charging.IDWindow, 1)
	if len(got) != 3 || !strings.HasPrefix(got[0], `key depot {"charger_id":1,"comment":"Cable swap"`) ||
		!strings.HasPrefix(got[1], "key boss {") || got[2] != "key boss null" {
		t.Errorf("kept %q", got)
	}
	if made := addWindows(t, s, aWindow(1, 5, 9)); made[0].ID != 2 {
		t.Errorf("id %d was given again", made[0].ID)
	}
}

func TestExclusionsAreKept(t *testing.T) {
	s := openTest(t)
	x := charging.Exclusion{PortID: 81, From: hour(2), To: hour(5), Reason: charging.ExcludeUtility, Comment: "Feeder 3", ProposedBy: "key depot",
		CreatedAt: hour(6), UpdatedAt: hour(6)}
	y := charging.Exclusion{SiteID: 12, From: hour(4), To: hour(7), Reason: charging.ExcludeVandalism, ProposedBy: "key depot", Confirmed: true,
		ConfirmedBy: "key boss", CreatedAt: hour(6), UpdatedAt: hour(6)}
	for _, add := range []*charging.Exclusion{&x, &y} {
		made, err := s.AddExclusion(t.Context(), *add, "key depot")
		if err != nil {
			t.Fatal(err)
		}
		add.ID = made.ID
	}
	f := func(q charging.ExclusionQuery, want ...charging.Exclusion) {
		t.Helper()
		got, err := s.Exclusions(t.Context(), q)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%+v: %v (-want +got)\n%s", q, err, diff)
		}
	}
	yes, no := true, false
	f(charging.ExclusionQuery{}, y, x)
	f(charging.ExclusionQuery{Limit: 1}, y)
	f(charging.ExclusionQuery{Before: y.ID}, x)
	f(charging.ExclusionQuery{Confirmed: &yes}, y)
	f(charging.ExclusionQuery{Confirmed: &no}, x)
	f(charging.ExclusionQuery{EndAfter: hour(5)}, y)
	f(charging.ExclusionQuery{StartBefore: hour(4)}, x)
	if got, err := s.ExclusionsDuring(t.Context(), hours(4, 5)); err != nil || len(got) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.ExclusionsDuring(t.Context(), hours(5, 6)); err != nil || len(got) != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.ChangeExclusion(t.Context(), x.ID, "key boss", func(x *charging.Exclusion) error {
		x.Confirmed, x.ConfirmedBy = true, "key boss"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	x.Confirmed, x.ConfirmedBy = true, "key boss"
	if got, err := s.Exclusion(t.Context(), x.ID); err != nil || cmp.Diff(&x, got) != "" {
		t.Errorf("%+v %v", got, err)
	}
	if err := s.RemoveExclusion(t.Context(), x.ID, hour(9), "key boss"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Exclusion(t.Context(), x.ID); got != nil || err != nil {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.ChangeExclusion(t.Context(), x.ID, "", nil); charging.KindOf(err) != charging.NotFound {
		t.Errorf("%v", err)
	}
	if got := versions(t, s, charging.IDExclusion, x.ID); len(got) != 3 || got[2] != "key boss null" {
		t.Errorf("kept %q", got)
	}
}

func TestTheServersOutagesBeginWithItsLastLife(t *testing.T) {
	s := openTest(t)
	during := func(want ...charging.ServerOutage) {
		t.Helper()
		got, err := s.ServerOutages(t.Context(), hours(0, 100))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(s.ServerWasAway(t.Context())) // never lived before
	do(s.ServerBack(t.Context(), hour(1)))
	during()
	mustCommit(t, s, &charging.Batch{LifeMark: hour(10)})
	do(s.ServerWasAway(t.Context())) // killed at 10, started at 12
	do(s.ServerBack(t.Context(), hour(12)))
	killed := charging.ServerOutage{From: hour(10), To: hour(12)}
	during(killed)
	do(s.ServerAway(t.Context(), hour(20))) // stopped at 20
	mustCommit(t, s, &charging.Batch{LifeMark: hour(21)})
	during(killed, charging.ServerOutage{From: hour(20)})
	do(s.ServerWasAway(t.Context())) // a start that failed changes nothing
	do(s.ServerWasAway(t.Context()))
	do(s.ServerBack(t.Context(), hour(22)))
	stopped := charging.ServerOutage{From: hour(20), To: hour(22)}
	during(killed, stopped)
	do(s.AddServerOutage(t.Context(), hour(30), hour(31)))
	during(killed, stopped, charging.ServerOutage{From: hour(30), To: hour(31)})
	if got, err := s.ServerOutages(t.Context(), hours(12, 20)); err != nil || len(got) != 0 {
		t.Errorf("between them %+v %v", got, err)
	}
	do(s.ServerAway(t.Context(), hour(50)))
	do(s.ServerBack(t.Context(), hour(40))) // the clock was set back
	if got, err := s.ServerOutages(t.Context(), hours(45, 60)); err != nil || len(got) != 0 {
		t.Errorf("without length %+v %v", got, err)
	}
}

func TestServiceIntervalsOfATime(t *testing.T) {
	s := openTest(t)
	const chargers = fewChargers + intervalPage + 10 // more than a page, and more than few
	mustCommit(t, s, &charging.Batch{Change: estate(chargers)})
	interval := func(charger charging.ID, port, from, to int) charging.ServiceInterval {
		v := charging.ServiceInterval{ChargerID: charger, PortNumber: port, State: charging.ServiceAvailable, From: hour(from), FromRecord: int64(from)}
		if to != 0 {
			v.To, v.ToRecord = hour(to), int64(to)
		}
		return v
	}
	var all charging.Derived
	for id := charging.ID(1); id <= chargers; id++ {
		for _, port := range []int{charging.StationPort, 0, 1, 2} {
			all.Intervals = append(all.Intervals, interval(id, port, 1, 5), interval(id, port, 5, 10), interval(id, port, 10, 20), interval(id, port, 20, 0))
		}
	}
	all.Intervals = append(all.Intervals, interval(1, 7, 1, 0)) // of a port that ceased
	if err := s.StoreDerived(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	f := func(during charging.Span, ids []charging.ID, want func(charging.ServiceInterval) bool) {
		t.Helper()
		var expected, got []charging.ServiceInterval
		for _, v := range all.Intervals {
			if v.PortNumber != 7 && slices.Contains(ids, v.ChargerID) && want(v) {
				expected = append(expected, v)
			}
		}
		err := s.ServiceIntervals(t.Context(), ids, during, func(v charging.ServiceInterval) { got = append(got, v) })
		if diff := cmp.Diff(expected, got); err != nil || diff != "" {
			t.Errorf("%v: %v (-want +got)\n%s", during, err, diff)
		}
	}
	everyone := make([]charging.ID, 0, chargers)
	for id := charging.ID(1); id <= chargers; id += 2 {
		everyone = append(everyone, id)
	}
	for _, ids := range [][]charging.ID{everyone, {3}, {3, 7, 9}, {chargers + 1}, nil} {
		f(hours(6, 8), ids, func(v charging.ServiceInterval) bool { return v.From.Equal(hour(5)) })
		f(hours(5, 10), ids, func(v charging.ServiceInterval) bool { return v.From.Equal(hour(5)) })
		f(hours(4, 11), ids, func(v charging.ServiceInterval) bool { return v.From.Before(hour(20)) })
		f(hours(30, 40), ids, func(v charging.ServiceInterval) bool { return v.To.IsZero() })
		f(hours(0, 1), ids, func(charging.ServiceInterval) bool { return false })
	}
}

func TestFaultsAreCountedByCategory(t *testing.T) {
	s := openTest(t)
	fault := func(id charging.ID, port, at int, c charging.FaultCategory) charging.Fault {
		return charging.Fault{ID: id, ChargerID: 1, PortNumber: port, At: hour(at), Received: hour(at), Category: c}
	}
	err := s.StoreDerived(t.Context(), &charging.Derived{Faults: []charging.Fault{
		fault(1, 1, 1, charging.FaultOther), fault(2, 1, 2, charging.FaultOther), fault(3, 1, 3, charging.FaultEndedCharging),
		fault(4, 0, 4, charging.FaultOther), fault(5, 1, 5, charging.FaultOther)}})
	if err != nil {
		t.Fatal(err)
	}
	type count struct {
		port int
		c    charging.FaultCategory
	}
	got := map[count]int{}
	err = s.FaultCounts(t.Context(), hours(1, 5), func(charger charging.ID, port int, c charging.FaultCategory, n int) {
		if charger != 1 {
			t.Errorf("charger %d", charger)
		}
		got[count{port, c}] = n
	})
	want := map[count]int{{1, charging.FaultOther}: 2, {1, charging.FaultEndedCharging}: 1, {0, charging.FaultOther}: 1}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestOriginTellsTheMessageOfARecord(t *testing.T) {
	s := oneCharger(t)
	want := statusRecord(1, 1, 1)
	got, err := s.Origin(t.Context(), 1)
	if err != nil || got.ID != 1 || got.MessageID != want.MessageID || got.Message != want.Message || !got.Received.Equal(want.Received) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := s.Origin(t.Context(), 99); got != nil || err != nil {
		t.Errorf("%+v %v", got, err)
	}
}

// TestHealthIsFoundByIndex keeps a short time from being looked for in the whole
// past.
func TestHealthIsFoundByIndex(t *testing.T) {
	s := openTest(t)
	for st, index := range map[statement]string{
		intervalsDuring: "v USING PRIMARY KEY (charger_id=? AND port_number=? AND from_at>? AND from_at<?)",
		faultCounts:     "faults_by_time (at>? AND at<?)", windowsDuring: "maintenance_windows_by_", pageOfWindows: "maintenance_windows_by_start",
		outagesDuring: "INTEGER PRIMARY KEY (rowid<?)",
	} {
		if plan := planOf(t, s, st); !strings.Contains(plan, index) {
			t.Errorf("want %s:\n%s\n%s", index, statements[st], plan)
		}
	}
}
