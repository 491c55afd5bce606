package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The world of the tests of lists: few chargers, customers and times, so that
// much is equal and every filter meets something.
const (
	listedChargers  = 6
	listedCustomers = 4
	listedHours     = 24 * 20
)

// world makes random sessions and remembers them as they are.
type world struct {
	random   *rand.Rand
	sessions map[charging.ID]*charging.Session
	open     map[portKey]*charging.Session
	record   int64
	next     charging.ID
}

func newWorld(seed uint64) *world {
	return &world{random: rand.New(rand.NewPCG(seed, 5)), sessions: make(map[charging.ID]*charging.Session),
		open: make(map[portKey]*charging.Session)}
}

// hour is a random time of the world, on the half hour, some with microseconds.
func (w *world) hour() time.Time {
	at := start.Add(time.Duration(w.random.IntN(2*listedHours)) * 30 * time.Minute)
	if w.random.IntN(4) == 0 {
		at = at.Add(time.Duration(w.random.IntN(3)) * time.Microsecond)
	}
	return at
}

func (w *world) portRecord(key portKey, session *charging.Session) charging.Record {
	w.record++
	r := statusRecord(w.record, key.charger, key.port)
	r.Port.Session = session
	return r
}

// step adds to a batch what happens to a port or a session.
func (w *world) step(b *charging.Batch) {
	key := portKey{charging.ID(1 + w.random.IntN(listedChargers)), 1 + w.random.IntN(2)}
	running := w.open[key]
	switch {
	case w.random.IntN(6) == 0 && len(w.sessions) > 0:
		w.correct(b)
	case running == nil:
		w.next++
		began := openSession(w.next, key.charger, key.port)
		began.StartedAt, began.CustomerID = w.hour(), charging.ID(w.random.IntN(listedCustomers+1))
		began.UpdatedAt = began.StartedAt
		if w.random.IntN(8) == 0 {
			began.Hint = 1
		}
		w.keep(b, began)
		b.Records = append(b.Records, w.portRecord(key, began))
		w.open[key] = began
	case w.random.IntN(3) == 0:
		metered := *running
		metered.Energy, metered.UpdatedAt = metered.Energy+1, w.hour()
		if metered.Hint > 0 {
			metered.Hint++
		}
		w.sessions[metered.ID], w.open[key] = &metered, &metered
		b.Records = append(b.Records, w.portRecord(key, &metered))
	default:
		ended := *running
		ended.State, ended.EndedAt = charging.SessionClosed, w.endOf(&ended)
		ended.UpdatedAt = w.changeOf(&ended)
		if w.random.IntN(4) == 0 {
			ended.State = charging.SessionLapsed
		}
		w.keep(b, &ended)
		b.Records = append(b.Records, w.portRecord(key, nil))
		delete(w.open, key)
	}
}

// endOf is mostly hours after the start, seldom days after it or before it.
func (w *world) endOf(v *charging.Session) time.Time {
	switch w.random.IntN(10) {
	case 0:
		return w.hour()
	case 1:
		return v.StartedAt
	default:
		return v.StartedAt.Add(time.Duration(w.random.IntN(20)) * 30 * time.Minute)
	}
}

// changeOf is mostly soon after the end, seldom at any time.
func (w *world) changeOf(v *charging.Session) time.Time {
	if w.random.IntN(5) == 0 {
		return w.hour()
	}
	return v.EndedAt.Add(time.Duration(w.random.IntN(8)) * 30 * time.Minute)
}

// correct changes a session that ended: its times, its customer, or that it ended.
func (w *world) correct(b *charging.Batch) {
	ids := make([]charging.ID, 0, len(w.sessions))
	for id, v := range w.sessions {
		if v.State != charging.SessionOpen {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	changed := *w.sessions[ids[w.random.IntN(len(ids))]]
	key := portKey{changed.ChargerID, changed.PortNumber}
	switch w.random.IntN(4) {
	case 0:
		changed.StartedAt = w.hour()
	case 1:
		changed.CustomerID = charging.ID(w.random.IntN(listedCustomers + 1))
	case 2:
		changed.EndedAt = w.endOf(&changed)
		changed.UpdatedAt = w.changeOf(&changed)
	default:
		if w.open[key] != nil {
			return
		}
		changed.State, changed.EndedAt = charging.SessionOpen, time.Time{}
		b.Records = append(b.Records, w.portRecord(key, &changed))
		w.open[key] = &changed
	}
	w.keep(b, &changed)
}

func (w *world) keep(b *charging.Batch, v *charging.Session) {
	w.sessions[v.ID] = v
	b.Sessions = append(b.Sessions, v)
}

// grow commits n steps, a few at once.
func (w *world) grow(tb testing.TB, s *Store, n int) {
	tb.Helper()
	for n > 0 {
		b := new(charging.Batch)
		for range min(n, 1+w.random.IntN(8)) {
			w.step(b)
			n--
		}
		mustCommit(tb, s, b)
	}
}

// query makes a random query; most limits are absent in most.
func (w *world) query() charging.SessionQuery {
	q := charging.SessionQuery{Running: w.random.IntN(2) == 0, ByUpdate: w.random.IntN(2) == 0, Limit: 1 + w.random.IntN(40)}
	maybe := func() bool { return w.random.IntN(3) == 0 }
	for _, t := range []*time.Time{&q.StartFrom, &q.StartBefore, &q.EndFrom, &q.EndBefore, &q.UpdatedFrom} {
		if maybe() {
			*t = w.hour()
		}
	}
	if maybe() {
		q.Chargers = make([]charging.ID, w.random.IntN(8)) // 0 of them, too, and some unknown
		for i := range q.Chargers {
			q.Chargers[i] = charging.ID(1 + w.random.IntN(listedChargers+1))
		}
	}
	if maybe() {
		q.Customers = make([]charging.ID, w.random.IntN(3))
		for i := range q.Customers {
			q.Customers[i] = charging.ID(1 + w.random.IntN(listedCustomers+1))
		}
	}
	return q
}

// answer is what the query asks for, found by looking at every session.
func (w *world) answer(q *charging.SessionQuery) []*charging.Session {
	var all []*charging.Session
	for _, v := range w.sessions {
		runs := v.State == charging.SessionOpen
		bounded := !q.EndFrom.IsZero() || !q.EndBefore.IsZero()
		switch {
		case v.Hint == 1, runs && (!q.Running || bounded),
			q.Chargers != nil && !slices.Contains(q.Chargers, v.ChargerID),
			q.Customers != nil && !slices.Contains(q.Customers, v.CustomerID),
			!q.StartFrom.IsZero() && v.StartedAt.Before(q.StartFrom), !q.StartBefore.IsZero() && !v.StartedAt.Before(q.StartBefore),
			!q.EndFrom.IsZero() && v.EndedAt.Before(q.EndFrom), !q.EndBefore.IsZero() && !v.EndedAt.Before(q.EndBefore),
			!q.UpdatedFrom.IsZero() && v.UpdatedAt.Before(q.UpdatedFrom):
			continue
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *charging.Session) int {
		if q.ByUpdate {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	return all
}

func pageKeyOf(q *charging.SessionQuery, v *charging.Session) charging.SessionKey {
	if q.ByUpdate {
		return charging.SessionKey{At: v.UpdatedAt, ID: v.ID}
	}
	return charging.SessionKey{At: v.StartedAt, ID: v.ID}
}

// pages reads all pages of a query.
func pages(tb testing.TB, s *Store, q charging.SessionQuery) []*charging.Session {
	tb.Helper()
	var all []*charging.Session
	for {
		page, err := s.Sessions(tb.Context(), q)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		q.After = pageKeyOf(&q, page[len(page)-1])
	}
}

func checkLists(t *testing.T, s *Store, w *world, queries int) {
	t.Helper()
	for range queries {
		q := w.query()
		if diff := gocmp.Diff(w.answer(&q), pages(t, s, q)); diff != "" {
			t.Fatalf("%+v (-want +got)\n%s", q, diff)
		}
	}
}

func TestSessionsAreListedAsEveryQueryWants(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			dir := t.TempDir()
			s := openDir(t, dir)
			mustCommit(t, s, &charging.Batch{Change: estate(listedChargers)})
			w := newWorld(seed)
			for round := range 8 {
				if seed > 0 { // every search looks into the lists of more, mostly in vain
					s.searchLimits = searchLimits{few: 1, rows: 1 + 30*int(seed)}
				}
				w.grow(t, s, 120)
				switch round % 4 {
				case 1: // what waits to be filed survives
					dropped := s.sessionFiling.waiting
					s.stop()
					s.background.Wait()
					if s.mu.Lock(); round == 1 {
						s.sessionFiling.waiting = nil // as a crash would
					}
					s.mu.Unlock()
					if len(dropped) == 0 {
						t.Fatal("nothing waited")
					}
					mustClose(t, s)
					s = openDir(t, dir)
				case 2:
					if _, err := s.Reopen(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				checkLists(t, s, w, 25)
			}
			if problems, err := s.Integrity(t.Context(), true); err != nil || problems != nil {
				t.Errorf("integrity: %v, %v", problems, err)
			}
			checkNothingIsLeftOver(t, s, w)
		})
	}
}

// checkNothingIsLeftOver sees that the lists hold what ended and no more, and
// that nothing waits.
func checkNothingIsLeftOver(t *testing.T, s *Store, w *world) {
	t.Helper()
	var want, wantInLists, listed, inLists, due int
	for _, v := range w.sessions {
		if l, ok := listedAs(v); ok {
			want++
			wantInLists += len(l.appendLists(nil))
		}
	}
	for text, to := range map[string]*int{"SELECT count(*) FROM session_listed": &listed,
		"SELECT count(*) FROM session_lists": &inLists, "SELECT count(*) FROM session_due": &due} {
		if err := s.db.readers.QueryRowContext(t.Context(), text).Scan(to); err != nil {
			t.Fatal(err)
		}
	}
	if listed != want || inLists != wantInLists || due != 0 {
		t.Errorf("%d sessions stand at %d places, want %d at %d; %d are due", listed, inLists, want, wantInLists, due)
	}
}

func TestPagesHideAndRepeatNothingWhileSessionsArrive(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(listedChargers)})
	w := newWorld(77)
	w.grow(t, s, 600)
	for _, byUpdate := range []bool{false, true} {
		q := charging.SessionQuery{ByUpdate: byUpdate, Limit: 7}
		before := w.answer(&q)
		seen := make(map[charging.ID]bool)
		for {
			page, err := s.Sessions(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page {
				if seen[v.ID] {
					t.Errorf("session %d came twice", v.ID)
				}
				seen[v.ID] = true
			}
			if len(page) < q.Limit {
				break
			}
			q.After = pageKeyOf(&q, page[len(page)-1])
			b := new(charging.Batch) // new ones, at any time
			w.next++
			v := openSession(w.next, 1, 1)
			v.State, v.StartedAt, v.UpdatedAt = charging.SessionClosed, w.hour(), w.hour()
			v.EndedAt = v.StartedAt.Add(time.Hour)
			w.keep(b, v)
			mustCommit(t, s, b)
		}
		for _, v := range before {
			if !seen[v.ID] {
				t.Errorf("session %d was missed", v.ID)
			}
		}
	}
}

func TestSessionIsReadByID(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(listedChargers)})
	w := newWorld(8)
	w.grow(t, s, 200)
	for id, want := range w.sessions {
		got, err := s.SessionByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
	if got, err := s.SessionByID(t.Context(), w.next+1); err != nil || got != nil {
		t.Errorf("a session that is not there: %v, %v", got, err)
	}
}

func TestSessionTimesAreThoseThatOverlap(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(listedChargers)})
	w := newWorld(9)
	w.grow(t, s, 600)
	type use struct {
		charger    charging.ID
		port       int
		start, end time.Time
	}
	compareUses := func(a, b use) int {
		return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.port, b.port), a.start.Compare(b.start), a.end.Compare(b.end))
	}
	for range 200 {
		from := w.hour()
		to := from.Add(time.Duration(w.random.IntN(72)) * time.Hour)
		chargers := w.query().Chargers
		var want, got []use
		for _, v := range w.sessions {
			runs := v.State == charging.SessionOpen
			if v.Hint == 1 || chargers != nil && !slices.Contains(chargers, v.ChargerID) || !v.StartedAt.Before(to) ||
				!runs && !v.EndedAt.After(from) && v.StartedAt.Before(from) {
				continue
			}
			want = append(want, use{v.ChargerID, v.PortNumber, v.StartedAt, v.EndedAt})
		}
		if !from.Before(to) {
			want = nil
		}
		err := s.SessionTimes(t.Context(), chargers, from, to, func(charger charging.ID, port int, start, end time.Time) {
			got = append(got, use{charger, port, start, end})
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want, compareUses)
		slices.SortFunc(got, compareUses)
		if !slices.Equal(want, got) {
			t.Fatalf("from %v to %v of %v:\nwant %v\ngot  %v", from, to, chargers, want, got)
		}
	}
}
