package sim

import (
	"math"
	"net"
	"sync"
	"time"
)

// instant is a time since the fleet was made.
type instant = time.Duration

const never = instant(math.MaxInt64)

// after returns now+d, which is never when d is.
func after(now instant, d time.Duration) instant {
	if d >= never-now {
		return never
	}
	return now + d
}

// linkState is where a charger's connection is.
type linkState uint8

const (
	linkDown linkState = iota
	linkDialing
	linkUp
)

const (
	defaultHeartbeat = 5 * time.Minute
	defaultBootRetry = time.Minute
	// rebootTime is how long a charger takes to start.
	rebootTime = 5 * time.Second
)

// Charger is one virtual charger. All that is in it is guarded by mu, which is
// held while a frame is written, so that frames leave one after another.
type Charger struct {
	fleet *Fleet
	cfg   *ChargerConfig
	index int

	mu      sync.Mutex
	timer   *time.Timer
	armed   instant
	stopped bool

	link       linkState
	conn       net.Conn
	deflate    bool   // the server takes compressed messages
	generation uint32 // of the connection; rises with each
	failures   int    // attempts to connect in a row that failed
	talk       talk   // the version of the connection, or of the one to come
	protocol   string // its subprotocol
	powered    bool   // it has had power since it first dialled, or since its last cut
	booted     bool   // the server has accepted a BootNotification since then
	accepted   bool   // on this connection the charger may speak

	out outbox

	inoperative       bool
	sessionsOver      int  // how many sessions have ended
	alive             bool // vehicles have begun to come
	heartbeatInterval time.Duration
	sampleInterval    time.Duration
	alignedEvery      time.Duration // 0 for no clock-aligned meter values

	ports                       []port
	faults, drops, backOff      chance
	dialAt, bootAt, heartbeatAt instant
	faultAt, dropAt             instant
	alignedAt                   instant // when clock-aligned meter values are due
	resetAt                     instant // when a Reset that was accepted happens
	resetReason                 string
	resume                      bool   // sessions outlive the Reset
	bootReason                  string // why it will have booted; "" for power
	eventID                     int64  // of the last event of the device model

	tasks []task
	wrong *manners // nil for a charger that behaves
	// mem is what only chargers have of which the server wanted something.
	mem *memory
}

// newCharger makes a charger that will switch on at a time.
func newCharger(f *Fleet, cfg *ChargerConfig, index int, on instant) *Charger {
	seed := f.cfg.Seed
	c := &Charger{
		fleet: f, cfg: cfg, index: index, ports: make([]port, cfg.Ports), armed: never,
		heartbeatInterval: defaultHeartbeat, sampleInterval: f.cfg.Life.SampleInterval,
		faults: newChance(seed, index, chanceFaults), drops: newChance(seed, index, chanceDrops),
		backOff: newChance(seed, index, chanceBackOff),
		dialAt:  on, bootAt: never, heartbeatAt: never, faultAt: never, dropAt: never, resetAt: never,
		alignedAt: never,
	}
	c.protocol = cfg.Protocols[0]
	c.talk = talks[c.protocol]
	c.wrong, _ = mannersOf(cfg.Misbehave) // complete has found them known
	for i := range c.ports {
		p := &c.ports[i]
		chance := visitChance(seed, index, i+1, 0)
		*p = port{number: i + 1, status: statusAvailable, errorCode: noError, next: never, sampleAt: never,
			limit: watts(cfg.MaxPower)}
		p.register = energy(chance.between(1e3, 9e6)) * wattHour
		if i < len(cfg.MeterStart) {
			p.register = energy(cfg.MeterStart[i]) * wattHour
		}
	}
	return c
}

// Identity returns the charger's identity.
func (c *Charger) Identity() string { return c.cfg.Identity }

// do runs f with the charger to itself, and then whatever has become due.
func (c *Charger) do(f func(now instant)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || c.timer == nil {
		return
	}
	now := c.fleet.now()
	f(now)
	c.pump(now)
	c.arm(now)
}

// tick is what the timer calls.
func (c *Charger) tick() {
	c.do(func(now instant) {
		c.armed = never
		c.linkDue(now)
		if !c.fleet.frozen.Load() {
			c.lifeDue(now)
		}
	})
}

// linkDue does what is due about the connection.
func (c *Charger) linkDue(now instant) {
	if now >= c.dialAt {
		c.startDialing()
	}
	if c.out.open != nil && now >= c.out.deadline {
		c.overdue(now)
	}
	if now >= c.resetAt {
		c.resetNow(now)
	}
	c.tasksDue(now)
	if c.link != linkUp {
		return
	}
	if now >= c.bootAt {
		c.bootAt = never
		c.pushBoot()
	}
	if now >= c.alignedAt && c.accepted {
		c.alignedDue(now)
	}
	if now >= c.heartbeatAt && c.accepted {
		c.heartbeatAt = now + c.heartbeatInterval
		c.pushHeartbeat()
	}
}

// lifeDue does what is due at the ports, and about faults and lost connections.
func (c *Charger) lifeDue(now instant) {
	if !c.powered {
		return
	}
	for i := range c.ports {
		p := &c.ports[i]
		if now >= p.sampleAt {
			c.sampleDue(p, now)
		}
		if now >= p.next {
			c.portDue(p, now)
		}
	}
	if now >= c.faultAt {
		c.breakDown(now)
	}
	if now >= c.dropAt {
		c.drop(now)
	}
}

// arm sets the timer to what is due next.
func (c *Charger) arm(now instant) {
	next := c.nextDue()
	if next == c.armed || c.stopped {
		return
	}
	c.armed = next
	if next == never {
		c.timer.Stop()
		return
	}
	c.timer.Reset(max(next-now, 0))
}

func (c *Charger) nextDue() instant {
	next := min(c.dialAt, c.resetAt, c.nextTask())
	if c.out.open != nil {
		next = min(next, c.out.deadline)
	}
	if c.link == linkUp {
		next = min(next, c.bootAt)
		if c.accepted {
			next = min(next, c.heartbeatAt, c.alignedAt)
			if c.out.open == nil && c.out.queue.len() > 0 && !c.held() {
				next = min(next, c.out.retryAt)
			}
		}
	}
	if c.fleet.frozen.Load() || !c.powered {
		return next
	}
	next = min(next, c.faultAt, c.dropAt)
	for i := range c.ports {
		next = min(next, c.ports[i].next, c.ports[i].sampleAt)
	}
	return next
}

// accept lets the charger speak on this connection, and tells what the server
// may not know: all after a boot, else what has changed.
func (c *Charger) accept(now instant, all bool) {
	c.accepted, c.failures = true, 0
	c.alignMeters(now)
	if all {
		c.pushStatus(nil)
	}
	c.startWrong(now)
	for i := range c.ports {
		if p := &c.ports[i]; all || !p.reported {
			c.pushStatus(p)
			if p.phase == faulted {
				c.talk.trouble(c, p, p.errorCode, false)
			}
		}
	}
	c.dropAt = after(now, c.fleet.real(c.drops.wait(c.fleet.cfg.Life.DisconnectsPerHour)))
	if !c.alive {
		c.alive = true
		c.comeAlive(now)
	}
}

// comeAlive lets the first vehicles come.
func (c *Charger) comeAlive(now instant) {
	life := &c.fleet.cfg.Life
	c.faultAt = after(now, c.fleet.real(c.faults.wait(life.FaultsPerHour)))
	for i := range c.ports {
		p := &c.ports[i]
		chance := visitChance(c.fleet.cfg.Seed, c.index, -p.number, 0)
		if chance.yes(life.FirstArrivals) {
			p.next = now + c.fleet.real(chance.span(0, time.Duration(float64(2*time.Second)/life.Haste)))
		} else {
			p.next = after(now, c.fleet.real(chance.wait(life.ArrivalsPerHour)))
		}
	}
}

// drop loses the connection, or the power.
func (c *Charger) drop(now instant) {
	away := c.fleet.real(c.drops.around(c.fleet.cfg.Life.OfflineLength))
	power := c.drops.yes(c.fleet.cfg.Life.Reboots)
	c.dropAt = never
	if power {
		c.reboot(now, reasonPowerLoss, away)
		return
	}
	c.hangUp(now)
	c.dialAt = now + away
}

// reboot ends all sessions, takes the charger from the net and lets it boot.
func (c *Charger) reboot(now instant, reason string, away time.Duration) {
	for i := range c.ports {
		p := &c.ports[i]
		switch {
		case p.session != nil && c.resume:
		case p.session != nil:
			c.endSession(p, now, reason)
		case p.phase == authorizing:
			p.phase, p.next = plugged, now+away+c.fleet.real(p.visit.toCard)
		}
	}
	c.hangUp(now)
	c.powered, c.booted = false, false
	c.settle(now)
	c.dialAt = now + away
}

// Protocol returns the subprotocol of the connection; without one, of the last
// or of the one to come.
func (c *Charger) Protocol() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.protocol
}

// PortState is what a charger knows about one of its ports.
type PortState struct {
	Number     int
	Status     string // in the words of 1.6
	RegisterWh int64
	// LimitW is what the port offers now, by its rating and charging profiles.
	LimitW int64
	// Session is the running one, nil for none.
	Session *SessionState
}

// SessionState is what a charger knows about a running session.
type SessionState struct {
	// TransactionID is 0 as long as StartTransaction has not been answered, and
	// in 2.x.
	TransactionID int64
	// Transaction is the charger's own id in 2.x.
	Transaction  string
	IDTag        string
	MeterStartWh int64
	Started      time.Time
}

// Ports returns the ports as they are now.
func (c *Charger) Ports() []PortState {
	c.mu.Lock()
	defer c.mu.Unlock()
	states := make([]PortState, len(c.ports))
	for i := range c.ports {
		p := &c.ports[i]
		states[i] = PortState{Number: p.number, Status: p.status, RegisterWh: p.register.wattHours(),
			LimitW: int64(p.limit)}
		if s := p.session; s != nil {
			states[i].Session = &SessionState{TransactionID: s.id, Transaction: s.transaction, IDTag: s.idTag,
				MeterStartWh: s.meterStart.wattHours(), Started: s.started}
		}
	}
	return states
}

// Ended returns how many sessions the charger has ended.
func (c *Charger) Ended() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessionsOver
}

// Queued returns how many transaction messages wait for an answer.
func (c *Charger) Queued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.queue.len()
}
