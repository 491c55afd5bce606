package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

var nodeCount = regexp.MustCompile(`(?m)^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)\s*$`)

// interop drives the built server with the OCPP clients of interop/.
func interop(ctx context.Context, b *bench) (tally, error) {
	files, err := filepath.Glob(filepath.Join(b.root, "interop", "test", "*.test.js"))
	if err != nil {
		return tally{}, err
	}
	return b.nodeTests(ctx, "interop", append([]string{"--test-concurrency=2"}, files...))
}

// nodeTests runs files with Node's test runner, against the built program.
func (b *bench) nodeTests(ctx context.Context, folder string, args []string, env ...string) (tally, error) {
	var out bytes.Buffer
	cmd := b.command(ctx, folder, "node", append([]string{"--test", "--test-reporter=spec"}, args...)...)
	listening, err := b.recordingTo()
	if err != nil {
		return tally{}, err
	}
	said, err := b.record()
	if err != nil {
		return tally{}, err
	}
	defer said.Close()
	cmd.Env = slices.Concat(os.Environ(), listening, env, []string{"CHARGEYARD_BINARY=" + b.binary})
	cmd.Stdout = io.MultiWriter(os.Stdout, said, &out)
	runErr := cmd.Run()
	t, err := nodeTally(out.Bytes())
	if err == nil && t.failed == 0 {
		err = runErr
	}
	return t, err
}

// nodeTally reads the closing summary of Node's test runner. What was skipped,
// cancelled or put off counts as failed.
func nodeTally(output []byte) (tally, error) {
	var t tally
	counts := nodeCount.FindAllSubmatch(output, -1)
	for _, m := range counts {
		n, err := strconv.Atoi(string(m[2]))
		if err != nil {
			return t, err
		}
		if string(m[1]) == "pass" {
			t.passed += n
		} else {
			t.failed += n
		}
	}
	if len(counts) != 5 {
		return t, fmt.Errorf("the summary of node --test was not understood: %d counts", len(counts))
	}
	return t, nil
}
