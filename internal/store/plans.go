package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// kindSitePlan names the floor plan of a site in config_history.
const kindSitePlan charging.IDKind = "sitePlan"

var (
	readPlan        = newStatement(`SELECT content_type, width, height, COALESCE(LENGTH(picture), 0), mark, spots FROM site_plans WHERE site_id = $1`)
	readPlanPicture = newStatement(`SELECT content_type, width, height, mark, picture FROM site_plans WHERE site_id = $1 AND picture IS NOT NULL`)
	savePlanPicture = newStatement(`INSERT INTO site_plans (site_id, picture, content_type, width, height, mark, spots) VALUES ($1, $2, $3, $4, $5, $6, '[]')
		ON CONFLICT (site_id) DO UPDATE SET picture = excluded.picture, content_type = excluded.content_type, width = excluded.width,
		height = excluded.height, mark = excluded.mark`)
	savePlanSpots = newStatement(`INSERT INTO site_plans (site_id, picture, content_type, width, height, mark, spots) VALUES ($1, NULL, '', 0, 0, '', $2)
		ON CONFLICT (site_id) DO UPDATE SET spots = excluded.spots`)
	deletePlan = newStatement(`DELETE FROM site_plans WHERE site_id = $1`)
)

// SitePlan returns the floor plan of a site; an empty one when there is none.
func (s *Store) SitePlan(ctx context.Context, site charging.ID) (charging.SitePlan, error) {
	found, err := readOne(ctx, s, "reading a floor plan", func(row scanner) (*charging.SitePlan, error) {
		var (
			plan    = charging.SitePlan{SiteID: site}
			picture charging.PlanPicture
			spots   string
		)
		if err := row.Scan(&picture.ContentType, &picture.Width, &picture.Height, &picture.Bytes, &picture.Mark, &spots); err != nil {
			return nil, err
		}
		if picture.Bytes > 0 {
			plan.Picture = &picture
		}
		if err := json.Unmarshal([]byte(spots), &plan.Spots); err != nil {
			return nil, fmt.Errorf("where chargers stand at site %s: %w", strconv.FormatInt(site, 10), err)
		}
		return &plan, nil
	}, readPlan, site)
	if err != nil || found == nil {
		return charging.SitePlan{SiteID: site}, err
	}
	return *found, nil
}

// PlanPicture returns the picture of a plan with its bytes; nil when there is
// none.
func (s *Store) PlanPicture(ctx context.Context, site charging.ID) (*charging.PlanPicture, []byte, error) {
	var picture []byte
	found, err := readOne(ctx, s, "reading the picture of a floor plan", func(row scanner) (*charging.PlanPicture, error) {
		p := new(charging.PlanPicture)
		err := row.Scan(&p.ContentType, &p.Width, &p.Height, &p.Mark, &picture)
		p.Bytes = len(picture)
		return p, err
	}, readPlanPicture, site)
	return found, picture, err
}

// SavePlanPicture replaces the picture of a site's plan; nil bytes remove it.
// Where chargers stand stays.
func (s *Store) SavePlanPicture(_ context.Context, site charging.ID, p charging.PlanPicture, picture []byte, at time.Time, actor string) error {
	told, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.changePlan(site, edition{at: at, actor: actor}, `,"picture":`+string(told), func(db *sqlite) error {
		_, err := db.exec(savePlanPicture, site, picture, p.ContentType, p.Width, p.Height, p.Mark)
		return err
	})
}

// SavePlanSpots replaces where the chargers of a site stand.
func (s *Store) SavePlanSpots(_ context.Context, site charging.ID, spots []charging.PlanSpot, at time.Time, actor string) error {
	if spots == nil {
		spots = []charging.PlanSpot{}
	}
	text, err := json.Marshal(spots)
	if err != nil {
		return err
	}
	return s.changePlan(site, edition{at: at, actor: actor}, `,"spots":`+string(text), func(db *sqlite) error {
		_, err := db.exec(savePlanSpots, site, string(text))
		return err
	})
}

// changePlan changes a plan and writes down what became of it.
func (s *Store) changePlan(site charging.ID, e edition, told string, change func(*sqlite) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("storing a floor plan", func(db *sqlite) (err error) {
		if err = change(db); err != nil {
			return err
		}
		if e.version, err = db.nextVersion(kindSitePlan, site); err != nil {
			return err
		}
		return db.writeVersion(kindSitePlan, site, e, `{"site_id":`+strconv.FormatInt(site, 10)+told+`}`)
	})
}
