package crashtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A tally is what came of all faults of one kind.
type tally struct {
	kind     string
	injected int // and took effect
	missed   int // the server never came to that point
	answered int // messages, since the fault before
	waiting  int // messages without an answer when the fault came: nobody may know of these
	lost     int
	doubled  int
	away     []time.Duration // from the fault until the server was ready again
}

// A report collects what the faults of a run did.
type report struct {
	mu      sync.Mutex
	tallies map[string]*tally
}

func (r *report) add(kind string, change func(*tally)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tallies == nil {
		r.tallies = make(map[string]*tally)
	}
	if r.tallies[kind] == nil {
		r.tallies[kind] = &tally{kind: kind}
	}
	change(r.tallies[kind])
}

// compared adds what a comparison found, and fails the test with the first of it.
func (r *report) compared(t *testing.T, kind string, round int, found *losses) {
	t.Helper()
	r.add(kind, func(t *tally) {
		t.lost += found.lost()
		t.doubled += found.doubled
	})
	for i, loss := range found.all {
		if i == 10 {
			t.Errorf("round %d, %s: and %d more", round, kind, len(found.all)-i)
			break
		}
		t.Errorf("round %d, %s: %s", round, kind, loss)
	}
}

// print writes the report, and fails the test when a kind of fault never took
// effect.
func (r *report) print(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	rows := make([]*tally, 0, len(r.tallies))
	for _, row := range r.tallies {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b *tally) int { return cmp.Compare(a.kind, b.kind) })
	text := new(strings.Builder)
	format := "%-52s %8s %7s %9s %8s %5s %8s %9s %9s\n"
	fmt.Fprintf(text, format, "fault", "injected", "missed", "answered", "unknown", "lost", "doubled", "away", "at most")
	total := tally{kind: "all"}
	for _, row := range rows {
		row.write(text, format)
		total.injected += row.injected
		total.missed += row.missed
		total.answered += row.answered
		total.waiting += row.waiting
		total.lost += row.lost
		total.doubled += row.doubled
		total.away = append(total.away, row.away...)
		if row.injected == 0 {
			t.Errorf("%s: never took effect", row.kind)
		}
	}
	total.write(text, format)
	t.Logf("what the faults did; messages without an answer are unknown and are sent again:\n%s", text)
}

func (t *tally) write(to *strings.Builder, format string) {
	mean, most := time.Duration(0), time.Duration(0)
	for _, d := range t.away {
		mean += d / time.Duration(len(t.away))
		most = max(most, d)
	}
	n := func(n int) string { return fmt.Sprint(n) }
	fmt.Fprintf(to, format, t.kind, n(t.injected), n(t.missed), n(t.answered), n(t.waiting), n(t.lost), n(t.doubled),
		mean.Round(time.Millisecond), most.Round(time.Millisecond))
}
