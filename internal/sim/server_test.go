package sim

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// got is one call that the test's server received.
type got struct {
	identity, id, action string
	payload              string
	connection           int // of this server, from 1
	at                   time.Time
}

// field returns a member of the payload as text.
func (g got) field(name string) string {
	var m map[string]json.RawMessage
	if json.Unmarshal([]byte(g.payload), &m) != nil {
		return ""
	}
	return strings.Trim(string(m[name]), `"`)
}

// reaction is what the server does with a call: answers payload, or an error
// with code, or says nothing; hangUp ends the connection instead.
type reaction struct {
	payload string
	code    ocpp.ErrorCode
	silent  bool
	hangUp  bool
}

// server is a small OCPP server that remembers all it was told.
type server struct {
	t        testing.TB
	password string // "" lets everybody in
	protocol string // what is chosen if it is offered
	// unchecked says that chargers are meant to say what does not fit.
	unchecked bool
	// react, if not nil, may replace the usual reaction to a call.
	react func(g got, usual reaction) reaction

	mu          sync.Mutex
	log         []got
	connections []net.Conn
	current     map[string]net.Conn
	auth        []string        // the header of each connection
	answers     chan ocpp.Frame // to calls of the server
	lastID      int64
	starts      map[string]int64
	wg          sync.WaitGroup
}

func newServer(t testing.TB) *server {
	return &server{t: t, protocol: "ocpp1.6", current: make(map[string]net.Conn), starts: make(map[string]int64),
		answers: make(chan ocpp.Frame, 16)}
}

// listen serves real sockets and returns the URL.
func (s *server) listen() string {
	return "ws" + s.listenOn(nil)
}

// listenOn serves real sockets, over TLS unless config is nil, and returns the
// URL without the ws.
func (s *server) listenOn(config *tls.Config) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	scheme := ""
	if config != nil {
		l, scheme = tls.NewListener(l, config), "s"
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(conn) })
		}
	}()
	s.t.Cleanup(func() {
		l.Close()
		s.dropAll()
		s.wg.Wait()
	})
	return scheme + "://" + l.Addr().String() + "/ocpp"
}

// dialPipe serves the other end of a pipe in memory, for synctest.
func (s *server) dialPipe(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.wg.Go(func() { s.serve(theirs) })
	return ours, nil
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	var identity, auth string
	u := ws.Upgrader{
		Protocol: func(p []byte) bool { return string(p) == s.protocol },
		OnRequest: func(uri []byte) error {
			parts := strings.Split(string(uri), "/")
			identity = parts[len(parts)-1]
			return nil
		},
		OnHeader: func(key, value []byte) error {
			if strings.EqualFold(string(key), "Authorization") {
				auth = string(value)
			}
			return nil
		},
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) {
			if s.password != "" && auth != s.password {
				return nil, ws.RejectConnectionError(ws.RejectionStatus(401), ws.RejectionReason("the password of "+identity+" is wrong"))
			}
			return nil, nil
		},
	}
	if _, err := u.Upgrade(conn); err != nil {
		return
	}
	s.mu.Lock()
	s.connections = append(s.connections, conn)
	s.current[identity] = conn
	s.auth = append(s.auth, auth)
	number := len(s.connections)
	s.mu.Unlock()
	// Reading goes on while a message is handled, so that a charger's write
	// never waits for the test.
	messages := make(chan []byte, 10000)
	s.wg.Go(func() {
		defer close(messages)
		for {
			message, op, err := wsutil.ReadClientData(conn)
			if err != nil || op != ws.OpText {
				return
			}
			messages <- message
		}
	})
	for message := range messages {
		if !s.handle(conn, identity, number, message) {
			return
		}
	}
}

// handle reacts to one message; false ends the connection.
func (s *server) handle(conn net.Conn, identity string, number int, message []byte) bool {
	f, err := ocpp.ParseFrame(message)
	if err != nil {
		s.t.Errorf("no frame: %s: %v", message, err)
		return false
	}
	if f.Type != ocpp.Call {
		s.answers <- f
		return true
	}
	s.check(f.Action, f.Payload, func(a *ocpp.Action) []ocpp.Member { return a.Request })
	g := got{identity, f.ID, f.Action, string(f.Payload), number, time.Now()}
	s.mu.Lock()
	s.log = append(s.log, g)
	r, react := s.usual(g), s.react
	s.mu.Unlock()
	if react != nil {
		r = react(g, r)
	}
	var answer []byte
	switch {
	case r.hangUp:
		return false
	case r.silent:
		return true
	case r.code != "":
		answer = ocpp.AppendCallError(nil, f.RawID, r.code, "as the test wants it")
	default:
		answer = ocpp.AppendCallResult(nil, f.RawID, []byte(r.payload))
	}
	return wsutil.WriteServerText(conn, answer) == nil
}

// reacts changes what the server answers while chargers talk to it.
func (s *server) reacts(react func(g got, usual reaction) reaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.react = react
}

// check holds what a charger says against the table of the version.
func (s *server) check(action string, payload []byte, members func(*ocpp.Action) []ocpp.Member) {
	t := talks[s.protocol]
	if t == nil || s.unchecked {
		return
	}
	row := t.table().Action(action)
	if row == nil {
		s.t.Errorf("%s has no action %s", s.protocol, action)
		return
	}
	if fault := ocpp.Check(t.table().Version, members(row), payload); fault != nil {
		s.t.Errorf("%s %s does not fit %s: %v", action, payload, s.protocol, fault)
	}
}

// usual is what a good server answers. A start that is repeated gets the id
// that it had.
func (s *server) usual(g got) reaction {
	switch g.action {
	case "BootNotification":
		return reaction{payload: `{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":600}`}
	case "Authorize":
		member := "idTagInfo"
		if s.protocol != Protocol16 {
			member = "idTokenInfo"
		}
		if strings.Contains(g.payload, strangersTag) {
			return reaction{payload: `{"` + member + `":{"status":"Invalid"}}`}
		}
		return reaction{payload: `{"` + member + `":{"status":"Accepted"}}`}
	case "TransactionEvent":
		if strings.Contains(g.payload, `"idToken":`) {
			return reaction{payload: `{"idTokenInfo":{"status":"Accepted"}}`}
		}
		return reaction{payload: `{}`}
	case "SignCertificate", "DataTransfer":
		return reaction{payload: `{"status":"Accepted"}`}
	case "StartTransaction":
		key := g.identity + g.payload
		if s.starts[key] == 0 {
			s.lastID++
			s.starts[key] = s.lastID
		}
		return reaction{payload: fmt.Sprintf(`{"transactionId":%d,"idTagInfo":{"status":"Accepted"}}`, s.starts[key])}
	case "Heartbeat":
		return reaction{payload: `{"currentTime":"2026-01-01T00:00:00Z"}`}
	default:
		return reaction{payload: `{}`}
	}
}

// writeServer sends a text to a charger.
func writeServer(conn net.Conn, text []byte) error { return wsutil.WriteServerText(conn, text) }

// received returns what came so far, of these actions only if there are any.
func (s *server) received(actions ...string) []got {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []got
	for _, g := range s.log {
		if len(actions) == 0 || strings.Contains(" "+strings.Join(actions, " ")+" ", " "+g.action+" ") {
			list = append(list, g)
		}
	}
	return list
}

// transactions returns the messages of transactions that came.
func (s *server) transactions() []got {
	return s.received("StartTransaction", "MeterValues", "StopTransaction")
}

// dropAll ends all connections without a word.
func (s *server) dropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.connections {
		conn.Close()
	}
}

// call calls a charger and returns its answer.
func (s *server) call(identity, action, payload string) ocpp.Frame {
	s.t.Helper()
	s.mu.Lock()
	conn := s.current[identity]
	s.mu.Unlock()
	err := wsutil.WriteServerText(conn, ocpp.AppendCall(nil, "srv-"+action, action, []byte(payload)))
	if err != nil {
		s.t.Fatal(err)
	}
	select {
	case f := <-s.answers:
		if f.Type == ocpp.CallResult {
			s.check(action, f.Payload, func(a *ocpp.Action) []ocpp.Member { return a.Response })
		}
		return f
	case <-time.After(10 * time.Second):
		s.t.Fatalf("no answer to %s", action)
		return ocpp.Frame{}
	}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never happened: %s", what)
		}
	}
}

// syncBuffer is a text that a test reads while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
