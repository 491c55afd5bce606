package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// backupsName is the folder of the copies that the store makes by itself.
const backupsName = "backups"

// applicationID marks our database files (SQLite's application_id): "CYRD".
const applicationID = 0x43595244

// migration is one step of the schema. Steps are only ever added.
type migration struct {
	version int // counts from 1
	name    string
	text    string // for both engines
}

// migrations returns all steps in order.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]migration, len(names))
	for i, name := range names { // Glob sorts
		number, rest, _ := strings.Cut(filepath.Base(name), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s should have number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps[i] = migration{version, strings.TrimSuffix(rest, ".sql"), string(text)}
	}
	return steps, nil
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	return s.migrateTo(ctx, steps)
}

// migrateTo applies the steps that are missing, in one transaction, after it
// kept a copy of what is there.
func (s *Store) migrateTo(ctx context.Context, steps []migration) error {
	fresh, err := s.db.fresh()
	if err != nil {
		return err
	}
	at, by := 0, ""
	if !fresh {
		if at, by, err = s.db.schema(); err != nil {
			return err
		}
	}
	if at > len(steps) {
		return s.tooNew(at, by, len(steps))
	}
	if at == len(steps) {
		return nil
	}
	if !fresh {
		if err := s.keepCopy(ctx, at, len(steps)); err != nil {
			return err
		}
	}
	return s.transact("changing the schema", func(db *sqlite) error { return db.apply(steps[at:], s.version) })
}

// fresh reports whether the database is empty. A file of something else is
// refused.
func (db *sqlite) fresh() (bool, error) {
	var tables, id int64
	if err := db.writer.QueryRowContext(context.Background(), "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return false, err
	}
	if err := db.writer.QueryRowContext(context.Background(), "PRAGMA application_id").Scan(&id); err != nil {
		return false, err
	}
	if tables > 0 && id != applicationID {
		return false, charging.Errorf(charging.Invalid, "%s is not a chargeyard database", DatabaseName)
	}
	return tables == 0, nil
}

// schema returns the version of the schema and of the program that made it.
func (db *sqlite) schema() (version int, by string, err error) {
	err = db.queryRow(appliedMigrations, nil, &version, &by)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return version, by, err
}

func (db *sqlite) apply(steps []migration, version string) error {
	ctx := context.Background()
	if _, err := db.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	if _, err := db.writer.ExecContext(ctx, sqliteWords.Replace(statements[createMigrations])); err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := db.writer.ExecContext(ctx, sqliteWords.Replace(step.text)); err != nil {
			return fmt.Errorf("migration %04d_%s: %w", step.version, step.name, err)
		}
		if _, err := db.exec(insertMigration, step.version, step.name, time.Now().UnixMicro(), version); err != nil {
			return err
		}
	}
	sum, err := db.schemaSum(ctx)
	if err != nil {
		return err
	}
	return db.setMeta(metaSchemaSum, sum)
}

// keepCopy keeps the database as it is before its schema changes.
func (s *Store) keepCopy(ctx context.Context, from, to int) error {
	if err := os.MkdirAll(s.path(backupsName), 0o700); err != nil {
		return folderError(s.dir, err)
	}
	path := filepath.Join(s.path(backupsName), copyName(from, to, time.Now()))
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderError(s.dir, err)
	}
	if err := writeDurably(partial, nil, 0o600); err != nil {
		return err
	}
	if _, err := s.db.writer.ExecContext(ctx, "VACUUM INTO ?", partial); err != nil {
		return fmt.Errorf("keeping a copy before the schema changes: %w", err)
	}
	if err := publishFile(partial, path); err != nil {
		return fmt.Errorf("keeping a copy before the schema changes: %w", err)
	}
	s.log.Info("kept a copy before the schema changes", "file", path, "from", from, "to", to)
	return nil
}

// publishFile makes a finished file durable and gives it its name.
func publishFile(partial, path string) error {
	file, err := os.OpenFile(partial, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// copyName names the copy from before a change of the schema.
func copyName(from, to int, at time.Time) string {
	return fmt.Sprintf("schema-%d-before-%d-%s.db", from, to, at.UTC().Format("20060102T150405Z"))
}

// tooNew is the error for a database that a newer program has written, with
// the ways back.
func (s *Store) tooNew(schema int, by string, known int) error {
	way := ""
	if path := s.newestCopy(known); path != "" {
		way = fmt.Sprintf(", or go back with \"chargeyard restore --force %s\", which loses what came after it", path)
	}
	return charging.Errorf(charging.Refused,
		"the data in %s was written by chargeyard %s (schema %d), and this is chargeyard %s, which knows schema %d: "+
			"run chargeyard %s or newer%s", s.dir, by, schema, s.version, known, by, way)
}

// newestCopy finds the newest copy whose schema is at most known; "" for none.
func (s *Store) newestCopy(known int) string {
	paths, _ := filepath.Glob(filepath.Join(s.path(backupsName), "schema-*-before-*.db")) // the pattern is right
	newest, newestTime := "", ""
	for _, path := range paths {
		var from, to int
		var at string
		if n, _ := fmt.Sscanf(filepath.Base(path), "schema-%d-before-%d-%s", &from, &to, &at); n == 3 &&
			from <= known && at > newestTime {
			newest, newestTime = path, at
		}
	}
	return newest
}
