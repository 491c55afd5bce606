package schema

import (
	"fmt"
	"slices"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// kinds are the kinds of members by type and format.
var kinds = map[[2]string]ocpp.Kind{
	{"", ""}:                ocpp.KindAny,
	{"string", ""}:          ocpp.KindText,
	{"string", "date-time"}: ocpp.KindTime,
	{"string", "uri"}:       ocpp.KindURI,
	{"integer", ""}:         ocpp.KindInteger,
	{"number", ""}:          ocpp.KindNumber,
	{"boolean", ""}:         ocpp.KindBoolean,
	{"object", ""}:          ocpp.KindObject,
}

// Members returns a message as rows of a message table, in the order of the
// file.
func (s *Schema) Members() ([]ocpp.Member, error) {
	if s.Type != "object" || !closed(s) {
		return nil, fmt.Errorf("the message is not an object with fixed members")
	}
	return s.members(s.Definitions)
}

func (s *Schema) members(definitions map[string]*Schema) ([]ocpp.Member, error) {
	members := []ocpp.Member{}
	for _, p := range s.Properties {
		m, err := p.Schema.Member(p.Name, definitions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		m.Required = slices.Contains(s.Required, p.Name)
		members = append(members, m)
	}
	return members, nil
}

// Member returns the schema as a row of a message table. Whether it is required
// is not in it.
func (s *Schema) Member(name string, definitions map[string]*Schema) (ocpp.Member, error) {
	s, _, err := s.Resolve(definitions)
	if err != nil {
		return ocpp.Member{}, err
	}
	if s.Type == "array" {
		m, err := s.Items.Member(name, definitions)
		if m.List {
			return m, fmt.Errorf("a list of lists")
		}
		m.List, m.MinItems, m.MaxItems = true, s.MinItems, s.MaxItems
		return m, err
	}
	kind, ok := kinds[[2]string{s.Type, s.Format}]
	if !ok || s.MultipleOf != 0 && s.MultipleOf != 0.1 {
		return ocpp.Member{}, fmt.Errorf("%s %s with steps of %v is unknown", s.Type, s.Format, s.MultipleOf)
	}
	m := ocpp.Member{Name: name, Kind: kind, MaxLength: s.MaxLength, Enum: s.Enum, Tenths: s.MultipleOf == 0.1}
	m.Open = kind == ocpp.KindObject && !closed(s)
	if m.Least, err = bound(s.Minimum); err != nil {
		return m, err
	}
	if m.Most, err = bound(s.Maximum); err != nil {
		return m, err
	}
	if kind == ocpp.KindObject {
		m.Members, err = s.members(definitions)
	}
	return m, err
}

// bound returns the end of a range; those of OCPP are whole numbers.
func bound(v *float64) (ocpp.Bound, error) {
	if v == nil {
		return ocpp.Bound{}, nil
	}
	if *v != float64(int64(*v)) {
		return ocpp.Bound{}, fmt.Errorf("the bound %v is not a whole number", *v)
	}
	return ocpp.Bound{Set: true, V: int64(*v)}, nil
}

func closed(s *Schema) bool { return s.Closed != nil && !*s.Closed }
