package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// A testEvent is a line of go test -json; see "go doc test2json".
type testEvent struct {
	Action      string
	Package     string
	ImportPath  string // of a build event
	Test        string // "" for what happens to a package
	FailedBuild string // the build for whose failure a package failed
	Elapsed     float64
	Output      string
}

// A testReader counts the tests of go test -json. It prints one line a package
// and the whole output of what failed. A skipped test counts as failed, and a
// package that fails outside its tests, as one that does not compile does,
// counts as one failure.
type testReader struct {
	w      io.Writer
	all    io.Writer // takes the output of every test; nil for nobody
	tally  tally
	output map[string]*bytes.Buffer // kept until a test, package or build ends
	failed map[string]int           // failures a package
}

func newTestReader(w io.Writer) *testReader {
	return &testReader{w: w, output: map[string]*bytes.Buffer{}, failed: map[string]int{}}
}

func (r *testReader) read(events io.Reader) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e testEvent
		if !bytes.HasPrefix(lines.Bytes(), []byte("{")) || json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(r.w, lines.Text())
			continue
		}
		r.take(e)
	}
	return lines.Err()
}

func (r *testReader) take(e testEvent) {
	key := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if r.output[key] == nil {
			r.output[key] = &bytes.Buffer{}
		}
		r.output[key].WriteString(e.Output)
		if r.all != nil {
			io.WriteString(r.all, e.Output)
		}
		return
	case "pass":
		if e.Test == "" {
			fmt.Fprintf(r.w, "ok    %7.1fs  %s\n", e.Elapsed, e.Package)
		} else {
			r.tally.passed++
		}
	case "build-fail":
		r.fail(e, "BUILD FAILED")
	case "fail":
		// A package fails with its tests or with its build, which were counted.
		if e.Test != "" || r.failed[e.Package] == 0 && e.FailedBuild == "" {
			r.fail(e, "FAILED")
		}
		if e.Test == "" {
			fmt.Fprintf(r.w, "FAIL  %7.1fs  %s\n", e.Elapsed, e.Package)
		}
	case "skip":
		if e.Test != "" { // else a package without tests
			r.fail(e, "SKIPPED, which counts as failed")
		}
	default:
		return
	}
	delete(r.output, key)
}

func (r *testReader) fail(e testEvent, how string) {
	r.tally.failed++
	r.failed[e.Package]++
	fmt.Fprintf(r.w, "--- %s: %s %s\n", how, e.Package+e.ImportPath, e.Test)
	if text := r.output[e.Package+e.ImportPath+" "+e.Test]; text != nil {
		r.w.Write(text.Bytes())
	}
}
