package charging

import "time"

// Call is one call to a charger, as the gateway sends it.
type Call struct {
	ChargerID ID
	// Protocol is the one that the call is of, such as "ocpp1.6": over a
	// connection that speaks another it is not sent. "" for whichever it is.
	Protocol string
	Action   string
	Payload  []byte        // JSON object that fits the connection's version
	Timeout  time.Duration // for the answer, from sending on; 0 for the default
	// Deadline is when it must have left; zero for never. It is not sent later.
	Deadline time.Time
	// Background lets every other waiting call go first.
	Background bool
	// Sent is called once, before the frame leaves, with its message id; nil
	// for nothing. It must be quick and must not call the gateway.
	Sent func(messageID string, at time.Time)
}

// Answer is what became of a Call. Its status is final.
type Answer struct {
	Status     CommandStatus
	MessageID  string // "" when it was not sent
	SentAt     time.Time
	AnsweredAt time.Time
	Response   []byte        // JSON when Status is CommandAnswered
	Error      *CommandError // otherwise: why, in plain words
}
