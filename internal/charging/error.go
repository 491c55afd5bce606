package charging

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an Error is. The doors of the system map it:
// httpapi to a status code, gateway to an OCPP error code, the command line to
// an exit code.
type Kind uint8

const (
	// Internal is a fault of ours; its text is for the log, not for users.
	Internal Kind = iota
	// Invalid is bad input; Msg names the place and the fix.
	Invalid
	// NotFound is a thing that does not exist or is outside the caller's scope.
	NotFound
	// Refused is an action the caller may not take.
	Refused
	// Conflict is an action that the present state forbids.
	Conflict
	// Unavailable is a passing failure, such as a store that cannot commit.
	Unavailable
)

// String returns the kind's name for logs.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not found"
	case Refused:
		return "refused"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is the one error type that crosses rooms.
type Error struct {
	Kind Kind
	// Msg is one plain sentence for the user, naming the place and the fix.
	Msg string
	// Err is the cause, for the log; it may be nil.
	Err error
}

// Error returns the message, followed by the cause if there is one.
func (e *Error) Error() string {
	if _, told := e.Err.(*silent); told || e.Err == nil {
		return e.Msg
	}
	if e.Msg == "" {
		return e.Err.Error()
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error; %w in the format sets its cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	if cause := errors.Unwrap(wrapped); cause != nil {
		// The text already contains the cause, so only the chain is kept.
		return &Error{Kind: kind, Msg: wrapped.Error(), Err: &silent{cause}}
	}
	return &Error{Kind: kind, Msg: wrapped.Error()}
}

// KindOf returns the kind of the first Error in err's chain, else Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// MessageOf returns the user's sentence of the first Error in err's chain, or
// "" when there is none or it is internal.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e.Msg
	}
	return ""
}

// silent keeps a cause reachable by errors.Is and errors.As without printing
// it twice.
type silent struct{ err error }

func (s *silent) Error() string { return "" }
func (s *silent) Unwrap() error { return s.err }
