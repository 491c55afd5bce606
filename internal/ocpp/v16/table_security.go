package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// The actions of the security extension that go to chargers.
const (
	ActionCertificateSigned          = "CertificateSigned"
	ActionDeleteCertificate          = "DeleteCertificate"
	ActionExtendedTriggerMessage     = "ExtendedTriggerMessage"
	ActionGetInstalledCertificateIDs = "GetInstalledCertificateIds"
	ActionGetLog                     = "GetLog"
	ActionInstallCertificate         = "InstallCertificate"
	ActionSignedUpdateFirmware       = "SignedUpdateFirmware"
)

var certificateHashMembers = []ocpp.Member{
	ocpp.Enum("hashAlgorithm", &hashWords).Must(), ocpp.Text("issuerNameHash", 128).Must(),
	ocpp.Text("issuerKeyHash", 128).Must(), ocpp.Text("serialNumber", 40).Must()}

// securityCommands are the actions of the security extension that go to
// chargers.
var securityCommands = []ocpp.Action{
	{Name: ActionCertificateSigned, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Text("certificateChain", 10000).Must()}, Response: acceptResponse},
	{Name: ActionDeleteCertificate, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Nested("certificateHashData", certificateHashMembers...).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &deleteWords).Must()}},
	{Name: ActionExtendedTriggerMessage, Direction: ocpp.ToCharger,
		Request:  []ocpp.Member{ocpp.Enum("requestedMessage", &extendedTriggerWords).Must(), ocpp.Integer("connectorId")},
		Response: []ocpp.Member{ocpp.Enum("status", &triggerStatusWords).Must()}},
	{Name: ActionGetInstalledCertificateIDs, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{ocpp.Enum("certificateType", &certificateUseWords).Must()},
		Response: []ocpp.Member{
			ocpp.Nested("certificateHashData", certificateHashMembers...).Listed(1),
			ocpp.Enum("status", &installedWords).Must()}},
	{Name: ActionGetLog, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Nested("log", ocpp.Text("remoteLocation", 512).Must(), ocpp.DateTime("oldestTimestamp"),
				ocpp.DateTime("latestTimestamp")).Must(),
			ocpp.Enum("logType", &logWords).Must(), ocpp.Integer("requestId").Must(), ocpp.Integer("retries"),
			ocpp.Integer("retryInterval")},
		Response: []ocpp.Member{ocpp.Enum("status", &logStatusWords).Must(), ocpp.Text("filename", 255)}},
	{Name: ActionInstallCertificate, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Enum("certificateType", &certificateUseWords).Must(), ocpp.Text("certificate", 5500).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &installWords).Must()}},
	{Name: ActionSignedUpdateFirmware, Direction: ocpp.ToCharger,
		Request: []ocpp.Member{
			ocpp.Integer("retries"), ocpp.Integer("retryInterval"), ocpp.Integer("requestId").Must(),
			ocpp.Nested("firmware", ocpp.Text("location", 512).Must(), ocpp.DateTime("retrieveDateTime").Must(),
				ocpp.DateTime("installDateTime"), ocpp.Text("signingCertificate", 5500).Must(),
				ocpp.Text("signature", 800).Must()).Must()},
		Response: []ocpp.Member{ocpp.Enum("status", &updateFirmwareWords).Must()}},
}
