package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	later       = "2036-03-02T08:00:00Z"
	reservation = `{"portId":81,"expiryDate":"` + later + `","idTag":"A0B1C2D3","reservationId":9001`
)

// saying is an answer with this status.
func saying(status string) charging.Answer {
	return charging.Answer{Status: charging.CommandAnswered, Response: []byte(`{"status":"` + status + `"}`)}
}

// failing is an answer with an error of OCPP.
func failing(code string) charging.Answer {
	return charging.Answer{Status: charging.CommandRefused, Error: &charging.CommandError{Code: code}}
}

// lastPayload compares the payload of the newest call.
func (y *yard) lastPayload(action, want string) {
	y.t.Helper()
	c := y.parts.link.last(y.t)
	if c.Action != action {
		y.t.Errorf("%s left, not %s", c.Action, action)
	}
	if diff := cmp.Diff(decode(y.t, []byte(want)), decode(y.t, c.Payload)); diff != "" {
		y.t.Errorf("%s (-want +got):\n%s", action, diff)
	}
}

// states are those of all reservations, newest first.
func (y *yard) states(query string) []any {
	y.t.Helper()
	return column(y.get("/api/reservations"+query, northlineKey).rows(y.t), "state")
}

func TestAPortIsReservedAtTheCharger(t *testing.T) {
	y := newFurnishedYard(t)
	y.speaks201(t)
	t.Run("in OCPP 1.6", func(t *testing.T) {
		compare(t, y.post("/api/ocpp/reservations", fullKey, reservation+`,"parentIdTag":"GROUPCARD","idTokenType":"ignored"}`).envelope(t, 200),
			"data", `{"status":"Accepted"}`)
		y.lastPayload("ReserveNow", `{"connectorId":2,"expiryDate":"2036-03-02T08:00:00.000Z","idTag":"A0B1C2D3","parentIdTag":"GROUPCARD","reservationId":9001}`)
	})
	t.Run("in OCPP 2.0.1", func(t *testing.T) {
		y.post("/api/ocpp/reservations", fullKey, `{"portId":83,"expiryDate":"2036-03-02T10:00:00+02:00","idTag":"A0B1C2D3","reservationId":1,"parentIdTag":"GROUPCARD"}`).data(t)
		y.lastPayload("ReserveNow", `{"id":1,"expiryDateTime":"2036-03-02T08:00:00.000Z","evseId":1,"idToken":{"idToken":"A0B1C2D3","type":"Central"}}`)
		y.post("/api/ocpp/reservations", limitedKey, `{"portId":83,"expiryDate":"2036-03-02","idTag":"A0B1C2D3","reservationId":2,"idTokenType":"ISO14443"}`).data(t)
		y.lastPayload("ReserveNow", `{"id":2,"expiryDateTime":"2036-03-02T00:00:00.000Z","evseId":1,"idToken":{"idToken":"A0B1C2D3","type":"ISO14443"}}`)
	})
	t.Run("and given back", func(t *testing.T) {
		compare(t, y.post("/api/ocpp/reservations/cancel", fullKey, `{"chargerId":41,"reservationId":9001}`).envelope(t, 200), "data", `{"status":"Accepted"}`)
		y.lastPayload("CancelReservation", `{"reservationId":9001}`)
		if diff := cmp.Diff([]any{"accepted", "accepted", "cancelled"}, y.states("")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("and listed whole", func(t *testing.T) {
		row := y.get("/api/reservations?chargerIds=42", northlineKey).rows(t)[0]
		delete(row, "createdAt")
		delete(row, "commandId")
		compare(t, map[string]any{"row": row}, "row", `{"id":3,"reservationId":2,"chargerId":42,"portId":83,"portNumber":1,"idTag":"A0B1C2D3",
			"idTokenType":"ISO14443","parentIdTag":null,"state":"accepted","answer":"Accepted","expiryDate":"2036-03-02T00:00:00.000Z","endedAt":null,
			"chargingSessionId":null,"actor":"key limited"}`)
	})
}

// speaks201 makes the fleet know the version that charger 42 speaks.
func (y *yard) speaks201(t *testing.T) {
	t.Helper()
	if _, err := y.fleet.Connect(context.Background(), 42, charging.Connected{Protocol: "ocpp2.0.1", Remote: "192.0.2.8"}, y.now); err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheChargerSaysToAReservationIsToldIn200(t *testing.T) {
	y := newFurnishedYard(t)
	for _, tt := range []struct {
		answer       charging.Answer
		status       string
		state        string
		cancelStatus string
	}{
		{saying("Accepted"), "Accepted", "accepted", "Accepted"},
		{saying("Faulted"), "Faulted", "refused", "Rejected"},
		{saying("Occupied"), "Occupied", "refused", "Rejected"},
		{saying("Rejected"), "Rejected", "refused", "Rejected"},
		{saying("Unavailable"), "Unavailable", "refused", "Rejected"},
		{saying("accepted"), "Accepted", "accepted", "Accepted"},
		{saying("Perhaps"), "Rejected", "refused", "Rejected"},
		{failing("NotSupported"), "Rejected", "refused", "Rejected"},
		{failing("NotImplemented"), "Rejected", "refused", "Rejected"},
		{failing("InternalError"), "Rejected", "refused", "Rejected"},
	} {
		y.parts.link.answers(tt.answer)
		compare(t, y.post("/api/ocpp/reservations", fullKey, reservation+`}`).data(t), "status", `"`+tt.status+`"`)
		if got := y.states("")[0]; got != tt.state {
			t.Errorf("%s: %s, want %s", tt.status, got, tt.state)
		}
		compare(t, y.post("/api/ocpp/reservations/cancel", fullKey, `{"chargerId":41,"reservationId":9001}`).data(t), "status", `"`+tt.cancelStatus+`"`)
	}
}

func TestAChargerThatCannotBeAskedIsA400(t *testing.T) {
	bodies := map[string]string{"/api/ocpp/reservations": reservation + `}`, "/api/ocpp/reservations/cancel": `{"chargerId":41,"reservationId":9001}`,
		"/api/ocpp/remote-start": `{"portId":81,"idTag":"A0B1C2D3"}`, "/api/ocpp/remote-stop": `{"chargingSessionId":1}`}
	for path, body := range bodies {
		t.Run(path, func(t *testing.T) {
			y := newFurnishedYard(t)
			y.starts(41, 1, "A0B1C2D3", 0)
			for _, status := range []charging.CommandStatus{charging.CommandTimedOut, charging.CommandConnectionLost, charging.CommandUnknown} {
				y.parts.link.answers(charging.Answer{Status: status, Error: &charging.CommandError{Description: "x"}})
				y.post(path, fullKey, body).is(t, http.StatusBadRequest, "Charger did not respond")
			}
			if got := y.states(""); path == "/api/ocpp/reservations" && !cmp.Equal(got, []any{"unknown", "unknown", "unknown"}) {
				t.Errorf("%v", got) // the charger may keep the port nevertheless
			}
			y.parts.link.hangsUp(41)
			before := len(y.states(""))
			y.post(path, fullKey, body).is(t, http.StatusBadRequest, "Charger is not connected")
			if after := len(y.states("")); after != before {
				t.Errorf("%d reservations became %d", before, after)
			}
		})
	}
}

func TestReservationsAreRefusedAsTheContractSays(t *testing.T) {
	y := newFurnishedYard(t)
	y.speaks201(t)
	const bad = http.StatusBadRequest
	is := func(body string, status int, text string) {
		t.Helper()
		y.post("/api/ocpp/reservations", fullKey, body).is(t, status, text)
	}
	with := func(member, value string) string {
		members := map[string]string{"portId": "81", "expiryDate": `"` + later + `"`, "idTag": `"A0B1C2D3"`, "reservationId": "9001"}
		members[member] = value
		var list []string
		for name, v := range members {
			if v != "" {
				list = append(list, `"`+name+`":`+v)
			}
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	is("", bad, "portId: is missing; GET /api/sites shows the ports' ids")
	is("[]", bad, "The body must be a JSON object")
	is("{", bad, "The body is no JSON: unexpected end of JSON input")
	is(with("portId", `"81"`), bad, "portId: must be a whole number")
	is(with("portId", "81.5"), bad, "portId: must be a whole number")
	is(with("portId", "999"), http.StatusNotFound, "Not found")
	is(with("portId", "96"), http.StatusNotFound, "Not found") // another organization's
	is(with("expiryDate", ""), bad, "expiryDate: is missing; say until when the port is kept, such as 2026-03-02T08:00:00Z")
	is(with("expiryDate", `"soon"`), bad, `expiryDate: "soon" is no time; write it like 2026-03-02T06:00:00Z`)
	is(with("expiryDate", `"2026-03-02T08:00:00Z"`), bad, "expiryDate: must be in the future")
	is(with("expiryDate", "1"), bad, "expiryDate: must be a text")
	is(with("idTag", ""), bad, "idTag: is missing; name the access ID")
	is(with("idTag", `""`), bad, "idTag: is missing; name the access ID")
	is(with("idTag", `"123456789012345678901"`), bad, "idTag: has more than 20 characters")
	is(with("parentIdTag", `"123456789012345678901"`), bad, "parentIdTag: has more than 20 characters")
	is(with("reservationId", ""), bad, "reservationId: is missing; choose a number from 1 to 2147483647")
	is(with("reservationId", `"9001"`), bad, "reservationId: must be a whole number")
	is(with("reservationId", "1.5"), bad, "reservationId: must be a whole number")
	for _, n := range []string{"-1", "0", "2147483648"} {
		is(with("reservationId", n), bad, "reservationId: must be a whole number from 1 to 2147483647")
	}
	is(`{"portId":83,"expiryDate":"`+later+`","idTag":"A","reservationId":1,"idTokenType":"NoAuthorization"}`, bad,
		`idTokenType: "NoAuthorization" is none of Central, eMAID, ISO14443, ISO15693, KeyCode, Local, MacAddress`)
	y.post("/api/ocpp/reservations", limitedKey, reservation+"}").is(t, http.StatusNotFound, "Not found")
	y.post("/api/ocpp/reservations", northlineKey, reservation+"}").is(t, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.get("/api/ocpp/reservations", fullKey).is(t, http.StatusNotFound, "Not found")

	cancel := func(key, body string, status int, text string) {
		t.Helper()
		y.post("/api/ocpp/reservations/cancel", key, body).is(t, status, text)
	}
	cancel(fullKey, `{}`, bad, "chargerId: is missing; GET /api/sites shows the chargers' ids")
	cancel(fullKey, `{"chargerId":41}`, bad, "reservationId: is missing; choose a number from 1 to 2147483647")
	cancel(fullKey, `{"chargerId":41,"reservationId":-1}`, bad, "reservationId: must be a whole number from 1 to 2147483647")
	cancel(fullKey, `{"chargerId":999,"reservationId":1}`, http.StatusNotFound, "Not found")
	cancel(limitedKey, `{"chargerId":41,"reservationId":1}`, http.StatusNotFound, "Not found")
	cancel(northlineKey, `{"chargerId":41,"reservationId":1}`, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	if n := y.parts.link.count(); n != 0 {
		t.Errorf("%d calls left", n)
	}
	if got := y.states(""); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestReservationsTellWhatBecameOfThem(t *testing.T) {
	y := newFurnishedYard(t)
	y.speaks201(t)
	reserve := func(port, number int) {
		t.Helper()
		body := fmt.Sprintf(`{"portId":%d,"expiryDate":"%s","idTag":"A0B1C2D3","reservationId":%d}`, port, later, number)
		compare(t, y.post("/api/ocpp/reservations", fullKey, body).data(t), "status", `"Accepted"`)
	}
	becomes := func(state string) {
		t.Helper()
		y.eventually(state, func() bool { return y.states("")[0] == state })
	}
	t.Run("used by a session", func(t *testing.T) {
		reserve(81, 7)
		y.now = time.Now().UTC()
		y.sends(41, "StartTransaction", `{"connectorId":2,"idTag":"A0B1C2D3","meterStart":0,"reservationId":7,"timestamp":"`+y.now.Format(time.RFC3339Nano)+`"}`)
		becomes("used")
		row := y.get("/api/reservations?state=used", northlineKey).rows(t)[0]
		if session := y.fleet.Estate().Charger(41).Port(2).Session; fmt.Sprint(row["chargingSessionId"]) != fmt.Sprint(session.ID) || row["endedAt"] == nil {
			t.Errorf("%v of session %d", row, session.ID)
		}
	})
	t.Run("told by the charger", func(t *testing.T) {
		for status, state := range map[string]string{"Expired": "expired", "Removed": "removed", "NoTransaction": "removed"} {
			reserve(83, 8)
			_, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: 42, Received: time.Now(), Body: charging.Noted{
				Kind: charging.NoteReservation, RequestID: 8, Status: status}})
			if err != nil {
				t.Fatal(err)
			}
			becomes(state)
		}
	})
	t.Run("its number used again", func(t *testing.T) {
		reserve(83, 9)
		reserve(83, 9)
		if got := y.states("")[:2]; !cmp.Equal(got, []any{"accepted", "replaced"}) {
			t.Errorf("%v", got)
		}
		y.parts.link.answers(saying("Occupied"))
		y.post("/api/ocpp/reservations", fullKey, `{"portId":83,"expiryDate":"`+later+`","idTag":"A0B1C2D3","reservationId":9}`).data(t)
		if got := y.states("")[:2]; !cmp.Equal(got, []any{"refused", "accepted"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("unknown to the charger", func(t *testing.T) {
		y.parts.link.answers(saying("Rejected"))
		y.post("/api/ocpp/reservations/cancel", fullKey, `{"chargerId":42,"reservationId":9}`).data(t)
		if got := y.states("")[:2]; !cmp.Equal(got, []any{"refused", "removed"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("over by the clock", func(t *testing.T) {
		past := charging.Reservation{ID: 900, ChargerID: 42, PortID: 83, Port: 1, Number: 1, Tag: "A", State: charging.ReservationAccepted,
			CreatedAt: clock("06:00:00"), ExpiresAt: clock("07:00:00")}
		if err := y.store.SaveReservations(context.Background(), []charging.Reservation{past}); err != nil {
			t.Fatal(err)
		}
		row := y.get("/api/reservations?state=expired", northlineKey).rows(t)[0]
		compare(t, row, "id", "900")
		compare(t, row, "endedAt", `"2026-03-02T07:00:00.000Z"`)
		if got := y.states("?state=accepted"); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestWhatEndedAReservationIsFoundAfterARestart(t *testing.T) {
	y := newFurnishedYard(t)
	for i := range 2 {
		y.post("/api/ocpp/reservations", fullKey, fmt.Sprintf(`{"portId":%d,"expiryDate":"%s","idTag":"A0B1C2D3","reservationId":%d}`, 81+i, later, i+1)).data(t)
	}
	// Nobody follows any more, as in the last moments before a crash.
	if err := y.parts.control.reservations.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	y.now = time.Now().UTC()
	y.sends(41, "StartTransaction", `{"connectorId":2,"idTag":"A0B1C2D3","meterStart":0,"reservationId":1,"timestamp":"`+y.now.Format(time.RFC3339Nano)+`"}`)
	_, err := y.fleet.Handle(context.Background(), charging.Event{ChargerID: 41, Received: time.Now(), Body: charging.Noted{
		Kind: charging.NoteReservation, RequestID: 2, Status: "Removed"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := y.states(""); !cmp.Equal(got, []any{"accepted", "accepted"}) {
		t.Fatalf("%v", got)
	}
	y.restart(y.now)
	y.eventually("both have ended", func() bool { return cmp.Equal(y.states(""), []any{"removed", "used"}) })
}

func TestReservationsArePagedWhileNewOnesCome(t *testing.T) {
	y := newFurnishedYard(t)
	made := func(id charging.ID, charger charging.ID, state charging.ReservationState) charging.Reservation {
		return charging.Reservation{ID: id, ChargerID: charger, PortID: 83, Port: 1, Number: id, Tag: "A", State: state, CreatedAt: y.now,
			ExpiresAt: y.now.Add(time.Hour)}
	}
	var list []charging.Reservation
	for id := charging.ID(1); id <= 250; id++ {
		list = append(list, made(id, 42, charging.ReservationAccepted), made(1000+id, 95, charging.ReservationAccepted))
	}
	save := func(list ...charging.Reservation) {
		if err := y.store.SaveReservations(context.Background(), list); err != nil {
			t.Fatal(err)
		}
	}
	save(list...)
	save(made(3000, 41, charging.ReservationCancelled))
	var ids []any
	for cursor := ""; ; {
		a := y.get("/api/reservations?siteIds[]=12&nextPageCursor="+cursor, limitedKey)
		ids = append(ids, column(a.rows(t), "id")...)
		save(made(charging.ID(2000+len(ids)), 42, charging.ReservationAccepted))
		if cursor = url.QueryEscape(a.next(t)); cursor == "" {
			break
		}
	}
	if len(ids) != 250 || fmt.Sprintf("%v %v", ids[0], ids[249]) != "250 1" {
		t.Errorf("%d: %v", len(ids), ids)
	}
	if got := column(y.get("/api/reservations?state=cancelled&state=used", northlineKey).rows(t), "id"); fmt.Sprint(got) != "[3000]" {
		t.Errorf("%v", got)
	}
	for query, n := range map[string]int{"?siteIds=13": 0, "?chargerIds=41": 1, "?chargerIds=95": 0, "?chargerIds=41&siteIds=20": 0} {
		if rows := y.get("/api/reservations"+query, northlineKey).rows(t); len(rows) != n {
			t.Errorf("%s: %d", query, len(rows))
		}
	}
	is := func(query, text string) {
		t.Helper()
		y.get("/api/reservations"+query, northlineKey).is(t, http.StatusBadRequest, text)
	}
	is("?state=gone", `state: "gone" is none of unknown, accepted, refused, cancelled, used, expired, removed, replaced`)
	is("?siteIds=x", `siteIds: "x" is no id; ids are whole numbers from 1`)
	is("?chargerIds=1.5", `chargerIds: "1.5" is no id; ids are whole numbers from 1`)
	is("?nextPageCursor=x", "nextPageCursor: is none of this server's cursors; begin again without it")
	y.get("/api/reservations", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}
