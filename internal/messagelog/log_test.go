package messagelog

import (
	"context"
	"fmt"
	"log/slog"

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
	l.flush(time.Now()) // the first seal
	fill(l, 31, 60)
	l.flush(time.Now()) // the second
	fill(l, 61, 70)
	l.flush(time.Now()) // in the tail
	fill(l, 71, 90)
	check("while it runs")
	if len(l.segments) == 0 || len(l.pending) == 0 || len(l.pending) == l.written {
		t.Fatalf("%d segments, %d pending, %d written: the test misses a place", len(l.segments), len(l.pending), l.written)
	}
	shut(t, l)
	l = open(t, folder, small)
	check("after a restart")
	fill(l, 91, 91)
	l.flush(time.Now())
	check2 := read(t, l, charging.MessageQuery{ChargerID: 2, Limit: 1})
	if len(check2) != 1 || check2[0] != 91 {
		t.Errorf("a new one after a restart: %v", check2)
	}
}

func TestMessagesAreDroppedWhenTooManyWait(t *testing.T) {
	l := open(t, t.TempDir(), func(c *Config) { c.WaitingBytes = 1000 })
	fill(l, 1, 60)
	dropped := testutil.ToFloat64(l.metrics.dropped)
	if kept := len(l.pending); dropped == 0 || kept == 0 || kept+int(dropped) != 60 {
		t.Errorf("%d kept, %v dropped", kept, dropped)
	}
	l.flush(time.Now())
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
