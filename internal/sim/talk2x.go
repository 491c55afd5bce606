package sim

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// talk2x is OCPP 2.0.1 and 2.1. A port of the charger is an EVSE with one
// connector, 1.
type talk2x struct {
	rows     *ocpp.Table
	v21      bool
	commands map[string]command
}

var (
	talk201 = &talk2x{rows: v201.Table}
	talk21  = &talk2x{rows: v21.Table, v21: true}
)

// The statuses of a connector (OCPP 2.0.1 ConnectorStatusEnumType).
const (
	statusOccupied = "Occupied"
	statusReserved = "Reserved"
)

func (t *talk2x) table() *ocpp.Table { return t.rows }

func (t *talk2x) command(action string) command { return t.commands[action] }

func (*talk2x) certificateType() string { return "ChargingStationCertificate" }

func (*talk2x) word(status string) string {
	switch status {
	case statusAvailable, statusReserved, statusUnavailable, statusFaulted:
		return status
	}
	return statusOccupied
}

func (*talk2x) boot(c *Charger, reason string) {
	c.says(bootNotification, object{"reason": reason, "chargingStation": object{
		"vendorName": c.cfg.Make.Vendor, "model": c.cfg.Make.Model, "serialNumber": c.cfg.Serial,
		"firmwareVersion": c.firmware()}})
}

// events says that the charger tells its statuses by NotifyEvent, which 2.1
// prefers (OCPP 2.1 B01.FR.05).
func (t *talk2x) events(c *Charger) bool { return t.v21 || c.cfg.Make.Events }

func (t *talk2x) status(c *Charger, p *port) {
	switch {
	case t.events(c):
		t.availability(c, p)
	case p != nil:
		t.connectorStatus(c, p)
	}
}

func (t *talk2x) connectorStatus(c *Charger, p *port) {
	m := message{action: statusNotification, port: p, status: t.word(p.status), body: getBuffer(), time: time.Now()}
	w := ocpp.NewWriter(*m.body)
	w.Time("timestamp", m.time)
	w.Text("connectorStatus", m.status)
	w.Int("evseId", int64(p.number))
	w.Int("connectorId", 1)
	*m.body = w.End()
	c.push(m)
}

// availability tells a status as an event of the device model.
func (t *talk2x) availability(c *Charger, p *port) {
	where, status := component("ChargingStation", 0), statusAvailable
	if p != nil {
		where, status = component("Connector", p.number), t.word(p.status)
	} else if c.inoperative {
		status = statusUnavailable
	}
	m := message{action: notifyEvent, port: p, status: status, body: getBuffer(), time: time.Now()}
	*m.body = appendJSON(*m.body, c.event(where, "AvailabilityState", status, m.time))
	c.push(m)
}

// component names a component of the device model; 0 is the charger's own.
func component(name string, evse int) object {
	switch {
	case evse == 0:
		return object{"name": name}
	case name == "Connector":
		return object{"name": name, "evse": object{"id": evse, "connectorId": 1}}
	}
	return object{"name": name, "evse": object{"id": evse}}
}

// event makes a NotifyEvent of one event.
func (c *Charger) event(where object, variable, value string, at time.Time) object {
	c.eventID++
	return object{"generatedAt": stamp(at), "seqNo": 0, "eventData": []object{{
		"eventId": c.eventID, "timestamp": stamp(at), "trigger": "Delta", "actualValue": value,
		"eventNotificationType": "HardWiredNotification", "component": where, "variable": object{"name": variable}}}}
}

// troubles are the components of which a fault tells (server-rules 17.2).
var troubles = map[string]string{"GroundFailure": "GroundIsolationProtection", "HighTemperature": "LiquidCoolingSystem",
	"OverCurrentFailure": "OverCurrentProtection", "ConnectorLockFailure": "ConnectorPlugRetentionLock",
	"PowerSwitchFailure": "PowerContactor", "EVCommunicationError": "CPPWMController"}

// trouble tells of a fault by the component that has it; of the others by the
// EVSE, with the code in words.
func (*talk2x) trouble(c *Charger, p *port, code string, over bool) {
	name, known := troubles[code]
	if !known {
		name = "EVSE"
	}
	v := c.event(component(name, p.number), "Problem", strconv.FormatBool(!over), time.Now())
	data := v["eventData"].([]object)[0]
	data["trigger"], data["techCode"] = "Alerting", code
	if over {
		data["cleared"] = true
	}
	c.says(notifyEvent, v)
}

func (t *talk2x) authorize(c *Charger, p *port) {
	m := message{action: authorize, port: p, body: getBuffer(), time: time.Now()}
	*m.body = append(appendToken(append(*m.body, `{"idToken":`...), p.visit.idTag, p.visit.tokenType), '}')
	c.push(m)
}

// defaultTokenType is what a card is.
const defaultTokenType = "ISO14443"

func appendToken(dst []byte, token, kind string) []byte {
	if kind == "" {
		kind = defaultTokenType
	}
	w := ocpp.NewWriter(dst)
	w.Text("idToken", token)
	w.Text("type", kind)
	return w.End()
}

// tokenAnswer is what matters in the answers to Authorize and TransactionEvent.
type tokenAnswer struct {
	IDTokenInfo *struct {
		Status string `json:"status"`
	} `json:"idTokenInfo"`
	TransactionLimit *struct {
		MaxEnergy *float64 `json:"maxEnergy"`
		MaxTime   *int64   `json:"maxTime"`
	} `json:"transactionLimit"`
}

func (*talk2x) authorized(payload []byte) bool {
	var answer tokenAnswer
	return json.Unmarshal(payload, &answer) == nil && answer.IDTokenInfo != nil && answer.IDTokenInfo.Status == tagAccepted
}

func (*talk2x) booted(payload []byte) (accepted bool, interval time.Duration) {
	var answer struct {
		Status   string `json:"status"`
		Interval int64  `json:"interval"`
	}
	err := json.Unmarshal(payload, &answer)
	return err == nil && answer.Status == tagAccepted, time.Duration(answer.Interval) * time.Second
}

func (*talk2x) reservation(c *Charger, id int64, status string) {
	c.says(reservationStatus, object{"reservationId": id, "reservationUpdateStatus": status})
}

func (*talk2x) firmware(c *Charger, t *transfer, status string) {
	v := object{"status": status}
	if status != "Idle" {
		v["requestId"] = t.id
	}
	if t.publish {
		if status == "Published" {
			v["location"] = []string{t.location}
		}
		c.says(publishFirmwareStatus, v)
		return
	}
	c.says(firmwareStatus, v)
}

func (*talk2x) logs(c *Charger, t *transfer, status string) {
	v := object{"status": status}
	if status != "Idle" {
		v["requestId"] = t.id
	}
	c.says(logStatus, v)
}
