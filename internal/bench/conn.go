package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/sim"
)

const (
	// answerLimit is when a missing answer is an error.
	answerLimit = 30 * time.Second
	// handshakeLimit bounds dialling and the upgrade.
	handshakeLimit = 60 * time.Second
	// headerRoom is kept before a message for the header of its frame: 4 bytes
	// and the mask.
	headerRoom = 8
	// maxAnswer is the largest frame of a server that is read.
	maxAnswer = 64 << 10
)

// conn is one connection of one charger, on which one message at a time is
// outstanding.
type conn struct {
	sock net.Conn
	in   *bufio.Reader
	out  []byte // the message in the making, behind headerRoom
	text []byte // the message that was read last
	id   int    // of the last message
}

// target is the server that chargers dial.
type target struct {
	url, password string
}

// dial opens the WebSocket of a charger.
func (t target) dial(ctx context.Context, identity string) (*conn, error) {
	d := ws.Dialer{Timeout: handshakeLimit, Protocols: []string{sim.Protocol16}, ReadBufferSize: 512, WriteBufferSize: 512}
	if t.password != "" {
		token := base64.StdEncoding.EncodeToString([]byte(identity + ":" + t.password))
		d.Header = ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Basic " + token}})
	}
	sock, early, _, err := d.Dial(ctx, t.url+"/"+url.PathEscape(identity))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", identity, err)
	}
	var source io.Reader = sock
	if early != nil {
		text, _ := early.Peek(early.Buffered())
		source = io.MultiReader(bytes.NewReader(bytes.Clone(text)), sock)
		ws.PutReader(early)
	}
	return &conn{sock: sock, in: bufio.NewReaderSize(source, 256)}, nil
}

// begin starts a call: `[2,"id","Action",`. The caller appends the payload and
// gives the text to call.
func (c *conn) begin(action string) []byte {
	c.id++
	if cap(c.out) < headerRoom {
		c.out = make([]byte, headerRoom, 256)
	}
	b := append(c.out[:headerRoom], `[2,"`...)
	b = appendNumber(b, c.id)
	b = append(b, `","`...)
	b = append(b, action...)
	return append(b, `",`...)
}

// call sends what begin began, with its payload, and returns the payload of the
// answer, which is lent until the next call.
func (c *conn) call(b []byte) ([]byte, error) {
	if err := c.send(ws.OpText, append(b, ']')); err != nil {
		return nil, err
	}
	if err := c.sock.SetReadDeadline(time.Now().Add(answerLimit)); err != nil {
		return nil, err
	}
	for {
		if err := c.read(); err != nil {
			return nil, err
		}
		if isCall(c.text) {
			if err := c.decline(); err != nil {
				return nil, err
			}
			continue
		}
		return c.result()
	}
}

// errRefused is an answer that is no result.
var errRefused = errors.New("the answer is no result")

// result checks that the answer is a result for the last call.
func (c *conn) result() ([]byte, error) {
	var room [32]byte
	want := append(appendNumber(append(room[:0], `[3,"`...), c.id), `",`...)
	if !bytes.HasPrefix(c.text, want) || c.text[len(c.text)-1] != ']' {
		return nil, fmt.Errorf("%w: %.120s", errRefused, c.text)
	}
	return c.text[len(want) : len(c.text)-1], nil
}

func isCall(text []byte) bool { return bytes.HasPrefix(text, []byte("[2,")) }

// decline refuses a call of the server, so that it asks no more.
func (c *conn) decline() error {
	f, err := ocpp.ParseFrame(c.text)
	if err != nil {
		return fmt.Errorf("a call of the server cannot be read: %w", err)
	}
	b := append(make([]byte, 0, 128), make([]byte, headerRoom)...)
	return c.send(ws.OpText, ocpp.AppendCallError(b, f.RawID, ocpp.NotImplemented, "a benchmark takes no calls"))
}

// send masks what stands in b behind headerRoom and sends it as one frame. It
// keeps b for the next message.
func (c *conn) send(op ws.OpCode, b []byte) error {
	payload := b[headerRoom:]
	at := headerRoom - 6
	switch n := len(payload); {
	case n < 126:
		b[at+1] = 0x80 | byte(n)
	case n <= 0xffff:
		at = 0
		b[at+1] = 0x80 | 126
		binary.BigEndian.PutUint16(b[at+2:], uint16(n))
	default:
		return fmt.Errorf("a message of %d bytes is too long", n)
	}
	b[at] = 0x80 | byte(op)
	mask := [4]byte(b[headerRoom-4:])
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	copy(b[headerRoom-4:], mask[:])
	ws.Cipher(payload, mask, 0)
	_, err := c.sock.Write(b[at:])
	if op == ws.OpText {
		c.out = b
	}
	return err
}

// read reads the next text message into c.text and answers pings on the way.
func (c *conn) read() error {
	for {
		var h [2]byte
		if _, err := io.ReadFull(c.in, h[:]); err != nil {
			return err
		}
		n := int(h[1] & 0x7f)
		if n == 126 {
			var long [2]byte
			if _, err := io.ReadFull(c.in, long[:]); err != nil {
				return err
			}
			n = int(binary.BigEndian.Uint16(long[:]))
		}
		if n > maxAnswer || h[1]&0x80 != 0 || h[0]&0x70 != 0 {
			return fmt.Errorf("a frame of the server begins with % x, which this benchmark does not read", h)
		}
		if cap(c.text) < n {
			c.text = make([]byte, n+n/2)
		}
		c.text = c.text[:n]
		if _, err := io.ReadFull(c.in, c.text); err != nil {
			return err
		}
		switch op := ws.OpCode(h[0] & 0x0f); op {
		case ws.OpText:
			return nil
		case ws.OpPing:
			pong := append(make([]byte, headerRoom, headerRoom+125), c.text...)
			if err := c.send(ws.OpPong, pong); err != nil {
				return err
			}
		case ws.OpClose:
			return fmt.Errorf("the server closed the connection: % x", c.text)
		}
	}
}

// idle answers pings and calls until the deadline, and says why it ended
// otherwise.
func (c *conn) idle(until time.Time) error {
	if err := c.sock.SetReadDeadline(until); err != nil {
		return err
	}
	for {
		err := c.read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err == nil && isCall(c.text) {
			err = c.decline()
		}
		if err != nil {
			return err
		}
	}
}
