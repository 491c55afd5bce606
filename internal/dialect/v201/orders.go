package v201

import (
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// Call says an order in OCPP 2.0.1, in one call or several. Errors are Invalid
// and name the member of the order; they say, too, what 2.0.1 does not have.
func Call(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	return CallIn(v201.Table, o, f)
}

// CallIn is Call in the words of a version's message table, 2.0.1 or 2.1.
func CallIn(table *ocpp.Table, o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	return speaker{table}.call(o, f)
}

// speaker says orders in one version of 2.x.
type speaker struct{ table *ocpp.Table }

func (s speaker) call(o charging.Order, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	switch o := o.(type) {
	case *charging.StartOrder:
		return s.start(o, f)
	case *charging.StopOrder:
		id, err := transactionOf(f)
		return calls(v201.ActionRequestStopTransaction, err, put("transactionId", id))
	case *charging.UnlockOrder:
		return unlock(o, f)
	case *charging.ResetOrder:
		return s.reset(o, f)
	case *charging.AvailabilityOrder:
		return availability(o, f)
	case *charging.TriggerOrder:
		return s.trigger(o, f)
	case *charging.ClearCacheOrder:
		return calls(v201.ActionClearCache, nil)
	case *charging.ReserveOrder:
		return s.reserve(o, f)
	case *charging.CancelReservationOrder:
		return calls(v201.ActionCancelReservation, nil, put("reservationId", o.ID))
	case *charging.SetProfileOrder:
		return s.setProfile(o, f)
	case *charging.ClearProfileOrder:
		return s.clearProfile(o)
	case *charging.CompositeScheduleOrder:
		return calls(v201.ActionGetCompositeSchedule, charging.KnownPort(f.Charger, o.Port),
			put("duration", o.Duration), put("chargingRateUnit", o.Unit), put("evseId", o.Port))
	}
	return s.upkeepCall(o, f)
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

// version is how people call the version.
func (s speaker) version() string {
	if s.table.Version == ocpp.V21 {
		return "OCPP 2.1"
	}
	return "OCPP 2.0.1"
}

// word finds the word of a member's list that a given one stands for, in any
// letter case.
func (s speaker) word(action, member, given string) (word string, words []string) {
	members := s.table.Action(action).Request
	words = members[slices.IndexFunc(members, func(m ocpp.Member) bool { return m.Name == member })].Enum
	if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, given) }); i >= 0 {
		return words[i], words
	}
	return "", words
}

// token is an access ID. What an operator starts or reserves with is one of the
// server's making, unless he says what it is (contract 12).
func token(tag, kind, usual string) object {
	if kind == "" {
		kind = usual
	}
	return object{put("idToken", tag), put("type", kind)}
}

const (
	central = "Central"  // of a token that a server made
	card    = "ISO14443" // of an RFID card
)

// group is the token of a group; nil for none.
func group(tag string) any {
	if tag == "" {
		return nil
	}
	return token(tag, "", central)
}

// evse names a port and, if it is not 0, a connector of it; nil for the
// station.
func evse(port, connector int) any {
	switch {
	case port == 0:
		return nil
	case connector == 0:
		return object{put("id", port)}
	}
	return object{put("id", port), put("connectorId", connector)}
}

func (s speaker) start(o *charging.StartOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	port, err := o.StartPort(f.Charger)
	if err != nil {
		return nil, err
	}
	m := []ocpp.Field{put("evseId", port), put("remoteStartId", f.RequestID), put("idToken", token(o.Tag, o.TagType, central)), put("groupIdToken", group(o.GroupTag))}
	if o.Profile != nil {
		p, err := s.profile(o.Profile, f, charging.PurposeSession, charging.KindRelative)
		if err != nil {
			return nil, err
		}
		m = append(m, put("chargingProfile", p))
	}
	return calls(v201.ActionRequestStartTransaction, nil, m...)
}

// transactionOf is the id by which the charger knows the session.
func transactionOf(f *charging.OrderFacts) (string, error) {
	switch s := f.Session; {
	case s == nil:
		return "", charging.Errorf(charging.NotFound, "session: none runs there")
	case s.Transaction == "":
		return "", charging.Errorf(charging.Conflict, "session: it did not begin while the charger spoke OCPP 2.x, which cannot name it; unlock or reset ends it")
	default:
		return s.Transaction, nil
	}
}

// connectorOf is the connector of a port that an order is for: the named one,
// else the one that is shown, else the first.
func connectorOf(c *charging.Charger, port, connector int) int {
	if connector > 0 {
		return connector
	}
	if p := c.Port(port); p != nil && p.ShownConnector() > 0 {
		return p.ShownConnector()
	}
	return 1
}

func unlock(o *charging.UnlockOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	port, err := charging.OnlyPort(f.Charger, o.Port)
	return calls(v201.ActionUnlockConnector, err, put("evseId", port), put("connectorId", connectorOf(f.Charger, port, o.Connector)))
}

func (s speaker) reset(o *charging.ResetOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	word := "OnIdle"
	if o.Mode == "hard" {
		word = "Immediate"
	}
	if o.Resume {
		if word, _ = s.word(v201.ActionReset, "type", "ImmediateAndResume"); word == "" {
			return nil, lacks("resume", "only OCPP 2.1 can do that; leave it out")
		}
	}
	m := []ocpp.Field{put("type", word)}
	if o.Port > 0 {
		m = append(m, put("evseId", o.Port))
	}
	return calls(v201.ActionReset, charging.KnownPort(f.Charger, o.Port), m...)
}

func availability(o *charging.AvailabilityOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	word := "Inoperative"
	if *o.Operative {
		word = "Operative"
	}
	return calls(v201.ActionChangeAvailability, charging.KnownPort(f.Charger, o.Port), put("evse", evse(o.Port, o.Connector)), put("operationalStatus", word))
}

// triggered are the plain words for messages, and what 1.6 calls them.
var triggered = map[string]string{
	"boot": v201.ActionBootNotification, "heartbeat": v201.ActionHeartbeat, "status": v201.ActionStatusNotification,
	"meters": v201.ActionMeterValues, "session": v201.ActionTransactionEvent, "firmware": v201.ActionFirmwareStatusNotification,
	"diagnostics": v201.ActionLogStatusNotification, "log": v201.ActionLogStatusNotification,
	"diagnosticsstatusnotification": v201.ActionLogStatusNotification,
	"certificate":                   "SignChargingStationCertificate", "signchargepointcertificate": "SignChargingStationCertificate",
}

func (s speaker) trigger(o *charging.TriggerOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	given := triggered[strings.ToLower(o.Message)]
	if given == "" {
		given = o.Message
	}
	word, words := s.word(v201.ActionTriggerMessage, "requestedMessage", given)
	if word == "" {
		return nil, lacks("message", s.version()+" cannot ask for "+given+"; it can for "+strings.Join(words, ", "))
	}
	port, connector := o.Port, o.Connector
	if word == v201.ActionStatusNotification {
		// Only this message is about a connector, and must name it (F06.FR.13).
		var err error
		if port, err = charging.OnlyPort(f.Charger, port); err != nil {
			return nil, err
		}
		connector = connectorOf(f.Charger, port, connector)
	}
	return calls(v201.ActionTriggerMessage, charging.KnownPort(f.Charger, port), put("evse", evse(port, connector)), put("requestedMessage", word))
}

func (s speaker) reserve(o *charging.ReserveOrder, f *charging.OrderFacts) ([]charging.OrderCall, error) {
	id := o.ID
	if id == 0 {
		id = f.RequestID
	}
	m := []ocpp.Field{put("id", id), put("expiryDateTime", o.Expires.Time), put("connectorType", o.ConnectorType),
		put("idToken", token(o.Tag, o.TagType, central)), put("groupIdToken", group(o.GroupTag))}
	if o.Port > 0 {
		m = append(m, put("evseId", o.Port))
	}
	return calls(v201.ActionReserveNow, charging.KnownPort(f.Charger, o.Port), m...)
}
