package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// path is a place in the file; its text is only made when something is said
// about it.
type path struct {
	parent *path
	name   string
	index  int // of a list; name is "" then
}

func (p *path) member(name string) *path { return &path{parent: p, name: name} }

func (p *path) String() string {
	if p == nil {
		return ""
	}
	if p.name == "" {
		return p.parent.String() + "[" + strconv.Itoa(p.index) + "]"
	}
	if above := p.parent.String(); above != "" {
		return above + "." + p.name
	}
	return p.name
}

// object is a JSON object of the file. Its methods read one member each; they
// take null and absence as nothing said, and collect what is wrong.
type object struct {
	at       *path
	members  map[string]any
	problems *problems
}

func decodeTree(file []byte) (map[string]any, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	var tree any
	err := d.Decode(&tree)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			return nil, charging.Errorf(charging.Invalid, "something follows the end of the JSON object in %s; the file must hold one object", position(file, d.InputOffset()))
		}
	}
	if err != nil {
		return nil, notJSON(file, err)
	}
	members, ok := tree.(map[string]any)
	if !ok {
		return nil, charging.Errorf(charging.Invalid, "the file must hold one JSON object, {\"data\": [sites]}, as GET /api/sites returns it")
	}
	return members, nil
}

func notJSON(file []byte, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return charging.Errorf(charging.Invalid, "not JSON in %s: %s", position(file, syntax.Offset), syntax.Error())
	case errors.Is(err, io.EOF):
		return charging.Errorf(charging.Invalid, "the file is empty; it must hold one JSON object, {\"data\": [sites]}")
	default: // io.ErrUnexpectedEOF
		return charging.Errorf(charging.Invalid, "the JSON ends too early in %s; the file seems to be cut off", position(file, int64(len(file))))
	}
}

// position tells an offset of the file as line and column.
func position(file []byte, offset int64) string {
	before := file[:min(max(offset-1, 0), int64(len(file)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
}

func (o *object) bad(name, format string, args ...any) {
	o.problems.add(o.at.member(name).String(), format, args...)
}

// text reads free text: control characters become blanks, a blank text is
// nothing said.
func (o *object) text(name string, longest int) string {
	v := o.members[name]
	if v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		o.bad(name, "must be text in quotes, or null")
		return ""
	}
	if n := utf8.RuneCountInString(s); n > longest {
		o.bad(name, "has %d characters; at most %d are allowed", n, longest)
		return ""
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, s)
	}
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

// word reads a text that must be one of a few.
func (o *object) word(name string, words ...string) string {
	s := o.text(name, 100)
	if s == "" {
		return ""
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	o.bad(name, "%q is none of \"%s\"", s, strings.Join(words, "\", \""))
	return ""
}

func (o *object) id(name string) charging.ID {
	n, said := o.whole(name, charging.MaxID)
	if !said {
		return 0
	}
	return n
}

// whole reads a positive whole number up to most.
func (o *object) whole(name string, most int64) (n int64, said bool) {
	v := o.members[name]
	if v == nil {
		return 0, false
	}
	number, ok := v.(json.Number)
	if !ok {
		o.bad(name, "must be a positive whole number")
		return 0, false
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || n < 1 {
		o.bad(name, "must be a positive whole number")
		return 0, false
	}
	if n > most {
		o.bad(name, "must be at most %d", most)
		return 0, false
	}
	return n, true
}

// seconds reads whole seconds from 0 to most; nil for nothing said.
func (o *object) seconds(name string, most time.Duration) *time.Duration {
	v := o.members[name]
	if v == nil {
		return nil
	}
	number, _ := v.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || n < 0 || n > int64(most/time.Second) {
		o.bad(name, "must be whole seconds from 0 to %d; 0 takes the server's setting", int64(most/time.Second))
		return nil
	}
	d := time.Duration(n) * time.Second
	return &d
}

// power reads kilowatts as mW; 0 for nothing said.
func (o *object) power(name string) charging.Milli {
	f, _, said := o.number(name)
	if !said {
		return 0
	}
	if f < 0 || f > 100_000 {
		o.bad(name, "must be a power in kW from 0 to 100000")
		return 0
	}
	return charging.Milli(math.Round(f * 1e6))
}

// degrees reads a latitude or longitude as the text of a JSON number.
func (o *object) degrees(name string, most float64) string {
	f, text, said := o.number(name)
	if !said {
		return ""
	}
	if f < -most || f > most {
		o.bad(name, "must be decimal degrees from %g to %g", -most, most)
		return ""
	}
	return plainDecimal(text, f)
}

func (o *object) number(name string) (f float64, text string, said bool) {
	v := o.members[name]
	if v == nil {
		return 0, "", false
	}
	number, ok := v.(json.Number)
	if !ok {
		o.bad(name, "must be a number without quotes, or null")
		return 0, "", false
	}
	f, err := number.Float64()
	if err != nil {
		o.bad(name, "is a number too large to use")
		return 0, "", false
	}
	return f, number.String(), true
}

// plainDecimal writes a number without exponent, needless zeros or -0.
func plainDecimal(text string, f float64) string {
	if f == 0 {
		return "0"
	}
	if strings.ContainsAny(text, "eE") || len(text) > 32 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// flag reads true or false; nil for nothing said.
func (o *object) flag(name string) *bool {
	v := o.members[name]
	if v == nil {
		return nil
	}
	b, ok := v.(bool)
	if !ok {
		o.bad(name, "must be true or false, without quotes")
		return nil
	}
	return &b
}

// time reads an ISO 8601 time; zero for nothing said.
func (o *object) time(name string) time.Time {
	s := o.text(name, 64)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Millisecond)
		}
	}
	o.bad(name, "%q is no time; write it like 2026-03-02T06:01:40Z", s)
	return time.Time{}
}

// object reads a member that is an object; nil for nothing said.
func (o *object) object(name string) *object {
	v := o.members[name]
	if v == nil {
		return nil
	}
	members, ok := v.(map[string]any)
	if !ok {
		o.bad(name, "must be an object in braces, or null")
		return nil
	}
	return &object{o.at.member(name), members, o.problems}
}

// list reads a member that is a list of objects.
func (o *object) list(name string) []*object {
	v := o.members[name]
	if v == nil {
		return nil
	}
	rows, ok := v.([]any)
	if !ok {
		o.bad(name, "must be a list in square brackets")
		return nil
	}
	at := o.at.member(name)
	objects := make([]*object, 0, len(rows))
	for i, row := range rows {
		p := &path{parent: at, index: i}
		members, ok := row.(map[string]any)
		if !ok {
			o.problems.add(p.String(), "must be an object in braces")
			continue
		}
		objects = append(objects, &object{p, members, o.problems})
	}
	return objects
}
