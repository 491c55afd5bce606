package fleet

import (
	"fmt"
	"slices"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// recentSessions is how many closed sessions a charger keeps at hand.
const recentSessions = 16

// draft is the estate as it will be when the batch is stored.
type draft struct {
	base    *Estate
	changed map[int]*charging.Charger
	batch   charging.Batch
}

func newDraft(base *Estate) *draft {
	return &draft{base: base, changed: make(map[int]*charging.Charger)}
}

func (d *draft) at(slot int) *charging.Charger {
	if c := d.changed[slot]; c != nil {
		return c
	}
	return d.base.At(slot)
}

// estate is what is published once the batch is stored.
func (d *draft) estate() *Estate {
	if len(d.changed) == 0 {
		return d.base
	}
	return d.base.with(d.changed)
}

// step is the decision of one event, on copies: it changes the draft only
// when it is done.
type step struct {
	fleet    *Fleet
	estate   *Estate // for names and tags; its chargers may be older
	ev       *charging.Event
	memory   memory
	charger  *charging.Charger // a copy that may be changed
	records  []charging.Record
	sessions []*charging.Session
	ports    []charging.PortSettings
	oddities []charging.Oddity // added by the decision
	// variables are what the charger told of its configuration.
	variables []charging.ChargerVariables
	floated   bool // the sessions without a port changed
}

func (f *Fleet) newStep(d *draft, slot int, ev *charging.Event, m memory) *step {
	c := *d.at(slot)
	c.Ports = slices.Clone(c.Ports)
	s := &step{fleet: f, estate: d.base, ev: ev, memory: m, charger: &c}
	s.warm()
	return s
}

// done takes the decision over into the draft. Without a record it changed
// nothing but perhaps what was read back.
func (s *step) done(d *draft, slot int) {
	if len(s.records) == 0 && s.charger.Warm == d.at(slot).Warm {
		return
	}
	d.changed[slot] = s.charger
	d.batch.Records = append(d.batch.Records, s.records...)
	d.batch.Sessions = append(d.batch.Sessions, s.sessions...)
	d.batch.Ports = append(d.batch.Ports, s.ports...)
	d.batch.Variables = append(d.batch.Variables, s.variables...)
}

// odd notes something unusual that the decision met.
func (s *step) odd(format string, args ...any) {
	s.oddities = append(s.oddities, fmt.Sprintf(format, args...))
}

// ownPort returns a copy of the port that may be changed, making the port if
// there is none; nil for a number that makes none.
func (s *step) ownPort(number int) (*charging.Port, error) {
	i, found := slices.BinarySearchFunc(s.charger.Ports, number, func(p *charging.Port, n int) int { return p.Number - n })
	if found {
		p := *s.charger.Ports[i]
		s.charger.Ports[i] = &p
		return &p, nil
	}
	if number < 1 || len(s.charger.Ports) >= charging.MaxPortsPerCharger {
		return nil, nil
	}
	id, err := s.fleet.ids.Next(charging.IDPort)
	if err != nil {
		return nil, err
	}
	p := &charging.Port{PortSettings: charging.PortSettings{
		ID: id, ChargerID: s.charger.ID, Number: number, Name: charging.DefaultPortName(number)}}
	s.charger.Ports = slices.Insert(s.charger.Ports, i, p)
	s.ports = append(s.ports, p.PortSettings)
	return p, nil
}

// record adds a row to the history: port is what it is about, nil for the
// charger itself. The state in it is the state at the end of the step, so it
// is called last.
func (s *step) record(kind charging.RecordKind, port *charging.Port, r charging.Record) error {
	id, err := s.fleet.ids.Next(charging.IDRecord)
	if err != nil {
		return err
	}
	r.ID, r.Kind, r.ChargerID = id, kind, s.charger.ID
	r.Received, r.MessageID, r.Message = s.ev.Received, s.ev.MessageID, s.ev.Message
	r.Oddities = s.ev.Oddities
	if len(s.oddities) > 0 {
		r.Oddities = append(slices.Clone(r.Oddities), s.oddities...)
	}
	if port != nil {
		r.PortNumber = port.Number
		r.Port = &charging.PortState{Status: port.Status, Session: port.Session, Connectors: port.Connectors,
			Problems: port.Problems, Served: port.Served}
	} else {
		c := s.charger
		r.Charger = &charging.ChargerState{Boot: c.Boot, Connection: c.Connection, Status: c.Status, Problems: c.Problems,
			NextBoot: c.NextBoot, Profile: c.Profile, Floating: c.Floating}
	}
	s.records = append(s.records, r)
	s.charger.Version = id
	return nil
}

// remember keeps a session that is no longer open among the recent ones,
// replacing its earlier self.
func (s *step) remember(session *charging.Session) {
	recent := make([]*charging.Session, 0, recentSessions)
	for _, r := range s.charger.Recent {
		if r.ID != session.ID {
			recent = append(recent, r)
		}
	}
	if len(recent) >= recentSessions {
		recent = recent[len(recent)-recentSessions+1:]
	}
	s.charger.Recent = append(recent, session)
	s.sessions = append(s.sessions, session)
}

// forget takes a session out of the recent ones, because it runs again.
func (s *step) forget(id charging.ID) {
	s.charger.Recent = slices.DeleteFunc(slices.Clone(s.charger.Recent), func(r *charging.Session) bool { return r.ID == id })
}
