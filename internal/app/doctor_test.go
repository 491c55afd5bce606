package app

import (
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/store"
)

func TestDoctorSaysWhatIsWrongAndTheFix(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	healthy := func() *Status {
		return &Status{Chargers: 1000, FileLimit: 65536, Store: store.Stats{
			Size: store.Size{Database: 100 << 20, Free: 100 << 30, Disk: 200 << 30}, Schema: 1, Version: "v1",
			Oldest: now.Add(-100 * 24 * time.Hour), Newest: now, SecretMatches: true, Passwords: 3,
		}, LastBackup: &Backup{At: now.Add(-time.Hour), File: "/backups/a.db"}}
	}
	f := func(look func(*examination, *Status), change func(*Status), state FindingState, text, fix string) {
		t.Helper()
		s := healthy()
		change(s)
		x := &examination{cfg: config.Default(), now: now}
		look(x, s)
		if len(x.findings) == 0 {
			t.Errorf("no finding, want %s", text)
			return
		}
		got := x.findings[len(x.findings)-1]
		if got.State != state || !strings.Contains(got.Text, text) || !strings.Contains(got.Fix, fix) || (fix == "") != (got.Fix == "") {
			t.Errorf("got %s %q, fix %q; want %s %q, fix %q", got.State, got.Text, got.Fix, state, text, fix)
		}
	}
	database, space, files := (*examination).database, (*examination).space, (*examination).files
	backup, clock := (*examination).backup, (*examination).clock
	well := func(*Status) {}

	f(database, well, FindingGood, "is whole; schema 1 of chargeyard v1, no migration pending; 100 MiB", "")
	f(database, func(s *Status) { s.Problems = []string{"row 7 missing"} }, FindingBad, "is damaged: row 7 missing", "chargeyard restore --force FILE")
	f(database, func(s *Status) { s.Stalled = &now }, FindingBad, "cannot be written since 2026-06-01T12:00:00Z", "the disk is full or failing")
	f(database, func(s *Status) { s.Store.SecretMatches = false }, FindingBad, "passwords of 3 chargers", "Put the old secret.key back")
	f(space, well, FindingGood, "100 GiB free of 200 GiB; growing by 1 MiB a day, full in more than ten years", "")
	f(space, func(s *Status) { s.Store.Database = 200 << 30 }, FindingWarning, "full in 50 days", "--keep-readings")
	f(space, func(s *Status) { s.Store.Database = 2000 << 30 }, FindingBad, "full in 5 days", "--keep-readings")
	f(space, func(s *Status) { s.Store.Free = 512 << 20 }, FindingWarning, "512 MiB free", "Free some space")
	f(space, func(s *Status) { s.Store.Free, s.Store.Oldest = 1<<20, now }, FindingBad, "1 MiB free of 200 GiB", "Free some space")
	f(files, well, FindingGood, "the limit is 65536, enough for 32640 chargers", "")
	f(files, func(s *Status) { s.FileLimit = 1024 }, FindingBad, "the limit is 1024, and 1000 chargers need up to 2256", "LimitNOFILE")
	f(backup, well, FindingGood, "the last one is of 2026-06-01T11:00:00Z: /backups/a.db", "")
	f(backup, func(s *Status) { s.LastBackup = nil }, FindingWarning, "none was made yet", "chargeyard backup FILE")
	f(backup, func(s *Status) { s.LastBackup.At = now.Add(-20 * 24 * time.Hour) }, FindingWarning, "the last one is 20 days old", "chargeyard backup FILE")
	f(clock, func(s *Status) { s.Store.Newest = now.Add(time.Hour) }, FindingBad, "is before the newest record, of 2026-06-01T13:00:00Z", "NTP")

	x := &examination{cfg: config.Default(), now: time.Date(1970, 1, 1, 0, 0, 9, 0, time.UTC)}
	x.clock(nil)
	if got := x.findings[0]; got.State != FindingBad || got.Text != "1970-01-01 00:00:09Z is long ago" {
		t.Errorf("got %+v", got)
	}
}

func TestDoctorOfAFolderThatCannotBeWritten(t *testing.T) {
	cfg := config.Default()
	cfg.Data = "/proc/chargeyard-data"
	findings := Examine(t.Context(), cfg, slog.New(slog.DiscardHandler), false)
	if findings[0].State != FindingBad || findings[0].What != "data folder" || !strings.Contains(findings[0].Fix, "--data") {
		t.Errorf("got %+v", findings[0])
	}
}

func TestAddressesThatPeopleAndChargersCanDial(t *testing.T) {
	f := func(public, listen, web, chargers string) {
		t.Helper()
		cfg := config.Default()
		cfg.PublicURL = public
		address, err := net.ResolveTCPAddr("tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		gotWeb, gotChargers := Addresses(cfg, address)
		if gotWeb != web || gotChargers != chargers {
			t.Errorf("got %s and %s, want %s and %s", gotWeb, gotChargers, web, chargers)
		}
	}
	f("", "127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080")
	f("", "10.1.2.3:80", "http://10.1.2.3:80", "ws://10.1.2.3:80")
	f("", "[::1]:80", "http://[::1]:80", "ws://[::1]:80")
	f("", "[::]:8080", "http://127.0.0.1:8080", "ws://"+networkAddress()+":8080")
	f("https://charge.example.org/", "[::]:8080", "https://charge.example.org", "wss://charge.example.org")
	f("http://charge.example.org:81", "[::]:8080", "http://charge.example.org:81", "ws://charge.example.org:81")
}

func TestThePointerToASocketElsewhereIsOnlyBelievedInItsOwnForm(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", "/etc/passwd", filepath.Join("/tmp", "other", socketName)} {
		if err := writePointer(dir, path); err != nil {
			t.Fatal(err)
		}
		if got := readPointer(dir); got != "" {
			t.Errorf("%q is believed", got)
		}
	}
	want := filepath.Join("/tmp", privateFolder+"1", socketName)
	if err := writePointer(dir, want); err != nil {
		t.Fatal(err)
	}
	if got := readPointer(dir); got != want {
		t.Errorf("got %q", got)
	}
}
