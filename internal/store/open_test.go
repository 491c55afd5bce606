package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSecondWriterIsRefusedAndToldOfTheFirst(t *testing.T) {
	s := openTest(t)
	_, err := Open(t.Context(), Options{Dir: s.Dir()})
	want := fmt.Sprintf("the data folder is in use by process %d; stop it first: %s", os.Getpid(), s.Dir())
	if !errors.Is(err, ErrLocked) || charging.KindOf(err) != charging.Conflict || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	mustClose(t, s)
	openDir(t, s.Dir())
}

func TestFolderThatCannotBeUsedIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: file})
	if charging.KindOf(err) != charging.Invalid || !strings.HasPrefix(err.Error(), "the data folder "+file+" cannot be used: ") {
		t.Errorf("got %v", err)
	}
}

func TestOnlyTheOwnerMayReadTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a?b #c%20d") // a name that means something in a URI
	s := openDir(t, dir)
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	for _, name := range []string{".", DatabaseName, DatabaseName + "-wal", secretName, lockName} {
		stat, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if mode := stat.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func TestServerKeepsItsName(t *testing.T) {
	s := openTest(t)
	id, epoch, secret := s.ServerID(), s.Epoch(), s.Secret()
	if len(id) != 32 || len(epoch) != 32 || id == epoch || len(secret) != 32 {
		t.Fatalf("server %q, epoch %q, secret of %d bytes", id, epoch, len(secret))
	}
	mustClose(t, s)
	again := openDir(t, s.Dir())
	if again.ServerID() != id || again.Epoch() != epoch || !bytes.Equal(again.Secret(), secret) {
		t.Error("it has another name, epoch or secret after it was opened again")
	}
	if other := openTest(t); other.ServerID() == id {
		t.Error("another server has the same name")
	}
}

func TestMissingKeyFileIsToldOf(t *testing.T) {
	s := openTest(t)
	change := estate(2)
	change.Chargers[0].PasswordHash = "hash"
	mustCommit(t, s, &charging.Batch{Change: change})
	mustClose(t, s)
	path := filepath.Join(s.Dir(), secretName)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err = Open(t.Context(), Options{Dir: s.Dir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := s.Stats(t.Context())
	if err != nil || stats.SecretMatches || stats.Passwords != 1 {
		t.Errorf("stats %+v, %v", stats, err)
	}
	mustClose(t, s)
	for _, want := range []string{"the key file of the charger passwords was missing, so a new one was made", "chargers=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}

	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openDir(t, s.Dir())
	if stats, err := s.Stats(t.Context()); err != nil || !stats.SecretMatches {
		t.Errorf("with the old key file: %+v, %v", stats, err)
	}
}

func TestDamagedKeyFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, secretName)
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	want := path + " holds 5 bytes instead of 32; put the right file back, or remove it and set every charger password anew"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDamagedDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, DatabaseName), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	want := "the database is damaged: " + filepath.Join(dir, DatabaseName) + ": file is not a database (26); the server does not start on it; " +
		"restore the newest backup: chargeyard restore --data " + dir + " --force FILE"
	if !errors.Is(err, ErrDamaged) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
