package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// crashRounds is how many faults the crash test of "make test" injects: each
// way to kill the server once, and most of what disks and clocks do.
const crashRounds = "20"

// goTests runs every test of both modules; the crash test and that of bad
// networks have their own parts.
func goTests(ctx context.Context, b *bench) (tally, error) {
	packages, err := b.packages(ctx)
	if err != nil {
		return tally{}, err
	}
	listening, err := b.recordingTo()
	if err != nil {
		return tally{}, err
	}
	t, err := b.goTest(ctx, ".", listening[:1], packages...)
	if err != nil {
		return t, err
	}
	own, err := b.goTest(ctx, "tools", nil, "./...")
	return tally{t.passed + own.passed, t.failed + own.failed}, err
}

// raceTests runs the tests of every room once more under the race detector,
// but for those that only compute, long and one thing after another, or run the
// program as a process.
func raceTests(ctx context.Context, b *bench) (tally, error) {
	packages, err := b.packages(ctx)
	if err != nil {
		return tally{}, err
	}
	packages = slices.DeleteFunc(packages, func(p string) bool {
		_, room, _ := strings.Cut(p, "/internal/")
		return slices.Contains([]string{"ocpp/ocpptest", "statefuzz", "soak"}, room)
	})
	// SQLite was translated from C: it shares nothing with Go but through calls that
	// are watched, and watching every step of it takes three times as long. No other
	// package is left out: those that hold instances of generic code would take the
	// watch from everybody who shares them, sync.Map among them.
	flags := []string{"-race", "-gcflags=modernc.org/sqlite/lib=-race=false"}
	return b.goTest(ctx, ".", nil, append(flags, packages...)...)
}

func crash(ctx context.Context, b *bench) (tally, error) {
	return b.goTest(ctx, ".", []string{"CHARGEYARD_CRASH_ROUNDS=" + crashRounds}, "-v", "-count=1", "-parallel=4", "./internal/crashtest/...")
}

// netTest is one round of bad networks and a storm of 2,000 chargers.
func netTest(ctx context.Context, b *bench) (tally, error) {
	return b.goTest(ctx, ".", []string{"CHARGEYARD_NET_ROUNDS=1"}, "-v", "-count=1", "./internal/nettest/...")
}

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\t`)

// benchmarks runs each benchmark once, so that none rots; "make bench" measures.
func benchmarks(ctx context.Context, b *bench) (tally, error) {
	var out bytes.Buffer
	cmd := b.command(ctx, ".", "go", "test", "-vet=off", "-run=^$", "-bench=.", "-benchtime=1x", "-timeout=20m", "./...")
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil {
		fmt.Println(out.String())
	}
	return tally{passed: len(benchmarkLine.FindAll(out.Bytes(), -1))}, err
}

// packages lists the packages of the main module without the crash test and
// the one of bad networks.
func (b *bench) packages(ctx context.Context) ([]string, error) {
	cmd := b.command(ctx, ".", "go", "list", "./...")
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []string
	for _, p := range strings.Fields(string(out)) {
		if !strings.HasSuffix(p, "/internal/crashtest") && !strings.HasSuffix(p, "/internal/nettest") {
			packages = append(packages, p)
		}
	}
	return packages, nil
}

// goTest runs go test and counts its tests. Vet has its own part.
func (b *bench) goTest(ctx context.Context, module string, env []string, args ...string) (tally, error) {
	cmd := b.command(ctx, module, "go", append([]string{"test", "-json", "-vet=off", "-timeout=20m"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		return tally{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally{}, err
	}
	said, err := b.record()
	if err != nil {
		return tally{}, err
	}
	defer said.Close()
	r := newTestReader(os.Stdout)
	if module == "." {
		r.all = said // the tests of this program itself plant secrets
	}
	readErr := r.read(out)
	t := r.tally
	if err := cmd.Wait(); err != nil && t.failed == 0 {
		return t, err
	}
	return t, readErr
}
