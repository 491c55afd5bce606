package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// socket is a charger on a real socket to the yard's gateway.
type socket struct {
	t    *testing.T
	conn net.Conn
}

// dials connects chargers of OCPP 1.6 by their identity.
func (y *yard) dials(identity string) *socket {
	y.t.Helper()
	door := httptest.NewServer(y.parts.gateway)
	y.t.Cleanup(door.Close)
	d := ws.Dialer{Protocols: []string{"ocpp1.6"}}
	conn, _, _, err := d.Dial(y.t.Context(), strings.Replace(door.URL, "http://", "ws://", 1)+"/ocpp/"+identity)
	if err != nil {
		y.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	y.t.Cleanup(func() { conn.Close() })
	return &socket{y.t, conn}
}

func (s *socket) writes(text string) {
	s.t.Helper()
	if err := wsutil.WriteClientText(s.conn, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) reads() string {
	s.t.Helper()
	text, err := wsutil.ReadServerText(s.conn)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// streams opens a stream of rows and waits until it follows.
func (y *yard) streams(server *httptest.Server, path, key, lastID string) *listener {
	y.t.Helper()
	l := listen(y.t, server.URL+path, key, lastID)
	if e := l.next(); e.name != "following" || e.data != "{}" {
		y.t.Fatalf("%+v", e)
	}
	return l
}

// row is the next event, which must be of that name and have the row's id.
func (l *listener) row(name string) map[string]any {
	l.t.Helper()
	e := l.next()
	row, _ := decode(l.t, []byte(e.data)).(map[string]any)
	if e.name != name || fmt.Sprint(row["id"]) != e.id || e.id == "" {
		l.t.Fatalf("%+v", e)
	}
	return row
}

// gap is the next event, which must tell of a gap.
func (l *listener) gap(reason string) {
	l.t.Helper()
	if e := l.next(); e.name != "gap" || e.data != `{"reason":"`+reason+`"}` {
		l.t.Fatalf("%+v", e)
	}
}

const streamMessages41 = "/api/ocpp-messages/stream?chargerId=41"

func TestMessagesAreToldAsTheyComeAndAgainWithTheirAnswers(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	l := y.streams(server, streamMessages41, northlineKey, "")
	c := y.dials("voltix-0917")
	tells := func(action, sentBy string, do func()) {
		t.Helper()
		do()
		row := l.row("message")
		if row["messageType"] != action || row["sentBy"] != sentBy || row["messageResponse"] != nil || row["answeredAt"] != nil {
			t.Errorf("first %v", row)
		}
		again := l.row("message")
		for member, value := range again {
			if member != "messageResponse" && member != "answeredAt" && fmt.Sprint(row[member]) != fmt.Sprint(value) {
				t.Errorf("%s was %v and is %v", member, row[member], value)
			}
		}
		if again["messageResponse"] == nil || again["answeredAt"] == nil {
			t.Errorf("again %v", again)
		}
		kept := y.get(fmt.Sprintf("/api/ocpp-messages/%v", again["id"]), northlineKey).data(t)
		if fmt.Sprint(kept) != fmt.Sprint(again) {
			t.Errorf("told %v\nkept %v", again, kept)
		}
	}
	tells("BootNotification", "charger", func() {
		c.writes(`[2,"b1","BootNotification",{"chargePointVendor":"Vol<tix>","chargePointModel":"VX"}]`)
		c.reads()
	})
	tells("Reset", "server", func() {
		done := make(chan charging.Answer)
		go func() {
			done <- y.parts.gateway.Call(context.Background(), charging.Call{ChargerID: 41, Action: "Reset", Payload: []byte(`{"type":"Soft"}`)})
		}()
		var call []json.RawMessage
		if err := json.Unmarshal([]byte(c.reads()), &call); err != nil {
			t.Fatal(err)
		}
		c.writes(`[3,` + string(call[1]) + `,{"status":"Accepted"}]`)
		if a := <-done; a.Status != charging.CommandAnswered {
			t.Errorf("%+v", a)
		}
	})
	y.streams(server, streamMessages41, northlineKey, "17").gap("away")
	y.streams(server, streamMessages41+"&lastEventId=17", northlineKey, "").gap("away")
}

func TestMessagesOfAChargerAreToldToThoseWhoSeeIt(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	const path = "/api/ocpp-messages/stream"
	y.get(path, northlineKey).is(t, http.StatusBadRequest, "chargerId: is missing; GET /api/sites shows the chargers' ids")
	y.get(path+"?chargerId=x", northlineKey).is(t, http.StatusBadRequest, "chargerId: must be a whole number from 1 to 9007199254740991")
	y.get(streamMessages41, limitedKey).is(t, http.StatusNotFound, "Not found")
	y.get(path+"?chargerId=95", northlineKey).is(t, http.StatusNotFound, "Not found")
	y.get(streamMessages41, controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
	y.get(streamMessages41, "").is(t, http.StatusUnauthorized, "Invalid Authorization header")
	if a := y.ask(http.MethodHead, streamMessages41, northlineKey); a.StatusCode != http.StatusOK || len(a.body) > 0 {
		t.Errorf("HEAD: %s %q", a.Status, a.body)
	}
	own := y.streams(server, path+"?chargerId=42", limitedKey, "")
	other := y.streams(server, streamMessages41, northlineKey, "")
	y.dials("voltix-0917").writes(`[2,"h1","Heartbeat",{}]`)
	if row := other.row("message"); row["messageType"] != "Heartbeat" {
		t.Errorf("%v", row)
	}
	y.dials("post-1").writes(`[2,"d1","DataTransfer",{"vendorId":"x"}]`)
	if row := own.row("message"); row["messageType"] != "DataTransfer" || fmt.Sprint(row["chargerId"]) != "42" {
		t.Errorf("%v", row) // the Heartbeat is not its
	}
	moved := y.settings(41)
	moved.SiteID = 90
	y.set(moved)
	if last := end(other); last != `{"reason":"removed"}` {
		t.Errorf("the stream of a charger that went out of sight ended with %s", last)
	}
}

// end is what the last event of a stream says.
func end(l *listener) string {
	list := l.rest()
	if len(list) == 0 || list[len(list)-1].name != "end" {
		return fmt.Sprintf("%+v", list)
	}
	return list[len(list)-1].data
}

// Who reads nothing for a while is told that something was left out, and the
// charger is answered all the while.
func TestASlowReaderOfMessagesIsToldOfTheGap(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	conn := must(net.Dial("tcp", server.Listener.Addr().String()))
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(1 << 14); err != nil { // so that less of it fills the line
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n", streamMessages41, northlineKey)
	l := &listener{t: t, body: conn, events: make(chan event, 4096)}
	head := make([]byte, 1)
	for text := ""; !strings.HasSuffix(text, "retry: 2000\n\n"); text += string(head) {
		must(conn.Read(head))
	}
	c := y.dials("voltix-0917")
	long := strings.Repeat("x", 200_000)
	for i := range 40 { // 16 MB fit no socket
		c.writes(fmt.Sprintf(`[2,"d%d","DataTransfer",{"vendorId":"x","data":"%s"}]`, i, long))
		c.reads()
	}
	go l.read()
	gaps := 0
	for told := ""; told != "last"; {
		switch e := l.next(); e.name {
		case "gap":
			if gaps++; gaps == 1 { // from here on it reads
				c.writes(`[2,"last","DataTransfer",{"vendorId":"x"}]`)
				c.reads()
			}
		case "message":
			told, _ = decode(t, []byte(e.data)).(map[string]any)["ocppMessageId"].(string)
		}
	}
	if gaps == 0 {
		t.Error("no gap was told of")
	}
}

func refuses(y *yard, identity string, status int, reason string) {
	y.t.Helper()
	r := charging.Refusal{At: time.Now(), Remote: "192.0.2.9:1234", Request: "GET /ocpp/" + identity + " HTTP/1.1", Identity: identity,
		Status: status, Reason: reason, Fix: "do something"}
	if err := y.store.AddRefusal(context.Background(), r); err != nil {
		y.t.Fatal(err)
	}
}

func TestRefusedChargersAreToldAsItHappens(t *testing.T) {
	y := newIdleYard(t)
	refuses(y, "early", 404, "unknown")
	server := y.served()
	l := y.streams(server, "/api/admin/refused/stream", fullKey, "")
	door := httptest.NewServer(y.parts.gateway)
	defer door.Close()
	refused := func() {
		t.Helper()
		d := ws.Dialer{Protocols: []string{"ocpp1.6"}}
		if _, _, _, err := d.Dial(t.Context(), strings.Replace(door.URL, "http://", "ws://", 1)+"/ocpp/bay-7"); err == nil {
			t.Fatal("an unknown charger was let in")
		}
	}
	refused()
	row := l.row("refused")
	if row["identity"] != "bay-7" || row["adoptable"] != true || fmt.Sprint(row["count"]) != "1" || row["reason"] == "" || row["fix"] == "" {
		t.Errorf("%v", row)
	}
	refused()
	again := l.row("refused")
	if fmt.Sprint(again["count"]) != "2" || again["id"] != row["id"] {
		t.Errorf("%v after %v", again, row)
	}
	refuses(y, "foreign", 401, "wrong password") // of a charger of another organization
	refuses(y, "post-1", 401, "wrong password")
	list := y.get("/api/admin/refused", fullKey).rows(t)
	own := l.row("refused")
	if fmt.Sprint(own) != fmt.Sprint(list[0]) || own["identity"] != "post-1" || fmt.Sprint(own["chargerId"]) != "42" {
		t.Errorf("told %v\nlisted %v", own, list[0])
	}
	y.streams(server, "/api/admin/refused/stream", fullKey, "1").gap("away")
	y.get("/api/admin/refused/stream", northlineKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "manage"`)
	y.manages("cy_limited_manager", charging.APIKey{ID: 70, Chargers: []charging.ID{41}, Permissions: charging.PermitRead | charging.PermitManage})
	y.get("/api/admin/refused/stream", "cy_limited_manager").is(t, http.StatusForbidden, "This API key is limited to specific sites or chargers")
}

// manages adds or changes a key of organization 3.
func (y *yard) manages(text string, k charging.APIKey) {
	y.t.Helper()
	k.OrganizationID, k.Name, k.Hash = 3, text, auth.HashKey(text)
	y.configure(&charging.Change{Actor: "test", Keys: []charging.APIKey{k}})
}

func TestAlertsAreToldWhenTheyAreRaised(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	stored := func(list ...charging.Alert) { y.derives(&charging.Derived{Alerts: list}) }
	stored(alertOf(501, 41, charging.AlertOfflineCharger, 0, `{"thresholdMinutes":15}`))
	l := y.streams(server, "/api/alerts/stream", northlineKey, "")
	limited := y.streams(server, "/api/alerts/stream", limitedKey, "")
	one := y.streams(server, "/api/alerts/stream?chargerIds=42", northlineKey, "")
	muted := y.streams(server, "/api/alerts/stream?includeMuted=true&siteIds=12", northlineKey, "")
	quiet := alertOf(505, 42, charging.AlertLowBattery, 4, `{"thresholdPercent":10,"currentPercent":9}`)
	quiet.Muted = true
	ofNobody := charging.Alert{ID: 507, OrganizationID: 3, Kind: charging.AlertLateCharging, At: clock("12:06:00"), Incident: "late"}
	stored(
		alertOf(502, 41, charging.AlertOfflineCharger, 1, `{"thresholdMinutes":15}`),
		alertOf(503, 95, charging.AlertOfflineCharger, 2, `{"thresholdMinutes":15}`), // a stranger's
		alertOf(504, 41, charging.AlertRebooting, 3, `{}`),                           // our own kind
		quiet,
		alertOf(506, 42, charging.AlertOfflineCharger, 5, `{"thresholdMinutes":15}`),
		ofNobody,
		alertOf(508, 42, charging.AlertOfflineCharger, 7, `{"thresholdMinutes":15}`),
	)
	for name, want := range map[string]struct {
		of  *listener
		ids string
	}{"all": {l, "502 506 507 508"}, "limited": {limited, "506 508"}, "one charger": {one, "506 508"}, "muted": {muted, "502 505 506 508"}} {
		var got []string
		for range strings.Fields(want.ids) {
			got = append(got, fmt.Sprint(want.of.row("alert")["id"]))
		}
		if strings.Join(got, " ") != want.ids {
			t.Errorf("%s: told %s, want %s", name, got, want.ids)
		}
	}
	listed := y.get("/api/alerts", northlineKey).rows(t)
	resumed := y.streams(server, "/api/alerts/stream", northlineKey, "507")
	if row := resumed.row("alert"); fmt.Sprint(row) != fmt.Sprint(listed[0]) || fmt.Sprint(row["id"]) != "508" {
		t.Errorf("told %v\nlisted %v", row, listed[0])
	}
	for _, unknown := range []string{"9999", "x"} {
		y.streams(server, "/api/alerts/stream", northlineKey, unknown).gap("away")
	}
	y.get("/api/alerts/stream?siteIds=x", northlineKey).is(t, http.StatusBadRequest, `siteIds: "x" is no id; ids are whole numbers from 1`)
	y.get("/api/alerts/stream?includeMuted=perhaps", northlineKey).is(t, http.StatusBadRequest, "includeMuted: must be true or false")
	y.get("/api/alerts/stream", controlKey).is(t, http.StatusForbidden, `This API key may not do that: it lacks "read"`)
}

func TestWhoMissedManyAlertsIsToldOfTheGap(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	var d charging.Derived
	for i := range 502 {
		d.Alerts = append(d.Alerts, alertOf(charging.ID(1000+i), 41, charging.AlertOfflineCharger, i, `{"thresholdMinutes":15}`))
	}
	y.derives(&d)
	y.streams(server, "/api/alerts/stream", northlineKey, "1000").gap("away") // 501 behind it
	l := y.streams(server, "/api/alerts/stream", northlineKey, "1001")
	for i := range 500 {
		if row := l.row("alert"); fmt.Sprint(row["id"]) != fmt.Sprint(1002+i) {
			t.Fatalf("%v, want %d", row["id"], 1002+i)
		}
	}
	y.derives(&charging.Derived{Alerts: []charging.Alert{alertOf(2000, 41, charging.AlertOfflineCharger, 900, `{"thresholdMinutes":15}`)}})
	if row := l.row("alert"); fmt.Sprint(row["id"]) != "2000" {
		t.Errorf("%v", row)
	}
}

func TestStreamsOfRowsEndWithTheirKeyAndTheServer(t *testing.T) {
	y := newIdleYard(t)
	server := y.served()
	const all = charging.PermitRead | charging.PermitManage
	paths := []string{streamMessages41, "/api/admin/refused/stream", "/api/alerts/stream"}
	for name, change := range map[string]charging.APIKey{
		"revoked":     {ID: 71, Permissions: all, RevokedAt: time.Now()},
		"expired":     {ID: 72, Permissions: all, ExpiresAt: time.Now()},
		"may nothing": {ID: 73, Permissions: charging.PermitControl},
		"sees less":   {ID: 74, Permissions: all, Chargers: []charging.ID{41}},
	} {
		text := "cy_" + strings.ReplaceAll(name, " ", "_")
		y.manages(text, charging.APIKey{ID: change.ID, Permissions: all})
		var open []*listener
		for _, path := range paths {
			open = append(open, y.streams(server, path, text, ""))
		}
		y.manages(text, change)
		for i, l := range open {
			if got := end(l); got != `{"reason":"key"}` {
				t.Errorf("%s, %s: %s", name, paths[i], got)
			}
		}
	}
	y.manages("cy_reader", charging.APIKey{ID: 78, Permissions: all})
	refused := y.streams(server, paths[1], "cy_reader", "")
	alerts := y.streams(server, paths[2], "cy_reader", "")
	y.manages("cy_reader", charging.APIKey{ID: 78, Permissions: charging.PermitRead})
	if got := end(refused); got != `{"reason":"key"}` {
		t.Errorf("who may not manage any more: %s", got)
	}
	messages := y.streams(server, paths[0], "cy_reader", "")
	y.api.SetDraining()
	for _, l := range []*listener{alerts, messages} {
		if got := end(l); got != `{"reason":"shutdown"}` {
			t.Errorf("at the end of the server: %s", got)
		}
	}
	y.get(paths[0], "cy_reader").is(t, http.StatusServiceUnavailable, "The server is stopping.")
}

func TestStreamsOfRowsCountInTheLimitsOfStreams(t *testing.T) {
	y := newIdleYard(t)
	y.cfg.StreamsPerKey, y.cfg.Streams = 2, 3
	y.restart(y.now)
	server := y.served()
	y.streams(server, streamMessages41, fullKey, "")
	y.streams(server, "/api/admin/refused/stream", fullKey, "")
	for _, path := range []string{"/api/alerts/stream", "/api/sites/stream"} {
		a := y.get(path, fullKey)
		a.is(t, http.StatusTooManyRequests, "This API key has as many streams open as it may")
		if a.Header.Get("Retry-After") == "" {
			t.Error("there is no Retry-After")
		}
	}
	y.streams(server, "/api/alerts/stream", northlineKey, "")
	y.get(streamMessages41, northlineKey).is(t, http.StatusServiceUnavailable, "The server has as many streams open as it may; try again later.")
}

func TestStreamsOfRowsEndWithTheirSignIn(t *testing.T) {
	y := newIdleYard(t)
	owner := newOwner(y)
	server := y.served()
	var open []*listener
	for _, path := range []string{streamMessages41, "/api/admin/refused/stream", "/api/alerts/stream"} {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil))
		r.AddCookie(owner.cookie)
		a := must(http.DefaultClient.Do(r))
		defer a.Body.Close()
		l := &listener{t: t, body: a.Body, events: make(chan event, 100)}
		go l.read()
		if e := l.next(); e.name != "following" {
			t.Fatalf("%s: %s, %+v", path, a.Status, e)
		}
		open = append(open, l)
	}
	owner.send("DELETE", "/api/sign-in", "").data(t)
	for _, l := range open {
		if got := end(l); got != `{"reason":"key"}` {
			t.Error(got)
		}
	}
}
