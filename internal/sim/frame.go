package sim

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
)

const (
	// headerRoom is kept free before a message for the largest header of a
	// masked WebSocket frame.
	headerRoom = ws.MaxHeaderSize
	// maxMessage is the largest message that a simulated charger takes.
	maxMessage = 1 << 20
	// keptBuffer is the largest buffer that goes back into the pool.
	keptBuffer = 64 << 10
	// readBuffer holds nearly every answer with its header, so that an idle
	// charger costs little and a message one read.
	readBuffer = 256
	// writeTimeout is when a write that does not get through ends the connection.
	writeTimeout = 10 * time.Second
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// getBuffer returns an empty buffer; putBuffer takes it back.
func getBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) <= keptBuffer {
		buffers.Put(b)
	}
}

// beginFrame leaves room for the header of a frame at the start of dst.
func beginFrame(dst []byte) []byte {
	var room [headerRoom]byte
	return append(dst[:0], room[:]...)
}

// writeFrame masks what follows the room that beginFrame left in b, puts the
// header before it and sends both in one write. It changes b.
func writeFrame(conn net.Conn, op ws.OpCode, b []byte) error {
	return writeFlagged(conn, finalBit|byte(op), b)
}

// The bits of the first byte of a frame (RFC 6455 §5.2).
const (
	finalBit      = 0x80
	compressedBit = 0x40
)

// writeFlagged is writeFrame with the first byte as it is given.
func writeFlagged(conn net.Conn, first byte, b []byte) error {
	payload := b[headerRoom:]
	var h [headerRoom]byte
	n := 2
	h[0] = first
	switch l := len(payload); {
	case l < 126:
		h[1] = 0x80 | byte(l)
	case l <= 0xffff:
		h[1] = 0x80 | 126
		binary.BigEndian.PutUint16(h[2:], uint16(l))
		n = 4
	default:
		h[1] = 0x80 | 127
		binary.BigEndian.PutUint64(h[2:], uint64(l))
		n = 10
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	copy(h[n:], mask[:])
	n += 4
	ws.Cipher(payload, mask, 0)
	copy(b[headerRoom-n:], h[:n])
	if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := conn.Write(b[headerRoom-n:])
	return err
}

// closeError is the server's close frame.
type closeError struct {
	code   ws.StatusCode
	reason string
}

func (e *closeError) Error() string {
	return fmt.Sprintf("closed by the server: %d %s", e.code, e.reason)
}

// errTooLong is a message beyond maxMessage.
var errTooLong = errors.New("message is longer than 1 MiB")

// frameReader reads whole messages from a server.
type frameReader struct {
	in   *bufio.Reader
	head [headerRoom]byte
	// pong answers a ping with its payload, which is only lent.
	pong    func(payload []byte) error
	inflate bool // messages may be compressed
	packed  bool // this one is
	partial bool // a message has begun whose last frame is missing
}

// next appends the next text or binary message to dst. ok is false when a
// control frame came in its place: a ping, which is answered. A close frame is
// an error of type *closeError.
func (r *frameReader) next(dst []byte) (message []byte, ok bool, err error) {
	for start := len(dst); ; {
		h, err := ws.ReadHeaderBuffer(r.in, r.head[:])
		if err != nil {
			return dst, false, err
		}
		if h.Length > maxMessage || int64(len(dst)-start)+h.Length > maxMessage {
			return dst, false, errTooLong
		}
		if h.OpCode.IsControl() {
			if err := r.handleControl(h); err != nil || !r.partial {
				return dst, false, err
			}
			continue
		}
		if !r.partial {
			r.packed = r.inflate && h.Rsv1()
		}
		at := len(dst)
		dst = grow(dst, int(h.Length))
		if _, err := io.ReadFull(r.in, dst[at:]); err != nil {
			return dst, false, err
		}
		if h.Masked {
			ws.Cipher(dst[at:], h.Mask, 0)
		}
		if r.partial = !h.Fin; h.Fin {
			if r.packed {
				dst, err = unpack(dst, start)
			}
			return dst, err == nil, err
		}
	}
}

// unpack inflates what stands in b from start on.
func unpack(b []byte, start int) ([]byte, error) {
	text, err := wsflate.DefaultHelper.Decompress(b[start:])
	if err != nil {
		return b, fmt.Errorf("a compressed message cannot be read: %w", err)
	}
	if len(text) > maxMessage {
		return b, errTooLong
	}
	return append(b[:start], text...), nil
}

// packFrom is from how many bytes on a message is worth compressing.
const packFrom = 256

// pack deflates the message that follows the room of beginFrame in b.
func pack(b []byte) (packed []byte, ok bool) {
	if len(b)-headerRoom < packFrom {
		return nil, false
	}
	text, err := wsflate.DefaultHelper.Compress(b[headerRoom:])
	if err != nil || len(text) >= len(b)-headerRoom {
		return nil, false
	}
	return append(beginFrame(nil), text...), true
}

func (r *frameReader) handleControl(h ws.Header) error {
	var room [ws.MaxControlFramePayloadSize]byte
	if h.Length > int64(len(room)) {
		return fmt.Errorf("control frame of %d bytes", h.Length)
	}
	payload := room[:h.Length]
	if _, err := io.ReadFull(r.in, payload); err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpClose:
		e := &closeError{code: ws.StatusNoStatusRcvd}
		if len(payload) >= 2 {
			e.code, e.reason = ws.StatusCode(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
		return e
	case ws.OpPing:
		return r.pong(payload)
	default:
		return nil
	}
}

// grow lengthens b by n bytes of any content.
func grow(b []byte, n int) []byte {
	if free := cap(b) - len(b); free < n {
		b = append(b, make([]byte, n)...)
		return b
	}
	return b[:len(b)+n]
}
