package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// metaDigested is the id up to which records were gone through by the digest.
const metaDigested = "digested"

// digestWindow is how many ids of the history are looked through at once, so
// that no read lasts.
const digestWindow = 20_000

var (
	nextRecord = newStatement(`SELECT coalesce(min(id), 0) FROM history WHERE id > $1`)
	// Meter values, most of all records, are passed over by their kind; of the
	// others nothing is read that is long and not needed.
	digestRecords = newStatement(`SELECT id, charger_id, port_number, kind, received, happened, written, message_id, oddities,
		detail, NULL, state, message FROM history WHERE id > $1 AND id <= $2 AND kind <> 7 ORDER BY id LIMIT $3`)
	statesOfChargers = newStatement(`SELECT h.id, h.charger_id, h.port_number, h.kind, h.received, h.happened, h.written,
		h.message_id, h.oddities, h.detail, NULL, h.state, h.message FROM chargers AS c JOIN history AS h ON h.id =
		(SELECT max(n.id) FROM history_ports AS n WHERE n.charger_id = c.id AND n.port_number = 0 AND n.id <= $3)
		WHERE c.id > $1 AND c.id <= $2 ORDER BY h.charger_id`)
	statesOfPorts = newStatement(`SELECT h.id, h.charger_id, h.port_number, h.kind, h.received, h.happened, h.written,
		h.message_id, h.oddities, h.detail, NULL, h.state, h.message FROM ports AS p JOIN history AS h ON h.id =
		(SELECT max(n.id) FROM history_ports AS n WHERE n.charger_id = p.charger_id AND n.port_number = p.number AND n.id <= $3)
		WHERE p.charger_id > $1 AND p.charger_id <= $2 ORDER BY h.charger_id, h.port_number`)
	pageOfChargers = newStatement(`SELECT coalesce(max(id), 0) FROM (SELECT id FROM chargers WHERE id > $1 ORDER BY id LIMIT $2) AS c`)

	upsertInterval = newStatement(insert("service_intervals", intervalColumns) + ` ON CONFLICT (charger_id, port_number, from_at)
		DO UPDATE SET to_at = excluded.to_at, state = excluded.state, from_record = excluded.from_record, to_record = excluded.to_record`)
	openIntervals = newStatement(selectFrom("service_intervals", intervalColumns) + ` WHERE to_at IS NULL
		ORDER BY charger_id, port_number, from_at`)
)

var intervalColumns = []string{"charger_id", "port_number", "from_at", "to_at", "state", "from_record", "to_record"}

// Digested is the id of the newest record that the digest went through; 0 for
// none.
func (s *Store) Digested(ctx context.Context) (mark int64, err error) {
	err = s.reading("reading the mark of the digest", func(db *sqlite) error {
		mark, err = db.readMetaNumber(ctx, metaDigested)
		return err
	})
	return mark, err
}

// RecordsAfter returns the next records after an id, oldest first, at most limit
// of them, without those of meter values and without readings. upTo is how far it
// went: the records up to it are those returned, but for damaged ones. It is after
// itself when there is nothing more.
func (s *Store) RecordsAfter(ctx context.Context, after int64, limit int) (records []charging.Record, upTo int64, err error) {
	limit = pageLimit(limit)
	err = s.reading("following the history", func(db *sqlite) error {
		var first, last int64
		if err := db.readRow(ctx, lastRecord, nil, &last); err != nil {
			return err
		}
		if err := db.readRow(ctx, nextRecord, []any{after}, &first); err != nil {
			return err
		}
		if first == 0 {
			upTo = after
			return nil
		}
		upTo = min(last, first+digestWindow)
		records, err = queryList(ctx, db, s.scanReadable, digestRecords, first-1, upTo, limit)
		if err == nil && len(records) == limit {
			upTo = records[limit-1].ID
		}
		return err
	})
	return slices.DeleteFunc(records, unreadable), upTo, err
}

// scanReadable is scanRecord, but for a record that is damaged: of that it
// returns what is left, without a state, so that it costs nothing but itself.
func (s *Store) scanReadable(row scanner) (charging.Record, error) {
	r, err := scanRecord(row)
	if err == nil || r.Received.IsZero() { // the row itself could not be read
		return r, err
	}
	s.log.Error("a record of the history is damaged; nothing follows from it", "record", r.ID, "charger", r.ChargerID, "err", err,
		"fix", "chargeyard doctor looks through all of the database, and restore takes an earlier one")
	r.Port, r.Charger = nil, nil
	return r, nil
}

func unreadable(r charging.Record) bool { return r.Port == nil && r.Charger == nil }

// StatesAt calls each with the newest record of every charger and of every port
// up to and including that id, charger by charger. They may be of any kind, and
// have no readings.
func (s *Store) StatesAt(ctx context.Context, mark int64, each func(*charging.Record)) error {
	if err := s.fileFor(ctx, 0); err != nil {
		return err
	}
	for after := charging.ID(0); ; {
		var records []charging.Record
		var last charging.ID
		err := s.reading("reading the states of ports", func(db *sqlite) error {
			if err := db.readRow(ctx, pageOfChargers, []any{after, presentPage}, &last); err != nil || last == 0 {
				return err
			}
			ofChargers, err := queryList(ctx, db, s.scanReadable, statesOfChargers, after, last, mark)
			if err != nil {
				return err
			}
			records, err = queryList(ctx, db, s.scanReadable, statesOfPorts, after, last, mark)
			records = append(ofChargers, records...)
			return err
		})
		if err != nil || last == 0 {
			return err
		}
		for i := range records {
			if !unreadable(records[i]) {
				each(&records[i])
			}
		}
		after = last
	}
}

// StoreDerived stores what follows from the history, with its mark, in one
// transaction. An alert whose incident is known already is left out. After an
// error other than Invalid it may or may not be stored: Digested tells.
func (s *Store) StoreDerived(_ context.Context, d *charging.Derived) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.transact("storing what follows from the history", func(db *sqlite) error {
		for i := range d.Intervals {
			if err := db.writeInterval(&d.Intervals[i]); err != nil {
				return err
			}
		}
		for i := range d.Faults {
			if err := db.writeFault(&d.Faults[i]); err != nil {
				return err
			}
		}
		for i := range d.Alerts {
			if err := s.writeAlert(db, &d.Alerts[i]); err != nil {
				return err
			}
		}
		if err := s.writeDeliveries(db, d.Deliveries); err != nil || d.Mark == 0 {
			return err
		}
		return db.setMeta(metaDigested, strconv.FormatInt(d.Mark, 10))
	})
	if err == nil && len(d.Alerts) > 0 {
		s.alertBell.ring()
	}
	return err
}

func (db *sqlite) writeInterval(v *charging.ServiceInterval) error {
	_, err := db.exec(upsertInterval, v.ChargerID, int64(v.PortNumber), v.From.UnixMicro(), timeOrNull(v.To), int64(v.State),
		v.FromRecord, v.ToRecord)
	if err != nil {
		return fmt.Errorf("service interval of charger %d, port %d: %w", v.ChargerID, v.PortNumber, err)
	}
	return nil
}

// OpenIntervals lists the service intervals that last, by charger and port.
func (s *Store) OpenIntervals(ctx context.Context) ([]charging.ServiceInterval, error) {
	return readList(ctx, s, "reading service intervals", scanInterval, openIntervals)
}

func scanInterval(row scanner) (v charging.ServiceInterval, err error) {
	var from int64
	err = row.Scan(&v.ChargerID, &v.PortNumber, &from, timeIn{&v.To}, &v.State, &v.FromRecord, &v.ToRecord)
	v.From = time.UnixMicro(from).UTC()
	return v, err
}

// idsText and idsIn keep a list of ids in a column: "3,14".
func idsText(ids []charging.ID) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	return b.String()
}

type idsIn struct{ to *[]charging.ID }

func (in idsIn) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil {
		return err
	}
	*in.to = nil
	if text.String == "" {
		return nil
	}
	for part := range strings.SplitSeq(text.String, ",") {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return err
		}
		*in.to = append(*in.to, id)
	}
	return nil
}
