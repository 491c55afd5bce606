package ocpp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Redacted stands for what is not kept.
const Redacted = "***"

// quoted is Redacted as JSON.
const quoted = `"` + Redacted + `"`

// Redact returns a payload without its secrets: passwords, keys and what is
// told of them, credentials in addresses, private keys. It is the payload
// itself when there are none, else a copy without spaces between its tokens.
// Text that is no JSON comes back as a JSON string when a secret was in it.
func Redact(payload []byte) []byte {
	if !suspicious(payload) {
		return payload
	}
	if !json.Valid(payload) {
		text := string(payload)
		if clean := RedactText(text); clean != text {
			return AppendString(nil, clean)
		}
		return payload
	}
	r := redactor{src: payload, dst: make([]byte, 0, len(payload)+len(quoted))}
	r.value("", false)
	if !r.changed {
		return payload
	}
	return r.dst
}

// redactor copies one valid JSON value without its secrets, in one pass.
type redactor struct {
	src     []byte
	i       int
	dst     []byte
	depth   int
	changed bool
	// values are where in dst the values stand that go when it turns out that
	// an object around them names a secret.
	values []span
}

// deepest is how deep values may nest to be looked at; what is in them is
// hidden as a whole. It bounds what a hostile message costs.
const deepest = 3 * maxDepth

type span struct{ start, end int }

func (r *redactor) space() {
	for isSpace(r.src[r.i]) {
		r.i++
	}
}

// value copies the value of the member name. secret says that it names a
// secret: the object that it stands in is about one. With keep, an object leaves
// its values to the object around it.
func (r *redactor) value(name string, keep bool) (secret bool) {
	r.space()
	switch r.src[r.i] {
	case '{', '[':
		start, mark := len(r.dst), len(r.values)
		r.depth++
		if r.src[r.i] == '{' {
			secret = r.object(name, keep)
		} else {
			r.list(name, keep)
		}
		r.depth--
		if r.depth == deepest {
			r.hide(start)
			r.values = r.values[:mark]
		}
		return secret
	case '"':
		return r.text(name)
	}
	start := r.i
	for r.i < len(r.src) && !endsScalar(r.src[r.i]) {
		r.i++
	}
	r.dst = append(r.dst, r.src[start:r.i]...)
	return false
}

func (r *redactor) list(name string, keep bool) {
	r.dst = append(r.dst, '[')
	r.i++
	for first := true; ; first = false {
		if !r.next(']', first) {
			return
		}
		r.value(name, keep)
	}
}

// next moves to the next element or member, or behind the end.
func (r *redactor) next(end byte, first bool) bool {
	r.space()
	switch b := r.src[r.i]; {
	case b == end:
		r.i++
		r.dst = append(r.dst, end)
		return false
	case !first:
		r.i++ // a comma
		r.dst = append(r.dst, ',')
		r.space()
	}
	return true
}

func (r *redactor) object(name string, keep bool) (secret bool) {
	mark, hidden, vpn := len(r.values), false, strings.EqualFold(name, "vpn")
	r.dst = append(r.dst, '{')
	r.i++
	for first := true; r.next('}', first); first = false {
		member := r.memberName()
		what := meaningOf(member)
		r.space()
		start := len(r.dst)
		named := r.value(member, what == holdsValues)
		if named && (what == namesSetting || what == namesPart || what == isName) {
			hidden, secret = true, secret || what == isName
		}
		switch {
		case NamesSecret(member), vpn && what == namesSetting:
			r.hide(start)
		case what == isValue:
			r.values = append(r.values, span{start, len(r.dst)})
		}
	}
	if hidden {
		r.hideValues(mark)
	}
	if !keep {
		r.values = r.values[:mark]
	}
	return secret
}

// meaning is what a member says of a setting.
type meaning uint8

const (
	namesSetting meaning = iota + 1 // key of 1.6
	namesPart                       // component and variable of 2.x
	isName                          // the name in a component or variable
	isValue
	holdsValues // a list of objects with values
)

var meanings = map[string]meaning{
	"key":       namesSetting,
	"component": namesPart, "variable": namesPart,
	"name":  isName,
	"value": isValue, "attributevalue": isValue, "actualvalue": isValue,
	"variableattribute": holdsValues, "variablemonitoring": holdsValues,
}

func meaningOf(member string) meaning { return meanings[strings.ToLower(member)] }

// hide replaces what dst holds from start on, unless it is a word of JSON,
// which gives nothing away.
func (r *redactor) hide(start int) {
	if givesAway(r.dst[start:]) {
		r.dst = append(r.dst[:start], quoted...)
		r.changed = true
	}
}

func givesAway(value []byte) bool {
	switch value[0] {
	case 't', 'f', 'n':
		return false
	}
	return string(value) != `""` && string(value) != quoted
}

// hideValues replaces the values from mark on.
func (r *redactor) hideValues(mark int) {
	values := r.values[mark:]
	r.values = r.values[:mark]
	if len(values) == 0 || r.depth > deepest {
		return
	}
	done := values[0].start
	rest := slices.Clone(r.dst[done:])
	at := func(i int) int { return i - values[0].start }
	r.dst = r.dst[:done]
	for _, v := range values {
		if !givesAway(rest[at(v.start):at(v.end)]) {
			continue
		}
		r.dst = append(append(r.dst, rest[at(done):at(v.start)]...), quoted...)
		done, r.changed = v.end, true
	}
	r.dst = append(r.dst, rest[at(done):]...)
}

// memberName copies a member's name and the colon behind it.
func (r *redactor) memberName() string {
	raw := r.quoted()
	r.dst = append(r.dst, raw...)
	r.space()
	r.i++
	r.dst = append(r.dst, ':')
	return unquoted(raw)
}

// quoted moves over a string and returns it with its quotes.
func (r *redactor) quoted() []byte {
	start := r.i
	for r.i++; r.src[r.i] != '"'; r.i++ {
		if r.src[r.i] == '\\' {
			r.i++
		}
	}
	r.i++
	return r.src[start:r.i]
}

// unquoted returns the text of a valid JSON string.
func unquoted(raw []byte) (text string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	_ = json.Unmarshal(raw, &text)
	return text
}

// text copies a string without its secrets.
func (r *redactor) text(name string) (secret bool) {
	raw := r.quoted()
	text := unquoted(raw)
	clean := redactString(text, name)
	if clean == text {
		r.dst = append(r.dst, raw...)
	} else {
		r.dst = AppendString(r.dst, clean)
		r.changed = true
	}
	switch meaningOf(name) {
	case namesSetting, namesPart, isName:
		return NamesSecret(text)
	}
	return false
}

// redactString cleans a text that is the value of a member. Vendors put JSON
// into texts, and into data what nobody can tell apart.
func redactString(s, name string) string {
	if t := strings.TrimSpace(s); len(t) > 1 && (t[0] == '{' || t[0] == '[') && json.Valid([]byte(t)) {
		if clean := Redact([]byte(t)); string(clean) != t {
			return string(clean)
		}
		return s
	}
	if strings.EqualFold(name, "data") && NamesSecret(s) {
		return Redacted
	}
	return RedactText(s)
}
