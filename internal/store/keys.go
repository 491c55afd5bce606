package store

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var keys = noun[charging.APIKey]{
	kind: charging.IDKey,
	columns: []string{"id", "organization_id", "name", "prefix", "hash", "permissions", "per_minute", "created_at",
		"revoked_at", "expires_at"},
	secret: map[string]bool{"hash": true},
	more: func(k *charging.APIKey) map[string]any {
		return map[string]any{"sites": k.Sites, "chargers": k.Chargers}
	},
	id: func(k *charging.APIKey) charging.ID { return k.ID },
	values: func(k *charging.APIKey) []any {
		return []any{k.OrganizationID, k.Name, k.Prefix, k.Hash[:], int64(k.Permissions), int64(k.PerMinute),
			timeOrNull(k.CreatedAt), timeOrNull(k.RevokedAt), timeOrNull(k.ExpiresAt)}
	},
	scan: func(k *charging.APIKey) []any {
		return []any{&k.ID, &k.OrganizationID, &k.Name, &k.Prefix, hashIn{&k.Hash}, &k.Permissions, &k.PerMinute,
			timeIn{&k.CreatedAt}, timeIn{&k.RevokedAt}, timeIn{&k.ExpiresAt}}
	},
}

// The kinds of api_key_scopes. They are stored.
const (
	scopeSite    = "site"
	scopeCharger = "charger"
)

// writeKeyScopes replaces what the key is limited to.
func (db *sqlite) writeKeyScopes(key *charging.APIKey) error {
	if _, err := db.exec(deleteKeyScopes, key.ID); err != nil {
		return err
	}
	position := int64(0)
	for _, scope := range []struct {
		kind string
		ids  []charging.ID
	}{{scopeSite, key.Sites}, {scopeCharger, key.Chargers}} {
		for _, id := range scope.ids {
			if _, err := db.exec(insertKeyScope, key.ID, position, scope.kind, id); err != nil {
				return err
			}
			position++
		}
	}
	return nil
}

// loadKeys reads the keys with what they are limited to.
func (db *sqlite) loadKeys(ctx context.Context) ([]charging.APIKey, error) {
	all, err := loadAll(ctx, db, pageKeys, &keys)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := db.loadKeyScopes(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (db *sqlite) loadKeyScopes(ctx context.Context, key *charging.APIKey) error {
	rows, err := db.query(ctx, pageKeyScopes, key.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var id charging.ID
		if err := rows.Scan(&kind, &id); err != nil {
			return err
		}
		switch kind {
		case scopeSite:
			key.Sites = append(key.Sites, id)
		case scopeCharger:
			key.Chargers = append(key.Chargers, id)
		}
	}
	return rows.Err()
}
