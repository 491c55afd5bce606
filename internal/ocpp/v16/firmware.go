package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// Progress is a message that tells how far a firmware update or an upload has
// come. Its actions differ only in their words.
type Progress struct {
	Name      string   // ActionDiagnosticsStatusNotification and the like
	Status    string   // a word of the specification, or as sent; never ""
	RequestID ocpp.Int // of the security extension's actions only
}

// Action returns the action's name.
func (m *Progress) Action() string { return m.Name }

// AppendJSON appends the request.
func (m *Progress) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", m.Status)
	w.OptInt("requestId", m.RequestID)
	return w.End()
}

func decodeDiagnosticsStatusNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	return decodeProgress(c, ActionDiagnosticsStatusNotification, &diagnosticsWords)
}

func decodeFirmwareStatusNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	return decodeProgress(c, ActionFirmwareStatusNotification, &firmwareWords)
}

func decodeSignedFirmwareStatusNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	return decodeProgress(c, ActionSignedFirmwareStatusNotification, &signedFirmwareWords)
}

func decodeLogStatusNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	return decodeProgress(c, ActionLogStatusNotification, &uploadLogWords)
}

func decodeProgress(c *ocpp.Cursor, name string, words *ocpp.Words) (Message, *ocpp.CallError) {
	m := &Progress{Name: name}
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "status":
			m.Status = o.Word(words)
		case "requestId":
			m.RequestID = o.Int()
		default:
			o.Unknown()
		}
	}
	if m.Status == "" {
		return nil, o.Lack(ocpp.V16, "status")
	}
	return m, nil
}
