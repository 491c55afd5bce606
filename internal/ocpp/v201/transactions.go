package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// TransactionEvent tells of a transaction, which the charger numbers itself
// (OCPP 2.0.1 E01 to E15). It is read whatever it lacks: refusing one makes a
// charger send it for ever and blocks its queue.
type TransactionEvent struct {
	EventType          string // a word of TransactionEventEnumType, or as sent; "" when absent
	Timestamp          ocpp.Time
	TriggerReason      string
	SeqNo              ocpp.Int
	Offline            bool
	NumberOfPhasesUsed ocpp.Int
	CableMaxCurrent    ocpp.Int
	ReservationID      ocpp.Int
	TransactionInfo    TransactionInfo
	EVSE               EVSE
	IDToken            IDToken
	MeterValue         []MeterValue

	// What only 2.1 has.
	CostDetails           string // JSON; "" for none
	PreconditioningStatus string
	EVSESleep             bool
}

// TransactionInfo is what a TransactionEvent says of its transaction (OCPP
// 2.0.1 TransactionType).
type TransactionInfo struct {
	TransactionID     string // "" when absent
	ChargingState     string
	TimeSpentCharging ocpp.Int // seconds
	StoppedReason     string
	RemoteStartID     ocpp.Int

	// What only 2.1 has.
	OperationMode    string
	TariffID         string
	TransactionLimit string // JSON; "" for none
}

// The types of a TransactionEvent (OCPP 2.0.1 TransactionEventEnumType).
const (
	EventStarted = "Started"
	EventUpdated = "Updated"
	EventEnded   = "Ended"
)

// Action returns ActionTransactionEvent.
func (*TransactionEvent) Action() string { return ActionTransactionEvent }

// AppendJSON appends the request.
func (m *TransactionEvent) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("eventType", m.EventType)
	w.Time("timestamp", m.Timestamp.T)
	w.Text("triggerReason", m.TriggerReason)
	w.Int("seqNo", m.SeqNo.V)
	if m.Offline {
		w.Bool("offline", true)
	}
	w.OptInt("numberOfPhasesUsed", m.NumberOfPhasesUsed)
	w.OptInt("cableMaxCurrent", m.CableMaxCurrent)
	w.OptInt("reservationId", m.ReservationID)
	w.OptText("preconditioningStatus", m.PreconditioningStatus)
	if m.EVSESleep {
		w.Bool("evseSleep", true)
	}
	w.Value("transactionInfo", m.TransactionInfo.append)
	m.EVSE.appendTo(&w)
	m.IDToken.appendTo(&w, "idToken")
	if len(m.MeterValue) > 0 {
		w.Value("meterValue", func(dst []byte) []byte { return ocpp.AppendList(dst, m.MeterValue, appendMeterValue) })
	}
	optRaw(&w, "costDetails", m.CostDetails)
	return w.End()
}

func (i *TransactionInfo) append(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("transactionId", i.TransactionID)
	w.OptText("chargingState", i.ChargingState)
	w.OptInt("timeSpentCharging", i.TimeSpentCharging)
	w.OptText("stoppedReason", i.StoppedReason)
	w.OptInt("remoteStartId", i.RemoteStartID)
	w.OptText("operationMode", i.OperationMode)
	w.OptText("tariffId", i.TariffID)
	optRaw(&w, "transactionLimit", i.TransactionLimit)
	return w.End()
}

func decodeTransactionEvent(r *Reader) (Message, *ocpp.CallError) {
	m := new(TransactionEvent)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "eventType":
			m.EventType = o.Word(r.words.TransactionEvent)
		case "timestamp":
			m.Timestamp = o.Time()
		case "triggerReason":
			m.TriggerReason = o.Word(r.words.TriggerReason)
		case "seqNo":
			m.SeqNo = o.Int()
		case "offline":
			m.Offline = r.flag(&o)
		case "numberOfPhasesUsed":
			m.NumberOfPhasesUsed = o.Int()
		case "cableMaxCurrent":
			m.CableMaxCurrent = o.Int()
		case "reservationId":
			m.ReservationID = o.Int()
		case "transactionInfo":
			r.transactionInfo(o.Object(), &m.TransactionInfo)
		case "evse":
			m.EVSE = r.evse(o.Object())
		case "idToken":
			m.IDToken = r.Token(&o)
		case "meterValue":
			m.MeterValue = r.meterValues(o.List())
		default:
			r.moreOfTransaction(&o, m)
		}
	}
	m.want(&o)
	return m, nil
}

// moreOfTransaction reads what only 2.1 has, and what chargers send that were
// built for 1.6 or for the withdrawn 2.0.
func (r *Reader) moreOfTransaction(o *ocpp.Object, m *TransactionEvent) {
	switch o.Name {
	case "costDetails":
		m.CostDetails = o.Raw()
		return
	case "preconditioningStatus":
		m.PreconditioningStatus = r.word(o, r.words.Preconditioning)
		return
	case "evseSleep":
		m.EVSESleep = r.flag(o)
		return
	case "transactionData":
		r.transactionInfo(o.Object(), &m.TransactionInfo)
	case "transactionId":
		m.TransactionInfo.TransactionID = o.Text(36)
	case "evseId":
		m.EVSE.ID = o.Int()
	case "connectorId":
		m.EVSE.ConnectorID = o.Int()
	case "idTag":
		m.IDToken = IDToken{IDToken: o.Text(maxToken), Set: true}
	default:
		r.Other(o)
		return
	}
	r.Odd.AddDetail("unknown-member", o.Name)
}

func (r *Reader) transactionInfo(o ocpp.Object, i *TransactionInfo) {
	for o.Next() {
		switch o.Name {
		case "transactionId":
			i.TransactionID = o.Text(36)
		case "chargingState":
			i.ChargingState = o.Word(r.words.ChargingState)
		case "timeSpentCharging":
			i.TimeSpentCharging = o.Int()
		case "stoppedReason":
			i.StoppedReason = o.Word(r.words.StopReason)
		case "remoteStartId":
			i.RemoteStartID = o.Int()
		case "operationMode":
			i.OperationMode = r.word(&o, r.words.OperationMode)
		case "tariffId":
			i.TariffID = o.Text(60)
		case "transactionLimit":
			i.TransactionLimit = o.Raw()
		case "id":
			i.TransactionID = o.Text(36)
			r.Odd.AddDetail("unknown-member", o.Name)
		default:
			r.Other(&o)
		}
	}
	if i.TransactionID == "" {
		o.Want("transactionId")
	}
}

// want lists what is missing. It does not ask for what is there: an Object
// remembers the first of its members only.
func (m *TransactionEvent) want(o *ocpp.Object) {
	if m.EventType == "" {
		o.Want("eventType")
	}
	if m.Timestamp.Written == "" {
		o.Want("timestamp")
	}
	if m.TriggerReason == "" {
		o.Want("triggerReason")
	}
	if !m.SeqNo.Set {
		o.Want("seqNo")
	}
	if m.TransactionInfo == (TransactionInfo{}) {
		o.Want("transactionInfo")
	}
}

// TransactionEventResponse answers TransactionEvent.
type TransactionEventResponse struct {
	// TotalCost is in thousandths of the currency; it is written if HasCost.
	TotalCost int64
	HasCost   bool
	// IDTokenInfo is written if its Status is not "".
	IDTokenInfo IDTokenInfo
}

// AppendJSON appends the response.
func (r *TransactionEventResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	if r.HasCost {
		w.Value("totalCost", func(dst []byte) []byte { return appendThousandths(dst, r.TotalCost) })
	}
	if r.IDTokenInfo.Status != "" {
		r.IDTokenInfo.appendTo(&w)
	}
	return w.End()
}

// DecodeTransactionEventResponse reads the answer to TransactionEvent.
func DecodeTransactionEventResponse(payload []byte) (t TransactionEventResponse, err error) {
	err = readResponse(payload, func(r *Reader, o *ocpp.Object) {
		switch o.Name {
		case "totalCost":
			t.TotalCost, t.HasCost = ocpp.Thousandths(r.digits(o), 0)
		case "idTokenInfo":
			t.IDTokenInfo = r.tokenInfo(o.Object())
		default:
			r.Skip()
		}
	})
	return t, err
}
