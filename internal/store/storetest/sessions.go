package storetest

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func find(t *testing.T, e Engine, charger charging.ID, transaction int64) *charging.Session {
	t.Helper()
	found, err := e.FindSession(t.Context(), charger, transaction)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func testRecall(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	want := new(charging.Recalled)
	var b charging.Batch
	for id := charging.ID(1); id <= 20; id++ {
		s := session(id, 1, int64(id))
		s.State, s.EndedAt, s.EndReason, s.HasStop, s.MeterStop = charging.SessionClosed, after(int(id)+1), "Local", true, 9000
		b.Sessions = append(b.Sessions, s)
	}
	want.Sessions = b.Sessions[4:]
	wanted := make(map[int][]charging.PortReadings)
	for id := int64(1); id <= 120; id++ {
		port := int(id % 3)
		r := chargerRecord(id, new(charging.ChargerState))
		if port > 0 {
			r = portRecord(id, port, new(charging.PortState))
		}
		if id%2 == 0 {
			r.Kind = charging.RecordMeters
			r.Readings = readings(id)
			wanted[port] = append(wanted[port], charging.PortReadings{PortNumber: port, Readings: r.Readings})
		}
		if port == 0 && id%6 != 0 {
			r.Kind, r.Detail, r.Time = charging.RecordNote, `{"type":"x"}`, charging.Timestamp{Written: "w", Parsed: after(int(id))}
			want.Notes = append(want.Notes, charging.Record{ID: id, ChargerID: 3, Kind: r.Kind, Received: r.Received, Time: r.Time, Detail: r.Detail})
		}
		b.Records = append(b.Records, r)
	}
	for port := range 3 {
		want.Readings = append(want.Readings, wanted[port][len(wanted[port])-16:]...)
	}
	commit(t, e, &b)
	got, err := e.Recall(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, want, got)
	other, err := e.Recall(t.Context(), 99)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, new(charging.Recalled), other)
}

// readings are of all sorts.
func readings(id int64) []charging.Reading {
	at := charging.Timestamp{Written: "2026-03-01T12:00:00Z", Parsed: begun.Truncate(1e9)}
	return []charging.Reading{
		{Time: at, Measurand: charging.EnergyActiveImportRegister, Value: charging.Milli(id), Valid: true},
		{Time: at, Measurand: charging.Voltage, Phase: charging.PhaseL1N, Context: charging.ContextTransactionBegin,
			Location: charging.LocationInlet, Value: -230_000, Valid: true},
		{Group: 1, Time: charging.Timestamp{Written: "gestern"}, Raw: `{"value":"ä"}`},
	}
}

func testFindSession(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	foreign := session(2, 2, 200)
	foreign.TransactionID = 12 // the charger keeps its own id
	again := session(3, 2, 300)
	again.TransactionID = 12 // and uses it again
	elsewhere := session(4, 1, 400)
	elsewhere.ChargerID = 99
	unnamed := session(5, 1, 0)
	commit(t, e, &charging.Batch{Sessions: []*charging.Session{session(1, 1, 100), foreign, again, elsewhere, unnamed}})
	for _, tt := range []struct {
		charger     charging.ID
		transaction int64
		want        *charging.Session
	}{
		{3, 100, session(1, 1, 100)}, {3, 200, foreign}, {3, 300, again}, {3, 12, again},
		{3, 400, nil}, {99, 400, elsewhere}, {3, 12345, nil}, {99, 100, nil},
	} {
		equal(t, tt.want, find(t, e, tt.charger, tt.transaction))
	}

	// A session is found as it is now: running, in its port's newest record,
	// and corrected, in its own row.
	running := session(1, 1, 100)
	running.Energy, running.LastSample = 777, after(60)
	commit(t, e, &charging.Batch{Records: []charging.Record{portRecord(1, 1, &charging.PortState{Session: running})}})
	equal(t, running, find(t, e, 3, 100))
	closed := *running
	closed.State, closed.EndedAt, closed.EndReason = charging.SessionLapsed, after(90), charging.EndStopMissing
	commit(t, e, &charging.Batch{
		Sessions: []*charging.Session{&closed},
		Records:  []charging.Record{portRecord(2, 1, new(charging.PortState))},
	})
	equal(t, &closed, find(t, e, 3, 100))
}

func testFindStart(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	first, second, silent := session(1, 1, 100), session(2, 1, 101), session(3, 1, 102)
	second.StartWritten, second.Tag = first.StartWritten, "04a2" // the case of a tag counts here
	silent.StartWritten = ""
	commit(t, e, &charging.Batch{Sessions: []*charging.Session{first, second, silent}})
	key := charging.StartKey{ChargerID: 3, PortNumber: 1, Tag: "04A2", Written: first.StartWritten, MeterStart: 1000}
	for _, tt := range []struct {
		name   string
		change func(*charging.StartKey)
		want   *charging.Session
	}{
		{"the same", func(*charging.StartKey) {}, first},
		{"another tag", func(k *charging.StartKey) { k.Tag = "04a2" }, second},
		{"no time", func(k *charging.StartKey) { k.Written = "" }, silent},
		{"another port", func(k *charging.StartKey) { k.PortNumber = 2 }, nil},
		{"another charger", func(k *charging.StartKey) { k.ChargerID = 4 }, nil},
		{"another meter", func(k *charging.StartKey) { k.MeterStart = 1001 }, nil},
		{"another time", func(k *charging.StartKey) { k.Written = "2026-03-01T12:00:09Z" }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := key
			tt.change(&key)
			got, err := e.FindStart(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.want, got)
		})
	}
}

func findText(t *testing.T, e Engine, charger charging.ID, transaction string) *charging.Session {
	t.Helper()
	found, err := e.FindTransaction(t.Context(), charger, transaction)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func testFindTransaction(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	again := reported(3, 1, "tx-1") // the charger uses its id again
	elsewhere := reported(4, 1, "tx-4")
	elsewhere.ChargerID = 99
	commit(t, e, &charging.Batch{Sessions: []*charging.Session{
		reported(1, 1, "tx-1"), reported(2, 2, "TX-1"), again, elsewhere, session(5, 1, 50),
	}})
	for _, tt := range []struct {
		charger     charging.ID
		transaction string
		want        *charging.Session
	}{
		{3, "tx-1", again}, {3, "TX-1", reported(2, 2, "TX-1")}, {99, "tx-4", elsewhere},
		{3, "tx-4", nil}, {99, "tx-1", nil}, {3, "", nil}, {3, "50", nil},
	} {
		equal(t, tt.want, findText(t, e, tt.charger, tt.transaction))
	}
	running := *again
	running.Energy, running.Phase = 4321, charging.StateCharging
	commit(t, e, &charging.Batch{Records: []charging.Record{portRecord(1, 1, &charging.PortState{Session: &running})}})
	equal(t, &running, findText(t, e, 3, "tx-1"))
}

func testFindFloating(t *testing.T, e Engine) {
	commit(t, e, &charging.Batch{Change: depot()})
	begun := reported(1, 0, "tx-1")
	commit(t, e, &charging.Batch{Sessions: []*charging.Session{begun}})
	equal(t, begun, findText(t, e, 3, "tx-1"))
	running := *begun
	running.Energy = 99
	commit(t, e, &charging.Batch{Records: []charging.Record{
		chargerRecord(1, &charging.ChargerState{Floating: []*charging.Session{reported(2, 0, "tx-2"), &running}}),
	}})
	equal(t, &running, findText(t, e, 3, "tx-1"))
}
