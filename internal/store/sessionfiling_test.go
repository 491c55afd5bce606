package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// quietStore is a store whose house files nothing by itself.
func quietStore(t *testing.T, dir string) *Store {
	t.Helper()
	s := openDir(t, dir)
	s.stop()
	s.background.Wait()
	return s
}

// crash closes a store as a crash would leave it: nothing more is filed.
func crash(t *testing.T, s *Store) {
	t.Helper()
	s.mu.Lock()
	s.filing.waiting, s.sessionFiling.waiting = nil, nil
	s.mu.Unlock()
	mustClose(t, s)
}

// countRows counts the rows of a table, with the writer's connection.
func countRows(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.db.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// commitSessions commits n sessions of charger 1 from an id on, which began and
// ended.
func commitSessions(t *testing.T, s *Store, first charging.ID, n int) {
	t.Helper()
	var began, over charging.Batch
	for id := first; id < first+charging.ID(n); id++ {
		at, ended := benchSession(id, 1, 1)
		began.Sessions, over.Sessions = append(began.Sessions, at), append(over.Sessions, ended)
	}
	mustCommit(t, s, &began)
	mustCommit(t, s, &over)
}

func TestSessionsAreFiledLaterAndFoundAtOnce(t *testing.T) {
	s := quietStore(t, t.TempDir())
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	commitSessions(t, s, 1, 2*sessionSlice+5)
	if n := countRows(t, s, "session_finds"); n != 0 {
		t.Fatalf("%d places are filed: nobody asked", n)
	}
	if found, err := s.FindSession(t.Context(), 2, 7); err != nil || found != nil {
		t.Errorf("another charger's session: %+v, %v", found, err)
	}
	if n := countRows(t, s, "session_finds"); n != 0 {
		t.Errorf("%d places are filed for a charger of which nothing waits", n)
	}
	checkFound(t, s, 2*sessionSlice+5)
	if due := countRows(t, s, "session_due"); due != 0 || len(s.sessionFiling.waiting) != 0 {
		t.Errorf("%d are due, %d wait", due, len(s.sessionFiling.waiting))
	}
}

// checkFound finds a session by all that finds it, and in the lists.
func checkFound(t *testing.T, s *Store, id charging.ID) {
	t.Helper()
	_, want := benchSession(id, 1, 1)
	ctx := t.Context()
	byID, err := s.FindSession(ctx, 1, want.TransactionID)
	if diff := gocmp.Diff(want, byID); diff != "" || err != nil {
		t.Errorf("by its id: %v (-want +got)\n%s", err, diff)
	}
	byStart, err := s.FindStart(ctx, startKeyOf(want))
	if diff := gocmp.Diff(want, byStart); diff != "" || err != nil {
		t.Errorf("by its start: %v (-want +got)\n%s", err, diff)
	}
	recalled, err := s.Recall(ctx, 1)
	if err != nil || len(recalled.Sessions) == 0 || recalled.Sessions[len(recalled.Sessions)-1].ID != id {
		t.Errorf("recalled: %+v, %v", recalled, err)
	}
	for _, byUpdate := range []bool{false, true} {
		page, err := s.Sessions(ctx, charging.SessionQuery{Chargers: []charging.ID{1}, StartFrom: want.StartedAt, ByUpdate: byUpdate})
		if diff := gocmp.Diff([]*charging.Session{want}, page); diff != "" || err != nil {
			t.Errorf("in a list: %v (-want +got)\n%s", err, diff)
		}
	}
}

func TestNothingIsUnfindableAfterACrash(t *testing.T) {
	const n = 2*sessionSlice + 5
	for name, before := range map[string]func(*testing.T, *Store){
		"nothing was filed": func(*testing.T, *Store) {},
		"one slice was filed": func(t *testing.T, s *Store) {
			due := newestOfEach(append([]dueSession(nil), s.sessionFiling.waiting...))
			if err := s.fileSessionSlice(due[:sessionSlice], 2*n, false); err != nil {
				t.Fatal(err)
			}
		},
		"all was filed and some came after": func(t *testing.T, s *Store) {
			if err := s.fileFor(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			commitSessions(t, s, n, 1) // once more
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := quietStore(t, dir)
			mustCommit(t, s, &charging.Batch{Change: estate(2)})
			commitSessions(t, s, 1, n)
			before(t, s)
			crash(t, s)
			s = quietStore(t, dir)
			checkFound(t, s, n)
			if due, listed := countRows(t, s, "session_due"), countRows(t, s, "session_listed"); due != 0 || listed != n {
				t.Errorf("%d are due, %d listed", due, listed)
			}
			// What comes now is due behind what was.
			commitSessions(t, s, n+1, 1)
			crash(t, s)
			checkFound(t, quietStore(t, dir), n+1)
		})
	}
}

func TestNothingIsUnfindableAfterAFailedCommit(t *testing.T) {
	for _, stage := range []string{"commit", "committed"} {
		t.Run(stage, func(t *testing.T) {
			s := quietStore(t, t.TempDir())
			mustCommit(t, s, &charging.Batch{Change: estate(2)})
			commitSessions(t, s, 1, 3)
			s.fault = func(at string) error {
				if at == stage {
					return fmt.Errorf("no disk at %s", at)
				}
				return nil
			}
			_, over := benchSession(4, 1, 1)
			if err := s.Commit(t.Context(), &charging.Batch{Sessions: []*charging.Session{over}}); err == nil {
				t.Fatal("the commit did not fail")
			}
			s.fault = nil
			if _, err := s.Reopen(t.Context()); err != nil {
				t.Fatal(err)
			}
			if stage == "committed" {
				checkFound(t, s, 4)
			} else {
				checkFound(t, s, 3)
			}
			commitSessions(t, s, 5, 2)
			checkFound(t, s, 6)
		})
	}
}

func TestListingWhileNothingCanBeFiled(t *testing.T) {
	s := quietStore(t, t.TempDir())
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	commitSessions(t, s, 1, 2)
	s.fault = func(stage string) error { return fmt.Errorf("no disk at %s", stage) }
	for name, read := range map[string]func() error{
		"Sessions":    func() error { _, err := s.Sessions(t.Context(), charging.SessionQuery{}); return err },
		"FindSession": func() error { _, err := s.FindSession(t.Context(), 1, 1); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), "filing sessions: ") {
			t.Errorf("%s returned %v", name, err)
		}
		s.fault = nil
		if _, err := s.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.fault = func(stage string) error { return fmt.Errorf("no disk at %s", stage) }
	}
	s.fault = nil
	checkFound(t, s, 2)
}

// TestSessionsOfEqualHashesAreToldApart makes two texts share a hash by filing one
// under that of the other.
func TestSessionsOfEqualHashesAreToldApart(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	first, second := openSession(1, 1, 1), openSession(2, 1, 2)
	first.Transaction, second.Transaction = "tx-1", "tx-2"
	mustCommit(t, s, &charging.Batch{Sessions: []*charging.Session{first, second}})
	if err := s.fileFor(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	_, err := s.db.exec(insertFind, 1, findByText, hashText("tx-1"), 2)
	s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.FindTransaction(t.Context(), 1, "tx-1")
	if err != nil || found == nil || found.ID != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
}

const (
	wantTextHash  = -5690717113953716625
	wantStartHash = -6897619545536820564
)

// TestHashesStayAsTheyAreStored fails when what is stored would not be found again.
func TestHashesStayAsTheyAreStored(t *testing.T) {
	key := charging.StartKey{ChargerID: 3, PortNumber: 1, Tag: "04A2", Written: "2026-03-01T12:00:01Z", MeterStart: 1000}
	if text, begun := hashText("tx-1"), hashStart(key); text != wantTextHash || begun != wantStartHash {
		t.Errorf("the hashes are %d and %d", text, begun)
	}
}

// TestSessionsOfSchemaFourAreFoundAndListed opens a database whose sessions have
// indexes.
func TestSessionsOfSchemaFourAreFoundAndListed(t *testing.T) {
	const n = 3*sessionSlice + 1
	dir := t.TempDir()
	db, err := openSQLite(t.Context(), filepath.Join(dir, DatabaseName), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.apply(steps(t)[:4], "0.4.0"); err != nil {
		t.Fatal(err)
	}
	for id := charging.ID(1); id <= n; id++ {
		_, over := benchSession(id, 1, 1)
		packed, err := packSession(over)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.putSession(over, packed); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
	s := quietStore(t, dir)
	checkFound(t, s, n)
	page, err := s.Sessions(t.Context(), charging.SessionQuery{})
	if err != nil || len(page) != n || page[0].ID != n || !page[0].StartedAt.Equal(start.Add(n*time.Second)) {
		t.Errorf("%d sessions are listed, %v", len(page), err)
	}
	if due := countRows(t, s, "session_due"); due != 0 {
		t.Errorf("%d are due", due)
	}
}
