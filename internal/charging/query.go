package charging

import "time"

// CommandQuery asks for the commands of one charger, newest first.
type CommandQuery struct {
	ChargerID ID
	Before    int64 // id; 0 for the newest
	Limit     int
}

// VariableQuery asks for what a charger told of its configuration, in order.
type VariableQuery struct {
	ChargerID       ID
	Component, Name string // without regard to letter case; "" for all
	After           string // key of the page before; "" for the first
	Limit           int
}

// HistoryQuery asks for the records of one charger, newest first. Without Kinds
// it asks for all, or with NoteKinds for those notes only; with both for records
// of the Kinds, and of notes for those of the NoteKinds.
type HistoryQuery struct {
	ChargerID ID
	Port      *int // nil for all; 0 is the charger itself
	Kinds     []RecordKind
	NoteKinds []NoteKind
	From, To  time.Time // of Received, both included; zero for no bound
	Before    int64     // id; 0 for the newest
	Limit     int
}

// SessionQuery asks for sessions. What is zero or empty asks for no limit; all
// limits hold together.
type SessionQuery struct {
	// Chargers are whose sessions are wanted; nil for those of all chargers, and
	// an empty list for none.
	Chargers []ID
	// Customers are those whose sessions are wanted; nil for any or none, an empty
	// list for nobody's.
	Customers []ID
	// From bounds are included, Before bounds are not (contract 5.1). A session
	// that runs has no end and meets no bound of it.
	StartFrom, StartBefore time.Time
	EndFrom, EndBefore     time.Time
	UpdatedFrom            time.Time
	// Running says whether sessions that run are wanted too.
	Running bool
	// ByUpdate orders by the last change, oldest first, for those who poll;
	// otherwise sessions come by start, newest first.
	ByUpdate bool
	After    SessionKey // of the last session of the page before; zero for the first page
	Limit    int
}

// SessionKey is where a session stands in a list: its start or its last change,
// whichever orders it, and its id.
type SessionKey struct {
	At time.Time
	ID ID
}
