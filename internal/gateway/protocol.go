package gateway

import (
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// protocol is one version of OCPP as the gateway speaks it: a row of protocols.
type protocol struct {
	name    string // canonical name of the WebSocket subprotocol
	version ocpp.Version
	table   *ocpp.Table
	// boot and heartbeat are the names of these actions.
	boot      string
	heartbeat string
	// refusesTypes answers message types that the version does not know,
	// refusesFrames what is no frame; other versions keep silent.
	refusesTypes  bool
	refusesFrames bool
	// onlyAccepted refuses what comes before an accepted boot, even when the
	// server is not strict.
	onlyAccepted bool
	// deflates offers permessage-deflate.
	deflates bool
	// decode reads the payload of a call.
	decode func(action string, payload []byte, strict bool) (message, []charging.Oddity, *ocpp.CallError)
	// asks returns what a message asks about certificates.
	asks func(m message) inquiry
	// translate gives an event its body, nil when there is nothing to store.
	translate func(m message, e charging.Event) charging.Event
	// respond appends the payload of the answer to a message.
	respond func(dst []byte, m message, out charging.Outcome, s settings) []byte
}

// protocols are the versions of OCPP that are spoken here. A client's order of
// preference decides between them, not theirs.
var protocols = []protocol{row16, row201, row21}

// protocol16 is what a charger speaks that names no protocol.
var protocol16 = &protocols[0]

// settings is what an answer is made from, besides the outcome.
type settings struct {
	now          time.Time
	interval     time.Duration // of heartbeats, or until the next boot
	registration string
	energyPrice  int64 // see Config.EnergyPrice
	verdict
}

func (p *protocol) isBoot(action string) bool {
	plain, _ := cutSigned(action)
	return strings.EqualFold(plain, p.boot)
}

// cutSigned returns the action that a signed message of 2.x is of (part 4 §7),
// and the ending that says so.
func cutSigned(action string) (plain, ending string) {
	const signed = "-Signed"
	if n := len(action) - len(signed); n >= 0 && strings.EqualFold(action[n:], signed) {
		return action[:n], signed
	}
	return action, ""
}

// knows reports whether the version has such a message type.
func (p *protocol) knows(t ocpp.MessageType) bool {
	return t <= ocpp.CallErrorReply || p.version == ocpp.V21
}

// actions returns the names of what chargers send.
func (p *protocol) actions() []string {
	var names []string
	for _, a := range p.table.Actions {
		if a.Direction&ocpp.FromCharger != 0 {
			names = append(names, a.Name)
		}
	}
	return names
}

// offeredProtocols returns the subprotocols that a client offers, in its order
// of preference. Headers are joined, empty elements dropped (server-rules 1).
func offeredProtocols(headers []string) []string {
	var offers []string
	for _, h := range headers {
		for o := range strings.SplitSeq(h, ",") {
			if o = strings.TrimSpace(o); o != "" {
				offers = append(offers, o)
			}
		}
	}
	return offers
}

// negotiate picks the first protocol offered that is spoken here; nil for none.
// The version in the URL does not count.
func negotiate(offers []string) *protocol {
	for _, o := range offers {
		for i := range protocols {
			if strings.EqualFold(o, protocols[i].name) {
				return &protocols[i]
			}
		}
	}
	return nil
}

// protocolNames lists what is spoken here, for people.
func protocolNames() string {
	names := make([]string, len(protocols))
	for i := range protocols {
		names[i] = protocols[i].name
	}
	return strings.Join(names, ", ")
}
