package messagelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	tailName = "tail"
	tailMark = "CYT1"
	tailHead = len(tailMark) + 8 + 4
	// chunkHead are checksum and length. A chunk is begun anew when it has
	// chunkBytes, so that damage costs no more.
	chunkHead  = 8
	chunkBytes = 1 << 20
)

// tail is the open journal of the messages that are in no segment yet.
type tail struct {
	path string
	file *os.File
	size int64  // of what is whole; 0 when its mark must be written first
	seal uint64 // that will take it
	buf  []byte
}

// openTail opens the tail of a folder and returns its messages. What follows
// the last whole chunk is cut off, and a file that is no tail is put aside;
// problem tells.
func openTail(folder string) (t *tail, records []record, problem, err error) {
	t = &tail{path: filepath.Join(folder, tailName)}
	if err := t.open(); err != nil {
		return nil, nil, nil, err
	}
	b, err := io.ReadAll(t.file)
	if err != nil {
		return nil, nil, nil, errors.Join(err, t.file.Close())
	}
	if len(b) >= tailHead && !isTail(b) {
		aside := fmt.Sprintf("%s-%s.damaged", t.path, time.Now().UTC().Format("20060102-150405"))
		if err := errors.Join(t.file.Close(), os.Rename(t.path, aside), t.open()); err != nil {
			return nil, nil, nil, err
		}
		return t, nil, fmt.Errorf("the newest messages cannot be read; they were put aside as %s", filepath.Base(aside)), nil
	}
	if len(b) < tailHead {
		return t, nil, nil, nil // a crash at its very beginning; reset writes it
	}
	t.seal = binary.LittleEndian.Uint64(b[len(tailMark):])
	records, end, lost := readChunks(b, tailHead)
	t.size = int64(end)
	if cut := len(b) - end; cut > 0 {
		problem = fmt.Errorf("cut off %d bytes of messages that were not finished", cut)
	}
	if lost > 0 {
		problem = errors.Join(problem, fmt.Errorf("%d bytes of the newest messages are damaged and left out", lost))
	}
	return t, records, problem, nil
}

func isTail(b []byte) bool {
	sum := binary.LittleEndian.Uint32(b[tailHead-4:])
	return string(b[:len(tailMark)]) == tailMark && crc32.Checksum(b[:tailHead-4], castagnoli) == sum
}

func (t *tail) open() (err error) {
	t.file, err = os.OpenFile(t.path, os.O_RDWR|os.O_CREATE, 0o600)
	return err
}

// readChunks returns the messages of all whole chunks from at on, where the last
// of them ends, and how many bytes before that are damaged.
func readChunks(b []byte, at int) (records []record, end, lost int) {
	end = at
	for at+chunkHead <= len(b) {
		sum, n := binary.LittleEndian.Uint32(b[at:]), int(binary.LittleEndian.Uint32(b[at+4:]))
		next := at + chunkHead + n
		if n < 0 || n > len(b) || next > len(b) {
			break
		}
		if body := b[at+chunkHead : next]; crc32.Checksum(body, castagnoli) == sum {
			err := eachRecord(body, func(r *record) error {
				records = append(records, *r)
				return nil
			})
			if err == nil {
				lost += at - end
				end = next
			}
		}
		at = next
	}
	return records, end, lost
}

// append writes messages to the tail and has the disk keep them.
func (t *tail) append(records []record) error {
	if t.size == 0 {
		if err := t.reset(t.seal); err != nil {
			return err
		}
	}
	// At a place of its own, so that a torn write is written over.
	size := t.size
	for len(records) > 0 {
		var chunk []byte
		chunk, records = t.chunk(records)
		if _, err := t.file.WriteAt(chunk, size); err != nil {
			return fmt.Errorf("writing to the tail: %w", err)
		}
		size += int64(len(chunk))
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("writing to the tail: %w", err)
	}
	t.size = size
	return nil
}

// chunk makes a chunk of the first messages, in a buffer that the next one
// takes, and returns the rest of them.
func (t *tail) chunk(records []record) (chunk []byte, rest []record) {
	b := append(t.buf[:0], make([]byte, chunkHead)...)
	for len(records) > 0 && len(b) < chunkBytes {
		b = appendFramed(b, records[0].data)
		records = records[1:]
	}
	body := b[chunkHead:]
	binary.LittleEndian.PutUint32(b, crc32.Checksum(body, castagnoli))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(body)))
	if t.buf = b; cap(b) > 2*chunkBytes {
		t.buf = nil // an exception
	}
	return b, records
}

// reset begins the tail anew for the next seal. When it fails the next append
// tries again.
func (t *tail) reset(seal uint64) error {
	t.size, t.seal = 0, seal
	if err := t.file.Truncate(0); err != nil {
		return fmt.Errorf("beginning the tail anew: %w", err)
	}
	b := binary.LittleEndian.AppendUint64([]byte(tailMark), seal)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := t.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("beginning the tail anew: %w", err)
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("beginning the tail anew: %w", err)
	}
	t.size = int64(len(b))
	return nil
}
