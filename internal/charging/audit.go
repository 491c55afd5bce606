package charging

import "time"

// AuditQuery asks for what was changed, newest first. What is zero or empty
// asks for no limit; all limits hold together.
type AuditQuery struct {
	Actor    string
	Kind     string // an IDKind, or "command"; "" for all
	ObjectID ID     // of the thing, or of a command's charger
	From, To time.Time
	Before   AuditPlace // of the last row of the page before; zero for the first page
	Limit    int
}

// AuditCommand is the kind of audit rows that are commands to chargers.
const AuditCommand = "command"

// AuditPlace is where a row stands in the audit log: rows are in the order of
// At, and of the same At configuration before commands.
type AuditPlace struct {
	At      time.Time
	Kind    string // AuditCommand for a command
	ID      ID     // of the thing, or of the command
	Version int64  // 0 for a command
}

// AuditRow is one change of one thing, or one command.
type AuditRow struct {
	AuditPlace
	Actor string
	// Before and After are the thing as JSON objects without secrets; "" for one
	// that was not there.
	Before, After string
	Command       *Command // nil for a change
}
