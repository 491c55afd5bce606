package v16

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// Settings is what some answers need besides the outcome.
type Settings struct {
	Now time.Time // true time, for the charger's clock
	// HeartbeatInterval is told to a charger that boots, in whole seconds; 0
	// leaves it to the charger.
	HeartbeatInterval time.Duration
	// Registration answers a boot; "" is wire.RegistrationAccepted.
	Registration string
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
	wire.ActionAuthorize:                        handle(authorize, answerAuthorize),
	wire.ActionBootNotification:                 handle(boot, answerBoot),
	wire.ActionDataTransfer:                     handle(dataTransfer, answerDataTransfer),
	wire.ActionDiagnosticsStatusNotification:    handle(progress, answerEmpty[*wire.Progress]),
	wire.ActionFirmwareStatusNotification:       handle(progress, answerEmpty[*wire.Progress]),
	wire.ActionHeartbeat:                        handle(heartbeat, answerHeartbeat),
	wire.ActionMeterValues:                      handle(meterValues, answerEmpty[*wire.MeterValues]),
	wire.ActionStartTransaction:                 handle(startTransaction, answerStartTransaction),
	wire.ActionStatusNotification:               handle(statusNotification, answerEmpty[*wire.StatusNotification]),
	wire.ActionStopTransaction:                  handle(stopTransaction, answerStopTransaction),
	wire.ActionLogStatusNotification:            handle(progress, answerEmpty[*wire.Progress]),
	wire.ActionSecurityEventNotification:        handle(securityEvent, answerEmpty[*wire.SecurityEventNotification]),
	wire.ActionSignCertificate:                  handle(signCertificate, answerSignCertificate),
	wire.ActionSignedFirmwareStatusNotification: handle(progress, answerEmpty[*wire.Progress]),
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
