package statefuzz

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// message is one call of a charger, as it means it.
type message interface {
	// call is its action and payload.
	call() (action string, payload object)
	// happen is what it changes, by the rules. answer is the payload of the
	// result.
	happen(c *truth, received time.Time, answer []byte) error
	// repeatable says that it may be sent again at any time; without a date, a
	// message cannot be told from a new one of equal content.
	repeatable() bool
}

// object is JSON in the making; members that are nil are left out.
type object map[string]any

func frameOf(id string, m message) string {
	action, payload := m.call()
	for name, v := range payload {
		if v == nil || v == "" {
			delete(payload, name)
		}
	}
	text, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`[2,%q,%q,%s]`, id, action, text)
}

// booted is a BootNotification: its texts stay until the next one (no. 11).
type booted struct {
	v2                              bool
	vendor, model, serial, firmware string
}

func (m *booted) call() (string, object) {
	if m.v2 {
		station := object{"vendorName": m.vendor, "model": m.model}
		if m.serial != "" {
			station["serialNumber"] = m.serial
		}
		if m.firmware != "" {
			station["firmwareVersion"] = m.firmware
		}
		return "BootNotification", object{"reason": "PowerUp", "chargingStation": station}
	}
	return "BootNotification", object{"chargePointVendor": m.vendor, "chargePointModel": m.model,
		"chargePointSerialNumber": m.serial, "firmwareVersion": m.firmware}
}

func (m *booted) happen(c *truth, _ time.Time, answer []byte) error {
	c.boot = *m
	return has(answer, `"status":"Accepted"`)
}

func (*booted) repeatable() bool { return true }

// has looks for something in an answer.
func has(answer []byte, part string) error {
	if !strings.Contains(string(answer), part) {
		return fmt.Errorf("the answer %s lacks %s", answer, part)
	}
	return nil
}

// authorized asks about a tag, which changes nothing.
type authorized struct {
	v2  bool
	tag string
}

func (m *authorized) call() (string, object) {
	if m.v2 {
		return "Authorize", object{"idToken": object{"idToken": m.tag, "type": "ISO14443"}}
	}
	return "Authorize", object{"idTag": m.tag}
}

func (m *authorized) happen(_ *truth, _ time.Time, answer []byte) error {
	if m.tag == knownTag {
		return has(answer, `"status":"Accepted"`)
	}
	if strings.Contains(string(answer), `"Accepted"`) {
		return fmt.Errorf("the unknown tag %s was answered %s", m.tag, answer)
	}
	return nil
}

func (*authorized) repeatable() bool { return true }

// status16 is a StatusNotification of 1.6.
type status16 struct {
	port         int
	word, code   string
	vendor, info string
	time         stamp
}

func (m *status16) call() (string, object) {
	return "StatusNotification", object{"connectorId": m.port, "status": m.word, "errorCode": m.code, "vendorErrorCode": m.vendor,
		"info": m.info, "timestamp": m.time.text}
}

var words16 = []string{"Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted"}

// word is what a word means (no. 26); "" for nothing.
func word(written string) string {
	if written == "Occupied" {
		return "Preparing"
	}
	for _, w := range words16 {
		if w == written {
			return w
		}
	}
	return ""
}

func (m *status16) happen(c *truth, received time.Time, _ []byte) error {
	o := c.outlet(m.port)
	if o == nil {
		return nil
	}
	o.connectors, o.faults = nil, nil
	if o.shown != nil && c.stale(m.time, received, o.shown.at) {
		return nil
	}
	next := &shown{word: word(m.word), code: m.code, vendor: m.vendor, info: m.info, at: m.time.or(received)}
	switch {
	case next.word == "" && o.shown == nil:
		return nil
	case next.word == "":
		next.word = o.shown.word
	}
	switch next.code {
	case "NoError", "GroundFailure", "OverVoltage":
	case "":
		next.code = "NoError"
		if m.word == "Faulted" {
			next.code = "OtherError"
		}
	default:
		next.code = "OtherError"
	}
	o.shown = next
	if word(m.word) != "" {
		o.reported(next, received)
	}
	return nil
}

// reported draws what a status says of the session: it never ends one, but
// marks a lost stop, and ends charging that was only observed (no. 28, 29).
func (o *outlet) reported(now *shown, received time.Time) {
	s := o.session
	if s == nil {
		return
	}
	switch {
	case now.word == "Charging" || now.word == "SuspendedEV" || now.word == "SuspendedEVSE":
		s.available, s.lastSign = time.Time{}, received
	case s.observed > 0:
		s.stopped = true
		o.session = nil
	case now.word == "Available" && s.available.IsZero() && now.at.After(s.began):
		s.available, s.lastSign = received, received
	}
}

func (m *status16) repeatable() bool { return m.time.dated() }

// nonsense is a frame that leaves nothing to act on, or is no frame.
type nonsense struct{ frame string }

func (m *nonsense) call() (string, object) { return "", nil }

func (m *nonsense) happen(_ *truth, _ time.Time, answer []byte) error {
	if answer != nil {
		return fmt.Errorf("%s was answered %s", m.frame, answer)
	}
	return nil
}

func (*nonsense) repeatable() bool { return true }

// noise is a call that is answered and shows nowhere.
type noise struct {
	action  string
	payload object
}

func (m *noise) call() (string, object) { return m.action, m.payload }

func (m *noise) happen(*truth, time.Time, []byte) error { return nil }

func (*noise) repeatable() bool { return true }
