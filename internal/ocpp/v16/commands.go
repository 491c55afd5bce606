package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// The commands that the simulator understands. A charger may refuse what it
// cannot read, so their decoders demand what the specification demands.

// toCharger are the decoders of what the server sends.
var toCharger = map[string]decoder{
	ActionTriggerMessage:         decodeTriggerMessage,
	ActionRemoteStartTransaction: decodeRemoteStartTransaction,
	ActionRemoteStopTransaction:  decodeRemoteStopTransaction,
	ActionReset:                  decodeReset,
	ActionChangeAvailability:     decodeChangeAvailability,
	ActionUnlockConnector:        decodeUnlockConnector,
	ActionGetConfiguration:       decodeGetConfiguration,
	ActionChangeConfiguration:    decodeChangeConfiguration,
	ActionClearCache:             decodeClearCache,
	ActionDataTransfer:           decodeDataTransfer,
}

// DecodeCommand reads what the server sent to a charger, as Decode reads the
// other direction. Actions that the simulator does not serve are refused with
// NotImplemented or NotSupported.
func DecodeCommand(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	return decode(action, payload, ocpp.ToCharger, toCharger)
}

// TriggerMessage asks a charger to send a message (OCPP 1.6 §5.17).
type TriggerMessage struct {
	RequestedMessage string
	ConnectorID      ocpp.Int
}

// Action returns ActionTriggerMessage.
func (*TriggerMessage) Action() string { return ActionTriggerMessage }

// AppendJSON appends the request.
func (m *TriggerMessage) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("requestedMessage", m.RequestedMessage)
	w.OptInt("connectorId", m.ConnectorID)
	return w.End()
}

func decodeTriggerMessage(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(TriggerMessage)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "requestedMessage":
			m.RequestedMessage = o.Word(&triggerWords)
		case "connectorId":
			m.ConnectorID = o.Int()
		default:
			o.Unknown()
		}
	}
	if m.RequestedMessage == "" {
		return nil, o.Lack(ocpp.V16, "requestedMessage")
	}
	return m, nil
}

// RemoteStartTransaction asks a charger to start a transaction (OCPP 1.6
// §5.11).
type RemoteStartTransaction struct {
	ConnectorID ocpp.Int
	IDTag       string
	// ChargingProfile is the profile as JSON; "" for none.
	ChargingProfile string
}

// Action returns ActionRemoteStartTransaction.
func (*RemoteStartTransaction) Action() string { return ActionRemoteStartTransaction }

// AppendJSON appends the request.
func (m *RemoteStartTransaction) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.OptInt("connectorId", m.ConnectorID)
	w.Text("idTag", m.IDTag)
	if m.ChargingProfile != "" {
		w.Value("chargingProfile", func(dst []byte) []byte { return append(dst, m.ChargingProfile...) })
	}
	return w.End()
}

func decodeRemoteStartTransaction(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(RemoteStartTransaction)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		case "idTag":
			m.IDTag = o.Text(20)
		case "chargingProfile":
			m.ChargingProfile = o.Raw()
		default:
			o.Unknown()
		}
	}
	if m.IDTag == "" {
		return nil, o.Lack(ocpp.V16, "idTag")
	}
	return m, nil
}

// RemoteStopTransaction asks a charger to stop a transaction (OCPP 1.6 §5.12).
type RemoteStopTransaction struct {
	TransactionID ocpp.Int
}

// Action returns ActionRemoteStopTransaction.
func (*RemoteStopTransaction) Action() string { return ActionRemoteStopTransaction }

// AppendJSON appends the request.
func (m *RemoteStopTransaction) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("transactionId", m.TransactionID.V)
	return w.End()
}

func decodeRemoteStopTransaction(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(RemoteStopTransaction)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "transactionId":
			m.TransactionID = o.Int()
		default:
			o.Unknown()
		}
	}
	if !m.TransactionID.Set {
		return nil, o.Lack(ocpp.V16, "transactionId")
	}
	return m, nil
}

// Reset asks a charger to restart (OCPP 1.6 §5.14).
type Reset struct {
	Type string // Hard or Soft
}

// Action returns ActionReset.
func (*Reset) Action() string { return ActionReset }

// AppendJSON appends the request.
func (m *Reset) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("type", m.Type)
	return w.End()
}

func decodeReset(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(Reset)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "type":
			m.Type = o.Word(&resetWords)
		default:
			o.Unknown()
		}
	}
	if m.Type == "" {
		return nil, o.Lack(ocpp.V16, "type")
	}
	return m, nil
}

// ChangeAvailability asks a charger to put a connector, or all as connector 0,
// in or out of service (OCPP 1.6 §5.2).
type ChangeAvailability struct {
	ConnectorID ocpp.Int
	Type        string // Inoperative or Operative
}

// Action returns ActionChangeAvailability.
func (*ChangeAvailability) Action() string { return ActionChangeAvailability }

// AppendJSON appends the request.
func (m *ChangeAvailability) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("connectorId", m.ConnectorID.V)
	w.Text("type", m.Type)
	return w.End()
}

func decodeChangeAvailability(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(ChangeAvailability)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		case "type":
			m.Type = o.Word(&availabilityWords)
		default:
			o.Unknown()
		}
	}
	switch {
	case !m.ConnectorID.Set:
		return nil, o.Lack(ocpp.V16, "connectorId")
	case m.Type == "":
		return nil, o.Lack(ocpp.V16, "type")
	}
	return m, nil
}

// UnlockConnector asks a charger to release a cable (OCPP 1.6 §5.18).
type UnlockConnector struct {
	ConnectorID ocpp.Int
}

// Action returns ActionUnlockConnector.
func (*UnlockConnector) Action() string { return ActionUnlockConnector }

// AppendJSON appends the request.
func (m *UnlockConnector) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("connectorId", m.ConnectorID.V)
	return w.End()
}

func decodeUnlockConnector(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(UnlockConnector)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		default:
			o.Unknown()
		}
	}
	if !m.ConnectorID.Set {
		return nil, o.Lack(ocpp.V16, "connectorId")
	}
	return m, nil
}

// ClearCache asks a charger to forget the id tags it knows (OCPP 1.6 §5.4).
type ClearCache struct{}

// Action returns ActionClearCache.
func (*ClearCache) Action() string { return ActionClearCache }

// AppendJSON appends the request.
func (*ClearCache) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

func decodeClearCache(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	o := c.Object()
	for o.Next() {
		o.Unknown()
	}
	return new(ClearCache), nil
}
