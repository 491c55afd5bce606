package httpapi_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// logs keeps a raw message of charger 41, as the gateway does.
func (y *yard) logs(id int64, at time.Time, action, payload, response string) {
	m := charging.Message{ID: id, ChargerID: 41, Identity: "voltix-0917", Protocol: "ocpp1.6", FromCharger: true, Action: action,
		MessageID: "w" + strconv.FormatInt(id, 10), At: at, Payload: ocpp.Redact([]byte(payload))}
	if response != "" {
		m.Answered, m.Response = at.Add(time.Millisecond), ocpp.Redact([]byte(response))
	}
	y.parts.messages.Append(m)
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func TestMessagesAreListedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	now := y.now
	y.logs(1, now.Add(-25*time.Hour), "BootNotification", `{}`, `{}`)
	y.logs(2, now.Add(-3*time.Hour), "Authorize", `{"idTag":"A"}`, `{"idTagInfo":{"status":"Accepted"}}`)
	y.logs(3, now.Add(-2*time.Hour), "DataTransfer", `{"vendorId":"x"}`, `{"errorCode":"InternalError","errorDescription":"no","errorDetails":{}}`)
	y.logs(4, now.Add(-time.Hour), "ChangeConfiguration", `{"key":"AuthorizationKey","value":"0123456789abcdef"}`, "")
	list := func(query string) []any {
		t.Helper()
		return column(y.get("/api/ocpp-messages?chargerId=41"+query, northlineKey).rows(t), "messageType")
	}
	want := func(query string, types ...any) {
		t.Helper()
		if diff := cmp.Diff(types, list(query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	t.Run("the last 24 hours, newest first", func(t *testing.T) {
		want("", "ChangeConfiguration", "DataTransfer", "Authorize")
	})
	t.Run("the default start is 24 hours before the end", func(t *testing.T) {
		want("&endTimestamp="+iso(now.Add(-150*time.Minute)), "Authorize", "BootNotification")
	})
	t.Run("a range", func(t *testing.T) {
		want("&startTimestamp="+iso(now.Add(-150*time.Minute))+"&endTimestamp="+iso(now.Add(-90*time.Minute)), "DataTransfer")
	})
	t.Run("one type or several, in every form of a list", func(t *testing.T) {
		want("&messageType=Authorize", "Authorize")
		want("&messageType[]=Authorize&messageType[]=DataTransfer", "DataTransfer", "Authorize")
		want("&messageType=Authorize&messageType=DataTransfer", "DataTransfer", "Authorize")
		want("&messageType%5B%5D=Authorize", "Authorize")
		want("&messageType[0]=Authorize&messageType[1]=DataTransfer", "DataTransfer", "Authorize")
		want("&messageType=", "ChangeConfiguration", "DataTransfer", "Authorize")
		want("&messageType=Nothing")
	})
	rows := y.get("/api/ocpp-messages?chargerId=41", northlineKey).rows(t)
	t.Run("a row is a call with its answer", func(t *testing.T) {
		compare(t, map[string]any{"row": rows[2]}, "row", `{"id":2,"createdAt":"`+iso(now.Add(-3*time.Hour))+`","ocppChargerIdentity":"voltix-0917",
			"messageType":"Authorize","messagePayload":{"idTag":"A"},"messageResponse":{"idTagInfo":{"status":"Accepted"}},"chargerId":41,
			"protocol":"ocpp1.6","sentBy":"charger","answeredAt":"`+iso(now.Add(-3*time.Hour+time.Millisecond))+`","ocppMessageId":"w2"}`)
	})
	t.Run("a refusal is an object", func(t *testing.T) {
		compare(t, rows[1], "messageResponse", `{"errorCode":"InternalError","errorDescription":"no","errorDetails":{}}`)
	})
	t.Run("what was not answered is null, and secrets are not shown", func(t *testing.T) {
		compare(t, rows[0], "messageResponse", `null`)
		compare(t, rows[0], "answeredAt", `null`)
		compare(t, rows[0], "messagePayload", `{"key":"AuthorizationKey","value":"***"}`)
	})
	t.Run("one by its id", func(t *testing.T) {
		compare(t, y.get("/api/ocpp-messages/1", northlineKey).data(t), "messageType", `"BootNotification"`)
	})
}

func TestMessagesArePagedInAWindowThatStands(t *testing.T) {
	y := newFurnishedYard(t)
	for i := range 7 {
		y.logs(int64(i+1), y.now.Add(time.Duration(i-10)*time.Minute), "Heartbeat", `{}`, `{}`)
	}
	var ids []any
	path := "/api/ocpp-messages?chargerId=41&limit=3"
	for cursor := ""; ; {
		a := y.get(path+"&nextPageCursor="+cursor, northlineKey)
		ids = append(ids, column(a.rows(t), "id")...)
		if cursor = a.next(t); cursor == "" {
			break
		}
		// Neither what comes in between nor padding changes the pages.
		y.logs(int64(100+len(ids)), time.Now().Add(time.Second), "Heartbeat", `{}`, `{}`)
		cursor += "=="
	}
	want := decode(t, []byte(`[7,6,5,4,3,2,1]`))
	if diff := cmp.Diff(want, any(ids)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rows := y.get("/api/ocpp-messages?chargerId=41&limit=500", northlineKey).rows(t); len(rows) != 7 {
		t.Errorf("%d rows of one page", len(rows))
	}
}

func TestMessagesAreRefusedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	y.logs(1, y.now, "Heartbeat", `{}`, `{}`)
	is := func(query string, status int, text string) {
		t.Helper()
		y.get("/api/ocpp-messages?"+query, northlineKey).is(t, status, text)
	}
	const bad = http.StatusBadRequest
	is("", bad, "chargerId: is missing; GET /api/sites shows the chargers' ids")
	is("chargerId=x", bad, "chargerId: must be a whole number from 1 to 9007199254740991")
	is("chargerId=0", bad, "chargerId: must be a whole number from 1 to 9007199254740991")
	for _, limit := range []string{"0", "501", "-1", "ten", "1.5"} {
		is("chargerId=41&limit="+limit, bad, "limit: must be a whole number from 1 to 500")
	}
	is("chargerId=41&startTimestamp=yesterday", bad, `startTimestamp: "yesterday" is no time; write it like 2026-03-02T06:00:00Z`)
	is("chargerId=41&startTimestamp=2026-03-02&endTimestamp=2026-03-01", bad, "endTimestamp: is before startTimestamp")
	is("chargerId=41&startTimestamp=2026-03-01&endTimestamp=2026-03-09", bad, "Date range must be less than 8 days")
	is("chargerId=41&startTimestamp=2026-03-01", bad, "Date range must be less than 8 days")
	for _, cursor := range []string{"%25", "MTA0", "eA", "MCAwIDA", "NSAxIDIgMw", "KzUgMSAy"} {
		is("chargerId=41&nextPageCursor="+cursor, bad, "nextPageCursor: is none of this server's cursors; begin again without it")
	}
	is("chargerId=999", http.StatusNotFound, "Not found")
	is("chargerId=95", http.StatusNotFound, "Not found") // another organization's
	if rows := y.get("/api/ocpp-messages?chargerId=41&startTimestamp=2026-03-01T00:00:00.001Z&endTimestamp=2026-03-09", northlineKey).rows(t); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	y.get("/api/ocpp-messages?chargerId=41", limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get("/api/ocpp-messages?chargerId=41", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	const notKept = "This raw message was not kept, or is older than what is kept"
	y.get("/api/ocpp-messages/2", northlineKey).is(t, http.StatusNotFound, notKept)
	y.get("/api/ocpp-messages/1", limitedKey).is(t, http.StatusNotFound, notKept)
	y.get("/api/ocpp-messages/one", northlineKey).is(t, http.StatusNotFound, "Not found")
	y.post("/api/ocpp-messages", fullKey, "{}").is(t, http.StatusNotFound, "Not found")
}

func TestATimeMayHaveAnyOffset(t *testing.T) {
	y := newFurnishedYard(t)
	y.logs(1, clock("06:00:00"), "Heartbeat", `{}`, `{}`)
	for _, from := range []string{"2026-03-02T05:59:59Z", "2026-03-02T06:59:59+01:00", "2026-03-02T00:59:59-05:00", "2026-03-02T05:59:59", "2026-03-02T05:59", "2026-03-02"} {
		for _, text := range []string{url.QueryEscape(from), strings.ReplaceAll(from, "+", "%2B"), from} {
			a := y.get("/api/ocpp-messages?chargerId=41&startTimestamp="+text+"&endTimestamp=2026-03-02T06:00:01", northlineKey)
			if rows := a.rows(t); len(rows) != 1 {
				t.Errorf("%s: %v", text, rows)
			}
		}
	}
}
