package gateway

import (
	"sync"
	"sync/atomic"
)

// smallBuffer is the size of pooled buffers; most messages fit in one.
const smallBuffer = 4096

// buffer holds one message. Beyond smallBuffer its size is charged to the
// budget of its gateway.
type buffer struct {
	b       []byte
	charged int64
}

var smallBuffers = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, smallBuffer)} }}

func newBuffer() *buffer { return smallBuffers.Get().(*buffer) }

// budget bounds the memory that messages in the making, or waiting to be
// handled, take over all connections.
type budget struct {
	limit int64
	used  atomic.Int64
}

// grow makes room for n more bytes, up to limit in all; false when the budget
// is spent. A length that a client merely announced must not be given here.
func (m *budget) grow(buf *buffer, n, limit int) bool {
	need := len(buf.b) + n
	if need <= cap(buf.b) {
		return true
	}
	size := max(need, min(2*cap(buf.b), limit))
	if m.used.Add(int64(size)) > m.limit {
		m.used.Add(-int64(size))
		return false
	}
	bigger := make([]byte, len(buf.b), size)
	copy(bigger, buf.b)
	m.used.Add(-buf.charged)
	buf.b, buf.charged = bigger, int64(size)
	return true
}

// forget gives the budget back but not the buffer, which somebody may still
// use.
func (m *budget) forget(buf *buffer) {
	m.used.Add(-buf.charged)
	buf.charged = 0
}

// release gives a buffer back; it must not be used any more.
func (m *budget) release(buf *buffer) {
	m.forget(buf)
	if cap(buf.b) == smallBuffer {
		buf.b = buf.b[:0]
		smallBuffers.Put(buf)
	}
}
