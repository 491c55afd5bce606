package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// answeredName is the file that says up to which record chargers were answered.
// It is written after the commit and before the answer, outside the database
// and without an fsync, so it costs next to nothing, is never ahead of what is
// stored, and survives a killed process. When the database knows less than it,
// something was lost that SQLite cannot notice: a log that was cut short, whose
// last commit was damaged, or that is gone; an older database put in its place;
// an empty one.
//
// The file holds the epoch, by which a restored backup is told from a loss, the
// record and a checksum: whatever does not fit says nothing.
const answeredName = "answered"

// answeredForm is the file's one line.
const answeredForm = "%s %016d %08x\n"

// answered writes the file. It is under the store's mu.
type answered struct {
	file *os.File
	told bool // that it cannot be written
}

// note remembers the newest record of a commit.
func (s *Store) noteAnswered(records []charging.Record) {
	if len(records) == 0 || s.answered.file == nil {
		return
	}
	line := answeredLine(s.epoch, records[len(records)-1].ID)
	if _, err := s.answered.file.WriteAt(line, 0); err != nil && !s.answered.told {
		s.answered.told = true
		s.log.Warn("what was answered cannot be noted outside the database", "file", s.path(answeredName), "err", err)
	}
}

func answeredLine(epoch string, record int64) []byte {
	text := fmt.Sprintf("%s %016d", epoch, record)
	return fmt.Appendf(nil, answeredForm, epoch, record, crc32.ChecksumIEEE([]byte(text)))
}

// readAnswered reads the file; epoch is "" when it says nothing.
func (s *Store) readAnswered() (epoch string, record int64, err error) {
	text, err := os.ReadFile(s.path(answeredName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, folderError(s.dir, err)
	}
	var sum uint32
	if n, _ := fmt.Sscanf(string(text), answeredForm, &epoch, &record, &sum); n != 3 || string(answeredLine(epoch, record)) != string(text) {
		return "", 0, nil
	}
	return epoch, record, nil
}

// checkEmpty refuses to begin anew where there was a database.
func (s *Store) checkEmpty() error {
	epoch, record, err := s.readAnswered()
	if err != nil || epoch == "" {
		return err
	}
	return s.damaged("it is empty or missing, and chargers were answered up to record %d (to begin anew, remove %s, too)",
		record, s.path(answeredName))
}

// checkAnswered compares the database with what was answered, and opens the
// file for what will be.
func (s *Store) checkAnswered() error {
	epoch, record, err := s.readAnswered()
	if err != nil {
		return err
	}
	var newest int64
	if err := s.db.queryRow(lastRecord, nil, &newest); err != nil {
		return err
	}
	if epoch == s.epoch && newest < record {
		return s.damaged("it ends at record %d, and chargers were answered up to record %d: it or its log was cut short, "+
			"damaged, or replaced by an older one", newest, record)
	}
	s.answered.file, err = os.OpenFile(s.path(answeredName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return folderError(s.dir, err)
	}
	return nil
}
