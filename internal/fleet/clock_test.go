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

// TestAQueuedStartWithoutAPlausibleTimeIsOvertakenByNothing: our clock was set
// back, so sessions that ended long before seem to have begun after it.
func TestAQueuedStartWithoutAPlausibleTimeIsOvertakenByNothing(t *testing.T) {
	y := newYard(t)
	y.connectAs("ocpp2.0.1", 0)
	y.tell(startedReport(0, y.now))
	y.tell(endedReport(1, y.now.Add(time.Minute)))
	charger := y.now.Add(2 * time.Minute) // whose clock goes on
	y.now = y.now.Add(-time.Hour)
	y.connectAs("ocpp2.0.1", 0)
	queued := startedReport(0, charger)
	queued.Transaction, queued.Offline = "NEXT", true
	y.tell(queued)
	if s := y.session(); s.Transaction != "NEXT" {
		t.Errorf("%+v", s)
	}
	// The same with a session that still runs, whose end was lost.
	queued.Transaction, queued.Time = "LAST", at(charger.Add(time.Minute))
	y.now = y.now.Add(-time.Minute)
	y.tell(queued)
	if s := y.session(); s.Transaction != "LAST" {
		t.Errorf("%+v", s)
	}
}
