package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A summary keeps what became of each part.
type summary struct {
	began time.Time
	rows  []row
	total tally
}

type row struct {
	name   string
	tally  tally
	took   time.Duration
	result string // "ok", or what is wrong
}

// run runs a part, notes the outcome and reports whether it passed.
func (s *summary) run(ctx context.Context, b *bench, p part) bool {
	fmt.Printf("\n=== %s\n", p.name)
	began := time.Now()
	t, err := p.run(ctx, b)
	if err == nil && t.failed > 0 {
		err = fmt.Errorf("%d failed", t.failed)
	}
	result, passed := "ok", err == nil
	var left notChecked
	switch {
	case errors.As(err, &left):
		result, passed = "NOT CHECKED: "+string(left), true
	case err != nil:
		result, _, _ = strings.Cut("FAILED: "+err.Error(), "\n")
		fmt.Printf("FAILED: %s: %v\n", p.name, err)
		t.failed = max(t.failed, 1)
	default:
		t.passed = max(t.passed, 1)
	}
	s.rows = append(s.rows, row{p.name, t, time.Since(began), result})
	s.total.passed += t.passed
	s.total.failed += t.failed
	return passed
}

// notChecked is the reason why a part had to be left out on this machine; the
// summary says so.
type notChecked string

func (n notChecked) Error() string { return string(n) }

// print writes the table and, alone on the last line, the counts.
func (s *summary) print(w io.Writer) {
	width := len("part")
	for _, r := range s.rows {
		width = max(width, len(r.name))
	}
	fmt.Fprintf(w, "\n%-*s  %8s  %7s  %s\n", width, "part", "time", "passed", "result")
	for _, r := range s.rows {
		fmt.Fprintf(w, "%-*s  %7.1fs  %7d  %s\n", width, r.name, r.took.Seconds(), r.tally.passed, r.result)
	}
	fmt.Fprintf(w, "%-*s  %7.1fs\n\n", width, "together", time.Since(s.began).Seconds())
	fmt.Fprintf(w, "%d passed, %d failed\n", s.total.passed, s.total.failed)
}
