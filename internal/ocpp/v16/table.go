package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// Table is the message table of OCPP 1.6 and its security extension: every
// action, its direction, and the members of its request and response. A test
// compares it with the official schemas.
var Table = ocpp.NewTable(ocpp.V16, notifications, commands, securityCommands)

// The actions that chargers send.
const (
	ActionAuthorize                        = "Authorize"
	ActionBootNotification                 = "BootNotification"
	ActionDataTransfer                     = "DataTransfer"
	ActionDiagnosticsStatusNotification    = "DiagnosticsStatusNotification"
	ActionFirmwareStatusNotification       = "FirmwareStatusNotification"
	ActionHeartbeat                        = "Heartbeat"
	ActionMeterValues                      = "MeterValues"
	ActionStartTransaction                 = "StartTransaction"
	ActionStatusNotification               = "StatusNotification"
	ActionStopTransaction                  = "StopTransaction"
	ActionLogStatusNotification            = "LogStatusNotification"
	ActionSecurityEventNotification        = "SecurityEventNotification"
	ActionSignCertificate                  = "SignCertificate"
	ActionSignedFirmwareStatusNotification = "SignedFirmwareStatusNotification"
)

// Parts that several messages share.
var (
	idTagInfoMembers = []ocpp.Member{
		ocpp.DateTime("expiryDate"), ocpp.Text("parentIdTag", 20), ocpp.Enum("status", &authorizationWords).Must()}

	meterValueMembers = []ocpp.Member{
		ocpp.DateTime("timestamp").Must(),
		ocpp.Nested("sampledValue",
			ocpp.Text("value", 0).Must(),
			ocpp.Enum("context", &contextWords),
			ocpp.Enum("format", &formatWords),
			ocpp.Enum("measurand", &measurandWords),
			ocpp.Enum("phase", &phaseWords),
			ocpp.Enum("location", &locationWords),
			ocpp.Enum("unit", &unitWords)).Listed(0).Must()}

	none = []ocpp.Member{}
)

// notifications are the actions that chargers send, and DataTransfer, which
// goes both ways.
var notifications = []ocpp.Action{
	{Name: ActionAuthorize, Direction: ocpp.FromCharger,
		Request:  []ocpp.Member{ocpp.Text("idTag", 20).Must()},
		Response: []ocpp.Member{ocpp.Nested("idTagInfo", idTagInfoMembers...).Must()}},
	{Name: ActionBootNotification, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Text("chargePointVendor", 20).Must(), ocpp.Text("chargePointModel", 20).Must(),
			ocpp.Text("chargePointSerialNumber", 25), ocpp.Text("chargeBoxSerialNumber", 25),
			ocpp.Text("firmwareVersion", 50), ocpp.Text("iccid", 20), ocpp.Text("imsi", 20), ocpp.Text("meterType", 25),
			ocpp.Text("meterSerialNumber", 25)},
		Response: []ocpp.Member{
			ocpp.Enum("status", &registrationWords).Must(), ocpp.DateTime("currentTime").Must(),
			ocpp.Integer("interval").Must()}},
	{Name: ActionDataTransfer, Direction: ocpp.FromCharger | ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Text("vendorId", 255).Must(), ocpp.Text("messageId", 50), ocpp.Text("data", 0)},
		Response: []ocpp.Member{ocpp.Enum("status", &dataTransferWords).Must(), ocpp.Text("data", 0)}},
	{Name: ActionDiagnosticsStatusNotification, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{ocpp.Enum("status", &diagnosticsWords).Must()}, Response: none},
	{Name: ActionFirmwareStatusNotification, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{ocpp.Enum("status", &firmwareWords).Must()}, Response: none},
	{Name: ActionHeartbeat, Direction: ocpp.FromCharger,
		Request: none, Response: []ocpp.Member{ocpp.DateTime("currentTime").Must()}},
	{Name: ActionMeterValues, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.Integer("transactionId"),
			ocpp.Nested("meterValue", meterValueMembers...).Listed(0).Must()},
		Response: none},
	{Name: ActionStartTransaction, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.Text("idTag", 20).Must(), ocpp.Integer("meterStart").Must(),
			ocpp.Integer("reservationId"), ocpp.DateTime("timestamp").Must()},
		Response: []ocpp.Member{
			ocpp.Nested("idTagInfo", idTagInfoMembers...).Must(), ocpp.Integer("transactionId").Must()}},
	{Name: ActionStatusNotification, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Integer("connectorId").Must(), ocpp.Enum("errorCode", &errorCodeWords).Must(), ocpp.Text("info", 50),
			ocpp.Enum("status", &statusWords).Must(), ocpp.DateTime("timestamp"), ocpp.Text("vendorId", 255),
			ocpp.Text("vendorErrorCode", 50)},
		Response: none},
	{Name: ActionStopTransaction, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Text("idTag", 20), ocpp.Integer("meterStop").Must(), ocpp.DateTime("timestamp").Must(),
			ocpp.Integer("transactionId").Must(), ocpp.Enum("reason", &reasonWords),
			ocpp.Nested("transactionData", meterValueMembers...).Listed(0)},
		Response: []ocpp.Member{ocpp.Nested("idTagInfo", idTagInfoMembers...)}},
	{Name: ActionLogStatusNotification, Direction: ocpp.FromCharger,
		Request:  []ocpp.Member{ocpp.Enum("status", &uploadLogWords).Must(), ocpp.Integer("requestId")},
		Response: none},
	{Name: ActionSecurityEventNotification, Direction: ocpp.FromCharger,
		Request: []ocpp.Member{
			ocpp.Text("type", 50).Must(), ocpp.DateTime("timestamp").Must(), ocpp.Text("techInfo", 255)},
		Response: none},
	{Name: ActionSignCertificate, Direction: ocpp.FromCharger,
		Request:  []ocpp.Member{ocpp.Text("csr", 5500).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &acceptWords).Must()}},
	{Name: ActionSignedFirmwareStatusNotification, Direction: ocpp.FromCharger,
		Request:  []ocpp.Member{ocpp.Enum("status", &signedFirmwareWords).Must(), ocpp.Integer("requestId")},
		Response: none},
}
