package store

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// pruneStart is a full quarter hour.
var pruneStart = start.Truncate(quarterHour)

// meters is a record of a port's meter values so many seconds after pruneStart.
func meters(id int64, port, seconds int, power charging.Milli) charging.Record {
	r := metersRecord(id, 1, port)
	r.Received = pruneStart.Add(time.Duration(seconds) * time.Second)
	for i := range r.Readings {
		r.Readings[i].Time = charging.Timestamp{Parsed: r.Received}
	}
	r.Readings[1].Value = power
	if r.Port != nil {
		session := *r.Port.Session
		session.Latest.Power.Value = power
		r.Port.Session = &session
	}
	return r
}

// rowsLeft lists the ids of the history, negative where there are readings.
func rowsLeft(t *testing.T, s *Store) []int64 {
	t.Helper()
	rows, err := s.db.readers.QueryContext(t.Context(), "SELECT CASE WHEN readings IS NULL THEN id ELSE -id END FROM history ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestPruningKeepsQuarterHours(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	at := func(r charging.Record, seconds int) charging.Record {
		r.Received = pruneStart.Add(time.Duration(seconds) * time.Second)
		return r
	}
	mainMeter := meters(4, 0, 100, 7_000_000)
	mustCommit(t, s, &charging.Batch{Change: estate(1), Records: []charging.Record{
		meters(1, 1, 0, 10_000_000), // followed in its quarter hour
		meters(2, 1, 60, 30_000_000),
		meters(3, 2, 60, 5_000_000), // the newest of its port
		mainMeter,                   // of the charger, and its newest
		meters(5, 1, 800, 20_000_000),
		at(statusRecord(6, 1, 1), 850), // parts 5 from what follows
		meters(7, 1, 860, 40_000_000),  // the last of its quarter hour
		meters(8, 1, 900, 50_000_000),
		meters(9, 1, 86_400, 60_000_000), // too new
	}})
	before, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	policy := Policy{Readings: 24 * time.Hour}
	done, err := s.Prune(ctx, policy, pruneStart.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Pruned{Examined: 8, Stripped: 5, Deleted: 2}, done); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int64{3, 4, 5, 6, 7, 8, -9}, rowsLeft(t, s)); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
	after, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the present changed (-before +after)\n%s", diff)
	}

	checkCurves(t, s)
	if again, err := s.Prune(ctx, policy, pruneStart.Add(48*time.Hour)); err != nil || again != (Pruned{}) {
		t.Errorf("a second time it did %+v, %v", again, err)
	}
}

// checkCurves checks what pruning the records of the test above leaves.
func checkCurves(t *testing.T, s *Store) {
	t.Helper()
	point := func(quarter int, energy, power, highest charging.Milli) CurvePoint {
		return CurvePoint{Quarter: pruneStart.Add(time.Duration(quarter) * quarterHour), Energy: energy, Power: power, MaxPower: highest,
			SoC: 42_000, HasEnergy: true, HasPower: true, HasSoC: true}
	}
	for _, tt := range []struct {
		port    int
		session charging.ID
		want    []CurvePoint
	}{
		{1, 1001, []CurvePoint{point(0, 7000, 25_000_000, 40_000_000), point(1, 8000, 50_000_000, 50_000_000)}},
		{2, 1002, []CurvePoint{point(0, 3000, 5_000_000, 5_000_000)}},
		{0, 0, []CurvePoint{point(0, 5_004_000, 7_000_000, 7_000_000)}},
	} {
		got, err := s.Curve(t.Context(), 1, tt.port, tt.session)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("port %d (-want +got)\n%s", tt.port, diff)
		}
	}
}

func TestPruningForEverDoesNothing(t *testing.T) {
	s := oneCharger(t)
	if done, err := s.Prune(t.Context(), Policy{}, start.AddDate(99, 0, 0)); err != nil || done != (Pruned{}) {
		t.Errorf("did %+v, %v", done, err)
	}
}

// TestPruningLetsOthersWrite prunes 5,000 records while another writes, and
// looks at how long the writer ever waits.
func TestPruningLetsOthersWrite(t *testing.T) {
	s := openTest(t)
	var b charging.Batch
	for id := int64(1); id <= 5_000; id++ {
		b.Records = append(b.Records, metersRecord(id, id%25+1, 1))
	}
	mustCommit(t, s, &b)
	type result struct {
		done Pruned
		err  error
	}
	finished := make(chan result, 1)
	go func() {
		done, err := s.Prune(context.Background(), Policy{Readings: time.Hour}, start.AddDate(0, 1, 0))
		finished <- result{done, err}
	}()
	var longest time.Duration
	id := int64(100_000_000) // too new to be pruned
	for {
		select {
		case r := <-finished:
			// 25 ports in 6 quarter hours
			if want := (Pruned{Examined: 5_000, Stripped: 150, Deleted: 4_850}); r.err != nil || r.done != want {
				t.Errorf("pruned %+v, %v, want %+v", r.done, r.err, want)
			}
			t.Logf("the longest commit took %v beside pruning of %+v", longest, r.done)
			if longest > time.Second { // a slice is 10 ms; the rest is a busy machine
				t.Errorf("a commit waited %v", longest)
			}
			return
		default:
		}
		id++
		began := time.Now()
		mustCommit(t, s, &charging.Batch{Records: []charging.Record{statusRecord(id, 500, 1)}})
		longest = max(longest, time.Since(began))
	}
}

func TestPruningStopsWithItsContext(t *testing.T) {
	s := oneCharger(t)
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{metersRecord(2, 1, 1), metersRecord(3, 1, 1)}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Prune(ctx, Policy{Readings: time.Hour}, start.AddDate(1, 0, 0)); err == nil {
		t.Error("it went on")
	}
	if got := rowsLeft(t, s); len(got) != 3 {
		t.Errorf("left %v", got)
	}
}
