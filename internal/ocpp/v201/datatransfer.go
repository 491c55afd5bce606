package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// DataTransfer carries what a vendor adds to OCPP, in both directions (OCPP
// 2.0.1 P01, P02).
type DataTransfer struct {
	VendorID  string
	MessageID string
	Data      string // JSON of any type; "" for none
}

// Action returns ActionDataTransfer.
func (*DataTransfer) Action() string { return ActionDataTransfer }

// AppendJSON appends the request.
func (m *DataTransfer) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("vendorId", m.VendorID)
	w.OptText("messageId", m.MessageID)
	optRaw(&w, "data", m.Data)
	return w.End()
}

// Without a vendor it is a message of a vendor that nobody knows, and answered
// as such.
func decodeDataTransfer(r *Reader) (Message, *ocpp.CallError) {
	m := new(DataTransfer)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "vendorId":
			m.VendorID = o.Text(255)
		case "messageId":
			m.MessageID = o.Text(50)
		case "data":
			m.Data = o.Raw()
		default:
			r.Other(&o)
		}
	}
	o.Want("vendorId")
	return m, nil
}

// The statuses of the answer to a DataTransfer (OCPP 2.0.1
// DataTransferStatusEnumType).
const (
	DataTransferAccepted         = "Accepted"
	DataTransferRejected         = "Rejected"
	DataTransferUnknownMessageID = "UnknownMessageId"
	DataTransferUnknownVendorID  = "UnknownVendorId"
)
