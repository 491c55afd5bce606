package nettest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// defaultStorm is how many chargers come back at once in the short form.
const defaultStorm = 2000

// A round is one server and everything that is done to it.
type round struct {
	s      *server
	chance *rand.Rand
	seed   uint64
	report *report
	// calm is what the server needed before anything began.
	calm figures
	// slow are the handshakes that never end.
	slow *lingering
	// long says that there is time for more of everything.
	long bool
}

func TestBadNetworksAndBadNeighboursHarmNobodyElse(t *testing.T) {
	rounds, from := setting(t, "CHARGEYARD_NET_ROUNDS", 1), setting(t, "CHARGEYARD_NET_FROM", 1)
	if rounds < 1 || from < 1 {
		t.Fatal("CHARGEYARD_NET_ROUNDS and CHARGEYARD_NET_FROM must be at least 1")
	}
	seed := setting(t, "CHARGEYARD_NET_SEED", rand.Uint64()>>1)
	t.Logf("seed %d; CHARGEYARD_NET_SEED=%d CHARGEYARD_NET_FROM=n repeats round n", seed, seed)
	program, report := build(t), newReport()
	began := time.Now()
	defer func() { t.Logf("%s in all\n%s", time.Since(began).Round(time.Second), report) }()
	for i := from; i < from+rounds; i++ {
		ok := t.Run(fmt.Sprint("round ", i), func(t *testing.T) { play(t, program, seed, i, rounds > 1, report) })
		if !ok {
			t.Fatalf("round %d failed; CHARGEYARD_NET_SEED=%d CHARGEYARD_NET_FROM=%d repeats it", i, seed, i)
		}
	}
}

func play(t *testing.T, program string, seed, number uint64, long bool, report *report) {
	r := &round{seed: seed + number, chance: rand.New(rand.NewPCG(seed, number)), report: report, long: long}
	r.s = startServer(t, program, estate())
	r.s.collect(t)
	r.calm = r.s.figures(t)
	report.add("rounds", 1)
	for _, scenario := range []struct {
		name string
		play func(*round, *testing.T)
	}{
		{"answered messages survive bad links", (*round).badLinks},
		{"the newest of two connections wins", (*round).duels},
		{"a flood of one leaves the others alone", (*round).floods},
		{"hostile handshakes and messages cost only their sender", (*round).hostile},
		{"guessing is slow and alarms and locks nobody out", (*round).guesses},
		{"handshakes that never end are given up", (*round).neverEnding},
		{"nothing is left behind", (*round).restored},
	} {
		if !t.Run(scenario.name, func(t *testing.T) { scenario.play(r, t) }) {
			return // what follows would only repeat it
		}
	}
	r.s.stop(t)
}

// restored holds what the server needs at rest against what it needed before.
func (r *round) restored(t *testing.T) {
	r.s.eventually(t, "the server is as small as before", 30*time.Second, func(f figures) bool {
		return f["chargeyard_gateway_connections"] == 0 && f["go_goroutines"] <= r.calm["go_goroutines"]+10 &&
			f["process_open_fds"] <= r.calm["process_open_fds"]+20
	})
	const room = 32 << 20 // what is known of the chargers now, coders and caches
	var f figures
	var grown float64
	for range 20 { // what pools hold goes with the second collection
		r.s.collect(t)
		f = r.s.figures(t)
		grown = f["go_memstats_heap_alloc_bytes"] - r.calm["go_memstats_heap_alloc_bytes"]
		if grown <= room {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if grown > room {
		t.Errorf("the heap grew by %.1f MiB", grown/(1<<20))
	}
	r.report.highest("live heap of the server more than before a round", grown/(1<<20), "MiB")
	r.report.highest("resident memory of the server after a round", f["process_resident_memory_bytes"]/(1<<20), "MiB")
	r.report.highest("goroutines more than before a round", f["go_goroutines"]-r.calm["go_goroutines"], "")
	r.report.highest("descriptors more than before a round", f["process_open_fds"]-r.calm["process_open_fds"], "")
}

// What the estate holds.
const (
	linkedChargers  = 300
	duellists       = 20
	neighbours      = 110
	guardedChargers = 400
	knownTag        = "04A1B2C3D4E5F6"
	blockedTag      = "04FFFFFFFFFFFF"
	rightPassword   = "a right password 0123"
)

func named(kind string, i int) string { return fmt.Sprintf("%s-%05d", kind, i) }

// estate is the file that is imported.
func estate() any {
	type object = map[string]any
	organization := object{"id": 1, "name": "Net test"}
	var rows []object
	for kind, n := range map[string]int{"link": linkedChargers, "duel": duellists, "near": neighbours, "guard": guardedChargers} {
		for i := range n {
			row := object{"name": named(kind, i), "ocppId": named(kind, i), "ports": []object{}}
			if kind == "guard" {
				row["password"] = rightPassword
			}
			rows = append(rows, row)
		}
	}
	return estateOf(rows, organization)
}

func estateOf(rows []map[string]any, organization map[string]any) any {
	type object = map[string]any
	return object{
		"data": []object{{"name": "Test field", "timezone": "UTC", "organization": organization, "chargers": rows}},
		"accessIds": []object{
			{"ocppIdTag": knownTag, "type": "RFID", "name": "Known", "organization": organization},
			{"ocppIdTag": blockedTag, "type": "RFID", "name": "Revoked", "authorizationStatus": "Revoked", "organization": organization},
		},
	}
}

func setting(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %q is no whole number", variable, text)
	}
	return n
}
