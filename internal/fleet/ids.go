package fleet

import (
	"context"
	"sync"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// idBlock is how many ids are taken from the store at a time.
const idBlock = 1000

// recordBlock is larger: every message is kept, and most make a record.
const recordBlock = 50_000

// IDs hands out ids that are positive, below 2^53 and never given twice, also
// not after a crash: they come from blocks that the store keeps.
type IDs struct {
	store Store
	mu    sync.Mutex
	next  map[charging.IDKind]*idRange
}

type idRange struct {
	next, end int64 // next is free while next < end
	above     int64 // ids up to here are in use, by an import say
}

func newIDs(store Store) *IDs {
	return &IDs{store: store, next: make(map[charging.IDKind]*idRange)}
}

// Next returns a fresh id of a kind.
func (ids *IDs) Next(kind charging.IDKind) (charging.ID, error) {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	r := ids.rangeOf(kind)
	if r.next >= r.end {
		n := idBlock
		if kind == charging.IDRecord || kind == charging.IDMessage {
			n = recordBlock
		}
		// Taking ids is short and must not stop half-way.
		first, err := ids.store.ReserveIDs(context.Background(), kind, n, r.above)
		if err != nil {
			return 0, err
		}
		r.next, r.end = first, first+int64(n)
	}
	id := r.next
	r.next++
	return id, nil
}

// raise makes sure that ids up to id are not given out.
func (ids *IDs) raise(kind charging.IDKind, id int64) {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	r := ids.rangeOf(kind)
	r.above = max(r.above, id)
	if r.next <= r.above {
		r.next = min(r.above+1, r.end)
	}
}

// ownTransactions bounds which transaction ids of chargers' own move our
// sequence, so that a single large one cannot use it up. The ids above are so
// far away that ours do not come to them.
const ownTransactions = 1 << 30

// avoid makes sure that a transaction id which a charger chose itself is not
// given out.
func (ids *IDs) avoid(transaction int64) {
	if transaction > 0 && transaction < ownTransactions {
		ids.raise(charging.IDTransaction, transaction)
	}
}

func (ids *IDs) rangeOf(kind charging.IDKind) *idRange {
	r := ids.next[kind]
	if r == nil {
		r = &idRange{}
		ids.next[kind] = r
	}
	return r
}

// raiseFor raises the marks above every id of a change.
func (ids *IDs) raiseFor(ch *charging.Change) {
	raiseAll(ids, charging.IDOrganization, ch.Organizations, organizationID)
	raiseAll(ids, charging.IDSite, ch.Sites, siteID)
	raiseAll(ids, charging.IDCharger, ch.Chargers, func(c *charging.ChargerSettings) charging.ID { return c.ID })
	raiseAll(ids, charging.IDPort, ch.Ports, func(p *charging.PortSettings) charging.ID { return p.ID })
	raiseAll(ids, charging.IDAccessID, ch.AccessIDs, accessIDID)
	raiseAll(ids, charging.IDVehicle, ch.Vehicles, vehicleID)
	raiseAll(ids, charging.IDCustomer, ch.Customers, customerID)
	raiseAll(ids, charging.IDKey, ch.Keys, keyID)
	raiseAll(ids, charging.IDAccessGroup, ch.AccessGroups, accessGroupID)
}

// raiseAll raises the mark above each id. One that came from Next is already
// below what is free, so that raising to it changes nothing.
func raiseAll[T any](ids *IDs, kind charging.IDKind, all []T, id func(*T) charging.ID) {
	for i := range all {
		ids.raise(kind, id(&all[i]))
	}
}
