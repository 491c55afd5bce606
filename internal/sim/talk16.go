package sim

import (
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// talk16 is OCPP 1.6 with the security extension.
type talk16 struct{ commands map[string]command }

func (*talk16) table() *ocpp.Table { return v16.Table }

func (t *talk16) command(action string) command { return t.commands[action] }

func (*talk16) word(status string) string { return status }

func (*talk16) certificateType() string { return "" }

func (*talk16) boot(c *Charger, _ string) {
	b := getBuffer()
	m := v16.BootNotification{ChargePointVendor: c.cfg.Make.Vendor, ChargePointModel: c.cfg.Make.Model,
		ChargePointSerialNumber: c.cfg.Serial, FirmwareVersion: c.firmware()}
	*b = m.AppendJSON(*b)
	c.push(message{action: bootNotification, body: b, time: time.Now()})
}

func (*talk16) status(c *Charger, p *port) {
	number, status, code := 0, statusAvailable, noError
	if p != nil {
		number, status, code = p.number, p.status, p.errorCode
	} else if c.inoperative {
		status = statusUnavailable
	}
	m := message{action: statusNotification, port: p, status: status, body: getBuffer(), time: time.Now()}
	req := v16.StatusNotification{ConnectorID: intOf(number), ErrorCode: code, Status: status, Timestamp: ocpp.TimeOf(m.time)}
	*m.body = req.AppendJSON(*m.body)
	c.push(m)
}

// trouble has nothing to tell: the status has the error code.
func (*talk16) trouble(*Charger, *port, string, bool) {}

// state has nothing to tell: the status says it.
func (*talk16) state(*Charger, *port, string) {}

func intOf(n int) ocpp.Int { return ocpp.Int{V: int64(n), Set: true} }

func (*talk16) authorize(c *Charger, p *port) {
	b := getBuffer()
	req := v16.Authorize{IDTag: p.visit.idTag}
	*b = req.AppendJSON(*b)
	c.push(message{action: authorize, port: p, body: b, time: time.Now()})
}

func (*talk16) begin(c *Charger, p *port) {
	s, b := p.session, getBuffer()
	req := v16.StartTransaction{ConnectorID: intOf(s.port.number), IDTag: s.idTag,
		MeterStart: intOf(int(s.meterStart.wattHours())), Timestamp: ocpp.TimeOf(s.started)}
	if s.reservation != 0 {
		req.ReservationID = ocpp.IntOf(s.reservation)
	}
	*b = req.AppendJSON(*b)
	c.push(message{action: startTransaction, port: s.port, session: s, body: b, time: s.started})
}

// MeterValues and StopTransaction are written by hand: the transaction id comes
// last, because it may not be known yet, and MeterValues is most of what a
// fleet says.

// sample reports the meter of a port. Inside a session the transaction id
// follows when it is known.
func (*talk16) sample(c *Charger, p *port, context string) {
	m := message{action: meterValues, port: p, session: p.session, body: getBuffer(), time: time.Now()}
	point := c.point(p)
	b := append(*m.body, `{"connectorId":`...)
	b = strconv.AppendInt(b, int64(p.number), 10)
	b = append(b, `,"meterValue":[`...)
	b = point.appendMeterValue(b, m.time, context)
	b = append(b, ']')
	if p.session == nil {
		b = append(b, '}')
	}
	*m.body, m.open = b, p.session != nil
	c.push(m)
}

func (*talk16) end(c *Charger, p *port, reason string) {
	s := p.session
	m := message{action: stopTransaction, port: p, session: s, body: getBuffer(), open: true, time: time.Now()}
	b := append(*m.body, `{"meterStop":`...)
	b = strconv.AppendInt(b, p.register.wattHours(), 10)
	b = append(b, `,"timestamp":`...)
	b = ocpp.AppendTime(b, m.time)
	if reason == reasonLocal {
		b = append(b, `,"idTag":`...)
		b = ocpp.AppendString(b, s.idTag)
	}
	if reason == reasonEnergyLimit || reason == reasonTimeLimit {
		reason = reasonOther
	}
	b = append(b, `,"reason":"`...)
	b = append(b, reason...)
	b = append(b, '"')
	if c.cfg.Make.TransactionData {
		point := c.point(p)
		end := point.register
		b = append(b, `,"transactionData":[`...)
		point.register = s.meterStart
		b = point.appendMeterValue(b, s.started, contextBegin)
		b = append(b, ',')
		point.register, point.power = end, 0
		b = point.appendMeterValue(b, m.time, contextEnd)
		b = append(b, ']')
	}
	*m.body = b
	c.push(m)
}

// tagAccepted is the one status of a card with which it may charge.
const tagAccepted = "Accepted"

// learn takes the transaction's id; a card that was refused ends the session.
func (*talk16) learn(c *Charger, m *message, payload []byte, now instant) {
	if m.action != startTransaction {
		return
	}
	s := m.session
	answer, err := v16.DecodeStartTransactionResponse(payload)
	if err != nil || answer.TransactionID == 0 {
		c.fleet.stats.fault("the answer to StartTransaction has no transactionId")
		s.lost = true
		return
	}
	s.id, s.known = answer.TransactionID, true
	if answer.IDTagInfo.Status != tagAccepted {
		c.refuseSession(s, now)
	}
}

func (*talk16) authorized(payload []byte) bool {
	answer, err := v16.DecodeAuthorizeResponse(payload)
	return err == nil && answer.IDTagInfo.Status == tagAccepted
}

func (*talk16) booted(payload []byte) (accepted bool, interval time.Duration) {
	answer, err := v16.DecodeBootNotificationResponse(payload)
	return err == nil && answer.Status == v16.RegistrationAccepted, time.Duration(answer.Interval) * time.Second
}

// reservation has nothing to tell: the status says it.
func (*talk16) reservation(*Charger, int64, string) {}

// firmware16 are the statuses of FirmwareStatusNotification (OCPP 1.6 §7.25);
// the others have no word there.
var firmware16 = map[string]bool{"Downloaded": true, "DownloadFailed": true, "Downloading": true, "Idle": true,
	"InstallationFailed": true, "Installing": true, "Installed": true}

func (*talk16) firmware(c *Charger, t *transfer, status string) {
	switch {
	case t.signed:
		c.says(signedFirmwareStatus, object{"status": status, "requestId": t.id})
	case status == "InvalidSignature" || status == "InstallVerificationFailed":
		c.says(firmwareStatus, object{"status": "InstallationFailed"})
	case firmware16[status]:
		c.says(firmwareStatus, object{"status": status})
	}
}

func (*talk16) logs(c *Charger, t *transfer, status string) {
	switch {
	case t.id != 0:
		c.says(logStatus, object{"status": status, "requestId": t.id})
	case t.asked && status == "UploadFailure":
		c.says(diagnosticsStatus, object{"status": "UploadFailed"})
	case t.asked:
		c.says(diagnosticsStatus, object{"status": status})
	default:
		c.says(logStatus, object{"status": status})
	}
}
