package v16

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func startTransaction(m *wire.StartTransaction, e *charging.Event) {
	start := charging.SessionStarted{
		Port: port(e, m.ConnectorID),
		Tag:  reading.Shorten(e, "idTag", m.IDTag),
		Time: reading.Time(m.Timestamp),
		// 0 is what chargers without a reservation send.
		Reservation: m.ReservationID.V,
	}
	start.MeterStart, start.HasMeterStart = register(e, "meterStart", m.MeterStart)
	e.Body = start
}

func answerStartTransaction(_ *wire.StartTransaction, out charging.Outcome, _ Settings) wire.Response {
	return &wire.StartTransactionResponse{IDTagInfo: idTagInfo(out.Tag), TransactionID: out.TransactionID}
}

// reasonLocal is what a stop without a reason means (OCPP 1.6 §6.49).
const reasonLocal = "Local"

func stopTransaction(m *wire.StopTransaction, e *charging.Event) {
	stop := charging.SessionStopped{
		TransactionID:    m.TransactionID.V,
		TransactionKnown: m.TransactionID.Set,
		Port:             port(e, m.ConnectorID),
		Tag:              reading.Shorten(e, "idTag", m.IDTag),
		Time:             reading.Time(m.Timestamp),
		Reason:           reading.Text(e, "reason", m.Reason),
		Readings:         readings(m.TransactionData, e),
	}
	stop.MeterStop, stop.HasMeter = register(e, "meterStop", m.MeterStop)
	if stop.Reason == "" {
		stop.Reason = reasonLocal
	}
	e.Body = stop
}

// Only a stop that named a tag is told about one.
func answerStopTransaction(m *wire.StopTransaction, out charging.Outcome, _ Settings) wire.Response {
	response := new(wire.StopTransactionResponse)
	if out.HasTag && m.IDTag != "" {
		response.IDTagInfo = idTagInfo(out.Tag)
	}
	return response
}
