package messagelog

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A small site writes little, and still nothing stays for long.
func TestMessagesAreKeptForTheirDaysAndLittleLonger(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := open(t, folder, func(c *Config) { c.Days, c.FlushEvery = 5, time.Minute })
		start := time.Now()
		for id := range int64(40 * 8) {
			m := message(3 * (id + 1))
			m.At = time.Now()
			l.Append(m)
			time.Sleep(3 * time.Hour)
		}
		oldest := time.Since(l.Stats().Oldest)
		if oldest < 5*24*time.Hour || oldest > (6*24+7)*time.Hour {
			t.Errorf("after %v the oldest message is %v old", time.Since(start), oldest)
		}
		list, err := l.Read(context.Background(), charging.MessageQuery{ChargerID: 1})
		if err != nil || len(list) < 5*8 || len(list) > 7*8 || list[0].ID != 3*40*8 {
			t.Errorf("%d messages, %v", len(list), err)
		}
		time.Sleep(7 * 24 * time.Hour)
		if st := l.Stats(); st != (Stats{}) {
			t.Errorf("after a week without messages: %+v", st)
		}
		shut(t, l)
	})
	left, err := filepath.Glob(filepath.Join(folder, "*"))
	if want := []string{filepath.Join(folder, "lock"), filepath.Join(folder, tailName)}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestTheOldestSegmentsGoWhenAllTakeTooMuch(t *testing.T) {
	folder := t.TempDir()
	paths := seals(t, folder, 6, 1)
	l := open(t, folder)
	l.cfg.MaxBytes = l.Stats().Bytes - 1
	l.prune(time.Now())
	if diff := cmp.Diff(upTo(180)[30:], ids(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	left, err := filepath.Glob(filepath.Join(folder, "*"+segmentSuffix))
	if err != nil || !slices.Equal(left, paths[1:]) || l.Stats().Bytes > l.cfg.MaxBytes {
		t.Errorf("left %v, %+v, %v", left, l.Stats(), err)
	}
}

// Segments are given up whole, so one must not be most of what there is.
func TestASegmentIsASmallPartOfWhatAllMayTake(t *testing.T) {
	f := func(most, want int64) {
		t.Helper()
		if got := (Config{MaxBytes: most}).withDefaults().SegmentBytes; got != want {
			t.Errorf("of %d bytes, a segment takes %d, want %d", most, got, want)
		}
	}
	f(0, 64<<20)
	f(16<<20, 2<<20)
	f(1<<20, 1<<20)
	f(1<<40, 64<<20)
}

// A reader may still hold what is deleted.
func TestReadingWhatIsBeingDeletedFindsTheRest(t *testing.T) {
	folder := t.TempDir()
	seals(t, folder, 3, 1)
	l := open(t, folder)
	if err := l.segments[1].remove(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Concat(upTo(30), upTo(90)[60:]), ids(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPagesFollowOnEachOther(t *testing.T) {
	folder := t.TempDir()
	seals(t, folder, 5, 2)
	l := open(t, folder)
	fill(l, 151, 200)
	l.flush(time.Now())
	fill(l, 201, 220)
	var got []int64
	for before := int64(0); ; {
		list, err := l.Read(context.Background(), charging.MessageQuery{ChargerID: 2, Before: before, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			got = append(got, m.ID)
		}
		before = list[len(list)-1].ID
		fill(l, 221+before, 221+before) // newer ones move no page
	}
	var want []int64
	for id := int64(220); id > 0; id-- {
		if id%3 == 1 {
			want = append(want, id)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMessageWithoutAnIDIsKeptButNotFound(t *testing.T) {
	l := open(t, t.TempDir())
	m := message(3)
	m.ID = 0
	l.Append(m)
	fill(l, 6, 6)
	if got := ids(t, l); !slices.Equal(got, []int64{6}) || l.Stats().Bytes == 0 {
		t.Errorf("found %v", got)
	}
	if _, ok, err := l.Find(context.Background(), 0); ok || err != nil {
		t.Errorf("found: %v, %v", ok, err)
	}
}

func TestWhatAnAppendWasGivenMayBeUsedAgain(t *testing.T) {
	l := open(t, t.TempDir())
	m := message(3)
	buf := []byte(strings.Clone(string(m.Payload)))
	m.Payload = buf
	l.Append(m)
	clear(buf)
	if got := read(t, l, charging.MessageQuery{ChargerID: 1}); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

func TestARareActionLeavesMostBlocksAlone(t *testing.T) {
	folder := t.TempDir()
	seals(t, folder, 3, 1)
	l := open(t, folder)
	m := message(93)
	m.Action = "Reset"
	l.Append(m)
	l.flush(time.Now())
	if err := l.seal(l.pending, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w := wanted{q: charging.MessageQuery{ChargerID: 1, Actions: []string{"Reset"}}, actions: actionBit("Reset")}
	held := 0
	for _, s := range l.segments {
		for i := range s.blocks {
			if w.mayHold(&s.blocks[i]) {
				held++
			}
		}
	}
	list, err := l.Read(context.Background(), w.q)
	if err != nil || len(list) != 1 || list[0].ID != 93 || held != 1 {
		t.Errorf("%d messages in %d blocks, %v", len(list), held, err)
	}
}
