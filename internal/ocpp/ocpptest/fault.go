package ocpptest

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Fault is a payload with a single fault.
type Fault struct {
	Name    string // what is wrong, such as "too long"
	Path    string // of the member at fault, such as "meterValue[0].timestamp"; "" for the payload itself
	Problem ocpp.Problem
	Payload []byte
}

// Faults returns payloads that hold the required members and one member more,
// at most, and have one thing wrong with it, for every member at every depth
// and everything that can be wrong with it.
func Faults(members []ocpp.Member) iter.Seq[Fault] {
	return func(yield func(Fault) bool) {
		for _, v := range []variant{
			{"no JSON", minimal(members).text() + "}"}, {"cut off", "{"}, {"empty", ""},
			{"a list for the payload", "[]"}, {"a text for the payload", `"text"`}, {"null for the payload", "null"}} {
			if !yield(Fault{Name: v.name, Problem: ocpp.ProblemFormation, Payload: []byte(v.json)}) {
				return
			}
		}
		w := &walker{}
		w.visit = func(path string, m *ocpp.Member, put func(value string) string) bool {
			return faultsOf(m, func(name, at string, p ocpp.Problem, value string) bool {
				return yield(Fault{Name: name, Path: path + at, Problem: p, Payload: []byte(put(value))})
			})
		}
		w.whole = func(path string, f fields, name string, p ocpp.Problem, put func(fields) string) bool {
			return yield(Fault{Name: name, Path: path, Problem: p, Payload: []byte(put(f))})
		}
		w.object("", members, false, func(f fields) string { return f.text() })
	}
}

// walker goes through the members of a message at every depth.
type walker struct {
	// visit gets a member; put makes a payload in which it has a value.
	visit func(path string, m *ocpp.Member, put func(value string) string) bool
	// whole gets an object that has something wrong with its set of members; nil
	// to leave that out.
	whole func(path string, f fields, name string, p ocpp.Problem, put func(fields) string) bool
}

// object goes through an object; put makes a payload in which it stands. It
// returns false when the visitor wants no more.
func (w *walker) object(path string, members []ocpp.Member, open bool, put func(fields) string) bool {
	base := minimal(members)
	if w.whole != nil && !open {
		more := append(slices.Clone(base), field{"unheardOf", "1"})
		if !w.whole(path+"unheardOf", more, "unknown member", ocpp.ProblemFormation, put) {
			return false
		}
	}
	for i := range members {
		m := &members[i]
		at := path + m.Name
		set := func(value string) string { return put(base.with(m.Name, value)) }
		if !w.visit(at, m, set) || w.whole != nil && !w.sets(at, m, base, put) {
			return false
		}
		if m.Kind != ocpp.KindObject {
			continue
		}
		inner := func(f fields) string { return set(f.text()) }
		if m.List {
			at += "[0]"
			inner = func(f fields) string {
				items := slices.Repeat([]string{minimalText(m.Members)}, max(m.MinItems, 1))
				items[0] = f.text()
				return set("[" + strings.Join(items, ",") + "]")
			}
		}
		if !w.object(at+".", m.Members, m.Open, inner) {
			return false
		}
	}
	return true
}

// sets goes through what can be wrong with a member's being there.
func (w *walker) sets(at string, m *ocpp.Member, base fields, put func(fields) string) bool {
	if m.Required && !w.whole(at, base.without(m.Name), "missing", ocpp.ProblemOccurrence, put) {
		return false
	}
	twice := field{m.Name, value(m, minimalText, max(m.MinItems, 1))}
	return w.whole(at, append(base.without(m.Name), twice, twice), "twice", ocpp.ProblemFormation, put)
}

// faultsOf passes every wrong value of a member on, and where in it the fault
// is.
func faultsOf(m *ocpp.Member, pass func(name, at string, p ocpp.Problem, value string) bool) bool {
	if !m.List {
		for _, v := range wrong(m) {
			if !pass(v.name, "", v.problem, v.json) {
				return false
			}
		}
		return true
	}
	item := sample(m, minimalText)
	for _, v := range wrong(m) {
		items := slices.Repeat([]string{item}, max(m.MinItems, 1))
		items[0] = v.json
		if !pass(v.name, "[0]", v.problem, "["+strings.Join(items, ",")+"]") {
			return false
		}
	}
	return pass("one item without its list", "", ocpp.ProblemType, item) &&
		pass("null for a list", "", ocpp.ProblemType, "null") &&
		(m.MinItems == 0 || pass("too few items", "", ocpp.ProblemOccurrence, listOf(item, m.MinItems-1))) &&
		(m.MaxItems == 0 || pass("too many items", "", ocpp.ProblemOccurrence, listOf(item, m.MaxItems+1)))
}

// wrongValue is a value that a member, or an item of it, must not have.
type wrongValue struct {
	variant
	problem ocpp.Problem
}

func wrong(m *ocpp.Member) []wrongValue {
	var list []wrongValue
	add := func(p ocpp.Problem, name, value string) {
		list = append(list, wrongValue{variant{name, value}, p})
	}
	if m.Kind == ocpp.KindAny {
		return nil
	}
	for _, v := range wrongTypes(m.Kind) {
		add(ocpp.ProblemType, v.name, v.json)
	}
	if m.MaxLength > 0 {
		add(ocpp.ProblemProperty, "too long", quote(strings.Repeat("ä", m.MaxLength+1)))
	}
	if m.Enum != nil {
		add(ocpp.ProblemProperty, "a word outside the list", `"Unheard Of"`)
		if other := strings.ToLower(m.Enum[0]); !slices.Contains(m.Enum, other) {
			add(ocpp.ProblemProperty, "a word in other letter case", quote(other))
		}
	}
	switch m.Kind {
	case ocpp.KindTime:
		for _, text := range []string{"", "yesterday", "2026-02-30T12:00:00Z", "2026-03-01 12:00:00Z", "2026-03-01T12:00:00"} {
			add(ocpp.ProblemProperty, "no time: "+text, quote(text))
		}
	case ocpp.KindURI:
		add(ocpp.ProblemProperty, "no URI", `"files example"`)
	case ocpp.KindInteger:
		add(ocpp.ProblemType, "a fraction", "1.5")
	}
	if m.Least.Set {
		add(ocpp.ProblemProperty, "below the least", strconv.FormatInt(m.Least.V-1, 10))
	}
	if m.Most.Set {
		add(ocpp.ProblemProperty, "above the most", strconv.FormatInt(m.Most.V+1, 10))
	}
	if m.Tenths {
		add(ocpp.ProblemProperty, "two decimals", "16.25")
	}
	return list
}

// wrongTypes returns a value of each JSON type that a kind does not have.
func wrongTypes(k ocpp.Kind) []variant {
	own := map[ocpp.Kind]string{ocpp.KindText: "text", ocpp.KindTime: "text", ocpp.KindURI: "text",
		ocpp.KindInteger: "number", ocpp.KindNumber: "number", ocpp.KindBoolean: "boolean", ocpp.KindObject: "object"}[k]
	var list []variant
	for _, v := range []variant{{"text", `"1"`}, {"number", "1"}, {"boolean", "true"}, {"object", "{}"}, {"list", "[1]"},
		{"null", "null"}} {
		if v.name != own {
			list = append(list, variant{fmt.Sprintf("%s for %s", v.name, own), v.json})
		}
	}
	return list
}
