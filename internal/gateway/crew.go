package gateway

import "sync"

// crew is the goroutines that handle calls. A goroutine for each call would
// grow its stack anew each time, which costs as much as decoding; one for each
// connection would hold a grown stack while the charger says nothing. So those
// that have nothing to do wait here, the last one first to go on, and the sweep
// sends home who was not needed for a while.
type crew struct {
	mu   sync.Mutex
	idle []chan *link // of those that wait, the longest first
	// unused is how many of idle waited all the time since the last rest.
	unused int
	closed bool
}

// handle has the waiting calls of a link handled.
func (c *crew) handle(l *link) {
	c.mu.Lock()
	n := len(c.idle)
	if n == 0 {
		c.mu.Unlock()
		go c.run(l)
		return
	}
	next := c.idle[n-1]
	c.idle = c.idle[:n-1]
	c.unused = min(c.unused, n-1)
	c.mu.Unlock()
	next <- l
}

// run is one of the crew.
func (c *crew) run(l *link) {
	next := make(chan *link, 1)
	for l != nil {
		l.work()
		if !c.wait(next) {
			return
		}
		l = <-next
	}
}

// wait puts one among the idle, unless there is nothing to wait for.
func (c *crew) wait(next chan *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.idle = append(c.idle, next)
	return true
}

// rest sends home those that were not needed since it was called last.
func (c *crew) rest() {
	c.mu.Lock()
	home := append([]chan *link(nil), c.idle[:c.unused]...)
	c.idle = append(c.idle[:0], c.idle[c.unused:]...)
	c.unused = len(c.idle)
	if len(c.idle) == 0 {
		c.idle = nil
	}
	c.mu.Unlock()
	for _, next := range home {
		close(next)
	}
}

// close sends everybody home, now and later.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	c.unused = len(c.idle)
	c.mu.Unlock()
	c.rest()
}
