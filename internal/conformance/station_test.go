package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// dial is how a station connects.
type dial struct {
	identity  string
	user      string // of Basic authentication; "" for the identity
	password  string // "" for none
	protocols []string
	tls       *tls.Config // nil for ws
	url       string      // "" for the server's
}

// station is the charger's side of a case.
type station struct {
	k        *play
	identity string
	charger  int64
	table    *ocpp.Table
	version  ocpp.Version
	conn     net.Conn
	in       io.Reader
	protocol string

	calls   chan received // of the server
	ended   chan struct{}
	mu      sync.Mutex // writing, and answers
	answers map[string]chan frame
	last    int
}

// received is a call of the server.
type received struct {
	id      string
	action  string
	payload json.RawMessage
}

type frame struct {
	kind    int
	payload json.RawMessage // of an answer
	code    string          // of a refusal
}

// open dials without a charger being entered first; it returns the HTTP status
// of a refusal.
func (k *play) open(d dial) (st *station, status int, err error) {
	if d.url == "" {
		d.url = k.OCPP()
	}
	if d.protocols == nil {
		d.protocols = []string{k.v.protocol}
	}
	header := http.Header{}
	if d.password != "" {
		if d.user == "" {
			d.user = d.identity
		}
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(d.user+":"+d.password)))
	}
	dialer := ws.Dialer{Timeout: patience, Protocols: d.protocols, Header: ws.HandshakeHeaderHTTP(header), TLSConfig: d.tls,
		OnStatusError: func(code int, _ []byte, _ io.Reader) { status = code }}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, early, shake, err := dialer.Dial(ctx, d.url+"/"+url.PathEscape(d.identity))
	if err != nil {
		return nil, status, err
	}
	st = &station{k: k, identity: d.identity, table: k.v.table, version: k.v.ocpp, conn: conn, in: conn, protocol: shake.Protocol,
		calls: make(chan received, 16), ended: make(chan struct{}), answers: make(map[string]chan frame)}
	if early != nil {
		st.in = io.MultiReader(early, conn)
	}
	go st.read()
	k.Cleanup(st.close)
	return st, http.StatusSwitchingProtocols, nil
}

// connect enters a charger and connects as it.
func (k *play) connect(d dial) *station {
	k.Helper()
	if d.identity == "" {
		d.identity = k.identity()
	}
	id := k.addCharger(d.identity, d.password)
	return k.reconnect(d, id)
}

// reconnect connects as a charger that is entered already.
func (k *play) reconnect(d dial, charger int64) *station {
	k.Helper()
	st, status, err := k.open(d)
	if err != nil {
		k.Fatalf("%s could not connect: %d %v", d.identity, status, err)
	}
	st.charger = charger
	return st
}

// station connects a new charger and boots it.
func (k *play) station() *station {
	k.Helper()
	st := k.connect(dial{})
	st.boot()
	return st
}

func (st *station) close() {
	st.conn.Close()
	<-st.ended
}

// boot sends the boot of the version, and the statuses behind it.
func (st *station) boot() {
	st.k.Helper()
	if status := st.bootAs("PowerUp"); status != "Accepted" {
		st.k.Fatalf("the boot was answered %s", status)
	}
	for port := 1; port <= 2; port++ {
		st.status(port, "Available")
	}
}

// bootAs sends a boot and returns its status.
func (st *station) bootAs(reason string) string {
	st.k.Helper()
	payload := `{"chargePointVendor":"Lab","chargePointModel":"Station","chargePointSerialNumber":"` + st.serial() + `","firmwareVersion":"1.0"}`
	if st.version != ocpp.V16 {
		payload = `{"reason":"` + reason + `","chargingStation":{"vendorName":"Lab","model":"Station","serialNumber":"` + st.serial() + `","firmwareVersion":"1.0"}}`
	}
	var answer struct {
		Status      string
		CurrentTime time.Time
		Interval    int
	}
	st.k.decode(st.call("BootNotification", payload), &answer)
	if off := time.Since(answer.CurrentTime); off < -time.Minute || off > time.Minute {
		st.k.Errorf("the boot was told the time %v", answer.CurrentTime)
	}
	if answer.Interval <= 0 {
		st.k.Errorf("the boot was told the interval %d", answer.Interval)
	}
	return answer.Status
}

// serial is the station's serial number, short enough for every version.
func (st *station) serial() string {
	return fmt.Sprintf("SN%.20s", st.identity)
}

// status reports a port's state in the version's way.
func (st *station) status(port int, status string) {
	st.k.Helper()
	if st.version == ocpp.V16 {
		st.call("StatusNotification", fmt.Sprintf(`{"connectorId":%d,"errorCode":"NoError","status":%q,"timestamp":%q}`, port, status, now()))
		return
	}
	st.call("StatusNotification", fmt.Sprintf(`{"evseId":%d,"connectorId":1,"connectorStatus":%q,"timestamp":%q}`, port, status, now()))
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

func (k *play) decode(payload json.RawMessage, v any) {
	k.Helper()
	if err := json.Unmarshal(payload, v); err != nil {
		k.Fatalf("%s: %v", payload, err)
	}
}

// call sends a call and returns the payload of its answer, which must be as
// the message table has it.
func (st *station) call(action, payload string) json.RawMessage {
	st.k.Helper()
	if fault := ocpp.Check(st.version, st.table.Action(action).Request, []byte(payload)); fault != nil {
		st.k.Errorf("the case sends %s %s: %v", action, payload, fault)
	}
	f := st.exchange(action, payload)
	if f.kind != 3 {
		st.k.Fatalf("%s %s was refused with %s", action, payload, f.code)
	}
	if fault := ocpp.Check(st.version, st.table.Action(action).Response, f.payload); fault != nil {
		st.k.Errorf("%s was answered %s: %v", action, f.payload, fault)
	}
	return f.payload
}

// tell sends what must never be answered (SEND).
func (st *station) tell(action, payload string) {
	st.k.Helper()
	if fault := ocpp.Check(st.version, st.table.Action(action).Request, []byte(payload)); fault != nil {
		st.k.Errorf("the case sends %s %s: %v", action, payload, fault)
	}
	st.mu.Lock()
	st.last++
	id := fmt.Sprintf("st-%d", st.last)
	st.mu.Unlock()
	st.write(fmt.Sprintf(`[6,%q,%q,%s]`, id, action, payload))
}

// callRefused sends a call that must be refused, and returns the code.
func (st *station) callRefused(action, payload string) string {
	st.k.Helper()
	f := st.exchange(action, payload)
	if f.kind != 4 {
		st.k.Fatalf("%s was answered %s, want a refusal", action, f.payload)
	}
	return f.code
}

func (st *station) exchange(action, payload string) frame {
	st.k.Helper()
	st.mu.Lock()
	st.last++
	id := fmt.Sprintf("st-%d", st.last)
	answer := make(chan frame, 1)
	st.answers[id] = answer
	st.mu.Unlock()
	st.write(fmt.Sprintf(`[2,%q,%q,%s]`, id, action, payload))
	select {
	case f := <-answer:
		return f
	case <-st.ended:
		st.k.Fatalf("the connection ended before %s was answered", action)
	case <-time.After(patience):
		st.k.Fatalf("%s was not answered", action)
	}
	return frame{}
}

func (st *station) write(text string) {
	st.k.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := wsutil.WriteClientText(st.conn, []byte(text)); err != nil {
		st.k.Fatalf("sending %s: %v", text, err)
	}
}

// expect returns the server's next call, which must be of the action and as
// the message table has it.
func (st *station) expect(action string) received {
	st.k.Helper()
	select {
	case got := <-st.calls:
		if got.action != action {
			st.k.Fatalf("the server sent %s %s, want %s", got.action, got.payload, action)
		}
		a := st.table.Action(action)
		if a == nil {
			st.k.Fatalf("the version has no action %s", action)
		}
		if fault := ocpp.Check(st.version, a.Request, got.payload); fault != nil {
			st.k.Errorf("the server sent %s %s: %v", action, got.payload, fault)
		}
		return got
	case <-st.ended:
		st.k.Fatalf("the connection ended before the server sent %s", action)
	case <-time.After(patience):
		st.k.Fatalf("the server did not send %s", action)
	}
	return received{}
}

func (st *station) answer(to received, payload string) {
	st.k.Helper()
	if fault := ocpp.Check(st.version, st.table.Action(to.action).Response, []byte(payload)); fault != nil {
		st.k.Fatalf("the case answers %s with %s: %v", to.action, payload, fault)
	}
	st.write(fmt.Sprintf(`[3,%q,%s]`, to.id, payload))
}

func (st *station) refuse(to received, code string) {
	st.k.Helper()
	st.write(fmt.Sprintf(`[4,%q,%q,"",{}]`, to.id, code))
}

// read takes in what the server sends, until the connection ends.
func (st *station) read() {
	defer close(st.ended)
	rw := struct {
		io.Reader
		io.Writer
	}{st.in, writerFunc(func(p []byte) (int, error) {
		st.mu.Lock()
		defer st.mu.Unlock()
		return st.conn.Write(p)
	})}
	for {
		text, err := wsutil.ReadServerText(rw)
		if err != nil {
			return
		}
		st.take(text)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (st *station) take(text []byte) {
	var parts []json.RawMessage
	var kind int
	var id string
	if json.Unmarshal(text, &parts) != nil || len(parts) < 3 ||
		json.Unmarshal(parts[0], &kind) != nil || json.Unmarshal(parts[1], &id) != nil {
		st.k.Errorf("the server sent %s, which is no frame", text)
		return
	}
	switch kind {
	case 2:
		var action string
		json.Unmarshal(parts[2], &action)
		st.calls <- received{id, action, bytes.Clone(parts[len(parts)-1])}
	case 3, 4:
		f := frame{kind: kind, payload: bytes.Clone(parts[2])}
		if kind == 4 {
			json.Unmarshal(parts[2], &f.code)
			if len(parts) != 5 {
				st.k.Errorf("the server sent %s, which is no CALLERROR", text)
			}
		}
		st.mu.Lock()
		answer := st.answers[id]
		delete(st.answers, id)
		st.mu.Unlock()
		if answer == nil {
			st.k.Errorf("the server answered %s, which was not asked", text)
			return
		}
		answer <- f
	default:
		st.k.Errorf("the server sent %s, of a kind that stations do not know", text)
	}
}
