package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// link is one connection of one charger.
//
// One goroutine reads (run). Calls of the charger are handled by a second one
// (work), of the crew, while there are any. The last of the two to end records
// the end of the connection.
type link struct {
	g      *Gateway
	reader reader
	writer writer
	dialog dialog
	opened time.Time
	berth  *berth // the charger's place in the registry

	// lastFrame is when the last frame was complete, in Unix nanoseconds.
	lastFrame atomic.Int64
	// ponged says that a ping of ours was answered on this connection.
	ponged atomic.Bool
	// lastPing is when we sent the last ping, in Unix nanoseconds.
	lastPing atomic.Int64
	// pinged is when the charger last sent a ping of its own, in Unix
	// nanoseconds; 0 for never.
	pinged atomic.Int64
	// nextPing and triggered belong to the sweep.
	nextPing  time.Time
	triggered bool

	mu sync.Mutex
	// jobs are the calls that wait to be handled; room is closed when there
	// is room for one more.
	jobs    []job
	room    chan struct{}
	working bool // work runs
	ended   bool // run has ended
	// draining lets no further call be handled; leaving is how to close once
	// the one in hand is answered.
	draining bool
	leaving  *breach
	// why is the first reason that was found for the end.
	why   string
	calls calls
}

const (
	// closeGrace is how long we wait for the other side of a close.
	closeGrace = 3 * time.Second
	// maxJobs is how many calls of one charger may wait. One at a time is what
	// OCPP allows; beyond this the socket is not read.
	maxJobs = 16
)

func (g *Gateway) newLink(sock net.Conn, a *admission, generation uint64) *link {
	l := &link{g: g, opened: time.Now()}
	l.dialog = dialog{g: g, remote: a.remote, protocol: a.protocol, charger: a.charger.ID,
		generation: generation, serial: a.serial, certificate: a.certificate}
	l.dialog.registration.Store(uint32(registrationOf(a.charger.Boot)))
	l.reader = reader{sock: sock, buffers: &g.buffers, maxMessage: g.cfg.MaxMessage, received: g.metrics.received,
		lastFrame: &l.lastFrame, control: l.control, inflates: a.deflate, pauses: g.metrics.pauses}
	l.writer = writer{sock: sock, sent: g.metrics.sent, deflates: a.deflate}
	l.lastFrame.Store(l.opened.UnixNano())
	// The first ping comes early for some and late for others, so that the
	// chargers of a reconnect storm are not all pinged at once.
	l.nextPing = l.opened.Add(g.cfg.PingEvery/2 + rand.N(max(1, g.cfg.PingEvery/2)))
	l.calls.holdUntil(l.opened.Add(firstCallAfter))
	return l
}

// logger is made when needed: an idle link should be small.
func (l *link) logger() *slog.Logger {
	return l.g.log.With("identity", l.dialog.identity(), "generation", l.dialog.generation)
}

// open makes a link the one that speaks for its charger, and starts it. A link
// that came too late is closed instead.
func (g *Gateway) open(l *link) {
	old, ok := g.links.add(l)
	switch {
	case !ok && g.stopping.Load():
		l.close(ws.StatusGoingAway, charging.EndedByStop)
	case !ok:
		l.close(ws.StatusNormalClosure, replacedReason)
	case old != nil:
		old.close(ws.StatusNormalClosure, replacedReason)
		g.replaced(old, l)
	}
	g.metrics.connections.Inc()
	l.logger().Info("a charger connected", "remote", l.dialog.remote, "protocol", l.dialog.protocol.name)
	go l.run()
}

const replacedReason = "replaced by a newer connection"

// run reads until the connection ends.
func (l *link) run() {
	var err error
	for err == nil {
		err = l.readOne()
	}
	var broken *breach
	switch {
	case errors.As(err, &broken):
		l.blamePing(broken)
		l.close(broken.code, broken.why)
		l.drain()
	case errors.Is(err, errPeerClosed):
		l.endsBecause(err.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		l.endsBecause("the connection was lost")
	default:
		l.endsBecause("the connection was lost: " + plainNetError(err))
	}
	l.reader.sock.Close()
	l.g.links.remove(l)
	l.failCalls()

	l.mu.Lock()
	l.ended = true
	last := !l.working
	l.mu.Unlock()
	if last {
		l.finish()
	}
}

// pingHarm is how soon after our ping a breach of the protocol is taken for a
// malformed answer to it.
const pingHarm = 5 * time.Second

// blamePing stops pinging a charger that cannot stand it: some answer with a
// broken frame, and would lose their connection at each ping.
func (l *link) blamePing(b *breach) {
	pinged := time.Unix(0, l.lastPing.Load())
	if b.code == ws.StatusProtocolError && !l.ponged.Load() && time.Since(pinged) < pingHarm {
		l.berth.pingless.Store(true)
		l.logger().Info("a charger broke the protocol after a ping; it is not pinged any more", "reason", b.why)
	}
}

// readOne reads and takes in one message. A panic over it is the message's
// own: the connection is kept.
func (l *link) readOne() (err error) {
	buf, binary, err := l.reader.next()
	if err != nil {
		return err
	}
	if l.isDraining() {
		l.g.buffers.release(buf)
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			l.logger().Error("reading a message failed", "bytes", len(buf.b), "panic", p, "stack", string(debug.Stack()))
			l.g.buffers.forget(buf)
			if end := l.dialog.tooManyUnreadable(); end != nil {
				err = end
			}
		}
	}()
	return l.receive(buf, binary)
}

// drain throws away what still comes, so that closing does not reset the
// connection under our close frame.
func (l *link) drain() {
	l.reader.sock.SetReadDeadline(time.Now().Add(closeGrace))
	var sink [1024]byte
	for limit := 0; limit < 4*l.g.cfg.MaxMessage; {
		n, err := l.reader.sock.Read(sink[:])
		if err != nil {
			return
		}
		limit += n
		if n == len(sink) {
			l.reader.hurry()
		}
	}
}

// control handles one control frame.
func (l *link) control(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpPing:
		l.pinged.Store(time.Now().UnixNano())
		l.writer.send(ws.OpPong, payload)
	case ws.OpPong:
		if string(payload) == pingPayload {
			l.ponged.Store(true)
		}
	case ws.OpClose:
		code, why := ws.ParseCloseFrameData(payload)
		answer := code
		if code.Empty() || ws.CheckCloseFrameData(code, why) != nil {
			answer = ws.StatusNormalClosure
		}
		if added, start := l.writer.add(ws.OpClose, ws.NewCloseFrameBody(answer, "")); added && start {
			l.writer.flush()
		}
		if code.Empty() {
			return errPeerClosed
		}
		return fmt.Errorf("%w with code %d %q", errPeerClosed, code, clip(why, 100))
	}
	return nil
}

// pingPayload tells an answer to our ping from a pong that nobody asked for.
const pingPayload = "ping"

// close begins an orderly end: a close frame, then a little time for the other
// side. It does not wait.
func (l *link) close(code ws.StatusCode, why string) {
	l.endsBecause(why)
	l.mu.Lock()
	l.draining = true
	l.makeRoom()
	l.mu.Unlock()
	l.writer.sealLater(code, why)
	l.failCalls()
	l.reader.sock.SetReadDeadline(time.Now().Add(closeGrace))
}

// cut ends the connection at once: the other side is not there.
func (l *link) cut(why string) {
	l.endsBecause(why)
	l.writer.sealLater(ws.StatusGoingAway, why)
	l.reader.sock.SetReadDeadline(time.Unix(1, 0))
}

func (l *link) isDraining() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.draining
}

// endsBecause keeps the first reason.
func (l *link) endsBecause(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == "" {
		l.why = why
	}
}

// finish records the end of the connection.
func (l *link) finish() {
	l.g.metrics.connections.Dec()
	seen := time.Unix(0, l.lastFrame.Load())
	l.mu.Lock()
	why := l.why
	l.mu.Unlock()
	l.logger().Info("a charger's connection ended", "remote", l.dialog.remote, "reason", why, "lasted", time.Since(l.opened).Round(time.Second))
	l.g.disconnect(l.dialog.charger, l.dialog.generation, charging.Disconnected{LastSeen: seen, Reason: why})
	l.g.links.done(l)
}

// disconnect tells fleet that a connection ended, and waits until it is stored.
func (g *Gateway) disconnect(charger charging.ID, generation uint64, d charging.Disconnected) {
	d.LastSeen = d.LastSeen.UTC().Truncate(time.Microsecond)
	err := g.fleet.Disconnect(g.ctx, charger, generation, d, time.Now())
	if err != nil && charging.KindOf(err) != charging.NotFound && !errors.Is(err, context.Canceled) {
		g.log.Warn("could not record the end of a connection", "charger", charger, "err", err)
	}
}

// plainNetError returns the short cause of a network error, without addresses.
func plainNetError(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return err.Error()
}
