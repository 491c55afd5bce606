package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// crashRounds is how many faults the crash test of "make test" injects: each
// way to kill the server once, and most of what disks and clocks do.
const crashRounds = "20"

// The tests of every room run under the race detector, and not once more without
// it, but for these. Those that only compute, play one charger after another or
// start the program as a process would take five times as long under it and show
// nothing.
var (
	plainRooms = []string{"cmd/chargeyard", "internal/conformance", "internal/ocpp/ocpptest", "internal/statefuzz", "internal/soak",
		"internal/securitytest"}
	// The random sequences of fleet are fewer under the race detector.
	twiceRooms = []string{"internal/fleet"}
	// The crash test and that of bad networks are parts of their own.
	ownParts = []string{"internal/crashtest", "internal/nettest"}
)

// plainTests runs the tests of the rooms that are not watched, and of this module.
func plainTests(ctx context.Context, b *bench) (tally, error) {
	rooms := slices.Concat(plainRooms, twiceRooms)
	for i, room := range rooms {
		rooms[i] = "./" + room
	}
	t, err := b.listenedTest(ctx, rooms...)
	if err != nil {
		return t, err
	}
	own, err := b.goTest(ctx, "tools", nil, "./...")
	return tally{t.passed + own.passed, t.failed + own.failed}, err
}

// raceTests runs the tests of all other rooms under the race detector.
func raceTests(ctx context.Context, b *bench) (tally, error) {
	packages, err := b.packages(ctx)
	if err != nil {
		return tally{}, err
	}
	packages = slices.DeleteFunc(packages, func(p string) bool {
		return isRoom(p, plainRooms) || isRoom(p, ownParts)
	})
	// SQLite was translated from C: it shares nothing with Go but through calls that
	// are watched, and watching every step of it takes three times as long. No other
	// package is left out: those that hold instances of generic code would take the
	// watch from everybody who shares them, sync.Map among them. The check of
	// pointers that comes with the race detector is left out likewise. Three
	// packages at a time, because their tests also wait.
	flags := []string{"-race", "-p=3", "-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0", "-gcflags=modernc.org/libc=-d=checkptr=0"}
	return b.listenedTest(ctx, append(flags, packages...)...)
}

// isRoom tells whether a package is one of the rooms.
func isRoom(pkg string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool { return strings.HasSuffix(pkg, "/"+room) })
}

func crash(ctx context.Context, b *bench) (tally, error) {
	return b.goTest(ctx, ".", []string{"CHARGEYARD_CRASH_ROUNDS=" + crashRounds}, "-v", "-count=1", "-parallel=4", "./internal/crashtest/...")
}

// netTest is one round of bad networks and a storm of 2,000 chargers.
func netTest(ctx context.Context, b *bench) (tally, error) {
	return b.goTest(ctx, ".", []string{"CHARGEYARD_NET_ROUNDS=1"}, "-v", "-count=1", "./internal/nettest/...")
}

var (
	benchmarkFunction = regexp.MustCompile(`(?m)^func (Benchmark\w+)\(`)
	benchmarkLine     = regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\t`)
)

// benchmarks runs each benchmark once, so that none rots; "make bench" measures.
func benchmarks(ctx context.Context, b *bench) (tally, error) {
	var rooms []string
	err := eachTestFunction(b.root, benchmarkFunction, func(folder, _ string) {
		if room := "./" + filepath.ToSlash(folder); !slices.Contains(rooms, room) {
			rooms = append(rooms, room)
		}
	})
	if err != nil {
		return tally{}, err
	}
	// The go command runs the benchmarks of one room at a time, so that they can be
	// compared. These are not: two commands use both processors.
	const halves = 2
	var (
		wait   sync.WaitGroup
		out    [halves]bytes.Buffer
		failed [halves]error
		all    tally
	)
	for half := range halves {
		args := []string{"test", "-vet=off", "-run=^$", "-bench=.", "-benchtime=1x", "-timeout=20m"}
		for i := half; i < len(rooms); i += halves {
			args = append(args, rooms[i])
		}
		wait.Go(func() {
			cmd := b.command(ctx, ".", "go", args...)
			cmd.Stdout, cmd.Stderr = &out[half], &out[half]
			failed[half] = cmd.Run()
		})
	}
	wait.Wait()
	for half := range halves {
		if failed[half] != nil {
			fmt.Println(out[half].String())
		}
		all.passed += len(benchmarkLine.FindAll(out[half].Bytes(), -1))
	}
	return all, errors.Join(failed[:]...)
}

// eachTestFunction finds functions in the tests of the main module's rooms, those
// of one folder together. The first group of the expression is the name.
func eachTestFunction(root string, function *regexp.Regexp, found func(folder, name string)) error {
	return filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, m := range function.FindAllSubmatch(source, -1) {
			found(folder, string(m[1]))
		}
		return err
	})
}

// packages lists the packages of the main module.
func (b *bench) packages(ctx context.Context) ([]string, error) {
	cmd := b.command(ctx, ".", "go", "list", "./...")
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// listenedTest runs tests of the main module whose servers write their logs, for
// the search for secrets at the end.
func (b *bench) listenedTest(ctx context.Context, args ...string) (tally, error) {
	listening, err := b.recordingTo()
	if err != nil {
		return tally{}, err
	}
	return b.goTest(ctx, ".", listening[:1], args...)
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
