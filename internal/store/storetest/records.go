package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func testPresent(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	running := session(1, 1, 100)
	running.Energy, running.Latest.Power = 5000, charging.Latest{Value: 11_000_000, At: after(5)}
	last := &charging.ChargerState{
		Boot: &charging.Boot{At: after(1), Manufacturer: "ABB", Model: "T", SerialNumber: "S", Firmware: "2", ICCID: "i", IMSI: "j",
			MeterType: "m", MeterSerial: "n"},
		Connection: &charging.Connection{Connected: true, Since: after(2), Protocol: "ocpp1.6", Remote: "192.0.2.1:5"},
		Status:     &charging.PortStatus{Status: charging.Faulted, At: after(3), ErrorCode: "GroundFailure", VendorErrorCode: "7", VendorID: "v", Info: "wet"},
	}
	commit(t, e, &charging.Batch{Records: []charging.Record{
		chargerRecord(1, new(charging.ChargerState)),
		portRecord(2, 1, &charging.PortState{Status: status(charging.Preparing, 2)}),
		portRecord(3, 2, &charging.PortState{Status: status(charging.Available, 3), Session: session(9, 2, 99)}),
		chargerRecord(4, last),
	}})
	// Many more records of one port do not hide those of the others.
	for id := int64(5); id < 2005; id += 100 {
		b := new(charging.Batch)
		for n := range int64(100) {
			b.Records = append(b.Records, portRecord(id+n, 1, &charging.PortState{Status: status(charging.Charging, int(id+n)), Session: running}))
		}
		commit(t, e, b)
	}
	commit(t, e, &charging.Batch{Records: []charging.Record{portRecord(3000, 2, &charging.PortState{Status: status(charging.Finishing, 9)})}})

	got := load(t, e)
	equal(t, int64(3000), got.LastRecord)
	charger := got.Chargers[0]
	equal(t, last, &charging.ChargerState{Boot: charger.Boot, Connection: charger.Connection, Status: charger.Status})
	equal(t, running, charger.Ports[0].Session)
	equal(t, status(charging.Charging, 2004), charger.Ports[0].Status)
	equal(t, (*charging.Session)(nil), charger.Ports[1].Session)
	equal(t, status(charging.Finishing, 9), charger.Ports[1].Status)
	equal(t, int64(3000), charger.Version)
}

func testAtomic(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot(), Records: []charging.Record{portRecord(1, 1, new(charging.PortState))}})
	before := load(t, e)
	b := &charging.Batch{
		Change:   &charging.Change{Base: 1, Version: 2, Sites: []charging.Site{{ID: 70, OrganizationID: 1, Timezone: "UTC"}}},
		LifeMark: after(1),
		Ports:    []charging.PortSettings{{ID: 71, ChargerID: 3, Number: 7}},
		Sessions: []*charging.Session{session(72, 1, 720)},
		Records: []charging.Record{
			portRecord(2, 1, &charging.PortState{Status: status(charging.Charging, 1)}),
			portRecord(1, 1, new(charging.PortState)), // is stored already
		},
	}
	wantKind(t, e, e.Commit(t.Context(), b), charging.Conflict, before)
	if found, err := e.FindSession(t.Context(), 3, 720); found != nil || err != nil {
		t.Errorf("a session of the refused batch is there: %v, %v", found, err)
	}
	b.Records = b.Records[:1]
	commit(t, e, b)
	if got := load(t, e); got.Version != 2 || got.LastRecord != 2 || len(got.Sites) != 2 || len(got.Chargers[0].Ports) != 3 {
		t.Errorf("the batch is not stored whole: %+v", got)
	}
}

func testLifeMark(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{LifeMark: after(5)})
	commit(t, e, &charging.Batch{Change: depot()}) // a zero mark leaves it
	equal(t, after(5), load(t, e).LifeMark)
	commit(t, e, &charging.Batch{LifeMark: after(10)})
	equal(t, after(10), load(t, e).LifeMark)
}

func testContext(t *testing.T, e Engine) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Commit(ctx, &charging.Batch{LifeMark: begun}); err == nil {
		t.Error("a batch was stored")
	}
	if _, err := e.ReserveIDs(ctx, charging.IDRecord, 1, 0); err == nil {
		t.Error("ids were reserved")
	}
	equal(t, time.Time{}, load(t, e).LifeMark)
}

func testReopen(t *testing.T, e Engine) {
	if last, err := e.Reopen(t.Context()); last != 0 || err != nil {
		t.Fatalf("an empty store: %d, %v", last, err)
	}
	commit(t, e, &charging.Batch{Change: depot(), LifeMark: after(1), Records: []charging.Record{
		portRecord(41, 1, &charging.PortState{Status: status(charging.Charging, 1), Session: session(1, 1, 5)}),
	}})
	before := load(t, e)
	last, err := e.Reopen(t.Context())
	if err != nil || last != 41 {
		t.Fatalf("the newest record is %d, %v", last, err)
	}
	equal(t, before, load(t, e))
	first, err := e.ReserveIDs(t.Context(), charging.IDRecord, 1, 0)
	if err != nil || first != 42 {
		t.Errorf("the next record id is %d, %v", first, err)
	}
	commit(t, e, &charging.Batch{Records: []charging.Record{portRecord(42, 1, new(charging.PortState))}})
	equal(t, int64(42), load(t, e).LastRecord)
}

// problem is one with every field set.
func problem(component string, seconds int) charging.Problem {
	return charging.Problem{
		ProblemKey: charging.ProblemKey{Component: component, Connector: 1, Variable: "Problem", TechCode: "E7"},
		ErrorCode:  "GroundFailure", Info: "wet", Severity: -1, At: after(seconds),
	}
}

// reported is a session as a 2.x charger reports it.
func reported(id charging.ID, port int, transaction string) *charging.Session {
	s := session(id, port, 0)
	s.Transaction, s.Connector, s.RemoteStart, s.Phase, s.PhaseSeq, s.PhaseAt = transaction, 2, 77, charging.StateSuspendedEV, 9, after(9)
	s.TagSeq, s.Seen, s.Began, s.Incomplete = 3, []charging.SeqRange{{From: 0, To: 4}, {From: 7, To: 9}}, true, true
	return s
}

func testPresent2x(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	port := &charging.PortState{
		Status: status(charging.Charging, 1), Session: reported(1, 1, "tx-1"),
		Connectors: []charging.Connector{{Number: 1, State: "Occupied", At: after(1)}, {Number: 2, State: "Sonderbar", At: after(2)}},
		Problems:   []charging.Problem{problem("EVSE/left", 3), problem("ConnectorPlug", 4)},
		Served:     true,
	}
	last := &charging.ChargerState{
		Boot:       &charging.Boot{At: after(1), Model: "T", Reason: "PowerUp", Protocol: "ocpp2.0.1", Registration: charging.RegistrationPending},
		Connection: &charging.Connection{Connected: true, Since: after(1), Protocol: "ocpp2.0.1", Profile: 3},
		Problems:   []charging.Problem{problem("Controller", 5)},
		NextBoot:   charging.RegistrationRejected,
		Profile:    2,
		Floating:   []*charging.Session{reported(2, 0, "tx-2")},
	}
	commit(t, e, &charging.Batch{Records: []charging.Record{portRecord(1, 1, port), chargerRecord(2, last)}})
	if _, err := e.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	charger := load(t, e).Chargers[0]
	equal(t, last, &charging.ChargerState{Boot: charger.Boot, Connection: charger.Connection, Status: charger.Status,
		Problems: charger.Problems, NextBoot: charger.NextBoot, Profile: charger.Profile, Floating: charger.Floating})
	first := charger.Port(1)
	equal(t, port, &charging.PortState{Status: first.Status, Session: first.Session, Connectors: first.Connectors,
		Problems: first.Problems, Served: first.Served})
}
