package sim

import (
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func (c *Charger) pushBoot() {
	b := getBuffer()
	m := v16.BootNotification{ChargePointVendor: c.cfg.Make.Vendor, ChargePointModel: c.cfg.Make.Model,
		ChargePointSerialNumber: c.cfg.Serial, FirmwareVersion: c.cfg.Firmware}
	*b = m.AppendJSON(*b)
	c.push(message{action: bootNotification, body: b, time: time.Now()})
}

func (c *Charger) pushHeartbeat() {
	b := getBuffer()
	*b = (*v16.Heartbeat)(nil).AppendJSON(*b)
	c.push(message{action: heartbeat, body: b, time: time.Now()})
}

// pushStatus reports the status of a port; of the charger itself for nil.
func (c *Charger) pushStatus(p *port) {
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
	if p != nil {
		p.told, p.reported = c.out.seq, false
	}
}

func intOf(n int) ocpp.Int { return ocpp.Int{V: int64(n), Set: true} }

func (c *Charger) pushAuthorize(p *port) {
	b := getBuffer()
	req := v16.Authorize{IDTag: p.visit.idTag}
	*b = req.AppendJSON(*b)
	c.push(message{action: authorize, port: p, body: b, time: time.Now()})
}

func (c *Charger) pushStart(s *session) {
	b := getBuffer()
	req := v16.StartTransaction{ConnectorID: intOf(s.port.number), IDTag: s.idTag,
		MeterStart: intOf(int(s.meterStart.wattHours())), Timestamp: ocpp.TimeOf(s.started)}
	*b = req.AppendJSON(*b)
	c.push(message{action: startTransaction, port: s.port, session: s, body: b, time: s.started})
}

// MeterValues and StopTransaction are written by hand: the transaction id comes
// last, because it may not be known yet, and MeterValues is most of what a
// fleet says.

// pushMeterValues reports the meter of a port. Inside a session it is a
// transaction message; without one it is said now or never.
func (c *Charger) pushMeterValues(p *port, context string) {
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

func (c *Charger) pushStop(p *port, reason string) {
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

// startAnswered learns the transaction's id; a card that was refused ends it.
func (c *Charger) startAnswered(m *message, payload []byte, now instant) {
	s := m.session
	answer, err := v16.DecodeStartTransactionResponse(payload)
	if err != nil || answer.TransactionID == 0 {
		c.fleet.stats.fault("the answer to StartTransaction has no transactionId")
		s.lost = true
		return
	}
	s.id, s.known = answer.TransactionID, true
	if answer.IDTagInfo.Status != tagAccepted && s.port.session == s {
		c.endSession(s.port, now, reasonDeAuthorized)
	}
}

func tagInfoAccepted(payload []byte) bool {
	answer, err := v16.DecodeAuthorizeResponse(payload)
	return err == nil && answer.IDTagInfo.Status == tagAccepted
}

// bootAnswered begins to speak, or plans another boot.
func (c *Charger) bootAnswered(f *ocpp.Frame, now instant) {
	answer, err := v16.DecodeBootNotificationResponse(f.Payload)
	interval := time.Duration(answer.Interval) * time.Second
	if err != nil || f.Type != ocpp.CallResult || answer.Status != v16.RegistrationAccepted {
		if interval <= 0 {
			interval = defaultBootRetry
		}
		c.accepted, c.booted = false, false
		c.bootAt = now + interval
		return
	}
	if interval > 0 {
		c.heartbeatInterval = interval
	}
	c.heartbeatAt = now + c.heartbeatInterval
	c.booted = true
	c.accept(now, true)
}
