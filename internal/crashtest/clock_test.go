package crashtest

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clockProgram builds the program with a clock that jumps: an hour on by
// SIGUSR1, an hour back by SIGUSR2. The change is in Go's package time itself,
// so all of the program and its libraries live by that clock; what measures
// how long something takes does not jump, as in a real process.
func clockProgram(t *testing.T) string {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	in := func(file string) string { return filepath.Join(strings.TrimSpace(string(goroot)), "src", "time", file) }
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	return buildWith(t, "-overlay", overlay(t, map[string]replacement{
		in("time.go"): {now, now + "\tsec += jumped.Load()\n"},
		in("jump.go"): {"", `package time

import "sync/atomic"

var jumped atomic.Int64

func Jump(seconds int64) { jumped.Add(seconds) }
`},
		"../../cmd/chargeyard/jump.go": {"", `package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func init() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for s := range signals {
			if s == syscall.SIGUSR1 {
				time.Jump(3600)
			} else {
				time.Jump(-3600)
			}
		}
	}()
}
`},
	}))
}

// A jump is how the clock jumps in a round.
type jump struct {
	kind   string
	signal syscall.Signal
	killed bool // the server ends within that, and the next begins with the right clock
}

func (j jump) name() string { return j.kind }

var jumps = []jump{
	{"clock jumps an hour on", syscall.SIGUSR1, false},
	{"clock jumps an hour back", syscall.SIGUSR2, false},
	{"clock jumps an hour on, kill, and is right again", syscall.SIGUSR1, true},
	{"clock jumps an hour back, kill, and is right again", syscall.SIGUSR2, true},
}

// TestAClockThatJumpsLosesNothing lets the server's clock jump under load.
func TestAClockThatJumpsLosesNothing(t *testing.T) {
	t.Parallel()
	x := newTrial(t, plan(t, clockRounds), clockProgram(t))
	x.count, x.jumpy = fewChargers, true
	x.begin()
	x.startAndWait("in the end")
	time.Sleep(2 * time.Second)
	for i, round := range x.rounds {
		x.jump(pick(wanted(t, jumps), x.seed, i), round, chanceOf(x.seed, round))
		if t.Failed() {
			return
		}
	}
	settle(t, x.s, x.fleets)
	x.report.compared(t, "in the end", -1, x.compare())
	x.report.add("in the end", func(t *tally) { t.injected = 1 })
	x.report.print(t)
}

func (x *trial) jump(j jump, round int, chance *rand.Rand) {
	t := x.t
	w, logFrom, waiting, answered := watch(t, x.s), x.s.logEnd(), x.told.waiting(), x.told.answered()
	before := x.serverTime()
	x.s.signal(j.signal)
	time.Sleep(time.Duration(2500+chance.IntN(1000)) * time.Millisecond)
	if moved := x.serverTime().Sub(before).Abs(); moved < 59*time.Minute || moved > 61*time.Minute {
		t.Errorf("%s: it moved by %v", j.kind, moved)
	}
	w.sayStatus(t, "after the jump")
	w.waitFor(t, "after the jump", backIn)
	if code, at := w.sentAway(); !at.IsZero() {
		t.Errorf("%s: the connection ended with %d, %v", j.kind, code, w.why)
	}
	for line := range strings.Lines(x.s.logged(logFrom)) {
		if strings.Contains(line, "silent for") {
			t.Errorf("%s: %s", j.kind, line)
			break
		}
	}
	if status, body := readiness(x.s); status != 200 {
		t.Errorf("%s: /readyz answers %d %s", j.kind, status, body)
	}
	if x.told.answered() == answered {
		t.Errorf("%s: nothing was answered after it", j.kind)
	}
	if j.killed {
		x.s.kill()
		time.Sleep(50 * time.Millisecond)
		x.report.compared(t, j.kind, round, compareCopy(t, x.s, x.told))
		x.startAndWait(j.kind)
		time.Sleep(time.Second)
	}
	w.leave()
	x.tally(j.kind, true, waiting)
	x.compareStopped(j.kind, round)
}

// serverTime is the time that the server puts on its answers.
func (x *trial) serverTime() time.Time {
	x.t.Helper()
	answer, err := x.s.get("/healthz")
	if err != nil {
		x.t.Fatal(err)
	}
	at, err := time.Parse(time.RFC1123, answer.Header.Get("Date"))
	if err != nil {
		x.t.Fatal(err)
	}
	return at
}
