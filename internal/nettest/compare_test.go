package nettest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the comparison reads the database file itself

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/sim"
)

// losses collects complaints.
type losses []string

func (l *losses) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

// What the comparison reads of GET /api/sites.
type (
	chargerAnswer struct {
		OCPPID string       `json:"ocppId"`
		Ports  []portAnswer `json:"ports"`
	}
	portAnswer struct {
		Number int `json:"portNumber"`
		Status *struct {
			Status string `json:"status"`
		} `json:"ocppStatus"`
		Session *struct {
			StartTime     string `json:"startTime"`
			IDTag         string `json:"ocppIdTag"`
			TransactionID int64  `json:"ocppTransactionId"`
		} `json:"currentChargingSession"`
	}
)

// compare holds what the chargers know against what the server shows and what
// is on the disk.
func (r *round) compare(ctx context.Context, t *testing.T, fleets []*sim.Fleet, told *ledger) losses {
	t.Helper()
	body, err := r.s.get(ctx, "/api/sites")
	if err != nil {
		t.Fatal(err)
	}
	var sites struct {
		Data []struct{ Chargers []chargerAnswer }
	}
	if err := json.Unmarshal(body, &sites); err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]chargerAnswer)
	for _, site := range sites.Data {
		for _, c := range site.Chargers {
			shown[c.OCPPID] = c
		}
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	var found losses
	last := told.lastStatuses()
	for _, f := range fleets {
		for _, c := range f.Chargers() {
			ports := make(map[int]portAnswer)
			for _, p := range shown[c.Identity()].Ports {
				ports[p.Number] = p
			}
			for _, p := range c.Ports() {
				comparePort(&found, c, p, ports[p.Number], last[portKey{c.Identity(), p.Number}])
			}
		}
	}
	// No other process reads the database of a running server: its log's index
	// is in the server's memory.
	file := filepath.Join(t.TempDir(), "copy.db")
	r.s.command(t, "backup", file)
	compareRows(ctx, t, &found, file, told)
	return found
}

// comparePort looks for the last answered status and the running session.
func comparePort(found *losses, c *sim.Charger, p sim.PortState, shown portAnswer, last *message) {
	at := fmt.Sprintf("charger %s port %d", c.Identity(), p.Number)
	switch {
	case last == nil:
		found.add("%s: never had a status answered", at)
	case shown.Status == nil:
		found.add("%s: shows no status, the last answered is %s", at, last.Status)
	case c.Protocol() == sim.Protocol16 && shown.Status.Status != last.Status,
		c.Protocol() != sim.Protocol16 && connectorStatus(shown.Status.Status) != last.Status:
		found.add("%s: shows %s, the last answered status is %s", at, shown.Status.Status, last.Status)
	}
	switch running := p.Session; {
	case running == nil && shown.Session == nil:
	case running == nil:
		found.add("%s: shows the session %+v, which the charger has ended", at, *shown.Session)
	case shown.Session == nil:
		found.add("%s: has forgotten the open session %+v", at, *running)
	case shown.Session.TransactionID != running.TransactionID || shown.Session.IDTag != running.IDTag ||
		shown.Session.StartTime != running.Started.UTC().Format(charging.TimeLayout):
		found.add("%s: shows the session %+v, the charger runs %+v", at, *shown.Session, *running)
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

// compareRows looks for each answered message in the history, and for each
// transaction among the sessions, exactly once.
func compareRows(ctx context.Context, t *testing.T, found *losses, file string, told *ledger) {
	t.Helper()
	stored, err := readRows(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	type transaction struct{ identity, id string }
	begun, ended := make(map[transaction]bool), make(map[transaction]bool)
	starts := make(map[string]int)
	for key, m := range told.messages {
		id := m.Transaction
		switch m.Action {
		case "StartTransaction":
			starts[m.Identity]++
			fallthrough
		case "StopTransaction":
			id = fmt.Sprint(m.TransactionID)
		}
		if m.Transaction != "" {
			begun[transaction{m.Identity, id}] = true
		}
		if !m.answered {
			continue
		}
		compareHistory(found, key, m, stored.history[m.Identity])
		if m.Action == "StartTransaction" || m.EventType == "Started" {
			begun[transaction{m.Identity, id}] = true
			if n := len(stored.sessions[m.Identity][id]); n != 1 {
				found.add("%v: the answered transaction %s is stored %d times", key, id, n)
			}
		}
		if m.Action == "StopTransaction" || m.EventType == "Ended" {
			ended[transaction{m.Identity, id}] = true
		}
	}
	for at := range ended {
		for _, state := range stored.sessions[at.identity][at.id] {
			if state != charging.SessionClosed {
				found.add("charger %s: the ended transaction %s is stored as %v", at.identity, at.id, state)
			}
		}
	}
	for identity, sessions := range stored.sessions {
		unknown := 0
		for id := range sessions {
			if !begun[transaction{identity, id}] {
				unknown++ // a start of 1.6 that was stored, and whose answer never came
			}
		}
		if unknown > 0 && len(sessions) > starts[identity] {
			found.add("charger %s began %d transactions, and %d are stored", identity, starts[identity], len(sessions))
		}
	}
}

// compareHistory looks for the row of an answered message, under any of the ids
// with which it was sent.
func compareHistory(found *losses, key messageKey, m *message, history map[string][]charging.RecordKind) {
	want := map[string]charging.RecordKind{
		"StartTransaction": charging.RecordSessionStarted, "StopTransaction": charging.RecordSessionStopped,
		"MeterValues": charging.RecordMeters, "StatusNotification": charging.RecordStatus,
		"TransactionEvent": charging.RecordSessionReported, "NotifyEvent": charging.RecordConditions,
	}[m.Action]
	if m.Action == "StatusNotification" && bytes.Contains(m.Payload, []byte(`"connectorStatus"`)) {
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
	if n != 1 {
		found.add("%v: the answered %s %v is in the history %d times", key, m.Action, m.ids, n)
	}
}

// rows is what the database file holds.
type rows struct {
	history  map[string]map[string][]charging.RecordKind   // identity, message id
	sessions map[string]map[string][]charging.SessionState // identity, transaction id
}

// readRows reads a copy of the database without the program's help.
func readRows(ctx context.Context, file string) (*rows, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	r := &rows{make(map[string]map[string][]charging.RecordKind), make(map[string]map[string][]charging.SessionState)}
	err = each(ctx, db, `SELECT c.ocpp_id, h.message_id, h.kind FROM history h JOIN chargers c ON c.id = h.charger_id WHERE h.message_id <> ''`,
		func(row *sql.Rows) error {
			var identity, message string
			var kind charging.RecordKind
			err := row.Scan(&identity, &message, &kind)
			put(r.history, identity, message, kind)
			return err
		})
	if err != nil {
		return nil, err
	}
	return r, each(ctx, db, `SELECT c.ocpp_id, s.assigned_id, s.transaction_text, s.state FROM sessions s JOIN chargers c ON c.id = s.charger_id`,
		func(row *sql.Rows) error {
			var identity, own string
			var assigned int64
			var state charging.SessionState
			err := row.Scan(&identity, &assigned, &own, &state)
			if own == "" {
				own = fmt.Sprint(assigned)
			}
			put(r.sessions, identity, own, state)
			return err
		})
}

// put adds a value under two keys.
func put[V any](to map[string]map[string][]V, first, second string, v V) {
	if to[first] == nil {
		to[first] = make(map[string][]V)
	}
	to[first][second] = append(to[first][second], v)
}

func each(ctx context.Context, db *sql.DB, query string, take func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
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
