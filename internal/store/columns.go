package store

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// How values stand in columns: ids of 0, zero times and absent bytes as NULL,
// times and durations in microseconds, flags as 0 or 1.

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

// bytesOrNull keeps the difference between none and empty.
func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// idIn, timeIn, durationIn, flagIn, policyIn and hashIn scan what those wrote.
type (
	idIn       struct{ to *charging.ID }
	timeIn     struct{ to *time.Time }
	durationIn struct{ to *time.Duration }
	flagIn     struct{ to *bool }
	policyIn   struct{ to *charging.TagPolicy }
	hashIn     struct{ to *[32]byte }
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

func (in durationIn) Scan(value any) error {
	var n sql.NullInt64
	err := n.Scan(value)
	*in.to = time.Duration(n.Int64) * time.Microsecond
	return err
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
