package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const commandsPath = "/api/chargers/41/commands"

func TestACommandIsAnsweredWithWhatBecameOfIt(t *testing.T) {
	y := newFurnishedYard(t)
	row := y.post(commandsPath, fullKey, `{"action":"Reset","payload":{"type":"Soft"},"timeoutSeconds":600,"note":"ignored"}`).data(t)
	for _, member := range []string{"createdAt", "sentAt", "answeredAt"} {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", row[member].(string)); err != nil {
			t.Error(err)
		}
		delete(row, member)
	}
	compare(t, map[string]any{"row": row}, "row", fmt.Sprintf(`{"id":%v,"chargerId":41,"order":null,"action":"Reset","payload":{"type":"Soft"},
		"status":"answered","outcome":"accepted","response":{"status":"Accepted"},"error":null,"actor":"key full","protocol":"ocpp1.6",
		"sessionId":null,"confirmedAt":null}`, row["id"]))
	if c := y.parts.link.last(t); c.Action != "Reset" || c.ChargerID != 41 || string(c.Payload) != `{"type":"Soft"}` || c.Timeout != 10*time.Minute {
		t.Errorf("sent %+v", c)
	}
	again := y.get(fmt.Sprintf("/api/commands/%v", row["id"]), northlineKey).data(t)
	compare(t, again, "status", `"answered"`)
	t.Run("without a payload it is empty", func(t *testing.T) {
		for _, body := range []string{`{"action":"ClearCache"}`, `{"action":"ClearCache","payload":null}`} {
			compare(t, y.post(commandsPath, fullKey, body).data(t), "payload", `{}`)
		}
	})
	t.Run("a refusal has its code", func(t *testing.T) {
		y.parts.link.answers(charging.Answer{Status: charging.CommandRefused,
			Error: &charging.CommandError{Code: "NotSupported", Description: "not here", Details: []byte(`{"a":1}`)}})
		row := y.post(commandsPath, fullKey, `{"action":"ClearCache"}`).data(t)
		compare(t, row, "status", `"refused"`)
		compare(t, row, "outcome", `"notSupported"`)
		compare(t, row, "error", `{"code":"NotSupported","description":"not here","details":{"a":1}}`)
	})
	t.Run("silence is told as such", func(t *testing.T) {
		y.parts.link.answers(charging.Answer{Status: charging.CommandTimedOut, Error: &charging.CommandError{Description: "no answer"}})
		row := y.post(commandsPath, fullKey, `{"action":"ClearCache"}`).data(t)
		compare(t, row, "status", `"timedOut"`)
		compare(t, row, "error", `{"code":null,"description":"no answer","details":null}`)
	})
	t.Run("a charger that is not connected is told nothing", func(t *testing.T) {
		y.parts.link.hangsUp(41)
		before := y.parts.link.count()
		row := y.post(commandsPath, fullKey, `{"action":"ClearCache"}`).data(t)
		compare(t, row, "status", `"notConnected"`)
		compare(t, row, "error.description", `"The charger is not connected."`)
		if y.parts.link.count() != before {
			t.Error("it was sent")
		}
	})
}

func TestACommandNeedNotBeWaitedFor(t *testing.T) {
	y := newFurnishedYard(t)
	y.parts.link.hold()
	for _, word := range []string{"false", "0", "FALSE"} {
		row := y.post(commandsPath+"?wait="+strings.ToLower(word), fullKey, `{"action":"ClearCache"}`).envelope(t, http.StatusAccepted)["data"].(map[string]any)
		if status := row["status"]; status != "queued" && status != "sent" {
			t.Errorf("status %v", status)
		}
	}
	y.parts.link.release()
	for _, word := range []string{"?wait=true", "?wait=1", "?wait", "?wait="} {
		compare(t, y.post(commandsPath+word, fullKey, `{"action":"ClearCache"}`).data(t), "status", `"answered"`)
	}
	y.post(commandsPath+"?wait=perhaps", fullKey, `{"action":"ClearCache"}`).is(t, http.StatusBadRequest, "wait: must be true or false")
}

func TestAClientThatHangsUpCancelsNothing(t *testing.T) {
	y := newFurnishedYard(t)
	y.parts.link.hold()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan answer)
	go func() {
		done <- y.do(withBody(http.MethodPost, commandsPath, fullKey, "application/json", `{"action":"ClearCache"}`).WithContext(ctx))
	}()
	// The API tells only what is stored, a moment after the call has left.
	for y.parts.link.count() == 0 || y.newest(41).Status != charging.CommandSent {
		time.Sleep(time.Millisecond)
	}
	cancel()
	row := (<-done).data(t)
	compare(t, row, "status", `"sent"`)
	y.parts.link.release()
	over, err := y.parts.commands.Wait(t.Context(), y.newestCommand(41))
	if err != nil || over.Status != charging.CommandAnswered {
		t.Errorf("%+v, %v", over, err)
	}
}

func (y *yard) newestCommand(charger charging.ID) charging.ID {
	y.t.Helper()
	return y.newest(charger).ID
}

func (y *yard) newest(charger charging.ID) charging.CommandResult {
	y.t.Helper()
	list, err := y.parts.commands.List(y.t.Context(), charging.CommandQuery{ChargerID: charger, Limit: 1})
	if err != nil || len(list) == 0 {
		y.t.Fatalf("no command: %v", err)
	}
	return list[0]
}

func TestWhatDoesNotFitIsRefusedByMemberAndRule(t *testing.T) {
	y := newFurnishedYard(t)
	is := func(body, text string) {
		t.Helper()
		y.post(commandsPath, fullKey, body).is(t, http.StatusBadRequest, text)
	}
	is(``, "action: is missing; GET /api/ocpp/actions lists those of each version")
	is(`{"payload":{}}`, "action: is missing; GET /api/ocpp/actions lists those of each version")
	is(`{"action":5}`, "action: must be a text")
	is(`{"action":"Reset","timeoutSeconds":"5"}`, "timeoutSeconds: must be a whole number")
	is(`{"action":"Reset","timeoutSeconds":1.5}`, "timeoutSeconds: must be a whole number")
	is(`{"action":"Reset","timeoutSeconds":0}`, "timeoutSeconds: must be from 1 to 600")
	is(`{"action":"Reset","timeoutSeconds":601}`, "timeoutSeconds: must be from 1 to 600")
	is(`[]`, "The body must be a JSON object")
	is(`{"action"`, "The body is no JSON: unexpected end of JSON input")
	is(`{"action":"Reset","payload":{"type":"Sort"}}`, "payload.type: is none of Hard, Soft")
	is(`{"action":"Reset"}`, "payload.type: is missing")
	is(`{"action":"Reset","payload":[]}`, "payload: is no object")
	is(`{"action":"Resett"}`, `action: ocpp1.6 has no "Resett"; did you mean Reset?`)
	is(`{"action":"RequestStartTransaction"}`, `action: ocpp1.6 has no "RequestStartTransaction"; did you mean RemoteStartTransaction?`)
	is(`{"action":"Zzzzzzzz"}`, `action: ocpp1.6 has no "Zzzzzzzz"; GET /api/ocpp/actions?protocol=ocpp1.6 lists its actions`)
	is(`{"action":"BootNotification"}`, "action: BootNotification is sent by chargers, not to them")
	is(strings.Repeat(" ", 1<<20+1), "The body is longer than 1048576 bytes")
	y.post(commandsPath, fullKey, `{"action":"ClearCache"}`, "Idempotency-Key", strings.Repeat("k", 256)).
		is(t, http.StatusBadRequest, "Idempotency-Key: is longer than 255 characters")
	broken := withBody(http.MethodPost, commandsPath, fullKey, "application/json", `{"action":"ClearCache"}`)
	broken.Body = io.NopCloser(iotest.ErrReader(errors.New("the line broke")))
	y.do(broken).is(t, http.StatusBadRequest, "The body could not be read: the line broke")
	if y.parts.link.count() != 0 {
		t.Error("something was sent")
	}
}

func TestCommandsAreForThoseWhoMay(t *testing.T) {
	y := newFurnishedYard(t)
	const reset = `{"action":"Reset","payload":{"type":"Soft"}}`
	lacks := `This API key may not do that: it lacks "control"`
	y.post(commandsPath, northlineKey, reset).is(t, http.StatusForbidden, lacks)
	y.post("/api/chargers/41/start", northlineKey, `{"tag":"A0B1C2D3"}`).is(t, http.StatusForbidden, lacks)
	y.post("/api/chargers/95/commands", fullKey, reset).is(t, http.StatusNotFound, "Not found")
	y.post("/api/chargers/999/commands", fullKey, reset).is(t, http.StatusNotFound, "Not found")
	y.post("/api/chargers/x/commands", fullKey, reset).is(t, http.StatusNotFound, "Not found")
	y.post(commandsPath, limitedKey, reset).is(t, http.StatusNotFound, "Not found")
	y.post(commandsPath, "cy_nobody", reset).is(t, http.StatusUnauthorized, "Invalid API key")
	compare(t, y.post("/api/chargers/42/commands", limitedKey, `{"action":"ClearCache"}`).data(t), "actor", `"key limited"`)
	compare(t, y.post(commandsPath, controlKey, reset).data(t), "status", `"answered"`)
	id := y.newestCommand(41)
	y.get(fmt.Sprintf("/api/commands/%d", id), limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get(fmt.Sprintf("/api/commands/%d", id+50_000), fullKey).is(t, http.StatusNotFound, "Not found")
	y.get(fmt.Sprintf("/api/commands/%d", id), controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get(commandsPath, limitedKey).is(t, http.StatusNotFound, "Not found")
	y.ask(http.MethodDelete, commandsPath, fullKey).is(t, http.StatusNotFound, "Not found")
}

func TestARepeatUnderAKeyIsTheSameCommand(t *testing.T) {
	y := newFurnishedYard(t)
	give := func(key, body string) answer {
		t.Helper()
		return y.post(commandsPath, key, body, "Idempotency-Key", "one")
	}
	first := give(fullKey, `{"action":"Reset","payload":{"type":"Soft"}}`).data(t)
	again := give(fullKey, `{ "action": "Reset", "payload": { "type": "Soft" } }`).data(t)
	if diff := cmp.Diff(first, again); diff != "" || y.parts.link.count() != 1 {
		t.Errorf("%d were sent: %s", y.parts.link.count(), diff)
	}
	other := "Idempotency-Key: was used for another request in the last 24 hours; choose a new one"
	give(fullKey, `{"action":"Reset","payload":{"type":"Hard"}}`).is(t, http.StatusBadRequest, other)
	y.post("/api/chargers/41/reset", fullKey, `{}`, "Idempotency-Key", "one").is(t, http.StatusBadRequest, other)
	if theirs := give(controlKey, `{"action":"Reset","payload":{"type":"Hard"}}`).data(t); theirs["id"] == first["id"] {
		t.Error("the key of another client is the same")
	}
}

func TestAHundredCommandsMayWait(t *testing.T) {
	y := newFurnishedYard(t)
	y.parts.link.hold()
	for range 101 { // one of them leaves
		y.post(commandsPath+"?wait=false", fullKey, `{"action":"ClearCache"}`).envelope(t, http.StatusAccepted)
		for y.parts.link.count() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	y.post(commandsPath+"?wait=false", fullKey, `{"action":"ClearCache"}`).is(t, http.StatusBadRequest,
		"100 commands wait for this charger already; wait until some of them have left")
}

func TestCommandsAreListedNewestFirst(t *testing.T) {
	y := newFurnishedYard(t)
	if rows := y.get(commandsPath, northlineKey).rows(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	for range 150 {
		y.post(commandsPath, fullKey, `{"action":"ClearCache"}`).data(t)
	}
	first := y.get(commandsPath, northlineKey)
	second := y.get(commandsPath+"?nextPageCursor="+first.next(t), northlineKey)
	ids := append(column(first.rows(t), "id"), column(second.rows(t), "id")...)
	if len(first.rows(t)) != 100 || len(ids) != 150 || second.next(t) != "" || fmt.Sprint(ids[0]) != fmt.Sprint(y.newestCommand(41)) {
		t.Errorf("%d and %d rows, the first %v", len(first.rows(t)), len(second.rows(t)), ids[0])
	}
	y.get(commandsPath+"?nextPageCursor=eA", northlineKey).is(t, http.StatusBadRequest,
		"nextPageCursor: is none of this server's cursors; begin again without it")
}

func TestTheCatalogueOfActions(t *testing.T) {
	y := newFurnishedYard(t)
	for protocol, action := range map[string]string{"ocpp1.6": "RemoteStartTransaction", "ocpp2.0.1": "GetVariables", "ocpp2.1": "SetDERControl"} {
		rows := y.get("/api/ocpp/actions?protocol="+protocol, northlineKey).rows(t)
		found := false
		for _, name := range column(rows, "action") {
			found = found || name == action
		}
		if !found {
			t.Errorf("%s has no %s", protocol, action)
		}
	}
	y.get("/api/ocpp/actions?protocol=ocpp1.5", northlineKey).is(t, http.StatusBadRequest, `protocol: "ocpp1.5" is none of ocpp1.6, ocpp2.0.1, ocpp2.1`)
	y.get("/api/ocpp/actions", northlineKey).is(t, http.StatusBadRequest, `protocol: "" is none of ocpp1.6, ocpp2.0.1, ocpp2.1`)
}
