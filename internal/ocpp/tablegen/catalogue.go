package main

import "strings"

// edition is what the schemas of a version do not say.
type edition struct {
	folder  string // of the package, and its name
	version string // the constant of package ocpp
	blocks  []block
	// wordNames names lists of words, by the definition or, where the schemas
	// have none, by the message and member that has it first.
	wordNames map[string]string
}

// block is a group of actions that stands in a file of its own.
type block struct {
	name  string
	about string
	// The actions that chargers send, that go to them, and that go both ways.
	from, to, both string
}

func (b block) file() string { return "table_" + strings.ToLower(b.name) + ".go" }

// sends are the actions that are a SEND, which nobody answers.
var sends = map[string]bool{"NotifyPeriodicEventStream": true}

var editions = map[string]edition{
	"1.6":   {folder: "v16", version: "ocpp.V16", blocks: blocks16, wordNames: wordNames16},
	"2.0.1": {folder: "v201", version: "ocpp.V201", blocks: blocks2x},
	"2.1":   {folder: "v21", version: "ocpp.V21", blocks: blocks2x},
}

var blocks16 = []block{
	{name: "notifications", about: "the actions of the core and the optional profiles that chargers send",
		from: "Authorize BootNotification DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat MeterValues " +
			"StartTransaction StatusNotification StopTransaction",
		both: "DataTransfer"},
	{name: "commands", about: "the actions of the core and the optional profiles that go to chargers",
		to: "CancelReservation ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile " +
			"GetCompositeSchedule GetConfiguration GetDiagnostics GetLocalListVersion RemoteStartTransaction " +
			"RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile TriggerMessage UnlockConnector " +
			"UpdateFirmware"},
	{name: "security", about: "the actions of the security extension",
		from: "LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification",
		to: "CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog " +
			"InstallCertificate SignedUpdateFirmware"},
}

// blocks2x are the actions of 2.1; 2.0.1 has those of them that its schemas
// have.
var blocks2x = []block{
	{name: "provisioning", about: "the actions of boot, device model and connection",
		from: "BootNotification Heartbeat NotifyReport",
		to:   "GetBaseReport GetReport GetVariables Reset SetNetworkProfile SetVariables"},
	{name: "authorization", about: "the actions of access IDs and local lists",
		from: "Authorize", to: "ClearCache GetLocalListVersion SendLocalList"},
	{name: "transactions", about: "the actions of transactions, meters and remote control",
		from: "MeterValues StatusNotification TransactionEvent",
		to: "ChangeAvailability CostUpdated GetTransactionStatus RequestStartTransaction RequestStopTransaction " +
			"TriggerMessage UnlockConnector",
		both: "DataTransfer"},
	{name: "reservations", about: "the actions of reservations",
		from: "ReservationStatusUpdate", to: "CancelReservation ReserveNow"},
	{name: "smartCharging", about: "the actions of smart charging",
		from: "ClearedChargingLimit NotifyChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule " +
			"NotifyPriorityCharging PullDynamicScheduleUpdate ReportChargingProfiles",
		to: "AFRRSignal ClearChargingProfile GetChargingProfiles GetCompositeSchedule NotifyAllowedEnergyTransfer " +
			"SetChargingProfile UpdateDynamicSchedule UsePriorityCharging"},
	{name: "security", about: "the actions of certificates and security events",
		from: "Get15118EVCertificate GetCertificateChainStatus GetCertificateStatus SecurityEventNotification " +
			"SignCertificate",
		to: "CertificateSigned DeleteCertificate GetInstalledCertificateIds InstallCertificate"},
	{name: "firmware", about: "the actions of firmware",
		from: "FirmwareStatusNotification PublishFirmwareStatusNotification",
		to:   "PublishFirmware UnpublishFirmware UpdateFirmware"},
	{name: "diagnostics", about: "the actions of logs, monitors, event streams and customer data",
		from: "ClosePeriodicEventStream LogStatusNotification NotifyCustomerInformation NotifyEvent " +
			"NotifyMonitoringReport NotifyPeriodicEventStream OpenPeriodicEventStream",
		to: "AdjustPeriodicEventStream ClearVariableMonitoring CustomerInformation GetLog GetMonitoringReport " +
			"GetPeriodicEventStream SetMonitoringBase SetMonitoringLevel SetVariableMonitoring"},
	{name: "display", about: "the actions of displayed messages",
		from: "NotifyDisplayMessages", to: "ClearDisplayMessage GetDisplayMessages SetDisplayMessage"},
	{name: "payment", about: "the actions of tariffs and payment",
		from: "NotifySettlement VatNumberValidation",
		to:   "ChangeTransactionTariff ClearTariffs GetTariffs NotifyWebPaymentStarted SetDefaultTariff"},
	{name: "grid", about: "the actions of grid support and battery swap",
		from: "BatterySwap NotifyDERAlarm NotifyDERStartStop ReportDERControl",
		to:   "ClearDERControl GetDERControl RequestBatterySwap SetDERControl"},
}

var wordNames16 = map[string]string{
	"AuthorizeResponse.status":                           "authorization",
	"BootNotificationResponse.status":                    "registration",
	"CancelReservationResponse.status":                   "accept",
	"ChangeAvailabilityRequest.type":                     "availability",
	"ChangeAvailabilityResponse.status":                  "availabilityStatus",
	"ChangeConfigurationResponse.status":                 "configuration",
	"ClearChargingProfileRequest.chargingProfilePurpose": "purpose",
	"ClearChargingProfileResponse.status":                "clearProfile",
	"DataTransferResponse.status":                        "dataTransfer",
	"DiagnosticsStatusNotificationRequest.status":        "diagnostics",
	"FirmwareStatusEnumType":                             "signedFirmware",
	"FirmwareStatusNotificationRequest.status":           "firmware",
	"GetCompositeScheduleRequest.chargingRateUnit":       "rateUnit",
	"MessageTriggerEnumType":                             "extendedTrigger",
	"MeterValuesRequest.context":                         "context",
	"MeterValuesRequest.format":                          "format",
	"MeterValuesRequest.location":                        "location",
	"MeterValuesRequest.measurand":                       "measurand",
	"MeterValuesRequest.phase":                           "phase",
	"MeterValuesRequest.unit":                            "unit",
	"RemoteStartTransactionRequest.chargingProfileKind":  "profileKind",
	"RemoteStartTransactionRequest.recurrencyKind":       "recurrency",
	"ReserveNowResponse.status":                          "reserve",
	"ResetRequest.type":                                  "reset",
	"SendLocalListRequest.updateType":                    "updateType",
	"SendLocalListResponse.status":                       "localList",
	"SetChargingProfileResponse.status":                  "profileStatus",
	"StatusNotificationRequest.errorCode":                "errorCode",
	"StatusNotificationRequest.status":                   "status",
	"StopTransactionRequest.reason":                      "reason",
	"TriggerMessageRequest.requestedMessage":             "trigger",
	"TriggerMessageResponse.status":                      "triggerStatus",
	"TriggerMessageStatusEnumType":                       "extendedTriggerStatus",
	"UnlockConnectorResponse.status":                     "unlock",
	"UploadLogStatusEnumType":                            "uploadLog",
}
