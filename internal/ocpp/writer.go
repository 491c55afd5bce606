package ocpp

import (
	"strconv"
	"time"
)

// Writer appends one JSON object, member by member. The Opt methods leave out
// what is absent, so that neither null nor an empty optional is ever written.
type Writer struct {
	b     []byte
	comma bool
}

// NewWriter begins an object at the end of dst.
func NewWriter(dst []byte) Writer { return Writer{b: append(dst, '{')} }

// End ends the object and returns dst with it.
func (w *Writer) End() []byte { return append(w.b, '}') }

func (w *Writer) name(name string) {
	if w.comma {
		w.b = append(w.b, ',')
	}
	w.comma = true
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// Text writes a text.
func (w *Writer) Text(name, v string) {
	w.name(name)
	w.b = AppendString(w.b, v)
}

// OptText writes a text unless it is "".
func (w *Writer) OptText(name, v string) {
	if v != "" {
		w.Text(name, v)
	}
}

// Int writes a whole number.
func (w *Writer) Int(name string, v int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, v, 10)
}

// OptInt writes a whole number if it is set.
func (w *Writer) OptInt(name string, v Int) {
	if v.Set {
		w.Int(name, v.V)
	}
}

// Bool writes a truth value.
func (w *Writer) Bool(name string, v bool) {
	w.name(name)
	w.b = strconv.AppendBool(w.b, v)
}

// Time writes a time in TimeLayout.
func (w *Writer) Time(name string, t time.Time) {
	w.name(name)
	w.b = AppendTime(w.b, t)
}

// OptTime writes a time unless it is zero.
func (w *Writer) OptTime(name string, t time.Time) {
	if !t.IsZero() {
		w.Time(name, t)
	}
}

// Value writes what add appends, which must be one JSON value.
func (w *Writer) Value(name string, add func(dst []byte) []byte) {
	w.name(name)
	w.b = add(w.b)
}

// AppendList appends a JSON list with what add appends for each element.
func AppendList[T any](dst []byte, list []T, add func(dst []byte, v *T) []byte) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = add(dst, &list[i])
	}
	return append(dst, ']')
}
