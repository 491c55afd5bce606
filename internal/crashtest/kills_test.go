package crashtest

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/store"
)

// A kill is a way in which the server ends without notice.
type kill struct {
	kind     string
	starting bool   // comes while the server starts
	power    bool   // takes what was not synced, too
	point    string // of the build that kills itself at a chosen commit
	// strike reports whether the server ended where it was to end.
	strike func(x *trial, chance *rand.Rand) bool
}

func (k kill) name() string { return k.kind }

var (
	killAtRandom = kill{kind: "kill at a random instant", strike: strikeAtOnce}
	powerCut     = kill{kind: "power cut at a random instant", strike: strikeAtOnce, power: true}
)

var kills = []kill{
	killAtRandom,
	{kind: "kill while starting", starting: true, strike: strikeLater},
	{kind: "kill mid-batch, between two writes", strike: strikeOnCall("pwrite64", "-wal", 12)},
	{kind: "kill before the commit", point: "commit", strike: strikeAtPoint},
	{kind: "kill before fsync", strike: strikeOnCall("fsync", "-wal", 2)},
	{kind: "kill after fsync, before the answer", point: "committed", strike: strikeAtPoint},
	{kind: "kill mid-checkpoint, between two writes", strike: strikeInCheckpoint},
	{kind: "kill mid-backup", strike: strikeInBackup},
	powerCut,
	{kind: "power cut mid-batch, between two writes", strike: strikeOnCall("pwrite64", "-wal", 12), power: true},
	{kind: "power cut before fsync", strike: strikeOnCall("fsync", "-wal", 2), power: true},
	{kind: "power cut after fsync, before the answer", point: "committed", strike: strikeAtPoint, power: true},
	{kind: "power cut mid-checkpoint, between two writes", strike: strikeInCheckpoint, power: true},
}

func strikeAtOnce(x *trial, _ *rand.Rand) bool {
	x.s.kill()
	return true
}

func strikeLater(x *trial, chance *rand.Rand) bool {
	time.Sleep(time.Duration(chance.IntN(150)) * time.Millisecond)
	x.s.kill()
	return true
}

// reachIn is how long a server may take to come to the point of its end.
const reachIn = 10 * time.Second

// strikeOnCall kills the server as it enters a system call on a file of the
// database: one of the next ones of whichever thread comes to that number first.
func strikeOnCall(call, suffix string, atMost int) func(*trial, *rand.Rand) bool {
	return func(x *trial, chance *rand.Rand) bool {
		trace(x.t, x.s, []string{x.s.file(store.DatabaseName + suffix)}, call, killWhen(chance, atMost))
		return x.s.diesWithin(reachIn) && x.s.wasKilled()
	}
}

// strikeAtPoint lets the server kill itself at the chosen commit.
func strikeAtPoint(x *trial, _ *rand.Rand) bool {
	x.s.signal(syscall.SIGUSR1)
	return x.s.diesWithin(reachIn) && x.s.wasKilled()
}

// strikeInCheckpoint kills the server while it copies its log into the database
// file, as it does when it ends in order, and now and then by itself.
func strikeInCheckpoint(x *trial, chance *rand.Rand) bool {
	trace(x.t, x.s, []string{x.s.file(store.DatabaseName)}, "pwrite64", killWhen(chance, 40))
	x.s.signal(syscall.SIGTERM)
	return x.s.diesWithin(2*reachIn) && x.s.wasKilled()
}

// strikeInBackup kills the server while it makes a backup. One that was made
// whole holds all that was answered before it began.
func strikeInBackup(x *trial, chance *rand.Rand) bool {
	file := filepath.Join(x.t.TempDir(), "backup.db")
	known := x.told.answeredNow()
	done := make(chan error, 1)
	cmd := exec.CommandContext(x.t.Context(), x.s.program, "backup", "--data", x.s.data, file)
	go func() { done <- cmd.Run() }()
	time.Sleep(time.Duration(10+chance.IntN(100)) * time.Millisecond)
	x.s.kill()
	if err := <-done; err != nil {
		if _, missing := os.Stat(file); missing == nil {
			x.t.Error("a backup that failed left its file")
		}
		return true
	}
	now := x.told.answeredNow() // what came later may be in it or not
	for key, m := range now.messages {
		m.answered = m.answered && known.messages[key] != nil && known.messages[key].answered
	}
	found := new(losses)
	compareRows(x.t.Context(), x.t, found, file, now)
	for _, loss := range found.all {
		x.t.Errorf("in the backup: %s", loss)
	}
	return false
}

func killWhen(chance *rand.Rand, atMost int) string {
	return "signal=KILL:when=" + strconv.Itoa(1+chance.IntN(atMost))
}

// wasKilled reports whether the process ended by SIGKILL.
func (s *server) wasKilled() bool {
	state, ok := s.process.ProcessState.Sys().(syscall.WaitStatus)
	return ok && state.Signaled() && state.Signal() == syscall.SIGKILL
}

// A replacement changes one place of a source file; without an old text it is
// a file of its own.
type replacement struct{ old, new string }

// overlay makes a file for "go build -overlay" in which source files, named
// from this folder, are changed, and the program's own are not.
func overlay(t *testing.T, changes map[string]replacement) string {
	t.Helper()
	folder, replace := t.TempDir(), make(map[string]string)
	for file, change := range changes {
		whole, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		text := change.new
		if change.old != "" {
			source, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(source), change.old) != 1 {
				t.Fatalf("%s does not hold %q exactly once any more: this test has to be written anew", file, change.old)
			}
			text = strings.Replace(string(source), change.old, change.new, 1)
		}
		changed := filepath.Join(folder, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[whole] = changed
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
