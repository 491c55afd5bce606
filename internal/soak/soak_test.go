package soak

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// timeVariable sets how long the soak is.
const timeVariable = "CHARGEYARD_SOAK_TIME"

// longEnough is from when on growth is judged: a shorter run is all warm-up, and
// sees only that there is a load and nothing is out of bounds.
const longEnough = 2 * time.Minute

// rows is how many samples a run has.
const rows = 60

const mib = 1 << 20

func inMiB(v float64) string { return fmt.Sprintf("%.1f MiB", v/mib) }

func plain(v float64) string { return fmt.Sprintf("%.0f", v) }

// What may grow, and by how much an hour: nothing should; what is allowed is
// what a day of it would still be harmless. The slack of memory is the raw
// messages that wait in it, up to 4 MiB, until they are compressed.
var (
	residentLimit    = limit{"resident memory", 24 * mib, 16 * mib, inMiB}
	heapLimit        = limit{"the live heap", 12 * mib, 8 * mib, inMiB}
	goroutinesLimit  = limit{"the number of goroutines", 12, 12, plain}
	descriptorsLimit = limit{"the number of descriptors", 12, 12, plain}
)

func TestSoak(t *testing.T) {
	whole := duration(t)
	y := start(t)
	began := time.Now()
	var samples []sample
	for len(samples) < rows {
		time.Sleep(time.Until(began.Add(whole * time.Duration(len(samples)+1) / rows)))
		s, err := y.take(began)
		if err != nil {
			t.Fatal(err)
		}
		if samples = append(samples, s); len(samples)%(rows/6) == 0 {
			t.Logf("%6s  %s resident, %s heap, %.0f goroutines, %.0f descriptors, %.0f chargers; %.0f messages, %s database, %s journal, %s raw messages",
				s.at.Round(time.Second), inMiB(s.resident), inMiB(s.heap), s.goroutines, s.descriptors, s.connects, s.messages, inMiB(s.database), inMiB(s.journal), inMiB(s.raw))
		}
	}
	if whole >= longEnough {
		judgeUse(t, samples)
	}
	judgeBounds(t, samples[rows-1])
	judgeFiles(t, samples)
	y.cancel()
	y.polling.Wait()
	if last := samples[rows-1]; last.messages < 100 || last.connects < chargers/3 {
		t.Errorf("there was no load: %.0f messages, %.0f chargers", last.messages, last.connects)
	}
	t.Logf("polls by status: %v", y.polls)
	for status, n := range y.polls {
		if status >= 500 || status < 0 {
			t.Errorf("%d polls were answered %d", n, status)
		}
	}
}

func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv(timeVariable)
	if text == "" {
		return 20 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 5*time.Second {
		t.Fatalf("%s=%q is no duration of 5 s or more; write it like 10m", timeVariable, text)
	}
	return d
}

// judgeUse prints the table of what is used, and fails for what grows.
func judgeUse(t *testing.T, samples []sample) {
	t.Helper()
	var at []time.Duration
	for _, s := range samples {
		at = append(at, s.at)
	}
	table := new(strings.Builder)
	fmt.Fprintf(table, "%-26s %12s %12s %14s %14s\n", "", "from", "to", "an hour", "limit")
	row := func(l limit, of func(sample) float64) {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = of(s)
		}
		v := l.judge(at, values)
		fmt.Fprintf(table, "%-26s %12s %12s %14s %14s\n", l.name, l.show(v.from), l.show(v.to), l.show(v.perHour), l.show(l.perHour))
		if v.wrong != "" {
			t.Error(v.wrong)
		}
	}
	row(residentLimit, func(s sample) float64 { return s.resident })
	row(heapLimit, func(s sample) float64 { return s.heap })
	row(goroutinesLimit, func(s sample) float64 { return s.goroutines })
	row(descriptorsLimit, func(s sample) float64 { return s.descriptors })
	t.Logf("fitted after a warm-up of %.0f %%:\n%s", warmUp*100, table)
}

// judgeBounds fails for what a server with that many chargers never has.
func judgeBounds(t *testing.T, s sample) {
	t.Helper()
	if most := s.connects + 100; s.descriptors > most {
		t.Errorf("%.0f descriptors are open for %.0f chargers", s.descriptors, s.connects)
	}
	if most := 3*s.connects + 150; s.goroutines > most {
		t.Errorf("%.0f goroutines run for %.0f chargers", s.goroutines, s.connects)
	}
	// The write-ahead log is begun anew at 125 MiB, when nobody reads from it.
	if s.journal > 192*mib {
		t.Errorf("the write-ahead log takes %s", inMiB(s.journal))
	}
	if s.resident > 512*mib {
		t.Errorf("%s are resident", inMiB(s.resident))
	}
}

const (
	// maxPerMessage bounds what a message takes in the database.
	maxPerMessage = 2048
	// maxRise is by how much more a message may take at the end than before.
	maxRise = 1.5
	// rawSlack is what the log of raw messages may take beyond what it is
	// allowed: the newest, which wait to be compressed, and a segment.
	rawSlack = 6 * mib
)

// judgeFiles fails when a message takes more and more room, or raw messages
// are not given up.
func judgeFiles(t *testing.T, samples []sample) {
	t.Helper()
	perMessage := func(part []sample) float64 {
		var x, y []float64
		for _, s := range part {
			x, y = append(x, s.messages), append(y, s.database)
		}
		return fit(x, y).slope
	}
	judged := samples[int(warmUp*float64(len(samples))):]
	half := len(judged) / 2
	before, after := perMessage(judged[:half]), perMessage(judged[half:])
	last := samples[len(samples)-1]
	t.Logf("the database takes %.0f bytes a message in the first half, %.0f in the second; %s in all for %.0f messages; raw messages take %s of %d MiB",
		before, after, inMiB(last.database), last.messages, inMiB(last.raw), maxMessages)
	if after > maxPerMessage {
		t.Errorf("a message takes %.0f bytes of the database, more than %d", after, maxPerMessage)
	}
	// The file grows by steps: in a short run, halves cannot be compared.
	if last.at > 5*time.Minute && after > before*maxRise {
		t.Errorf("a message takes %.0f bytes of the database, %.1f times what it took before", after, after/before)
	}
	if last.raw > maxMessages*mib+rawSlack {
		t.Errorf("raw messages take %s", inMiB(last.raw))
	}
}
