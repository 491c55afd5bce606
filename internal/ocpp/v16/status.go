package v16

import (
	"slices"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// StatusNotification tells the state of a connector, or of the charger itself
// as connector 0 (OCPP 1.6 §4.9).
type StatusNotification struct {
	ConnectorID     ocpp.Int // set, and not negative
	ErrorCode       string   // one of §7.6, or as sent; "" when absent
	Info            string
	Status          string // one of §7.7, or as sent; never ""
	Timestamp       ocpp.Time
	VendorID        string
	VendorErrorCode string
}

// Action returns ActionStatusNotification.
func (*StatusNotification) Action() string { return ActionStatusNotification }

// AppendJSON appends the request.
func (m *StatusNotification) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("connectorId", m.ConnectorID.V)
	w.Text("errorCode", m.ErrorCode)
	w.OptText("info", m.Info)
	w.Text("status", m.Status)
	w.OptTime("timestamp", m.Timestamp.T)
	w.OptText("vendorId", m.VendorID)
	w.OptText("vendorErrorCode", m.VendorErrorCode)
	return w.End()
}

func decodeStatusNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(StatusNotification)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		case "errorCode":
			m.ErrorCode = o.Word(&errorCodeWords)
		case "info":
			m.Info = o.Text(50)
		case "status":
			m.Status = o.Word(&statusWords)
		case "timestamp":
			m.Timestamp = o.Time()
		case "vendorId":
			m.VendorID = o.Text(255)
		case "vendorErrorCode":
			m.VendorErrorCode = o.Text(50)
		default:
			o.Unknown()
		}
	}
	o.Want("errorCode")
	switch {
	case !m.ConnectorID.Set:
		return nil, o.Lack(ocpp.V16, "connectorId")
	case m.ConnectorID.V < 0:
		return nil, ocpp.NewCallError(ocpp.V16, ocpp.ProblemProperty, "connectorId is negative")
	case m.Status == "":
		return nil, o.Lack(ocpp.V16, "status")
	}
	return m, nil
}

// IsStatus reports whether word is one of the statuses of OCPP 1.6 §7.7.
func IsStatus(word string) bool { return slices.Contains(statusWords.List, word) }

// IsErrorCode reports whether word is one of the error codes of OCPP 1.6 §7.6.
func IsErrorCode(word string) bool { return slices.Contains(errorCodeWords.List, word) }
