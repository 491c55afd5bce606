package store

import (
	"sync/atomic"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// TestSessionsThatEndMeanwhileAreListedOnce reads pages while sessions start and
// stop on every port: what was there when the reading began comes once, whether
// it runs or has ended by then.
func TestSessionsThatEndMeanwhileAreListedOnce(t *testing.T) {
	s := openTest(t)
	const ports = 40
	mustCommit(t, s, &charging.Batch{Change: estate(ports / 2)})
	var begun atomic.Int64 // the newest session that is stored
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		running := make([]*charging.Session, ports)
		record := int64(0)
		for n := charging.ID(1); ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			port := int(n) % ports
			b := new(charging.Batch)
			if over := running[port]; over != nil {
				_, ended := benchSession(over.ID, over.ChargerID, over.PortNumber)
				record++
				b.Sessions = append(b.Sessions, ended)
				b.Records = append(b.Records, sessionRecord(record, charging.RecordSessionStopped, ended, nil))
			}
			began, _ := benchSession(n, charging.ID(port/2+1), port%2+1)
			record++
			b.Sessions = append(b.Sessions, began)
			b.Records = append(b.Records, sessionRecord(record, charging.RecordSessionStarted, began, began))
			if err := s.Commit(t.Context(), b); err != nil {
				stopped <- err
				return
			}
			running[port] = began
			begun.Store(int64(n))
		}
	}()
	for rounds := 0; rounds < 5 || begun.Load() < 4*ports && len(stopped) == 0; rounds++ {
		there := begun.Load()
		seen := make(map[charging.ID]bool)
		for _, v := range pages(t, s, charging.SessionQuery{Running: true, Limit: 25}) {
			if seen[v.ID] {
				t.Errorf("session %d came twice", v.ID)
			}
			seen[v.ID] = true
		}
		for id := charging.ID(1); id <= there; id++ {
			if !seen[id] {
				t.Errorf("session %d of %d was missed", id, there)
			}
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}
