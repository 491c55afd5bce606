package crashtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/store"
)

// migrationRecords are added to the old database, so that migrating it takes a
// while.
const migrationRecords = 3000

// oldFolder makes a data folder as chargeyard 0.1.0 left it, with schema 1.
func oldFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "old")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, store.DatabaseName)+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var text strings.Builder
	for _, file := range []string{"migrations/0001_start.sql", "testdata/schema-1.sql"} {
		part, err := os.ReadFile(filepath.Join("../store", file))
		if err != nil {
			t.Fatal(err)
		}
		text.Write(part)
	}
	for _, statement := range []string{
		"PRAGMA application_id = 1129927236",
		strings.NewReplacer("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", "BYTEA", "BLOB").Replace(text.String()),
		"CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL, applied_by TEXT NOT NULL)",
		"INSERT INTO migrations VALUES (1, 'start', 1, '0.1.0')",
		// What happened before, of charger 1 and its ports, by the same rows.
		"UPDATE history SET id = id + 1000000",
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO history SELECT h.id - 1000000 + 10 * n.i, h.charger_id, h.port_number, h.kind, h.received, h.happened, h.written,
			h.message_id, h.oddities, h.detail, h.readings, h.state FROM history AS h, n WHERE h.id > 1000000`, migrationRecords),
		"UPDATE id_blocks SET next = 2000000 WHERE kind = 'record'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%.60s: %v", statement, err)
		}
	}
	return folder
}

// TestAServerKilledWhileItMigratesMigratesAgain kills the first start of a newer
// program at its system calls, one after another, and looks whether the next
// start makes of it what an undisturbed one does.
func TestAServerKilledWhileItMigratesMigratesAgain(t *testing.T) {
	t.Parallel()
	needTools(t)
	old, seed := oldFolder(t), seed(t)
	s := &server{program: build(t, ""), data: filepath.Join(t.TempDir(), "data"), address: freeAddress(t),
		env: []string{"CHARGEYARD_KEEP_MESSAGES=0"}}
	var err error
	if s.log, err = os.Create(filepath.Join(t.TempDir(), "server.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		s.log.Close()
	})
	want := s.migrated(t, old, nil)
	killed := 0
	for round := range setting(t, "CHARGEYARD_CRASH_MIGRATIONS", 6) {
		chance := chanceOf(seed, int(round))
		got := s.migrated(t, old, func() {
			if s.killedStarting(t, chance) {
				killed++
			}
		})
		if got != want {
			t.Errorf("round %d: another estate than without a kill", round)
		}
	}
	t.Logf("%d migrations were cut off", killed)
	if killed == 0 {
		t.Error("no migration was cut off: that is no test")
	}
}

// migrated lets servers start on a copy of the old folder, the first with an
// accident, and returns what the last one shows.
func (s *server) migrated(t *testing.T, old string, accident func()) [sha256.Size]byte {
	t.Helper()
	if err := os.RemoveAll(s.data); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, old, s.data)
	if accident != nil {
		accident()
	}
	s.key = strings.TrimSpace(s.command(t, "key", "create", "--name", "crash test")) // this migrates
	s.start(t)
	defer s.kill()
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	body, err := s.sitesBody(ctx)
	if err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(s.file("backups/schema-1-before-*.db"))
	if err != nil || len(copies) == 0 {
		t.Errorf("no copy from before the migration is kept: %v, %v", copies, err)
	}
	for _, file := range copies {
		if text, err := exec.CommandContext(ctx, s.program, "restore", "--data", filepath.Join(t.TempDir(), "restored"), file).CombinedOutput(); err != nil {
			t.Errorf("the copy from before cannot be restored: %v\n%s", err, text)
		}
	}
	return sha256.Sum256(body)
}

// killedStarting starts the server and kills it at one of the system calls with
// which it keeps a copy and migrates. It reports whether it came to that.
func (s *server) killedStarting(t *testing.T, chance *rand.Rand) bool {
	t.Helper()
	calls := []string{"pwrite64", "fsync", "rename,renameat,renameat2"}[chance.IntN(3)]
	most := map[string]int{"pwrite64": 400, "fsync": 12}[calls]
	cmd := exec.CommandContext(t.Context(), "strace", "-D", "-f", "-q", "-o", os.DevNull, "-e", "trace="+calls, "-e", "inject="+calls+":"+killWhen(chance, max(1, most)),
		s.program, "serve", "--data", s.data, "--listen", s.address)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	s.process, s.ended = cmd, ended
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	hit := s.ready(ctx) != nil && !s.alive() && s.wasKilled()
	s.kill()
	return hit
}
