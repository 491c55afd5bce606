package ocpp

import "strings"

// Version is a version of OCPP-J.
type Version uint8

// The versions of OCPP that have a JSON form and a message table here.
const (
	V16 Version = iota + 1
	V201
	V21
)

// ErrorCode is the code of a CALLERROR, in the spelling of one version.
type ErrorCode string

// The error codes of OCPP-J 1.6 and 2.x. FormationViolation and the one-r
// OccurenceConstraintViolation are the official spellings of 1.6.
const (
	NotImplemented                ErrorCode = "NotImplemented"
	NotSupported                  ErrorCode = "NotSupported"
	InternalError                 ErrorCode = "InternalError"
	ProtocolError                 ErrorCode = "ProtocolError"
	SecurityError                 ErrorCode = "SecurityError"
	FormationViolation            ErrorCode = "FormationViolation" // 1.6
	FormatViolation               ErrorCode = "FormatViolation"    // 2.x
	PropertyConstraintViolation   ErrorCode = "PropertyConstraintViolation"
	OccurenceConstraintViolation  ErrorCode = "OccurenceConstraintViolation"  // 1.6
	OccurrenceConstraintViolation ErrorCode = "OccurrenceConstraintViolation" // 2.x
	TypeConstraintViolation       ErrorCode = "TypeConstraintViolation"
	GenericError                  ErrorCode = "GenericError"
	MessageTypeNotSupported       ErrorCode = "MessageTypeNotSupported" // 2.x
	RPCFrameworkError             ErrorCode = "RpcFrameworkError"       // 2.x
)

// Problem is what an error code says, without regard to version and spelling.
type Problem uint8

// The problems that a CALLERROR can tell (server-rules 2.1).
const (
	ProblemGeneric        Problem = iota // none of the others
	ProblemNotImplemented                // the action is unknown to the receiver
	ProblemNotSupported                  // the action is known and not supported
	ProblemInternal                      // the receiver failed
	ProblemProtocol                      // the message is not allowed now
	ProblemSecurity                      // the sender may not do this
	ProblemFormation                     // the payload is not well formed
	ProblemProperty                      // a value of the right type is illegal
	ProblemOccurrence                    // a member is missing, or items are too many
	ProblemType                          // a value has the wrong JSON type
	ProblemMessageType                   // the message type number is unknown
	ProblemFrame                         // the text is no RPC frame
	problemCount
)

var codes16 = [problemCount]ErrorCode{GenericError, NotImplemented, NotSupported, InternalError, ProtocolError,
	SecurityError, FormationViolation, PropertyConstraintViolation, OccurenceConstraintViolation,
	TypeConstraintViolation, GenericError, GenericError}

var codes2x = [problemCount]ErrorCode{GenericError, NotImplemented, NotSupported, InternalError, ProtocolError,
	SecurityError, FormatViolation, PropertyConstraintViolation, OccurrenceConstraintViolation,
	TypeConstraintViolation, MessageTypeNotSupported, RPCFrameworkError}

// Code returns the error code for the problem as version v spells it.
func (p Problem) Code(v Version) ErrorCode {
	if p >= problemCount {
		p = ProblemGeneric
	}
	if v == V16 {
		return codes16[p]
	}
	return codes2x[p]
}

// ParseErrorCode returns what an error code says. Every version's spelling is
// understood, in any letter case; ok is false for a code of no version, whose
// problem is ProblemGeneric.
func ParseErrorCode(code string) (p Problem, ok bool) {
	code = strings.TrimSpace(code)
	for p := range problemCount {
		if strings.EqualFold(code, string(codes16[p])) || strings.EqualFold(code, string(codes2x[p])) {
			return p, true
		}
	}
	return ProblemGeneric, false
}

// CallError is the refusal of a CALL.
type CallError struct {
	Problem     Problem
	Code        ErrorCode // the problem in the spelling of the connection's version
	Description string    // names the member or action; at most 255 characters are sent
}

// NewCallError makes the refusal of a CALL in version v.
func NewCallError(v Version, p Problem, description string) *CallError {
	return &CallError{Problem: p, Code: p.Code(v), Description: description}
}

// Error returns the code and the description.
func (e *CallError) Error() string { return string(e.Code) + ": " + e.Description }
