package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// measured is a record of a session's energy (Wh) and power (W); power below 0 is
// not known, and energy below 0 is that there is no session.
func measuredRecord(id int64, charger charging.ID, port int, session charging.ID, energy, power int64) charging.Record {
	r := statusRecord(id, charger, port)
	if energy < 0 {
		return r
	}
	v := openSession(session, charger, port)
	v.Energy, v.Latest.Power = charging.Milli(energy*1000), charging.Latest{}
	if power >= 0 {
		v.Latest.Power = charging.Latest{Value: charging.Milli(power * 1000), At: r.Received}
	}
	if port == 0 {
		r.Charger.Floating = []*charging.Session{v}
	} else {
		r.Port.Session = v
	}
	return r
}

// at is when a record of the tests was received, with so many seconds as its id.
func at(id int64) time.Time { return start.Add(time.Duration(id) * time.Second) }

func TestTheEnergyOfASessionIsThatOfTheMoment(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	b := &charging.Batch{}
	for id := int64(1); id <= 3000; id++ {
		switch id % 3 {
		case 0:
			b.Records = append(b.Records, measuredRecord(id, 1, 1, 71, id, 0))
		case 1:
			b.Records = append(b.Records, measuredRecord(id, 1, 2, 72, 2*id, 0))
		default:
			b.Records = append(b.Records, measuredRecord(id, 2, 0, 73, 3*id, 0)) // without a port
		}
	}
	mustCommit(t, s, b)
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{measuredRecord(3001, 1, 1, 0, -1, 0)}}) // 71 ended
	session := func(id, charger charging.ID, port int) *charging.Session {
		return &charging.Session{ID: id, ChargerID: charger, PortNumber: port}
	}
	list := []*charging.Session{session(71, 1, 1), session(72, 1, 2), session(73, 2, 0), session(74, 1, 1), session(75, 2, 1)}
	for range 2 {
		for _, c := range []struct {
			at   time.Time
			want map[charging.ID]charging.Milli
		}{
			{at(0), map[charging.ID]charging.Milli{}},
			{at(1), map[charging.ID]charging.Milli{72: 2000}},
			{at(3), map[charging.ID]charging.Milli{71: 3000, 72: 2000, 73: 6000}},
			{at(2500).Add(-time.Microsecond), map[charging.ID]charging.Milli{71: 2_499_000, 72: 4_994_000, 73: 7_494_000}},
			{at(2500), map[charging.ID]charging.Milli{71: 2_499_000, 72: 5_000_000, 73: 7_494_000}},
			{at(3000), map[charging.ID]charging.Milli{71: 3_000_000, 72: 5_996_000, 73: 8_997_000}},
			{at(9000), map[charging.ID]charging.Milli{72: 5_996_000, 73: 8_997_000}},
		} {
			got, err := s.EnergyAt(t.Context(), list, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("at %v (-want +got):\n%s", c.at, diff)
			}
		}
		if err := s.fileAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.EnergyAt(t.Context(), nil, at(5)); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.EnergyAt(gone, list, at(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait any more gets %v", err)
	}
}

func TestAlertsAreReadFromWhereOneWas(t *testing.T) {
	s := openTest(t)
	d := &charging.Derived{}
	const n = 2*pageSize + 7
	for id := int64(1); id <= n; id++ {
		d.Alerts = append(d.Alerts, charging.Alert{ID: id, Kind: charging.AlertLowBattery, At: at(id), Incident: fmt.Sprint(id)})
	}
	read := func(after charging.ID, since time.Time) (first, last, got int64) {
		t.Helper()
		end, err := s.AlertsBehind(t.Context(), after, since, func(v *charging.Alert) {
			if first == 0 {
				first = v.ID
			}
			if v.ID != first+got {
				t.Fatalf("%d after %d of %d", v.ID, got, first)
			}
			got++
		})
		if err != nil {
			t.Fatal(err)
		}
		return first, end, got
	}
	if _, last, got := read(0, time.Time{}.AddDate(2000, 0, 0)); last != 0 || got != 0 {
		t.Errorf("%d of none, the last %d", got, last)
	}
	if err := s.StoreDerived(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after             charging.ID
		since             time.Time
		first, last, many int64
	}{
		{0, at(1), 1, n, n}, {0, at(1500), 1500, n, n - 1499}, {0, at(n + 1), 0, 0, 0}, {n, at(1), 0, n, 0}, {n - 1, at(n + 5), n, n, 1},
	} {
		if first, last, many := read(c.after, c.since); first != c.first || last != c.last || many != c.many {
			t.Errorf("after %d: %d to %d, %d; want %+v", c.after, first, last, many, c)
		}
	}
}

func TestWhatTheOverviewReadsIsFoundByIndex(t *testing.T) {
	s := openTest(t)
	for st, index := range map[statement]string{
		firstAlertSince: "alerts_by_time (at>?)", alertsBehind: "INTEGER PRIMARY KEY (rowid>?)", siteLimitsDuring: "site_limits_by_site (site_id=?)",
		endedBriefly: "PRIMARY KEY (list=? AND of_customer=? AND of_charger=? AND (at,id)>(?,?))",
		portStates:   "PRIMARY KEY (charger_id=? AND port_number=? AND id>? AND id<?)",
	} {
		if plan := planOf(t, s, st); !strings.Contains(plan, index) {
			t.Errorf("want %s:\n%s\n%s", index, statements[st], plan)
		}
	}
	if plan := planOf(t, s, rowSpans); strings.Count(plan, "SEARCH") != 6 { // the ends of tables are looked up, nothing is counted
		t.Errorf("%s", plan)
	}
}

func TestHowMuchIsKeptIsNeverLessThanThereIs(t *testing.T) {
	s := openTest(t)
	if n, err := s.Numbers(t.Context()); err != nil || n != (Numbers{}) {
		t.Errorf("%+v, %v in the beginning", n, err)
	}
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	b := &charging.Batch{}
	for id := int64(5); id <= 24; id++ {
		b.Records = append(b.Records, statusRecord(id, 1, 1))
	}
	for id := charging.ID(10); id < 13; id++ {
		b.Sessions = append(b.Sessions, openSession(id, 1, 1))
	}
	mustCommit(t, s, b)
	if n, err := s.Numbers(t.Context()); err != nil || n != (Numbers{Records: 20, Sessions: 3, Oldest: at(5).UTC()}) {
		t.Errorf("%+v, %v", n, err)
	}
}

// BenchmarkEnergyAt measures what the first overview after midnight waits for: what
// 10,000 sessions had delivered, with 50 records of each port.
func BenchmarkEnergyAt(b *testing.B) {
	s := openTest(b)
	mustCommit(b, s, &charging.Batch{Change: estate(5000)})
	id := int64(0)
	var list []*charging.Session
	for range 50 {
		batch := &charging.Batch{}
		for port := range 10_000 {
			id++
			batch.Records = append(batch.Records, measuredRecord(id, charging.ID(port/2+1), port%2+1, charging.ID(port+1), id, 0))
		}
		mustCommit(b, s, batch)
	}
	for port := range 10_000 {
		list = append(list, &charging.Session{ID: charging.ID(port + 1), ChargerID: charging.ID(port/2 + 1), PortNumber: port%2 + 1})
	}
	if err := s.fileAll(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if got, err := s.EnergyAt(b.Context(), list, at(id/2)); err != nil || len(got) != 10_000 {
			b.Fatal(len(got), err)
		}
	}
}

// BenchmarkSessionsOfADay measures what the first overview after a start waits for:
// 30,000 sessions that ended on a day, read by their last change.
func BenchmarkSessionsOfADay(b *testing.B) {
	const sessions = 30_000
	s := openTest(b)
	for id := charging.ID(1); id <= sessions; {
		batch := &charging.Batch{}
		for range 500 {
			_, ended := benchSession(id, id%5000+1, 1)
			batch.Sessions = append(batch.Sessions, ended)
			id++
		}
		mustCommit(b, s, batch)
	}
	if err := s.fileSessions(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		for after := (charging.SessionKey{}); ; {
			page, err := s.EndedBriefly(b.Context(), after, pageSize)
			if err != nil {
				b.Fatal(err)
			}
			if n += len(page); len(page) < pageSize {
				break
			}
			after = charging.SessionKey{At: page[len(page)-1].UpdatedAt, ID: page[len(page)-1].ID}
		}
		if n != sessions {
			b.Fatal(n)
		}
	}
}

func TestSessionsThatEndedAreReadBriefly(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(10)})
	batch := &charging.Batch{}
	for id := charging.ID(1); id <= 2*pageSize+50; id++ {
		began, ended := benchSession(id, id%10+1, int(id%2)+1)
		ended.Energy = charging.Milli(id)
		if id%50 == 0 {
			ended = began // it runs
		}
		if id%70 == 0 { // much changed at the same time
			ended.UpdatedAt = start.Add(5 * time.Hour)
		}
		batch.Sessions = append(batch.Sessions, ended)
	}
	mustCommit(t, s, batch)
	_, corrected := benchSession(7, 8, 2)
	corrected.Energy, corrected.UpdatedAt = 99, start.Add(1000*time.Hour)
	mustCommit(t, s, &charging.Batch{Sessions: []*charging.Session{corrected}})
	for _, from := range []time.Time{start, start.Add(75 * time.Minute), start.Add(5 * time.Hour), start.Add(1001 * time.Hour)} {
		want, got := []*charging.Session{}, []*charging.Session{}
		for q := (charging.SessionQuery{ByUpdate: true, UpdatedFrom: from, Limit: 300}); ; {
			page, err := s.Sessions(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page {
				want = append(want, &charging.Session{ID: v.ID, ChargerID: v.ChargerID, PortNumber: v.PortNumber, State: charging.SessionClosed,
					StartedAt: v.StartedAt, EndedAt: v.EndedAt, UpdatedAt: v.UpdatedAt, Energy: v.Energy})
				q.After = charging.SessionKey{At: v.UpdatedAt, ID: v.ID}
			}
			if len(page) < 300 {
				break
			}
		}
		for after := (charging.SessionKey{At: from}); ; {
			page, err := s.EndedBriefly(t.Context(), after, 300)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page {
				got = append(got, v)
				after = charging.SessionKey{At: v.UpdatedAt, ID: v.ID}
			}
			if len(page) < 300 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %v (-want +got):\n%.2000s", from, diff)
		}
	}
}
