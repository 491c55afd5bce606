package v201

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// Settings is what some answers need besides the outcome.
type Settings struct {
	// Version decides how long some answers may be; its zero value is 2.0.1.
	Version ocpp.Version
	Now     time.Time // true time, for the charger's clock
	// HeartbeatInterval is told to a charger that boots, in whole seconds; 0
	// leaves it to the charger.
	HeartbeatInterval time.Duration
	// Registration answers a boot whose outcome does not say; "" is
	// wire.RegistrationAccepted.
	Registration string
	// EnergyPrice is in thousandths of the currency a kWh; 0 is free.
	EnergyPrice int64
	// CertificateStatus is the verdict about the certificates of an Authorize
	// (see CertificatesOf), a word such as wire.CertificateAccepted. "" means that
	// they were not checked, which is none of Accepted.
	CertificateStatus string
	// OCSPResult answers a GetCertificateStatus: the DER of an OCSP response, in
	// base64; "" when there is none.
	OCSPResult string
	// EVCertificate answers a Get15118EVCertificate: the EXI response in base64;
	// "" when there is none.
	EVCertificate string
	// CanSign says that a certificate request is going to be signed.
	CanSign bool
}

// Translate returns e with what m means as its Body, and with what was odd
// about that added to its Oddities. e comes with the charger, the connection,
// the message id, the time of receipt, and what was odd about the frame and the
// payload. The Body stays nil when there is nothing to store, as for Heartbeat.
func Translate(m wire.Message, e charging.Event) charging.Event {
	if h, ok := handlers[m.Action()]; ok {
		h.translate(m, &e)
	}
	return e
}

// Answer returns the response to m, whose event had the outcome out.
func Answer(m wire.Message, out charging.Outcome, s Settings) wire.Response {
	if h, ok := handlers[m.Action()]; ok {
		return h.answer(m, out, s)
	}
	return wire.EmptyResponse{}
}

// handler is what this package knows of one action.
type handler struct {
	translate func(m wire.Message, e *charging.Event)
	answer    func(m wire.Message, out charging.Outcome, s Settings) wire.Response
}

// handlers has every action that chargers send.
var handlers = map[string]handler{
	wire.ActionAuthorize:                         handle(authorize, answerAuthorize),
	wire.ActionBootNotification:                  handle(boot, answerBoot),
	wire.ActionClearedChargingLimit:              noted(charging.NoteLimitCleared),
	wire.ActionDataTransfer:                      handle(dataTransfer, answerDataTransfer),
	wire.ActionFirmwareStatusNotification:        noted(charging.NoteFirmware),
	wire.ActionGet15118EVCertificate:             handle(evCertificate, answerEVCertificate),
	wire.ActionGetCertificateStatus:              handle(certificateStatus, answerCertificateStatus),
	wire.ActionHeartbeat:                         handle(heartbeat, answerHeartbeat),
	wire.ActionLogStatusNotification:             noted(charging.NoteLog),
	wire.ActionMeterValues:                       handle(meterValues, answerEmpty[*wire.MeterValues]),
	wire.ActionNotifyChargingLimit:               noted(charging.NoteChargingLimit),
	wire.ActionNotifyCustomerInformation:         noted(charging.NoteCustomer),
	wire.ActionNotifyDisplayMessages:             noted(charging.NoteDisplayMessages),
	wire.ActionNotifyEVChargingNeeds:             handle(note(charging.NoteChargingNeeds), answerChargingNeeds),
	wire.ActionNotifyEVChargingSchedule:          handle(note(charging.NoteChargingSchedule), answerAccepted),
	wire.ActionNotifyEvent:                       handle(notifyEvent, answerEmpty[*wire.NotifyEvent]),
	wire.ActionNotifyMonitoringReport:            noted(charging.NoteMonitoringReport),
	wire.ActionNotifyReport:                      handle(notifyReport, answerEmpty[*wire.NotifyReport]),
	wire.ActionPublishFirmwareStatusNotification: noted(charging.NotePublishFirmware),
	wire.ActionReportChargingProfiles:            noted(charging.NoteChargingProfiles),
	wire.ActionReservationStatusUpdate:           noted(charging.NoteReservation),
	wire.ActionSecurityEventNotification:         noted(charging.NoteSecurityEvent),
	wire.ActionSignCertificate:                   handle(signCertificate, answerSignCertificate),
	wire.ActionStatusNotification:                handle(statusNotification, answerEmpty[*wire.StatusNotification]),
	wire.ActionTransactionEvent:                  handle(transactionEvent, answerTransactionEvent),
}

// handle makes a handler of the functions for one message type. An action's
// messages always have its type.
func handle[M wire.Message](
	translate func(m M, e *charging.Event),
	answer func(m M, out charging.Outcome, s Settings) wire.Response,
) handler {
	return handler{
		translate: func(m wire.Message, e *charging.Event) { translate(m.(M), e) },
		answer: func(m wire.Message, out charging.Outcome, s Settings) wire.Response {
			return answer(m.(M), out, s)
		},
	}
}

func answerEmpty[M wire.Message](M, charging.Outcome, Settings) wire.Response {
	return wire.EmptyResponse{}
}

// long reports whether the answers may be as long as 2.1 allows.
func (s *Settings) long() bool { return s.Version == ocpp.V21 }
