package v21

import (
	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

var codec = v201.Codec{
	Version: ocpp.V21,
	Table:   Table,
	Words: v201.Words{
		TransactionEvent: &transactionEventWords, TriggerReason: &triggerReasonWords,
		ChargingState: &chargingStateWords, StopReason: &reasonWords,
		Context: &readingContextWords, Measurand: &measurandWords, Phase: &phaseWords, Location: &locationWords,
		ConnectorStatus: &connectorStatusWords, BootReason: &bootReasonWords,
		EventTrigger: &eventTriggerWords, EventNotification: &eventNotificationWords,
		AttributeType: &attributeWords, Mutability: &mutabilityWords,
		HashAlgorithm: &hashAlgorithmWords, SigningUse: &certificateSigningUseWords,
		CertificateAction: &certificateActionWords,
		OperationMode:     &operationModeWords, Preconditioning: &preconditioningStatusWords,
	},
	Own: map[string]v201.Decoder{
		ActionGetCertificateChainStatus: decodeGetCertificateChainStatus,
		ActionVatNumberValidation:       decodeVatNumberValidation,
	},
	Notices: map[string]v201.NoticeForm{
		ActionBatterySwap:               {Status: "eventType"},
		ActionNotifyDERAlarm:            {Status: "controlType"},
		ActionNotifyPeriodicEventStream: {Time: "basetime"},
		ActionNotifySettlement:          {Time: "settlementTime"},
	},
}

// Decode reads what a charger sent, as v201.Decode does.
func Decode(action string, payload []byte) (v201.Message, []string, *ocpp.CallError) {
	return codec.Decode(action, payload)
}

// DecodeStrict reads what a charger sent and refuses everything that the
// official schemas do not allow.
func DecodeStrict(action string, payload []byte) (v201.Message, []string, *ocpp.CallError) {
	return codec.DecodeStrict(action, payload)
}
