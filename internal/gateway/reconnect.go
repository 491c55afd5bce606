package gateway

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A charger may connect again at once, and even a broken one that does so all
// the time is let in. But each connection costs a row and its end another, so
// beyond patienceWithReconnects they are slowed down.
var patienceWithReconnects = patience{30, time.Second}

const (
	// reconnectHold is how long a connection too many waits.
	reconnectHold = 250 * time.Millisecond
	// reconnectsHeld bounds how many wait at a time: each costs a descriptor.
	reconnectsHeld = 256
)

// reconnects are the connections of late, by charger.
type reconnects struct {
	hold time.Duration
	held atomic.Int32

	mu sync.Mutex
	of guessers
}

func (rc *reconnects) init() {
	rc.hold = reconnectHold
	rc.of.init(patienceWithReconnects)
}

// slowDown is the last check of a handshake: it delays the connections of a
// charger that come too often, and refuses none.
func (g *Gateway) slowDown(r *http.Request, a *admission) *refusal {
	rc := &g.reconnects
	rc.mu.Lock()
	of, _ := rc.of.of(strconv.FormatInt(int64(a.charger.ID), 10))
	tooMany := of.tooMany(time.Now())
	rc.mu.Unlock()
	if tooMany {
		g.holdBack(r, &rc.held, reconnectsHeld, rc.hold)
	}
	return nil
}
