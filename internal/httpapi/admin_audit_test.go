package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// refuses keeps a refused handshake.
func (y *yard) refuses(identity, remote string, at time.Time) {
	y.t.Helper()
	err := y.store.AddRefusal(y.t.Context(), charging.Refusal{At: at, Remote: remote, Request: "GET /ocpp/" + identity, Identity: identity,
		Status: 404, Reason: "no charger has the identity", Fix: "Add it."})
	if err != nil {
		y.t.Fatal(err)
	}
}

func TestARefusedChargerIsAdopted(t *testing.T) {
	y := newFurnishedYard(t)
	y.refuses("new-1", "192.0.2.1:5", y.now.Add(-time.Minute))
	y.refuses("new-2", "192.0.2.2:5", y.now)
	y.refuses("foreign", "192.0.2.3:5", y.now) // of another organization
	rows := y.get("/api/admin/refused", fullKey).rows(t)
	if got := asText(column(rows, "identity")); got != `["new-2","new-1"]` {
		t.Fatalf("refused: %s", got)
	}
	shows(t, rows[1], map[string]any{"identity": "new-1", "remoteAddress": "192.0.2.1:5", "request": "GET /ocpp/new-1", "status": 404, "count": 1,
		"reason": "no charger has the identity", "fix": "Add it.", "chargerId": nil, "adoptable": true})
	if got := y.get("/api/admin/refused?identity=new-1", fullKey).rows(t); len(got) != 1 {
		t.Errorf("of one identity: %v", got)
	}
	const adopt = "/api/admin/refused/adopt"
	y.post(adopt, fullKey, `{"identity":"never","siteId":12}`).is(t, http.StatusBadRequest,
		`identity: no charger called "never" was refused; POST /api/admin/chargers enters one that never connected`)
	y.post(adopt, fullKey, `{"identity":"new-1","siteId":90}`).is(t, http.StatusBadRequest, "siteId: there is no site 90")
	y.post(adopt, fullKey, `{"identity":"","siteId":12}`).is(t, http.StatusBadRequest,
		"identity: the identity is empty; it is the last part of the address that the charger connects to")
	made := y.post(adopt, fullKey, `{"identity":"new-1","siteId":13,"name":"Newest","generatePassword":true}`).data(t)
	shows(t, made, map[string]any{"ocppId": "new-1", "name": "Newest", "siteId": 13, "hasPassword": true})
	if password, _ := made["password"].(string); len(password) != 40 {
		t.Errorf("password %v", made["password"])
	}
	y.post(adopt, fullKey, `{"identity":"new-1","siteId":13}`).is(t, http.StatusBadRequest,
		"ocppId: charger "+idText(made)+` (Newest) has the identity "new-1" already`)
	shows(t, y.get("/api/admin/refused?identity=new-1", fullKey).rows(t)[0], map[string]any{"chargerId": made["id"], "adoptable": false})
}

func TestTheIdentityOfARetiredChargerIsAdoptedAnew(t *testing.T) {
	y := newFurnishedYard(t)
	y.post("/api/admin/chargers/41/retire", fullKey, "").data(t)
	y.refuses("voltix-0917", "192.0.2.1:5", y.now)
	made := y.post("/api/admin/refused/adopt", fullKey, `{"identity":"voltix-0917","siteId":12}`).data(t)
	if idText(made) == "41" {
		t.Error("the retired charger came back")
	}
	y.restart(y.now)
	if c := y.fleet.Estate().ChargerByIdentity("voltix-0917"); c == nil || c.ID != idNumber(t, made) {
		t.Errorf("the identity is of %+v", c)
	}
	shows(t, y.get("/api/admin/chargers/41", fullKey).data(t), map[string]any{"ocppId": "voltix-0917"})
}

func TestRefusalsPageToTheEnd(t *testing.T) {
	y := newFurnishedYard(t)
	for i := range 120 {
		y.refuses(fmt.Sprintf("u%d", i), fmt.Sprintf("192.0.2.%d:5", i), y.now.Add(time.Duration(i/2)*time.Second))
	}
	first := y.get("/api/admin/refused", fullKey)
	if n := len(first.rows(t)); n != 100 {
		t.Fatalf("%d rows", n)
	}
	y.refuses("late", "192.0.2.200:5", y.now.Add(time.Hour))
	second := y.get("/api/admin/refused?nextPageCursor="+first.next(t), fullKey)
	seen := map[any]bool{}
	for _, id := range append(column(first.rows(t), "identity"), column(second.rows(t), "identity")...) {
		if seen[id] {
			t.Errorf("%v comes twice", id)
		}
		seen[id] = true
	}
	if len(seen) != 120 || second.next(t) != "" {
		t.Errorf("%d refusals", len(seen))
	}
	y.get("/api/admin/refused?nextPageCursor=eA", fullKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
}

func TestTheAuditLogTellsWhoChangedWhat(t *testing.T) {
	y := newFurnishedYard(t)
	y.patch("/api/admin/chargers/42", fullKey, `{"name":"Post One","handsOff":true,"callTimeoutSeconds":30,"password":"a secret of it"}`).data(t)
	rows := y.get("/api/admin/audit?kind=charger&objectId=42", fullKey).rows(t)
	if len(rows) != 2 {
		t.Fatalf("rows %v", rows)
	}
	shows(t, rows[0], map[string]any{"actor": "key full", "action": "changed", "kind": "charger", "objectId": 42, "name": "Post One", "chargerId": nil, "status": nil})
	if got := asText(rows[0]["changes"]); got != `[{"field":"callTimeoutSeconds","new":30,"old":null},{"field":"handsOff","new":true,"old":false},`+
		`{"field":"name","new":"Post One","old":"Post 1"}]` {
		t.Errorf("changes %s", got)
	}
	shows(t, rows[1], map[string]any{"actor": "test", "action": "created", "name": "Post 1"})
	made := y.post("/api/admin/sites", fullKey, `{"name":"Short","sampleIntervalSeconds":30}`).data(t)
	y.delete("/api/admin/sites/"+idText(made), fullKey).data(t)
	rows = y.get("/api/admin/audit?kind=site&objectId="+idText(made), fullKey).rows(t)
	if len(rows) != 2 || rows[0]["action"] != "removed" || rows[0]["name"] != "Short" || rows[1]["action"] != "created" {
		t.Fatalf("rows %v", rows)
	}
	if got := asText(rows[1]["changes"]); !strings.Contains(got, `{"field":"sampleIntervalSeconds","new":30,"old":null}`) {
		t.Errorf("changes %s", got)
	}
	y.post("/api/chargers/41/reset", fullKey, `{}`)
	command := y.get("/api/admin/audit?kind=command", fullKey).rows(t)
	if len(command) != 1 {
		t.Fatalf("commands %v", command)
	}
	shows(t, command[0], map[string]any{"actor": "key full", "action": "commanded", "chargerId": 41, "order": "reset", "ocppAction": "Reset",
		"status": "answered", "version": nil, "name": nil})
	for query, want := range map[string]int{"actor=key+full": 4, "actor=nobody": 0, "kind=vehicle": 4, "objectId=42": 2,
		"startTimestamp=2999-01-01": 0, "endTimestamp=2000-01-01": 0, "actor=key+full&kind=charger": 1} {
		if got := y.get("/api/admin/audit?"+query, fullKey).rows(t); len(got) != want {
			t.Errorf("%s: %d rows, want %d: %v", query, len(got), want, got)
		}
	}
	text := string(y.get("/api/admin/audit", fullKey).body)
	for _, secret := range []string{"hmac", "password_hash", "passwordHash", "a secret of it", `"hash"`} {
		if strings.Contains(text, secret) {
			t.Errorf("the audit log shows %q", secret)
		}
	}
	for _, row := range y.get("/api/admin/audit", y.manager(30, "cy_foreign_manager", 9, nil, nil)).rows(t) {
		if name := row["name"]; name != "Stranger" && name != "Elsewhere" && name != "Foreign" && name != "Port 1" && name != "Stranger's" &&
			name != strangerKey && name != "cy_foreign_manager" {
			t.Errorf("a stranger sees %v", row)
		}
	}
	before := y.get("/api/admin/audit", fullKey).rows(t)
	y.restart(y.now)
	if after := y.get("/api/admin/audit", fullKey).rows(t); asText(after) != asText(before) {
		t.Error("a restart changes the audit log")
	}
}

func TestTheAuditLogPagesToTheEndWhileRowsArrive(t *testing.T) {
	y := newFurnishedYard(t)
	at := y.now.Add(-time.Hour)
	ch := &charging.Change{Actor: "bulk", At: at}
	for id := charging.ID(1000); id < 1120; id++ {
		ch.Sites = append(ch.Sites, charging.Site{ID: id, OrganizationID: 3, Name: "S", Timezone: "UTC"})
	}
	y.configure(ch)
	// Commands of the very same moment stand among them.
	y.keep(func(b *charging.Batch) {
		for id := charging.ID(5000); id < 5110; id++ {
			b.Commands = append(b.Commands, &charging.Command{ID: id, ChargerID: 41, Actor: "bulk", Action: "Reset", Payload: []byte("{}"),
				Status: charging.CommandAnswered, CreatedAt: at})
		}
	})
	seen, pages := map[string]bool{}, 0
	path := "/api/admin/audit?actor=bulk"
	for cursor := ""; ; pages++ {
		a := y.get(path+cursor, fullKey)
		for _, row := range a.rows(t) {
			name := asText([]any{row["kind"], row["objectId"]})
			if seen[name] {
				t.Errorf("%s comes twice", name)
			}
			seen[name] = true
		}
		if a.next(t) == "" {
			break
		}
		y.configure(&charging.Change{Actor: "bulk", Sites: []charging.Site{{ID: charging.ID(2000 + pages), OrganizationID: 3, Name: "Late", Timezone: "UTC"}}})
		cursor = "&nextPageCursor=" + a.next(t)
	}
	if len(seen) != 230 || pages != 2 {
		t.Errorf("%d rows on %d pages more", len(seen), pages)
	}
	y.get("/api/admin/audit?nextPageCursor=eA", fullKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
	y.get("/api/admin/audit?objectId=x", fullKey).is(t, http.StatusBadRequest, "objectId: must be a whole number from 1 to 9007199254740991")
	y.get("/api/admin/audit?startTimestamp=x", fullKey).is(t, http.StatusBadRequest, `startTimestamp: "x" is no time; write it like 2026-03-02T06:00:00Z`)
}
