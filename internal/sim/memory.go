package sim

import "time"

// memory is what a charger keeps of what the server wanted of it.
type memory struct {
	settings map[string]string // what was set, by the setting's name
	pending  map[string]string // what holds after the next boot

	profiles     []*profile
	priority     map[int]bool // ports at which priority charging is on
	relimitAt    instant      // when a limit changes by its schedule
	reservations []*reservation

	list        map[string]string // local list: the status of each token
	listVersion int64
	forgot      bool            // the cache was cleared
	cache       map[string]bool // what was learnt since

	firmware string    // the version, once updated
	update   *transfer // of firmware, as long as it runs
	log      *transfer // of a log
	keys     keys
	network  network

	monitors     []*monitor
	monitorID    int64
	monitorBase  string
	monitorLevel int64
	displays     []display
	tariffs      []tariff
	der          []derControl
	published    map[string]*transfer // firmware for others, by checksum
	costs        map[string]float64   // by transaction
}

// memory returns what the charger keeps, to write to it.
func (c *Charger) memory() *memory {
	if c.mem == nil {
		c.mem = &memory{relimitAt: never}
	}
	return c.mem
}

// task is something to do at a time, whether connected or not.
type task struct {
	at   instant
	what func(now instant)
}

// later does something after a time of the clock.
func (c *Charger) later(now instant, wait time.Duration, what func(now instant)) {
	c.tasks = append(c.tasks, task{now + wait, what})
}

// tasksDue does what is due.
func (c *Charger) tasksDue(now instant) {
	for i := 0; i < len(c.tasks); {
		if c.tasks[i].at > now {
			i++
			continue
		}
		what := c.tasks[i].what
		c.tasks = append(c.tasks[:i], c.tasks[i+1:]...)
		what(now)
	}
	if c.mem != nil && now >= c.mem.relimitAt {
		c.relimitAll(now)
	}
}

// nextTask returns when the next task is due.
func (c *Charger) nextTask() instant {
	next := never
	for i := range c.tasks {
		next = min(next, c.tasks[i].at)
	}
	if c.mem != nil {
		next = min(next, c.mem.relimitAt)
	}
	return next
}
