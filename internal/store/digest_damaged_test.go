package store

import (
	"slices"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A record that cannot be read must not keep alerts and uptime from what came
// after it.
func TestADamagedRecordCostsTheDigestOnlyItself(t *testing.T) {
	s := oneCharger(t)
	if err := s.fileAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, last, err := s.RecordsAfter(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var records []charging.Record
	for i := range int64(3) {
		records = append(records, charging.Record{ID: last + 1 + i, ChargerID: 1, Kind: charging.RecordDisconnected,
			Received: time.Date(2026, 3, 2, 12, 0, int(i), 0, time.UTC), Charger: &charging.ChargerState{}})
	}
	if err := s.Commit(t.Context(), &charging.Batch{Records: records}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.writer.ExecContext(t.Context(), "UPDATE history SET state = x'0102' WHERE id = $1", last+2); err != nil {
		t.Fatal(err)
	}
	got, upTo, err := s.RecordsAfter(t.Context(), last, 1000)
	var ids []int64
	for i := range got {
		ids = append(ids, got[i].ID-last)
	}
	if err != nil || upTo != last+3 || !slices.Equal(ids, []int64{1, 3}) {
		t.Errorf("%v up to %d, %v", ids, upTo-last, err)
	}
	err = s.StatesAt(t.Context(), last+2, func(r *charging.Record) {
		if r.ID == last+2 {
			t.Error("its state is told")
		}
	})
	if err != nil {
		t.Error(err)
	}
}
