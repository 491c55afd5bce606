package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// memoryEstate is an estate without a store: it keeps events in memory.
type memoryEstate struct {
	mu         sync.Mutex
	chargers   []*charging.Charger
	generation uint64
	events     []charging.Event
	ended      []charging.Disconnected
	stalled    time.Time
	// handle, when set, decides instead.
	handle func(ctx context.Context, ev charging.Event) (charging.Outcome, error)
	// registration answers boots.
	registration string
	// connect, when set, is asked first.
	connect func() error
}

func (e *memoryEstate) Handle(ctx context.Context, ev charging.Event) (charging.Outcome, error) {
	e.mu.Lock()
	handle := e.handle
	e.mu.Unlock()
	if handle != nil {
		if out, err := handle(ctx, ev); err != nil {
			return out, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, ev)
	out := charging.Outcome{TransactionID: 7, Tag: charging.TagDecision{Status: charging.TagAccepted}}
	if _, booted := ev.Body.(charging.Booted); booted {
		out.Registration = e.registration
	}
	return out, nil
}

func (e *memoryEstate) Connect(_ context.Context, _ charging.ID, c charging.Connected, _ time.Time) (uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.generation++
	if e.connect != nil {
		if err := e.connect(); err != nil {
			return e.generation, err
		}
	}
	e.events = append(e.events, charging.Event{Generation: e.generation, Body: c})
	return e.generation, nil
}

func (e *memoryEstate) Disconnect(_ context.Context, id charging.ID, generation uint64, d charging.Disconnected, at time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, charging.Event{ChargerID: id, Generation: generation, Received: at, Body: d})
	e.ended = append(e.ended, d)
	return nil
}

// taken returns the events that came so far.
func (e *memoryEstate) taken() []charging.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.events)
}

func (e *memoryEstate) StalledSince() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stalled
}

func (e *memoryEstate) stall(since time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stalled = since
}

func (e *memoryEstate) Charger(id charging.ID) *charging.Charger {
	for _, c := range e.chargers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (e *memoryEstate) RetiredByIdentity(string) *charging.Charger { return nil }

func (e *memoryEstate) ByIdentity(identity string) *charging.Charger {
	for _, c := range e.chargers {
		if c.OCPPID == identity {
			return c
		}
	}
	for _, c := range e.chargers {
		if strings.EqualFold(c.OCPPID, identity) {
			return c
		}
	}
	return nil
}

// oddities lists what was odd about each event.
func (e *memoryEstate) oddities() [][]charging.Oddity {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out [][]charging.Oddity
	for _, ev := range e.events {
		out = append(out, ev.Oddities)
	}
	return out
}

func (e *memoryEstate) disconnects() []charging.Disconnected {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]charging.Disconnected(nil), e.ended...)
}

// memoryRefusals keeps refusals in memory.
type memoryRefusals struct {
	mu   sync.Mutex
	kept []charging.Refusal
}

func (m *memoryRefusals) AddRefusal(_ context.Context, r charging.Refusal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, r)
	return nil
}

func (m *memoryRefusals) all() []charging.Refusal {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]charging.Refusal(nil), m.kept...)
}

// yard is a gateway with its surroundings.
type yard struct {
	t        testing.TB
	g        *Gateway
	estate   *memoryEstate
	refusals *memoryRefusals
	log      *logBuffer
	url      string // HOST:PORT, once listening
}

// newYard makes a gateway for charger 1, CP1.
func newYard(t testing.TB, cfg Config) *yard {
	y := &yard{t: t, estate: &memoryEstate{}, refusals: &memoryRefusals{}, log: new(logBuffer)}
	y.add(charging.ChargerSettings{OCPPID: "CP1"})
	log := slog.New(slog.NewTextHandler(y.log, nil))
	y.g = newGateway(cfg, y.estate, y.refusals, log, nil)
	return y
}

// listenYard makes one that listens on the loopback.
func listenYard(t testing.TB, cfg Config) *yard {
	y := newYard(t, cfg)
	srv := serve(t, y)
	t.Cleanup(func() {
		y.stop()
		srv.Close()
	})
	return y
}

func serve(t testing.TB, y *yard) *httptest.Server {
	srv := httptest.NewServer(y.g)
	y.url = srv.Listener.Addr().String()
	return srv
}

func (y *yard) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := y.g.Shutdown(ctx); err != nil {
		y.t.Errorf("stopping: %v", err)
	}
}

func (y *yard) add(s charging.ChargerSettings) *charging.Charger {
	s.ID = charging.ID(len(y.estate.chargers) + 1)
	c := &charging.Charger{ChargerSettings: s}
	y.estate.chargers = append(y.estate.chargers, c)
	return c
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// client is a charger's end of a WebSocket, as plain as can be.
type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

const handshakeHead = "Host: csms.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n"

// ask sends a raw request and returns the answer.
func (y *yard) ask(request string) (*http.Response, *client) {
	y.t.Helper()
	conn, err := net.Dial("tcp", y.url)
	if err != nil {
		y.t.Fatal(err)
	}
	y.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		y.t.Fatal(err)
	}
	c := &client{t: y.t, conn: conn, r: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		y.t.Fatalf("no answer to %q: %v", request, err)
	}
	return resp, c
}

// dial connects a charger that speaks OCPP 1.6.
func (y *yard) dial(identity string, header ...string) *client {
	y.t.Helper()
	resp, c := y.ask("GET /ocpp/" + identity + " HTTP/1.1\r\n" + handshakeHead +
		"Sec-WebSocket-Protocol: ocpp1.6\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n")
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(resp.Body)
		y.t.Fatalf("%s: status %d: %s", identity, resp.StatusCode, body)
	}
	return c
}

// link waits for the link that speaks for a charger: it is registered just
// after the client sees the handshake's answer.
func (y *yard) link(charger charging.ID) *link {
	y.t.Helper()
	eventually(y.t, "the charger is connected", func() bool { return y.g.links.current(charger) != nil })
	return y.g.links.current(charger)
}

// pipe connects charger 1 without a handshake, for tests about time.
func (y *yard) pipe(c *charging.Charger) *client { return y.pipeFrom(c, "192.0.2.1") }

func (y *yard) pipeFrom(c *charging.Charger, remote string) *client {
	return y.pipeWith(&admission{identity: c.OCPPID, remote: remote, charger: c, protocol: protocol16})
}

func (y *yard) pipeWith(a *admission) *client {
	near, far := net.Pipe()
	generation, err := y.estate.Connect(context.Background(), a.charger.ID, charging.Connected{Protocol: a.protocol.name}, time.Now())
	if err != nil {
		y.t.Fatal(err)
	}
	y.g.open(y.g.newLink(near, a, generation))
	return &client{t: y.t, conn: far, r: bufio.NewReader(far)}
}

func (c *client) sendFrame(f ws.Frame) {
	c.t.Helper()
	if err := ws.WriteFrame(c.conn, ws.MaskFrame(f)); err != nil {
		c.t.Fatalf("sending: %v", err)
	}
}

func (c *client) send(text string) {
	c.t.Helper()
	c.sendFrame(ws.NewTextFrame([]byte(text)))
}

// read returns the next frame, whatever it is.
func (c *client) read() (ws.Frame, error) {
	h, err := ws.ReadHeader(c.r)
	if err != nil {
		return ws.Frame{}, err
	}
	f := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
	_, err = io.ReadFull(c.r, f.Payload)
	return f, err
}

// text returns the next text message and answers pings on the way.
func (c *client) text() string {
	c.t.Helper()
	for {
		f, err := c.read()
		switch {
		case err != nil:
			c.t.Fatalf("reading: %v", err)
		case f.Header.OpCode == ws.OpPing:
			c.sendFrame(ws.NewPongFrame(f.Payload))
		case f.Header.OpCode == ws.OpText:
			return string(f.Payload)
		default:
			c.t.Fatalf("a frame of type %d: %q", f.Header.OpCode, f.Payload)
		}
	}
}

// want sends a message and compares the answer.
func (c *client) want(message, answer string) {
	c.t.Helper()
	c.send(message)
	if got := c.text(); got != answer {
		c.t.Errorf("to %.200s\n got %s\nwant %s", message, got, answer)
	}
}

// closed reads to the end and returns the close code, or 0 when the connection
// ended without a close frame.
func (c *client) closed() (code ws.StatusCode, why string) {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			return 0, err.Error()
		}
		if f.Header.OpCode == ws.OpClose {
			if len(f.Payload) < 2 {
				return ws.StatusNoStatusRcvd, ""
			}
			return ws.StatusCode(binary.BigEndian.Uint16(f.Payload)), string(f.Payload[2:])
		}
	}
}

func (c *client) wantClosed(code ws.StatusCode, why string) {
	c.t.Helper()
	gotCode, gotWhy := c.closed()
	if gotCode != code || !strings.Contains(gotWhy, why) {
		c.t.Errorf("closed with %d %q, want %d %q", gotCode, gotWhy, code, why)
	}
}

// eventually waits for something that another goroutine is about to do.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("it never came about that %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

const (
	heartbeatCall = `[2,"h1","Heartbeat",{}]`
	statusCall    = `[2,"s1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"2026-03-01T12:00:00Z"}]`
	bootCall      = `[2,"b1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}]`
)
