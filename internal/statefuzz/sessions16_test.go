package statefuzz

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// start16 is a StartTransaction.
type start16 struct {
	port  int
	tag   string
	meter int64 // Wh
	time  stamp
}

func (m *start16) call() (string, object) {
	return "StartTransaction", object{"connectorId": m.port, "idTag": m.tag, "meterStart": m.meter, "timestamp": m.time.text}
}

func (m *start16) repeatable() bool { return m.time.dated() }

func (m *start16) happen(c *truth, received time.Time, answer []byte) error {
	var result struct {
		TransactionID int64
		IDTagInfo     *struct{ Status string }
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.TransactionID <= 0 || result.IDTagInfo == nil {
		return fmt.Errorf("a start was answered %s", answer)
	}
	if known := m.first(c, received); known != nil {
		if result.TransactionID != known.assigned {
			return fmt.Errorf("a start that came again was answered %d, before %d", result.TransactionID, known.assigned)
		}
		return nil
	}
	for _, s := range c.sessions {
		if s.assigned == result.TransactionID || s.own == result.TransactionID {
			return fmt.Errorf("transaction id %d was given twice", result.TransactionID)
		}
	}
	s := &charge{port: m.port, began: m.time.or(received), seen: received, tag: m.tag, start: m, lastSign: received,
		assigned: result.TransactionID, own: result.TransactionID}
	s.meter.take(m.meter, time.Time{})
	s.port = startPort(c, m.port)
	c.sessions = append(c.sessions, s)
	o := c.outlet(s.port)
	if o == nil {
		s.lapsed = true
		return nil
	}
	s.place(c, o, m.time, received)
	return nil
}

// startPort is the port of a start: for connector 0, the only one.
func startPort(c *truth, number int) int {
	if number != 0 || len(c.ports) > 1 {
		return number
	}
	for only := range c.ports {
		return only
	}
	return 1
}

// first is the session that this very start began, nil when it is new
// (server-rules 6).
func (m *start16) first(c *truth, received time.Time) *charge {
	for _, s := range c.sessions {
		if s.start == nil || m.port != 0 && s.port != m.port || s.tag != m.tag || s.start.meter != m.meter {
			continue
		}
		if m.time.dated() && s.start.time.text == m.time.text ||
			!m.time.dated() && !s.start.time.plausible(s.seen) && !s.stopped && received.Sub(s.seen) <= repeatsWithin {
			return s
		}
	}
	return nil
}

// place is contract 3.5 G, and no. 28 for charging that was seen before its
// start came.
func (s *charge) place(c *truth, o *outlet, t stamp, received time.Time) {
	open := o.session
	switch {
	case open != nil && open.seen.IsZero() && open.transaction == "" && !s.began.After(open.began.Add(2*time.Minute)):
		s.join(open)
		open.superseded, open.lapsed, open.stopped = true, true, true
		o.session = s
	case open == nil && s.ranLate(c, t, received), open != nil && t.plausible(received) && s.began.Before(open.began):
		s.lapsed, s.superseded = true, true
	default:
		c.supersede(o, s)
	}
}

func (s *charge) ranLate(c *truth, t stamp, received time.Time) bool {
	return c.ranAfter(s, t, received, false)
}

// join makes the session that of older, which was seen before its start came.
func (s *charge) join(older *charge) {
	s.id, s.latest, s.soc = older.id, older.latest, older.soc
	older.id = 0
	if older.own != 0 {
		s.own = older.own
	}
	if older.meter.highest > s.meter.highest {
		s.meter.take(older.meter.highest, older.meter.at)
	}
}

// meter16 is a MeterValues of 1.6.
type meter16 struct {
	port    int
	id      int64 // transactionId; 0 for none
	time    stamp
	samples []sample
}

func (m *meter16) call() (string, object) {
	var values []object
	for _, s := range m.samples {
		values = append(values, s.object())
	}
	o := object{"connectorId": m.port, "meterValue": []object{{"timestamp": m.time.text, "sampledValue": values}}}
	if m.id != 0 {
		o["transactionId"] = m.id
	}
	return "MeterValues", o
}

// object is the sample as 1.6 writes it.
func (s sample) object() object {
	switch s.measurand {
	case energyRegister:
		return object{"value": strconv.FormatInt(s.value, 10)}
	case powerImport:
		return object{"value": thousandths(s.value), "measurand": s.measurand, "unit": "kW"}
	case soc:
		return object{"value": thousandths(s.value), "measurand": s.measurand, "unit": "Percent", "location": "EV"}
	}
	return object{"value": thousandths(s.value), "measurand": s.measurand}
}

// thousandths writes a number with as many decimals as it needs.
func thousandths(n int64) string { return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) }

func (m *meter16) repeatable() bool { return m.time.dated() }

func (m *meter16) happen(c *truth, received time.Time, _ []byte) error {
	number, s := m.port, c.called(m.id)
	switch {
	case s != nil && s.port != 0:
		number = s.port
	case m.port == 0 && len(c.ports) == 1:
		number = startPort(c, 0)
	}
	o := c.outlet(number)
	if o == nil {
		return nil
	}
	fresh := o.unseen(m.samples, m.time, "")
	if len(fresh) == 0 {
		return nil
	}
	at := m.time.or(received)
	switch {
	case s != nil && o.session == s:
		m.add(o, fresh, received)
	case s != nil && s.stopped:
	case s != nil:
		m.revive(o, s, fresh, received)
	case o.session != nil:
		if !at.Before(o.session.began.Truncate(time.Second)) {
			m.add(o, fresh, received)
		}
	default:
		m.observe(c, o, fresh, received)
	}
	return nil
}

// called finds the session that a transaction id names, nil for none.
func (c *truth) called(id int64) *charge {
	if id == 0 || id == -1 {
		return nil
	}
	for i := len(c.sessions) - 1; i >= 0; i-- {
		if s := c.sessions[i]; s.transaction == "" && s.observed == 0 && (s.own == id || s.assigned == id) && !s.joined() {
			return s
		}
	}
	return nil
}

// joined says that another session took this one over when its start came.
func (s *charge) joined() bool { return s.seen.IsZero() && s.superseded && s.stopped }

// add adds samples to the session that runs. An id that we do not know is the
// charger's own for it (server-rules 6).
func (m *meter16) add(o *outlet, fresh []sample, received time.Time) {
	s := o.session
	power := m.take(s, fresh, received)
	s.lastSign, s.available = received, time.Time{}
	switch n := m.id; {
	case n != 0 && n != s.own && (n != s.assigned || s.observed > 0):
		s.own, s.observed = n, 0
	case n != 0 && n != s.own:
		s.own = n
	case n == 0 && s.observed > 0 && power:
		s.observed++
	}
}

// take adds samples to a session, which may have begun over 2.x.
func (m *meter16) take(s *charge, fresh []sample, received time.Time) bool {
	if s.transaction == "" {
		return s.take(fresh, m.time.or(received))
	}
	s.told = append(s.told, &event2x{time: stamp{at: m.time.or(received)}, samples: fresh})
	s.derive()
	return false
}

// revive lets a session run again that we had closed, unless another ran
// meanwhile and the samples are old, or one runs now (no. 29).
func (m *meter16) revive(o *outlet, s *charge, fresh []sample, received time.Time) {
	old := received.Sub(m.time.or(received)) > 15*time.Minute
	if o.session != nil && o.session.observed == 0 || s.superseded && old {
		m.take(s, fresh, received)
		return
	}
	if o.session != nil {
		o.session.stopped = true
	}
	s.lapsed, s.superseded, s.available = false, false, time.Time{}
	o.session, s.port = s, o.number
	m.add(o, fresh, received)
}

// observe is charging without a transaction (no. 28), or one that we do not
// know (server-rules 6).
func (m *meter16) observe(c *truth, o *outlet, fresh []sample, received time.Time) {
	at := m.time.or(received)
	if o.shown == nil || received.Sub(at) > 15*time.Minute {
		return
	}
	s := &charge{port: o.number, began: at, lastSign: received}
	power := s.take(fresh, at)
	named := m.id != 0
	switch {
	case o.shown.word == "Charging" && (named || power):
	case (o.shown.word == "SuspendedEV" || o.shown.word == "SuspendedEVSE") && named:
	default:
		return
	}
	if named {
		s.own = m.id
	} else {
		s.observed = 1
	}
	c.sessions = append(c.sessions, s)
	o.session = s
}

// unseen leaves out the samples that came before, whatever the clock says by
// now; without a date nothing tells them from new ones.
func (o *outlet) unseen(samples []sample, t stamp, context string) []sample {
	if !t.dated() {
		return samples
	}
	var fresh []sample
	for _, s := range samples {
		k := sampleKey{s, context, t.at.UnixMicro()}
		if !o.samples[k] {
			fresh = append(fresh, s)
		}
		o.samples[k] = true
	}
	return fresh
}

// stop16 is a StopTransaction.
type stop16 struct {
	id    int64
	meter int64
	time  stamp
}

func (m *stop16) call() (string, object) {
	return "StopTransaction", object{"transactionId": m.id, "meterStop": m.meter, "timestamp": m.time.text}
}

func (m *stop16) repeatable() bool { return true }

// happen closes the session that the stop names. A second stop, and one that
// names none, change nothing that shows.
func (m *stop16) happen(c *truth, _ time.Time, answer []byte) error {
	if answer == nil {
		return fmt.Errorf("a stop was not answered")
	}
	s := c.called(m.id)
	if s == nil || s.stopped {
		return nil
	}
	s.stopped = true
	if o := c.ports[s.port]; o != nil && o.session == s {
		o.session = nil
	}
	return nil
}
