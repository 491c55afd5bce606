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
