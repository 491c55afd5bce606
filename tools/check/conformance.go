package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
)

var conformanceLine = regexp.MustCompile(`OCPP \S+: \d+ cases: \d+ covered, \d+ not applicable, \d+ open`)

// conformance tells how many of the official test cases are covered. The cases
// themselves are tests, played by then; here the page
// that lists them is held against them once more.
func conformance(ctx context.Context, b *bench) (tally, error) {
	var out bytes.Buffer
	cmd := b.command(ctx, ".", "go", "test", "-vet=off", "-count=1", "-v", "-run=^TestThePageIsTheListOfCases$", "./internal/conformance")
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	lines := conformanceLine.FindAll(out.Bytes(), -1)
	for _, line := range lines {
		fmt.Printf("%s\n", line)
	}
	if err != nil {
		os.Stdout.Write(out.Bytes())
		return tally{}, err
	}
	if len(lines) == 0 {
		return tally{}, errors.New("the counts of cases were not found")
	}
	return tally{}, nil
}
