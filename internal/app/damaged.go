package app

import (
	"errors"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/store"
)

// namingBackup adds to the refusal of a damaged database which backup is the
// newest that is known here.
func namingBackup(dir string, err error) error {
	if !errors.Is(err, store.ErrDamaged) {
		return err
	}
	b := lastBackup(dir)
	if b == nil {
		return charging.Errorf(charging.Refused, "%w (no backup is known here)", err)
	}
	return charging.Errorf(charging.Refused, "%w (the last one known here is of %s: %s)", err, b.At.UTC().Format(time.RFC3339), b.File)
}
