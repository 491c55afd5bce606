package statefuzz

import (
	"fmt"
	"slices"
	"time"
)

// status2x says in what state a connector is: a StatusNotification, or the
// NotifyEvent that stands for it (server-rules 13).
type status2x struct {
	evse, connector int
	state           string
	notify          bool
	time            stamp
}

func (m *status2x) call() (string, object) {
	if !m.notify {
		return "StatusNotification", object{"evseId": m.evse, "connectorId": m.connector, "connectorStatus": m.state, "timestamp": m.time.text}
	}
	event := object{"eventId": 1, "timestamp": m.time.text, "trigger": "Delta", "actualValue": m.state,
		"eventNotificationType": "HardWiredNotification", "variable": object{"name": "AvailabilityState"},
		"component": object{"name": "Connector", "evse": object{"id": m.evse, "connectorId": m.connector}}}
	return "NotifyEvent", object{"generatedAt": m.time.text, "seqNo": 0, "eventData": []object{event}}
}

func (m *status2x) repeatable() bool { return m.time.dated() }

func (m *status2x) happen(c *truth, received time.Time, _ []byte) error {
	o := c.outlet(m.evse)
	if o == nil {
		return nil
	}
	before, known := o.connectors[m.connector]
	if known && c.stale(m.time, received, before.at) {
		return nil
	}
	at := m.time.or(received)
	if o.connectors == nil {
		o.connectors, o.faults = map[int]told{}, map[int]bool{}
	}
	if m.state == "Sleeping" { // no word of the specification
		if !known {
			o.show(at, false)
			return nil
		}
		o.connectors[m.connector] = told{before.state, at}
	} else {
		o.connectors[m.connector] = told{m.state, at}
		o.faults[m.connector] = m.state == "Faulted" && (m.notify || o.faults[m.connector])
	}
	number, _ := o.shownConnector()
	o.show(at, number == m.connector)
	if number == m.connector && o.shown != nil && m.state != "Sleeping" {
		o.reported(o.shown, received)
	}
	return nil
}

// ranks are the states by who speaks for the port (DESIGN, Words).
var ranks = []string{"Occupied", "Reserved", "Available", "Faulted", "Unavailable"}

// shownConnector is the connector of the running session, else the first by
// rank and number; 0 for none.
func (o *outlet) shownConnector() (number int, state told) {
	if o.session != nil && len(o.session.events) > 0 {
		if own := o.session.connector(); own != 0 {
			return own, o.connectors[own]
		}
	}
	best := len(ranks)
	for n, c := range o.connectors {
		rank := slices.Index(ranks, c.state)
		if rank < best || rank == best && n < number {
			best, number, state = rank, n, c
		}
	}
	return number, state
}

// show derives the status of a port (contract 3.5 B, server-rules 17.1). at is
// the time of the message that changed something; own says that it was a
// report of the shown connector, which counts also when it repeats.
func (o *outlet) show(at time.Time, own bool) {
	_, c := o.shownConnector()
	s := o.session
	state := c.state
	if s != nil {
		// A session occupies its port, whatever was said before it.
		since := s.began
		if (state == "Available" || state == "Reserved") && s.phaseAt.After(since) {
			since = s.phaseAt
		}
		if state == "" || !c.at.After(since) {
			state = "Occupied"
		}
		o.served = o.served || s.meter.delivered() > 0 || s.phase == "Charging"
	} else if state == "Available" || state == "Reserved" {
		o.served = false
	}
	next := shown{word: o.word(state), code: "NoError", at: at}
	if next.word == "" {
		return
	}
	if next.word == "Faulted" || slices.Contains(mapValues(o.faults), true) {
		next.code = "OtherError"
	}
	if o.shown != nil {
		same := next
		same.at = o.shown.at
		if same == *o.shown && (!own || at.Before(o.shown.at)) {
			return
		}
	}
	o.shown = &next
}

func mapValues(m map[int]bool) (list []bool) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func (o *outlet) word(state string) string {
	switch {
	case state == "Occupied" && o.session != nil:
		switch phase := o.session.phase; phase {
		case "Charging", "SuspendedEV", "SuspendedEVSE":
			return phase
		case "EVConnected", "Idle":
			if o.served {
				return "Finishing"
			}
		}
		return "Preparing"
	case state == "Occupied" && o.served:
		return "Finishing"
	case state == "Occupied":
		return "Preparing"
	case state != "":
		return state
	case o.served:
		return "Finishing"
	case o.shown != nil:
		return o.shown.word
	}
	return ""
}

// event2x is a TransactionEvent.
type event2x struct {
	transaction     string
	phase           string // Started, Updated, Ended
	seq             int
	time            stamp
	evse, connector int // 0 while the station does not tell
	tag             string
	state           string
	offline         bool
	context         string
	samples         []sample
}

func (m *event2x) call() (string, object) {
	info := object{"transactionId": m.transaction}
	if m.state != "" {
		info["chargingState"] = m.state
	}
	o := object{"eventType": m.phase, "timestamp": m.time.text, "triggerReason": "ChargingStateChanged", "seqNo": m.seq, "transactionInfo": info}
	if m.evse != 0 {
		evse := object{"id": m.evse}
		if m.connector != 0 {
			evse["connectorId"] = m.connector
		}
		o["evse"] = evse
	}
	if m.tag != "" {
		o["idToken"] = object{"idToken": m.tag, "type": "ISO14443"}
	}
	if m.offline {
		o["offline"] = true
	}
	if len(m.samples) > 0 {
		var values []object
		for _, s := range m.samples {
			v := s.object2x()
			if m.context != "" {
				v["context"] = m.context
			}
			values = append(values, v)
		}
		o["meterValue"] = []object{{"timestamp": m.time.text, "sampledValue": values}}
	}
	return "TransactionEvent", o
}

// object2x is the sample as 2.x writes it.
func (s sample) object2x() object {
	switch s.measurand {
	case energyRegister:
		return object{"value": float64(s.value) / 1000, "measurand": s.measurand, "unitOfMeasure": object{"unit": "Wh", "multiplier": 3}}
	case powerImport:
		return object{"value": s.value, "measurand": s.measurand, "unitOfMeasure": object{"unit": "W"}}
	case soc:
		return object{"value": float64(s.value) / 1000, "measurand": s.measurand, "unitOfMeasure": object{"unit": "Percent"}}
	}
	return object{"value": float64(s.value) / 1000, "measurand": s.measurand}
}

func (*event2x) repeatable() bool { return true }

// happen adds the message to its session, in whatever order the messages come:
// what a session is follows from those that came (server-rules 14).
func (m *event2x) happen(c *truth, received time.Time, answer []byte) error {
	if answer == nil {
		return fmt.Errorf("%s %s %d was refused", m.transaction, m.phase, m.seq)
	}
	if m.tag != "" {
		if err := has(answer, `"idTokenInfo":{"status":`); err != nil {
			return err
		}
	}
	s := c.reported(m.transaction)
	if s == nil {
		s = &charge{transaction: m.transaction, own: plainNumber(m.transaction)}
		c.sessions = append(c.sessions, s)
	}
	if slices.ContainsFunc(s.events, func(e *event2x) bool { return e.seq == m.seq }) {
		return nil
	}
	newest := true
	for _, e := range s.events {
		newest = newest && e.seq < m.seq
	}
	s.events, s.told = append(s.events, m), append(s.told, m)
	s.lastSign = received
	if newest {
		s.available = time.Time{}
	}
	s.port = m.portOf(c, s)
	o := c.outlet(s.port)
	s.derive()
	s.stopped = s.stopped || m.phase == "Ended"
	if o == nil {
		return nil
	}
	m.seat(c, o, s, received)
	o.show(m.time.or(received), false)
	return nil
}

func (c *truth) reported(transaction string) *charge {
	for _, s := range c.sessions {
		if s.transaction == transaction {
			return s
		}
	}
	return nil
}

// portOf is the port that was told first. A vehicle that is connected to a
// charger with one port can only be at that.
func (m *event2x) portOf(c *truth, s *charge) int {
	switch {
	case s.port != 0:
		return s.port
	case m.evse != 0, m.state == "", m.state == "Idle", len(c.ports) > 1:
		return m.evse
	}
	return startPort(c, 0)
}

// seat puts the session where it belongs.
func (m *event2x) seat(c *truth, o *outlet, s *charge, received time.Time) {
	open := o.session
	switch {
	case s.stopped && open == s:
		o.session, o.served = nil, true
	case s.stopped, open == s:
	case s.lapsed:
		if (open == nil || open.observed > 0) && !c.ranAfter(s, m.time, received, m.offline || s.superseded) {
			if open != nil {
				open.stopped = true
			}
			s.lapsed, s.superseded, s.available = false, false, time.Time{}
			o.session = s
		}
	case open != nil && open.observed == 0 && open.began.After(s.began), c.ranAfter(s, m.time, received, m.offline):
		s.lapsed, s.superseded = true, true
	default:
		c.supersede(o, s)
		o.served = false
	}
}

// derive says what the session is by the messages that came.
func (s *charge) derive() {
	events := slices.Clone(s.events)
	slices.SortFunc(events, func(a, b *event2x) int { return a.seq - b.seq })
	s.began, s.tag, s.phase, s.phaseSeq, s.phaseAt = time.Time{}, "", "", 0, time.Time{}
	s.meter, s.latest, s.soc = register{}, nil, nil
	for _, e := range events {
		if e.phase == "Started" || s.began.IsZero() || events[0].phase != "Started" && e.time.at.Before(s.began) {
			s.began = e.time.at
		}
		if s.tag == "" {
			s.tag = e.tag
		}
		if e.state != "" {
			s.phase, s.phaseSeq, s.phaseAt = e.state, e.seq, e.time.at
		}
	}
	told := slices.Clone(s.told)
	slices.SortStableFunc(told, func(a, b *event2x) int { return a.time.at.Compare(b.time.at) })
	for _, e := range told {
		s.takeIn(e.context, e.samples, e.time.at)
	}
	s.soc = nil
	if events[0].phase == "Started" {
		events[0].tellSoC(s)
	}
	s.socOpen = s.soc == nil && !slices.IsSortedFunc(s.told, func(a, b *event2x) int { return a.time.at.Compare(b.time.at) })
	for _, e := range s.told {
		e.tellSoC(s)
	}
}

// tellSoC gives the session the state of charge that it began with.
func (m *event2x) tellSoC(s *charge) {
	for _, x := range m.samples {
		if x.measurand == soc && s.soc == nil && !m.time.at.After(s.began.Add(15*time.Minute)) {
			s.soc = &value{x.value, m.time.at}
		}
	}
}

// connector is the one that was told first.
func (s *charge) connector() int {
	for _, e := range s.events {
		if e.connector != 0 {
			return e.connector
		}
	}
	return 0
}
