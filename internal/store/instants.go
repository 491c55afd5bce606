package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

var (
	recordFrom = newStatement(`SELECT id, received FROM history WHERE id >= $1 ORDER BY id LIMIT 1`)
	// Of neighbouring records, the later one may have been received first.
	recordLater = newStatement(`SELECT coalesce(min(w.id), 0) FROM (SELECT id, received FROM history WHERE id <= $1
		ORDER BY id DESC LIMIT $2) AS w WHERE w.received > $3 AND w.received <= $4`)
)

const (
	// pastNeighbours is among how many records the order of receipt is looked at,
	// and pastSkew how far apart neighbours may be; what is further is a clock
	// that was set.
	pastNeighbours = 2048
	pastSkew       = time.Minute
	// instantBlock is one of how many records is remembered by instants.
	instantBlock = 1024
)

// instants remembers when every so many-th record was received, of those that
// were looked at: a record's time never changes. A hundred million records are
// at most 100,000 of them.
type instants struct {
	mu       sync.Mutex
	received map[int64]int64 // by id, a multiple of instantBlock: the first record from there on
}

// known returns the time of a record that was looked at before.
func (i *instants) known(id int64) (received int64, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	received, ok = i.received[id]
	return received, ok
}

func (i *instants) note(id, received int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.received == nil {
		i.received = make(map[int64]int64)
	}
	i.received[id] = received
}

// newestAt returns the id of the newest record that had been received at a
// moment; 0 for none. Ids rise with receipt, but for neighbours, and for times
// at which the server's clock was set.
func (s *Store) newestAt(ctx context.Context, db *sqlite, at time.Time) (int64, error) {
	newest, err := s.newestAbout(ctx, db, at)
	if err != nil {
		return 0, err
	}
	var later int64
	err = db.readRow(ctx, recordLater, []any{newest, pastNeighbours, at.UnixMicro(), at.Add(pastSkew).UnixMicro()}, &later)
	if later > 0 {
		return later - 1, err
	}
	return newest, err
}

// newestAbout is newestAt for who does not mind some neighbours: it reads ten
// records, where newestAt reads two thousand.
func (s *Store) newestAbout(ctx context.Context, db *sqlite, at time.Time) (int64, error) {
	var last int64
	if err := db.readRow(ctx, lastRecord, nil, &last); err != nil {
		return 0, err
	}
	// The first that came later is among these: first by blocks, then within one.
	low, high := int64(0), last+1
	for _, step := range [...]int64{instantBlock, 1} {
		for high-low > step {
			middle := (low + (high-low)/2) / step * step
			if middle <= low {
				middle = low + step
			}
			id, received, err := s.recordFrom(ctx, db, middle)
			switch {
			case err != nil:
				return 0, err
			case id == 0 || received > at.UnixMicro():
				high = middle
			case step == 1:
				low = id + 1 // ids may have gaps
			default:
				low = middle
			}
		}
	}
	for low < high { // at most one is left
		id, received, err := s.recordFrom(ctx, db, low)
		if err != nil {
			return 0, err
		}
		if id == 0 || received > at.UnixMicro() {
			break
		}
		low = id + 1
	}
	return max(0, low-1), nil
}

// recordFrom returns the first record from an id on, and when it was received; 0
// when there is none.
func (s *Store) recordFrom(ctx context.Context, db *sqlite, id int64) (found, received int64, err error) {
	whole := id%instantBlock == 0
	if whole {
		if received, known := s.instants.known(id); known {
			return id, received, nil
		}
	}
	err = db.readRow(ctx, recordFrom, []any{id}, &found, &received)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	if whole && err == nil {
		s.instants.note(id, received)
	}
	return found, received, err
}
