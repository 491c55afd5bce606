package httpapi

import (
	"net/http"
	"strconv"
	"sync"
)

const contentTypeJSON = "application/json; charset=utf-8"

// writeJSON answers with a whole body. Nothing is written of it to a HEAD: the
// server sees to that.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentTypeJSON)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// An error means that the client went away; nobody is left to be told.
	_, _ = w.Write(body)
}

// writeSize is how much is handed to the socket at a time.
const writeSize = 64 << 10

var writeBuffers = sync.Pool{New: func() any { return new([writeSize]byte) }}

// writeParts writes many parts with few system calls.
func writeParts(w http.ResponseWriter, parts [][]byte) {
	buffer := writeBuffers.Get().(*[writeSize]byte)
	defer writeBuffers.Put(buffer)
	full := 0
	for _, p := range parts {
		for len(p) > 0 {
			n := copy(buffer[full:], p)
			full, p = full+n, p[n:]
			if full < writeSize {
				continue
			}
			if _, err := w.Write(buffer[:]); err != nil {
				return // the client went away
			}
			full = 0
		}
	}
	_, _ = w.Write(buffer[:full]) // as above
}
