package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/digest"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// Fleet is what is needed of the live estate; *fleet.Fleet is one.
type Fleet interface {
	Estate() *fleet.Estate
	NextID(kind charging.IDKind) (int64, error)
}

// Settings is where rules, contacts and webhooks are kept; *store.Store is one.
type Settings interface {
	AlertSettings(ctx context.Context) (*charging.AlertSettings, error)
}

// Sessions is where sessions are found that ended; *store.Store is one.
type Sessions interface {
	// SessionByID returns a session; nil when there is none.
	SessionByID(ctx context.Context, id charging.ID) (*charging.Session, error)
}

// Departures is where planned departures are kept.
type Departures interface {
	// NextDepartures returns the first departure of each vehicle after a time.
	NextDepartures(ctx context.Context, after time.Time) ([]charging.Departure, error)
}

// Maintenance is where maintenance windows are kept, in which a charger raises no
// alerts.
type Maintenance interface {
	// WindowsAt lists those of an instant.
	WindowsAt(ctx context.Context, at time.Time) ([]charging.MaintenanceWindow, error)
}

// Sources are where a Desk reads what people set; *store.Store is all of them.
type Sources interface {
	Settings
	Sessions
	Maintenance
}

// tooOld is how long ago something may have happened that somebody is told of
// it; alerts of what is older are kept as muted.
const tooOld = time.Hour

// settingsTimeout bounds reading the rules.
const settingsTimeout = 5 * time.Second

// Desk holds what the parts of the digest that alert and tell have in common.
type Desk struct {
	fleet   Fleet
	sources Sources
	book    book
}

// NewDesk returns a Desk over a fleet and what people set.
func NewDesk(f Fleet, s Sources) *Desk {
	return &Desk{fleet: f, sources: s, book: book{AlertSettings: &charging.AlertSettings{}}}
}

// findSession is the charger's session of that id; nil when there is none.
func (d *Desk) findSession(c *charging.Charger, id charging.ID) *charging.Session {
	if s := presentSession(c, id); s != nil {
		return s
	}
	ctx, cancel := context.WithTimeout(context.Background(), settingsTimeout)
	defer cancel()
	s, err := d.sources.SessionByID(ctx, id)
	if err != nil {
		return nil // the bare id is told then
	}
	return s
}

// refresh reads the rules anew.
func (d *Desk) refresh(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, settingsTimeout)
	defer cancel()
	settings, err := d.sources.AlertSettings(ctx)
	if err != nil {
		return err
	}
	windows, err := d.sources.WindowsAt(ctx, now)
	if err != nil {
		return err
	}
	d.book = book{AlertSettings: settings, now: now, maintained: make(map[charging.ID]bool, len(windows))}
	for i := range windows {
		d.book.maintained[windows[i].ChargerID] = true
	}
	return nil
}

// Muted reports whether the charger's organization muted the error; it is for
// digest.Faults.
func (d *Desk) Muted(charger charging.ID, s *charging.PortStatus) bool {
	if len(d.book.AlertSettings.Muted) == 0 {
		return false
	}
	e := d.fleet.Estate()
	c := e.Charger(charger)
	if c == nil {
		return false
	}
	at, ok := placeOf(e, c)
	return ok && d.book.mutes(e, at.organization, s)
}

// Alerts raises alerts by the rules (contract section 9, and our own kinds).
type Alerts struct {
	*Desk
	departures Departures // nil for none
	started    time.Time

	raised   map[string]bool // incidents that last, so that they are raised once
	charges  map[charging.ID]*charge
	late     map[charging.ID]*lateness
	lateAt   time.Time
	evidence map[charging.ID]*evidence
}

var (
	_ digest.Part      = (*Alerts)(nil)
	_ digest.Refresher = (*Alerts)(nil)
)

// Refresh implements digest.Refresher.
func (a *Alerts) Refresh(ctx context.Context, now time.Time) error { return a.refresh(ctx, now) }

// NewAlerts returns the part that raises alerts. departures may be nil.
func NewAlerts(desk *Desk, departures Departures) *Alerts {
	return &Alerts{Desk: desk, departures: departures}
}

// Begin implements digest.Part.
func (a *Alerts) Begin(ctx context.Context, b *digest.Beginning) error {
	if a.started.IsZero() {
		a.started = b.Now
	}
	a.raised = make(map[string]bool)
	a.charges = make(map[charging.ID]*charge)
	a.late = make(map[charging.ID]*lateness)
	a.evidence = make(map[charging.ID]*evidence)
	return a.refresh(ctx, b.Now)
}

// State implements digest.Part.
func (a *Alerts) State(r *charging.Record) {
	if r.Charger == nil {
		return
	}
	v := a.evidenceOf(r.ChargerID)
	if c := r.Charger.Connection; c != nil {
		v.opened = c.Opened
	}
	if b := r.Charger.Boot; b != nil {
		v.serial = b.SerialNumber
	}
}

// Tick implements digest.Part.
func (a *Alerts) Tick(now time.Time, out *charging.Derived) {
	e := a.fleet.Estate()
	a.offline(e, now, out)
	a.charging(e, now, out)
	a.lateCharging(e, now, out)
}

// notice is an incident that rules are asked about.
type notice struct {
	kind     charging.AlertKind
	at       time.Time // when it happened
	place    place
	port     int
	session  *charging.Session
	vehicle  charging.ID
	detail   any
	record   int64
	incident string
	since    time.Time // for the text; zero for at
}

// raise adds an alert of an incident by those rules, with what is to be sent.
func (a *Alerts) raise(out *charging.Derived, n notice, rules []*charging.AlertRule) {
	if len(rules) == 0 {
		return
	}
	id, err := a.fleet.NextID(charging.IDAlert)
	if err != nil {
		out.Failed = err
		return
	}
	alert := charging.Alert{ID: id, OrganizationID: n.place.organization, Kind: n.kind, At: n.at.Truncate(time.Millisecond), PortNumber: n.port,
		VehicleID: n.vehicle, Record: n.record, Incident: n.incident,
		Muted: a.book.muted(rules) || a.book.now.Sub(n.at) > tooOld}
	if n.place.charger != nil {
		alert.ChargerID = n.place.charger.ID
		alert.Muted = alert.Muted || a.book.maintained[alert.ChargerID]
	}
	if n.session != nil {
		alert.SessionID = n.session.ID
		alert.VehicleID = n.session.VehicleID
	}
	if n.detail != nil {
		text, err := json.Marshal(n.detail)
		if err != nil {
			out.Failed = err
			return
		}
		alert.Detail = string(text)
	}
	if !alert.Muted {
		if err := a.address(&alert, n, rules); err != nil {
			out.Failed = err
			return
		}
	}
	out.Alerts = append(out.Alerts, alert)
}

// address adds who an alert is for, and what is to be sent to them.
func (a *Alerts) address(alert *charging.Alert, n notice, rules []*charging.AlertRule) error {
	e := a.fleet.Estate()
	hooks := make(map[charging.ID]bool)
	body, err := encode(charging.EventAlertRaised, n.at, a.dataOf(e, alert, &n))
	if err != nil {
		return err
	}
	var post []charging.Delivery
	for _, c := range a.book.recipients(e, rules, alert.OrganizationID) {
		alert.Contacts = append(alert.Contacts, c.ID)
		if c.Email != "" {
			mail, err := json.Marshal(a.mailOf(e, alert, &n))
			if err != nil {
				return err
			}
			post = append(post, charging.Delivery{ContactID: c.ID, Event: charging.EventAlertRaised, Body: mail})
		}
		if c.WebhookID != 0 {
			hooks[c.WebhookID] = true
		}
	}
	for _, w := range a.book.hooksFor(e, charging.EventAlertRaised, alert.OrganizationID) {
		hooks[w.ID] = true
	}
	for i := range a.book.Webhooks { // in order, and those that were not removed
		if w := &a.book.Webhooks[i]; hooks[w.ID] && !w.Disabled {
			post = append(post, charging.Delivery{WebhookID: w.ID, Event: charging.EventAlertRaised, Body: body})
		}
	}
	for i := range post {
		d := &post[i]
		if d.ID, err = a.fleet.NextID(charging.IDDelivery); err != nil {
			return err
		}
		d.AlertID, d.CreatedAt, d.NextAt = alert.ID, a.book.now, a.book.now
	}
	alert.Deliveries = post
	return nil
}

// offlineDetail are the members of an offlineCharger alert (contract section 9).
type offlineDetail struct {
	ThresholdMinutes int `json:"thresholdMinutes"`
}

// offline raises alerts about chargers that have been gone for too long. Time in
// which the server itself was away does not count.
func (a *Alerts) offline(e *fleet.Estate, now time.Time, out *charging.Derived) {
	lasting := make(map[string]bool)
	for slot := range e.Len() {
		c := e.At(slot)
		if c.Connection == nil || c.Connection.Connected || a.book.maintained[c.ID] {
			continue
		}
		since := c.Connection.Since
		if a.started.After(since) {
			since = a.started
		}
		gone := now.Sub(since)
		if gone < time.Minute {
			continue
		}
		at, ok := placeOf(e, c)
		if !ok {
			continue
		}
		rules := a.book.rulesFor(e, charging.AlertOfflineCharger, at)
		order, groups := byThreshold(rules, func(t *charging.AlertThresholds) []int { return []int{t.OfflineMinutes} })
		for _, minutes := range order {
			if gone < time.Duration(minutes)*time.Minute {
				break
			}
			incident := fmt.Sprintf("offlineCharger/%d/%d/%d", c.ID, c.Connection.Since.UnixMicro(), minutes)
			lasting[incident] = true
			if !a.raised[incident] {
				a.raise(out, notice{kind: charging.AlertOfflineCharger, at: now, place: at, detail: offlineDetail{minutes},
					incident: incident, since: c.Connection.Since}, groups[minutes])
			}
		}
	}
	a.raised = lasting
}

// errorDetail are the members of a chargingSessionError alert (contract section
// 9).
type errorDetail struct {
	Status     *string `json:"status"`
	Code       *string `json:"ocppErrorCode"`
	VendorCode *string `json:"ocppVendorErrorCode"`
	Info       *string `json:"ocppInfo"`
	Context    string  `json:"errorContext"`
}

// What an error did to charging, in errorContext.
const (
	contextEnded  = "charging ended early"
	contextFailed = "failed to start"
)

// SessionError raises an alert about an error that ended or prevented charging;
// it is for digest.Faults. A session, or a vehicle that waits, has one.
func (a *Alerts) SessionError(f *charging.Fault, now time.Time, out *charging.Derived) {
	e := a.fleet.Estate()
	c := e.Charger(f.ChargerID)
	if c == nil {
		return
	}
	at, ok := placeOf(e, c)
	if !ok {
		return
	}
	detail := errorDetail{Status: orNil(string(f.Status.Status)), Code: orNil(f.Status.ErrorCode),
		VendorCode: orNil(f.Status.VendorErrorCode), Info: orNil(f.Status.Info), Context: contextFailed}
	n := notice{kind: charging.AlertSessionError, at: now, place: at, port: f.PortNumber, record: f.ID, since: f.At}
	n.incident = fmt.Sprintf("chargingSessionError/%d/%d/%d", f.ChargerID, f.PortNumber, f.ID)
	if f.Category == charging.FaultEndedCharging {
		detail.Context = contextEnded
		n.incident = fmt.Sprintf("chargingSessionError/session/%d", f.SessionID)
		if n.session = a.findSession(c, f.SessionID); n.session == nil {
			n.session = &charging.Session{ID: f.SessionID}
		}
	} else if !a.firstOfWait(f) {
		return
	}
	n.detail = detail
	a.raise(out, n, a.book.rulesFor(e, n.kind, at))
}

// firstOfWait reports whether the error is the first since a vehicle waits there
// for charging to begin.
func (a *Alerts) firstOfWait(f *charging.Fault) bool {
	v := a.evidenceOf(f.ChargerID)
	if slices.Contains(v.failed, f.PortNumber) {
		return false
	}
	v.failed = append(v.failed, f.PortNumber)
	return true
}
