package ocpp

import (
	"strings"
	"unicode/utf8"
)

// MessageType is the first element of a frame.
type MessageType uint8

// The message types of OCPP-J; the last two are of 2.1.
const (
	Call            MessageType = 2
	CallResult      MessageType = 3
	CallErrorReply  MessageType = 4
	CallResultError MessageType = 5
	Send            MessageType = 6
)

// Frame is one OCPP-J message, split but not yet understood.
//
// RawID, Payload and Details may share the memory of the text that was parsed:
// they are valid as long as it is left alone.
type Frame struct {
	Type MessageType
	// ID is the message id as text; RawID is the JSON to answer with, as sent:
	// a number stays a number.
	ID    string
	RawID []byte
	// Action is set for Call and Send.
	Action string
	// Payload is JSON, {} when there was none. A decoder checks its syntax,
	// not ParseFrame.
	Payload []byte
	// Code, Description and Details are set for the two kinds of errors.
	Code        string
	Description string
	Details     []byte
	// Oddities lists what was odd about the frame.
	Oddities []string
}

var emptyObject = []byte("{}")

// maxPlainID is the longest message id that the specifications allow.
const maxPlainID = 36

// ParseFrame splits a frame. It understands what real chargers send
// (server-rules 2): more elements than there should be, the type in quotes,
// numbers as ids, errors of two to five elements, and no payload. A text that
// is no frame at first is read again after Repair. When that fails too, the
// error is a *FrameError.
func ParseFrame(data []byte) (Frame, error) {
	f, reason := split(data)
	if reason == "" {
		return f, nil
	}
	if fixed, odd := Repair(data); len(odd) > 0 {
		if f, again := split(fixed); again == "" {
			f.Oddities = append(odd, f.Oddities...)
			return f, nil
		}
	}
	return Frame{}, newFrameError(data, reason)
}

// The reasons why a text is no frame.
const (
	notAnArray     = "a frame is a JSON array such as [2,\"id\",\"Action\",{}]"
	noType         = "the frame does not begin with a message type"
	unknownType    = "the message type is unknown"
	noID           = "the frame has no readable message id"
	noAction       = "the frame has no action"
	brokenElements = "the elements of the frame are no JSON"
)

// scanner walks over the first elements of a frame.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && isSpace(s.b[s.i]) {
		s.i++
	}
}

// is reads one byte if it comes next.
func (s *scanner) is(b byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == b {
		s.i++
		return true
	}
	return false
}

// element reads a string or a bare word, and returns it with and without its
// quotes. It is nil when there is none.
func (s *scanner) element() (raw, text []byte, plain bool) {
	s.space()
	start := s.i
	if !s.is('"') {
		for s.i < len(s.b) && !endsScalar(s.b[s.i]) {
			s.i++
		}
		raw = s.b[start:s.i]
		return raw, raw, true
	}
	plain = true
	for ; s.i < len(s.b); s.i++ {
		switch b := s.b[s.i]; {
		case b == '"':
			s.i++
			return s.b[start:s.i], s.b[start+1 : s.i-1], plain
		case b == '\\':
			plain = false
			s.i++
		case b < ' ' || b >= 0x7f:
			plain = false
		}
	}
	return nil, nil, false
}

// split parses a frame, or returns why it is none.
func split(data []byte) (f Frame, reason string) {
	s := scanner{b: data}
	if !s.is('[') {
		return f, notAnArray
	}
	_, kind, _ := s.element()
	if len(kind) != 1 || kind[0] < '0' || kind[0] > '9' {
		return f, noType
	}
	f.Type = MessageType(kind[0] - '0')
	if data[s.i-1] == '"' {
		f.Oddities = append(f.Oddities, "quoted-message-type")
	}
	if !s.is(',') {
		return f, noID
	}
	if reason = f.readID(&s); reason != "" {
		return f, reason
	}
	switch f.Type {
	case Call, Send:
		return f, f.readCall(&s)
	case CallResult:
		return f, f.readResult(&s)
	case CallErrorReply, CallResultError:
		return f, f.readError(&s)
	default:
		return f, unknownType
	}
}

func (f *Frame) readID(s *scanner) string {
	raw, text, plain := s.element()
	switch {
	case len(raw) == 0:
		return noID
	case raw[0] != '"':
		if numberLen(string(raw)) != len(raw) {
			return noID
		}
		f.Oddities = append(f.Oddities, "numeric-message-id")
		f.RawID, f.ID = raw, string(text)
	case plain:
		f.RawID, f.ID = raw, string(text)
	default:
		var ok bool
		if f.ID, ok = f.clean(raw); !ok {
			return noID
		}
		f.RawID = raw
		if !cleanJSON(raw) {
			// What is no UTF-8 cannot be echoed in a text frame.
			f.RawID = AppendString(nil, f.ID)
		}
	}
	if len(f.ID) > maxPlainID {
		f.Oddities = append(f.Oddities, "long-message-id")
	}
	return ""
}

// clean returns an element as text; ok is false for a string with escapes that
// are none.
func (f *Frame) clean(raw []byte) (text string, ok bool) {
	c := NewCursor(raw)
	text = c.text("frame", 0, false)
	f.Oddities = append(f.Oddities, c.Odd...)
	return text, c.fail == ""
}

// cleanJSON reports whether a string can be sent as it stands.
func cleanJSON(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' {
			return false
		}
	}
	return utf8.Valid(raw)
}

func (f *Frame) readCall(s *scanner) string {
	if !s.is(',') {
		return noAction
	}
	raw, text, plain := s.element()
	switch {
	case len(raw) == 0 || raw[0] != '"':
		return noAction
	case plain:
		f.Action = string(text)
	default:
		var ok bool
		if f.Action, ok = f.clean(raw); !ok {
			return noAction
		}
	}
	return f.readPayload(s)
}

// readPayload takes what stands between the action and the final bracket. An
// object there is not looked into: its decoder does that, and knows that more
// elements may follow.
func (f *Frame) readPayload(s *scanner) string {
	end := len(s.b)
	for end > s.i && isSpace(s.b[end-1]) {
		end--
	}
	if end == s.i || s.b[end-1] != ']' {
		return brokenElements
	}
	body := trimSpace(s.b[s.i : end-1])
	if len(body) > 1 && body[0] == ',' && body[len(body)-1] == '}' {
		if body = trimSpace(body[1:]); body[0] == '{' {
			f.Payload = body
			return ""
		}
	}
	return f.readResult(s)
}

// readResult takes the payload from the remaining elements, with their syntax
// checked.
func (f *Frame) readResult(s *scanner) string {
	elements, reason := f.rest(s)
	if reason != "" {
		return reason
	}
	switch len(elements) {
	case 0:
		f.Oddities = append(f.Oddities, "no-payload")
		f.Payload = emptyObject
	default:
		f.Oddities = append(f.Oddities, "extra-elements")
		fallthrough
	case 1:
		f.Payload = f.object(elements[0], "payload")
	}
	return ""
}

func (f *Frame) readError(s *scanner) string {
	elements, reason := f.rest(s)
	if reason != "" {
		return reason
	}
	if len(elements) < 3 {
		f.Oddities = append(f.Oddities, "short-error")
	}
	f.Details = emptyObject
	for i, e := range elements {
		switch i {
		case 0:
			f.Code = f.word(e)
		case 1:
			f.Description = f.word(e)
		case 2:
			f.Details = e
		}
	}
	if string(f.Details) == "null" {
		f.Details = emptyObject
	}
	return ""
}

// maxElements is how many elements after the id are looked at.
const maxElements = 4

// rest splits the remaining elements, with their syntax checked.
func (f *Frame) rest(s *scanner) (elements [][]byte, reason string) {
	c := NewCursor(s.b)
	c.i = s.i
	for c.peek() == ',' {
		c.i++
		mark := c.Mark()
		c.skip()
		if c.fail != "" {
			return nil, brokenElements
		}
		if len(elements) < maxElements {
			elements = append(elements, s.b[mark:c.i])
		}
	}
	if c.peek() != ']' {
		return nil, brokenElements
	}
	c.i++
	if c.peek() != 0 || c.i < len(s.b) {
		f.Oddities = append(f.Oddities, "text-after-frame")
	}
	return elements, ""
}

// object returns an element that should be an object; null and the empty list
// stand for an empty one.
func (f *Frame) object(element []byte, name string) []byte {
	switch {
	case element[0] == '{':
		return element
	case string(element) == "null", element[0] == '[' && len(trimSpace(element[1:len(element)-1])) == 0:
		f.Oddities = append(f.Oddities, "empty-"+name)
		return emptyObject
	default:
		return element
	}
}

// word returns an element that should be a string, as text.
func (f *Frame) word(element []byte) string {
	text, _ := f.clean(element)
	return strings.TrimSpace(text)
}

func trimSpace(b []byte) []byte { return trimLeft(trimRight(b)) }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
