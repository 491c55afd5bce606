package v16

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func dataTransfer(m *wire.DataTransfer, e *charging.Event) {
	w := ocpp.NewWriter(nil)
	w.OptText("vendorId", reading.Text(e, "vendorId", m.VendorID))
	w.OptText("messageId", reading.Text(e, "messageId", m.MessageID))
	w.OptText("data", redact(m.Data))
	e.Body = charging.Noted{Kind: charging.NoteDataTransfer, Detail: string(w.End())}
}

// answerDataTransfer knows no vendor; accepting what nobody reads would tell a
// charger a lie.
func answerDataTransfer(*wire.DataTransfer, charging.Outcome, Settings) wire.Response {
	return &wire.DataTransferResponse{Status: wire.DataTransferUnknownVendorID}
}

// redacted stands for a text that named a secret.
const redacted = "(removed: it names a secret)"

// redact returns a vendor's text, unless it names a secret: where in it the
// secret stands is the vendor's own affair.
func redact(s string) string {
	if ocpp.NamesSecret(s) {
		return redacted
	}
	return ocpp.RedactText(s)
}
