package digest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Bounds of what an error can have to do with charging (contract section 10).
const (
	// endsWithin is how long after an error a session may end that the error
	// counts as its end.
	endsWithin = 5 * time.Minute
	// authorizedFor is how long an accepted tag means that somebody wants to
	// charge.
	authorizedFor = 5 * time.Minute
	// keptPending bounds how many errors of one session are looked at when it ends.
	keptPending = 64
)

// Faults finds the errors that chargers report, and what they did to charging
// (contract section 10): one is stored for each status with an error code or
// Faulted, but not for repeats of an unchanged state.
type Faults struct {
	// Muted reports whether the charger's organization muted the error code; nil
	// for never.
	Muted func(charger charging.ID, s *charging.PortStatus) bool
	// Classified is told of each error that ended or prevented charging, once
	// that is known; nil for nobody.
	Classified func(f *charging.Fault, now time.Time, out *charging.Derived)

	ports    map[charging.ID]map[int]*portMemory
	tags     map[charging.ID]time.Time        // when a tag was accepted
	sessions map[charging.ID][]charging.Fault // of Beginning, by session
	waiting  map[faultPort]bool               // of Beginning: a vehicle waited there
}

type faultPort struct {
	charger charging.ID
	port    int
}

// portMemory is what is known of a port, or of the charger as port 0.
type portMemory struct {
	shown charging.PortStatus
	// queued is the last status out of a queue that was older than the shown one.
	queued  charging.PortStatus
	session charging.ID
	// plugged says that a vehicle waits for charging to begin.
	plugged bool
	// pending are the errors of the open session that may turn out to end it.
	pending []charging.Fault
}

// Begin implements Part.
func (p *Faults) Begin(_ context.Context, b *Beginning) error {
	p.ports = make(map[charging.ID]map[int]*portMemory)
	p.tags = make(map[charging.ID]time.Time)
	p.sessions = make(map[charging.ID][]charging.Fault)
	p.waiting = make(map[faultPort]bool)
	for _, f := range b.Faults {
		if f.SessionID != 0 && f.Category == charging.FaultOther {
			p.sessions[f.SessionID] = append(p.sessions[f.SessionID], f)
		}
		p.waiting[faultPort{f.ChargerID, f.PortNumber}] = f.Category == charging.FaultPreventedCharging
	}
	return nil
}

// State implements Part.
func (p *Faults) State(r *charging.Record) {
	m := p.port(r.ChargerID, r.PortNumber)
	status, session := shownIn(r)
	if status != nil {
		m.shown = *status
	}
	p.authorized(r)
	if m.session = session; session != 0 {
		m.pending = p.sessions[session]
		return
	}
	m.plugged = m.shown.Status == charging.Preparing ||
		m.shown.Status == charging.Faulted && p.waiting[faultPort{r.ChargerID, r.PortNumber}]
}

func (p *Faults) port(charger charging.ID, number int) *portMemory {
	ports := p.ports[charger]
	if ports == nil {
		ports = make(map[int]*portMemory)
		p.ports[charger] = ports
	}
	m := ports[number]
	if m == nil {
		m = &portMemory{}
		ports[number] = m
	}
	return m
}

// shownIn is the status and the open session after a record.
func shownIn(r *charging.Record) (*charging.PortStatus, charging.ID) {
	if r.Port == nil {
		return r.Charger.Status, 0
	}
	if s := r.Port.Session; s != nil {
		return r.Port.Status, s.ID
	}
	return r.Port.Status, 0
}

// Tick implements Part: nothing follows from time alone.
func (p *Faults) Tick(time.Time, *charging.Derived) {}

// Digest implements Part.
func (p *Faults) Digest(r *charging.Record, out *charging.Derived) {
	m := p.port(r.ChargerID, r.PortNumber)
	status, session := shownIn(r)
	fault := p.faultOf(m, r, status)
	ended := m.session
	if ended == session {
		ended = 0
	}
	if fault != nil {
		p.classify(fault, m, r, session)
		out.Faults = append(out.Faults, *fault)
		if fault.Category == charging.FaultPreventedCharging {
			p.tell(fault, r, out)
		}
	}
	if ended != 0 {
		p.sessionEnded(m, r, out)
	}
	p.follow(m, r, session)
}

// faultOf is the error that a record tells of, or nil.
func (p *Faults) faultOf(m *portMemory, r *charging.Record, shown *charging.PortStatus) *charging.Fault {
	status, before := shown, &m.shown
	if r.Kind == charging.RecordStatus && slices.Contains(r.Oddities, "older-than-shown") {
		status, before = reportedIn(r), &m.queued
	}
	if status == nil {
		return nil
	}
	same := status.Status == before.Status && status.ErrorCode == before.ErrorCode && status.VendorErrorCode == before.VendorErrorCode
	*before = *status
	wrong := status.Status == charging.Faulted || status.ErrorCode != charging.NoError && status.ErrorCode != ""
	if same || !wrong {
		return nil
	}
	return &charging.Fault{ID: r.ID, ChargerID: r.ChargerID, PortNumber: r.PortNumber, At: status.At, Received: r.Received, Status: *status}
}

// reportedIn is the status that a record tells of and that was not taken over.
func reportedIn(r *charging.Record) *charging.PortStatus {
	var told struct {
		Status          charging.Status `json:"status"`
		ErrorCode       string          `json:"errorCode"`
		VendorErrorCode string          `json:"vendorErrorCode"`
		Info            string          `json:"info"`
	}
	if json.Unmarshal([]byte(r.Detail), &told) != nil {
		return nil
	}
	return &charging.PortStatus{Status: told.Status, At: r.Time.Or(r.Received), ErrorCode: told.ErrorCode,
		VendorErrorCode: told.VendorErrorCode, Info: told.Info}
}

// classify says what an error did to charging, as far as that is known yet.
func (p *Faults) classify(f *charging.Fault, m *portMemory, r *charging.Record, session charging.ID) {
	f.Category = charging.FaultOther
	on := m // whose session it is
	if session == 0 {
		session = m.session // it ended with this very record
	}
	if session == 0 && r.PortNumber == 0 {
		on, session = p.anySession(r.ChargerID)
	}
	f.SessionID = session
	switch {
	case p.Muted != nil && p.Muted(f.ChargerID, &f.Status):
		f.Category = charging.FaultMuted
	case session != 0:
		if len(on.pending) >= keptPending {
			on.pending = slices.Delete(on.pending, 0, 1)
		}
		on.pending = append(on.pending, *f)
	case m.plugged, f.Status.Status == charging.Preparing, p.wanted(r):
		f.Category = charging.FaultPreventedCharging
	}
}

// anySession is the open session of the charger's first port that has one.
func (p *Faults) anySession(charger charging.ID) (*portMemory, charging.ID) {
	first, found := 0, (*portMemory)(nil)
	for number, m := range p.ports[charger] {
		if m.session != 0 && (found == nil || number < first) {
			first, found = number, m
		}
	}
	if found == nil {
		return nil, 0
	}
	return found, found.session
}

// wanted reports whether somebody just showed a tag and no port is known to be
// the one.
func (p *Faults) wanted(r *charging.Record) bool {
	at, ok := p.tags[r.ChargerID]
	if !ok || r.Received.Sub(at) > authorizedFor {
		return false
	}
	for number, m := range p.ports[r.ChargerID] {
		if number != r.PortNumber && m.plugged {
			return false
		}
	}
	return true
}

// sessionEnded makes those errors the end of a session that came shortly before
// it ended.
func (p *Faults) sessionEnded(m *portMemory, r *charging.Record, out *charging.Derived) {
	pending := m.pending
	m.pending = nil
	if r.Kind == charging.RecordSessionOverdue {
		return // nobody knows when it ended
	}
	end := r.Time.Or(r.Received)
	for i := range pending {
		f := &pending[i]
		if before := end.Sub(f.At); f.Category != charging.FaultOther || before < -endsWithin || before > endsWithin {
			continue
		}
		f.Category = charging.FaultEndedCharging
		out.Faults = append(out.Faults, *f)
		p.tell(f, r, out)
	}
}

func (p *Faults) tell(f *charging.Fault, r *charging.Record, out *charging.Derived) {
	if p.Classified != nil {
		p.Classified(f, r.Received, out)
	}
}

// follow keeps what the next record is seen against.
func (p *Faults) follow(m *portMemory, r *charging.Record, session charging.ID) {
	m.session = session
	switch {
	case session != 0:
		m.plugged = false
		delete(p.tags, r.ChargerID)
	case m.shown.Status == charging.Preparing:
		m.plugged = true
	case m.shown.Status != charging.Faulted:
		m.plugged = false
	}
	p.authorized(r)
}

// authorized keeps when a tag was accepted.
func (p *Faults) authorized(r *charging.Record) {
	if r.Kind == charging.RecordTag && strings.Contains(r.Detail, `"status":"`+string(charging.TagAccepted)+`"`) {
		p.tags[r.ChargerID] = r.Received
	}
}
