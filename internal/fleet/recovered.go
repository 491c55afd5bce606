package fleet

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// compareWithStore holds what a store that was opened again has against what
// was answered. The store may know more: a batch whose commit failed and which
// was written all the same. When it knows less, the disk has lost what chargers
// deleted long ago; nothing may be answered on top of that, and the next start
// would show an older estate.
func (f *Fleet) compareWithStore(ctx context.Context) error {
	stored, err := f.store.Load(ctx)
	if err != nil {
		return err
	}
	e := f.Estate()
	if stored.Version < e.Version() {
		return charging.Errorf(charging.Unavailable, "the database has lost what was stored: its configuration is at version %d, "+
			"and was at %d; stop the server and restore the newest backup", stored.Version, e.Version())
	}
	known := make(map[charging.ID]int64, len(stored.Chargers))
	for _, c := range stored.Chargers {
		known[c.ID] = c.Version
	}
	for slot := range e.Len() {
		if c := e.At(slot); known[c.ID] < c.Version {
			return charging.Errorf(charging.Unavailable, "the database has lost what was answered: of charger %s it ends at record %d, "+
				"and was at %d; stop the server and restore the newest backup", c.OCPPID, known[c.ID], c.Version)
		}
	}
	return nil
}
