package sim

import "time"

// phase is where a port is in its life.
type phase uint8

const (
	vacant         phase = iota // no vehicle
	plugged                     // a vehicle, nobody has shown a card
	authorizing                 // the server is asked about the card
	remoteStarting              // the server has called for a session
	refused                     // the card was refused; they will leave
	charging                    // a session runs
	suspended                   // the vehicle is full; the session runs on
	finishing                   // the session has ended; the vehicle is still there
	faulted
)

// The statuses of a connector (OCPP 1.6 §7.7).
const (
	statusAvailable     = "Available"
	statusPreparing     = "Preparing"
	statusCharging      = "Charging"
	statusSuspendedEV   = "SuspendedEV"
	statusSuspendedEVSE = "SuspendedEVSE"
	statusFinishing     = "Finishing"
	statusUnavailable   = "Unavailable"
	statusFaulted       = "Faulted"
	noError             = "NoError"
)

// The reasons why a session ends (OCPP 1.6 §7.36).
const (
	reasonLocal          = "Local"
	reasonEVDisconnected = "EVDisconnected"
	reasonDeAuthorized   = "DeAuthorized"
	reasonEmergencyStop  = "EmergencyStop"
	reasonPowerLoss      = "PowerLoss"
	reasonHardReset      = "HardReset"
	reasonSoftReset      = "SoftReset"
	reasonRemote         = "Remote"
	reasonUnlockCommand  = "UnlockCommand"
	reasonReboot         = "Reboot"
	reasonOther          = "Other"
	// 1.6 has no word for these two and says Other.
	reasonEnergyLimit = "EnergyLimitReached"
	reasonTimeLimit   = "TimeLimitReached"
)

// faultCodes are what faults a port has.
var faultCodes = [...]string{"GroundFailure", "HighTemperature", "OverCurrentFailure", "ConnectorLockFailure",
	"PowerSwitchFailure", "EVCommunicationError", "UnderVoltage", "OtherError"}

// port is one connector. The charger's lock guards it.
type port struct {
	number      int
	phase       phase
	inoperative bool
	status      string
	errorCode   string
	// told is the seq of the last message with the status as it is now, and
	// reported says that the server has answered it.
	told     int64
	reported bool

	// limit is what the port offers now; 0 pauses the session.
	limit watts

	visits   uint32
	visit    visit
	register energy
	ranTo    int64 // simulated time, in ms, to which the register was advanced
	session  *session
	next     instant // when the phase ends by itself
	sampleAt instant
}

// session is one OCPP transaction of a port. Messages in the queue point to it
// to learn their transaction id.
type session struct {
	port    *port
	idTag   string
	started time.Time
	// endsAt is when the people go, whatever the vehicle has.
	endsAt     instant
	meterStart energy
	// id is the transaction's once known says so; lost says that it will never
	// be known, because StartTransaction was given up.
	id          int64
	known, lost bool

	// transaction is the charger's own id in 2.x, and txSeq the number of the
	// next TransactionEvent.
	transaction string
	txSeq       int64
	tokenType   string
	remoteStart int64 // the order of the server that began it; 0 for none
	reservation int64 // the reservation that it used; 0 for none
	maxEnergy   energy
	misplaced   bool // its start was moved back in the queue, by a misbehaviour
	limited     bool // endsAt is the server's limit, not the people's wish
}

// portDue does what is due at a port.
func (c *Charger) portDue(p *port, now instant) {
	p.next = never
	switch p.phase {
	case vacant:
		c.arrive(p, now)
	case plugged:
		c.presentCard(p, now)
	case remoteStarting:
		c.beginSession(p, now, p.visit.idTag)
	case refused, finishing:
		c.leave(p, now)
	case charging:
		c.chargingDue(p, now)
	case suspended:
		c.endSession(p, now, p.visit.reason)
	case faulted:
		c.recover(p, now)
	}
}

// arrive lets the next vehicle come to a free port.
func (c *Charger) arrive(p *port, now instant) {
	if p.inoperative {
		return
	}
	p.visits++
	chance := visitChance(c.fleet.cfg.Seed, c.index, p.number, p.visits)
	p.visit = newVisit(&chance, &c.fleet.cfg.Life, c.cfg)
	if c.wrong != nil {
		p.visit.idTag = c.wrong.tagOf(p.visit.idTag)
	}
	p.phase = plugged
	p.next = now + c.fleet.real(p.visit.toCard)
	c.setStatus(p, statusPreparing, noError)
}

// presentCard asks the server about the card, or decides without it offline.
func (c *Charger) presentCard(p *port, now instant) {
	if !c.accepted || c.misbehaves(noAuthorize) {
		c.decideCard(p, now, c.trusts(p))
		return
	}
	p.phase = authorizing
	c.talk.authorize(c, p)
}

// decideCard goes on with the answer to the card.
func (c *Charger) decideCard(p *port, now instant, good bool) {
	if good && !c.reservedForOthers(p, p.visit.idTag) {
		c.beginSession(p, now, p.visit.idTag)
		return
	}
	p.phase = refused
	p.next = now + c.fleet.real(p.visit.toUnplug)
}

func (c *Charger) beginSession(p *port, now instant, idTag string) {
	f := c.fleet
	p.session = &session{port: p, idTag: idTag, started: time.Now(), endsAt: never, meterStart: p.register,
		tokenType: p.visit.tokenType, remoteStart: p.visit.remoteStart, reservation: c.useReservation(p, idTag)}
	if p.visit.stay != never {
		p.session.endsAt = now + f.real(p.visit.stay)
	}
	p.phase = charging
	p.ranTo = f.simulated(now)
	p.sampleAt = now + f.real(c.sampleInterval)
	f.stats.began.Add(1)
	f.stats.sessions.Add(1)
	c.talk.begin(c, p)
	c.relimitAll(now)
	c.setStatus(p, p.chargingStatus(), noError)
	c.planCharging(p, now)
}

// chargingStatus is the status of a port whose vehicle wants energy.
func (p *port) chargingStatus() string {
	if p.limit == 0 {
		return statusSuspendedEVSE
	}
	return statusCharging
}

// planCharging sets when the vehicle will be full, its people go or it has the
// energy that it may have. A paused one waits for another limit.
func (c *Charger) planCharging(p *port, now instant) {
	p.next = p.session.endsAt
	if p.limit == 0 {
		return
	}
	p.next = min(p.next, now+c.fleet.real(max(p.visit.vehicle.timeToTarget(p.limit), chargeStep)))
	if left := p.energyLeft(); left != never {
		p.next = min(p.next, now+c.fleet.real(left))
	}
}

// energyLeft returns how long the session may still draw what it draws now.
func (p *port) energyLeft() time.Duration {
	power := p.visit.vehicle.power(p.limit)
	if p.session.maxEnergy == 0 || power == 0 {
		return never
	}
	left := p.session.meterStart + p.session.maxEnergy - p.register
	return max(time.Duration(int64(left)/int64(power))*time.Millisecond, time.Second)
}

// spent reports that the session has the energy that it may have.
func (p *port) spent() bool {
	s := p.session
	return s.maxEnergy > 0 && p.register-s.meterStart >= s.maxEnergy
}

// replan lets a session go on after something about it has changed.
func (c *Charger) replan(p *port, now instant) {
	if p.phase == charging {
		c.advance(p, now)
		c.planCharging(p, now)
	}
}

func (c *Charger) chargingDue(p *port, now instant) {
	c.advance(p, now)
	switch {
	case p.spent():
		c.endSession(p, now, reasonEnergyLimit)
	case now >= p.session.endsAt && p.session.limited:
		c.endSession(p, now, reasonTimeLimit)
	case now >= p.session.endsAt:
		c.endSession(p, now, p.visit.reason)
	case p.visit.vehicle.full():
		p.phase = suspended
		p.next = min(now+c.fleet.real(p.visit.linger), p.session.endsAt)
		c.setStatus(p, statusSuspendedEV, noError)
	default:
		c.planCharging(p, now)
	}
}

// advance lets energy flow up to now.
func (c *Charger) advance(p *port, now instant) {
	to := c.fleet.simulated(now)
	d := time.Duration(to-p.ranTo) * time.Millisecond
	p.ranTo = to
	if p.phase == charging {
		drawn := p.visit.vehicle.charge(d, p.limit)
		p.register += drawn
		c.fleet.stats.drawn.Add(int64(drawn))
	}
}

// rating is what a port of the charger can give.
func (c *Charger) rating() watts { return watts(c.cfg.MaxPower) }

// point returns what the port's meter shows; advance must have run.
func (c *Charger) point(p *port) meterPoint {
	m := meterPoint{make: &c.cfg.Make, register: p.register, limit: max(p.limit, 1),
		volts: p.visit.vehicle.volts, noise: uint64(p.register) + uint64(p.number)}
	if p.visit.vehicle.capacity > 0 {
		m.soc = p.visit.vehicle.soc()
	}
	if p.phase == charging {
		m.power = p.visit.vehicle.power(p.limit)
	}
	return m
}

// sampleDue reports the meter of a running session.
func (c *Charger) sampleDue(p *port, now instant) {
	p.sampleAt = now + c.fleet.real(c.sampleInterval)
	c.advance(p, now)
	if !c.misbehaves(noMeter) {
		c.talk.sample(c, p, contextPeriodic)
	}
}

// endSession ends the running session; the vehicle stays for a while.
func (c *Charger) endSession(p *port, now instant, reason string) {
	c.advance(p, now)
	if c.misbehaves(finishFirst) {
		c.setStatus(p, statusFinishing, noError)
	}
	c.talk.end(c, p, reason)
	c.sessionsOver++
	c.fleet.stats.ended.Add(1)
	c.fleet.stats.sessions.Add(-1)
	c.forgetTxProfiles(p)
	p.session = nil
	p.sampleAt = never
	p.phase = finishing
	p.next = now + c.fleet.real(p.visit.toUnplug)
	c.setStatus(p, statusFinishing, noError)
	c.relimitAll(now)
}

// refuseSession ends a session whose card the server refused.
func (c *Charger) refuseSession(s *session, now instant) {
	if s.port.session == s {
		c.endSession(s.port, now, reasonDeAuthorized)
	}
}

// leave frees the port.
func (c *Charger) leave(p *port, now instant) {
	p.phase = vacant
	p.visit = visit{}
	chance := visitChance(c.fleet.cfg.Seed, c.index, -p.number, p.visits)
	p.next = after(now, c.fleet.real(chance.wait(c.fleet.cfg.Life.ArrivalsPerHour)))
	c.setFree(p)
}

// setFree reports a port without a vehicle.
func (c *Charger) setFree(p *port) {
	switch {
	case p.inoperative:
		c.setStatus(p, statusUnavailable, noError)
	case c.reservationOf(p) != nil:
		c.setStatus(p, statusReserved, noError)
	default:
		c.setStatus(p, statusAvailable, noError)
	}
}

// breakDown lets one port fail.
func (c *Charger) breakDown(now instant) {
	chance := &c.faults
	p := &c.ports[chance.below(len(c.ports))]
	code := faultCodes[chance.below(len(faultCodes))]
	length := c.fleet.real(chance.around(c.fleet.cfg.Life.FaultLength))
	c.faultAt = after(now, c.fleet.real(chance.wait(c.fleet.cfg.Life.FaultsPerHour)))
	if p.phase == faulted {
		return
	}
	if p.session != nil {
		c.endSession(p, now, reasonEmergencyStop)
	}
	p.phase = faulted
	p.next = now + length
	c.setStatus(p, statusFaulted, code)
	c.talk.trouble(c, p, code, false)
	c.dropReservation(p)
}

// recover ends a fault; a vehicle that was there leaves soon.
func (c *Charger) recover(p *port, now instant) {
	c.talk.trouble(c, p, p.errorCode, true)
	if p.visit.vehicle.capacity == 0 {
		c.leave(p, now)
		return
	}
	p.phase = finishing
	p.next = now + c.fleet.real(p.visit.toUnplug)
	c.setStatus(p, statusFinishing, noError)
}

// setStatus changes the status of a port and tells the server if it can, and
// if the version has different words for the two.
func (c *Charger) setStatus(p *port, status, errorCode string) {
	if p.status == status && p.errorCode == errorCode {
		return
	}
	same := c.talk.word(p.status) == c.talk.word(status) && p.errorCode == errorCode
	changed := p.status != status
	p.status, p.errorCode = status, errorCode
	if !same {
		p.told, p.reported = 0, false
		if c.accepted {
			c.pushStatus(p)
		}
	}
	if changed && p.session != nil {
		c.talk.state(c, p, whyState)
	}
}

// pushStatus tells the status of a port; of the charger itself for nil.
func (c *Charger) pushStatus(p *port) {
	c.talk.status(c, p)
	if c.misbehaves(bursts) {
		c.talk.status(c, p)
		c.talk.status(c, p)
	}
	if p != nil {
		p.told, p.reported = c.out.seq, false
	}
}
