package quirks

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/apptest"
	"github.com/chargeyard/chargeyard/internal/config"
)

const estate = `{
"organizations":[{"id":1,"name":"Depot","parentId":null}],
"data":[{"id":10,"name":"Yard","address":null,"timezone":"UTC","organization":{"id":1,"name":"Depot"},"chargers":[]}],
"accessIds":[{"id":1,"ocppIdTag":"C0FFEE01","type":"RFID","organization":{"id":1,"name":"Depot"}}]}`

// plays are what takes a whole server, by name.
var plays = map[string]func(*play){
	"a refusal reaches the operator":                       refusalReachesTheOperator,
	"an error of four elements ends the command":           errorOfFourElements,
	"a password that was taken away is not asked for":      passwordTakenAway,
	"a boot that comes again and again is answered":        bootLoop,
	"a boot is told true UTC, whatever zone the server is": bootIsToldUTC,
	"an unknown tag is Invalid":                            unknownTag,
	"a trigger that is rejected is told":                   triggerRejected,
	"a setting in odd types is told as it came":            oddConfiguration,
	"a late answer hurts nobody":                           lateAnswer,
	"a start is sent in Finishing":                         startInFinishing,
	"limit 0 ends a session":                               limitZero,
	"Finishing is long or does not come":                   finishingLongAndShort,
	"nothing flows after the stop":                         nothingFlowsAfterTheStop,
	"a charger without meter values shows none":            noMeterValues,
	"calls of both sides cross":                            callsCross,
	"a start that is rejected is told":                     startRejected,
	"a profile that is rejected is told and not repeated":  profileRejected,
	"a profile that is refused in 2.x is told once":        profileRefused2x,
	"a start without power shows as one":                   startWithoutPower,
	"a probe of another version changes nothing":           probeOfAnotherVersion,
	"a message id is used again":                           messageIDAgain,
	"an inventory holds nothing back":                      inventoryHoldsNothingBack,
	"a charger tells of ports that its inventory lacks":    portsBeyondTheInventory,
	"Available in a session is no end":                     availableInASession,
	"nothing unasked disturbs":                             nothingUnasked,
	"a status that does not follow is asked for":           statusIsAskedFor,
	"a status before the boot is asked for again":          statusBeforeTheBoot,
	"all chargers start and get ids of their own":          idsOfTheirOwn,
}

// kept are the plays over a server that sees to its chargers by itself.
var kept = map[string]bool{
	"nothing unasked disturbs":                    true,
	"a status that does not follow is asked for":  true,
	"a status before the boot is asked for again": true,
}

// The server stands in a zone of its own, which no charger may notice. Plays
// wait more than they compute, so many run at once.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("far", -9*60*60-30*60)
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		flag.Set("test.parallel", "32")
	}
	os.Exit(m.Run())
}

func TestPlays(t *testing.T) {
	start := func(upkeep string) *apptest.Server {
		return apptest.Start(t, apptest.Options{Estate: estate, Settings: func(c *config.Config) { c.Upkeep = upkeep }})
	}
	alone, caring := start("off"), start("auto")
	t.Run("all", func(t *testing.T) {
		n := 0
		for name, f := range plays {
			n++
			k := &play{Server: alone, identity: fmt.Sprintf("QUIRK-%d", n)}
			if kept[name] {
				k.Server = caring
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				k.T = t
				k.adds()
				f(k)
			})
		}
	})
}
