package store

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// How values stand in columns: ids of 0 and zero times as NULL, times in
// microseconds, flags as 0 or 1.

func idOrNull(id charging.ID) any {
	if id == 0 {
		return nil
	}
	return id
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// idIn, timeIn, flagIn and policyIn scan what those wrote.
type (
	idIn     struct{ to *charging.ID }
	timeIn   struct{ to *time.Time }
	flagIn   struct{ to *bool }
	policyIn struct{ to *charging.TagPolicy }
	hashIn   struct{ to *[32]byte }
)

func (in idIn) Scan(value any) error {
	var n sql.NullInt64
	if err := n.Scan(value); err != nil {
		return err
	}
	*in.to = n.Int64
	return nil
}

func (in timeIn) Scan(value any) error {
	var n sql.NullInt64
	if err := n.Scan(value); err != nil {
		return err
	}
	*in.to = time.Time{}
	if n.Valid {
		*in.to = time.UnixMicro(n.Int64).UTC()
	}
	return nil
}

func (in flagIn) Scan(value any) error {
	var n sql.NullInt64
	if err := n.Scan(value); err != nil {
		return err
	}
	*in.to = n.Int64 != 0
	return nil
}

func (in policyIn) Scan(value any) error {
	var s sql.NullString
	if err := s.Scan(value); err != nil {
		return err
	}
	policy, err := charging.ParseTagPolicy(s.String)
	*in.to = policy
	return err
}

func (in hashIn) Scan(value any) error {
	hash, ok := value.([]byte)
	if !ok || len(hash) != len(in.to) {
		return fmt.Errorf("a hash of %d bytes was expected, not %T of %d", len(in.to), value, len(hash))
	}
	copy(in.to[:], hash)
	return nil
}
