package sim

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The times of misbehaviours, on the clock.
const (
	restless   = 4 * time.Second // between two of what happens every few seconds
	oftenEvery = 100 * time.Millisecond
	silentFor  = 5 * time.Second
	lateBy     = 31 * time.Second
	probeFor   = 200 * time.Millisecond
)

// startWrong lets begin what goes wrong as long as a connection stands.
func (c *Charger) startWrong(now instant) {
	if c.wrong == nil || c.wrong.since == c.generation {
		return
	}
	c.wrong.since = c.generation
	if c.misbehaves(floods) {
		c.repeat(now, oftenEvery, func(instant) { c.pushHeartbeat() })
	}
	if c.misbehaves(bootsAgain) {
		c.repeat(now, restless, func(instant) { c.pushBoot() })
	}
	if c.misbehaves(pings) {
		c.repeat(now, time.Second, func(now instant) { c.control(now, ws.OpPing, nil) })
	}
	if c.misbehaves(chatters) {
		c.repeat(now, time.Second, func(now instant) {
			for _, text := range []string{`[3,"never-asked",{}]`, `[4,"never-asked","GenericError","",{}]`, `[3,-1,{}]`} {
				c.send(now, ws.OpText, append(beginFrame(nil), text...))
			}
		})
	}
	if c.misbehaves(dropsOff | resetsOff | closesBadly | twoSockets | halfOpen) {
		c.repeat(now, restless, c.breakOff)
	}
}

// repeat does something again and again as long as the connection stands.
func (c *Charger) repeat(now instant, every time.Duration, what func(now instant)) {
	generation := c.generation
	c.later(now, every, func(now instant) {
		if c.generation != generation || c.link != linkUp {
			return
		}
		what(now)
		if c.generation == generation {
			c.repeat(now, every, what)
		}
	})
}

// breakOff ends the connection in the charger's own way and dials again.
func (c *Charger) breakOff(now instant) {
	wait := oftenEvery
	switch {
	case c.misbehaves(twoSockets):
		c.abandon(now)
	case c.misbehaves(halfOpen):
		c.abandon(now)
		wait = silentFor
	case c.misbehaves(closesBadly):
		c.control(now, ws.OpClose, []byte{3})
	case c.misbehaves(resetsOff):
		if tcp, is := c.conn.(*net.TCPConn); is {
			_ = tcp.SetLinger(0) // without it the end is a plain one
		}
	}
	c.hangUp(now)
	c.dialAt = now + wait
}

// abandon forgets the connection and leaves it standing.
func (c *Charger) abandon(now instant) {
	conn := c.conn
	if conn == nil {
		return
	}
	c.wrong.ghosts = append(c.wrong.ghosts, func() { conn.Close() })
	c.link, c.conn = linkDown, nil
	c.fleet.stats.connected.Add(-1)
}

func (c *Charger) control(now instant, op ws.OpCode, payload []byte) {
	if c.link != linkUp {
		return
	}
	if err := c.writeControl(op, payload); err != nil {
		c.lose(now, err)
	}
}

// swallow reports that a message will never be said.
func (c *Charger) swallow(m *message) bool {
	switch {
	case m.action == stopTransaction || m.event == eventEnded:
		return c.misbehaves(losesStops)
	case m.action == startTransaction || m.event == eventStarted:
		if !c.misbehaves(losesStarts) {
			return false
		}
		m.session.lost = true
		return true
	}
	return false
}

// disorder changes the order of the queue, to whose end a message has come.
func (c *Charger) disorder(m *message) {
	ends := m.action == stopTransaction || m.event == eventEnded
	if !ends && !c.misbehaves(startsLate) || !c.misbehaves(stopsFirst|startsLate) || m.session == nil || m.session.misplaced {
		return
	}
	q := &c.out.queue
	last := len(q.items) - 1
	for i := q.head; i < last; i++ {
		first := &q.items[i]
		if first.session != m.session {
			continue
		}
		if first.attempts == 0 && (first.action == startTransaction || first.event == eventStarted) {
			m.session.misplaced = true
			q.items[i], q.items[last] = q.items[last], q.items[i]
		}
		return
	}
}

// held reports that the head of the queue waits for the message that is to go
// before it.
func (c *Charger) held() bool {
	if !c.misbehaves(stopsFirst | startsLate) {
		return false
	}
	m := c.out.queue.first()
	if m.attempts > 0 || m.session == nil || m.session.misplaced || m.action != startTransaction && m.event != eventStarted {
		return false
	}
	return m.session.port.session == m.session && (c.misbehaves(stopsFirst) || c.out.queue.len() < 2)
}

// sendWrong sends a message as misbehaviours have it; false leaves it to send.
func (c *Charger) sendWrong(now instant, frame []byte) bool {
	var err error
	c.wrong.sent++
	switch {
	case c.misbehaves(binaryFrames):
		err = writeFrame(c.conn, ws.OpBinary, frame)
	case c.misbehaves(fragments):
		err = c.sendPieces(frame[headerRoom:])
	case c.misbehaves(strayBit) && c.wrong.sent%10 == 0:
		err = writeFlagged(c.conn, finalBit|compressedBit|byte(ws.OpText), frame)
	default:
		return false
	}
	if err != nil {
		c.lose(now, err)
	}
	return true
}

// sendPieces sends a message in three frames with a ping in between.
func (c *Charger) sendPieces(text []byte) error {
	third := len(text) / 3
	for i, piece := range [][]byte{text[:third], text[third : 2*third], text[2*third:]} {
		first := byte(ws.OpContinuation)
		switch i {
		case 0:
			first = byte(ws.OpText)
		case 2:
			first |= finalBit
		}
		if err := writeFlagged(c.conn, first, append(beginFrame(nil), piece...)); err != nil {
			return err
		}
		if i == 0 {
			if err := c.writeControl(ws.OpPing, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// again sends a message of a session once more, right after the first time.
func (c *Charger) again(now instant, m *message) {
	if m.session == nil || m.attempts != 1 || c.link != linkUp {
		return
	}
	twin := *m
	switch {
	case c.misbehaves(sendsAgain):
		twin.id += "-" + strconv.Itoa(m.attempts)
	case !c.misbehaves(sendsTwice):
		return
	}
	c.send(now, ws.OpText, c.wrong.twist(beginFrame(nil), &twin))
}

// answerWrong sends an answer as misbehaviours have it.
func (c *Charger) answerWrong(f *ocpp.Frame, frame []byte, now instant) {
	text := c.wrong.answered(f, append([]byte(nil), frame[headerRoom:]...))
	if text == nil {
		return
	}
	if !c.misbehaves(answersLate) {
		c.send(now, ws.OpText, append(beginFrame(nil), text...))
		return
	}
	generation := c.generation
	c.later(now, lateBy, func(now instant) {
		if c.generation == generation {
			c.send(now, ws.OpText, append(beginFrame(nil), text...))
		}
	})
}

// probe opens a short connection of another version.
func (c *Charger) probe(ctx context.Context, u upgrade) {
	other := Protocol16
	if len(u.protocols) > 0 && u.protocols[0] == Protocol16 {
		other = Protocol201
	}
	u.protocols = []string{other}
	conn, _, _, err := u.open(ctx)
	if err != nil {
		return // the real connection will tell
	}
	defer conn.Close()
	select {
	case <-ctx.Done():
	case <-time.After(probeFor):
	}
}

// miscount returns the number that a TransactionEvent gets in place of the
// right one.
func (c *Charger) miscount(right int64) int64 {
	switch {
	case c.misbehaves(skipsNumbers):
		return right * 2
	case c.misbehaves(countsOn):
		c.wrong.counter++
		return c.wrong.counter - 1
	}
	return right
}
