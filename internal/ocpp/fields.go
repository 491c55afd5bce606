package ocpp

import (
	"bytes"
	"encoding/json"
	"time"
)

// Field is a member of an object that is written. A value of nil, "", the zero
// time or a nil pointer leaves it out, so that neither null nor an empty
// optional is ever sent; Exact writes a text that may be empty.
type Field struct {
	Name  string
	Value any
}

// Fields are an object that is written off the hot path, in order.
type Fields []Field

// Exact is a text that is written even if it is empty.
type Exact string

// MarshalJSON writes the text.
func (e Exact) MarshalJSON() ([]byte, error) { return AppendString(nil, string(e)), nil }

// MarshalJSON writes the object. Letters stay as they are: chargers read
// addresses as they are written.
func (f Fields) MarshalJSON() ([]byte, error) {
	var failed error
	w := NewWriter(nil)
	for _, m := range f {
		switch v := m.Value.(type) {
		case nil:
		case string:
			w.OptText(m.Name, v)
		case time.Time:
			w.OptTime(m.Name, v)
		case *int:
			if v != nil {
				w.Int(m.Name, int64(*v))
			}
		case *int64:
			if v != nil {
				w.Int(m.Name, *v)
			}
		default:
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				failed = err
			}
			w.Value(m.Name, func(dst []byte) []byte { return append(dst, bytes.TrimRight(b.Bytes(), "\n")...) })
		}
	}
	return w.End(), failed
}
