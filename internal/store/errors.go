package store

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"strings"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// ErrLocked is in the chain of the error that Open and Restore return when
// another process works on the data folder.
var ErrLocked = errors.New("the data folder is in use")

var errClosed = charging.Errorf(charging.Unavailable, "the database is closed")

// translate turns an error of the engine into one that says what to do. Errors
// that are ours already stay as they are.
func translate(what string, err error) error {
	var ours *charging.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, sqldriver.ErrBadConn) {
		return charging.Errorf(charging.Unavailable, "%s: %w", what, err)
	}
	var failure *driver.Error
	if !errors.As(err, &failure) {
		return charging.Errorf(charging.Internal, "%s: %w", what, err)
	}
	switch failure.Code() & 0xff {
	case codes.SQLITE_CONSTRAINT:
		return charging.Errorf(charging.Conflict, "%s: %s: %w", what, constraint(failure), err)
	case codes.SQLITE_TOOBIG, codes.SQLITE_MISMATCH, codes.SQLITE_RANGE:
		return charging.Errorf(charging.Invalid, "%s: this cannot be stored: %w", what, err)
	case codes.SQLITE_FULL:
		return charging.Errorf(charging.Unavailable, "%s: the disk is full; free some space: %w", what, err)
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN, codes.SQLITE_READONLY, codes.SQLITE_PERM:
		return charging.Errorf(charging.Unavailable, "%s: the disk or the rights on the data folder failed: %w", what, err)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_INTERRUPT, codes.SQLITE_NOMEM:
		return charging.Errorf(charging.Unavailable, "%s: %w", what, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return charging.Errorf(charging.Unavailable, "%s: the database file is damaged; restore a backup: %w", what, err)
	}
	return charging.Errorf(charging.Internal, "%s: %w", what, err)
}

// constraint says in plain words what must be unique or exist.
func constraint(failure *driver.Error) string {
	text := failure.Error()
	for _, rule := range [...]struct{ mark, words string }{
		{"chargers.ocpp_id", "another charger has this OCPP identity"},
		{"ports.charger_id", "the charger has a port of this number"},
		{"access_ids.organization_id", "the organization has this id tag"},
		{"api_keys.hash", "this API key exists"},
		{"sessions.assigned_id", "this transaction id was given out before"},
		{"history.id", "a record with this id is stored"},
		{"firmware.name", "there is a firmware file of this name"},
		{"uploads.token_hash", "this token was given out before"},
	} {
		if strings.Contains(text, rule.mark) {
			return rule.words
		}
	}
	if failure.Code() == codes.SQLITE_CONSTRAINT_FOREIGNKEY {
		return "something refers to a thing that does not exist, or that is to be removed"
	}
	return "it contradicts what is stored"
}
