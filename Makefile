# Everything runs with Go alone except the tests, which also need a C compiler
# (race detector), Node with npm, Chromium, PostgreSQL's server programs and strace; "make test"
# installs what is missing when it is root on Debian, else it names it.

.PHONY: build test test-crash test-net fuzz soak bench bench-data bench-console pictures demo clean

build:
	go build -o bin/chargeyard ./cmd/chargeyard

test:
	go run -C tools ./check

# CHARGEYARD_CRASH_SEED and _FROM repeat a round, or go on where a run stopped;
# _FAULT picks faults by a part of their name. As root: it mounts a disk.
test-crash: export CHARGEYARD_CRASH_ROUNDS ?= 100
test-crash: export CHARGEYARD_CRASH_FLIPS ?= 300
test-crash: export CHARGEYARD_CRASH_MIGRATIONS ?= 40
test-crash:
	go test -v -count=1 -parallel=4 -timeout=120m ./internal/crashtest/...

# CHARGEYARD_NET_SEED and _FROM repeat a round; _STORM is as much as one process
# may open files.
test-net: export CHARGEYARD_NET_ROUNDS ?= 100
test-net: export CHARGEYARD_NET_STORM ?= 19300
test-net:
	go test -v -count=1 -timeout=180m ./internal/nettest/...

# All targets together for FUZZTIME; FUZZ picks some by a part of their name.
fuzz: FUZZTIME ?= 10m
fuzz:
	CHARGEYARD_FUZZ_TIME=$(FUZZTIME) CHARGEYARD_FUZZ_TARGET="$(FUZZ)" go run -C tools ./check fuzz

soak: SOAKTIME ?= 10m
soak:
	CHARGEYARD_SOAK_TIME=$(SOAKTIME) go test -v -count=1 -timeout=0 ./internal/soak

bench:
	go test -run='^$$' -bench=. -benchmem ./...

# A data folder with a year of 1,000 chargers: SESSIONS, and 100 times as many
# readings. A server runs on it, and BenchmarkYear of internal/store reads it:
#     go test ./internal/store -run='^$' -bench=Year -benchtime=200x -year=$(pwd)/bin/year
bench-data: DATA ?= $(CURDIR)/bin/year
bench-data: SESSIONS ?= 1000000
bench-data:
	go test -v -count=1 -timeout=0 -run='^TestYearOfData$$' ./internal/store -year='$(DATA)' -year-sessions=$(SESSIONS)

# What the overview costs a browser while 10,000 ports change 500 times a second,
# for MINUTES; needs Chromium and the packages of web/ (npm ci).
bench-console: build
	cd web && CHARGEYARD_BINARY='$(CURDIR)/bin/chargeyard' node measure/load.js

# The pictures of the README and the tutorial, taken anew.
pictures: build
	cd web && CHARGEYARD_BINARY='$(CURDIR)/bin/chargeyard' node measure/pictures.js

demo:
	go run ./cmd/chargeyard demo

clean:
	rm -rf bin
