package sim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// command does what the server calls for and returns the answer's payload.
type command func(c *Charger, payload []byte, now instant) (answer any, err error)

// commands are the actions that a charger understands.
var commands map[string]command

func init() {
	commands = map[string]command{
		"TriggerMessage":         (*Charger).triggerMessage,
		"RemoteStartTransaction": (*Charger).remoteStart,
		"RemoteStopTransaction":  (*Charger).remoteStop,
		"Reset":                  (*Charger).reset,
		"ChangeAvailability":     (*Charger).changeAvailability,
		"UnlockConnector":        (*Charger).unlockConnector,
		"GetConfiguration":       (*Charger).getConfiguration,
		"ChangeConfiguration":    (*Charger).changeConfiguration,
	}
}

// statusAnswer is the answer to most commands.
type statusAnswer struct {
	Status string `json:"status"`
}

var (
	accepted = statusAnswer{"Accepted"}
	rejected = statusAnswer{"Rejected"}
)

// called answers a call of the server.
func (c *Charger) called(f *ocpp.Frame, now instant) {
	c.fleet.stats.calls.Add(1)
	frame := getBuffer()
	defer putBuffer(frame)
	*frame = c.appendAnswer(beginFrame(*frame), f, now)
	if c.link != linkUp {
		return
	}
	if err := writeFrame(c.conn, ws.OpText, *frame); err != nil {
		c.lose(now, err)
	}
}

func (c *Charger) appendAnswer(dst []byte, f *ocpp.Frame, now instant) []byte {
	run := commands[f.Action]
	if run == nil {
		return ocpp.AppendCallError(dst, f.RawID, ocpp.NotImplemented, "the simulator does not know "+f.Action)
	}
	answer, err := run(c, f.Payload, now)
	if err != nil {
		return ocpp.AppendCallError(dst, f.RawID, ocpp.FormationViolation, err.Error())
	}
	payload, err := json.Marshal(answer)
	if err != nil {
		return ocpp.AppendCallError(dst, f.RawID, ocpp.InternalError, err.Error())
	}
	return ocpp.AppendCallResult(dst, f.RawID, payload)
}

// portOf returns the port with that connector number, or nil.
func (c *Charger) portOf(connector int) *port {
	if connector < 1 || connector > len(c.ports) {
		return nil
	}
	return &c.ports[connector-1]
}

func (c *Charger) triggerMessage(payload []byte, now instant) (any, error) {
	var req struct {
		RequestedMessage string `json:"requestedMessage"`
		ConnectorID      *int   `json:"connectorId"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	ports := c.ports
	if req.ConnectorID != nil && *req.ConnectorID != 0 {
		p := c.portOf(*req.ConnectorID)
		if p == nil {
			return rejected, nil
		}
		ports = c.ports[p.number-1 : p.number]
	}
	switch req.RequestedMessage {
	case "BootNotification":
		c.pushBoot()
	case "Heartbeat":
		c.pushHeartbeat()
	case "StatusNotification":
		if req.ConnectorID == nil || *req.ConnectorID == 0 {
			c.pushStatus(nil)
		}
		if req.ConnectorID != nil && *req.ConnectorID == 0 {
			return accepted, nil
		}
		for i := range ports {
			c.pushStatus(&ports[i])
		}
	case "MeterValues":
		for i := range ports {
			c.advance(&ports[i], now)
			c.pushMeterValues(&ports[i], contextTrigger)
		}
	default:
		return statusAnswer{"NotImplemented"}, nil
	}
	return accepted, nil
}

// remoteStart begins a session at a free port, or one at which a vehicle waits.
// If there is none yet, a vehicle comes.
func (c *Charger) remoteStart(payload []byte, now instant) (any, error) {
	var req struct {
		ConnectorID int    `json:"connectorId"`
		IDTag       string `json:"idTag"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	p := c.portOf(req.ConnectorID)
	for i := 0; req.ConnectorID == 0 && p == nil && i < len(c.ports); i++ {
		if c.ports[i].startable() {
			p = &c.ports[i]
		}
	}
	if p == nil || !p.startable() || req.IDTag == "" {
		return rejected, nil
	}
	if p.phase == vacant {
		c.arrive(p, now)
	}
	p.visit.idTag, p.visit.known = req.IDTag, true
	p.phase, p.next = remoteStarting, now+remoteStartDelay
	return accepted, nil
}

// remoteStartDelay lies between the answer to RemoteStartTransaction and the
// session's begin.
const remoteStartDelay = 200 * time.Millisecond

// startable reports whether a session could begin at the port.
func (p *port) startable() bool {
	return !p.inoperative && (p.phase == vacant || p.phase == plugged || p.phase == refused)
}

func (c *Charger) remoteStop(payload []byte, now instant) (any, error) {
	var req struct {
		TransactionID int64 `json:"transactionId"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	for i := range c.ports {
		if p := &c.ports[i]; p.session != nil && p.session.known && p.session.id == req.TransactionID {
			c.endSession(p, now, "Remote")
			return accepted, nil
		}
	}
	return rejected, nil
}

func (c *Charger) reset(payload []byte, now instant) (any, error) {
	var req struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	if req.Type != "Hard" && req.Type != "Soft" {
		return rejected, nil
	}
	c.resetReason, c.resetAt = req.Type+"Reset", now+time.Second
	return accepted, nil
}

func (c *Charger) changeAvailability(payload []byte, now instant) (any, error) {
	var req struct {
		ConnectorID int    `json:"connectorId"`
		Type        string `json:"type"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	ports := c.ports
	if req.ConnectorID != 0 {
		p := c.portOf(req.ConnectorID)
		if p == nil {
			return rejected, nil
		}
		ports = c.ports[p.number-1 : p.number]
	}
	if req.Type != "Operative" && req.Type != "Inoperative" {
		return rejected, nil
	}
	answer := accepted
	inoperative := req.Type == "Inoperative"
	if req.ConnectorID == 0 && c.inoperative != inoperative {
		c.inoperative = inoperative
		c.pushStatus(nil)
	}
	for i := range ports {
		p := &ports[i]
		p.inoperative = inoperative
		switch {
		case p.phase != vacant:
			answer = statusAnswer{"Scheduled"}
		case inoperative:
			p.next = never
			c.setFree(p)
		default:
			c.leave(p, now)
		}
	}
	return answer, nil
}

func (c *Charger) unlockConnector(payload []byte, now instant) (any, error) {
	var req struct {
		ConnectorID int `json:"connectorId"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	p := c.portOf(req.ConnectorID)
	if p == nil {
		return statusAnswer{"NotSupported"}, nil
	}
	if p.session != nil {
		c.endSession(p, now, "UnlockCommand")
	}
	return statusAnswer{"Unlocked"}, nil
}

// setting is one configuration key (OCPP 1.6 §9).
type setting struct {
	Key      string `json:"key"`
	Readonly bool   `json:"readonly"`
	Value    string `json:"value"`
}

func (c *Charger) settings() []setting {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	r := &c.fleet.cfg.Retry
	return []setting{
		{"AuthorizeRemoteTxRequests", true, "false"},
		{"GetConfigurationMaxKeys", true, "50"},
		{"HeartbeatInterval", false, seconds(c.heartbeatInterval)},
		{"LocalAuthorizeOffline", true, "true"},
		{"MeterValueSampleInterval", false, seconds(c.sampleInterval)},
		{"NumberOfConnectors", true, strconv.Itoa(len(c.ports))},
		{"StopTransactionOnInvalidId", true, "true"},
		{"SupportedFeatureProfiles", true, "Core,RemoteTrigger"},
		{"TransactionMessageAttempts", true, strconv.Itoa(r.Attempts)},
		{"TransactionMessageRetryInterval", true, seconds(r.Interval)},
		{"WebSocketPingInterval", true, "0"},
	}
}

func (c *Charger) getConfiguration(payload []byte, _ instant) (any, error) {
	var req struct {
		Key []string `json:"key"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	var answer struct {
		ConfigurationKey []setting `json:"configurationKey,omitempty"`
		UnknownKey       []string  `json:"unknownKey,omitempty"`
	}
	all := c.settings()
	if len(req.Key) == 0 {
		answer.ConfigurationKey = all
	}
	for _, key := range req.Key {
		if s := find(all, key); s != nil {
			answer.ConfigurationKey = append(answer.ConfigurationKey, *s)
		} else {
			answer.UnknownKey = append(answer.UnknownKey, key)
		}
	}
	return answer, nil
}

func find(settings []setting, key string) *setting {
	for i := range settings {
		if strings.EqualFold(settings[i].Key, key) {
			return &settings[i]
		}
	}
	return nil
}

func (c *Charger) changeConfiguration(payload []byte, now instant) (any, error) {
	var req struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	if err := json.Unmarshal(payload, &req); err != nil {
		return nil, err
	}
	s := find(c.settings(), req.Key)
	if s == nil {
		return statusAnswer{"NotSupported"}, nil
	}
	seconds, err := strconv.Atoi(req.Value)
	if s.Readonly || err != nil || seconds < 1 {
		return rejected, nil
	}
	d := time.Duration(seconds) * time.Second
	if s.Key == "HeartbeatInterval" {
		c.heartbeatInterval, c.heartbeatAt = d, now+d
	} else {
		c.sampleInterval = d
	}
	return accepted, nil
}
