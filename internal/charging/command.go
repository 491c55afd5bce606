package charging

import "time"

// CommandStatus says how far a command has come.
type CommandStatus string

// The statuses of a command. All but queued and sent are final.
const (
	CommandQueued         CommandStatus = "queued"
	CommandSent           CommandStatus = "sent"
	CommandAnswered       CommandStatus = "answered"
	CommandRefused        CommandStatus = "refused" // by a CALLERROR
	CommandTimedOut       CommandStatus = "timedOut"
	CommandNotConnected   CommandStatus = "notConnected"
	CommandConnectionLost CommandStatus = "connectionLost"
	CommandUnknown        CommandStatus = "unknown" // the server ended in between
)

// Final reports whether nothing more comes.
func (s CommandStatus) Final() bool { return s != CommandQueued && s != CommandSent }

// Command is a call from us to a charger, kept for audit: who wanted what,
// when, and what came of it. It is immutable once stored; changes are copies.
type Command struct {
	ID        ID
	ChargerID ID
	Actor     string // "key Depot display", "upkeep", "command line"
	KeyID     ID     // of the API key; 0 for none
	// Order is the everyday word that it was given in, such as "start"; "" for
	// a raw one.
	Order    string
	Action   string
	Payload  []byte // JSON; secrets replaced once it was sent
	Protocol string // of the connection it was checked for
	// MessageID is the id of the call on the wire; "" while it was not sent.
	MessageID  string
	Status     CommandStatus
	Response   []byte // JSON of the answer; nil for none
	Error      *CommandError
	CreatedAt  time.Time
	Deadline   time.Time // it is never sent after
	SentAt     time.Time // zero for never
	AnsweredAt time.Time // zero for never
	// IdempotencyKey is the client's; "" for none.
	IdempotencyKey string
	// Fingerprint is a hash of what was asked for, by which a repeat under the
	// same IdempotencyKey is known from another request; nil without a key.
	Fingerprint []byte
	// Session is the one that a start or stop was confirmed by, 0 for none yet.
	Session     ID
	ConfirmedAt time.Time
}

// CommandError is why a command has no response.
type CommandError struct {
	Code        string // OCPP's error code; "" when the charger said none
	Description string // plain words
	Details     []byte // JSON; nil for none
}

// CommandRequest asks for a command: a raw Action with its Payload, or an
// Order in plain words with its Body.
type CommandRequest struct {
	ChargerID ID
	Action    string // as the charger's version spells it; "" with an Order
	Payload   []byte // JSON object
	Order     string // such as "start"; "" with an Action
	Body      []byte // JSON object
	Actor     string
	KeyID     ID // of the API key; 0 for none
	// IdempotencyKey makes a repeat within 24 h the same command; "" for none.
	IdempotencyKey string
	// Timeout is for the answer, from sending on; 0 for the default.
	Timeout time.Duration
}

// CommandResult is a command with what its answer means in plain words.
type CommandResult struct {
	*Command
	// Outcome is a word that is the same for all versions: accepted, rejected,
	// scheduled, notSupported, unlocked, …; "" while there is none.
	Outcome string
}
