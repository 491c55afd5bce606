package gateway

import (
	"time"
)

// A charger that says much at once is paused now and then, so that it cannot
// keep a processor to itself: whoever always has something to read never waits,
// and the others' sockets would be looked at a hundred times a second only. A
// charger that waits for each answer, as OCPP wants it, is never paused.
const (
	pauseAfter = 32 // frames that came without waiting for the answer to the one before
	pause      = time.Millisecond
)

// pace is called before each frame.
func (rd *reader) pace() {
	if rd.r == rd.w && len(rd.early) == 0 {
		rd.hurried = 0
		return
	}
	rd.hurry()
}

// hurry counts a frame that did not wait.
func (rd *reader) hurry() {
	if rd.hurried++; rd.hurried < pauseAfter {
		return
	}
	rd.hurried = 0
	if rd.pauses != nil {
		rd.pauses.Inc()
	}
	time.Sleep(pause)
}
