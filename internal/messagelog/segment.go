package messagelog

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// A segment is a row of blocks. A block is a head of fixed length and a body:
// framed messages, compressed with zstd. The blocks of one seal are written
// together; the last of them says so, so that half a seal is known and cut off.
const (
	segmentSuffix = ".seg"
	blockMark     = "CYB1"
	headSize      = 96
	blockBytes    = 128 << 10 // of messages, before compression
)

// block is what is known of a block without reading it.
type block struct {
	segment                *segment
	offset                 int64 // of the body
	length                 uint32
	raw                    uint32
	sum                    uint32
	last                   bool // of its seal
	seal                   uint64
	minID, maxID           int64
	minAt, maxAt           int64
	minCharger, maxCharger charging.ID
}

// segment is one file of blocks.
type segment struct {
	path   string
	size   int64
	maxAt  int64
	blocks []*block
}

func (b *block) appendHead(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, blockMark...)
	var last uint32
	if b.last {
		last = 1
	}
	for _, n := range [...]uint32{b.length, b.raw, b.sum, last} {
		dst = binary.LittleEndian.AppendUint32(dst, n)
	}
	for _, n := range [...]int64{int64(b.seal), b.minID, b.maxID, b.minAt, b.maxAt, b.minCharger, b.maxCharger} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, make([]byte, headSize-4-(len(dst)-start))...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

var errBlock = errors.New("no block begins here")

func readHead(h []byte) (*block, error) {
	sum := binary.LittleEndian.Uint32(h[headSize-4:])
	if string(h[:4]) != blockMark || crc32.Checksum(h[:headSize-4], castagnoli) != sum {
		return nil, errBlock
	}
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(h[4+4*i:]) }
	i64 := func(i int) int64 { return int64(binary.LittleEndian.Uint64(h[20+8*i:])) }
	return &block{length: u32(0), raw: u32(1), sum: u32(2), last: u32(3) == 1, seal: uint64(i64(0)),
		minID: i64(1), maxID: i64(2), minAt: i64(3), maxAt: i64(4), minCharger: i64(5), maxCharger: i64(6)}, nil
}

// add widens the block's bounds by a message.
func (b *block) add(r *record) {
	if b.raw == 0 {
		b.minID, b.maxID, b.minAt, b.maxAt, b.minCharger, b.maxCharger = r.id, r.id, r.at, r.at, r.charger, r.charger
	}
	b.minID, b.maxID = min(b.minID, r.id), max(b.maxID, r.id)
	b.minAt, b.maxAt = min(b.minAt, r.at), max(b.maxAt, r.at)
	b.minCharger, b.maxCharger = min(b.minCharger, r.charger), max(b.maxCharger, r.charger)
}

// sealed compresses messages into blocks, charger by charger, and returns them
// with the bytes to append to a segment of that size.
func sealed(records []record, seal uint64, at int64, z *zstd.Encoder) (blocks []*block, out []byte) {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b record) int { return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.id, b.id)) })
	var raw []byte
	b := &block{seal: seal}
	finish := func(last bool) {
		body := z.EncodeAll(raw, nil)
		b.length, b.raw, b.sum, b.last = uint32(len(body)), uint32(len(raw)), crc32.Checksum(body, castagnoli), last
		out = append(b.appendHead(out), body...)
		b.offset = at + int64(len(out)-len(body))
		blocks = append(blocks, b)
		b, raw = &block{seal: seal}, raw[:0]
	}
	for i := range records {
		if len(raw) > 0 && len(raw)+len(records[i].data) > blockBytes {
			finish(false)
		}
		b.add(&records[i])
		raw = appendFramed(raw, records[i].data)
		b.raw = uint32(len(raw))
	}
	finish(true)
	return blocks, out
}

// openSegments reads the heads of all segments of a folder, oldest first. What
// is damaged is left out and told in problems.
func openSegments(folder string) (segments []*segment, problems []error, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"+segmentSuffix))
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(paths)
	for i, path := range paths {
		s, err := openSegment(path, i == len(paths)-1)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Base(path), err))
		}
		if s != nil && len(s.blocks) > 0 {
			segments = append(segments, s)
		}
	}
	return segments, problems, nil
}

// openSegment reads the heads of a segment. In the newest, half a seal at its
// end is cut off: its messages are still in the tail.
func openSegment(path string, newest bool) (*segment, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	s := &segment{path: path}
	whole, wholeBlocks := int64(0), 0
	var head [headSize]byte
	for at := int64(0); at < info.Size(); {
		if _, err = file.ReadAt(head[:], at); err != nil {
			break
		}
		var b *block
		if b, err = readHead(head[:]); err != nil {
			break
		}
		b.segment, b.offset = s, at+headSize
		at = b.offset + int64(b.length)
		if at > info.Size() {
			err = io.ErrUnexpectedEOF
			break
		}
		s.blocks = append(s.blocks, b)
		if b.last {
			whole, wholeBlocks = at, len(s.blocks)
		}
	}
	s.blocks, s.size = s.blocks[:wholeBlocks], whole
	for _, b := range s.blocks {
		s.maxAt = max(s.maxAt, b.maxAt)
	}
	switch {
	case whole == info.Size():
		return s, nil
	case newest:
		return s, errors.Join(file.Truncate(whole), fmt.Errorf("cut off %d bytes that were not finished", info.Size()-whole))
	}
	return s, fmt.Errorf("%d bytes at byte %d are damaged and left out: %w", info.Size()-whole, whole, cmp.Or(err, errBlock))
}

// append writes the blocks of a seal and has the disk keep them.
func (s *segment) append(blocks []*block, out []byte) error {
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err = file.WriteAt(out, s.size); err == nil {
		err = file.Sync()
	}
	if err != nil {
		// What was written of it must not stand before the next seal.
		return errors.Join(fmt.Errorf("writing a segment: %w", err), file.Truncate(s.size))
	}
	s.size += int64(len(out))
	for _, b := range blocks {
		b.segment, s.maxAt = s, max(s.maxAt, b.maxAt)
	}
	s.blocks = append(s.blocks[:len(s.blocks):len(s.blocks)], blocks...)
	return nil
}

// newSegmentPath names a segment so that names sort by age.
func newSegmentPath(folder string, now time.Time, seal uint64) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%010d%s", strings.ReplaceAll(now.UTC().Format("20060102-150405.000"), ".", ""), seal, segmentSuffix))
}

// read returns the messages of a block.
func (b *block) read(z *zstd.Decoder) (raw []byte, err error) {
	file, err := os.Open(b.segment.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body := make([]byte, b.length)
	if _, err := file.ReadAt(body, b.offset); err != nil {
		return nil, err
	}
	if crc32.Checksum(body, castagnoli) != b.sum {
		return nil, fmt.Errorf("a block of %s is damaged", filepath.Base(b.segment.path))
	}
	return z.DecodeAll(body, make([]byte, 0, b.raw))
}
