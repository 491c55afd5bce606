package httpapi

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Receipts is where it is found when something was told.
type Receipts interface {
	// Told returns when the message was received since which the state of a port
	// is the same in one respect: the oldest record for which same holds without
	// a gap up to the newest. Zero when it does not hold for the newest.
	Told(ctx context.Context, charger charging.ID, port int, same func(*charging.PortState) bool) (time.Time, error)
}

// staleAfter is after how many sample intervals a reading of a running session
// is stale.
const staleAfter = 3

// includes reads the parameter include, a list of words; freshness is the only
// one there is.
func (p *parameters) includes() (fresh bool) {
	for _, text := range p.texts("include") {
		for word := range strings.SplitSeq(text, ",") {
			if word != "freshness" {
				p.wrong("include", "%q is none of freshness", word)
			}
			fresh = true
		}
	}
	return fresh
}

// origins knows when what the ports show was received. It learns from every
// batch once it was first asked; what was told before that, it asks the store.
type origins struct {
	fleet    Fleet
	store    Receipts // nil: what was told before is not known
	interval time.Duration

	mu       sync.Mutex
	watching bool
	of       map[place]origin
}

type place struct {
	charger charging.ID
	port    int
}

// origin is of the status and the session that a port shows.
type origin struct {
	status   *charging.PortStatus
	told     time.Time // zero: not known
	session  charging.ID
	readings [measuredCount]told
}

type told struct{ at, received time.Time }

const measuredCount = 4

// measured are the readings of a session, in the order in which they are shown.
func measured(l *charging.LatestReadings) [measuredCount]charging.Latest {
	return [...]charging.Latest{l.Power, l.Current, l.SoC, l.Voltage}
}

var measuredWords = [measuredCount]string{"powerKw", "currentA", "socPercent", "voltage"}

// watch begins to learn from the batches.
func (o *origins) watch() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.watching {
		return
	}
	o.watching, o.of = true, make(map[place]origin)
	o.fleet.Watch(o.learn)
	e := o.fleet.Estate()
	for slot := range e.Len() {
		c := e.At(slot)
		for _, p := range c.Ports {
			known := origin{status: p.Status}
			if s := p.Session; s != nil {
				known.session = s.ID
				for i, l := range measured(&s.Latest) {
					known.readings[i].at = l.At
				}
			}
			o.of[place{c.ID, p.Number}] = known
		}
	}
}

// learn takes from a batch when each new status and reading was received.
func (o *origins) learn(b *charging.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range b.Records {
		r := &b.Records[i]
		if r.Port == nil {
			continue
		}
		at := place{r.ChargerID, r.PortNumber}
		known := o.of[at]
		if r.Port.Status != known.status {
			known.status, known.told = r.Port.Status, r.Received
		}
		if s := r.Port.Session; s != nil {
			if s.ID != known.session {
				known.session, known.readings = s.ID, [measuredCount]told{}
			}
			for i, l := range measured(&s.Latest) {
				if !l.At.Equal(known.readings[i].at) {
					known.readings[i] = told{l.At, r.Received}
				}
			}
		}
		o.of[at] = known
	}
}

// freshness says how fresh the values of one estate are at one moment.
type freshness struct {
	origins *origins
	estate  *fleet.Estate
	now     time.Time
	next    time.Time // when the first value becomes stale by itself; zero for never
}

func (o *origins) freshness(e *fleet.Estate, now time.Time) *freshness {
	o.watch()
	return &freshness{origins: o, estate: e, now: now}
}

// askFor bounds how long the store is asked for one value.
const askFor = time.Second

// asks returns when the store has it that something was told; zero when that
// is not known.
func (o *origins) asks(c charging.ID, port int, same func(*charging.PortState) bool) time.Time {
	if o.store == nil {
		return time.Time{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	at, err := o.store.Told(ctx, c, port, same)
	if err != nil {
		return time.Time{} // shown as not known; the store's own requests tell why
	}
	return at
}

// status returns when the status of a port was received; zero when unknown.
func (o *origins) status(c charging.ID, p *charging.Port) time.Time {
	at := place{c, p.Number}
	o.mu.Lock()
	known := o.of[at]
	o.mu.Unlock()
	if known.status == p.Status && !known.told.IsZero() {
		return known.told
	}
	received := o.asks(c, p.Number, func(s *charging.PortState) bool { return sameStatus(s.Status, p.Status) })
	o.mu.Lock()
	defer o.mu.Unlock()
	if known = o.of[at]; known.status == p.Status {
		known.told = received
		o.of[at] = known
	}
	return received
}

// reading returns when a reading of a running session was received; zero when
// unknown.
func (o *origins) reading(c charging.ID, p *charging.Port, i int) time.Time {
	at, reading := place{c, p.Number}, measured(&p.Session.Latest)[i]
	o.mu.Lock()
	known := o.of[at]
	o.mu.Unlock()
	fits := func(k *origin) bool { return k.session == p.Session.ID && k.readings[i].at.Equal(reading.At) }
	if fits(&known) {
		// Readings of one time came in one message.
		for _, r := range known.readings {
			if r.at.Equal(reading.At) && !r.received.IsZero() {
				return r.received
			}
		}
	}
	received := o.asks(c, p.Number, func(s *charging.PortState) bool {
		return s.Session != nil && s.Session.ID == p.Session.ID && sameLatest(measured(&s.Session.Latest)[i], reading)
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	if known = o.of[at]; fits(&known) {
		known.readings[i].received = received
		o.of[at] = known
	}
	return received
}

// appendStatus appends how fresh the status of a port is; null without one.
func (f *freshness) appendStatus(dst []byte, c *charging.Charger, p *charging.Port) []byte {
	if p.Status == nil {
		return append(dst, "null"...)
	}
	return appendFreshness(dst, p.Status.At, f.origins.status(c.ID, p), !connected(c), inferred(p))
}

// appendReadings appends how fresh each reading of the session of a port is.
func (f *freshness) appendReadings(dst []byte, c *charging.Charger, p *charging.Port) []byte {
	limit := staleAfter * f.interval(c)
	for i, l := range measured(&p.Session.Latest) {
		if i == 0 {
			dst = append(dst, '{')
		} else {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, measuredWords[i]), ':')
		if l.At.IsZero() {
			dst = append(dst, "null"...)
			continue
		}
		received := f.origins.reading(c.ID, p, i)
		from := received
		if from.IsZero() {
			from = l.At
		}
		until := from.Add(limit)
		stale := !connected(c) || f.now.After(until)
		if !stale && (f.next.IsZero() || until.Before(f.next)) {
			f.next = until
		}
		dst = appendFreshness(dst, l.At, received, stale, false)
	}
	return append(dst, '}')
}

// interval is how often the charger is to measure while it charges.
func (f *freshness) interval(c *charging.Charger) time.Duration {
	if site := f.estate.Site(c.SiteID); site != nil && site.Wishes.SampleInterval > 0 {
		return site.Wishes.SampleInterval
	}
	return f.origins.interval
}

func connected(c *charging.Charger) bool { return c.Connection != nil && c.Connection.Connected }

// inferred reports whether the word of a status is ours: 2.x knows "Occupied"
// only, and what it shows as follows from the session (contract 3.5 B).
func inferred(p *charging.Port) bool {
	if len(p.Connectors) == 0 && (p.Session == nil || p.Session.Transaction == "") && !p.Served {
		return false
	}
	switch p.Status.Status {
	case charging.Available, charging.Reserved, charging.StatusUnavailable, charging.Faulted:
		return false
	}
	return true
}

func appendFreshness(dst []byte, asOf, received time.Time, stale, inferred bool) []byte {
	dst = appendTime(append(dst, `{"asOf":`...), asOf)
	dst = append(dst, `,"receivedAt":`...)
	if received.IsZero() {
		dst = append(dst, "null"...)
	} else {
		dst = appendTime(dst, received)
	}
	dst = appendBool(append(dst, `,"stale":`...), stale)
	if inferred {
		return append(dst, `,"source":"inferred"}`...)
	}
	return append(dst, `,"source":"charger"}`...)
}

// learnAll asks for all that is seen, so that it is at hand under a lock.
func (o *origins) learnAll(e *fleet.Estate, of *sight) {
	f := o.freshness(e, time.Now())
	var scratch []byte
	for _, slots := range of.seen(e) {
		for _, slot := range slots {
			scratch = appendChargerAs(scratch[:0], e, e.At(int(slot)), f)
		}
	}
}
