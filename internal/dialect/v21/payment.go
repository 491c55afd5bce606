package v21

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	base "github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

func vatNumber(m *wire.VatNumberValidation, e *charging.Event) {
	n := v201.Notice{EVSEID: m.EVSEID, Payload: string(m.AppendJSON(nil))}
	e.Body = base.NoteOf(charging.NoteVatNumber, &n, e)
}

// maxVatNumber is how long a VAT number may be in what we send.
const maxVatNumber = 20

// answerVatNumber validates no number: nobody is asked about them here, and to
// accept one would say that a company stands behind it.
func answerVatNumber(m *wire.VatNumberValidation, _ Settings) v201.Response {
	r := &wire.VatNumberValidationResponse{
		VatNumber: cut(m.VatNumber, maxVatNumber), EVSEID: m.EVSEID, Status: statusRejected,
		StatusInfo: v201.StatusInfo{ReasonCode: "NotValidated", AdditionalInfo: "VAT numbers are not validated here."}}
	if r.EVSEID.V < 0 {
		r.EVSEID = ocpp.Int{}
	}
	return r
}
