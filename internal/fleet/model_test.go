package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// naming is how a charger calls its sessions once it knows our ids.
type naming int

const (
	byOurs  naming = iota // by the id that we answered
	byOwn                 // by negative ids of its own
	byNone                // not at all: -1 in stops, nothing in meter values
	namings               // how many there are
)

// truth is a session as it really was.
type truth struct {
	port                  int
	tag                   string
	began, ended          time.Time
	meterStart, meterStop int64 // Wh
	own                   int64 // the charger's own id
	assigned              int64 // the first id that we answered; 0 before
	start                 charging.SessionStarted
}

// message is one message of a charger about a session.
type message struct {
	of   *truth
	body func() charging.Body // made when it is first sent: the id may come meanwhile
	sent charging.Body
}

// model is a charger with registers that only rise, whose messages wait in a
// queue, get lost on the way back, are sent again, and overtake each other.
type model struct {
	t         *rapid.T
	y         *yard
	id        charging.ID
	now       time.Time
	gen       uint64
	names     naming
	registers []int64
	running   []*truth // by port
	all       []*truth
	queue     []*message
	late      []*message // stops that arrive after everything else
	sent      []*message
}

// most sessions of a run, so that the charger's memory holds them all.
const modelSessions = 12

func (m *model) handle(body charging.Body) charging.Outcome {
	m.now = m.now.Add(time.Second)
	out, err := m.y.Handle(context.Background(), charging.Event{ChargerID: m.id, Generation: m.gen, Received: m.now, Body: body})
	if err != nil {
		m.t.Fatalf("%T: %v", body, err)
	}
	return out
}

// send sends a message, now and then without hearing the answer, so that it
// is sent again, perhaps after a restart of the server.
func (m *model) send(msg *message) {
	if msg.sent == nil {
		msg.sent = msg.body()
	}
	m.sent = append(m.sent, msg)
	m.check(msg, m.handle(msg.sent), false)
	for lost := rapid.IntRange(0, 19).Draw(m.t, "lost"); lost >= 17; lost-- {
		if lost == 19 {
			m.restart()
		}
		m.check(msg, m.handle(msg.sent), true)
	}
}

func (m *model) check(msg *message, out charging.Outcome, again bool) {
	switch msg.sent.(type) {
	case charging.SessionStarted:
		if msg.of.assigned == 0 {
			msg.of.assigned = out.TransactionID
		}
		if out.TransactionID <= 0 || out.TransactionID != msg.of.assigned {
			m.t.Fatalf("start of %+v was answered %d", msg.of, out.TransactionID)
		}
		if again != out.Repeat {
			m.t.Fatalf("start, again %v: %+v", again, out)
		}
	case charging.SessionStopped:
		if again && !out.Repeat {
			m.t.Fatalf("a stop that was sent again was taken over again: %+v", msg.sent)
		}
	}
}

func (m *model) connect() {
	gen, err := m.y.Connect(context.Background(), m.id, charging.Connected{Protocol: "ocpp1.6"}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	m.gen = gen
}

func (m *model) disconnect() {
	if m.gen == 0 {
		return
	}
	err := m.y.Disconnect(context.Background(), m.id, m.gen, charging.Disconnected{LastSeen: m.now}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	m.gen = 0
}

func (m *model) charger() *charging.Charger { return m.y.Estate().Charger(m.id) }

// restart restarts the server, and sees to it that the same is shown after it.
func (m *model) restart() {
	m.disconnect()
	before := m.charger()
	m.y.restart()
	if diff := cmp.Diff(before, m.charger(),
		cmpopts.IgnoreFields(charging.Charger{}, "Recent", "Notes", "Warm", "Flushing"),
		cmpopts.IgnoreFields(charging.Port{}, "Samples")); diff != "" {
		m.t.Fatalf("a restart changed what is shown (-before +after):\n%s", diff)
	}
}

func (m *model) anyPort() int { return rapid.IntRange(1, len(m.running)).Draw(m.t, "port") }

func (m *model) start() {
	port := m.anyPort()
	if m.running[port-1] != nil || len(m.all) == modelSessions {
		return
	}
	m.now = m.now.Add(time.Second)
	n := len(m.all) + 1
	s := &truth{port: port, tag: fmt.Sprintf("Card%d", n), began: m.now, meterStart: m.registers[port-1], own: int64(-100 - n)}
	s.start = start(s.tag, s.meterStart, s.began)
	s.start.Port = port
	m.running[port-1], m.all = s, append(m.all, s)
	m.post(&message{of: s, body: func() charging.Body { return s.start }})
}

// post queues a message; now and then a live one overtakes the queue.
func (m *model) post(msg *message) {
	if m.gen != 0 && rapid.IntRange(0, 3).Draw(m.t, "overtakes") == 0 {
		m.send(msg)
		return
	}
	m.queue = append(m.queue, msg)
}

func (m *model) sample() {
	port := m.anyPort()
	s := m.running[port-1]
	if s == nil {
		return
	}
	m.now = m.now.Add(time.Second)
	m.registers[port-1] += rapid.Int64Range(0, 3000).Draw(m.t, "Wh")
	b := meters(0, 7000, m.registers[port-1], m.now)
	b.Port = port
	if rapid.IntRange(0, 3).Draw(m.t, "clock-aligned") == 0 && m.gen != 0 {
		m.handle(b) // such values name no session and wait in no queue
		return
	}
	m.queue = append(m.queue, &message{of: s, body: func() charging.Body {
		if id, known := m.name(s); known {
			b.TransactionID, b.TransactionKnown = id, true
		}
		return b
	}})
}

// name is what the charger calls a session at the moment.
func (m *model) name(s *truth) (id int64, known bool) {
	switch {
	case m.names == byOwn:
		return s.own, true
	case m.names == byOurs && s.assigned != 0:
		return s.assigned, true
	}
	return -1, false
}

func (m *model) stop() {
	port := m.anyPort()
	s := m.running[port-1]
	if s == nil {
		return
	}
	m.now = m.now.Add(time.Second)
	m.registers[port-1] += rapid.Int64Range(0, 3000).Draw(m.t, "Wh")
	s.ended, s.meterStop = m.now, m.registers[port-1]
	m.running[port-1] = nil
	msg := &message{of: s, body: func() charging.Body {
		id, _ := m.name(s)
		b := stop(id, s.meterStop, s.ended)
		b.Tag = s.tag
		return b
	}}
	if rapid.IntRange(0, 4).Draw(m.t, "late") == 0 {
		m.late = append(m.late, msg)
		return
	}
	m.queue = append(m.queue, msg)
}

func (m *model) flush() {
	if m.gen == 0 {
		m.connect()
	}
	n := rapid.IntRange(0, len(m.queue)).Draw(m.t, "messages")
	for _, msg := range m.queue[:n] {
		m.send(msg)
	}
	m.queue = slices.Clone(m.queue[n:])
}

// swap is a fault of the queue: a start goes out after the message behind it.
// A charger that besides has ids of its own and keeps the stop before back
// leaves nothing to tell the two sessions apart.
func (m *model) swap() {
	if m.names == byOwn && len(m.late) > 0 {
		return
	}
	for i := 0; i+1 < len(m.queue); i++ {
		_, starts := m.queue[i].body().(charging.SessionStarted)
		if starts && m.queue[i].of == m.queue[i+1].of {
			m.queue[i], m.queue[i+1] = m.queue[i+1], m.queue[i]
			return
		}
	}
}

// again sends a message again of long ago.
func (m *model) again() {
	if len(m.sent) == 0 {
		return
	}
	msg := rapid.SampledFrom(m.sent).Draw(m.t, "message")
	m.check(msg, m.handle(msg.sent), true)
}

func (m *model) status() {
	port := m.anyPort()
	word := charging.Available
	if m.running[port-1] != nil {
		word = charging.Charging
	}
	m.handle(status(port, word, m.now))
}

func (m *model) wait() {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 180).Draw(m.t, "minutes")) * time.Minute)
	for _, p := range m.charger().Ports {
		if p.Session != nil {
			m.handle(charging.SessionOverdue{Port: p.Number, Session: p.Session.ID, Reason: "test"})
		}
	}
}

// finish delivers everything that is left, and says that the ports are free:
// that ends charging which was only observed, and nothing else.
func (m *model) finish() {
	m.connect()
	for port := range m.running {
		if s := m.running[port]; s != nil {
			m.now = m.now.Add(time.Second)
			s.ended, s.meterStop = m.now, m.registers[port]
			m.running[port] = nil
			m.queue = append(m.queue, &message{of: s, body: func() charging.Body {
				id, _ := m.name(s)
				b := stop(id, s.meterStop, s.ended)
				b.Tag = s.tag
				return b
			}})
		}
	}
	for _, msg := range append(m.queue, m.late...) {
		m.send(msg)
	}
	for port := range m.running {
		m.handle(status(port+1, charging.Available, m.now))
	}
}

// verify compares what is known of the sessions with the truth.
func (m *model) verify(when string) {
	c := m.charger()
	for _, p := range c.Ports {
		if p.Session != nil {
			m.t.Fatalf("%s: port %d still charges: %+v", when, p.Number, p.Session)
		}
	}
	of := map[int64]*charging.Session{}
	for _, s := range c.Recent {
		if s.AssignedID == 0 && s.EndReason != charging.EndNoMorePower || s.AssignedID != 0 && of[s.AssignedID] != nil {
			m.t.Fatalf("%s: a session too many: %+v", when, s)
		}
		of[s.AssignedID] = s
	}
	for _, want := range m.all {
		s := of[want.assigned]
		switch {
		case s == nil:
			m.t.Fatalf("%s: session %d of %+v is gone", when, want.assigned, want)
		case s.State != charging.SessionClosed || !s.HasStop || s.Tag != want.tag || s.PortNumber != want.port:
			m.t.Fatalf("%s: %+v\nwas %+v", when, s, want)
		case !s.StartedAt.Equal(want.began) || !s.EndedAt.Equal(want.ended):
			m.t.Fatalf("%s: from %v to %v\nwas %+v", when, s.StartedAt, s.EndedAt, want)
		case s.Energy.Thousand() != want.meterStop-want.meterStart:
			m.t.Fatalf("%s: %d Wh, want %d\n%+v", when, s.Energy.Thousand(), want.meterStop-want.meterStart, s)
		}
	}
}

// Whatever a charger with rising registers does with its messages, each
// session is known once, under one id, with its own stop and energy.
func TestSessionsOfAnyOrderOfMessagesComeOutTrue(t *testing.T) {
	y := newYard(t)
	last := charging.ID(1000)
	rapid.Check(t, func(t *rapid.T) {
		last++
		ch := &charging.Change{Chargers: []charging.ChargerSettings{{ID: last, SiteID: 12, Name: "Model", OCPPID: fmt.Sprint("M", last)}}}
		y.update(ch)
		ports := rapid.IntRange(1, 2).Draw(t, "ports")
		m := &model{t: t, y: y, id: last, now: noon, names: naming(rapid.IntRange(0, int(namings)-1).Draw(t, "naming")),
			registers: make([]int64, ports), running: make([]*truth, ports)}
		for i := range m.registers {
			m.registers[i] = rapid.Int64Range(0, 1_000_000).Draw(t, "register")
		}
		actions := map[string]func(){"start": m.start, "sample": m.sample, "stop": m.stop, "flush": m.flush, "swap": m.swap,
			"again": m.again, "status": m.status, "wait": m.wait, "disconnect": m.disconnect, "restart": m.restart}
		// The first four are what mostly happens.
		names := strings.Fields("start sample stop flush start sample stop flush swap again status wait disconnect restart")
		for range rapid.IntRange(5, 40).Draw(t, "actions") {
			actions[rapid.SampledFrom(names).Draw(t, "action")]()
		}
		m.finish()
		m.verify("at the end")
		m.restart()
		m.handle(charging.Booted{})
		m.verify("after a restart")
	})
}
