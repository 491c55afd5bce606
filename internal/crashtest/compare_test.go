package crashtest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the comparison reads the database file itself

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/sim"
	"github.com/chargeyard/chargeyard/internal/store"
)

// losses collects complaints: what is lost or wrong, and how much of it is
// there twice.
type losses struct {
	all     []string
	doubled int
}

func (l *losses) add(format string, args ...any) { l.all = append(l.all, fmt.Sprintf(format, args...)) }

func (l *losses) double(format string, args ...any) {
	l.doubled++
	l.add(format, args...)
}

// clock is how a complaint tells when something was answered.
const clock = "15:04:05.000"

// lost counts what is no double.
func (l *losses) lost() int { return len(l.all) - l.doubled }

// compare holds what the chargers know against what the running server shows,
// then against what a fresh process shows, then against the rows on the disk.
func (x *trial) compare() *losses {
	t := x.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	found := new(losses)
	x.comparePresent(ctx, found, "the running server")
	for _, f := range x.fleets {
		f.Stop()
	}
	x.s.kill()
	x.s.start(t)
	if err := x.s.ready(ctx); err != nil {
		t.Fatal(err)
	}
	x.comparePresent(ctx, found, "a fresh process")
	x.s.kill()
	compareRows(ctx, t, found, x.s.file(store.DatabaseName), x.told)
	if !x.told.reported() {
		found.add("no charger of 2.x began a transaction: that is no test")
	}
	return found
}

// compareCopy is compareRows on a copy of the database with its log, while no
// process writes to it: reading the files themselves would recover them, which
// is the server's work.
func compareCopy(t *testing.T, s *server, told *ledger) *losses {
	t.Helper()
	copied := t.TempDir()
	database := s.file(store.DatabaseName)
	if err := copyFiles(copied, database, database+"-wal"); err != nil {
		t.Fatal(err)
	}
	found := new(losses)
	compareRows(t.Context(), t, found, filepath.Join(copied, store.DatabaseName), told)
	if err := os.RemoveAll(copied); err != nil {
		t.Error(err)
	}
	return found
}

// comparePresent looks for the last answered status and the running session of
// each port.
func (x *trial) comparePresent(ctx context.Context, found *losses, where string) {
	x.t.Helper()
	shown, err := x.s.sites(ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	last := x.told.lastStatuses()
	for _, f := range x.fleets {
		for _, c := range f.Chargers() {
			ports := make(map[int]portAnswer)
			for _, p := range shown[c.Identity()].Ports {
				ports[p.PortNumber] = p
			}
			for _, p := range c.Ports() {
				at := fmt.Sprintf("%s: charger %s port %d", where, c.Identity(), p.Number)
				coarse := c.Protocol() != sim.Protocol16 || x.jumpy
				compareStatus(found, at, ports[p.Number].OCPPStatus, last[portKey{c.Identity(), p.Number}], coarse)
				compareSession(found, at, ports[p.Number].Session, p.Session, x.jumpy)
			}
		}
	}
}

// compareStatus holds the status that is shown against the last one answered.
// Coarsely, only what the words of 2.x can say is compared: the session tells
// the rest, and the time.
func compareStatus(found *losses, at string, shown *statusAnswer, last *message, coarse bool) {
	if last == nil {
		found.add("%s: the charger never had a status answered", at)
		return
	}
	if coarse {
		if shown == nil || connectorStatus(shown.Status) != connectorStatus(last.status) {
			found.add("%s: shows the status %+v, the last answered is %s", at, shown, last.status)
		}
		return
	}
	var said struct {
		Timestamp time.Time `json:"timestamp"`
	}
	if err := json.Unmarshal(last.payload, &said); err != nil {
		found.add("%s: %v", at, err)
		return
	}
	want := statusAnswer{last.status, said.Timestamp.UTC().Format(charging.TimeLayout)}
	switch {
	case shown == nil:
		found.add("%s: shows no status, the last answered is %+v", at, want)
	case *shown != want:
		found.add("%s: shows the status %+v, the last answered is %+v", at, *shown, want)
	}
}

// connectorStatus returns the word of 2.x for one of 1.6.
func connectorStatus(status string) string {
	switch status {
	case "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing":
		return "Occupied"
	}
	return status
}

func compareSession(found *losses, at string, shown *sessionAnswer, running *sim.SessionState, anyTime bool) {
	switch {
	case running == nil && shown == nil:
	case running == nil:
		found.add("%s: shows session %+v, which the charger has ended", at, *shown)
	case shown == nil:
		found.add("%s: has forgotten the open session %+v", at, *running)
	case shown.TransactionID != running.TransactionID || shown.IDTag != running.IDTag ||
		!anyTime && shown.StartTime != running.Started.UTC().Format(charging.TimeLayout):
		found.add("%s: shows session %+v, the charger runs %+v", at, *shown, *running)
	}
}

// portKey names a port of a charger.
type portKey struct {
	identity string
	port     int
}

// lastStatuses returns the last answered status of each port.
func (l *ledger) lastStatuses() map[portKey]*message {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := make(map[portKey]*message)
	newest := make(map[portKey]int64)
	for key, m := range l.messages {
		port := portKey{key.identity, m.port}
		if m.status != "" && m.answered && key.seq >= newest[port] {
			last[port], newest[port] = m, key.seq
		}
	}
	return last
}

// rows is what the database file holds.
type rows struct {
	history  map[string]map[string][]charging.RecordKind // identity, message id
	sessions map[string]map[int64][]sessionRow           // identity, assigned transaction id
	reported map[string]map[string][]sessionRow          // identity, the charger's own transaction id
}

type sessionRow struct {
	state  charging.SessionState
	energy charging.Milli
}

// compareRows looks for each answered message in the history, and for each
// answered transaction among the sessions, exactly once.
func compareRows(ctx context.Context, t *testing.T, found *losses, file string, told *ledger) {
	t.Helper()
	stored, err := readRows(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	began := compareStarts(found, stored, told)
	compareReported(found, stored, told)
	for key, m := range told.messages {
		if !m.answered {
			continue
		}
		compareHistory(found, key, m, stored.history[key.identity])
		if m.action == "StopTransaction" {
			compareStop(found, key, m, began[m.transactionID], stored.sessions[key.identity][m.transactionID])
		}
	}
}

// compareStarts looks for each answered start among the sessions and for
// sessions that nobody began. It returns the starts by transaction id.
func compareStarts(found *losses, stored *rows, told *ledger) map[int64]*message {
	began := make(map[int64]*message)
	number := make(map[string]int)
	for key, m := range told.messages {
		if m.action != "StartTransaction" {
			continue
		}
		number[key.identity]++
		if !m.answered {
			continue
		}
		if began[m.transactionID] != nil {
			found.double("%v: transaction %d was given out twice", key, m.transactionID)
		}
		began[m.transactionID] = m
		switch n := len(stored.sessions[key.identity][m.transactionID]); {
		case n == 0:
			found.add("%v: the answered transaction %d is not stored", key, m.transactionID)
		case n > 1:
			found.double("%v: the answered transaction %d is stored %d times", key, m.transactionID, n)
		}
	}
	for identity, sessions := range stored.sessions {
		if len(sessions) > number[identity] {
			found.double("charger %s began %d sessions, and %d are stored", identity, number[identity], len(sessions))
		}
	}
	return began
}

// compareHistory looks for the row of an answered message, under any of the
// ids with which it was sent.
func compareHistory(found *losses, key messageKey, m *message, history map[string][]charging.RecordKind) {
	want := map[string]charging.RecordKind{
		"StartTransaction": charging.RecordSessionStarted, "StopTransaction": charging.RecordSessionStopped,
		"MeterValues": charging.RecordMeters, "StatusNotification": charging.RecordStatus,
		"TransactionEvent": charging.RecordSessionReported, "NotifyEvent": charging.RecordConditions,
	}[m.action]
	if m.action == "StatusNotification" && bytes.Contains(m.payload, []byte(`"connectorStatus"`)) {
		want = charging.RecordConditions
	}
	n := 0
	for _, id := range m.ids {
		for _, kind := range history[id] {
			if kind == want {
				n++
			}
		}
	}
	switch {
	case n == 0:
		found.add("%v: the %s %v that was answered at %s is not in the history", key, m.action, m.ids, m.at.Format(clock))
	case n > 1:
		found.double("%v: %s %v is in the history %d times", key, m.action, m.ids, n)
	}
}

// compareStop holds an answered stop against its session: closed, with the
// energy between the two meter values.
func compareStop(found *losses, key messageKey, stop, start *message, sessions []sessionRow) {
	if start == nil || len(sessions) != 1 {
		found.add("%v: the session %d of an answered stop is stored %d times", key, stop.transactionID, len(sessions))
		return
	}
	var said struct {
		MeterStart int64 `json:"meterStart"`
		MeterStop  int64 `json:"meterStop"`
	}
	for _, payload := range [][]byte{start.payload, stop.payload} {
		if err := json.Unmarshal(payload, &said); err != nil {
			found.add("%v: %v", key, err)
			return
		}
	}
	want := sessionRow{charging.SessionClosed, charging.Milli(said.MeterStop-said.MeterStart) * 1000}
	if sessions[0] != want {
		found.add("%v: session %d is stored as %+v, the answered stop says %+v", key, stop.transactionID, sessions[0], want)
	}
}

// readRows reads the database file without the program's help.
func readRows(ctx context.Context, file string) (*rows, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	identity := make(map[charging.ID]string)
	err = each(ctx, db, `SELECT id, ocpp_id FROM chargers`, func(row *sql.Rows) error {
		var id charging.ID
		var name string
		err := row.Scan(&id, &name)
		identity[id] = name
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &rows{map[string]map[string][]charging.RecordKind{}, map[string]map[int64][]sessionRow{}, map[string]map[string][]sessionRow{}}
	err = each(ctx, db, `SELECT charger_id, message_id, kind FROM history WHERE message_id <> ''`, func(row *sql.Rows) error {
		var charger charging.ID
		var message string
		var kind charging.RecordKind
		err := row.Scan(&charger, &message, &kind)
		of := r.history[identity[charger]]
		if of == nil {
			of = make(map[string][]charging.RecordKind)
			r.history[identity[charger]] = of
		}
		of[message] = append(of[message], kind)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, each(ctx, db, `SELECT charger_id, assigned_id, transaction_text, state, energy FROM sessions`, func(row *sql.Rows) error {
		var charger charging.ID
		var assigned int64
		var own string
		var s sessionRow
		err := row.Scan(&charger, &assigned, &own, &s.state, &s.energy)
		if own != "" {
			put(r.reported, identity[charger], own, s)
		} else {
			put(r.sessions, identity[charger], assigned, s)
		}
		return err
	})
}

// put adds a row under two keys.
func put[K comparable](to map[string]map[K][]sessionRow, identity string, key K, s sessionRow) {
	if to[identity] == nil {
		to[identity] = make(map[K][]sessionRow)
	}
	to[identity][key] = append(to[identity][key], s)
}

func each(ctx context.Context, db *sql.DB, query string, take func(*sql.Rows) error) error {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer found.Close()
	for found.Next() {
		if err := take(found); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return found.Err()
}
