package fleet

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Store keeps what must survive. Package store implements it.
type Store interface {
	// Load reads the configuration and the present.
	Load(ctx context.Context) (*charging.Stored, error)
	// Commit stores the batch in one transaction. When it returns nil the
	// batch is durable. It raises the id marks above every id it stores. An
	// error of kind Conflict or Invalid is the batch's own fault; any other
	// means that the store cannot commit now. An Internal one that lasts while
	// other things are stored counts as the event's fault in the end.
	Commit(ctx context.Context, b *charging.Batch) error
	// Reopen follows a failed Commit: it closes, opens and recovers the
	// database and returns the id of the newest record in it.
	Reopen(ctx context.Context) (lastRecord int64, err error)
	// ReserveIDs durably takes n ids of a kind, greater than above and than
	// any taken before, and returns the first.
	ReserveIDs(ctx context.Context, kind charging.IDKind, n int, above int64) (int64, error)
	// Recall reads what a charger's memory holds beyond the present.
	Recall(ctx context.Context, charger charging.ID) (*charging.Recalled, error)
	// FindSession finds a session of the charger by the id the charger uses
	// for it or the one we gave, the newest first; nil when there is none.
	FindSession(ctx context.Context, charger charging.ID, transactionID int64) (*charging.Session, error)
	// FindTransaction finds a session of the charger by the station's own id of
	// it (2.x), the newest first; nil when there is none.
	FindTransaction(ctx context.Context, charger charging.ID, transaction string) (*charging.Session, error)
	// FindStart finds the session that began with this start; nil for none.
	FindStart(ctx context.Context, key charging.StartKey) (*charging.Session, error)
}
