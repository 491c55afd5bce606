package fleet_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// run is a 2.x session as it really was.
type run struct {
	transaction  string
	port         int
	tag          string
	began, ended time.Time
	first, last  int64 // register in Wh
	seq          int64 // of the next message
	told         int   // messages so far
	beginAt      int   // message with the register of the begin; -1 for none
	tagAt        int   // message with the tag
	portAt       int   // message with the port
	readings     []charging.Reading
	lost         bool // a message of it never arrives
	session      charging.ID
}

// post is one message on its way.
type post struct {
	of   *run
	body charging.SessionReported
}

// station is a 2.x charger with two EVSEs and registers that only rise. Its
// messages wait in a queue, get lost, are sent again and overtake each other.
type station struct {
	t         *rapid.T
	y         *yard
	id        charging.ID
	now       time.Time
	gen       uint64
	registers [2]int64
	running   [2]*run
	all       []*run
	queue     []post
	sent      []post
}

func (m *station) handle(body charging.Body) charging.Outcome {
	m.now = m.now.Add(time.Second)
	out, err := m.y.Handle(context.Background(), charging.Event{ChargerID: m.id, Generation: m.gen, Received: m.now, Body: body})
	if err != nil {
		m.t.Fatalf("%T: %v", body, err)
	}
	return out
}

func (m *station) charger() *charging.Charger { return m.y.Estate().Charger(m.id) }

// report makes the next message of a session.
func (m *station) report(r *run, phase charging.SessionPhase) post {
	m.now = m.now.Add(time.Second)
	b := charging.SessionReported{Transaction: r.transaction, Phase: phase, Seq: r.seq, HasSeq: true, Time: at(m.now),
		State: rapid.SampledFrom([]charging.ChargingState{"", charging.StateCharging, charging.StateSuspendedEV, charging.StateEVConnected}).Draw(m.t, "state")}
	register := func(wh int64, context charging.ReadingContext) {
		reading := sample(charging.EnergyActiveImportRegister, charging.Milli(wh*1000), m.now)
		reading.Context = context
		r.readings = append(r.readings, reading)
		b.Readings = append(b.Readings, reading)
	}
	n := r.told
	if n == r.portAt {
		b.Port, b.Connector = r.port, 1
	}
	if n == r.tagAt {
		b.Tag, b.HasTag = r.tag, true
	}
	switch {
	case phase == charging.PhaseEnded:
		register(m.registers[r.port-1], charging.ContextTransactionEnd)
		b.Tag, b.HasTag = "Someone else", true
		b.Readings = slices.Clone(r.readings[rapid.IntRange(0, len(r.readings)-1).Draw(m.t, "repeated"):])
	case n == r.beginAt:
		register(r.first, charging.ContextTransactionBegin)
	default:
		register(m.registers[r.port-1], charging.ContextSamplePeriodic)
	}
	r.seq++
	r.told++
	return post{r, b}
}

func (m *station) start() {
	port := rapid.IntRange(1, 2).Draw(m.t, "port")
	if m.running[port-1] != nil || len(m.all) == modelSessions {
		return
	}
	n := len(m.all) + 1
	r := &run{transaction: fmt.Sprint("T", n), port: port, tag: fmt.Sprintf("Card%d", n), first: m.registers[port-1],
		seq: rapid.Int64Range(0, 3).Draw(m.t, "first number"), beginAt: rapid.IntRange(-1, 1).Draw(m.t, "begin"),
		tagAt: rapid.IntRange(0, 1).Draw(m.t, "tag"), portAt: rapid.IntRange(0, 1).Draw(m.t, "port known")}
	m.running[port-1], m.all = r, append(m.all, r)
	first := m.report(r, charging.PhaseStarted)
	r.began = first.body.Time.Parsed
	m.queue = append(m.queue, first, m.report(r, charging.PhaseUpdated))
}

func (m *station) sample() {
	r := m.running[rapid.IntRange(0, 1).Draw(m.t, "port")]
	if r == nil {
		return
	}
	m.registers[r.port-1] += rapid.Int64Range(0, 3000).Draw(m.t, "Wh")
	p := m.report(r, charging.PhaseUpdated)
	switch rapid.IntRange(0, 9).Draw(m.t, "fate") {
	case 0:
		r.lost = true
	case 1, 2:
		if m.gen != 0 {
			m.send(p) // live, past the queue
			return
		}
		fallthrough
	default:
		m.queue = append(m.queue, p)
	}
}

func (m *station) stop() {
	m.end(m.running[rapid.IntRange(0, 1).Draw(m.t, "port")])
}

func (m *station) end(r *run) {
	if r == nil {
		return
	}
	m.registers[r.port-1] += rapid.Int64Range(0, 3000).Draw(m.t, "Wh")
	r.last = m.registers[r.port-1]
	m.running[r.port-1] = nil
	p := m.report(r, charging.PhaseEnded)
	r.ended = p.body.Time.Parsed
	m.queue = append(m.queue, p)
}

// send sends a message, now and then without hearing the answer, so that it is
// sent again, perhaps after a restart of the server.
func (m *station) send(p post) {
	m.sent = append(m.sent, p)
	m.check(p, false)
	for lost := rapid.IntRange(0, 19).Draw(m.t, "lost"); lost >= 17; lost-- {
		if lost == 19 {
			m.restart()
		}
		m.check(p, true)
	}
}

func (m *station) check(p post, again bool) {
	out := m.handle(p.body)
	if p.of.session == 0 {
		p.of.session = out.Session
	}
	if out.Session != p.of.session || out.Repeat != again || out.HasTag != p.body.HasTag {
		m.t.Fatalf("again %v: %+v\nof %+v\nwas answered %+v", again, p.body, p.of, out)
	}
}

func (m *station) connect() {
	gen, err := m.y.Connect(context.Background(), m.id, charging.Connected{Protocol: "ocpp2.0.1"}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	m.gen = gen
}

func (m *station) disconnect() {
	if m.gen == 0 {
		return
	}
	if err := m.y.Disconnect(context.Background(), m.id, m.gen, charging.Disconnected{LastSeen: m.now}, m.now); err != nil {
		m.t.Fatal(err)
	}
	m.gen = 0
}

// restart restarts the server, and sees to it that the same is known after it.
func (m *station) restart() {
	m.disconnect()
	before := m.charger()
	m.y.restart()
	if diff := cmp.Diff(before, m.charger(),
		cmpopts.IgnoreFields(charging.Charger{}, "Recent", "Notes", "Warm", "Flushing"),
		cmpopts.IgnoreFields(charging.Port{}, "Samples")); diff != "" {
		m.t.Fatalf("a restart changed what is known (-before +after):\n%s", diff)
	}
}

func (m *station) flush() {
	if m.gen == 0 {
		m.connect()
	}
	n := rapid.IntRange(0, len(m.queue)).Draw(m.t, "messages")
	for _, p := range m.queue[:n] {
		m.send(p)
	}
	m.queue = slices.Clone(m.queue[n:])
}

// shuffle brings the queue out of order.
func (m *station) shuffle() {
	seed := rapid.Uint64().Draw(m.t, "order")
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(m.queue), func(i, j int) { m.queue[i], m.queue[j] = m.queue[j], m.queue[i] })
}

// again sends a message again of long ago.
func (m *station) again() {
	if len(m.sent) > 0 {
		m.check(rapid.SampledFrom(m.sent).Draw(m.t, "message"), true)
	}
}

func (m *station) status() {
	port := rapid.IntRange(1, 2).Draw(m.t, "port")
	state := "Available"
	if m.running[port-1] != nil {
		state = charging.StateOccupied
	}
	m.handle(connector(port, 1, state, m.now))
}

func (m *station) fault() {
	m.handle(problem("CX002", "GroundFailure", rapid.Bool().Draw(m.t, "active"), m.now))
}

func (m *station) wait() {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 1800).Draw(m.t, "minutes")) * time.Minute)
	c := m.charger()
	for _, p := range c.Ports {
		if p.Session != nil {
			m.handle(charging.SessionOverdue{Port: p.Number, Session: p.Session.ID, Reason: "test"})
		}
	}
	for _, s := range c.Floating {
		m.handle(charging.SessionOverdue{Session: s.ID, Reason: "test"})
	}
}

func (m *station) finish() {
	m.connect()
	m.end(m.running[0])
	m.end(m.running[1])
	for _, p := range m.queue {
		m.send(p)
	}
	for port := range m.running {
		m.handle(connector(port+1, 1, "Available", m.now))
	}
}

// verify compares what is known of the sessions with the truth.
func (m *station) verify(when string) {
	c := m.charger()
	for _, p := range c.Ports {
		if p.Session != nil || p.Status.Status != charging.Available {
			m.t.Fatalf("%s: port %d shows %+v and %+v", when, p.Number, p.Status, p.Session)
		}
	}
	if len(c.Floating) != 0 || len(c.Recent) != len(m.all) {
		m.t.Fatalf("%s: %d sessions without a port, %d closed, want %d", when, len(c.Floating), len(c.Recent), len(m.all))
	}
	for _, want := range m.all {
		s := c.SessionByStation(want.transaction)
		switch {
		case s == nil:
			m.t.Fatalf("%s: session of %+v is gone", when, want)
		case s.ID != want.session || s.State != charging.SessionClosed || s.Tag != want.tag || s.PortNumber != want.port || s.Incomplete != want.lost:
			m.t.Fatalf("%s: %+v\nwas %+v", when, s, want)
		case !s.StartedAt.Equal(want.began) || !s.EndedAt.Equal(want.ended):
			m.t.Fatalf("%s: from %v to %v\nwas %+v", when, s.StartedAt, s.EndedAt, want)
		case s.Energy.Thousand() != want.last-want.first:
			m.t.Fatalf("%s: %d Wh, want %d\n%+v", when, s.Energy.Thousand(), want.last-want.first, s)
		}
	}
}

// Whatever happens to the messages of a 2.x charger on their way, each session
// is known once, on its port, with its own start, end, tag and energy.
func TestReportedSessionsOfAnyOrderOfMessagesComeOutTrue(t *testing.T) {
	y := newYard(t)
	last := charging.ID(1000)
	rapid.Check(t, func(t *rapid.T) {
		last++
		y.update(&charging.Change{Chargers: []charging.ChargerSettings{{ID: last, SiteID: 12, Name: "Model", OCPPID: fmt.Sprint("S", last)}}})
		m := &station{t: t, y: y, id: last, now: noon}
		for i := range m.registers {
			m.registers[i] = rapid.Int64Range(0, 1_000_000).Draw(t, "register")
		}
		m.handle(connector(1, 1, "Available", m.now))
		m.handle(connector(2, 1, "Available", m.now))
		actions := map[string]func(){"start": m.start, "sample": m.sample, "stop": m.stop, "flush": m.flush, "shuffle": m.shuffle,
			"again": m.again, "status": m.status, "fault": m.fault, "wait": m.wait, "disconnect": m.disconnect, "restart": m.restart}
		names := strings.Fields("start sample stop flush start sample stop flush shuffle again status fault wait disconnect restart")
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
