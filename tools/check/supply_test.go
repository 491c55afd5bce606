package main

import (
	"slices"
	"testing"
)

func TestLicencesAreKnownByTheirText(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if got := licencesIn(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	f("Permission is hereby granted, free of\ncharge, to any person", "MIT")
	f("                                 Apache License\n                           Version 2.0, January 2004", "Apache-2.0")
	f("Redistribution and use in source and\nbinary forms, with or without", "BSD-2-Clause")
	f("Redistribution and use in source and binary forms. Neither the name of Google Inc.", "BSD-3-Clause")
	f("Mozilla Public License, version 2.0", "MPL-2.0")
	f("Licensed under the Apache License, Version 2.0. Permission is hereby granted, free of charge", "Apache-2.0", "MIT")
	f("All rights reserved.")
}

func TestTheTableOfDependenciesIsRead(t *testing.T) {
	listed := tableRows([]byte("| `a/b` | v1.0.0 | BSD-3-Clause, parts MIT and Apache-2.0 | why |\n| `c` | 2.0 | ISC |\n| module | version | licence |\n"))
	if len(listed) != 2 || !slices.Equal(listed[pin{"a/b", "v1.0.0"}], []string{"Apache-2.0", "BSD-3-Clause", "MIT"}) || !slices.Equal(listed[pin{"c", "2.0"}], []string{"ISC"}) {
		t.Errorf("%v", listed)
	}
}

func TestWhatMayChangeWithoutUsIsFound(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		seen := 0
		if got := movingIn([]byte(text), &seen); !slices.Equal(got, want) || seen == 0 {
			t.Errorf("%q: %v of %d, want %v", text, got, seen, want)
		}
	}
	const sum = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	f("FROM golang:1.26.8 AS build\nFROM scratch\nCOPY --from=build /a /b\n")
	f("FROM golang AS build\nFROM build\n", "golang")
	f("FROM golang:1.26 AS build\n", "golang:1.26")
	f("FROM debian:latest\n", "debian:latest")
	f("FROM debian@" + sum + "\n")
	f("FROM golang:1.26.8 AS build\nCOPY --from=busybox /bin/sh /sh\n", "busybox")
	f("services:\n  a:\n    image: postgres:18\n  b:\n    image: chargeyard\n", "postgres:18")
	f("steps:\n  - uses: actions/checkout@v4\n  - uses: actions/setup-go@0123456789abcdef0123456789abcdef01234567\n  - uses: ./own\n", "actions/checkout@v4")
}

func TestAnNPMPackageNeedsAChecksumAndAKnownLicence(t *testing.T) {
	f := func(p npmPackage, want int) {
		t.Helper()
		if got := npmProblems("a", p); len(got) != want {
			t.Errorf("%+v: %q", p, got)
		}
	}
	good := npmPackage{Version: "1.0.0", Integrity: "sha512-x", License: "MIT"}
	f(good, 0)
	bad := good
	bad.Integrity = "sha1-x"
	f(bad, 1)
	bad = good
	bad.Resolved = "git+ssh://git@example.org/a.git"
	f(bad, 1)
	bad = good
	bad.License = "AGPL-3.0"
	f(bad, 1)
	bad.License = "(MIT OR AGPL-3.0)"
	f(bad, 1)
	good.License = "(MIT OR CC0-1.0)"
	f(good, 0)
}
