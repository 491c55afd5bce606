package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// commitStatuses commits n records of status, of the two chargers and their
// ports in turn, from an id on.
func commitStatuses(t *testing.T, s *Store, first int64, n int) {
	t.Helper()
	var batch charging.Batch
	for i := range n {
		batch.Records = append(batch.Records, statusRecord(first+int64(i), charging.ID(1+i%2), 1))
	}
	mustCommit(t, s, &batch)
}

// filed returns how many records are filed, and up to which the mark says so.
func filed(t *testing.T, s *Store) (count, mark int64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	count, err := s.db.count(countFiled)
	mark, err2 := s.db.metaNumber(metaFiled)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return count, mark
}

func TestRecordsAreFiledLaterAndFoundAtOnce(t *testing.T) {
	s := openTest(t)
	s.stop() // the house would file by itself
	s.background.Wait()
	mustCommit(t, s, &charging.Batch{Change: estate(3)})
	commitStatuses(t, s, 1, 3*fileSlice+7)
	if n, mark := filed(t, s); n != 0 || mark != 0 {
		t.Fatalf("%d records are filed, up to %d: nobody asked", n, mark)
	}
	if err := s.fileFor(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if n, _ := filed(t, s); n != 0 {
		t.Errorf("%d records are filed for a charger that has none", n)
	}
	found, err := s.History(t.Context(), charging.HistoryQuery{ChargerID: 2, Limit: 1})
	if err != nil || len(found) != 1 || found[0].ID != 3*fileSlice+6 {
		t.Errorf("the newest record of charger 2: %v, %v", found, err)
	}
	if n, mark := filed(t, s); n != 3*fileSlice+7 || mark != n {
		t.Errorf("%d records are filed, up to %d", n, mark)
	}
	if n := len(s.filing.waiting); n != 0 {
		t.Errorf("%d records still wait", n)
	}
}

func TestWhatACrashLeftUnfiledIsFiled(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	s.stop()
	s.background.Wait()
	mustCommit(t, s, &charging.Batch{Change: estate(3)})
	commitStatuses(t, s, 1, fileSlice+100)
	// The crash comes between two slices.
	slice := append([]entry(nil), s.filing.waiting[:fileSlice]...)
	if err := s.fileSlice(slice, fileSlice+100, false); err != nil {
		t.Fatal(err)
	}
	s.filing.waiting = nil // so that Close files nothing
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openDir(t, dir)
	loaded, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := loaded.Chargers[1].Version; got != fileSlice+100 {
		t.Errorf("charger 2 is at record %d", got)
	}
	if n, mark := filed(t, s); n != fileSlice+100 || mark != n {
		t.Errorf("%d records are filed, up to %d", n, mark)
	}
}

func TestReadingThePastWhileNothingCanBeFiled(t *testing.T) {
	s := openTest(t)
	s.stop()
	s.background.Wait()
	mustCommit(t, s, &charging.Batch{Change: estate(3)})
	commitStatuses(t, s, 1, 10)
	s.fault = func(stage string) error { return fmt.Errorf("no disk at %s", stage) }
	_, err := s.History(t.Context(), charging.HistoryQuery{ChargerID: 1})
	if want := "filing records: no disk at commit"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("History returned %v, not %q", err, want)
	}
	if _, err := s.History(t.Context(), charging.HistoryQuery{ChargerID: 3}); err != nil {
		t.Errorf("the past of a charger of which nothing waits: %v", err)
	}
	s.fault = nil
	if _, err := s.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := s.History(t.Context(), charging.HistoryQuery{ChargerID: 1})
	if err != nil || len(found) != 5 {
		t.Errorf("after the store works again: %d records, %v", len(found), err)
	}
}
