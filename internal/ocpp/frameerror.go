package ocpp

import (
	"bytes"
	"strconv"
)

// FrameError says that a text is no frame, and what of it could be read.
type FrameError struct {
	// Problem is ProblemMessageType for an unknown message type,
	// ProblemFormation when type and id could be read, else ProblemFrame.
	Problem Problem
	// Type is 0 when it could not be read.
	Type MessageType
	// ID and RawID are as in Frame; empty when they could not be read. With
	// Type CallResult or CallErrorReply they say which call got no answer.
	ID    string
	RawID []byte
	// Reason is one plain sentence part, fit for a CALLERROR's description.
	Reason string
}

// Error returns the reason and the message id.
func (e *FrameError) Error() string {
	if e.ID == "" {
		return e.Reason
	}
	return e.Reason + " (message " + strconv.Quote(e.ID) + ")"
}

// maxRecoveredID is the longest message id that is believed in a broken frame.
const maxRecoveredID = 64

// newFrameError recovers type and id from the beginning of a broken frame.
func newFrameError(data []byte, reason string) *FrameError {
	e := &FrameError{Problem: ProblemFrame, Reason: reason}
	s := scanner{b: bytes.TrimLeft(data, "\xef\xbb\xbf\x00 \t\r\n")}
	if !s.is('[') {
		return e
	}
	_, kind, _ := s.element()
	n, err := strconv.ParseUint(string(kind), 10, 8)
	if err != nil || !s.is(',') {
		return e
	}
	e.Type = MessageType(n)
	known := e.Type >= Call && e.Type <= Send
	if !known {
		e.Problem, e.Reason = ProblemMessageType, unknownType
	}
	raw, text, plain := s.element()
	quoted := len(raw) > 0 && raw[0] == '"'
	if len(text) == 0 || len(text) > maxRecoveredID || !plain || !quoted && numberLen(string(raw)) != len(raw) {
		return e
	}
	e.ID, e.RawID = string(text), raw
	if known {
		e.Problem = ProblemFormation
	}
	return e
}
