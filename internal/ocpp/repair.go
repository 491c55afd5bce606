package ocpp

import (
	"bytes"
	"strings"
)

// Repair mends the faults that chargers are known to write into JSON, for a
// second attempt at a text that could not be read, and lists what it mended.
// Without faults of these kinds it returns data itself and nothing else. The
// result need not be JSON either.
//
//   - a byte order mark, NULs and other control characters
//   - a member without a value, as in "transactionId":,
//   - commas too many, as in [,{…}]
//   - words such as NaN, None, TRUE
//   - backslashes in strings that escape nothing
func Repair(data []byte) ([]byte, []string) {
	r := repairer{in: data, out: make([]byte, 0, len(data)+16)}
	r.run()
	if len(r.odd) == 0 {
		return data, nil
	}
	return r.out, r.odd
}

type repairer struct {
	in, out []byte
	i       int
	odd     Oddities
}

func (r *repairer) run() {
	if rest, cut := bytes.CutPrefix(r.in, []byte("\xef\xbb\xbf")); cut {
		r.in = rest
		r.odd.Add("byte-order-mark")
	}
	for r.i < len(r.in) {
		switch b := r.in[r.i]; {
		case b == '"':
			r.text()
		case b == ',' || b == '}' || b == ']':
			r.punctuation(b)
		case isLetter(b):
			r.word()
		case b < ' ' && !isSpace(b):
			r.odd.Add("control-characters")
			r.i++
		default:
			r.out = append(r.out, b)
			r.i++
		}
	}
}

// punctuation copies a comma or a closing bracket unless what stands before it
// shows that something is missing or too much.
func (r *repairer) punctuation(b byte) {
	r.i++
	at := len(trimRight(r.out))
	var before byte
	if at > 0 {
		before = r.out[at-1]
	}
	switch {
	case before == ':':
		r.odd.Add("missing-value")
		r.out = append(r.out, "null"...)
	case before == ',' && b != ',':
		r.odd.Add("stray-comma")
		r.out = r.out[:at-1]
	case b == ',' && (before == ',' || before == '[' || before == '{'):
		r.odd.Add("stray-comma")
		return
	}
	r.out = append(r.out, b)
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// word copies a bare word, as JSON spells it. Exponents do not come here:
// numbers are copied whole.
func (r *repairer) word() {
	start := r.i
	for r.i < len(r.in) && isLetter(r.in[r.i]) {
		r.i++
	}
	word := string(r.in[start:r.i])
	if start > 0 && (isDigit(r.in[start-1]) || r.in[start-1] == '.') {
		r.out = append(r.out, word...)
		return
	}
	plain := word
	switch strings.ToLower(word) {
	case "true":
		plain = "true"
	case "false":
		plain = "false"
	case "null", "none", "nil", "nan", "inf", "infinity", "undefined":
		plain = "null"
	}
	if plain != word {
		r.odd.AddDetail("bare-word", word)
		if n := len(r.out); plain == "null" && n > 0 && r.out[n-1] == '-' {
			r.out = r.out[:n-1] // -Infinity
		}
	}
	r.out = append(r.out, plain...)
}

// text copies a string with its backslashes made sound.
func (r *repairer) text() {
	r.out = append(r.out, '"')
	for r.i++; r.i < len(r.in); {
		b := r.in[r.i]
		switch {
		case b == '"':
			r.out = append(r.out, b)
			r.i++
			return
		case b < ' ' && !isSpace(b):
			r.odd.Add("control-characters")
			r.i++
		case b != '\\':
			r.out = append(r.out, b)
			r.i++
		case r.soundEscape():
			r.out = append(r.out, b, r.in[r.i+1])
			r.i += 2
		default:
			r.odd.Add("stray-backslash")
			r.out = append(r.out, '\\', '\\')
			r.i++
		}
	}
}

// soundEscape reports whether the backslash here escapes something. One before
// a quote with which the string must end does not: the quote is followed by
// what only follows a string.
func (r *repairer) soundEscape() bool {
	rest := r.in[r.i:]
	head := string(rest[:min(len(rest), 6)])
	if escapeLen(head, 0) == 0 {
		return false
	}
	if rest[1] != '"' {
		return true
	}
	after := trimLeft(rest[2:])
	if len(after) < 2 {
		return len(after) > 0 && after[0] != ']' && after[0] != '}'
	}
	switch next := trimLeft(after[1:]); after[0] {
	case ',':
		return len(next) == 0 || next[0] != '"' && next[0] != '{'
	case ':':
		return len(next) == 0 || next[0] == '\\'
	case '}':
		return len(next) > 0 && next[0] != ',' && next[0] != '}' && next[0] != ']'
	default:
		return true
	}
}
