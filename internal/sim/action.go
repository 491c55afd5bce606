package sim

// action is an OCPP action that a charger calls.
type action uint8

const (
	bootNotification action = iota
	heartbeat
	statusNotification
	authorize
	startTransaction
	meterValues
	stopTransaction
	transactionEvent
	notifyEvent
	notifyReport
	securityEvent
	diagnosticsStatus
	logStatus
	firmwareStatus
	signedFirmwareStatus
	publishFirmwareStatus
	signCertificate
	dataTransfer
	reservationStatus
	reportProfiles
	notifyMonitoringReport
	notifyCustomerInformation
	notifyDisplayMessages
	notifyPriorityCharging
	reportDERControl
	notifyDERStartStop
	batterySwap
	actionCount
)

var actionNames = [actionCount]string{"BootNotification", "Heartbeat", "StatusNotification", "Authorize",
	"StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent", "NotifyEvent", "NotifyReport",
	"SecurityEventNotification", "DiagnosticsStatusNotification", "LogStatusNotification",
	"FirmwareStatusNotification", "SignedFirmwareStatusNotification", "PublishFirmwareStatusNotification",
	"SignCertificate", "DataTransfer", "ReservationStatusUpdate", "ReportChargingProfiles",
	"NotifyMonitoringReport", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyPriorityCharging",
	"ReportDERControl", "NotifyDERStartStop", "BatterySwap"}

// ofTransaction says whether a message is kept until it is answered.
func (a action) ofTransaction() bool {
	switch a {
	case startTransaction, meterValues, stopTransaction, transactionEvent:
		return true
	}
	return false
}
