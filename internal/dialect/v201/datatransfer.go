package v201

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func dataTransfer(m *wire.DataTransfer, e *charging.Event) {
	w := ocpp.NewWriter(nil)
	w.OptText("vendorId", reading.Text(e, "vendorId", m.VendorID))
	w.OptText("messageId", reading.Text(e, "messageId", m.MessageID))
	if m.Data != "" {
		w.Value("data", func(dst []byte) []byte { return append(dst, m.Data...) })
	}
	e.Body = charging.Noted{Kind: charging.NoteDataTransfer, Detail: Detail(string(w.End()))}
}

// answerDataTransfer knows no vendor; accepting what nobody reads would tell a
// charger a lie.
func answerDataTransfer(*wire.DataTransfer, charging.Outcome, Settings) wire.Response {
	return &wire.StatusResponse{Status: wire.DataTransferUnknownVendorID}
}
