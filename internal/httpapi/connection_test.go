package httpapi_test

import (
	"strings"
	"testing"
	"time"
)

func TestAConnectionTellsHowTheChargerIsConnected(t *testing.T) {
	y := newFurnishedYard(t)
	got := y.get("/api/chargers/41/connection", northlineKey).data(t)
	shows(t, got, map[string]any{"connected": true, "protocol": "ocpp1.6", "certificate": nil, "clockSkewSeconds": nil, "lastMessageAt": nil})
	if got["since"] == nil || got["remoteAddress"] == nil {
		t.Errorf("connected from where, since when? %v", got)
	}

	// One message waited an hour in the charger's queue: the other one tells its clock.
	at := y.now
	y.logs(901, at, "StatusNotification", `{"connectorId":1,"timestamp":"`+at.Add(-time.Hour).Format(time.RFC3339Nano)+`"}`, `{}`)
	y.logs(902, at.Add(time.Second), "StatusNotification", `{"connectorId":1,"timestamp":"`+at.Add(13500*time.Millisecond).Format(time.RFC3339Nano)+`"}`, `{}`)
	y.logs(903, at.Add(2*time.Second), "Heartbeat", `{}`, `{}`)
	got = y.get("/api/chargers/41/connection", northlineKey).data(t)
	if asText(got["clockSkewSeconds"]) != "12.5" {
		t.Errorf("its clock is ahead by %v s", got["clockSkewSeconds"])
	}
	shows(t, got, map[string]any{"lastMessageAt": at.Add(2 * time.Second).Format("2006-01-02T15:04:05.000Z")})

	shows(t, y.get("/api/chargers/42/connection", northlineKey).data(t),
		map[string]any{"connected": false, "since": nil, "remoteAddress": nil, "protocol": nil, "securityProfile": nil})
	certificate := y.get("/api/chargers/42/connection", northlineKey).data(t)["certificate"].(map[string]any)
	shows(t, certificate, map[string]any{"subject": "CN=post-42,O=Northline", "expiresAt": "2027-03-02T06:00:00.000Z"})
	y.get("/api/chargers/41/connection", limitedKey).is(t, 404, "Not found")
}

// steps are those of a charger that are done, and the text of the first that is not.
func (y *yard) steps(charger string) (done, next string) {
	y.t.Helper()
	got := y.get("/api/chargers/"+charger+"/commissioning", northlineKey).data(y.t)
	for _, row := range got["steps"].([]any) {
		s := row.(map[string]any)
		if s["done"] == true {
			done += s["step"].(string) + " "
		} else if next == "" {
			next = s["text"].(string)
		}
	}
	if all := next == ""; got["done"] != all {
		y.t.Errorf("done is %v with %v", got["done"], got["steps"])
	}
	return strings.TrimSpace(done), next
}

func TestANewChargerComesIntoServiceStepByStep(t *testing.T) {
	y := newIdleYard(t)
	c := y.settings(41)
	c.Manufacturer, c.Model, c.SerialNumber = "", "", ""
	y.set(c)
	f := func(wantDone, wantNext string) {
		t.Helper()
		if done, next := y.steps("41"); done != wantDone || !strings.HasPrefix(next, wantNext) {
			t.Errorf("done is %q, next %q; want %q, %q", done, next, wantDone, wantNext)
		}
	}
	f("", "It has never connected. Set ws://example.com/ocpp/"+c.OCPPID+" as the address of the central system in the charger")
	y.connects(41)
	f("connected", "It has sent no BootNotification yet.")
	y.sends(41, "BootNotification", `{"chargePointVendor":"Voltix","chargePointModel":"VX-160"}`)
	f("connected booted", "2 of 2 ports told no status yet.")
	y.reportsStatus(41, 1, "Available")
	f("connected booted", "1 of 2 ports told no status yet.")
	y.reportsStatus(41, 2, "Available")
	f("connected booted status", "Not known: serial number.")
	c = y.settings(41)
	c.SerialNumber = "VX-1"
	y.set(c)
	f("connected booted status identified", "Nobody charged yet.")
	y.starts(41, 1, "A0B1C2D3", 0)
	f("connected booted status identified session", "")

	url := y.get("/api/chargers/41/commissioning", northlineKey).data(t)["url"]
	if url != "ws://example.com/ocpp/"+c.OCPPID {
		t.Errorf("it has to connect to %v", url)
	}
	y.get("/api/chargers/41/commissioning", limitedKey).is(t, 404, "Not found")
}
