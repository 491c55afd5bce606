package store

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// TestPastIsFoundByIndex keeps reads of one thing from going through all of
// them.
func TestPastIsFoundByIndex(t *testing.T) {
	s := openTest(t)
	for st, index := range map[statement]string{
		historyOfKind: "history_by_kind (charger_id=? AND kind=? AND id<?)", historyOfNote: "history_by_note (charger_id=? AND note=? AND id<?)",
		historyOfPort: "PRIMARY KEY (charger_id=? AND port_number=? AND id>? AND id<?)", historyPorts: "PRIMARY KEY (charger_id=? AND port_number>?)",
		historyWindow: "PRIMARY KEY (charger_id=? AND port_number=? AND id<?)", findFiled: "PRIMARY KEY (charger_id=? AND kind=? AND hash=?)",
		recallSessions: "PRIMARY KEY (charger_id=? AND kind=? AND hash=?)",
		searchBack:     "PRIMARY KEY (list=? AND of_customer=? AND of_charger=? AND at>? AND (at,id)<(?,?))",
		searchForth:    "PRIMARY KEY (list=? AND of_customer=? AND of_charger=? AND (at,id)>(?,?) AND at<?)",
		timesInList:    "PRIMARY KEY (list=? AND of_customer=? AND of_charger=? AND at>? AND at<?)",
		pageCommands:   "commands_by_charger (charger_id=?)", findCommand: "commands_by_idempotency (key_id=? AND idempotency_key=?)",
		openCommands: "commands_open (id>?)", unconfirmedCommands: "commands_unconfirmed (created_at>?)", pageUploads: "uploads_by_charger (charger_id=?)",
		findUpload: "uploads_by_token (token_hash=?)", findFirmware: "firmware_by_name (name=?)",
		pageVariables: "sqlite_autoindex_variables_1 (charger_id=? AND ",
	} {
		if plan := planOf(t, s, st); !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("want %s:\n%s\n%s", index, statements[st], plan)
		}
	}
}

func planOf(t *testing.T, s *Store, st statement) string {
	t.Helper()
	args := make([]any, strings.Count(statements[st], "$")) // at least as many as there are
	for n := len(args); n > 0 && !strings.Contains(statements[st], "$"+strconv.Itoa(n)); n-- {
		args = args[:n-1]
	}
	rows, err := s.db.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statements[st], args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "\n")
}

// TestBulkKindsAreThoseOfTheIndex ties the list in Go to the one in SQL.
func TestBulkKindsAreThoseOfTheIndex(t *testing.T) {
	want := []charging.RecordKind{4, 7, 12, 13}
	const inSQL = "kind <> 4 AND kind <> 7 AND kind <> 12 AND kind <> 13"
	if !slices.Equal(bulkKinds, want) || !strings.Contains(statements[historyOfKind], inSQL) {
		t.Errorf("%v in Go, and in SQL %s", bulkKinds, statements[historyOfKind])
	}
	for _, step := range steps(t) {
		if strings.Contains(step.text, "history_by_kind") && strings.Contains(step.text, inSQL) {
			return
		}
	}
	t.Errorf("no index of the migrations says %s", inSQL)
}
