package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/gobwas/ws"
	"github.com/klauspost/compress/flate"
)

// Compression of messages (RFC 7692), without context takeover: each message
// stands for itself, so an idle connection holds no window.

const (
	deflateName = "permessage-deflate"
	// deflateAnswer is what is agreed on.
	deflateAnswer = deflateName + "; server_no_context_takeover; client_no_context_takeover"
	// deflateFrom is from how many bytes on a message is worth compressing.
	deflateFrom = 256
)

// deflateTail ends the deflated text of a message: the marker that is left out
// on the wire, and an empty last block.
var deflateTail = []byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

// deflateMarker is how many bytes of deflateTail each side leaves out.
const deflateMarker = 4

// offersDeflate reports whether a client offers compression in a way that can
// be agreed to: a window of ours that is smaller than usual cannot.
func offersDeflate(headers []string) bool {
	for _, h := range headers {
		for offer := range strings.SplitSeq(h, ",") {
			name, parameters, _ := strings.Cut(offer, ";")
			if strings.EqualFold(strings.TrimSpace(name), deflateName) && acceptableDeflate(parameters) {
				return true
			}
		}
	}
	return false
}

func acceptableDeflate(parameters string) bool {
	if strings.TrimSpace(parameters) == "" {
		return true
	}
	seen := make(map[string]bool)
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, hasValue := strings.Cut(p, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.Trim(strings.TrimSpace(value), `"`)
		if seen[name] {
			return false
		}
		seen[name] = true
		switch name {
		case "server_no_context_takeover", "client_no_context_takeover":
			if hasValue {
				return false
			}
		case "client_max_window_bits":
			bits, err := strconv.Atoi(value)
			if hasValue && (err != nil || bits < 8 || bits > 15) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// inflaters are readers at rest.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// inflate returns the text of a deflated message in a buffer of its own, and
// releases buf in any case. Memory follows the text that really comes out, up
// to the longest message.
func (rd *reader) inflate(buf *buffer) (out *buffer, err error) {
	defer rd.buffers.release(buf)
	if !rd.buffers.grow(buf, len(deflateTail), rd.maxMessage+len(deflateTail)) {
		return nil, noMemory()
	}
	buf.b = append(buf.b, deflateTail...)
	in := inflaters.Get().(io.ReadCloser)
	defer func() {
		// It must not hold on to the message.
		in.(flate.Resetter).Reset(bytes.NewReader(nil), nil)
		inflaters.Put(in)
	}()
	in.(flate.Resetter).Reset(bytes.NewReader(buf.b), nil)
	out = newBuffer()
	for {
		if len(out.b) == cap(out.b) && !rd.buffers.grow(out, 1, rd.maxMessage+1) {
			rd.buffers.release(out)
			return nil, noMemory()
		}
		n, err := in.Read(out.b[len(out.b):min(cap(out.b), rd.maxMessage+1)])
		out.b = out.b[:len(out.b)+n]
		switch {
		case len(out.b) > rd.maxMessage:
			err = tooLong(rd.maxMessage)
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			err = &breach{ws.StatusInvalidFramePayloadData, "a compressed message cannot be read"}
		}
		if err != nil {
			rd.buffers.release(out)
			return nil, err
		}
	}
}

func tooLong(limit int) *breach {
	return &breach{ws.StatusMessageTooBig, fmt.Sprintf("a message is longer than %d bytes", limit)}
}

func noMemory() *breach {
	return &breach{statusTryAgainLater, "the server has no memory for more unfinished messages"}
}

// deflate appends the deflated text of a message to dst; ok is false when that
// would save nothing.
func deflate(dst, text []byte) (deflated []byte, ok bool) {
	w := appendWriter{b: dst}
	if err := flate.StatelessDeflate(&w, text, false, nil); err != nil {
		return nil, false
	}
	n := len(w.b) - deflateMarker
	if n <= len(dst) || !bytes.Equal(w.b[n:], deflateTail[:deflateMarker]) || n-len(dst) >= len(text) {
		return nil, false
	}
	return w.b[:n], true
}

// appendWriter collects what is written.
type appendWriter struct{ b []byte }

func (w *appendWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}
