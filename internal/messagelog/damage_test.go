package messagelog

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// reopen opens a log and returns what it says about the folder.
func reopen(tb testing.TB, folder string) (*Log, *bytes.Buffer) {
	tb.Helper()
	said := new(bytes.Buffer)
	l, err := Open(Config{Folder: folder, FlushEvery: time.Hour, Days: 100_000}, slog.New(slog.NewTextHandler(said, nil)), prometheus.NewRegistry())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shut(tb, l) })
	return l, said
}

func says(tb testing.TB, said *bytes.Buffer, want string) {
	tb.Helper()
	if !strings.Contains(said.String(), want) {
		tb.Errorf("the log says %q, want %q", said, want)
	}
}

// seals writes seals of 30 messages, each charger's in a block of its own, into
// segments of some seals each, and returns the paths of the segments.
func seals(tb testing.TB, folder string, count, each int) (paths []string) {
	tb.Helper()
	l := open(tb, folder)
	for n := range count {
		for charger := range int64(3) {
			for id := int64(n)*30 + 1; id <= int64(n+1)*30; id++ {
				if id%3 == charger {
					m := message(id)
					m.Payload = fmt.Appendf(nil, `{"pad":%q}`, strings.Repeat("x", blockBytes/11))
					l.Append(m)
				}
			}
		}
		l.flush(time.Now())
		l.cfg.SegmentBytes = 1 << 40
		if n%each == 0 {
			l.cfg.SegmentBytes = 1
		}
		if err := l.seal(l.pending, noon.Add(time.Duration(n)*time.Minute)); err != nil {
			tb.Fatal(err)
		}
	}
	for _, s := range l.segments {
		paths = append(paths, s.path)
	}
	shut(tb, l)
	return paths
}

// ids returns the ids of all chargers' messages, oldest first.
func ids(tb testing.TB, l *Log) (ids []int64) {
	tb.Helper()
	for charger := charging.ID(1); charger <= 3; charger++ {
		list, err := l.Read(context.Background(), charging.MessageQuery{ChargerID: charger})
		if err != nil {
			tb.Fatal(err)
		}
		for _, m := range list {
			ids = append(ids, m.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func upTo(n int64) (ids []int64) {
	for id := range n {
		ids = append(ids, id+1)
	}
	return ids
}

func edit(tb testing.TB, path string, change func([]byte) []byte) {
	tb.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, change(p), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func TestATornTailIsCutAndTheRestKept(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder)
	fill(l, 1, 30)
	l.flush(time.Now())
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
	l.flush(time.Now())
	before, err := os.ReadFile(filepath.Join(folder, tailName))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.seal(l.pending, time.Now()); err != nil {
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

func TestADamagedChunkOfTheTailCostsOnlyItsMessages(t *testing.T) {
	folder := t.TempDir()
	l := open(t, folder)
	fill(l, 1, 10)
	l.flush(time.Now())
	before := l.tail.size
	fill(l, 11, 20)
	l.flush(time.Now())
	fill(l, 21, 30)
	shut(t, l)
	edit(t, filepath.Join(folder, tailName), func(p []byte) []byte { p[before+50] ^= 1; return p })
	l, said := reopen(t, folder)
	if diff := cmp.Diff(append(upTo(10), upTo(30)[20:]...), ids(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	says(t, said, "bytes of the newest messages are damaged and left out")
}

func TestAFileThatIsNoTailIsPutAside(t *testing.T) {
	folder := t.TempDir()
	foreign := []byte("CYT2 of a later version")
	if err := os.WriteFile(filepath.Join(folder, tailName), foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	l, said := reopen(t, folder)
	says(t, said, "the newest messages cannot be read; they were put aside as tail-")
	fill(l, 1, 3)
	shut(t, l)
	aside, err := filepath.Glob(filepath.Join(folder, "tail-*.damaged"))
	if err != nil || len(aside) != 1 {
		t.Fatal(aside, err)
	}
	if got, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(got, foreign) {
		t.Errorf("%q, %v", got, err)
	}
	l, said = reopen(t, folder)
	if got := ids(t, l); len(got) != 3 || said.Len() > 0 {
		t.Errorf("found %v, and the log says %s", got, said)
	}
}

// Wherever a byte of a segment is damaged, at most the block that it stands in
// is lost: in these, ten messages of one charger.
func TestADamagedByteCostsOneBlockAtMost(t *testing.T) {
	made := t.TempDir()
	paths := seals(t, made, 4, 2)
	if len(paths) != 2 {
		t.Fatal(paths)
	}
	f := func(path string, at int) {
		t.Helper()
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
		if at%2 == 0 {
			_ = os.Remove(strings.TrimSuffix(filepath.Join(folder, filepath.Base(path)), segmentSuffix) + indexSuffix)
		}
		edit(t, filepath.Join(folder, filepath.Base(path)), func(p []byte) []byte { p[at] ^= 0x10; return p })
		l, said := reopen(t, folder)
		left := len(ids(t, l))
		if left == 120 && at%2 != 0 && said.Len() == 0 {
			return // a head that the index spared
		}
		if left != 110 {
			t.Fatalf("byte %d: %d messages are left", at, left)
		}
		says(t, said, "damaged and left out")
		fill(l, 121, 130)
		l.flush(time.Now())
		if err := l.seal(l.pending, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		shut(t, l)
		l, _ = reopen(t, folder)
		if again := len(ids(t, l)); again != 120 {
			t.Fatalf("byte %d: after ten more and a restart %d messages are left", at, again)
		}
		shut(t, l)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < int(info.Size()); at += 37 {
			f(path, at)
		}
	}
}

func TestFilesOfOthersAreLeftAlone(t *testing.T) {
	folder := t.TempDir()
	seals(t, folder, 2, 1)
	foreign := filepath.Join(folder, "notes.seg")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	later := newSegment(folder, noon.Add(2*time.Hour), 3).path
	if err := os.WriteFile(later, []byte(strings.Repeat("CYB2", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, said := reopen(t, folder)
	says(t, said, "notes.seg is no file of this log and was left alone")
	says(t, said, filepath.Base(later)+": 400 of its 400 bytes are damaged and left out")
	fill(l, 61, 70)
	l.flush(time.Now())
	if err := l.seal(l.pending, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(upTo(70), ids(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, size := range map[string]int64{foreign: 4, later: 400} {
		if info, err := os.Stat(path); err != nil || info.Size() != size {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestTheIndexOfASegmentSavesReadingIt(t *testing.T) {
	folder := t.TempDir()
	paths := seals(t, folder, 4, 2)
	l, _ := reopen(t, folder)
	scanned := *l.segments[0]
	shut(t, l)
	// The heads are gone, the bodies are not.
	edit(t, paths[0], func(p []byte) []byte { return bytes.ReplaceAll(p, []byte(blockMark), []byte("none")) })
	l, said := reopen(t, folder)
	if diff := cmp.Diff(scanned, *l.segments[0], cmp.AllowUnexported(segment{}, block{})); diff != "" || said.Len() > 0 {
		t.Errorf("the log says %s (-scanned +from the index):\n%s", said, diff)
	}
	if diff := cmp.Diff(upTo(120), ids(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shut(t, l)
	edit(t, scanned.indexPath(), func(p []byte) []byte { p[30] ^= 1; return p })
	l, said = reopen(t, folder)
	says(t, said, "damaged and left out")
	if diff := cmp.Diff(upTo(120)[60:], ids(t, l)); diff != "" {
		t.Errorf("with a damaged index the heads count (-want +got):\n%s", diff)
	}
}

// A disk that takes nothing costs messages, never a charger's time, and what
// was waiting is written when it takes something again.
func TestWhatTheDiskRefusesIsTriedAgain(t *testing.T) {
	folder := t.TempDir()
	l, said := reopen(t, folder)
	l.cfg.WaitingBytes = 2000
	good := l.tail.file
	bad, err := os.Open(good.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	l.tail.file = bad // open for reading only
	for range 3 {
		fill(l, 1, 10)
		l.flush(time.Now())
	}
	says(t, said, "raw messages cannot be written; new ones are dropped when too many wait")
	if n := strings.Count(said.String(), "level=ERROR"); n != 1 || testutil.ToFloat64(l.metrics.failures) != 3 || testutil.ToFloat64(l.metrics.dropped) == 0 {
		t.Errorf("%d lines; the log says %s", n, said)
	}
	l.tail.file = good
	kept := len(l.pending)
	l.flush(time.Now())
	if l.written != kept || l.waiting != 0 {
		t.Errorf("%d of %d written, %d bytes wait", l.written, kept, l.waiting)
	}
	// The tail takes messages, but a segment cannot be made.
	blocked := newSegment(folder, noon, l.tail.seal).path
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := l.seal(l.pending, noon); err == nil {
		t.Fatal("sealed into a folder")
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	if err := l.seal(l.pending, noon); err != nil || len(l.pending) != 0 || len(l.segments) != 1 {
		t.Errorf("%d pending, %d segments, %v", len(l.pending), len(l.segments), err)
	}
	l.cfg.SealBytes, l.unsealed = 0, 2*l.cfg.WaitingBytes
	before := testutil.ToFloat64(l.metrics.dropped)
	fill(l, 1, 1)
	if testutil.ToFloat64(l.metrics.dropped) != before+1 {
		t.Error("what cannot be sealed grows without a limit")
	}
}
