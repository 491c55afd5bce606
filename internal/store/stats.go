package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Size is how much disk the data folder takes and has, in bytes.
type Size struct {
	Database int64 `json:"database"`
	Log      int64 `json:"log"`     // what waits to be copied into the database
	Backups  int64 `json:"backups"` // the copies that the store made by itself
	Free     int64 `json:"free"`    // of the disk, for users without privileges
	Disk     int64 `json:"disk"`    // the whole disk
}

// Size reads the sizes. It is cheap.
func (s *Store) Size(context.Context) (Size, error) {
	var size Size
	var err error
	if size.Database, err = fileSize(s.path(DatabaseName)); err != nil {
		return size, err
	}
	if size.Log, err = fileSize(s.path(DatabaseName + "-wal")); err != nil {
		return size, err
	}
	if size.Backups, err = folderSize(s.path(backupsName)); err != nil {
		return size, err
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(s.dir, &disk); err != nil {
		return size, folderError(s.dir, err)
	}
	size.Free = int64(disk.Bavail) * int64(disk.Bsize)
	size.Disk = int64(disk.Blocks) * int64(disk.Bsize)
	return size, nil
}

// fileSize is 0 for a file that does not exist.
func fileSize(path string) (int64, error) {
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return stat.Size(), nil
}

func folderSize(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		size, err := fileSize(path)
		total += size
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return total, err
}

// Stats are what a doctor wants to know of a store.
type Stats struct {
	Size
	Schema   int    `json:"schema"`
	Version  string `json:"version"` // of the program that made the schema
	Unused   int64  `json:"unused"`  // bytes in the database file that are free to be written again
	Sessions int64  `json:"sessions"`
	Records  int64  `json:"records"`
	Curves   int64  `json:"curves"`

	Oldest time.Time `json:"oldest"` // when the oldest record was received; zero without records
	Newest time.Time `json:"newest"`

	// SecretMatches says that the key file is the one that the charger
	// passwords were made with.
	SecretMatches bool  `json:"secretMatches"`
	Passwords     int64 `json:"passwords"`
}

// Stats counts. It reads an index of the whole history: about 0.1 s a million
// records.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	var err error
	if st.Size, err = s.Size(ctx); err != nil {
		return st, err
	}
	err = s.readingPast(ctx, "counting", 0, func(db *sqlite) error { return st.read(ctx, db, secretID(s.secret)) })
	return st, err
}

func (st *Stats) read(ctx context.Context, db *sqlite, secret string) error {
	if err := db.readRow(ctx, appliedMigrations, nil, &st.Schema, &st.Version); err != nil {
		return err
	}
	for _, part := range [...]struct {
		st statement
		to *int64
	}{
		{countSessions, &st.Sessions}, {countFiled, &st.Records}, {countCurves, &st.Curves}, {countPasswords, &st.Passwords},
	} {
		if err := db.readRow(ctx, part.st, nil, part.to); err != nil {
			return err
		}
	}
	for _, part := range [...]struct {
		st statement
		to *time.Time
	}{{oldestReceived, &st.Oldest}, {newestReceived, &st.Newest}} {
		stmt, err := db.reader(ctx, part.st)
		if err != nil {
			return err
		}
		if err := readTime(stmt.QueryRowContext(ctx), part.to); err != nil {
			return err
		}
	}
	var known string
	if err := db.readRow(ctx, getMeta, []any{metaSecretID}, &known); err != nil {
		return err
	}
	st.SecretMatches = known == secret
	return db.unused(ctx, &st.Unused)
}

// unused reads how many bytes of the file are free to be written again.
func (db *sqlite) unused(ctx context.Context, bytes *int64) error {
	var pages, size int64
	if err := db.readers.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&pages); err != nil {
		return err
	}
	if err := db.readers.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size); err != nil {
		return err
	}
	*bytes = pages * size
	return nil
}

// Integrity looks for damage and returns what it found in SQLite's words, none
// when all is well. A deep check also compares the indexes with the tables.
// While it runs the log cannot start again at its beginning, so it grows.
func (s *Store) Integrity(ctx context.Context, deep bool) ([]string, error) {
	pragma := "quick_check(20)"
	if deep {
		pragma = "integrity_check(20)"
	}
	var problems []string
	err := s.reading("checking the database", func(db *sqlite) error {
		var err error
		problems, err = check(ctx, db.readers, pragma)
		return err
	})
	return problems, err
}

func check(ctx context.Context, db *sql.DB, pragma string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "PRAGMA "+pragma)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var problems []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if text != "ok" {
			problems = append(problems, text)
		}
	}
	return problems, rows.Err()
}
