package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const erasuresPath = "/api/admin/erasures"

// erased waits until the newest erasure is done.
func (y *yard) erased() map[string]any {
	y.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if rows := y.get(erasuresPath, fullKey).rows(y.t); len(rows) > 0 && rows[0]["finishedAt"] != nil {
			return rows[0]
		}
	}
	y.t.Fatal("the erasure does not end")
	return nil
}

// person makes every sort of trace that a tag leaves at charger 41, and one of
// the same tag at the stranger's charger.
func (y *yard) person(tag string) {
	y.t.Helper()
	y.connects(95)
	for _, charger := range []charging.ID{41, 95} {
		y.sends(charger, "Authorize", `{"idTag":"`+tag+`"}`)
		y.sends(charger, "DataTransfer", `{"vendorId":"x","data":"{\"card\":\"`+tag+`\"}"}`)
		tx := y.starts(charger, 1, strings.ToLower(tag), 1000)
		y.stops(charger, tx, 2000)
		y.parts.messages.Append(charging.Message{ID: int64(charger), ChargerID: charger, Identity: "x", Protocol: "ocpp1.6", FromCharger: true,
			Action: "Authorize", MessageID: "m", At: y.now, Answered: y.now, Payload: []byte(`{"idTag":"` + tag + `"}`), Response: []byte(`{}`)})
	}
	y.keep(func(b *charging.Batch) {
		b.Commands = append(b.Commands, &charging.Command{ID: 9001, ChargerID: 41, Action: "RemoteStartTransaction", Status: charging.CommandAnswered,
			Payload: []byte(`{"idTag":"` + tag + `"}`), Response: []byte(`{"status":"Accepted"}`), CreatedAt: y.now, AnsweredAt: y.now})
		b.Lists = append(b.Lists, charging.LocalList{ChargerID: 41, Version: 3, Entries: []byte(`{"` + tag + `":{},"OTHERCARD":{}}`), Entitled: []byte{1}, UpdatedAt: y.now})
	})
}

func TestAPersonIsErasedEverywhere(t *testing.T) {
	y := newAccessYard(t)
	y.person("A0B1C2D3")
	asked := y.post(erasuresPath, fullKey, `{"accessId":310,"tag":null}`).data(t)
	if asked["actor"] != "key full" || asked["askedAt"] == nil || asked["accessId"] == nil {
		t.Errorf("%v", asked)
	}
	pseudonym := asked["pseudonym"].(string)
	card := y.get("/api/access-ids/310", fullKey).thing(t, "accessId") // at once
	compare(t, card, "ocppIdTag", fmt.Sprintf("%q", pseudonym))
	compare(t, card, "name", `""`)
	compare(t, card, "authorizationStatus", `"Revoked"`)
	compare(t, card, "vehicle", `null`)
	y.connects(42)
	status := y.sends(42, "Authorize", `{"idTag":"A0B1C2D3"}`)["idTagInfo"].(map[string]any)["status"]
	if status != "Invalid" {
		t.Errorf("the tag is answered %v", status)
	}
	done := y.erased()
	for member, least := range map[string]int64{"sessions": 1, "records": 3, "commands": 1, "messages": 1, "others": 2} {
		if n := idIn(map[string]any{"id": done["counts"].(map[string]any)[member]}); n < least {
			t.Errorf("%d %s were changed", n, member)
		}
	}
	if done["stage"] != "done" || len(done["outOfReach"].([]any)) == 0 {
		t.Errorf("%v", done)
	}
	y.holdsNo("A0B1C2D3", 41)
	history := string(y.get("/api/chargers/41/history", fullKey).body)
	if !strings.Contains(history, pseudonym) {
		t.Errorf("the history does not show the pseudonym: %s", history)
	}
	list, err := y.store.LocalList(t.Context(), 41)
	if err != nil || list.Version != 3 || list.Entries != nil {
		t.Errorf("the local list is %+v, %v", list, err)
	}
	stranger := string(y.get("/api/chargers/95/history", strangerKey).body)
	if !strings.Contains(strings.ToUpper(stranger), "A0B1C2D3") || strings.Contains(stranger, pseudonym) {
		t.Errorf("the stranger's history was changed: %s", stranger)
	}
	if m, ok, err := y.parts.messages.Find(t.Context(), 95); !ok || err != nil || !strings.Contains(string(m.Payload), "A0B1C2D3") {
		t.Errorf("the stranger's messages were changed: %s %v", m.Payload, err)
	}
	y.restart(y.now)
	y.holdsNo("A0B1C2D3", 41)
	if got := y.get(erasuresPath, fullKey).rows(t); len(got) != 1 || got[0]["finishedAt"] != done["finishedAt"] {
		t.Errorf("after a restart: %v", got)
	}
}

// holdsNo checks that nothing of a charger that the API shows holds a text, nor
// any row of the database or raw message of it.
func (y *yard) holdsNo(text string, charger charging.ID) {
	y.t.Helper()
	for _, path := range []string{"/api/chargers/%d/history", "/api/chargers/%d/commands", "/api/chargers/%d/local-list", "/api/ocpp-messages?chargerId=%d"} {
		a := y.get(fmt.Sprintf(path, charger), fullKey)
		if a.StatusCode != http.StatusOK || bytes.Contains(bytes.ToUpper(a.body), []byte(text)) {
			y.t.Errorf("%s: %s %s", fmt.Sprintf(path, charger), a.Status, a.body)
		}
	}
	for _, path := range []string{"/api/access-ids", "/api/vehicles", erasuresPath} {
		if a := y.get(path, fullKey); bytes.Contains(bytes.ToUpper(a.body), []byte(text)) {
			y.t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestNothingOfAnErasedPersonIsLeftInTheFiles(t *testing.T) {
	y := newAccessYard(t)
	y.at("12:00:00").sends(41, "Authorize", `{"idTag":"A0B1C2D3"}`)
	y.stops(41, y.starts(41, 1, "A0B1C2D3", 1), 2)
	y.parts.messages.Append(charging.Message{ID: 5, ChargerID: 41, Identity: "x", Protocol: "ocpp1.6", Action: "Authorize", MessageID: "m",
		At: y.now, Payload: []byte(`{"idTag":"A0B1C2D3"}`)})
	y.post(erasuresPath, fullKey, `{"tag":"a0b1c2d3"}`).data(t)
	y.erased()
	y.restart(y.now) // closing the database writes its log into it
	err := filepath.WalkDir(y.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "lock" {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToUpper(b), []byte("A0B1C2D3")) || bytes.Contains(b, []byte("Card 12")) {
			t.Errorf("%s still holds the tag or the name", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnErasureWaitsForTheSessionAndGoesOnAfterACrash(t *testing.T) {
	y := newAccessYard(t)
	tx := y.at("12:00:00").starts(41, 1, "A0B1C2D3", 1000)
	y.post(erasuresPath, fullKey, `{"accessId":310}`).data(t)
	// What is changed meanwhile stays, and the configuration whole.
	y.patch("/api/access-ids/310", fullKey, `{"accessId":{"name":"Spare card"}}`).thing(t, "accessId")
	y.restart(y.now)
	if row := y.get(erasuresPath, fullKey).rows(t)[0]; row["stage"] != "waiting" || row["finishedAt"] != nil {
		t.Errorf("while the session runs: %v", row)
	}
	y.at("12:05:00").connects(41)
	y.stops(41, tx, 2000)
	if done := y.erased(); fmt.Sprint(done["counts"].(map[string]any)["sessions"]) != "1" {
		t.Errorf("%v", done)
	}
	y.holdsNo("A0B1C2D3", 41)
	y.restart(y.now)
	if name := y.fleet.Estate().AccessID(310).Name; name != "Spare card" {
		t.Errorf("the access ID is called %q", name)
	}
	y.connects(41)
	t.Run("in the middle of each stage", func(t *testing.T) {
		id := charging.ID(70)
		for stage := charging.ErasureVersions; stage != charging.ErasureDone; stage = stage.Next() {
			id++
			tag := "CRASH" + strings.ToUpper(string(stage))
			y.stops(41, y.starts(41, 1, tag, 5000), 6000)
			e := charging.Erasure{ID: id, OrganizationID: 3, Tag: tag, Pseudonym: "erased-" + string(stage), Actor: "key full",
				AskedAt: y.now, Stage: stage}
			if err := y.store.SaveErasure(context.Background(), &e); err != nil {
				t.Fatal(err)
			}
		}
		y.restart(y.now)
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			open, err := y.store.OpenErasures(t.Context())
			if err != nil || time.Now().After(end) {
				t.Fatal("they do not end", open, err)
			}
			if len(open) == 0 {
				break
			}
		}
	})
}

func TestATagWithoutAnAccessIDIsErasedWhereNobodyElseHasIt(t *testing.T) {
	y := newAccessYard(t)
	y.connects(50)
	// At the Fernway buses, the same tag is somebody else.
	y.configure(&charging.Change{Actor: "test", AccessIDs: []charging.AccessID{{ID: 450, OrganizationID: 4, Tag: "SHARED77", Type: charging.TypeRFID}},
		Ports: []charging.PortSettings{{ID: 97, ChargerID: 50, Number: 1, Name: "Port 1"}}})
	for _, charger := range []charging.ID{41, 50} {
		y.sends(charger, "Authorize", `{"idTag":"SHARED77"}`)
	}
	if row := y.post(erasuresPath, fullKey, `{"tag":"shared77"}`).data(t); row["accessId"] != nil || fmt.Sprint(row["organizationId"]) != "3" {
		t.Errorf("%v", row)
	}
	y.erased()
	y.holdsNo("SHARED77", 41)
	if body := string(y.get("/api/chargers/50/history", parentKey).body); !strings.Contains(body, "SHARED77") {
		t.Errorf("the other's tag is gone: %s", body)
	}
	if a := y.fleet.Estate().AccessID(450); a.Tag != "SHARED77" || a.Revoked {
		t.Errorf("the other's card is %+v", a)
	}
}

func TestAnErasureIsRefusedWithAReason(t *testing.T) {
	y := newAccessYard(t)
	f := func(key, body string, status int, text string) {
		t.Helper()
		y.post(erasuresPath, key, body).is(t, status, text)
	}
	const one = "accessId: must be given or else tag, not both"
	f(fullKey, `{}`, http.StatusBadRequest, one)
	f(fullKey, `{"accessId":310,"tag":"x"}`, http.StatusBadRequest, one)
	f(fullKey, `{"accessId":"310"}`, http.StatusBadRequest, "accessId: must be a whole number")
	f(fullKey, `{"tag":7}`, http.StatusBadRequest, "tag: must be a text")
	f(fullKey, `{"tag":" "}`, http.StatusBadRequest, "tag: must not be empty")
	for _, id := range []string{"390", "312", "999999", "0"} {
		f(fullKey, `{"accessId":`+id+`}`, http.StatusBadRequest, "accessId: is the id of no access ID")
	}
	f(limitedKey, `{"accessId":310}`, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	f(readerKey, `{"accessId":310}`, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.get(erasuresPath, readerKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	if rows := y.get(erasuresPath, fullKey).rows(t); len(rows) != 0 || y.fleet.Estate().AccessID(310).Revoked {
		t.Errorf("%v", rows)
	}
	t.Run("the record is in pages, of the organization and its children", func(t *testing.T) {
		for i := range 205 {
			e := charging.Erasure{ID: charging.ID(1 + i), OrganizationID: []charging.ID{3, 9}[i%2], Pseudonym: "erased-1", Actor: "test", AskedAt: y.now,
				FinishedAt: y.now, Stage: charging.ErasureDone}
			if err := y.store.SaveErasure(t.Context(), &e); err != nil {
				t.Fatal(err)
			}
		}
		first := y.get(erasuresPath, parentKey)
		second := y.get(erasuresPath+"?nextPageCursor="+first.next(t), parentKey)
		if a, b := first.rows(t), second.rows(t); len(a) != 100 || len(b) != 3 || fmt.Sprint(a[0]["id"]) != "205" || fmt.Sprint(b[2]["id"]) != "1" {
			t.Errorf("%d and %d rows", len(a), len(b))
		}
		if cursor := second.next(t); cursor != "" {
			t.Errorf("there is more behind the end: %s", cursor)
		}
		y.get(erasuresPath+"?nextPageCursor=!", fullKey).is(t, http.StatusBadRequest, "nextPageCursor: is none of this server's cursors; begin again without it")
	})
}
