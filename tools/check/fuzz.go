package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// fuzzTime is how long all targets are fuzzed together.
	fuzzTime = time.Minute
	// leastFuzzTime is what a target gets when others took longer than their
	// share to begin.
	leastFuzzTime = time.Second
	// fuzzTimeVariable sets another time than fuzzTime, and fuzzWordVariable
	// picks targets by a part of their name or folder.
	fuzzTimeVariable = "CHARGEYARD_FUZZ_TIME"
	fuzzWordVariable = "CHARGEYARD_FUZZ_TARGET"
)

// A fuzzTarget is a fuzz test of a package.
type fuzzTarget struct{ folder, name string }

// String is how it shows: the package without internal, and the test.
func (f fuzzTarget) String() string {
	return strings.TrimPrefix(filepath.ToSlash(f.folder), "internal/") + " " + f.name
}

// fuzz runs every fuzz target of the main module, all in fuzzTime. Each package
// is compiled once; its targets run from that.
func fuzz(ctx context.Context, b *bench) (tally, error) {
	whole, err := fuzzDuration()
	if err != nil {
		return tally{}, err
	}
	targets, err := fuzzTargets(b.root)
	if err != nil {
		return tally{}, err
	}
	binaries := map[string]string{}
	for _, target := range targets {
		if binaries[target.folder] == "" {
			if binaries[target.folder], err = b.fuzzBinary(ctx, target.folder); err != nil {
				return tally{}, err
			}
		}
	}
	var t tally
	end := time.Now().Add(whole)
	for i, target := range targets {
		share := max(leastFuzzTime, time.Until(end)/time.Duration(len(targets)-i))
		if err := b.fuzzOne(ctx, target, binaries[target.folder], share); err != nil {
			t.failed++
			continue
		}
		t.passed++
	}
	return t, ctx.Err()
}

// fuzzDuration is how long all targets are fuzzed together.
func fuzzDuration() (time.Duration, error) {
	text := os.Getenv(fuzzTimeVariable)
	if text == "" {
		return fuzzTime, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s=%q is no duration; write it like 10m", fuzzTimeVariable, text)
	}
	return d, nil
}

var fuzzFunction = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// fuzzTargets finds every fuzz target, those of one package together.
func fuzzTargets(root string) ([]fuzzTarget, error) {
	var targets []fuzzTarget
	err := eachTestFunction(root, fuzzFunction, func(folder, name string) { targets = append(targets, fuzzTarget{folder, name}) })
	if word := os.Getenv(fuzzWordVariable); word != "" {
		targets = slices.DeleteFunc(targets, func(t fuzzTarget) bool { return !strings.Contains(t.String(), word) })
	}
	if err == nil && len(targets) == 0 {
		err = fmt.Errorf("no fuzz target was found")
	}
	return targets, err
}

// fuzzBinary compiles the tests of a package the way that fuzzing needs them.
func (b *bench) fuzzBinary(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(b.folder, "fuzz-"+strings.ReplaceAll(filepath.ToSlash(folder), "/", "-"))
	return binary, b.command(ctx, ".", "go", "test", "-vet=off", "-fuzz=.", "-c", "-o", binary, "./"+filepath.ToSlash(folder)).Run()
}

// fuzzOne fuzzes one target and shows what it printed when it failed. What it
// found is a file in testdata/fuzz of its package. What makes new ground is
// kept in the build cache for the next time, as "go test" does.
func (b *bench) fuzzOne(ctx context.Context, target fuzzTarget, binary string, share time.Duration) error {
	corpus, err := fuzzCorpus(target)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd := b.command(ctx, target.folder, binary, "-test.run=^$", "-test.fuzz=^"+target.name+"$",
		"-test.fuzztime="+share.Round(time.Millisecond).String(), "-test.fuzzcachedir="+corpus)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && !endedByTheClock(out.Bytes()) {
		fmt.Printf("--- FAIL: %s\n%s\n", target, out.String())
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	told := []byte("the corpus")
	for _, line := range slices.Backward(lines) {
		if bytes.Contains(line, []byte("execs:")) {
			told = bytes.TrimPrefix(line, []byte("fuzz: "))
			break
		}
	}
	fmt.Printf("ok    %s: %s\n", target, told)
	return nil
}

// fuzzCorpus is the folder in which "go test -fuzz" keeps what makes new ground.
func fuzzCorpus(target fuzzTarget) (string, error) {
	cache, err := goEnv("GOCACHE")
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "fuzz", "github.com", "chargeyard", "chargeyard", target.folder), nil
}

var fuzzFailure = regexp.MustCompile(`(?m)^--- FAIL: .*\n\s+(.*)\n`)

// endedByTheClock reports whether a target failed with nothing but the end of
// its time, which Go before 1.27 now and then takes for a failure
// (go.dev/issue/75804). What a target finds is always written to a file.
func endedByTheClock(output []byte) bool {
	m := fuzzFailure.FindSubmatch(output)
	return m != nil && string(m[1]) == "context deadline exceeded" && !bytes.Contains(output, []byte("Failing input"))
}
