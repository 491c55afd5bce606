package crashtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/store"
)

const (
	// sentAwayAfter is what the server promises: chargers are sent away when
	// nothing could be stored for that long.
	sentAwayAfter = 10 * time.Second
	// noticeIn is how soon /readyz must tell that nothing can be stored.
	noticeIn = 5 * time.Second
	// backIn is how soon the server must work when the disk does.
	backIn = 15 * time.Second
	// fewChargers live on the server that has trouble with its disk.
	fewChargers = 60
)

// A stall is a trouble with the disk that the server outlives.
type stall struct {
	kind string
	says string // in the log
	// begin makes the trouble and returns what ends it.
	begin func(x *trial) (end func())
}

// A trouble is a round of what disks do.
type trouble struct {
	kind   string
	suffer func(x *trial, round int, chance *rand.Rand)
}

func (k trouble) name() string { return k.kind }

var troubles = append(troublesOf(stalls), trouble{slowKind, (*trial).slow}, trouble{brokenKind, (*trial).breakDown})

func troublesOf(stalls []stall) (all []trouble) {
	for _, s := range stalls {
		all = append(all, trouble{s.kind, func(x *trial, round int, chance *rand.Rand) { x.stall(s, round, chance) }})
	}
	return all
}

const (
	slowKind   = "slow disk"
	brokenKind = "file system turned read-only, repaired"
)

var stalls = []stall{
	{"full disk", "the disk is full; free some space", fullDisk},
	{"files turned read-only", "the disk or the rights on the data folder failed", readOnlyFiles},
	{"failing fsync", "the disk or the rights on the data folder failed", failing("fsync")},
	{"failing writes", "the disk or the rights on the data folder failed", failing("pwrite64")},
	{"disk that hangs", "the store has not come back from a commit", frozenDisk},
}

// TestAServerThatCannotStoreAnswersNothingAndResumesByItself takes the disk
// away in each way that a test can, and gives it back.
func TestAServerThatCannotStoreAnswersNothingAndResumesByItself(t *testing.T) {
	t.Parallel()
	needTools(t)
	x := newTrial(t, plan(t, diskRounds), build(t, ""))
	x.disk, x.count = newDisk(t, smallDisk), fewChargers
	x.begin()
	x.s.env = []string{"CHARGEYARD_SHUTDOWN_TIMEOUT=5s"} // where nothing can be stored it takes all of that
	x.startAndWait("in the end")
	time.Sleep(2 * time.Second)
	for i, round := range x.rounds {
		pick(wanted(t, troubles), x.seed, i).suffer(x, round, chanceOf(x.seed, round))
		if t.Failed() {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	settle(t, x.s, x.fleets)
	x.report.compared(t, "in the end", -1, x.compare())
	x.report.add("in the end", func(t *tally) { t.injected = 1 })
	x.report.print(t)
}

// stall is one round: the trouble comes, stays short or long enough that
// chargers have to be sent away, and goes, now and then with the server.
func (x *trial) stall(s stall, round int, chance *rand.Rand) {
	t := x.t
	long, killed := chance.IntN(2) == 0, chance.IntN(4) == 0
	if len(x.rounds) < 10 { // a short run sends chargers away once
		long, killed = !x.sentAway, killed && x.sentAway
	}
	x.sentAway = x.sentAway || long
	kind := s.kind
	if long {
		kind += ", over 10 s"
	}
	w, logFrom := watch(t, x.s), x.s.logEnd()
	waiting, began := x.told.waiting(), time.Now()
	end := s.begin(x)
	x.noticed(kind, s.says, logFrom)
	answered := x.told.answered()
	w.sayStatus(t, "in the stall")
	if long {
		x.sendsAway(kind, w, began)
	} else {
		time.Sleep(time.Duration(500+chance.IntN(1500)) * time.Millisecond)
		if code, at := w.sentAway(); !at.IsZero() {
			t.Errorf("%s: the connection ended with %d after %v", kind, code, at.Sub(began))
		}
	}
	x.serves(kind)
	if n := x.told.answered() - answered; n != 0 || w.answered("in the stall") {
		t.Errorf("%s: %d messages were answered while nothing could be stored", kind, n)
	}
	if killed {
		x.killAndStart(kind, end)
	} else {
		end()
	}
	x.resumed(kind, killed, logFrom, answered)
	if !long && !killed {
		w.waitFor(t, "in the stall", backIn)
	}
	w.leave()
	x.tally(kind, true, waiting)
	x.report.add(kind, func(t *tally) { t.away = append(t.away, time.Since(began)) })
	x.compareStopped(kind, round)
}

// noticed checks that the server tells on /readyz and in the log.
func (x *trial) noticed(kind, says string, logFrom int64) {
	x.t.Helper()
	var status int
	var body string
	if !within(noticeIn, func() bool { status, body = readiness(x.s); return status == http.StatusServiceUnavailable }) {
		x.t.Errorf("%s: after %v /readyz answers %d %s", kind, noticeIn, status, body)
	}
	if !strings.Contains(body, "The database cannot be written since ") || !strings.Contains(body, `{"name":"store","ok":false`) {
		x.t.Errorf("%s: /readyz says %s", kind, body)
	}
	if !within(noticeIn, func() bool {
		log := x.s.logged(logFrom)
		return strings.Contains(log, says) && strings.Contains(log, "chargers are not answered until it")
	}) {
		x.t.Errorf("%s: the log does not say %q", kind, says)
	}
	time.Sleep(300 * time.Millisecond) // chargers read what is on its way
}

// sendsAway checks that chargers go offline, so that they keep their queues.
func (x *trial) sendsAway(kind string, w *witness, began time.Time) {
	x.t.Helper()
	if !within(sentAwayAfter+noticeIn, func() bool { _, at := w.sentAway(); return !at.IsZero() }) {
		x.t.Errorf("%s: the witness was not sent away in %v", kind, time.Since(began))
		return
	}
	code, at := w.sentAway()
	if code != 1013 || at.Sub(began) < sentAwayAfter-noticeIn {
		x.t.Errorf("%s: the connection ended with %d after %v (%v), want 1013 after %v", kind, code, at.Sub(began), w.why, sentAwayAfter)
	}
	status, retry, err := knock(x.t.Context(), x.s)
	if err != nil || status != http.StatusServiceUnavailable || retry == "" {
		x.t.Errorf("%s: an upgrade is answered with %d, Retry-After %q, %v; want 503", kind, status, retry, err)
	}
}

// serves checks that people still see the estate.
func (x *trial) serves(kind string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), noticeIn)
	defer cancel()
	if _, err := x.s.sites(ctx); err != nil {
		x.t.Errorf("%s: %v", kind, err)
	}
	answer, err := x.s.get("/healthz")
	if err != nil {
		x.t.Errorf("%s: %v", kind, err)
		return
	}
	if answer.StatusCode != http.StatusOK {
		x.t.Errorf("%s: /healthz answers %s", kind, answer.Status)
	}
}

// killAndStart ends the server within its trouble; the next one finds none.
func (x *trial) killAndStart(kind string, end func()) {
	x.t.Helper()
	x.s.signal(syscall.SIGKILL)
	end() // what hangs in the kernel ends only now
	x.s.kill()
	x.report.compared(x.t, kind, -1, compareCopy(x.t, x.s, x.told))
	x.s.start(x.t)
}

// resumed checks that all goes on without anybody's help.
func (x *trial) resumed(kind string, killed bool, logFrom int64, answered int) {
	x.t.Helper()
	status, body := 0, ""
	if !within(backIn, func() bool { status, body = readiness(x.s); return status == http.StatusOK }) {
		x.t.Errorf("%s: %v after the disk is back /readyz answers %d %s", kind, backIn, status, body)
	}
	if !killed && !within(noticeIn, func() bool { return strings.Contains(x.s.logged(logFrom), "the store commits again") }) {
		x.t.Errorf("%s: the log does not say that the store commits again", kind)
	}
	if !within(backIn, func() bool { return x.told.answered() > answered }) {
		x.t.Errorf("%s: %v after the disk is back nothing is answered", kind, backIn)
	}
}

// compareStopped compares while the server stands still.
func (x *trial) compareStopped(kind string, round int) {
	x.t.Helper()
	x.s.signal(syscall.SIGSTOP)
	time.Sleep(50 * time.Millisecond) // chargers read what is on its way
	found := compareCopy(x.t, x.s, x.told)
	x.s.signal(syscall.SIGCONT)
	x.report.compared(x.t, kind, round, found)
}

func (x *trial) database() []string {
	return []string{x.s.file(store.DatabaseName), x.s.file(store.DatabaseName + "-wal")}
}

// fullDisk takes every byte that becomes free until it ends.
func fullDisk(x *trial) (end func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			x.disk.fill(x.t)
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() {
		close(stop)
		<-done
		x.disk.makeRoom(x.t)
	}
}

// readOnlyFiles makes the kernel refuse every write, as of a disk that was
// mounted anew for reading only.
func readOnlyFiles(x *trial) (end func()) {
	files := append(x.database(), x.s.data)
	x.disk.protect(x.t, files...)
	return func() { x.disk.unprotect(x.t, files...) }
}

// failing lets a system call on the database fail with EIO, as of a dying disk.
func failing(call string) func(x *trial) (end func()) {
	return func(x *trial) func() {
		traced := trace(x.t, x.s, x.database(), call, "error=EIO")
		return func() { traced.detach(x.t) }
	}
}

func frozenDisk(x *trial) (end func()) {
	x.disk.freeze(x.t)
	return func() { x.disk.thaw(x.t) }
}

// slow is a disk that takes a third of a second for everything. That is no
// reason to send anybody away.
func (x *trial) slow(round int, _ *rand.Rand) {
	const kind = slowKind
	t := x.t
	w, waiting, answered, began := watch(t, x.s), x.told.waiting(), x.told.answered(), time.Now()
	for time.Since(began) < 4*time.Second {
		x.disk.freeze(t)
		time.Sleep(300 * time.Millisecond)
		x.disk.thaw(t)
		time.Sleep(30 * time.Millisecond)
		if status, body := readiness(x.s); status != http.StatusOK {
			t.Errorf("%s: /readyz answers %d %s", kind, status, body)
		}
	}
	w.sayStatus(t, "slowly")
	w.waitFor(t, "slowly", backIn)
	if code, at := w.sentAway(); !at.IsZero() {
		t.Errorf("%s: the connection ended with %d", kind, code)
	}
	if x.told.answered() == answered {
		t.Errorf("%s: nothing was answered", kind)
	}
	w.leave()
	x.tally(kind, true, waiting)
	x.compareStopped(kind, round)
}

// breakDown is a file system that found an error in itself: the kernel lets
// nobody write any more. The server stops when it is told to, the operator
// repairs, and it starts again.
func (x *trial) breakDown(round int, _ *rand.Rand) {
	const kind = brokenKind
	t := x.t
	w, logFrom, waiting, began := watch(t, x.s), x.s.logEnd(), x.told.waiting(), time.Now()
	// An fsync that is under way at that very instant is answered with success
	// by the kernel and not done, which nobody can know: so none is.
	x.s.signal(syscall.SIGSTOP)
	time.Sleep(100 * time.Millisecond)
	x.disk.breakDown(t)
	x.s.signal(syscall.SIGCONT)
	x.noticed(kind, "the disk or the rights on the data folder failed", logFrom)
	answered := x.told.answered()
	x.serves(kind)
	x.s.signal(syscall.SIGTERM)
	if !x.s.diesWithin(40 * time.Second) {
		t.Errorf("%s: the server did not stop in 40 s", kind)
	}
	x.s.kill()
	if n := x.told.answered() - answered; n != 0 {
		t.Errorf("%s: %d messages were answered while nothing could be stored", kind, n)
	}
	w.leave()
	x.s.start(t)
	if !x.s.diesWithin(10 * time.Second) {
		t.Errorf("%s: the server starts on a disk that it cannot write", kind)
	}
	if log := x.s.logged(logFrom); !strings.Contains(log, "the data folder "+x.s.data+" cannot be used") || !strings.Contains(log, "read-only file system") {
		t.Errorf("%s: the start does not say why it fails", kind)
	}
	x.s.kill()
	x.disk.repair(t)
	x.startAndWait(kind)
	x.resumed(kind, true, logFrom, answered)
	x.tally(kind, true, waiting)
	x.report.add(kind, func(t *tally) { t.away = append(t.away, time.Since(began)) })
	x.compareStopped(kind, round)
}
