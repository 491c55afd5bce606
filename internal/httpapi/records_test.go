package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// keep has rows stored.
func (y *yard) keep(add func(*charging.Batch)) {
	y.t.Helper()
	if err := y.fleet.Keep(context.Background(), add); err != nil {
		y.t.Fatal(err)
	}
}

func TestVariablesOfACharger(t *testing.T) {
	y := newFurnishedYard(t)
	variables := []charging.Variable{
		{Component: "EVSE", EVSE: 1, Connector: 2, Name: "Power", Instance: "x", ComponentInstance: "y", Attribute: "MaxSet", Mutability: "ReadOnly",
			Characteristics: `{"dataType":"decimal","unit":"W"}`, Value: "22000", HasValue: true, ReportedAt: clock("06:00:00")},
		{Component: "SecurityCtrlr", Name: "BasicAuthPassword", Attribute: "Actual", ReportedAt: clock("06:00:00")},
		{Name: "HeartbeatInterval", Attribute: "Actual", Value: "300", HasValue: true, ReportedAt: clock("06:00:00")},
	}
	y.keep(func(b *charging.Batch) {
		b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: 42, Variables: variables})
	})
	const path = "/api/chargers/42/variables"
	if names := column(y.get(path, limitedKey).rows(t), "name"); len(names) != 3 {
		t.Errorf("%v", names)
	}
	rows := y.get(path+"?component=evse&name=POWER", northlineKey).rows(t)
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	compare(t, map[string]any{"row": rows[0]}, "row", `{"component":"EVSE","componentInstance":"y","evse":1,"connector":2,"name":"Power","instance":"x",
		"attribute":"MaxSet","value":"22000","mutability":"ReadOnly","characteristics":{"dataType":"decimal","unit":"W"},"reportedAt":"2026-03-02T06:00:00.000Z"}`)
	rows = y.get(path+"?component=SecurityCtrlr", northlineKey).rows(t)
	compare(t, map[string]any{"row": rows[0]}, "row", `{"component":"SecurityCtrlr","componentInstance":null,"evse":null,"connector":null,
		"name":"BasicAuthPassword","instance":null,"attribute":"Actual","value":null,"mutability":null,"characteristics":null,"reportedAt":"2026-03-02T06:00:00.000Z"}`)
	y.get("/api/chargers/41/variables", limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get(path+"?nextPageCursor=!", northlineKey).is(t, http.StatusBadRequest, "nextPageCursor: is none of this server's cursors; begin again without it")
	t.Run("many come in pages", func(t *testing.T) {
		var many []charging.Variable
		for i := range 1200 {
			many = append(many, charging.Variable{Name: fmt.Sprintf("Key%04d", i), Attribute: "Actual", ReportedAt: clock("06:00:00")})
		}
		y.keep(func(b *charging.Batch) {
			b.Variables = append(b.Variables, charging.ChargerVariables{ChargerID: 41, Variables: many})
		})
		seen := map[any]bool{}
		for cursor := ""; ; {
			a := y.get("/api/chargers/41/variables?nextPageCursor="+cursor, northlineKey)
			for _, name := range column(a.rows(t), "name") {
				seen[name] = true
			}
			if cursor = a.next(t); cursor == "" {
				break
			}
		}
		if len(seen) != len(many) {
			t.Errorf("%d of %d", len(seen), len(many))
		}
	})
}

func TestHistoryOfACharger(t *testing.T) {
	y := newFurnishedYard(t)
	y.at("06:00:00").reportsStatus(41, 1, "Preparing")
	tx := y.at("06:01:00").starts(41, 1, "A0B1C2D3", 1000)
	y.at("06:02:00").meters(41, 1, tx, powerW("7000"), `{"value":"nonsense"}`)
	y.at("06:03:00").sends(41, "SecurityEventNotification", `{"type":"TamperDetectionActivated","timestamp":"2026-03-02T06:02:59Z"}`)
	y.at("06:04:00").sends(41, "FirmwareStatusNotification", `{"status":"Downloading"}`)
	y.at("06:05:00").stops(41, tx, 2000)
	const path = "/api/chargers/41/history"
	want := func(query, member string, values ...any) {
		t.Helper()
		if diff := cmp.Diff(values, column(y.get(path+query, northlineKey).rows(t), member)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	const window = "?startTimestamp=2026-03-02&endTimestamp=2026-03-03"
	want(window, "kind", "sessionStopped", "note", "note", "meters", "sessionStarted", "status")
	want("?kind=sessionStarted&kind=sessionStopped", "kind", "sessionStopped", "sessionStarted")
	want("?kind[]=note", "note", "firmware", "securityEvent")
	want("?note=securityEvent", "note", "securityEvent")
	want("?kind=status&note[]=firmware", "kind", "note", "status")
	want(window+"&port=0", "kind", "note", "note")
	want(window+"&port=1&kind=meters", "kind", "meters")
	want("?port=2", "kind")
	want("?startTimestamp=2026-03-02T06:01:00Z&endTimestamp=2026-03-02T06:02:00Z", "kind", "meters", "sessionStarted")
	t.Run("a row says what made it", func(t *testing.T) {
		row := y.get(path+"?note=securityEvent", northlineKey).rows(t)[0]
		compare(t, row, "timestamp", `"2026-03-02T06:02:59.000Z"`)
		compare(t, row, "written", `"2026-03-02T06:02:59Z"`)
		compare(t, row, "receivedAt", `"2026-03-02T06:03:00.000Z"`)
		compare(t, row, "messageId", `"4"`)
		compare(t, row, "ocppMessageId", `null`)
		compare(t, row, "port", `null`)
		compare(t, row, "oddities", `[]`)
	})
	t.Run("readings show, with what could not be read", func(t *testing.T) {
		readings := y.get(path+"?kind=meters", northlineKey).rows(t)[0]["readings"].([]any)
		if len(readings) != 2 {
			t.Fatalf("%v", readings)
		}
		compare(t, readings[0].(map[string]any), "thousandths", `7000000`)
		compare(t, readings[0].(map[string]any), "measurand", `"Power.Active.Import"`)
		compare(t, readings[1].(map[string]any), "thousandths", `null`)
	})
	is := func(query, text string) {
		t.Helper()
		y.get(path+query, northlineKey).is(t, http.StatusBadRequest, text)
	}
	is("?kind=party", `kind: "party" is none of booted, conditions, connected, disconnected, meters, moved, nextBoot, note, securityProfile, `+
		`sessionOverdue, sessionReported, sessionStarted, sessionStopped, status, tag, variables`)
	is("?port=33", "port: must be a whole number from 0 to 32")
	is("?port=one", "port: must be a whole number from 0 to 32")
	is("?endTimestamp=soon", `endTimestamp: "soon" is no time; write it like 2026-03-02T06:00:00Z`)
	is("?nextPageCursor=LTU", "nextPageCursor: is none of this server's cursors; begin again without it")
	y.get(path, limitedKey).is(t, http.StatusNotFound, "Not found")
}

func TestHistoryIsPaged(t *testing.T) {
	y := newFurnishedYard(t)
	words := []string{"Preparing", "Available"}
	for i := range 250 {
		y.now = clock("06:00:00").Add(time.Duration(i) * time.Second)
		y.reportsStatus(41, 1, words[i%2])
	}
	const path = "/api/chargers/41/history?kind=status"
	first := y.get(path, northlineKey)
	second := y.get(path+"&nextPageCursor="+first.next(t), northlineKey)
	if n, m := len(first.rows(t)), len(second.rows(t)); n != 200 || m != 50 || second.next(t) != "" {
		t.Errorf("%d and %d rows", n, m)
	}
}

func TestLocalListOfACharger(t *testing.T) {
	y := newFurnishedYard(t)
	const path = "/api/chargers/41/local-list"
	compare(t, y.get(path, northlineKey).envelope(t, http.StatusOK), "data", `{"version":0,"entries":null,"updatedAt":null,"problem":null}`)
	y.keep(func(b *charging.Batch) {
		b.Lists = append(b.Lists, charging.LocalList{ChargerID: 41, Version: 3, Entries: []byte(`[{"tag":"A"}]`), UpdatedAt: clock("06:00:00"), Problem: "the list is full"})
	})
	compare(t, y.get(path, northlineKey).envelope(t, http.StatusOK), "data",
		`{"version":3,"entries":[{"tag":"A"}],"updatedAt":"2026-03-02T06:00:00.000Z","problem":"the list is full"}`)
	y.get("/api/chargers/42/local-list", limitedKey).is(t, http.StatusForbidden, "This API key is limited to specific sites or chargers")
	y.get("/api/chargers/95/local-list", northlineKey).is(t, http.StatusNotFound, "Not found")
}

func TestHowAChargerIsTreated(t *testing.T) {
	y := newFurnishedYard(t)
	const nextBoot, profile, password = "/api/chargers/41/next-boot", "/api/chargers/41/security-profile", "/api/chargers/41/password"
	compare(t, y.post(nextBoot, fullKey, `{"answer":"Pending"}`).data(t), "answer", `"Pending"`)
	compare(t, y.post(profile, fullKey, `{"profile":2}`).data(t), "profile", `2`)
	if c := y.fleet.Estate().Charger(41); c.NextBoot != "Pending" || c.Profile != 2 {
		t.Errorf("next boot %q, profile %d", c.NextBoot, c.Profile)
	}
	const bad = http.StatusBadRequest
	y.post(nextBoot, fullKey, `{"answer":"Maybe"}`).is(t, bad, `answer: "Maybe" is none of Accepted, Pending, Rejected`)
	y.post(nextBoot, fullKey, `{"answer":1}`).is(t, bad, "answer: must be a text")
	for _, body := range []string{`{}`, `{"profile":4}`, `{"profile":-1}`, `{"profile":null}`} {
		y.post(profile, fullKey, body).is(t, bad, "profile: must be from 0 to 3")
	}
	y.post(profile, fullKey, `{"profile":"1"}`).is(t, bad, "profile: must be a whole number")
	y.post(password, fullKey, `{}`).is(t, bad, `rotate: must be true; a password of your own is set with "chargeyard charger password"`)
	y.post(password, fullKey, `{"rotate":"yes"}`).is(t, bad, "rotate: must be true or false")
	for path, body := range map[string]string{nextBoot: `{"answer":"Pending"}`, profile: `{"profile":1}`, password: `{"rotate":true}`} {
		y.post(path, controlKey, body).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	}
	y.post("/api/chargers/95/next-boot", fullKey, `{"answer":"Pending"}`).is(t, http.StatusNotFound, "Not found")
}

func TestANewPasswordIsShownToNobody(t *testing.T) {
	y := newFurnishedYard(t)
	settings := y.settings(41)
	settings.PasswordHash = "old"
	y.set(settings)
	row := y.post("/api/chargers/41/password", fullKey, `{"rotate":true}`).data(t)
	compare(t, row, "action", `"ChangeConfiguration"`)
	compare(t, row, "payload", `{"key":"AuthorizationKey","value":"***"}`)
	if after := y.settings(41); after.PasswordHash == "old" || after.PasswordHash == "" {
		t.Errorf("the hash is %q", after.PasswordHash)
	}
}
