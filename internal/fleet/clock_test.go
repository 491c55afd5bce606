package fleet_test

import (
	"testing"
	"time"
)

// TestARepeatIsKnownWhenOurClockWasSetBackMeanwhile: then what it tells lies in
// the future.
func TestARepeatIsKnownWhenOurClockWasSetBackMeanwhile(t *testing.T) {
	y := newYard(t)
	y.connect()
	id := y.tell(start("A0B1", 1000, y.now)).TransactionID
	said := meters(id, 7000, 1500, y.now)
	y.tell(said)
	stored := y.charger().Version
	y.now = y.now.Add(-time.Hour)
	y.tell(said)
	if v := y.charger().Version; v != stored {
		t.Errorf("stored again, as record %d after %d", v, stored)
	}
	y.tell(meters(id, 7000, 1600, y.now.Add(time.Hour)))
	if v := y.charger().Version; v == stored {
		t.Error("the next one is taken for a repeat")
	}
}
