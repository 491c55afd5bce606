package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// Message is the request of a call or a SEND, such as a *TransactionEvent.
type Message interface {
	// Action returns the action's name as the specification spells it.
	Action() string
	// AppendJSON appends the payload as the official schema has it.
	AppendJSON(dst []byte) []byte
}

// Response is the payload that answers a call.
type Response interface {
	// AppendJSON appends the payload as the official schema has it.
	AppendJSON(dst []byte) []byte
}

// Decoder reads one message. It fails only when nothing is left to act on.
type Decoder func(r *Reader) (Message, *ocpp.CallError)

// Reader is a payload that a Decoder reads.
type Reader struct {
	*ocpp.Cursor
	words *Words
}

// Other reads over a member that no decoder reads, and lists it unless it is
// customData, which may be in every object.
func (r *Reader) Other(o *ocpp.Object) {
	if o.Name == "customData" {
		r.Skip()
		return
	}
	o.Unknown()
}

// word reads a word of a list; nil stands for a list without an end.
func (r *Reader) word(o *ocpp.Object, words *ocpp.Words) string {
	if words == nil {
		return o.Text(0)
	}
	return o.Word(words)
}

// flag reads a truth value; one that is none is false.
func (r *Reader) flag(o *ocpp.Object) bool {
	v, _ := o.Bool()
	return v
}

// digits reads a number as text, also one in quotes, which is listed.
func (r *Reader) digits(o *ocpp.Object) string {
	if o.IsText() {
		r.Odd.AddDetail("quoted-number", o.Name)
		return o.Lines(0)
	}
	switch s := o.Raw(); s {
	case "null":
		r.Odd.AddDetail("null", o.Name)
		return ""
	default:
		return s
	}
}

// Words are the lists of words of one version that its chargers' messages are
// read with. A nil list has no end: the version leaves its words open.
type Words struct {
	TransactionEvent, TriggerReason, ChargingState, StopReason *ocpp.Words
	Context, Measurand, Phase, Location                        *ocpp.Words
	IDTokenType, ConnectorStatus, BootReason                   *ocpp.Words
	EventTrigger, EventNotification                            *ocpp.Words
	AttributeType, Mutability                                  *ocpp.Words
	HashAlgorithm, SigningUse, CertificateAction               *ocpp.Words
	OperationMode, Preconditioning                             *ocpp.Words
}

var words201 = Words{
	TransactionEvent: &transactionEventWords, TriggerReason: &triggerReasonWords,
	ChargingState: &chargingStateWords, StopReason: &reasonWords,
	Context: &readingContextWords, Measurand: &measurandWords, Phase: &phaseWords, Location: &locationWords,
	IDTokenType: &idTokenWords, ConnectorStatus: &connectorStatusWords, BootReason: &bootReasonWords,
	EventTrigger: &eventTriggerWords, EventNotification: &eventNotificationWords,
	AttributeType: &attributeWords, Mutability: &mutabilityWords,
	HashAlgorithm: &hashAlgorithmWords, SigningUse: &certificateSigningUseWords,
	CertificateAction: &certificateActionWords,
}

// Codec reads the messages of one of the versions that share them.
type Codec struct {
	Version ocpp.Version
	Table   *ocpp.Table
	Words   Words
	// Own are the decoders of what only this version has.
	Own map[string]Decoder
	// Notices are the notices that only this version has.
	Notices map[string]NoticeForm
}

var codec = Codec{Version: ocpp.V201, Table: Table, Words: words201}

// Decode reads what a charger sent. It tolerates what leaves something to act
// on and lists it as oddities: other letter case of the action, long texts,
// unknown words, wrong scalar types, absent and unknown members, members as 1.6
// has them, broken JSON that ocpp.Repair mends. A TransactionEvent is never
// refused once its JSON can be read. Of a signed message, whose action ends with
// "-Signed", the payload inside is read; its signature is not checked. The
// message keeps nothing of payload.
func Decode(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	return codec.Decode(action, payload)
}

// DecodeStrict reads what a charger sent and refuses everything that the
// official schemas do not allow.
func DecodeStrict(action string, payload []byte) (Message, []string, *ocpp.CallError) {
	return codec.DecodeStrict(action, payload)
}
