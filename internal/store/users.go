package store

import (
	"context"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var users = noun[charging.User]{
	kind: charging.IDUser,
	columns: []string{"id", "organization_id", "email", "email_folded", "name", "role", "sites", "password_hash", "disabled",
		"created_at", "updated_at", "openid_issuer", "openid_subject"},
	secret: map[string]bool{"password_hash": true, "email_folded": true},
	id:     func(u *charging.User) charging.ID { return u.ID },
	values: func(u *charging.User) []any {
		return []any{u.OrganizationID, u.Email, foldEmail(u.Email), u.Name, string(u.Role), idList(u.Sites), u.PasswordHash,
			bit(u.Disabled), timeOrNull(u.CreatedAt), timeOrNull(u.UpdatedAt), u.OpenIDIssuer, u.OpenIDSubject}
	},
	scan: func(u *charging.User) []any {
		return []any{&u.ID, &u.OrganizationID, &u.Email, new(string), &u.Name, &u.Role, idListIn{&u.Sites}, &u.PasswordHash,
			flagIn{&u.Disabled}, timeIn{&u.CreatedAt}, timeIn{&u.UpdatedAt}, &u.OpenIDIssuer, &u.OpenIDSubject}
	},
}

var (
	upsertUser = newStatement(upsert("users", users.columns))
	pageUsers  = newStatement(page("users", users.columns))
	findUser   = newStatement(selectFrom("users", users.columns) + ` WHERE email_folded = $1`)
	deleteUser = newStatement(`DELETE FROM users WHERE id = $1`)
)

// foldEmail is an address as it is compared.
func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Users returns all users by id.
func (s *Store) Users(ctx context.Context) (all []charging.User, err error) {
	err = s.reading("reading the users", func(db *sqlite) error {
		all, err = loadAll(ctx, db, pageUsers, &users)
		return err
	})
	return all, err
}

// UserByEmail returns the user with an address, without regard to letter case;
// nil for none.
func (s *Store) UserByEmail(ctx context.Context, email string) (*charging.User, error) {
	return readOne(ctx, s, "looking for a user", func(row scanner) (*charging.User, error) {
		u := new(charging.User)
		return u, row.Scan(users.scan(u)...)
	}, findUser, foldEmail(email))
}

// UpdateUsers changes one user. plan sees all users as they are and says what
// becomes of one; nothing else changes them meanwhile. Conflict when another
// user has the address.
func (s *Store) UpdateUsers(ctx context.Context, at time.Time, actor string, plan func([]charging.User) (charging.UserChange, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.Users(ctx)
	if err != nil {
		return err
	}
	ch, err := plan(all)
	if err != nil {
		return err
	}
	if u := ch.Save; u != nil {
		for i := range all {
			if all[i].ID != u.ID && foldEmail(all[i].Email) == foldEmail(u.Email) {
				return charging.Errorf(charging.Conflict, "email: user %d has this address already", all[i].ID)
			}
		}
	}
	return s.transact("storing a user", func(db *sqlite) error {
		if ch.Remove != 0 {
			return db.removeUser(ch.Remove, edition{at: at, actor: actor})
		}
		if ch.Save == nil {
			return nil
		}
		version, err := db.nextVersion(charging.IDUser, ch.Save.ID)
		if err != nil {
			return err
		}
		return writeAll(s, db, &users, upsertUser, edition{version, at, actor}, []charging.User{*ch.Save})
	})
}

func (db *sqlite) removeUser(id charging.ID, e edition) (err error) {
	if _, err = db.exec(deleteUser, id); err != nil {
		return err
	}
	if _, err = db.exec(deleteUsersSignIns, id); err != nil {
		return err
	}
	if e.version, err = db.nextVersion(charging.IDUser, id); err != nil {
		return err
	}
	return db.writeVersion(charging.IDUser, id, e, removedBody)
}
