package fleet

import (
	"encoding/json"
	"strconv"
)

// fields builds the small JSON object that a record keeps of its message.
type fields []byte

// name adds the name of a member, which is plain.
func (f fields) name(name string) fields {
	if len(f) == 0 {
		f = append(f, '{')
	} else {
		f = append(f, ',')
	}
	f = append(append(f, '"'), name...)
	return append(f, '"', ':')
}

// text adds a string, unless it is empty.
func (f fields) text(name, value string) fields {
	if value == "" {
		return f
	}
	if plain(value) {
		f = append(f.name(name), '"')
		return append(append(f, value...), '"')
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		// A string always marshals.
		return f
	}
	return append(f.name(name), quoted...)
}

// plain reports whether a text is JSON as it stands, between quotes.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// number adds an integer.
func (f fields) number(name string, value int64) fields {
	return strconv.AppendInt(f.name(name), value, 10)
}

// count adds an integer, unless it is 0.
func (f fields) count(name string, value int64) fields {
	if value == 0 {
		return f
	}
	return f.number(name, value)
}

// raw adds a value that is JSON already, unless it is empty.
func (f fields) raw(name, value string) fields {
	if value == "" {
		return f
	}
	return append(f.name(name), value...)
}

// list builds a JSON array of values that are JSON already.
type list []byte

func (l list) add(value string) list {
	if len(l) == 0 {
		return append(append(l, '['), value...)
	}
	return append(append(l, ','), value...)
}

// json returns the array, "" when nothing was added.
func (l list) json() string {
	if len(l) == 0 {
		return ""
	}
	return string(append(l, ']'))
}

// json returns the object, "" when nothing was added.
func (f fields) json() string {
	if len(f) == 0 {
		return ""
	}
	return string(append(f, '}'))
}
