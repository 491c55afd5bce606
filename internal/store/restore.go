package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// restoreLead is by how much a restore raises every mark: ids that were given
// out after the backup was made are not given out again.
const restoreLead = 1_000_000

// RestoreOptions say how to restore.
type RestoreOptions struct {
	// Force replaces a database that is there; it is kept in backups/.
	Force   bool
	Version string       // of the program
	Log     *slog.Logger // may be nil
}

// Restore puts a backup into a data folder. It refuses a folder that a process
// works on (the error has ErrLocked in its chain) and, unless forced, one that
// holds a database. All marks of ids rise by 1,000,000, and a new epoch begins.
// A crash leaves the old database or the new one, never a part of one.
//
// The key of the charger passwords is taken from beside the backup when it is
// there; else the one in the folder stays. Info.SecretNote says which, and
// whether it fits.
func Restore(ctx context.Context, dir, file string, o RestoreOptions) (Info, error) {
	s := &Store{version: o.Version, log: o.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.dir, err = filepath.Abs(dir); err != nil {
		return Info{}, folderError(dir, err)
	}
	info, err := Inspect(ctx, file)
	if err != nil {
		return Info{}, err
	}
	if err := s.restorable(info); err != nil {
		return Info{}, err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return Info{}, folderError(s.dir, err)
	}
	if s.lock, err = lockFolder(s.dir); err != nil {
		return Info{}, err
	}
	defer s.lock.Close()
	if err := s.replace(ctx, file, o.Force); err != nil {
		return Info{}, translate("restoring the backup", err)
	}
	return s.report(ctx, file)
}

// restorable refuses a backup that this program cannot open.
func (s *Store) restorable(info Info) error {
	steps, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	if info.Schema > len(steps) {
		return charging.Errorf(charging.Refused,
			"the backup %s was written by chargeyard %s (schema %d), and this program knows schema %d: run chargeyard %s or newer",
			info.File, info.Version, info.Schema, len(steps), info.Version)
	}
	return nil
}

// replace prepares the new database beside the old one, puts the old one away,
// and lets the new one take its name in one step.
func (s *Store) replace(ctx context.Context, file string, force bool) error {
	database := s.path(DatabaseName)
	old, err := fileSize(database)
	if err != nil {
		return folderError(s.dir, err)
	}
	if old > 0 && !force {
		return charging.Errorf(charging.Refused,
			"the data folder %s holds a database already; --force replaces it and keeps it in %s", s.dir, s.path(backupsName))
	}
	partial := database + ".restored"
	if err := copyFile(file, partial); err != nil {
		return err
	}
	if err := s.newEpoch(ctx, partial); err != nil {
		return err
	}
	if err := s.putAway(ctx, old > 0); err != nil {
		return err
	}
	if err := s.installSecret(file + SecretSuffix); err != nil {
		return err
	}
	return publishFile(partial, database)
}

// newEpoch changes the copy so that nothing it will say can be mistaken for
// what was said after the backup was made.
func (s *Store) newEpoch(ctx context.Context, file string) error {
	db, err := openSingle(file)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // of no effect after the commit
	for _, kind := range idKinds {
		if _, err := tx.ExecContext(ctx, statements[setMark], string(kind), 1); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, statements[raiseAllMarks], restoreLead, int64(math.MaxInt32)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, statements[setMeta], metaEpoch, randomName()); err != nil {
		return err
	}
	return errors.Join(tx.Commit(), db.Close())
}

// openSingle opens a database file without a log beside it.
func openSingle(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", databaseURI(file, "_pragma=busy_timeout(10000)&_pragma=journal_mode(DELETE)&"+
		"_pragma=synchronous(FULL)&_error_rc=1"))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// putAway keeps the database that is to be replaced under backups/, with its
// log copied into it as far as it can still be read.
func (s *Store) putAway(ctx context.Context, exists bool) error {
	folder := filepath.Join(s.path(backupsName), "replaced-"+time.Now().UTC().Format("20060102T150405.000Z"))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	database := s.path(DatabaseName)
	if exists {
		if db, err := openSQLite(ctx, database, 1); err != nil {
			s.log.Warn("the old database cannot be opened; it is kept as it is", "err", err)
		} else if err := errors.Join(db.checkpoint(ctx, "TRUNCATE"), db.close()); err != nil {
			s.log.Warn("the log of the old database cannot be copied into it; both are kept as they are", "err", err)
		}
		// A second name keeps the old file when the first is taken over.
		if err := os.Link(database, filepath.Join(folder, DatabaseName)); err != nil {
			if err := copyFile(database, filepath.Join(folder, DatabaseName)); err != nil {
				return err
			}
		}
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		err := os.Rename(database+suffix, filepath.Join(folder, DatabaseName+suffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := os.Remove(folder) // only when nothing was kept in it
	if err == nil || errors.Is(err, fs.ErrNotExist) || isNotEmpty(folder) {
		return errors.Join(syncFolder(s.dir), syncFolder(s.path(backupsName)))
	}
	return err
}

func isNotEmpty(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && len(entries) > 0
}

// installSecret takes the key from beside the backup, if there is one. A
// different key in the folder is kept under backups/.
func (s *Store) installSecret(beside string) error {
	secret, err := os.ReadFile(beside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(secret) != secretSize {
		return charging.Errorf(charging.Invalid, "%s is not a key file: it holds %d bytes instead of %d", beside, len(secret), secretSize)
	}
	present, err := os.ReadFile(s.path(secretName))
	if err == nil && !bytes.Equal(present, secret) {
		kept := filepath.Join(s.path(backupsName), "replaced-"+time.Now().UTC().Format("20060102T150405.000Z")+".key")
		err = writeDurably(kept, present, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeDurably(s.path(secretName), secret, 0o600)
}

// report says what was restored and whether the key fits.
func (s *Store) report(ctx context.Context, backup string) (Info, error) {
	info, err := Inspect(ctx, s.path(DatabaseName))
	if err != nil {
		return info, err
	}
	if _, err := os.Stat(backup + SecretSuffix); err == nil {
		info.SecretFile = backup + SecretSuffix
	}
	known, err := storedSecretID(ctx, info.File)
	if err != nil {
		return info, err
	}
	secret, err := os.ReadFile(s.path(secretName))
	switch {
	case info.Passwords == 0:
		info.SecretNote = "no charger has a password, so the key file is not needed"
	case err != nil:
		info.SecretNote = fmt.Sprintf("the key file is missing: put the old %s back, or set the passwords of %d chargers anew",
			s.path(secretName), info.Passwords)
	case secretID(secret) == known:
		info.SecretNote = "the key file fits the charger passwords"
	default:
		info.SecretNote = fmt.Sprintf("the key file %s is not the one of this backup: put that one back, or set the passwords of %d chargers anew",
			s.path(secretName), info.Passwords)
	}
	return info, nil
}

func storedSecretID(ctx context.Context, file string) (id string, err error) {
	db, err := openSingle(file)
	if err != nil {
		return "", err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, statements[getMeta], metaSecretID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

// copyFile copies a file durably; what stands there is replaced.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}
