package store

// words are packed as one byte, their place in this list. It is stored: add to
// its end, change nothing in it; at most 255.
var words = []string{
	"Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable",
	"Faulted", "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
	"LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "OverVoltage", "PowerMeterFailure",
	"PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal", "Accepted", "Blocked",
	"Expired", "Invalid", "ConcurrentTx", "DeAuthorized", "EmergencyStop", "EVDisconnected", "HardReset", "Local",
	"Other", "PowerLoss", "Reboot", "Remote", "SoftReset", "UnlockCommand", "Superseded", "StopMissing",
	"NoMorePower", "ocpp1.6", "ocpp2.0.1", "ocpp2.1",
	"Idle", "EVConnected", "Occupied", "EnergyLimitReached", "GroundFault", "ImmediateReset", "LocalOutOfCredit",
	"MasterPass", "OvercurrentFault", "PowerQuality", "ReqEnergyTransferRejected", "SOCLimitReached", "StoppedByEV",
	"TimeLimitReached", "Timeout", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown",
	"Pending", "Rejected", "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset",
	"ScheduledReset", "Triggered", "Watchdog",
}

var wordCodes = func() map[string]byte {
	codes := make(map[string]byte, len(words))
	for i, word := range words {
		codes[word] = byte(i + 1)
	}
	return codes
}()
