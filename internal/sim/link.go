package sim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// errSilent ends a connection on which the server answers nothing.
var errSilent = errors.New("the server has not answered three calls in a row")

// errSubprotocol ends a handshake after which the two would not understand each
// other.
var errSubprotocol = errors.New("the server has chosen none of the subprotocols that were offered")

// startDialing opens a connection in a goroutine of its own.
func (c *Charger) startDialing() {
	c.dialAt = never
	c.link, c.powered = linkDialing, true
	generation := c.generation
	c.fleet.running.Go(func() { c.dial(generation) })
}

func (c *Charger) dial(generation uint32) {
	conn, early, shake, err := c.fleet.connect(c)
	taken := false
	c.do(func(now instant) {
		switch {
		case c.generation != generation:
		case err != nil:
			c.refused(now, err)
		default:
			taken = true
			c.choose(now, shake.Protocol)
			c.deflate = len(shake.Extensions) > 0
			c.connected(now, conn, early)
		}
	})
	if conn != nil && !taken {
		conn.Close()
	}
}

// refused plans another attempt.
func (c *Charger) refused(now instant, err error) {
	text := plainText(err)
	if refusal := (*HandshakeError)(nil); errors.As(err, &refusal) {
		text = strings.ReplaceAll(text, c.cfg.Identity, "<identity>")
	}
	c.fleet.stats.refused.Add(1)
	c.fleet.stats.fault("connect: " + text)
	c.fleet.cfg.Log.Debug("charger not connected", "charger", c.cfg.Identity, "error", err)
	c.link = linkDown
	c.unreachable()
	c.backOffFrom(now)
}

// backOffFrom sets when to dial again; the wait doubles with each failure.
func (c *Charger) backOffFrom(now instant) {
	r := &c.fleet.cfg.Retry
	wait := r.BackOffMax
	if c.failures < 20 {
		wait = min(wait, r.BackOffMin<<c.failures)
	}
	c.failures++
	c.dialAt = now + c.backOff.span(wait/2, wait*3/2)
}

// choose takes the version that the server chose. What was begun or queued in
// another one cannot be told in this one.
func (c *Charger) choose(now instant, protocol string) {
	if protocol == c.protocol {
		return
	}
	for i := range c.ports {
		if p := &c.ports[i]; p.session != nil {
			c.endSession(p, now, reasonReboot)
		}
	}
	for ; c.out.queue.len() > 0; c.out.queue.pop() {
		c.fleet.stats.givenUp.Add(1)
		c.fleet.stats.queued.Add(-1)
	}
	c.protocol, c.talk, c.booted = protocol, talks[protocol], false
}

func (c *Charger) connected(now instant, conn net.Conn, early []byte) {
	c.link, c.conn = linkUp, conn
	c.generation++
	c.out.backlog = c.out.seq
	c.fleet.stats.connects.Add(1)
	c.fleet.stats.connected.Add(1)
	var source io.Reader = conn
	if len(early) > 0 {
		source = io.MultiReader(bytes.NewReader(early), conn)
	}
	in, generation, inflate := bufio.NewReaderSize(source, readBuffer), c.generation, c.deflate
	c.fleet.running.Go(func() { c.read(in, generation, inflate) })
	if c.booted && !c.cfg.Make.BootAlways || c.misbehaves(neverBoots) {
		c.booted = true
		c.accept(now, false)
		return
	}
	c.bootAt = never
	if c.misbehaves(earlyStatus) {
		for i := range c.ports {
			c.pushStatus(&c.ports[i])
		}
	}
	c.pushBoot()
}

// read handles what comes in, until the connection ends. It is the only
// goroutine of an idle charger, and holds no buffer while it waits.
func (c *Charger) read(in *bufio.Reader, generation uint32, inflate bool) {
	r := frameReader{in: in, inflate: inflate, pong: func(payload []byte) error { return c.pong(generation, payload) }}
	for {
		if _, err := in.Peek(1); err != nil {
			c.ended(generation, err)
			return
		}
		b := getBuffer()
		message, ok, err := r.next(*b)
		*b = message
		if ok {
			c.receive(message, generation)
		}
		putBuffer(b)
		if err != nil {
			c.ended(generation, err)
			return
		}
	}
}

// receive handles one message of the server.
func (c *Charger) receive(message []byte, generation uint32) {
	f, err := ocpp.ParseFrame(message)
	c.do(func(now instant) {
		switch {
		case c.generation != generation:
		case err != nil:
			c.fleet.stats.fault("a frame of the server cannot be read: " + err.Error())
		case f.Type == ocpp.Call:
			c.called(&f, now)
		default:
			c.answered(&f, now)
		}
	})
}

func (c *Charger) pong(generation uint32, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation || c.misbehaves(mutePong) {
		return nil
	}
	return c.writeControl(ws.OpPong, payload)
}

func (c *Charger) writeControl(op ws.OpCode, payload []byte) error {
	frame := getBuffer()
	defer putBuffer(frame)
	*frame = append(beginFrame(*frame), payload...)
	return writeFrame(c.conn, op, *frame)
}

// ended is told that a connection has ended.
func (c *Charger) ended(generation uint32, err error) {
	c.do(func(now instant) {
		if c.generation == generation {
			c.lose(now, err)
		}
	})
}

// lose takes the connection for ended against the charger's will.
func (c *Charger) lose(now instant, err error) {
	c.fleet.stats.lost.Add(1)
	c.fleet.stats.fault("connection lost: " + plainText(err))
	c.fleet.cfg.Log.Debug("charger lost its connection", "charger", c.cfg.Identity, "error", err)
	c.hangUp(now)
	c.backOffFrom(now)
}

// hangUp ends the connection, if there is one, without a word.
func (c *Charger) hangUp(now instant) {
	c.generation++
	if c.link == linkUp {
		c.conn.Close()
		c.fleet.stats.connected.Add(-1)
	}
	c.link, c.conn, c.accepted = linkDown, nil, false
	c.dropAt, c.bootAt, c.heartbeatAt, c.alignedAt = never, never, never, never
	c.disconnected(now)
}

// stop ends the charger for ever, with a close frame.
func (c *Charger) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.wrong != nil {
		for _, end := range c.wrong.ghosts {
			end()
		}
	}
	if c.link != linkUp {
		return
	}
	var code [2]byte
	binary.BigEndian.PutUint16(code[:], uint16(ws.StatusNormalClosure))
	_ = c.writeControl(ws.OpClose, code[:]) // the connection is closed next anyhow
	c.conn.Close()
	c.fleet.stats.connected.Add(-1)
	c.link = linkDown
}

// connect opens a charger's connection; not too many at one time.
func (f *Fleet) connect(c *Charger) (conn net.Conn, early []byte, shake ws.Handshake, err error) {
	select {
	case f.dialing <- struct{}{}:
	case <-f.ctx.Done():
		return nil, nil, shake, f.ctx.Err()
	}
	defer func() { <-f.dialing }()
	u := c.upgrade()
	if c.misbehaves(probes) {
		c.probe(f.ctx, u)
	}
	conn, early, shake, err = u.open(f.ctx)
	if err == nil && len(u.protocols) == 0 {
		shake.Protocol = Protocol16
		return conn, early, shake, nil
	}
	if err == nil && !slices.Contains(u.protocols, shake.Protocol) {
		conn.Close()
		return nil, nil, shake, errSubprotocol
	}
	return conn, early, shake, err
}

// dialerOf returns how the charger with that index opens network connections.
func (f *Fleet) dialerOf(index int) func(context.Context, string, string) (net.Conn, error) {
	if f.cfg.Dial != nil {
		return f.cfg.Dial
	}
	d := net.Dialer{Control: pickPortLate}
	if n := len(f.cfg.LocalAddrs); n > 0 {
		d.LocalAddr = &net.TCPAddr{IP: f.cfg.LocalAddrs[index%n].AsSlice()}
	}
	return d.DialContext
}
