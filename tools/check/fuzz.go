package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// fuzzTime is how long each target is fuzzed.
const fuzzTime = "3s"

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// fuzz finds every fuzz target of the main module and runs each for a moment.
func fuzz(ctx context.Context, b *bench) (tally, error) {
	var t tally
	err := filepath.WalkDir(filepath.Join(b.root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !bytes.HasSuffix([]byte(path), []byte("_test.go")) {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(b.root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, m := range fuzzTarget.FindAllSubmatch(source, -1) {
			if err := b.fuzzOne(ctx, folder, string(m[1])); err != nil {
				t.failed++
				continue
			}
			t.passed++
		}
		return nil
	})
	if err == nil && t.passed+t.failed == 0 {
		err = fmt.Errorf("no fuzz target was found")
	}
	return t, err
}

// fuzzOne fuzzes one target and shows what it printed when it failed.
func (b *bench) fuzzOne(ctx context.Context, folder, target string) error {
	var out bytes.Buffer
	cmd := b.command(ctx, ".", "go", "test", "-vet=off", "-run=^$", "-fuzz=^"+target+"$", "-fuzztime="+fuzzTime, "./"+folder)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && !endedByTheClock(out.Bytes()) {
		fmt.Printf("--- FAIL: %s %s\n%s\n", folder, target, out.String())
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	for _, line := range lines[max(0, len(lines)-3):] {
		if bytes.Contains(line, []byte("execs:")) {
			fmt.Printf("ok    %s %s: %s\n", folder, target, bytes.TrimPrefix(line, []byte("fuzz: ")))
			break
		}
	}
	return nil
}

var fuzzFailure = regexp.MustCompile(`(?m)^--- FAIL: .*\n\s+(.*)\n`)

// endedByTheClock reports whether a target failed with nothing but the end of
// its time, which Go before 1.27 now and then takes for a failure
// (go.dev/issue/75804). What a target finds is always written to a file.
func endedByTheClock(output []byte) bool {
	m := fuzzFailure.FindSubmatch(output)
	return m != nil && string(m[1]) == "context deadline exceeded" && !bytes.Contains(output, []byte("Failing input"))
}
