package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// The form of SQLite's log, the file beside the database that ends in -wal
// (sqlite.org/fileformat2.html, section 4).
const (
	logHeaderSize   = 32
	frameHeaderSize = 24
	framePage       = 4096
	logMagic        = 0x377f0682 // with its lowest bit set, checksums are of big-endian words
)

// logSum is the running checksum of a log.
type logSum struct{ a, b uint32 }

func (s logSum) over(order binary.ByteOrder, data []byte) logSum {
	for ; len(data) >= 8; data = data[8:] {
		s.a += order.Uint32(data) + s.b
		s.b += order.Uint32(data[4:]) + s.a
	}
	return s
}

// checkLog looks whether the log holds commits that SQLite would not find. It
// takes the log up to the first frame whose checksum is wrong, silently, since
// that is how a write that never ended looks. But a commit is begun only when
// the one before it is on the disk: when the frame is followed by a commit and
// by more after that, it had been stored, answered, and was damaged later. Each
// frame's checksum continues the one stored before it, so the frames behind a
// damaged one can be told from remains of older logs.
//
// Damage in the last commit cannot be told from a commit that never ended; see
// answered.go for that.
func (s *Store) checkLog() error {
	file, err := os.Open(s.path(DatabaseName + "-wal"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return folderError(s.dir, err)
	}
	defer file.Close()
	scan, err := scanLog(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		return folderError(s.dir, err)
	}
	if scan.lost {
		return s.damaged("its log %s-wal is damaged in frame %d, and commits follow that were answered", s.path(DatabaseName), scan.bad)
	}
	return nil
}

// logScan is what scanLog found.
type logScan struct {
	bad  int  // the first frame that is not right, from 1; 0 for none
	lost bool // and a commit behind it is lost with it
}

func scanLog(r io.Reader) (scan logScan, err error) {
	header := make([]byte, logHeaderSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return scan, endOfLog(err)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if binary.BigEndian.Uint32(header)&1 != 0 {
		order = binary.BigEndian
	}
	salt, sum := [8]byte(header[16:24]), storedSum(header[24:])
	whole := binary.BigEndian.Uint32(header)&^1 == logMagic && (logSum{}).over(order, header[:24]) == sum
	frame := make([]byte, frameHeaderSize+framePage)
	committed := false
	for n := 1; ; n++ {
		if _, err := io.ReadFull(r, frame); err != nil {
			return scan, endOfLog(err)
		}
		if n == 1 && !whole {
			salt = [8]byte(frame[8:16]) // of a header that is damaged nothing can be believed
		}
		ours := [8]byte(frame[8:16]) == salt
		right := ours && (n > 1 || whole) && sum.over(order, frame[:8]).over(order, frame[frameHeaderSize:]) == storedSum(frame[16:])
		sum = storedSum(frame[16:])
		if !right && scan.bad == 0 {
			scan.bad = n
		}
		if scan.bad == 0 {
			continue
		}
		if right && committed {
			scan.lost = true
			return scan, nil
		}
		// The first bad frame may itself be the one that ends a commit.
		committed = committed || ours && (right || n == scan.bad) && binary.BigEndian.Uint32(frame[4:]) != 0
	}
}

func storedSum(b []byte) logSum {
	return logSum{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// endOfLog turns the end of the file, wherever it is, into no error.
func endOfLog(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
