package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// TestTheSameSQLIsPostgreSQL runs the migrations on PostgreSQL and prepares
// every statement there, so that the one text stays honest.
func TestTheSameSQLIsPostgreSQL(t *testing.T) {
	db, err := sql.Open("pgx", postgresDSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	awaitPostgres(t, db)
	ctx := t.Context()
	schema := fmt.Sprintf("chargeyard_test_%d", os.Getpid())
	mustExec(t, db, "CREATE SCHEMA "+schema)
	defer mustExec(t, db, "DROP SCHEMA "+schema+" CASCADE")
	mustExec(t, db, "SET search_path TO "+schema)

	steps, err := migrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, statements[createMigrations])
	for _, step := range steps {
		if _, err := db.ExecContext(ctx, step.text); err != nil {
			t.Fatalf("migration %04d_%s: %v", step.version, step.name, err)
		}
	}
	for i, text := range statements {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			t.Errorf("statement %d: %v\n%s", i, err, text)
			continue
		}
		stmt.Close()
	}
}

func mustExec(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// postgresVariable names a server to use instead of starting one.
const postgresVariable = "CHARGEYARD_TEST_POSTGRES"

// postgresDSN says where a PostgreSQL is; it starts one if need be.
func postgresDSN(t *testing.T) string {
	if dsn := os.Getenv(postgresVariable); dsn != "" {
		return dsn
	}
	bin := postgresBinaries(t)
	// Not t.TempDir: the server's own user must be able to reach it, and the
	// path of a socket has at most 107 characters.
	dir, err := os.MkdirTemp("", "chargeyard-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attributes := postgresUser(t, dir)
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(dir, "data"), "--auth", "trust",
		"--username", "chargeyard", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, attributes
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	startPostgres(t, bin, dir, attributes)
	return fmt.Sprintf("host=%s user=chargeyard dbname=postgres sslmode=disable", dir)
}

// postgresBinaries finds Debian's server, the newest first.
func postgresBinaries(t *testing.T) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the pattern is right
	if len(found) == 0 {
		t.Fatalf("this test needs PostgreSQL: install Debian's package postgresql-15, or set %s to the DSN of a server",
			postgresVariable)
	}
	return filepath.Dir(found[len(found)-1])
}

// postgresUser gives the folder to a user without privileges when we are root,
// as which PostgreSQL refuses to run.
func postgresUser(t *testing.T, dir string) *syscall.SysProcAttr {
	// The server ends with us, even if we are killed. The kernel ties that to
	// the thread, so the test stays on its own.
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return attributes
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("this test runs as root and needs the user postgres or nobody for PostgreSQL: %v", err)
	}
	uid, uidErr := strconv.Atoi(account.Uid)
	gid, gidErr := strconv.Atoi(account.Gid)
	if err := errors.Join(uidErr, gidErr, os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes
}

func startPostgres(t *testing.T, bin, dir string, attributes *syscall.SysProcAttr) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-k", dir,
		"-c", "listen_addresses=", "-c", "fsync=off")
	server.Dir, server.SysProcAttr, server.Stdout, server.Stderr = dir, attributes, log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := server.Wait(); err != nil {
			t.Errorf("PostgreSQL: %v", err)
		}
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("PostgreSQL's log:\n%s", text)
		}
	})
}

// awaitPostgres waits until the server takes connections.
func awaitPostgres(t *testing.T, db *sql.DB) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("PostgreSQL does not answer: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
