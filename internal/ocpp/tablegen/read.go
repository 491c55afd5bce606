package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/schema"
)

// table is a message table as it will be written.
type table struct {
	blocks  []actions
	objects []*object
	words   []*words
	custom  bool // there is the definition CustomDataType

	byShape map[string]*object
	byList  map[string]*words
	edition edition
}

// actions are those of a block.
type actions struct {
	block
	list []action
}

type action struct {
	name, direction   string
	request, response []member
}

// member is a row together with what it refers to.
type member struct {
	ocpp.Member
	object *object
	words  *words
}

// object is a kind of object, which may stand in several messages.
type object struct {
	name    string
	members []member
	uses    int
	blocks  []string // in which it is used
}

// words is a list of words.
type words struct {
	name string
	list []string
	by   map[string]int // how often members of a name use it
}

func read(e edition, set schema.Set) (*table, error) {
	t := &table{byShape: make(map[string]*object), byList: make(map[string]*words), edition: e}
	left := make(schema.Set)
	for name, s := range set {
		left[name] = s
		t.custom = t.custom || s.Definitions[customData] != nil
	}
	for _, b := range e.blocks {
		group := actions{block: b}
		for _, way := range []struct{ names, direction string }{
			{b.from, "ocpp.FromCharger"}, {b.to, "ocpp.ToCharger"}, {b.both, "ocpp.FromCharger | ocpp.ToCharger"}} {
			for name := range strings.FieldsSeq(way.names) {
				if set[name+"Request"] == nil {
					continue
				}
				a, err := t.action(b, name, way.direction, left)
				if err != nil {
					return nil, err
				}
				group.list = append(group.list, a)
			}
		}
		if len(group.list) > 0 {
			t.blocks = append(t.blocks, group)
		}
	}
	for name := range left {
		return nil, fmt.Errorf("%s has a schema and no place in the catalogue", name)
	}
	return t, nil
}

// customData is the definition of the object that every object of 2.x may
// have.
const customData = "CustomDataType"

// action reads the two messages of an action and takes them from what is left.
func (t *table) action(b block, name, direction string, left schema.Set) (a action, err error) {
	a = action{name: name, direction: direction}
	for _, half := range []struct {
		message string
		to      *[]member
	}{{name + "Request", &a.request}, {name + "Response", &a.response}} {
		s := left[half.message]
		if s == nil {
			if half.to == &a.response && sends[name] {
				continue
			}
			return a, fmt.Errorf("there is no schema for %s", half.message)
		}
		delete(left, half.message)
		w := walker{table: t, block: b.name, message: half.message, definitions: s.Definitions}
		if *half.to, err = w.members(s); err != nil {
			return a, fmt.Errorf("%s: %w", half.message, err)
		}
	}
	return a, nil
}

// walker reads one message.
type walker struct {
	table          *table
	block, message string
	definitions    map[string]*schema.Schema
}

func (w *walker) members(s *schema.Schema) ([]member, error) {
	members := []member{}
	for _, p := range s.Properties {
		row, err := p.Schema.Member(p.Name, w.definitions)
		if err != nil {
			return nil, err
		}
		row.Required = slices.Contains(s.Required, p.Name)
		m := member{Member: row}
		value, definition, err := p.Schema.Resolve(w.definitions)
		for err == nil && value.Type == "array" {
			value, definition, err = value.Items.Resolve(w.definitions)
		}
		if err != nil {
			return nil, err
		}
		switch {
		case definition == customData:
		case row.Kind == ocpp.KindObject:
			m.object, err = w.object(row, definition, value)
		case row.Enum != nil:
			m.words, err = w.words(row, definition)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		members = append(members, m)
	}
	return members, nil
}

// object returns the kind of object of a member. Without a definition, equal
// objects are one kind and have the name of the member that has it first.
func (w *walker) object(row ocpp.Member, definition string, s *schema.Schema) (*object, error) {
	shape := fmt.Sprint(definition, row.Members)
	o := w.table.byShape[shape]
	if o == nil {
		o = &object{name: goName(definition) + "Members"}
		if definition == "" {
			o.name = row.Name + "Members"
		}
		if slices.ContainsFunc(w.table.objects, func(other *object) bool { return other.name == o.name }) {
			return nil, fmt.Errorf("there are two different %s", o.name)
		}
		w.table.byShape[shape] = o
	}
	o.uses++
	if slices.Contains(o.blocks, w.block) {
		return o, nil
	}
	o.blocks = append(o.blocks, w.block)
	counted := o.uses > 1
	members, err := w.members(s) // also to note the block in what is inside
	if err != nil || counted {
		for _, m := range members {
			if m.object != nil {
				m.object.uses-- // it was counted when o was found
			}
		}
		return o, err
	}
	o.members = members
	w.table.objects = append(w.table.objects, o)
	return o, nil
}

func (w *walker) words(row ocpp.Member, definition string) (*words, error) {
	key, site := definition, w.message+"."+row.Name
	if definition == "" {
		key = strings.Join(row.Enum, " ")
	}
	list := w.table.byList[key]
	if list == nil {
		name, err := w.wordsName(definition, site)
		if err != nil {
			return nil, err
		}
		list = &words{name: name + "Words", list: row.Enum, by: make(map[string]int)}
		w.table.byList[key] = list
		w.table.words = append(w.table.words, list)
	}
	list.by[row.Name]++
	return list, nil
}

// wordsName names a list of words by its definition, or by the message and
// member that has it first.
func (w *walker) wordsName(definition, site string) (string, error) {
	names := w.table.edition.wordNames
	switch {
	case definition == "" && names[site] == "":
		return "", fmt.Errorf("the words of %s need a name in the catalogue", site)
	case definition == "":
		return names[site], nil
	case names[definition] != "":
		return names[definition], nil
	default:
		return goName(definition), nil
	}
}
