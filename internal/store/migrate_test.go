package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// futureStep is a migration that is not there yet.
var futureStep = migration{version: 99, name: "future", text: "CREATE TABLE future (id BIGINT PRIMARY KEY); ALTER TABLE sites ADD COLUMN colour TEXT"}

func steps(t *testing.T, more ...migration) []migration {
	t.Helper()
	all, err := migrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range more {
		step.version = len(all) + 1
		all = append(all, step)
	}
	return all
}

func TestCopyIsKeptBeforeAMigration(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(3), Records: []charging.Record{statusRecord(1, 1, 1)}})
	all := steps(t, futureStep)
	if err := s.migrateTo(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	version, by, err := s.db.schema()
	if err != nil || version != len(all) || by != "1.2.3" {
		t.Errorf("the schema is %d by %q, %v", version, by, err)
	}
	copies, err := filepath.Glob(filepath.Join(s.path(backupsName), "*"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("kept %q, %v", copies, err)
	}
	info, err := Inspect(t.Context(), copies[0])
	if err != nil {
		t.Fatal(err)
	}
	if info.Schema != len(all)-1 || info.Chargers != 3 || info.Records != 1 {
		t.Errorf("the copy holds %+v", info)
	}
	if stat, err := os.Stat(copies[0]); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", stat.Mode(), err)
	}
	if err := s.migrateTo(t.Context(), all); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}

func TestFailingMigrationChangesNothing(t *testing.T) {
	s := openTest(t)
	bad := migration{name: "bad", text: "CREATE TABLE half (id BIGINT PRIMARY KEY); CREATE TABLE sites (id BIGINT PRIMARY KEY)"}
	all := steps(t, bad)
	err := s.migrateTo(t.Context(), all)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migration %04d_bad: ", len(all))) {
		t.Fatalf("got %v", err)
	}
	if version, _, err := s.db.schema(); err != nil || version != len(all)-1 {
		t.Errorf("the schema is %d, %v", version, err)
	}
	var tables int
	if err := s.db.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_master WHERE name = 'half'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("half of it stands: %d, %v", tables, err)
	}
}

func TestNewerSchemaIsRefusedWithTheWayBack(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(3)})
	s.version = "9.8.7"
	known := steps(t)
	if err := s.migrateTo(t.Context(), steps(t, futureStep)); err != nil {
		t.Fatal(err)
	}
	kept := s.newestCopy(len(known))
	mustClose(t, s)

	_, err := Open(t.Context(), Options{Dir: s.Dir(), Version: "1.2.3"})
	want := fmt.Sprintf("the data in %s was written by chargeyard 9.8.7 (schema %d), and this is chargeyard 1.2.3, which knows "+
		"schema %d: run chargeyard 9.8.7 or newer, or go back with \"chargeyard restore --force %s\", which loses what came after it",
		s.Dir(), len(known)+1, len(known), kept)
	if charging.KindOf(err) != charging.Refused || err.Error() != want {
		t.Fatalf("got  %v\nwant %s", err, want)
	}

	// And that way works.
	info, err := Restore(t.Context(), s.Dir(), kept, RestoreOptions{Force: true, Version: "1.2.3"})
	if err != nil || info.Chargers != 3 {
		t.Fatalf("restored %+v, %v", info, err)
	}
	openDir(t, s.Dir())
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := openSingle(filepath.Join(dir, DatabaseName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE photos (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Dir: dir})
	if charging.KindOf(err) != charging.Invalid || err.Error() != "chargeyard.db is not a chargeyard database" {
		t.Errorf("got %v", err)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	steps(t)
	for _, name := range []string{"migrations/0002_two.sql", "migrations/first.sql"} {
		if _, err := migrations(fstest.MapFS{name: {}}); err == nil || err.Error() != "migration "+name+" should have number 0001" {
			t.Errorf("got %v", err)
		}
	}
}
