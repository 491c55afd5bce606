package alert

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Bounds of our own kinds of alerts.
const (
	// evidenceFor is how long something unusual counts.
	evidenceFor = 10 * time.Minute
	// replacedOften is how many connections of other addresses within that time
	// mean that two chargers have one identity.
	replacedOften = 3
	// bootsOften is how many boots within an hour mean that something is wrong.
	bootsOften = 4
	// clockOff is how far a charger's clock may be from ours, and clockMessages
	// how many messages in a row must say so.
	clockOff      = 5 * time.Minute
	clockMessages = 3
	// settled is how long after a connection began a charger may still be sending
	// what it queued, whose times are old for a good reason.
	settled = 15 * time.Minute
)

// evidence is what is known of a charger that may become an alert of ours.
type evidence struct {
	opened   time.Time   // the present connection
	replaced []time.Time // connections that replaced one of another address
	boots    []time.Time
	serial   string // of the last boot
	serials  []serialChange
	skewed   int   // messages in a row whose time was wrong
	failed   []int // ports at which charging failed to start, and no session since
}

// serialChange is a boot that told another serial number than the one before.
type serialChange struct {
	at  time.Time
	was string
}

func (a *Alerts) evidenceOf(charger charging.ID) *evidence {
	v := a.evidence[charger]
	if v == nil {
		v = &evidence{}
		a.evidence[charger] = v
	}
	return v
}

// since drops what is older than length before now.
func since(times []time.Time, now time.Time, length time.Duration) []time.Time {
	return slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) > length })
}

// Digest implements digest.Part: it looks for what is our own kinds of alerts.
func (a *Alerts) Digest(r *charging.Record, out *charging.Derived) {
	v := a.evidenceOf(r.ChargerID)
	switch r.Kind {
	case charging.RecordConnected:
		a.connected(v, r, out)
	case charging.RecordBooted:
		a.booted(v, r, out)
	case charging.RecordNote:
		a.noted(r, out)
	case charging.RecordStatus, charging.RecordSessionStarted, charging.RecordSessionReported, charging.RecordConditions:
		a.clock(v, r, out)
	}
	if r.Port != nil && (r.Port.Session != nil || r.Port.Status != nil && r.Port.Status.Status == charging.Available) {
		v.failed = slices.DeleteFunc(v.failed, func(port int) bool { return port == r.PortNumber })
	}
}

// own raises an alert of our own kinds, at most one a charger, matter and day.
func (a *Alerts) own(kind charging.AlertKind, matter string, r *charging.Record, detail any, out *charging.Derived) {
	e := a.fleet.Estate()
	c := e.Charger(r.ChargerID)
	if c == nil {
		return
	}
	at, ok := placeOf(e, c)
	if !ok {
		return
	}
	if matter != "" {
		matter = "/" + matter
	}
	a.raise(out, notice{kind: kind, at: r.Received, place: at, port: r.PortNumber, record: r.ID, detail: detail,
		incident: fmt.Sprintf("%s/%d%s/%s", kind, c.ID, matter, r.Received.UTC().Format(time.DateOnly))}, a.book.rulesFor(e, kind, at))
}

type duplicateDetail struct {
	Addresses []string `json:"addresses,omitempty"`
	Serials   []string `json:"serialNumbers,omitempty"`
}

// connected looks for two chargers with one identity: each of them takes the
// connection away from the other, again and again.
func (a *Alerts) connected(v *evidence, r *charging.Record, out *charging.Derived) {
	if r.Charger == nil || r.Charger.Connection == nil {
		return
	}
	v.opened, v.skewed = r.Charger.Connection.Opened, 0
	for _, odd := range r.Oddities {
		old, ok := strings.CutPrefix(odd, "replaces-connection: ")
		if !ok || hostOf(old) == hostOf(r.Charger.Connection.Remote) {
			continue
		}
		v.replaced = append(since(v.replaced, r.Received, evidenceFor), r.Received)
		if len(v.replaced) >= replacedOften {
			a.own(charging.AlertDuplicateIdentity, "", r,
				duplicateDetail{Addresses: []string{hostOf(old), hostOf(r.Charger.Connection.Remote)}}, out)
			v.replaced = nil
		}
	}
}

func hostOf(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}

// booted looks for chargers that boot again and again, and for two of one
// identity that boot in turns.
func (a *Alerts) booted(v *evidence, r *charging.Record, out *charging.Derived) {
	v.boots = append(since(v.boots, r.Received, time.Hour), r.Received)
	if len(v.boots) >= bootsOften {
		a.own(charging.AlertRebooting, "", r, struct {
			Boots int `json:"bootsInAnHour"`
		}{len(v.boots)}, out)
		v.boots = nil
	}
	if r.Charger == nil || r.Charger.Boot == nil || r.Charger.Boot.SerialNumber == "" {
		return
	}
	serial := r.Charger.Boot.SerialNumber
	if v.serial != "" && serial != v.serial {
		v.serials = slices.DeleteFunc(v.serials, func(c serialChange) bool { return r.Received.Sub(c.at) > time.Hour })
		back := slices.ContainsFunc(v.serials, func(c serialChange) bool { return c.was == serial })
		v.serials = append(v.serials, serialChange{r.Received, v.serial})
		if back {
			a.own(charging.AlertDuplicateIdentity, "", r, duplicateDetail{Serials: []string{v.serial, serial}}, out)
			v.serials = nil
		}
	}
	v.serial = serial
}

type skewDetail struct {
	Seconds int64   `json:"secondsAhead"` // negative when the clock is behind
	Told    instant `json:"chargerTime"`
}

// clock looks for chargers whose clock is wrong: messages of now whose time is
// another. One that just connected may be sending what it queued.
func (a *Alerts) clock(v *evidence, r *charging.Record, out *charging.Derived) {
	told := r.Time.Parsed
	if told.IsZero() {
		return
	}
	ahead := told.Sub(r.Received)
	behind := ahead < -clockOff && !v.opened.IsZero() && r.Received.Sub(v.opened) > settled
	switch {
	case ahead > clockOff, behind, !r.Time.Dated():
		v.skewed++
	case ahead > -clockOff:
		v.skewed = 0
	}
	if v.skewed == clockMessages {
		a.own(charging.AlertClockSkew, "", r, skewDetail{int64(ahead / time.Second), instant(told)}, out)
	}
}

// grave are the security events that somebody must look at (OCPP 2.0.1 part 2,
// appendix 1, and the names that 1.6 has for the same).
var grave = map[string]bool{
	"TamperDetectionActivated": true, "SecurityLogWasCleared": true, "MemoryExhaustion": true, "AttemptedReplayAttacks": true,
	"InvalidFirmwareSignature": true, "InvalidFirmwareSigningCertificate": true, "InvalidCsmsCertificate": true,
	"InvalidCentralSystemCertificate": true, "InvalidChargingStationCertificate": true, "InvalidChargePointCertificate": true,
	"FailedToAuthenticateAtCsms": true, "FailedToAuthenticateAtCentralSystem": true,
}

// failedUpdates are the ends of a firmware update that did not work.
var failedUpdates = map[string]bool{
	"DownloadFailed": true, "InstallationFailed": true, "InstallVerificationFailed": true, "InvalidSignature": true,
	"RevokedCertificate": true, "InvalidCertificate": true,
}

// noted looks for security events and failed updates.
func (a *Alerts) noted(r *charging.Record, out *charging.Derived) {
	var note struct {
		Kind    charging.NoteKind `json:"kind"`
		Status  string            `json:"status"`
		Request int64             `json:"requestId"`
	}
	if json.Unmarshal([]byte(r.Detail), &note) != nil {
		return
	}
	switch note.Kind {
	case charging.NoteSecurityEvent:
		if grave[note.Status] {
			a.own(charging.AlertSecurityEvent, note.Status, r, struct {
				Event string `json:"event"`
			}{note.Status}, out)
		}
	case charging.NoteFirmware, charging.NoteSignedFirmware:
		if failedUpdates[note.Status] {
			a.own(charging.AlertFirmwareFailed, fmt.Sprintf("%s/%d", note.Status, note.Request), r, struct {
				Status string `json:"status"`
			}{note.Status}, out)
		}
	}
}
