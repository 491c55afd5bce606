package store

import (
	"context"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	firstAlertSince = newStatement(`SELECT coalesce(min(id + 0), 0) FROM alerts WHERE at >= $1`) // + 0: by the index of times
	alertsBehind    = newStatement(selectFrom("alerts", alertColumns) + ` WHERE id > $1 ORDER BY id LIMIT $2`)
	endedBriefly    = newStatement(`SELECT l.id, l.charger_id, l.port_number, l.started_at, l.ended_at, l.updated_at, s.energy
		FROM session_lists AS l JOIN sessions AS s ON s.id = l.id WHERE l.list = $1 AND l.of_customer = 0 AND l.of_charger = 0
		AND (l.at, l.id) > ($2, $3) ORDER BY l.at, l.id LIMIT $4`)
)

// EndedBriefly returns a page of at most 1,000 sessions that ended, behind one, in
// the order of their last change. Of each there is only whose it is, its times and
// its energy, which is much less than all of it.
func (s *Store) EndedBriefly(ctx context.Context, after charging.SessionKey, limit int) ([]*charging.Session, error) {
	if err := s.fileSessions(ctx, 0); err != nil {
		return nil, err
	}
	return readList(ctx, s, "reading sessions that ended", func(row scanner) (*charging.Session, error) {
		v := &charging.Session{State: charging.SessionClosed}
		err := row.Scan(&v.ID, &v.ChargerID, &v.PortNumber, timeIn{&v.StartedAt}, timeIn{&v.EndedAt}, timeIn{&v.UpdatedAt}, &v.Energy)
		return v, err
	}, endedBriefly, listByUpdate, after.At.UnixMicro(), after.ID, pageLimit(limit))
}

// energyAtOnce is of how many sessions the energy of then is read at once.
const energyAtOnce = 200

// EnergyAt returns what sessions had delivered at a moment (mWh), as it was known
// then, by id. A session is left out when nothing was known of it.
func (s *Store) EnergyAt(ctx context.Context, sessions []*charging.Session, at time.Time) (map[charging.ID]charging.Milli, error) {
	found := make(map[charging.ID]charging.Milli, len(sessions))
	if len(sessions) == 0 {
		return found, nil
	}
	p := &pastReader{store: s, at: at}
	err := s.readingPast(ctx, "reading what sessions had delivered", 0, func(db *sqlite) (err error) {
		p.bound, err = s.newestAbout(ctx, db, at)
		return err
	})
	// A read that can be cancelled takes three times as long, which counts for so
	// many small ones; it is looked at between the pages.
	small := context.WithoutCancel(ctx)
	for page := range slices.Chunk(sessions, energyAtOnce) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		err = s.reading("reading what sessions had delivered", func(db *sqlite) error {
			for _, v := range page {
				if err := p.energy(small, db, v, found); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return found, err
}

// energy notes what a session had delivered.
func (p *pastReader) energy(ctx context.Context, db *sqlite, v *charging.Session, found map[charging.ID]charging.Milli) error {
	packed, err := p.packed(ctx, db, v.ChargerID, v.PortNumber)
	if err != nil || packed == nil {
		return err
	}
	then, err := openSessions(v.PortNumber, packed)
	for _, open := range then {
		if open != nil && open.ID == v.ID {
			found[v.ID] = open.Energy
		}
	}
	return err
}

// AlertsBehind calls each with the alerts behind an id, in the order in which they
// were raised; without an id with those since a moment. It returns the id of the
// last.
func (s *Store) AlertsBehind(ctx context.Context, id charging.ID, since time.Time, each func(*charging.Alert)) (charging.ID, error) {
	if id == 0 {
		err := s.reading("reading alerts", func(db *sqlite) error {
			return db.readRow(ctx, firstAlertSince, []any{since.UnixMicro()}, &id)
		})
		if err != nil || id == 0 {
			return 0, err
		}
		id--
	}
	for {
		page, err := readList(ctx, s, "reading alerts", scanAlert, alertsBehind, id, pageSize)
		if err != nil {
			return id, err
		}
		for i := range page {
			each(&page[i])
			id = page[i].ID
		}
		if len(page) < pageSize {
			return id, nil
		}
	}
}
