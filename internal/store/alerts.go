package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var alertColumns = []string{"id", "organization_id", "kind", "at", "muted", "charger_id", "port_number", "session_id", "vehicle_id",
	"detail", "record", "incident", "contacts"}

var (
	insertAlert = newStatement(insert("alerts", alertColumns) + ` ON CONFLICT (incident) DO NOTHING`)
	pageAlerts  = newStatement(selectFrom("alerts", alertColumns) + ` WHERE at > $1 AND (at < $2 OR at = $2 AND id < $3)
		ORDER BY at DESC, id DESC LIMIT $4`)
	readAlert = newStatement(selectFrom("alerts", alertColumns) + ` WHERE id = $1`)
)

// writeAlert stores an alert with its deliveries, unless its incident has one.
func (s *Store) writeAlert(db *sqlite, a *charging.Alert) error {
	done, err := db.exec(insertAlert, a.ID, a.OrganizationID, string(a.Kind), a.At.UnixMicro(), bit(a.Muted), a.ChargerID,
		int64(a.PortNumber), a.SessionID, a.VehicleID, a.Detail, a.Record, a.Incident, idsText(a.Contacts))
	if err != nil {
		return fmt.Errorf("alert %s: %w", a.Incident, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.raise(db, charging.IDAlert, a.ID); err != nil {
		return err
	}
	return s.writeDeliveries(db, a.Deliveries)
}

func scanAlert(row scanner) (a charging.Alert, err error) {
	err = row.Scan(&a.ID, &a.OrganizationID, &a.Kind, timeIn{&a.At}, flagIn{&a.Muted}, &a.ChargerID, &a.PortNumber, &a.SessionID,
		&a.VehicleID, &a.Detail, &a.Record, &a.Incident, idsIn{&a.Contacts})
	return a, err
}

// Alert returns an alert; nil when there is none.
func (s *Store) Alert(ctx context.Context, id charging.ID) (*charging.Alert, error) {
	return readOne(ctx, s, "reading an alert", func(row scanner) (*charging.Alert, error) {
		a, err := scanAlert(row)
		return &a, err
	}, readAlert, id)
}

// Alerts returns a page of at most 1,000 alerts, newest first.
func (s *Store) Alerts(ctx context.Context, q charging.AlertQuery) ([]charging.Alert, error) {
	limit := pageLimit(q.Limit)
	from, at, id := int64(math.MinInt64), int64(math.MaxInt64), int64(math.MaxInt64)
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	if !q.After.At.IsZero() {
		at, id = q.After.At.UnixMicro(), q.After.ID
	}
	var found []charging.Alert
	for len(found) < limit {
		page, err := readList(ctx, s, "reading alerts", scanAlert, pageAlerts, from, at, id, pageSize)
		if err != nil || len(page) == 0 {
			return found, err
		}
		last := &page[len(page)-1]
		at, id = last.At.UnixMicro(), last.ID
		for i := range page {
			if wantsAlert(&q, &page[i]) {
				found = append(found, page[i])
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	return found[:min(len(found), limit)], nil
}

func wantsAlert(q *charging.AlertQuery, a *charging.Alert) bool {
	switch {
	case a.Muted && !q.Muted,
		len(q.Kinds) > 0 && !slices.Contains(q.Kinds, a.Kind),
		len(q.Contacts) > 0 && !slices.ContainsFunc(q.Contacts, func(c charging.ID) bool { return slices.Contains(a.Contacts, c) }):
		return false
	case a.ChargerID != 0:
		return q.Chargers == nil || q.Chargers[a.ChargerID]
	}
	return q.Organizations == nil || q.Organizations[a.OrganizationID]
}
