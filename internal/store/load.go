package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Load reads everything of the present: the configuration, and each charger
// with the newest state of itself and its ports.
func (s *Store) Load(ctx context.Context) (*charging.Stored, error) {
	stored := new(charging.Stored)
	err := s.readingPast(ctx, "loading", 0, func(db *sqlite) error {
		if err := db.loadConfiguration(ctx, stored); err != nil {
			return err
		}
		return db.loadPresent(ctx, stored)
	})
	if err != nil {
		return nil, s.loadError(err)
	}
	return stored, nil
}

func (db *sqlite) loadConfiguration(ctx context.Context, stored *charging.Stored) (err error) {
	if stored.Version, err = db.readMetaNumber(ctx, metaConfigVersion); err != nil {
		return err
	}
	mark, err := db.readMetaNumber(ctx, metaLifeMark)
	if err != nil {
		return err
	}
	if mark != 0 {
		stored.LifeMark = time.UnixMicro(mark).UTC()
	}
	if err := db.readRow(ctx, lastRecord, nil, &stored.LastRecord); err != nil {
		return err
	}
	if stored.Organizations, err = loadAll(ctx, db, pageOrganizations, &organizations); err != nil {
		return err
	}
	if stored.Sites, err = loadAll(ctx, db, pageSites, &sites); err != nil {
		return err
	}
	if stored.AccessIDs, err = loadAll(ctx, db, pageAccessIDs, &accessIDs); err != nil {
		return err
	}
	if stored.Vehicles, err = loadAll(ctx, db, pageVehicles, &vehicles); err != nil {
		return err
	}
	if stored.Customers, err = loadAll(ctx, db, pageCustomers, &customers); err != nil {
		return err
	}
	if stored.Keys, err = db.loadKeys(ctx); err != nil {
		return err
	}
	if stored.AccessGroups, err = loadAll(ctx, db, pageAccessGroups, &accessGroups); err != nil {
		return err
	}
	stored.Chargers, err = db.loadChargers(ctx)
	return err
}

// loadChargers reads the chargers and their ports, without their state.
func (db *sqlite) loadChargers(ctx context.Context) ([]*charging.Charger, error) {
	settings, err := loadAll(ctx, db, pageChargers, &chargers)
	if err != nil {
		return nil, err
	}
	all := make([]*charging.Charger, len(settings))
	byID := make(map[charging.ID]*charging.Charger, len(settings))
	for i := range settings {
		all[i] = &charging.Charger{ChargerSettings: settings[i]}
		byID[settings[i].ID] = all[i]
	}
	portSettings, err := loadAll(ctx, db, pagePorts, &ports)
	if err != nil {
		return nil, err
	}
	for i := range portSettings {
		charger := byID[portSettings[i].ChargerID]
		if charger == nil { // a foreign key rules it out, unless the file is damaged
			return nil, fmt.Errorf("port %d is of charger %d, which does not exist", portSettings[i].ID, portSettings[i].ChargerID)
		}
		charger.Ports = append(charger.Ports, &charging.Port{PortSettings: portSettings[i]})
	}
	for _, charger := range all {
		slices.SortFunc(charger.Ports, func(a, b *charging.Port) int { return a.Number - b.Number })
	}
	return all, nil
}

// presentPage is for how many chargers the state is read at once.
const presentPage = 200

func (db *sqlite) loadPresent(ctx context.Context, stored *charging.Stored) error {
	after := charging.ID(0)
	for page := range slices.Chunk(stored.Chargers, presentPage) {
		last := page[len(page)-1].ID
		if err := db.presentOfChargers(ctx, page, after, last); err != nil {
			return err
		}
		if err := db.presentOfPorts(ctx, page, after, last); err != nil {
			return err
		}
		after = last
	}
	return nil
}

// chargerIn finds a charger of a page, which is in the order of ids.
func chargerIn(page []*charging.Charger, id charging.ID) *charging.Charger {
	i, found := slices.BinarySearchFunc(page, id, func(c *charging.Charger, id charging.ID) int { return cmp.Compare(c.ID, id) })
	if !found {
		return nil
	}
	return page[i]
}

func (db *sqlite) presentOfChargers(ctx context.Context, page []*charging.Charger, after, last charging.ID) error {
	rows, err := db.query(ctx, presentOfChargers, after, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id charging.ID
		var record int64
		var packed sql.RawBytes
		if err := rows.Scan(&id, &record, &packed); err != nil {
			return err
		}
		charger := chargerIn(page, id)
		if charger == nil {
			continue
		}
		state, err := unpackChargerState(packed)
		if err != nil {
			return fmt.Errorf("charger %d, record %d: %w", id, record, err)
		}
		charger.Boot, charger.Connection, charger.Status = state.Boot, state.Connection, state.Status
		charger.Problems, charger.NextBoot, charger.Profile = state.Problems, state.NextBoot, state.Profile
		charger.Floating = state.Floating
		charger.Version = max(charger.Version, record)
	}
	return rows.Err()
}

func (db *sqlite) presentOfPorts(ctx context.Context, page []*charging.Charger, after, last charging.ID) error {
	rows, err := db.query(ctx, presentOfPorts, after, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id charging.ID
		var number int
		var record int64
		var packed sql.RawBytes
		if err := rows.Scan(&id, &number, &record, &packed); err != nil {
			return err
		}
		charger := chargerIn(page, id)
		if charger == nil {
			continue
		}
		state, err := unpackPortState(packed)
		if err != nil {
			return fmt.Errorf("charger %d, record %d: %w", id, record, err)
		}
		if port := charger.Port(number); port != nil {
			port.Status, port.Session = state.Status, state.Session
			port.Connectors, port.Problems, port.Served = state.Connectors, state.Problems, state.Served
		}
		charger.Version = max(charger.Version, record)
	}
	return rows.Err()
}
