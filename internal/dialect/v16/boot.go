package v16

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func boot(m *wire.BootNotification, e *charging.Event) {
	serial := reading.Text(e, "chargePointSerialNumber", m.ChargePointSerialNumber)
	if serial == "" {
		serial = reading.Text(e, "chargeBoxSerialNumber", m.ChargeBoxSerialNumber)
	}
	e.Body = charging.Booted{Boot: charging.Boot{
		At:           e.Received,
		Manufacturer: reading.Text(e, "chargePointVendor", m.ChargePointVendor),
		Model:        reading.Text(e, "chargePointModel", m.ChargePointModel),
		SerialNumber: serial,
		Firmware:     reading.Text(e, "firmwareVersion", m.FirmwareVersion),
		ICCID:        reading.Text(e, "iccid", m.ICCID),
		IMSI:         reading.Text(e, "imsi", m.IMSI),
		MeterType:    reading.Text(e, "meterType", m.MeterType),
		MeterSerial:  reading.Text(e, "meterSerialNumber", m.MeterSerialNumber),
	}}
}

func answerBoot(_ *wire.BootNotification, _ charging.Outcome, s Settings) wire.Response {
	status := s.Registration
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
