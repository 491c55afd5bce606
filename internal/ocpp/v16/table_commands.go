package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// The actions of the core and of the optional profiles that go to chargers.
const (
	ActionCancelReservation      = "CancelReservation"
	ActionChangeAvailability     = "ChangeAvailability"
	ActionChangeConfiguration    = "ChangeConfiguration"
	ActionClearCache             = "ClearCache"
	ActionClearChargingProfile   = "ClearChargingProfile"
	ActionGetCompositeSchedule   = "GetCompositeSchedule"
	ActionGetConfiguration       = "GetConfiguration"
	ActionGetDiagnostics         = "GetDiagnostics"
	ActionGetLocalListVersion    = "GetLocalListVersion"
	ActionRemoteStartTransaction = "RemoteStartTransaction"
	ActionRemoteStopTransaction  = "RemoteStopTransaction"
	ActionReserveNow             = "ReserveNow"
	ActionReset                  = "Reset"
	ActionSendLocalList          = "SendLocalList"
	ActionSetChargingProfile     = "SetChargingProfile"
	ActionTriggerMessage         = "TriggerMessage"
	ActionUnlockConnector        = "UnlockConnector"
	ActionUpdateFirmware         = "UpdateFirmware"
)

var (
	chargingScheduleMembers = []ocpp.Member{
		ocpp.Integer("duration"), ocpp.DateTime("startSchedule"), ocpp.Enum("chargingRateUnit", &rateUnitWords).Must(),
		ocpp.Nested("chargingSchedulePeriod",
			ocpp.Integer("startPeriod").Must(), ocpp.Decimal("limit").Must(), ocpp.Integer("numberPhases")).Listed(0).Must(),
		ocpp.Decimal("minChargingRate")}

	chargingProfileMembers = []ocpp.Member{
		ocpp.Integer("chargingProfileId").Must(), ocpp.Integer("transactionId"), ocpp.Integer("stackLevel").Must(),
		ocpp.Enum("chargingProfilePurpose", &purposeWords).Must(), ocpp.Enum("chargingProfileKind", &profileKindWords).Must(),
		ocpp.Enum("recurrencyKind", &recurrencyWords), ocpp.DateTime("validFrom"), ocpp.DateTime("validTo"),
		ocpp.Nested("chargingSchedule", chargingScheduleMembers...).Must()}

	acceptResponse = []ocpp.Member{ocpp.Enum("status", &acceptWords).Must()}
)

// commands are the actions of the core and the optional profiles that go to
// chargers.
var commands = []ocpp.Action{
	{Name: ActionCancelReservation, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Integer("reservationId").Must()}, Response: acceptResponse},
	{Name: ActionChangeAvailability, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Integer("connectorId").Must(), ocpp.Enum("type", &availabilityWords).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &availabilityStatusWords).Must()}},
	{Name: ActionChangeConfiguration, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Text("key", 50).Must(), ocpp.Text("value", 500).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &configurationWords).Must()}},
	{Name: ActionClearCache, Direction: ocpp.ToCharger, Request: none, Response: acceptResponse},
	{Name: ActionClearChargingProfile, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("id"), ocpp.Integer("connectorId"), ocpp.Enum("chargingProfilePurpose", &purposeWords),
			ocpp.Integer("stackLevel")},
		Response: []ocpp.Member{ocpp.Enum("status", &clearProfileWords).Must()}},
	{Name: ActionGetCompositeSchedule, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.Integer("duration").Must(), ocpp.Enum("chargingRateUnit", &rateUnitWords)},
		Response: []ocpp.Member{
			ocpp.Enum("status", &acceptWords).Must(), ocpp.Integer("connectorId"), ocpp.DateTime("scheduleStart"),
			ocpp.Nested("chargingSchedule", chargingScheduleMembers...)}},
	{Name: ActionGetConfiguration, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Text("key", 50).Listed(0)},
		Response: []ocpp.Member{
			ocpp.Nested("configurationKey",
				ocpp.Text("key", 50).Must(), ocpp.Boolean("readonly").Must(), ocpp.Text("value", 500)).Listed(0),
			ocpp.Text("unknownKey", 50).Listed(0)}},
	{Name: ActionGetDiagnostics, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.URI("location").Must(), ocpp.Integer("retries"), ocpp.Integer("retryInterval"), ocpp.DateTime("startTime"),
			ocpp.DateTime("stopTime")},
		Response: []ocpp.Member{ocpp.Text("fileName", 255)}},
	{Name: ActionGetLocalListVersion, Direction: ocpp.ToCharger,
		Request: none, Response: []ocpp.Member{ocpp.Integer("listVersion").Must()}},
	{Name: ActionRemoteStartTransaction, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId"), ocpp.Text("idTag", 20).Must(),
			ocpp.Nested("chargingProfile", chargingProfileMembers...)},
		Response: acceptResponse},
	{Name: ActionRemoteStopTransaction, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Integer("transactionId").Must()}, Response: acceptResponse},
	{Name: ActionReserveNow, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.DateTime("expiryDate").Must(), ocpp.Text("idTag", 20).Must(),
			ocpp.Text("parentIdTag", 20), ocpp.Integer("reservationId").Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &reserveWords).Must()}},
	{Name: ActionReset, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Enum("type", &resetWords).Must()}, Response: acceptResponse},
	{Name: ActionSendLocalList, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("listVersion").Must(),
			ocpp.Nested("localAuthorizationList",
				ocpp.Text("idTag", 20).Must(), ocpp.Nested("idTagInfo", idTagInfoMembers...)).Listed(0),
			ocpp.Enum("updateType", &updateTypeWords).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &localListWords).Must()}},
	{Name: ActionSetChargingProfile, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.Nested("csChargingProfiles", chargingProfileMembers...).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &profileStatusWords).Must()}},
	{Name: ActionTriggerMessage, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Enum("requestedMessage", &triggerWords).Must(), ocpp.Integer("connectorId")},
		Response: []ocpp.Member{ocpp.Enum("status", &triggerStatusWords).Must()}},
	{Name: ActionUnlockConnector, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Integer("connectorId").Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &unlockWords).Must()}},
	{Name: ActionUpdateFirmware, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.URI("location").Must(), ocpp.Integer("retries"), ocpp.DateTime("retrieveDate").Must(),
			ocpp.Integer("retryInterval")},
		Response: none},
}
