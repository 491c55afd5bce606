package app_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/digest"
	"github.com/chargeyard/chargeyard/internal/sim"
	"github.com/chargeyard/chargeyard/internal/store"
)

// pastOf reads, with the server stopped, when it was away and the service
// intervals of connections.
func pastOf(t *testing.T, dir string) (outages []charging.ServerOutage, connections []charging.ServiceInterval) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// What the server did not come to is gone through here.
	if err := digest.New(s, slog.New(slog.DiscardHandler), digest.NewIntervals()).Step(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ever := charging.Span{To: time.Now().Add(time.Hour)}
	if outages, err = s.ServerOutages(t.Context(), ever); err != nil {
		t.Fatal(err)
	}
	err = s.ServiceIntervals(t.Context(), []charging.ID{1}, ever, func(v charging.ServiceInterval) {
		if v.PortNumber == 0 {
			connections = append(connections, v)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return outages, connections
}

// TestAStopOfTheServerIsNotChargedToChargers stops a server with a charger
// connected: its connection ends within the server's own outage, also when the
// charger was last heard of long before.
func TestAStopOfTheServerIsNotChargedToChargers(t *testing.T) {
	dir := t.TempDir()
	began := time.Now()
	s := apptest.Start(t, apptest.Options{Data: dir, Settings: func(c *config.Config) { c.Adopt = "any" }})
	quiet := sim.DemoLife()
	quiet.DisconnectsPerHour = 0
	chargers := s.Simulate(sim.Config{Count: 1, Life: quiet})
	s.Eventually("a connected charger", func() bool {
		_, body := s.Sites()
		return strings.Contains(string(body), `"connectionStatus":{"status":"Connected"`)
	})
	s.Stop()
	chargers.Stop()
	outages, _ := pastOf(t, dir)
	if len(outages) != 1 || !outages[0].To.IsZero() || outages[0].From.Before(began) {
		t.Fatalf("outages %+v", outages)
	}
	s = apptest.Start(t, apptest.Options{Data: dir})
	s.Stop()
	outages, connections := pastOf(t, dir)
	if len(outages) != 2 || outages[0].To.IsZero() || outages[0].To.After(outages[1].From) || !outages[1].To.IsZero() {
		t.Fatalf("outages %+v", outages)
	}
	if len(connections) != 2 || connections[0].State != charging.ServiceAvailable || connections[1].State != charging.ServiceUnavailable {
		t.Fatalf("connections %+v", connections)
	}
	if lost := connections[1].From; lost.Before(outages[0].From) || lost.After(outages[0].To) {
		t.Errorf("the connection was lost at %v, and the server was away from %v to %v", lost, outages[0].From, outages[0].To)
	}
	if connections[1].FromRecord == 0 || connections[1].FromRecord != connections[0].ToRecord {
		t.Errorf("connections are not traced: %+v", connections)
	}
}

func TestAFirstStartIsNoOutage(t *testing.T) {
	s := apptest.Start(t, apptest.Options{})
	began := time.Now()
	s.Stop()
	outages, _ := pastOf(t, s.Data())
	if len(outages) != 1 || !outages[0].To.IsZero() || outages[0].From.Before(began) {
		t.Errorf("outages %+v, want that of the stop", outages)
	}
}
