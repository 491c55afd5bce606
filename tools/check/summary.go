package main

import (
	"context"
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
	name  string
	tally tally
	took  time.Duration
	err   error
}

// run runs a part, notes the outcome and reports whether it passed.
func (s *summary) run(ctx context.Context, b *bench, p part) bool {
	fmt.Printf("\n=== %s\n", p.name)
	began := time.Now()
	t, err := p.run(ctx, b)
	if err == nil && t.failed > 0 {
		err = fmt.Errorf("%d failed", t.failed)
	}
	if err != nil {
		fmt.Printf("FAILED: %s: %v\n", p.name, err)
		t.failed = max(t.failed, 1)
	} else if t.passed == 0 {
		t.passed = 1
	}
	s.rows = append(s.rows, row{p.name, t, time.Since(began), err})
	s.total.passed += t.passed
	s.total.failed += t.failed
	return err == nil
}

// print writes the table and, alone on the last line, the counts.
func (s *summary) print(w io.Writer) {
	width := len("part")
	for _, r := range s.rows {
		width = max(width, len(r.name))
	}
	fmt.Fprintf(w, "\n%-*s  %8s  %7s  %s\n", width, "part", "time", "passed", "result")
	for _, r := range s.rows {
		result := "ok"
		if r.err != nil {
			result = "FAILED: " + strings.SplitN(r.err.Error(), "\n", 2)[0]
		}
		fmt.Fprintf(w, "%-*s  %7.1fs  %7d  %s\n", width, r.name, r.took.Seconds(), r.tally.passed, result)
	}
	fmt.Fprintf(w, "%-*s  %7.1fs\n\n", width, "together", time.Since(s.began).Seconds())
	fmt.Fprintf(w, "%d passed, %d failed\n", s.total.passed, s.total.failed)
}
