package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// ErrDamaged is in the chain of the error that Open and Load return when the
// database is not whole.
var ErrDamaged = errors.New("the database is damaged")

// damaged is the error about a database that is not whole, with the way out.
func (s *Store) damaged(format string, args ...any) error {
	way := fmt.Sprintf("restore the newest backup: chargeyard restore --data %s --force FILE", s.dir)
	if copies, _ := filepath.Glob(filepath.Join(s.path(backupsName), "schema-*-before-*.db")); len(copies) > 0 {
		way += fmt.Sprintf(" (the newest copy that the server made by itself is %s)", slices.MaxFunc(copies, byAge))
	}
	return charging.Errorf(charging.Refused, "%w: %s: %s; the server does not start on it; %s",
		ErrDamaged, s.path(DatabaseName), fmt.Sprintf(format, args...), way)
}

// byAge compares when files were written last.
func byAge(a, b string) int {
	first, firstErr := os.Stat(a)
	second, secondErr := os.Stat(b)
	if firstErr != nil || secondErr != nil {
		return 0
	}
	return first.ModTime().Compare(second.ModTime())
}

// wholeCheck is up to which size, in bytes, the whole database is checked when
// it is opened, which takes up to a second. Of a larger one the large tables
// are left to "chargeyard doctor": what is shown of them has checksums.
const wholeCheck = 256 << 20

// filedCheck is up to which size, in bytes, each record is looked for under its
// port.
const filedCheck = 64 << 20

// largeTables grow with what happens, all others with the estate.
var largeTables = []string{"history", "history_ports", "sessions", "session_finds", "session_lists", "session_listed",
	"curves", "config_history", "commands"}

// checkWhole looks for damage in the database that was just opened.
func (s *Store) checkWhole(ctx context.Context) error {
	size, err := fileSize(s.path(DatabaseName))
	if err != nil {
		return err
	}
	var problems []string
	if size <= wholeCheck {
		problems, err = check(ctx, s.db.checkpoints, "quick_check(20)")
	} else {
		problems, err = s.checkSmallTables(ctx)
	}
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return s.damaged("%s", problems[0])
	}
	return nil
}

func (s *Store) checkSmallTables(ctx context.Context) (problems []string, err error) {
	rows, err := s.db.checkpoints.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		if !slices.Contains(largeTables, table) {
			tables = append(tables, table)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for _, table := range tables {
		found, err := check(ctx, s.db.checkpoints, "quick_check("+table+")")
		if problems = append(problems, found...); err != nil {
			return problems, err
		}
	}
	return problems, nil
}

// checkFound looks at the database file before anything is done with it.
func (s *Store) checkFound(ctx context.Context) error {
	fresh, err := s.db.fresh()
	if err != nil {
		return err
	}
	if fresh {
		return s.checkEmpty()
	}
	return s.checkWhole(ctx)
}

// checkContent looks for what SQLite itself takes for good, when the schema is
// up to date.
func (s *Store) checkContent(ctx context.Context) error {
	if err := s.checkSchema(ctx); err != nil {
		return err
	}
	if err := s.checkFiled(ctx); err != nil {
		return err
	}
	return s.checkConfiguration(ctx)
}

// checkSchema sees that the tables are still as the migrations left them. A bit
// that makes another name of a column would show only where it is used.
func (s *Store) checkSchema(ctx context.Context) error {
	want, err := s.db.meta(metaSchemaSum)
	if err != nil || want == "" { // the last migration was made by a version that kept none
		return err
	}
	sum, err := s.db.schemaSum(ctx)
	if err != nil {
		return err
	}
	if sum != want {
		return s.damaged("its tables are not as they were made")
	}
	return nil
}

// schemaSum is a checksum of the tables' definitions.
func (db *sqlite) schemaSum(ctx context.Context) (string, error) {
	rows, err := db.writer.QueryContext(ctx, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	sum := sha256.New()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return "", err
		}
		fmt.Fprintln(sum, text)
	}
	return hex.EncodeToString(sum.Sum(nil)), rows.Err()
}

// checkFiled sees that every record is filed where the present is looked for.
// It takes about 2 us a record, so it is left out of larger databases.
func (s *Store) checkFiled(ctx context.Context) error {
	size, err := fileSize(s.path(DatabaseName))
	if err != nil || size > filedCheck {
		return err
	}
	filed, err := s.db.metaNumber(metaFiled)
	if err != nil {
		return err
	}
	var missing int64
	if err := s.db.readRow(ctx, countUnfiled, []any{filed}, &missing); err != nil {
		return err
	}
	if missing > 0 {
		return s.damaged("%d records are not filed under their ports", missing)
	}
	return nil
}

// explain makes an error of the engine about damage one that says the way out.
func (s *Store) explain(what string, err error) error {
	var failure *driver.Error
	if errors.As(err, &failure) && !errors.Is(err, ErrDamaged) {
		switch failure.Code() & 0xff {
		case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
			return s.damaged("%v", err)
		}
	}
	return translate(what, err)
}

// loadError is explain for what stands in the rows.
func (s *Store) loadError(err error) error {
	var broken packedError
	if errors.As(err, &broken) {
		return s.damaged("%v", err)
	}
	return s.explain("loading", err)
}
