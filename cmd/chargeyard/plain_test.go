package main

import (
	"strings"
	"testing"
)

func TestNothingThatATerminalObeysIsWritten(t *testing.T) {
	f := func(want string, parts ...string) {
		t.Helper()
		var out strings.Builder
		w := &plainWriter{to: &out}
		for _, part := range parts {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("wrote %d of %q, %v", n, part, err)
			}
		}
		if out.String() != want {
			t.Errorf("%q became %q, want %q", parts, out.String(), want)
		}
	}
	f("Bay 4\tready\n", "Bay 4\tready\n")
	f("Überlandstraße 充电 🔌", "Überlandstraße 充电 🔌")
	f(`\u001b[2J\u001b]0;title\u0007`, "\x1b[2J\x1b]0;title\x07")
	f(`over\u000dwritten\u0008`, "over\rwritten\b")
	f(`eight \u009b2J bits`, "eight \u009b2J bits")
	f(`\u202egnp.exe\u2066`, "\u202egnp.exe\u2066")
	f("bad \uFFFD byte", "bad \x9b byte")
	f("split ü", "split \xc3", "\xbc")
	f(`split \u009b`, "split \xc2", "\x9b")
	f("half \uFFFD.", "half \xc3", ".")
}
