package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// DatabaseName is the name of the database file in a data folder.
const DatabaseName = "chargeyard.db"

// Options say where the store is and who opens it.
type Options struct {
	// Dir is the data folder; it is made when it is missing.
	Dir string
	// Version is that of the program, kept with each migration; "" is "devel".
	Version string
	// Log may be nil.
	Log *slog.Logger

	limits logLimits // of tests; zero for the usual ones
}

// Store is an open data folder. Its methods may be called at the same time.
type Store struct {
	dir     string
	version string
	log     *slog.Logger
	lock    *os.File
	secret  []byte

	serverID, epoch string

	// gate is held by readers while they read a page, and whole by Reopen and
	// Close, which replace db.
	gate sync.RWMutex
	// mu makes a transaction or a slice of maintenance the only writer.
	mu sync.Mutex
	db *sqlite // nil once closed
	// failed is set when it is unknown what a commit did; see Reopen.
	failed error
	marks  map[charging.IDKind]int64 // next free ids, as stored
	raised map[charging.IDKind]int64 // what this transaction makes of them

	refusals refusals
	// refusalBell and alertBell ring when such rows were stored.
	refusalBell, alertBell bell
	// filing and sessionFiling are under mu; filingMu is held by who files.
	filing        filing
	sessionFiling sessionFiling
	filingMu      sync.Mutex
	live          liveSessions
	searchLimits  searchLimits
	answered      answered
	instants      instants
	copying       *copying // the backup that is being made, or nil; under mu

	limits     logLimits
	background sync.WaitGroup
	stop       context.CancelFunc

	// fault is called with "commit" before and "committed" after each COMMIT,
	// so that tests can make it fail; nil otherwise.
	fault func(stage string) error
}

// readConnections is how many reads run at the same time.
const readConnections = 4

// Open opens a data folder: it makes what is missing, takes the lock, brings
// the schema up to date (keeping a copy first) and recovers what a crash left.
// The error has ErrLocked in its chain when another process holds the folder.
func Open(ctx context.Context, o Options) (*Store, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, folderError(o.Dir, err)
	}
	s := &Store{dir: dir, version: o.Version, log: o.Log, limits: o.limits, searchLimits: usualSearch, fault: faultPoint()}
	if s.limits == (logLimits{}) {
		s.limits = usualLimits
	}
	if s.version == "" {
		s.version = "devel"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, folderError(dir, err)
	}
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.background.Go(func() { s.keepHouse(ctx) })
	return s, nil
}

// open does what Open does under the lock.
func (s *Store) open(ctx context.Context) error {
	var err error
	var madeSecret bool
	if s.secret, madeSecret, err = readSecret(s.dir); err != nil {
		return err
	}
	if err := s.checkLog(); err != nil {
		return err
	}
	if s.db, err = s.connect(ctx); err != nil {
		return s.explain("opening the database", err)
	}
	if err = s.prepareDatabase(ctx, madeSecret); err != nil {
		return errors.Join(s.explain("opening the database", err), s.db.close())
	}
	return nil
}

func (s *Store) prepareDatabase(ctx context.Context, madeSecret bool) error {
	if err := s.checkFound(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	var err error
	if s.serverID, s.epoch, err = s.db.identify(); err != nil {
		return err
	}
	if err := s.checkSecret(madeSecret); err != nil {
		return err
	}
	if err := s.loadMarks(s.db); err != nil {
		return err
	}
	if err := s.loadFiling(s.db); err != nil {
		return err
	}
	if err := s.loadSessionFiling(s.db); err != nil {
		return err
	}
	if err := s.checkContent(ctx); err != nil {
		return err
	}
	return s.checkAnswered()
}

// checkSecret compares the key file with the one that the charger passwords
// were made with, and warns when they cannot be checked any more.
func (s *Store) checkSecret(made bool) error {
	known, err := s.db.meta(metaSecretID)
	if err != nil || known == secretID(s.secret) {
		return err
	}
	passwords, err := s.db.count(countPasswords)
	if err != nil {
		return err
	}
	if known != "" && passwords > 0 {
		what := "is not the one that was used before"
		if made {
			what = "was missing, so a new one was made"
		}
		s.log.Warn("the key file of the charger passwords "+what+
			": these chargers cannot log in until the old file is put back or their passwords are set anew",
			"file", s.path(secretName), "chargers", passwords)
		return nil
	}
	return s.db.setMeta(metaSecretID, secretID(s.secret))
}

// connect opens the database file, which people other than the owner may not
// read: the log files take over its mode.
func (s *Store) connect(ctx context.Context) (*sqlite, error) {
	file, err := os.OpenFile(s.path(DatabaseName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, folderError(s.dir, err)
	}
	if err := errors.Join(file.Close(), syncFolder(s.dir)); err != nil {
		return nil, folderError(s.dir, err)
	}
	return openSQLite(ctx, s.path(DatabaseName), readConnections)
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// Close ends the store and releases the data folder.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	err := s.flushRefusals()
	s.fileAtEnd()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.db == nil {
		return nil
	}
	s.abortCopying()
	err = errors.Join(err, s.db.close(), s.answered.file.Close(), s.lock.Close())
	s.db = nil
	return translate("closing the database", err)
}

// Reopen follows a failed Commit: it closes, opens and recovers the database
// and returns the id of the newest record in it, which tells whether the failed
// batch was stored after all. When it returns nil, all that it found is on
// disk: after a failed fsync the system may hold pages that it believes to be
// written, so the whole log is copied into the database file and synced again.
func (s *Store) Reopen(ctx context.Context) (lastRecordID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.db == nil {
		return 0, errClosed
	}
	s.abortCopying()
	if err := s.db.close(); err != nil {
		s.log.Warn("closing the database before it is opened again failed", "err", err)
	}
	s.failed = errors.New("the database is being opened again")
	db, err := s.connect(ctx)
	if err != nil {
		return 0, translate("opening the database again", err)
	}
	s.db = db
	if err = s.recover(ctx, &lastRecordID); err != nil {
		return 0, translate("opening the database again", err)
	}
	s.failed = nil
	return lastRecordID, nil
}

func (s *Store) recover(ctx context.Context, lastRecordID *int64) error {
	if err := s.db.checkpoint(ctx, "TRUNCATE"); err != nil {
		return err
	}
	if err := s.loadMarks(s.db); err != nil {
		return err
	}
	if err := s.loadFiling(s.db); err != nil {
		return err
	}
	if err := s.loadSessionFiling(s.db); err != nil {
		return err
	}
	s.live.forget()
	return s.db.queryRow(lastRecord, nil, lastRecordID)
}

// transact writes one transaction. The caller holds mu.
func (s *Store) transact(what string, write func(*sqlite) error) error {
	if s.db == nil {
		return errClosed
	}
	if s.failed != nil {
		return charging.Errorf(charging.Unavailable, "%s: the database must be opened again: %w", what, s.failed)
	}
	s.raised = nil
	if _, err := s.db.exec(begin); err != nil {
		return s.abandon(what, err)
	}
	err := write(s.db)
	if err == nil {
		err = s.writeMarks(s.db)
	}
	if err != nil {
		return s.abandon(what, err)
	}
	if err := s.commit(); err != nil {
		err = s.abandon(what, err)
		if charging.KindOf(err) != charging.Conflict {
			s.failed = fmt.Errorf("an earlier commit failed: %w", err)
		}
		return err
	}
	for kind, next := range s.raised {
		s.marks[kind] = next
	}
	return nil
}

func (s *Store) commit() error {
	if s.fault != nil {
		if err := s.fault("commit"); err != nil {
			return err
		}
	}
	if _, err := s.db.exec(commit); err != nil {
		return err
	}
	if s.fault != nil {
		return s.fault("committed")
	}
	return nil
}

// abandon rolls back after err. Unless the engine only refused what was to be
// written, nothing is written any more until Reopen has found out what is on
// disk.
func (s *Store) abandon(what string, err error) error {
	failure := translate(what, err)
	_, rollbackErr := s.db.exec(rollback)
	if kind := charging.KindOf(failure); kind == charging.Unavailable || rollbackErr != nil && kind != charging.Conflict {
		s.failed = fmt.Errorf("an earlier write failed: %w", err)
	}
	return failure
}

// reading gives a read the database for one page.
func (s *Store) reading(what string, read func(*sqlite) error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	switch {
	case s.db == nil:
		return errClosed
	case s.db.closed:
		return charging.Errorf(charging.Unavailable, "%s: the database could not be opened again yet", what)
	}
	return translate(what, read(s.db))
}

// Dir is the data folder, as an absolute path.
func (s *Store) Dir() string { return s.dir }

// Secret returns the 32 bytes behind charger passwords; they must not be changed.
func (s *Store) Secret() []byte { return s.secret }

// ServerID is the random name that the database got when it was made; a copy
// has the same.
func (s *Store) ServerID() string { return s.serverID }

// Epoch is a random name that changes with every restore of a backup.
func (s *Store) Epoch() string { return s.epoch }
