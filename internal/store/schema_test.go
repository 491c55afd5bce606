package store

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write schema.sql anew from the migrations")

// TestSchemaFileIsWhatTheMigrationsMake keeps schema.sql, which people read,
// equal to what a migrated database has.
func TestSchemaFileIsWhatTheMigrationsMake(t *testing.T) {
	s := openTest(t)
	rows, err := s.db.readers.QueryContext(t.Context(),
		"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	b.WriteString("-- The schema after all migrations, as SQLite has it. Made by\n" +
		"--     go test ./internal/store -run SchemaFile -update\n")
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + text + ";\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(golden), b.String()); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; -update writes it anew (-file +migrations):\n%s", diff)
	}
}

func TestEveryStatementIsPreparedBySQLite(t *testing.T) {
	s := openTest(t)
	for i, text := range statements {
		if text == "" {
			t.Errorf("statement %d has no text", i)
			continue
		}
		stmt, err := s.db.writer.PrepareContext(context.Background(), text)
		if err != nil {
			t.Errorf("statement %d: %v\n%s", i, err, text)
			continue
		}
		stmt.Close()
	}
}
