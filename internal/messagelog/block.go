package messagelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// block is what is known of a block without reading it.
type block struct {
	offset                 int64  // of the body, in the segment
	length, raw, sum       uint32 // of the body: compressed, before, checksum
	minID, maxID           int64
	minAt, maxAt           int64
	minCharger, maxCharger charging.ID
	actions                uint64
}

const (
	blockBytes = 128 << 10 // of messages, before compression
	knownSize  = 3*4 + 7*8
)

// add widens the block's bounds by a message.
func (b *block) add(r *record) {
	if b.raw == 0 {
		b.minID, b.maxID, b.minAt, b.maxAt, b.minCharger, b.maxCharger = r.id, r.id, r.at, r.at, r.charger, r.charger
	}
	b.minID, b.maxID = min(b.minID, r.id), max(b.maxID, r.id)
	b.minAt, b.maxAt = min(b.minAt, r.at), max(b.maxAt, r.at)
	b.minCharger, b.maxCharger = min(b.minCharger, r.charger), max(b.maxCharger, r.charger)
	b.actions |= r.action
}

// appendKnown appends what is known of the block, but not where it is.
func (b *block) appendKnown(dst []byte) []byte {
	for _, n := range [...]uint32{b.length, b.raw, b.sum} {
		dst = binary.LittleEndian.AppendUint32(dst, n)
	}
	for _, n := range [...]int64{b.minID, b.maxID, b.minAt, b.maxAt, b.minCharger, b.maxCharger, int64(b.actions)} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	return dst
}

// readKnown reads what appendKnown wrote.
func readKnown(p []byte) block {
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(p[4*i:]) }
	i64 := func(i int) int64 { return int64(binary.LittleEndian.Uint64(p[12+8*i:])) }
	return block{length: u32(0), raw: u32(1), sum: u32(2), minID: i64(0), maxID: i64(1), minAt: i64(2), maxAt: i64(3),
		minCharger: i64(4), maxCharger: i64(5), actions: uint64(i64(6))}
}

const (
	blockMark = "CYB1"
	headSize  = len(blockMark) + 4 + 8 + knownSize + 4
	flagLast  = 1 // of its seal
)

// head stands before the body of a block.
type head struct {
	block
	seal uint64
	last bool
}

func (h *head) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, blockMark...)
	var flags uint32
	if h.last {
		flags = flagLast
	}
	dst = binary.LittleEndian.AppendUint32(dst, flags)
	dst = binary.LittleEndian.AppendUint64(dst, h.seal)
	dst = h.appendKnown(dst)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// readHead reads the head that stands at p, of a block whose body begins at
// offset; ok is false when there is none.
func readHead(p []byte, offset int64) (h head, ok bool) {
	if len(p) < headSize || string(p[:4]) != blockMark ||
		crc32.Checksum(p[:headSize-4], castagnoli) != binary.LittleEndian.Uint32(p[headSize-4:]) {
		return head{}, false
	}
	h = head{block: readKnown(p[16:]), seal: binary.LittleEndian.Uint64(p[8:]), last: binary.LittleEndian.Uint32(p[4:])&flagLast != 0}
	h.offset = offset
	return h, true
}

var errDamaged = errors.New("a block of raw messages is damaged")

// read returns the messages of a block of a segment.
func (b *block) read(path string, z *zstd.Decoder) (raw []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body := make([]byte, b.length)
	if _, err := file.ReadAt(body, b.offset); err != nil {
		return nil, fmt.Errorf("%w: %s at byte %d: %w", errDamaged, filepath.Base(path), b.offset, err)
	}
	if crc32.Checksum(body, castagnoli) != b.sum {
		return nil, fmt.Errorf("%w: %s at byte %d", errDamaged, filepath.Base(path), b.offset)
	}
	if raw, err = z.DecodeAll(body, make([]byte, 0, b.raw)); err != nil {
		return nil, fmt.Errorf("%w: %s at byte %d: %w", errDamaged, filepath.Base(path), b.offset, err)
	}
	return raw, nil
}
