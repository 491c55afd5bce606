package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// Messages about transactions are read whatever they lack: refusing one makes
// a charger send it for ever and blocks its queue.

// StartTransaction tells that a transaction began (OCPP 1.6 §4.8).
type StartTransaction struct {
	ConnectorID   ocpp.Int
	IDTag         string
	MeterStart    ocpp.Int // Wh
	ReservationID ocpp.Int
	Timestamp     ocpp.Time
}

// Action returns ActionStartTransaction.
func (*StartTransaction) Action() string { return ActionStartTransaction }

// AppendJSON appends the request.
func (m *StartTransaction) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("connectorId", m.ConnectorID.V)
	w.Text("idTag", m.IDTag)
	w.Int("meterStart", m.MeterStart.V)
	w.OptInt("reservationId", m.ReservationID)
	w.Time("timestamp", m.Timestamp.T)
	return w.End()
}

func decodeStartTransaction(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(StartTransaction)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		case "idTag":
			m.IDTag = o.Text(20)
		case "meterStart":
			m.MeterStart = o.Int()
		case "reservationId":
			m.ReservationID = o.Int()
		case "timestamp":
			m.Timestamp = o.Time()
		default:
			o.Unknown()
		}
	}
	o.Want("connectorId", "idTag", "meterStart", "timestamp")
	return m, nil
}

// StartTransactionResponse answers StartTransaction. Both members are always
// written, also for a tag that is refused.
type StartTransactionResponse struct {
	IDTagInfo     IDTagInfo
	TransactionID int64 // positive, int32
}

// AppendJSON appends the response.
func (r *StartTransactionResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	r.IDTagInfo.appendTo(&w)
	w.Int("transactionId", r.TransactionID)
	return w.End()
}

// DecodeStartTransactionResponse reads the answer to StartTransaction.
func DecodeStartTransactionResponse(payload []byte) (r StartTransactionResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "idTagInfo":
			r.IDTagInfo = decodeIDTagInfo(o.Object())
		case "transactionId":
			r.TransactionID = o.Int().V
		default:
			o.Unknown()
		}
	})
	return r, err
}

// StopTransaction tells that a transaction ended (OCPP 1.6 §4.10).
type StopTransaction struct {
	// ConnectorID is no member of the specification, but some send it.
	ConnectorID     ocpp.Int
	IDTag           string
	MeterStop       ocpp.Int // Wh
	Timestamp       ocpp.Time
	TransactionID   ocpp.Int
	Reason          string // one of §7.36, or as sent; "" when absent
	TransactionData []MeterValue
}

// Action returns ActionStopTransaction.
func (*StopTransaction) Action() string { return ActionStopTransaction }

// AppendJSON appends the request.
func (m *StopTransaction) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.OptText("idTag", m.IDTag)
	w.Int("meterStop", m.MeterStop.V)
	w.Time("timestamp", m.Timestamp.T)
	w.Int("transactionId", m.TransactionID.V)
	w.OptText("reason", m.Reason)
	if len(m.TransactionData) > 0 {
		w.Value("transactionData", func(dst []byte) []byte {
			return ocpp.AppendList(dst, m.TransactionData, appendMeterValue)
		})
	}
	return w.End()
}

func decodeStopTransaction(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(StopTransaction)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
			c.Odd.AddDetail("unknown-member", "connectorId")
		case "idTag":
			m.IDTag = o.Text(20)
		case "meterStop":
			m.MeterStop = o.Int()
		case "timestamp":
			m.Timestamp = o.Time()
		case "transactionId":
			m.TransactionID = o.Int()
		case "reason":
			m.Reason = o.Word(&reasonWords)
		case "transactionData":
			m.TransactionData = decodeMeterValueList(c, o.List())
		default:
			o.Unknown()
		}
	}
	o.Want("meterStop", "timestamp", "transactionId")
	return m, nil
}

// StopTransactionResponse answers StopTransaction.
type StopTransactionResponse struct {
	// IDTagInfo is written if its Status is not "".
	IDTagInfo IDTagInfo
}

// AppendJSON appends the response.
func (r *StopTransactionResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	if r.IDTagInfo.Status != "" {
		r.IDTagInfo.appendTo(&w)
	}
	return w.End()
}

// DecodeStopTransactionResponse reads the answer to StopTransaction.
func DecodeStopTransactionResponse(payload []byte) (r StopTransactionResponse, err error) {
	auth, err := DecodeAuthorizeResponse(payload)
	return StopTransactionResponse(auth), err
}
