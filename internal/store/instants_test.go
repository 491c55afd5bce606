package store

import (
	"context"
	"testing"
	"time"
)

func TestTheNewestRecordOfAMomentIsFound(t *testing.T) {
	s := openDir(t, t.TempDir())
	fillYear(t, s, 200)
	type row struct{ id, received int64 }
	var rows []row
	if err := s.reading("reading all records", func(db *sqlite) error {
		list, err := db.readers.QueryContext(t.Context(), "SELECT id, received FROM history ORDER BY id")
		if err != nil {
			return err
		}
		defer list.Close()
		for list.Next() {
			var r row
			if err := list.Scan(&r.id, &r.received); err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return list.Err()
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 3*instantBlock {
		t.Fatalf("%d records are too few blocks", len(rows))
	}
	find := func(at int64) (newest int64) {
		t.Helper()
		err := s.reading("looking for a moment", func(db *sqlite) (err error) {
			newest, err = s.newestAbout(context.Background(), db, time.UnixMicro(at))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return newest
	}
	for range 2 { // the second time, blocks are remembered
		if got := find(rows[0].received - 1); got != 0 {
			t.Errorf("before the first record: %d", got)
		}
		for i := 0; i < len(rows); i += 7 {
			want := i
			for want+1 < len(rows) && rows[want+1].received == rows[i].received {
				want++ // those of the same microsecond
			}
			if got := find(rows[i].received); got != rows[want].id {
				t.Fatalf("at record %d: %d, want %d", rows[i].id, got, rows[want].id)
			}
		}
		if got, want := find(rows[len(rows)-1].received+1), rows[len(rows)-1].id; got != want {
			t.Errorf("after the last record %d: %d", want, got)
		}
	}
}
