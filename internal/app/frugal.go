package app

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/store"
)

// frugalIDs gives out ids in blocks that grow with the need, from one on.
type frugalIDs struct {
	store *store.Store
	free  map[charging.IDKind]idRange
}

type idRange struct {
	next, end charging.ID // next is free while next < end
	size      int         // of the block
}

// largestBlock bounds what is wasted at the end of a large import.
const largestBlock = 1000

// Next returns an id that was never given out. It is durable.
func (f *frugalIDs) Next(kind charging.IDKind) (charging.ID, error) {
	r := f.free[kind]
	if r.next >= r.end {
		r.size = min(max(1, 2*r.size), largestBlock)
		// Taking ids is short and must not stop half-way.
		first, err := f.store.ReserveIDs(context.Background(), kind, r.size, 0)
		if err != nil {
			return 0, err
		}
		r.next, r.end = first, first+charging.ID(r.size)
	}
	id := r.next
	r.next++
	f.free[kind] = r
	return id, nil
}
