package gateway

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	// firstCallAfter is when calls may begin on a connection over which the
	// charger did not boot.
	firstCallAfter = 15 * time.Second
	// bootPause is how long a charger is left alone after the answer to its
	// boot; some drop a call that comes earlier (server-rules 1).
	bootPause = 2 * time.Second
	// slowTimeout is the least that slow calls get, and the first one after a
	// boot (server-rules 3).
	slowTimeout = 90 * time.Second
)

// slowCalls are those for which chargers often need long.
var slowCalls = []string{
	"GetConfiguration", "GetBaseReport", "GetReport", "GetMonitoringReport", "SendLocalList",
	"InstallCertificate", "CertificateSigned", "GetInstalledCertificateIds", "DeleteCertificate",
}

// timeLimit is how long the charger has to answer a call: what the call says,
// else what the charger's settings say, else by its action. l.mu is held.
func (l *link) timeLimit(c *call) time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	if charger := l.g.fleet.Charger(l.dialog.charger); charger != nil && charger.CallTimeout > 0 {
		return charger.CallTimeout
	}
	if l.calls.fresh || slices.Contains(slowCalls, c.Action) {
		return max(slowTimeout, l.g.cfg.CallTimeout)
	}
	return l.g.cfg.CallTimeout
}

// heard takes notice of a call of the charger. Nothing of ours leaves before
// the answer to a boot. A charger that booted earlier and begins with something
// else will not boot now.
func (l *link) heard(boot bool) {
	l.mu.Lock()
	q := &l.calls
	soon := time.Now().Add(bootPause)
	sooner := !boot && !q.spoken && l.dialog.registered() != neverBooted && soon.Before(q.heldUntil)
	if sooner {
		q.holdUntil(soon)
	}
	q.booting = q.booting || boot
	q.spoken = true
	l.mu.Unlock()
	if sooner {
		l.advance()
	}
}

// booted opens the way for calls a little after the answer to a boot.
func (l *link) booted() {
	l.mu.Lock()
	l.calls.booting = false
	l.calls.fresh = true
	l.calls.holdUntil(time.Now().Add(bootPause))
	l.mu.Unlock()
	l.advance()
}

// chargingCalls start and stop charging, which a charger that is not accepted
// yet must not do.
var chargingCalls = []string{
	"RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction", "RequestStopTransaction",
}

// forbids says why a call must not leave now, "" when it may (OCPP 1.6 §4.2,
// OCPP 2.0.1 B02 and B03).
func (d *dialog) forbids(c *call) string {
	switch d.registered() {
	case rejected:
		if requestedMessage(c) != d.protocol.boot {
			return c.Action + " was not sent: the charger's boot was answered Rejected, and until it is accepted it may only be asked to boot (TriggerMessage BootNotification)."
		}
	case pending:
		if slices.Contains(chargingCalls, c.Action) {
			return c.Action + " was not sent: the charger's boot was answered Pending, and it neither starts nor stops charging until it is accepted."
		}
	}
	return ""
}

// triggers are the calls that ask for another message.
var triggers = []string{"TriggerMessage", "ExtendedTriggerMessage"}

// requestedMessage returns the message that a trigger asks for; "" when the
// call is none.
func requestedMessage(c *call) string {
	if !slices.Contains(triggers, c.Action) {
		return ""
	}
	var m struct {
		RequestedMessage string `json:"requestedMessage"`
	}
	if json.Unmarshal(c.Payload, &m) != nil {
		return ""
	}
	return m.RequestedMessage
}

// consequences are the messages that chargers send because of a call.
var consequences = map[string]string{
	"GetBaseReport":        "NotifyReport",
	"GetReport":            "NotifyReport",
	"GetMonitoringReport":  "NotifyMonitoringReport",
	"GetLog":               "LogStatusNotification",
	"GetDiagnostics":       "DiagnosticsStatusNotification",
	"UpdateFirmware":       "FirmwareStatusNotification",
	"SignedUpdateFirmware": "SignedFirmwareStatusNotification",
	"PublishFirmware":      "PublishFirmwareStatusNotification",
	"CustomerInformation":  "NotifyCustomerInformation",
	"GetDisplayMessages":   "NotifyDisplayMessages",
	"GetChargingProfiles":  "ReportChargingProfiles",
	"InstallCertificate":   "SecurityEventNotification",
	"CertificateSigned":    "SecurityEventNotification",
}

// expectFrom notes which message a call asks for, so that it is welcome from a
// charger that is not accepted yet. Only one goroutine at a time calls it.
func (d *dialog) expectFrom(c *call) {
	if r := d.registered(); r != pending && r != rejected {
		return
	}
	action := consequences[c.Action]
	if asked := requestedMessage(c); asked != "" {
		action = asked
		if strings.HasPrefix(asked, "Sign") && strings.HasSuffix(asked, "Certificate") {
			action = "SignCertificate"
		}
	}
	if action == "" || d.expects(action) {
		return
	}
	var before []string
	if p := d.expected.Load(); p != nil {
		before = *p
	}
	now := append(slices.Clone(before), action)
	d.expected.Store(&now)
}

// expects reports whether a call of ours asked for such a message.
func (d *dialog) expects(action string) bool {
	p := d.expected.Load()
	return p != nil && slices.Contains(*p, action)
}
