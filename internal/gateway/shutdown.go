package gateway

import (
	"context"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// leaveBatch is how many chargers are sent away at a time.
const leaveBatch = 50

// defaultSpread is the time over which chargers are sent away when the context
// has no deadline.
const defaultSpread = 5 * time.Second

// Shutdown refuses new connections, sends the chargers away with 1001, spread
// over half of the time that ctx leaves, so that they do not all come back at
// once, and waits until the end of each connection is stored. A message in hand
// is finished and answered. When ctx ends first, the rest is cut off and its
// error returned. The fleet must still run, and is stopped afterwards.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.stopping.Store(true)
	empty := g.links.close()
	g.sendAway(ctx, g.links.appendAll(nil))
	var err error
	select {
	case <-empty:
	case <-ctx.Done():
		err = ctx.Err()
		for _, l := range g.links.appendAll(nil) {
			l.reader.sock.Close()
		}
	}
	g.cancel()
	<-empty
	g.background.Wait()
	g.refusals.stop()
	return err
}

func (g *Gateway) sendAway(ctx context.Context, links []*link) {
	spread := defaultSpread
	if deadline, ok := ctx.Deadline(); ok {
		spread = time.Until(deadline) / 2
	}
	batches := len(links)/leaveBatch + 1
	for i, l := range links {
		if i > 0 && i%leaveBatch == 0 {
			select {
			case <-time.After(spread / time.Duration(batches)):
			case <-ctx.Done():
				return
			}
		}
		l.leave(ws.StatusGoingAway, charging.EndedByStop)
	}
}
