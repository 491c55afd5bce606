package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// maxPerMinute bounds what a key may be allowed in a minute.
const maxPerMinute = 1_000_000

// adminKeyRoutes are API keys.
func (a *API) adminKeyRoutes() []route {
	const path = "/api/admin/keys"
	return []route{
		a.owned(http.MethodGet, path, unlimited(a.adminKeys)),
		a.owned(http.MethodPost, path, unlimited(a.addKey)),
		a.owned(http.MethodGet, path+"/{id}", unlimited(a.adminKey)),
		a.owned(http.MethodPatch, path+"/{id}", unlimited(a.changeKey)),
		a.owned(http.MethodDelete, path+"/{id}", unlimited(a.revokeKey)),
	}
}

type adminKeyJSON struct {
	ID             charging.ID   `json:"id"`
	OrganizationID charging.ID   `json:"organizationId"`
	Name           string        `json:"name"`
	Prefix         string        `json:"prefix"`
	Permissions    []string      `json:"permissions"`
	Sites          []charging.ID `json:"siteIds"`
	Chargers       []charging.ID `json:"chargerIds"`
	PerMinute      *int          `json:"requestsPerMinute"` // null for the server's default
	CreatedAt      instantJSON   `json:"createdAt"`
	ExpiresAt      instantJSON   `json:"expiresAt"`
	RevokedAt      instantJSON   `json:"revokedAt"`
	LastUsedAt     instantJSON   `json:"lastUsedAt"`
}

func (a *API) keyRow(k *charging.APIKey) adminKeyJSON {
	row := adminKeyJSON{ID: k.ID, OrganizationID: k.OrganizationID, Name: k.Name, Prefix: k.Prefix, Permissions: permissionWords(k.Permissions),
		Sites: append([]charging.ID{}, k.Sites...), Chargers: append([]charging.ID{}, k.Chargers...), CreatedAt: instantJSON(k.CreatedAt),
		ExpiresAt: instantJSON(k.ExpiresAt), RevokedAt: instantJSON(k.RevokedAt), LastUsedAt: instantJSON(a.keyUses.last(k.ID))}
	if k.PerMinute > 0 {
		row.PerMinute = &k.PerMinute
	}
	return row
}

func permissionWords(p charging.Permission) []string {
	if p == 0 {
		return []string{}
	}
	return strings.Split(auth.FormatPermissions(p), ",")
}

// adminKeys answers GET /api/admin/keys, by id, revoked ones too.
func (a *API) adminKeys(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	e := a.fleet.Estate()
	list, err := adminList(parametersOf(r), e.Keys(), func(k *charging.APIKey) charging.ID { return k.ID },
		func(k *charging.APIKey) bool { return !auth.IsScreen(k) && sees(e, key, k.OrganizationID) }, a.keyRow)
	if err == nil {
		a.writeData(w, r, http.StatusOK, list)
	}
	return err
}

func pathKey(e *fleet.Estate, r *http.Request, key *charging.APIKey) (*charging.APIKey, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	for _, k := range e.Keys() {
		if k.ID == id && !auth.IsScreen(k) && sees(e, key, k.OrganizationID) {
			return k, nil
		}
	}
	return nil, errNotFound
}

// adminKey answers GET /api/admin/keys/{id}.
func (a *API) adminKey(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	k, err := pathKey(a.fleet.Estate(), r, key)
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminKeyJSON]{a.keyRow(k)})
	}
	return err
}

type keyBody struct {
	OrganizationID optional[charging.ID]   `json:"organizationId"`
	Name           optional[string]        `json:"name"`
	Permissions    optional[[]string]      `json:"permissions"`
	Sites          optional[[]charging.ID] `json:"siteIds"`
	Chargers       optional[[]charging.ID] `json:"chargerIds"`
	PerMinute      optional[int]           `json:"requestsPerMinute"`
	ExpiresAt      optional[string]        `json:"expiresAt"`
}

// apply takes over what was given, all but the organization and permissions.
func (b *keyBody) apply(e *fleet.Estate, k *charging.APIKey, now time.Time) error {
	if err := nameGiven(b.Name, &k.Name); err != nil {
		return err
	}
	limited := k.Limited()
	if b.Sites.given {
		k.Sites = idSet(b.Sites.value)
	}
	if b.Chargers.given {
		k.Chargers = idSet(b.Chargers.value)
	}
	if limited && !k.Limited() {
		return charging.Errorf(charging.Invalid, "siteIds: a limited key stays limited, so that nobody who has it sees more; make a new key")
	}
	if b.Sites.given || b.Chargers.given {
		if err := e.CheckKey(k); err != nil {
			member := "siteIds"
			if strings.Contains(charging.MessageOf(err), "charger") {
				member = "chargerIds"
			}
			return charging.Errorf(charging.Invalid, "%s: %s", member, charging.MessageOf(err))
		}
	}
	if b.PerMinute.given {
		if b.PerMinute.has() && (b.PerMinute.value < 1 || b.PerMinute.value > maxPerMinute) {
			return charging.Errorf(charging.Invalid, "requestsPerMinute: must be from 1 to %d, or null for the server's default", maxPerMinute)
		}
		k.PerMinute = b.PerMinute.value
	}
	return b.applyExpiry(k, now)
}

func (b *keyBody) applyExpiry(k *charging.APIKey, now time.Time) error {
	switch {
	case !b.ExpiresAt.given:
		return nil
	case b.ExpiresAt.null:
		k.ExpiresAt = time.Time{}
		return nil
	}
	t, err := parseInstant(b.ExpiresAt.value)
	if err != nil {
		return charging.Errorf(charging.Invalid, "expiresAt: %q is no time; write it like 2026-03-02T06:00:00Z", b.ExpiresAt.value)
	}
	if t = t.Truncate(time.Millisecond); !t.After(now) {
		return charging.Errorf(charging.Invalid, "expiresAt: must be in the future; DELETE revokes a key at once")
	}
	k.ExpiresAt = t
	return nil
}

// madeKey is a new key; its text is shown this once.
type madeKey struct {
	adminKeyJSON
	Key string `json:"key"`
}

// addKey answers POST /api/admin/keys. A key grants no more than the one that
// makes it.
func (a *API) addKey(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var b keyBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	permissions := auth.DefaultPermissions & key.Permissions
	if b.Permissions.given {
		var err error
		if permissions, err = auth.ParsePermissions(strings.Join(b.Permissions.value, ",")); err != nil {
			return err
		}
		if more := permissions &^ key.Permissions; more != 0 {
			return charging.Errorf(charging.Invalid, "permissions: this key lacks %q itself, so it cannot grant it", auth.FormatPermissions(more))
		}
	}
	text := auth.NewKeyText()
	made := charging.APIKey{Permissions: permissions, Prefix: auth.KeyPrefix(text), Hash: auth.HashKey(text)}
	err := a.changeAs(r.Context(), key, func(c *adminChange) (err error) {
		if made.OrganizationID, err = organizationGiven(c.e, key, "organizationId", b.OrganizationID); err != nil {
			return err
		}
		if err := b.apply(c.e, &made, c.At); err != nil {
			return err
		}
		made.CreatedAt = c.At
		made.ID, err = c.ids.Next(charging.IDKey)
		c.Keys = []charging.APIKey{made}
		return err
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[madeKey]{madeKey{a.keyRow(&made), text}})
	}
	return err
}

// changeKey answers PATCH /api/admin/keys/{id}: its name, limits, expiry and
// rate. What it may do is settled when it is made.
func (a *API) changeKey(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if _, err := pathKey(a.fleet.Estate(), r, key); err != nil {
		return err // before the body is looked at
	}
	var b keyBody
	if err := readMembers(w, r, maxBody, &b); err != nil {
		return err
	}
	var next charging.APIKey
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathKey(c.e, r, key)
		if err != nil {
			return err
		}
		next = *old
		switch {
		case !old.RevokedAt.IsZero():
			return charging.Errorf(charging.Invalid, "The key is revoked; make a new one")
		case old.Permissions&^key.Permissions != 0:
			return charging.Errorf(charging.Invalid, "The key may do more than this one: it has %q", auth.FormatPermissions(old.Permissions&^key.Permissions))
		case b.Permissions.given && !samePermissions(old.Permissions, b.Permissions.value):
			return charging.Errorf(charging.Invalid, "permissions: cannot be changed; make a new key")
		case b.OrganizationID.given && b.OrganizationID.value != old.OrganizationID:
			return charging.Errorf(charging.Invalid, "organizationId: cannot be changed; make a new key")
		}
		if err := b.apply(c.e, &next, c.At); err != nil {
			return err
		}
		c.Keys = []charging.APIKey{next}
		return nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminKeyJSON]{a.keyRow(&next)})
	}
	return err
}

func samePermissions(p charging.Permission, words []string) bool {
	given, err := auth.ParsePermissions(strings.Join(words, ","))
	return err == nil && given == p
}

// revokeKey answers DELETE /api/admin/keys/{id}. The key is refused from this
// moment on; it stays in the list, with when it was revoked.
func (a *API) revokeKey(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	self := p.truth("self", false)
	if p.err != nil {
		return p.err
	}
	var next charging.APIKey
	err := a.changeAs(r.Context(), key, func(c *adminChange) error {
		old, err := pathKey(c.e, r, key)
		if err != nil {
			return err
		}
		if next = *old; !old.RevokedAt.IsZero() {
			return nil
		}
		if old.ID == key.ID && !self {
			return charging.Errorf(charging.Invalid, "self: must be true for a key to revoke itself; it cannot undo that")
		}
		next = fleet.Revoked(old, c.At)
		c.Keys = []charging.APIKey{next}
		return nil
	})
	if err == nil {
		a.writeData(w, r, http.StatusOK, dataJSON[adminKeyJSON]{a.keyRow(&next)})
	}
	return err
}
