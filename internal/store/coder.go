package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// packVersion is the first byte of everything packed. It changes when a reader
// of the old form could not read the new one.
const packVersion = 2

// uncheckedVersion is packVersion before there was a checksum at the end.
const uncheckedVersion = 1

// The second byte says what is packed. The numbers are stored.
const (
	packedPort byte = iota + 1
	packedCharger
	packedSession
	packedReadings
)

var errTruncated = errors.New("packed data ends early")

// coder packs and unpacks values; the same walk over the fields of a noun does
// both, so that the two cannot drift apart. What is absent costs a bit: a group
// begins with a bitmap that says which of its fields follow.
//
// The first failure sticks and makes the rest do nothing.
type coder struct {
	buf      []byte
	pos      int // next byte to read
	decoding bool
	clock    int64 // the last time that was packed, in microseconds; times are differences
	mask     int   // where the bitmap of the present group begins
	size     int   // its length in bytes
	bit      int   // the next bit of it
	err      error
}

// open writes or checks the two bytes in front of everything packed.
func (c *coder) open(what byte) {
	if !c.decoding {
		c.buf = append(c.buf, packVersion, what)
		return
	}
	c.verify()
	version, kind := c.readByte(), c.readByte()
	switch {
	case c.err != nil:
	case version != packVersion && version != uncheckedVersion:
		c.err = fmt.Errorf("packed in form %d, and only form %d is known: a newer chargeyard wrote it", version, packVersion)
	case kind != what:
		c.err = fmt.Errorf("packed data of sort %d where sort %d was expected", kind, what)
	}
}

// close checks that nothing is left over, or adds the checksum.
func (c *coder) close() error {
	if !c.decoding {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, crc32.Checksum(c.buf, castagnoli))
		return c.err
	}
	if c.err == nil && c.pos != len(c.buf) {
		c.err = fmt.Errorf("packed data has %d bytes too many", len(c.buf)-c.pos)
	}
	if c.err != nil {
		return packedError{c.err}
	}
	return nil
}

// packedError is what is wrong with packed data.
type packedError struct{ error }

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errChecksum = errors.New("its checksum is wrong: the database is damaged there")

// verify checks and takes off the checksum at the end.
func (c *coder) verify() {
	if len(c.buf) == 0 || c.buf[0] != packVersion {
		return
	}
	end := len(c.buf) - 4
	switch {
	case end < 2:
		c.fail(errTruncated)
	case crc32.Checksum(c.buf[:end], castagnoli) != binary.LittleEndian.Uint32(c.buf[end:]):
		c.fail(errChecksum)
	default:
		c.buf = c.buf[:end]
	}
}

// group is what begin saves of the group around it.
type group struct{ mask, size, bit int }

// begin opens a group with a bitmap of so many bytes.
func (c *coder) begin(size int) group {
	outer := group{c.mask, c.size, c.bit}
	c.bit, c.size = 0, size
	if c.decoding {
		if len(c.buf)-c.pos < size {
			c.fail(errTruncated)
		}
		c.mask = c.pos
		c.pos += size
		return outer
	}
	c.mask = len(c.buf)
	for range size {
		c.buf = append(c.buf, 0)
	}
	return outer
}

// end closes a group. Bits that nobody asked for belong to fields that this
// version does not know.
func (c *coder) end(outer group) {
	for c.decoding && c.err == nil && c.bit < 8*c.size {
		if c.has(false) {
			c.fail(errors.New("packed data has fields that are not known: a newer chargeyard wrote it"))
		}
	}
	c.mask, c.size, c.bit = outer.mask, outer.size, outer.bit
}

// has takes the next bit of the group: packing, it notes present; unpacking,
// it returns what was noted.
func (c *coder) has(present bool) bool {
	if c.err != nil {
		return false
	}
	at, bit := c.mask+c.bit/8, byte(1)<<(c.bit%8)
	c.bit++
	if c.decoding {
		return c.buf[at]&bit != 0
	}
	if present {
		c.buf[at] |= bit
	}
	return present
}

// flag packs a bit. Packing never writes to what it packs: that is published
// and read by others at the same time.
func (c *coder) flag(v *bool) {
	if got := c.has(*v); c.decoding {
		*v = got
	}
}

// integer packs any whole number; one that does not fit its type is refused.
func integer[T ~int64 | ~int | ~uint8 | ~uint16](c *coder, v *T) {
	if !c.has(*v != 0) {
		return
	}
	if !c.decoding {
		c.buf = binary.AppendVarint(c.buf, int64(*v))
		return
	}
	n := c.readVarint()
	*v = T(n)
	if int64(*v) != n {
		c.fail(fmt.Errorf("packed number %d is too large", n))
	}
}

func text[T ~string](c *coder, v *T) {
	if !c.has(*v != "") {
		return
	}
	if c.decoding {
		*v = T(c.readText())
		return
	}
	c.buf = binary.AppendUvarint(c.buf, uint64(len(*v)))
	c.buf = append(c.buf, *v...)
}

// word packs a text that is mostly one of the known words.
func word[T ~string](c *coder, v *T) {
	if !c.has(*v != "") {
		return
	}
	if !c.decoding {
		code := wordCodes[string(*v)]
		c.buf = append(c.buf, code)
		if code == 0 {
			c.buf = binary.AppendUvarint(c.buf, uint64(len(*v)))
			c.buf = append(c.buf, *v...)
		}
		return
	}
	switch code := int(c.readByte()); {
	case code == 0:
		*v = T(c.readText())
	case code <= len(words):
		*v = T(words[code-1])
	default:
		c.fail(fmt.Errorf("packed word %d is not known: a newer chargeyard wrote it", code))
	}
}

func (c *coder) time(v *time.Time) {
	if !c.has(!v.IsZero()) {
		return
	}
	if !c.decoding {
		now := v.UnixMicro()
		c.buf = binary.AppendVarint(c.buf, now-c.clock)
		c.clock = now
		return
	}
	c.clock += c.readVarint()
	*v = time.UnixMicro(c.clock).UTC()
}

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *coder) readByte() byte {
	if c.err != nil || c.pos >= len(c.buf) {
		c.fail(errTruncated)
		return 0
	}
	c.pos++
	return c.buf[c.pos-1]
}

func (c *coder) readVarint() int64 {
	if c.err != nil {
		return 0
	}
	n, size := binary.Varint(c.buf[c.pos:])
	if size <= 0 {
		c.fail(errTruncated)
		return 0
	}
	c.pos += size
	return n
}

// readCount reads a count of things that take at least so many bytes each.
func (c *coder) readCount(each int) int {
	if c.err != nil {
		return 0
	}
	n, size := binary.Uvarint(c.buf[c.pos:])
	if size <= 0 || n > uint64((len(c.buf)-c.pos-size)/each) {
		c.fail(errTruncated)
		return 0
	}
	c.pos += size
	return int(n)
}

func (c *coder) readText() string {
	n := c.readCount(1)
	if c.err != nil {
		return ""
	}
	c.pos += n
	return string(c.buf[c.pos-n : c.pos])
}
