package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// portAt is what is known of a port at a moment.
func portAt(t *testing.T, s *Store, at time.Time, charger charging.ID, number int) *charging.Port {
	t.Helper()
	stored, err := s.Past(context.Background(), at, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range stored.Chargers {
		if c.ID == charger {
			return c.Port(number)
		}
	}
	return nil
}

func TestThePastIsFoundByTheOrderOfReceipt(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(2)})
	record := func(id int64, charger charging.ID, received time.Duration, info string) charging.Record {
		r := statusRecord(id, charger, 1)
		r.Received = start.Add(received)
		r.Port.Status.Info = info
		return r
	}
	second := time.Second
	mustCommit(t, s, &charging.Batch{Records: []charging.Record{
		record(10, 1, 1*second, "a"),
		record(13, 2, 4*second, "b"), // received after the next one
		record(14, 1, 3*second, "c"),
		record(1000, 1, 10*second, "d"),
		record(1001, 2, 24*3600*second, "e"), // the clock was a day ahead for a moment
		record(1002, 1, 12*second, "f"),
		record(1003, 1, 14*second, "g"),
	}})
	for _, c := range []struct {
		at  time.Duration
		one string
		two string
	}{
		{0, "", ""}, {second, "a", ""}, {3500 * time.Millisecond, "a", ""}, {4 * second, "c", "b"}, {9999 * time.Millisecond, "c", "b"},
		{10 * second, "d", "b"}, {13 * second, "f", "e"}, {time.Hour, "g", "e"},
	} {
		for charger, want := range map[charging.ID]string{1: c.one, 2: c.two} {
			got := ""
			if p := portAt(t, s, start.Add(c.at), charger, 1); p != nil && p.Status != nil {
				got = p.Status.Info
			}
			if got != want {
				t.Errorf("%s: charger %d shows %q, want %q", c.at, charger, got, want)
			}
		}
	}
	if stored, err := s.Past(context.Background(), start.Add(-time.Microsecond), true); err != nil || len(stored.Sites)+len(stored.Chargers) != 0 {
		t.Errorf("%v %v", stored, err)
	}
}

func TestWhatCeasedIsInThePastOnly(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	mustCommit(t, s, &charging.Batch{Change: &charging.Change{At: start.Add(time.Minute), Actor: "test",
		Organizations: []charging.Organization{{ID: 2, Name: "Brief", ParentID: 1}}}})
	mustCommit(t, s, &charging.Batch{Change: &charging.Change{At: start.Add(2 * time.Minute), Actor: "test", RemovedOrganizations: []charging.ID{2}}})
	for at, want := range map[time.Duration]int{0: 1, time.Minute: 2, 2 * time.Minute: 1} {
		stored, err := s.Past(context.Background(), start.Add(at), false)
		if err != nil || len(stored.Organizations) != want {
			t.Errorf("%s: %v %v", at, stored, err)
		}
	}
}

func TestToldFindsTheRecordThatBeganWhatIsShown(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	var batch charging.Batch
	const records = 100
	for id := int64(1); id <= records; id++ {
		r := statusRecord(id, 1, 1)
		r.Port.Status.Info = fmt.Sprint(id / 37) // 0, 1, 2
		batch.Records = append(batch.Records, r)
	}
	mustCommit(t, s, &batch)
	for _, first := range []int64{1, 2, 36, 37, 50, 73, 74, 99, 100} {
		at, err := s.Told(context.Background(), 1, 1, func(p *charging.PortState) bool {
			return !p.Status.At.Before(start.Add(time.Duration(first) * time.Second))
		})
		if want := start.Add(time.Duration(first) * time.Second); err != nil || !at.Equal(want) {
			t.Errorf("from record %d: %s %v", first, at, err)
		}
	}
	never, err := s.Told(context.Background(), 1, 1, func(*charging.PortState) bool { return false })
	if err != nil || !never.IsZero() {
		t.Errorf("%s %v", never, err)
	}
	if nobody, err := s.Told(context.Background(), 1, 2, func(*charging.PortState) bool { return true }); err != nil || !nobody.IsZero() {
		t.Errorf("%s %v", nobody, err)
	}
}

// BenchmarkPast measures reading a moment of 500 chargers with 1,000 ports out of
// half a million records.
func BenchmarkPast(b *testing.B) {
	s := openTest(b)
	mustCommit(b, s, &charging.Batch{Change: estate(500)})
	id := int64(0)
	for range 250 {
		batch := new(charging.Batch)
		for range 2_000 {
			id++
			n := id * 7919 % 1500
			batch.Records = append(batch.Records, metersRecord(id, n/3+1, int(n%3)))
		}
		mustCommit(b, s, batch)
	}
	for _, corrected := range []bool{false, true} {
		b.Run(fmt.Sprintf("corrected=%t", corrected), func(b *testing.B) {
			for b.Loop() {
				stored, err := s.Past(context.Background(), start.Add(time.Duration(id/2)*time.Second), corrected)
				if err != nil || len(stored.Chargers) != 500 || stored.Chargers[7].Ports[0].Status == nil {
					b.Fatal(err)
				}
			}
		})
	}
}
