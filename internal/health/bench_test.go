package health

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// BenchmarkHealth is a month of 1,000 chargers with two ports, each of which lost
// its connection five times a day and had a fault a day.
func BenchmarkHealth(b *testing.B) {
	m := &memory{}
	var chargers []*charging.Charger
	const day = 24 * 60
	for id := charging.ID(1); id <= 1000; id++ {
		c := twoPorts()
		c.ID = id
		chargers = append(chargers, c)
		first := len(m.intervals)
		var connection, port []any
		for d := range 30 {
			for n := range 5 {
				connection = append(connection, up, d*day+n*240+230, out, d*day+(n+1)*240)
			}
			port = append(port, up, d*day+23*60, faulty, (d+1)*day)
		}
		m.was(0, 0, append(connection, up, still)...)
		m.was(1, 0, append(port, up, still)...)
		m.was(2, 0, append(port, up, still)...)
		for i := first; i < len(m.intervals); i++ {
			m.intervals[i].ChargerID = id
		}
	}
	indexed := &indexedMemory{memory: m}
	q := charging.HealthQuery{Span: charging.Span{From: at(0), To: at(30 * day)}, Chargers: chargers}
	b.ReportAllocs()
	for b.Loop() {
		var sum time.Duration
		if err := New(indexed).Health(b.Context(), q, func(h *charging.ChargerHealth) { sum += h.Service.Faulted }); err != nil || sum == 0 {
			b.Fatal(sum, err)
		}
	}
}

// indexedMemory hands out all intervals, which are those of the chargers asked for.
type indexedMemory struct{ *memory }

func (m *indexedMemory) ServiceIntervals(_ context.Context, _ []charging.ID, _ charging.Span, each func(charging.ServiceInterval)) error {
	for _, v := range m.intervals {
		each(v)
	}
	return nil
}
