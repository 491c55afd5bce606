package charging

import "time"

// Message is one call between a charger and the server with its answer, as
// they were on the wire, secrets replaced (contract section 11).
type Message struct {
	ID        int64 // of the sequence IDMessage
	ChargerID ID
	Identity  string // the charger's OCPP identity
	Protocol  string // "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
	// FromCharger says who called.
	FromCharger bool
	Action      string // as the specification spells it, else as sent
	MessageID   string // the caller's id of the call
	At          time.Time
	// Answered is when the answer was sent or came; zero while there is none.
	Answered time.Time
	Payload  []byte // JSON of the call
	// Response is the JSON of the answer; a refusal is an object of errorCode,
	// errorDescription and errorDetails. Nil while there is none, and for SEND.
	Response []byte
}

// MessageQuery asks for raw messages of one charger, newest first.
type MessageQuery struct {
	ChargerID ID
	From, To  time.Time // of Message.At, both included
	Actions   []string  // exact; none for all
	Before    int64     // id; 0 for the newest
	Limit     int
}
