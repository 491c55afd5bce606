package store

import (
	"context"
	"fmt"
)

// A checkpoint copies pages from the log into the database file. Frames are
// pages in the log, of 4 KiB.
const (
	checkpointFrames = 2_000  // from here on, beside the writer
	resetFrames      = 32_000 // from here on, the writer waits for the last of it, so that the log starts again
)

// shortenLog copies what waits in the log, if it is much. The log can only
// start again at its beginning when all of it was copied; under steady writing
// that never happens by itself, so past resetFrames the little that came
// during the copying is copied while the writer waits.
func (s *Store) shortenLog(ctx context.Context) error {
	frames, err := s.checkpointBeside(ctx, "NOOP")
	if err != nil || frames < checkpointFrames {
		return err
	}
	if frames, err = s.checkpointBeside(ctx, "PASSIVE"); err != nil || frames < resetFrames {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.checkpointBeside(ctx, "PASSIVE")
	return err
}

// checkpointBeside runs a checkpoint beside the writer and returns how many
// frames of the log are in use: before it for NOOP, else 0 when all were copied.
func (s *Store) checkpointBeside(ctx context.Context, mode string) (frames int, err error) {
	err = s.reading("copying the log into the database", func(db *sqlite) error {
		var busy, log, done int
		row := db.checkpoints.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")")
		if err := row.Scan(&busy, &log, &done); err != nil {
			return err
		}
		frames = log
		if log == done {
			frames = 0
		}
		return nil
	})
	return frames, err
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
