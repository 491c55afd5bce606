package store

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// powerLate is how much later than it happened what chargers told is looked for:
// who was offline tells it afterwards.
const powerLate = 12 * time.Hour

var siteLimitsDuring = newStatement(selectFrom("site_limits", siteLimits.columns) + ` WHERE site_id = $1 AND created_at < $3
	AND (removed_at IS NULL OR removed_at > $2) ORDER BY id`)

// PowerDuring calls each with what was told of the power of ports in a time, and
// with what was known when it began; port counts the ports. The points of a port
// come one after another, in the order of receipt. After readings were pruned it is
// one point a quarter hour.
func (s *Store) PowerDuring(ctx context.Context, ports []charging.PortPlace, during charging.Span, each func(port int, p charging.PowerPoint)) error {
	p := &pastReader{store: s}
	var last int64
	err := s.readingPast(ctx, "reading the power of ports", 0, func(db *sqlite) (err error) {
		if p.bound, err = s.newestAbout(ctx, db, during.From); err != nil {
			return err
		}
		last, err = s.newestAbout(ctx, db, during.To.Add(powerLate))
		return err
	})
	for i, port := range ports {
		if err != nil {
			return err
		}
		err = s.powerOf(ctx, p, port, last, during.From, func(point charging.PowerPoint) { each(i, point) })
	}
	return err
}

// powerOf reads one port: what was known at first, then page by page.
func (s *Store) powerOf(ctx context.Context, p *pastReader, port charging.PortPlace, last int64, from time.Time, each func(charging.PowerPoint)) error {
	const what = "reading the power of ports"
	err := s.reading(what, func(db *sqlite) error {
		packed, err := p.packed(ctx, db, port.ChargerID, port.Number)
		if err != nil || packed == nil {
			return err
		}
		return pointOf(packed, from, each)
	})
	for after, read := p.bound, profilePage; err == nil && read == profilePage; {
		err = s.reading(what, func(db *sqlite) (err error) {
			after, read, err = db.powerPage(ctx, port, after, last, each)
			return err
		})
	}
	return err
}

// powerPage reads the next records of a port; newest is the id of the last.
func (db *sqlite) powerPage(ctx context.Context, port charging.PortPlace, after, last int64, each func(charging.PowerPoint)) (newest int64, read int, err error) {
	rows, err := db.query(ctx, portStates, port.ChargerID, port.Number, after, last, profilePage)
	if err != nil {
		return after, 0, err
	}
	defer rows.Close()
	for ; rows.Next(); read++ {
		var received int64
		var happened time.Time
		var packed []byte
		if err := rows.Scan(&after, &received, timeIn{&happened}, &packed); err != nil {
			return after, read, err
		}
		if err := pointOf(packed, charging.Timestamp{Parsed: happened}.Or(time.UnixMicro(received).UTC()), each); err != nil {
			return after, read, err
		}
	}
	return after, read, rows.Err()
}

// pointOf tells of the power that a state of a port knows; at is when it came to
// be.
func pointOf(packed []byte, at time.Time, each func(charging.PowerPoint)) error {
	state, err := unpackPortState(packed)
	if err != nil {
		return err
	}
	point := charging.PowerPoint{At: at, Known: true}
	if v := state.Session; v != nil && v.Shown() {
		power := v.Latest.Power
		point.SessionID, point.Power, point.Known = v.ID, power.Value, !power.At.IsZero()
		if point.Known {
			point.At = power.At
		}
	}
	each(point)
	return nil
}

// SiteLimitsDuring returns the limits of a site that held at some time of a span,
// oldest first.
func (s *Store) SiteLimitsDuring(ctx context.Context, site charging.ID, during charging.Span) ([]charging.SiteLimit, error) {
	return readList(ctx, s, "reading the power limits of a site", func(row scanner) (l charging.SiteLimit, err error) {
		err = row.Scan(siteLimits.scan(&l)...)
		return l, err
	}, siteLimitsDuring, site, during.From.UnixMicro(), during.To.UnixMicro())
}
