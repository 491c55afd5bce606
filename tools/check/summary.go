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
	budget time.Duration // 0 for none
	result string        // "ok", or what is wrong
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
	s.rows = append(s.rows, row{p.name, t, time.Since(began), p.budget, result})
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
	var budget time.Duration
	fmt.Fprintf(w, "\n%-*s  %8s  %7s  %7s  %s\n", width, "part", "time", "budget", "passed", "result")
	for _, r := range s.rows {
		budget += r.budget
		fmt.Fprintf(w, "%-*s  %7.1fs  %7s  %7d  %s%s\n", width, r.name, r.took.Seconds(), inSeconds(r.budget), r.tally.passed, r.result, r.over())
	}
	fmt.Fprintf(w, "%-*s  %7.1fs  %7s\n\n", width, "together", time.Since(s.began).Seconds(), inSeconds(budget))
	fmt.Fprintf(w, "%d passed, %d failed\n", s.total.passed, s.total.failed)
}

// over says that the part took longer than it may; "" when it did not.
func (r *row) over() string {
	if r.budget == 0 || r.took <= r.budget {
		return ""
	}
	return ", over its budget"
}

// inSeconds is a budget in the table.
func inSeconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0fs", d.Seconds())
}
