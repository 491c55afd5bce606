package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"
)

func TestASessionIsStartedAndStoppedFromAfar(t *testing.T) {
	y := newFurnishedYard(t)
	y.speaks201(t)
	compare(t, y.post("/api/ocpp/remote-start", fullKey, `{"portId":81,"idTag":"A0B1C2D3","idTokenType":"ignored"}`).envelope(t, 200), "data", `{"status":"Accepted"}`)
	y.lastPayload("RemoteStartTransaction", `{"connectorId":2,"idTag":"A0B1C2D3"}`)
	y.post("/api/ocpp/remote-start", limitedKey, `{"portId":83,"idTag":"A0B1C2D3","idTokenType":"ISO14443"}`).data(t)
	c := y.parts.link.last(t)
	compare(t, decode(t, c.Payload).(map[string]any), "idToken", `{"idToken":"A0B1C2D3","type":"ISO14443"}`)
	compare(t, decode(t, c.Payload).(map[string]any), "evseId", `1`)

	transaction := y.starts(41, 2, "A0B1C2D3", 0)
	session := y.fleet.Estate().Charger(41).Port(2).Session.ID
	stop := fmt.Sprintf(`{"chargingSessionId":%d}`, session)
	compare(t, y.post("/api/ocpp/remote-stop", fullKey, stop).envelope(t, 200), "data", `{"status":"Accepted"}`)
	y.lastPayload("RemoteStopTransaction", fmt.Sprintf(`{"transactionId":%d}`, transaction))
	for _, answer := range []struct{ code, status string }{{"Rejected", "Rejected"}, {"NotSupported", "Rejected"}} {
		y.parts.link.answers(failing(answer.code))
		compare(t, y.post("/api/ocpp/remote-stop", fullKey, stop).data(t), "status", `"`+answer.status+`"`)
		y.parts.link.answers(saying(answer.code))
		compare(t, y.post("/api/ocpp/remote-start", fullKey, `{"portId":81,"idTag":"A0B1C2D3"}`).data(t), "status", `"`+answer.status+`"`)
	}
	y.stops(41, transaction, 10)
	y.post("/api/ocpp/remote-stop", fullKey, stop).is(t, http.StatusBadRequest, "chargingSessionId: the session has ended")
	y.post("/api/ocpp/remote-stop", limitedKey, stop).is(t, http.StatusNotFound, "Not found")
}

func TestRemoteStartAndStopAreRefused(t *testing.T) {
	y := newFurnishedYard(t)
	y.speaks201(t)
	const bad = http.StatusBadRequest
	start := func(key, body string, status int, text string) {
		t.Helper()
		y.post("/api/ocpp/remote-start", key, body).is(t, status, text)
	}
	stop := func(key, body string, status int, text string) {
		t.Helper()
		y.post("/api/ocpp/remote-stop", key, body).is(t, status, text)
	}
	start(fullKey, `{}`, bad, "portId: is missing; GET /api/sites shows the ports' ids")
	start(fullKey, `{"portId":true}`, bad, "portId: must be a whole number")
	start(fullKey, `{"portId":81}`, bad, "idTag: is missing; name the access ID")
	start(fullKey, `{"portId":81,"idTag":"123456789012345678901"}`, bad, "idTag: has more than 20 characters")
	start(fullKey, `{"portId":83,"idTag":"A","idTokenType":"Card"}`, bad,
		`idTokenType: "Card" is none of Central, eMAID, ISO14443, ISO15693, KeyCode, Local, MacAddress`)
	start(fullKey, `{"portId":999,"idTag":"A"}`, http.StatusNotFound, "Not found")
	start(limitedKey, `{"portId":81,"idTag":"A"}`, http.StatusNotFound, "Not found")
	start(northlineKey, `{"portId":81,"idTag":"A"}`, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	stop(fullKey, ``, bad, "chargingSessionId: is missing; GET /api/sites shows the running sessions' ids")
	stop(fullKey, `{"chargingSessionId":"1"}`, bad, "chargingSessionId: must be a whole number")
	stop(fullKey, `{"chargingSessionId":999}`, http.StatusNotFound, "Not found")
	stop(northlineKey, `{"chargingSessionId":1}`, http.StatusForbidden, `This API key may not do that: it lacks "control"`)
	y.starts(41, 2, "A0B1C2D3", 0)
	stop(limitedKey, fmt.Sprintf(`{"chargingSessionId":%d}`, y.fleet.Estate().Charger(41).Port(2).Session.ID), http.StatusNotFound, "Not found")
	y.get("/api/ocpp/remote-start", fullKey).is(t, http.StatusNotFound, "Not found")
	if n := y.parts.link.count(); n != 0 {
		t.Errorf("%d calls left", n)
	}
}
