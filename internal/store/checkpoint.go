package store

import (
	"context"
	"fmt"
)

// logLimits say when the log is shortened. A checkpoint copies pages from it
// into the database file; in the log they are called frames, of 4 KiB.
type logLimits struct {
	copyFrom  int // frames from which they are copied, beside the writer
	resetFrom int // and from which the writer waits for the last of it, so that the log starts again
}

var usualLimits = logLimits{copyFrom: 2_000, resetFrom: 32_000}

// shortenLog copies what waits in the log, if it is much. The log can only
// start again at its beginning when all of it was copied; under steady writing
// that never happens by itself, so past resetFrom the little that came
// during the copying is copied while the writer waits.
func (s *Store) shortenLog(ctx context.Context) error {
	log, copied, err := s.checkpointBeside(ctx, "NOOP")
	if err != nil || log-copied < s.limits.copyFrom && (log < s.limits.resetFrom || log == copied) {
		return err
	}
	if _, _, err = s.checkpointBeside(ctx, "PASSIVE"); err != nil || log < s.limits.resetFrom {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, err = s.checkpointBeside(ctx, "PASSIVE")
	return err
}

// checkpointBeside runs a checkpoint beside the writer. It returns how many
// frames the log has, and how many of them are copied; NOOP only looks.
func (s *Store) checkpointBeside(ctx context.Context, mode string) (log, copied int, err error) {
	err = s.reading("copying the log into the database", func(db *sqlite) error {
		var busy int
		return db.checkpoints.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &copied)
	})
	return log, copied, err
}

// checkpoint copies the whole log, and fails when that is not possible.
func (db *sqlite) checkpoint(ctx context.Context, mode string) error {
	var busy, log, done int
	row := db.checkpoints.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")")
	if err := row.Scan(&busy, &log, &done); err != nil {
		return err
	}
	if busy != 0 || log != done {
		return fmt.Errorf("checkpoint: %d of %d pages were copied", done, log)
	}
	return nil
}
