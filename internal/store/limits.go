package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var siteLimits = noun[charging.SiteLimit]{
	kind:    charging.IDSiteLimit,
	columns: []string{"id", "uuid", "site_id", "kind", "amount", "unit", "source", "actor", "created_at", "removed_at"},
	id:      func(l *charging.SiteLimit) charging.ID { return l.ID },
	values: func(l *charging.SiteLimit) []any {
		return []any{l.UUID, l.SiteID, string(l.Kind), int64(l.Limit), l.Unit, l.Source, l.Actor, l.CreatedAt.UnixMicro(), timeOrNull(l.RemovedAt)}
	},
	scan: func(l *charging.SiteLimit) []any {
		return []any{&l.ID, &l.UUID, &l.SiteID, &l.Kind, &l.Limit, &l.Unit, &l.Source, &l.Actor, timeIn{&l.CreatedAt}, timeIn{&l.RemovedAt}}
	},
}

var chargerLimitColumns = []string{"charger_id", "profile_id", "unit", "told", "bound", "sent_unit", "sent", "confirmed", "answer",
	"reason", "command_id", "told_at", "answered_at"}

var (
	upsertSiteLimit    = newStatement(upsert("site_limits", siteLimits.columns))
	activeSiteLimits   = newStatement(selectFrom("site_limits", siteLimits.columns) + ` WHERE removed_at IS NULL AND id > $1 ORDER BY id LIMIT $2`)
	upsertChargerLimit = newStatement(insert("charger_limits", chargerLimitColumns) + ` ON CONFLICT (charger_id) DO UPDATE SET
		profile_id = excluded.profile_id, unit = excluded.unit, told = excluded.told, bound = excluded.bound,
		sent_unit = excluded.sent_unit, sent = excluded.sent, confirmed = excluded.confirmed, answer = excluded.answer,
		reason = excluded.reason, command_id = excluded.command_id, told_at = excluded.told_at, answered_at = excluded.answered_at`)
	pageChargerLimits = newStatement(selectFrom("charger_limits", chargerLimitColumns) + ` WHERE charger_id > $1
		ORDER BY charger_id LIMIT $2`)
	deleteChargerLimit = newStatement(`DELETE FROM charger_limits WHERE charger_id = $1`)
)

// SaveSiteLimits stores limits of sites, new or changed, in one transaction,
// each with a version in the history of the configuration.
func (s *Store) SaveSiteLimits(_ context.Context, list []charging.SiteLimit, at time.Time, actor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing the power limits of a site", func(db *sqlite) error {
		for i := range list {
			version, err := db.nextVersion(siteLimits.kind, list[i].ID)
			if err != nil {
				return err
			}
			if err := writeAll(s, db, &siteLimits, upsertSiteLimit, edition{version, at, actor}, list[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	})
}

// SiteLimits returns the limits of all sites that hold.
func (s *Store) SiteLimits(ctx context.Context) (list []charging.SiteLimit, err error) {
	err = s.reading("reading the power limits of sites", func(db *sqlite) error {
		list, err = loadAll(ctx, db, activeSiteLimits, &siteLimits)
		return err
	})
	return list, err
}

// SaveChargerLimits stores what chargers were told and accepted.
func (s *Store) SaveChargerLimits(_ context.Context, list []charging.ChargerLimit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing the power limits of chargers", func(db *sqlite) error {
		for i := range list {
			l := &list[i]
			var bound any
			if l.Bounded {
				bound = int64(l.Bound)
			}
			_, err := db.exec(upsertChargerLimit, l.ChargerID, l.ProfileID, l.Unit, int64(l.Told), bound, l.SentUnit, int64(l.Sent),
				bit(l.Confirmed), string(l.Answer), l.Reason, idOrNull(l.CommandID), timeOrNull(l.ToldAt), timeOrNull(l.AnsweredAt))
			if err != nil {
				return fmt.Errorf("power limit of charger %d: %w", l.ChargerID, err)
			}
		}
		return nil
	})
}

// RemoveChargerLimit forgets what a charger was told, once it has no limit any
// more.
func (s *Store) RemoveChargerLimit(_ context.Context, charger charging.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("forgetting the power limit of a charger", func(db *sqlite) error {
		_, err := db.exec(deleteChargerLimit, charger)
		return err
	})
}

// ChargerLimits returns what all chargers were told and accepted.
func (s *Store) ChargerLimits(ctx context.Context) ([]charging.ChargerLimit, error) {
	var all []charging.ChargerLimit
	for after := charging.ID(0); ; after = all[len(all)-1].ChargerID {
		page, err := readList(ctx, s, "reading the power limits of chargers", scanChargerLimit, pageChargerLimits, after, pageSize)
		all = append(all, page...)
		if err != nil || len(page) < pageSize {
			return all, err
		}
	}
}

func scanChargerLimit(row scanner) (l charging.ChargerLimit, err error) {
	var bound sql.NullInt64
	err = row.Scan(&l.ChargerID, &l.ProfileID, &l.Unit, &l.Told, &bound, &l.SentUnit, &l.Sent, flagIn{&l.Confirmed}, &l.Answer,
		&l.Reason, idIn{&l.CommandID}, timeIn{&l.ToldAt}, timeIn{&l.AnsweredAt})
	l.Bound, l.Bounded = charging.Milli(bound.Int64), bound.Valid
	return l, err
}
