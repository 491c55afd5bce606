package crashtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/store"
)

// wreck is what servers left.
type wreck struct {
	trial   *trial
	folder  string // of one that was killed: much stands in the log
	orderly string // of one that ended in order: all stands in the database
	backup  string // of before
	shown   []byte // what GET /api/sites answers of the undamaged folder
}

// newWreck lets chargers live on a server for a while and kills it.
func newWreck(t *testing.T) *wreck {
	t.Helper()
	x := newTrial(t, rounds{seed: seed(t)}, build(t, ""))
	x.count = fewChargers
	x.begin()
	x.s.env = []string{"CHARGEYARD_KEEP_MESSAGES=0"}
	x.startAndWait("damage")
	time.Sleep(1500 * time.Millisecond)
	w := &wreck{trial: x, folder: filepath.Join(t.TempDir(), "wreck"), backup: filepath.Join(t.TempDir(), "backup.db")}
	x.s.command(t, "backup", w.backup)
	time.Sleep(1500 * time.Millisecond)
	x.s.kill()
	for tries := 0; liveLog(t, x.s.file(store.DatabaseName+"-wal")) < 100*logFrame; tries++ {
		if tries == 10 {
			t.Fatal("the log never holds a hundred pages: that is no test")
		}
		x.startAndWait("damage") // it began anew a moment before
		time.Sleep(300 * time.Millisecond)
		x.s.kill()
	}
	for _, f := range x.fleets {
		f.Stop()
	}
	if err := os.Remove(x.s.file("control.sock")); err != nil { // no file to copy
		t.Fatal(err)
	}
	copyFolder(t, x.s.data, w.folder)
	w.shown = w.undamaged(t, w.folder)
	x.s.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := x.s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	x.s.signal(syscall.SIGTERM)
	if !x.s.diesWithin(40 * time.Second) {
		t.Fatal("the server did not stop in 40 s")
	}
	w.orderly = w.folder + "-orderly"
	copyFolder(t, x.s.data, w.orderly)
	if again := w.undamaged(t, w.orderly); !bytes.Equal(again, w.shown) {
		t.Error("a restart alone shows another estate")
	}
	return w
}

func (w *wreck) undamaged(t *testing.T, folder string) []byte {
	t.Helper()
	body, said := w.serve(t, folder, func(string) {})
	if body == nil {
		t.Fatalf("the undamaged folder is not served: %s", said)
	}
	return body
}

// serve starts the server on a copy of the folder with some damage, and returns
// what it shows of the estate, nil when it refuses, and what it said.
func (w *wreck) serve(t *testing.T, folder string, damage func(folder string)) (sites []byte, said string) {
	t.Helper()
	if err := os.RemoveAll(w.trial.s.data); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, folder, w.trial.s.data)
	damage(w.trial.s.data)
	from := w.trial.s.logEnd()
	w.trial.s.start(t)
	defer w.trial.s.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if w.trial.s.ready(ctx) != nil {
		if w.trial.s.alive() {
			t.Errorf("the server neither serves nor ends")
		} else if code := w.trial.s.process.ProcessState.ExitCode(); code != 4 {
			t.Errorf("the server ended with %d, want 4", code)
		}
		return nil, w.trial.s.logged(from)
	}
	sites, err := w.trial.s.sitesBody(ctx)
	if err != nil {
		t.Log(err)
		return nil, w.trial.s.logged(from)
	}
	return sites, w.trial.s.logged(from)
}

// TestADamagedDatabaseIsRefusedWithTheWayOut damages the files in ways that
// must be found, and follows the advice.
func TestADamagedDatabaseIsRefusedWithTheWayOut(t *testing.T) {
	t.Parallel()
	w := newWreck(t)
	edit := func(name string, change func([]byte) []byte) func(string) {
		return func(folder string) {
			file := filepath.Join(folder, name)
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, change(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	live := liveLog(t, filepath.Join(w.folder, store.DatabaseName+"-wal"))
	const database, log = store.DatabaseName, store.DatabaseName + "-wal"
	for name, damage := range map[string]func(string){
		"header overwritten":        edit(database, func(b []byte) []byte { copy(b, "damage"); return b }),
		"database cut short":        edit(database, func(b []byte) []byte { return b[:len(b)/2] }),
		"database emptied":          edit(database, func([]byte) []byte { return nil }),
		"a page amidst overwritten": edit(database, func(b []byte) []byte { clear(b[len(b)/8192*4096:][:4096]); return b }),
		"log: a bit in the middle":  edit(log, func(b []byte) []byte { b[live/2] ^= 1; return b }),
		"log: a bit in its header":  edit(log, func(b []byte) []byte { b[20] ^= 1; return b }),
		"log cut short":             edit(log, func(b []byte) []byte { return b[:live*3/4] }),
		"log emptied":               edit(log, func([]byte) []byte { return nil }),
		"older database in its place": func(folder string) {
			copyFile(t, w.backup, filepath.Join(folder, database))
		},
	} {
		folder := w.orderly
		if strings.Contains(name, "log") {
			folder = w.folder
		}
		sites, said := w.serve(t, folder, damage)
		data := w.trial.s.data
		switch {
		case sites != nil:
			t.Errorf("%s: it is served", name)
		case !strings.Contains(said, "the database is damaged: "+filepath.Join(data, database)+": "):
			t.Errorf("%s: it says %s", name, said)
		case !strings.Contains(said, "restore the newest backup: chargeyard restore --data "+data+" --force FILE"),
			!strings.Contains(said, w.backup):
			t.Errorf("%s: it does not say the way out: %s", name, said)
		}
	}
	// The last damage stands; the advice helps.
	w.trial.s.command(t, "restore", "--force", w.backup)
	w.trial.s.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := w.trial.s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	if sites, err := w.trial.s.sites(ctx); err != nil || len(sites) != fewChargers+1 {
		t.Errorf("after the restore: %d chargers, %v", len(sites), err)
	}
}

// TestAFlippedBitIsRefusedOrHarmless flips one random bit at a time, in the
// database and in its log, and looks at what people are shown.
func TestAFlippedBitIsRefusedOrHarmless(t *testing.T) {
	t.Parallel()
	w := newWreck(t)
	chance := rand.New(rand.NewPCG(w.trial.seed, 0))
	refused, harmless := 0, 0
	for n := range setting(t, "CHARGEYARD_CRASH_FLIPS", 12) {
		name, folder := store.DatabaseName, w.orderly
		if n%3 == 2 {
			name, folder = name+"-wal", w.folder
		}
		var at, bit int
		sites, said := w.serve(t, folder, func(data string) {
			file := filepath.Join(data, name)
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			within := len(content)
			if folder == w.folder {
				within = liveLog(t, file)
			}
			at, bit = chance.IntN(within), chance.IntN(8)
			content[at] ^= 1 << bit
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		})
		switch {
		case sites == nil && strings.Contains(said, "the database is damaged: "):
			refused++
		case sites == nil:
			t.Errorf("%s, byte %d, bit %d: it is refused without a reason: %s", name, at, bit, said)
		case bytes.Equal(sites, w.shown):
			harmless++
		default:
			t.Errorf("%s, byte %d, bit %d: another estate is shown%s", name, at, bit, firstDifference(w.shown, sites))
		}
	}
	t.Logf("%d flipped bits were refused, %d changed nothing of what is shown", refused, harmless)
}

// logFrame is how long a frame of the log is, after a header of 32 bytes: 24
// bytes and a page.
const logFrame = 24 + 4096

// liveLog returns where the last commit of a log begins. What follows is that
// commit, in which damage looks like one that never ended, and then remains of
// older logs.
func liveLog(t *testing.T, file string) int {
	t.Helper()
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, last := 0, 0
	for at := 32; at+logFrame <= len(log) && bytes.Equal(log[at+8:at+16], log[16:24]); at += logFrame {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 { // it ends a commit
			before, last = last, at+logFrame
		}
	}
	return before
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, bytes.Clone(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// firstDifference shows where two documents begin to differ.
func firstDifference(want, got []byte) string {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	part := func(b []byte) []byte { return b[max(0, at-60):min(len(b), at+40)] }
	return fmt.Sprintf("\nwant %s\ngot  %s", part(want), part(got))
}
