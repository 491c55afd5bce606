package sim

import (
	"bytes"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// replaceFirst makes a change of a frame's text.
func replaceFirst(old, with string) func([]byte) []byte {
	return func(frame []byte) []byte { return bytes.Replace(frame, []byte(old), []byte(with), 1) }
}

// inAction makes a change of the action's name.
func inAction(change func(action string) string) func([]byte) []byte {
	return func(frame []byte) []byte {
		f, err := ocpp.ParseFrame(frame)
		if err != nil {
			return frame
		}
		return bytes.Replace(frame, []byte(`"`+f.Action+`"`), []byte(`"`+change(f.Action)+`"`), 1)
	}
}

// digits makes a number of an id, another one for each.
func digits(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return strconv.FormatUint(uint64(h.Sum32()), 10)
}

// frameFaults are faults of the RPC frame and its JSON.
func frameFaults() []Misbehaviour {
	return []Misbehaviour{
		{Name: "lower-case-actions", What: "writes actions in lower case", text: inAction(strings.ToLower)},
		{Name: "request-suffix", What: "writes Request behind each action", text: inAction(func(a string) string { return a + "Request" })},
		{Name: "long-ids", What: "makes message ids of 60 characters",
			id: func(id string) string { return strings.Repeat("x", 60-len(id)) + id }},
		{Name: "one-id", What: "gives all its calls one message id", id: func(string) string { return "1" }},
		{Name: "numeric-ids", What: "writes message ids as numbers", id: digits, text: func(frame []byte) []byte {
			f, err := ocpp.ParseFrame(frame)
			if err != nil {
				return frame
			}
			return bytes.Replace(frame, f.RawID, bytes.Trim(f.RawID, `"`), 1)
		}},
		{Name: "spaces", What: "puts blanks and line ends between the elements of a frame", text: replaceFirst(",", " ,\n ")},
		{Name: "type-as-text", What: "writes the message type as a text", text: replaceFirst("[2,", `["2",`)},
		{Name: "extra-elements", What: "puts more elements behind the payload",
			text: func(frame []byte) []byte { return append(bytes.TrimSuffix(frame, []byte("]")), `,null,"extra"]`...) }},
		{Name: "null-payload", What: "writes null for an empty payload", text: func(frame []byte) []byte {
			return bytes.Replace(frame, []byte(",{}]"), []byte(",null]"), 1)
		}},
		{Name: "list-payload", What: "writes [] for an empty payload", text: func(frame []byte) []byte {
			return bytes.Replace(frame, []byte(",{}]"), []byte(",[]]"), 1)
		}},
		{Name: "no-payload", What: "leaves an empty payload out", text: func(frame []byte) []byte {
			return bytes.Replace(frame, []byte(",{}]"), []byte("]"), 1)
		}},
		{Name: "bom", What: "puts a byte order mark before each message",
			text: func(frame []byte) []byte { return append([]byte("\ufeff"), frame...) }},
		{Name: "nul-bytes", What: "ends each message with NUL", text: func(frame []byte) []byte { return append(frame, 0, 0) }},
		{Name: "leading-comma", What: "writes lists of samples with a comma too many", text: replaceFirst(`"sampledValue":[`, `"sampledValue":[,`)},
		{Name: "empty-member", What: "writes a member with no value before the connector", text: replaceFirst(`"connectorId":`, `"vendorField":,"connectorId":`)},
		{Name: "duplicate-members", What: "writes the connector twice", text: replaceFirst(`"connectorId":1`, `"connectorId":1,"connectorId":1`)},
		{Name: "control-characters", What: "has a raw tab and a bell inside texts", text: replaceFirst(`"context":"Sample`, "\"vendor\":\"a\tb\a\",\"context\":\"Sample")},
	}
}

// handshakeFaults are odd ways to open a connection.
func handshakeFaults() []Misbehaviour {
	header := func(name, value string) func(*upgrade) {
		return func(u *upgrade) {
			if u.header == nil {
				u.header = make(http.Header)
			}
			u.header.Add(name, value)
		}
	}
	return []Misbehaviour{
		{Name: "empty-password", What: "sends Basic authentication with an empty password",
			shake: func(u *upgrade) { u.emptyPassword = u.password == "" }},
		{Name: "hex-password", What: "sends the hexadecimal text of the password", shake: func(u *upgrade) { u.hexPassword = true }},
		{Name: "no-subprotocol", What: "offers no subprotocol; a server may refuse it", shake: func(u *upgrade) { u.protocols = nil }},
		{Name: "old-subprotocols", What: "offers versions first that are long gone",
			shake: func(u *upgrade) { u.protocols = append([]string{"ocpp1.2", "ocpp1.5", "ocpp2.0"}, u.protocols...) }},
		{Name: "double-slash", What: "has a slash too many before its identity", shake: func(u *upgrade) { u.url += "/" }},
		{Name: "origin", What: "sends an Origin as browsers do", shake: header("Origin", "https://github.com/gilmaimon/TinyWebsockets")},
		{Name: "user-agent", What: "names its WebSocket library", shake: header("User-Agent", "TinyWebsockets Client")},
		{Name: "probe-first", What: "opens a short connection of another version before each one", flags: probes},
	}
}

// linkFaults are what happens on a connection.
func linkFaults() []Misbehaviour {
	return []Misbehaviour{
		{Name: "binary-frames", What: "sends messages as binary frames", flags: binaryFrames},
		{Name: "fragments", What: "sends messages in pieces", flags: fragments},
		{Name: "rsv1", What: "sets the bit of compression, now and then, though none was agreed on", flags: strayBit},
		{Name: "no-pong", What: "does not answer pings", flags: mutePong},
		{Name: "ping-often", What: "pings every second", flags: pings},
		{Name: "close-without-frame", What: "ends its connection every few seconds without a close frame", flags: dropsOff},
		{Name: "tcp-reset", What: "resets its connection every few seconds", flags: resetsOff},
		{Name: "bad-close", What: "closes every few seconds with a malformed close frame", flags: closesBadly},
		{Name: "two-sockets", What: "opens another connection every few seconds and leaves the old one", flags: twoSockets},
		{Name: "half-open", What: "goes silent on its connection every few seconds and comes back on another", flags: halfOpen},
		{Name: "no-boot", What: "never sends BootNotification", flags: neverBoots},
		{Name: "boot-loop", What: "sends BootNotification every few seconds", flags: bootsAgain},
		{Name: "heartbeat-flood", What: "sends ten heartbeats a second", flags: floods},
		{Name: "status-burst", What: "tells each status three times", flags: bursts},
		{Name: "early-status", What: "tells statuses before its boot was accepted", flags: earlyStatus},
	}
}
