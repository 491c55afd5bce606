package store

import (
	"context"
	"errors"
	"time"
)

// houseEvery is how often what can wait is done.
const houseEvery = 500 * time.Millisecond

// FreeMemory gives up what is cached of the database. It is for quiet times: what
// is needed again is read again.
func (s *Store) FreeMemory(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil || s.db.closed {
		return nil
	}
	_, err := s.db.writer.ExecContext(ctx, "PRAGMA shrink_memory")
	return translate("giving up the cache", err)
}

// keepHouse does what no caller waits for, until the context ends: it files
// records, keeps the log short and writes down refused handshakes.
func (s *Store) keepHouse(ctx context.Context) {
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := errors.Join(s.fileIfDue(ctx), s.shortenLog(ctx), s.flushRefusals())
		if err != nil && !told && ctx.Err() == nil {
			s.log.Error("work that the database has put off failed; it is tried again and again", "err", err)
		}
		told = err != nil
	}
}
