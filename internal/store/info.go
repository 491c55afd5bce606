package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Info says what is in a database file.
type Info struct {
	File     string `json:"file"`
	Size     int64  `json:"size"` // bytes
	Schema   int    `json:"schema"`
	Version  string `json:"version"` // of the program that made the schema
	ServerID string `json:"serverId"`
	Epoch    string `json:"epoch"`

	Organizations int64     `json:"organizations"`
	Sites         int64     `json:"sites"`
	Chargers      int64     `json:"chargers"`
	Ports         int64     `json:"ports"`
	Sessions      int64     `json:"sessions"`
	Records       int64     `json:"records"`
	Newest        time.Time `json:"newest"` // when the newest record was received; zero without records

	// Passwords counts the chargers with a password. They can only be checked
	// with the key that they were made with, which is not in the database.
	Passwords int64 `json:"passwords"`
	// SecretFile is the file with that key beside a backup, or "".
	SecretFile string `json:"secretFile"`
	// SecretNote says in plain words what about that key.
	SecretNote string `json:"secretNote"`
}

// Inspect says what is in a database file that no process works on, such as a
// backup, and checks that it is whole. It writes nothing. A file that is not a
// chargeyard database, or damaged, is refused with Invalid.
func Inspect(ctx context.Context, file string) (Info, error) {
	info := Info{File: file}
	stat, err := os.Stat(file)
	if err != nil {
		return info, charging.Errorf(charging.NotFound, "there is no backup %s: %w", file, err)
	}
	info.Size = stat.Size()
	if log, err := os.Stat(file + "-wal"); err == nil && log.Size() > 0 {
		return info, charging.Errorf(charging.Invalid, "%s has a log beside it, so it is not a backup but the database "+
			"of a running or crashed server; make a backup with \"chargeyard backup\"", file)
	}
	db, err := sql.Open("sqlite", databaseURI(file, "mode=ro&immutable=1&_query_only=1&_error_rc=1"))
	if err != nil {
		return info, err
	}
	defer db.Close()
	if err := checkFile(ctx, db); err != nil {
		return info, charging.Errorf(charging.Invalid, "%s is not a usable backup: %w", file, err)
	}
	if err := info.read(ctx, db); err != nil {
		return info, charging.Errorf(charging.Invalid, "%s is not a usable backup: %w", file, err)
	}
	return info, nil
}

func checkFile(ctx context.Context, db *sql.DB) error {
	var id int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return errors.New("it is not a chargeyard database")
	}
	problems, err := check(ctx, db, "quick_check(20)")
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("it is damaged: %s", problems[0])
	}
	return nil
}

// read fills the counts. Tables of a schema that is not known are left out.
func (info *Info) read(ctx context.Context, db *sql.DB) error {
	if err := db.QueryRowContext(ctx, statements[appliedMigrations]).Scan(&info.Schema, &info.Version); err != nil {
		return err
	}
	for _, part := range [...]struct {
		st statement
		to *int64
	}{
		{countOrganizations, &info.Organizations}, {countSites, &info.Sites}, {countChargers, &info.Chargers},
		{countPorts, &info.Ports}, {countSessions, &info.Sessions}, {countRecords, &info.Records},
		{countPasswords, &info.Passwords},
	} {
		if err := db.QueryRowContext(ctx, statements[part.st]).Scan(part.to); err != nil {
			return err
		}
	}
	for name, to := range map[string]*string{metaServerID: &info.ServerID, metaEpoch: &info.Epoch} {
		if err := db.QueryRowContext(ctx, statements[getMeta], name).Scan(to); err != nil {
			return err
		}
	}
	return readTime(db.QueryRowContext(ctx, statements[newestReceived]), &info.Newest)
}

// readTime reads a time from a row that need not be there.
func readTime(row *sql.Row, to *time.Time) error {
	var micros int64
	err := row.Scan(&micros)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		*to = time.UnixMicro(micros).UTC()
	}
	return err
}
