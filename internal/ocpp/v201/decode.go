package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// decoders are those of the messages that 2.0.1 and 2.1 share and that are more
// than a Notice.
var decoders = map[string]Decoder{
	ActionAuthorize:             decodeAuthorize,
	ActionBootNotification:      decodeBootNotification,
	ActionDataTransfer:          decodeDataTransfer,
	ActionGet15118EVCertificate: decodeGet15118EVCertificate,
	ActionGetCertificateStatus:  decodeGetCertificateStatus,
	ActionHeartbeat:             decodeHeartbeat,
	ActionMeterValues:           decodeMeterValues,
	ActionNotifyEvent:           decodeNotifyEvent,
	ActionNotifyReport:          decodeNotifyReport,
	ActionSignCertificate:       decodeSignCertificate,
	ActionStatusNotification:    decodeStatusNotification,
	ActionTransactionEvent:      decodeTransactionEvent,
}

// Decode reads what a charger sent; see the function Decode.
func (v *Codec) Decode(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	if read := decoders[action]; read != nil {
		return v.read(read, payload, nil)
	}
	var odd ocpp.Oddities
	if stem, signed := cutSigned(action); signed {
		inner, fault := v.unwrap(payload)
		if fault != nil {
			return nil, nil, fault
		}
		odd.Add("signature-unchecked")
		action, payload = stem, inner
	}
	row, exact := v.Table.Find(action)
	if row == nil || row.Direction&ocpp.FromCharger == 0 {
		return nil, nil, v.refuse(row, action, payload)
	}
	if !exact {
		odd.AddDetail("action", action)
	}
	read := decoders[row.Name]
	if read == nil {
		read = v.Own[row.Name]
	}
	if read == nil {
		read = v.noticeDecoder(row)
	}
	return v.read(read, payload, odd)
}

// DecodeStrict reads what a charger sent; see the function DecodeStrict.
func (v *Codec) DecodeStrict(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	name, inner := action, payload
	if stem, signed := cutSigned(action); signed {
		var fault *ocpp.CallError
		if inner, fault = v.unwrap(payload); fault != nil {
			return nil, nil, fault
		}
		name = stem
	}
	row := v.Table.Action(name)
	if row == nil || row.Direction&ocpp.FromCharger == 0 {
		return nil, nil, v.refuse(row, name, inner)
	}
	if fault := ocpp.Check(v.Version, row.Request, inner); fault != nil {
		return nil, nil, fault
	}
	return v.Decode(action, payload)
}

// read reads a payload, mended if need be.
func (v *Codec) read(read Decoder, payload []byte, odd ocpp.Oddities) (Message, []string, *ocpp.CallError) {
	m, found, fault, err := v.run(read, payload)
	if err != nil {
		fixed, mended := ocpp.Repair(payload)
		if len(mended) == 0 {
			return nil, nil, v.malformed(err)
		}
		if m, found, fault, err = v.run(read, fixed); err != nil {
			return nil, nil, v.malformed(err)
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
func (v *Codec) run(read Decoder, payload []byte) (Message, ocpp.Oddities, *ocpp.CallError, error) {
	r := Reader{Cursor: ocpp.NewCursor(payload), words: &v.Words}
	m, fault := read(&r)
	err := r.End()
	return m, r.Odd, fault, err
}

// refuse says why an action is not served. Broken JSON comes first: it would
// be refused whatever the action.
func (v *Codec) refuse(row *ocpp.Action, action string, payload []byte) *ocpp.CallError {
	c := ocpp.NewCursor(payload)
	c.Skip()
	if err := c.End(); err != nil {
		return v.malformed(err)
	}
	if row == nil {
		return ocpp.NewCallError(v.Version, ocpp.ProblemNotImplemented, "unknown action "+action)
	}
	return ocpp.NewCallError(v.Version, ocpp.ProblemNotSupported, row.Name+" is not sent in this direction")
}

func (v *Codec) malformed(err error) *ocpp.CallError {
	return ocpp.NewCallError(v.Version, ocpp.ProblemFormation, "the payload is not well-formed JSON: "+err.Error())
}
