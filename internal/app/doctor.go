package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/chargeyard/chargeyard/internal/config"
	"github.com/chargeyard/chargeyard/internal/store"
)

// FindingState is how good or bad a Finding is.
type FindingState string

// The states of findings, best first.
const (
	FindingGood    FindingState = "good"
	FindingWarning FindingState = "warning"
	FindingBad     FindingState = "bad"
)

// Finding is one thing that Examine looked at.
type Finding struct {
	State FindingState `json:"state"`
	What  string       `json:"what"`
	Text  string       `json:"text"`
	Fix   string       `json:"fix,omitempty"` // "" when there is nothing to do
}

// examination collects findings.
type examination struct {
	cfg      *config.Config
	log      *slog.Logger
	quick    bool
	now      time.Time
	findings []Finding
}

func (x *examination) good(what, format string, args ...any) {
	x.findings = append(x.findings, Finding{FindingGood, what, fmt.Sprintf(format, args...), ""})
}

func (x *examination) warn(what, fix, format string, args ...any) {
	x.findings = append(x.findings, Finding{FindingWarning, what, fmt.Sprintf(format, args...), fix})
}

func (x *examination) bad(what, fix, format string, args ...any) {
	x.findings = append(x.findings, Finding{FindingBad, what, fmt.Sprintf(format, args...), fix})
}

// Examine looks at this machine and the data folder, through the server if one
// runs, and says what is well and what is not. With quick it only looks at what
// takes no time, as a health check does.
func Examine(ctx context.Context, cfg *config.Config, log *slog.Logger, quick bool) []Finding {
	x := &examination{cfg: cfg, log: log, quick: quick, now: time.Now()}
	x.folder()
	status := x.status(ctx)
	if status != nil {
		x.database(status)
		x.space(status)
	}
	x.port(ctx, status)
	if quick {
		return x.findings
	}
	if status != nil {
		x.backup(status)
		x.files(status)
	}
	x.clock(status)
	x.zones()
	return x.findings
}

// folder checks that the data folder can be written.
func (x *examination) folder() {
	const what = "data folder"
	dir := x.cfg.Data
	made := true
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		made = false
		dir = existingParent(dir)
	}
	probe, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		x.bad(what, "Give the user that runs chargeyard the right to write there, or choose another folder with --data.",
			"%s cannot be written: %v", dir, err)
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	if !made {
		x.good(what, "%s does not exist yet; the first start makes it", x.cfg.Data)
		return
	}
	x.good(what, "%s can be written", x.cfg.Data)
}

// existingParent is the nearest folder above that exists.
func existingParent(dir string) string {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, statErr := os.Stat(dir); statErr == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// status asks the server, or opens the folder; nil without data or when that
// fails, which is a finding.
func (x *examination) status(ctx context.Context) *Status {
	const what = "database"
	if !hasData(x.cfg.Data) {
		if !x.quick {
			x.good(what, "none yet; the first start makes it")
			return nil
		}
		x.bad("server", "Start it: chargeyard serve", "there is no data in %s, so no server works on it", x.cfg.Data)
		return nil
	}
	if x.quick && dialServer(ctx, x.cfg.Data) == nil {
		x.bad("server", "Start it: chargeyard serve", "no server works on %s", x.cfg.Data)
		return nil
	}
	if !x.quick && dialServer(ctx, x.cfg.Data) == nil && x.pending(ctx) {
		return nil
	}
	c, err := Connect(ctx, x.cfg, x.log, false)
	if err != nil {
		x.bad(what, "See what the message says; a damaged database is replaced by a backup: chargeyard restore FILE", "cannot be opened: %v", err)
		return nil
	}
	status := &Status{}
	err = errors.Join(c.Do(ctx, OpStatus, StatusQuery{Check: !x.quick}, status), c.Close())
	if err != nil {
		x.bad(what, "See what the message says; a damaged database is replaced by a backup: chargeyard restore FILE", "cannot be read: %v", err)
		return nil
	}
	return status
}

// pending reports a database that the next start will migrate, which opening
// it would do now. A database with a log beside it, left by a crash, cannot be
// looked at without opening it.
func (x *examination) pending(ctx context.Context) bool {
	file, err := filepath.Abs(filepath.Join(x.cfg.Data, store.DatabaseName))
	if err != nil {
		return false
	}
	info, err := store.Inspect(ctx, file)
	if err != nil {
		return false // opening it will tell
	}
	known, err := knownSchema(ctx)
	if err != nil || info.Schema >= known {
		return false
	}
	x.warn("database", "Make a backup with the version that wrote it, then start the server.",
		"a migration from schema %d (chargeyard %s) to %d is pending; the next start makes it and keeps a copy", info.Schema, info.Version, known)
	return true
}

// knownSchema is the schema that this program makes.
func knownSchema(ctx context.Context) (int, error) {
	dir, err := os.MkdirTemp("", "chargeyard-schema-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return 0, err
	}
	stats, err := st.Stats(ctx)
	return stats.Schema, errors.Join(err, st.Close())
}

func (x *examination) database(s *Status) {
	const what = "database"
	switch {
	case len(s.Problems) > 0:
		x.bad(what, "Stop the server and restore the newest backup: chargeyard restore --force FILE", "is damaged: %s", s.Problems[0])
	case s.Stalled != nil:
		x.bad(what, "Look for \"cannot commit\" in the log; most often the disk is full or failing.", "cannot be written since %s; chargers are not answered", s.Stalled.UTC().Format(time.RFC3339))
	case x.quick:
		x.good(what, "answers")
	default:
		x.good(what, "is whole; schema %d of chargeyard %s, no migration pending; %s, %d sessions, %d records",
			s.Store.Schema, s.Store.Version, megabytes(s.Store.Database), s.Store.Sessions, s.Store.Records)
	}
	if s.Store.Passwords > 0 && !s.Store.SecretMatches {
		x.bad("key file", "Put the old secret.key back into the data folder, or set the passwords anew: chargeyard charger password ID",
			"is not the one that the passwords of %d chargers were made with, so these cannot log in", s.Store.Passwords)
	}
}

const (
	scarce    = 1 << 30   // bytes free below which a warning is due
	veryShort = 256 << 20 // and an alarm
)

// space tells how much disk is free, and when it will be full if the database
// goes on growing as it did.
func (x *examination) space(s *Status) {
	const what = "disk space"
	const fix = "Free some space, move the data folder to a larger disk, or keep readings for fewer days: --keep-readings"
	text := fmt.Sprintf("%s free of %s", megabytes(s.Store.Free), megabytes(s.Store.Disk))
	days := -1.0
	if span := s.Store.Newest.Sub(s.Store.Oldest); span > 24*time.Hour {
		perDay := float64(s.Store.Database-s.Store.Unused) / (span.Hours() / 24)
		days = float64(s.Store.Free) / max(perDay, 1)
		text += fmt.Sprintf("; growing by %s a day, full in %s", megabytes(int64(perDay)), inDays(days))
	}
	switch {
	case s.Store.Free < veryShort || days >= 0 && days < 7:
		x.bad(what, fix, "%s", text)
	case s.Store.Free < scarce || days >= 0 && days < 60:
		x.warn(what, fix, "%s", text)
	default:
		x.good(what, "%s", text)
	}
}

func inDays(days float64) string {
	if days > 3650 {
		return "more than ten years"
	}
	return fmt.Sprintf("%.0f days", days)
}

func megabytes(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// port checks that the server answers, or could listen.
func (x *examination) port(ctx context.Context, s *Status) {
	const what = "address"
	if s != nil && s.Running {
		if err := ready(ctx, s.Listen); err != nil {
			x.bad(what, "Look into the log of the server.", "the server on %s is not ready: %v", s.Listen, err)
			return
		}
		x.good(what, "a server of chargeyard %s is ready on %s", s.Version, s.Listen)
		return
	}
	if x.quick {
		return
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", x.cfg.Listen)
	if err != nil {
		x.bad(what, "Choose a free one with --listen, or end the program that has it.", "%v", listenError(x.cfg.Listen, err))
		return
	}
	listener.Close()
	x.good(what, "%s is free; no server runs", x.cfg.Listen)
}

// ready asks the server whether it is ready.
func ready(ctx context.Context, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

func (x *examination) backup(s *Status) {
	const what = "backup"
	const fix = "Make one, best every night: chargeyard backup FILE"
	switch {
	case s.Chargers == 0:
	case s.LastBackup == nil:
		x.warn(what, fix, "none was made yet")
	case x.now.Sub(s.LastBackup.At) > 8*24*time.Hour:
		x.warn(what, fix, "the last one is %.0f days old: %s", x.now.Sub(s.LastBackup.At).Hours()/24, s.LastBackup.File)
	default:
		x.good(what, "the last one is of %s: %s", s.LastBackup.At.UTC().Format(time.RFC3339), s.LastBackup.File)
	}
}

// files compares the open-file limit with the number of chargers: each needs
// a socket, and nearly twice as many when all reconnect at once.
func (x *examination) files(s *Status) {
	const what = "open files"
	need := uint64(2*s.Chargers + 256)
	if s.FileLimit < need {
		x.bad(what, fmt.Sprintf("Raise it to %d or more: LimitNOFILE= in the systemd unit, or ulimit -n.", max(need, 65536)),
			"the limit is %d, and %d chargers need up to %d", s.FileLimit, s.Chargers, need)
		return
	}
	x.good(what, "the limit is %d, enough for %d chargers", s.FileLimit, (s.FileLimit-256)/2)
}

// builtAfter is before any build of this program.
var builtAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (x *examination) clock(s *Status) {
	const what = "clock"
	const fix = "Set the clock and keep it right with NTP: timedatectl set-ntp true"
	text := x.now.UTC().Format("2006-01-02 15:04:05Z")
	switch {
	case x.now.Before(builtAfter):
		x.bad(what, fix, "%s is long ago", text)
	case s != nil && s.Store.Newest.After(x.now.Add(time.Minute)):
		x.bad(what, fix, "%s is before the newest record, of %s", text, s.Store.Newest.UTC().Format(time.RFC3339))
	case clockUnsynchronized():
		x.warn(what, fix, "%s; the system says that no time server keeps it right", text)
	default:
		x.good(what, "%s", text)
	}
}

func (x *examination) zones() {
	const what = "time zones"
	if _, err := time.LoadLocation("America/Los_Angeles"); err != nil {
		x.bad(what, "Install the package tzdata.", "are missing: %v", err)
		return
	}
	x.good(what, "are known")
}
