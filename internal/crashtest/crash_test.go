package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

const (
	chargers      = 200
	defaultRounds = 20
	knownTag      = "04A1B2C3D4E5F6"
	revokedTag    = "04FFFFFFFFFFFF"
	// settleTime is how long the chargers may take in the end to come back and
	// say what they kept.
	settleTime = 2 * time.Minute
	// witnessIdentity is a charger that the simulator does not play.
	witnessIdentity = "crash-witness"
)

// TestAKilledServerLosesNothingThatWasAnswered kills the server at random and
// at chosen instants, and takes the power from its disk.
func TestAKilledServerLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	needTools(t)
	x := newTrial(t, plan(t, killRounds), build(t, ""))
	x.marked = build(t, "faultpoints")
	x.disk = newDisk(t, largeDisk)
	x.run(wanted(t, kills))
	x.report.print(t)
	if n := x.told.answered(); n < 50*len(x.rounds) {
		t.Errorf("only %d messages were answered in %d rounds: that is no load", n, len(x.rounds))
	}
}

// These keep the test above honest: what finds nothing missing there must find
// it here.

func TestABuildThatAnswersBeforeTheCommitIsCaught(t *testing.T) {
	t.Parallel()
	x := newTrial(t, rounds{seed: seed(t), list: []int{0, 1, 2, 3}}, build(t, "answerbeforecommit"))
	x.expectLosses(killAtRandom)
}

// TestABuildThatSyncsNothingIsCaught shows that the cut of the power takes what
// was written and never synced.
func TestABuildThatSyncsNothingIsCaught(t *testing.T) {
	t.Parallel()
	needTools(t)
	program := buildWith(t, "-overlay", overlay(t, map[string]replacement{
		"../store/engine.go": {"_pragma=synchronous(FULL)", "_pragma=synchronous(OFF)"},
	}))
	x := newTrial(t, rounds{seed: seed(t), list: []int{0, 1}}, program)
	x.disk = newDisk(t, largeDisk)
	x.expectLosses(powerCut)
}

// A trial lets chargers live on a server that suffers.
type trial struct {
	t        *testing.T
	rounds   []int
	seed     uint64
	program  string // the ordinary one
	marked   string // the one that can kill itself at a chosen commit
	disk     *disk  // nil for the machine's own
	s        *server
	told     *ledger
	fleets   []*sim.Fleet
	report   report
	counted  int  // answered messages that are in the report
	count    int  // of chargers
	sentAway bool // chargers were, once
	jumpy    bool // the server's clock may be wrong, so what it shows has other times
}

func newTrial(t *testing.T, r rounds, program string) *trial {
	t.Helper()
	return &trial{t: t, rounds: r.list, seed: r.seed, program: program, told: newLedger(), count: chargers}
}

// begin prepares the server and the chargers, which begin to live.
func (x *trial) begin() {
	t := x.t
	t.Helper()
	if x.disk == nil {
		x.s = newServer(t, x.program, estate(x.count))
	} else {
		x.s = newServerIn(t, x.program, filepath.Join(x.disk.folder, "data"), estate(x.count))
		t.Cleanup(func() { x.disk.thaw(t) }) // or the server could not end
	}
	x.fleets = []*sim.Fleet{
		newFleet(t, x.s, x.told, x.seed, identities(0, x.count/2), false),
		newFleet(t, x.s, x.told, x.seed, identities(x.count/2, x.count), true),
	}
	for _, f := range x.fleets {
		f.Start()
		t.Cleanup(f.Stop)
	}
}

// run suffers a fault each round and compares after each, then compares all in
// the end.
func (x *trial) run(faults []kill) {
	x.t.Helper()
	x.begin()
	for i, round := range x.rounds {
		if !x.round(i, round, faults) {
			return
		}
	}
	x.startAndWait("in the end")
	settle(x.t, x.s, x.fleets)
	x.report.compared(x.t, "in the end", -1, x.compare())
	x.report.add("in the end", func(t *tally) { t.injected = 1 })
}

// round suffers one fault; it returns false when that was one too many.
func (x *trial) round(i, round int, faults []kill) bool {
	x.t.Helper()
	chance := chanceOf(x.seed, round)
	fault := pick(faults, x.seed, i)
	x.s.program, x.s.env = x.program, nil
	if fault.point != "" {
		x.s.program = x.marked
		x.s.env = []string{fmt.Sprintf("CHARGEYARD_FAULT_POINT=%s:%d", fault.point, 1+chance.IntN(20))}
	}
	if fault.starting {
		x.s.start(x.t)
	} else {
		x.startAndWait(fault.kind)
		x.live(i, chance)
	}
	waiting := x.told.waiting()
	hit := fault.strike(x, chance)
	x.s.kill()
	time.Sleep(50 * time.Millisecond) // chargers read what is on its way
	if fault.power {
		x.disk.losePower(x.t)
	}
	x.tally(fault.kind, hit, waiting)
	x.report.compared(x.t, fault.kind, round, compareCopy(x.t, x.s, x.told))
	return !x.t.Failed()
}

func (x *trial) tally(kind string, hit bool, waiting int) {
	answered := x.told.answered()
	x.report.add(kind, func(t *tally) {
		if hit {
			t.injected++
		} else {
			t.missed++
		}
		t.answered += answered - x.counted
		t.waiting += waiting
	})
	x.counted = answered
}

// startAndWait starts the server and notes how long it was until it was ready.
func (x *trial) startAndWait(kind string) {
	x.t.Helper()
	began := time.Now()
	x.s.start(x.t)
	ctx, cancel := context.WithTimeout(x.t.Context(), settleTime)
	defer cancel()
	if err := x.s.ready(ctx); err != nil {
		x.t.Fatalf("before %s: %v", kind, err)
	}
	x.report.add(kind, func(t *tally) { t.away = append(t.away, time.Since(began)) })
}

// live lets the server work. The first round waits until there is something to
// lose; some end while all chargers come back at once.
func (x *trial) live(i int, chance *rand.Rand) {
	least, span := 100, 1200
	if i == 0 {
		least = 1500
	}
	time.Sleep(time.Duration(least+chance.IntN(span)) * time.Millisecond)
}

// expectLosses runs faults of one kind on a build that must lose by them.
func (x *trial) expectLosses(fault kill) {
	x.t.Helper()
	x.begin()
	if x.disk != nil {
		run(x.t, "sync", "-f", x.disk.folder) // what came before the chargers is not looked at
	}
	for i, round := range x.rounds {
		chance := chanceOf(x.seed, round)
		x.startAndWait(fault.kind)
		x.live(i, chance)
		fault.strike(x, chance)
		x.s.kill()
		time.Sleep(50 * time.Millisecond)
		if fault.power {
			x.disk.losePower(x.t)
		}
		found := compareCopy(x.t, x.s, x.told)
		if len(found.all) > 0 {
			x.t.Logf("caught in round %d: of %d answered messages, %d lost, %d doubled, the first: %s",
				i, x.told.answered(), found.lost(), found.doubled, found.all[0])
			return
		}
	}
	x.t.Fatalf("%d times %s on a build that must lose by it, and nothing was found missing", len(x.rounds), fault.kind)
}

// settle stops the life of all chargers and waits until they have said what
// they kept.
func settle(t *testing.T, s *server, fleets []*sim.Fleet) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range fleets {
		f.Freeze()
	}
	for _, f := range fleets {
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		sum := f.Summary()
		t.Logf("%d connections, %d sessions began, %d ended, %d run; %d messages answered, %d sent again; errors: %v",
			sum.Connects, sum.Began, sum.Ended, sum.Sessions, sum.Messages, sum.Repeated, sum.Errors)
		if sum.GivenUp > 0 {
			t.Errorf("the chargers gave up %d messages", sum.GivenUp)
		}
	}
}

// protocols are what the chargers speak, in turn.
var protocols = []string{sim.Protocol16, sim.Protocol201}

// newFleet makes chargers to which much happens in little time. Some give a
// repeated message a new id, others its old one.
func newFleet(t *testing.T, s *server, told *ledger, seed uint64, identities []string, newIDs bool) *sim.Fleet {
	t.Helper()
	cfg := sim.Config{
		URL: "ws://" + s.address + "/ocpp", Seed: seed, Speed: 120, Ramp: 500 * time.Millisecond,
		IDTags: []string{knownTag, knownTag, knownTag, revokedTag},
		Life: sim.Life{
			ArrivalsPerHour: 20, FirstArrivals: 0.5, SessionLength: 10 * time.Minute, UnknownTags: 0.05,
			SampleInterval: 20 * time.Second, FaultsPerHour: 1, FaultLength: 2 * time.Minute,
			DisconnectsPerHour: 4, Reboots: 0.2, OfflineLength: 2 * time.Minute,
		},
		Retry: sim.Retry{
			Interval: 200 * time.Millisecond, NewIDs: newIDs, BackOffMin: 50 * time.Millisecond, BackOffMax: 400 * time.Millisecond,
		},
		CallTimeout: 10 * time.Second,
		Observer:    told,
	}
	for i, id := range identities {
		cfg.Chargers = append(cfg.Chargers, sim.ChargerConfig{Identity: id, Protocols: []string{protocols[i%len(protocols)]}})
	}
	f, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func identities(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("crash-%03d", i))
	}
	return list
}

// estate is the file that is imported: the chargers, whose ports the messages
// make, and the cards.
func estate(count int) any {
	type object = map[string]any
	organization := object{"id": 1, "name": "Crash test"}
	var rows []object
	for _, id := range append(identities(0, count), witnessIdentity) {
		rows = append(rows, object{"name": id, "ocppId": id, "ports": []object{}})
	}
	return object{
		"data": []object{{"name": "Test field", "timezone": "UTC", "organization": organization, "chargers": rows}},
		"accessIds": []object{
			{"ocppIdTag": knownTag, "type": "RFID", "name": "Known", "organization": organization},
			{"ocppIdTag": revokedTag, "type": "RFID", "name": "Revoked", "authorizationStatus": "Revoked", "organization": organization},
		},
	}
}

// rounds are the rounds of one test: their numbers and the seed of all.
type rounds struct {
	seed uint64
	list []int
}

// sharing says which test of the run a round belongs to.
type sharing func(round int) bool

func killRounds(round int) bool  { return round%10 < 6 }
func diskRounds(round int) bool  { return round%10 >= 6 && round%10 < 9 }
func clockRounds(round int) bool { return round%10 == 9 }

// plan reads which rounds to run: CHARGEYARD_CRASH_ROUNDS in all, shared by the
// tests, without those before CHARGEYARD_CRASH_FROM.
func plan(t *testing.T, mine sharing) rounds {
	t.Helper()
	r := rounds{seed: seed(t)}
	all, from := int(setting(t, "CHARGEYARD_CRASH_ROUNDS", defaultRounds)), int(setting(t, "CHARGEYARD_CRASH_FROM", 0))
	for round := from; round < all; round++ {
		if mine(round) {
			r.list = append(r.list, round)
		}
	}
	if len(r.list) == 0 {
		t.Fatalf("CHARGEYARD_CRASH_ROUNDS=%d and CHARGEYARD_CRASH_FROM=%d leave this test no round", all, from)
	}
	return r
}

// chanceOf is the chance of a round, which is the same whatever came before.
func chanceOf(seed uint64, round int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(round))) }

// wanted picks faults by a part of their names, when that is asked for.
func wanted[T interface{ name() string }](t *testing.T, all []T) []T {
	t.Helper()
	var some []T
	for _, f := range all {
		if strings.Contains(f.name(), os.Getenv("CHARGEYARD_CRASH_FAULT")) {
			some = append(some, f)
		}
	}
	if len(some) == 0 {
		t.Fatalf("CHARGEYARD_CRASH_FAULT=%q is a part of none of %v", os.Getenv("CHARGEYARD_CRASH_FAULT"), all)
	}
	return some
}

// pick returns the fault of a test's nth round: each block of rounds has every
// fault once, in an order of its own.
func pick[T any](faults []T, seed uint64, n int) T {
	block := rand.New(rand.NewPCG(seed, 1<<32+uint64(n/len(faults))))
	return faults[block.Perm(len(faults))[n%len(faults)]]
}

// seed returns the seed of this run and prints it, so that it can be repeated.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := setting(t, "CHARGEYARD_CRASH_SEED", rand.Uint64()>>1)
	t.Logf("CHARGEYARD_CRASH_SEED=%d", s)
	return s
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
