package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func history(t *testing.T, e Engine, q charging.HistoryQuery) []charging.Record {
	t.Helper()
	records, err := e.History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func idsOf(records []charging.Record) []int64 {
	ids := []int64{}
	for i := range records {
		ids = append(ids, records[i].ID)
	}
	return ids
}

// past is what the tests of the history store: records of all kinds and ports.
func past(t *testing.T, e Engine) []charging.Record {
	t.Helper()
	note := func(id int64, kind charging.NoteKind) charging.Record {
		r := chargerRecord(id, new(charging.ChargerState))
		r.Kind, r.Detail = charging.RecordNote, `{"kind":"`+string(kind)+`","status":"x"}`
		return r
	}
	of := func(id int64, port int, kind charging.RecordKind) charging.Record {
		r := chargerRecord(id, new(charging.ChargerState))
		if port > 0 {
			r = portRecord(id, port, new(charging.PortState))
		}
		r.Kind = kind
		return r
	}
	onPort := of(9, 2, charging.RecordNote)
	onPort.Detail = `{"kind":"reservation"}`
	elsewhere := of(11, 0, charging.RecordBooted)
	elsewhere.ChargerID = 99
	records := []charging.Record{
		of(1, 0, charging.RecordConnected), of(2, 0, charging.RecordBooted), of(3, 1, charging.RecordStatus),
		of(4, 2, charging.RecordStatus), note(5, charging.NoteFirmware), of(6, 1, charging.RecordMeters),
		note(7, charging.NoteSecurityEvent), of(8, 1, charging.RecordSessionReported), onPort, note(10, charging.NoteFirmware),
		elsewhere, of(12, 7, charging.RecordConditions), of(13, 0, charging.RecordDisconnected),
	}
	commit(t, e, &charging.Batch{Change: depot(), Records: records})
	return records
}

func testHistory(t *testing.T, e Engine) {
	past(t, e)
	port := func(n int) *int { return &n }
	kinds := func(k ...charging.RecordKind) []charging.RecordKind { return k }
	notes := func(n ...charging.NoteKind) []charging.NoteKind { return n }
	for _, tt := range []struct {
		name string
		q    charging.HistoryQuery
		want []int64
	}{
		{"all", charging.HistoryQuery{}, []int64{13, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{"of a port", charging.HistoryQuery{Port: port(1)}, []int64{8, 6, 3}},
		{"of a port that is not there", charging.HistoryQuery{Port: port(5)}, []int64{}},
		{"of the charger itself", charging.HistoryQuery{Port: port(0)}, []int64{13, 10, 7, 5, 2, 1}},
		{"statuses", charging.HistoryQuery{Kinds: kinds(charging.RecordStatus)}, []int64{4, 3}},
		{"boots", charging.HistoryQuery{Kinds: kinds(charging.RecordBooted)}, []int64{2}},
		{"connections", charging.HistoryQuery{Kinds: kinds(charging.RecordConnected, charging.RecordDisconnected)}, []int64{13, 1}},
		{"a kind twice", charging.HistoryQuery{Kinds: kinds(charging.RecordBooted, charging.RecordBooted)}, []int64{2}},
		{"frequent and rare kinds", charging.HistoryQuery{Kinds: kinds(charging.RecordMeters, charging.RecordBooted)}, []int64{6, 2}},
		{"notes", charging.HistoryQuery{Kinds: kinds(charging.RecordNote)}, []int64{10, 9, 7, 5}},
		{"notes of a kind", charging.HistoryQuery{NoteKinds: notes(charging.NoteFirmware)}, []int64{10, 5}},
		{"notes of two kinds", charging.HistoryQuery{NoteKinds: notes(charging.NoteFirmware, charging.NoteReservation)}, []int64{10, 9, 5}},
		{"notes of a kind, by both", charging.HistoryQuery{Kinds: kinds(charging.RecordNote), NoteKinds: notes(charging.NoteSecurityEvent)}, []int64{7}},
		{"notes and boots", charging.HistoryQuery{Kinds: kinds(charging.RecordBooted), NoteKinds: notes(charging.NoteSecurityEvent)}, []int64{7, 2}},
		{"notes and statuses", charging.HistoryQuery{Kinds: kinds(charging.RecordNote, charging.RecordStatus),
			NoteKinds: notes(charging.NoteSecurityEvent)}, []int64{7, 4, 3}},
		{"notes of a port", charging.HistoryQuery{Port: port(2), Kinds: kinds(charging.RecordNote)}, []int64{9}},
		{"notes of a kind and a port", charging.HistoryQuery{Port: port(0), NoteKinds: notes(charging.NoteReservation)}, []int64{}},
		{"notes of no kind", charging.HistoryQuery{NoteKinds: notes("")}, []int64{}},
		{"from then on", charging.HistoryQuery{From: after(12)}, []int64{13, 12}},
		{"until then", charging.HistoryQuery{To: after(2)}, []int64{2, 1}},
		{"notes between", charging.HistoryQuery{Kinds: kinds(charging.RecordNote), From: after(7), To: after(9)}, []int64{9, 7}},
		{"notes of a kind until then", charging.HistoryQuery{NoteKinds: notes(charging.NoteFirmware), To: after(9)}, []int64{5}},
		{"before one", charging.HistoryQuery{Before: 4}, []int64{3, 2, 1}},
		{"before the first", charging.HistoryQuery{Before: 1}, []int64{}},
		{"the newest", charging.HistoryQuery{Limit: 2}, []int64{13, 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.ChargerID = 3
			equal(t, tt.want, idsOf(history(t, e, tt.q)))
		})
	}
	equal(t, []int64{11}, idsOf(history(t, e, charging.HistoryQuery{ChargerID: 99})))
	equal(t, []int64{}, idsOf(history(t, e, charging.HistoryQuery{ChargerID: 98})))
}

func testHistoryPages(t *testing.T, e Engine) {
	past(t, e)
	for _, q := range []charging.HistoryQuery{
		{}, {Kinds: []charging.RecordKind{charging.RecordNote, charging.RecordBooted}},
		{NoteKinds: []charging.NoteKind{charging.NoteFirmware, charging.NoteSecurityEvent}},
	} {
		q.ChargerID = 3
		all := idsOf(history(t, e, q))
		for limit := 1; limit <= 4; limit++ {
			q.Limit, q.Before = limit, 0
			paged := []int64{}
			for {
				page := idsOf(history(t, e, q))
				paged = append(paged, page...)
				if len(page) < limit {
					break
				}
				q.Before = page[limit-1]
			}
			equal(t, all, paged)
		}
	}
}

// testLongHistory compares questions with what is known of 15,000 records: more
// than an engine looks through at once.
func testLongHistory(t *testing.T, e Engine) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []charging.Record
	for id := int64(1); id <= 15_000; {
		b := new(charging.Batch)
		for range 1000 {
			r := portRecord(id, 1+random.IntN(10)/9, new(charging.PortState))
			if r.Kind = charging.RecordMeters; id%4900 == 7 {
				r.Kind = charging.RecordStatus
			}
			if id == 9000 { // the clock was wrong
				r.Received = begun.AddDate(-50, 0, 0)
			}
			b.Records = append(b.Records, r)
			id++
		}
		all = append(all, b.Records...)
		commit(t, e, b)
	}
	for _, tt := range []struct {
		name string
		q    charging.HistoryQuery
		want func(r *charging.Record) bool
	}{
		{"a seldom kind", charging.HistoryQuery{Kinds: []charging.RecordKind{charging.RecordStatus}},
			func(r *charging.Record) bool { return r.Kind == charging.RecordStatus }},
		{"the oldest", charging.HistoryQuery{To: after(30), From: after(5)},
			func(r *charging.Record) bool { return r.ID >= 5 && r.ID <= 30 }},
		{"beyond a wrong clock", charging.HistoryQuery{From: after(8500), To: after(9010)},
			func(r *charging.Record) bool { return r.ID >= 8500 && r.ID <= 9010 && r.ID != 9000 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []int64{}
			for i := range all {
				if tt.want(&all[i]) {
					want = append(want, all[i].ID)
				}
			}
			slices.Reverse(want)
			tt.q.ChargerID = 3
			equal(t, want, idsOf(history(t, e, tt.q)))
			tt.q.Limit = 2
			equal(t, want[:2], idsOf(history(t, e, tt.q)))
		})
	}
	if got := history(t, e, charging.HistoryQuery{ChargerID: 3, Limit: 5000}); len(got) != 1000 {
		t.Errorf("a page has %d records, want at most 1000", len(got))
	}
}

func testHistoryWhole(t *testing.T, e Engine) {
	r := portRecord(1, 1, &charging.PortState{Status: status(charging.Charging, 1), Session: reported(1, 1, "tx")})
	r.Kind, r.MessageID, r.Message = charging.RecordMeters, "m-1", 1<<40
	r.Time = charging.Timestamp{Written: "2026-03-01T12:00:00Z", Parsed: begun.Truncate(time.Second)}
	r.Oddities, r.Detail, r.Readings = []charging.Oddity{"a", `b "c"`}, `{"x":1}`, readings(1)
	plain := chargerRecord(2, &charging.ChargerState{Profile: 1})
	commit(t, e, &charging.Batch{Change: depot(), Records: []charging.Record{r, plain}})
	got := history(t, e, charging.HistoryQuery{ChargerID: 3})
	if diff := cmp.Diff([]charging.Record{plain, r}, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
