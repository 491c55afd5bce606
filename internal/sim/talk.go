package sim

import (
	"maps"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The subprotocols that a charger can offer.
const (
	Protocol16  = "ocpp1.6"
	Protocol201 = "ocpp2.0.1"
	Protocol21  = "ocpp2.1"
)

// talk is how a charger says things, and what it understands, in one version of
// OCPP. It keeps nothing: all that a charger knows is in Charger, in the words
// of 1.6, so that vehicles, people and meters are the same in all versions.
type talk interface {
	table() *ocpp.Table
	// command returns what obeys an action, nil for none.
	command(action string) command

	boot(c *Charger, reason string)
	// word returns what the version says for a status: as long as it stays the
	// same, there is nothing to tell.
	word(status string) string
	// status tells the status of a port, of the charger itself for nil.
	status(c *Charger, p *port)
	// trouble tells of a fault that has begun or ended, where the status does not.
	trouble(c *Charger, p *port, code string, over bool)
	authorize(c *Charger, p *port)
	authorized(payload []byte) bool

	begin(c *Charger, p *port)
	// state tells that the port of a session changed its status.
	state(c *Charger, p *port, why string)
	sample(c *Charger, p *port, context string)
	end(c *Charger, p *port, reason string)
	// learn takes the result of a message of a session.
	learn(c *Charger, m *message, payload []byte, now instant)

	// booted reads the answer to BootNotification.
	booted(payload []byte) (accepted bool, interval time.Duration)
	// firmware and logs tell how far a transfer is.
	firmware(c *Charger, t *transfer, status string)
	logs(c *Charger, t *transfer, status string)
	reservation(c *Charger, id int64, status string)
	certificateType() string // of the certificate of the charger, in SignCertificate; "" for none
}

// talks are the versions by subprotocol.
var talks map[string]talk

// The commands lead back to the versions, so they are filled in last.
func init() {
	talks = map[string]talk{Protocol16: &talk16{commands: commands16()}, Protocol201: talk201, Protocol21: talk21}
	talk201.commands = commands201()
	talk21.commands = commands201()
	maps.Copy(talk21.commands, commands21())
}

// says pushes a message that says v and belongs to no transaction.
func (c *Charger) says(a action, v object) {
	b := getBuffer()
	*b = appendJSON(*b, v)
	c.push(message{action: a, body: b, time: time.Now()})
}

func (c *Charger) pushHeartbeat() { c.says(heartbeat, object{}) }

// security tells of a security event; it has the same members in all versions.
func (c *Charger) security(event, info string) {
	v := object{"type": event, "timestamp": stamp(time.Now())}
	if info != "" {
		v["techInfo"] = info
	}
	c.says(securityEvent, v)
}
