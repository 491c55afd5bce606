package sim

import "time"

// visit is one vehicle and its people at a port, with all that they will do
// decided when they arrive, so that the network changes none of it.
type visit struct {
	vehicle vehicle
	idTag   string
	// tokenType is what idTag is in 2.x; "" is a card.
	tokenType   string
	remoteStart int64 // the server's number of the order to begin; 0 for none
	known       bool  // idTag is one of the charger's cards, not a stranger's

	toCard   time.Duration // from plugging in to showing the card
	stay     time.Duration // how long they let it charge at most; never for as long as it takes
	linger   time.Duration // from a full vehicle to the end of the session
	toUnplug time.Duration // from the end of the session to a free port
	reason   string        // why it ends when they end it
}

const strangersTag = "DEADBEEF"

// newVisit decides about a visit. Times are simulated times.
func newVisit(c *chance, life *Life, charger *ChargerConfig) visit {
	v := visit{vehicle: newVehicle(c, charger), known: !c.yes(life.UnknownTags)}
	v.idTag = charger.IDTags[c.below(len(charger.IDTags))]
	if !v.known {
		v.idTag = strangersTag
	}
	haste := func(d time.Duration) time.Duration { return time.Duration(float64(d) / life.Haste) }
	v.toCard = haste(c.span(2*time.Second, 15*time.Second))
	v.linger = haste(c.span(time.Minute, 20*time.Minute))
	v.toUnplug = haste(c.span(5*time.Second, 2*time.Minute))
	v.stay = never
	switch early := c.float(); {
	case life.SessionLength > 0:
		v.stay = c.span(life.SessionLength/2, life.SessionLength*3/2)
	case early < 0.25:
		v.stay = haste(c.span(5*time.Minute, 40*time.Minute))
	}
	v.reason = reasonLocal
	if c.yes(0.3) {
		v.reason = reasonEVDisconnected
	}
	return v
}

// onboard are the AC chargers that vehicles have, in W.
var onboard = [...]watts{3_700, 7_400, 11_000, 11_000, 22_000}

func newVehicle(c *chance, charger *ChargerConfig) vehicle {
	v := vehicle{knee: c.between(0.75, 0.85), volts: 320}
	kWh, from, to := c.between(20, 100), c.between(0.1, 0.6), c.between(0.85, 1)
	v.max = onboard[c.below(len(onboard))]
	if charger.Make.DC {
		kWh, to = c.between(45, 110), c.between(0.75, 0.95)
		v.max = watts(c.between(60_000, 250_000))
		if c.yes(0.3) {
			v.volts = 620
		}
	} else {
		v.knee = 0.95
		if charger.Make.Phases == 1 {
			v.max = min(v.max, 7_400)
		}
	}
	v.capacity = energy(kWh*1000) * wattHour
	v.stored = energy(float64(v.capacity) * from)
	v.target = energy(float64(v.capacity) * to)
	return v
}
