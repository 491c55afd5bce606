package app

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// NewKey asks for an API key.
type NewKey struct {
	Name         string        `json:"name"`
	Organization charging.ID   `json:"organization"` // 0 for the first one
	Sites        []charging.ID `json:"sites"`
	Chargers     []charging.ID `json:"chargers"`
	Permissions  string        `json:"permissions"` // "" for auth.DefaultPermissions
	PerMinute    int           `json:"perMinute"`   // 0 for the server's default
	ExpiresAt    time.Time     `json:"expiresAt,omitzero"`
}

// CreatedKey is a new key; its text is told here and never again.
type CreatedKey struct {
	ID  charging.ID `json:"id"`
	Key string      `json:"key"`
}

// KeyRow is a row of the list of keys.
type KeyRow struct {
	ID           charging.ID   `json:"id"`
	Name         string        `json:"name"`
	Prefix       string        `json:"prefix"`
	Organization charging.ID   `json:"organizationId"`
	Sites        []charging.ID `json:"siteIds"`
	Chargers     []charging.ID `json:"chargerIds"`
	Permissions  string        `json:"permissions"`
	PerMinute    int           `json:"requestsPerMinute"`
	CreatedAt    time.Time     `json:"createdAt"`
	ExpiresAt    *time.Time    `json:"expiresAt"`
	RevokedAt    *time.Time    `json:"revokedAt"`
}

func createKey(ctx context.Context, a *Admin, in NewKey) (CreatedKey, error) {
	if in.Name == "" {
		return CreatedKey{}, charging.Errorf(charging.Invalid, "the key needs a name; people recognise it by that")
	}
	permissions := auth.DefaultPermissions
	if in.Permissions != "" {
		var err error
		if permissions, err = auth.ParsePermissions(in.Permissions); err != nil {
			return CreatedKey{}, err
		}
	}
	var made CreatedKey
	err := a.fleet.Update(ctx, func(e *fleet.Estate, fleets *fleet.IDs) (*charging.Change, error) {
		ids := a.ids(fleets)
		key := charging.APIKey{
			OrganizationID: in.Organization, Name: in.Name, Sites: in.Sites, Chargers: in.Chargers,
			Permissions: permissions, PerMinute: in.PerMinute, CreatedAt: now(), ExpiresAt: in.ExpiresAt,
		}
		if key.OrganizationID == 0 {
			key.OrganizationID = firstOrganization(e)
		}
		if err := e.CheckKey(&key); err != nil {
			return nil, err
		}
		id, err := ids.Next(charging.IDKey)
		if err != nil {
			return nil, err
		}
		text := auth.NewKeyText()
		key.ID, key.Prefix, key.Hash = id, auth.KeyPrefix(text), auth.HashKey(text)
		made = CreatedKey{ID: id, Key: text}
		return &charging.Change{Actor: "key create", At: key.CreatedAt, Keys: []charging.APIKey{key}}, nil
	})
	if err != nil {
		return CreatedKey{}, err
	}
	return made, nil
}

// firstOrganization is the oldest organization that stands in no other; 0 when
// there is none.
func firstOrganization(e *fleet.Estate) charging.ID {
	for _, o := range e.Organizations() {
		if o.ParentID == 0 {
			return o.ID
		}
	}
	return 0
}

func listKeys(_ context.Context, a *Admin, _ None) ([]KeyRow, error) {
	rows := []KeyRow{}
	for _, k := range a.fleet.Estate().Keys() {
		rows = append(rows, KeyRow{
			ID: k.ID, Name: k.Name, Prefix: k.Prefix, Organization: k.OrganizationID,
			Sites: orEmpty(k.Sites), Chargers: orEmpty(k.Chargers),
			Permissions: auth.FormatPermissions(k.Permissions), PerMinute: k.PerMinute,
			CreatedAt: k.CreatedAt, ExpiresAt: timeOrNil(k.ExpiresAt), RevokedAt: timeOrNil(k.RevokedAt),
		})
	}
	return rows, nil
}

func orEmpty(ids []charging.ID) []charging.ID {
	if ids == nil {
		return []charging.ID{}
	}
	return ids
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ByID asks for the thing with an id.
type ByID struct {
	ID charging.ID `json:"id"`
}

func revokeKey(ctx context.Context, a *Admin, in ByID) (None, error) {
	return None{}, a.fleet.Update(ctx, func(e *fleet.Estate, _ *fleet.IDs) (*charging.Change, error) {
		for _, k := range e.Keys() {
			if k.ID != in.ID {
				continue
			}
			if !k.RevokedAt.IsZero() {
				return nil, nil
			}
			revoked := fleet.Revoked(k, now())
			return &charging.Change{Actor: "key revoke", At: revoked.RevokedAt, Keys: []charging.APIKey{revoked}}, nil
		}
		return nil, charging.Errorf(charging.NotFound, "there is no key %d; \"chargeyard key list\" shows them", in.ID)
	})
}
