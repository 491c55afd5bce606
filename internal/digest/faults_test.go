package digest_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
)

func onlyFaults() []digest.Part { return []digest.Part{&digest.Faults{}} }

func (y *yard) wantCategories(want ...string) {
	y.t.Helper()
	y.step()
	if diff := cmp.Diff(want, y.categories()); diff != "" {
		y.t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestAnErrorIsClassifiedByWhatItDidToCharging(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(y *yard)
		want []string
	}{
		{"a fault while nothing happens is other", func(y *yard) {
			y.status(1, charging.Available, charging.NoError)
			y.status(1, charging.Faulted, "GroundFailure")
		}, []string{"GroundFailure other"}},
		{"a fault after which the session ends within 5 minutes ended it", func(y *yard) {
			tx := y.starts(1)
			y.after(time.Hour).status(1, charging.Faulted, "OverVoltage")
			y.after(5 * time.Minute).stops(tx)
		}, []string{"OverVoltage endedCharging"}},
		{"a fault after which the session goes on did not", func(y *yard) {
			tx := y.starts(1)
			y.after(time.Hour).status(1, charging.Faulted, "OverVoltage")
			y.after(5*time.Minute + time.Second).stops(tx)
		}, []string{"OverVoltage other"}},
		{"of several faults those shortly before the end ended it", func(y *yard) {
			tx := y.starts(1)
			y.after(time.Hour).status(1, charging.Charging, "WeakSignal")
			y.after(time.Hour).status(1, charging.Charging, "HighTemperature")
			y.after(time.Minute).status(1, charging.Faulted, "PowerMeterFailure")
			y.after(time.Minute).stops(tx)
		}, []string{"WeakSignal other", "HighTemperature endedCharging", "PowerMeterFailure endedCharging"}},
		{"a fault of another port has nothing to do with the session", func(y *yard) {
			tx := y.starts(1)
			y.after(time.Hour).status(2, charging.Faulted, "GroundFailure")
			y.after(time.Minute).stops(tx)
		}, []string{"GroundFailure other"}},
		{"a fault of the charger itself ends the session that runs", func(y *yard) {
			tx := y.starts(2)
			y.after(time.Hour).status(0, charging.Faulted, "InternalError")
			y.after(time.Minute).stops(tx)
		}, []string{"InternalError endedCharging"}},
		{"a fault between plug-in and start prevented charging", func(y *yard) {
			y.status(1, charging.Preparing, charging.NoError)
			y.after(time.Minute).status(1, charging.Faulted, "EVCommunicationError")
		}, []string{"EVCommunicationError preventedCharging"}},
		{"a status Preparing that has an error itself prevented charging", func(y *yard) {
			y.status(1, charging.Preparing, "ConnectorLockFailure")
		}, []string{"ConnectorLockFailure preventedCharging"}},
		{"a second fault while the vehicle still waits prevented charging, too", func(y *yard) {
			y.status(1, charging.Preparing, charging.NoError)
			y.status(1, charging.Faulted, "EVCommunicationError")
			y.after(time.Minute).status(1, charging.Faulted, "GroundFailure")
		}, []string{"EVCommunicationError preventedCharging", "GroundFailure preventedCharging"}},
		{"a fault between authorization and start prevented charging", func(y *yard) {
			y.tells(charging.TagPresented{Tag: "CARD"})
			y.after(5*time.Minute).status(1, charging.Faulted, "ReaderFailure")
		}, []string{"ReaderFailure preventedCharging"}},
		{"an authorization of long ago does not count", func(y *yard) {
			y.tells(charging.TagPresented{Tag: "CARD"})
			y.after(5*time.Minute+time.Second).status(1, charging.Faulted, "ReaderFailure")
		}, []string{"ReaderFailure other"}},
		{"a refused tag is no authorization", func(y *yard) {
			y.tells(charging.TagPresented{Tag: "STRANGER"})
			y.status(1, charging.Faulted, "ReaderFailure")
		}, []string{"ReaderFailure other"}},
		{"a fault after the vehicle left is other", func(y *yard) {
			y.status(1, charging.Preparing, charging.NoError)
			y.status(1, charging.Available, charging.NoError)
			y.status(1, charging.Faulted, "GroundFailure")
		}, []string{"GroundFailure other"}},
		{"a fault after charging is other", func(y *yard) {
			tx := y.starts(1)
			y.after(time.Hour).stops(tx)
			y.status(1, charging.Finishing, charging.NoError)
			y.status(1, charging.Faulted, "GroundFailure")
		}, []string{"GroundFailure other"}},
		{"repeats of an unchanged state are not repeated", func(y *yard) {
			y.status(1, charging.Faulted, "GroundFailure")
			y.after(time.Minute).status(1, charging.Faulted, "GroundFailure")
			y.after(time.Minute).status(1, charging.Faulted, "OverVoltage")
			y.after(time.Minute).status(1, charging.Available, charging.NoError)
			y.after(time.Minute).status(1, charging.Faulted, "OverVoltage")
		}, []string{"GroundFailure other", "OverVoltage other", "OverVoltage other"}},
		{"an error code without the status Faulted is an error", func(y *yard) {
			y.status(1, charging.Available, "WeakSignal")
		}, []string{"WeakSignal other"}},
		{"no error is none", func(y *yard) {
			y.status(1, charging.Available, charging.NoError)
			y.status(1, charging.StatusUnavailable, charging.NoError)
		}, nil},
		{"nobody knows that a session whose stop is missing was ended by an error", func(y *yard) {
			y.starts(1)
			session := y.fleet.Estate().Charger(chargerID).Port(1).Session.ID
			y.after(time.Hour).status(1, charging.Faulted, "OverVoltage")
			y.after(time.Minute).tells(charging.SessionOverdue{Port: 1, Session: session, Reason: charging.EndStopMissing})
		}, []string{"OverVoltage other"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newYard(t, onlyFaults)
			y.connects()
			c.play(y)
			y.wantCategories(c.want...)
		})
		t.Run(c.name+", also when the server crashes after each record", func(t *testing.T) {
			y := newYard(t, onlyFaults)
			y.connects()
			c.play(y)
			y.onceEach()
			y.wantCategories(c.want...)
		})
	}
}

// onceEach goes through the history record by record, each time with a digest
// that begins anew.
func (y *yard) onceEach() {
	y.t.Helper()
	for {
		part := &digest.Faults{}
		source := &oneByOne{Source: y.store}
		if err := digest.New(source, quiet, part).Step(context.Background(), y.now); err != nil {
			y.t.Fatal(err)
		}
		if source.done {
			return
		}
		// As a step does now and then: the mark is stored alone.
		if err := y.store.StoreDerived(context.Background(), &charging.Derived{Mark: source.upTo}); err != nil {
			y.t.Fatal(err)
		}
	}
}

func TestAMutedCodeIsMutedWhateverItDid(t *testing.T) {
	y := newYard(t, func() []digest.Part {
		return []digest.Part{&digest.Faults{Muted: func(charger charging.ID, s *charging.PortStatus) bool {
			return charger == chargerID && s.ErrorCode == "WeakSignal"
		}}}
	})
	y.connects()
	tx := y.starts(1)
	y.after(time.Hour).status(1, charging.Charging, "WeakSignal")
	y.status(1, charging.Charging, "HighTemperature")
	y.after(time.Minute).stops(tx)
	y.wantCategories("WeakSignal muted", "HighTemperature endedCharging")
}

func TestTheCategoryChangesWhenTheSessionEnds(t *testing.T) {
	var told []charging.FaultCategory
	y := newYard(t, func() []digest.Part {
		return []digest.Part{&digest.Faults{Classified: func(f *charging.Fault, _ time.Time, _ *charging.Derived) {
			told = append(told, f.Category)
		}}}
	})
	y.connects()
	tx := y.starts(1)
	session := y.fleet.Estate().Charger(chargerID).Port(1).Session.ID
	y.after(time.Hour).status(1, charging.Faulted, "OverVoltage")
	y.wantCategories("OverVoltage other")
	if len(told) != 0 {
		t.Errorf("told %v while the session runs", told)
	}
	y.restart() // the digest does not need its memory
	y.connects()
	y.after(time.Minute).stops(tx)
	y.wantCategories("OverVoltage endedCharging")
	f := y.faults()[0]
	if f.SessionID != session || f.PortNumber != 1 || f.Status.Status != charging.Faulted {
		t.Errorf("%+v, want session %d at port 1, Faulted", f, session)
	}
	if diff := cmp.Diff([]charging.FaultCategory{charging.FaultEndedCharging}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAnErrorOutOfTheQueueIsKeptWithItsOwnTime(t *testing.T) {
	y := newYard(t, onlyFaults)
	y.connects()
	y.status(1, charging.Available, charging.NoError)
	old := y.now.Add(-2 * time.Hour)
	y.after(time.Minute).connects() // and flushes what it queued
	y.tells(charging.PortStatusReported{Port: 1, Status: charging.Faulted, ErrorCode: "GroundFailure",
		Time: charging.Timestamp{Parsed: old, Written: old.Format(time.RFC3339)}})
	y.step()
	list := y.faults()
	if len(list) != 1 || !list[0].At.Equal(old) || list[0].Status.ErrorCode != "GroundFailure" {
		t.Errorf("%+v, want one of %v", list, old)
	}
	if shown := y.fleet.Estate().Charger(chargerID).Port(1).Status; shown.Status != charging.Available {
		t.Errorf("the port shows %s", shown.Status)
	}
}
