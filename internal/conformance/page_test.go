package conformance

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/conformance.md anew")

const page = "../../docs/reference/conformance.md"

// TestThePageIsTheListOfCases also prints how many cases there are of each
// kind; "make test" shows that.
func TestThePageIsTheListOfCases(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageHead)
	for i := range versions {
		v := &versions[i]
		covered, none, open := count(v.cases())
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", v.name, len(v.cases()), covered, none, open)
		t.Logf("OCPP %s: %d cases: %d covered, %d not applicable, %d open", v.name, len(v.cases()), covered, none, open)
	}
	b.WriteString(openCases())
	for i := range versions {
		v := &versions[i]
		fmt.Fprintf(&b, "\n## OCPP %s\n\n| case | profile | subject | state |\n| --- | --- | --- | --- |\n", v.name)
		for _, c := range v.cases() {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.fullID(), c.profile, c.title, state(&c))
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != b.String() {
		t.Error("docs/reference/conformance.md is out of date: run go test ./internal/conformance -run TestThePage -update")
	}
}

// openCases gathers what is open by its reason.
func openCases() string {
	var b strings.Builder
	for i := range versions {
		ids := map[string][]string{}
		var reasons []string // in the order of the list
		for _, c := range versions[i].cases() {
			if c.open == "" {
				continue
			}
			if ids[c.open] == nil {
				reasons = append(reasons, c.open)
			}
			ids[c.open] = append(ids[c.open], "`"+c.fullID()+"`")
		}
		for _, reason := range reasons {
			fmt.Fprintf(&b, "- OCPP %s: %s. %s.\n", versions[i].name, strings.Join(ids[reason], ", "), strings.ToUpper(reason[:1])+reason[1:])
		}
	}
	return "\n## What is open\n\n" + b.String()
}

func count(cases []testCase) (covered, none, open int) {
	for _, c := range cases {
		switch {
		case c.run != nil:
			covered++
		case c.notApplicable != "":
			none++
		default:
			open++
		}
	}
	return covered, none, open
}

func state(c *testCase) string {
	switch {
	case c.run != nil:
		return "covered"
	case c.notApplicable != "":
		return "not applicable: " + c.notApplicable
	default:
		return "open: " + c.open
	}
}

func TestEveryCaseIsCoveredOrSaysWhyNot(t *testing.T) {
	for i := range versions {
		for _, c := range versions[i].cases() {
			n := 0
			for _, set := range []bool{c.run != nil, c.notApplicable != "", c.open != ""} {
				if set {
					n++
				}
			}
			if n != 1 || c.title == "" {
				t.Errorf("%s %s: say exactly one of run, notApplicable and open, and a title", versions[i].name, c.fullID())
			}
		}
	}
}

const pageHead = `# Conformance

The Open Charge Alliance has a list of test cases for servers (CSMS) of each
version of OCPP. This page says for each whether chargeyard's own tests play it:
a station speaks over a real socket, an operator gives the commands of the case
through the API, and every frame is held against the message table. It is
written by ` + "`go test ./internal/conformance -run TestThePage -update`" + `; the cases
themselves are in ` + "`internal/conformance`" + `.

It is not a certificate: the official tool is a product of the Open Charge
Alliance, and no run of it stands behind this page. The cases of OCPP 2.1 are
those of a public list, which may not be complete; cases of 2.0.1 that hold for
2.1 too are played for both.

A profile is one that servers are certified for: M is mandatory in it, C
conditional, – is in none that is known; 2.1 stands for cases that OCPP 2.1
adds, of which the public list tells no profile.

| version | cases | covered | not applicable | open |
| --- | --- | --- | --- | --- |
`
