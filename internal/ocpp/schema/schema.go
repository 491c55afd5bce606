// Package schema reads the JSON schemas of OCPP messages, as the Open Charge
// Alliance publishes them, for the generator of the message tables and for the
// tests that hold the tables against the schemas.
//
// It knows the few keywords that those schemas use and refuses any other, so
// that no rule is passed over. The program does not need it at run time. It
// imports package ocpp.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// Schema is a JSON schema of a message or of a value in one.
type Schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"` // "" for any type
	Format      string             `json:"format"`
	Closed      *bool              `json:"additionalProperties"` // false: no other members
	MaxLength   int                `json:"maxLength"`
	MinItems    int                `json:"minItems"`
	MaxItems    int                `json:"maxItems"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	MultipleOf  float64            `json:"multipleOf"`
	Enum        []string           `json:"enum"`
	Required    []string           `json:"required"`
	Properties  Properties         `json:"properties"`
	Items       *Schema            `json:"items"`
	Definitions map[string]*Schema `json:"definitions"`
	Remarks
}

// Remarks are the keywords that bind nobody.
type Remarks struct {
	Dialect     any `json:"$schema"`
	ID          any `json:"$id"`
	OldID       any `json:"id"`
	Title       any `json:"title"`
	Comment     any `json:"comment"`
	Description any `json:"description"`
	JavaType    any `json:"javaType"`
	Default     any `json:"default"`
	// ExtraItems bounds lists whose items are listed one by one; no schema of
	// OCPP has such.
	ExtraItems any `json:"additionalItems"`
}

// Property is a named member of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are the members of an object in the order of the file.
type Properties []Property

// UnmarshalJSON reads the object that lists the members.
func (p *Properties) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		s, err := Parse(value)
		if err != nil {
			return fmt.Errorf("%v: %w", name, err)
		}
		*p = append(*p, Property{Name: fmt.Sprint(name), Schema: s})
	}
	return nil
}

// Get returns a member by its name, or nil.
func (p Properties) Get(name string) *Schema {
	for _, one := range p {
		if one.Name == name {
			return one.Schema
		}
	}
	return nil
}

// Parse reads one schema. It refuses keywords that it does not know.
func Parse(text []byte) (*Schema, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.DisallowUnknownFields()
	s := new(Schema)
	if err := d.Decode(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Set holds the schemas of one version by message: the action with "Request"
// or "Response" behind it.
type Set map[string]*Schema

// ReadFolder reads the schemas of a folder, one file each: Authorize.json or
// AuthorizeRequest.json, and AuthorizeResponse.json.
func ReadFolder(folder fs.FS) (Set, error) {
	files, err := fs.Glob(folder, "*.json")
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no schemas in the folder")
	}
	set := make(Set)
	for _, file := range files {
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, err
		}
		s, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		set[messageName(strings.TrimSuffix(file, ".json"))] = s
	}
	return set, nil
}

// messageName returns the name of a message from that of its file.
func messageName(file string) string {
	if strings.HasSuffix(file, "Response") || strings.HasSuffix(file, "Request") {
		return file
	}
	return file + "Request"
}

// Resolve returns the schema that s stands for, and the name of its definition
// if it is a reference.
func (s *Schema) Resolve(definitions map[string]*Schema) (resolved *Schema, name string, err error) {
	if s.Ref == "" {
		return s, "", nil
	}
	name, ok := strings.CutPrefix(s.Ref, "#/definitions/")
	if resolved = definitions[name]; !ok || resolved == nil {
		return nil, "", fmt.Errorf("%s refers to nothing", s.Ref)
	}
	return resolved, name, nil
}
