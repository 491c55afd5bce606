package httpapi

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// segmentChargers is how many chargers share a segment. More compress better,
// fewer cost less when one of them changes.
const segmentChargers = 16

// segment is the part of a document with a few neighbouring chargers.
type segment struct {
	chargers []*charging.Charger
	*content
}

// content is text with its hash and, once somebody asked, its compressed
// forms. It is immutable.
type content struct {
	text  []byte
	sum   [sha256.Size]byte
	coded [codingCount]struct {
		once sync.Once
		data []byte
	}
	crc    partSum      // set with the gzip form
	memory atomic.Int64 // bytes held
}

func newContent(text []byte) *content {
	c := &content{text: text, sum: sha256.Sum256(text)}
	c.memory.Store(int64(len(text)))
	return c
}

// in returns the text in a coding; the caller must not change it.
func (c *content) in(coding coding) []byte {
	if coding == identity {
		return c.text
	}
	form := &c.coded[coding]
	form.once.Do(func() {
		if coding == gzipped {
			form.data, c.crc = deflatePart(c.text), sumPart(c.text)
		} else {
			form.data = zstdPart(c.text)
		}
		c.memory.Add(int64(len(form.data)))
	})
	return form.data
}

// document is a whole answer, as the list of its segments. It is immutable.
type document struct {
	segments []segment
	size     int64 // of the text
	hash     string
}

func newDocument(segments []segment) *document {
	d := &document{segments: segments}
	hash := sha256.New()
	for i := range segments {
		hash.Write(segments[i].sum[:])
		d.size += int64(len(segments[i].text))
	}
	d.hash = hex.EncodeToString(hash.Sum(nil)[:16])
	return d
}

// gzipTrailer ends the member once all segments have their gzip form.
func (d *document) gzipTrailer() []byte {
	sum := uint32(0)
	for i := range d.segments {
		sum = d.segments[i].crc.add(sum)
	}
	end := binary.LittleEndian.AppendUint32(gzipEnd[:len(gzipEnd):len(gzipEnd)], sum)
	return binary.LittleEndian.AppendUint32(end, uint32(d.size))
}

// etag is the strong validator of the document in a coding. It is made of the
// text alone: equal on every node and after a restart, and the same again when
// what a charger sent changed nothing that is shown.
func (d *document) etag(c coding) string {
	if c == identity {
		return `"` + d.hash + `"`
	}
	return `"` + d.hash + "-" + c.name() + `"`
}

// parts returns the document in a coding as pieces to be written in order, and
// their length together.
func (d *document) parts(c coding) (parts [][]byte, length int64) {
	parts = make([][]byte, 0, len(d.segments)+2)
	if c == gzipped {
		parts = append(parts, gzipHead)
	}
	for i := range d.segments {
		parts = append(parts, d.segments[i].in(c))
	}
	if c == gzipped {
		parts = append(parts, d.gzipTrailer())
	}
	for _, p := range parts {
		length += int64(len(p))
	}
	return parts, length
}

// memory is how many bytes the document holds.
func (d *document) memory() int64 {
	const perSegment = 256 + 8*segmentChargers
	total := int64(0)
	for i := range d.segments {
		total += d.segments[i].memory.Load() + perSegment
	}
	return total
}

// current reports whether the segment shows these chargers as they are now.
func (s *segment) current(e *fleet.Estate, slots []int32) bool {
	if len(s.chargers) != len(slots) {
		return false
	}
	for i, slot := range slots {
		if s.chargers[i] != e.At(int(slot)) {
			return false
		}
	}
	return true
}
