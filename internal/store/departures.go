package store

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const departureColumns = `id, organization_id, vehicle_id, vin, at, shift_name, route_name, target_soc, created_at`

var (
	insertDeparture = newStatement(`INSERT INTO departures (id, organization_id, vehicle_id, vin, vin_folded, at, shift_name,
		route_name, target_soc, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	dropDepartures      = newStatement(`DELETE FROM departures WHERE vehicle_id = $1 AND vehicle_id <> 0 AND at > $2`)
	dropDeparturesOfVIN = newStatement(`DELETE FROM departures WHERE vehicle_id = 0 AND vin_folded = $1 AND at > $2
		AND organization_id IN ($3, $4)`)
	linkDepartures = newStatement(`UPDATE departures SET vehicle_id = $1, organization_id = $2
		WHERE vehicle_id = 0 AND vin_folded = $3 AND organization_id IN ($2, $4)`)
	pageDepartures = newStatement(`SELECT ` + departureColumns + ` FROM departures
		WHERE vehicle_id = $1 AND vehicle_id <> 0 AND at >= $2 AND (at > $3 OR at = $3 AND id > $4)
		ORDER BY at, id LIMIT $5`)
	nextDepartures = newStatement(`SELECT ` + departureColumns + ` FROM departures AS d
		WHERE d.vehicle_id <> 0 AND d.at > $1 AND NOT EXISTS (SELECT 1 FROM departures AS e
			WHERE e.vehicle_id = d.vehicle_id AND e.vehicle_id <> 0 AND e.at > $1
			AND (e.at < d.at OR e.at = d.at AND e.id < d.id))
		ORDER BY d.at, d.id`)
)

func scanDeparture(row scanner) (charging.Departure, error) {
	var d charging.Departure
	err := row.Scan(&d.ID, &d.OrganizationID, &d.VehicleID, &d.VIN, timeIn{&d.At}, &d.ShiftName, &d.RouteName, &d.TargetSoC,
		timeIn{&d.CreatedAt})
	return d, err
}

// SyncDepartures carries out syncs in one transaction: a vehicle's departures
// that are still to come cease, those of before stay and are linked to the
// vehicle if they were kept under its VIN, and the new ones are stored.
func (s *Store) SyncDepartures(ctx context.Context, syncs []charging.DepartureSync) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing departures", func(db *sqlite) error {
		for i := range syncs {
			if err := s.writeDepartures(db, &syncs[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) writeDepartures(db *sqlite, sync *charging.DepartureSync) error {
	now, folded := sync.Now.UnixMicro(), charging.FoldTag(sync.VIN)
	if _, err := db.exec(dropDepartures, sync.VehicleID, now); err != nil {
		return err
	}
	if folded != "" {
		if _, err := db.exec(dropDeparturesOfVIN, folded, now, sync.OrganizationID, sync.KeyOrganizationID); err != nil {
			return err
		}
	}
	if folded != "" && sync.VehicleID != 0 {
		_, err := db.exec(linkDepartures, sync.VehicleID, sync.OrganizationID, folded, sync.KeyOrganizationID)
		if err != nil {
			return err
		}
	}
	for i := range sync.Departures {
		d := &sync.Departures[i]
		_, err := db.exec(insertDeparture, d.ID, d.OrganizationID, d.VehicleID, d.VIN, charging.FoldTag(d.VIN), d.At.UnixMicro(),
			d.ShiftName, d.RouteName, int64(d.TargetSoC), d.CreatedAt.UnixMicro())
		if err != nil {
			return err
		}
		if err := s.raise(db, charging.IDDeparture, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// DeparturesOf returns a page of at most 1,000 departures of a vehicle, by time.
func (s *Store) DeparturesOf(ctx context.Context, q charging.DepartureQuery) ([]charging.Departure, error) {
	var from, after int64
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	if !q.After.At.IsZero() {
		after = q.After.At.UnixMicro()
	}
	return readList(ctx, s, "reading departures", scanDeparture, pageDepartures, q.VehicleID, from, after, q.After.ID, pageLimit(q.Limit))
}

// NextDepartures returns the first departure of each vehicle after a time, by
// time. Those kept under a VIN that no vehicle was found to have are left out.
func (s *Store) NextDepartures(ctx context.Context, after time.Time) ([]charging.Departure, error) {
	return readList(ctx, s, "reading the next departures", scanDeparture, nextDepartures, after.UnixMicro())
}
