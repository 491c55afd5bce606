package sim

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The kinds of TransactionEvent, and the trigger reasons that more than one
// place needs (OCPP 2.0.1 TriggerReasonEnumType).
const (
	eventStarted = "Started"
	eventUpdated = "Updated"
	eventEnded   = "Ended"

	whyState   = "ChargingStateChanged"
	whyLimit   = "ChargingRateChanged"
	whyTrigger = "Trigger"
)

// txEvent is what one TransactionEvent says beside what the session knows.
type txEvent struct {
	kind, why string
	at        time.Time
	state     string // of charging; "" for none
	stopped   string // why it ended, in Ended
	context   string // of the meter's reading; "" for none
	token     bool   // the card is told
}

// chargingStates are the words for the statuses of a port with a session.
var chargingStates = map[string]string{statusPreparing: "EVConnected", statusCharging: "Charging",
	statusSuspendedEV: "SuspendedEV", statusSuspendedEVSE: "SuspendedEVSE", statusFinishing: "EVConnected",
	statusFaulted: "SuspendedEVSE"}

// newTransaction returns an id that the charger has never had: the time, the
// port and the visit (OCPP 2.0.1 TransactionType: at most 36 characters).
func newTransaction(p *port, at time.Time) string {
	b := strconv.AppendInt(nil, at.UnixMicro(), 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(p.number), 10)
	b = append(b, '-')
	return string(strconv.AppendUint(b, uint64(p.visits), 10))
}

func (t *talk2x) begin(c *Charger, p *port) {
	s := p.session
	s.transaction = newTransaction(p, s.started)
	why := "Authorized"
	if s.remoteStart != 0 {
		why = "RemoteStart"
	}
	t.tell(c, p, &txEvent{kind: eventStarted, why: why, at: s.started, state: "EVConnected", context: contextBegin, token: true})
}

func (t *talk2x) state(c *Charger, p *port, why string) {
	t.tell(c, p, &txEvent{kind: eventUpdated, why: why, at: time.Now(), state: chargingStates[p.status]})
}

// sample reports the meter: within the transaction, or by MeterValues without
// one.
func (t *talk2x) sample(c *Charger, p *port, context string) {
	if p.session != nil {
		why := "MeterValuePeriodic"
		switch context {
		case contextTrigger:
			why = whyTrigger
		case contextClock:
			why = "MeterValueClock"
		}
		t.tell(c, p, &txEvent{kind: eventUpdated, why: why, at: time.Now(), state: chargingStates[p.status], context: context})
		return
	}
	m := message{action: meterValues, port: p, body: getBuffer(), time: time.Now()}
	b := append(*m.body, `{"evseId":`...)
	b = strconv.AppendInt(b, int64(p.number), 10)
	b = append(b, `,"meterValue":[`...)
	point := c.point(p)
	point.numbers = true
	b = point.appendMeterValue(b, m.time, context)
	*m.body = append(b, `]}`...)
	c.push(m)
}

// endings are stoppedReason and triggerReason for the reasons of 1.6.
var endings = map[string][2]string{
	reasonLocal: {"Local", "StopAuthorized"}, reasonEVDisconnected: {"EVDisconnected", "EVCommunicationLost"},
	reasonDeAuthorized: {"DeAuthorized", "Deauthorized"}, reasonEmergencyStop: {"EmergencyStop", "AbnormalCondition"},
	reasonPowerLoss: {"PowerLoss", "AbnormalCondition"}, reasonHardReset: {"ImmediateReset", "ResetCommand"},
	reasonSoftReset: {"ImmediateReset", "ResetCommand"}, reasonReboot: {"Reboot", "AbnormalCondition"},
	reasonRemote: {"Remote", "RemoteStop"}, reasonUnlockCommand: {"Other", "UnlockCommand"},
	reasonEnergyLimit: {"EnergyLimitReached", "EnergyLimitReached"}, reasonTimeLimit: {"TimeLimitReached", "TimeLimitReached"},
	reasonOther: {"Other", "AbnormalCondition"},
}

func (t *talk2x) end(c *Charger, p *port, reason string) {
	e := &txEvent{kind: eventEnded, why: endings[reason][1], stopped: endings[reason][0], at: time.Now(),
		state: "EVConnected", context: contextEnd, token: reason == reasonLocal}
	if reason == reasonEVDisconnected {
		e.state = "Idle"
	}
	t.tell(c, p, e)
}

// tell queues a TransactionEvent of the session at a port.
func (t *talk2x) tell(c *Charger, p *port, e *txEvent) {
	s := p.session
	m := message{action: transactionEvent, port: p, session: s, event: e.kind, txSeq: s.txSeq, body: getBuffer(), time: e.at}
	s.txSeq++
	if c.wrong != nil {
		m.txSeq = c.miscount(m.txSeq)
	}
	w := ocpp.NewWriter(*m.body)
	w.Text("eventType", e.kind)
	w.Time("timestamp", e.at)
	w.Text("triggerReason", e.why)
	w.Int("seqNo", m.txSeq)
	if !c.accepted {
		w.Bool("offline", true)
	}
	w.Value("transactionInfo", func(dst []byte) []byte { return s.appendInfo(dst, e) })
	if e.kind == eventStarted {
		w.Value("evse", func(dst []byte) []byte {
			dst = strconv.AppendInt(append(dst, `{"id":`...), int64(p.number), 10)
			return append(dst, `,"connectorId":1}`...)
		})
		if s.reservation != 0 {
			w.Int("reservationId", s.reservation)
		}
	}
	if e.token {
		w.Value("idToken", func(dst []byte) []byte { return appendToken(dst, s.idTag, s.tokenType) })
	}
	if e.context != "" {
		w.Value("meterValue", func(dst []byte) []byte {
			point := c.point(p)
			point.numbers = true
			if e.kind == eventEnded {
				point.power = 0
			}
			return append(point.appendMeterValue(append(dst, '['), e.at, e.context), ']')
		})
	}
	*m.body = w.End()
	c.push(m)
}

func (s *session) appendInfo(dst []byte, e *txEvent) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("transactionId", s.transaction)
	w.OptText("chargingState", e.state)
	w.OptText("stoppedReason", e.stopped)
	if s.remoteStart != 0 && e.kind == eventStarted {
		w.Int("remoteStartId", s.remoteStart)
	}
	return w.End()
}

// learn takes what the server says about the card and about limits.
func (t *talk2x) learn(c *Charger, m *message, payload []byte, now instant) {
	if m.action != transactionEvent {
		return
	}
	var answer tokenAnswer
	if err := json.Unmarshal(payload, &answer); err != nil {
		c.fleet.stats.fault("the answer to TransactionEvent cannot be read")
		return
	}
	s := m.session
	if l := answer.TransactionLimit; l != nil && s.port.session == s {
		c.limitSession(s, l.MaxEnergy, l.MaxTime, now)
	}
	if i := answer.IDTokenInfo; i != nil && i.Status != tagAccepted && m.event != eventEnded {
		c.refuseSession(s, now)
	}
}

// limitSession ends a session at the energy, in Wh, or the time, in s, that the
// server allows (OCPP 2.1 E16).
func (c *Charger) limitSession(s *session, maxEnergy *float64, maxTime *int64, now instant) {
	if maxEnergy != nil {
		s.maxEnergy = energy(*maxEnergy * float64(wattHour))
	}
	if maxTime != nil {
		s.endsAt = min(s.endsAt, now+time.Duration(*maxTime)*time.Second)
		s.limited = true
	}
	c.replan(s.port, now)
}
