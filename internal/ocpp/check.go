package ocpp

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Check holds a payload against the members that a message table gives it, and
// returns the first difference with its exact error code (server-rules 2.1),
// or nil. It is as strict as the official schemas; it is not meant for the hot
// path. The description names the member and the rule, for people too: it is
// what an operator reads whose command does not fit.
func Check(v Version, members []Member, payload []byte) *CallError {
	ck := checker{version: v, c: NewCursor(payload)}
	if !json.Valid(payload) || !utf8.Valid(payload) {
		return ck.fault(ProblemFormation, "the payload is not well-formed JSON")
	}
	if ck.c.peek() != '{' {
		return ck.fault(ProblemFormation, "the payload is no object")
	}
	return ck.object("", members, false)
}

type checker struct {
	version Version
	c       *Cursor
}

func (ck *checker) fault(p Problem, format string, args ...any) *CallError {
	return NewCallError(ck.version, p, fmt.Sprintf(format, args...))
}

func (ck *checker) object(path string, members []Member, open bool) *CallError {
	had := make(map[string]bool, len(members))
	for ok := ck.c.enter() && ck.c.more('}'); ok; ok = ck.c.more('}') {
		name := ck.name()
		i := slices.IndexFunc(members, func(m Member) bool { return m.Name == name })
		switch {
		case i < 0 && open:
			ck.c.skip()
			continue
		case i < 0:
			return ck.fault(ProblemFormation, "%s is no member of the message", path+name)
		case had[name]:
			return ck.fault(ProblemFormation, "%s is there twice", path+name)
		}
		had[name] = true
		if fault := ck.member(path, &members[i]); fault != nil {
			return fault
		}
	}
	if err := ck.c.Err(); err != nil {
		return ck.fault(ProblemFormation, "the payload cannot be read: %v", err)
	}
	for i := range members {
		if members[i].Required && !had[members[i].Name] {
			return ck.fault(ProblemOccurrence, "%s is missing", path+members[i].Name)
		}
	}
	return nil
}

// name reads the name of a member and its colon.
func (ck *checker) name() string {
	name := ck.exact()
	ck.c.peek()
	ck.c.i++
	return name
}

// exact reads a string as it was sent: cleaned as the decoders do, it could
// pass for another.
func (ck *checker) exact() string {
	body, plain := ck.c.scanString()
	if !plain {
		_ = json.Unmarshal([]byte(`"`+body+`"`), &body) // it is valid JSON: Check looked
	}
	return body
}

func (ck *checker) member(path string, m *Member) *CallError {
	if !m.List {
		return ck.value(path+m.Name, m)
	}
	if ck.c.peek() != '[' {
		return ck.fault(ProblemType, "%s must be a list", path+m.Name)
	}
	n := 0
	for ok := ck.c.enter() && ck.c.more(']'); ok; ok = ck.c.more(']') {
		if fault := ck.value(path+m.Name+"["+strconv.Itoa(n)+"]", m); fault != nil {
			return fault
		}
		n++
	}
	switch {
	case n < m.MinItems:
		return ck.fault(ProblemOccurrence, "%s has %d items and needs at least %d", path+m.Name, n, m.MinItems)
	case m.MaxItems > 0 && n > m.MaxItems:
		return ck.fault(ProblemOccurrence, "%s has %d items and may have %d", path+m.Name, n, m.MaxItems)
	}
	return nil
}

func (ck *checker) value(path string, m *Member) *CallError {
	b := ck.c.peek()
	switch m.Kind {
	case KindAny:
		ck.c.skip()
		return nil
	case KindObject:
		if b != '{' {
			return ck.fault(ProblemType, "%s must be an object", path)
		}
		return ck.object(path+".", m.Members, m.Open)
	case KindInteger, KindNumber:
		return ck.number(path, m, b)
	case KindBoolean:
		if b != 't' && b != 'f' {
			return ck.fault(ProblemType, "%s must be true or false", path)
		}
		ck.c.scalar()
		return nil
	default:
		if b != '"' {
			return ck.fault(ProblemType, "%s must be a text", path)
		}
		return ck.text(path, m, ck.exact())
	}
}

// number checks a number as it is written: no binary fraction rounds it.
func (ck *checker) number(path string, m *Member, b byte) *CallError {
	if b != '-' && !isDigit(b) {
		return ck.fault(ProblemType, "%s must be a number", path)
	}
	d, ok := parseDecimal(ck.c.scalar())
	if ok && m.Kind == KindInteger && !d.steps(0) {
		return ck.fault(ProblemType, "%s must be a whole number", path)
	}
	switch {
	case !ok || !m.Kind.holds(d):
		return ck.fault(ProblemProperty, "%s is out of range", path)
	case m.Tenths && !d.steps(1):
		return ck.fault(ProblemProperty, "%s may have one decimal", path)
	case m.Least.Set && d.compare(m.Least.V) < 0:
		return ck.fault(ProblemProperty, "%s must be at least %d", path, m.Least.V)
	case m.Most.Set && d.compare(m.Most.V) > 0:
		return ck.fault(ProblemProperty, "%s must be at most %d", path, m.Most.V)
	}
	return nil
}

// holds reports whether the program can hold a number: a whole one in 64 bits,
// any other in as many thousandths.
func (k Kind) holds(d decimal) bool {
	places := 3
	if k == KindInteger {
		places = 0
	}
	_, ok := d.scaled(places)
	return ok
}

func (ck *checker) text(path string, m *Member, s string) *CallError {
	switch {
	case m.MaxLength > 0 && utf8.RuneCountInString(s) > m.MaxLength:
		return ck.fault(ProblemProperty, "%s is longer than %d characters", path, m.MaxLength)
	case m.Enum != nil && !slices.Contains(m.Enum, s):
		return ck.fault(ProblemProperty, "%s is none of %s", path, strings.Join(m.Enum, ", "))
	case m.Kind == KindTime && !isDateTime(s):
		return ck.fault(ProblemProperty, "%s is no RFC 3339 time", path)
	case m.Kind == KindURI:
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			return ck.fault(ProblemProperty, "%s is no URI", path)
		}
	}
	return nil
}

// isDateTime reports whether s is a time of RFC 3339. time.Parse lets decimal
// commas and hours of one digit pass.
func isDateTime(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && s[len("2006-01-02T15")] == ':' && !strings.Contains(s, ",")
}
