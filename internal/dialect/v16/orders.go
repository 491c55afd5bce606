package v16

import (
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// Call says an order in OCPP 1.6, in one call or several. Errors are Invalid
// and name the member of the order; they say, too, what 1.6 does not have.
func Call(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	switch o := o.(type) {
	case *charging.StartOrder:
		return start(o, f)
	case *charging.StopOrder:
		return stop(f)
	case *charging.UnlockOrder:
		port, err := charging.OnlyPort(f.Charger, o.Port)
		return calls(v16.ActionUnlockConnector, err, put("connectorId", port))
	case *charging.ResetOrder:
		return reset(o)
	case *charging.AvailabilityOrder:
		return availability(o, f)
	case *charging.TriggerOrder:
		return trigger(o, f)
	case *charging.ClearCacheOrder:
		return calls(v16.ActionClearCache, nil)
	case *charging.ReserveOrder:
		return reserve(o, f)
	case *charging.CancelReservationOrder:
		return calls(v16.ActionCancelReservation, nil, put("reservationId", o.ID))
	case *charging.SetProfileOrder:
		return setProfile(o, f)
	case *charging.ClearProfileOrder:
		return clearProfile(o)
	case *charging.CompositeScheduleOrder:
		return calls(v16.ActionGetCompositeSchedule, charging.KnownPort(f.Charger, o.Port),
			put("connectorId", o.Port), put("duration", o.Duration), put("chargingRateUnit", o.Unit))
	}
	return upkeepCall(o, f)
}

type object = ocpp.Fields

// put is a member of a payload.
func put(name string, value any) ocpp.Field { return ocpp.Field{Name: name, Value: value} }

// calls makes one call, unless there is an error.
func calls(action string, err error, members ...ocpp.Field) ([]charging.OrderCall, error) {
	if err != nil {
		return nil, err
	}
	payload, err := object(members).MarshalJSON()
	if err != nil {
		return nil, err
	}
	return []charging.OrderCall{{Action: action, Payload: payload}}, nil
}

func lacks(member, what string) error {
	return charging.Errorf(charging.Invalid, "%s: %s", member, what)
}

func start(o *charging.StartOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	port, err := o.StartPort(f.Charger)
	if err != nil {
		return nil, err
	}
	m := []ocpp.Field{put("connectorId", port), put("idTag", o.Tag)}
	if o.Profile != nil {
		p, err := profile(o.Profile, f, charging.PurposeSession, charging.KindRelative)
		if err != nil {
			return nil, err
		}
		m = append(m, put("chargingProfile", p))
	}
	return calls(v16.ActionRemoteStartTransaction, nil, m...)
}

func stop(f *charging.OrderFacts) ([]charging.OrderCall, error) {
	id, err := transactionOf(f)
	return calls(v16.ActionRemoteStopTransaction, err, put("transactionId", id))
}

// transactionOf is the id by which the charger knows the session.
func transactionOf(f *charging.OrderFacts) (int64, error) {
	switch s := f.Session; {
	case s == nil:
		return 0, charging.Errorf(charging.NotFound, "session: none runs there")
	case s.Transaction != "":
		return 0, charging.Errorf(charging.Conflict, "session: it began while the charger spoke OCPP 2.x, which OCPP 1.6 cannot name; unlock or reset ends it")
	case s.TransactionID == 0:
		return 0, charging.Errorf(charging.Conflict, "session: the charger gave it no id, so that it cannot be named; unlock or reset ends it")
	default:
		return s.TransactionID, nil
	}
}

func reset(o *charging.ResetOrder) ([]charging.OrderCall, error) {
	switch {
	case o.Port != 0:
		return nil, lacks("port", "OCPP 1.6 resets the whole charger only; leave it out")
	case o.Resume:
		return nil, lacks("resume", "only OCPP 2.1 can do that; leave it out")
	}
	word := "Soft"
	if o.Mode == "hard" {
		word = "Hard"
	}
	return calls(v16.ActionReset, nil, put("type", word))
}

func availability(o *charging.AvailabilityOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if o.Connector > 1 {
		return nil, lacks("connector", "a port of OCPP 1.6 has one connector; leave it out")
	}
	word := "Inoperative"
	if *o.Operative {
		word = "Operative"
	}
	return calls(v16.ActionChangeAvailability, charging.KnownPort(f.Charger, o.Port), put("connectorId", o.Port), put("type", word))
}

// triggered are the plain words for messages, and what else people call them.
var triggered = map[string]string{
	"boot": v16.ActionBootNotification, "heartbeat": v16.ActionHeartbeat, "status": v16.ActionStatusNotification,
	"meters": v16.ActionMeterValues, "session": v16.ActionMeterValues, "firmware": v16.ActionFirmwareStatusNotification,
	"diagnostics": v16.ActionDiagnosticsStatusNotification, "log": v16.ActionLogStatusNotification,
	"certificate": "SignChargePointCertificate", "transactionevent": v16.ActionMeterValues,
	"signchargingstationcertificate": "SignChargePointCertificate",
}

// extended are the messages that only the security extension can ask for.
var extended = []string{v16.ActionLogStatusNotification, "SignChargePointCertificate"}

func trigger(o *charging.TriggerOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	word := triggered[strings.ToLower(o.Message)]
	if word == "" {
		word = o.Message
	}
	action := v16.ActionTriggerMessage
	members := v16.Table.Action(action).Request
	if slices.ContainsFunc(extended, func(e string) bool { return strings.EqualFold(e, word) }) {
		action = v16.ActionExtendedTriggerMessage
		members = v16.Table.Action(action).Request
	}
	words := members[slices.IndexFunc(members, func(m ocpp.Member) bool { return m.Name == "requestedMessage" })].Enum
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
	if i < 0 {
		return nil, lacks("message", "OCPP 1.6 cannot ask for "+word+"; it can for "+strings.Join(words, ", "))
	}
	m := []ocpp.Field{put("requestedMessage", words[i])}
	if o.Port > 0 {
		m = append(m, put("connectorId", o.Port))
	}
	return calls(action, charging.KnownPort(f.Charger, o.Port), m...)
}

func reserve(o *charging.ReserveOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	if o.ConnectorType != "" {
		return nil, lacks("connectorType", "OCPP 1.6 reserves by port; leave it out")
	}
	id := o.ID
	if id == 0 {
		id = f.RequestID
	}
	return calls(v16.ActionReserveNow, charging.KnownPort(f.Charger, o.Port), put("connectorId", o.Port),
		put("expiryDate", o.Expires.Time), put("idTag", o.Tag), put("parentIdTag", o.GroupTag), put("reservationId", id))
}
