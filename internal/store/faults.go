package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var faultColumns = []string{"id", "charger_id", "port_number", "at", "received", "status", "error_code", "vendor_error_code",
	"vendor_id", "info", "category", "session_id"}

var (
	upsertFault = newStatement(upsert("faults", faultColumns))
	pageFaults  = newStatement(selectFrom("faults", faultColumns) + ` WHERE at >= $1 AND (at < $2 OR at = $2 AND id < $3)
		ORDER BY at DESC, id DESC LIMIT $4`)
	pageFaultsOf = newStatement(selectFrom("faults", faultColumns) + ` WHERE charger_id = $1 AND at >= $2
		AND (at < $3 OR at = $3 AND id < $4) ORDER BY at DESC, id DESC LIMIT $5`)
	recentFaults = newStatement(selectFrom("faults", faultColumns) + ` WHERE at >= $1 ORDER BY at, id`)
)

// fewChargers is up to how many chargers are asked for one by one; among more,
// the rows of all are gone through.
const fewChargers = 64

// maxFaults bounds a page, which the contract lets have 2,000 rows.
const maxFaults = 2001

func (db *sqlite) writeFault(f *charging.Fault) error {
	s := &f.Status
	_, err := db.exec(upsertFault, f.ID, f.ChargerID, int64(f.PortNumber), f.At.UnixMicro(), f.Received.UnixMicro(), string(s.Status),
		s.ErrorCode, s.VendorErrorCode, s.VendorID, s.Info, string(f.Category), f.SessionID)
	if err != nil {
		return fmt.Errorf("fault %d: %w", f.ID, err)
	}
	return nil
}

func scanFault(row scanner) (f charging.Fault, err error) {
	s := &f.Status
	err = row.Scan(&f.ID, &f.ChargerID, &f.PortNumber, timeIn{&f.At}, timeIn{&f.Received}, &s.Status, &s.ErrorCode,
		&s.VendorErrorCode, &s.VendorID, &s.Info, &f.Category, &f.SessionID)
	s.At = f.At
	return f, err
}

// RecentFaults lists the faults since a time, oldest first.
func (s *Store) RecentFaults(ctx context.Context, since time.Time) ([]charging.Fault, error) {
	return readList(ctx, s, "reading errors", scanFault, recentFaults, since.UnixMicro())
}

// Faults returns a page of at most 2,001 faults, newest first.
func (s *Store) Faults(ctx context.Context, q charging.FaultQuery) ([]charging.Fault, error) {
	limit := min(max(q.Limit, 1), maxFaults)
	from, at, id := int64(math.MinInt64), int64(math.MaxInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	if !q.To.IsZero() {
		at = q.To.UnixMicro()
	}
	if !q.After.At.IsZero() && q.After.At.UnixMicro() <= at {
		at, id = q.After.At.UnixMicro(), q.After.ID
	}
	if q.Chargers != nil && len(q.Chargers) <= fewChargers {
		return s.faultsOfFew(ctx, q.Chargers, []any{from, at, id, limit})
	}
	var wanted map[charging.ID]bool
	if q.Chargers != nil {
		wanted = chargerSet(q.Chargers)
	}
	var found []charging.Fault
	for len(found) < limit {
		page, err := readList(ctx, s, "reading errors", scanFault, pageFaults, from, at, id, maxFaults)
		if err != nil || len(page) == 0 {
			return found, err
		}
		last := &page[len(page)-1]
		at, id = last.At.UnixMicro(), last.ID
		for _, f := range page {
			if wanted == nil || wanted[f.ChargerID] {
				found = append(found, f)
			}
		}
		if len(page) < maxFaults {
			break
		}
	}
	return found[:min(len(found), limit)], nil
}

func (s *Store) faultsOfFew(ctx context.Context, chargers []charging.ID, bounds []any) ([]charging.Fault, error) {
	var found []charging.Fault
	for _, charger := range slices.Compact(slices.Sorted(slices.Values(chargers))) {
		list, err := readList(ctx, s, "reading errors", scanFault, pageFaultsOf, append([]any{charger}, bounds...)...)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	slices.SortFunc(found, func(a, b charging.Fault) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	return found[:min(len(found), bounds[3].(int))], nil
}

func chargerSet(ids []charging.ID) map[charging.ID]bool {
	set := make(map[charging.ID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
