package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

var (
	// What stands literally in the condition is what the index history_by_kind has.
	nextOfKind = newStatement(`SELECT id, received, state FROM history WHERE charger_id = $1 AND kind = $2
		AND kind <> 4 AND kind <> 7 AND kind <> 12 AND kind <> 13 AND id > $3 ORDER BY id LIMIT 1`)
	nextOfPort = newStatement(`SELECT h.kind, h.received, h.happened, h.detail, h.state FROM history_ports AS p
		JOIN history AS h ON h.id = p.id WHERE p.charger_id = $1 AND p.port_number = $2 AND p.id > $3
		ORDER BY p.id LIMIT $4`)
)

const (
	// lateFor is how long after a charger is back, or after the moment when it was
	// not away, what it sends may be about that moment.
	lateFor = 10 * time.Minute
	// lateRecords is how many records of a port are looked through for that.
	lateRecords = 1000
)

// covering finds the sessions whose times, as they are known now, hold the
// moment: of each port the one that began last.
func (p *pastReader) covering(ctx context.Context) error {
	p.sessions = make(map[portKey]coveringSession)
	add := func(c charging.ID, port int, s coveringSession) {
		at := portKey{c, port}
		if old, known := p.sessions[at]; !known || old.started.Before(s.started) || old.started.Equal(s.started) && old.id < s.id {
			p.sessions[at] = s
		}
	}
	running := make(map[charging.ID]*charging.Session)
	err := p.store.eachLive(ctx, func(v *charging.Session) {
		if !v.StartedAt.After(p.at) {
			running[v.ID] = v
		}
	})
	if err == nil {
		err = p.store.fileSessions(ctx, 0)
	}
	if err != nil {
		return err
	}
	at := p.at.UnixMicro()
	err = p.store.reading("reading which sessions were", func(db *sqlite) error {
		return db.sessionTimes(ctx, nil, at, at+1, func(l *listing) {
			delete(running, l.id) // it ended meanwhile
			if l.started <= at && l.ended > at {
				add(l.charger, int(l.port), coveringSession{l.id, time.UnixMicro(l.started).UTC()})
			}
		})
	})
	for _, v := range running {
		add(v.ChargerID, v.PortNumber, coveringSession{v.ID, v.StartedAt})
		p.running = append(p.running, v)
	}
	return err
}

type coveringSession struct {
	id      charging.ID
	started time.Time
}

// correct gives a charger what is known of the moment today.
func (p *pastReader) correct(ctx context.Context, db *sqlite, c *charging.Charger) error {
	until, err := p.correctConnection(ctx, db, c)
	if err != nil {
		return err
	}
	for _, port := range c.Ports {
		states := make(map[charging.ID]*charging.Session)
		if s := port.Session; s != nil {
			states[s.ID] = s
		}
		if err := p.late(ctx, db, port, until, states); err != nil {
			return fmt.Errorf("charger %d: %w", c.ID, err)
		}
		port.Session = nil
		covering, known := p.sessions[portKey{c.ID, port.Number}]
		if !known {
			continue
		}
		final, err := p.session(ctx, db, covering.id)
		if err != nil {
			return err
		}
		if final != nil {
			port.Session = corrected(final, states[final.ID])
		}
	}
	return nil
}

// session is a session as it is now.
func (p *pastReader) session(ctx context.Context, db *sqlite, id charging.ID) (*charging.Session, error) {
	for _, v := range p.running {
		if v.ID == id {
			return v, nil
		}
	}
	var packed []byte
	err := db.readRow(ctx, readSession, []any{id}, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return unpackSession(packed)
}

// corrected is a session as it stood, with what is known of its start now.
// Without any state of then nothing had been measured.
func corrected(final, then *charging.Session) *charging.Session {
	s := *final
	if then == nil {
		then = &charging.Session{}
	}
	s.Energy, s.Latest = then.Energy, then.Latest
	s.SoCStart, s.HasSoCStart = then.SoCStart, then.HasSoCStart
	return &s
}

// correctConnection corrects the connection of a charger: it was away already
// when that was noticed later. It returns until when what the charger sent may
// be about the moment.
func (p *pastReader) correctConnection(ctx context.Context, db *sqlite, c *charging.Charger) (until time.Time, err error) {
	until = p.at.Add(lateFor)
	ended, err := p.next(ctx, db, c.ID, charging.RecordDisconnected)
	if err != nil {
		return until, err
	}
	began, err := p.next(ctx, db, c.ID, charging.RecordConnected)
	if err != nil {
		return until, err
	}
	if ended != nil && (began == nil || ended.id < began.id) && ended.connection != nil && !ended.connection.Since.After(p.at) {
		c.Connection = ended.connection
	}
	if (c.Connection == nil || !c.Connection.Connected) && began != nil {
		until = began.received.Add(lateFor)
	}
	return until, nil
}

type nextConnection struct {
	id         int64
	received   time.Time
	connection *charging.Connection
}

// next is the first record of a kind of connection after the bound; nil for
// none.
func (p *pastReader) next(ctx context.Context, db *sqlite, c charging.ID, kind charging.RecordKind) (*nextConnection, error) {
	var n nextConnection
	var received int64
	var packed []byte
	err := db.readRow(ctx, nextOfKind, []any{c, int64(kind), p.bound}, &n.id, &received, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := unpackChargerState(packed)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", n.id, err)
	}
	n.received, n.connection = time.UnixMicro(received).UTC(), state.Connection
	return &n, nil
}

// late goes through what a port sent after the moment and about it: the newest
// status by its own time, and how far each session had come.
func (p *pastReader) late(ctx context.Context, db *sqlite, port *charging.Port, until time.Time, sessions map[charging.ID]*charging.Session) error {
	rows, err := db.query(ctx, nextOfPort, port.ChargerID, port.Number, p.bound, lateRecords)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind charging.RecordKind
		var received int64
		var happened charging.Timestamp
		var detail string
		var packed sql.RawBytes
		if err := rows.Scan(&kind, &received, timeIn{&happened.Parsed}, &detail, &packed); err != nil {
			return err
		}
		at := time.UnixMicro(received).UTC()
		if at.After(until) {
			break
		}
		if happened.Or(at).After(p.at) {
			continue
		}
		state, err := unpackPortState(packed)
		if err != nil {
			return err
		}
		status := state.Status
		if kind == charging.RecordStatus {
			status = reportedStatus(detail, happened.Or(at), status)
		}
		if status != nil && !status.At.After(p.at) && (port.Status == nil || !status.At.Before(port.Status.At)) {
			port.Status = status
		}
		if s := state.Session; s != nil {
			sessions[s.ID] = s
		}
	}
	return rows.Err()
}

// reportedStatus is the status that a record reports, also when it was not taken over
// because a newer one was shown by then.
func reportedStatus(detail string, at time.Time, state *charging.PortStatus) *charging.PortStatus {
	if state != nil && state.At.Equal(at) {
		return state
	}
	var report struct{ Status, ErrorCode, VendorErrorCode, Info string }
	if json.Unmarshal([]byte(detail), &report) != nil || report.Status == "" {
		return nil
	}
	return &charging.PortStatus{Status: charging.Status(report.Status), At: at, ErrorCode: report.ErrorCode,
		VendorErrorCode: report.VendorErrorCode, Info: report.Info}
}
