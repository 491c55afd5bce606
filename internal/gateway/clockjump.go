package gateway

import (
	"sync/atomic"
	"time"
)

// leastJump is from which difference on a clock counts as set, not as kept right.
const leastJump = 2 * time.Second

// wallClock notices when the system's clock is set. What the links remember as
// a time of that clock is kept short on purpose, an integer; so that a jump
// neither makes everybody silent nor hides for an hour who is, it is moved with
// the clock.
type wallClock struct{ last time.Time }

// jumped returns by how much the clock was set since the last call; 0 when it
// only went on.
func (c *wallClock) jumped(now time.Time) time.Duration {
	last := c.last
	c.last = now
	if last.IsZero() {
		return 0
	}
	return setBetween(last, now)
}

// wasSetSince returns by how much the clock was set since that time. What was
// noted meanwhile cannot be compared with it.
func wasSetSince(at time.Time) time.Duration { return setBetween(at, time.Now()) }

func setBetween(first, last time.Time) time.Duration {
	jump := last.Round(0).Sub(first.Round(0)) - last.Sub(first) // of the walls, less what really passed
	if jump.Abs() < leastJump {
		return 0
	}
	return jump
}

// moveWith moves what a link remembers by a jump of the clock. What was noted
// after the jump stays as it is: it may be a little later than now, which a
// clock that was set back makes of everything noted before.
func (l *link) moveWith(jump time.Duration, now time.Time) {
	for _, noted := range []*atomic.Int64{&l.lastFrame, &l.pinged, &l.lastPing, &l.reader.unfinished} {
		old := noted.Load()
		if old == 0 || jump < 0 && old-now.UnixNano() <= int64(-jump/2) {
			continue
		}
		noted.CompareAndSwap(old, min(old+int64(jump), now.UnixNano()))
	}
}
