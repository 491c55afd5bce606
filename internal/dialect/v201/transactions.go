package v201

import (
	"math"
	"math/bits"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// reasonLocal is what an end without a reason means (OCPP 2.0.1
// TransactionType).
const reasonLocal = "Local"

func transactionEvent(m *wire.TransactionEvent, e *charging.Event) {
	info := &m.TransactionInfo
	r := charging.SessionReported{
		Transaction: reading.Text(e, "transactionId", info.TransactionID),
		Phase:       phaseOf(m.EventType),
		Time:        reading.Time(m.Timestamp),
		Trigger:     reading.Text(e, "triggerReason", m.TriggerReason),
		Offline:     m.Offline,
		Port:        port(e, m.EVSE.ID),
		Connector:   connector(e, m.EVSE.ConnectorID),
		HasTag:      m.IDToken.Set,
		Tag:         reading.Shorten(e, "idToken", m.IDToken.IDToken),
		TagType:     reading.Text(e, "type", m.IDToken.Type),
		Reason:      reading.Text(e, "stoppedReason", info.StoppedReason),
		RemoteStart: info.RemoteStartID.V,
		Reservation: m.ReservationID.V,
		Readings:    readings(m.MeterValue, e),
	}
	r.Seq, r.HasSeq = sequence(e, m.SeqNo)
	if wire.IsChargingState(info.ChargingState) {
		r.State = charging.ChargingState(info.ChargingState)
	}
	if r.Phase == charging.PhaseEnded && r.Reason == "" {
		r.Reason = reasonLocal
	}
	e.Body = r
}

// phaseOf returns the part of the session that a message tells of. One that
// does not say which only adds to the session.
func phaseOf(eventType string) charging.SessionPhase {
	switch eventType {
	case wire.EventStarted:
		return charging.PhaseStarted
	case wire.EventEnded:
		return charging.PhaseEnded
	default:
		return charging.PhaseUpdated
	}
}

func sequence(e *charging.Event, n ocpp.Int) (seq int64, ok bool) {
	if n.Set && n.V < 0 {
		reading.Note(e, "sequence-out-of-range", n.Raw)
		return 0, false
	}
	return n.V, n.Set
}

// answerTransactionEvent tells about the token whenever the message had one,
// and what the session cost so far: at the end always, before only where
// energy has a price.
func answerTransactionEvent(m *wire.TransactionEvent, out charging.Outcome, s Settings) wire.Response {
	response := new(wire.TransactionEventResponse)
	if m.IDToken.Set {
		response.IDTokenInfo = tokenInfo(out.Tag, &s)
		if isNoAuthorization(&m.IDToken) {
			response.IDTokenInfo = wire.IDTokenInfo{Status: string(charging.TagAccepted)}
		}
	}
	if m.EventType == wire.EventEnded || s.EnergyPrice != 0 {
		response.TotalCost, response.HasCost = cost(out.Energy, s.EnergyPrice), true
	}
	return response
}

// cost returns what energy costs at a price a kWh, in the price's unit, rounded
// half up.
func cost(energy charging.Milli, price int64) int64 {
	const kWh = 1_000_000 // in mWh
	if energy <= 0 || price <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(energy), uint64(price))
	low, carry := bits.Add64(low, kWh/2, 0)
	if high += carry; high >= kWh {
		return math.MaxInt64
	}
	n, _ := bits.Div64(high, low, kWh)
	return int64(min(n, math.MaxInt64))
}
