package messagelog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// The tail holds the messages that are in no segment yet. It begins with a
// mark and the number of the seal that will take them; then come chunks of a
// checksum, a length and that many bytes of framed messages.
const (
	tailName  = "tail"
	tailMark  = "CYT1"
	chunkHead = 8 // checksum and length
	maxChunk  = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tail is the open journal.
type tail struct {
	file *os.File
	size int64 // of what is whole
	seal uint64
}

// openTail opens the tail of a folder and returns its messages. What follows
// the last whole chunk is cut off.
func openTail(folder string) (t *tail, records []record, cut int64, err error) {
	file, err := os.OpenFile(filepath.Join(folder, tailName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, 0, err
	}
	t = &tail{file: file}
	b, err := io.ReadAll(file)
	if err != nil {
		file.Close()
		return nil, nil, 0, err
	}
	if len(b) < len(tailMark)+8 || string(b[:len(tailMark)]) != tailMark {
		return t, nil, int64(len(b)), nil // begun anew by reset
	}
	t.seal = binary.LittleEndian.Uint64(b[len(tailMark):])
	rest := b[len(tailMark)+8:]
	for len(rest) >= chunkHead {
		sum, n := binary.LittleEndian.Uint32(rest), int(binary.LittleEndian.Uint32(rest[4:]))
		if n > maxChunk || n > len(rest)-chunkHead {
			break
		}
		body := rest[chunkHead : chunkHead+n]
		if crc32.Checksum(body, castagnoli) != sum {
			break
		}
		if err := eachFramed(body, func(data []byte) error {
			r, err := recordOf(data)
			records = append(records, r)
			return err
		}); err != nil {
			break
		}
		rest = rest[chunkHead+n:]
	}
	t.size = int64(len(b) - len(rest))
	return t, records, int64(len(rest)), nil
}

// append writes messages to the tail and has the disk keep them.
func (t *tail) append(records []record) error {
	b := make([]byte, chunkHead, 4096)
	for _, r := range records {
		b = appendFramed(b, r.data)
	}
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[chunkHead:], castagnoli))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-chunkHead))
	// At a place of its own, so that a torn write is written over.
	if _, err := t.file.WriteAt(b, t.size); err != nil {
		return fmt.Errorf("writing to the tail: %w", err)
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("writing to the tail: %w", err)
	}
	t.size += int64(len(b))
	return nil
}

// reset begins the tail anew for the next seal.
func (t *tail) reset(seal uint64) error {
	if err := t.file.Truncate(0); err != nil {
		return err
	}
	b := binary.LittleEndian.AppendUint64([]byte(tailMark), seal)
	if _, err := t.file.WriteAt(b, 0); err != nil {
		return err
	}
	t.size, t.seal = int64(len(b)), seal
	return t.file.Sync()
}
