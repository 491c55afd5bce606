package messagelog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// openSegments reads what is known of all blocks of a folder, oldest segment
// first. tailSeal is the number of the seal that will take the tail, 0 when
// there is none. What is damaged or not ours is left out and told in problems.
func openSegments(folder string, tailSeal uint64) (segments []*segment, problems []error, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"+segmentSuffix))
	if err != nil {
		return nil, nil, err
	}
	for _, path := range paths {
		s, ok := namedSegment(path)
		if !ok {
			problems = append(problems, fmt.Errorf("%s is no file of this log and was left alone", filepath.Base(path)))
			continue
		}
		segments = append(segments, s)
	}
	slices.SortFunc(segments, func(a, b *segment) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.path, b.path)) })
	segments, replaced := withoutReplaced(segments)
	problems = append(problems, replaced...)
	usable := segments[:0]
	for i, s := range segments {
		newest := i == len(segments)-1
		if !newest && s.readIndex() {
			usable = append(usable, s)
			continue
		}
		problem, err := s.scan(newest, tailSeal)
		if err == nil && !newest {
			err = s.writeIndex()
		}
		if s.size > 0 {
			usable = append(usable, s)
		} else if err == nil {
			err = s.remove() // a crash at its very beginning
		}
		if err = cmp.Or(err, problem); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Base(s.path), err))
		}
	}
	return usable, problems, nil
}

// scan reads the heads of a segment. At the end of the newest, half a seal is
// cut off: its messages are still in the tail. problem says what is missing.
func (s *segment) scan(newest bool, tailSeal uint64) (problem, err error) {
	file, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	heads, damaged, err := readHeads(file, info.Size())
	if err != nil {
		return nil, err
	}
	s.size = info.Size()
	if damaged > 0 {
		problem = fmt.Errorf("%d of its %d bytes are damaged and left out", damaged, s.size)
		s.closed = true
	}
	if half := halfASeal(heads, tailSeal); newest && half < len(heads) {
		end := heads[half].offset - int64(headSize)
		problem = errors.Join(problem, file.Truncate(end),
			fmt.Errorf("cut off %d bytes of a seal that was not finished; its messages are kept", s.size-end))
		heads, s.size = heads[:half], end
	}
	for i := range heads {
		s.add(heads[i].block)
		s.lastSeal = max(s.lastSeal, heads[i].seal)
	}
	if len(heads) == 0 {
		s.maxAt = info.ModTime().UnixMicro()
	}
	return problem, nil
}

// readHeads reads all heads of a file, and counts the bytes that belong to none.
func readHeads(file *os.File, size int64) (heads []head, damaged int64, err error) {
	p := make([]byte, headSize)
	for at := int64(0); at < size; {
		n, _ := file.ReadAt(p, at) // at the end less is read, which is no head
		h, ok := readHead(p[:n], at+int64(headSize))
		if end := h.offset + int64(h.length); ok && end <= size {
			heads = append(heads, h)
			at = end
			continue
		}
		next, err := nextHead(file, at+1, size)
		if err != nil {
			return nil, 0, err
		}
		damaged += next - at
		at = next
	}
	return heads, damaged, nil
}

// halfASeal returns where the last seal begins when it has no end and the tail
// holds its messages, else how many heads there are.
func halfASeal(heads []head, tailSeal uint64) int {
	if n := len(heads); n == 0 || heads[n-1].last || heads[n-1].seal != tailSeal {
		return n
	}
	return slices.IndexFunc(heads, func(h head) bool { return h.seal == tailSeal })
}

// nextHead returns where the next block begins, or the end of the file.
func nextHead(file *os.File, from, size int64) (int64, error) {
	p := make([]byte, size-from)
	if _, err := file.ReadAt(p, from); err != nil {
		return 0, err
	}
	for i := 0; ; i++ {
		n := bytes.Index(p[i:], []byte(blockMark))
		if n < 0 {
			return size, nil
		}
		i += n
		if _, ok := readHead(p[i:], 0); ok {
			return from + int64(i), nil
		}
	}
}

const (
	indexSuffix = ".idx"
	indexMark   = "CYI1"
	indexHead   = len(indexMark) + 8 + 8
	indexEntry  = 8 + knownSize
)

func (s *segment) indexPath() string { return strings.TrimSuffix(s.path, segmentSuffix) + indexSuffix }

// writeIndex writes what is known of the blocks of a segment that gets no more.
func (s *segment) writeIndex() error {
	p := make([]byte, 0, indexHead+len(s.blocks)*indexEntry+4)
	p = append(p, indexMark...)
	p = binary.LittleEndian.AppendUint64(p, uint64(s.size))
	p = binary.LittleEndian.AppendUint64(p, s.lastSeal)
	for i := range s.blocks {
		p = binary.LittleEndian.AppendUint64(p, uint64(s.blocks[i].offset))
		p = s.blocks[i].appendKnown(p)
	}
	p = binary.LittleEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
	return os.WriteFile(s.indexPath(), p, 0o600)
}

// readIndex takes up what writeIndex wrote; false means that the heads must be
// read.
func (s *segment) readIndex() bool {
	p, err := os.ReadFile(s.indexPath())
	if err != nil || len(p) < indexHead+4 || string(p[:len(indexMark)]) != indexMark {
		return false
	}
	p, sum := p[:len(p)-4], binary.LittleEndian.Uint32(p[len(p)-4:])
	info, err := os.Stat(s.path)
	if err != nil || crc32.Checksum(p, castagnoli) != sum || uint64(info.Size()) != binary.LittleEndian.Uint64(p[4:]) {
		return false
	}
	s.size, s.lastSeal = info.Size(), binary.LittleEndian.Uint64(p[12:])
	blocks := make([]block, 0, (len(p)-indexHead)/indexEntry)
	for p = p[indexHead:]; len(p) >= indexEntry; p = p[indexEntry:] {
		b := readKnown(p[8:])
		b.offset = int64(binary.LittleEndian.Uint64(p))
		blocks = append(blocks, b)
	}
	s.add(blocks...)
	return true
}

// remove deletes the files of a segment.
func (s *segment) remove() error {
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(s.indexPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
