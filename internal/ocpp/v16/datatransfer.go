package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// DataTransfer carries what a vendor adds to OCPP, in both directions (OCPP 1.6
// §4.3).
type DataTransfer struct {
	VendorID  string
	MessageID string
	Data      string // as sent; JSON when it was no text
}

// Action returns ActionDataTransfer.
func (*DataTransfer) Action() string { return ActionDataTransfer }

// AppendJSON appends the request.
func (m *DataTransfer) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("vendorId", m.VendorID)
	w.OptText("messageId", m.MessageID)
	w.OptText("data", m.Data)
	return w.End()
}

// Without a vendor it is a message of a vendor that nobody knows, and answered
// as such.
func decodeDataTransfer(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(DataTransfer)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "vendorId":
			m.VendorID = o.Text(255)
		case "messageId":
			m.MessageID = o.Text(50)
		case "data":
			m.Data = o.Lines(0)
		default:
			o.Unknown()
		}
	}
	o.Want("vendorId")
	return m, nil
}

// The statuses of a DataTransferResponse (OCPP 1.6 §7.19).
const (
	DataTransferAccepted         = "Accepted"
	DataTransferRejected         = "Rejected"
	DataTransferUnknownMessageID = "UnknownMessageId"
	DataTransferUnknownVendorID  = "UnknownVendorId"
)

// DataTransferResponse answers DataTransfer.
type DataTransferResponse struct {
	Status string
	Data   string // "" for none
}

// AppendJSON appends the response.
func (r *DataTransferResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", r.Status)
	w.OptText("data", r.Data)
	return w.End()
}

// DecodeDataTransferResponse reads the answer to DataTransfer.
func DecodeDataTransferResponse(payload []byte) (r DataTransferResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "status":
			r.Status = o.Word(&dataTransferWords)
		case "data":
			r.Data = o.Lines(0)
		default:
			o.Unknown()
		}
	})
	return r, err
}
