package v16

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func boot(m *wire.BootNotification, e *charging.Event) {
	serial := text(e, "chargePointSerialNumber", m.ChargePointSerialNumber)
	if serial == "" {
		serial = text(e, "chargeBoxSerialNumber", m.ChargeBoxSerialNumber)
	}
	e.Body = charging.Booted{Boot: charging.Boot{
		At:           e.Received,
		Manufacturer: text(e, "chargePointVendor", m.ChargePointVendor),
		Model:        text(e, "chargePointModel", m.ChargePointModel),
		SerialNumber: serial,
		Firmware:     text(e, "firmwareVersion", m.FirmwareVersion),
		ICCID:        text(e, "iccid", m.ICCID),
		IMSI:         text(e, "imsi", m.IMSI),
		MeterType:    text(e, "meterType", m.MeterType),
		MeterSerial:  text(e, "meterSerialNumber", m.MeterSerialNumber),
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
