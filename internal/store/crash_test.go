package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// crashFolder tells the test binary that it is the child that will be killed.
const crashFolder = "CHARGEYARD_TEST_CRASH_FOLDER"

// crashBatch is how many records the child stores at once.
const crashBatch = 7

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashFolder); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeUntilKilled stores batches and, after each, writes the id of its last
// record to standard output, until it is killed.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	for {
		first, err := s.ReserveIDs(ctx, charging.IDRecord, crashBatch, 0)
		if err != nil {
			return err
		}
		b := new(charging.Batch)
		for id := first; id < first+crashBatch; id++ {
			b.Records = append(b.Records, metersRecord(id, 1, int(id%2)+1))
		}
		b.Sessions = append(b.Sessions, openSession(first, 1, 1))
		if err := s.Commit(ctx, b); err != nil {
			return err
		}
		if _, err := fmt.Println(b.LastID()); err != nil {
			return err
		}
	}
}

// TestKilledProcessLosesNothingThatWasCommitted kills a writing process with
// -9 at random instants and looks at what it left.
func TestKilledProcessLosesNothingThatWasCommitted(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	batches := int64(0)
	for round := range 5 {
		acknowledged := runAndKill(t, dir, time.Duration(random.IntN(150))*time.Millisecond)
		batches = checkAfterCrash(t, dir, acknowledged, batches)
		t.Logf("round %d: %d batches in all, up to record %d acknowledged", round, batches, acknowledged)
	}
}

// runAndKill lets a child write for a while after its first commit, kills it,
// and returns the last record that it saw committed.
func runAndKill(t *testing.T, dir string, after time.Duration) (acknowledged int64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashFolder+"="+dir)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait() // it ends by the signal
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if acknowledged == 0 {
			time.AfterFunc(after, func() { child.Process.Kill() })
		}
		if acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if acknowledged == 0 {
		t.Fatal("the child committed nothing")
	}
	return acknowledged
}

// checkAfterCrash opens what the child left and returns how many batches are
// in it.
func checkAfterCrash(t *testing.T, dir string, acknowledged, before int64) (batches int64) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stored, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := s.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if stored.LastRecord < acknowledged {
		t.Errorf("record %d was acknowledged, and the newest is %d", acknowledged, stored.LastRecord)
	}
	if stats.Records%crashBatch != 0 || stats.Records/crashBatch != stats.Sessions || stats.Sessions <= before {
		t.Errorf("%d records and %d sessions after %d are not whole batches", stats.Records, stats.Sessions, before)
	}
	for _, port := range stored.Chargers[0].Ports {
		want := stored.LastRecord
		if int(want%2)+1 != port.Number {
			want--
		}
		if got := int64(port.Session.Energy) / 1000; got != want {
			t.Errorf("port %d shows record %d, want %d", port.Number, got, want)
		}
	}
	if first, err := s.ReserveIDs(ctx, charging.IDRecord, 1, 0); err != nil || first <= stored.LastRecord {
		t.Errorf("the next id is %d, %v, and the newest record %d", first, err, stored.LastRecord)
	}
	if problems, err := s.Integrity(ctx, true); err != nil || problems != nil {
		t.Errorf("integrity: %v, %v", problems, err)
	}
	return stats.Sessions
}
