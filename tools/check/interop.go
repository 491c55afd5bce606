package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

var nodeCount = regexp.MustCompile(`(?m)^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)\s*$`)

// interop drives the built server with the OCPP clients of interop/.
func interop(ctx context.Context, b *bench) (tally, error) {
	files, err := filepath.Glob(filepath.Join(b.root, "interop", "test", "*.test.js"))
	if err != nil {
		return tally{}, err
	}
	var out bytes.Buffer
	cmd := b.command(ctx, "interop", "node", append([]string{"--test", "--test-concurrency=2", "--test-reporter=spec"}, files...)...)
	listening, err := b.recordingTo()
	if err != nil {
		return tally{}, err
	}
	said, err := b.record()
	if err != nil {
		return tally{}, err
	}
	defer said.Close()
	cmd.Env = append(append(os.Environ(), "CHARGEYARD_BINARY="+b.binary), listening...)
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
