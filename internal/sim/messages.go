package sim

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The payloads are written by hand: a message costs no reflection and, while
// the charger is connected, no memory of its own.

func (c *Charger) pushBoot() {
	b := getBuffer()
	w := ocpp.NewWriter(*b)
	w.Text("chargePointVendor", c.cfg.Make.Vendor)
	w.Text("chargePointModel", c.cfg.Make.Model)
	w.Text("chargePointSerialNumber", c.cfg.Serial)
	w.OptText("firmwareVersion", c.cfg.Firmware)
	*b = w.End()
	c.push(message{action: bootNotification, body: b, time: time.Now()})
}

func (c *Charger) pushHeartbeat() {
	b := getBuffer()
	*b = append(*b, '{', '}')
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
	w := ocpp.NewWriter(*m.body)
	w.Int("connectorId", int64(number))
	w.Text("errorCode", code)
	w.Text("status", status)
	w.Time("timestamp", m.time)
	*m.body = w.End()
	c.push(m)
	if p != nil {
		p.told, p.reported = c.out.seq, false
	}
}

func (c *Charger) pushAuthorize(p *port) {
	b := getBuffer()
	w := ocpp.NewWriter(*b)
	w.Text("idTag", p.visit.idTag)
	*b = w.End()
	c.push(message{action: authorize, port: p, body: b, time: time.Now()})
}

func (c *Charger) pushStart(s *session) {
	b := getBuffer()
	w := ocpp.NewWriter(*b)
	w.Int("connectorId", int64(s.port.number))
	w.Text("idTag", s.idTag)
	w.Int("meterStart", s.meterStart.wattHours())
	w.Time("timestamp", s.started)
	*b = w.End()
	c.push(message{action: startTransaction, port: s.port, session: s, body: b, time: s.started})
}

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
	if reason == "Local" {
		b = append(b, `,"idTag":`...)
		b = ocpp.AppendString(b, s.idTag)
	}
	b = append(b, `,"reason":`...)
	b = ocpp.AppendString(b, reason)
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

// idTagInfo is the part of an answer that says what may be done with a card.
type idTagInfo struct {
	IDTagInfo struct {
		Status string `json:"status"`
	} `json:"idTagInfo"`
}

func idTagAccepted(payload []byte) bool {
	var info idTagInfo
	return json.Unmarshal(payload, &info) == nil && info.IDTagInfo.Status == "Accepted"
}

// startAnswered learns the transaction's id; a card that was refused ends it.
func (c *Charger) startAnswered(m *message, payload []byte, now instant) {
	var answer struct {
		TransactionID int64 `json:"transactionId"`
		idTagInfo
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		c.fleet.stats.fault("the answer to StartTransaction cannot be read: " + err.Error())
		m.session.lost = true
		return
	}
	s := m.session
	s.id, s.known = answer.TransactionID, true
	if answer.IDTagInfo.Status != "Accepted" && s.port.session == s {
		c.endSession(s.port, now, "DeAuthorized")
	}
}

func (c *Charger) bootAnswered(f *ocpp.Frame, now instant) {
	var answer struct {
		Status   string `json:"status"`
		Interval int64  `json:"interval"`
	}
	failed := f.Type != ocpp.CallResult || json.Unmarshal(f.Payload, &answer) != nil
	interval := time.Duration(answer.Interval) * time.Second
	if failed || answer.Status != "Accepted" {
		if interval <= 0 {
			interval = defaultBootRetry
		}
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
