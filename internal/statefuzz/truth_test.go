package statefuzz

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// truth is one charger as the rules have it shown: what is known after the
// messages that were handed in, in their order.
type truth struct {
	id        int64
	name      string
	identity  string
	boot      booted
	link      *link // nil: never connected
	ports     map[int]*outlet
	sessions  []*charge // all that ever were
	seenPorts map[int]int64
}

// link is the charger's connection.
type link struct {
	connected bool
	since     time.Time // the last change
	opened    time.Time // this socket
	v2        bool
}

// outlet is a port.
type outlet struct {
	number     int
	shown      *shown
	connectors map[int]told // of 2.x
	faults     map[int]bool // connectors whose fault came as a problem
	served     bool         // 2.x: energy flowed or a session ended since it was free
	session    *charge      // that runs
	samples    map[sampleKey]bool
}

// told is what a connector of 2.x reported.
type told struct {
	state string
	at    time.Time
}

// shown is ocppStatus.
type shown struct {
	word, code   string
	vendor, info string
	at           time.Time
}

const (
	// queueLasts is how long after a reconnect a charger flushes its queue.
	queueLasts = 5 * time.Minute
	// repeatsWithin is how long a message without a date may be repeated.
	repeatsWithin = 15 * time.Minute
	// lostStopAfter and silenceAfter end a session whose stop is missing
	// (contract 3.4 no. 29).
	lostStopAfter = 10 * time.Minute
	silenceAfter  = 24 * time.Hour
)

// stamp is a time as a charger writes it.
type stamp struct {
	text string    // "" for none
	at   time.Time // what it means; zero when it means nothing
}

var year2015 = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// dated says that it is a date at all.
func (s stamp) dated() bool { return !s.at.Before(year2015) }

// plausible is contract 3.4 no. 26.
func (s stamp) plausible(received time.Time) bool {
	return s.dated() && !s.at.After(received.Add(5*time.Minute))
}

func (s stamp) or(received time.Time) time.Time {
	if s.plausible(received) {
		return s.at
	}
	return received
}

// outlet returns a port, which the first message about it makes (no. 22).
func (c *truth) outlet(number int) *outlet {
	if number < 1 || number > 1000 {
		return nil
	}
	o := c.ports[number]
	if o == nil && len(c.ports) < 32 {
		o = &outlet{number: number, samples: map[sampleKey]bool{}}
		c.ports[number] = o
	}
	return o
}

func (c *truth) connect(v2 bool, at time.Time) {
	l := &link{connected: true, since: at, opened: at, v2: v2}
	if c.link != nil && c.link.connected {
		l.since = c.link.since // no. 19
	}
	c.link = l
}

func (c *truth) disconnect(at time.Time) {
	if c.link != nil && c.link.connected {
		c.link.connected, c.link.since = false, at
	}
}

// queued says that a message comes out of the queue that is flushed after a
// reconnect: it is of the time before (server-rules 7).
func (c *truth) queued(s stamp, received time.Time) bool {
	return c.link != nil && c.link.connected && received.Sub(c.link.opened) <= queueLasts &&
		s.plausible(received) && s.at.Before(c.link.opened.Truncate(time.Second))
}

// stale is a status that is older than what is shown and was queued (no. 26).
func (c *truth) stale(s stamp, received, since time.Time) bool {
	return c.queued(s, received) && s.at.Before(since)
}

// silences ends sessions whose stop is missing (no. 29).
func (c *truth) silences(now time.Time) {
	for _, o := range c.ports {
		s := o.session
		if s == nil {
			continue
		}
		marked := !s.available.IsZero() && now.Sub(s.available) >= lostStopAfter
		if !marked && now.Sub(s.lastSign) < silenceAfter {
			continue
		}
		s.lapsed = true
		s.stopped = s.observed > 0 // nothing can name it
		o.session = nil
		o.served = s.transaction != ""
	}
}

// others are the sessions on a port but s, in the order of their begin.
func (c *truth) others(s *charge) []*charge {
	var list []*charge
	for _, r := range c.sessions {
		if r != s && r.port == s.port && r.observed == 0 {
			list = append(list, r)
		}
	}
	return list
}

// ranAfter says that a session that is over began on the port after a message
// of s, which came out of a queue.
func (c *truth) ranAfter(s *charge, t stamp, received time.Time, queued bool) bool {
	at := t.or(received)
	return slices.ContainsFunc(c.others(s), func(r *charge) bool {
		return r != c.ports[s.port].session && r.began.After(at) && (queued || c.stale(t, received, r.began))
	})
}

// supersede makes s the session of the port in place of what runs there.
func (c *truth) supersede(o *outlet, s *charge) {
	if open := o.session; open != nil && open != s {
		if open.observed > 0 {
			open.stopped = true
		}
		open.lapsed, open.superseded = true, true
	}
	o.session = s
	s.lapsed, s.superseded, s.available = false, false, time.Time{}
}

// expect is the charger as GET /api/sites must show it. The ids of ports and
// sessions, which the server makes, are taken over from got once and must stay.
func (c *truth) expect(got *charger) charger {
	want := charger{ID: c.id, Name: c.name, OCPPID: &c.identity, Type: "Level 2", Ports: []port{}}
	want.Manufacturer, want.Model = text(c.boot.vendor), text(c.boot.model)
	want.SerialNumber, want.FirmwareVersion = text(c.boot.serial), text(c.boot.firmware)
	want.PowerSharing, want.NumberOfPorts = len(c.ports) > 1, len(c.ports)
	if c.link != nil {
		want.ConnectionStatus = &connection{Status: "Disconnected", Timestamp: iso(c.link.since)}
		if c.link.connected {
			want.ConnectionStatus.Status = "Connected"
		}
	}
	for i, number := range slices.SortedFunc(maps.Keys(c.ports), cmp.Compare) {
		o := c.ports[number]
		p := port{Name: portName(number), PortNumber: number, ConnectorType: "J1772"}
		if o.shown != nil {
			p.OCPPStatus = &status{Status: o.shown.word, Timestamp: iso(o.shown.at), ErrorCode: o.shown.code,
				VendorErrorCode: text(o.shown.vendor), Info: text(o.shown.info)}
		}
		if o.session != nil && o.session.observed != 1 {
			p.CurrentSession = o.session.expect()
		}
		if i < len(got.Ports) {
			c.learn(&p, &got.Ports[i])
		}
		want.Ports = append(want.Ports, p)
	}
	return want
}

// learn takes over ids that are seen for the first time.
func (c *truth) learn(want, got *port) {
	if c.seenPorts[want.PortNumber] == 0 && !slices.Contains(slices.Collect(maps.Values(c.seenPorts)), got.ID) {
		c.seenPorts[want.PortNumber] = got.ID
	}
	want.ID = c.seenPorts[want.PortNumber]
	if want.CurrentSession == nil || got.CurrentSession == nil {
		return
	}
	s := c.ports[want.PortNumber].session
	known := slices.ContainsFunc(c.sessions, func(r *charge) bool { return r.id == got.CurrentSession.ID })
	if s.id == 0 && !known {
		s.id = got.CurrentSession.ID
	}
	want.CurrentSession.ID = s.id
	if s.socOpen {
		want.CurrentSession.SoCStartPercent = got.CurrentSession.SoCStartPercent
	}
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
