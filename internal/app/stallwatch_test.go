package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/store"
)

// TestTimesWithoutTheStoreAreTheServers plays a store that fails, comes back,
// and fails only for a moment.
func TestTimesWithoutTheStoreAreTheServers(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := func(second int) time.Time { return time.Date(2026, 3, 1, 12, 0, second, 0, time.UTC) }
	var stalled time.Time
	w := &stallWatch{since: func() time.Time { return stalled }, store: s}
	for second := range 60 {
		switch second {
		case 10:
			stalled = at(8) // a commit hangs
		case 15:
			stalled = at(9) // and fails
		case 25, 40:
			stalled = time.Time{}
		case 35:
			stalled = at(33) // too short for chargers to be sent away
		}
		if err := w.look(t.Context(), at(second)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.ServerOutages(t.Context(), charging.Span{From: at(0), To: at(60)})
	if diff := cmp.Diff([]charging.ServerOutage{{From: at(8), To: at(25)}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
