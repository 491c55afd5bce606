package store

import (
	"context"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var newestAlert = newStatement(`SELECT coalesce(max(id), 0) FROM alerts`)

// bell is rung when something of a kind was stored.
type bell struct {
	mu   sync.Mutex
	last int
	hear map[int]func()
}

// follow has tell called after every ring until stop.
func (b *bell) follow(tell func()) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hear == nil {
		b.hear = make(map[int]func())
	}
	b.last++
	own := b.last
	b.hear[own] = tell
	return func() {
		b.mu.Lock()
		delete(b.hear, own)
		b.mu.Unlock()
	}
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, tell := range b.hear {
		tell()
	}
}

// FollowAlerts has tell called whenever alerts were stored, until stop. tell must
// return at once and not call the store.
func (s *Store) FollowAlerts(tell func()) (stop func()) { return s.alertBell.follow(tell) }

// FollowRefusals has tell called whenever refused handshakes were stored, until
// stop; that is at most twice a second. tell must return at once and not call the
// store.
func (s *Store) FollowRefusals(tell func()) (stop func()) { return s.refusalBell.follow(tell) }

// NewestAlert is the id of the alert that was raised last; 0 for none.
func (s *Store) NewestAlert(ctx context.Context) (id charging.ID, err error) {
	err = s.reading("reading the newest alert", func(db *sqlite) error { return db.readRow(ctx, newestAlert, nil, &id) })
	return id, err
}

// AlertsAfter returns the alerts behind an id in the order in which they were
// raised, at most limit of them, and never more than 1,000.
func (s *Store) AlertsAfter(ctx context.Context, id charging.ID, limit int) ([]charging.Alert, error) {
	return readList(ctx, s, "reading alerts", scanAlert, alertsBehind, id, pageLimit(limit))
}
