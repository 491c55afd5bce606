package quirks

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/app"
	"github.com/chargeyard/chargeyard/internal/apptest"
)

// patience bounds every wait. It is long because the machine may be busy.
const patience = 60 * time.Second

// The versions that a station may speak.
const (
	ocpp16  = "ocpp1.6"
	ocpp201 = "ocpp2.0.1"
	ocpp21  = "ocpp2.1"
)

// play is one play over a server that it may share with others.
type play struct {
	*testing.T
	*apptest.Server
	identity string // that its charger has
	charger  int64
	// password is sent with each connection; nil for none.
	password *string
}

// station is the charger's side of a connection.
type station struct {
	k        *play
	protocol string
	conn     net.Conn
	in       io.Reader
	calls    chan call // of the server
	ended    chan struct{}

	mu      sync.Mutex // writing, and answers
	answers map[string]chan []json.RawMessage
	last    int
}

// call is a call of the server.
type call struct {
	id, action string
	payload    json.RawMessage
}

// connect opens a connection of the play's charger.
func (k *play) connect(protocols ...string) *station {
	k.Helper()
	st, err := k.dials(protocols...)
	if err != nil {
		k.Fatalf("connecting with %v: %v", protocols, err)
	}
	return st
}

// dials is connect for a connection that may be refused.
func (k *play) dials(protocols ...string) (*station, error) {
	k.Helper()
	dialer := ws.Dialer{Timeout: patience, Protocols: protocols}
	if k.password != nil {
		basic := base64.StdEncoding.EncodeToString([]byte(k.identity + ":" + *k.password))
		dialer.Header = ws.HandshakeHeaderHTTP{"Authorization": []string{"Basic " + basic}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, early, shake, err := dialer.Dial(ctx, k.OCPP()+"/"+k.identity)
	if err != nil {
		return nil, err
	}
	st := &station{k: k, protocol: shake.Protocol, conn: conn, in: conn, calls: make(chan call, 64), ended: make(chan struct{}),
		answers: make(map[string]chan []json.RawMessage)}
	if early != nil {
		st.in = io.MultiReader(early, conn)
	}
	go st.read()
	k.Cleanup(st.close)
	return st, nil
}

func (st *station) close() {
	st.conn.Close()
	<-st.ended
}

// boot connects and boots, and tells the first port's status.
func (k *play) boot(protocol string) *station {
	k.Helper()
	st := k.connect(protocol)
	if status := st.boots(); status != "Accepted" {
		k.Fatalf("the boot was answered %s", status)
	}
	st.says("Available")
	return st
}

// boots returns how the boot is answered.
func (st *station) boots() string {
	st.k.Helper()
	payload := `{"chargePointVendor":"Maker","chargePointModel":"Box"}`
	if st.protocol != ocpp16 {
		payload = `{"reason":"PowerUp","chargingStation":{"vendorName":"Maker","model":"Box"}}`
	}
	var answer struct{ Status string }
	st.k.decode(st.sends("BootNotification", payload), &answer)
	return answer.Status
}

// says tells the status of port 1.
func (st *station) says(status string) {
	st.k.Helper()
	if st.protocol == ocpp16 {
		st.sends("StatusNotification", fmt.Sprintf(`{"connectorId":1,"errorCode":"NoError","status":%q,"timestamp":%q}`, status, now()))
		return
	}
	st.sends("StatusNotification", fmt.Sprintf(`{"evseId":1,"connectorId":1,"connectorStatus":%q,"timestamp":%q}`, status, now()))
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

func (k *play) decode(text json.RawMessage, v any) {
	k.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		k.Fatalf("%s: %v", text, err)
	}
}

// sends sends a call, which must get a result, and returns that.
func (st *station) sends(action, payload string) json.RawMessage {
	st.k.Helper()
	kind, rest := st.exchange(st.nextID(), action, payload)
	if kind != 3 {
		st.k.Fatalf("%s %s was answered with an error: %s", action, payload, rest)
	}
	return rest[0]
}

// refused sends a call that must get an error, and returns its code.
func (st *station) refused(action, payload string) (code string) {
	st.k.Helper()
	kind, rest := st.exchange(st.nextID(), action, payload)
	if kind != 4 {
		st.k.Fatalf("%s was answered %s, want an error", action, rest)
	}
	st.k.decode(rest[0], &code)
	return code
}

func (st *station) nextID() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.last++
	return "st-" + strconv.Itoa(st.last)
}

// exchange sends a call under an id and returns what answers it.
func (st *station) exchange(id, action, payload string) (kind int, rest []json.RawMessage) {
	st.k.Helper()
	answer := make(chan []json.RawMessage, 1)
	st.mu.Lock()
	st.answers[id] = answer
	st.mu.Unlock()
	st.write(fmt.Sprintf(`[2,%q,%q,%s]`, id, action, payload))
	select {
	case parts := <-answer:
		st.k.decode(parts[0], &kind)
		return kind, parts[2:]
	case <-st.ended:
		st.k.Fatalf("the connection ended before %s was answered", action)
	case <-time.After(patience):
		st.k.Fatalf("%s was not answered", action)
	}
	return 0, nil
}

func (st *station) write(text string) {
	st.k.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := wsutil.WriteClientText(st.conn, []byte(text)); err != nil {
		st.k.Fatalf("sending %s: %v", text, err)
	}
}

// gets waits for the server's next call, which must be of the action.
func (st *station) gets(action string) call {
	st.k.Helper()
	select {
	case c := <-st.calls:
		if c.action != action {
			st.k.Fatalf("the server sent %s %s, want %s", c.action, c.payload, action)
		}
		return c
	case <-st.ended:
		st.k.Fatalf("the connection ended before the server sent %s", action)
	case <-time.After(patience):
		st.k.Fatalf("the server did not send %s", action)
	}
	return call{}
}

func (st *station) answers3(c call, payload string) {
	st.k.Helper()
	st.write(fmt.Sprintf(`[3,%q,%s]`, c.id, payload))
}

// lives sees that the connection is there and served.
func (st *station) lives() {
	st.k.Helper()
	st.sends("Heartbeat", `{}`)
}

func (st *station) read() {
	defer close(st.ended)
	rw := struct {
		io.Reader
		io.Writer
	}{st.in, st}
	for {
		text, err := wsutil.ReadServerText(rw)
		if err != nil {
			return
		}
		st.take(text)
	}
}

// Write implements io.Writer for the answers to control frames.
func (st *station) Write(p []byte) (int, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.conn.Write(p)
}

func (st *station) take(text []byte) {
	var parts []json.RawMessage
	var id, action string
	if json.Unmarshal(text, &parts) != nil || len(parts) < 3 || json.Unmarshal(parts[1], &id) != nil {
		st.k.Errorf("the server sent %s", text)
		return
	}
	if string(parts[0]) == "2" {
		json.Unmarshal(parts[2], &action)
		st.calls <- call{id, action, bytes.Clone(parts[3])}
		return
	}
	st.mu.Lock()
	answer := st.answers[id]
	delete(st.answers, id)
	st.mu.Unlock()
	if answer == nil {
		st.k.Errorf("the server answered %s, which was not asked", text)
		return
	}
	answer <- parts
}

// port is port 1 of the play's charger, as the API shows it.
func (k *play) port() map[string]any {
	k.Helper()
	c := k.Charger(k.identity)
	if c == nil || len(c["ports"].([]any)) == 0 {
		k.Fatalf("the charger is shown as %v", c)
	}
	return c["ports"].([]any)[0].(map[string]any)
}

// shows sees what status the port shows.
func (k *play) shows(want string) {
	k.Helper()
	status, _ := k.port()["ocppStatus"].(map[string]any)
	if status["status"] != want {
		k.Errorf("port 1 shows %v, want %s", status, want)
	}
}

// session is the session that the port shows; nil for none.
func (k *play) session() map[string]any {
	k.Helper()
	s, _ := k.port()["currentChargingSession"].(map[string]any)
	return s
}

// pending is a command that was given and is waited for.
type pending struct {
	k    *play
	what string
	done chan reply
}

type reply struct {
	status int
	body   []byte
	err    error
}

// gives posts to a resource of the charger: a raw command, or an order.
func (k *play) gives(resource, body string) *pending {
	p := &pending{k: k, what: resource + " " + body, done: make(chan reply, 1)}
	go func() { p.done <- k.post("/api/chargers/"+strconv.FormatInt(k.charger, 10)+"/"+resource, body) }()
	return p
}

func (k *play) post(path, body string) reply {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, k.URL+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+k.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, text, err}
}

// comes returns what the operator is told, which must have the status and the
// outcome; "" for any.
func (p *pending) comes(status, outcome string) map[string]any {
	p.k.Helper()
	select {
	case r := <-p.done:
		if r.err != nil || r.status != http.StatusOK {
			p.k.Fatalf("%s: %d %s %v", p.what, r.status, r.body, r.err)
		}
		var told struct{ Data map[string]any }
		p.k.decode(r.body, &told)
		if told.Data["status"] != status || outcome != "" && told.Data["outcome"] != outcome {
			p.k.Errorf("%s: the operator is told %s, want %s %s", p.what, r.body, status, outcome)
		}
		return told.Data
	case <-time.After(patience):
		p.k.Fatalf("%s: the operator is told nothing", p.what)
		return nil
	}
}

// adds enters the play's charger.
func (k *play) adds() {
	k.Helper()
	var made app.MadeCharger
	k.MustDo(app.OpChargerAdd, app.NewCharger{Identity: k.identity, Ports: 1}, &made)
	k.charger = made.ID
}
