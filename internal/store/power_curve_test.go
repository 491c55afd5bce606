package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func TestThePowerOfPortsIsReadToTheEnd(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	b := &charging.Batch{}
	const n = 3*profilePage + 100
	of := map[charging.PortPlace][]charging.PowerPoint{}
	note := func(id int64, charger charging.ID, port int, session charging.ID, power int64) {
		energy := int64(1)
		p := charging.PowerPoint{At: at(id).UTC(), SessionID: session, Power: charging.Milli(power * 1000), Known: power >= 0}
		if session == 0 {
			energy = -1
		}
		if session == 0 || power < 0 { // the time is that of the message
			p.Power, p.At = 0, p.At.Truncate(time.Second)
		}
		b.Records = append(b.Records, measuredRecord(id, charger, port, session, energy, power))
		place := charging.PortPlace{ChargerID: charger, Number: port}
		of[place] = append(of[place], p)
	}
	note(1, 1, 1, 0, 0)
	note(2, 1, 2, 9, 500)
	note(3, 1, 1, 7, -1) // it began, and tells of no power yet
	for id := int64(4); id <= n; id++ {
		note(id, 1, 1, 7, id)
	}
	note(n+1, 1, 1, 0, 0)
	note(n+2, 2, 1, 8, 9)
	mustCommit(t, s, b)
	ports := []charging.PortPlace{{ChargerID: 1, Number: 1}, {ChargerID: 2, Number: 2}, {ChargerID: 1, Number: 2}, {ChargerID: 2, Number: 1}}
	read := func(during charging.Span) map[charging.PortPlace][]charging.PowerPoint {
		t.Helper()
		got := map[charging.PortPlace][]charging.PowerPoint{}
		last := 0
		err := s.PowerDuring(t.Context(), ports, during, func(port int, p charging.PowerPoint) {
			if port < last {
				t.Fatalf("port %d after %d", port, last)
			}
			last = port
			p.At = p.At.UTC()
			got[ports[port]] = append(got[ports[port]], p)
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if diff := cmp.Diff(of, read(charging.Span{From: at(0), To: at(n + 10)})); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
	// What was known when the time begins comes first, and of each port.
	got := read(charging.Span{From: at(1000), To: at(1010)})
	first := charging.PortPlace{ChargerID: 1, Number: 1}
	if diff := cmp.Diff(of[first][999-1:], got[first]); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
	if diff := cmp.Diff(of[ports[2]], got[ports[2]]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What came long after the time is not looked at.
	if got := read(charging.Span{From: at(1).Add(-2 * powerLate), To: at(0).Add(-powerLate)}); len(got) != 0 {
		t.Errorf("before there was anything: %v", got)
	}
}

// BenchmarkPowerDuring reads the day of a site with 100 ports that each measured
// every minute.
func BenchmarkPowerDuring(b *testing.B) {
	s := openTest(b)
	mustCommit(b, s, &charging.Batch{Change: estate(50)})
	var ports []charging.PortPlace
	id := int64(0)
	for port := range 100 {
		ports = append(ports, charging.PortPlace{ChargerID: charging.ID(port/2 + 1), Number: port%2 + 1})
	}
	for range 1440 {
		batch := &charging.Batch{}
		for i, p := range ports {
			id++
			batch.Records = append(batch.Records, measuredRecord(id, p.ChargerID, p.Number, charging.ID(i+1), id, 50_000))
		}
		mustCommit(b, s, batch)
	}
	if err := s.fileAll(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		err := s.PowerDuring(b.Context(), ports, charging.Span{From: at(0), To: at(id)}, func(int, charging.PowerPoint) { n++ })
		if err != nil || n != int(id) {
			b.Fatal(fmt.Sprint(n, " of ", id), err)
		}
	}
}
