package v21

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	base "github.com/chargeyard/chargeyard/internal/dialect/v201"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v21"
)

// Settings is what some answers need besides the outcome.
type Settings struct {
	// Settings are those that 2.0.1 has, too. Its Version is set here.
	base.Settings
	// ChainStatuses answers a GetCertificateChainStatus; the status of what is
	// not in it is Failed.
	ChainStatuses []wire.CertificateStatus
}

// Translate returns e with what m means as its Body, as the function of package
// v201 does.
func Translate(m v201.Message, e charging.Event) charging.Event {
	if h, ok := handlers[m.Action()]; ok {
		h.translate(m, &e)
		return e
	}
	return base.Translate(m, e)
}

// Answer returns the response to m, whose event had the outcome out. A SEND, as
// NotifyPeriodicEventStream is, must not be answered at all; its response is
// empty.
func Answer(m v201.Message, out charging.Outcome, s Settings) v201.Response {
	if h, ok := handlers[m.Action()]; ok {
		return h.answer(m, s)
	}
	s.Version = ocpp.V21
	return base.Answer(m, out, s.Settings)
}

// handler is what this package knows of one action. No outcome counts for any.
type handler struct {
	translate func(m v201.Message, e *charging.Event)
	answer    func(m v201.Message, s Settings) v201.Response
}

// handlers has every action that chargers send and 2.0.1 does not have.
var handlers = map[string]handler{
	wire.ActionBatterySwap:               noted(charging.NoteBatterySwap, answerEmpty),
	wire.ActionClosePeriodicEventStream:  noted(charging.NoteStreamClosed, answerEmpty),
	wire.ActionGetCertificateChainStatus: handle(chainStatus, answerChainStatus),
	wire.ActionNotifyDERAlarm:            noted(charging.NoteDERAlarm, answerEmpty),
	wire.ActionNotifyDERStartStop:        noted(charging.NoteDERStartStop, answerEmpty),
	wire.ActionNotifyPeriodicEventStream: noted(charging.NoteStream, answerEmpty),
	wire.ActionNotifyPriorityCharging:    noted(charging.NotePriorityCharging, answerEmpty),
	wire.ActionNotifySettlement:          noted(charging.NoteSettlement, answerEmpty),
	wire.ActionOpenPeriodicEventStream:   noted(charging.NoteStreamOpened, answerAccepted),
	wire.ActionPullDynamicScheduleUpdate: noted(charging.NoteDynamicSchedule, answerNoSchedule),
	wire.ActionReportDERControl:          noted(charging.NoteDERReport, answerEmpty),
	wire.ActionVatNumberValidation:       handle(vatNumber, answerVatNumber),
}

// handle makes a handler of the functions for one message type. An action's
// messages always have its type.
func handle[M v201.Message](
	translate func(m M, e *charging.Event), answer func(m M, s Settings) v201.Response,
) handler {
	return handler{
		translate: func(m v201.Message, e *charging.Event) { translate(m.(M), e) },
		answer:    func(m v201.Message, s Settings) v201.Response { return answer(m.(M), s) },
	}
}

// noted makes the handler of a message that is kept.
func noted(kind charging.NoteKind, answer func(m *v201.Notice, s Settings) v201.Response) handler {
	return handle(func(m *v201.Notice, e *charging.Event) { e.Body = base.NoteOf(kind, m, e) }, answer)
}

func answerEmpty(*v201.Notice, Settings) v201.Response { return v201.EmptyResponse{} }

// The statuses of answers.
const (
	statusAccepted = "Accepted"
	statusRejected = "Rejected"
)

// answerAccepted takes a stream of events: it is kept as it comes.
func answerAccepted(*v201.Notice, Settings) v201.Response {
	return &v201.StatusResponse{Status: statusAccepted}
}

// answerNoSchedule has no limits to give: nothing here sets profiles that a
// charger would have to ask about.
func answerNoSchedule(*v201.Notice, Settings) v201.Response {
	return &v201.StatusResponse{Status: statusRejected, StatusInfo: v201.StatusInfo{
		ReasonCode: "NoDynamicProfile", AdditionalInfo: "No dynamic charging profile was set from here."}}
}
