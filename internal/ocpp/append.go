package ocpp

import (
	"time"
	"unicode/utf8"
)

// maxDescription is how long a CALLERROR's description may be, in characters.
const maxDescription = 255

// AppendCall appends the frame of a CALL. payload must be a JSON object; nil
// stands for the empty one.
func AppendCall(dst []byte, id, action string, payload []byte) []byte {
	dst = append(dst, `[2,`...)
	dst = AppendString(dst, id)
	dst = append(dst, ',')
	dst = AppendString(dst, action)
	dst = append(dst, ',')
	return append(appendObject(dst, payload), ']')
}

// AppendCallResult appends the frame that answers the call with Frame.RawID
// rawID. payload must be a JSON object; nil stands for the empty one.
func AppendCallResult(dst, rawID, payload []byte) []byte {
	dst = append(dst, `[3,`...)
	dst = append(dst, rawID...)
	dst = append(dst, ',')
	return append(appendObject(dst, payload), ']')
}

// AppendCallError appends the frame that refuses the call with Frame.RawID
// rawID; an empty one is sent as "-1". The description is cut to what the
// specifications allow.
func AppendCallError(dst, rawID []byte, code ErrorCode, description string) []byte {
	return appendError(append(dst, `[4,`...), rawID, code, description)
}

// AppendCallResultError appends the frame that refuses the result of our call
// with the id rawID (OCPP 2.1); otherwise it is as AppendCallError.
func AppendCallResultError(dst, rawID []byte, code ErrorCode, description string) []byte {
	return appendError(append(dst, `[5,`...), rawID, code, description)
}

func appendError(dst, rawID []byte, code ErrorCode, description string) []byte {
	if len(rawID) == 0 {
		rawID = []byte(`"-1"`)
	}
	dst = append(dst, rawID...)
	dst = append(dst, ',')
	dst = AppendString(dst, string(code))
	dst = append(dst, ',')
	dst = AppendString(dst, cut(description, maxDescription))
	return append(dst, `,{}]`...)
}

func appendObject(dst, payload []byte) []byte {
	if len(payload) == 0 {
		payload = emptyObject
	}
	return append(dst, payload...)
}

// cut returns the first characters of s, at most limit.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

// TimeLayout is how times are written: UTC with exactly three digits of a
// fraction, because some chargers refuse more and some refuse +00:00.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// AppendTime appends t as a JSON string in TimeLayout, cutting finer fractions.
func AppendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, TimeLayout)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string; bytes that are no UTF-8 become
// U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b < 0x7f && b != '"' && b != '\\' {
			i++
			continue
		}
		if b >= 0x80 {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, `\n`...)
		case b == '\r':
			dst = append(dst, `\r`...)
		case b == '\t':
			dst = append(dst, `\t`...)
		case b < 0x80:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, "\uFFFD"...)
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
