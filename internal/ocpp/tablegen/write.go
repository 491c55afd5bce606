package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// sources returns the text of each file, behind its imports.
func (t *table) sources(version string, e edition) map[string]string {
	files := map[string]string{"table.go": t.index(version, e), "words.go": t.wordLists()}
	for _, group := range t.blocks {
		var b strings.Builder
		t.writeObjects(&b, "Objects that only these actions have.", func(o *object) bool {
			return len(o.blocks) == 1 && o.blocks[0] == group.name
		})
		b.WriteString(comment(group.variable() + " are " + group.about + "."))
		fmt.Fprintf(&b, "var %s = []ocpp.Action{\n", group.variable())
		for _, a := range group.list {
			b.WriteString(a.text())
		}
		b.WriteString("}\n")
		files[group.file()] = b.String()
	}
	var b strings.Builder
	t.writeObjects(&b, "Objects that several groups of actions share.", func(o *object) bool { return len(o.blocks) > 1 })
	if b.Len() > 0 {
		files["table_shared.go"] = b.String()
	}
	return files
}

func (a actions) variable() string { return a.name + "Actions" }

// index returns the names of the actions and the table.
func (t *table) index(version string, e edition) string {
	var names, groups []string
	for _, group := range t.blocks {
		groups = append(groups, group.variable())
		for _, a := range group.list {
			names = append(names, a.name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "// Table is the message table of OCPP %s: every action, its direction, and the\n"+
		"// members of its request and response.\nvar Table = ", version)
	list := []expr{{head: e.version}}
	for _, group := range groups {
		list = append(list, expr{head: group})
	}
	b.WriteString(expr{head: "ocpp.NewTable(", args: list, tail: ")"}.text(0, len("var Table = ")))
	fmt.Fprintf(&b, "\n\n// The actions of OCPP %s.\nconst (\n", version)
	for _, name := range names {
		fmt.Fprintf(&b, "\t%s = %q\n", constant(name), name)
	}
	b.WriteString(")\n")
	if t.custom {
		b.WriteString("\n// custom may be in every object; its vendor decides what else is in it.\n" +
			"var custom = ocpp.Nested(\"customData\", ocpp.Text(\"vendorId\", 255).Must()).Extensible()\n")
	}
	return b.String()
}

func (t *table) wordLists() string {
	lists := slices.SortedFunc(slices.Values(t.words), func(a, b *words) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString("// The lists of words, each with the oddity that lists a word outside it.\nvar (\n")
	for _, list := range lists {
		var items []expr
		for _, word := range list.list {
			items = append(items, expr{head: strconv.Quote(word)})
		}
		head := fmt.Sprintf("\t%s = ocpp.Words{Oddity: %q, List: []string{", list.name, oddity(list.member()))
		b.WriteString(expr{head: head, args: items, tail: "}}"}.text(1, 0) + "\n")
	}
	b.WriteString(")\n")
	return b.String()
}

// member returns the name of the member that uses the list most.
func (w *words) member() string {
	return slices.MaxFunc(slices.Sorted(maps.Keys(w.by)), func(a, b string) int { return w.by[a] - w.by[b] })
}

func (t *table) writeObjects(b *strings.Builder, about string, in func(*object) bool) {
	var list []*object
	for _, o := range t.objects {
		if in(o) && !o.inline() {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return
	}
	slices.SortFunc(list, func(a, b *object) int { return strings.Compare(a.name, b.name) })
	fmt.Fprintf(b, "// %s\nvar (\n", about)
	for _, o := range list {
		fmt.Fprintf(b, "\t%s = %s\n\n", o.name, memberList(o.members).text(1, len(o.name)+7))
	}
	b.WriteString(")\n\n")
}

// inline says that an object reads better where it is used: it is small, used
// once, and nothing else is written out inside it.
func (o *object) inline() bool {
	return o.uses == 1 && len(o.members) <= 6 &&
		!slices.ContainsFunc(o.members, func(m member) bool { return m.object != nil && m.object.inline() })
}

func (a action) text() string {
	text := fmt.Sprintf("\t{Name: %s, Direction: %s,", constant(a.name), a.direction)
	if sends[a.name] {
		text += " Send: true,"
	}
	text += "\n\t\tRequest: " + memberList(a.request).text(2, 17)
	if a.response != nil {
		text += ",\n\t\tResponse: " + memberList(a.response).text(2, 18)
	}
	return text + "},\n"
}

func memberList(members []member) expr {
	list := expr{head: "[]ocpp.Member{", tail: "}"}
	for _, m := range members {
		list.args = append(list.args, m.expr())
	}
	return list
}

// expr returns the Go expression of a row.
func (m member) expr() expr {
	e := expr{tail: ")"}
	name := strconv.Quote(m.Name)
	switch {
	case m.object != nil && m.object.inline():
		e.head = "ocpp.Nested(" + name + ", "
		e.args = memberList(m.object.members).args
	case m.object != nil:
		e.head = "ocpp.Nested(" + name + ", " + m.object.name + "..."
	case m.Kind == ocpp.KindObject:
		return expr{head: "custom"}
	case m.words != nil:
		e.head = "ocpp.Enum(" + name + ", &" + m.words.name
	case m.Kind == ocpp.KindText:
		e.head = fmt.Sprintf("ocpp.Text(%s, %d", name, m.MaxLength)
	case m.Tenths:
		e.head = "ocpp.Decimal(" + name
	default:
		e.head = "ocpp." + constructors[m.Kind] + "(" + name
	}
	e.tail += m.rules()
	return e
}

var constructors = map[ocpp.Kind]string{
	ocpp.KindTime: "DateTime", ocpp.KindURI: "URI", ocpp.KindInteger: "Integer", ocpp.KindNumber: "Number",
	ocpp.KindBoolean: "Boolean", ocpp.KindAny: "Any",
}

// rules returns the calls that add what else binds a member.
func (m member) rules() string {
	text := ""
	if m.Least.Set {
		text += fmt.Sprintf(".From(%d)", m.Least.V)
	}
	if m.Most.Set {
		text += fmt.Sprintf(".To(%d)", m.Most.V)
	}
	if m.List {
		text += fmt.Sprintf(".Listed(%d)", m.MinItems)
	}
	if m.MaxItems > 0 {
		text += fmt.Sprintf(".AtMost(%d)", m.MaxItems)
	}
	if m.Required {
		text += ".Must()"
	}
	return text
}
