package v21

import (
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// VatNumberValidation asks whether a VAT number is one (OCPP 2.1 C26).
type VatNumberValidation struct {
	VatNumber string // never ""
	EVSEID    ocpp.Int
}

// Action returns ActionVatNumberValidation.
func (*VatNumberValidation) Action() string { return ActionVatNumberValidation }

// AppendJSON appends the request.
func (m *VatNumberValidation) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("vatNumber", m.VatNumber)
	w.OptInt("evseId", m.EVSEID)
	return w.End()
}

func decodeVatNumberValidation(r *v201.Reader) (v201.Message, *ocpp.CallError) {
	m := new(VatNumberValidation)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "vatNumber":
			m.VatNumber = o.Text(20)
		case "evseId":
			m.EVSEID = o.Int()
		default:
			r.Other(&o)
		}
	}
	if m.VatNumber == "" {
		return nil, o.Lack(ocpp.V21, "vatNumber")
	}
	return m, nil
}

// VatNumberValidationResponse answers VatNumberValidation.
type VatNumberValidationResponse struct {
	VatNumber  string // as asked
	EVSEID     ocpp.Int
	Status     string // Accepted or Rejected
	StatusInfo v201.StatusInfo
}

// AppendJSON appends the response.
func (r *VatNumberValidationResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("vatNumber", r.VatNumber)
	w.OptInt("evseId", r.EVSEID)
	w.Text("status", r.Status)
	r.StatusInfo.AppendTo(&w)
	return w.End()
}
