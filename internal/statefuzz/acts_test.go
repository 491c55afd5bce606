package statefuzz

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

func (m *machine) status16() {
	s := m.any(false)
	words := append([]string{"Occupied", "Sleeping", "Charging", "Charging", "Available"}, words16...)
	m.tell(s, &status16{port: m.anyPort(), word: rapid.SampledFrom(words).Draw(m.t, "word"),
		code:   rapid.SampledFrom([]string{"NoError", "NoError", "", "GroundFailure", "Burning"}).Draw(m.t, "code"),
		vendor: rapid.SampledFrom([]string{"", "", "E7"}).Draw(m.t, "vendor code"),
		info:   rapid.SampledFrom([]string{"", "", "door open"}).Draw(m.t, "info"), time: m.stamp(s)}, "")
}

func (m *machine) start16() {
	s := m.any(false)
	number := rapid.SampledFrom([]int{1, 1, 1, 1, 2, 2, 3, 0}).Draw(m.t, "port")
	m.tell(s, &start16{port: number, tag: m.tag(), meter: s.registers[number], time: m.stamp(s)}, "")
}

// name draws the transaction id by which a message of a port names a session:
// mostly that which runs there, else none, that of another, or one of its own.
func (m *machine) name(s *station, number int) int64 {
	o := s.ports[number]
	runs := o != nil && o.session != nil
	if runs && o.session.transaction != "" || number == 0 && s.runs2x() {
		return 0
	}
	switch rapid.IntRange(0, 7).Draw(m.t, "name") {
	case 0:
		return 0
	case 1:
		if i := rapid.IntRange(0, 30).Draw(m.t, "session"); i < len(s.sessions) && s.sessions[i].transaction == "" {
			return s.sessions[i].own
		}
	case 2:
		return rapid.SampledFrom([]int64{-5, 880001, 880002}).Draw(m.t, "own")
	}
	if runs {
		return o.session.own
	}
	return 0
}

func (m *machine) samples(s *station, number int, resets bool) []sample {
	var list []sample
	if rapid.IntRange(0, 9).Draw(m.t, "reset") == 0 && resets {
		s.registers[number] /= 3
	}
	if rapid.Bool().Draw(m.t, "register") {
		s.registers[number] += rapid.Int64Range(0, 5000).Draw(m.t, "Wh")
		list = append(list, sample{energyRegister, s.registers[number]})
	}
	for _, measurand := range []string{powerImport, currentImport, voltage, soc} {
		if !rapid.Bool().Draw(m.t, measurand) {
			continue
		}
		v := rapid.Int64Range(0, 100).Draw(m.t, "value")
		switch measurand {
		case powerImport:
			v *= 1500
		case voltage:
			v = 200_000 + v*100
		case soc:
			v = 1000 + v*990
		case currentImport:
			v *= 100
		}
		list = append(list, sample{measurand, v})
	}
	if len(list) == 0 {
		return []sample{{powerImport, 7000}}
	}
	return list
}

func (m *machine) meter16() {
	s := m.any(false)
	number := rapid.SampledFrom([]int{1, 1, 1, 1, 2, 2, 3, 0}).Draw(m.t, "port")
	t := m.stamp(s)
	m.tell(s, &meter16{port: number, id: m.name(s, number), time: t, samples: m.samples(s, number, s.skew == 0 && !s.runs2x())}, "")
}

// runs2x says that a session of 2.x runs somewhere.
func (s *station) runs2x() bool {
	for _, o := range s.ports {
		if o.session != nil && o.session.transaction != "" {
			return true
		}
	}
	return false
}

func (m *machine) stop16() {
	s := m.any(false)
	number := m.anyPort()
	id := m.name(s, number)
	if id == 0 || s.called(id) == nil {
		return
	}
	m.tell(s, &stop16{id: id, meter: s.registers[number], time: m.stamp(s)}, "")
}

func (m *machine) status2x() {
	s := m.any(true)
	states := append([]string{"Sleeping", "Occupied", "Available"}, ranks...)
	m.tell(s, &status2x{evse: m.anyPort(), connector: rapid.IntRange(1, 2).Draw(m.t, "connector"),
		state: rapid.SampledFrom(states).Draw(m.t, "state"), notify: rapid.Bool().Draw(m.t, "notify"), time: m.stamp(s)}, "")
}

// begin begins a session at a port that is free.
func (m *machine) begin() {
	s := m.station()
	number := m.anyPort()
	if s.running[number] != nil {
		return
	}
	s.courses++
	c := &course{transaction: fmt.Sprintf("TX-%d-%d", s.id, s.courses), evse: number, connector: rapid.IntRange(0, 2).Draw(m.t, "connector"), tag: m.tag()}
	if rapid.Bool().Draw(m.t, "decimal") {
		c.transaction = fmt.Sprint(s.id*1000 + int64(s.courses))
	}
	s.running[number] = c
	m.event(s, c, "Started")
}

func (m *machine) update() { m.onRunning("Updated") }

func (m *machine) end() { m.onRunning("Ended") }

func (m *machine) onRunning(phase string) {
	s := m.station()
	c := s.running[m.anyPort()]
	if c == nil {
		return
	}
	m.event(s, c, phase)
	if phase == "Ended" {
		delete(s.running, c.evse)
	}
}

// event is one message of a session: sent at once, or kept for later.
func (m *machine) event(s *station, c *course, phase string) {
	m.now = m.now.Add(time.Second)
	e := &event2x{transaction: c.transaction, phase: phase, seq: c.seq, time: m.written(m.now), offline: s.protocol == nil}
	c.seq++
	if !c.toldTag && rapid.Bool().Draw(m.t, "tells tag") {
		c.toldTag, e.tag = true, c.tag
	}
	if c.toldEVSE = c.toldEVSE || rapid.IntRange(0, 3).Draw(m.t, "tells port") > 0; c.toldEVSE {
		e.evse, e.connector = c.evse, c.connector
		e.state = rapid.SampledFrom([]string{"", "EVConnected", "Charging", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle"}).Draw(m.t, "state")
	}
	if rapid.Bool().Draw(m.t, "samples") {
		e.samples = m.samples(s, c.evse, false)
		switch {
		case phase == "Started" && rapid.Bool().Draw(m.t, "context"):
			e.context = "Transaction.Begin"
		case phase == "Ended":
			e.context = "Transaction.End"
		}
	}
	if s.protocol == nil || !s.link.v2 || rapid.IntRange(0, 4).Draw(m.t, "late") == 0 {
		s.queue = append(s.queue, e)
		return
	}
	m.tell(s, e, "")
}

// flush sends one of the messages that wait, whichever.
func (m *machine) flush() {
	s := m.any(true)
	if len(s.queue) == 0 {
		return
	}
	i := 0
	if rapid.Bool().Draw(m.t, "out of order") {
		i = rapid.IntRange(0, len(s.queue)-1).Draw(m.t, "which")
	}
	e := s.queue[i]
	s.queue = slices.Delete(s.queue, i, i+1)
	m.tell(s, e, "")
}
