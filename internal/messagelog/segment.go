package messagelog

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// segment is one file of blocks. One that readers may see is never changed, but
// replaced by a changed copy.
type segment struct {
	path     string
	began    time.Time
	first    uint64 // the seal that it was begun with
	lastSeal uint64 // that is in it; 0 for none
	size     int64
	closed   bool // takes no more blocks
	blocks   []block
	// Bounds of all its blocks. A segment of which nothing can be read has the
	// time of its file as its maxAt.
	minAt, maxAt int64
	maxID        int64
}

// segmentSpan is for how long messages are added to a segment: it is how much
// longer than asked the oldest message of a segment may be kept.
const segmentSpan = 24 * time.Hour

const (
	segmentSuffix = ".seg"
	beganLayout   = "20060102-150405.000"
)

// newSegment begins a segment; its file is made by the first seal.
func newSegment(folder string, now time.Time, seal uint64) *segment {
	name := fmt.Sprintf("%s-%010d%s", strings.Replace(now.UTC().Format(beganLayout), ".", "", 1), seal, segmentSuffix)
	return &segment{path: filepath.Join(folder, name), began: now, first: seal}
}

// namedSegment returns the segment that a file's name speaks of; ok is false
// when it is none of ours.
func namedSegment(path string) (s *segment, ok bool) {
	const stamp = len("20060102-150405000")
	name, ok := strings.CutSuffix(filepath.Base(path), segmentSuffix)
	if !ok || len(name) < stamp+2 || name[stamp] != '-' {
		return nil, false
	}
	began, err := time.Parse(beganLayout, name[:stamp-3]+"."+name[stamp-3:stamp])
	if err != nil {
		return nil, false
	}
	first, err := strconv.ParseUint(name[stamp+1:], 10, 64)
	return &segment{path: path, began: began, first: first}, err == nil
}

// add takes up blocks, and the bounds that come with them.
func (s *segment) add(blocks ...block) {
	for i := range blocks {
		b := &blocks[i]
		if len(s.blocks) == 0 && i == 0 {
			s.minAt, s.maxAt, s.maxID = b.minAt, b.maxAt, b.maxID
		}
		s.minAt, s.maxAt, s.maxID = min(s.minAt, b.minAt), max(s.maxAt, b.maxAt), max(s.maxID, b.maxID)
	}
	s.blocks = append(s.blocks[:len(s.blocks):len(s.blocks)], blocks...)
}

// full reports whether a new segment is due.
func (s *segment) full(now time.Time, limit int64) bool {
	return s.closed || s.size >= limit || now.Sub(s.began).Abs() >= segmentSpan
}

// sealed compresses messages into blocks, charger by charger, and returns them
// with the bytes to append to a segment that has at bytes already.
func sealed(records []record, seal uint64, at int64, z *zstd.Encoder) (blocks []block, out []byte) {
	order := make([]int32, len(records)) // cheaper to move than the records
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &records[i], &records[j]
		return cmp.Or(cmp.Compare(a.charger, b.charger), cmp.Compare(a.id, b.id), cmp.Compare(i, j))
	})
	h := head{seal: seal}
	raw := make([]byte, 0, blockBytes)
	finish := func(last bool) {
		// The head needs the checksum of what comes after it.
		start := len(out)
		out = z.EncodeAll(raw, append(out, make([]byte, headSize)...))
		body := out[start+headSize:]
		h.length, h.raw, h.sum, h.last = uint32(len(body)), uint32(len(raw)), crc32.Checksum(body, castagnoli), last
		h.offset = at + int64(start+headSize)
		h.append(out[:start])
		blocks = append(blocks, h.block)
		h, raw = head{seal: seal}, raw[:0]
	}
	for _, i := range order {
		r := &records[i]
		if len(raw) > 0 && len(raw)+len(r.data) > blockBytes {
			finish(false)
		}
		h.add(r)
		raw = appendFramed(raw, r.data)
		h.raw = uint32(len(raw))
	}
	finish(true)
	return blocks, out
}

// append writes the blocks of a seal and has the disk keep them.
func (s *segment) append(blocks []block, out []byte, seal uint64) error {
	flags := os.O_RDWR
	if s.size == 0 {
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := os.OpenFile(s.path, flags, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err = file.WriteAt(out, s.size); err == nil {
		err = file.Sync()
	}
	if err == nil && s.size == 0 {
		err = syncFolder(filepath.Dir(s.path))
	}
	if err != nil {
		// What was written of it must not stand before the next seal.
		err = errors.Join(fmt.Errorf("writing a segment: %w", err), file.Truncate(s.size))
		if s.size == 0 {
			err = errors.Join(err, os.Remove(s.path))
		}
		return err
	}
	s.size += int64(len(out))
	s.lastSeal = seal
	s.add(blocks...)
	return nil
}

// syncFolder has the disk keep the name of a new file.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
