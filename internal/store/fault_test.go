package store

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// oneCharger opens a store with one charger and its first record.
func oneCharger(t *testing.T) *Store {
	t.Helper()
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(1), Records: []charging.Record{statusRecord(1, 1, 1)}})
	return s
}

// failOnce makes the next commit fail at a stage.
func failOnce(s *Store, at string) error {
	failure := errors.New("the disk is gone")
	s.fault = func(stage string) error {
		if stage != at {
			return nil
		}
		s.fault = nil
		return failure
	}
	return failure
}

func record(id int64) *charging.Batch {
	return &charging.Batch{Records: []charging.Record{statusRecord(id, 1, 1)}}
}

func TestReopenTellsWhetherTheFailedBatchIsStored(t *testing.T) {
	for _, tt := range []struct {
		stage string
		want  int64 // the newest record
	}{{"commit", 1}, {"committed", 2}} {
		t.Run("failing at "+tt.stage, func(t *testing.T) {
			s, ctx := oneCharger(t), t.Context()
			failure := failOnce(s, tt.stage)
			if err := s.Commit(ctx, record(2)); !errors.Is(err, failure) {
				t.Fatalf("the commit returned %v", err)
			}
			err := s.Commit(ctx, record(3))
			if charging.KindOf(err) != charging.Unavailable || !strings.Contains(err.Error(), "must be opened again") {
				t.Fatalf("before Reopen, a commit returned %v", err)
			}
			if _, err := s.ReserveIDs(ctx, charging.IDRecord, 1, 0); charging.KindOf(err) != charging.Unavailable {
				t.Fatalf("before Reopen, ids were reserved: %v", err)
			}
			last, err := s.Reopen(ctx)
			if err != nil || last != tt.want {
				t.Fatalf("Reopen returned %d, %v, want %d", last, err, tt.want)
			}
			mustCommit(t, s, record(3))
			stored, err := s.Load(ctx)
			if err != nil || stored.LastRecord != 3 {
				t.Fatalf("after Reopen: %+v, %v", stored, err)
			}
		})
	}
}

func TestFailedCommitRaisesNoMark(t *testing.T) {
	s, ctx := oneCharger(t), t.Context()
	failOnce(s, "commit")
	if err := s.Commit(ctx, record(500)); err == nil {
		t.Fatal("the commit did not fail")
	}
	if _, err := s.Reopen(ctx); err != nil {
		t.Fatal(err)
	}
	if first, err := s.ReserveIDs(ctx, charging.IDRecord, 1, 0); err != nil || first != 2 {
		t.Errorf("the next id is %d, %v, want 2", first, err)
	}
}

func TestFullDiskStoresNothingAndRecovers(t *testing.T) {
	s, ctx := oneCharger(t), t.Context()
	// SQLite itself takes the file for full, which goes the way of ENOSPC.
	if _, err := s.db.writer.ExecContext(ctx, "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	b := new(charging.Batch)
	for id := int64(2); id < 2000; id++ {
		b.Records = append(b.Records, metersRecord(id, 1, 1))
	}
	before, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Commit(ctx, b)
	if charging.KindOf(err) != charging.Unavailable || !strings.HasPrefix(err.Error(), "storing: the disk is full; free some space") {
		t.Fatalf("the commit returned %v", err)
	}
	after, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("a part is stored (-before +after)\n%s", diff)
	}
	if last, err := s.Reopen(ctx); err != nil || last != 1 {
		t.Fatalf("Reopen returned %d, %v", last, err)
	}
	mustCommit(t, s, b) // there is room again
}

func TestReopenIsTriedAgainUntilItWorks(t *testing.T) {
	s, ctx := oneCharger(t), t.Context()
	database := s.path(DatabaseName)
	if err := os.Rename(database, database+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(database, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Reopen(ctx); err == nil || !strings.Contains(err.Error(), "the data folder "+s.Dir()+" cannot be used") {
			t.Fatalf("Reopen returned %v", err)
		}
		_, err := s.Load(ctx)
		if charging.KindOf(err) != charging.Unavailable || err.Error() != "loading: the database could not be opened again yet" {
			t.Fatalf("Load returned %v", err)
		}
		if err := s.Commit(ctx, record(2)); charging.KindOf(err) != charging.Unavailable {
			t.Fatalf("Commit returned %v", err)
		}
	}
	if err := os.Remove(database); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(database+".away", database); err != nil {
		t.Fatal(err)
	}
	if last, err := s.Reopen(ctx); err != nil || last != 1 {
		t.Fatalf("Reopen returned %d, %v", last, err)
	}
	mustCommit(t, s, record(2))
}

func TestReadsGoOnAcrossReopen(t *testing.T) {
	s := oneCharger(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := s.Load(context.Background()); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 10 {
		if _, err := s.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeStoredCostsOnlyItself(t *testing.T) {
	s, ctx := oneCharger(t), t.Context()
	for name, b := range map[string]*charging.Batch{
		"record 2 of port 1 does not carry the state of that port": {Records: []charging.Record{{ID: 2, ChargerID: 1, PortNumber: 1}}},
		"record id 9007199254740992 is out of range":               {Records: []charging.Record{statusRecord(charging.MaxID+1, 1, 1)}},
		"transaction id 2147483648 is out of range":                {Sessions: []*charging.Session{openSession(1<<31, 1, 1)}},
	} {
		err := s.Commit(ctx, b)
		if charging.KindOf(err) != charging.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	mustCommit(t, s, record(2))
}

func TestClosedStoreSaysSo(t *testing.T) {
	s, ctx := oneCharger(t), t.Context()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, loadErr := s.Load(ctx)
	_, reopenErr := s.Reopen(ctx)
	for _, err := range []error{s.Commit(ctx, record(2)), loadErr, reopenErr} {
		if charging.KindOf(err) != charging.Unavailable || err.Error() != "the database is closed" {
			t.Errorf("got %v", err)
		}
	}
}

// TestLogStaysShortUnderSteadyWriting shows that the log starts again at its
// beginning although there is never a pause.
func TestLogStaysShortUnderSteadyWriting(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), limits: logLimits{copyFrom: 50, resetFrom: 200}})
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, s)
	var commits atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			id := commits.Add(1)
			if err := s.Commit(context.Background(), &charging.Batch{Records: []charging.Record{metersRecord(id, id, 1)}}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for calls := 0; calls < 100 || commits.Load() < 1_000; calls++ {
		if err := s.shortenLog(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // lets the log grow
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	size, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A commit is over three pages, so without starting again the log would
	// hold more than that many.
	if pages, n := size.Log/4096, commits.Load(); pages > 2*n {
		t.Errorf("after %d commits the log holds %d pages", n, pages)
	}
}
