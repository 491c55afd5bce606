package store

import (
	"context"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// intervalPage is for how many chargers service intervals are read at once.
const intervalPage = 200

// places are the ports of chargers $1 to $2, with port 0 for their connections
// and -1 for themselves.
const places = `SELECT id AS charger_id, 0 AS port_number FROM chargers WHERE id >= $1 AND id <= $2
	UNION ALL SELECT id, -1 FROM chargers WHERE id >= $1 AND id <= $2
	UNION ALL SELECT charger_id, number FROM ports WHERE charger_id >= $1 AND charger_id <= $2`

var (
	// Of each place those that begin within the time, and the one before them.
	intervalsDuring = newStatement(`SELECT v.charger_id, v.port_number, v.from_at, v.to_at, v.state, v.from_record, v.to_record
		FROM (` + places + `) AS p JOIN service_intervals AS v ON v.charger_id = p.charger_id AND v.port_number = p.port_number
		AND v.from_at < $4 AND v.from_at >= coalesce((SELECT max(b.from_at) FROM service_intervals AS b
		WHERE b.charger_id = p.charger_id AND b.port_number = p.port_number AND b.from_at <= $3), $3)
		WHERE v.to_at IS NULL OR v.to_at > $3
		ORDER BY v.charger_id, v.port_number, v.from_at`)
	faultCounts = newStatement(`SELECT charger_id, port_number, category, count(*) FROM faults WHERE at >= $1 AND at < $2
		GROUP BY charger_id, port_number, category`)
	readOrigin = newStatement(`SELECT received, message_id, message FROM history WHERE id = $1`)
)

// ServiceIntervals calls each with the service intervals of the chargers that
// have a part in a time, by charger, port and time.
func (s *Store) ServiceIntervals(ctx context.Context, chargers []charging.ID, during charging.Span, each func(charging.ServiceInterval)) error {
	chargers = slices.Compact(slices.Sorted(slices.Values(chargers)))
	for len(chargers) > 0 {
		// A range of ids holds a page of those that are wanted, however many others
		// lie between them; few of many are asked for one by one.
		page := chargers[:min(len(chargers), intervalPage)]
		if len(chargers) <= fewChargers {
			page = chargers[:1]
		}
		chargers = chargers[len(page):]
		list, err := readList(ctx, s, "reading service intervals", scanInterval, intervalsDuring,
			page[0], page[len(page)-1], during.From.UnixMicro(), during.To.UnixMicro())
		if err != nil {
			return err
		}
		for _, v := range list {
			if _, wanted := slices.BinarySearch(page, v.ChargerID); wanted {
				each(v)
			}
		}
	}
	return nil
}

// FaultCounts calls each with how many faults of a category a port had in a
// time; port 0 is the charger itself.
func (s *Store) FaultCounts(ctx context.Context, during charging.Span, each func(charger charging.ID, port int, c charging.FaultCategory, n int)) error {
	type row struct {
		charger  charging.ID
		port, n  int
		category charging.FaultCategory
	}
	list, err := readList(ctx, s, "counting errors", func(from scanner) (r row, err error) {
		err = from.Scan(&r.charger, &r.port, &r.category, &r.n)
		return r, err
	}, faultCounts, during.From.UnixMicro(), during.To.UnixMicro())
	for _, r := range list {
		each(r.charger, r.port, r.category, r.n)
	}
	return err
}

// Origin returns the record with that id as far as it says where it came from:
// its receipt, its message and the raw message. It is nil for none.
func (s *Store) Origin(ctx context.Context, record int64) (*charging.Record, error) {
	return readOne(ctx, s, "reading where a record came from", func(row scanner) (*charging.Record, error) {
		r := &charging.Record{ID: record}
		err := row.Scan(timeIn{&r.Received}, &r.MessageID, &r.Message)
		return r, err
	}, readOrigin, record)
}
