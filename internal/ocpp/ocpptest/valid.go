// Package ocpptest makes payloads for tests from the rows of a message table:
// valid ones, ones at the edges of what is valid, and ones with a single fault
// together with what that fault is. Only tests import it; it imports package
// ocpp.
package ocpptest

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Full returns a valid payload with every member, and one more than the least
// number of items in each list, if that is allowed.
func Full(members []ocpp.Member) []byte { return []byte(full(members)) }

// Minimal returns a valid payload with nothing but the required members.
func Minimal(members []ocpp.Member) []byte { return []byte(minimal(members).text()) }

// Edge is a valid payload in which one value is as far as the table allows.
type Edge struct {
	Name    string // what is special, such as "the word Faulted"
	Path    string // of the member, such as "meterValue[0].timestamp"
	Payload []byte
}

// Edges returns payloads that hold, beside the required members, each member
// once with every value that is only just allowed: each word, the longest text,
// both bounds, the fewest and most items.
func Edges(members []ocpp.Member) iter.Seq[Edge] {
	return func(yield func(Edge) bool) {
		w := &walker{}
		w.visit = func(path string, m *ocpp.Member, put func(value string) string) bool {
			for _, v := range edges(m) {
				if !yield(Edge{Name: v.name, Path: path, Payload: []byte(put(v.json))}) {
					return false
				}
			}
			return true
		}
		w.object("", members, false, func(f fields) string { return f.text() })
	}
}

// variant is a value of a member as JSON.
type variant struct{ name, json string }

func edges(m *ocpp.Member) []variant {
	var list []variant
	add := func(name, value string) {
		if m.List {
			value = listOf(value, max(m.MinItems, 1))
		}
		list = append(list, variant{name, value})
	}
	for _, word := range m.Enum {
		add("the word "+word, quote(word))
	}
	if m.MaxLength > 0 {
		add("the longest text", quote(strings.Repeat("ä", m.MaxLength)))
	}
	if m.Least.Set {
		add("the least number", fmt.Sprint(m.Least.V))
	}
	if m.Most.Set {
		add("the highest number", fmt.Sprint(m.Most.V))
	}
	if m.Kind == ocpp.KindAny {
		for _, value := range []string{"null", "7", `"text"`, "[]", `{"a":[{}]}`} {
			add("any value", value)
		}
	}
	if m.List {
		list = append(list, variant{"the fewest items", listOf(sample(m, minimalText), m.MinItems)})
	}
	if m.MaxItems > 0 {
		list = append(list, variant{"the most items", listOf(sample(m, minimalText), m.MaxItems)})
	}
	if m.Open {
		list = append(list, variant{"a member of the vendor's", added(m, field{"x", `{"y":[1,null]}`})})
	}
	return list
}

// field is a member of an object as JSON.
type field struct{ name, json string }

type fields []field

func (f fields) text() string {
	var parts []string
	for _, one := range f {
		parts = append(parts, quote(one.name)+":"+one.json)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// with returns the fields with another value of one of them.
func (f fields) with(name, value string) fields {
	f = f.without(name)
	return append(f, field{name, value})
}

func (f fields) without(name string) fields {
	return slices.DeleteFunc(slices.Clone(f), func(one field) bool { return one.name == name })
}

func minimal(members []ocpp.Member) fields {
	var f fields
	for i := range members {
		if m := &members[i]; m.Required {
			f = append(f, field{m.Name, value(m, minimalText, max(m.MinItems, 1))})
		}
	}
	return f
}

func minimalText(members []ocpp.Member) string { return minimal(members).text() }

func full(members []ocpp.Member) string {
	var f fields
	for i := range members {
		m := &members[i]
		items := m.MinItems + 1
		if m.MaxItems > 0 {
			items = min(items, m.MaxItems)
		}
		f = append(f, field{m.Name, value(m, full, items)})
	}
	return f.text()
}

// added returns an object, or a list of it, with one member more.
func added(m *ocpp.Member, more field) string {
	object := append(minimal(m.Members), more).text()
	if m.List {
		return listOf(object, max(m.MinItems, 1))
	}
	return object
}

// value returns a valid value of a member; object makes those that are objects.
func value(m *ocpp.Member, object func([]ocpp.Member) string, items int) string {
	one := sample(m, object)
	if m.List {
		return listOf(one, items)
	}
	return one
}

// sample returns a valid value of a member, or of an item of it.
func sample(m *ocpp.Member, object func([]ocpp.Member) string) string {
	switch m.Kind {
	case ocpp.KindTime:
		return `"2026-03-01T12:00:00Z"`
	case ocpp.KindURI:
		return `"https://files.example/firmware.bin"`
	case ocpp.KindInteger, ocpp.KindNumber:
		switch {
		case m.Least.Set:
			return fmt.Sprint(m.Least.V)
		case m.Most.Set:
			return fmt.Sprint(m.Most.V)
		case m.Kind == ocpp.KindNumber:
			return "16.5"
		}
		return "1"
	case ocpp.KindBoolean:
		return "true"
	case ocpp.KindObject:
		return object(m.Members)
	case ocpp.KindAny:
		return `{"any":[1,"two"]}`
	}
	if m.Enum != nil {
		return quote(m.Enum[0])
	}
	text := "text"
	if m.MaxLength > 0 {
		text = text[:min(len(text), m.MaxLength)]
	}
	return quote(text)
}

func listOf(item string, n int) string {
	return "[" + strings.Join(slices.Repeat([]string{item}, n), ",") + "]"
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string always can be
	return string(text)
}
