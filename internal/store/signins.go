package store

import (
	"context"
	"fmt"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var signInColumns = []string{"id", "user_id", "token_hash", "address", "browser", "made_at", "seen_at", "expires_at"}

var (
	upsertSignIn       = newStatement(upsert("sign_ins", signInColumns))
	listSignIns        = newStatement(selectFrom("sign_ins", signInColumns) + ` ORDER BY id`)
	deleteSignIn       = newStatement(`DELETE FROM sign_ins WHERE id = $1`)
	deleteUsersSignIns = newStatement(`DELETE FROM sign_ins WHERE user_id = $1`)
)

func scanSignIn(row scanner) (v charging.SignIn, err error) {
	var hash []byte
	err = row.Scan(&v.ID, &v.UserID, &hash, &v.Address, &v.Browser, timeIn{&v.MadeAt}, timeIn{&v.SeenAt}, timeIn{&v.ExpiresAt})
	if err == nil && copy(v.TokenHash[:], hash) != len(v.TokenHash) {
		err = fmt.Errorf("sign-in %d has a hash of %d bytes", v.ID, len(hash))
	}
	return v, err
}

// SignIns returns all browsers in which users are signed in, by id; those that
// expired too, until they are removed.
func (s *Store) SignIns(ctx context.Context) ([]charging.SignIn, error) {
	return readList(ctx, s, "reading who is signed in", scanSignIn, listSignIns)
}

// SaveSignIns stores sign-ins that are new or were used again.
func (s *Store) SaveSignIns(_ context.Context, list []charging.SignIn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing who is signed in", func(db *sqlite) error {
		for i := range list {
			v := &list[i]
			if _, err := db.exec(upsertSignIn, v.ID, v.UserID, v.TokenHash[:], v.Address, v.Browser,
				v.MadeAt.UnixMicro(), v.SeenAt.UnixMicro(), v.ExpiresAt.UnixMicro()); err != nil {
				return err
			}
			if err := s.raise(db, charging.IDSignIn, v.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveSignIns ends sign-ins; unknown ones are none.
func (s *Store) RemoveSignIns(_ context.Context, ids []charging.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("ending sign-ins", func(db *sqlite) error {
		for _, id := range ids {
			if _, err := db.exec(deleteSignIn, id); err != nil {
				return err
			}
		}
		return nil
	})
}
