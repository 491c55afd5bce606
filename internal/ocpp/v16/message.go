package v16

import (
	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Message is the request of a call, such as a *StatusNotification.
type Message interface {
	// Action returns the action's name as the specification spells it.
	Action() string
	// AppendJSON appends the payload as the official schema has it.
	AppendJSON(dst []byte) []byte
}

// Response is the payload that answers a call.
type Response interface {
	// AppendJSON appends the payload as the official schema has it.
	AppendJSON(dst []byte) []byte
}

// decoder reads one message. It fails only when nothing is left to act on.
type decoder func(c *ocpp.Cursor) (Message, *ocpp.CallError)

// fromCharger are the decoders of what chargers send.
var fromCharger = map[string]decoder{
	ActionAuthorize:                        decodeAuthorize,
	ActionBootNotification:                 decodeBootNotification,
	ActionDataTransfer:                     decodeDataTransfer,
	ActionDiagnosticsStatusNotification:    decodeDiagnosticsStatusNotification,
	ActionFirmwareStatusNotification:       decodeFirmwareStatusNotification,
	ActionHeartbeat:                        decodeHeartbeat,
	ActionMeterValues:                      decodeMeterValues,
	ActionStartTransaction:                 decodeStartTransaction,
	ActionStatusNotification:               decodeStatusNotification,
	ActionStopTransaction:                  decodeStopTransaction,
	ActionLogStatusNotification:            decodeLogStatusNotification,
	ActionSecurityEventNotification:        decodeSecurityEventNotification,
	ActionSignCertificate:                  decodeSignCertificate,
	ActionSignedFirmwareStatusNotification: decodeSignedFirmwareStatusNotification,
}

// Decode reads what a charger sent. It tolerates what leaves something to act
// on and lists it as oddities: other letter case of the action, long texts,
// unknown words, wrong scalar types, absent and unknown members, broken JSON
// that ocpp.Repair mends. Transaction messages are never refused once their
// JSON can be read. The message keeps nothing of payload.
func Decode(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	return decode(action, payload, ocpp.FromCharger, fromCharger)
}

// DecodeStrict reads what a charger sent and refuses everything that the
// official schemas do not allow.
func DecodeStrict(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	row := Table.Action(action)
	if row == nil || row.Direction&ocpp.FromCharger == 0 {
		return nil, nil, refuse(row, ocpp.FromCharger, action, payload)
	}
	if fault := ocpp.Check(ocpp.V16, row.Request, payload); fault != nil {
		return nil, nil, fault
	}
	return Decode(action, payload)
}

func decode(action string, payload []byte, from ocpp.Direction, decoders map[string]decoder) (Message, []string, *ocpp.CallError) {
	read := decoders[action]
	var odd ocpp.Oddities
	if read == nil {
		row, _ := Table.Find(action)
		if row == nil || row.Direction&from == 0 || decoders[row.Name] == nil {
			return nil, nil, refuse(row, from, action, payload)
		}
		read = decoders[row.Name]
		odd.AddDetail("action", action)
	}
	m, found, fault, err := run(read, payload)
	if err != nil {
		fixed, mended := ocpp.Repair(payload)
		if len(mended) == 0 {
			return nil, nil, malformed(err)
		}
		if m, found, fault, err = run(read, fixed); err != nil {
			return nil, nil, malformed(err)
		}
		odd = append(odd, mended...)
	}
	if len(odd) > 0 {
		found = append(odd, found...)
	}
	if fault != nil {
		return nil, found, fault
	}
	return m, found, nil
}

// run reads a payload once.
func run(read decoder, payload []byte) (Message, ocpp.Oddities, *ocpp.CallError, error) {
	c := ocpp.NewCursor(payload)
	m, fault := read(c)
	err := c.End()
	return m, c.Odd, fault, err
}

// refuse says why an action is not served. Broken JSON comes first: it would
// be refused whatever the action.
func refuse(row *ocpp.Action, from ocpp.Direction, action string, payload []byte) *ocpp.CallError {
	c := ocpp.NewCursor(payload)
	c.Skip()
	if err := c.End(); err != nil {
		return malformed(err)
	}
	switch {
	case row == nil:
		return ocpp.NewCallError(ocpp.V16, ocpp.ProblemNotImplemented, "unknown action "+action)
	case row.Direction&from == 0:
		return ocpp.NewCallError(ocpp.V16, ocpp.ProblemNotSupported, row.Name+" is not sent in this direction")
	default:
		return ocpp.NewCallError(ocpp.V16, ocpp.ProblemNotSupported, row.Name+" is not served")
	}
}

func malformed(err error) *ocpp.CallError {
	return ocpp.NewCallError(ocpp.V16, ocpp.ProblemFormation, "the payload is not well-formed JSON: "+err.Error())
}
