package charging

import "time"

// RecordKind says what a Record is of.
type RecordKind uint8

// The kinds of records. Their numbers are stored: never change one.
const (
	RecordConnected RecordKind = iota + 1
	RecordDisconnected
	RecordBooted
	RecordStatus
	RecordSessionStarted
	RecordSessionStopped
	RecordMeters
	RecordTag
	RecordNote
	RecordSessionOverdue
	RecordMoved // the charger changed site, or a port was made, by an operator
	RecordSessionReported
	RecordConditions
	RecordNextBoot
	RecordProfile
	RecordVariables
)

// Record is one row of the history: what came, and the state of its port (or
// of the charger itself, as port 0) after it.
type Record struct {
	ID         int64 // rises with every record on the server
	ChargerID  ID
	PortNumber int // 0 for the charger itself
	Kind       RecordKind
	Time       Timestamp
	Received   time.Time
	MessageID  string
	Message    int64 // id of the raw message in the log; 0 for none
	Oddities   []Oddity
	// Detail is the rest of the message as compact JSON; "" for none. That of a
	// RecordNote has its NoteKind as member "kind".
	Detail   string
	Readings []Reading // the new ones, without repeats
	// Exactly one of the two is set.
	Port    *PortState
	Charger *ChargerState
}

// PortState is the part of a Port that its records carry.
type PortState struct {
	Status  *PortStatus
	Session *Session // the open one
	// Connectors and Problems are those of a 2.x port.
	Connectors []Connector
	Problems   []Problem
	Served     bool
}

// ChargerState is the part of a Charger that its own records carry.
type ChargerState struct {
	Boot       *Boot
	Connection *Connection
	Status     *PortStatus
	Problems   []Problem
	NextBoot   string
	Profile    int
	Floating   []*Session
}

// Batch is what one commit stores, all or nothing.
type Batch struct {
	Records  []Record
	Sessions []*Session     // new or changed since they were last stored: start, end, correction
	Ports    []PortSettings // made by messages; a Change holds those of operators
	Change   *Change        // nil for none
	// What is kept without deciding anything.
	Commands  []*Command
	Variables []ChargerVariables
	Lists     []LocalList
	Uploads   []Upload
	Firmware  []Firmware
	// LifeMark is when the server was last alive; zero leaves it as it is.
	LifeMark time.Time
}

// LastID is the id of the batch's newest record, by which a commit is known
// after a crash; 0 for a batch without records.
func (b *Batch) LastID() int64 {
	if len(b.Records) == 0 {
		return 0
	}
	return b.Records[len(b.Records)-1].ID
}
