package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	upsertTariff = newStatement(`INSERT INTO site_tariffs (site_id, periods) VALUES ($1, $2)
		ON CONFLICT (site_id) DO UPDATE SET periods = excluded.periods`)
	readTariff = newStatement(`SELECT periods FROM site_tariffs WHERE site_id = $1`)
)

// SaveTariff replaces the tariff periods of a site.
func (s *Store) SaveTariff(_ context.Context, site charging.ID, periods []charging.TariffPeriod, at time.Time, actor string) error {
	body, err := json.Marshal(periods)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing tariff periods", func(db *sqlite) error {
		if _, err := db.exec(upsertTariff, site, string(body)); err != nil {
			return err
		}
		version, err := db.nextVersion(charging.IDTariffPeriod, site)
		if err != nil {
			return err
		}
		return db.writeVersion(charging.IDTariffPeriod, site, edition{version, at, actor},
			`{"site_id":`+strconv.FormatInt(site, 10)+`,"periods":`+string(body)+`}`)
	})
}

// Tariff returns the tariff periods of a site; none for one without.
func (s *Store) Tariff(ctx context.Context, site charging.ID) ([]charging.TariffPeriod, error) {
	text, err := readOne(ctx, s, "reading tariff periods", func(row scanner) (*string, error) {
		var text string
		err := row.Scan(&text)
		return &text, err
	}, readTariff, site)
	if err != nil || text == nil {
		return nil, err
	}
	var periods []charging.TariffPeriod
	if err := json.Unmarshal([]byte(*text), &periods); err != nil {
		return nil, fmt.Errorf("tariff periods of site %s: %w", strconv.FormatInt(site, 10), err)
	}
	return periods, nil
}
