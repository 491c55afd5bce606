package store

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Bounds of what is kept of refused handshakes, so that one loud charger or
// one scanner does not push the others out.
const (
	maxRefusals         = 1000
	maxRefusalsAlike    = 10  // of one remote host and identity
	maxRefusalsOfRemote = 500 // of one remote host
	maxRefusalText      = 1024
)

var refusalColumns = []string{"id", "remote", "identity", "status", "reason", "address", "request", "fix", "count",
	"first_at", "last_at"}

// alike is what refusals have in common that share a row.
type alike struct {
	remote, identity string
	status           int
	reason           string
}

// refusals are those that are not stored yet. They are written down within a
// second, not at once: nobody waits for them, and a storm of them must not cost
// a commit each.
type refusals struct {
	mu      sync.Mutex
	waiting map[alike]*charging.Refusal
}

// AddRefusal keeps a refused handshake. It only fills memory, so it is cheap
// and never fails; within half a second the refusal is stored. Its ID, Count
// and FirstAt are of no concern.
func (s *Store) AddRefusal(_ context.Context, r charging.Refusal) error {
	r.Remote, r.Request, r.Identity = cut(r.Remote), cut(r.Request), cut(r.Identity)
	r.Reason, r.Fix = cut(r.Reason), cut(r.Fix)
	key := alike{hostOf(r.Remote), r.Identity, r.Status, r.Reason}
	s.refusals.mu.Lock()
	defer s.refusals.mu.Unlock()
	r.Count, r.FirstAt = 1, r.At
	if before := s.refusals.waiting[key]; before != nil {
		r.Count, r.FirstAt = before.Count+1, before.FirstAt
	} else if len(s.refusals.waiting) >= maxRefusals {
		return nil // as many as are kept at all wait already
	}
	if s.refusals.waiting == nil {
		s.refusals.waiting = make(map[alike]*charging.Refusal)
	}
	s.refusals.waiting[key] = &r
	return nil
}

// cut bounds a text that came from outside.
func cut(text string) string {
	if len(text) > maxRefusalText {
		text = text[:maxRefusalText]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// hostOf is an address without its port, which changes with every try.
func hostOf(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}

// take empties the list; put puts back what could not be stored.
func (r *refusals) take() map[alike]*charging.Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.waiting
	r.waiting = nil
	return waiting
}

func (r *refusals) put(back map[alike]*charging.Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, newer := range r.waiting {
		if older := back[key]; older != nil {
			newer.Count += older.Count
			newer.FirstAt = older.FirstAt
		}
		back[key] = newer
	}
	r.waiting = back
}

// flushRefusals stores the refusals that wait.
func (s *Store) flushRefusals() error {
	waiting := s.refusals.take()
	if len(waiting) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("storing refused handshakes", func(db *sqlite) error { return s.writeRefusals(db, waiting) })
	if err != nil {
		s.refusals.put(waiting)
		return err
	}
	s.refusalBell.ring()
	return nil
}

func (s *Store) writeRefusals(db *sqlite, waiting map[alike]*charging.Refusal) error {
	next, err := db.mark(charging.IDRefusal)
	if err != nil {
		return err
	}
	for key, r := range waiting {
		_, err := db.exec(upsertRefusal, next, key.remote, key.identity, int64(key.status), key.reason, r.Remote, r.Request,
			r.Fix, int64(r.Count), r.FirstAt.UnixMicro(), r.At.UnixMicro())
		if err != nil {
			return err
		}
		if err := s.raise(db, charging.IDRefusal, next); err != nil {
			return err
		}
		next++
	}
	return db.boundRefusals(waiting)
}

// boundRefusals removes the oldest where there are too many.
func (db *sqlite) boundRefusals(added map[alike]*charging.Refusal) error {
	alikes, remotes := make(map[[2]string]bool), make(map[string]bool)
	for key := range added {
		alikes[[2]string{key.remote, key.identity}] = true
		remotes[key.remote] = true
	}
	for pair := range alikes {
		if _, err := db.exec(boundRefusalsAlike, pair[0], pair[1], maxRefusalsAlike); err != nil {
			return err
		}
	}
	for remote := range remotes {
		if _, err := db.exec(boundRefusalsOfRemote, remote, maxRefusalsOfRemote); err != nil {
			return err
		}
	}
	_, err := db.exec(boundRefusals, maxRefusals)
	return err
}

// Refusals lists refused handshakes, newest first, at most limit of them (and
// never more than the 1,000 that are kept).
func (s *Store) Refusals(ctx context.Context, limit int) ([]charging.Refusal, error) {
	if err := s.flushRefusals(); err != nil {
		return nil, err
	}
	var list []charging.Refusal
	err := s.reading("reading refused handshakes", func(db *sqlite) error {
		rows, err := db.query(ctx, listRefusals, min(limit, maxRefusals))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r charging.Refusal
			var last, first int64
			if err := rows.Scan(&r.ID, &last, &r.Remote, &r.Request, &r.Identity, &r.Status, &r.Reason, &r.Fix, &r.Count,
				&first); err != nil {
				return err
			}
			r.At, r.FirstAt = time.UnixMicro(last).UTC(), time.UnixMicro(first).UTC()
			list = append(list, r)
		}
		return rows.Err()
	})
	return list, err
}
