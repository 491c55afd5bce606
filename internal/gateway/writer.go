package gateway

import (
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/prometheus/client_golang/prometheus"
)

// statusTryAgainLater is the close code 1013 of the IANA registry.
const statusTryAgainLater ws.StatusCode = 1013

const (
	// writeTimeout is how long one write may wait at least, and half of how
	// long at most, for a peer that does not read.
	writeTimeout = 10 * time.Second
	// maxUnsent is how many bytes may wait for a peer that does not read.
	maxUnsent = 1 << 20
)

// writer sends frames over one socket, in order. Nobody waits for a frame of
// somebody else: whoever finds the socket busy leaves the frame to the one who
// is writing.
type writer struct {
	sock net.Conn
	sent prometheus.Counter // of bytes
	// deflates says that long messages may be sent deflated.
	deflates bool
	deadline time.Time // of writes; of the one who is writing

	mu      sync.Mutex
	unsent  *buffer // nil when nothing waits
	writing bool
	// sealed says that a close frame was sent or the socket failed: no frame
	// follows.
	sealed bool
}

// send sends a frame, or leaves it to the one who is writing. A failed write
// closes the socket, which the reader notices.
func (w *writer) send(op ws.OpCode, payload []byte) {
	if _, start := w.add(op, payload); start {
		w.flush()
	}
}

// sendLater is send without waiting for the socket.
func (w *writer) sendLater(op ws.OpCode, payload []byte) {
	if _, start := w.add(op, payload); start {
		go w.flush()
	}
}

// sealLater sends a close frame without waiting, and lets nothing follow. It
// reports whether it was the first to do so.
func (w *writer) sealLater(code ws.StatusCode, why string) bool {
	added, start := w.add(ws.OpClose, ws.NewCloseFrameBody(code, clip(why, 120)))
	if start {
		go w.flush()
	}
	return added
}

// add puts a frame behind those that wait; start tells the caller to flush. A
// close frame is the last one.
func (w *writer) add(op ws.OpCode, payload []byte) (added, start bool) {
	if w.deflates && op == ws.OpText && len(payload) >= deflateFrom {
		buf := newBuffer()
		defer func() {
			buf.b = buf.b[:0]
			smallBuffers.Put(buf)
		}()
		if short, ok := deflate(buf.b, payload); ok {
			return w.addFrame(rsv1|byte(op), short)
		}
	}
	return w.addFrame(byte(op), payload)
}

// rsv1 marks a message as deflated (RFC 7692 §6).
const rsv1 = 0x40

// addFrame is add with the first byte of the header, but for its final bit.
func (w *writer) addFrame(first byte, payload []byte) (added, start bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed {
		return false, false
	}
	if w.unsent == nil {
		w.unsent = newBuffer()
	}
	if n := len(w.unsent.b); n > 0 && n+len(payload) > maxUnsent {
		w.sealed = true
		w.sock.Close()
		return false, false
	}
	w.unsent.b = append(appendHeader(w.unsent.b, first, len(payload)), payload...)
	w.sealed = first == byte(ws.OpClose)
	start = !w.writing
	w.writing = true
	return true, start
}

// appendHeader appends the header of an unmasked, unfragmented frame (RFC 6455
// §5.2).
func appendHeader(b []byte, first byte, n int) []byte {
	b = append(b, 0x80|first)
	switch {
	case n < 126:
		return append(b, byte(n))
	case n < 1<<16:
		return append(b, 126, byte(n>>8), byte(n))
	}
	b = append(b, 127)
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(n>>shift))
	}
	return b
}

// flush writes until nothing waits. Only who was told so by add calls it.
func (w *writer) flush() {
	for {
		w.mu.Lock()
		buf := w.unsent
		w.unsent = nil
		w.writing = buf != nil
		sealed := w.sealed
		w.mu.Unlock()
		if buf == nil {
			if sealed {
				w.closeWrite()
			}
			return
		}
		if err := w.write(buf.b); err != nil {
			w.mu.Lock()
			w.sealed, w.writing, w.unsent = true, false, nil
			w.mu.Unlock()
			w.sock.Close()
			return
		}
		if cap(buf.b) == smallBuffer {
			buf.b = buf.b[:0]
			smallBuffers.Put(buf)
		}
	}
}

func (w *writer) write(b []byte) error {
	// Setting it anew for each frame would cost a tenth of the write.
	if now := time.Now(); w.deadline.Sub(now) < writeTimeout {
		w.deadline = now.Add(2 * writeTimeout)
		if err := w.sock.SetWriteDeadline(w.deadline); err != nil {
			return err
		}
	}
	n, err := w.sock.Write(b)
	w.sent.Add(float64(n))
	return err
}

// closeWrite ends our side of the connection behind the close frame; the reader
// waits a little for the other side, so that unread data do not reset it.
func (w *writer) closeWrite() {
	if half, ok := w.sock.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}
