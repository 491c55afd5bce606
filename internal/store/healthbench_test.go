package store

import (
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// BenchmarkServiceIntervals reads a month of the intervals of 1,000 chargers with
// two ports, out of two in which each lost its connection five times a day and
// had a fault a day.
func BenchmarkServiceIntervals(b *testing.B) {
	s := openTest(b)
	const chargers, days = 1000, 60
	mustCommit(b, s, &charging.Batch{Change: estate(chargers)})
	begin := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	for id := charging.ID(1); id <= chargers; id++ {
		var d charging.Derived
		turn := func(port int, state charging.ServiceState, from time.Time, length time.Duration) {
			d.Intervals = append(d.Intervals, charging.ServiceInterval{ChargerID: id, PortNumber: port, State: state, From: from,
				To: from.Add(length), FromRecord: 1, ToRecord: 2})
		}
		for day := range days {
			at := begin.AddDate(0, 0, day)
			for n := range 5 {
				from := at.Add(time.Duration(n) * 4 * time.Hour)
				turn(0, charging.ServiceAvailable, from, 230*time.Minute)
				turn(0, charging.ServiceUnavailable, from.Add(230*time.Minute), 10*time.Minute)
			}
			for port := 1; port <= 2; port++ {
				turn(port, charging.ServiceAvailable, at, 23*time.Hour)
				turn(port, charging.ServiceFaulted, at.Add(23*time.Hour), time.Hour)
			}
		}
		if err := s.StoreDerived(b.Context(), &d); err != nil {
			b.Fatal(err)
		}
	}
	ids := make([]charging.ID, chargers)
	for i := range ids {
		ids[i] = charging.ID(i + 1)
	}
	month := charging.Span{From: begin.AddDate(0, 0, days-30), To: begin.AddDate(0, 0, days)}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := s.ServiceIntervals(b.Context(), ids, month, func(charging.ServiceInterval) { n++ }); err != nil || n < chargers*30*14 {
			b.Fatal(n, err)
		}
	}
}
