package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// SecretSuffix makes the name of the key file beside a backup.
const SecretSuffix = ".key"

// A BackupOption changes what Backup does.
type BackupOption func(*backupOptions)

type backupOptions struct{ secret bool }

// WithSecret puts the key of the charger passwords beside the backup, in a file
// of its own that only the owner may read.
func WithSecret() BackupOption { return func(o *backupOptions) { o.secret = true } }

// A backup is copied in slices, between which others write.
const (
	copySlice = 5 * time.Millisecond
	copyPause = 3 * time.Millisecond
	copyPages = 64 // between two looks at the clock
)

// copying is a copy of the database in the making. It reads with the writer's
// connection, which is what makes it hold all that is written meanwhile.
type copying struct {
	backup *driver.Backup
}

// Backup writes a consistent copy of the database, one file, while everything
// runs, and says what is in it. The file must not exist. The key of the charger
// passwords is not in it; see WithSecret.
func (s *Store) Backup(ctx context.Context, file string, options ...BackupOption) (Info, error) {
	var o backupOptions
	for _, option := range options {
		option(&o)
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return Info{}, err
	}
	partial, err := reserveFile(file)
	if err != nil {
		return Info{}, err
	}
	defer os.Remove(partial) // of no effect once it has its name
	if err := s.copyTo(ctx, partial); err != nil {
		return Info{}, translate("making the backup", err)
	}
	info, err := Inspect(ctx, partial)
	if err != nil {
		return Info{}, err
	}
	info.File, info.SecretNote = file, s.secretNote(info)
	if o.secret {
		info.SecretFile = file + SecretSuffix
		info.SecretNote = "the key of the charger passwords is in " + info.SecretFile + "; keep it as safe as the passwords"
		if err := writeDurably(info.SecretFile, s.secret, 0o600); err != nil {
			return Info{}, err
		}
	}
	return info, publishFile(partial, file)
}

func (s *Store) secretNote(info Info) string {
	if info.Passwords == 0 {
		return "no charger has a password, so the key file is not needed"
	}
	return fmt.Sprintf("the passwords of %d chargers can only be checked with %s, which is not in this backup; keep a copy of it elsewhere",
		info.Passwords, s.path(secretName))
}

// reserveFile makes an empty file for what is to become file.
func reserveFile(file string) (partial string, err error) {
	if _, err := os.Stat(file); err == nil {
		return "", charging.Errorf(charging.Conflict, "%s exists; choose another name or remove it", file)
	}
	partial = file + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", charging.Errorf(charging.Invalid, "the backup cannot be written: %w", err)
	}
	made, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", charging.Errorf(charging.Invalid, "the backup cannot be written: %w", err)
	}
	return partial, made.Close()
}

// copyTo copies the database slice by slice.
func (s *Store) copyTo(ctx context.Context, file string) error {
	c, err := s.startCopying(file)
	if err != nil {
		return err
	}
	for more := true; more; {
		select {
		case <-ctx.Done():
			s.giveUpCopying(c)
			return ctx.Err()
		case <-time.After(copyPause):
		}
		if more, err = s.continueCopying(c); err != nil {
			return err
		}
	}
	return settle(ctx, file)
}

func (s *Store) giveUpCopying(c *copying) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copying == c {
		s.abortCopying()
	}
}

var errCopying = charging.Errorf(charging.Conflict, "another backup is being made; wait for it")

func (s *Store) startCopying(file string) (*copying, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil, errClosed
	}
	if s.failed != nil {
		return nil, charging.Errorf(charging.Unavailable, "the database must be opened again: %w", s.failed)
	}
	if s.copying != nil {
		return nil, errCopying
	}
	c := new(copying)
	err := s.db.writer.Raw(func(conn any) (err error) {
		source := conn.(interface {
			NewBackup(string) (*driver.Backup, error)
		})
		c.backup, err = source.NewBackup(databaseURI(file, "_error_rc=1"))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.copying = c
	return c, nil
}

// continueCopying copies one slice; more tells whether there is more to copy.
func (s *Store) continueCopying(c *copying) (more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copying != c {
		return false, charging.Errorf(charging.Unavailable, "the database was closed while it was copied; try again")
	}
	start := time.Now()
	for more = true; more && err == nil && time.Since(start) < copySlice; {
		more, err = c.backup.Step(copyPages)
	}
	if more && err == nil {
		return true, nil
	}
	s.copying = nil
	return false, errors.Join(err, c.backup.Finish())
}

// abortCopying ends the copy that is being made, if any, before the connection
// that it reads with is closed. The caller holds mu.
func (s *Store) abortCopying() {
	if s.copying == nil {
		return
	}
	if err := s.copying.backup.Finish(); err != nil {
		s.log.Warn("a backup ended early", "err", err)
	}
	s.copying = nil
}

// settle makes the copy a single file: it came from a database with a log.
func settle(ctx context.Context, file string) error {
	db, err := openSingle(file)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return errors.Join(err, db.Close())
}
