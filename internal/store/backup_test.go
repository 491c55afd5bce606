package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// secured is an estate with two passwords.
func secured() *charging.Change {
	change := estate(4)
	change.Chargers[0].PasswordHash, change.Chargers[1].PasswordHash = "a", "b"
	return change
}

func mustBackup(t *testing.T, s *Store, file string, options ...BackupOption) Info {
	t.Helper()
	info, err := s.Backup(t.Context(), file, options...)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestBackupSaysWhatIsInIt(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: secured(), Sessions: []*charging.Session{openSession(1, 1, 1)},
		Records: []charging.Record{statusRecord(1, 1, 1), statusRecord(2, 2, 1)}})
	file := filepath.Join(t.TempDir(), "backup.db")
	got := mustBackup(t, s, file)
	stat, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	want := Info{File: file, Size: stat.Size(), Schema: len(steps(t)), Version: "1.2.3", ServerID: s.ServerID(), Epoch: s.Epoch(), Organizations: 1,
		Sites: 1, Chargers: 4, Ports: 8, Sessions: 1, Records: 2, Newest: statusRecord(2, 2, 1).Received, Passwords: 2,
		SecretNote: "the passwords of 2 chargers can only be checked with " + s.path(secretName) +
			", which is not in this backup; keep a copy of it elsewhere"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if stat.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v", stat.Mode())
	}
	files, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(files) != 1 {
		t.Errorf("beside the backup stand %v, %v", files, err)
	}
	_, err = s.Backup(t.Context(), file)
	if charging.KindOf(err) != charging.Conflict || err.Error() != file+" exists; choose another name or remove it" {
		t.Errorf("over a file: %v", err)
	}
}

// TestBackupDuringWritesIsConsistent makes a backup of a database that changes
// all the time: it must hold whole batches, up to one that was committed when
// it ended.
func TestBackupDuringWritesIsConsistent(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(50)})
	id := int64(0)
	write := func() {
		b := new(charging.Batch)
		for range 100 {
			id++
			b.Records = append(b.Records, metersRecord(id, id%50+1, 1))
		}
		mustCommit(t, s, b)
	}
	for range 60 {
		write()
	}
	before := id
	type result struct {
		info Info
		err  error
	}
	done := make(chan result, 1)
	file := filepath.Join(t.TempDir(), "backup.db")
	go func() {
		info, err := s.Backup(context.Background(), file)
		done <- result{info, err}
	}()
	var r result
	for running := true; running; {
		select {
		case r = <-done:
			running = false
		default:
			write()
		}
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.info.Records%100 != 0 || r.info.Records <= before || r.info.Records > id {
		t.Errorf("the backup holds %d records; there were %d before and %d after", r.info.Records, before, id)
	}
}

func TestBackupThatIsGivenUpLeavesNothing(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(100)})
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, filepath.Join(dir, "backup.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("left %v, %v", files, err)
	}

	// Opening the database again ends a backup, but not the store.
	c, err := s.startCopying(filepath.Join(dir, "other.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), filepath.Join(dir, "third.db")); err == nil || !strings.Contains(err.Error(), "another backup is being made; wait for it") {
		t.Errorf("a second backup: %v", err)
	}
	if _, err := s.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.continueCopying(c); err == nil || err.Error() != "the database was closed while it was copied; try again" {
		t.Errorf("after Reopen: %v", err)
	}
	mustBackup(t, s, filepath.Join(dir, "third.db"))
}

func TestRestoreBringsBackWhatWasAndBeginsAnEpoch(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	mustCommit(t, s, &charging.Batch{Change: secured(), Records: []charging.Record{statusRecord(10, 1, 1)}})
	want, err := s.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	saved := mustBackup(t, s, file, WithSecret())
	if saved.SecretFile != file+SecretSuffix ||
		saved.SecretNote != "the key of the charger passwords is in "+file+".key; keep it as safe as the passwords" {
		t.Errorf("the backup says %+v", saved)
	}

	dir := filepath.Join(t.TempDir(), "elsewhere")
	info, err := Restore(ctx, dir, file, RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if info.SecretNote != "the key file fits the charger passwords" || info.Records != 1 || info.ServerID != s.ServerID() || info.Epoch == s.Epoch() {
		t.Errorf("restored %+v", info)
	}
	restored := openDir(t, dir)
	got, err := restored.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-saved +restored)\n%s", diff)
	}
	if !bytes.Equal(restored.Secret(), s.Secret()) || restored.Epoch() != info.Epoch {
		t.Error("the key or the epoch is another one")
	}
	for kind, mark := range map[charging.IDKind]int64{charging.IDRecord: 11, charging.IDCharger: 5, charging.IDTransaction: 1, charging.IDRefusal: 1} {
		if first, err := restored.ReserveIDs(ctx, kind, 1, 0); err != nil || first != mark+restoreLead {
			t.Errorf("the next id of %s is %d, %v, want %d", kind, first, err, mark+restoreLead)
		}
	}
}

func TestRestoreKeepsTransactionIDsInRange(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	if _, err := s.ReserveIDs(ctx, charging.IDTransaction, 1, 1<<31-5); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	mustBackup(t, s, file)
	dir := t.TempDir()
	if _, err := Restore(ctx, dir, file, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	restored := openDir(t, dir)
	if first, err := restored.ReserveIDs(ctx, charging.IDTransaction, 1, 0); err != nil || first != 1<<31-1 {
		t.Errorf("the next transaction id is %d, %v", first, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	file := filepath.Join(t.TempDir(), "backup.db")
	mustBackup(t, s, file)

	if _, err := Restore(ctx, s.Dir(), file, RestoreOptions{Force: true}); !errors.Is(err, ErrLocked) {
		t.Errorf("a folder in use: %v", err)
	}
	mustClose(t, s)
	_, err := Restore(ctx, s.Dir(), file, RestoreOptions{})
	want := "the data folder " + s.Dir() + " holds a database already; --force replaces it and keeps it in " + s.path(backupsName)
	if charging.KindOf(err) != charging.Refused || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = Restore(ctx, t.TempDir(), file+"x", RestoreOptions{})
	if charging.KindOf(err) != charging.NotFound || !strings.HasPrefix(err.Error(), "there is no backup "+file+"x: ") {
		t.Errorf("no file: %v", err)
	}

	damaged := filepath.Join(t.TempDir(), "damaged.db")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i += 7 {
		content[i] ^= 0x55
	}
	for name, text := range map[string]string{damaged: string(content), file + ".txt": "hello"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err := Restore(ctx, dir, name, RestoreOptions{})
		if charging.KindOf(err) != charging.Invalid || !strings.HasPrefix(err.Error(), name+" is not a usable backup: ") {
			t.Errorf("%s: %v", name, err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
			t.Errorf("%s: left %v, %v", name, files, err)
		}
	}
}

func TestDatabaseOfARunningServerIsNoBackup(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, &charging.Batch{Change: estate(1)})
	_, err := Inspect(t.Context(), s.path(DatabaseName))
	if charging.KindOf(err) != charging.Invalid || !strings.Contains(err.Error(), "has a log beside it, so it is not a backup") {
		t.Errorf("got %v", err)
	}
}

func TestForcedRestoreKeepsTheOldDatabase(t *testing.T) {
	ctx := t.Context()
	saved := openTest(t)
	mustCommit(t, saved, &charging.Batch{Change: secured()})
	file := filepath.Join(t.TempDir(), "backup.db")
	mustBackup(t, saved, file)

	for name, spoil := range map[string]func(t *testing.T, database string){
		"a good one": func(*testing.T, string) {},
		"a damaged one": func(t *testing.T, database string) {
			if err := os.WriteFile(database, []byte("no database"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(database+"-wal", []byte("no log"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			old := openTest(t)
			mustCommit(t, old, &charging.Batch{Change: estate(1)})
			mustClose(t, old)
			database := old.path(DatabaseName)
			spoil(t, database)
			before, err := os.ReadFile(database)
			if err != nil {
				t.Fatal(err)
			}
			info, err := Restore(ctx, old.Dir(), file, RestoreOptions{Force: true})
			if err != nil {
				t.Fatal(err)
			}
			wantNote := "the key file " + old.path(secretName) + " is not the one of this backup: put that one back, or set the passwords of 2 chargers anew"
			if info.Chargers != 4 || info.SecretNote != wantNote {
				t.Errorf("restored %+v", info)
			}
			kept, err := filepath.Glob(filepath.Join(old.path(backupsName), "replaced-*", DatabaseName))
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept %v, %v", kept, err)
			}
			if after, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the old database is not kept as it was: %v", err)
			}
			again := openDir(t, old.Dir())
			if stored, err := again.Load(ctx); err != nil || len(stored.Chargers) != 4 {
				t.Errorf("loaded %v, %v", stored, err)
			}
		})
	}
}
