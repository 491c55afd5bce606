package ocpp

import "strings"

// Direction says who sends the request of an action, as bits.
type Direction uint8

// The directions of an action.
const (
	FromCharger Direction = 1 << iota
	ToCharger
)

// Kind is the JSON type of a member.
type Kind uint8

// The kinds of members.
const (
	KindText Kind = iota
	KindTime      // a text that is an RFC 3339 time
	KindURI       // a text that is a URI
	KindInteger
	KindNumber
	KindBoolean
	KindObject
	KindAny // a value of any type, also null
)

// Bound is an end of a range of numbers. The zero value bounds nothing.
type Bound struct {
	Set bool
	V   int64
}

// Member is a member of a message, or of an object in one.
type Member struct {
	Name     string
	Kind     Kind
	Required bool
	// List says that the value is a list of the kind; MinItems and MaxItems
	// bound it, 0 for no bound.
	List               bool
	MinItems, MaxItems int
	// MaxLength is in characters; 0 for any length.
	MaxLength int
	// Enum lists the words of a text; nil for any text.
	Enum []string
	// Tenths says that a number has at most one decimal.
	Tenths bool
	// Least and Most bound a number; both are allowed values.
	Least, Most Bound
	// Members are those of an object.
	Members []Member
	// Open says that an object may have members beside Members, of any type.
	Open bool
}

// Must returns the member as a required one.
func (m Member) Must() Member {
	m.Required = true
	return m
}

// Listed returns the member as a list of at least minItems of it.
func (m Member) Listed(minItems int) Member {
	m.List, m.MinItems = true, minItems
	return m
}

// AtMost returns the list as one of at most maxItems.
func (m Member) AtMost(maxItems int) Member {
	m.MaxItems = maxItems
	return m
}

// From returns the number, or the list of numbers, as not below least.
func (m Member) From(least int64) Member {
	m.Least = Bound{Set: true, V: least}
	return m
}

// To returns the number, or the list of numbers, as not above most.
func (m Member) To(most int64) Member {
	m.Most = Bound{Set: true, V: most}
	return m
}

// Extensible returns the object as one that may have any other members.
func (m Member) Extensible() Member {
	m.Open = true
	return m
}

// Text makes an optional text of at most maxLength characters; 0 for any.
func Text(name string, maxLength int) Member {
	return Member{Name: name, Kind: KindText, MaxLength: maxLength}
}

// Enum makes an optional text that is one of words.
func Enum(name string, words *Words) Member {
	return Member{Name: name, Kind: KindText, Enum: words.List}
}

// Integer makes an optional whole number.
func Integer(name string) Member { return Member{Name: name, Kind: KindInteger} }

// Number makes an optional number.
func Number(name string) Member { return Member{Name: name, Kind: KindNumber} }

// Decimal makes an optional number with at most one decimal.
func Decimal(name string) Member { return Member{Name: name, Kind: KindNumber, Tenths: true} }

// Boolean makes an optional truth value.
func Boolean(name string) Member { return Member{Name: name, Kind: KindBoolean} }

// DateTime makes an optional time.
func DateTime(name string) Member { return Member{Name: name, Kind: KindTime} }

// URI makes an optional URI.
func URI(name string) Member { return Member{Name: name, Kind: KindURI} }

// Nested makes an optional object.
func Nested(name string, members ...Member) Member {
	return Member{Name: name, Kind: KindObject, Members: members}
}

// Any makes an optional value of any type.
func Any(name string) Member { return Member{Name: name, Kind: KindAny} }

// Action is one row of a message table: a request and its response.
type Action struct {
	Name      string
	Direction Direction
	Request   []Member
	Response  []Member
	// Send says that the request is a SEND, which has no response.
	Send bool
}

// Table is the message table of one version.
type Table struct {
	Version Version
	Actions []Action
	byName  map[string]*Action
}

// NewTable makes a table; the actions' names must differ.
func NewTable(v Version, actions ...[]Action) *Table {
	t := &Table{Version: v, byName: make(map[string]*Action)}
	for _, group := range actions {
		t.Actions = append(t.Actions, group...)
	}
	for i := range t.Actions {
		t.byName[t.Actions[i].Name] = &t.Actions[i]
	}
	return t
}

// Action returns the row of an action by its exact name, or nil.
func (t *Table) Action(name string) *Action { return t.byName[name] }

// Find returns the row of an action as chargers may spell it: in any letter
// case, and with Request, Req or .req behind it. exact says that it was written
// as it should be. The row is nil when there is none.
func (t *Table) Find(name string) (a *Action, exact bool) {
	if a := t.byName[name]; a != nil {
		return a, true
	}
	for _, suffix := range []string{"", ".req", "req", "request"} {
		stem, ok := cutSuffixFold(strings.TrimSpace(name), suffix)
		if !ok {
			continue
		}
		for i := range t.Actions {
			if strings.EqualFold(t.Actions[i].Name, stem) {
				return &t.Actions[i], false
			}
		}
	}
	return nil, false
}

func cutSuffixFold(s, suffix string) (string, bool) {
	n := len(s) - len(suffix)
	if n < 0 || !strings.EqualFold(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
}
