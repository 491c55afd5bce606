package alert

import (
	"context"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
)

// Events makes the events that webhooks are told of, besides alerts.
type Events struct {
	*Desk
	ports map[charging.ID]map[int]*portSeen
}

var _ digest.Part = (*Events)(nil)

// portSeen is what webhooks were told of a port.
type portSeen struct {
	status  charging.PortStatus
	session charging.ID
}

// NewEvents returns the part that makes events. The Desk is that of Alerts, which
// keeps its rules fresh and so must be a part of the same digest, before it.
func NewEvents(desk *Desk) *Events { return &Events{Desk: desk} }

// Begin implements digest.Part.
func (v *Events) Begin(context.Context, *digest.Beginning) error {
	v.ports = make(map[charging.ID]map[int]*portSeen)
	return nil
}

// State implements digest.Part.
func (v *Events) State(r *charging.Record) {
	if r.Port != nil {
		v.seen(r).take(r)
	}
}

// Tick implements digest.Part: no event follows from time alone.
func (v *Events) Tick(time.Time, *charging.Derived) {}

func (v *Events) seen(r *charging.Record) *portSeen {
	ports := v.ports[r.ChargerID]
	if ports == nil {
		ports = make(map[int]*portSeen)
		v.ports[r.ChargerID] = ports
	}
	p := ports[r.PortNumber]
	if p == nil {
		p = &portSeen{}
		ports[r.PortNumber] = p
	}
	return p
}

func (p *portSeen) take(r *charging.Record) {
	if r.Port.Status != nil {
		p.status = *r.Port.Status
	}
	p.session = shownSession(r)
}

func shownSession(r *charging.Record) charging.ID {
	if s := r.Port.Session; s != nil && s.Shown() {
		return s.ID
	}
	return 0
}

// statusData is a port's status as webhooks are told of it.
type statusData struct {
	wherePart
	Status          charging.Status `json:"status"`
	Timestamp       instant         `json:"timestamp"`
	ErrorCode       string          `json:"errorCode"`
	VendorErrorCode *string         `json:"vendorErrorCode"`
	Info            *string         `json:"info"`
}

// sessionData is a session as webhooks are told of it.
type sessionData struct {
	wherePart
	Session *sessionPart `json:"chargingSession"`
}

// connectionData is a connection as webhooks are told of it.
type connectionData struct {
	wherePart
	Status    string  `json:"status"`
	Timestamp instant `json:"timestamp"`
}

// Digest implements digest.Part.
func (v *Events) Digest(r *charging.Record, out *charging.Derived) {
	if len(v.book.Webhooks) == 0 || v.book.now.Sub(r.Received) > tooOld {
		if r.Port != nil {
			v.seen(r).take(r)
		}
		return
	}
	switch {
	case r.Port != nil:
		v.ofPort(r, out)
	case r.Kind == charging.RecordConnected && r.Charger.Connection != nil:
		v.tell(charging.EventChargerConnected, r, out, func(w wherePart, _ *charging.Charger) any {
			return connectionData{w, "Connected", instant(r.Charger.Connection.Since)}
		})
	case r.Kind == charging.RecordDisconnected && r.Charger.Connection != nil:
		v.tell(charging.EventChargerDisconnected, r, out, func(w wherePart, _ *charging.Charger) any {
			return connectionData{w, "Disconnected", instant(r.Charger.Connection.Since)}
		})
	}
}

// ofPort tells what changed at a port.
func (v *Events) ofPort(r *charging.Record, out *charging.Derived) {
	p := v.seen(r)
	before := *p
	p.take(r)
	if before.session != p.session && before.session != 0 {
		v.tell(charging.EventSessionEnded, r, out, func(w wherePart, c *charging.Charger) any {
			s := v.findSession(c, before.session)
			if s == nil {
				s = &charging.Session{ID: before.session, EndedAt: r.Time.Or(r.Received)}
			}
			return sessionData{w, sessionOf(s)}
		})
	}
	if before.session != p.session && p.session != 0 {
		v.tell(charging.EventSessionStarted, r, out, func(w wherePart, _ *charging.Charger) any {
			return sessionData{w, sessionOf(r.Port.Session)}
		})
	}
	now, was := p.status, before.status
	if now.Status != was.Status || now.ErrorCode != was.ErrorCode || now.VendorErrorCode != was.VendorErrorCode {
		v.tell(charging.EventPortStatus, r, out, func(w wherePart, _ *charging.Charger) any {
			return statusData{w, now.Status, instant(now.At), now.ErrorCode, orNil(now.VendorErrorCode), orNil(now.Info)}
		})
	}
}

// tell puts an event into the outbox of each webhook that wants it.
func (v *Events) tell(event string, r *charging.Record, out *charging.Derived, data func(wherePart, *charging.Charger) any) {
	if !v.book.wanted(event) {
		return
	}
	e := v.fleet.Estate()
	c := e.Charger(r.ChargerID)
	if c == nil {
		return
	}
	at, ok := placeOf(e, c)
	if !ok {
		return
	}
	hooks := v.book.hooksFor(e, event, at.organization)
	if len(hooks) == 0 {
		return
	}
	body, err := encode(event, r.Time.Or(r.Received), data(whereOf(e, at, r.PortNumber), c))
	if err == nil {
		err = v.post(event, body, hooks, out)
	}
	if err != nil {
		out.Failed = err
	}
}

func (v *Events) post(event string, body []byte, hooks []*charging.Webhook, out *charging.Derived) error {
	for _, w := range hooks {
		id, err := v.fleet.NextID(charging.IDDelivery)
		if err != nil {
			return err
		}
		out.Deliveries = append(out.Deliveries, charging.Delivery{ID: id, WebhookID: w.ID, Event: event, Body: body,
			CreatedAt: v.book.now, NextAt: v.book.now})
	}
	return nil
}
