package v201

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func boot(m *wire.BootNotification, e *charging.Event) {
	e.Body = charging.Booted{Boot: charging.Boot{
		At:           e.Received,
		Manufacturer: reading.Text(e, "vendorName", m.VendorName),
		Model:        reading.Text(e, "model", m.Model),
		SerialNumber: reading.Text(e, "serialNumber", m.SerialNumber),
		Firmware:     reading.Text(e, "firmwareVersion", m.FirmwareVersion),
		ICCID:        reading.Text(e, "iccid", m.ICCID),
		IMSI:         reading.Text(e, "imsi", m.IMSI),
		Reason:       reading.Text(e, "reason", m.Reason),
	}}
}

func answerBoot(_ *wire.BootNotification, out charging.Outcome, s Settings) wire.Response {
	status := out.Registration
	if status == "" {
		status = s.Registration
	}
	if status == "" {
		status = wire.RegistrationAccepted
	}
	return &wire.BootNotificationResponse{
		Status: status, CurrentTime: s.Now, Interval: int64(s.HeartbeatInterval / time.Second)}
}

// heartbeat leaves nothing to store: that the charger lives is known already.
func heartbeat(*wire.Heartbeat, *charging.Event) {}

func answerHeartbeat(_ *wire.Heartbeat, _ charging.Outcome, s Settings) wire.Response {
	return &wire.HeartbeatResponse{CurrentTime: s.Now}
}
