package v16

import (
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func statusNotification(m *wire.StatusNotification, e *charging.Event) {
	status := statusOf(m.Status)
	e.Body = charging.PortStatusReported{
		Port:            port(e, m.ConnectorID),
		Status:          status,
		Time:            reading.Time(m.Timestamp),
		ErrorCode:       errorCodeOf(m.ErrorCode, status),
		VendorErrorCode: ocpp.RedactText(withoutPlaceholder(e, "vendorErrorCode", m.VendorErrorCode)),
		VendorID:        withoutPlaceholder(e, "vendorId", m.VendorID),
		Info:            ocpp.RedactText(withoutPlaceholder(e, "info", m.Info)),
	}
}

// statusOf returns the status that a word means, "" for none. The decoder has
// listed words outside the specification.
func statusOf(word string) charging.Status {
	switch {
	case wire.IsStatus(word):
		return charging.Status(word)
	case strings.EqualFold(word, "Occupied"):
		// OCPP 1.5 had one word for every state with a vehicle.
		return charging.Preparing
	default:
		return ""
	}
}

// errorCodeOf returns one of the sixteen codes of OCPP 1.6 §7.6 (contract 3.4
// no. 26).
func errorCodeOf(word string, status charging.Status) string {
	switch {
	case wire.IsErrorCode(word):
		return word
	case word == "" && status != charging.Faulted:
		return charging.NoError
	default:
		return charging.OtherError
	}
}

// withoutPlaceholder returns a text, or "" for what some chargers write when
// they have none (server-rules 7).
func withoutPlaceholder(e *charging.Event, name, s string) string {
	s = reading.Text(e, name, s)
	if strings.EqualFold(s, "null") || isHexZero(s) {
		reading.Note(e, "placeholder", name)
		return ""
	}
	return s
}

// isHexZero reports whether s is 0x0000, with any number of digits.
func isHexZero(s string) bool {
	zeros, ok := strings.CutPrefix(s, "0x")
	return ok && zeros != "" && strings.Trim(zeros, "0") == ""
}
