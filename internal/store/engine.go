package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteWords replaces the words of the migrations that the engines do not
// share: only INTEGER PRIMARY KEY makes a key the row's own place in SQLite's
// file, SQLite's word for bytes is BLOB, and WITHOUT ROWID makes a table its own
// index.
var sqliteWords = strings.NewReplacer("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", "BYTEA", "BLOB", "/*CLUSTERED*/", "WITHOUT ROWID")

// sqlite is an open database: the writer's one connection with its prepared
// statements, the readers' connections, and the one that makes checkpoints.
type sqlite struct {
	writers *sql.DB
	writer  *sql.Conn
	written []*sql.Stmt // the writer's, prepared when first used

	readers *sql.DB
	readMu  sync.Mutex
	read    []*sql.Stmt

	checkpoints *sql.DB
	closed      bool
}

// Pragmas of every connection, in this order: waiting for locks comes first,
// because the others may have to. With unix-excl the index of the log is in
// ordinary memory, shared by the connections of this process, which alone has
// the folder: in a mapped file, a disk that hangs would stop whoever touches it
// within a page fault, and with that, sooner or later, all of the program.
const commonPragmas = "vfs=unix-excl&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(67108864)&_dqs=0&_error_rc=1"

// readerIdle is when a reader's connection that nobody needs is closed.
const readerIdle = time.Minute

// databaseURI makes the driver's name of the database file.
func databaseURI(path, parameters string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	return u.String() + "?" + parameters
}

// writerPragmas are those of the one that writes. What is given up within a page
// is overwritten, so that nothing of an erased person is left in the file; see
// erasure.go for whole pages.
const writerPragmas = "&_pragma=cache_size(-65536)&_pragma=secure_delete(FAST)"

// openSQLite opens the database in the file, creating it when it is missing.
func openSQLite(ctx context.Context, path string, readers int) (db *sqlite, err error) {
	db = &sqlite{written: make([]*sql.Stmt, len(statements)), read: make([]*sql.Stmt, len(statements))}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.close())
		}
	}()
	if db.writers, err = sql.Open("sqlite", databaseURI(path, commonPragmas+writerPragmas)); err != nil {
		return db, err
	}
	db.writers.SetMaxOpenConns(1)
	if db.writer, err = db.writers.Conn(ctx); err != nil {
		return db, err
	}
	if db.readers, err = sql.Open("sqlite", databaseURI(path, commonPragmas+"&_pragma=cache_size(-16384)&_query_only=1")); err != nil {
		return db, err
	}
	db.readers.SetMaxOpenConns(readers)
	db.readers.SetMaxIdleConns(readers)
	db.readers.SetConnMaxIdleTime(readerIdle) // and its cache with it
	if db.checkpoints, err = sql.Open("sqlite", databaseURI(path, commonPragmas)); err != nil {
		return db, err
	}
	db.checkpoints.SetMaxOpenConns(1)
	return db, nil
}

// close closes every connection. The last one to go copies the log into the
// database file, as far as that works.
func (db *sqlite) close() error {
	if db.closed {
		return nil
	}
	db.closed = true
	var errs []error
	for _, stmt := range db.written {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	for _, stmt := range db.read {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	if db.writer != nil {
		errs = append(errs, db.writer.Close())
	}
	for _, pool := range []*sql.DB{db.readers, db.checkpoints, db.writers} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// prepared returns the writer's prepared statement.
func (db *sqlite) prepared(st statement) (*sql.Stmt, error) {
	if db.written[st] == nil {
		stmt, err := db.writer.PrepareContext(context.Background(), inOrder(statements[st]))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", statements[st], err)
		}
		db.written[st] = stmt
	}
	return db.written[st], nil
}

var (
	numbered = regexp.MustCompile(`\$[0-9]+`)
	// manyRows is an insertion of many rows, whose values stand in order.
	manyRows = regexp.MustCompile(`^INSERT INTO .* VALUES \(.*\), \(`)
)

// inOrder takes the numbers from the places of an insertion of many rows: the
// driver looks each of hundreds of them up by name, which is a third of the
// work of binding them.
func inOrder(text string) string {
	if !manyRows.MatchString(text) {
		return text
	}
	return numbered.ReplaceAllString(text, "?")
}

// exec runs a statement of the writer. It takes no context on purpose: a
// transaction is written whole or not at all, and watching a context costs a
// goroutine a statement.
func (db *sqlite) exec(st statement, args ...any) (sql.Result, error) {
	stmt, err := db.prepared(st)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// queryRow runs a statement of the writer that returns a row.
func (db *sqlite) queryRow(st statement, args []any, into ...any) error {
	stmt, err := db.prepared(st)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(context.Background(), args...).Scan(into...)
}

// reader returns the readers' prepared statement.
func (db *sqlite) reader(ctx context.Context, st statement) (*sql.Stmt, error) {
	db.readMu.Lock()
	defer db.readMu.Unlock()
	if db.read[st] == nil {
		stmt, err := db.readers.PrepareContext(ctx, statements[st])
		if err != nil {
			return nil, err
		}
		db.read[st] = stmt
	}
	return db.read[st], nil
}

// query runs a statement of the readers.
func (db *sqlite) query(ctx context.Context, st statement, args ...any) (*sql.Rows, error) {
	stmt, err := db.reader(ctx, st)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// readRow runs a statement of the readers that returns at most one row.
func (db *sqlite) readRow(ctx context.Context, st statement, args []any, into ...any) error {
	stmt, err := db.reader(ctx, st)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(into...)
}

// count runs a statement of the writer that returns a number.
func (db *sqlite) count(st statement, args ...any) (n int64, err error) {
	err = db.queryRow(st, args, &n)
	return n, err
}
