package sim

import (
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// called answers a call of the server.
func (c *Charger) called(f *ocpp.Frame, now instant) {
	c.fleet.stats.calls.Add(1)
	frame := getBuffer()
	defer putBuffer(frame)
	*frame = beginFrame(*frame)
	m, _, refusal := v16.DecodeCommand(f.Action, f.Payload)
	var answer v16.Response
	if refusal == nil {
		answer = c.obey(m, now)
	}
	switch {
	case refusal != nil:
		*frame = ocpp.AppendCallError(*frame, f.RawID, refusal.Code, refusal.Description)
	case answer == nil:
		*frame = ocpp.AppendCallError(*frame, f.RawID, ocpp.NotImplemented, "the simulator does not know "+f.Action)
	default:
		*frame = ocpp.AppendCallResult(*frame, f.RawID, answer.AppendJSON(nil))
	}
	if err := writeFrame(c.conn, ws.OpText, *frame); err != nil {
		c.lose(now, err)
	}
}

// obey does what the server calls for and returns the answer; nil when the
// charger does not know the action.
func (c *Charger) obey(m v16.Message, now instant) v16.Response {
	switch m := m.(type) {
	case *v16.TriggerMessage:
		return c.triggerMessage(m, now)
	case *v16.RemoteStartTransaction:
		return c.remoteStart(m, now)
	case *v16.RemoteStopTransaction:
		return c.remoteStop(m, now)
	case *v16.Reset:
		return c.reset(m, now)
	case *v16.ChangeAvailability:
		return c.changeAvailability(m, now)
	case *v16.UnlockConnector:
		return c.unlockConnector(m, now)
	case *v16.GetConfiguration:
		return c.getConfiguration(m)
	case *v16.ChangeConfiguration:
		return c.changeConfiguration(m, now)
	case *v16.ClearCache:
		return status("Accepted")
	case *v16.DataTransfer:
		return status("UnknownVendorId")
	default:
		return nil
	}
}

func status(s string) v16.Response { return &v16.StatusResponse{Status: s} }

// portsOf returns the port with that connector number, all for 0 or none, and
// nil when there is no such port.
func (c *Charger) portsOf(connector ocpp.Int) []port {
	switch {
	case connector.V == 0:
		return c.ports
	case connector.V < 1 || connector.V > int64(len(c.ports)):
		return nil
	default:
		return c.ports[connector.V-1 : connector.V]
	}
}

func (c *Charger) triggerMessage(m *v16.TriggerMessage, now instant) v16.Response {
	ports := c.portsOf(m.ConnectorID)
	if ports == nil {
		return status("Rejected")
	}
	switch m.RequestedMessage {
	case v16.ActionBootNotification:
		c.pushBoot()
	case v16.ActionHeartbeat:
		c.pushHeartbeat()
	case v16.ActionStatusNotification:
		if m.ConnectorID.V == 0 {
			c.pushStatus(nil)
		}
		if m.ConnectorID.Set && m.ConnectorID.V == 0 {
			break
		}
		for i := range ports {
			c.pushStatus(&ports[i])
		}
	case v16.ActionMeterValues:
		for i := range ports {
			c.advance(&ports[i], now)
			c.pushMeterValues(&ports[i], contextTrigger)
		}
	default:
		return status("NotImplemented")
	}
	return status("Accepted")
}

// remoteStartDelay lies between the answer to RemoteStartTransaction and the
// session's begin.
const remoteStartDelay = 200 * time.Millisecond

// remoteStart begins a session at a port that is free or at which a vehicle
// waits. If there is none yet, a vehicle comes.
func (c *Charger) remoteStart(m *v16.RemoteStartTransaction, now instant) v16.Response {
	ports := c.portsOf(m.ConnectorID)
	for i := range ports {
		p := &ports[i]
		if !p.startable() {
			continue
		}
		if p.phase == vacant {
			c.arrive(p, now)
		}
		p.visit.idTag, p.visit.known = m.IDTag, true
		p.phase, p.next = remoteStarting, now+remoteStartDelay
		return status("Accepted")
	}
	return status("Rejected")
}

// startable reports whether a session could begin at the port.
func (p *port) startable() bool {
	return !p.inoperative && (p.phase == vacant || p.phase == plugged || p.phase == refused)
}

func (c *Charger) remoteStop(m *v16.RemoteStopTransaction, now instant) v16.Response {
	for i := range c.ports {
		p := &c.ports[i]
		if s := p.session; s != nil && s.known && s.id == m.TransactionID.V {
			c.endSession(p, now, reasonRemote)
			return status("Accepted")
		}
	}
	return status("Rejected")
}

// resetDelay lets the answer to Reset leave before the charger does.
const resetDelay = time.Second

func (c *Charger) reset(m *v16.Reset, now instant) v16.Response {
	switch m.Type {
	case "Hard":
		c.resetReason = reasonHardReset
	case "Soft":
		c.resetReason = reasonSoftReset
	default:
		return status("Rejected")
	}
	c.resetAt = now + resetDelay
	return status("Accepted")
}

func (c *Charger) changeAvailability(m *v16.ChangeAvailability, now instant) v16.Response {
	ports, inoperative := c.portsOf(m.ConnectorID), m.Type == "Inoperative"
	if ports == nil || !inoperative && m.Type != "Operative" {
		return status("Rejected")
	}
	if m.ConnectorID.V == 0 && c.inoperative != inoperative {
		c.inoperative = inoperative
		c.pushStatus(nil)
	}
	answer := status("Accepted")
	for i := range ports {
		p := &ports[i]
		p.inoperative = inoperative
		switch {
		case p.phase != vacant:
			answer = status("Scheduled") // it changes when the vehicle has left
		case inoperative:
			p.next = never
			c.setFree(p)
		default:
			c.leave(p, now)
		}
	}
	return answer
}

func (c *Charger) unlockConnector(m *v16.UnlockConnector, now instant) v16.Response {
	ports := c.portsOf(m.ConnectorID)
	if len(ports) == 0 || m.ConnectorID.V == 0 {
		return status("NotSupported")
	}
	if p := &ports[0]; p.session != nil {
		c.endSession(p, now, reasonUnlockCommand)
	}
	return status("Unlocked")
}
