package store

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	upsertKeyUse = newStatement(`INSERT INTO key_uses (key_id, used_at) VALUES ($1, $2)
		ON CONFLICT (key_id) DO UPDATE SET used_at = excluded.used_at WHERE key_uses.used_at < excluded.used_at`)
	listKeyUses = newStatement(`SELECT key_id, used_at FROM key_uses ORDER BY key_id`)
)

type keyUse struct {
	key charging.ID
	at  time.Time
}

func scanKeyUse(row scanner) (u keyUse, err error) {
	err = row.Scan(&u.key, timeIn{&u.at})
	return u, err
}

// KeyUses returns when each API key was last used, as far as it was stored.
func (s *Store) KeyUses(ctx context.Context) (map[charging.ID]time.Time, error) {
	list, err := readList(ctx, s, "reading when keys were used", scanKeyUse, listKeyUses)
	if err != nil {
		return nil, err
	}
	uses := make(map[charging.ID]time.Time, len(list))
	for _, u := range list {
		uses[u.key] = u.at
	}
	return uses, nil
}

// SaveKeyUses stores when keys were last used. An older time changes nothing.
func (s *Store) SaveKeyUses(_ context.Context, uses map[charging.ID]time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing when keys were used", func(db *sqlite) error {
		for key, at := range uses {
			if _, err := db.exec(upsertKeyUse, key, at.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}
