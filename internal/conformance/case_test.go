package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// testCase is one case of the official lists. Exactly one of run,
// notApplicable and open is set.
type testCase struct {
	id      string // without TC_ and _CSMS: "B_20"
	profile string // certification profile, with M for mandatory and C for conditional
	title   string
	run     func(k *play)
	// notApplicable says why a server like this one has nothing to do here.
	notApplicable string
	// open says what is missing and why.
	open string
}

// version is a version of OCPP under test.
type version struct {
	name     string // "2.0.1"
	protocol string // "ocpp2.0.1"
	ocpp     ocpp.Version
	table    *ocpp.Table
	cases    func() []testCase
}

var versions = []version{
	{"1.6", "ocpp1.6", ocpp.V16, v16.Table, cases16},
	{"2.0.1", "ocpp2.0.1", ocpp.V201, v201.Table, cases201},
	{"2.1", "ocpp2.1", ocpp.V21, v21.Table, cases21},
}

// fullID is the id as the Open Charge Alliance writes it.
func (c *testCase) fullID() string { return "TC_" + c.id + "_CSMS" }

func TestEveryCaseOfTheOfficialLists(t *testing.T) {
	for i := range versions {
		v := &versions[i]
		t.Run(v.name, func(t *testing.T) {
			y := newYard(t)
			seen := map[string]bool{}
			for _, c := range v.cases() {
				if seen[c.id] {
					t.Errorf("%s stands in the list twice", c.id)
				}
				seen[c.id] = true
				if c.run == nil {
					continue
				}
				t.Run(c.fullID(), func(t *testing.T) {
					t.Parallel()
					c.run(&play{T: t, yard: y, v: v, id: c.id})
				})
			}
		})
	}
}

// exchange makes the commonest kind of case: the operator sends an action with
// a payload, the station answers, and the operator sees that answer.
func exchange(action, payload, answer string) func(k *play) {
	return func(k *play) {
		st := k.station()
		k.send(st, action, payload, answer)
	}
}

// identity is the charger of a case: unique in its server.
func (k *play) identity() string {
	k.stations++
	return fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(k.v.name, ".", ""), k.id, k.stations)
}
