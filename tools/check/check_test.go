package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestGoTestEventsAreCounted(t *testing.T) {
	f := func(name, events string, passed, failed int, shown string) {
		t.Helper()
		var out bytes.Buffer
		r := newTestReader(&out)
		if err := r.read(strings.NewReader(events)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.tally != (tally{passed, failed}) {
			t.Errorf("%s: counted %+v, want %d passed and %d failed", name, r.tally, passed, failed)
		}
		if !strings.Contains(out.String(), shown) {
			t.Errorf("%s: printed %q, want in it %q", name, out.String(), shown)
		}
	}
	f("a package that passes", `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"pass","Package":"p","Elapsed":0.2}`, 1, 0, "ok        0.2s  p")
	f("a test that fails shows its output, and its package is not counted again", `
{"Action":"output","Package":"p","Test":"TestA","Output":"the reason\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p","Elapsed":0.2}`, 0, 1, "the reason")
	f("a skipped test counts as failed", `
{"Action":"output","Package":"p","Test":"TestA","Output":"no database\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}`, 0, 1, "no database")
	f("a package without tests is no skipped test", `
{"Action":"skip","Package":"p"}`, 0, 0, "")
	f("a package that does not compile is one failure", `
{"ImportPath":"p [p.test]","Action":"build-output","Output":"undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL p [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`, 0, 1, "undefined: x")
	f("a package that ends outside its tests is one failure", `
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"panic: goroutine leaked\n"}
{"Action":"fail","Package":"p"}`, 1, 1, "goroutine leaked")
}

func TestNodeSummaryIsCounted(t *testing.T) {
	f := func(output string, want tally, wantErr bool) {
		t.Helper()
		got, err := nodeTally([]byte(output))
		if got != want || (err != nil) != wantErr {
			t.Errorf("nodeTally(%q) = %+v, %v; want %+v, error %v", output, got, err, want, wantErr)
		}
	}
	f("ℹ tests 3\nℹ suites 0\nℹ pass 3\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\n", tally{3, 0}, false)
	f("# tests 3\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n", tally{1, 2}, false)
	f("something else", tally{}, true)
}

func TestOnlyTheEndOfTheTimeIsNoFinding(t *testing.T) {
	f := func(output string, want bool) {
		t.Helper()
		if got := endedByTheClock([]byte(output)); got != want {
			t.Errorf("endedByTheClock(%q) = %v", output, got)
		}
	}
	f("fuzz: elapsed: 5s, execs: 36482\n--- FAIL: FuzzFrames (5.04s)\n    context deadline exceeded\nFAIL\n", true)
	f("--- FAIL: FuzzFrames (0.04s)\n    --- FAIL: FuzzFrames (0.00s)\n        panic: context deadline exceeded\n", false)
	f("--- FAIL: FuzzFrames (1s)\n    context deadline exceeded\n    Failing input written to testdata/fuzz/x\n", false)
	f("FAIL p [build failed]\n", false)
}

func TestSummaryEndsWithTheCountsAloneOnALine(t *testing.T) {
	s := &summary{total: tally{12, 1}}
	var out bytes.Buffer
	s.print(&out)
	if !strings.HasSuffix(out.String(), "\n12 passed, 1 failed\n") {
		t.Errorf("the summary ends with %q", out.String())
	}
}

func TestAPartThatTookLongerThanItsBudgetIsShownAndPasses(t *testing.T) {
	s := &summary{began: time.Now(), rows: []row{
		{name: "slow", tally: tally{1, 0}, took: 3 * time.Second, budget: 2 * time.Second, result: "ok"},
		{name: "quick", tally: tally{1, 0}, took: time.Second, budget: 2 * time.Second, result: "ok"},
	}}
	var out bytes.Buffer
	s.print(&out)
	for _, want := range []string{" 3.0s       2s        1  ok, over its budget\n", " 1.0s       2s        1  ok\n", " 0.0s       4s\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
}

func TestEveryPartHasABudgetAndAllTogetherStayUnderTheWhole(t *testing.T) {
	var all time.Duration
	for _, p := range parts {
		if p.budget <= 0 {
			t.Errorf("%q has no budget", p.name)
		}
		all += p.budget
	}
	if all >= wholeBudget {
		t.Errorf("all budgets together are %v, not under %v", all, wholeBudget)
	}
}

func TestFuzzTargetsAreFoundByTheirName(t *testing.T) {
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	f := func(word, want string) {
		t.Helper()
		t.Setenv(fuzzWordVariable, word)
		targets, err := fuzzTargets(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets {
			if target.String() == want {
				return
			}
		}
		t.Errorf("%q is not among %v", want, targets)
	}
	f("", "ocpp FuzzParseFrame")
	f("v201 FuzzDecode", "ocpp/v201 FuzzDecode")
	t.Setenv(fuzzWordVariable, "FuzzNothing")
	if targets, err := fuzzTargets(root); err == nil {
		t.Errorf("found %v", targets)
	}
}

func TestTheTimeToFuzzMustBeADuration(t *testing.T) {
	f := func(text string, want time.Duration, problem string) {
		t.Helper()
		t.Setenv(fuzzTimeVariable, text)
		got, err := fuzzDuration()
		if got != want || (err == nil) != (problem == "") || err != nil && err.Error() != problem {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	f("", time.Minute, "")
	f("10m", 10*time.Minute, "")
	f("600", 0, `CHARGEYARD_FUZZ_TIME="600" is no duration; write it like 10m`)
	f("-1s", 0, `CHARGEYARD_FUZZ_TIME="-1s" is no duration; write it like 10m`)
}

func TestAPartIsCountedByWhatItTriedAndByWhetherItFailed(t *testing.T) {
	f := func(name string, returned tally, err error, passed bool, want tally, result string) {
		t.Helper()
		s := &summary{}
		got := s.run(t.Context(), nil, part{name: name, run: func(context.Context, *bench) (tally, error) { return returned, err }})
		if got != passed || s.total != want || s.rows[0].result != result {
			t.Errorf("%s: passed %v, counted %+v, %q; want %v, %+v, %q", name, got, s.total, s.rows[0].result, passed, want, result)
		}
	}
	f("a check without a number counts as one", tally{}, nil, true, tally{1, 0}, "ok")
	f("tests count each", tally{7, 0}, nil, true, tally{7, 0}, "ok")
	f("failed tests fail the part", tally{7, 2}, nil, false, tally{7, 2}, "FAILED: 2 failed")
	f("an error without a number counts as one", tally{}, errors.New("exit status 1\nmore"), false, tally{0, 1}, "FAILED: exit status 1")
	f("what cannot be checked here is said and not counted", tally{}, notChecked("no checker"), true, tally{}, "NOT CHECKED: no checker")
}
