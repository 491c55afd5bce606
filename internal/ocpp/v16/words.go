package v16

import (
	"slices"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// The lists of words of OCPP 1.6, each with the oddity that lists a word
// outside it. They stand both in the message table and behind the decoders.
var (
	statusWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing", "Reserved", "Unavailable",
		"Faulted"}}
	errorCodeWords = ocpp.Words{Oddity: "unknown-error-code", List: []string{
		"ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
		"LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "PowerMeterFailure", "PowerSwitchFailure",
		"ReaderFailure", "ResetFailure", "UnderVoltage", "OverVoltage", "WeakSignal"}}
	reasonWords = ocpp.Words{Oddity: "unknown-reason", List: []string{
		"EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote", "SoftReset",
		"UnlockCommand", "DeAuthorized"}}
	contextWords = ocpp.Words{Oddity: "unknown-context", List: []string{
		"Interruption.Begin", "Interruption.End", "Sample.Clock", "Sample.Periodic", "Transaction.Begin",
		"Transaction.End", "Trigger", "Other"}}
	formatWords    = ocpp.Words{Oddity: "unknown-format", List: []string{"Raw", "SignedData"}}
	measurandWords = ocpp.Words{Oddity: "unknown-measurand", List: []string{
		"Energy.Active.Export.Register", "Energy.Active.Import.Register", "Energy.Reactive.Export.Register",
		"Energy.Reactive.Import.Register", "Energy.Active.Export.Interval", "Energy.Active.Import.Interval",
		"Energy.Reactive.Export.Interval", "Energy.Reactive.Import.Interval", "Power.Active.Export",
		"Power.Active.Import", "Power.Offered", "Power.Reactive.Export", "Power.Reactive.Import", "Power.Factor",
		"Current.Import", "Current.Export", "Current.Offered", "Voltage", "Frequency", "Temperature", "SoC", "RPM"}}
	phaseWords = ocpp.Words{Oddity: "unknown-phase", List: []string{
		"L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"}}
	locationWords = ocpp.Words{Oddity: "unknown-location", List: []string{"Cable", "EV", "Inlet", "Outlet", "Body"}}
	unitWords     = ocpp.Words{Oddity: "unknown-unit", List: []string{
		"Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K", "Celcius", "Celsius",
		"Fahrenheit", "Percent"}}
	diagnosticsWords = ocpp.Words{Oddity: "unknown-status", List: []string{"Idle", "Uploaded", "UploadFailed", "Uploading"}}
	firmwareWords    = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed"}}
	signedFirmwareWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle",
		"InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled",
		"InstallVerificationFailed", "InvalidSignature", "SignatureVerified"}}
	uploadLogWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading"}}

	registrationWords  = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Pending", "Rejected"}}
	authorizationWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"}}
	acceptWords       = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Rejected"}}
	dataTransferWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"}}
	availabilityWords       = ocpp.Words{Oddity: "unknown-type", List: []string{"Inoperative", "Operative"}}
	availabilityStatusWords = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Rejected", "Scheduled"}}
	configurationWords      = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Rejected", "RebootRequired", "NotSupported"}}
	resetWords   = ocpp.Words{Oddity: "unknown-type", List: []string{"Hard", "Soft"}}
	triggerWords = ocpp.Words{Oddity: "unknown-message", List: []string{
		"BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
		"StatusNotification"}}
	extendedTriggerWords = ocpp.Words{Oddity: "unknown-message", List: []string{
		"BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
		"SignChargePointCertificate", "StatusNotification"}}
	triggerStatusWords = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Rejected", "NotImplemented"}}
	unlockWords        = ocpp.Words{Oddity: "unknown-status", List: []string{"Unlocked", "UnlockFailed", "NotSupported"}}

	purposeWords = ocpp.Words{Oddity: "unknown-purpose", List: []string{
		"ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"}}
	profileKindWords   = ocpp.Words{Oddity: "unknown-kind", List: []string{"Absolute", "Recurring", "Relative"}}
	recurrencyWords    = ocpp.Words{Oddity: "unknown-recurrency", List: []string{"Daily", "Weekly"}}
	rateUnitWords      = ocpp.Words{Oddity: "unknown-unit", List: []string{"A", "W"}}
	profileStatusWords = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Rejected", "NotSupported"}}
	clearProfileWords  = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Unknown"}}
	reserveWords       = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"}}
	updateTypeWords = ocpp.Words{Oddity: "unknown-type", List: []string{"Differential", "Full"}}
	localListWords  = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Failed", "NotSupported", "VersionMismatch"}}

	hashWords           = ocpp.Words{Oddity: "unknown-hash", List: []string{"SHA256", "SHA384", "SHA512"}}
	certificateUseWords = ocpp.Words{Oddity: "unknown-type", List: []string{"CentralSystemRootCertificate", "ManufacturerRootCertificate"}}
	deleteWords         = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Failed", "NotFound"}}
	installedWords      = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "NotFound"}}
	installWords        = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Failed", "Rejected"}}
	logWords            = ocpp.Words{Oddity: "unknown-type", List: []string{"DiagnosticsLog", "SecurityLog"}}
	logStatusWords      = ocpp.Words{Oddity: "unknown-status", List: []string{"Accepted", "Rejected", "AcceptedCanceled"}}
	updateFirmwareWords = ocpp.Words{Oddity: "unknown-status", List: []string{
		"Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"}}
)

// IsStatus reports whether word is one of the statuses of OCPP 1.6 §7.7.
func IsStatus(word string) bool { return slices.Contains(statusWords.List, word) }

// IsErrorCode reports whether word is one of the error codes of OCPP 1.6 §7.6.
func IsErrorCode(word string) bool { return slices.Contains(errorCodeWords.List, word) }
