package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// The estate of a moment is put together as Load does it for the present: the
// configuration from its versions, and of each charger and port the newest
// record up to a bound that is one for all.

var (
	pastState = newStatement(`SELECT h.id, h.state FROM history_ports AS p JOIN history AS h ON h.id = p.id
		WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id <= $3 ORDER BY p.id DESC LIMIT 1`)
	pastVersions = newStatement(`SELECT h.object_id, h.body FROM config_history AS h WHERE h.kind = $1 AND h.object_id > $2
		AND h.version = (SELECT max(v.version) FROM config_history AS v WHERE v.kind = h.kind AND v.object_id = h.object_id
		AND coalesce(v.at, 0) <= $3) ORDER BY h.object_id LIMIT $4`)
	pastVersion = newStatement(`SELECT body FROM config_history WHERE kind = $1 AND object_id = $2 AND coalesce(at, 0) <= $3
		ORDER BY version DESC LIMIT 1`)
)

const (
	// pastChargers is of how many chargers the state is read at once.
	pastChargers = 100
)

// Past returns the estate as it was known at a moment, by order of receipt: with
// the names, sites and ports of then, and of access IDs, vehicles and customers
// those that the sessions of then name. Keys are left out. With corrected it is
// what is known of that moment now, such as what chargers sent later, when they
// were online again.
func (s *Store) Past(ctx context.Context, at time.Time, corrected bool) (*charging.Stored, error) {
	p := &pastReader{store: s, at: at, stored: new(charging.Stored)}
	if err := s.readingPast(ctx, "reading the past", 0, func(db *sqlite) error { return p.begin(ctx, db) }); err != nil {
		return nil, err
	}
	if corrected {
		if err := p.covering(ctx); err != nil {
			return nil, err
		}
	}
	for page := range slices.Chunk(p.stored.Chargers, pastChargers) {
		// Each page is a read of its own: none may keep the log from shrinking.
		err := s.reading("reading the past", func(db *sqlite) error {
			for _, c := range page {
				if err := p.state(ctx, db, c); err != nil {
					return err
				}
				if !corrected {
					continue
				}
				if err := p.correct(ctx, db, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	err := s.reading("reading the past", func(db *sqlite) error { return p.names(ctx, db) })
	return p.stored, err
}

// pastReader reads one moment.
type pastReader struct {
	store  *Store
	at     time.Time
	bound  int64 // id of the newest record that had been received
	stored *charging.Stored

	sessions map[portKey]coveringSession // see covering
	running  []*charging.Session         // of these, those that run now
}

// begin reads the configuration of then, and finds the bound.
func (p *pastReader) begin(ctx context.Context, db *sqlite) (err error) {
	if p.bound, err = p.store.newestAt(ctx, db, p.at); err != nil {
		return err
	}
	if p.stored.Organizations, err = versionsAt(ctx, db, &organizations, p.at); err != nil {
		return err
	}
	if p.stored.Sites, err = versionsAt(ctx, db, &sites, p.at); err != nil {
		return err
	}
	settings, err := versionsAt(ctx, db, &chargers, p.at)
	if err != nil {
		return err
	}
	byID := make(map[charging.ID]*charging.Charger, len(settings))
	for i := range settings {
		c := &charging.Charger{ChargerSettings: settings[i]}
		byID[c.ID] = c
		p.stored.Chargers = append(p.stored.Chargers, c)
	}
	portSettings, err := versionsAt(ctx, db, &ports, p.at)
	if err != nil {
		return err
	}
	for i := range portSettings {
		if c := byID[portSettings[i].ChargerID]; c != nil {
			c.Ports = append(c.Ports, &charging.Port{PortSettings: portSettings[i]})
		}
	}
	for _, c := range p.stored.Chargers {
		slices.SortFunc(c.Ports, func(a, b *charging.Port) int { return a.Number - b.Number })
	}
	return nil
}

// state gives a charger and its ports the state of then.
func (p *pastReader) state(ctx context.Context, db *sqlite, c *charging.Charger) error {
	packed, err := p.packed(ctx, db, c.ID, 0)
	if err != nil {
		return err
	}
	if packed != nil {
		state, err := unpackChargerState(packed)
		if err != nil {
			return fmt.Errorf("charger %d: %w", c.ID, err)
		}
		c.Boot, c.Connection, c.Status = state.Boot, state.Connection, state.Status
		c.Problems, c.NextBoot, c.Profile, c.Floating = state.Problems, state.NextBoot, state.Profile, state.Floating
	}
	for _, port := range c.Ports {
		packed, err := p.packed(ctx, db, c.ID, port.Number)
		if err != nil {
			return err
		}
		if packed == nil {
			continue
		}
		state, err := unpackPortState(packed)
		if err != nil {
			return fmt.Errorf("charger %d: %w", c.ID, err)
		}
		port.Status, port.Session = state.Status, state.Session
		port.Connectors, port.Problems, port.Served = state.Connectors, state.Problems, state.Served
	}
	return nil
}

// packed returns the newest state of a port up to the bound; nil for none.
func (p *pastReader) packed(ctx context.Context, db *sqlite, charger charging.ID, port int) ([]byte, error) {
	var id int64
	var packed []byte
	err := db.readRow(ctx, pastState, []any{charger, port, p.bound}, &id, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return packed, err
}

// names reads what the sessions of then name.
func (p *pastReader) names(ctx context.Context, db *sqlite) error {
	var cards, cars, payers []charging.ID
	for _, c := range p.stored.Chargers {
		for _, port := range c.Ports {
			if s := port.Session; s != nil {
				cards, cars, payers = append(cards, s.AccessID), append(cars, s.VehicleID), append(payers, s.CustomerID)
			}
		}
	}
	var err error
	if p.stored.AccessIDs, err = namedAt(ctx, db, &accessIDs, cards, p.at); err != nil {
		return err
	}
	if p.stored.Vehicles, err = namedAt(ctx, db, &vehicles, cars, p.at); err != nil {
		return err
	}
	p.stored.Customers, err = namedAt(ctx, db, &customers, payers, p.at)
	return err
}

// versionsAt reads all things of a kind as they were at a moment, by id.
func versionsAt[T any](ctx context.Context, db *sqlite, n *noun[T], at time.Time) ([]T, error) {
	var all []T
	for after := charging.ID(0); ; {
		page, err := queryList(ctx, db, scanVersion, pastVersions, string(n.kind), after, at.UnixMicro(), pageSize)
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			if all, err = appendVersion(all, n, v.body); err != nil {
				return nil, fmt.Errorf("%s %d: %w", n.kind, v.id, err)
			}
		}
		if len(page) < pageSize {
			return all, nil
		}
		after = page[len(page)-1].id
	}
}

// namedAt reads some things of a kind as they were at a moment; ids of 0, and
// of things that were not there, name nothing.
func namedAt[T any](ctx context.Context, db *sqlite, n *noun[T], ids []charging.ID, at time.Time) ([]T, error) {
	slices.Sort(ids)
	var all []T
	for _, id := range slices.Compact(ids) {
		var body string
		err := db.readRow(ctx, pastVersion, []any{string(n.kind), id, at.UnixMicro()}, &body)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			all, err = appendVersion(all, n, body)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", n.kind, id, err)
		}
	}
	return all, nil
}

type pastBody struct {
	id   charging.ID
	body string
}

func scanVersion(row scanner) (v pastBody, err error) {
	err = row.Scan(&v.id, &v.body)
	return v, err
}

// appendVersion appends the thing that a version describes, unless that is that
// it ceased.
func appendVersion[T any](all []T, n *noun[T], body string) ([]T, error) {
	if body == removedBody {
		return all, nil
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return nil, fmt.Errorf("a version that cannot be read: %w", err)
	}
	var thing T
	into := n.scan(&thing)
	for i, column := range n.columns {
		value, known := members[column]
		if !known {
			continue // a secret, or a column that was not there yet
		}
		if err := assign(into[i], value); err != nil {
			return nil, fmt.Errorf("%s: %w", column, err)
		}
	}
	return append(all, thing), nil
}

// assign puts a value of a version where the column's value is scanned.
func assign(into, value any) error {
	if number, ok := value.(json.Number); ok {
		n, err := number.Int64()
		if err != nil {
			return err
		}
		value = n
	}
	if s, ok := into.(sql.Scanner); ok {
		return s.Scan(value)
	}
	to := reflect.ValueOf(into).Elem()
	switch v := value.(type) {
	case int64:
		if to.CanInt() {
			to.SetInt(v)
			return nil
		}
		if to.CanUint() {
			to.SetUint(uint64(v))
			return nil
		}
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return nil
		}
	}
	return fmt.Errorf("a value of type %T was not expected", value)
}
