package ocpp

import (
	"strings"
	"time"
)

// Int is a whole number as a charger wrote it.
type Int struct {
	V   int64
	Set bool // V holds what was written
	// Raw is the text as written, without quotes; "" when the member was
	// absent. It is kept when it is no usable number, too.
	Raw string
}

// IntOf returns an Int that is set, for writing.
func IntOf(v int64) Int { return Int{V: v, Set: true} }

// Time is a point in time as a charger wrote it.
type Time struct {
	Written string    // as written; "" when the member was absent or empty
	T       time.Time // UTC; zero when absent or unreadable
}

// TimeOf returns a Time for writing.
func TimeOf(t time.Time) Time { return Time{T: t.UTC()} }

// Words is a list of words that a member may hold.
type Words struct {
	Oddity string // the code that lists another word, such as "unknown-status"
	List   []string
}

// Find returns the word of the list that equals s, first exactly, then without
// regard to ASCII letter case.
func (w *Words) Find(s string) (word string, exact, ok bool) {
	for _, word := range w.List {
		if word == s {
			return word, true, true
		}
	}
	for _, word := range w.List {
		if len(word) == len(s) && strings.EqualFold(word, s) {
			return word, false, true
		}
	}
	return s, false, false
}

// Object is an object that a Cursor is in. Read it with
//
//	for o.Next() { switch o.Name { case …: read the value; default: o.Unknown() } }
//
// Exactly one read must follow each Next.
type Object struct {
	Name string // of the current member
	c    *Cursor
	open bool
	n    int
	seen [12]string
}

// Object enters the object at the cursor. Anything else there is read over,
// listed and yields an object without members; null is not listed.
func (c *Cursor) Object() Object { return c.object("payload") }

func (c *Cursor) object(name string) Object {
	if c.peek() == '{' && c.fail == "" {
		return Object{c: c, open: c.enter()}
	}
	if !c.null() {
		c.Odd.AddDetail("not-an-object", name)
		c.skip()
	}
	return Object{c: c}
}

// null reads a null, if that is what comes next.
func (c *Cursor) null() bool {
	if c.peek() != 'n' {
		return false
	}
	c.scalar()
	return true
}

// Next moves to the next member. Of a name that comes twice the last value
// counts, because it is read last; it is listed.
func (o *Object) Next() bool {
	if !o.open {
		return false
	}
	if o.open = o.c.more('}'); !o.open {
		return false
	}
	o.Name = o.c.memberName()
	for _, name := range o.seen[:o.n] {
		if name == o.Name {
			o.c.Odd.AddDetail("duplicate-member", name)
			return o.c.fail == ""
		}
	}
	if o.n < len(o.seen) {
		o.seen[o.n] = o.Name
		o.n++
	}
	return o.c.fail == ""
}

// Has reports whether a member of that name was read so far.
func (o *Object) Has(name string) bool {
	for _, have := range o.seen[:o.n] {
		if have == name {
			return true
		}
	}
	return false
}

// Want lists each of the names that was not there.
func (o *Object) Want(names ...string) {
	for _, name := range names {
		if !o.Has(name) {
			o.c.Odd.AddDetail("missing-member", name)
		}
	}
}

// Lack returns why a member that a message cannot do without holds nothing,
// after its object was read: its absence, its type or its emptiness.
func (o *Object) Lack(v Version, name string) *CallError {
	switch odd := &o.c.Odd; {
	case odd.has("not-a-text: " + name), odd.has("not-a-number: " + name), odd.has("not-an-object: " + name):
		return NewCallError(v, ProblemType, name+" has the wrong type")
	case !o.Has(name), odd.has("null: " + name):
		return NewCallError(v, ProblemOccurrence, name+" is missing")
	default:
		return NewCallError(v, ProblemProperty, name+" holds nothing usable")
	}
}

// Unknown reads over the value of a member that the message does not have, and
// lists its name.
func (o *Object) Unknown() {
	o.c.Odd.AddDetail("unknown-member", o.Name)
	o.c.skip()
}

// Text reads a text of at most limit characters (0 for any number); a longer
// one is kept and listed. Null and a value that is no scalar are "". Control
// characters and invalid UTF-8 are cleaned and listed.
func (o *Object) Text(limit int) string { return o.c.text(o.Name, limit, false) }

// Lines is Text for texts in which line ends and tabs belong, such as PEM. A
// value that is an object or a list is returned as JSON, and listed.
func (o *Object) Lines(limit int) string { return o.c.text(o.Name, limit, true) }

// Word reads a word of a list. A word in other letter case is returned as the
// list has it; any other is kept. Both are listed.
func (o *Object) Word(words *Words) string {
	s := o.c.text(o.Name, 0, false)
	if s == "" {
		return ""
	}
	word, exact, ok := words.Find(s)
	if ok && exact {
		return word
	}
	if trimmed := strings.TrimSpace(s); !ok && trimmed != s {
		word, _, ok = words.Find(trimmed)
	}
	if ok {
		o.c.Odd.AddDetail("spelling", s)
	} else {
		o.c.Odd.AddDetail(words.Oddity, s)
	}
	return word
}

// Int reads a whole number, also one in quotes or with a fraction, which is
// rounded; both are listed.
func (o *Object) Int() Int { return o.c.integer(o.Name) }

// Bool reads a truth value, also one in quotes or as 0 or 1, which is listed.
// ok is false when it is none.
func (o *Object) Bool() (v, ok bool) { return o.c.boolean(o.Name) }

// Time reads a timestamp; see ParseTime for what is understood.
func (o *Object) Time() Time { return o.c.time(o.Name) }

// IsText reports whether the member's value, which is still to be read, is a
// text.
func (o *Object) IsText() bool { return o.c.peek() == '"' }

// Raw reads over any value and returns it as written.
func (o *Object) Raw() string { return o.c.raw() }

// Object enters the member's value; see Cursor.Object.
func (o *Object) Object() Object { return o.c.object(o.Name) }

// List enters the member's value as a list. Null is a list without elements;
// any other single value is a list of just that, and listed.
func (o *Object) List() List {
	c := o.c
	switch {
	case c.peek() == '[' && c.fail == "":
		return List{c: c, name: o.Name, open: c.enter()}
	case c.null():
		return List{c: c}
	default:
		c.Odd.AddDetail("single-for-list", o.Name)
		return List{c: c, name: o.Name, single: c.fail == ""}
	}
}

// List is a list that a Cursor is in. Exactly one read must follow each Next.
type List struct {
	c            *Cursor
	name         string
	open, single bool
}

// Next moves to the next element.
func (l *List) Next() bool {
	if l.single {
		l.single = false
		return true
	}
	l.open = l.open && l.c.more(']')
	return l.open
}

// Object enters the element; see Cursor.Object.
func (l *List) Object() Object { return l.c.object(l.name) }

// Text reads the element; see Object.Text.
func (l *List) Text(limit int) string { return l.c.text(l.name, limit, false) }

// Mark returns where the next value begins, for Since.
func (c *Cursor) Mark() int {
	c.space()
	return c.i
}

// Since returns the JSON text from a Mark to here.
func (c *Cursor) Since(mark int) string {
	if c.fail != "" {
		return ""
	}
	return c.keep(c.s[mark:c.i])
}

func (c *Cursor) raw() string {
	mark := c.Mark()
	c.skip()
	return c.Since(mark)
}

func (c *Cursor) keep(s string) string {
	if len(c.s) > shareLimit {
		return strings.Clone(s)
	}
	return s
}
