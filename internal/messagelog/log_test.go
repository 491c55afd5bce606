package messagelog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// open opens a log that writes only when the test says so.
func open(tb testing.TB, folder string, change ...func(*Config)) *Log {
	tb.Helper()
	cfg := Config{Folder: folder, FlushEvery: time.Hour, Days: 100_000}
	for _, c := range change {
		c(&cfg)
	}
	l, err := Open(cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shut(tb, l) })
	return l
}

func shut(tb testing.TB, l *Log) {
	tb.Helper()
	if err := l.Close(context.Background()); err != nil {
		tb.Error(err)
	}
}

func small(c *Config) { c.SealBytes = 2000 }

// message is message number id, of one of three chargers.
func message(id int64) charging.Message {
	m := charging.Message{ID: id, ChargerID: 1 + id%3, Identity: fmt.Sprintf("CP%d", 1+id%3), Protocol: "ocpp1.6", FromCharger: id%2 == 0,
		Action: "StatusNotification", MessageID: fmt.Sprintf("m-%d", id), At: noon.Add(time.Duration(id) * time.Second),
		Answered: noon.Add(time.Duration(id)*time.Second + time.Millisecond),
		Payload:  []byte(fmt.Sprintf(`{"connectorId":%d,"errorCode":"NoError","status":"Available"}`, id)), Response: []byte(`{}`)}
	switch {
	case id%5 == 0:
		m.Action = "Heartbeat"
		m.Payload = []byte(`{}`)
	case id%7 == 0:
		m.Answered, m.Response = time.Time{}, nil
	}
	return m
}

func fill(l *Log, from, to int64) {
	for id := from; id <= to; id++ {
		l.Append(message(id))
	}
}

// read returns the ids that a query finds.
func read(tb testing.TB, l *Log, q charging.MessageQuery) []int64 {
	tb.Helper()
	list, err := l.Read(context.Background(), q)
	if err != nil {
		tb.Fatal(err)
	}
	var ids []int64
	for _, m := range list {
		if diff := cmp.Diff(message(m.ID), m); diff != "" {
			tb.Fatalf("message %d (-appended +read):\n%s", m.ID, diff)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

// of returns the ids of charger 1 from to down to from.
func of(to, from int64) (ids []int64) {
	for id := to; id >= from; id-- {
		if id%3 == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestMessagesAreFoundWhereverTheyAre(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder, small)
	check := func(when string) {
		t.Helper()
		f := func(q charging.MessageQuery, want []int64) {
			t.Helper()
			q.ChargerID = 1
			if diff := cmp.Diff(want, read(t, l, q)); diff != "" {
				t.Errorf("%s: %+v (-want +got):\n%s", when, q, diff)
			}
		}
		f(charging.MessageQuery{}, of(90, 1))
		f(charging.MessageQuery{Limit: 4}, of(90, 80))
		f(charging.MessageQuery{Limit: 4, Before: 81}, of(80, 69))
		f(charging.MessageQuery{From: noon.Add(30 * time.Second), To: noon.Add(36 * time.Second)}, []int64{36, 33, 30})
		f(charging.MessageQuery{Actions: []string{"Heartbeat"}, Limit: 2}, []int64{90, 75})
		f(charging.MessageQuery{Actions: []string{"Reset"}}, nil)
		if m, ok, err := l.Find(context.Background(), 44); !ok || err != nil || cmp.Diff(message(44), m) != "" {
			t.Errorf("%s: message 44: %v, %v, %v", when, m, ok, err)
		}
		if _, ok, err := l.Find(context.Background(), 444); ok || err != nil {
			t.Errorf("%s: message 444: %v, %v", when, ok, err)
		}
	}
	fill(l, 1, 30)
	l.flush() // the first seal
	fill(l, 31, 60)
	l.flush() // the second
	fill(l, 61, 70)
	l.flush() // in the tail
	fill(l, 71, 90)
	check("while it runs")
	if len(l.segments) == 0 || len(l.pending) == 0 || len(l.pending) == l.written {
		t.Fatalf("%d segments, %d pending, %d written: the test misses a place", len(l.segments), len(l.pending), l.written)
	}
	shut(t, l)
	l = open(t, folder, small)
	check("after a restart")
	fill(l, 91, 91)
	l.flush()
	check2 := read(t, l, charging.MessageQuery{ChargerID: 2, Limit: 1})
	if len(check2) != 1 || check2[0] != 91 {
		t.Errorf("a new one after a restart: %v", check2)
	}
}

func TestATornTailIsCutAndTheRestKept(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder)
	fill(l, 1, 30)
	l.flush()
	fill(l, 31, 60)
	shut(t, l)
	path := filepath.Join(folder, tailName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range []int{1, 100, 1500} {
		if err := os.WriteFile(path, whole[:len(whole)-lost], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, folder)
		if diff := cmp.Diff(of(30, 1), read(t, l, charging.MessageQuery{ChargerID: 1})); diff != "" {
			t.Errorf("without the last %d bytes (-want +got):\n%s", lost, diff)
		}
		fill(l, 31, 33)
		shut(t, l)
		l = open(t, folder)
		if diff := cmp.Diff(of(33, 1), read(t, l, charging.MessageQuery{ChargerID: 1})); diff != "" {
			t.Errorf("and more after it (-want +got):\n%s", diff)
		}
		shut(t, l)
	}
}

// A server may end at each step of a seal.
func TestHalfASealLosesAndDoublesNothing(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder)
	fill(l, 1, 60)
	l.flush()
	before, err := os.ReadFile(filepath.Join(folder, tailName))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.seal(l.pending); err != nil {
		t.Fatal(err)
	}
	segment := l.segments[0].path
	shut(t, l)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	f := func(step string, left int) {
		t.Helper()
		for path, text := range map[string][]byte{filepath.Join(folder, tailName): before, segment: whole[:left]} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, folder)
		defer shut(t, l)
		if diff := cmp.Diff(of(60, 1), read(t, l, charging.MessageQuery{ChargerID: 1})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
	}
	f("the segment was written, the tail not begun anew", len(whole))
	f("half of the segment was written", len(whole)/2)
	f("nothing of the segment was written", 0)
}

func TestADamagedBlockIsToldAndTheOthersAreRead(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder, func(c *Config) { c.SegmentBytes = 1 })
	fill(l, 1, 30)
	l.flush()
	if err := l.seal(l.pending); err != nil {
		t.Fatal(err)
	}
	fill(l, 31, 60)
	l.flush()
	if err := l.seal(l.pending); err != nil {
		t.Fatal(err)
	}
	first := l.segments[0].path
	shut(t, l)
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	text[10] ^= 0xff // in the head
	if err := os.WriteFile(first, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	l, err = Open(Config{Folder: folder, FlushEvery: time.Hour}, slog.New(slog.NewTextHandler(&out, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, l)
	if diff := cmp.Diff(of(60, 31), read(t, l, charging.MessageQuery{ChargerID: 1})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "are damaged and left out") || !strings.Contains(out.String(), filepath.Base(first)) {
		t.Errorf("the log says %s", out.String())
	}
}

func TestOldSegmentsAreDeletedWhole(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder, func(c *Config) { c.SegmentBytes, c.Days = 1, 2 })
	for n := range int64(3) {
		m := message(n + 1)
		m.At = noon.AddDate(0, 0, int(n))
		l.Append(m)
		l.flush()
		if err := l.seal(l.pending); err != nil {
			t.Fatal(err)
		}
	}
	l.prune(noon.AddDate(0, 0, 2).Add(time.Minute))
	left, err := filepath.Glob(filepath.Join(folder, "*"+segmentSuffix))
	if err != nil || len(left) != 2 || l.Stats().Segments != 2 || !l.Stats().Oldest.Equal(noon.AddDate(0, 0, 1)) {
		t.Errorf("left %v, %+v, %v", left, l.Stats(), err)
	}
}

func TestMessagesAreDroppedWhenTooManyWait(t *testing.T) {
	l := open(t, t.TempDir(), func(c *Config) { c.WaitingBytes = 1000 })
	fill(l, 1, 60)
	dropped := testutil.ToFloat64(l.metrics.dropped)
	if kept := len(l.pending); dropped == 0 || kept == 0 || kept+int(dropped) != 60 {
		t.Errorf("%d kept, %v dropped", kept, dropped)
	}
	l.flush()
	before := len(l.pending)
	fill(l, 61, 61)
	if len(l.pending) != before+1 {
		t.Error("nothing is kept after the disk caught up")
	}
}

func TestASecondServerIsKeptOutOfTheFolder(t *testing.T) {
	folder := t.TempDir()
	open(t, folder)
	_, err := Open(Config{Folder: folder}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	want := "another server keeps its raw messages in " + folder + "; give this one a data folder of its own"
	if charging.KindOf(err) != charging.Conflict || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReadingAndWritingAtTheSameTime(t *testing.T) {
	l := open(t, t.TempDir(), func(c *Config) { c.SealBytes, c.FlushEvery = 5000, time.Millisecond })
	var all sync.WaitGroup
	all.Go(func() { fill(l, 1, 3000) })
	all.Go(func() {
		for range 50 {
			read(t, l, charging.MessageQuery{ChargerID: 1, Limit: 20})
		}
	})
	all.Wait()
	if got := read(t, l, charging.MessageQuery{ChargerID: 1}); len(got) != 1000 {
		t.Errorf("found %d of 1000", len(got))
	}
}

func BenchmarkAppend(b *testing.B) {
	l := open(b, b.TempDir(), func(c *Config) { c.FlushEvery, c.WaitingBytes = 50*time.Millisecond, 1<<30 })
	m := message(1)
	m.Payload = []byte(strings.Repeat(`{"timestamp":"2026-03-02T12:00:00Z","value":"230.1","unit":"V"},`, 8))
	b.ReportAllocs()
	for b.Loop() {
		m.ID++
		m.ChargerID = m.ID % 1000
		l.Append(m)
	}
}

// BenchmarkRead reads the newest 50 messages of one of 1,000 chargers.
func BenchmarkRead(b *testing.B) {
	l := open(b, b.TempDir(), func(c *Config) { c.WaitingBytes = 1 << 30 })
	for id := range int64(300_000) {
		m := message(id + 1)
		m.ChargerID = id % 1000
		l.Append(m)
		if id%10_000 == 0 {
			l.flush()
		}
	}
	l.flush()
	for b.Loop() {
		list, err := l.Read(context.Background(), charging.MessageQuery{ChargerID: 500, Limit: 50})
		if err != nil || len(list) != 50 {
			b.Fatal(len(list), err)
		}
	}
	b.ReportMetric(float64(l.Stats().Bytes)/300_000, "B/message")
}
