package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/sim"
)

const (
	chargers      = 200
	defaultRounds = 5
	knownTag      = "04A1B2C3D4E5F6"
	revokedTag    = "04FFFFFFFFFFFF"
	// settleTime is how long the chargers may take in the end to come back and
	// say what they kept.
	settleTime = 2 * time.Minute
)

func TestAKilledServerLosesNothingThatWasAnswered(t *testing.T) {
	r := rounds(t)
	losses, answered := trial(t, build(t, ""), r, seed(t))
	t.Logf("killed %d times; %d messages were answered", r, answered)
	for i, loss := range losses {
		if i == 50 {
			t.Errorf("and %d more", len(losses)-i)
			break
		}
		t.Error(loss)
	}
	if answered < 100*r {
		t.Errorf("only %d messages were answered in %d rounds: that is no load", answered, r)
	}
}

// TestABuildThatAnswersBeforeTheCommitIsCaught keeps the test above honest:
// what finds nothing missing there must find it here.
func TestABuildThatAnswersBeforeTheCommitIsCaught(t *testing.T) {
	const rounds = 5
	losses, answered := trial(t, build(t, "answerbeforecommit"), rounds, seed(t))
	if len(losses) == 0 {
		t.Fatalf("a build that answers before the commit was killed %d times, and nothing was found missing", rounds)
	}
	t.Logf("caught: of %d answered messages, %d complaints, the first: %s", answered, len(losses), losses[0])
}

// trial lets chargers live on a server that is killed again and again, and
// returns what it lost or doubled, and how many messages it answered.
func trial(t *testing.T, program string, rounds int, seed uint64) (losses []string, answered int) {
	t.Helper()
	s := newServer(t, program, estate())
	told := newLedger()
	fleets := []*sim.Fleet{
		newFleet(t, s, told, seed, identities(0, chargers/2), false),
		newFleet(t, s, told, seed, identities(chargers/2, chargers), true),
	}
	s.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range fleets {
		f.Start()
		defer f.Stop()
	}
	chance := rand.New(rand.NewPCG(seed, 0))
	for round := range rounds {
		time.Sleep(instant(chance, round))
		s.kill()
		time.Sleep(time.Duration(chance.IntN(200)) * time.Millisecond)
		s.start(t)
	}
	settle(t, s, fleets)
	return compare(t, s, fleets, told), told.answered()
}

// instant returns how long the server lives in a round. The first kill waits
// until there is something to lose. Half of the others come while the server
// starts, or while all chargers come back at once.
func instant(chance *rand.Rand, round int) time.Duration {
	switch {
	case round == 0:
		return 2*time.Second + time.Duration(chance.IntN(1000))*time.Millisecond
	case chance.IntN(2) == 0:
		return time.Duration(chance.IntN(700)) * time.Millisecond
	}
	return time.Duration(700+chance.IntN(2000)) * time.Millisecond
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
func estate() any {
	type object = map[string]any
	organization := object{"id": 1, "name": "Crash test"}
	var rows []object
	for _, id := range identities(0, chargers) {
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

func rounds(t *testing.T) int {
	t.Helper()
	n := int(setting(t, "CHARGEYARD_CRASH_ROUNDS", defaultRounds))
	if n < 1 {
		t.Fatal("CHARGEYARD_CRASH_ROUNDS must be at least 1")
	}
	return n
}

// seed returns the seed of this run and prints it, so that it can be repeated.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := setting(t, "CHARGEYARD_CRASH_SEED", rand.Uint64()>>1)
	t.Logf("seed %d", s)
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
