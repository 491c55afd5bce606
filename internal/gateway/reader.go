package gateway

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
	"github.com/prometheus/client_golang/prometheus"
)

// readAhead is how many bytes a link holds for reading: enough for a whole
// Heartbeat or StatusNotification in one system call, little enough for
// thousands of idle links.
const readAhead = 512

// readStep bounds what is read, and allocated, at once for a frame whose length
// is only announced.
const readStep = 16 << 10

// reader reads WebSocket messages from one socket.
type reader struct {
	sock  net.Conn
	early []byte // what came behind the handshake
	ahead [readAhead]byte
	r, w  int
	head  [ws.MaxHeaderSize]byte

	buffers    *budget
	maxMessage int
	// inflates says that messages may come deflated.
	inflates bool
	received prometheus.Counter // of bytes
	// lastFrame is when the last frame was complete, in Unix nanoseconds.
	lastFrame *atomic.Int64
	// unfinished is when the first fragment of a message was complete of which
	// more is to come, in Unix nanoseconds; 0 for none.
	unfinished atomic.Int64
	// hurried counts frames in a row that came without waiting, and pauses what
	// was done about it.
	hurried int
	pauses  prometheus.Counter
	// control handles ping, pong and close; an error ends reading.
	control func(op ws.OpCode, payload []byte) error
}

// breach is a client's violation of the WebSocket protocol or of a limit, with
// the close code that it is answered with.
type breach struct {
	code ws.StatusCode
	why  string
}

func (b *breach) Error() string { return b.why }

// errPeerClosed ends reading after a close frame of the client.
var errPeerClosed = errors.New("the charger closed the connection")

// Read fills p from what was read ahead, or from the socket.
func (rd *reader) Read(p []byte) (int, error) {
	if len(rd.early) > 0 {
		n := copy(p, rd.early)
		rd.early = rd.early[n:]
		if len(rd.early) == 0 {
			rd.early = nil
		}
		return n, nil
	}
	if rd.r == rd.w {
		if len(p) >= len(rd.ahead) {
			n, err := rd.sock.Read(p)
			rd.received.Add(float64(n))
			return n, err
		}
		n, err := rd.sock.Read(rd.ahead[:])
		rd.received.Add(float64(n))
		rd.r, rd.w = 0, n
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, rd.ahead[rd.r:rd.w])
	rd.r += n
	return n, nil
}

// next returns the next data message, which the caller releases. Control
// frames that come before or inside it are handled on the way.
func (rd *reader) next() (buf *buffer, binary bool, err error) {
	state := ws.StateServerSide
	deflated := false
	defer func() {
		if err != nil && buf != nil {
			rd.buffers.release(buf)
			buf = nil
		}
	}()
	for {
		rd.pace()
		h, err := ws.ReadHeaderBuffer(rd, rd.head[:])
		if err != nil {
			return buf, false, headerError(err)
		}
		if rd.inflates && h.Rsv1() && buf == nil && !h.OpCode.IsControl() {
			deflated = true
			h.Rsv = ws.Rsv(false, h.Rsv2(), h.Rsv3())
		}
		if err := ws.CheckHeader(h, state); err != nil {
			return buf, false, &breach{ws.StatusProtocolError, err.Error()}
		}
		if h.OpCode.IsControl() {
			if err := rd.readControl(h); err != nil {
				return buf, false, err
			}
			continue
		}
		if buf == nil {
			buf, binary = newBuffer(), h.OpCode == ws.OpBinary
		}
		if err := rd.readData(h, buf); err != nil {
			return buf, false, err
		}
		if h.Fin {
			if state.Fragmented() {
				rd.unfinished.Store(0)
			}
			if deflated {
				buf, err = rd.inflate(buf)
			}
			return buf, binary, err
		}
		if !state.Fragmented() {
			rd.unfinished.Store(time.Now().UnixNano())
		}
		state = state.Set(ws.StateFragmented)
	}
}

func headerError(err error) error {
	if errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return &breach{ws.StatusProtocolError, err.Error()}
	}
	return err
}

func (rd *reader) readControl(h ws.Header) error {
	var payload [ws.MaxControlFramePayloadSize]byte
	p := payload[:h.Length]
	if _, err := io.ReadFull(rd, p); err != nil {
		return err
	}
	ws.Cipher(p, h.Mask, 0)
	rd.lastFrame.Store(time.Now().UnixNano())
	return rd.control(h.OpCode, p)
}

// readData appends the payload of a data frame to buf. Memory follows the bytes
// that really come.
func (rd *reader) readData(h ws.Header, buf *buffer) error {
	if h.Length > int64(rd.maxMessage-len(buf.b)) {
		return tooLong(rd.maxMessage)
	}
	for done := 0; done < int(h.Length); {
		n := min(int(h.Length)-done, readStep)
		if room := cap(buf.b) - len(buf.b); room > 0 {
			n = min(n, room)
		}
		if !rd.buffers.grow(buf, n, rd.maxMessage) {
			return noMemory()
		}
		part := buf.b[len(buf.b) : len(buf.b)+n]
		if _, err := io.ReadFull(rd, part); err != nil {
			return err
		}
		ws.Cipher(part, h.Mask, done)
		buf.b = buf.b[:len(buf.b)+n]
		done += n
	}
	rd.lastFrame.Store(time.Now().UnixNano())
	return nil
}
